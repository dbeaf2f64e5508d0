"""Reading for an answer: one connection, the source's own "now", and pieces becoming a value.

On the way an answer is a dict of arrays, one entry per cell: ids as objects, numbers float64.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

import numpy as np
import sqlalchemy as sa

from sqm import warehouse
from sqm.measures.ask import Ask
from sqm.measures.kinds import Metric, Rate
from sqm.measures.portable import double

Columns = dict[str, np.ndarray]


class Reader:
    """One connection for all statements of an answer; ``said`` remembers them."""

    def __init__(self, conn: sa.Connection) -> None:
        self.conn = conn
        self.said: list[sa.Select] = []

    def rows(self, query: sa.Select) -> Sequence[sa.Row]:
        """The rows of ``query``."""
        self.said.append(query)
        return self.conn.execute(query).fetchall()

    def columns(self, query: sa.Select) -> Columns:
        """The rows of ``query`` as object arrays by name."""
        rows = self.rows(query)
        table = np.empty((len(rows), len(query.selected_columns)), dtype=object)
        for i, row in enumerate(rows):
            table[i] = tuple(row)
        return {str(column.key): table[:, i] for i, column in enumerate(query.selected_columns)}

    def scalar(self, query: sa.Select):
        """The single value of ``query``; not remembered."""
        return self.conn.execute(query).scalar()


def at_present(read: Reader, asked: Ask) -> Ask:
    """The question with what the state of its source adds: its now, and the batches that cannot answer."""
    metric = asked.metric
    if metric.matures or isinstance(metric, Rate):
        asked = replace(asked, as_of=now(read, metric))
    if metric.told_by_row and asked.as_of is not None:
        asked = replace(asked, extracts=_extracts(read, metric, asked.as_of))
    if metric.source == "surveys" and not asked.one_element:
        asked = replace(asked, weighted=_weighted(read))
    return replace(asked, without=_lacking(read, metric)) if metric.needs else asked


def _extracts(read: Reader, metric: Metric, newest: datetime) -> tuple[tuple[datetime, tuple[int, ...]], ...]:
    """The batches of the source that were extracted before the newest one, by when, the oldest first."""
    b = warehouse.batches_table.c
    query = sa.select(b.as_of, b.id).where(b.dataset == metric.source, b.status == "published", b.as_of < newest).order_by(b.as_of, b.id)
    found: dict[datetime, list[int]] = {}
    for moment, batch in read.conn.execute(query):
        found.setdefault(moment, []).append(int(batch))
    return tuple((moment, tuple(ids)) for moment, ids in found.items())


def _weighted(read: Reader) -> bool:
    """Whether any element has a weight of its own; looking costs less than joining five million answers for nothing."""
    weight = warehouse.table("elements").c.weight
    return read.scalar(sa.select(sa.func.count()).where(weight.is_not(None), weight != double(1))) > 0


def _lacking(read: Reader, metric: Metric) -> tuple[int, ...]:
    """Batches of the source whose mapping is known and lacks a field that ``metric`` needs."""
    b = warehouse.batches_table.c
    # As stored: {"heading": "field"}, a field of dates perhaps with the order of its days behind it.
    lacks = sa.or_(*(sa.not_(b.mapping.contains(f'": "{name}', autoescape=True)) for name in metric.needs))
    query = sa.select(b.id).where(b.dataset == metric.source, b.status == "published", b.mapping != "{}", lacks).order_by(b.id)
    return tuple(int(batch) for batch in read.conn.execute(query).scalars())


def now(read: Reader, metric: Metric) -> datetime | None:
    """The source's own "now": the newest extract time, else the newest moment in its data. Never the wall clock."""
    b, table = warehouse.batches_table.c, metric.origin.table
    as_of = read.scalar(sa.select(sa.func.max(b.as_of)).where(b.dataset == metric.source, b.status == "published"))
    if as_of is None and metric.matures:
        moments = [c for c in table.columns if isinstance(c.type, sa.DateTime)]
        found = read.conn.execute(sa.select(*(sa.func.max(c) for c in moments))).one()
        as_of = max((moment for moment in found if moment is not None), default=None)
    return as_of


def is_empty(read: Reader, metric: Metric) -> bool:
    """Whether the source has no rows at all."""
    return read.scalar(sa.select(sa.literal_column("1")).select_from(metric.origin.table).limit(1)) is None


def finish(metric: Metric, columns: Columns, phi: float) -> Columns:
    """The columns with value, lo and hi."""
    value, lo, hi = metric.within(metric.finish(columns, phi))
    return {**columns, "value": value, "lo": lo, "hi": hi}
