"""The book of meetings: what was planned, shown, decided and given to whom, kept as documents with every revision (``sqm.store``).

A change is a command on the newest state; where somebody saved in between it is made again on theirs, so that nobody's decision is
lost. What was shown is written once and never again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any

from sqm import store
from sqm.blueprint import Words
from sqm.errors import Conflict
from sqm.ingest.privacy import mask_text
from sqm.meeting import Action, Meeting, MeetingRefused, Slide, Standard, actions, meeting, seal, slides, standards

MEETING, ACTION, SHOWN, STANDARD = "meeting", "action", "shown", "standard"
_TRIES = 8


@dataclass(frozen=True)
class Shown:
    """What a meeting showed. ``version``: of the data; ``settings``: setting → value; ``definitions``: metric → hash of what it
    means; ``batches``: ids that were live. ``whole``: whether it still is what was sealed.
    """

    meeting: str
    slides: tuple[Slide, ...]
    version: int
    settings: Mapping[str, Any]
    definitions: Mapping[str, str]
    batches: tuple[int, ...]
    at: str
    seal: str
    whole: bool


def unnamed(text: str) -> str:
    """What somebody typed, with phone and identity numbers masked: it goes onto a shared screen and into files."""
    return mask_text(text)


def _unnamed_words(words: Words) -> Words:
    return Words(unnamed(words.zh), unnamed(words.en))


def _masked(one: Any) -> Any:
    """A meeting or an action with its typed texts masked; ids and figures are left alone."""
    if isinstance(one, Meeting):
        items = tuple(replace(item, title=_unnamed_words(item.title), note=_unnamed_words(item.note)) if item.source == "topic" else item for item in one.items)
        return replace(one, chair=unnamed(one.chair), items=items, decisions=tuple(replace(said, text=unnamed(said.text)) for said in one.decisions))
    if isinstance(one, Standard):
        return replace(one, name=unnamed(one.name), history=tuple(replace(taken, evidence=unnamed(taken.evidence)) for taken in one.history))
    causes = tuple(replace(cause, name=unnamed(cause.name)) for cause in one.causes)
    history = tuple(replace(note, text=unnamed(note.text)) for note in one.history)
    return replace(one, what=unnamed(one.what), person=unnamed(one.person), gap=unnamed(one.gap), causes=causes, history=history)


def now() -> str:
    """This moment, UTC, as ISO text."""
    return f"{datetime.now(UTC).replace(tzinfo=None, microsecond=0).isoformat()}"


def meetings(engine: Any) -> list[Meeting]:
    """All of them, the newest first."""
    found = [one for doc_id in store.documents(engine, MEETING) if (one := _read(engine, MEETING, doc_id, meeting.from_plain))]
    return sorted(found, key=lambda one: (one.on, one.starts, one.id), reverse=True)


def load(engine: Any, meeting_id: str) -> Meeting | None:
    """One meeting as it is now; None where there is none of that id."""
    return _read(engine, MEETING, meeting_id, meeting.from_plain)


def call(engine: Any, kind: str, tier: str, on: date, who: str, **fields: Any) -> Meeting:
    """A new meeting, planned."""
    made = _masked(meeting.head(Meeting(meeting.new_id(), kind, tier, on), **fields))
    store.save(engine, MEETING, made.id, meeting.to_plain(made), base=0, who=who, why="")
    return made


def change(engine: Any, meeting_id: str, command: Callable[[Meeting], Meeting], who: str, why: str = "") -> Meeting:
    """``command`` on the newest state. Raises MeetingRefused where it cannot be done any more, or ``meeting_gone``."""
    return _changed(engine, MEETING, meeting_id, command, meeting.from_plain, meeting.to_plain, who, why)


def all_actions(engine: Any) -> list[Action]:
    """Every action there ever was, those due first."""
    found = [one for doc_id in store.documents(engine, ACTION) if (one := _read(engine, ACTION, doc_id, actions.from_plain))]
    return sorted(found, key=lambda one: (not one.living, one.due, one.id))


def raise_action(engine: Any, action: Action, who: str) -> Action:
    """A new action, checked and kept. Raises as ``actions.born``."""
    made = _masked(actions.born(action, who, now()))
    store.save(engine, ACTION, made.id, actions.to_plain(made), base=0, who=who, why="")
    return made


def change_action(engine: Any, action_id: str, command: Callable[[Action], Action], who: str, why: str = "") -> Action:
    """``command`` on the newest state of an action. Raises as ``change``."""
    return _changed(engine, ACTION, action_id, command, actions.from_plain, actions.to_plain, who, why)


def all_standards(engine: Any) -> list[Standard]:
    """The register of standards, by name."""
    found = [one for doc_id in store.documents(engine, STANDARD) if (one := _read(engine, STANDARD, doc_id, standards.from_plain))]
    return sorted(found, key=lambda one: (one.name, one.id))


def register(engine: Any, standard: Standard, who: str) -> Standard:
    """A new standard, checked and kept. Raises as ``standards.registered``."""
    made = _masked(standards.registered(standard))
    store.save(engine, STANDARD, made.id, standards.to_plain(made), base=0, who=who, why="")
    return made


def change_standard(engine: Any, standard_id: str, command: Callable[[Standard], Standard], who: str, why: str = "") -> Standard:
    """``command`` on the newest state of a standard. Raises as ``change``."""
    return _changed(engine, STANDARD, standard_id, command, standards.from_plain, standards.to_plain, who, why)


def freeze(engine: Any, meeting_id: str, made: tuple[Slide, ...], version: int, settings: Mapping[str, Any], definitions: Mapping[str, str],
           batches: tuple[int, ...], who: str) -> Meeting:
    """Opens a meeting with these slides, kept for good under their hash. Who comes second gets what the first one froze."""
    body = {"slides": slides.to_plain(made), "version": version, "settings": dict(settings), "definitions": dict(definitions), "batches": sorted(batches), "at": now()}
    newest = load(engine, meeting_id)
    if newest is None:
        raise MeetingRefused("meeting_gone")
    if newest.state == "planned":
        try:
            store.save(engine, SHOWN, meeting_id, {**body, "seal": seal(body)}, base=0, who=who, why="")
        except Conflict:
            pass  # another presenter opened it at this moment: theirs is what is shown
        kept = store.load(engine, SHOWN, meeting_id, 1).body
        try:
            return change(engine, meeting_id, lambda one: meeting.opened(one, int(kept["version"]), str(kept["seal"])), who)
        except MeetingRefused as refused:
            if refused.code != "meeting_opened_already":
                raise
    return load(engine, meeting_id) or newest


def shown(engine: Any, meeting_id: str) -> Shown | None:
    """What a meeting showed, as it was written on the day; None before it was opened."""
    if meeting_id not in store.documents(engine, SHOWN):
        return None
    body = dict(store.load(engine, SHOWN, meeting_id, 1).body)
    sealed = str(body.pop("seal", ""))
    held = load(engine, meeting_id)
    whole = seal(body) == sealed and (held is None or held.seal in ("", sealed))
    return Shown(meeting_id, slides.from_plain(body["slides"]), int(body["version"]), body["settings"], body["definitions"], tuple(body["batches"]), str(body["at"]),
                 sealed, whole)


def _read(engine: Any, kind: str, doc_id: str, read: Callable[[Any], Any]) -> Any:
    newest = store.latest(engine, kind, doc_id)
    return None if newest is None else read(newest.body)


def _changed(engine: Any, kind: str, doc_id: str, command: Callable[[Any], Any], read: Callable[[Any], Any], write: Callable[[Any], Any], who: str, why: str) -> Any:
    for attempt in range(_TRIES):
        newest = store.latest(engine, kind, doc_id)
        if newest is None:
            raise MeetingRefused("meeting_gone")
        old = read(newest.body)
        new = _masked(command(old))
        if new == old:
            return old
        try:
            store.save(engine, kind, doc_id, write(new), base=newest.revision, who=who, why=why)
        except Conflict:
            if attempt == _TRIES - 1:
                raise
            continue
        return new
    raise AssertionError("the last try returns or raises")
