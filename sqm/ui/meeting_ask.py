"""What is written down while a number is on the screen: an action born from the mark, a decision on the item."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from html import escape

import streamlit as st

from sqm import effects, judged, metrics, minutes, presented
from sqm.blueprint import Binding
from sqm.errors import SqmError
from sqm.i18n import number, say, t
from sqm.meeting import Action, Expected, Figure, Meeting, Slide, actions, meeting, new_id
from sqm.ui import meeting_stage as stage
from sqm.ui import meeting_words as words
from sqm.ui import results
from sqm.ui.filters import Filters
from sqm.ui.memory import remembered
from sqm.ui.person import allowed
from sqm.ui.words import plain

#: Days an action has, until somebody says otherwise.
USUAL_DAYS = 30
NOTE = "meeting_note"


def asked(filters: Filters, called: Meeting, slide: Slide) -> None:
    """The dialog that the presenter asked for, over the slide."""
    what = st.session_state.get(stage.ASK)
    if what not in ("action", "decision") or called.state != "open":
        return
    title = t(f"meeting.ask_{what}_title", filters.lang)
    st.dialog(title, width="medium", on_dismiss=_closed)(_action if what == "action" else _decision)(filters, called, slide)


def _closed() -> None:
    st.session_state.pop(stage.ASK, None)


def born_from(slide: Slide) -> Figure | None:
    """The number an action starts from: the chosen mark, else what the slide is about."""
    point = stage.mark_of(slide)
    if point is not None:
        return point.figure
    own = [one.figure for one in slide.points if one.series == "own"]
    return slide.shown[0] if slide.shown else own[-1] if own else None


def _action(filters: Filters, called: Meeting, slide: Slide) -> None:
    lang, figure = filters.lang, born_from(slide)
    if figure is not None:
        place = " – ".join(dict.fromkeys((figure.first, figure.last)))
        named = t("meeting.born_from", lang, what=_named(filters, figure), months=place, value=stage.figure_said(figure), slide=slide.title.get(lang))
        st.html(f'<div class="stage-changed" style="background:var(--sqm-sunken)">{escape(named)}</div>')
    # Keys hold the slide: what is typed for one slide must not stand in the next.
    key = f"act_{slide.id}_{figure.question if figure else ''}"
    st.text_area(t("meeting.what", lang), key=f"{key}_what", max_chars=meeting.LIMITS["text"], height=80)
    left, middle, right = st.columns([2, 2, 2])
    owners = results.labels(filters, "departments")
    codes = list(owners)
    with left:
        st.selectbox(
            t("meeting.owner", lang),
            codes,
            index=codes.index(slide.owner) if slide.owner in codes else None,
            format_func=lambda code: owners.get(code, code),
            key=f"{key}_owner",
        )
    with middle:
        st.text_input(t("meeting.person", lang), key=f"{key}_person", max_chars=meeting.LIMITS["title"])
    with right:
        st.date_input(t("meeting.due", lang), value=words.today() + timedelta(days=USUAL_DAYS), key=f"{key}_due", format="YYYY-MM-DD")
    expected = _expected(filters, figure, key) if figure is not None else None
    kinds = {kind: t(f"meeting.type.{kind}", lang) for kind in actions.TYPES}
    st.segmented_control(t("meeting.type_label", lang), list(kinds), default="task", format_func=lambda kind: kinds[kind], key=f"{key}_type", required=True)
    if st.button(t("meeting.keep_action", lang), type="primary", key="keep_action"):
        said = st.session_state
        made = Action(
            new_id(),
            said[f"{key}_what"],
            said[f"{key}_owner"] or "",
            said[f"{key}_due"],
            called.on,
            said[f"{key}_type"] or "task",
            said[f"{key}_person"],
            called.id,
            slide.id,
            figure,
            Binding(figure.metric, figure.where) if figure else None,
            expected,
        )
        try:
            kept = minutes.raise_action(filters.engine, made, allowed(filters, "edit"))
        except SqmError as error:
            st.error(plain(say(error, lang)))
            return
        st.session_state[NOTE] = t("meeting.kept_action", lang, what=kept.what)
        _closed()
        st.rerun()


def _expected(filters: Filters, figure: Figure, key: str) -> Expected | None:
    """The effect as it is declared before: the number, how much of it, where, from when."""
    lang, definition = filters.lang, metrics.get(figure.metric)
    usual = 100 * definition.practical if definition.relative else definition.practical
    left, middle, right = st.columns([2, 2, 2])
    with left:
        unit = "%" if definition.relative else t(f"metrics.unit.{definition.unit}", lang)
        st.number_input(t("meeting.least", lang, unit=unit), min_value=0.0, value=float(usual or 1.0), step=0.5, key=f"{key}_least")
    cities = results.labels(filters, "cities")
    with middle:
        st.multiselect(
            t("meeting.where", lang),
            list(cities),
            default=[city for city in (figure.of("city"),) if city in cities],
            format_func=lambda city: plain(cities.get(city, city)),
            placeholder=t("meeting.everywhere", lang),
            key=f"{key}_cities",
        )
    with right:
        months = [f"{one:%Y-%m}" for one in _months(words.today())]
        st.selectbox(t("meeting.since", lang), months, index=1, key=f"{key}_since")
    better = definition.better or "higher"
    least = float(st.session_state[f"{key}_least"])
    expected = Expected(better, least, tuple(st.session_state[f"{key}_cities"]), str(st.session_state[f"{key}_since"])) if least > 0 else None
    st.caption(plain(" ".join([t(f"meeting.judged_{better}", lang, what=_named(filters, figure)), *_seen(filters, figure, expected)])))
    return expected


def _seen(filters: Filters, figure: Figure, expected: Expected | None) -> list[str]:
    """What can be told from noise at all, and when; before anybody promises it."""
    lang, claim = filters.lang, judged.claim(Binding(figure.metric, figure.where), expected)
    if claim is None:
        return []
    size = _visible(filters, replace(claim, since=date(2000, 1, 1)))
    if size != size:
        return []
    unit = "%" if metrics.get(figure.metric).relative else ""
    first, last = (metrics.back(claim.since, 2 - months) for months in (effects.FEWEST, effects.MONTHS))
    said = [t("meeting.can_be_seen", lang, size=number(size, 1) + unit, month=f"{first:%Y-%m}", last=f"{last:%Y-%m}")]
    return [*said, t("meeting.cannot_be_seen", lang, least=number(claim.least, 1) + unit)] if claim.least < size else said


@remembered
def _visible(filters: Filters, claim: effects.Claim) -> float:
    return judged.visible(filters.engine, claim)


def _months(today: date) -> list[date]:
    """This month and those after it, for a year."""
    first = today.year * 12 + today.month - 1
    return [date(month // 12, month % 12 + 1, 1) for month in range(first, first + 12)]


def _named(filters: Filters, figure: Figure) -> str:
    return presented.name_of(filters.engine, figure.metric, figure.where).get(filters.lang)


def _decision(filters: Filters, called: Meeting, slide: Slide) -> None:
    lang, key = filters.lang, f"decide_{slide.id}"
    if slide.ask:
        st.caption(plain(slide.ask.get(lang)))
    st.text_area(t("meeting.decision", lang), key=key, max_chars=meeting.LIMITS["text"], height=110)
    if st.button(t("meeting.keep_decision", lang), type="primary", key="keep_decision"):
        try:
            who = allowed(filters, "edit")
            minutes.change(filters.engine, called.id, lambda one: meeting.decide(one, slide.item, st.session_state[key], who, minutes.now()), who)
        except SqmError as error:
            st.error(plain(say(error, lang)))
            return
        st.session_state[NOTE] = t("meeting.kept_decision", lang)
        _closed()
        st.rerun()


def told() -> None:
    """What was just kept, once."""
    if note := st.session_state.pop(NOTE, ""):
        st.toast(plain(note))
