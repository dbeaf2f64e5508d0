"""The agenda that is proposed: what is overdue, what really moved, what contradicts or breaks a promise, what was sent in; an hour in all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sqm.meetings.meeting import HOUR, Item

#: Minutes an item gets, by where it comes from: (usual, least).
TIME = {"actions": (6, 4), "signal": (10, 6), "contradiction": (8, 5), "promise": (6, 4), "effect": (6, 4), "standard": (6, 4), "topic": (10, 6)}
#: What is kept when the hour is full, first things first.
FIRST = ("actions", "contradiction", "signal", "topic", "effect", "promise", "standard")
#: Minutes left free for what comes up.
SPARE = 6


def propose(items: Sequence[Item], minutes: int = HOUR) -> tuple[tuple[Item, ...], tuple[Item, ...]]:
    """(the agenda, what did not fit). Items come surest first within their source; their minutes are set here.

    Boxes shrink to their least before anything is left out; what is worse goes before what is better.
    """
    room = minutes - SPARE
    ranked = sorted(items, key=lambda item: (FIRST.index(item.source), item.verdict == "better"))
    kept: list[Item] = []
    left: list[Item] = []
    for item in ranked:
        least = sum(TIME[one.source][1] for one in kept) + TIME[item.source][1]
        (kept if least <= room else left).append(item)
    spare = room - sum(TIME[one.source][1] for one in kept)
    made = []
    for item in kept:
        usual, least = TIME[item.source]
        more = min(usual - least, max(spare, 0))
        spare -= more
        made.append(replace(item, minutes=least + more))
    # What is over is looked back on at the end.
    return tuple(sorted(made, key=lambda item: item.source in ("effect", "standard"))), tuple(left)
