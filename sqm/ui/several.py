"""Several files on the Data page: a line for each with how it stands, and all that is ready published after one look at what changes."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

import streamlit as st

from sqm import datasets, loaders
from sqm.errors import FileRefused, SqmError
from sqm.i18n import number, say, t
from sqm.ui import results, work
from sqm.ui.answered import memory_of
from sqm.ui.checked import dataset_name, moves_of
from sqm.ui.checking import Chosen, checked, checking, chosen_for, known_check, published, publishing, was_shown
from sqm.ui.filters import Filters
from sqm.ui.matching import without_entries
from sqm.ui.uploads import Piece, slot
from sqm.ui.words import plain

#: How a file stands, the worst of its sheets first: texts under ``data.state_``.
STATES = ("refused", "asks", "waiting", "ready", "loaded", "published")
Done = dict[tuple[str, str, str], loaders.LoadResult]
_QUEUE, _ASKED, _FAILED = "data_all_queue", "data_all_asked", "data_all_failed"


@dataclass(frozen=True)
class Ready:
    """A sheet that can be published as it was checked, without a question."""

    piece: Piece
    info: loaders.SheetInfo
    dataset: str
    chosen: Chosen
    result: loaders.LoadResult

    @property
    def place(self) -> tuple[str, str, str]:
        return self.piece.sha, self.info.name, self.dataset


@dataclass(frozen=True)
class Line:
    """A file, how it stands, why, and what of it is ready."""

    piece: Piece
    state: str
    why: str = ""
    ready: tuple[Ready, ...] = ()


def line_of(filters: Filters, piece: Piece, read: list[loaders.SheetInfo] | None, refused: FileRefused | None, done: Done) -> Line:
    """How a file stands, from what is known of it; ``read``: its sheets, None when it was not looked into."""
    lang = filters.lang
    if refused is not None:
        return Line(piece, "asks" if refused.code == "file_password" else "refused", say(refused, lang))
    if read is None:
        return Line(piece, "waiting")
    told = [_sheet(filters, piece, info, done) for info in fitting(filters, read)]
    if not told:
        return Line(piece, "asks", t("data.which_help", lang))
    state = next(state for state in STATES if any(state == one for one, _, _ in told))
    ready = tuple(each for _, _, each in told if each is not None) if state in ("ready", "loaded", "published") else ()
    return Line(piece, "ready" if ready else state, "" if ready else next(why for one, why, _ in told if one == state), ready)


def fitting(filters: Filters, read: list[loaders.SheetInfo]) -> list[loaders.SheetInfo]:
    """The sheets that are meant: what fits a dataset, or did last month; else what cannot be told, or is damaged."""
    visible = [info for info in read if not info.hidden and (info.rows or info.error)]
    return [info for info in visible if info.dataset or info.error or memory_of(filters, info)] or visible


def _meant(filters: Filters, piece: Piece, info: loaders.SheetInfo) -> tuple[str, Chosen | None]:
    """What a sheet is, and how it is read: as was said in this session, or of such sheets before; None where that has to be asked."""
    memory = memory_of(filters, info)
    first = memory.dataset if memory else info.dataset
    box = f"data_dataset_{slot(piece.sha, info.name)}"
    dataset = (st.session_state[box] or "") if box in st.session_state else first
    said = chosen_for(piece, info.name, dataset)
    if dataset != first or was_shown(piece, info.name, dataset):
        return dataset, said
    if memory is not None:
        return dataset, Chosen(dict(memory.mapping))
    return dataset, Chosen() if dataset and not info.missing and not info.doubled else None


def _sheet(filters: Filters, piece: Piece, info: loaders.SheetInfo, done: Done) -> tuple[str, str, Ready | None]:
    lang = filters.lang
    if info.error:
        return "asks", say(FileRefused("sheet_damaged", file=piece.name, sheets=info.name), lang), None
    dataset, chosen = _meant(filters, piece, info)
    if (piece.sha, info.name, dataset) in done:
        return "published", done[piece.sha, info.name, dataset].say(lang), None
    if chosen is None and (info.missing or info.doubled or not dataset):
        return "asks", t("data.asks_columns", lang, sheet=info.name), None
    used = {target.partition(":")[0] for target in info.mapping.values()}
    if dataset and (lacking := [f for f in without_entries(filters, used, dataset) if not chosen or f.name not in chosen.admit]):
        names = dict.fromkeys(dataset_name(f.refers_to or "", lang) for f in lacking)
        return "asks", t("data.asks_entries", lang, sheet=info.name, tables=("、" if lang == "zh" else ", ").join(names)), None
    if chosen is None:
        return "asks", t("data.asks_columns", lang, sheet=info.name), None
    result = known_check(filters, piece, info.name, dataset, chosen)
    if result is None:
        return "waiting", "", None
    if result.already is not None and not chosen.again:
        return "loaded", t("data.already", lang, batch=result.already), None
    if result.message != "dry_run" or result.refused:
        return "asks", t("data.asks_refused", lang, sheet=info.name, n=number(result.refused)), None
    if open_ones := [note for note in result.notes if note.level == "question"]:
        return "asks", open_ones[0].say(lang), None
    if cautions := result.cautions(lang):
        return "asks", cautions[0], None
    return "ready", "", Ready(piece, info, dataset, chosen, result)


def check_all(filters: Filters, piece: Piece, read: list[loaders.SheetInfo], done: Done) -> bool:
    """Check what can be checked of a file without a question; False when that was cancelled."""
    for info in fitting(filters, read):
        dataset, chosen = _meant(filters, piece, info)
        if chosen is not None and not info.error and (piece.sha, info.name, dataset) not in done:
            if work.cancelled(checking(piece, info.name, dataset)):
                continue
            try:
                if checked(filters, piece, info.name, dataset, *chosen) is None:
                    return False
            except SqmError:
                continue  # said where the sheet is shown
    return True


def lines_of(lines: list[Line], lang: str) -> None:
    """The list of files."""
    rows = []
    for line in lines:
        rows_ready = sum(ready.result.accepted for ready in line.ready)
        why = t("data.state_rows", lang, n=number(rows_ready)) if line.ready else line.why
        rows.append(f'<tr class="{line.state}"><th scope="row">{escape(line.piece.name)}</th><td class="sqm-state">{t(f"data.state_{line.state}", lang)}</td>'
                    f"<td>{escape(why)}</td></tr>")
    st.html(f'<table class="sqm-files"><tbody>{"".join(rows)}</tbody></table>')


def publish_all_of(filters: Filters, lines: list[Line], done: Done) -> None:
    """One button for all that is ready, one look at what that changes, one confirmation; each sheet is a batch of its own."""
    lang, state = filters.lang, st.session_state
    for sentence in state.get(_FAILED, []):
        st.error(plain(sentence))
    _keep_only({line.piece.sha for line in lines})
    if state.get(_QUEUE):
        _publish(filters, done)
    order = [contract.name for contract in datasets.ALL]
    ready = sorted((each for line in lines for each in line.ready), key=lambda each: order.index(each.dataset))
    if not ready:
        return
    files = len({each.piece.sha for each in ready})
    if not state.get(_ASKED):
        if st.button(t("data.publish_all", lang, n=files), key="all_ready"):
            state[_ASKED] = True
            state.pop(_FAILED, None)
            st.rerun()
        return
    with st.container(border=True, key="all_asked"):
        results.heading(t("data.publish_all_ask", lang, n=files), t("data.publish_all_note", lang))
        names = ("file", "dataset", "count_new", "count_replaced", "count_unchanged")
        heads = "".join(f'<th scope="col"{" class=n" if name.startswith("count") else ""}>{t(f"data.{name}", lang)}</th>' for name in names)
        rows = "".join(f'<tr><th scope="row">{escape(_called(each))}</th><td>{escape(dataset_name(each.dataset, lang))}</td>'
                       + "".join(f'<td class="n">{number(getattr(each.result, name))}</td>' for name in ("new", "replaced", "unchanged")) + "</tr>" for each in ready)
        st.html(f'<table class="sqm-moves"><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>')
        for each in ready:
            if whole := each.result.whole_said(lang):
                st.warning(plain(f"{_called(each)}: {(' ' if lang == 'en' else '').join(whole)}"))
        for n, each in enumerate(ready):
            if each.result.moves:
                with st.expander(plain(t("data.publish_all_moves", lang, file=_called(each))), key=f"all_moves_{n}"):
                    moves_of(each.result.moves, lang)
        with st.container(horizontal=True):
            sure = st.button(t("data.publish_all_sure", lang, n=files), key="all_sure", type="primary")
            if st.button(t("data.publish_all_not", lang), key="all_not", type="tertiary") or sure:
                state.pop(_ASKED, None)
                state[_QUEUE] = ready if sure else []
                for each in state[_QUEUE]:
                    work.begin(publishing(each.piece, each.info.name, each.dataset))
                st.rerun()


def forget_all() -> None:
    """Nothing lies on the page any more: nothing waits to be published."""
    for name in (_QUEUE, _ASKED, _FAILED, "data_chosen"):
        st.session_state.pop(name, None)


def _keep_only(shas: set[str]) -> None:
    """Who takes a file away does not want it published."""
    if _QUEUE in st.session_state:
        st.session_state[_QUEUE] = [each for each in st.session_state[_QUEUE] if each.piece.sha in shas]


def _publish(filters: Filters, done: Done) -> None:
    """Publish what waits, one after the other; an interrupted run of the page goes on where it was. Ends with a new run."""
    queue: list[Ready] = st.session_state[_QUEUE]
    while queue:
        each = queue[0]
        if each.place in done:
            queue.pop(0)
            continue
        st.caption(plain(t("data.publish_all_at", filters.lang, file=_called(each), n=len(queue))))
        try:
            final = published(filters, each.piece, each.info, each.dataset, *each.chosen, dataset_said=each.dataset != each.info.dataset, last=len(queue) == 1)
        except SqmError as error:
            st.session_state.setdefault(_FAILED, []).append(f"{_called(each)}: {say(error, filters.lang)}")
        else:
            if final is None:
                st.session_state.setdefault(_FAILED, []).append(f"{_called(each)}: {t('data.stopped', filters.lang)}")
                queue.clear()  # what was published before stays
                break
            if final.batch is None:
                st.session_state.setdefault(_FAILED, []).append(f"{_called(each)}: {final.say(filters.lang)}")
            else:
                done[each.place] = final
                st.session_state["data_batch"] = final.batch
        queue.pop(0)
    st.rerun()


def _called(each: Ready) -> str:
    return f"{each.piece.name} · {each.info.name}"
