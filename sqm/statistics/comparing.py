"""Whether two numbers differ, and which of many do."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import special

from sqm.statistics.intervals import Numbers, floats, wilson, z_of


def newcombe(hits1: Any, n1: Any, hits2: Any, n2: Any, level: float = 0.95) -> tuple[Numbers, Numbers, Numbers]:
    """(difference, lo, hi) of two independent shares, first minus second, as fractions; bases may be effective ones.

    Newcombe (1998), Statistics in Medicine 17: 873-890, method 10: 56/70 against 48/80 is 0.2 (0.0524 to 0.3339).
    """
    hits1, n1, hits2, n2 = floats(hits1, n1, hits2, n2)
    with np.errstate(divide="ignore", invalid="ignore"):
        p1, p2 = hits1 / np.where(n1 > 0, n1, np.nan), hits2 / np.where(n2 > 0, n2, np.nan)
    (lo1, hi1), (lo2, hi2) = wilson(hits1, n1, level), wilson(hits2, n2, level)
    return difference(p1, lo1, hi1, p2, lo2, hi2)


def difference(value1: Any, lo1: Any, hi1: Any, value2: Any, lo2: Any, hi2: Any) -> tuple[Numbers, Numbers, Numbers]:
    """(difference, lo, hi) of two independent estimates, first minus second, from the interval that each has by itself.

    The sides that face each other are put together (MOVER): Zou and Donner (2008), Statistics in Medicine 27: 1693-1702.
    Of the level that the two intervals have. With Wilson's intervals this is ``newcombe``.
    """
    value1, lo1, hi1, value2, lo2, hi2 = floats(value1, lo1, hi1, value2, lo2, hi2)
    apart = value1 - value2
    return apart, apart - np.hypot(value1 - lo1, hi2 - value2), apart + np.hypot(hi1 - value1, value2 - lo2)


def welch(mean1: Any, variance1: Any, n1: Any, mean2: Any, variance2: Any, n2: Any,
          level: float = 0.95) -> tuple[Numbers, Numbers, Numbers, Numbers]:
    """(difference, lo, hi, p) of two independent means, first minus second, with (effective) bases and own variances.

    Welch (1947), Biometrika 34: 28-35; the same as scipy ``ttest_ind_from_stats(equal_var=False)``. NaN below base 2.
    """
    mean1, variance1, n1, mean2, variance2, n2 = floats(mean1, variance1, n1, mean2, variance2, n2)
    with np.errstate(divide="ignore", invalid="ignore"):
        a, b = variance1 / np.where(n1 > 1, n1, np.nan), variance2 / np.where(n2 > 1, n2, np.nan)
        freedom = (a + b) ** 2 / (a**2 / (n1 - 1) + b**2 / (n2 - 1))
        error = np.sqrt(a + b)
        difference = mean1 - mean2
        half = special.stdtrit(freedom, 0.5 + level / 2) * error
        chance = 2 * special.stdtr(freedom, -np.abs(difference) / error)
    return difference, difference - half, difference + half, chance


def stratified(mean1: Any, variance1: Any, n1: Any, mean2: Any, variance2: Any, n2: Any, of: Any, level: float = 0.95) -> dict[str, Numbers]:
    """Two groups compared stratum by stratum: rows are strata, ``of`` (0, 1, …) says of which comparison.

    Per comparison difference, lo, hi, p, mean1, lo1, hi1, mean2, lo2, hi2, first minus second: both sides are weighted alike, by
    n₁n₂/(n₁+n₂) of each stratum (Mantel and Haenszel's weights for means: Greenland and Rothman, in Modern Epidemiology, 3rd ed.,
    2008, ch. 15), so that a different mix of strata makes no difference. Freedom as Satterthwaite has it: of one stratum this is
    ``welch``. NaN where a stratum has a base under 2.
    """
    mean1, variance1, n1, mean2, variance2, n2 = floats(mean1, variance1, n1, mean2, variance2, n2)
    place = np.asarray(of, dtype=int)
    many = int(place.max()) + 1 if len(place) else 0

    def summed(values: Numbers) -> Numbers:
        return np.bincount(place, values, many).astype(float)

    with np.errstate(divide="ignore", invalid="ignore"):
        weight = n1 * n2 / (n1 + n2)
        weight = weight / summed(weight)[place]
        a, b = weight**2 * variance1 / np.where(n1 > 1, n1, np.nan), weight**2 * variance2 / np.where(n2 > 1, n2, np.nan)
        found: dict[str, Numbers] = {}
        for name, error2, below in (("1", a, a**2 / (n1 - 1)), ("2", b, b**2 / (n2 - 1))):
            mean, total = summed(weight * (mean1 if name == "1" else mean2)), summed(error2)
            half = special.stdtrit(total**2 / summed(below), 0.5 + level / 2) * np.sqrt(total)
            found |= {f"mean{name}": mean, f"lo{name}": mean - half, f"hi{name}": mean + half}
        total = summed(a + b)
        freedom = total**2 / summed(a**2 / (n1 - 1) + b**2 / (n2 - 1))
        difference, half = found["mean1"] - found["mean2"], special.stdtrit(freedom, 0.5 + level / 2) * np.sqrt(total)
        chance = 2 * special.stdtr(freedom, -np.abs(difference) / np.sqrt(total))
    return {"difference": difference, "lo": difference - half, "hi": difference + half, "p": chance, **found}


def rate_ratio(events1: Any, exposure1: Any, events2: Any, exposure2: Any, phi: Any = 1.0,
               level: float = 0.95) -> tuple[Numbers, Numbers, Numbers, Numbers]:
    """(ratio, lo, hi, p) of two rates, first over second, on the log scale, over-dispersed by ``phi``.

    Variance of the log ratio φ(1/e₁ + 1/e₂): Rothman, Epidemiology (2nd ed., 2012), ch. 9; the same as statsmodels
    ``confint_poisson_2indep(method="wald-log")`` at φ = 1. NaN where either count is zero.
    """
    e1, x1, e2, x2, phi = floats(events1, exposure1, events2, exposure2, phi)
    with np.errstate(divide="ignore", invalid="ignore"):
        usable = (e1 > 0) & (e2 > 0) & (x1 > 0) & (x2 > 0)
        logarithm = np.log(np.where(usable, (e1 / x1) / (e2 / x2), np.nan))
        error = np.sqrt(phi * (1 / e1 + 1 / e2))
    half = z_of(level) * error
    chance = 2 * special.ndtr(-np.abs(logarithm) / error)
    return np.exp(logarithm), np.exp(logarithm - half), np.exp(logarithm + half), chance


def dispersion(events: Any, expected: Any) -> float:
    """Over-dispersion φ ≥ 1 of counts around what was expected: rows are cells, columns are months in order.

    From the moving range of the standardised residuals, (mean |zᵢ − zᵢ₋₁| / 1.128)², as Laney's charts take it (Laney 2002,
    Quality Engineering 14: 531-537): a lasting shift of a cell counts once, not every month. 1 where there is too little.
    """
    events, expected = floats(events, expected)
    with np.errstate(divide="ignore", invalid="ignore"):
        z = (events - expected) / np.sqrt(np.where(expected > 0, expected, np.nan))
    moves = np.abs(np.diff(z, axis=-1))
    moves = moves[np.isfinite(moves)]
    return max(1.0, float((moves.mean() / 1.128) ** 2)) if len(moves) else 1.0


def interval_p(value: Any, lo: Any, hi: Any, goal: Any, freedom: Any = np.inf, level: float = 0.95) -> Numbers:
    """Two-sided p of ``value`` against ``goal``, from its interval: the side that faces the goal is so many errors wide.

    ``freedom``: degrees of freedom of the interval, infinite for a normal one. The p of the t test for a t interval; an
    approximation that agrees with the interval at its own level for others. NaN without bounds or width.
    """
    value, lo, hi, goal, freedom = floats(value, lo, hi, goal, freedom)
    with np.errstate(divide="ignore", invalid="ignore"):
        facing = np.where(goal < value, value - lo, hi - value)
        normal = np.isinf(freedom)
        some = np.where(normal, 1.0, freedom)
        wide = np.where(normal, z_of(level), special.stdtrit(np.where(some > 0, some, np.nan), 0.5 + level / 2))
        z = -np.abs(value - goal) / np.where(facing > 0, facing / wide, np.nan)
        return 2 * np.where(normal, special.ndtr(z), special.stdtr(np.where(some > 0, some, np.nan), z))


def errors_of(p: Any) -> Numbers:
    """How many standard errors a two-sided p stands for, 0 for p = 1; the same as scipy ``norm.isf(p / 2)``."""
    (p,) = floats(p)
    return -special.ndtri(p / 2)


def discoveries(p: Any, rate: float = 0.05) -> NDArray[np.bool_]:
    """Which of these tests are discoveries at a false discovery rate; NaN is none, and does not count as a test.

    Benjamini and Hochberg (1995), Journal of the Royal Statistical Society B 57: 289-300; the same as statsmodels
    ``multipletests(method="fdr_bh")``.
    """
    (p,) = floats(p)
    found = np.zeros(p.shape, dtype=bool)
    tested = np.flatnonzero(np.isfinite(p.ravel()))
    if len(tested):
        order = tested[np.argsort(p.ravel()[tested], kind="stable")]
        passed = p.ravel()[order] <= rate * np.arange(1, len(order) + 1) / len(order)
        if passed.any():
            found.ravel()[order[: np.flatnonzero(passed)[-1] + 1]] = True
    return found
