"""Actions (交办事项): who does what until when, what number is to move by how much, and everything that became of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import Any

from sqm.blueprint import Binding
from sqm.meetings.meeting import Meeting, clean
from sqm.meetings.slides import Figure, figure, refuse

#: task: something to do. tracing: a complaint followed to its causes (投诉溯源). team: a special team on a gap.
TYPES = ("task", "tracing", "team")
#: open → done (the owner says so) → closed (the meeting agrees); or dropped.
STATUSES = ("open", "done", "closed", "dropped")
LIVING = ("open", "done")
STAGES = ("find", "start", "measures", "evaluate")
PDCA = ("plan", "do", "check", "act")
ROLES = ("lead", "support")
#: So far the shares of causes may be from 100 together: each is rounded by whoever wrote it.
ROUNDED = 0.5
MOST_CAUSES = 12


@dataclass(frozen=True)
class Note:
    """One step of its history; ``at`` is UTC as ISO text, ``status`` what it was from then on."""

    at: str
    who: str
    status: str
    text: str = ""


@dataclass(frozen=True)
class Expected:
    """What was declared before: the number moves by at least ``least`` (in its unit; per cent of it for rates) towards ``better``
    ("higher" or "lower"), in ``cities`` (none: everywhere), from ``since`` (YYYY-MM) on; until ``until`` the others do nothing of the kind.
    """

    better: str
    least: float
    cities: tuple[str, ...] = ()
    since: str = ""
    until: str = ""


@dataclass(frozen=True)
class Cause:
    """A cause of traced complaints with its share in per cent, and which departments lead and support."""

    name: str
    share: float
    duties: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Action:
    """``meeting``, ``slide``: where it was born; ``figure``: the mark it was born from; ``binding``: the number it is judged by."""

    id: str
    what: str
    owner: str
    due: date
    raised: date
    type: str = "task"
    person: str = ""
    meeting: str = ""
    slide: str = ""
    figure: Figure | None = None
    binding: Binding | None = None
    expected: Expected | None = None
    stage: str = "find"
    causes: tuple[Cause, ...] = ()
    gap: str = ""
    pdca: str = "plan"
    history: tuple[Note, ...] = ()

    @property
    def status(self) -> str:
        return self.history[-1].status if self.history else "open"

    @property
    def living(self) -> bool:
        """Whether it is carried over to the next meeting."""
        return self.status in LIVING

    def overdue(self, today: date) -> bool:
        """Past its day, and nobody has said that it is done."""
        return self.status == "open" and self.due < today

    @property
    def ended(self) -> str:
        """The day, as ISO text, on which it was closed or dropped; "" while it lives."""
        return "" if self.living else self.history[-1].at[:10]


def born(action: Action, who: str, at: str) -> Action:
    """A new action, checked. MeetingRefused ``meeting_no_title``, ``meeting_no_owner``, ``meeting_too_long``, ``meeting_shares`` …"""
    made = replace(action, what=clean(action.what), person=clean(action.person, "title"), gap=clean(action.gap))
    if not made.what:
        raise refuse("no_title")
    if not made.owner:
        raise refuse("no_owner")
    if made.expected and (made.expected.better not in ("higher", "lower") or not made.expected.least > 0):
        raise refuse("expected")
    return replace(_checked(made), history=(Note(at, who, "open"),))


def turn(action: Action, status: str, who: str, at: str, text: str = "") -> Action:
    """With another status, or a note on the same. What was closed or dropped can be opened again, never forgotten."""
    if status not in STATUSES:
        raise refuse("status", value=status[:20])
    return replace(action, history=(*action.history, Note(at, who, status, clean(text))))


def put_off(action: Action, due: date, who: str, at: str, text: str) -> Action:
    """With another day; the old one stays in its history."""
    if not clean(text):
        raise refuse("why")
    return replace(turn(action, action.status, who, at, f"{action.due:%Y-%m-%d} → {due:%Y-%m-%d} · {clean(text)}"), due=due)


def work_on(action: Action, who: str, at: str, **fields: Any) -> Action:
    """With other stage, causes, gap or PDCA state of a tracing case or a special team; noted in its history."""
    made = _checked(replace(action, **fields))
    told = " · ".join(f"{name}: {getattr(action, name)} → {getattr(made, name)}" for name in ("stage", "pdca") if getattr(action, name) != getattr(made, name))
    return turn(made, action.status, who, at, told)


def _checked(action: Action) -> Action:
    if action.type not in TYPES or action.stage not in STAGES or action.pdca not in PDCA:
        raise refuse("status", value=action.type[:20])
    if len(action.causes) > MOST_CAUSES:
        raise refuse("many_items", limit=MOST_CAUSES)
    for cause in action.causes:
        if not cause.name.strip() or not 0 <= cause.share <= 100 or any(role not in ROLES for _, role in cause.duties):
            raise refuse("cause", value=cause.name[:40])
    whole = sum(cause.share for cause in action.causes)
    if action.causes and abs(whole - 100) > ROUNDED:
        raise refuse("shares", value=f"{whole:g}")
    return action


def carried(action: Action, meetings: Iterable[Meeting]) -> int:
    """At how many meetings that were held since it was raised it was still open."""
    since = action.raised.isoformat()
    until = action.ended or "9999"
    return sum(one.state != "planned" and one.id != action.meeting and since <= one.on.isoformat() <= until for one in meetings)


def escalated(action: Action, meetings: Iterable[Meeting], after: int, today: date) -> bool:
    """Whether it goes up a level: overdue, and carried over ``after`` meetings or more."""
    return action.overdue(today) and carried(action, meetings) >= after


# ---- reading and writing ---------------------------------------------------------------------------------------------


def to_plain(action: Action) -> dict[str, Any]:
    """An action as JSON."""
    days = {"due": action.due.isoformat(), "raised": action.raised.isoformat()}
    return asdict(action) | days | {"binding": action.binding.text if action.binding else ""}


def from_plain(plain: Mapping[str, Any]) -> Action:
    """The reverse of ``to_plain``. MeetingRefused ``meeting_unreadable``."""
    try:
        expected = plain.get("expected")
        texts = {name: str(plain[name]) for name in ("id", "what", "owner", "type", "person", "meeting", "slide", "stage", "gap", "pdca")}
        return Action(
            **texts, due=date.fromisoformat(plain["due"]), raised=date.fromisoformat(plain["raised"]),
            figure=figure(plain["figure"]) if plain.get("figure") else None,
            binding=Binding.parse(plain["binding"]) if plain.get("binding") else None,
            expected=_expected(expected) if expected else None,
            causes=tuple(
                Cause(str(one["name"]), float(one["share"]), tuple((str(department), str(role)) for department, role in one["duties"]))
                for one in plain.get("causes", ())
            ),
            history=tuple(Note(*(str(one[name]) for name in ("at", "who", "status", "text"))) for one in plain["history"]),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as cause:
        raise refuse("unreadable", what=str(cause)[:80]) from cause


def _expected(plain: Mapping[str, Any]) -> Expected:
    cities = tuple(str(city) for city in plain["cities"])
    return Expected(str(plain["better"]), float(plain["least"]), cities, str(plain["since"]), str(plain.get("until", "")))
