"""From a checked question to the frame of its answer: run the SQL, divide once, put the columns in order."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from sqm.measures import counting
from sqm.measures.ask import Ask
from sqm.measures.kinds import Count, Nps, Quantile, Rate, Share
from sqm.measures.portable import day_start, month_start
from sqm.measures.quantiles import quantile
from sqm.measures.rates import rate
from sqm.measures.reading import Columns, Reader, at_present, finish, is_empty


def answer(read: Reader, asked: Ask, phi: float = 1.0) -> pd.DataFrame:
    """The frame of ``fetch``, with ``attrs`` metric, basis, as_of and defaults."""
    metric = asked.metric
    asked = at_present(read, asked)
    if isinstance(metric, Quantile):
        found = frame(asked, quantile(read, asked, metric))
    elif isinstance(metric, Rate):
        found = frame(asked, rate(read, asked, metric, phi))
    else:
        columns = _pieces(read, asked)
        if asked.overall and not len(columns["base"]):
            asked = replace(asked, index=True)
            columns = _pieces(read, asked)
        found = frame(asked, finish(metric, columns, phi))
    found.attrs = {"metric": metric.id, "basis": _basis(asked),
                   "as_of": asked.as_of.isoformat() if asked.as_of else None,
                   "defaults": {k: v for k, v in metric.defaults.items() if k not in asked.asked}}
    return found


def _basis(asked: Ask) -> str:
    if asked.metric.source != "surveys":
        return ""
    if isinstance(asked.metric, Nps):
        return asked.metric.element
    return "index" if asked.index else "overall" if asked.overall else "items" if "item" in asked.asked else "elements"


def _pieces(read: Reader, asked: Ask) -> Columns:
    """Cells with at least one unit. A count without a split is 0 wherever there are any rows to count from."""
    metric = asked.metric
    found = read.columns(counting.pieces(asked))
    found |= {name: column.astype(float) for name, column in found.items() if name not in asked.by}
    some = found["base"] > 0
    if isinstance(metric, Count) and not asked.by and not some.any() and not is_empty(read, metric):
        some[:] = True
    found = {name: column[some] for name, column in found.items()}
    if isinstance(metric, Count):
        found["events"] = found["base"]
    if isinstance(metric, Share) and "w" not in found:
        found |= {"w": found["base"], "w2": found["base"]}
    return found


#: So many cells are sorted one by one.
FEW_CELLS = 3000


def frame(asked: Ask, columns: Columns) -> pd.DataFrame:
    """The answer as promised: splits, value, lo, hi, base, pieces; sorted by the splits, None last."""
    first = [*asked.by, "value", "lo", "hi", "base"]
    columns = {name: columns[name] for name in (*first, *(c for c in columns if c not in first))}
    columns["base"] = columns["base"].astype("int64")
    if asked.by and len(columns["base"]) > 1:
        order = _order([columns[name] for name in asked.by])
        columns = {name: column[order] for name, column in columns.items()}
    else:
        columns = {name: column.copy() for name, column in columns.items()}  # some are the same array under two names
    for name, start in (("month", month_start), ("day", day_start)):
        if name in asked.by:
            starts = {n: np.datetime64(start(int(n)), "ns") for n in set(columns[name])}
            columns[name] = np.array([starts[n] for n in columns[name]], dtype="datetime64[ns]")
    # As a series an array of objects stays one; bare, pandas makes its own text of it.
    kept = {name: pd.Series(column, dtype=object, copy=False) if column.dtype == object else column for name, column in columns.items()}
    return pd.DataFrame(kept, copy=False)


def _order(ids: list[np.ndarray]) -> list[int] | np.ndarray:
    """Where each row of an answer goes: sorted by its ids, None last."""
    if len(ids[0]) <= FEW_CELLS:
        # Ids are Python's own: for few of them a plain sort is ten times quicker than the frame's.
        cells = list(zip(*ids, strict=True))
        return sorted(range(len(cells)), key=lambda i: tuple((_missing(v), "" if _missing(v) else v) for v in cells[i]))
    places = []
    for column in ids:
        code, values = pd.factorize(column)
        rank = np.empty(len(values) + 1, dtype=np.int64)
        rank[sorted(range(len(values)), key=lambda i: values[i])] = np.arange(len(values))
        rank[-1] = len(values)  # what is missing has the code -1
        places.append(rank[code])
    return np.lexsort(places[::-1])


def _missing(value: object) -> bool:
    return value is None or value != value
