"""Who stands out among many of unequal size: funnels, shrunken ranks, how far a few visits can be relied on."""

from __future__ import annotations

from typing import Any

import numpy as np

from sqm.statistics.intervals import Numbers, floats, z_of

#: Two-sided levels of a funnel's inner and outer limits, z = 1.96 and 3.09.
INNER, OUTER = 0.95, 0.998
_DRAWS, _SEED = 20_000, 20_261_101


def overdispersion(z: Any, cut: float = 0.1) -> float:
    """How much more units differ than their bases alone explain: φ ≥ 1, the mean of z² with its extremes pulled in.

    ``z``: standardised distances from the whole. The share ``cut`` at each end is set to the value at the cut, so that a few
    that really stand out do not hide themselves: Spiegelhalter (2005), Statistics in Medicine 24: 1185-1202. 1 for under
    two units.
    """
    (z,) = floats(z)
    z = np.sort(z[np.isfinite(z)])
    if len(z) < 2:
        return 1.0
    low, high = np.quantile(z, [cut, 1 - cut])
    return max(1.0, float((np.clip(z, low, high) ** 2).mean()))


def funnel(whole: float, error: Any, phi: float = 1.0, level: float = INNER) -> tuple[Numbers, Numbers]:
    """Limits around ``whole`` for units whose own standard ``error`` is given: whole ± z·√φ·error."""
    (error,) = floats(error)
    half = z_of(level) * np.sqrt(phi) * error
    return whole - half, whole + half


def between(values: Any, errors: Any) -> tuple[float, float]:
    """(mean, variance between units beyond their errors) of estimates with known standard errors, method of moments.

    DerSimonian and Laird (1986), Controlled Clinical Trials 7: 177-188; the same as statsmodels ``combine_effects``. The
    variance is 0 where the errors explain it all, NaN for under two units.
    """
    y, e = _usable(values, errors)
    if len(y) < 2:
        return (float(y.mean()) if len(y) else np.nan), np.nan
    w = 1 / e**2
    fixed = (w * y).sum() / w.sum()
    excess = (w * (y - fixed) ** 2).sum() - (len(y) - 1)
    tau2 = max(0.0, float(excess / (w.sum() - (w**2).sum() / w.sum())))
    w = 1 / (e**2 + tau2)
    return float((w * y).sum() / w.sum()), tau2


def shrunken(values: Any, errors: Any) -> tuple[Numbers, Numbers]:
    """(estimate, its standard error) of each unit, pulled towards the mean of all the more, the less is known of it.

    Normal units around a mean, of which neither that mean nor how far they differ is known: both are integrated out, the
    difference with a flat prior (Gelman and others, Bayesian Data Analysis, 3rd ed., 5.4). NaN where a unit's value or error
    is not known; a unit alone stays what it is.
    """
    y, e = floats(values, errors)
    known = np.isfinite(y) & (e > 0) & np.isfinite(e)
    estimate, doubt = np.where(known, y, np.nan), np.where(known, e, np.nan)
    if known.sum() < 2:
        return estimate, doubt
    weight, mean, mean_variance, kept = _mixture(y[known], e[known])
    means = kept * y[known] + (1 - kept) * mean
    variances = kept * e[known] ** 2 + (1 - kept) ** 2 * mean_variance
    middle = (weight * means).sum(axis=0)
    estimate[known] = middle
    doubt[known] = np.sqrt((weight * (variances + (means - middle) ** 2)).sum(axis=0))
    return estimate, doubt


def bottom(values: Any, errors: Any, places: int = 3, better: str = "higher") -> Numbers:
    """The probability of each unit that it is truly among the worst ``places``, from 20 000 draws with a fixed seed.

    Ranks of estimates are mostly luck where the errors are as wide as the differences: Goldstein and Spiegelhalter (1996),
    JRSS A 159: 385-443. The draws are of ``shrunken``'s units. NaN where a unit's value or error is not known; the others are
    ranked among themselves.
    """
    y, e = floats(values, errors)
    known = np.isfinite(y) & (e > 0) & np.isfinite(e)
    found = np.full(y.shape, np.nan)
    count = int(known.sum())
    if count <= places:
        return np.where(known, 1.0, np.nan)
    rng = np.random.default_rng(_SEED)
    weight, mean, mean_variance, kept = _mixture(y[known], e[known])
    which = rng.choice(len(weight), _DRAWS, p=weight[:, 0])
    middle = rng.normal(mean[which], np.sqrt(mean_variance[which]))
    draws = rng.normal(kept[which] * y[known] + (1 - kept[which]) * middle, np.sqrt(kept[which]) * e[known])
    worst = np.argsort(draws if better == "higher" else -draws, axis=1)[:, :places]
    found[known] = np.bincount(worst.ravel(), minlength=count) / _DRAWS
    return found


def _mixture(y: Numbers, e: Numbers) -> tuple[Numbers, Numbers, Numbers, Numbers]:
    """Over a grid of how far units differ: its posterior weight, the mean and its variance (each grid × 1), and how much of
    each unit's own value is kept (grid × units).
    """
    widest = 6 * max(float(y.std()), float(e.min())) + 1e-12
    tau = (np.arange(400) + 0.5)[:, None] / 400 * widest
    w = 1 / (e**2 + tau**2)
    mean_variance = 1 / w.sum(axis=1, keepdims=True)
    mean = (w * y).sum(axis=1, keepdims=True) * mean_variance
    log = 0.5 * (np.log(mean_variance[:, 0]) + np.log(w).sum(axis=1) - (w * (y - mean) ** 2).sum(axis=1))
    weight = np.exp(log - log.max())[:, None]
    return weight / weight.sum(), mean, mean_variance, tau**2 * w


def components(sums: Any, squares: Any, visits: Any) -> tuple[float, float]:
    """(variance between units, variance between visits of a unit) from each unit's Σx, Σx² and number of visits.

    One-way analysis of variance with unequal numbers: Searle, Casella and McCulloch, Variance Components (1992), 3.6. The
    first is 0 where visits explain it all; NaN where nothing was visited twice, or only one unit was.
    """
    total, squared, m = floats(sums, squares, visits)
    total, squared, m = total[m > 0], squared[m > 0], m[m > 0]
    units, n = len(m), m.sum()
    if units < 2 or n <= units:
        return np.nan, np.nan
    within = (squared - total**2 / m).sum() / (n - units)
    among = ((total**2 / m).sum() - total.sum() ** 2 / n) / (units - 1)
    usual = (n - (m**2).sum() / n) / (units - 1)
    return max(0.0, float((among - within) / usual)), float(max(within, 0.0))


def reliability(between_units: float, between_visits: float, visits: Any) -> Numbers:
    """How much of the differences between means of so many visits is real: σ²unit / (σ²unit + σ²visit / m), in 0..1.

    Spearman-Brown; NaN where there is no variance at all or no visit.
    """
    (m,) = floats(visits)
    with np.errstate(divide="ignore", invalid="ignore"):
        noise = between_visits / np.where(m > 0, m, np.nan)
        return np.where(between_units + noise > 0, between_units / (between_units + noise), np.nan)


def visits_needed(between_units: float, between_visits: float, wanted: float = 0.8) -> float:
    """How many visits a unit needs for a mean of that ``reliability``; infinite where units do not differ."""
    if not between_units > 0:
        return float("nan") if between_units != between_units else float("inf")
    return float(np.ceil(between_visits / between_units * wanted / (1 - wanted) - 1e-9)) or 1.0


def _usable(values: Any, errors: Any) -> tuple[Numbers, Numbers]:
    y, e = floats(values, errors)
    fine = np.isfinite(y) & (e > 0) & np.isfinite(e)
    return y[fine], e[fine]
