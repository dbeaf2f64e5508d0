"""Scenes a service is met in, and the skeleton a new blueprint of a scene begins with. The scenes themselves are a table
(``data/blueprints/scenes.csv``): another operator edits a cell.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass, field, replace

from sqm.blueprints.document import LANES, Document, Phase, Step, Words, from_dict, refuse, to_dict
from sqm.blueprints.edits import new_id

_PARTS = ("group", "scene", "phase", *LANES)


@dataclass(frozen=True)
class Scene:
    """One place of a journey. ``parts``: (phase or lane, text) in the order of the table; a lane belongs to the phase above it."""

    id: str
    group: Words
    name: Words
    parts: tuple[tuple[str, Words], ...] = field(default=(), repr=False)

    def title(self, lang: str) -> str:
        """"Hotline · Complaint"."""
        return f"{self.group.get(lang)} · {self.name.get(lang)}"


def scenes(text: str) -> dict[str, Scene]:
    """Scene by id from the table (scene, part, zh, en), in its order. A row that belongs nowhere is ``BlueprintRefused``."""
    found: dict[str, Scene] = {}
    groups: dict[str, Words] = {}
    for at, row in enumerate(csv.DictReader(text.splitlines()), 2):
        scene, part, words = row["scene"], row["part"], Words(row["zh"], row["en"])
        above = found[scene].parts if scene in found else ()
        fits = part == "group" or (part == "scene" and scene.partition(".")[0] in groups) or (scene in found and (part == "phase" or bool(above)))
        if part not in _PARTS or not words or not fits:
            raise refuse("unknown_value", f"scenes:{at}", value=part, known=", ".join(_PARTS), near="")
        if part == "group":
            groups[scene] = words
        elif part == "scene":
            found[scene] = Scene(scene, groups[scene.partition(".")[0]], words)
        else:
            found[scene] = replace(found[scene], parts=(*above, (part, words)))
    return found


def skeleton(scene: Scene, doc_id: str, name: Words, state: str = "as_is") -> Document:
    """A document with the usual phases and steps of a scene, linked along the customer's way and down to the systems."""
    phases: list[Phase] = []
    steps: list[Step] = []
    for part, words in scene.parts:
        if part == "phase":
            phases.append(Phase(f"p{len(phases) + 1}", words))
        else:
            steps.append(Step(f"{part}{len(phases)}", part, phases[-1].id, words))
    # What stands behind the first phase alone stands behind all of them.
    alone = {lane for lane in LANES if sum(s.lane == lane for s in steps) == 1 and lane in ("backstage", "support")}
    steps = [replace(s, span=len(phases)) if s.lane in alone else s for s in steps]
    made = Document(doc_id, name, tuple(phases), tuple(steps), _ways(steps, phases), state, scene=scene.id)
    return from_dict(to_dict(made))


def _ways(steps: list[Step], phases: list[Phase]) -> tuple[tuple[str, str], ...]:
    """Customer to customer, and in each phase down to the next lane that has something there."""
    place = {phase.id: at for at, phase in enumerate(phases)}

    def there(lane: str, phase: str) -> str:
        return next((s.id for s in steps if s.lane == lane and place[s.phase] <= place[phase] < place[s.phase] + s.span), "")

    out = []
    for here, after in zip(phases, [*phases[1:], None], strict=True):
        column = [found for lane in LANES[1:] if (found := there(lane, here.id))]
        out += list(zip(column, column[1:], strict=False))
        if after and (one := there("customer", here.id)) and (two := there("customer", after.id)):
            out.append((one, two))
    return tuple(dict.fromkeys(out))


def blank(doc_id: str, name: Words, phase: Words, state: str = "as_is", scene: str = "") -> Document:
    """A document with one empty column."""
    return from_dict(to_dict(Document(doc_id, name, (Phase(new_id(), phase),), state=state, scene=scene)))


def copied(document: Document, doc_id: str, name: Words, state: str) -> Document:
    """The same drawing under another id and name. Steps keep theirs, so that the two can be told apart step by step."""
    return from_dict(to_dict(replace(document, id=doc_id, name=name, state=state)))
