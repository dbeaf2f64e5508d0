"""From a number on any page onto the agenda: the meeting then shows it as a slide, and an action is born from it there."""

from __future__ import annotations

import streamlit as st

from sqm import minutes, saying
from sqm.blueprint import Binding, Words
from sqm.errors import SqmError
from sqm.i18n import say, t
from sqm.meeting import Item, Meeting, meeting, new_id
from sqm.ui import meeting_words as words
from sqm.ui.filters import Filters
from sqm.ui.person import allowed
from sqm.ui.words import plain


def next_one(filters: Filters) -> Meeting | None:
    """The next meeting whose agenda is still made: the one of today or later that comes first, else the newest planned."""
    planned = [one for one in words.seen(filters) if one.state == "planned"]
    coming = [one for one in planned if one.on >= words.today()]
    return min(coming, key=lambda one: (one.on, one.starts)) if coming else (planned[0] if planned else None)


def button(filters: Filters, binding: Binding, key: str, owner: str = "", named: Words | None = None) -> None:
    """Puts this number, under its filter, on the agenda of the next meeting; for those who may write."""
    if not filters.person.may("edit"):
        return
    called = next_one(filters)
    hint = t("meeting.send_to", filters.lang, meeting=words.label(filters, called)) if called else t("meeting.send_none", filters.lang)
    st.button(t("meeting.send", filters.lang), key=key, type="tertiary", icon=":material/event_note:", help=plain(hint), disabled=called is None, on_click=_send,
              args=(filters, called, binding, owner, named))  # fmt: skip


def _send(filters: Filters, called: Meeting, binding: Binding, owner: str, named: Words | None) -> None:
    said = saying.headed(saying.name_of(filters.engine, binding.metric, binding.where))
    title = Words(f"{named.zh}：{said.zh}", f"{named.en}: {said.en}") if named else said
    limit = meeting.LIMITS["title"]
    short, ask = Words(title.zh[:limit], title.en[:limit]), saying.both("meeting.ask_topic")
    item = Item(new_id(), "topic", short, owner=owner, minutes=8, ask=ask, binding=binding)
    try:
        who = allowed(filters, "edit")
        known = minutes.load(filters.engine, called.id)
        if known is not None and any(one.binding == binding for one in known.items):
            st.toast(plain(t("meeting.send_there", filters.lang)))
            return
        minutes.change(filters.engine, called.id, lambda one: meeting.add_item(one, item), who)
    except SqmError as error:
        st.toast(plain(say(error, filters.lang)))
        return
    st.toast(plain(t("meeting.sent", filters.lang, meeting=words.label(filters, called))))

