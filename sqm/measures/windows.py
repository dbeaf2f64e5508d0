"""What follows from an answer by month without asking again: rolling windows, and how uneven its counts are."""

from __future__ import annotations

import numpy as np
import pandas as pd

from sqm import stats
from sqm.measures.kinds import Metric
from sqm.measures.portable import month_start, number_of


def rolling(metric: Metric, frame: pd.DataFrame, months: int) -> pd.DataFrame:
    """One row per cell and month that ends ``months`` calendar months, with anything in them.

    ``frame``: an answer split by month and whatever else. Columns: the splits, value, lo, hi, base and the pieces, each
    row over the ``months`` months that end with it, sorted as ``frame`` is by cell, then month. A month without rows
    counts as nothing asked; before ``months`` months have passed since the first of the frame there is no window. Raises
    ValueError for a metric without pieces (a quantile), whose months do not add up.
    """
    if not metric.piece_names:
        raise ValueError(f"{metric.id} has no pieces that add up")
    splits = list(frame.columns[: list(frame.columns).index("value")])
    pieces = [name for name in frame.columns[frame.columns.get_loc("hi") + 1 :] if frame[name].dtype.kind in "fiu"]
    if frame.empty:
        return frame
    others = [name for name in splits if name != "month"]
    cell = frame.groupby(others, dropna=False, sort=False).ngroup().to_numpy() if others else np.zeros(len(frame), int)
    number = np.array([number_of(day) for day in frame["month"]])
    first, span = number.min(), number.max() - number.min() + 1
    if span < months:
        return frame.iloc[:0]
    parts = np.zeros((cell.max() + 1, span, len(pieces)))
    np.add.at(parts, (cell, number - first), frame[pieces].to_numpy(dtype=float))
    summed = np.lib.stride_tricks.sliding_window_view(parts, months, axis=1).sum(axis=-1)
    of, ends = np.nonzero(summed[:, :, pieces.index("exposure" if "exposure" in pieces else "base")] > 0)
    found = dict(zip(pieces, summed[of, ends].T, strict=True))
    if "exposure" in found:
        found["base"] = found["exposure"]
    value, lo, hi = metric.within(metric.finish(found))
    one = frame.iloc[np.unique(cell, return_index=True)[1]]
    ids = {name: one[name].to_numpy()[of] for name in others}
    days = np.array([np.datetime64(month_start(first + end + months - 1), "ns") for end in ends])
    columns = {**{name: days if name == "month" else ids[name] for name in splits}, "value": value, "lo": lo, "hi": hi}
    return pd.DataFrame({**columns, **found, "base": found["base"].round().astype("int64")})


def dispersion(frame: pd.DataFrame) -> float:
    """Over-dispersion φ ≥ 1 of an answer of a rate, split by month and whatever else (``stats.dispersion``).

    A cell is expected to have its own rate, moved as all cells together move from month to month.
    """
    others = [name for name in frame.columns[: list(frame.columns).index("value")] if name != "month"]
    cell = frame.groupby(others, dropna=False, sort=False).ngroup().to_numpy() if others else np.zeros(len(frame), int)
    month = np.unique(frame["month"], return_inverse=True)[1]
    if not len(frame) or month.max() < 2:
        return 1.0
    events, exposure = np.zeros((2, cell.max() + 1, month.max() + 1))
    np.add.at(events, (cell, month), frame["events"].to_numpy(dtype=float))
    np.add.at(exposure, (cell, month), frame["exposure"].to_numpy(dtype=float))
    total = exposure.sum(axis=1, keepdims=True)
    usual = exposure * events.sum(axis=1, keepdims=True) / np.where(total > 0, total, 1)
    months = usual.sum(axis=0)
    return stats.dispersion(events, usual * events.sum(axis=0) / np.where(months > 0, months, 1))
