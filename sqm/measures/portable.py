"""The few SQL expressions that engines spell differently, as SQLAlchemy constructs with one compilation each.

Nothing here divides: pieces are counted in SQL and divided once in Python.
"""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

_EPOCH = date(1970, 1, 1).toordinal()


class month_number(FunctionElement):  # noqa: N801 (reads as the SQL function it is)
    """Months since year 0 of a date or timestamp, as an integer: what month splits group by.

    An integer and not ``date_trunc``: DuckDB groups by it four times faster. ``month_start`` turns it back.
    """

    name = "month_number"
    type = sa.Integer()
    inherit_cache = True


@compiles(month_number)
def _month_number(element, compiler, **kw):
    column = compiler.process(element.clauses, **kw)
    return f"CAST(EXTRACT(YEAR FROM {column}) * 12 + EXTRACT(MONTH FROM {column}) - 1 AS INTEGER)"


@compiles(month_number, "duckdb")
def _month_number_duckdb(element, compiler, **kw):
    column = compiler.process(element.clauses, **kw)
    return f"(year({column}) * 12 + month({column}) - 1)"


class day_number(FunctionElement):  # noqa: N801
    """Days since 1970-01-01 of a date or timestamp, as an integer. ``day_start`` turns it back."""

    name = "day_number"
    type = sa.Integer()
    inherit_cache = True


@compiles(day_number)
def _day_number(element, compiler, **kw):
    return f"(CAST({compiler.process(element.clauses, **kw)} AS DATE) - DATE '1970-01-01')"


class plus_hours(FunctionElement):  # noqa: N801
    """A timestamp moved by a whole number of hours, given as a Python int (never a bound parameter)."""

    name = "plus_hours"
    type = sa.DateTime()
    inherit_cache = True

    def __init__(self, column: sa.ColumnElement, hours: int) -> None:
        super().__init__(column, sa.literal_column(f"INTERVAL '{int(hours)} hours'"))


@compiles(plus_hours)
def _plus_hours(element, compiler, **kw):
    column, interval = (compiler.process(clause, **kw) for clause in element.clauses)
    return f"({column} + {interval})"


class microseconds_between(FunctionElement):  # noqa: N801
    """Microseconds from the first timestamp to the second, as a 64-bit integer (sorts faster than a double)."""

    name = "microseconds_between"
    type = sa.BigInteger()
    inherit_cache = True


@compiles(microseconds_between)
def _microseconds(element, compiler, **kw):
    start, end = (compiler.process(clause, **kw) for clause in element.clauses)
    return f"CAST(EXTRACT(EPOCH FROM ({end} - {start})) * 1000000 AS BIGINT)"


@compiles(microseconds_between, "duckdb")
def _microseconds_duckdb(element, compiler, **kw):
    start, end = (compiler.process(clause, **kw) for clause in element.clauses)
    return f"(epoch_us({end}) - epoch_us({start}))"


class element_of(FunctionElement):  # noqa: N801
    """The value at a 1-based place of an array; NULL at place 0."""

    name = "element_of"
    type = sa.BigInteger()
    inherit_cache = True


@compiles(element_of)
def _element(element, compiler, **kw):
    array, place = (compiler.process(clause, **kw) for clause in element.clauses)
    return f"({array})[{place}]"


def month_start(number: int) -> date:
    """The first day of the month that ``month_number`` counts."""
    return date(int(number) // 12, int(number) % 12 + 1, 1)


def number_of(day: date) -> int:
    """``month_number`` of a Python date."""
    return day.year * 12 + day.month - 1


def back(last: date, months: int) -> date:
    """The first day of the month ``months - 1`` before ``last``: a window of that many months ends with ``last``."""
    return month_start(number_of(last) - months + 1)


def day_start(number: int) -> date:
    """The day that ``day_number`` counts."""
    return date.fromordinal(_EPOCH + int(number))


def day_of(day: date) -> int:
    """``day_number`` of a Python date."""
    return day.toordinal() - _EPOCH


def number(condition: sa.ColumnElement) -> sa.ColumnElement:
    """1 where a condition holds, 0 where it does not or is unknown; an integer to be summed."""
    return sa.case((condition, sa.literal_column("1")), else_=sa.literal_column("0"))


def double(value: float) -> sa.ColumnElement:
    """A 64-bit constant: a bound Python float may arrive as a 32-bit or decimal one."""
    return sa.literal_column(repr(float(value)), sa.Double)


def as_double(column: sa.ColumnElement) -> sa.ColumnElement:
    """The column as a 64-bit float."""
    return sa.cast(column, sa.Double)
