"""Dates of rows: how late one may be, as of when accepted rows are, which months a file is the whole of."""

from __future__ import annotations

import calendar
import os
from datetime import date, datetime, time, timedelta

import pyarrow as pa
import pyarrow.compute as pc

from sqm.datasets import LAST_YEAR, Dataset
from sqm.errors import WrongCall


def newest(contract: Dataset, rows: pa.Table, today: date | None = None) -> datetime:
    """The newest moment in the rows, the end of a day where only that is known, or now where there are no dates.

    Of something that has happened every moment counts: a reply on the 3rd shows that the file was made then or later. A month
    ends with its last second, but not after ``today``: what is asked in a month may be loaded within it.
    """
    last = pc.max(rows[contract.dated_by]).as_py() if contract.dated_by and rows.num_rows else None
    if last is None:
        return datetime.now().replace(microsecond=0)
    if isinstance(last, datetime):
        others = [f.name for f in contract.fields if f.type == "timestamp"] if contract.past else []
        return max(moment for name in {contract.dated_by, *others} if (moment := pc.max(rows[name]).as_py()) is not None)
    if contract.by_name[contract.dated_by].type == "month":
        last = last.replace(day=calendar.monthrange(last.year, last.month)[1])
        last = min(last, today) if today and (today.year, today.month) == (last.year, last.month) else last
    return datetime.combine(last, time(23, 59, 59))


def today() -> date:
    """The day by this machine's clock, or what ``SQM_TODAY`` (2026-01-31) says where the clock is wrong."""
    told = os.environ.get("SQM_TODAY", "")
    try:
        day = date.fromisoformat(told) if told else date.today()
        if day.year > LAST_YEAR:
            raise ValueError(told)
    except ValueError:
        raise WrongCall("today_unreadable", value=told) from None
    return day


def latest() -> date:
    """The last day on which something can have happened: tomorrow, as somewhere it is that already."""
    return today() + timedelta(days=1)


def whole(contract: Dataset, rows: pa.Table) -> tuple[tuple[date, ...], tuple[str, ...]]:
    """The months and cities of which the rows are said to be everything."""
    days = rows[contract.dated_by].cast(pa.date32()).unique().to_pylist()
    months = sorted({day.replace(day=1) for day in days if day})
    cities: list[str] = []
    if "city" in contract.by_name:
        found = rows["city"].unique().to_pylist()
        # A row without a city may be of any: then the months are meant whole.
        cities = sorted(found) if all(found) else []
    return tuple(months), tuple(cities)

