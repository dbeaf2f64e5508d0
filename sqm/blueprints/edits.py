"""Edits of a blueprint as commands that apply and revert, the difference of two documents, and putting one's own edits
on top of somebody else's.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from typing import Any

from sqm.blueprints.document import LANES, Document, Phase, Step, arranged, from_dict, one_of, refuse, to_dict
from sqm.errors import Conflict


@dataclass(frozen=True)
class Change:
    """One part before and after; None means that it is not there. ``part``: step, link, phases, name, state, note or scene."""

    part: str
    key: str
    before: Any
    after: Any


@dataclass(frozen=True)
class Edit:
    """A command: what one action of a person changes. ``revert`` after ``apply`` gives the very same document."""

    name: str
    changes: tuple[Change, ...]

    def apply(self, document: Document) -> Document:
        """The document with the edit done; ``Conflict`` when it is not in the state the edit was made for."""
        return _changed(document, [(c.part, c.key, c.before, c.after) for c in self.changes])

    def revert(self, document: Document) -> Document:
        """The document as it was before the edit."""
        return _changed(document, [(c.part, c.key, c.after, c.before) for c in reversed(self.changes)])


def _changed(document: Document, moves: Iterable[tuple[str, str, Any, Any]]) -> Document:
    steps, links = {step.id: step for step in document.steps}, set(document.links)
    whole: dict[str, Any] = {}
    for part, key, before, after in moves:
        if part == "step":
            now: Any = steps.get(key)
        elif part == "link":
            pair = (key.partition("\n")[0], key.partition("\n")[2])
            now = pair if pair in links else None
        else:
            now = whole.get(part, getattr(document, part))
        if now != before:
            raise Conflict("blueprint_moved_on", part=part, key=key.replace("\n", " → "))
        if part == "step":
            steps.pop(key, None)
            if after is not None:
                steps[key] = after
        elif part == "link":
            links.discard(pair)
            if after is not None:
                links.add(after)
        else:
            whole[part] = after
    return arranged(replace(document, steps=tuple(steps.values()), links=tuple(links), **whole))


def diff(old: Document, new: Document, name: str = "edit") -> Edit:
    """The edit that turns ``old`` into ``new``."""
    before, after = {s.id: s for s in old.steps}, {s.id: s for s in new.steps}
    changes = [
        Change(part, "", getattr(old, part), getattr(new, part))
        for part in ("name", "state", "note", "scene", "phases")
        if getattr(old, part) != getattr(new, part)
    ]
    changes += [
        Change("step", i, before.get(i), after.get(i))
        for i in dict.fromkeys([*before, *after])
        if before.get(i) != after.get(i)
    ]
    changes += [Change("link", "\n".join(link), link, None) for link in old.links if link not in new.links]
    changes += [Change("link", "\n".join(link), None, link) for link in new.links if link not in old.links]
    return Edit(name, tuple(changes))


def new_id() -> str:
    """An id for a new step or phase; random, so that two people's additions never meet."""
    return uuid.uuid4().hex[:10]


def _known(document: Document, step_id: str) -> Step:
    step = document.step(step_id)
    if step is None:
        raise refuse("unknown_value", "steps", value=step_id, known="", near="")
    return step


def _sound(document: Document) -> Document:
    """The document as reading it back would give it: cleaned, checked, in order."""
    return from_dict(to_dict(document))


def add_step(document: Document, step: Step) -> Edit:
    return diff(document, _sound(replace(document, steps=(*document.steps, step))), "add_step")


def remove_step(document: Document, step_id: str) -> Edit:
    """Takes the step's links with it."""
    _known(document, step_id)
    return diff(
        document,
        replace(
            document,
            steps=tuple(s for s in document.steps if s.id != step_id),
            links=tuple(link for link in document.links if step_id not in link),
        ),
        "remove_step",
    )


def change_step(document: Document, step_id: str, name: str = "change_step", **values: Any) -> Edit:
    """Title, marks, plans, owner …: any field of ``Step`` but its id."""
    changed = replace(_known(document, step_id), **values)
    steps = tuple(changed if s.id == step_id else s for s in document.steps)
    return diff(document, _sound(replace(document, steps=steps)), name)


def move_step(document: Document, step_id: str, lane: str, phase: str, order: int = 10**6) -> Edit:
    """Puts the step at place ``order`` of a cell and renumbers that cell."""
    step = _known(document, step_id)
    one_of(lane, "lane", LANES)
    cell = [s for s in document.cell(lane, phase) if s.id != step_id]
    cell.insert(max(0, min(order, len(cell))), replace(step, lane=lane, phase=phase))
    placed = {s.id: replace(s, order=i) for i, s in enumerate(cell)}
    steps = tuple(placed.get(s.id, s) for s in document.steps)
    return diff(document, _sound(replace(document, steps=steps)), "move_step")


def link(document: Document, source: str, target: str) -> Edit:
    return diff(document, _sound(replace(document, links=(*document.links, (source, target)))), "link")


def unlink(document: Document, source: str, target: str) -> Edit:
    return diff(document, replace(document, links=tuple(x for x in document.links if x != (source, target))), "unlink")


def set_phases(document: Document, phases: Iterable[Phase]) -> Edit:
    """Renames, reorders, adds or removes columns; a column that still holds steps cannot go."""
    return diff(document, _sound(replace(document, phases=tuple(phases))), "set_phases")


@dataclass(frozen=True)
class Clash:
    """Both sides changed the same thing. ``field`` empty: one side removed what the other changed."""

    step: str
    field: str


def rebase(base: Document, mine: Document, theirs: Document) -> tuple[Document, list[Clash]]:
    """My edits since ``base`` put on top of ``theirs``, field by field; where both changed a field, mine wins."""
    result, clashes = {s.id: s for s in theirs.steps}, []
    links, whole = set(theirs.links), {}
    for change in diff(base, mine).changes:
        if change.part == "link":
            links.discard(change.before)
            links |= {change.after} if change.after else set()
        elif change.part == "step":
            there = result.pop(change.key, None)
            if change.after is None:
                clashes += [Clash(change.key, "")] if there is not None and there != change.before else []
                continue
            if there is None and change.before is not None:
                clashes.append(Clash(change.key, ""))
            if there is None or change.before is None:
                result[change.key] = change.after
                continue
            names = [f.name for f in fields(Step) if getattr(change.after, f.name) != getattr(change.before, f.name)]
            clashes += [
                Clash(change.key, n)
                for n in names
                if getattr(there, n) not in (getattr(change.before, n), getattr(change.after, n))
            ]
            result[change.key] = replace(there, **{n: getattr(change.after, n) for n in names})
        else:
            whole[change.part] = change.after
            if getattr(theirs, change.part) not in (change.before, change.after):
                clashes.append(Clash("", change.part))
    phases = list(whole.get("phases", theirs.phases))
    for phase in (*theirs.phases, *mine.phases):
        needed = any(step.phase == phase.id for step in result.values())
        added = phase not in base.phases and phase in theirs.phases and all(phase.id != p.id for p in base.phases)
        if (needed or added) and all(phase.id != p.id for p in phases):
            phases.append(phase)
    kept = tuple(x for x in links if x[0] in result and x[1] in result)
    whole["phases"] = tuple(phases)
    return arranged(replace(theirs, **whole, steps=tuple(result.values()), links=kept)), clashes
