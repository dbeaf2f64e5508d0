"""Counts that are more than their own past explains: one, or every window of a few days of many series."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import special

from sqm.statistics.intervals import Numbers, floats


def surge_p(events: Any, before: Any, ratio: Any, phi: Any = 1.0) -> Numbers:
    """One-sided p of ``events`` or more, where ``before`` were counted over 1/``ratio`` times as much time (or exposure).

    Negative binomial, so that a short past is no sure one: at ``phi`` 1 the conditional test of two Poisson rates
    (Przyborowski and Wilenski 1940, Biometrika 31: 313-323), that of statsmodels ``test_poisson_2indep(method="exact-cond")``;
    with ``phi`` the variance of what is expected is as many times wider. Nothing before is no certainty either. NaN without
    a past (``ratio`` not positive).
    """
    n, b, ratio, phi = floats(events, before, ratio, phi)
    with np.errstate(divide="ignore", invalid="ignore"):
        known = (ratio > 0) & np.isfinite(ratio)
        mean = (b + 1) * np.where(known, ratio, np.nan)
        size = 1 / (1 / (b + 1) + (np.maximum(phi, 1.0) - 1) / mean)
        return np.where(n > 0, special.betainc(np.where(n > 0, n, 1.0), size, mean / (mean + size)), np.where(known, 1.0, np.nan))


@dataclass(frozen=True)
class Surges:
    """Every window of every series, by its last day; arrays are series × days, NaN where there is too little past.

    ``n``: counted in the window; ``usual``: expected from the series' own past; ``p``: one-sided, of the window by itself;
    ``phi``: over-dispersion of that past.
    """

    n: Numbers
    usual: Numbers
    p: Numbers
    phi: Numbers

    @property
    def looked_at(self) -> int:
        """How many windows were tested."""
        return int(np.isfinite(self.p).sum())


def surges(counts: Any, width: int, before: int, least: int) -> Surges:
    """Windows of ``width`` days against the ``before`` days that end where they begin; ``least``: so many days are a past.

    ``counts``: series × days, a day without anything counted as 0.
    """
    counts = np.atleast_2d(floats(counts)[0])
    days = counts.shape[1]
    end = np.arange(1, days + 1)
    start = np.maximum(end - width, 0)
    past = np.maximum(start - before, 0)
    summed = _between(counts, start, end)
    b, length = _between(counts, past, start), start - past
    usable = (length >= max(least, 3 * width)) & (end >= width)
    length = np.where(usable, length, 1)
    # Half the mean square of a move from window to window is a variance that a lasting shift does not blow up.
    moves = np.zeros(counts.shape)
    moves[:, 2 * width - 1 :] = (summed[:, 2 * width - 1 :] - summed[:, width - 1 : days - width]) ** 2 / 2
    pairs = np.maximum(start - np.maximum(past, 2 * width - 1), 1)
    usual = b * width / length
    spread = np.divide(_between(moves, past, start) / pairs, usual, out=np.ones(counts.shape), where=usual > 0)
    # Two errors wider than it was found: a variance of so few windows is itself unsure.
    phi = 1 + np.maximum(spread - 1, 0) * (1 + 2 * np.sqrt(3 * width / length))
    ratio = np.where(usable, width / length, np.nan)
    nothing = np.where(usable, 0.0, np.nan)
    return Surges(summed + nothing, usual + nothing, surge_p(summed, b, ratio, phi), phi + nothing)


def _between(counts: Numbers, start: Any, end: Any) -> Numbers:
    """Sums of each series from day ``start`` up to before day ``end``."""
    total = np.concatenate([np.zeros((len(counts), 1)), np.cumsum(counts, axis=1)], axis=1)
    return total[:, end] - total[:, start]
