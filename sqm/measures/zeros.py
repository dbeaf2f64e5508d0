"""Which cells of a rate exist although nothing happened in them: the values that the splits could have had."""

from __future__ import annotations

import pandas as pd
import sqlalchemy as sa

from sqm import warehouse
from sqm.measures.ask import Ask

#: Splits that a complaint's category decides: their combinations come from the reference tables together.
_FAMILY = ("category", "element", "element_class")
#: Above this, only cells with events are shown.
MOST_CELLS = 50_000


def empty_cells(conn: sa.Connection, asked: Ask, splits: list[str], events: pd.DataFrame) -> pd.DataFrame:
    """Combinations of values of ``splits`` (none of them month or city), observed or known to the reference tables.

    Values filtered out by the question are left out. Object columns; one row per combination.
    """
    found: pd.DataFrame | None = None
    family = [name for name in splits if name in _FAMILY]
    groups = [family] if family else []
    groups += [[name] for name in splits if name not in _FAMILY]
    for group in groups:
        seen = events[group].drop_duplicates().astype(object)
        known = _family(conn, asked, group) if group == family else _values(conn, asked, group[0])
        values = pd.concat([known.astype(object), seen]).drop_duplicates() if not known.empty else seen
        found = values if found is None else found.merge(values, how="cross")
    assert found is not None
    return found if len(found) <= MOST_CELLS else events[splits].drop_duplicates()


def _family(conn: sa.Connection, asked: Ask, names: list[str]) -> pd.DataFrame:
    c, e = warehouse.table("categories"), warehouse.table("elements")
    columns = {"category": c.c.category, "element": c.c.element, "element_class": e.c["class"]}
    query = sa.select(*(columns[name].label(name) for name in names)).select_from(
        c.outerjoin(e, e.c.element == c.c.element)).distinct()
    for name in _FAMILY:
        if name in asked.where:
            query = query.where(columns[name].in_([v for v in asked.where[name] if v is not None]))
    found = pd.DataFrame(conn.execute(query).fetchall(), columns=names, dtype=object)
    # A category without an element is a cell of its own only once it has events.
    return found.dropna()


def _values(conn: sa.Connection, asked: Ask, name: str) -> pd.DataFrame:
    """The values of one split that its reference table or the filter names; none for free splits such as channel."""
    if name in asked.where:
        return pd.DataFrame({name: [v for v in asked.where[name] if v is not None]}, dtype=object)
    split = asked.split(name)
    if not split.reference:
        return pd.DataFrame(columns=[name], dtype=object)
    table = warehouse.table(split.reference)
    found = conn.execute(sa.select(table.c[name]).distinct()).fetchall()
    return pd.DataFrame(found, columns=[name], dtype=object)
