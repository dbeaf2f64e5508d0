"""What the reader has chosen: one frozen object that goes to every metric, kept in the URL."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import pandas as pd
import streamlit as st

from sqm import metrics
from sqm.access import EVERYTHING, Person, Scope
from sqm.i18n import t
from sqm.ui import address

#: Months of a period choice; 0 means everything there is.
SPANS = {"24": 24, "12": 12, "6": 6, "3": 3, "1": 1, "all": 0}
_REFERENCE = {"city": "cities", "element": "elements", "category": "categories"}


@dataclass(frozen=True)
class Filters:
    """``period``: first and last month, both included; ``results.window`` is what a metric has of it.

    ``where``: split → chosen id, only what was chosen; of a branch always one of its cities. ``person``: who reads; ``scope``: the
    cities that they see. ``beside``: whether the whole may be shown to them beside it.
    """

    page: str
    lang: str
    theme: str
    engine: Any
    version: int
    period: tuple[date, date] | None
    where: Mapping[str, str]
    span: str = "24"
    scope: Scope = EVERYTHING
    beside: bool = True
    person: Person = field(default=Person(), compare=False)
    freshness: Mapping[str, Any] = field(default_factory=dict)
    head: Any = field(default=None, compare=False)

    @property
    def key(self) -> tuple:
        """All that a number, its words and its colours depend on."""
        where = tuple(sorted(self.where.items()))
        return (str(self.engine.url), self.version, self.lang, self.theme, self.period, self.span, where, self.scope, self.beside)

    def everyone(self) -> Filters:
        """The same for all cities, whoever reads: a city is judged as the one of many that it is, on every screen alike. What comes
        of it goes through ``own`` before it is shown.
        """
        return replace(self, scope=EVERYTHING) if self.beside else self

    def own(self, frame: pd.DataFrame) -> pd.DataFrame:
        """The rows of ``frame`` (with ``city``) about cities that the reader sees."""
        if self.scope.cities is None:
            return frame
        mine = frame[frame["city"].map(self.scope.sees).astype(bool)].reset_index(drop=True)
        mine.attrs = dict(frame.attrs)
        return mine

    def only(self, metric: str) -> dict[str, str]:
        """The chosen values that this metric can be filtered by."""
        splits = metrics.get(metric).splits
        return {name: value for name, value in self.where.items() if name in splits}


def _width(text: str) -> int:
    """Pixels of a box that shows ``text``: Chinese characters are square, letters about half as wide."""
    letters = sum(13 if ord(letter) > 0x2E7F else 6.4 for letter in text)
    return min(max(round(letters) + 55, 92), 220)


def chips(uses: tuple[str, ...], lang: str, values: Mapping[str, Mapping[str, str]], span: str, held: Collection[str] = ()) -> dict[str, str]:
    """Draw the filters as a row of boxes, each with its name as key; returns what each stands at by default ("" for all).

    ``held``: of these one is always chosen.
    """
    defaults: dict[str, str] = {}
    for name in uses:
        if name == "period":
            options, text = list(SPANS), lambda code: t(f"frame.period_{code}", lang)
            default = span
        else:
            known = values.get(name, {})
            # Who sees only some cities always looks at one of them.
            options, default = (list(known), next(iter(known), "")) if name in held else (["", *known], "")

            def text(code, name=name, known=known):
                return known.get(code, code) if code else t(f"frame.all_{name}", lang)

        value = address.before(name, options, default)
        st.selectbox(
            t(f"frame.filter_{name}", lang),
            options,
            format_func=text,
            key=name,
            label_visibility="collapsed",
            width=_width(text(value)),
        )
        defaults[name] = default
    return defaults
