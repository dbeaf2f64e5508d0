"""Answers of earlier months on the Data page: taken over for a sheet with the same headings, shown, changed and forgotten."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from sqm import loaders, remembered
from sqm.i18n import t
from sqm.ui import asked, meaning, results
from sqm.ui.checked import dataset_name
from sqm.ui.clock import local
from sqm.ui.filters import Filters
from sqm.ui.person import allowed
from sqm.ui.uploads import slot
from sqm.ui.words import plain

Memory = remembered.Memory


def memory_of(filters: Filters, info: loaders.SheetInfo) -> Memory | None:
    """What was answered about sheets with these headings."""
    return remembered.recall(filters.engine, info.shape)


def taken_over(filters: Filters, memory: Memory | None, info: loaders.SheetInfo, dataset: str, key: str, offered: int) -> None:
    """Fill the boxes of this sheet that nobody has touched with what was answered before, say so, and offer to forget it.

    ``offered``: so many headings have a box without being asked for.
    """
    if memory is None or memory.dataset != dataset:
        return
    answers = _answers(memory, info, key, offered) | meaning.boxes(filters, memory.options, dataset, key)
    for box, answer in answers.items():
        if box not in st.session_state:
            st.session_state[box] = answer
    with st.container(horizontal=True, vertical_alignment="center", key=f"recalled_{key}"):
        st.caption(plain(t("data.recalled", filters.lang, file=memory.file, batch=memory.batch, at=f"{local(memory.at):%Y-%m-%d}")))
        if st.button(t("data.forget", filters.lang), key=f"forget_{key}", type="tertiary", help=t("data.forget_help", filters.lang)):
            remembered.forget(filters.engine, memory.shape, allowed(filters, "load"))
            for box in answers:
                st.session_state.pop(box, None)
            st.rerun()


def _answers(memory: Memory, info: loaders.SheetInfo, key: str, offered: int) -> dict[str, object]:
    """Key of a box → what to put there."""
    fields = memory.fields
    found: dict[str, object] = {}
    later = []
    twice = {heading for headings in info.doubled.values() for heading in headings}
    # What was left out, or is to be something else than it looks like.
    out = [heading for heading in info.mapping if heading not in twice and fields.get(remembered.alike(heading), "").partition(":")[0]
           not in ("", info.mapping[heading].partition(":")[0])]
    if out:
        found[f"data_out_{key}"] = out
    for place, heading in enumerate(dict.fromkeys([*out, *info.ignored])):
        name = fields.get(remembered.alike(heading), "").partition(":")[0]
        if name not in ("", "-"):
            found[f"data_map_{key}_{slot(heading)}"] = name
            if place >= offered:
                later.append(heading)
    if later:
        found[f"data_more_{key}"] = later
    for place, headings in enumerate(info.doubled.values()):
        used = [heading for heading in headings if fields.get(remembered.alike(heading)) != "-"]
        if len(used) == 1:
            found[f"data_doubled_{key}_{place}"] = used[0]
    for heading in info.headings:
        order = fields.get(remembered.alike(heading), "").partition(":")[2]
        if order:
            found[f"data_order_{key}_{heading}"] = order
    return found | asked.boxes(memory.options, key)


def _said(memory: Memory, lang: str) -> str:
    """The answers as one line."""
    between = "；" if lang == "zh" else "; "
    fields = {heading: target.partition(":") for heading, target in remembered.split(memory.mapping)[0].items()}
    parts = [f"{heading} → {t('data.not_used', lang) if name == '-' else asked.field_name(memory.dataset, name, lang)}{f' ({order})' if order else ''}"
             for heading, (name, _, order) in fields.items()]
    return between.join(parts + [f"{key.partition(':means:')[2] or key} = {value}" for key, value in memory.options.items()])


def answers_of(filters: Filters) -> None:
    """Everything that is remembered, and forgetting it."""
    lang = filters.lang
    box = st.expander(t("data.answers", lang), on_change="rerun", key="data_answers")
    if not box.open:
        return
    known = remembered.known(filters.engine)
    with box:
        results.heading("", t("data.answers_note" if known else "data.answers_none", lang))
        if not known:
            return
        rows = [
            {
                t("data.dataset", lang): dataset_name(one.dataset, lang),
                t("data.answers_said", lang): _said(one, lang) or t("data.answers_dataset", lang),
                t("data.answers_for", lang): f"{one.file} · {one.sheet}" if one.sheet else one.file,
                t("data.batch_id", lang): one.batch,
                t("data.loaded_by", lang): one.who,
                t("data.loaded_at", lang): local(one.at),
            }
            for one in known
        ]
        st.dataframe(pd.DataFrame(rows), hide_index=True)
        left, right = st.columns([3, 1], vertical_alignment="bottom")
        names = {one.shape: f"{dataset_name(one.dataset, lang)} · {one.file}" for one in known}
        shape = left.selectbox(t("data.answers_which", lang), list(names), format_func=names.__getitem__, key="data_answers_shape")
        if shape and right.button(t("data.forget", lang), key="data_answers_forget", help=t("data.forget_help", lang)):
            remembered.forget(filters.engine, shape, allowed(filters, "load"))
            st.rerun()
