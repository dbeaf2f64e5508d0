"""What each source can be split and filtered by, and the reference tables that takes.

A reference table is joined only when a split needs it, on its key, with an outer join: a row whose store or category is
unknown stays counted, and no row is counted twice.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import sqlalchemy as sa

from sqm import datasets, warehouse
from sqm.measures.portable import double

PSEUDO_ELEMENTS = ("overall", "recommend")
#: The steps of each scale that answers are counted in; a scale of 100 is counted in tens, the last from 90 to 100.
STEPS: dict[str, tuple[int, ...]] = {"1-10": tuple(range(1, 11)), "1-5": tuple(range(1, 6)), "0-10": tuple(range(11)),
                                     "0-100": tuple(range(0, 100, 10))}


@dataclass(frozen=True)
class Split:
    """One way to split. ``joins``: reference tables it needs. ``reference``: the dataset that lists its ids.

    ``key``: what to group by instead of ``column`` where that gives the same cells for less work.
    """

    column: sa.ColumnElement
    joins: tuple[str, ...] = ()
    reference: str = ""
    type: Literal["text", "flag", "integer"] = "text"
    key: sa.ColumnElement | None = None

    @property
    def cells(self) -> sa.ColumnElement:
        """What to group by."""
        return self.column if self.key is None else self.key


@dataclass(frozen=True)
class Source:
    """A fact table with its splits (without ``month``, which belongs to the metric's date) and possible joins."""

    dataset: str
    table: sa.Table
    splits: Mapping[str, Split]
    joins: Mapping[str, tuple[sa.Table, sa.ColumnElement]] = field(default_factory=dict)

    def from_(self, needed: set[str]) -> sa.FromClause:
        """The fact table, joined to the reference tables of ``needed``."""
        joined: sa.FromClause = self.table
        for name, (table, on) in self.joins.items():
            if name in needed:
                joined = joined.outerjoin(table, on)
        return joined


def _source(dataset: str, own: dict[str, str], far: dict[str, Split] | None = None,
            joins: Mapping[str, tuple[sa.Table, sa.ColumnElement]] | None = None) -> Source:
    table, contract = warehouse.table(dataset), datasets.get(dataset)
    splits = {}
    for name, reference in own.items():
        kind = contract.field(name).type
        splits[name] = Split(table.c[name], (), reference, kind if kind in ("flag", "integer") else "text")
    return Source(dataset, table, {**splits, **(far or {})}, joins or {})


_surveys, _complaints, _audits = warehouse.table("surveys"), warehouse.table("complaints"), warehouse.table("audits")
_elements, _categories = warehouse.table("elements"), warehouse.table("categories")
_stores, _items = warehouse.table("stores"), warehouse.table("audit_items")

#: The step of its scale that an answer reaches: 8.5 of 10 is an 8, as it is not in the top two boxes either.
_tens = sa.func.least(sa.func.floor(_surveys.c.score / double(10)) * double(10), double(90))
_step = sa.cast(sa.case((_surveys.c.scale == sa.literal_column("'0-100'"), _tens), else_=sa.func.floor(_surveys.c.score)), sa.Integer)

SURVEYS = _source(
    "surveys", {"city": "cities", "element": "elements", "item": "", "operator": "", "channel": "", "method": "",
                "segment": "", "scale": ""},
    {"element_class": Split(_elements.c["class"], ("elements",)), "step": Split(_step, type="integer")},
    {"elements": (_elements, _elements.c.element == _surveys.c.element)})

COMPLAINTS = _source(
    "complaints", {"city": "cities", "category": "categories", "channel": "", "segment": "", "severity": "",
                   "department": "departments", "product": "", "status": "", "kind": ""},
    {"element": Split(_categories.c.element, ("categories",), "elements"),
     "element_class": Split(_elements.c["class"], ("categories", "elements"))},
    {"categories": (_categories, _categories.c.category == _complaints.c.category),
     "elements": (_elements, _elements.c.element == _categories.c.element)})

AUDITS = _source(
    "audits", {"store": "stores", "item": "audit_items", "monitoring": ""},
    {"city": Split(_stores.c.city, ("stores",), "cities"), "level": Split(_stores.c.level, ("stores",)),
     "pilot": Split(_stores.c.pilot, ("stores",), type="flag"), "stage": Split(_items.c.stage, ("audit_items",)),
     "dimension": Split(_items.c.dimension, ("audit_items",)),
     "communication100": Split(_items.c.communication100, ("audit_items",))},
    {"stores": (_stores, _stores.c.store == _audits.c.store), "audit_items": (_items, _items.c.item == _audits.c.item)})

_breaches = _source("breaches", {"department": "departments", "prohibition": ""})
#: A breach of the whole company carries no city; it is shown as such, like a ticket without one.
BREACHES = Source("breaches", _breaches.table, {
    "city": Split(sa.func.nullif(_breaches.table.c.city, sa.literal_column("''")), (), "cities"), **_breaches.splits})

_indicators, _listed = warehouse.table("indicators"), warehouse.table("indicator_list")
#: One of the whole province carries no city, and one of nobody in particular no department.
INDICATORS = Source(
    "indicators", _indicators,
    {"city": Split(sa.func.nullif(_indicators.c.city, sa.literal_column("''")), (), "cities"),
     "department": Split(sa.func.nullif(_indicators.c.department, sa.literal_column("''")), (), "departments"),
     "indicator": Split(_indicators.c.indicator, (), "indicator_list"),
     "element": Split(_listed.c.element, ("indicator_list",), "elements")},
    {"indicator_list": (_listed, _listed.c.indicator == _indicators.c.indicator)})

SOURCES: dict[str, Source] = {s.dataset: s for s in (SURVEYS, COMPLAINTS, AUDITS, BREACHES, INDICATORS)}

#: Splits whose values are of one city.
PLACES = frozenset({"city", "store"})

#: Split -> the reference dataset that names its values, whatever the source.
REFERENCES = {"city": "cities", "element": "elements", "category": "categories", "department": "departments",
              "store": "stores", "indicator": "indicator_list"}
