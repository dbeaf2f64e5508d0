"""The SQL of a question: pieces counted per cell, over one row per unit.

A unit is an interview (a respondent in a month), a ticket or a visit. Where several rows of a unit are chosen they are
brought together first, and where the key of the table makes that needless it is left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import aggregate_order_by

from sqm.measures.ask import Ask, conditions
from sqm.measures.kinds import Count, Indicator, Mean, Metric, Nps, Quantile, Rate, Score, Share
from sqm.measures.portable import as_double, double, element_of, month_number, number

#: Units of a share beside the plain sign, as people write them.
PERCENT, PER_MILLE = ("％", "percent", "pct", "百分比", "百分率"), ("‰", "千分比")
_ONE = sa.literal_column("1.0", sa.Double)


def pieces(asked: Ask) -> sa.Select:
    """One row per cell: the splits, ``base`` (units) and the pieces of the metric's kind."""
    metric = asked.metric
    if metric.source == "surveys":
        return _answers(asked)
    if isinstance(metric, Score):
        return _visits(asked, metric)
    if isinstance(metric, Share):
        return _hits(asked, metric)
    if isinstance(metric, Indicator):
        return _reports(asked)
    if isinstance(metric, (Count, Rate)):
        return _cells(asked, {"base": sa.func.count()})
    raise TypeError(metric.kind)


def months(asked: Ask) -> sa.Select:
    """The month numbers in which a question has rows to count."""
    found, joins = conditions(asked)
    number = month_number(asked.metric.origin.table.c[asked.metric.dated_by])
    return sa.select(number).distinct().select_from(asked.metric.origin.from_(joins)).where(*found)


def _cells(asked: Ask, measures: Mapping[str, sa.ColumnElement], also: set[str] | None = None) -> sa.Select:
    """Aggregates straight over the rows, by cell."""
    found, joins = conditions(asked)
    splits = [asked.split(name) for name in asked.by]
    return (sa.select(*(split.column.label(name) for name, split in zip(asked.by, splits, strict=True)),
                      *(column.label(name) for name, column in measures.items()))
            .select_from(asked.metric.origin.from_(joins | (also or set()))).where(*found).group_by(*(split.cells for split in splits)))


def _units(asked: Ask, unit: tuple[str, ...], measures: Mapping[str, sa.ColumnElement],
           also: set[str] | None = None) -> sa.Subquery:
    """One row per cell and unit: splits as ``by_…`` and the measures (aggregates over the unit's rows)."""
    found, joins = conditions(asked)
    table = asked.metric.origin.table
    splits = [asked.split(name).column for name in asked.by]
    return (sa.select(*(column.label(f"by_{name}") for name, column in zip(asked.by, splits, strict=True)),
                      *(column.label(name) for name, column in measures.items()))
            .select_from(asked.metric.origin.from_(joins | (also or set()))).where(*found)
            .group_by(*splits, *(table.c[name] for name in unit)).subquery("units"))


def _over(asked: Ask, units: sa.Subquery, measures: Mapping[str, sa.ColumnElement]) -> sa.Select:
    """Aggregates over units, by cell."""
    splits = [units.c[f"by_{name}"] for name in asked.by]
    return sa.select(*(column.label(name) for name, column in zip(asked.by, splits, strict=True)),
                     *(column.label(name) for name, column in measures.items())).group_by(*splits)


def _answers(asked: Ask) -> sa.Select:
    """Interviews: a respondent's answers to several elements, items or operators are averaged within the respondent."""
    metric, c = asked.metric, asked.metric.origin.table.c
    hits: dict[str, sa.ColumnElement] = {}
    if isinstance(metric, Nps):
        hits = {"promoters": metric.promoter, "detractors": metric.detractor}
    elif isinstance(metric, Share):
        hits = {"hit": metric.hit}
    w = sa.func.coalesce(c.weight, _ONE, type_=sa.Double)
    one_item = "item" not in asked.asked or asked.single("item")
    if asked.one_element and one_item and asked.single("operator"):
        # The weight inside the CASE, not multiplied by a flag: a tenth less time.
        flagged = {name: sa.func.sum(sa.case((hit, w), else_=double(0))) for name, hit in hits.items()}
        return _cells(asked, {**_sums(w, {} if hits else {"x": _scored(metric)}), **flagged})
    x = {name: as_flag(hit) for name, hit in hits.items()} or {"x": _scored(metric)}
    elements, _ = metric.origin.joins["elements"]
    # Within a respondent an element counts with its own weight; the respondent counts with the survey's.
    even = asked.one_element or not asked.weighted
    part = double(1) if even else sa.func.coalesce(elements.c.weight, _ONE, type_=sa.Double)
    parts = sa.func.nullif(sa.func.sum(part), double(0), type_=sa.Double)
    measures = {"w": sa.func.max(w), **{
        name: (sa.func.avg(column, type_=sa.Double) if even else sa.func.sum(part * column, type_=sa.Double) / parts)
        for name, column in x.items()}}
    # A month that is split by is already part of the cell.
    interview = ("respondent",) if "month" in asked.by else ("respondent", "month")
    units = _units(asked, interview, measures, set() if even else {"elements"})
    query = _over(asked, units, _sums(units.c.w, {name: units.c[name] for name in x}))
    return query.where(*(units.c[name].is_not(None) for name in x))


def _scored(metric: Metric) -> sa.ColumnElement:
    assert isinstance(metric, Mean)
    return metric.x


def _sums(w: sa.ColumnElement, x: Mapping[str, sa.ColumnElement]) -> dict[str, sa.ColumnElement]:
    found: dict[str, sa.ColumnElement] = {
        "base": sa.func.count(), "w": sa.func.sum(w), "w2": sa.func.sum(w * w)}
    for name, column in x.items():
        if name == "x":
            found |= {"wx": sa.func.sum(w * column), "wxx": sa.func.sum(w * column * column)}
        else:
            found[name] = sa.func.sum(w * column)
    return found


def as_flag(condition: sa.ColumnElement) -> sa.ColumnElement:
    """1.0 or 0.0."""
    return sa.case((condition, double(1)), else_=double(0))


def _hits(asked: Ask, metric: Share) -> sa.Select:
    """Tickets, or visits whose rows all say the same."""
    if metric.unit_of:
        units = _units(asked, (metric.unit_of,), {"hit": sa.func.min(number(metric.hit))})
        return _over(asked, units, {"base": sa.func.count(), "hit": sa.func.sum(units.c.hit)})
    measures = {"base": sa.func.count(), "hit": sa.func.sum(number(metric.hit))}
    if metric.known is not None:
        measures["unknown"] = sa.func.sum(number(sa.not_(metric.known)))
    return _cells(asked, measures)


def _reports(asked: Ask) -> sa.Select:
    """Reports of indicators: what they count, and of those without a denominator what they state."""
    c, (listed, _) = asked.metric.origin.table.c, asked.metric.origin.joins["indicator_list"]
    counted = sa.and_(c.denominator > double(0), c.numerator.is_not(None))
    stated = sa.and_(sa.not_(sa.func.coalesce(counted, sa.false())), c.value.is_not(None))
    zero = double(0)
    percent = sa.func.chr(sa.literal_column("37"), type_=sa.Text)  # drivers read a % in a statement as a place for a value
    unit = sa.func.lower(sa.func.trim(sa.func.coalesce(listed.c.unit, percent)))
    per = sa.case((sa.or_(unit == percent, unit.in_(PERCENT)), double(100)), (unit.in_(PER_MILLE), double(1000)), else_=double(1))
    measures: dict[str, sa.ColumnElement] = {
        # Reports that the value is made of: those without a denominator stand aside where others have one.
        "base": sa.case((sa.func.sum(number(counted)) > 0, sa.func.sum(number(counted))), else_=sa.func.sum(number(stated))),
        "numerator": sa.func.sum(sa.case((counted, c.numerator), else_=zero)),
        "denominator": sa.func.sum(sa.case((counted, c.denominator), else_=zero)),
        "stated": sa.func.sum(sa.case((stated, c.value), else_=zero)),
        "reports": sa.func.sum(number(stated)),
        "per": sa.func.max(per),
        "kinds": sa.func.count(c.indicator.distinct()),
    }
    return _cells(asked, measures, {"indicator_list"})


def _visits(asked: Ask, metric: Score) -> sa.Select:
    """Visits: ΣP and ΣA over the items that applied, capped where a critical one got no point."""
    items, _ = metric.origin.joins["audit_items"]
    c = metric.origin.table.c
    weight = sa.func.coalesce(items.c.weight, _ONE, type_=sa.Double)
    failed = sa.and_(items.c.critical, c.points <= double(0))
    units = _units(asked, ("visit_id",), {
        "p": sa.func.sum(weight * c.points), "a": sa.func.sum(weight), "failed": sa.func.max(number(failed)),
    }, {"audit_items"})
    kept: sa.ColumnElement = units.c.p
    if not asked.asked & set(metric.inside):
        limit = units.c.a * double(metric.cap)
        kept = sa.case((sa.and_(units.c.failed == 1, units.c.p > limit), limit), else_=units.c.p)
    p, a = as_double(kept), as_double(units.c.a)
    return _over(asked, units, {
        "base": sa.func.count(), "P": sa.func.sum(p), "A": sa.func.sum(a), "PP": sa.func.sum(p * p),
        "PA": sa.func.sum(p * a), "AA": sa.func.sum(a * a)})


def exposure(asked: Ask, customers: sa.Table) -> sa.Select:
    """Monthly average customers by month and city. Filters on anything but city and month are not for this table."""
    found: list[sa.ColumnElement] = []
    c = customers.c
    month = month_number(c.month)
    if asked.start:
        found.append(c.month >= asked.start)
    if asked.end:
        found.append(c.month < asked.end)
    if "month" in asked.where:
        found.append(month.in_([v for v in asked.where["month"] if v is not None]))
    if "city" in asked.where:
        found.append(c.city.in_([v for v in asked.where["city"] if v is not None]))
    if asked.cities is not None:
        found.append(c.city.in_(sorted(asked.cities)))
    # Opening and closing are added here and halved in Python.
    return sa.select(month.label("month"), c.city.label("city"), sa.func.sum(c.opening + c.closing).label("twice")
                     ).where(*found).group_by(month, c.city)


def sizes(asked: Ask) -> sa.Select:
    """How many values of a quantile each cell has: the splits, ``base``. Nothing is sorted."""
    return _cells(asked, {"base": sa.func.count()})


def picked(asked: Ask, places: Iterable[float]) -> sa.Select:
    """The values at these places (fractions of the number of values) of each cell: the splits, ``base``, ``picked``."""
    metric = asked.metric
    assert isinstance(metric, Quantile)
    # Written out: DuckDB wants constants here, and a Python float may arrive as a decimal.
    fractions: sa.ColumnElement = sa.literal_column(f"ARRAY[{', '.join(f'{place:.17e}' for place in places)}]")
    at = sa.func.percentile_disc(fractions, type_=sa.ARRAY(sa.BigInteger)).within_group(metric.x)
    return _cells(asked, {"base": sa.func.count(), "picked": at})


def sorted_out(asked: Ask, sizes: Iterable[int], ranks: Iterable[Iterable[int]]) -> sa.Select:
    """The values at four ranks of each cell: the splits, ``base``, ``x0`` to ``x3``; NULL where a rank is 0.

    ``sizes``: what the cells count; ``ranks``: four rows of ranks, one column a size. Joined on the size, never on split
    values, which may be null.
    """
    metric = asked.metric
    assert isinstance(metric, Quantile)
    in_order = sa.func.array_agg(aggregate_order_by(metric.x, metric.x), type_=sa.ARRAY(sa.BigInteger))
    cells = _cells(asked, {"base": sa.func.count(), "sorted": in_order}).subquery("cells")
    wanted = sa.values(*(sa.column(name, sa.BigInteger) for name in ("size", "r0", "r1", "r2", "r3")), name="wanted",
                       literal_binds=True).data([tuple(map(int, row)) for row in zip(sizes, *ranks, strict=True)])
    return (sa.select(*(cells.c[name] for name in asked.by), cells.c.base,
                      *(element_of(cells.c.sorted, wanted.c[f"r{i}"]).label(f"x{i}") for i in range(4)))
            .select_from(cells.join(wanted, wanted.c.size == cells.c.base)))
