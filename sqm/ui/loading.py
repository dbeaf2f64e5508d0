"""The Data page's ways in: upload, look, check, publish; database extracts; templates."""

from __future__ import annotations

import hashlib
import tempfile
from datetime import date
from html import escape
from pathlib import Path

import pandas as pd
import streamlit as st

from sqm import datasets, loaders, metrics, settled, warehouse
from sqm.errors import FileRefused, SqmError
from sqm.i18n import number, say, t
from sqm.ui import asked, frame
from sqm.ui.checked import counts_of, dataset_name, moves_of, problems_of
from sqm.ui.filters import Filters
from sqm.ui.locked import ask_password, with_hidden
from sqm.ui.person import allowed
from sqm.ui.uploads import Piece, forget, on_disk, pieces_of, sweep
from sqm.ui.words import plain

#: So many files are looked into at once, and so many headings offered; the others on demand.
AT_ONCE, OFFERED = 3, 30
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


def _wanted(name: str, sha: str, lang: str) -> bool:
    """A file that waits until those before it are done, or until somebody asks for it."""
    looked: set[str] = st.session_state.setdefault("data_looked", set())
    if sha not in looked:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.html(f'<div class="sqm-block"><b>{escape(name)}</b></div>')
            if st.button(t("data.look", lang), key=f"look_{_slot(sha)}", type="tertiary"):
                looked.add(sha)
                st.rerun()
    return sha in looked


@st.cache_data(max_entries=128, show_spinner=False)
def _inspected(
    url: str, version: int, sha: str, unlocked: bool, name: str, dataset: str | None, only: str | None, _piece: Piece
) -> list[loaders.SheetInfo]:
    # What one session has unlocked shows to no other: ``unlocked`` is part of the key.
    with on_disk(_piece) as (path, _):
        return loaders.inspect(path, warehouse.engine(), dataset=dataset, only=only, file_name=name)


def _looked_into(filters: Filters, piece: Piece, dataset: str | None = None, only: str | None = None) -> list[loaders.SheetInfo]:
    return _inspected(str(filters.engine.url), filters.version, piece.sha, piece.unlocked, piece.name, dataset, only, piece)


@st.cache_data(max_entries=64, show_spinner=False)
def _checked(
    url: str,
    version: int,
    today: date,
    sha: str,
    unlocked: bool,
    name: str,
    sheet: str,
    dataset: str,
    mapping: tuple,
    admit: tuple,
    whole: bool,
    again: bool,
    _piece: Piece,
) -> loaders.LoadResult:
    with on_disk(_piece) as (path, original):
        return loaders.load(
            warehouse.engine(),
            path,
            dataset=dataset,
            sheet=sheet,
            mapping=dict(mapping),
            dry_run=True,
            add_missing=admit,
            whole_months=whole,
            apply_again=again,
            file_name=name,
            original=original,
            watch=metrics.headlines,
        )


def _slot(*parts: str) -> str:
    """Stands for a file, its sheet and its dataset in the keys of widgets: a choice holds for these alone."""
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:12]


def _next_sheet(sheets: list[loaders.SheetInfo], sheet: str, sha: str, done: Done) -> str | None:
    """The sheet to go on with: the next that fits a dataset and is not done, after the last the first."""
    names = [s.name for s in sheets]
    at = names.index(sheet) + 1 if sheet in names else 0
    finished = {name for file, name, _ in done if file == sha}
    return next((s.name for s in sheets[at:] + sheets[:at] if s.dataset and s.rows and s.name not in finished), None)


def _one_file(filters: Filters, piece: Piece, done: Done) -> bool:
    """A file, sheet by sheet; whether anything of it is still to be done."""
    lang, sha, name = filters.lang, piece.sha, piece.name
    with st.spinner(t("data.reading", lang)):
        try:
            read = _looked_into(filters, piece)
        except FileRefused as error:
            # Need not be read again as long as it lies there.
            st.session_state["data_refused"][sha] = FileRefused(error.code, **error.params)
            return False
    title = st.container()
    sheets = with_hidden(read, _slot(sha), name, lang)
    if not sheets:
        return False
    names = [s.name for s in sheets]
    title.html(f'<div class="sqm-block"><b>{escape(name)}</b><span>{t("data.sheets", lang, n=len(sheets))}</span></div>')
    for (of, finished, _), published in done.items():
        if of == sha:
            where = f"{finished}{'：' if lang == 'zh' else ': '}" if len(sheets) > 1 else ""
            st.success(plain(where + published.say(lang)))
    left, right = st.columns([1, 1])
    box = f"data_sheet_{_slot(sha)}"
    asked = st.session_state.pop(f"data_next_{_slot(sha)}", None) or st.session_state.get(box)
    st.session_state[box] = asked if asked in names else _next_sheet(sheets, "", sha, done) or names[0]
    marked = {s.name: t("data.hidden_mark", lang, name=s.name) if s.hidden else s.name for s in sheets}
    marked |= {s.name: f"{s.name} ({s.range})" for s in sheets if s.range}
    sheet = left.selectbox(t("data.sheet", lang), names, key=box, format_func=marked.__getitem__)
    info = next(s for s in sheets if s.name == sheet)
    hidden = sheet if info.hidden else None  # read only now that it is asked for
    if hidden:
        info = next(s for s in _looked_into(filters, piece, only=hidden) if s.name == sheet)
    if info.error:
        st.error(plain(say(FileRefused("sheet_damaged", file=name, sheets=info.name), lang)))
        return _next_sheet(sheets, sheet, sha, done) is not None
    options = [d.name for d in datasets.ALL]
    guess = options.index(info.dataset) if info.dataset in options else None
    dataset = right.selectbox(
        t("data.dataset", lang),
        options,
        index=guess,
        key=f"data_dataset_{_slot(sha, sheet)}",
        format_func=lambda d: dataset_name(d, lang),
        placeholder=t("data.which", lang),
    )
    if not dataset:
        st.warning(t("data.which_help", lang))
        return True
    key = _slot(sha, sheet, dataset)
    if (sha, sheet, dataset) in done:
        if st.button(t("data.check_again", lang), key=f"recheck_{key}", type="tertiary"):
            del done[sha, sheet, dataset]
            st.rerun()
        return _next_sheet(sheets, sheet, sha, done) is not None
    if dataset != info.dataset:
        read = _looked_into(filters, piece, dataset, hidden)
        info = next(s for s in read if s.name == sheet)
    final = _check_and_publish(filters, piece, info, dataset, key)
    if final is not None:
        done[sha, sheet, dataset] = final
        st.session_state[f"data_next_{_slot(sha)}"] = _next_sheet(sheets, sheet, sha, done)
        st.session_state["data_batch"] = final.batch  # the box below: the newest is what one would take back
        st.rerun()
    return True


def _check_and_publish(
    filters: Filters, piece: Piece, info: loaders.SheetInfo, dataset: str, key: str
) -> loaders.LoadResult | None:
    """The choices for a sheet, what its check found, and the button; what was published, once it is pressed."""
    lang, url, name = filters.lang, str(filters.engine.url), piece.name
    above = st.container()
    mapping = _mapping(info, dataset, key, lang)
    with above:
        doubled = asked.columns_of(info, dataset, key, lang)
    if doubled is None:
        return None
    mapping |= doubled | asked.answers(info, key)
    if lacking := [f for f in info.missing if f not in mapping.values()]:
        above.warning(t("data.missing", lang, fields=", ".join(asked.field_name(dataset, f, lang) for f in lacking)))
        return None
    contract = datasets.get(dataset)
    whole = bool(contract.dated_by) and st.checkbox(
        t("data.whole", lang), key=f"data_whole_{key}", help=t("data.whole_help", lang)
    )
    admit = tuple(f.name for f in contract.fields if st.session_state.get(f"data_admit_{key}_{f.name}"))
    again = bool(st.session_state.get(f"data_again_{key}", False))
    with st.spinner(t("data.checking", lang)):
        chosen = (dataset, tuple(sorted(mapping.items())), admit, whole)
        result = _checked(url, filters.version, loaders.today(), piece.sha, piece.unlocked, name, info.name, *chosen, again, piece)
        if again and result.already is None:
            # The wish to apply again holds for what is already loaded, not for other columns or months.
            before = _checked(url, filters.version, loaders.today(), piece.sha, piece.unlocked, name, info.name, *chosen, False, piece)
            again = before.already is not None
    counts_of(result, lang)
    if told := result.read_said(lang):
        st.caption(plain(told))
    for caution in result.cautions(lang):
        st.warning(plain(caution))
    asked.facts_of(result, lang)
    asked.questions_of(result, key, lang)
    fine = result.message == "dry_run"
    if fine and (result.already is not None or again):
        _already(result, key, lang)
    if fine and result.already is None:
        moves_of(result.moves or [], lang)
    _admission(result, dataset, key, lang)
    problems_of(result.problems, lang, f"{Path(result.file_name).stem}_problems.csv", key)
    if not fine:
        st.error(plain(result.say(lang)))
    elif result.already is None and st.button(_publish_word(result, lang), type="primary", key=f"publish_{key}"):
        with st.spinner(t("data.publishing", lang)), on_disk(piece) as (path, original):
            final = loaders.load(
                filters.engine,
                path,
                dataset=dataset,
                sheet=info.name,
                mapping=mapping,
                by=allowed(filters, "admit" if admit else "load"),
                add_missing=admit,
                whole_months=whole,
                apply_again=again,
                file_name=name,
                original=original,
            )
            if final.batch is not None:
                settled.settle(filters.engine)
        if final.batch is not None:
            return final
        st.error(plain(final.say(lang)))
    return None


def _publish_word(result: loaders.LoadResult, lang: str) -> str:
    """What the button publishes: the rows, and how many of them change anything."""
    changes = result.new + result.replaced
    if changes in (0, result.accepted):
        return t("data.publish", lang, n=number(result.accepted))
    return t("data.publish_changes", lang, n=number(result.accepted), changes=number(changes))


def _already(result: loaders.LoadResult, key: str, lang: str) -> None:
    """Say that the file stands already; where later batches cover parts of it, offer to put it on top of them."""
    changes = result.new + result.replaced + result.withdrawn
    if result.already is not None:
        st.info(t("data.already", lang, batch=result.already))
    # Without a key every row would be there twice.
    if datasets.get(result.dataset).key and (changes or result.already is None):
        st.checkbox(t("data.again", lang, n=number(changes)), key=f"data_again_{key}", help=t("data.again_help", lang))


def _mapping(info: loaders.SheetInfo, dataset: str, key: str, lang: str) -> dict[str, str]:
    """Which heading is which field: what was matched, and a choice for what was not."""
    used = sum(1 for target in info.mapping.values() if target)
    headings = list(dict.fromkeys(info.ignored))
    # Before they are drawn: their number stands over them.
    mapped = sum(bool(st.session_state.get(f"data_map_{key}_{_slot(heading)}")) for heading in headings)
    chosen: dict[str, str] = {}
    title = t("data.columns", lang, used=used + mapped, open=len(info.ignored) - mapped)
    with st.expander(title, expanded=bool(info.missing), key=f"data_columns_{key}"):
        if info.preview:
            width = max(len(r) for r in info.preview)
            heads = [h or f"({i + 1})" for i, h in enumerate((info.headings + [""] * width)[:width])]
            unique = [h if heads.index(h) == i else f"{h} ({i + 1})" for i, h in enumerate(heads)]
            st.dataframe(
                pd.DataFrame([(r + [""] * width)[:width] for r in info.preview], columns=unique),
                hide_index=True,
                height=180,
            )
        if info.mapping:
            pairs = [plain(f"{h} → {_target(dataset, f, lang)}") for h, f in list(info.mapping.items())[:40]]
            st.caption("　".join(pairs))
        if info.ignored:
            st.caption(t("data.ignored", lang))
            offered, others = headings[:OFFERED], headings[OFFERED:]
            if others:
                offered += st.multiselect(t("data.more_columns", lang, n=len(others)), others, key=f"data_more_{key}", placeholder=t("data.which_columns", lang))
            columns = st.columns(3)
            for n, heading in enumerate(offered):
                target = columns[n % 3].selectbox(
                    plain(heading),
                    ["", *datasets.get(dataset).by_name],
                    key=f"data_map_{key}_{_slot(heading)}",
                    format_func=lambda f: asked.field_name(dataset, f, lang) if f else t("data.not_used", lang),
                )
                if target:
                    chosen[heading] = target
    return chosen


def _target(dataset: str, target: str, lang: str) -> str:
    field, _, rest = target.partition(":")
    return asked.field_name(dataset, field, lang) + (f"（{rest}）" if rest else "")


def _admission(result: loaders.LoadResult, dataset: str, key: str, lang: str) -> None:
    """Offer to admit values that a reference table does not know."""
    contract = datasets.get(dataset)
    unknown: dict[str, set[str]] = {}
    for problem in result.problems:
        if problem.rule != "unknown_value":
            continue
        reference = problem.params.get("reference")
        for field in contract.fields:
            if field.refers_to == reference:
                unknown.setdefault(field.name, set()).add(problem.value)
                break
    for name, values in result.admitted.items():
        unknown.setdefault(name, set()).update(values)
    between = "、" if lang == "zh" else ", "
    for name in [f.name for f in contract.fields if f.name in unknown]:
        # The label must not change with the tick: Streamlit would take it for another box.
        heading, values = asked.field_name(dataset, name, lang), sorted(unknown[name])
        st.checkbox(plain(t("data.admit", lang, field=heading)), key=f"data_admit_{key}_{name}", help=t("data.admit_help", lang))
        more = t("data.admit_more", lang, n=len(values) - 12) if len(values) > 12 else ""
        st.caption(plain(between.join(values[:12]) + more))


def extract_of(filters: Filters) -> None:
    """A table or a query of another database, through the same checks."""
    lang = filters.lang
    with st.expander(t("data.extract", lang)), st.form("extract", border=False):
        st.caption(t("data.extract_note", lang))
        address = st.text_input(
            t("data.extract_url", lang),
            type="password",
            key="extract_url",
            placeholder="postgresql://reader:…@host/database",
        )
        query = st.text_input(t("data.extract_query", lang), key="extract_query", placeholder="tickets_2026_10")
        dataset = st.selectbox(
            t("data.dataset", lang),
            [d.name for d in datasets.ALL],
            key="extract_dataset",
            format_func=lambda d: dataset_name(d, lang),
            index=[d.name for d in datasets.ALL].index("complaints"),
        )
        columns = st.columns(2)
        check = columns[0].form_submit_button(t("data.extract_check", lang), key="extract_check")
        publish = columns[1].form_submit_button(t("data.extract_publish", lang), type="primary", key="extract_publish")
    if (check or publish) and address and query:
        with frame.guard(lang), st.spinner(t("data.reading", lang)):
            result = loaders.load_extract(
                filters.engine, address, query, dataset=dataset, by=allowed(filters, "load"), dry_run=not publish, watch=metrics.headlines
            )
            if result.published:
                settled.settle(filters.engine)
        if result.published:
            st.session_state["data_extracted"] = result
            st.rerun()
        counts_of(result, lang)
        st.caption(plain(result.say(lang)))
        if result.moves is not None:
            moves_of(result.moves, lang)
        problems_of(result.problems, lang, "extract_problems.csv", "extract")


@st.cache_data(max_entries=32, show_spinner=False)
def _template(url: str, version: int, dataset: str, lang: str) -> bytes:
    engine = warehouse.engine()
    known = {f.refers_to for f in datasets.get(dataset).fields if f.refers_to}
    entries = {name: list(metrics.labels(engine, name, lang).values()) for name in known}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "template.xlsx"
        loaders.template(dataset, path, lang, entries)
        return path.read_bytes()


def templates_of(filters: Filters) -> None:
    """An empty workbook of each dataset, with its headings and explanations."""
    lang = filters.lang
    box = st.expander(t("data.templates", lang), on_change="rerun", key="data_templates")
    if not box.open:
        return
    with box:
        columns = st.columns(4)
        for n, contract in enumerate(datasets.ALL):
            columns[n % 4].download_button(
                dataset_name(contract.name, lang),
                _template(str(filters.engine.url), filters.version, contract.name, lang),
                f"{contract.name}.xlsx",
                key=f"template_{contract.name}",
                on_click="ignore",
                type="tertiary",
            )
