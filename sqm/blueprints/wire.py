"""Edits as plain data, the way a drawing in a browser hands them over, and back; and an edit put on a document that it
was not made for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from sqm.blueprints.document import (
    LIMITS,
    STATES,
    Document,
    one_of,
    plain_phase,
    plain_step,
    plain_words,
    read_link,
    read_phases,
    read_step,
    read_words,
    refuse,
)
from sqm.blueprints.edits import Change, Edit, rebase

#: Part -> (to plain data, from plain data and a place).
_PARTS: dict[str, tuple[Callable[[Any], Any], Callable[[Any, str], Any]]] = {
    "step": (plain_step, read_step),
    "link": (list, read_link),
    "phases": (lambda phases: [plain_phase(p) for p in phases], lambda value, _: read_phases(value)),
    "name": (plain_words, lambda value, where: read_words(value, where, "title")),
    "note": (plain_words, read_words),
    "state": (str, lambda value, where: one_of(value, where, STATES)),
}


def edit_to_dict(edit: Edit) -> dict[str, Any]:
    """``{name, changes: [{part, key, before, after}]}``; None where a part is not there."""
    changes = [
        {"part": c.part, "key": c.key} | {side: None if (value := getattr(c, side)) is None else _PARTS[c.part][0](value) for side in ("before", "after")}
        for c in edit.changes
    ]
    return {"name": edit.name, "changes": changes}


def edit_from_dict(value: object) -> Edit:
    """The reverse of ``edit_to_dict``, or ``BlueprintRefused`` with the place of the first fault."""
    if not isinstance(value, Mapping) or not isinstance(changes := value.get("changes"), list):
        raise refuse("wrong_type", "edit", expected="object")
    if len(changes) > LIMITS["steps"] * 2 + LIMITS["links"] * 2:
        raise refuse("too_many", "changes", count=len(changes), limit=LIMITS["steps"] * 2 + LIMITS["links"] * 2)
    return Edit(str(value.get("name", "edit"))[: LIMITS["code"]], tuple(_change(raw, f"changes[{i}]") for i, raw in enumerate(changes)))


def _change(raw: object, where: str) -> Change:
    if not isinstance(raw, Mapping):
        raise refuse("wrong_type", where, expected="object")
    part = one_of(raw.get("part"), f"{where}.part", _PARTS)
    read = _PARTS[part][1]
    # A note that is not there yet is an empty one; every other part of the whole is always there.
    empty: object = {} if part == "note" else None
    before, after = (None if (side := raw.get(name) if raw.get(name) is not None else empty) is None else read(side, f"{where}.{name}") for name in ("before", "after"))
    if part == "step" and (found := after or before):
        key = found.id
    elif part == "link" and (pair := after or before):
        key = "\n".join(pair)
    else:
        key = ""
    if (before is None and after is None) or (part not in ("step", "link") and (before is None or after is None)) or key != raw.get("key", ""):
        raise refuse("wrong_type", where, expected="change")
    if part == "step" and before and after and before.id != after.id:
        raise refuse("wrong_type", where, expected="change")
    return Change(part, key, before, after)


def onto(document: Document, edit: Edit) -> Document:
    """``edit`` on a document that has moved on since, field by field: where both changed a field, the edit wins. Raises
    ``BlueprintRefused`` where the two cannot stand together.
    """
    sides = []
    for side in ("before", "after"):
        steps, links = {s.id: s for s in document.steps}, {"\n".join(link): link for link in document.links}
        whole: dict[str, Any] = {}
        for change in edit.changes:
            value = getattr(change, side)
            if change.part in ("step", "link"):
                place: dict[str, Any] = steps if change.part == "step" else links
                place.pop(change.key, None)
                if value is not None:
                    place[change.key] = value
            else:
                whole[change.part] = value
        sides.append(replace(document, steps=tuple(steps.values()), links=tuple(links.values()), **whole))
    return rebase(sides[0], sides[1], document)[0]
