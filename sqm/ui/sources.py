"""The Data page's database sources: how far each was taken over, and three buttons: test, look first, sync."""

from __future__ import annotations

import streamlit as st

from sqm import metrics, settled, stages, sync
from sqm.i18n import number, t
from sqm.ui import frame, work
from sqm.ui.checked import dataset_name, moves_of, problems_of
from sqm.ui.filters import Filters
from sqm.ui.person import allowed
from sqm.ui.words import plain

DONE = "sources_done"


def sources_of(filters: Filters) -> None:
    """Every source that is written down; where there is none, how to write one down."""
    lang = filters.lang
    box = st.expander(t("sync.title", lang), on_change="rerun", key="data_sources")
    if not box.open:
        return
    with box, frame.guard(lang):
        listed = sync.listed(filters.engine)
        if not listed:
            st.caption(plain(t("sync.none", lang, file=str(sync.place().name))))
        for source, state in listed:
            _one(filters, source, state)
        done = st.session_state.pop(DONE, None)
        if done is not None:
            _said(filters, done)


def _one(filters: Filters, source: sync.Source, state: sync.State | None) -> None:
    lang, key = filters.lang, f"source_{source.name}"
    with st.container(horizontal=True, vertical_alignment="center", key=key):
        far = t("sync.state", lang, until=state.until or "–", n=number(state.rows), at=f"{state.at:%Y-%m-%d %H:%M}") if state else t("sync.never", lang)
        st.markdown(f"**{plain(source.name)}** · {plain(dataset_name(source.dataset, lang))} · {plain(source.shown)} · {plain(far)}", width="stretch")
        test = st.button(t("sync.test", lang), key=f"{key}_test", type="tertiary")
        look = st.button(t("sync.look", lang), key=f"{key}_look", type="tertiary")
        again = st.checkbox(t("sync.again", lang), key=f"{key}_again", help=t("sync.again_help", lang)) if state else False
        run = st.button(t("sync.sync", lang), key=f"{key}_sync", type="primary")
    if test or look or run:
        allowed(filters, "load")
    if test:
        with st.spinner(t("data.reading", lang)):
            rows, unmarked = sync.test(source, filters.engine)
        st.success(plain(t("sync.tested", lang, name=source.name, n=number(rows))))
        if unmarked:
            st.caption(plain(t("sync.unmarked", lang, n=number(unmarked))))
    if look or run:
        work.begin(key)
    if wish := ("look" if look else "sync", again) if look or run else work.wish_at(key):
        done = _run(filters, source, key, *wish)
        if done is not None and wish[0] == "sync":
            st.session_state[DONE] = done
            st.rerun()
        if done is not None:
            _said(filters, done)


def _run(filters: Filters, source: sync.Source, key: str, kind: str, again: bool) -> sync.Synced | None:
    """A first look or a run; None when it was cancelled."""
    by = allowed(filters, "load")

    def run() -> sync.Synced:
        if kind == "look":
            return sync.sync(filters.engine, source, by=by, dry_run=True, again=again, watch=metrics.headlines)
        try:
            return sync.sync(filters.engine, source, by=by, again=again)
        finally:
            with stages.apart():
                settled.settle(filters.engine)  # parts that were published stay when a later one fails, or is cancelled

    return work.done(key, (kind, again), filters.lang, run, keep=False, again=False, stopped="data.stopped" if kind == "look" else "data.stopped_parts")


def _said(filters: Filters, done: sync.Synced) -> None:
    lang, said = filters.lang, plain(done.say(filters.lang))
    (st.warning if done.message == "refused" else st.caption if done.message == "dry_run" else st.success)(said)
    for part in done.parts:
        if part.moves is not None:
            moves_of(part.moves, lang)
    problems_of([problem for part in done.parts for problem in part.problems], lang, f"{done.source}_problems.csv", f"source_{done.source}")
