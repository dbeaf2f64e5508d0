"""Control charts: what a series of months would do by itself, and which months it would not.

The baseline is locked: its points alone set the centre and the spread, however long the series grows. Shewhart's limits for
shares and rates come from the base alone and are absurdly tight on large bases, so the standardised points are spread by
their own moving range (Laney 2002, Quality Engineering 14: 531-537).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import special

from sqm.statistics.intervals import Numbers, floats

#: Baseline points: under the first a chart is provisional, more than the second only dull it.
BASELINE_ENOUGH, BASELINE_MOST = 12, 20
#: The mean moving range of two normal values, in standard deviations.
_D2 = 1.128
RUN = 7
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Control:
    """One series on its chart. Arrays have a value a point, oldest first, NaN where the point is.

    ``sigma``: one standard deviation of each point. ``lower``, ``upper``: three of them, within what is possible. ``z``:
    distance from the centre in sigmas. ``spread``: how much wider than the bases alone say (1 for ``xmr``).
    ``baseline``: how many points set it. Rules: ``beyond`` three sigmas; two of three beyond two (``near``); seven on one
    side (``run``); seven rising or falling (``drift``). A rule marks the point that completes it.
    """

    value: Numbers
    centre: float
    sigma: Numbers
    lower: Numbers
    upper: Numbers
    z: Numbers
    spread: float
    baseline: int
    beyond: Flags
    near: Flags
    run: Flags
    drift: Flags

    @property
    def provisional(self) -> bool:
        """Whether the baseline is too short to rely on."""
        return self.baseline < BASELINE_ENOUGH

    @property
    def chance(self) -> Numbers:
        """Two-sided p of each point by itself."""
        return 2 * special.ndtr(-np.abs(self.z))


def p_prime(hits: Any, n: Any, baseline: int = BASELINE_MOST) -> Control:
    """Laney's p′ chart of shares: ``hits`` of ``n`` by month; the first ``baseline`` months with anything asked set it."""
    hits, n = floats(hits, n)
    asked = n > 0
    first = _first(asked, baseline)
    centre = hits[first].sum() / n[first].sum() if first.any() else np.nan
    return _spread(_share(hits, n), centre, np.sqrt(centre * (1 - centre) / np.where(asked, n, np.nan)), first, 0.0, 1.0)


def u_prime(events: Any, exposure: Any, baseline: int = BASELINE_MOST) -> Control:
    """Laney's u′ chart of rates: ``events`` over ``exposure`` by month."""
    events, exposure = floats(events, exposure)
    seen = exposure > 0
    first = _first(seen, baseline)
    centre = events[first].sum() / exposure[first].sum() if first.any() else np.nan
    return _spread(_share(events, exposure), centre, np.sqrt(centre / np.where(seen, exposure, np.nan)), first, 0.0, np.inf)


def xmr(values: Any, baseline: int = BASELINE_MOST) -> Control:
    """The chart of individual values by their moving range, as NIST's handbook has it (6.3.2.2)."""
    (value,) = floats(values)
    first = _first(np.isfinite(value), baseline)
    known = value[first]
    moves = np.abs(np.diff(known))
    one = float(moves.mean()) / _D2 if len(moves) else np.nan
    return _chart(value, float(known.mean()) if len(known) else np.nan, np.where(np.isfinite(value), one, np.nan), 1.0, first, -np.inf, np.inf)


def _share(part: Numbers, whole: Numbers) -> Numbers:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(whole > 0, part / whole, np.nan)


def _first(known: Flags, baseline: int) -> Flags:
    return known & (np.cumsum(known) <= baseline)


def _spread(value: Numbers, centre: float, error: Numbers, first: Flags, low: float, high: float) -> Control:
    """The chart whose points are ``error`` wide by their bases, and as much wider as the baseline moves from point to point.

    Never narrower: that a dozen months lie closer together than their own counting allows is luck, and no reason for alarms.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        z = (value - centre) / np.where(error > 0, error, np.nan)
    moves = np.abs(np.diff(z[first]))
    moves = moves[np.isfinite(moves)]
    spread = max(1.0, float(moves.mean()) / _D2) if len(moves) else np.nan
    return _chart(value, centre, error * spread, spread, first, low, high)


def _chart(value: Numbers, centre: float, sigma: Numbers, spread: float, first: Flags, low: float, high: float) -> Control:
    with np.errstate(divide="ignore", invalid="ignore"):
        z = (value - centre) / np.where(sigma > 0, sigma, np.nan)
    lower, upper = np.clip(centre - 3 * sigma, low, high), np.clip(centre + 3 * sigma, low, high)
    return Control(value, centre, sigma, lower, upper, z, spread, int(first.sum()), np.abs(z) > 3, two_of_three(z), runs(z), drifts(value))


def two_of_three(z: Any) -> Flags:
    """Points beyond two sigmas that are the second such among three, on the same side."""
    (z,) = floats(z)
    found = np.zeros(len(z), dtype=bool)
    for side in (z > 2, z < -2):
        beyond = side.astype(int)
        last_three = beyond + np.r_[0, beyond[:-1]] + np.r_[0, 0, beyond[:-2]] if len(z) > 2 else np.cumsum(beyond)
        found |= side & (last_three >= 2)
    return found


def runs(z: Any, length: int = RUN) -> Flags:
    """Points that are at least the ``length``-th in a row on one side of the centre. A point on it, or none, ends a run."""
    (z,) = floats(z)
    return _in_a_row(np.sign(np.nan_to_num(z)), length)


def drifts(values: Any, length: int = RUN) -> Flags:
    """Points that are at least the ``length``-th of a row that only rises, or only falls."""
    (values,) = floats(values)
    if not len(values):
        return np.zeros(0, dtype=bool)
    return np.r_[False, _in_a_row(np.sign(np.nan_to_num(np.diff(values))), length - 1)]


def _in_a_row(sign: Numbers, length: int) -> Flags:
    found, count = np.zeros(len(sign), dtype=bool), 0
    for place, now in enumerate(sign):
        count = count + 1 if now and place and now == sign[place - 1] else int(now != 0)
        found[place] = count >= length
    return found
