"""The batches on the Data page: what was loaded, and taking it back after a second look."""

from __future__ import annotations

from html import escape

import pandas as pd
import streamlit as st

from sqm import loaders, metrics, settled
from sqm.i18n import number, t
from sqm.ui import frame, results, tables
from sqm.ui.checked import dataset_name, moves_of, problems_of
from sqm.ui.clock import local
from sqm.ui.filters import Filters
from sqm.ui.memory import remembered
from sqm.ui.person import allowed
from sqm.ui.words import plain

COUNTS = ("new", "replaced", "unchanged", "refused", "skipped")


@remembered
def _known(filters: Filters) -> pd.DataFrame:
    return loaders.batches(filters.engine)


def batches_of(filters: Filters) -> None:
    """What was loaded, by whom, when, with its counts; undo of any batch."""
    lang = filters.lang
    table = _known(filters)
    if table.empty:
        return
    results.heading(t("data.batches", lang), t("data.batches_note", lang))
    if "data_undone" in st.session_state:
        told, moved = st.session_state.pop("data_undone")
        st.success(plain(told))
        moves_of(moved, lang, done=True)
    shown = pd.DataFrame(
        {
            t("data.batch_id", lang): table["id"],
            t("data.dataset", lang): [dataset_name(d, lang) for d in table["dataset"]],
            t("data.file", lang): table["file_name"],
            t("data.sheet", lang): table["sheet"],
            **{t(f"data.count_{n}", lang): table[n] for n in COUNTS},
            t("data.loaded_at", lang): table["loaded_at"].map(local),
            t("data.loaded_by", lang): table["loaded_by"],
            t("data.status", lang): [t(f"data.status_{s}", lang) for s in table["status"]],
        }
    )
    counts = {t(f"data.count_{n}", lang): tables.thousands() for n in COUNTS}
    st.dataframe(shown, hide_index=True, height=min(38 + 35 * len(shown), 320), column_config=counts)
    standing = table[table["status"] == "published"]
    if standing.empty:
        return
    names = {int(r.id): f"{r.id} · {dataset_name(r.dataset, lang)} · {r.file_name}" for r in standing.itertuples()}
    left, middle, right = st.columns([2.4, 1, 1], vertical_alignment="bottom")
    batch = left.selectbox(t("data.choose_batch", lang), list(names), format_func=names.__getitem__, key="data_batch")
    asked = "data_undo_asked"
    if middle.button(t("data.undo", lang), key="undo"):
        st.session_state[asked] = batch
    show = right.toggle(t("data.show_problems", lang), key="data_show_problems")
    if st.session_state.get(asked) == batch:
        _confirm(filters, table[table["id"] == batch].iloc[0], asked)
    else:
        st.session_state.pop(asked, None)
    if show:
        found = loaders.problems(filters.engine, batch)
        if found:
            problems_of(found, lang, f"batch_{batch}_problems.csv", f"batch_{batch}")
        else:
            st.caption(t("data.no_problems", lang))


@st.cache_data(max_entries=16, show_spinner=False)
def _undone(url: str, version: int, batch: int, _filters: Filters) -> list[loaders.Move]:
    """The headline numbers that undoing a batch would move."""
    return loaders.undo(_filters.engine, batch, dry_run=True, watch=metrics.headlines)


def _confirm(filters: Filters, row: pd.Series, asked: str) -> None:
    """Name what would be undone and what that does to the headline numbers, then ask once more."""
    lang, batch = filters.lang, int(row["id"])
    with st.container(border=True, key="undo_asked"):
        named = {"batch": batch, "dataset": dataset_name(row["dataset"], lang), "file": row["file_name"]}
        question = escape(t("data.undo_ask", lang, n=number(row["accepted"]), **named))
        st.html(f'<div class="sqm-block" role="alert"><b>{question}</b></div>')
        with frame.guard(lang), st.spinner(t("data.checking", lang)):
            moves_of(_undone(str(filters.engine.url), filters.version, batch, filters), lang)
        with st.container(horizontal=True, gap="small"):
            sure = st.button(t("data.undo_sure", lang, batch=batch), type="primary", key="undo_confirm")
            if st.button(t("data.undo_not", lang), key="undo_cancel"):
                st.session_state.pop(asked, None)
                st.rerun()
        if sure:
            with frame.guard(lang), st.spinner(t("data.undoing", lang)):
                moved = loaders.undo(filters.engine, batch, allowed(filters, "undo"), watch=metrics.headlines)
                settled.settle(filters.engine)
            st.session_state.pop(asked, None)
            st.session_state["data_undone"] = (t("data.undone", lang, **named), moved)
            # A file that is still there may be published once more.
            done = st.session_state.get("data_done", {})
            st.session_state["data_done"] = {place: made for place, made in done.items() if made.batch != batch}
            st.rerun()
