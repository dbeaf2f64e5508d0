"""Which cells of a rate exist although nothing happened in them: the values that the splits could have had."""

from __future__ import annotations

from itertools import product

import sqlalchemy as sa

from sqm import warehouse
from sqm.measures.ask import Ask

#: Splits that a complaint's category decides: their combinations come from the reference tables together.
_FAMILY = ("category", "element", "element_class")
#: Above this, only cells with events are shown.
MOST_CELLS = 50_000

Cell = tuple[object, ...]


def empty_cells(conn: sa.Connection, asked: Ask, splits: list[str], seen: list[Cell]) -> list[Cell]:
    """Combinations of values of ``splits`` (none of them month or city), in ``seen`` or known to the reference tables.

    Values filtered out by the question are left out. One per combination, in no order.
    """
    family = [name for name in splits if name in _FAMILY]
    groups = [family] if family else []
    groups += [[name] for name in splits if name not in _FAMILY]
    known: list[list[Cell]] = []
    for group in groups:
        places = [splits.index(name) for name in group]
        listed = _family(conn, asked, group) if group == family else _values(conn, asked, group[0])
        known.append(list(dict.fromkeys([*listed, *(tuple(cell[i] for i in places) for cell in seen)])))
    size = 1
    for values in known:
        size *= len(values)
    if size > MOST_CELLS:
        return seen
    order = [name for group in groups for name in group]
    places = [order.index(name) for name in splits]
    found = (tuple(value for values in parts for value in values) for parts in product(*known))
    return [tuple(cell[i] for i in places) for cell in found]


def _family(conn: sa.Connection, asked: Ask, names: list[str]) -> list[Cell]:
    c, e = warehouse.table("categories"), warehouse.table("elements")
    columns = {"category": c.c.category, "element": c.c.element, "element_class": e.c["class"]}
    query = sa.select(*(columns[name].label(name) for name in names)).select_from(
        c.outerjoin(e, e.c.element == c.c.element)).distinct()
    for name in _FAMILY:
        if name in asked.where:
            query = query.where(columns[name].in_([v for v in asked.where[name] if v is not None]))
    # A category without an element is a cell of its own only once it has events.
    return [tuple(row) for row in conn.execute(query) if None not in tuple(row)]


def _values(conn: sa.Connection, asked: Ask, name: str) -> list[Cell]:
    """The values of one split that its reference table or the filter names; none for free splits such as channel."""
    if name in asked.where:
        return [(v,) for v in asked.where[name] if v is not None]
    split = asked.split(name)
    if not split.reference:
        return []
    table = warehouse.table(split.reference)
    return [tuple(row) for row in conn.execute(sa.select(table.c[name]).distinct())]
