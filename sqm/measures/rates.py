"""Events against customer-months: matched by month and city first, then added up over what is not split by."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from sqm import warehouse
from sqm.measures import counting
from sqm.measures.ask import Ask
from sqm.measures.kinds import Rate
from sqm.measures.portable import number_of
from sqm.measures.reading import Columns, Reader, finish, is_empty
from sqm.measures.zeros import empty_cells


def rate(read: Reader, asked: Ask, metric: Rate, phi: float) -> Columns:
    """The columns of a rate: splits, base (customer-months), events, exposure, unmatched, value, lo, hi, reason.

    Events of a month and city without customers are in ``unmatched`` and in no rate. Events without a city count
    wherever their month has customers and the city is not split by.
    """
    near = [name for name in asked.by if name in metric.exposure_splits]
    other = [name for name in asked.by if name not in metric.exposure_splits]
    fine = replace(asked, by=(*metric.exposure_splits, *other))
    events = pd.DataFrame(read.columns(counting.pieces(fine)), dtype=object)
    customers = pd.DataFrame(read.columns(counting.exposure(asked, warehouse.table("customers"))), dtype=object)
    if asked.as_of is not None:
        # A month that begins after the extract was taken has not been seen: no exposure to complaints.
        customers = customers[customers["month"].astype(int) <= number_of(asked.as_of)]
    customers["exposure"] = customers.pop("twice").astype(float) / 2
    if events.empty and (customers.empty or is_empty(read, metric)):
        nothing = {name: np.array([], dtype=object) for name in (*asked.by, "reason")}
        return finish(metric, {**nothing, **{name: np.array([]) for name in ("base", *metric.piece_names)}}, phi)

    months, places = set(customers["month"]), set(zip(customers["month"], customers["city"], strict=True))
    matched = np.array([(month in months) if city is None else (month, city) in places
                        for month, city in zip(events["month"], events["city"], strict=True)], dtype=bool)
    count = events["base"].astype(float)
    events = events.assign(events=count.where(matched, 0.0), unmatched=count.where(~matched, 0.0))

    cells = _cells(read, asked, customers, events, near, other)
    cells = _join(cells, _sum(events, list(asked.by), ["events", "unmatched"]), list(asked.by), "outer")
    cells = _join(cells, _sum(customers, near, ["exposure"]), near, "left")
    pieces = {name: np.nan_to_num(cells[name].to_numpy(dtype=float)) for name in metric.piece_names}
    ids = {name: np.array([None if pd.isna(v) else v for v in cells[name]], dtype=object) for name in asked.by}
    found = finish(metric, {**ids, "base": np.rint(pieces["exposure"]), **pieces}, phi)
    return {**found, "reason": np.array([None if e > 0 else "no_exposure" for e in pieces["exposure"]], dtype=object)}


def _cells(read: Reader, asked: Ask, customers: pd.DataFrame, events: pd.DataFrame, near: list[str],
           other: list[str]) -> pd.DataFrame:
    """Every cell that had the chance of an event: months and cities with customers, times the other values."""
    cells = customers[near].drop_duplicates() if near else pd.DataFrame(index=[0])
    if other:
        cells = cells.merge(empty_cells(read.conn, asked, other, events), how="cross")
    return cells[list(asked.by)].astype(object)


def _sum(frame: pd.DataFrame, by: list[str], columns: list[str]) -> pd.DataFrame:
    if not by:
        return pd.DataFrame({name: [float(frame[name].sum())] for name in columns})
    grouped = frame.groupby(by, dropna=False, as_index=False, sort=False)[columns].sum()
    return grouped.astype(dict.fromkeys(by, object))


def _join(left: pd.DataFrame, right: pd.DataFrame, on: list[str], how: str) -> pd.DataFrame:
    return left.merge(right, on=on, how=how) if on else left.merge(right, how="cross")
