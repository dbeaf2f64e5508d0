"""Medians and percentiles with their intervals, exact, from rows.

The cells are counted first; how many values a cell has tells which ranks are wanted of it. Few cells are answered by one
aggregate that picks all wanted ranks without sorting; many cells by sorting each, and picking from it.
"""

from __future__ import annotations

import numpy as np

from sqm import stats
from sqm.measures import counting
from sqm.measures.ask import Ask
from sqm.measures.kinds import Quantile
from sqm.measures.reading import Columns, Reader

#: Above as many different places to pick from, sorting every cell is quicker.
MOST_FRACTIONS = 200


def quantile(read: Reader, asked: Ask, metric: Quantile) -> Columns:
    """The columns of a quantile: splits, value, lo, hi, base."""
    counted = read.columns(counting.sizes(asked))
    n = np.unique(counted["base"].astype("int64"))
    n = n[n > 0]
    lower, upper = stats.order_statistic_ranks(n, metric.p)
    # As percentile_cont: the place p·(n − 1), between two neighbours.
    below, part = np.divmod(metric.p * (n - 1), 1)
    ranks = np.array([below + 1, np.ceil(metric.p * (n - 1)) + 1, lower, upper])
    known = np.isfinite(ranks)
    # Half a rank back, so that rounding cannot make it the next one.
    at, place = np.unique(((ranks - 0.5) / n)[known], return_inverse=True)
    wanted = np.full(ranks.shape, -1)
    wanted[known] = place
    if not len(n):
        nothing = {name: np.array([], dtype=object) for name in asked.by}
        return {**nothing, **{name: np.array([]) for name in ("value", "lo", "hi", "base")}}
    if len(at) <= MOST_FRACTIONS:
        found = read.columns(counting.picked(asked, at))
        of = np.searchsorted(n, found["base"].astype("int64"))
        every = np.array(found.pop("picked").tolist(), dtype=float)
        values = np.where(wanted[:, of].T < 0, np.nan, np.take_along_axis(every, np.maximum(wanted[:, of].T, 0), 1))
    else:
        found = read.columns(counting.sorted_out(asked, n, np.where(known, ranks, 0).astype("int64")))
        of = np.searchsorted(n, found["base"].astype("int64"))
        values = np.array([found.pop(f"x{i}") for i in range(4)], dtype=float).T
    first, second, lo, hi = values.T / metric.scale
    ids = {name: found[name] for name in asked.by}
    return {**ids, "value": first + part[of] * (second - first), "lo": lo, "hi": hi,
            "base": found["base"].astype(float)}
