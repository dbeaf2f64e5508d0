"""Facts about neighbouring rows, computed once on all live rows when data are published, and only filtered later.

``complaints.next_same_days``: days from a complaint to the same customer's next complaint in the same category.
Computed over filtered rows instead, a repeat in another city or month would go unseen.
"""

from __future__ import annotations

import sqlalchemy as sa

from sqm.warehouse import schema

_DAY = 86_400.0


def refresh(conn: sa.Connection, dataset: str) -> None:
    """Bring the derived columns of ``dataset`` up to date inside this transaction."""
    if dataset != "complaints":
        return
    c = schema.LIVE["complaints"]
    ours = sa.and_(c.c.kind == "complaint", c.c.phone_key.is_not(None))
    order = (c.c.opened_at, c.c.ticket_id)
    following = sa.func.lead(c.c.opened_at).over(partition_by=(c.c.phone_key, c.c.category), order_by=order)
    found = sa.select(c.c.ticket_id, c.c.opened_at, following.label("following")).where(ours).subquery()
    seconds = _epoch(found.c.following) - _epoch(found.c.opened_at)
    days = sa.select(found.c.ticket_id, (seconds * sa.literal(1 / _DAY, sa.Double)).label("days")).subquery()
    conn.execute(
        sa.update(c)
        .values(next_same_days=days.c.days)
        .where(c.c.ticket_id == days.c.ticket_id, c.c.next_same_days.is_distinct_from(days.c.days))
    )


def _epoch(column) -> sa.ColumnElement:
    return sa.cast(sa.extract("epoch", column), sa.Double)
