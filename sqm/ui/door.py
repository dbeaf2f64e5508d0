"""The door: nobody is let in whom nobody knows; who came in can go again."""

from __future__ import annotations

from html import escape
from typing import Any, NoReturn

import streamlit as st

from sqm.access import LOCAL, Person
from sqm.i18n import t
from sqm.ui.person import providers, reader, sign_in


def enter(engine: Any, lang: str) -> Person:
    """The reader, who may at least see numbers; anybody else reads what to do instead of a page. Raises as ``reader``."""
    person = reader(engine)
    if person is None:
        _say(t("access.title", lang), t("access.sign_in_note", lang))
        for name in providers(sign_in()):
            word = t("access.sign_in_with", lang, name=name) if name else t("access.sign_in", lang)
            st.button(word, type="primary", key=f"sign_in_{name}", on_click=st.login, args=[name] if name else [])
        st.stop()
    if not person.may("see"):
        _say(t("access.unknown_title", lang), t("access.unknown", lang, name=person.name or "?"))
        st.button(t("access.sign_out", lang), key="sign_out", on_click=st.logout)
        st.stop()
    if person.role == LOCAL and not person.cities:
        nowhere(person, lang)
    return person


def nowhere(person: Person, lang: str) -> NoReturn:
    """A branch without a city that the reference table knows sees nothing."""
    _say(t("access.unknown_title", lang), t("access.no_city", lang, name=person.name, cities=", ".join(sorted(person.cities)) or "–"))
    st.button(t("access.sign_out", lang), key="sign_out", on_click=st.logout)
    st.stop()
    raise AssertionError("st.stop stops")


def leave(person: Person, lang: str) -> None:
    """In the head: who is signed in, as what, and the way out. Nothing where nobody has to sign in."""
    if person.signed_in:
        with st.popover(person.shown, type="tertiary", key="person", help=t(f"access.role_{person.role}", lang)):
            st.html(f'<div class="sqm-note"><b>{escape(person.name)}</b> · {escape(t(f"access.role_{person.role}", lang))}</div>')
            st.button(t("access.sign_out", lang), key="sign_out", on_click=st.logout)


def _say(title: str, text: str) -> None:
    st.html(f'<h1 class="sqm-finding">{escape(title)}</h1><p class="sqm-note">{escape(text)}</p>')
