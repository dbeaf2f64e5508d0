"""A meeting: when, who, its agenda, what it decided. Every change is a command on the newest state, so that two people at once lose nothing."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from typing import Any

from sqm.blueprint import Binding, Words
from sqm.meetings.slides import refuse, words

KINDS = ("service", "process")
#: planned: the agenda is still made. open: what is shown is frozen. closed: nothing changes any more.
STATES = ("planned", "open", "closed")
#: Where an item of the agenda comes from.
SOURCES = ("actions", "signal", "contradiction", "promise", "effect", "standard", "topic")
HOUR = 60
#: So often a tier meets in a month, at least.
OFTEN = 2
LIMITS = {"title": 80, "text": 600, "items": 24, "decisions": 200, "minutes": 180}
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


@dataclass(frozen=True)
class Item:
    """One item: where it comes from, what it is about (``binding``: the number it shows), whose it is and how long it may take.

    ``refs``: ids of the actions or standards it speaks of. ``ask``: what the meeting is to decide; empty where it only looks.
    """

    id: str
    source: str
    title: Words
    note: Words = field(default_factory=Words)
    owner: str = ""
    minutes: int = 5
    verdict: str = ""
    ask: Words = field(default_factory=Words)
    binding: Binding | None = None
    refs: tuple[str, ...] = ()


@dataclass(frozen=True)
class Decision:
    """What was decided on an item; ``at`` is UTC as ISO text."""

    id: str
    item: str
    text: str
    who: str
    at: str


@dataclass(frozen=True)
class Meeting:
    """``tier``: a city, or "" for the province. ``attendance``: department → whether it came; who is not in it was not asked yet.

    ``version``, ``seal``: the state of the data it was frozen at and the hash of what is shown; 0 and "" before.
    """

    id: str
    kind: str
    tier: str
    on: date
    starts: str = "14:00"
    minutes: int = HOUR
    chair: str = ""
    attendance: tuple[tuple[str, bool], ...] = ()
    items: tuple[Item, ...] = ()
    decisions: tuple[Decision, ...] = ()
    state: str = "planned"
    version: int = 0
    seal: str = ""

    def item(self, item_id: str) -> Item:
        """The item of that id. MeetingRefused ``meeting_no_item``: somebody else took it off the agenda."""
        found = next((one for one in self.items if one.id == item_id), None)
        if found is None:
            raise refuse("no_item")
        return found

    @property
    def planned_minutes(self) -> int:
        """The time boxes together."""
        return sum(item.minutes for item in self.items)

    @property
    def came(self) -> tuple[str, ...]:
        """The departments that are there."""
        return tuple(department for department, there in self.attendance if there)


def new_id() -> str:
    return secrets.token_hex(5)


def clean(text: object, limit: str = "text", what: str = "text") -> str:
    """A text somebody typed, without control characters. MeetingRefused ``meeting_too_long``."""
    cleaned = _CONTROL.sub(" ", str(text or "").replace("\r\n", "\n")).strip()
    if len(cleaned) > LIMITS[limit]:
        raise refuse("too_long", what=what, count=len(cleaned), limit=LIMITS[limit])
    return cleaned


def held(meetings: list[Meeting], kind: str, tier: str, on: date) -> int:
    """How many meetings of a kind and tier there are in the month of ``on``, those planned included."""
    return sum(one.kind == kind and one.tier == tier and (one.on.year, one.on.month) == (on.year, on.month) for one in meetings)


# ---- commands: each takes the newest state and gives the next --------------------------------------------------------


def add_item(meeting: Meeting, item: Item) -> Meeting:
    """With one more item at the end; in an open meeting too: what comes up is written down."""
    _not_closed(meeting)
    if len(meeting.items) >= LIMITS["items"]:
        raise refuse("many_items", limit=LIMITS["items"])
    if not item.title or item.source not in SOURCES:
        raise refuse("no_title")
    return replace(meeting, items=(*meeting.items, item))


def drop_item(meeting: Meeting, item_id: str) -> Meeting:
    _planned(meeting)
    gone = meeting.item(item_id)
    return replace(meeting, items=tuple(one for one in meeting.items if one is not gone))


def move_item(meeting: Meeting, item_id: str, by: int) -> Meeting:
    """Up (negative) or down by so many places, as far as there are places."""
    _planned(meeting)
    items = [one for one in meeting.items if one.id != item_id]
    at = meeting.items.index(meeting.item(item_id))
    items.insert(min(max(at + by, 0), len(items)), meeting.item(item_id))
    return replace(meeting, items=tuple(items))


def change_item(meeting: Meeting, item_id: str, **fields: Any) -> Meeting:
    """With other minutes, owner, title, note or ask."""
    _planned(meeting)
    old = meeting.item(item_id)
    if not 1 <= int(fields.get("minutes", old.minutes)) <= LIMITS["minutes"]:
        raise refuse("minutes", limit=LIMITS["minutes"])
    new = replace(old, **fields)
    if not new.title:
        raise refuse("no_title")
    return replace(meeting, items=tuple(new if one is old else one for one in meeting.items))


def set_items(meeting: Meeting, items: tuple[Item, ...]) -> Meeting:
    """With this agenda instead of what was there."""
    _planned(meeting)
    return replace(meeting, items=items[: LIMITS["items"]])


def attend(meeting: Meeting, there: Mapping[str, bool]) -> Meeting:
    """With who came, for the departments named."""
    _not_closed(meeting)
    return replace(meeting, attendance=tuple(sorted({**dict(meeting.attendance), **there}.items())))


def head(meeting: Meeting, *, chair: str | None = None, starts: str | None = None, on: date | None = None) -> Meeting:
    """With another chair, time or day."""
    _not_closed(meeting)
    if starts is not None and not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", starts):
        raise refuse("time", value=starts[:20])
    if on is not None and on != meeting.on:
        _planned(meeting)
    return replace(meeting, chair=meeting.chair if chair is None else clean(chair, "title"), starts=starts or meeting.starts, on=on or meeting.on)


def decide(meeting: Meeting, item_id: str, text: str, who: str, at: str) -> Meeting:
    """With one more decision. In an open meeting alone: a decision belongs to what was shown."""
    if meeting.state != "open":
        raise refuse("not_open")
    if len(meeting.decisions) >= LIMITS["decisions"]:
        raise refuse("many_items", limit=LIMITS["decisions"])
    if not (said := clean(text)):
        raise refuse("no_title")
    return replace(meeting, decisions=(*meeting.decisions, Decision(new_id(), item_id, said, who, at)))


def opened(meeting: Meeting, version: int, seal: str) -> Meeting:
    """Frozen at a state of the data. MeetingRefused ``meeting_opened_already`` where somebody else was first."""
    if meeting.state != "planned":
        raise refuse("opened_already")
    return replace(meeting, state="open", version=version, seal=seal)


def closed(meeting: Meeting) -> Meeting:
    if meeting.state != "open":
        raise refuse("not_open")
    return replace(meeting, state="closed")


def _planned(meeting: Meeting) -> None:
    if meeting.state != "planned":
        raise refuse("agenda_stands")


def _not_closed(meeting: Meeting) -> None:
    if meeting.state == "closed":
        raise refuse("is_closed")


# ---- reading and writing ---------------------------------------------------------------------------------------------


def to_plain(meeting: Meeting) -> dict[str, Any]:
    """A meeting as JSON."""
    plain = asdict(meeting) | {"on": meeting.on.isoformat()}
    for item, written in zip(meeting.items, plain["items"], strict=True):
        written["binding"] = item.binding.text if item.binding else ""
    return plain


def from_plain(plain: Mapping[str, Any]) -> Meeting:
    """The reverse of ``to_plain``. MeetingRefused ``meeting_unreadable``."""
    try:
        return Meeting(
            id=str(plain["id"]), kind=str(plain["kind"]), tier=str(plain["tier"]), on=date.fromisoformat(plain["on"]), starts=str(plain["starts"]),
            minutes=int(plain["minutes"]), chair=str(plain["chair"]), attendance=tuple((str(one), bool(there)) for one, there in plain["attendance"]),
            items=tuple(_item(one) for one in plain["items"]),
            decisions=tuple(Decision(*(str(one[name]) for name in ("id", "item", "text", "who", "at"))) for one in plain["decisions"]),
            state=str(plain["state"]), version=int(plain["version"]), seal=str(plain["seal"]),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as cause:
        raise refuse("unreadable", what=str(cause)[:80]) from cause


def _item(plain: Mapping[str, Any]) -> Item:
    return Item(
        id=str(plain["id"]), source=str(plain["source"]), title=words(plain["title"]), note=words(plain["note"]), owner=str(plain["owner"]),
        minutes=int(plain["minutes"]), verdict=str(plain["verdict"]), ask=words(plain["ask"]),
        binding=Binding.parse(plain["binding"]) if plain["binding"] else None, refs=tuple(str(one) for one in plain["refs"]),
    )
