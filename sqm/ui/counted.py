"""Complaints where nobody has loaded the customers yet: counts by month, city and category instead of rates."""

from __future__ import annotations

from typing import Any

import streamlit as st

from sqm.i18n import number, t
from sqm.ui import results
from sqm.ui.filters import Filters
from sqm.ui.memory import drawn

COUNT = "complaints"
#: So many bars; a long list says nothing more.
MOST = 13


def counts_of(filters: Filters, base: Any, charts: Any) -> None:
    """The course of the months, and where and about what most of the tickets are."""
    left, right = st.columns([1.35, 1], gap="medium")
    with left:
        _months_of(filters, base)
        _bars_of(filters, charts, "category", "categories")
    with right:
        _bars_of(filters, charts, "city", "cities")


def _months_of(filters: Filters, charts: Any) -> None:
    lang = filters.lang
    trend = results.fetch(COUNT, filters, by=("month",)).dropna(subset=["value"])
    if trend.empty:
        return
    last = trend.iloc[-1]
    said = number(last["value"])
    results.chart(drawn(charts.trend, trend, filters.theme, lang, label=said, height=170), filters,
                  title=t("complaints.counts_month", lang, n=said, month=f"{last['month']:%Y-%m}"), key="counts_month", table=trend, metric=COUNT, by=("month",),
                  alt=t("complaints.counts_month", lang, n=said, month=f"{last['month']:%Y-%m}"))


def _bars_of(filters: Filters, charts: Any, split: str, reference: str) -> None:
    lang = filters.lang
    rows = results.fetch(COUNT, filters, by=(split,)).dropna(subset=["value", split])
    rows = rows[rows["value"] > 0].sort_values("value", ascending=False)
    if len(rows) < 2:
        return
    names, total, shown = results.labels(filters, reference), float(rows["value"].sum()), rows.head(MOST)
    told = shown.assign(name=[names.get(one, one) for one in shown[split]], events=shown["value"], category=shown[split],
                        text=[f"{number(value)} · {number(100 * value / total, 0)}%" for value in shown["value"]])
    first = {"name": told["name"].iloc[0], "share": number(100 * told["value"].iloc[0] / total, 0)}
    results.chart(drawn(charts.pareto, told, filters.theme, lang, chosen=filters.where.get(split, "")), filters,
                  title=t(f"complaints.counts_{split}", lang, **first), key=f"counts_{split}", table=rows, metric=COUNT, by=(split,),
                  alt=t(f"complaints.counts_{split}", lang, **first))
