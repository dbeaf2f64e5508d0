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
