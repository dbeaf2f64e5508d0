"""What the dates of accepted rows say: as of when the data are, whether any lies ahead, which months a file is the whole of."""

from __future__ import annotations

import calendar
import functools
from datetime import date, datetime, time, timedelta

import pyarrow as pa
import pyarrow.compute as pc

from sqm.datasets import Dataset


def newest(contract: Dataset, rows: pa.Table) -> datetime:
    """The end of the newest date in the rows (a month ends with its last second), or now where there are no dates."""
    last = pc.max(rows[contract.dated_by]).as_py() if contract.dated_by and rows.num_rows else None
    if last is None:
        return datetime.now().replace(microsecond=0)
    if isinstance(last, datetime):
        return last
    if contract.by_name[contract.dated_by].type == "month":
        last = last.replace(day=calendar.monthrange(last.year, last.month)[1])
    return datetime.combine(last, time(23, 59, 59))


#: What has happened; targets and events may lie ahead.
_PAST = ("surveys", "complaints", "audits", "indicators", "customers", "breaches")


def future(contract: Dataset, rows: pa.Table) -> tuple[int, date] | None:
    """How many rows of something that has happened are dated after tomorrow (somewhere it is tomorrow already), and the last date.

    None when none is.
    """
    if contract.name not in _PAST or not rows.num_rows:
        return None
    limit, late, days = date.today() + timedelta(days=1), [], []
    for f in contract.fields:
        found = pc.max(rows[f.name]).as_py() if f.type in ("month", "date", "timestamp") else None
        if found is not None and (day := found.date() if isinstance(found, datetime) else found) > limit:
            days.append(day)
            late.append(pc.fill_null(pc.greater(rows[f.name].cast(pa.date32(), safe=False), pa.scalar(limit)), False))
    return (pc.sum(functools.reduce(pc.or_, late)).as_py(), max(days)) if late else None


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

