"""What follows from an answer by month without asking again: rolling windows, and how uneven its counts are."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from sqm import stats
from sqm.measures.kinds import Metric, Rate
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


#: What a unit (an interview, a ticket, a visit) has one of: pieces add up over these.
_WHOLE = ("month", "city")


def over(metric: Metric, frame: pd.DataFrame, by: tuple[str, ...], period: tuple[date, date], phi: float = 1.0) -> pd.DataFrame:
    """``fetch`` by ``by`` over a period, from ``frame``: an answer to the same question by month, ``by`` and perhaps more.

    Columns: ``by``, value, lo, hi, base, the pieces; one row per cell with anything in the period, and for a rate also those in which
    nothing happened, of every value that ``frame`` knows. What is left out of ``by`` may be the month, the city, and for a rate
    anything. Raises ValueError where pieces do not add up: a quantile, a split within a unit, an index.
    """
    splits = list(frame.columns[: list(frame.columns).index("value")])
    left_out = set(splits) - set(by)
    if not metric.piece_names or frame.attrs.get("basis") == "index" or not (isinstance(metric, Rate) or left_out <= set(_WHOLE)):
        raise ValueError(f"{metric.id} by {', '.join(splits)} does not add up by {', '.join(by) or 'nothing'}")
    pieces = [name for name in frame.columns[frame.columns.get_loc("hi") + 1 :] if frame[name].dtype.kind in "fiu"]
    inside = frame[(frame["month"] >= pd.Timestamp(period[0])) & (frame["month"] <= pd.Timestamp(period[1]))]
    cell = inside.groupby(list(by), dropna=False, sort=False).ngroup().to_numpy() if by else np.zeros(len(inside), int)
    first = inside.iloc[np.unique(cell, return_index=True)[1]]
    found = {name: np.bincount(cell, inside[name].to_numpy(dtype=float), len(first)) for name in ("base", *pieces)}
    if isinstance(metric, Rate):
        # Customers are the same for every category: of each month and city once, in the cells of those cities or in all.
        near = [name for name in splits if name in metric.exposure_splits]
        kept, once = [name for name in by if name in near], ~inside.duplicated(near).to_numpy()
        place = inside.groupby(kept, dropna=False, sort=False).ngroup().to_numpy() if kept else np.zeros(len(inside), int)
        customers = np.bincount(place[once], inside["exposure"].to_numpy(dtype=float)[once], minlength=1)
        found["exposure"] = customers[place[np.unique(cell, return_index=True)[1]]]
        found["base"] = found["exposure"]
    value, lo, hi = metric.within(metric.finish(found, phi))
    columns = {**{name: first[name].to_numpy() for name in by}, "value": value, "lo": lo, "hi": hi, **found}
    added = pd.DataFrame({**columns, "base": found["base"].round().astype("int64")})
    added.attrs = dict(frame.attrs)
    return added


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
