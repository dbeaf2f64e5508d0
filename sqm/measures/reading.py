"""Reading for an answer: one connection, the source's own "now", and pieces becoming a value.

On the way an answer is a dict of arrays, one entry per cell: ids as objects, numbers float64.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import numpy as np
import sqlalchemy as sa

from sqm import warehouse
from sqm.measures.kinds import Metric

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
