"""The check of a sheet, what it found, and its publication."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import streamlit as st

from sqm import datasets, loaders, metrics, remembered, settled, warehouse
from sqm.errors import FileRefused
from sqm.i18n import number, t
from sqm.ui import asked, meaning, work
from sqm.ui.answered import Memory, taken_over
from sqm.ui.checked import counts_of, moves_of, problems_of
from sqm.ui.filters import Filters
from sqm.ui.matching import OFFERED, admission_of, first_entries_of, mapping_of, new_of
from sqm.ui.person import allowed
from sqm.ui.returned import returned_of
from sqm.ui.uploads import Piece, on_disk, slot
from sqm.ui.words import plain


class Chosen(NamedTuple):
    """What a person said of a sheet: as of ``loaders.load``, ``again`` for ``apply_again``."""

    mapping: dict[str, str] = {}
    admit: tuple[str, ...] = ()
    whole: bool = False
    again: bool = False


def was_shown(piece: Piece, sheet: str, dataset: str) -> bool:
    """Whether the sheet has been shown in this session, with its boxes."""
    return (piece.sha, sheet, dataset) in st.session_state.get("data_chosen", {})


def chosen_for(piece: Piece, sheet: str, dataset: str) -> Chosen | None:
    """What is said of a sheet in its boxes now; None where it was not shown, or cannot be checked as it is."""
    return st.session_state.get("data_chosen", {}).get((piece.sha, sheet, dataset))


def _check_key(filters: Filters, piece: Piece, sheet: str, dataset: str, chosen: Chosen) -> tuple:
    # What one session has unlocked shows to no other: it is part of the key.
    known = ("check", str(filters.engine.url), filters.version, loaders.today(), piece.sha, piece.unlocked, piece.name)
    return *known, sheet, dataset, tuple(sorted(chosen.mapping.items())), *chosen[1:]


def known_check(filters: Filters, piece: Piece, sheet: str, dataset: str, chosen: Chosen) -> loaders.LoadResult | None:
    """What ``checked`` found before, without checking anything."""
    return work.known(_check_key(filters, piece, sheet, dataset, chosen))


def checked(
    filters: Filters, piece: Piece, sheet: str, dataset: str, mapping: dict[str, str], admit: tuple[str, ...] = (), whole: bool = False, again: bool = False
) -> loaders.LoadResult | None:
    """What publishing the sheet would do; None when the check was cancelled. Raises FileRefused or WrongCall."""
    key = _check_key(filters, piece, sheet, dataset, Chosen(mapping, admit, whole, again))
    placed = on_disk(piece)

    def check() -> loaders.LoadResult:
        with placed as (path, original):
            return loaders.load(
                warehouse.engine(),
                path,
                dataset=dataset,
                sheet=sheet,
                mapping=mapping,
                dry_run=True,
                add_missing=admit,
                whole_months=whole,
                apply_again=again,
                file_name=piece.name,
                original=original,
                watch=metrics.headlines,
            )

    return work.done(checking(piece, sheet, dataset), key, filters.lang, check)


def published(
    filters: Filters, piece: Piece, info: loaders.SheetInfo, dataset: str, mapping: dict[str, str], admit: tuple[str, ...] = (), whole: bool = False,
    again: bool = False, *, dataset_said: bool = False, last: bool = True
) -> loaders.LoadResult | None:
    """The sheet, published by the reader if they may; None when that was cancelled. ``dataset_said``: a person had to say which it is.
    ``last``: no other follows at once.

    Raises FileRefused, WrongCall or NotAllowed.
    """
    placed, by = on_disk(piece), allowed(filters, "admit" if admit else "load")

    def publish() -> loaders.LoadResult:
        with placed as (path, original):
            final = loaders.load(
                filters.engine,
                path,
                dataset=dataset,
                sheet=info.name,
                mapping=mapping,
                by=by,
                add_missing=admit,
                whole_months=whole,
                apply_again=again,
                file_name=piece.name,
                original=original,
            )
        if final.batch is not None and last:
            settled.settle(filters.engine)
        if final.batch is not None:
            remembered.remember(filters.engine, info.shape, dataset, mapping, batch=final.batch, file=final.file_name, sheet=info.name, by=by, asked=dataset_said)
        return final

    place = publishing(piece, info.name, dataset)
    return work.done(place, place, filters.lang, publish, keep=False, again=False)


def checking(piece: Piece, sheet: str, dataset: str) -> str:
    """Where a sheet is checked, for ``work``."""
    return f"check_{slot(piece.sha, sheet, dataset)}"


def publishing(piece: Piece, sheet: str, dataset: str) -> str:
    """Where a sheet is published, for ``work``."""
    return f"publishing_{slot(piece.sha, sheet, dataset)}"


def check_and_publish(
    filters: Filters, piece: Piece, info: loaders.SheetInfo, dataset: str, key: str, memory: Memory | None, *, dataset_said: bool
) -> loaders.LoadResult | None:
    """The choices for a sheet, what its check found, and the button; what was published, once it is pressed.

    ``memory``: what was answered about such sheets before. ``dataset_said``: a person had to say which dataset it is.
    """
    lang = filters.lang
    st.session_state.setdefault("data_chosen", {})[piece.sha, info.name, dataset] = None
    above = st.container()
    taken_over(filters, memory, info, dataset, key, OFFERED)
    contract = datasets.get(dataset)
    names = metrics.labels(filters.engine, contract.wide.reference, lang) if contract.wide and contract.wide.reference else {}
    mapping = mapping_of(info, dataset, key, lang, names)
    with above:
        doubled = asked.columns_of(info, dataset, key, lang)
    if doubled is None:
        return None
    mapping |= doubled | asked.answers(info, key) | meaning.said(key) | new_of(dataset, key)
    if lacking := [f for f in info.missing if f not in mapping.values()]:
        above.warning(t("data.missing", lang, fields=", ".join(asked.field_name(dataset, f, lang) for f in lacking)))
        return None
    whole = bool(contract.dated_by) and st.checkbox(
        t("data.whole", lang), key=f"data_whole_{key}", help=t("data.whole_help", lang)
    )
    admit = tuple(f.name for f in contract.fields if st.session_state.get(f"data_admit_{key}_{f.name}"))
    again = bool(st.session_state.get(f"data_again_{key}", False))
    chosen = (piece, info.name, dataset, mapping, admit, whole)
    place = publishing(*chosen[:3])
    try:
        # What is being published shows as it was checked: by now it may be there.
        result = st.session_state.get(f"data_{place}") if work.running_at(place) else checked(filters, *chosen, again)
        if result is not None and again and result.already is None:
            # The wish to apply again holds for what is already loaded, not for other columns or months.
            before = checked(filters, *chosen)
            again = before is not None and before.already is not None
    except FileRefused as error:
        if error.code != "reference_empty" or not filters.person.may("admit"):
            raise
        first_entries_of(filters, {target.partition(":")[0] for target in (info.mapping | mapping).values()}, dataset, key)
        return None
    if result is None:
        return None
    st.session_state["data_chosen"][piece.sha, info.name, dataset] = Chosen(mapping, admit, whole, again)
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
    meaning.meanings_of(filters, result, info.unknown, dataset, key)
    admission_of(result, dataset, key, lang)
    if not fine:
        st.error(plain(result.say(lang)))
    problems_of(result.problems, lang, f"{Path(result.file_name).stem}_problems.csv", key,
                lambda: returned_of(filters, piece, info, dataset, mapping, admit, key))
    if not fine:
        return None
    if result.already is None:
        if st.button(_publish_word(result, lang), type="primary", key=f"publish_{key}"):
            work.begin(place)
            st.session_state[f"data_{place}"] = result
        elif not work.wish_at(place):  # under way since an earlier run of the page, or cancelled, which is said
            return None
        final = published(filters, piece, info, dataset, mapping, admit, whole, again, dataset_said=dataset_said)
        if final is not None and final.batch is not None:
            return final
        if final is not None:
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
