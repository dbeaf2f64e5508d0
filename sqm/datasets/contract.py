"""What a table contract is made of: fields, the wide form of a sheet, the dataset."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Literal

from sqm.errors import WrongCall, did_you_mean

#: The years in which anything here can lie: what is read, asked for or declared.
FIRST_YEAR, LAST_YEAR = 1970, 2100

Type = Literal["text", "number", "integer", "month", "date", "timestamp", "flag"]


@dataclass(frozen=True)
class Field:
    """One column.

    ``headings``: what workbooks call it (the name itself always matches). ``default``: used where the cell is blank or
    the column absent. ``required``: a blank cell refuses the row. ``words``: value words to stored values.
    ``refers_to``: the value must be known to that reference dataset, by key, name or alias. ``personal``: the clear
    value is never stored; ``name`` keeps the masked form and ``name_key`` the keyed hash. ``free``: free text in which
    personal numbers are masked. ``percent``: what ``85%`` means, 85 (``points``) or 0.85 (``fraction``); a
    column of fractions that is plainly written out of a hundred is read as percent. ``derive``: the fields
    whose values, joined, stand in where a sheet has no such column. ``additive``: a total row states the sum of the others.
    ``unit_of``: the unit is that of the entry in another field, an indicator in percent or in seconds.
    """

    name: str
    type: Type = "text"
    headings: tuple[str, ...] = ()
    required: bool = False
    default: str | float | bool | None = None
    one_of: tuple[str, ...] = ()
    words: Mapping[str, str] = field(default_factory=dict)
    refers_to: str | None = None
    also: tuple[str, ...] = ()
    personal: Literal["phone", "identity"] | None = None
    free: bool = False
    low: float | None = None
    high: float | None = None
    percent: Literal["points", "fraction"] | None = None
    unit: str = ""
    unit_of: str = ""
    derive: tuple[str, ...] = ()
    additive: bool = False

    def called(self, lang: str) -> str:
        """What a person calls it: the first of its headings in Chinese, its id in English, which every sheet may use."""
        return self.headings[0] if lang == "zh" and self.headings else self.name

    @property
    def columns(self) -> tuple[str, ...]:
        """The stored columns of this field."""
        return (self.name, f"{self.name}_key") if self.personal else (self.name,)


@dataclass(frozen=True)
class Wide:
    """How a wide sheet (one column per element or item) becomes rows.

    A heading that names an entry of ``reference`` (or a word of ``also``) is a column of answers: its entry goes to
    ``name_field`` and its cells to ``value_field``. A suffix of ``companions`` marks a second answer of the same
    entry ("热线服务期望"). With ``item_field``, "热线服务-接通快" is its sub-question 接通快. ``record``: the fields
    that identify the sheet row, so that a row without a single answer can be counted. ``whole``: the entry that stands
    for all of a record, "总分": read only where the sheet has no other answers, else it would count them twice.
    ``dated``: headings name months, not entries of a reference: 2026年7月, or 7月 under a year.
    """

    name_field: str
    value_field: str
    reference: str
    also: Mapping[str, str] = field(default_factory=dict)
    companions: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    item_field: str = ""
    not_applicable: str = ""
    whole: str = ""
    dated: bool = False


@dataclass(frozen=True)
class Dataset:
    """A table contract. ``key`` empty means no natural key: file, sheet and row number identify a row.

    ``past``: its rows tell what has happened, so that none of their dates can lie ahead. ``told_apart_by``: the field of a reference
    dataset that tells entries of one name apart, the province of a city.
    """

    name: str
    zh: str
    en: str
    grain: str
    key: tuple[str, ...]
    fields: tuple[Field, ...]
    dated_by: str = ""
    past: bool = False
    reference: bool = False
    wide: Wide | None = None
    strip: tuple[str, ...] = ()
    told_apart_by: str = ""
    warnings: tuple[str, ...] = ()

    @cached_property
    def by_name(self) -> dict[str, Field]:
        return {f.name: f for f in self.fields}

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """All stored data columns, in order, without lineage."""
        return tuple(column for f in self.fields for column in f.columns)

    def field(self, name: str) -> Field:
        """The field of that name, or WrongCall with the nearest name."""
        if name not in self.by_name:
            raise WrongCall("unknown_field", field=name, dataset=self.name, near=did_you_mean(name, list(self.by_name)))
        return self.by_name[name]


def check_year(moment: date) -> None:
    """Raise WrongCall ``year_out_of_range`` for a day outside ``FIRST_YEAR`` to ``LAST_YEAR``."""
    if not FIRST_YEAR <= moment.year <= LAST_YEAR:
        raise WrongCall("year_out_of_range", year=moment.year, first=FIRST_YEAR, last=LAST_YEAR)
