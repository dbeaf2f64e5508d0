"""Before and after the shared screen: the meetings, the agenda of one with its time boxes, who came, who does what until when."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from html import escape

import streamlit as st

from sqm import minutes, presented, settled
from sqm.blueprint import Words
from sqm.errors import SqmError
from sqm.i18n import say, t
from sqm.meeting import KINDS, OFTEN, Item, Meeting, MeetingRefused, meeting, new_id
from sqm.ui import address, results
from sqm.ui import meeting_stage as stage
from sqm.ui import meeting_words as words
from sqm.ui.filters import Filters
from sqm.ui.person import allowed
from sqm.ui.words import plain

CHOSEN, OPEN, ERROR = "meeting", "meeting_new", "meeting_error"
STYLE = """<style>
.mt-row{display:grid;grid-template-columns:26px minmax(0,1fr) auto;gap:2px 10px;align-items:center;line-height:20px}
.mt-row b{font-size:14px}.mt-row .n{color:var(--sqm-muted);font-weight:700}.mt-row small{grid-column:2;font-size:12px;color:var(--sqm-muted);line-height:18px}
.mt-hour{display:flex;gap:3px;height:26px;margin:2px 0 4px}.mt-hour span{background:var(--sqm-sunken);border-radius:5px;font-size:11.5px;line-height:26px;padding:0 6px;
 overflow:hidden;
 white-space:nowrap;text-overflow:ellipsis;color:var(--sqm-muted);min-width:0}.mt-hour span.ask{background:var(--sqm-accent-tint);color:var(--sqm-accent);font-weight:700}
.mt-hour span.free{background:none;box-shadow:inset 0 0 0 1px var(--sqm-line)}.mt-hour span.over{background:var(--sqm-worse-tint);color:var(--sqm-worse);font-weight:700}
.stApp [class*="st-key-mt_item_"]{border-top:1px solid var(--sqm-line);padding-top:6px}
.stApp [class*="st-key-mt_item_"] button{min-height:30px;padding:2px 7px}
.stApp .st-key-mt_came [data-testid="stButtonGroup"] > div,.stApp .st-key-mt_came [role="group"]{flex-wrap:wrap;overflow:visible;row-gap:6px}
.mt-facts{font-size:13px;line-height:21px}.mt-facts span{color:var(--sqm-muted);margin-right:8px}
</style>"""


def chosen(filters: Filters) -> Meeting | None:
    """The box with the meetings this reader may see; the one looked at, None where there is none."""
    known = {one.id: one for one in words.seen(filters)}
    if not known:
        return None
    ids = list(known)
    address.before(CHOSEN, ids, ids[0])
    turned = st.session_state.pop("_meeting_turn", "")
    if turned in known:
        st.session_state[CHOSEN] = turned
    st.selectbox(
        t("meeting.choose", filters.lang),
        ids,
        format_func=lambda i: words.label(filters, known[i]) if i in known else i,
        key=CHOSEN,
        label_visibility="collapsed",
        width=400,
    )
    return known[address.after({CHOSEN: ids[0]})[CHOSEN] or ids[0]]


def chosen_alone(filters: Filters) -> Meeting:
    """The meeting that the address names, on the shared screen. Raises MeetingRefused ``meeting_gone``."""
    known = words.seen(filters)
    told = st.query_params.get(CHOSEN, known[0].id if known else "")
    found = next((one for one in known if one.id == told), None)
    if found is None:
        raise MeetingRefused("meeting_gone")
    return found


def finding(filters: Filters, called: Meeting | None) -> str:
    """The sentence at the head: how many items in how many minutes, and whether the month has its two meetings."""
    lang = filters.lang
    if called is None:
        return t("meeting.finding_none", lang)
    held = meeting.held(words.seen(filters), called.kind, called.tier, called.on)
    often = t("meeting.often_met" if held >= OFTEN else "meeting.often_missing", lang, n=held, of=OFTEN)
    key = {"planned": "meeting.finding_planned", "open": "meeting.finding_open", "closed": "meeting.finding_closed"}[called.state]
    return t(key, lang, items=len(called.items), minutes=called.planned_minutes, of=called.minutes, decisions=len(called.decisions), often=often)


def new(filters: Filters) -> None:
    """The button to a new meeting, for those who may write."""
    if st.button(t("meeting.new", filters.lang), key="mt_new", type="tertiary", icon=":material/add:"):
        st.session_state[OPEN] = True
    if st.session_state.get(OPEN):
        st.dialog(t("meeting.new", filters.lang), on_dismiss=_closed)(_new)(filters)


def _closed() -> None:
    st.session_state.pop(OPEN, None)


def _new(filters: Filters) -> None:
    lang, cities = filters.lang, results.labels(filters, "cities")
    kind = st.segmented_control(
        t("meeting.kind", lang), list(KINDS), default=KINDS[0], format_func=lambda k: t(f"meeting.kind_{k}", lang), key="mt_new_kind", required=True
    )
    tier = st.selectbox(t("meeting.tier", lang), ["", *cities], format_func=lambda c: cities.get(c, c) if c else t("meeting.province", lang), key="mt_new_tier")
    left, right = st.columns(2)
    with left:
        on = st.date_input(t("meeting.on", lang), value=words.today() + timedelta(days=1), key="mt_new_on", format="YYYY-MM-DD")
    with right:
        starts = st.text_input(t("meeting.starts", lang), value="14:00", key="mt_new_starts", max_chars=5)
    chair = st.text_input(t("meeting.chair", lang), key="mt_new_chair", max_chars=meeting.LIMITS["title"])
    if st.button(t("meeting.make", lang), type="primary", key="mt_new_make"):
        try:
            who = allowed(filters, "edit")
            made = minutes.call(filters.engine, kind or KINDS[0], tier or "", on, who, starts=starts, chair=chair)
            items, _ = presented.propose(filters.engine, made, words.today(), escalate_after(filters))
            minutes.change(filters.engine, made.id, lambda one: meeting.set_items(one, items), who)
        except SqmError as error:
            st.error(plain(say(error, lang)))
            return
        st.session_state["_meeting_turn"] = made.id
        _closed()
        st.rerun()


def escalate_after(filters: Filters) -> int:
    """Meetings after which an overdue action goes up a level, as it is set."""
    return settled.limits(filters.engine).escalate_after


def attempt(filters: Filters, called: Meeting, command: Callable[[Meeting], Meeting]) -> None:
    """A command of the person at the screen; what hinders it is said at the next run."""
    try:
        who = allowed(filters, "edit")
        minutes.change(filters.engine, called.id, command, who)
    except SqmError as error:
        st.session_state[ERROR] = say(error, filters.lang)


def hinders() -> None:
    """What the last command was refused for, once."""
    if error := st.session_state.pop(ERROR, ""):
        st.error(plain(error))


def bar(filters: Filters, called: Meeting) -> None:
    """Show it, open it, close it."""
    lang, writes = filters.lang, filters.person.may("edit")
    key = {"planned": "meeting.look", "open": "meeting.go_on", "closed": "meeting.reopen"}[called.state]
    if (
        called.state == "planned"
        and writes
        and st.button(t("meeting.open", lang), type="primary", key="mt_open", icon=":material/slideshow:", disabled=not called.items)
    ):
        try:
            presented.open_meeting(filters.engine, called, allowed(filters, "edit"), words.today())
        except SqmError as error:
            st.error(plain(say(error, lang)))
            return
        _present(called)
        st.rerun()
    st.button(
        t(key, lang),
        key="mt_present",
        type="secondary" if called.state == "planned" and writes else "primary",
        icon=":material/slideshow:",
        on_click=_present,
        args=(called,),
        disabled=not called.items,
    )
    if called.state == "open" and writes:
        st.button(t("meeting.close", lang), key="mt_close", on_click=attempt, args=(filters, called, meeting.closed))


def _present(called: Meeting) -> None:
    st.query_params[CHOSEN] = called.id
    st.query_params[stage.PRESENT] = "1"
    st.query_params[stage.SLIDE] = "0"


def hour(filters: Filters, called: Meeting) -> None:
    """The time boxes against the hour."""
    lang = filters.lang
    named = ((item, escape(item.title.get(lang))) for item in called.items)
    cells = "".join(f'<span class="{"ask" if item.ask else ""}" style="flex:{item.minutes} 1 0" title="{name}">{item.minutes}′ {name}</span>' for item, name in named)
    left = called.minutes - called.planned_minutes
    rest = (
        f'<span class="free" style="flex:{left} 1 0">{left}′</span>'
        if left > 0
        else f'<span class="over" style="flex:{-left} 1 0">+{-left}′</span>'
        if left
        else ""
    )
    results.heading(t("meeting.agenda", lang), t("meeting.minutes_of", lang, n=called.planned_minutes, of=called.minutes))
    st.html(f'<div class="mt-hour">{cells}{rest}</div>')


def agenda(filters: Filters, called: Meeting) -> None:
    """The items, each with its minutes and owner to change, its place to move, and a way off the agenda."""
    lang, owners = filters.lang, results.labels(filters, "departments")
    writes = called.state == "planned" and filters.person.may("edit")
    if not called.items:
        st.info(t("meeting.no_items", lang))
    for n, item in enumerate(called.items, 1):
        with st.container(key=f"mt_item_{item.id}"):
            text, whose, minutes_, moves = st.columns([10, 3, 2, 3], vertical_alignment="center")
            pill = presented.word(item)
            told = f'<span class="sqm-pill {escape(item.verdict)}">{escape(pill.get(lang))}</span>' if pill else "<span></span>"
            text.html(
                f'<div class="mt-row"><span class="n">{n}</span><b>{escape(item.title.get(lang))}</b>{told}<small>{escape(item.note.get(lang))}</small></div>'
            )
            if not writes:
                whose.html(f'<div class="mt-facts">{escape(owners.get(item.owner, item.owner))}</div>')
                minutes_.html(f'<div class="mt-facts">{item.minutes}′</div>')
                continue
            _fields(filters, called, item, owners, whose, minutes_)
            with moves, st.container(horizontal=True, gap="xsmall"):
                for name, icon, command in (
                    ("up", "arrow_upward", _mover(item, -1)),
                    ("down", "arrow_downward", _mover(item, 1)),
                    ("drop", "close", _dropper(item)),
                ):
                    st.button(
                        "",
                        icon=f":material/{icon}:",
                        key=f"mt_{name}_{item.id}",
                        help=t(f"meeting.{name}", lang),
                        type="tertiary",
                        on_click=attempt,
                        args=(filters, called, command),
                        disabled=(name == "up" and n == 1) or (name == "down" and n == len(called.items)),
                    )


def _mover(item: Item, by: int) -> Callable[[Meeting], Meeting]:
    return lambda one: meeting.move_item(one, item.id, by)


def _dropper(item: Item) -> Callable[[Meeting], Meeting]:
    return lambda one: meeting.drop_item(one, item.id)


def _fields(filters: Filters, called: Meeting, item: Item, owners: dict[str, str], whose, minutes_) -> None:
    lang, state = filters.lang, st.session_state
    # Somebody else may change them meanwhile: a field starts from what is kept.
    owner_key, time_key = f"mt_owner_{item.id}_{item.owner}", f"mt_time_{item.id}_{item.minutes}"
    codes = list(dict.fromkeys(["", *owners, item.owner]))
    whose.selectbox(
        t("meeting.owner", lang),
        codes,
        index=codes.index(item.owner),
        format_func=lambda code: owners.get(code, code) or "–",
        key=owner_key,
        label_visibility="collapsed",
        on_change=lambda: attempt(filters, called, lambda one: meeting.change_item(one, item.id, owner=state[owner_key] or "")),
    )
    minutes_.number_input(
        t("meeting.minutes", lang),
        1,
        meeting.LIMITS["minutes"],
        item.minutes,
        key=time_key,
        label_visibility="collapsed",
        on_change=lambda: attempt(filters, called, lambda one: meeting.change_item(one, item.id, minutes=int(state[time_key]))),
    )


def topics(filters: Filters, called: Meeting) -> None:
    """What departments send in, and the proposal made anew."""
    lang, owners = filters.lang, results.labels(filters, "departments")
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        st.text_input(t("meeting.topic", lang), key="mt_topic", max_chars=meeting.LIMITS["title"], placeholder=t("meeting.topic_hint", lang), width=380)
        codes = ["", *owners]
        st.selectbox(t("meeting.owner", lang), codes, format_func=lambda code: owners.get(code, code) or "–", key="mt_topic_owner", width=180)
        st.button(t("meeting.add", lang), key="mt_topic_add", on_click=_topic, args=(filters, called))
        if called.state == "planned":
            st.button(t("meeting.propose", lang), key="mt_propose", on_click=_again, args=(filters, called), type="tertiary", icon=":material/refresh:")


def _topic(filters: Filters, called: Meeting) -> None:
    typed = meeting.clean(st.session_state["mt_topic"][: meeting.LIMITS["title"]])
    made = Item(
        new_id(),
        "topic",
        Words(typed, typed),
        owner=st.session_state["mt_topic_owner"] or "",
        minutes=8,
        ask=Words(*(t("meeting.ask_topic", one) for one in ("zh", "en"))),
    )
    attempt(filters, called, lambda one: meeting.add_item(one, made))
    if ERROR not in st.session_state:
        st.session_state["mt_topic"] = ""


def _again(filters: Filters, called: Meeting) -> None:
    items, _ = presented.propose(filters.engine, called, words.today(), escalate_after(filters))
    attempt(filters, called, lambda one: meeting.set_items(one, items))


def facts(filters: Filters, called: Meeting) -> None:
    """When, who chairs, who came; what is frozen."""
    lang, owners = filters.lang, results.labels(filters, "departments")
    results.heading(t("meeting.facts", lang))
    rows = [("when", words.day(called, lang)), ("chair", called.chair or "–"), ("state_label", t(f"meeting.state.{called.state}", lang))]
    if called.version:
        rows.append(("frozen", t("meeting.frozen_at", lang, version=called.version, seal=called.seal[:8])))
    st.html(
        '<div class="mt-facts">' + "".join(f"<div><span>{escape(t(f'meeting.{name}', lang))}</span>{escape(value)}</div>" for name, value in rows) + "</div>"
    )
    if called.state == "closed" or not filters.person.may("edit"):
        came = [owners.get(one, one) for one in called.came]
        st.html(f'<div class="mt-facts"><span>{escape(t("meeting.attendance", lang))}</span>{escape("、".join(came) or "–")}</div>')
        return
    key = f"mt_came_{called.id}_{hash(called.attendance)}"

    def changed() -> None:
        there = set(st.session_state[key])
        attempt(filters, called, lambda one: meeting.attend(one, {code: code in there for code in owners}))

    with st.container(key="mt_came"):
        st.pills(
            t("meeting.attendance", lang),
            list(owners),
            selection_mode="multi",
            default=[code for code in called.came if code in owners],
            format_func=lambda code: plain(owners[code]),
            key=key,
            on_change=changed,
        )


def decided(filters: Filters, called: Meeting) -> None:
    """What was decided, in order."""
    if not called.decisions:
        return
    lang, titles = filters.lang, {item.id: item.title.get(filters.lang) for item in called.items}
    results.heading(t("meeting.decisions", lang))
    lines = "".join(f"<li>{escape(one.text)} <span>{escape(titles.get(one.item, ''))}</span></li>" for one in called.decisions)
    st.html(f'<ol class="mt-facts">{lines}</ol>')
