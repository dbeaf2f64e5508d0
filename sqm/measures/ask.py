"""One question, checked: which metric, split how, filtered how, over which months, for whose eyes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import sqlalchemy as sa

from sqm import datasets
from sqm.access import Scope
from sqm.datasets import YES_NO, check_year
from sqm.errors import WrongCall, did_you_mean
from sqm.measures.kinds import Metric, Nps
from sqm.measures.portable import day_number, day_of, month_number, number_of
from sqm.measures.splits import PSEUDO_ELEMENTS, Split

Value = str | int | bool | None
Where = Mapping[str, object]
Period = tuple[date | None, date | None]


@dataclass(frozen=True)
class Ask:
    """A checked question. ``end`` is exclusive; ``cities`` None: all; ``index``: over the elements.

    ``without``: batches whose files had no column for what the metric needs. ``extracts``: when batches were extracted that are
    older than ``as_of``, each with their ids, for a metric that is ``told_by_row``. ``weighted``: some element may count
    more than another within an interview.
    """

    metric: Metric
    by: tuple[str, ...]
    where: Mapping[str, tuple[Value, ...]]
    start: date | None
    end: date | None
    cities: frozenset[str] | None
    as_of: datetime | None = None
    index: bool = False
    without: tuple[int, ...] = ()
    extracts: tuple[tuple[datetime, tuple[int, ...]], ...] = ()
    weighted: bool = True

    @property
    def asked(self) -> set[str]:
        """Every split that is split or filtered by."""
        return {*self.by, *self.where}

    def single(self, split: str) -> bool:
        """Whether each cell of the answer holds one value of ``split`` at most."""
        return split in self.by or len(self.where.get(split, ())) == 1 or (split in self.metric.defaults
                                                                           and split not in self.asked)

    @property
    def overall(self) -> bool:
        """Whether this is about the overall question: a survey metric asked without element, class or item."""
        return (self.metric.source == "surveys" and not isinstance(self.metric, Nps) and not self.index
                and not self.asked & {"element", "element_class", "item"})

    @property
    def one_element(self) -> bool:
        """Whether no interview has answers to several elements in a cell of this survey question."""
        return isinstance(self.metric, Nps) or self.overall or self.single("element")

    def split(self, name: str) -> Split:
        """The split of that name; ``month`` and ``day`` are of the metric's own date."""
        origin = self.metric.origin
        if name == "month":
            dated = origin.table.c[self.metric.dated_by]
            monthly = datasets.get(self.metric.source).field(self.metric.dated_by).type == "month"
            return Split(month_number(dated), type="integer", key=dated if monthly else None)
        if name == "day":
            return Split(day_number(origin.table.c[self.metric.dated_by]), type="integer")
        return origin.splits[name]


def ask(metric: Metric, by: str | Iterable[str], where: Where | None, period: Period | None, scope: Scope) -> Ask:
    """Check a question.

    In ``where`` a value may be one id or several; None or an empty list filters nothing; None inside a list means rows
    without a value. Raises WrongCall ``unknown_split``, ``bad_value``, ``period_reversed`` or ``year_out_of_range``.
    """
    by = (by,) if isinstance(by, str) else tuple(dict.fromkeys(by))
    filters: dict[str, tuple[Value, ...]] = {}
    for name, values in (where or {}).items():
        known_split(metric, name)
        if values is None:
            continue
        several = list(values) if isinstance(values, (list, tuple, set, frozenset)) else [values]
        if several:
            filters[name] = tuple(dict.fromkeys(_typed(metric, name, value) for value in several))
    for name in by:
        known_split(metric, name)
    first, last = period or (None, None)
    for moment in (first, last):
        if moment is not None:
            check_year(moment)
    start = first.replace(day=1) if first else None
    end = _after(last) if last else None
    if start and end and start >= end:
        raise WrongCall("period_reversed", first=str(start)[:7], last=str(last)[:7])
    return Ask(metric, by, filters, _day(start), end, scope.cities)


def known_split(metric: Metric, name: str) -> None:
    """Raise WrongCall ``unknown_split``, with all splits and the nearest, unless ``metric`` has the split."""
    if name not in metric.splits:
        raise WrongCall("unknown_split", split=name, metric=metric.id, near=did_you_mean(name, metric.splits),
                        known=", ".join(metric.splits))


def conditions(asked: Ask) -> tuple[list[sa.ColumnElement], set[str]]:
    """The WHERE of a question and the reference tables that it and the splits need."""
    metric, table = asked.metric, asked.metric.origin.table
    found: list[sa.ColumnElement] = list(metric.among)
    joins: set[str] = {join for name in asked.by for join in asked.split(name).joins}
    for name, value in metric.defaults.items():
        if name not in asked.asked:
            found.append(asked.split(name).column == value)
    for name, values in asked.where.items():
        split = asked.split(name)
        joins.update(split.joins)
        found.append(_one_of(split.column, values))
    found += _period(asked, table.c[metric.dated_by])
    if asked.cities is not None:
        city = asked.split("city")
        joins.update(city.joins)
        found.append(city.column.in_(sorted(asked.cities)))
    if metric.source == "surveys":
        found += _elements(asked)
    if metric.source == "indicators" and "city" not in asked.asked:
        # The report of the whole province repeats its cities': it counts where they have none.
        other = table.alias("cities_of_it")
        found.append(sa.or_(table.c.city != "", ~sa.exists().where(
            other.c.indicator == table.c.indicator, other.c.month == table.c.month, other.c.city != "")))
    if asked.without:
        found.append(table.c.batch_id.not_in(asked.without))
    if metric.matures and asked.as_of is not None:
        # The bound is a constant, so that the column itself is compared, and an index or zone map can serve.
        born, age = table.c[metric.matures], timedelta(hours=metric.mature_hours)
        found.append(born <= asked.as_of - age)
        found += [sa.or_(born <= moment - age, table.c.batch_id.not_in(ids)) for moment, ids in asked.extracts]
    return found, joins


def _elements(asked: Ask) -> list[sa.ColumnElement]:
    """Which answers a survey question is about: the overall one, elements themselves, or their sub-questions."""
    c = asked.metric.origin.table.c
    if isinstance(asked.metric, Nps):
        return [c.element == asked.metric.element, c.item == ""]
    if asked.overall:
        return [c.element == "overall", c.item == ""]
    if "item" in asked.asked:
        return [c.item != ""] if "item" not in asked.where else []
    return [c.item == ""] if "element" in asked.where else [c.item == "", c.element.not_in(PSEUDO_ELEMENTS)]


def _period(asked: Ask, column: sa.ColumnElement) -> list[sa.ColumnElement]:
    moment = (lambda d: datetime(d.year, d.month, d.day)) if isinstance(column.type, sa.DateTime) else (lambda d: d)
    found = []
    if asked.start:
        found.append(column >= moment(asked.start))
    if asked.end:
        found.append(column < moment(asked.end))
    return found


def _one_of(column: sa.ColumnElement, values: tuple[Value, ...]) -> sa.ColumnElement:
    given = [value for value in values if value is not None]
    chosen = column == given[0] if len(given) == 1 else column.in_(given)
    if None in values:
        return sa.or_(chosen, column.is_(None)) if given else column.is_(None)
    return chosen


def _typed(metric: Metric, name: str, value: object) -> Value:
    if value is None:
        return None
    try:
        if name == "month":
            moment = value if isinstance(value, date) else date.fromisoformat(f"{str(value)[:7]}-01")
            return number_of(moment)
        if name == "day":
            return day_of(value if isinstance(value, date) else date.fromisoformat(str(value)[:10]))
        kind = metric.origin.splits[name].type
        if kind == "flag":
            return value if isinstance(value, bool) else YES_NO[str(value).lower()] == "true"
        return int(str(value)) if kind == "integer" else str(value)
    except (ValueError, KeyError):
        raise WrongCall("bad_value", split=name, metric=metric.id, value=value) from None


def _day(moment: date | None) -> date | None:
    return date(moment.year, moment.month, moment.day) if moment else None


def _after(moment: date) -> date:
    """The first day of the month after."""
    return date(moment.year + moment.month // 12, moment.month % 12 + 1, 1)
