"""What an action changed: units that had it against units that had not, before and after; or one series against its own course."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import special

from sqm.statistics.intervals import floats


class Difference(NamedTuple):
    """``estimate`` with its interval, standard ``error`` and degrees of ``freedom``; ``between``: variance of true changes among units."""

    estimate: float
    lo: float
    hi: float
    error: float
    freedom: float
    between: float


UNKNOWN = Difference(*(float("nan"),) * 6)


def did(change: Any, error: Any, treated: Any, level: float = 0.95) -> Difference:
    """How much more treated units changed than the others. One change a unit: its serial correlation is in it, whatever it is.

    Bertrand, Duflo and Mullainathan (2004), QJE 119: 249-275: before and after are averaged, and each unit is one observation.
    Weighted by what sampling (``error``) and true differences between units (by moments, DerSimonian and Laird 1986) leave unsure;
    the scale is estimated from the residuals and never below one, t with units − 2 degrees of freedom. NaN under three units.
    """
    change, error = floats(change, error)
    given = np.asarray(treated, dtype=bool)
    kept = np.isfinite(change) & np.isfinite(error) & (error > 0)
    change, error, given = change[kept], error[kept], given[kept]
    if given.sum() < 1 or (~given).sum() < 1 or len(change) < 3:
        return UNKNOWN
    freedom = len(change) - 2
    weight = 1 / error**2
    _, _, spread = _apart(change, weight, given)
    spare = sum(weight[side].sum() - (weight[side] ** 2).sum() / weight[side].sum() for side in (given, ~given))
    between = max(0.0, (spread - freedom) / spare) if spare > 0 else 0.0
    weight = 1 / (error**2 + between)
    estimate, variance, spread = _apart(change, weight, given)
    wrong = float(np.sqrt(variance * max(1.0, spread / freedom)))
    half = float(special.stdtrit(freedom, 0.5 + level / 2)) * wrong
    return Difference(estimate, estimate - half, estimate + half, wrong, float(freedom), between)


def _apart(change: NDArray[Any], weight: NDArray[Any], given: NDArray[Any]) -> tuple[float, float, float]:
    """(difference of the two weighted means, its variance at scale one, weighted sum of squares around them)."""
    means = [float((weight[side] * change[side]).sum() / weight[side].sum()) for side in (given, ~given)]
    spread = sum(float((weight[side] * (change[side] - mean) ** 2).sum()) for side, mean in zip((given, ~given), means, strict=True))
    return means[0] - means[1], float(1 / weight[given].sum() + 1 / weight[~given].sum()), spread


def interrupted(value: Any, after: Any, level: float = 0.95) -> Difference:
    """How far a series, in order and without gaps, lies off its own straight course from the month of the action on.

    Least squares on level, trend and step; the variance is widened by (1 + r)/(1 − r) where residuals follow each other with a
    correlation r (their own, with its bias of (1 + 4r)/n put back, Kendall 1954; never below 0.3, because so few months cannot show that
    there is none). NaN under eight months before or two after.
    """
    (values,) = floats(value)
    later = np.asarray(after, dtype=bool)
    if later.sum() < 2 or (~later).sum() < 8 or not np.isfinite(values).all():
        return UNKNOWN
    n = len(values)
    design = np.column_stack([np.ones(n), np.arange(n, dtype=float), later.astype(float)])
    inverse = np.linalg.inv(design.T @ design)
    found = inverse @ design.T @ values
    left = values - design @ found
    freedom = n - 3
    total = float(left @ left)
    r = float(left[1:] @ left[:-1]) / total if total > 0 else 0.0
    r = min(max(r + (1 + 4 * r) / n, 0.3), 0.8)
    error = float(np.sqrt(total / freedom * inverse[2, 2] * (1 + r) / (1 - r)))
    half = float(special.stdtrit(freedom, 0.5 + level / 2)) * error
    return Difference(float(found[2]), float(found[2]) - half, float(found[2]) + half, error, float(freedom), 0.0)


def regression(before: Any, error: Any, treated: Any) -> float:
    """The change that treated units would show against the others by regression to the mean alone, had they been picked by ``before``.

    What they stood apart by, times the share of the variance among units that is sampling (Kelley 1927): noise does not come again.
    """
    before, error = floats(before, error)
    given = np.asarray(treated, dtype=bool)
    kept = np.isfinite(before) & np.isfinite(error)
    before, error, given = before[kept], error[kept], given[kept]
    if len(before) < 3 or not given.any() or given.all():
        return float("nan")
    seen = float(np.var(before, ddof=1))
    noise = min(1.0, float(np.mean(error**2)) / seen) if seen > 0 else 0.0
    return -noise * float(before[given].mean() - before[~given].mean())
