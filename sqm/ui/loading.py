"""The Data page's first way in: files are dropped, looked into, and gone through sheet by sheet."""

from __future__ import annotations

from html import escape

import streamlit as st

from sqm import datasets, loaders, warehouse
from sqm.errors import FileRefused, SqmError
from sqm.i18n import say, t
from sqm.ui import frame, work
from sqm.ui.answered import memory_of
from sqm.ui.checked import dataset_name, moves_of
from sqm.ui.checking import check_and_publish
from sqm.ui.filters import Filters
from sqm.ui.first_look import first_look
from sqm.ui.locked import ask_password, with_hidden
from sqm.ui.matching import preview_of
from sqm.ui.several import Line, check_all, forget_all, line_of, lines_of, publish_all_of
from sqm.ui.uploads import Piece, forget, on_disk, pieces_of, slot, sweep
from sqm.ui.words import plain

#: So many files are shown in full at once; the others on demand.
AT_ONCE = 3
#: So many are looked into and checked unasked, for the list of them.
CHECKED_UNASKED = 12
TYPES = ["xlsx", "xlsm", "xls", "xlsb", "ods", "csv", "tsv", "txt", "zip"]
#: What was published in this session, by (sha256 of the file, sheet, dataset).
Done = dict[tuple[str, str, str], loaders.LoadResult]


def upload_of(filters: Filters) -> None:
    """Drop files; each is looked into, checked and published on its own."""
    lang = filters.lang
    frame.title(filters, t("data.title", lang))
    sweep()
    files = st.file_uploader(t("data.drop", lang), type=TYPES, accept_multiple_files=True, key="upload")
    done: Done = st.session_state.setdefault("data_done", {})
    if "data_extracted" in st.session_state:
        extracted: loaders.LoadResult = st.session_state.pop("data_extracted")
        st.session_state["data_batch"] = extracted.batch
        st.success(plain(extracted.say(lang)))
        moves_of(extracted.moves or [], lang, done=True)
    if not files:
        forget(set())
        forget_all()
        st.caption(t("data.how", lang))
        return
    pieces: list[Piece] = []
    for file in files:
        try:
            pieces += pieces_of(file)
        except SqmError as error:
            st.error(plain(say(error, lang)))
    dropped = {piece.sha: piece for piece in reversed(pieces)}
    forget(set(dropped))
    for place in [place for place in done if place[0] not in dropped]:
        del done[place]  # dropped once more, it is looked at afresh
    refused: dict[str, FileRefused] = st.session_state.setdefault("data_refused", {})
    for sha in set(refused) - set(dropped):
        del refused[sha]
    several = st.container(key="data_several") if len(dropped) > 1 else None
    waiting = 0
    for piece in pieces:
        sha = piece.sha
        if dropped[sha] is not piece:
            st.caption(plain(t("data.twice", lang, file=piece.name, other=dropped[sha].name)))
            continue
        with st.container(border=True, key=f"file_{sha[:12]}"):
            if waiting >= AT_ONCE and not _wanted(piece.name, sha, lang):
                continue
            try:
                waiting += sha not in refused and _one_file(filters, piece, done)
                if sha in refused:
                    if refused[sha].code == "file_password":
                        st.warning(plain(t("data.locked", lang, file=piece.name)))
                    else:
                        st.error(plain(say(refused[sha], lang)))
                    ask_password(piece, refused, lang)
            except SqmError as error:
                st.error(plain(say(error, lang)))
    if several is not None:
        with several:
            _several_of(filters, list(reversed(dropped.values())), refused, done)
    else:
        forget_all()


def _several_of(filters: Filters, pieces: list[Piece], refused: dict[str, FileRefused], done: Done) -> None:
    """The list of files above them, filled as each is looked into and checked."""
    listed, below = st.empty(), st.container()

    def lines() -> list[Line]:
        return [line_of(filters, piece, work.known(_look_key(filters, piece)), refused.get(piece.sha), done) for piece in pieces]

    with listed.container():
        lines_of(lines(), filters.lang)
    unasked = len(pieces) <= CHECKED_UNASKED or st.session_state.get("data_all_wanted") == (those := {piece.sha for piece in pieces})
    if not unasked and below.button(t("data.check_all", filters.lang, n=len(pieces)), key="all_check"):
        st.session_state["data_all_wanted"] = those
        st.rerun()
    if unasked and not st.session_state.get("data_all_queue"):
        for piece in pieces:
            if piece.sha in refused or work.cancelled(f"look_{slot(piece.sha)}"):
                continue
            try:
                read = looked_into(filters, piece)
                if read is None or not check_all(filters, piece, read, done):
                    break
            except FileRefused as error:
                refused[piece.sha] = FileRefused(error.code, **error.params)
            with listed.container():
                lines_of(lines(), filters.lang)
    with below:
        publish_all_of(filters, lines(), done)


def _wanted(name: str, sha: str, lang: str) -> bool:
    """A file that waits until those before it are done, or until somebody asks for it."""
    looked: set[str] = st.session_state.setdefault("data_looked", set())
    if sha not in looked:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.html(f'<div class="sqm-block"><b>{escape(name)}</b></div>')
            if st.button(t("data.look", lang), key=f"look_{slot(sha)}", type="tertiary"):
                looked.add(sha)
                st.rerun()
    return sha in looked


def _look_key(filters: Filters, piece: Piece, dataset: str | None = None, only: str | None = None) -> tuple:
    # What one session has unlocked shows to no other: it is part of the key.
    return "inspect", str(filters.engine.url), filters.version, piece.sha, piece.unlocked, piece.name, dataset, only


def looked_into(filters: Filters, piece: Piece, dataset: str | None = None, only: str | None = None) -> list[loaders.SheetInfo] | None:
    """The sheets of a file; None when looking was cancelled. Raises FileRefused."""
    placed = on_disk(piece)

    def look() -> list[loaders.SheetInfo]:
        with placed as (path, _):
            return loaders.inspect(path, warehouse.engine(), dataset=dataset, only=only, file_name=piece.name)

    return work.done(f"look_{slot(piece.sha)}", _look_key(filters, piece, dataset, only), filters.lang, look)


def _parts(filters: Filters, piece: Piece, info: loaders.SheetInfo) -> list[loaders.SheetInfo]:
    """A hidden sheet as it was read once it was asked for, with each of its tables; any other as it is."""
    read = work.known(_look_key(filters, piece, only=info.name)) if info.hidden else None
    return [s for s in read or () if s.name == info.name or s.range and s.name.rpartition(" #")[0] == info.name] or [info]


def _next_sheet(sheets: list[loaders.SheetInfo], sheet: str, sha: str, done: Done) -> str | None:
    """The sheet to go on with: the next that fits a dataset and is not done, after the last the first."""
    names = [s.name for s in sheets]
    at = names.index(sheet) + 1 if sheet in names else 0
    finished = {name for file, name, _ in done if file == sha}
    return next((s.name for s in sheets[at:] + sheets[:at] if s.dataset and s.rows and s.name not in finished), None)


def _one_file(filters: Filters, piece: Piece, done: Done) -> bool:
    """A file, sheet by sheet; whether anything of it is still to be done."""
    lang, sha, name = filters.lang, piece.sha, piece.name
    title = st.empty()
    title.html(f'<div class="sqm-block"><b>{escape(name)}</b></div>')
    early = st.empty()
    try:
        if work.known(_look_key(filters, piece)) is None:
            first_look(filters, piece, early)
        read = looked_into(filters, piece)
    except FileRefused as error:
        # Need not be read again as long as it lies there.
        st.session_state["data_refused"][sha] = FileRefused(error.code, **error.params)
        title.empty()
        return False
    if read is None:
        return True
    early.empty()
    sheets = with_hidden(read, slot(sha), name, lang)
    if not sheets:
        return False
    sheets = [part for sheet in sheets for part in _parts(filters, piece, sheet)]
    names = [s.name for s in sheets]
    title.html(f'<div class="sqm-block"><b>{escape(name)}</b><span>{t("data.sheets", lang, n=len(sheets))}</span></div>')
    for (of, finished, _), published in done.items():
        if of == sha:
            where = f"{finished}{'：' if lang == 'zh' else ': '}" if len(sheets) > 1 else ""
            st.success(plain(where + published.say(lang)))
    left, right = st.columns([1, 1])
    box = f"data_sheet_{slot(sha)}"
    asked = st.session_state.pop(f"data_next_{slot(sha)}", None) or st.session_state.get(box)
    st.session_state[box] = asked if asked in names else _next_sheet(sheets, "", sha, done) or names[0]
    marked = {s.name: f"{s.name} ({s.range})" if s.range else s.name for s in sheets}
    marked |= {s.name: t("data.hidden_mark", lang, name=marked[s.name]) for s in sheets if s.hidden}
    sheet = left.selectbox(t("data.sheet", lang), names, key=box, format_func=marked.__getitem__)
    info = next(s for s in sheets if s.name == sheet)
    hidden = sheet if info.hidden else None  # read only now that it is asked for
    if hidden and not (info.rows or info.error):
        if looked_into(filters, piece, only=hidden) is None:
            return True
        parts = _parts(filters, piece, info)
        if parts[0].name != sheet:  # it holds several tables
            st.session_state[f"data_next_{slot(sha)}"] = parts[0].name
            st.rerun()
        info = parts[0]
    if info.error:
        st.error(plain(say(FileRefused("sheet_damaged", file=name, sheets=info.name), lang)))
        return _next_sheet(sheets, sheet, sha, done) is not None
    options = [d.name for d in datasets.ALL]
    memory = memory_of(filters, info)
    first = memory.dataset if memory else info.dataset
    guess = options.index(first) if first in options else None
    dataset = right.selectbox(
        t("data.dataset", lang),
        options,
        index=guess,
        key=f"data_dataset_{slot(sha, sheet)}",
        format_func=lambda d: dataset_name(d, lang),
        placeholder=t("data.which", lang),
    )
    if not dataset:
        st.warning(t("data.which_help", lang))
        preview_of(info)
        return True
    key = slot(sha, sheet, dataset)
    if (sha, sheet, dataset) in done:
        if st.button(t("data.check_again", lang), key=f"recheck_{key}", type="tertiary"):
            del done[sha, sheet, dataset]
            st.rerun()
        return _next_sheet(sheets, sheet, sha, done) is not None
    told = dataset != info.dataset
    if told:
        read = looked_into(filters, piece, dataset, hidden)
        if read is None:
            return True
        info = next(s for s in read if s.name == sheet)
    final = check_and_publish(filters, piece, info, dataset, key, memory, dataset_said=told)
    if final is not None:
        done[sha, sheet, dataset] = final
        st.session_state[f"data_next_{slot(sha)}"] = _next_sheet(sheets, sheet, sha, done)
        st.session_state["data_batch"] = final.batch  # the box below: the newest is what one would take back
        st.rerun()
    return True
