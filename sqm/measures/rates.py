"""Events against customer-months: matched by month and city first, then added up over what is not split by."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import date

import numpy as np

from sqm import warehouse
from sqm.measures import counting
from sqm.measures.ask import Ask
from sqm.measures.kinds import Rate
from sqm.measures.portable import number_of
from sqm.measures.reading import Columns, Reader, finish, is_empty
from sqm.measures.zeros import empty_cells

Cell = tuple[object, ...]


@dataclass
class _Customers:
    """Customer-months by month number and city, as far as the source has seen."""

    of: dict[tuple[int, str], float] = field(default_factory=dict)

    @property
    def months(self) -> set[int]:
        return {month for month, _ in self.of}

    @property
    def cities(self) -> set[str]:
        return {city for _, city in self.of}

    def cover(self, start: date, end: date) -> bool:
        """Whether every city here has customers in every month from ``start`` up to before ``end``."""
        return len(self.of) == len(self.cities) * (number_of(end) - number_of(start)) > 0


def rate(read: Reader, asked: Ask, metric: Rate, phi: float) -> Columns:
    """The columns of a rate: splits, base (customer-months), events, exposure, unmatched, value, lo, hi, reason.

    Events of a month and city without customers are in ``unmatched`` and in no rate. Events without a city count
    wherever their month has customers and the city is not split by.
    """
    near = [name for name in asked.by if name in metric.exposure_splits]
    other = [name for name in asked.by if name not in metric.exposure_splits]
    customers = _customers(read, asked)
    # Where no month is without customers, an event's month decides nothing, and counting without it is quicker.
    months_decide = "month" in near or not (asked.start and asked.end and customers.cover(asked.start, asked.end))
    fine = replace(asked, by=(*(["month"] if months_decide else []), "city", *other))
    found = read.columns(counting.pieces(fine))
    if not len(found["base"]) and (not customers.of or is_empty(read, metric)):
        nothing = {name: np.array([], dtype=object) for name in (*asked.by, "reason")}
        return finish(metric, {**nothing, **{name: np.array([]) for name in ("base", *metric.piece_names)}}, phi)

    exposure: dict[Cell, float] = defaultdict(float)
    for (month, city), amount in customers.of.items():
        exposure[tuple(month if name == "month" else city for name in near)] += amount
    events, unmatched = _counted(found, fine.by, asked.by, _matcher(customers, months_decide))

    cells = dict.fromkeys(_cells(read, asked, metric, exposure, found, near, other))
    cells |= dict.fromkeys(events)
    places = [asked.by.index(name) for name in near]
    pieces = {
        "events": np.array([events.get(cell, 0.0) for cell in cells]),
        "exposure": np.array([exposure.get(tuple(cell[i] for i in places), 0.0) for cell in cells]),
        "unmatched": np.array([unmatched.get(cell, 0.0) for cell in cells]),
    }
    ids = {name: _objects(cell[i] for cell in cells) for i, name in enumerate(asked.by)}
    answered = finish(metric, {**ids, "base": np.rint(pieces["exposure"]), **pieces}, phi)
    return {**answered, "reason": _objects(None if e > 0 else "no_exposure" for e in pieces["exposure"])}


def _customers(read: Reader, asked: Ask) -> _Customers:
    found = read.columns(counting.exposure(asked, warehouse.table("customers")))
    # A month that begins after the extract was taken has not been seen: no exposure to complaints.
    last = number_of(asked.as_of) if asked.as_of is not None else None
    return _Customers({(int(month), city): float(twice) / 2
                       for month, city, twice in zip(found["month"], found["city"], found["twice"], strict=True)
                       if last is None or int(month) <= last})


def _matcher(customers: _Customers, months_decide: bool) -> Callable[[dict[str, object]], bool]:
    months, cities = customers.months, customers.cities

    def matched(event: dict[str, object]) -> bool:
        city = event["city"]
        if not months_decide:
            return city is None or city in cities
        return event["month"] in months if city is None else (event["month"], city) in customers.of

    return matched


def _counted(found: Columns, fine: tuple[str, ...], by: tuple[str, ...],
             matched: Callable[[dict[str, object]], bool]) -> tuple[dict[Cell, float], dict[Cell, float]]:
    """Events by cell, those in a month and city with customers and the rest. Both hold every cell that has any."""
    events: dict[Cell, float] = {}
    unmatched: dict[Cell, float] = {}
    for *ids, count in zip(*(found[name] for name in fine), found["base"], strict=True):
        event = dict(zip(fine, ids, strict=True))
        cell = tuple(event[name] for name in by)
        known = matched(event)
        events[cell] = events.get(cell, 0.0) + (float(count) if known else 0.0)
        unmatched[cell] = unmatched.get(cell, 0.0) + (0.0 if known else float(count))
    return events, unmatched


def _cells(read: Reader, asked: Ask, metric: Rate, exposure: Iterable[Cell], found: Columns, near: list[str],
           other: list[str]) -> Iterable[Cell]:
    """Every cell that had the chance of an event: months and cities with customers, times the other values."""
    rest: list[Cell] = [()]
    if other:
        seen = list(dict.fromkeys(zip(*(found[name] for name in other), strict=True)))
        rest = empty_cells(read.conn, asked, other, seen)
    order = [[*near, *other].index(name) for name in asked.by]
    for here in exposure if near else [()]:
        for values in rest:
            cell = (*here, *values)
            yield tuple(cell[i] for i in order)


def _objects(values: Iterable[object]) -> np.ndarray:
    listed = list(values)
    array = np.empty(len(listed), dtype=object)
    array[:] = listed
    return array
