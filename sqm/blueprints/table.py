"""A blueprint as table rows and back: the second, keyboard-friendly way into the same document.

A row is a dict of plain values, one per step, in drawing order. Only cells that differ from what ``to_rows`` gave are
taken over, so a table shown in one language never wipes the text of the other.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqm.blueprints.document import Binding, Document, Phase, Words, from_dict, refuse, to_dict
from sqm.blueprints.edits import new_id

Row = dict[str, Any]
COLUMNS = (
    "zh",
    "en",
    "phase",
    "lane",
    "order",
    "span",
    "key",
    "metrics",
    "fail",
    "categories",
    "prevention",
    "contingency",
    "owner",
    "next",
)
_PLANS = ("prevention", "contingency")


def to_rows(document: Document, lang: str) -> list[Row]:
    """One row per step: ``id`` and ``COLUMNS``. ``order`` counts from 1, plans are in ``lang`` (or the language there
    is), ``metrics`` are ``Binding.text``, ``next`` are the ids of the steps it leads to.
    """
    following: dict[str, list[str]] = {}
    for source, target in document.links:
        following.setdefault(source, []).append(target)
    columns = document.phase_index()
    steps = sorted(document.steps, key=lambda s: columns[s.phase])
    return [
        {
            "id": s.id,
            "zh": s.title.zh,
            "en": s.title.en,
            "phase": s.phase,
            "lane": s.lane,
            "order": s.order + 1,
            "span": s.span,
            "key": s.key,
            "metrics": [b.text for b in s.metrics],
            "fail": s.fail,
            "categories": list(s.categories),
            "prevention": s.prevention.get(lang),
            "contingency": s.contingency.get(lang),
            "owner": s.owner,
            "next": following.get(s.id, []),
        }
        for s in steps
    ]


def edited(rows: Sequence[Row], delta: Mapping[str, Any], seed: str) -> list[Row]:
    """``rows`` with a data editor's changes on top: ``edited_rows`` {position: {column: value}}, ``added_rows`` [dict],
    ``deleted_rows`` [position]. A position that is not there is passed over. Added rows get ids that depend on ``seed``
    and their place only, so that every rerun sees the same step.
    """
    out = [dict(row) for row in rows]
    for position, cells in (delta.get("edited_rows") or {}).items():
        if 0 <= int(position) < len(out):
            out[int(position)].update(cells)
    gone = {int(position) for position in delta.get("deleted_rows") or ()}
    added = [
        {**row, "id": uuid.uuid5(uuid.NAMESPACE_OID, f"{seed}/{i}").hex[:10]}
        for i, row in enumerate(delta.get("added_rows") or ())
    ]
    return [row for i, row in enumerate(out) if i not in gone] + added


def _blank(value: object) -> bool:
    return value is None or value != value or value == "" or value == []


def _whole(value: object, where: str) -> int:
    try:
        return int(value)  # type: ignore[call-overload]
    except (TypeError, ValueError, OverflowError):
        raise refuse("wrong_type", where, expected="number") from None


def _take(step: Row, name: str, value: object, lang: str) -> None:
    """Writes one changed cell into the plain form of a step; a blank cell removes the entry."""
    where = f"{step['id']}.{name}"
    if name in _PLANS:
        kept = {**step.get(name, {}), lang: str(value or "").strip()}
        # Emptying the cell empties the plan: a text of the other language must not stay behind unseen.
        step[name] = kept if kept[lang] else {}
    elif _blank(value):
        step.pop(name, None)
    elif name == "order":
        step[name] = max(0, _whole(value, where) - 1)
    elif name == "span":
        step[name] = max(1, _whole(value, where))
    elif name == "metrics":
        parsed = [Binding.parse(str(text)) for text in value]  # type: ignore[attr-defined]
        step[name] = [{"metric": b.metric, "where": b.filters} for b in parsed]
    elif name in ("key", "fail"):
        step[name] = bool(value)
    else:
        step[name] = list(value) if isinstance(value, list | tuple) else value


def from_rows(document: Document, rows: Sequence[Row], lang: str) -> tuple[Document, int]:
    """The document with the rows' changes, and how many new rows still lack a title, a lane or a phase (these wait).

    A step without a row is removed with its links. Raises ``BlueprintRefused`` for a value that cannot be.
    """
    plain = to_dict(document)
    old_steps = {step["id"]: step for step in plain["steps"]}
    old_rows = {row["id"]: row for row in to_rows(document, lang)}
    steps: list[Row] = []
    links = {tuple(pair) for pair in plain["links"]}
    waiting = 0
    for row in rows:
        known = row.get("id") in old_rows
        before = old_rows[row["id"]] if known else {}
        step: Row = dict(old_steps[row["id"]]) if known else {"id": row.get("id") or new_id()}
        for name in COLUMNS[:-1]:
            value = row.get(name)
            if not (_blank(value) and _blank(before.get(name))) and value != before.get(name):
                _take(step, name, value, lang)
        if any(_blank(step.get(name)) for name in ("lane", "phase")) or not (step.get("zh") or step.get("en")):
            if known:
                raise refuse("row_incomplete", before["zh"] or before["en"])
            waiting += 1
            continue
        steps.append(step)
        if not known or row.get("next") != before.get("next"):
            links = {pair for pair in links if pair[0] != step["id"]} | {(step["id"], t) for t in row.get("next") or ()}
    ids = {step["id"] for step in steps}
    plain["steps"] = steps
    plain["links"] = [list(pair) for pair in links if pair[0] in ids and pair[1] in ids and pair[0] != pair[1]]
    return from_dict(plain), waiting


def phase_rows(document: Document) -> list[Row]:
    """One row per column: id, zh, en."""
    return [{"id": p.id, "zh": p.name.zh, "en": p.name.en} for p in document.phases]


def phases_from_rows(document: Document, rows: Sequence[Row]) -> Document:
    """The document with its phases as in ``rows``; unnamed new rows are passed over."""
    named = [(row, Words(str(row.get("zh") or "").strip(), str(row.get("en") or "").strip())) for row in rows]
    phases = tuple(Phase(row.get("id") or new_id(), name) for row, name in named if row.get("id") or name)
    kept = {phase.id for phase in phases}
    for step in document.steps:
        if step.phase not in kept:
            raise refuse("phase_in_use", step.phase, step=step.title.zh or step.title.en)
    return from_dict(to_dict(replace(document, phases=phases)))
