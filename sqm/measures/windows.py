"""Rolling windows over months, from the pieces: the same number as a fetch over the window, without asking again."""

from __future__ import annotations

import pandas as pd

from sqm.measures.kinds import Metric


def rolling(metric: Metric, frame: pd.DataFrame, months: int) -> pd.DataFrame:
    """One row per month that ends ``months`` calendar months of ``frame``, with anything in them.

    ``frame``: an answer split by month alone. Columns month, value, lo, hi, base and the pieces, each row over the
    ``months`` months that end with it; the first row is the first full window. A month without rows counts as nothing
    asked. Raises ValueError for a metric without pieces (a quantile), whose months do not add up.
    """
    if not metric.piece_names:
        raise ValueError(f"{metric.id} has no pieces that add up")
    if frame.empty:
        return frame.assign(value=[], lo=[], hi=[])
    pieces = ["base", *(name for name in metric.piece_names if name != "base")]
    by_month = frame.set_index("month")[pieces].astype(float).sort_index()
    every = pd.date_range(by_month.index[0], by_month.index[-1], freq="MS", name="month")
    summed = by_month.reindex(every, fill_value=0.0).rolling(months, min_periods=months).sum().dropna()
    summed = summed[summed["base"] > 0].reset_index()
    value, lo, hi = metric.within(metric.finish({name: summed[name].to_numpy() for name in pieces}))
    summed["base"] = summed["base"].round().astype("int64")
    first = ["month", "value", "lo", "hi", "base"]
    found = summed.assign(value=value, lo=lo, hi=hi)
    return found[[*first, *(name for name in found if name not in first)]]
