"""Does the whole equal its parts? What the metrics count in all, against its cities and its stores, each asked for itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd

from sqm import metrics

#: Metrics whose base is a number of units (tickets, interviews, visits), which adds up over places.
COUNTED = ("complaints", "enquiries", "satisfaction", "audit_score")
#: The places, the larger first.
PLACES = ("city", "store")

#: Answers a question as ``metrics.fetch`` does: (metric, by).
Fetch = Callable[[str, tuple[str, ...]], pd.DataFrame]


@dataclass(frozen=True)
class Parts:
    """The units of a metric by one kind of place. ``without``: units that name no such place."""

    place: str
    named: int
    without: int


@dataclass(frozen=True)
class Sums:
    """The units of a metric in all, and by each kind of place that the metric knows."""

    metric: str
    total: int
    parts: tuple[Parts, ...]

    def difference(self, part: Parts) -> int:
        """By how many units the parts exceed the total; 0 where they agree."""
        return part.named + part.without - self.total

    @property
    def agrees(self) -> bool:
        return not any(self.difference(part) for part in self.parts)


def sums(fetch: Fetch) -> list[Sums]:
    """One entry per metric of ``COUNTED`` that has anything to count, in that order. The total is asked for, never added up."""
    found = []
    for metric in COUNTED:
        total = int(fetch(metric, ())["base"].sum())
        parts = tuple(_parts(fetch(metric, (place,)), place) for place in PLACES if place in metrics.get(metric).splits)
        if total or any(part.named or part.without for part in parts):
            found.append(Sums(metric, total, parts))
    return found


def _parts(frame: pd.DataFrame, place: str) -> Parts:
    nowhere = frame[place].isna()
    return Parts(place, int(frame.loc[~nowhere, "base"].sum()), int(frame.loc[nowhere, "base"].sum()))
