"""What only the person can say about a sheet, asked under its preview: which of two columns, which order, which unit."""

from __future__ import annotations

import streamlit as st

from sqm import datasets, loaders
from sqm.i18n import t
from sqm.ui.words import plain


def field_name(dataset: str, field: str, lang: str) -> str:
    """What a field is called; what is none of the dataset stays as it is."""
    found = datasets.get(dataset).by_name.get(field)
    return found.called(lang) if found else field


def columns_of(info: loaders.SheetInfo, dataset: str, key: str, lang: str) -> dict[str, str] | None:
    """Which column to use where several claim one field: a mapping that ignores the others, None until all are chosen."""
    chosen: dict[str, str] = {}
    open_ones = False
    for n, (field, headings) in enumerate(info.doubled.items()):
        used = st.selectbox(plain(t("data.which_of", lang, field=field_name(dataset, field, lang))), headings, index=None,
                            key=f"data_doubled_{key}_{n}", placeholder=t("data.which_columns", lang))
        open_ones = open_ones or used is None
        chosen.update({heading: "-" for heading in headings if heading != used})
    return None if open_ones else chosen


def facts_of(result: loaders.LoadResult, lang: str) -> None:
    """What was decided about the sheet, as short facts."""
    facts = [note.say(lang) for note in result.notes if note.level == "fact"]
    if facts:
        st.caption(plain((" " if lang == "en" else "").join(facts)))


def answers(info: loaders.SheetInfo, key: str) -> dict[str, str]:
    """What was answered to ``questions_of``, as part of the map."""
    said: dict[str, str] = {}
    for heading, target in info.mapping.items():
        if order := st.session_state.get(f"data_order_{key}_{heading}"):
            said[heading] = f"{target.partition(':')[0]}:{order}"
    if scale := st.session_state.get(f"data_words_{key}"):
        said["score:words"] = scale
    if codes := st.session_state.get(f"data_blank_{key}"):
        said["score:blank"] = ",".join(codes)
    return said


def questions_of(result: loaders.LoadResult, key: str, lang: str) -> None:
    """Boxes only for what the check could not know, and for what was answered before."""
    state = st.session_state
    orders = {p.column for p in result.problems if p.rule == "ambiguous_date"}
    orders |= {k.removeprefix(f"data_order_{key}_") for k in map(str, state) if k.startswith(f"data_order_{key}_")}
    for heading in sorted(orders):
        st.selectbox(plain(t("data.order_of", lang, column=heading)), ["day-first", "month-first"], index=None, key=f"data_order_{key}_{heading}",
                     format_func=lambda order: t(f"data.order_{order.partition('-')[0]}", lang), placeholder=t("data.choose", lang))
    open_ones = {note.code: note for note in result.notes if note.level == "question"}
    for note in open_ones.values():
        st.warning(plain(note.say(lang)))
    if "words" in open_ones or state.get(f"data_words_{key}"):
        st.selectbox(t("data.words_scale", lang), ["1-5", "1-10", "0-100"], index=None, key=f"data_words_{key}", placeholder=t("data.choose", lang))
    known = list(state.get(f"data_blank_{key}") or [])
    if "not_applicable" in open_ones or known:
        offered = open_ones["not_applicable"].params["values"].split(",") if "not_applicable" in open_ones else []
        st.multiselect(t("data.blank_codes", lang), sorted({*known, *offered}, key=int), key=f"data_blank_{key}", placeholder=t("data.choose", lang))
