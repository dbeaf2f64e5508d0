"""For administrators, on the Data page: who has which role, and the log of who did what."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from sqm import people, store
from sqm.access import ROLES
from sqm.errors import SqmError
from sqm.exports import csv_bytes
from sqm.i18n import say, t
from sqm.ui import frame, results
from sqm.ui.clock import local
from sqm.ui.filters import Filters
from sqm.ui.person import allowed
from sqm.ui.words import plain

#: What can be looked for in the log, and so many lines of it are shown.
KINDS = ("load", "undo", "admit", "change", "rows", "export", "restore")
MOST = 2000
_DONE = "people_saved"


def closed_of(filters: Filters) -> None:
    """The Data page for who does not load."""
    frame.title(filters, t("access.data_title", filters.lang))
    st.caption(t("access.data_closed", filters.lang))


def people_of(filters: Filters) -> None:
    """The list of people, and the place to change it; nothing for who may not."""
    if not filters.person.may("people"):
        return
    lang = filters.lang
    box = st.expander(t("access.people", lang), key="people", on_change="rerun")
    if not box.open:
        return
    with box:
        known = people.register(filters.engine)
        st.caption(t("access.people_note", lang))
        if done := st.session_state.pop(_DONE, ""):
            st.success(plain(t("access.people_saved", lang, name=done)))
        if known.entries:
            cities = results.labels(filters, "cities")
            names = [t(f"access.people_{name}", lang) for name in ("name", "role", "cities", "can")]
            lines = [(name, t(f"access.role_{role}", lang), ", ".join(cities.get(one, one) for one in own), t(f"access.can_{role}", lang))
                     for name, (role, own) in known.entries.items()]
            st.dataframe(pd.DataFrame(lines, columns=names), hide_index=True, height=min(38 + 35 * len(lines), 320))
        if not known.admins:
            st.warning(t("access.people_none", lang))
        _edit(filters, known)


def _edit(filters: Filters, known: people.Register) -> None:
    lang, cities = filters.lang, results.labels(filters, "cities")
    try:
        with st.form("people_form", border=False):
            left, middle, right = st.columns([1.4, 1, 1.6])
            name = left.text_input(t("access.people_name", lang), key="people_name", max_chars=80)
            role = middle.selectbox(t("access.people_role", lang), list(ROLES), key="people_role", format_func=lambda one: t(f"access.role_{one}", lang))
            own = right.multiselect(t("access.people_cities", lang), list(cities), key="people_cities", format_func=lambda one: cities.get(one, one),
                                    placeholder=t("access.people_which", lang))
            with st.container(horizontal=True, gap="small"):
                save = st.form_submit_button(t("access.people_save", lang), key="people_save", type="primary")
                remove = st.form_submit_button(t("access.people_remove", lang), key="people_remove")
        if save:
            people.grant(filters.engine, name, role, own, by=allowed(filters, "people"), known=cities)
        elif remove:
            people.remove(filters.engine, name, by=allowed(filters, "people"))
        if save or remove:
            st.session_state[_DONE] = name.strip()
            st.rerun()
        unlisted = st.selectbox(t("access.people_unlisted", lang), people.UNKNOWN, index=people.UNKNOWN.index(known.unknown), key=f"people_unlisted_{known.revision}",
                                format_func=lambda one: t(f"access.can_{one}", lang), width=420)
        if unlisted != known.unknown:
            people.admit_unknown(filters.engine, unlisted, by=allowed(filters, "people"))
            st.rerun()
    except SqmError as error:
        st.error(plain(say(error, lang)))


def log_of(filters: Filters) -> None:
    """Who did what, the newest first, with a filter and a download; nothing for who may not read it."""
    if not filters.person.may("log"):
        return
    lang = filters.lang
    box = st.expander(t("access.log", lang), key="log", on_change="rerun")
    if not box.open:
        return
    with box:
        left, right = st.columns([1, 2])
        action = left.selectbox(t("access.log_action", lang), ["", *KINDS], key="log_action", format_func=lambda one: t(f"access.log_{one or 'all'}", lang))
        who = right.text_input(t("access.log_who", lang), key="log_who", max_chars=80)
        found = store.log(filters.engine, action or "", who or "", MOST)
        if found.empty:
            st.caption(t("access.log_none", lang))
            return
        told = found.assign(at=found["at"].map(local), action=[t(f"access.log_{one}", lang) for one in found["action"]])
        shown = told.rename(columns={name: t(f"access.log_{name}", lang) for name in found.columns})
        st.dataframe(shown, hide_index=True, height=320)
        st.download_button(t("access.log_csv", lang), csv_bytes(shown), "log.csv", "text/csv", key="log_csv", on_click="ignore")
