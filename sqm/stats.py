"""Intervals and comparisons: pure functions on numbers or arrays, vectorised, no database and no screen.

Every function takes scalars or numpy arrays and broadcasts. ``level`` is the two-sided confidence, 0.95 unless said. A
bound that cannot be known is NaN, never a guess: nothing asked, one unit only, no exposure. Quantiles come from
``scipy.special``, because importing ``scipy.stats`` takes half a second of every start; the tests compare with it.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import special

Numbers = NDArray[np.float64]


def _floats(*values: Any) -> tuple[Numbers, ...]:
    """All arguments as float arrays of one shape."""
    return tuple(np.array(v) for v in np.broadcast_arrays(*(np.asarray(v, dtype=float) for v in values)))


def _z(level: float) -> float:
    return float(special.ndtri(0.5 + level / 2))


def _binomial_rank(q: float, n: Numbers, p: float) -> Numbers:
    """The ``q`` quantile of a binomial count; NaN for NaN."""
    k = np.ceil(special.bdtrik(q, n, p))
    below = np.maximum(k - 1, 0)
    return np.where(special.betainc(n - below, below + 1, 1 - p) >= q, below, k)


def n_eff(sum_w: Any, sum_w2: Any) -> Numbers:
    """Kish's effective base (Σw)²/Σw²: what a weighted sample is worth in equal answers. NaN when nothing is weighted.

    Kish, Survey Sampling (1965), 11.7. Equal weights give n whatever their size.
    """
    w, w2 = _floats(sum_w, sum_w2)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(w2 > 0, w**2 / w2, np.nan)


def wilson(hits: Any, n: Any, level: float = 0.95) -> tuple[Numbers, Numbers]:
    """Wilson score interval of a share, as fractions within 0..1. ``n`` may be an effective base, ``hits`` fractional.

    Wilson (1927), JASA 22: 209-212; the same as statsmodels ``proportion_confint(method="wilson")``. n = 0 gives NaN.
    """
    hits, n = _floats(hits, n)
    z = _z(level)
    with np.errstate(divide="ignore", invalid="ignore"):
        p = np.where(n > 0, hits / n, np.nan)
        middle = (p + z**2 / (2 * n)) / (1 + z**2 / n)
        half = z / (1 + z**2 / n) * np.sqrt(np.clip(p * (1 - p), 0, None) / n + z**2 / (4 * n**2))
        lo, hi = np.clip(middle - half, 0, 1), np.clip(middle + half, 0, 1)
    # At p = 0 and 1 the bound equals p exactly; rounding must not put it on the wrong side.
    return np.minimum(lo, p), np.maximum(hi, p)


def mean_pieces(sum_w: Any, sum_w2: Any, sum_wx: Any, sum_wxx: Any) -> tuple[Numbers, Numbers, Numbers]:
    """(mean, sample variance, effective base) from the additive pieces Σw, Σw², Σwx, Σwx².

    The variance is Σw(x−m)²/Σw · n/(n−1) with n the effective base: the ordinary one when weights are equal. NaN below
    an effective base of 2 − 1e-9.
    """
    w, w2, wx, wxx = _floats(sum_w, sum_w2, sum_wx, sum_wxx)
    n = n_eff(w, w2)
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = np.where(w > 0, wx / w, np.nan)
        spread = np.clip(wxx / w - mean**2, 0, None)
        # What is left of a constant answer after rounding is not a spread.
        spread = np.where(spread < 1e-12 * (mean**2 + 1), 0.0, spread)
        variance = np.where(n >= 2 - 1e-9, spread * n / (n - 1), np.nan)
    return mean, variance, n


def mean_interval(mean: Any, variance: Any, n: Any, level: float = 0.95) -> tuple[Numbers, Numbers]:
    """Student's t interval of a mean: ``variance`` is the sample variance, ``n`` the (effective) base, n−1 freedom.

    Student (1908), Biometrika 6: 1-25; the same as scipy ``t.interval``. NaN when n is 1 or less.
    """
    mean, variance, n = _floats(mean, variance, n)
    with np.errstate(divide="ignore", invalid="ignore"):
        freedom = np.where(n > 1, n - 1, np.nan)
        half = special.stdtrit(freedom, 0.5 + level / 2) * np.sqrt(variance / n)
    return mean - half, mean + half


def nps_interval(promoters: Any, detractors: Any, n: Any, level: float = 0.95) -> tuple[Numbers, Numbers]:
    """Interval of a net promoter score in points, −100..100; ``promoters``, ``detractors`` are fractions of the base.

    The score is the mean of +100, 0 and −100, so its variance is 100²[p + d − (p − d)²]/n (Rocks 2016, The American
    Statistician 70: 365-372, the Wald interval). NaN when n is 1 or less; of width zero when all answer alike.
    """
    p, d, n = _floats(promoters, detractors, n)
    with np.errstate(divide="ignore", invalid="ignore"):
        half = _z(level) * 100 * np.sqrt(np.clip(p + d - (p - d) ** 2, 0, None) / np.where(n > 1, n, np.nan))
    score = 100 * (p - d)
    return np.clip(score - half, -100, 100), np.clip(score + half, -100, 100)


def poisson_interval(events: Any, exposure: Any = 1.0, phi: Any = 1.0, level: float = 0.95) -> tuple[Numbers, Numbers]:
    """Exact interval of events per unit of exposure; ``phi`` ≥ 1 widens it for counts more uneven than Poisson.

    Garwood (1936), Biometrika 28: 437-442, through chi-square; the same as statsmodels ``confint_poisson
    (method="exact-c")``. No events give (0, 3.69) at 95 %. With ``phi`` the count is worth events/phi independent ones.
    No exposure gives NaN.
    """
    events, exposure, phi = _floats(events, exposure, phi)
    tail = (1 - level) / 2
    with np.errstate(divide="ignore", invalid="ignore"):
        worth = events / phi
        lo = np.where(worth > 0, special.gammaincinv(worth, tail), 0.0) * phi
        hi = special.gammaincinv(worth + 1, 1 - tail) * phi
        per = np.where(exposure > 0, exposure, np.nan)
        return lo / per, hi / per


def ratio_interval(n: Any, sum_p: Any, sum_a: Any, sum_pp: Any, sum_pa: Any, sum_aa: Any,
                   level: float = 0.95) -> tuple[Numbers, Numbers, Numbers]:
    """(ratio, lo, hi) of ΣP/ΣA over ``n`` clusters (visits), from the additive pieces.

    Linearised variance n/(n−1)·Σ(P−RA)²/(ΣA)², t with n−1 freedom: Cochran, Sampling Techniques (3rd ed., 1977), 6.4,
    without finite-population correction; the same as statsmodels WLS on a constant with ``cov_type="HC1"``. NaN bounds
    for one cluster, NaN ratio where nothing was applicable.
    """
    n, p, a, pp, pa, aa = _floats(n, sum_p, sum_a, sum_pp, sum_pa, sum_aa)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(a > 0, p / a, np.nan)
        squares = pp - 2 * ratio * pa + ratio**2 * aa
        squares = np.where(squares < 1e-12 * (pp + 1), 0.0, squares)
        variance = np.where(n > 1, n / (n - 1) * squares / a**2, np.nan)
        half = special.stdtrit(np.where(n > 1, n - 1, np.nan), 0.5 + level / 2) * np.sqrt(variance)
    return ratio, ratio - half, ratio + half


def order_statistic_ranks(n: Any, p: float, level: float = 0.95) -> tuple[Numbers, Numbers]:
    """1-based ranks (lower, upper) whose values enclose the ``p`` quantile with at least ``level``, any distribution.

    Binomial ranks: Conover, Practical Nonparametric Statistics (3rd ed., 1999), 3.2; the tables of Gardner and
    Altman (BMJ 1988) give 2 and 9 for the median of 10, 40 and 61 of 100. NaN where the sample is
    too small to have such a rank.
    """
    (n,) = _floats(n)
    tail = (1 - level) / 2
    some = np.where(n > 0, n, np.nan)
    lower, upper = _binomial_rank(tail, some, p), _binomial_rank(1 - tail, some, p) + 1
    return np.where(lower >= 1, lower, np.nan), np.where(upper <= n, upper, np.nan)


def newcombe(hits1: Any, n1: Any, hits2: Any, n2: Any, level: float = 0.95) -> tuple[Numbers, Numbers, Numbers]:
    """(difference, lo, hi) of two independent shares, first minus second, as fractions; bases may be effective ones.

    Newcombe (1998), Statistics in Medicine 17: 873-890, method 10: 56/70 against 48/80 is 0.2 (0.0524 to 0.3339).
    """
    hits1, n1, hits2, n2 = _floats(hits1, n1, hits2, n2)
    with np.errstate(divide="ignore", invalid="ignore"):
        p1, p2 = hits1 / np.where(n1 > 0, n1, np.nan), hits2 / np.where(n2 > 0, n2, np.nan)
    (lo1, hi1), (lo2, hi2) = wilson(hits1, n1, level), wilson(hits2, n2, level)
    return difference(p1, lo1, hi1, p2, lo2, hi2)


def difference(value1: Any, lo1: Any, hi1: Any, value2: Any, lo2: Any, hi2: Any) -> tuple[Numbers, Numbers, Numbers]:
    """(difference, lo, hi) of two independent estimates, first minus second, from the interval that each has by itself.

    The sides that face each other are put together (MOVER): Zou and Donner (2008), Statistics in Medicine 27: 1693-1702.
    Of the level that the two intervals have. With Wilson's intervals this is ``newcombe``.
    """
    value1, lo1, hi1, value2, lo2, hi2 = _floats(value1, lo1, hi1, value2, lo2, hi2)
    apart = value1 - value2
    return apart, apart - np.hypot(value1 - lo1, hi2 - value2), apart + np.hypot(hi1 - value1, value2 - lo2)


def welch(mean1: Any, variance1: Any, n1: Any, mean2: Any, variance2: Any, n2: Any,
          level: float = 0.95) -> tuple[Numbers, Numbers, Numbers, Numbers]:
    """(difference, lo, hi, p) of two independent means, first minus second, with (effective) bases and own variances.

    Welch (1947), Biometrika 34: 28-35; the same as scipy ``ttest_ind_from_stats(equal_var=False)``. NaN below base 2.
    """
    mean1, variance1, n1, mean2, variance2, n2 = _floats(mean1, variance1, n1, mean2, variance2, n2)
    with np.errstate(divide="ignore", invalid="ignore"):
        a, b = variance1 / np.where(n1 > 1, n1, np.nan), variance2 / np.where(n2 > 1, n2, np.nan)
        freedom = (a + b) ** 2 / (a**2 / (n1 - 1) + b**2 / (n2 - 1))
        error = np.sqrt(a + b)
        difference = mean1 - mean2
        half = special.stdtrit(freedom, 0.5 + level / 2) * error
        chance = 2 * special.stdtr(freedom, -np.abs(difference) / error)
    return difference, difference - half, difference + half, chance


def rate_ratio(events1: Any, exposure1: Any, events2: Any, exposure2: Any, phi: Any = 1.0,
               level: float = 0.95) -> tuple[Numbers, Numbers, Numbers, Numbers]:
    """(ratio, lo, hi, p) of two rates, first over second, on the log scale, over-dispersed by ``phi``.

    Variance of the log ratio φ(1/e₁ + 1/e₂): Rothman, Epidemiology (2nd ed., 2012), ch. 9; the same as statsmodels
    ``confint_poisson_2indep(method="wald-log")`` at φ = 1. NaN where either count is zero.
    """
    e1, x1, e2, x2, phi = _floats(events1, exposure1, events2, exposure2, phi)
    with np.errstate(divide="ignore", invalid="ignore"):
        usable = (e1 > 0) & (e2 > 0) & (x1 > 0) & (x2 > 0)
        logarithm = np.log(np.where(usable, (e1 / x1) / (e2 / x2), np.nan))
        error = np.sqrt(phi * (1 / e1 + 1 / e2))
    half = _z(level) * error
    chance = 2 * special.ndtr(-np.abs(logarithm) / error)
    return np.exp(logarithm), np.exp(logarithm - half), np.exp(logarithm + half), chance


def dispersion(events: Any, expected: Any) -> float:
    """Over-dispersion φ ≥ 1 of counts around what was expected: rows are cells, columns are months in order.

    From the moving range of the standardised residuals, (mean |zᵢ − zᵢ₋₁| / 1.128)², as Laney's charts take it (Laney 2002,
    Quality Engineering 14: 531-537): a lasting shift of a cell counts once, not every month. 1 where there is too little.
    """
    events, expected = _floats(events, expected)
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
    value, lo, hi, goal, freedom = _floats(value, lo, hi, goal, freedom)
    with np.errstate(divide="ignore", invalid="ignore"):
        facing = np.where(goal < value, value - lo, hi - value)
        normal = np.isinf(freedom)
        some = np.where(normal, 1.0, freedom)
        wide = np.where(normal, _z(level), special.stdtrit(np.where(some > 0, some, np.nan), 0.5 + level / 2))
        z = -np.abs(value - goal) / np.where(facing > 0, facing / wide, np.nan)
        return 2 * np.where(normal, special.ndtr(z), special.stdtr(np.where(some > 0, some, np.nan), z))


def discoveries(p: Any, rate: float = 0.05) -> NDArray[np.bool_]:
    """Which of these tests are discoveries at a false discovery rate; NaN is none, and does not count as a test.

    Benjamini and Hochberg (1995), Journal of the Royal Statistical Society B 57: 289-300; the same as statsmodels
    ``multipletests(method="fdr_bh")``.
    """
    (p,) = _floats(p)
    found = np.zeros(p.shape, dtype=bool)
    tested = np.flatnonzero(np.isfinite(p.ravel()))
    if len(tested):
        order = tested[np.argsort(p.ravel()[tested], kind="stable")]
        passed = p.ravel()[order] <= rate * np.arange(1, len(order) + 1) / len(order)
        if passed.any():
            found.ravel()[order[: np.flatnonzero(passed)[-1] + 1]] = True
    return found
