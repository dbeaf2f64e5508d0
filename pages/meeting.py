"""Meeting: what is decided today, and did what was decided last time work?"""

import streamlit as st

from sqm.i18n import t
from sqm.ui import frame, meeting_ask, meeting_carry, meeting_desk, results
from sqm.ui import meeting_actions as register
from sqm.ui import meeting_stage as stage
from sqm.ui import meeting_standards as standards
from sqm.ui import meeting_words as words

filters = frame.open("meeting")
with frame.guard(filters.lang):
    if not stage.alone():
        head = st.container()
        with st.container(horizontal=True, vertical_alignment="center", key="mt_bar"):
            called = meeting_desk.chosen(filters)
            if filters.person.may("edit"):
                meeting_desk.new(filters)
            if called:
                meeting_desk.bar(filters, called)
                if called.state != "planned":
                    meeting_carry.take_along(filters, called)
        with head:
            frame.title(filters, meeting_desk.finding(filters, called))
        st.html(meeting_desk.STYLE)
        meeting_desk.hinders()
        if called is None:
            results.nothing(filters, t("meeting.none", filters.lang))
        else:
            agenda, side = st.columns([1058, 324], gap="medium")
            with agenda:
                meeting_desk.hour(filters, called)
                meeting_desk.agenda(filters, called)
                if called.state != "closed" and filters.person.may("edit"):
                    meeting_desk.topics(filters, called)
            with side:
                meeting_desk.facts(filters, called)
                meeting_desk.decided(filters, called)
        register.register(filters, words.seen(filters))
        standards.register(filters)
    else:
        shown = meeting_desk.chosen_alone(filters)
        slide = stage.show(filters, shown)
        meeting_ask.asked(filters, shown, slide)
        meeting_ask.told()
