"""Did it work? An action's number in the cities that did it against those that did not, before and after; or against its own course.

What is declared before (``Claim``) is judged after (``judge``): improved, no effect, worse, or cannot tell, with an interval. "No
effect" is said only where the whole interval lies within the smallest effect that counts; a wide interval is "cannot tell".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from sqm import metrics, stats

#: Months on each side, where nothing else is said; an effect is judged from so many months on.
MONTHS, FEWEST = 6, 3
#: Months a series must go back to be judged by its own course.
COURSE = 18
VERDICTS = ("improved", "none", "worse", "unclear")
#: Answers a question as ``metrics.fetch`` does: (metric, by, where, period).
Fetch = Callable[[str, tuple[str, ...], Mapping[str, Any], tuple[date, date]], pd.DataFrame]


@dataclass(frozen=True)
class Claim:
    """``cities`` did it (none: all of them) from month ``since`` on; until ``until`` the others did not (None: six months are looked at).

    ``better``: "higher" or "lower"; ``least``: the smallest effect that counts, in the metric's unit, per cent for rates. ``where``: as of
    ``metrics.fetch``, without cities.
    """

    metric: str
    better: str
    least: float
    since: date
    cities: tuple[str, ...] = ()
    where: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    until: date | None = None


@dataclass(frozen=True)
class Effect:
    """``estimate``, ``lo``, ``hi``: how much more the treated changed than the others, in points of the metric, or in per cent of it where
    ``relative``. ``verdict``: one of ``VERDICTS``, "" where it cannot be judged yet: ``ready`` is the month whose data it takes.

    ``warnings``: "worst_picked", "not_parallel", "few_cities", "own_course". ``trend``: (estimate, lo, hi) of what set them apart before.
    ``regression``: what regression to the mean alone would bring. ``treated``, ``others``: month, value, lo, hi, base.
    """

    claim: Claim
    estimate: float = float("nan")
    lo: float = float("nan")
    hi: float = float("nan")
    relative: bool = False
    verdict: str = ""
    method: str = "did"
    ready: date | None = None
    before: tuple[date, date] | None = None
    after: tuple[date, date] | None = None
    trend: tuple[float, float, float] = (float("nan"),) * 3
    regression: float = float("nan")
    warnings: tuple[str, ...] = ()
    cities: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()
    treated: pd.DataFrame = field(default_factory=pd.DataFrame)
    others: pd.DataFrame = field(default_factory=pd.DataFrame)


def windows(claim: Claim, measured: list[date]) -> tuple[tuple[date, date], tuple[date, date]]:
    """(months before, months after), both included: six and six as far as there are data, fewer after where others follow (``until``)."""
    last = claim.until or metrics.back(claim.since, 1 - MONTHS + 1)
    after = claim.since, min(last, measured[-1]) if measured else last
    before = metrics.back(claim.since, MONTHS + 1), metrics.back(claim.since, 2)
    return (max(before[0], measured[0]) if measured else before[0], before[1]), after


def judge(claim: Claim, fetch: Fetch, measured: list[date], every: tuple[str, ...]) -> Effect:
    """The effect of an action. ``measured``: the months the metric has; ``every``: all cities there are. Raises as ``fetch``."""
    definition = metrics.get(claim.metric)
    cities = tuple(city for city in claim.cities if city in every)
    beside = tuple(city for city in every if city not in cities) if cities else ()
    before, after = windows(claim, measured)
    ready = metrics.back(claim.since, 1 - FEWEST + 1)
    found = Effect(claim, relative=definition.relative, ready=ready, before=before, after=after, cities=cities or every, beside=beside)
    if not measured or measured[-1] < ready or _months(*before) < FEWEST:
        return found
    if not beside:
        return _own_course(found, fetch, measured)
    pairs = _paired(claim, fetch, before, after, definition.relative)
    pairs = pairs[pairs.index.isin(every)]
    given = pairs.index.isin(cities)
    told = stats.did(pairs["change"], pairs["error"], given)
    if np.isnan(told.estimate):
        return found
    half = metrics.back(before[1], _months(*before) // 2)
    earlier = _paired(claim, fetch, (before[0], metrics.back(half, 2)), (half, before[1]), definition.relative)
    apart = stats.did(earlier["change"], earlier["error"], earlier.index.isin(cities))
    drift = stats.regression(pairs["before"], pairs["before_error"], given)
    worst = pairs["before"].rank(ascending=claim.better == "higher")[given]
    towards = drift * (1 if claim.better == "higher" else -1)
    warnings = [
        *(["worst_picked"] if len(worst) < len(pairs) / 2 and worst.max() <= given.sum() + 1 and towards > 0 else []),
        *(["not_parallel"] if apart.lo > 0 or apart.hi < 0 else []),
        *(["few_cities"] if min(given.sum(), (~given).sum()) < 3 else []),
    ]
    turn = _percent if definition.relative else float
    estimate, lo, hi = (turn(value) for value in told[:3])
    course = (metrics.back(claim.since, MONTHS + 7), after[1])
    series = [fetch(claim.metric, ("month",), {**_plain(claim), "city": list(side)}, course).dropna(subset=["value"]).sort_values("month") for side in (cities, beside)]
    return _with(found, estimate, lo, hi, warnings, trend=tuple(turn(value) for value in apart[:3]), regression=turn(drift), treated=series[0], others=series[1])


def _own_course(found: Effect, fetch: Fetch, measured: list[date]) -> Effect:
    claim, after = found.claim, found.after
    assert after is not None
    first = max(measured[0], metrics.back(claim.since, COURSE + 1))
    series = fetch(claim.metric, ("month",), _plain(claim), (first, after[1])).dropna(subset=["value"]).sort_values("month")
    whole = len(series) == _months(first, after[1])
    values = np.log(series["value"]) if found.relative and (series["value"] > 0).all() else series["value"]
    told = stats.interrupted(values.to_numpy(float), (pd.to_datetime(series["month"]).dt.date >= claim.since).to_numpy()) if whole else stats.UNKNOWN
    if np.isnan(told.estimate):
        return found
    turn = _percent if found.relative else float
    estimate, lo, hi = (turn(value) for value in told[:3])
    return _with(found, estimate, lo, hi, ["own_course"], method="its", treated=series, others=series.iloc[:0])


def _with(found: Effect, estimate: float, lo: float, hi: float, warnings: list[str], **more: Any) -> Effect:
    word = verdict(lo, hi, found.claim.better, found.claim.least)
    return replace(found, estimate=estimate, lo=lo, hi=hi, verdict=word, warnings=tuple(warnings), **more)


def verdict(lo: float, hi: float, better: str, least: float) -> str:
    """One of ``VERDICTS`` for an interval: "none" where nothing in it counts, whatever its sign; "unclear" where it holds too much."""
    good, bad = (lo, hi) if better == "higher" else (-hi, -lo)
    if -least < good and bad < least:
        return "none"
    return "improved" if good > 0 else "worse" if bad < 0 else "unclear"


def _paired(claim: Claim, fetch: Fetch, before: tuple[date, date], after: tuple[date, date], logs: bool) -> pd.DataFrame:
    """City → before, before_error, change, error; on the scale of logarithms where ``logs``. Cities that say nothing on one side are left out."""
    sides = []
    for period in (before, after):
        frame = fetch(claim.metric, ("city",), _plain(claim), period).dropna(subset=["value", "lo", "hi", "city"]).set_index("city")
        frame = frame[(frame["lo"] > 0) if logs else slice(None)]
        value, lo, hi = (np.log(frame[name]) if logs else frame[name].astype(float) for name in ("value", "lo", "hi"))
        sides.append(pd.DataFrame({"value": value, "error": (hi - lo) / (2 * 1.959964)}))
    both = sides[0].join(sides[1], lsuffix="_before", rsuffix="_after", how="inner")
    return pd.DataFrame({"before": both["value_before"], "before_error": both["error_before"], "change": both["value_after"] - both["value_before"],
                         "error": np.hypot(both["error_before"], both["error_after"])})


def _plain(claim: Claim) -> dict[str, Any]:
    return {split: list(values) for split, values in claim.where.items() if split != "city"}


def _percent(logarithm: float) -> float:
    return float(100 * np.expm1(logarithm))


def _months(first: date, last: date) -> int:
    return (last.year - first.year) * 12 + last.month - first.month + 1
