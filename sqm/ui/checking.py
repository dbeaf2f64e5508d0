"""The check of a sheet, what it found, and its publication."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import streamlit as st

from sqm import datasets, loaders, metrics, remembered, settled, warehouse
from sqm.errors import FileRefused
from sqm.i18n import number, t
from sqm.ui import asked, meaning
from sqm.ui.answered import Memory, taken_over
from sqm.ui.checked import counts_of, moves_of, problems_of
from sqm.ui.filters import Filters
from sqm.ui.matching import OFFERED, admission_of, first_entries_of, mapping_of
from sqm.ui.person import allowed
from sqm.ui.returned import returned_of
from sqm.ui.uploads import Piece, on_disk
from sqm.ui.words import plain


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


def check_and_publish(
    filters: Filters, piece: Piece, info: loaders.SheetInfo, dataset: str, key: str, memory: Memory | None, *, dataset_said: bool
) -> loaders.LoadResult | None:
    """The choices for a sheet, what its check found, and the button; what was published, once it is pressed.

    ``memory``: what was answered about such sheets before. ``dataset_said``: a person had to say which dataset it is.
    """
    lang, url, name = filters.lang, str(filters.engine.url), piece.name
    above = st.container()
    taken_over(filters, memory, info, dataset, key, OFFERED)
    contract = datasets.get(dataset)
    names = metrics.labels(filters.engine, contract.wide.reference, lang) if contract.wide and contract.wide.reference else {}
    mapping = mapping_of(info, dataset, key, lang, names)
    with above:
        doubled = asked.columns_of(info, dataset, key, lang)
    if doubled is None:
        return None
    mapping |= doubled | asked.answers(info, key) | meaning.said(key)
    if lacking := [f for f in info.missing if f not in mapping.values()]:
        above.warning(t("data.missing", lang, fields=", ".join(asked.field_name(dataset, f, lang) for f in lacking)))
        return None
    whole = bool(contract.dated_by) and st.checkbox(
        t("data.whole", lang), key=f"data_whole_{key}", help=t("data.whole_help", lang)
    )
    admit = tuple(f.name for f in contract.fields if st.session_state.get(f"data_admit_{key}_{f.name}"))
    again = bool(st.session_state.get(f"data_again_{key}", False))
    chosen = (dataset, tuple(sorted(mapping.items())), admit, whole)
    with st.spinner(t("data.checking", lang)):
        try:
            result = _checked(url, filters.version, loaders.today(), piece.sha, piece.unlocked, name, info.name, *chosen, again, piece)
        except FileRefused as error:
            if error.code != "reference_empty" or not filters.person.may("admit"):
                raise
            result = None
        if result is not None and again and result.already is None:
            # The wish to apply again holds for what is already loaded, not for other columns or months.
            before = _checked(url, filters.version, loaders.today(), piece.sha, piece.unlocked, name, info.name, *chosen, False, piece)
            again = before.already is not None
    if result is None:
        first_entries_of(filters, {target.partition(":")[0] for target in (info.mapping | mapping).values()}, dataset, key)
        return None
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
    meaning.meanings_of(filters, result, dataset, key)
    admission_of(result, dataset, key, lang)
    problems_of(result.problems, lang, f"{Path(result.file_name).stem}_problems.csv", key)
    if result.problems:
        returned_of(filters, piece, info, dataset, mapping, admit, key)
    if not fine:
        st.error(plain(result.say(lang)))
    elif result.already is None and st.button(_publish_word(result, lang), type="primary", key=f"publish_{key}"):
        with st.spinner(t("data.publishing", lang)), on_disk(piece) as (path, original):
            by = allowed(filters, "admit" if admit else "load")
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
                file_name=name,
                original=original,
            )
            if final.batch is not None:
                settled.settle(filters.engine)
                remembered.remember(filters.engine, info.shape, dataset, mapping, batch=final.batch, file=name, sheet=info.name, by=by, asked=dataset_said)
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
