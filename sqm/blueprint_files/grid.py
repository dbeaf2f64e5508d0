"""A blueprint as a grid: lanes as rows, phases as columns, a step on each line of a cell, its marks behind it. Pure.

``put`` lays a grid over a document: what the grid says about titles, marks and places is taken over, everything else a step
carries stays. An untouched grid changes nothing.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqm.blueprint import LANES, Document, Phase, Step, Words, from_dict, new_id, to_dict

#: How people write the lanes; compared without blanks, in lower case.
LANE_NAMES = {
    "evidence": ("有形展示", "有形证据", "实体展示", "物理证据", "physicalevidence", "evidence"),
    "customer": ("客户行为", "顾客行为", "用户行为", "客户", "顾客", "customeractions", "customeraction", "customer", "useractions"),
    "frontstage": ("前台服务", "前台员工行为", "前台", "前台行为", "front-stage", "frontstage", "onstage", "front-stageactions", "frontstageactions",
                   "onstageemployeeactions"),
    "backstage": ("后台服务", "后台员工行为", "后台", "后台行为", "back-stage", "backstage", "back-stageactions", "backstageactions", "backstageemployeeactions"),
    "support": ("系统支撑", "支持系统", "支持过程", "支撑系统", "支撑", "supportsystems", "supportprocesses", "support", "systems"),
}
_LANE = {name: lane for lane, names in LANE_NAMES.items() for name in names}
_MARK = re.compile(r"[(（\[【]\s*([KFkf](?:\s*[,，、/+&]?\s*[KFkf])*)\s*[)）\]】]")
_BULLET = re.compile(r"^(?:[•·▪●*–—-]\s*|\d{1,2}[.、)）](?:\s+|(?=\D)))(?=\S)")
_HAN = re.compile(r"[\u3400-\u9fff]")
EMPTY = "–"


@dataclass(frozen=True)
class Grid:
    """``heads``: the names of the columns. ``cells``: (lane, column) → its lines."""

    heads: tuple[str, ...]
    cells: dict[tuple[str, int], tuple[str, ...]]


def line(step: Step, lang: str) -> str:
    """A step as the grid says it: its title, then (K), (F)."""
    title = " ".join(step.title.get(lang).split()) or EMPTY
    return title + (" (K)" if step.key else "") + (" (F)" if step.fail else "")


def grid_of(document: Document, lang: str) -> Grid:
    """The document as a grid in one language."""
    cells = {(lane, at): tuple(line(s, lang) for s in document.cell(lane, phase.id)) for lane in LANES for at, phase in enumerate(document.phases)}
    return Grid(tuple(_head(p, at, lang) for at, p in enumerate(document.phases)), {place: lines for place, lines in cells.items() if lines})


def _head(phase: Phase, at: int, lang: str) -> str:
    return " ".join(phase.name.get(lang).split()) or str(at + 1)


def found_in(rows: Sequence[Sequence[str]]) -> Grid | None:
    """The grid of a sheet, or None where no column names at least two lanes. Rows above the lanes are titles, the last of them
    the phases; rows that name a line between lanes are passed over, rows without a name go with the lane above.
    """
    width = max((len(row) for row in rows), default=0)
    best = max(range(width), key=lambda c: len({_lane(row, c) for row in rows} - {""}), default=0)
    if len({_lane(row, best) for row in rows} - {""}) < 2:
        return None
    first = next(at for at, row in enumerate(rows) if _lane(row, best))
    head = next((row for row in reversed(rows[:first]) if any(_cell(row, c) for c in range(best + 1, width))), [])
    used = [c for c in range(best + 1, width) if _cell(head, c) or any(_cell(row, c) for row in rows[first:] if _in_a_lane(row, best))]
    cells: dict[tuple[str, int], tuple[str, ...]] = {}
    lane = ""
    for row in rows[first:]:
        named = _cell(row, best)
        lane = _lane(row, best) if named else lane
        for at, c in enumerate(used) if lane else ():
            lines = tuple(" ".join(one.split()) for one in _cell(row, c).splitlines() if one.strip())
            if lines:
                cells[lane, at] = (*cells.get((lane, at), ()), *lines)
    return Grid(tuple(" ".join(_cell(head, c).split()) or str(at + 1) for at, c in enumerate(used)), cells)


def _cell(row: Sequence[str], at: int) -> str:
    return (row[at] or "").strip() if at < len(row) else ""


def _lane(row: Sequence[str], at: int) -> str:
    return _LANE.get(re.sub(r"\s", "", _cell(row, at)).lower(), "")


def _in_a_lane(row: Sequence[str], at: int) -> bool:
    return bool(_lane(row, at)) or not _cell(row, at)


def put(base: Document, grid: Grid) -> Document:
    """``base`` with what the grid says; steps and columns that the grid no longer has go, with their links."""
    lang = max(("zh", "en"), key=lambda one: _likeness(base, grid, one))
    phases = _columns(base, grid, lang)
    left = {step.id: step for step in base.steps}
    taken: dict[tuple[str, int], list[Step | None]] = {place: [None] * len(lines) for place, lines in grid.cells.items()}
    # The same line in the same cell, the same line anywhere, the same title, then the same place: what fits best goes first.
    for fits in (_here, _anywhere, _titled, _placed):
        for (lane, at), lines in grid.cells.items():
            for n, text in enumerate(lines):
                if taken[lane, at][n] is None:
                    old = fits(base, left, (lane, phases[at].id, n), text, lang)
                    if old:
                        taken[lane, at][n] = left.pop(old.id)
    steps = [one for (lane, at), lines in grid.cells.items() for one in _cell_steps(base, taken[lane, at], lines, lane, phases[at].id, lang)]
    kept = {step.id for step in steps}
    links = tuple(pair for pair in base.links if pair[0] in kept and pair[1] in kept)
    return from_dict(to_dict(replace(base, phases=tuple(phases), steps=tuple(steps), links=links)))


def _likeness(base: Document, grid: Grid, lang: str) -> int:
    own = {line(step, lang) for step in base.steps} | {_head(p, at, lang) for at, p in enumerate(base.phases)}
    return sum(text in own for lines in grid.cells.values() for text in lines) + sum(head in own for head in grid.heads)


def _columns(base: Document, grid: Grid, lang: str) -> list[Phase]:
    left = list(base.phases)
    names = {p.id: _head(p, at, lang) for at, p in enumerate(base.phases)}
    out: list[Phase | None] = []
    for head in grid.heads:
        found = next((p for p in left if names[p.id] == head), None)
        out.append(found)
        if found:
            left.remove(found)
    for at, head in enumerate(grid.heads):
        if out[at] is None:
            here = base.phases[at] if at < len(base.phases) and base.phases[at] in left else None
            if here:
                left.remove(here)
            out[at] = Phase(here.id, _named(here.name, head, lang)) if here else Phase(new_id(), _words(head))
    return [one for one in out if one]


def _here(base: Document, left: dict[str, Step], place: tuple[str, str, int], text: str, lang: str) -> Step | None:
    return next((s for s in base.cell(*place[:2]) if s.id in left and line(s, lang) == text), None)


def _anywhere(base: Document, left: dict[str, Step], place: tuple[str, str, int], text: str, lang: str) -> Step | None:
    return next((s for s in base.steps if s.id in left and line(s, lang) == text), None)


def _titled(base: Document, left: dict[str, Step], place: tuple[str, str, int], text: str, lang: str) -> Step | None:
    title = parsed(text)[0]
    same = [s for s in base.steps if s.id in left and " ".join(s.title.get(lang).split()) == title]
    return next((s for s in same if (s.lane, s.phase) == place[:2]), same[0] if same else None)


def _placed(base: Document, left: dict[str, Step], place: tuple[str, str, int], text: str, lang: str) -> Step | None:
    cell = base.cell(*place[:2])
    return cell[place[2]] if place[2] < len(cell) and cell[place[2]].id in left else None


def _cell_steps(base: Document, old: Sequence[Step | None], lines: Sequence[str], lane: str, phase: str, lang: str) -> list[Step]:
    same = [s.id for s in base.cell(lane, phase)] == [s.id if s else "" for s in old]
    return [_step(one, text, lane, phase, one.order if same and one else at, lang) for at, (one, text) in enumerate(zip(old, lines, strict=True))]


def _step(old: Step | None, text: str, lane: str, phase: str, order: int, lang: str) -> Step:
    title, key, fail = parsed(text)
    if old is None:
        return Step(new_id(), lane, phase, _words(title), order, key=key, fail=fail)
    if line(old, lang) == text:
        return replace(old, lane=lane, phase=phase, order=order)
    same = " ".join(old.title.get(lang).split()) == title
    return replace(old, lane=lane, phase=phase, order=order, key=key, fail=fail, title=old.title if same else _named(old.title, title, lang))


def parsed(text: str) -> tuple[str, bool, bool]:
    """(title, K, F) of a line: ``1. Wait (K)(F)`` → ("Wait", True, True)."""
    marks = "".join(_MARK.findall(text)).upper()
    title = " ".join(_BULLET.sub("", _MARK.sub(" ", text).strip()).split())
    return ("" if title == EMPTY else title), "K" in marks, "F" in marks


def _words(text: str) -> Words:
    return Words(zh=text) if _HAN.search(text) else Words(en=text)


def _named(old: Words, text: str, lang: str) -> Words:
    return replace(old, **{lang: text})
