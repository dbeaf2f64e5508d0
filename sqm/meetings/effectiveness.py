"""Do meetings work? Of every department's actions: closed on time or late, overdue, and what came of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqm.meetings.actions import Action


@dataclass(frozen=True)
class Row:
    """``raised`` = ``closed`` + ``dropped`` + ``living``; ``late`` of the closed were closed after their day, ``overdue`` of the living are.

    ``improved``, ``none``, ``worse``, ``unclear``: verdicts of effects; ``waiting``: something was declared and cannot be judged yet.
    """

    owner: str
    raised: int
    closed: int
    late: int
    dropped: int
    living: int
    overdue: int
    improved: int
    none: int
    worse: int
    unclear: int
    waiting: int


def by_department(book: Sequence[Action], verdicts: Mapping[str, str], today: date) -> list[Row]:
    """One row a department, most actions first. ``verdicts``: action → verdict, "" where it cannot be judged yet; those without a claim are not in it."""
    rows = []
    for owner in dict.fromkeys(one.owner for one in book):
        own = [one for one in book if one.owner == owner]
        closed = [one for one in own if one.status == "closed"]
        said = [verdicts[one.id] for one in own if one.id in verdicts and one.status != "dropped"]
        rows.append(Row(
            owner, len(own), len(closed), sum(one.ended > _due(one) for one in closed), sum(one.status == "dropped" for one in own),
            sum(one.living for one in own), sum(one.overdue(today) for one in own),
            *(said.count(word) for word in ("improved", "none", "worse", "unclear", "")),
        ))  # fmt: skip
    return sorted(rows, key=lambda row: (-row.raised, row.owner))


def _due(action: Action) -> str:
    return action.due.isoformat()
