"""How sure a number is: its 95 % interval, from counts or sums."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import special

Numbers = NDArray[np.float64]


def floats(*values: Any) -> tuple[Numbers, ...]:
    """All arguments as float arrays of one shape."""
    return tuple(np.array(v) for v in np.broadcast_arrays(*(np.asarray(v, dtype=float) for v in values)))


def z_of(level: float) -> float:
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
    w, w2 = floats(sum_w, sum_w2)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(w2 > 0, w**2 / w2, np.nan)


def wilson(hits: Any, n: Any, level: float = 0.95) -> tuple[Numbers, Numbers]:
    """Wilson score interval of a share, as fractions within 0..1. ``n`` may be an effective base, ``hits`` fractional.

    Wilson (1927), JASA 22: 209-212; the same as statsmodels ``proportion_confint(method="wilson")``. n = 0 gives NaN.
    """
    hits, n = floats(hits, n)
    z = z_of(level)
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
    w, w2, wx, wxx = floats(sum_w, sum_w2, sum_wx, sum_wxx)
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
    mean, variance, n = floats(mean, variance, n)
    with np.errstate(divide="ignore", invalid="ignore"):
        freedom = np.where(n > 1, n - 1, np.nan)
        half = special.stdtrit(freedom, 0.5 + level / 2) * np.sqrt(variance / n)
    return mean - half, mean + half


def nps_interval(promoters: Any, detractors: Any, n: Any, level: float = 0.95) -> tuple[Numbers, Numbers]:
    """Interval of a net promoter score in points, −100..100; ``promoters``, ``detractors`` are fractions of the base.

    The score is the mean of +100, 0 and −100, so its variance is 100²[p + d − (p − d)²]/n (Rocks 2016, The American
    Statistician 70: 365-372, the Wald interval). NaN when n is 1 or less; of width zero when all answer alike.
    """
    p, d, n = floats(promoters, detractors, n)
    with np.errstate(divide="ignore", invalid="ignore"):
        half = z_of(level) * 100 * np.sqrt(np.clip(p + d - (p - d) ** 2, 0, None) / np.where(n > 1, n, np.nan))
    score = 100 * (p - d)
    return np.clip(score - half, -100, 100), np.clip(score + half, -100, 100)


def poisson_interval(events: Any, exposure: Any = 1.0, phi: Any = 1.0, level: float = 0.95) -> tuple[Numbers, Numbers]:
    """Exact interval of events per unit of exposure; ``phi`` ≥ 1 widens it for counts more uneven than Poisson.

    Garwood (1936), Biometrika 28: 437-442, through chi-square; the same as statsmodels ``confint_poisson
    (method="exact-c")``. No events give (0, 3.69) at 95 %. With ``phi`` the count is worth events/phi independent ones.
    No exposure gives NaN.
    """
    events, exposure, phi = floats(events, exposure, phi)
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
    n, p, a, pp, pa, aa = floats(n, sum_p, sum_a, sum_pp, sum_pa, sum_aa)
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
    (n,) = floats(n)
    tail = (1 - level) / 2
    some = np.where(n > 0, n, np.nan)
    lower, upper = _binomial_rank(tail, some, p), _binomial_rank(1 - tail, some, p) + 1
    return np.where(lower >= 1, lower, np.nan), np.where(upper <= n, upper, np.nan)
