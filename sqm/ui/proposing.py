"""What headings that no contract knows may stand for: said with the reason, and used only once a person says so."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from sqm import datasets, loaders
from sqm.i18n import t
from sqm.ui import asked
from sqm.ui.uploads import slot
from sqm.ui.words import plain


def proposals_of(info: loaders.SheetInfo, dataset: str, key: str, lang: str, shown: Sequence[str]) -> None:
    """A line and a button for each proposal that is still open; a button for all of them.

    ``shown``: the headings that have a box of their own unasked. Draw this before the boxes, which it fills.
    """
    given = {field for heading in info.ignored if (field := st.session_state.get(_box(key, heading)))}
    found = {heading: one for heading, one in info.proposed.items() if not st.session_state.get(_box(key, heading)) and one.field not in given}
    if not found:
        return
    later = set(info.ignored) - set(shown)
    required = datasets.get(dataset).by_name
    order = sorted(found, key=lambda heading: not required[found[heading].field].required)
    with st.container(border=True, key=f"proposed_{key}", gap="small"):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.caption(t("data.proposed", lang, n=len(found)), width="stretch")
            if len(found) > 1:
                pairs = [(heading, found[heading].field) for heading in order]
                st.button(t("data.proposed_all", lang, n=len(found)), key=f"propose_{key}_all", type="tertiary", on_click=_take, args=(key, pairs, later))
        for heading in order:
            one = found[heading]
            with st.container(horizontal=True, vertical_alignment="center"):
                st.markdown(plain(f"{heading} → {asked.field_name(dataset, one.field, lang)}"), width=300)
                st.caption(plain(_reason(one, lang)), width="stretch")
                st.button(t("data.proposed_use", lang), key=f"propose_{key}_{slot(heading)}", on_click=_take, args=(key, [(heading, one.field)], later))


def _box(key: str, heading: str) -> str:
    """The box of a heading under ``matching.mapping_of``."""
    return f"data_map_{key}_{slot(heading)}"


def _take(key: str, pairs: Sequence[tuple[str, str]], later: set[str]) -> None:
    """Fill the boxes, as if they had been chosen by hand."""
    for heading, field in pairs:
        st.session_state[_box(key, heading)] = field
    if shown := [heading for heading, _ in pairs if heading in later]:
        more = f"data_more_{key}"
        st.session_state[more] = [*st.session_state.get(more, []), *shown]


def _reason(one: loaders.Proposal, lang: str) -> str:
    said = [t("data.proposed_like", lang, word=one.like, likeness=f"{one.likeness:.2f}")] if one.like else []
    said += [t(f"data.proposed_{one.cells}", lang)] if one.cells else []
    return ("；" if lang == "zh" else "; ").join(said)
