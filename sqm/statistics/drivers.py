"""What goes with overall satisfaction: how much of its spread each element accounts for, and how stable that ranking is.

"Driver" means association: nothing here says that changing an element changes satisfaction.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from math import comb
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import special

from sqm.statistics.intervals import Numbers

_SEED = 20_261_101
#: Subsets solved together: 19 drivers have half a million of them.
_AT_ONCE = 20_000
#: From so many drivers on, orders are sampled instead of all being worked out.
EXACT = 16
#: The same where it is done once for every group.
_EXACT_AGAIN = 8
#: The smallest eigenvalue that a matrix of correlations is given.
_FLOOR = 1e-6


@dataclass(frozen=True)
class Drivers:
    """``share``: of the spread of the outcome, a driver's part (they sum to ``r2``); ``error``: of the sampling of orders, 0
    where all were worked out. ``slope``: standardised, and its sign is that of the association. ``low``, ``high``: 95 % of the
    resamples' shares; ``first``: how often a driver came first, ``rank_low``, ``rank_high``: 95 % of its ranks (1 is first).
    ``n``: rows used.
    """

    share: Numbers
    error: Numbers
    slope: Numbers
    r2: float
    n: int
    low: Numbers
    high: Numbers
    first: Numbers
    rank_low: Numbers
    rank_high: Numbers


def drivers(outcome: Any, elements: Any, weights: Any = None, *, resamples: int = 200, orders: int = 400) -> Drivers:
    """Shapley values of R² (Lindeman, Merenda and Gold 1980; Grömping 2007, The American Statistician 61: 139-147).

    ``outcome``: n values; ``elements``: n × drivers. Rows with anything missing are left out. ``resamples``: bootstrap draws
    of rows. Everything follows from seeds. Raises ValueError for fewer rows than twice the drivers and one.
    """
    y, x = np.asarray(outcome, dtype=float), np.asarray(elements, dtype=float)
    w = np.ones(len(y)) if weights is None else np.asarray(weights, dtype=float)
    whole = np.isfinite(y) & np.isfinite(x).all(axis=1) & (w > 0)
    y, x, w = y[whole], x[whole], w[whole]
    count = x.shape[1]
    if len(y) < 2 * (count + 1):
        raise ValueError(f"{len(y)} complete rows are too few for {count} drivers")
    rng = np.random.default_rng(_SEED)
    joint = _correlation(y, x, w)
    share, error = shares(joint, orders=orders, seed=_SEED)
    slope = np.linalg.lstsq(joint[1:, 1:], joint[1:, 0], rcond=None)[0].astype(np.float64)
    again = np.empty((resamples, count))
    for draw in range(resamples):
        rows = rng.integers(0, len(y), len(y))
        again[draw] = shares(_correlation(y[rows], x[rows], w[rows]), orders=max(60, orders // 4), seed=draw)[0]
    ranks = (-again).argsort(axis=1).argsort(axis=1) + 1
    spread = np.quantile(again, [0.025, 0.975], axis=0) if resamples else np.full((2, count), np.nan)
    ranked = np.quantile(ranks, [0.025, 0.975], axis=0) if resamples else np.full((2, count), np.nan)
    first = (ranks == 1).mean(axis=0) if resamples else np.full(count, np.nan)
    return Drivers(share, error, slope, float(share.sum()), len(y), spread[0], spread[1], first, ranked[0], ranked[1])


def grouped_drivers(n: Any, w: Any, wx: Any, wxx: Any, wxy: Any, *, orders: int = 400, least: int = 30) -> Drivers:
    """``drivers`` where nobody answers everything: every correlation from those who answered both, the outcome first.

    All five are groups × k × k sums over the pairs of answers i, j of one respondent: how many, Σw, Σw·xᵢ, Σw·xᵢ², Σw·xᵢ·xⱼ.
    A group is a random part of the respondents. Unbiased where it is chance who is asked what. The matrix of such correlations
    may be none at all: eigenvalues are lifted to ``_FLOOR`` and the diagonal brought back to one. ``low``, ``high``: Student's t
    from the delete-a-group jackknife (Kott 2001, Journal of Official Statistics 17: 521-526), not under 0; ``first`` and the
    ranks: of normal draws with its covariance. ``n``: answers to the outcome. Raises ValueError where a pair has under ``least``.
    """
    n, w, wx, wxx, wxy = (np.asarray(v, dtype=float) for v in (n, w, wx, wxx, wxy))
    groups, count = len(n), n.shape[1] - 1
    counted = n.sum(axis=0)
    if not count or groups < 2 or counted.min() < least:
        raise ValueError(f"{counted.min() if counted.size else 0:.0f} answers to a pair are too few")
    work = _exact_shares if count < _EXACT_AGAIN else lambda joint: _sampled(joint, orders, _SEED)
    pieces = np.stack([w, wx, wxx, wxy])
    total = pieces.sum(axis=1)
    joint = _pairwise(*total)
    share, error = work(joint)
    slope = np.linalg.lstsq(joint[1:, 1:], joint[1:, 0], rcond=None)[0].astype(np.float64)
    # The same orders each time: what they add by chance falls out of the differences.
    again = np.array([work(_pairwise(*(total - pieces[:, g])))[0] for g in range(groups)])
    off = again - again.mean(axis=0)
    covariance = (groups - 1) / groups * off.T @ off
    half = special.stdtrit(groups - 1, 0.975) * np.sqrt(np.diag(covariance) + error**2)
    drawn = np.random.default_rng(_SEED).multivariate_normal(share, covariance, 2000, method="eigh")
    ranks = (-drawn).argsort(axis=1).argsort(axis=1) + 1
    ranked = np.quantile(ranks, [0.025, 0.975], axis=0)
    return Drivers(share, error, slope, float(share.sum()), int(counted[0, 0]), np.maximum(share - half, 0), share + half,
                   (ranks == 1).mean(axis=0), ranked[0], ranked[1])


def _exact_shares(joint: NDArray[np.float64]) -> tuple[Numbers, Numbers]:
    return _exact(joint), np.zeros(len(joint) - 1)


def _pairwise(w: Numbers, wx: Numbers, wxx: Numbers, wxy: Numbers) -> NDArray[np.float64]:
    """Correlations from sums over those who answered both, made positive definite."""
    safe = np.where(w > 0, w, 1.0)
    mean = wx / safe
    spread = np.clip(wxx / safe - mean**2, 0, None)
    # What is left of a constant answer after rounding is not a spread.
    spread = np.where(spread < 1e-12 * (mean**2 + 1), 0.0, spread)
    scale = np.sqrt(spread * spread.T)
    found = np.where(scale > 0, (wxy / safe - mean * mean.T) / np.where(scale > 0, scale, 1.0), 0.0)
    np.fill_diagonal(found, 1.0)
    values, vectors = np.linalg.eigh((found + found.T) / 2)
    if values[0] < _FLOOR:
        found = (vectors * np.maximum(values, _FLOOR)) @ vectors.T
        found = found / np.sqrt(np.outer(np.diag(found), np.diag(found)))
    return found


def shares(joint: NDArray[np.float64], *, orders: int = 400, seed: int = _SEED) -> tuple[Numbers, Numbers]:
    """(share of R², its standard error) of each driver. ``joint``: correlations, the outcome first.

    Under ``EXACT`` drivers from all subsets, with no error; else from ``orders`` random orders and their reverses.
    """
    count = len(joint) - 1
    return (_exact(joint), np.zeros(count)) if count < EXACT else _sampled(joint, orders, seed)


def _sampled(joint: NDArray[np.float64], orders: int, seed: int) -> tuple[Numbers, Numbers]:
    rng = np.random.default_rng(seed)
    drawn = np.argsort(rng.random(((orders + 1) // 2, len(joint) - 1)), axis=1)
    # Each order and its reverse: what one gives a driver early the other gives it late.
    gained = (_in_order(joint, drawn) + _in_order(joint, drawn[:, ::-1])) / 2
    return gained.mean(axis=0), gained.std(axis=0, ddof=1) / np.sqrt(len(gained))


def _in_order(joint: NDArray[np.float64], orders: NDArray[np.int64]) -> Numbers:
    """Orders × drivers: what each adds to R² when drivers come in that order, by one Cholesky factor an order."""
    inside = joint[1:, 1:][orders[:, :, None], orders[:, None, :]]
    outside = joint[1:, 0][orders]
    # A driver that repeats others exactly would leave nothing to factor.
    factor = np.linalg.cholesky(inside + 1e-10 * np.eye(inside.shape[1]))
    solved = np.linalg.solve(factor, outside[:, :, None])[:, :, 0]
    gained = np.empty_like(solved)
    np.put_along_axis(gained, orders, solved**2, axis=1)
    return gained


def _exact(joint: NDArray[np.float64]) -> Numbers:
    count = len(joint) - 1
    r2: dict[tuple[int, ...], float] = {(): 0.0}
    for size in range(1, count + 1):
        every = np.array(list(combinations(range(count), size)))
        for start in range(0, len(every), _AT_ONCE):
            some = every[start : start + _AT_ONCE]
            inside = joint[1:, 1:][some[:, :, None], some[:, None, :]] + 1e-10 * np.eye(size)
            outside = joint[1:, 0][some]
            fits = np.einsum("ij,ij->i", outside, np.linalg.solve(inside, outside[:, :, None])[:, :, 0])
            r2.update(zip(map(tuple, some.tolist()), fits.tolist(), strict=True))
    share = np.zeros(count)
    for subset, fit in r2.items():
        for driver in set(range(count)) - set(subset):
            joined = tuple(sorted((*subset, driver)))
            share[driver] += (r2[joined] - fit) / (count * comb(count - 1, len(subset)))
    return share


def _correlation(y: Numbers, x: Numbers, w: Numbers) -> NDArray[np.float64]:
    """Weighted correlations of the outcome (first) and the drivers; what does not vary correlates with nothing."""
    both = np.column_stack([y, x])
    middle = np.average(both, axis=0, weights=w)
    spread = (both - middle).T @ ((both - middle) * w[:, None]) / w.sum()
    scale = np.sqrt(np.diag(spread))
    scale = np.where(scale > 0, scale, 1.0)
    found = spread / np.outer(scale, scale)
    np.fill_diagonal(found, 1.0)
    return found


def importance_performance(importance: Any, importance_lo: Any, importance_hi: Any, performance: Any, performance_lo: Any,
                           performance_hi: Any) -> list[str]:
    """Quadrant of each element, cut at the two means: "fix" (important, low), "keep" (important, high), "low" (neither),
    "over" (high, unimportant); "undecided" where its interval straddles a mean, "" where something is not known.

    Martilla and James (1977), Journal of Marketing 41: 77-79, with the doubt that they leave out.
    """
    i, il, ih, p, pl, ph = (np.asarray(v, dtype=float) for v in (importance, importance_lo, importance_hi, performance, performance_lo, performance_hi))
    cut_i, cut_p = np.nanmean(i), np.nanmean(p)
    found = []
    for n in range(len(i)):
        if not np.isfinite([i[n], il[n], ih[n], p[n], pl[n], ph[n]]).all():
            found.append("")
        elif il[n] <= cut_i <= ih[n] or pl[n] <= cut_p <= ph[n]:
            found.append("undecided")
        elif i[n] > cut_i:
            found.append("keep" if p[n] > cut_p else "fix")
        else:
            found.append("over" if p[n] > cut_p else "low")
    return found
