"""Table contracts as data: what each dataset's rows are, which headings name its fields, what a value may be.

One declaration feeds the SQL table, the heading matcher, the checks, the template to download and the docs. Reference
tables (cities, elements, stores …) are datasets like any other: another operator loads its own, and no code knows a
province.
"""

from __future__ import annotations

from sqm.datasets.contract import FIRST_YEAR, LAST_YEAR, Dataset, Field, Type, Wide, check_year
from sqm.datasets.fields import YES_NO
from sqm.datasets.operations import AUDITS, BREACHES, CUSTOMERS, EVENTS, INDICATORS, TARGETS
from sqm.datasets.reference import (
    AUDIT_ITEMS,
    CATEGORIES,
    CITIES,
    DEPARTMENTS,
    DISTRICTS,
    ELEMENTS,
    INDICATOR_LIST,
    MATRIX,
    PROMISES,
    STORES,
    VALUE_NAMES,
)
from sqm.datasets.voices import COMPLAINTS, SURVEYS
from sqm.errors import WrongCall, did_you_mean

__all__ = [
    "ALL",
    "AUDITS",
    "AUDIT_ITEMS",
    "BREACHES",
    "BY_NAME",
    "CATEGORIES",
    "CITIES",
    "COMPLAINTS",
    "CUSTOMERS",
    "DEPARTMENTS",
    "DISTRICTS",
    "Dataset",
    "ELEMENTS",
    "EVENTS",
    "FIRST_YEAR",
    "Field",
    "INDICATORS",
    "INDICATOR_LIST",
    "LAST_YEAR",
    "MATRIX",
    "PROMISES",
    "STORES",
    "SURVEYS",
    "TARGETS",
    "VALUE_NAMES",
    "Type",
    "Wide",
    "YES_NO",
    "get",
    "check_year",
]

#: Reference tables first: facts refer to them, so this is also the order of loading.
ALL: tuple[Dataset, ...] = (
    CITIES,
    DISTRICTS,
    ELEMENTS,
    CATEGORIES,
    DEPARTMENTS,
    INDICATOR_LIST,
    MATRIX,
    AUDIT_ITEMS,
    STORES,
    PROMISES,
    VALUE_NAMES,
    TARGETS,
    EVENTS,
    CUSTOMERS,
    SURVEYS,
    COMPLAINTS,
    AUDITS,
    INDICATORS,
    BREACHES,
)
BY_NAME: dict[str, Dataset] = {dataset.name: dataset for dataset in ALL}


def get(name: str) -> Dataset:
    """The contract of that name, or WrongCall with the nearest name."""
    if name not in BY_NAME:
        raise WrongCall(
            "unknown_dataset", dataset=name, near=did_you_mean(name, list(BY_NAME)), known=", ".join(BY_NAME)
        )
    return BY_NAME[name]
