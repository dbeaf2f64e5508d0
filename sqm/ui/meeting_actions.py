"""The register of actions: what is open, late or gone up a level, and what became of each."""

from __future__ import annotations

from collections.abc import Callable
from html import escape

import pandas as pd
import streamlit as st

from sqm import judged, minutes, presented
from sqm.effects import Effect
from sqm.errors import SqmError
from sqm.i18n import say, t
from sqm.meeting import Action, Meeting, actions, meeting
from sqm.meetings import effectiveness
from sqm.ui import meeting_desk as desk
from sqm.ui import meeting_words as words
from sqm.ui import parts, results
from sqm.ui.filters import Filters
from sqm.ui.meeting_stage import figure_said
from sqm.ui.memory import remembered
from sqm.ui.person import allowed
from sqm.ui.words import plain

SHOWN = 30
#: So many claims are judged for the table.
JUDGED = 40


def seen(filters: Filters) -> list[Action]:
    """The actions this reader may see: a branch those about its own cities alone."""
    every = minutes.all_actions(filters.engine)
    if filters.scope.cities is None:
        return every
    return [one for one in every if one.figure is not None and one.figure.of("city") in filters.scope.cities]


def register(filters: Filters, held: list[Meeting]) -> None:
    """The living ones, those due first, and on demand all; one of them opened beside."""
    lang, every, today, after = filters.lang, seen(filters), words.today(), desk.escalate_after(filters)
    living = [one for one in every if one.living]
    late = sum(one.overdue(today) for one in living)
    results.heading(t("meeting.register", lang, n=len(living), late=late), t("meeting.register_note", lang, n=after))
    if not every:
        st.caption(t("meeting.no_actions", lang))
        return
    shown = every if st.toggle(t("meeting.all_actions", lang), key="mt_all") else living
    owners, effects = results.labels(filters, "departments"), effects_of(filters, tuple(every))
    rows = []
    for one in shown[:SHOWN]:
        over, up = one.overdue(today), actions.escalated(one, held, after, today)
        state = t("meeting.escalated", lang) if up else t("meeting.overdue", lang) if over else t(f"meeting.status.{one.status}", lang)
        number = presented.name_of(filters.engine, one.figure.metric, one.figure.where).get(lang) + " " + figure_said(one.figure) if one.figure else "–"
        rows.append(
            [
                (one.what, "wrap", ""),
                (owners.get(one.owner, one.owner) + (f" · {one.person}" if one.person else ""), "", ""),
                (f"{one.due:%Y-%m-%d}", "worse strong" if over else "", ""),
                (state, "worse strong" if over else "unclear", ""),
                (str(actions.carried(one, held)), "", ""),
                (number, "unclear wrap", ""),
                _told(filters, effects.get(one.id)),
            ]
        )
    heads = [("what_head", False), ("owner", False), ("due", False), ("state_label", False), ("carried", True), ("born_head", False), ("effect_head", False)]
    st.html(parts.table([(t(f"meeting.{name}", lang), numeric) for name, numeric in heads], rows))
    if len(shown) > SHOWN:
        st.caption(t("meeting.more_lines", lang, n=len(shown) - SHOWN))
    _one(filters, shown)
    _effectiveness(filters, every, {action: effect.verdict if effect else "" for action, effect in effects.items()})


@remembered
def effects_of(filters: Filters, book: tuple[Action, ...]) -> dict[str, Effect | None]:
    """Action → what came of it, for those that declared something; the newest ``JUDGED`` of them."""
    claimed = [one for one in book if judged.claim_of(one) is not None][:JUDGED]
    return {one.id: judged.verdict_of(filters.engine, one) for one in claimed}


def _told(filters: Filters, effect: Effect | None) -> tuple[str, str, str]:
    if effect is None:
        return "–", "unclear", ""
    if not effect.verdict:
        return t("meeting.verdict_wait", filters.lang, month=f"{effect.ready:%Y-%m}"), "unclear", ""
    kind = judged.VERDICT[effect.verdict]
    said = f"{judged.size(effect, effect.estimate)} ({judged.size(effect, effect.lo)} – {judged.size(effect, effect.hi)})"
    return f"{t(f'meeting.verdict.{effect.verdict}', filters.lang)} {said}", f"{kind} strong" if kind != "unclear" else "unclear", ""


def _effectiveness(filters: Filters, every: list[Action], verdicts: dict[str, str]) -> None:
    """What became of every department's actions: time kept is one thing, an effect another."""
    lang, owners = filters.lang, results.labels(filters, "departments")
    results.heading(t("meeting.effectiveness", lang), t("meeting.effectiveness_note", lang))
    counted = effectiveness.by_department(every, verdicts, words.today())
    names = ("raised", "on_time", "late", "overdue_head", "verdict.improved", "verdict.none", "verdict.worse", "verdict.unclear", "waiting")
    rows = []
    for row in counted:
        numbers = (row.raised, row.closed - row.late, row.late, row.overdue, row.improved, row.none, row.worse, row.unclear, row.waiting)
        bad = {2, 3, 6}
        rows.append([(owners.get(row.owner, row.owner), "", ""), *((str(n), "worse strong" if n and place in bad else "", "") for place, n in enumerate(numbers))])
    st.html(parts.table([(t("meeting.owner", lang), False), *((t(f"meeting.{name}", lang), True) for name in names)], rows))


def _one(filters: Filters, shown: list[Action]) -> None:
    lang, known = filters.lang, {one.id: one for one in shown}
    picked = st.selectbox(
        t("meeting.pick_action", lang),
        list(known),
        index=None,
        format_func=lambda i: plain(known[i].what) if i in known else i,
        key="mt_action",
        placeholder=t("meeting.pick_action", lang),
        label_visibility="collapsed",
        width=520,
    )
    if picked not in known:
        return
    action = known[picked]
    told = (filter(None, (one.at[:16].replace("T", " "), one.who, t(f"meeting.status.{one.status}", lang), one.text)) for one in action.history)
    lines = "".join(f"<li>{escape(' · '.join(parts_))}</li>" for parts_ in told)
    st.html(f'<ul class="mt-facts">{lines}</ul>')
    if not filters.person.may("edit"):
        return
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        st.text_input(t("meeting.note", lang), key=f"mt_note_{picked}", max_chars=meeting.LIMITS["text"], width=340)
        for status in actions.STATUSES:
            if status != action.status:
                st.button(
                    t(f"meeting.turn.{status}", lang), key=f"mt_turn_{status}", on_click=_attempt, args=(filters, action, _turner(status, f"mt_note_{picked}"))
                )
        st.date_input(t("meeting.due", lang), value=action.due, key=f"mt_due_{picked}_{action.due}", format="YYYY-MM-DD", width=140)
        st.button(
            t("meeting.put_off", lang),
            key="mt_put_off",
            on_click=_attempt,
            args=(filters, action, _putter(f"mt_due_{picked}_{action.due}", f"mt_note_{picked}")),
        )
    if action.type != "task":
        _work(filters, action)


Command = Callable[[Action, str], Action]


def _turner(status: str, note: str) -> Command:
    return lambda one, who: actions.turn(one, status, who, minutes.now(), st.session_state.get(note, ""))


def _putter(due: str, note: str) -> Command:
    return lambda one, who: actions.put_off(one, st.session_state[due], who, minutes.now(), st.session_state.get(note, ""))


def _attempt(filters: Filters, action: Action, command: Command) -> None:
    try:
        who = allowed(filters, "edit")
        minutes.change_action(filters.engine, action.id, lambda one: command(one, who), who)
    except SqmError as error:
        st.session_state[desk.ERROR] = say(error, filters.lang)


def _work(filters: Filters, action: Action) -> None:
    """The stages of a tracing case with its causes and duties; the gap and PDCA state of a special team."""
    lang, owners, state = filters.lang, results.labels(filters, "departments"), st.session_state
    if action.type == "team":
        key = f"mt_pdca_{action.id}_{action.pdca}"
        st.segmented_control(
            t("meeting.pdca_label", lang),
            list(actions.PDCA),
            default=action.pdca,
            format_func=lambda s: t(f"meeting.pdca.{s}", lang),
            key=key,
            required=True,
            on_change=lambda: _attempt(filters, action, lambda one, who: actions.work_on(one, who, minutes.now(), pdca=state[key])),
        )
        gap = f"mt_gap_{action.id}_{len(action.history)}"
        st.text_input(
            t("meeting.gap", lang),
            value=action.gap,
            key=gap,
            max_chars=meeting.LIMITS["text"],
            on_change=lambda: _attempt(filters, action, lambda one, who: actions.work_on(one, who, minutes.now(), gap=state[gap])),
        )
        return
    key = f"mt_stage_{action.id}_{action.stage}"
    st.segmented_control(
        t("meeting.stage_label", lang),
        list(actions.STAGES),
        default=action.stage,
        format_func=lambda s: t(f"meeting.stage.{s}", lang),
        key=key,
        required=True,
        on_change=lambda: _attempt(filters, action, lambda one, who: actions.work_on(one, who, minutes.now(), stage=state[key])),
    )
    rows = [
        {
            "cause": cause.name,
            "share": cause.share,
            "lead": [d for d, role in cause.duties if role == "lead"],
            "support": [d for d, role in cause.duties if role == "support"],
        }
        for cause in action.causes
    ]
    frame = pd.DataFrame(rows, columns=["cause", "share", "lead", "support"])
    config = st.column_config
    edited = st.data_editor(
        frame,
        key=f"mt_causes_{action.id}_{len(action.history)}",
        num_rows="dynamic",
        hide_index=True,
        column_config={
            "cause": config.TextColumn(t("meeting.cause", lang), max_chars=meeting.LIMITS["title"]),
            "share": config.NumberColumn(t("meeting.share", lang), min_value=0, max_value=100, step=1),
            **{
                role: config.MultiselectColumn(t(f"meeting.role.{role}", lang), options=list(owners), format_func=lambda c: owners.get(c, c), color="gray")
                for role in actions.ROLES
            },
        },
    )
    if st.button(t("meeting.keep_causes", lang), key="mt_keep_causes"):
        causes = tuple(
            actions.Cause(str(row["cause"] or ""), float(row["share"] or 0), tuple((d, role) for role in actions.ROLES for d in (row[role] or ())))
            for row in edited.to_dict("records")
            if row["cause"]
        )
        _attempt(filters, action, lambda one, who: actions.work_on(one, who, minutes.now(), causes=causes))
        st.rerun()
