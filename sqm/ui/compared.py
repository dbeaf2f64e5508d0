"""Complaints by category, the largest first, and against the same months a year before."""

from __future__ import annotations

from datetime import date
from typing import Any

import pandas as pd
import streamlit as st

from sqm import metrics, signals, verdicts
from sqm.i18n import number, t
from sqm.ui import parts, results
from sqm.ui.filters import Filters
from sqm.ui.memory import drawn, remembered

RATE = "complaint_rate"
YEAR = 12
#: The share of all complaints that the title says how many categories make.
MOST = 80.0
DOTS = {"worse": ("dot", "worse", "dot_more"), "better": ("dot", "better", "dot_fewer"), "unclear": ("dot", "unclear", "dot_none"), "small": ("ring", "", "dot_small")}


@remembered
def categories_of(filters: Filters) -> pd.DataFrame:
    """The rate by category with its tickets (``events``), ``share`` and running ``total`` in %, the largest first."""
    rows = results.fetch(RATE, filters, by=("category",), unfiltered=("category",), phi=results.unevenness(filters)).dropna(subset=["value"])
    rows = rows[rows["events"] > 0].sort_values("events", ascending=False, kind="stable", ignore_index=True)
    share = 100 * rows["events"] / rows["events"].sum()
    names = results.labels(filters, "categories")
    none = t("metrics.value.none", filters.lang)
    return rows.assign(share=share, total=share.cumsum(), name=[names.get(c, c) if isinstance(c, str) else none for c in rows["category"]])


def pareto_of(filters: Filters, charts: Any) -> None:
    """Categories by size: rate with its interval, share and running total as text."""
    lang, rows = filters.lang, categories_of(filters)
    if rows.empty:
        results.heading(t("compared.pareto_plain", lang))
        results.nothing(filters)
        return
    few = int((rows["total"] < MOST).sum()) + 1
    few = min(few, len(rows))
    told = rows.assign(text=[f"{number(r.value, 2)} · {number(r.share, 0)}% · {number(r.total, 0)}%" for r in rows.itertuples()])
    results.chart(
        drawn(charts.pareto, told, filters.theme, lang, chosen=filters.where.get("category", "")),
        filters,
        title=t("compared.pareto", lang, n=few, of=len(rows), share=number(rows["total"].iloc[few - 1], 0)),
        note=t("compared.pareto_note", lang),
        key="pareto",
        table=rows,
        metric=RATE,
        by=("category",),
        unfiltered=("category",),
        alt=t("compared.pareto_alt", lang, names=", ".join(rows["name"])),
    )


def years_of(filters: Filters) -> tuple[results.Period, results.Period] | None:
    """(the months shown, twelve at most; the same months a year before), None without any."""
    window = results.window(filters, RATE)
    if window is None:
        return None
    now = (max(window[0], metrics.back(window[1], YEAR)), window[1])
    return now, (_year_before(now[0]), _year_before(now[1]))


def _year_before(month: date) -> date:
    return month.replace(year=month.year - 1)


def split_of(filters: Filters) -> str:
    """By what the year is compared: the categories of a chosen city, else the cities."""
    return "category" if "city" in filters.where and "category" not in filters.where else "city"


@remembered
def against_last_year(filters: Filters) -> pd.DataFrame:
    """Both years by city or category as one family (``signals.judged``), with name, the widest rise first."""
    years, split = years_of(filters), split_of(filters)
    if years is None:
        return pd.DataFrame()
    phi = results.unevenness(filters)
    now, before = (results.fetch(RATE, filters, by=(split,), unfiltered=(split,), period=period, phi=phi) for period in years)
    now, before = (frame[frame[split].notna() & frame["value"].notna()] for frame in (now, before))
    if now.empty or before.empty:
        return pd.DataFrame()
    told = signals.judged(RATE, (split,), now, before, results.limits(filters), verdicts.FALSE_DISCOVERIES)
    events = dict(zip(now[split], now["events"], strict=True))
    names = results.labels(filters, "cities" if split == "city" else "categories")
    told = told.assign(name=[names.get(v, v) for v in told[split]], events=[events[v] for v in told[split]])
    return told.sort_values("difference", ascending=False, kind="stable", ignore_index=True)


@remembered
def whole_of(filters: Filters) -> pd.DataFrame:
    """What ``against_last_year`` is a part of, judged by itself, as one row of its columns: empty where it is not known."""
    years, split = years_of(filters), split_of(filters)
    if years is None:
        return pd.DataFrame()
    phi = results.unevenness(filters)
    now, before = (results.fetch(RATE, filters, unfiltered=(split,), period=period, phi=phi).dropna(subset=["value"]) for period in years)
    if now.empty or before.empty:
        return pd.DataFrame()
    city = filters.where.get("city") if split == "category" else None
    name = results.labels(filters, "cities").get(city, city) if city else t("complaints.province", filters.lang)
    told = signals.judged(RATE, (), now, before, results.limits(filters), verdicts.FALSE_DISCOVERIES)
    return told.assign(**{split: None}, name=name, events=now["events"].to_numpy())


def last_year_of(filters: Filters, charts: Any) -> None:
    """The rate against the same months a year before, each with its interval, judged together."""
    lang, years = filters.lang, years_of(filters)
    if years is None or not results.known_since(filters, RATE, years[1][0]):
        results.heading(t("compared.year_plain", lang))
        first = results.measured(filters, RATE)
        st.caption(t("compared.year_missing", lang, months=results.said(years[1] if years else None), first=f"{first[0]:%Y-%m}" if first else "–"))
        return
    rows, split = against_last_year(filters), split_of(filters)
    if rows.empty:
        results.heading(t("compared.year_plain", lang))
        results.nothing(filters)
        return
    up, down = (int((rows["verdict"] == word).sum()) for word in ("worse", "better"))
    of = t(f"compared.of_{split}", lang, n=len(rows))
    title = t("compared.year", lang, up=up, down=down, of=of) if up or down else t("compared.year_none", lang, of=of)
    whole = whole_of(filters)
    told = pd.concat([whole.assign(apart=True), rows.assign(apart=False)], ignore_index=True) if len(whole) else rows.assign(apart=False)
    told = told.assign(text=[f"{number(r.before, 2)} → {number(r.value, 2)}" for r in told.itertuples()])
    results.chart(
        drawn(charts.shifts, told, filters.theme, lang, few=metrics.get(RATE).few),
        filters,
        title=title,
        note=t("compared.year_note", lang, before=results.said(years[1])),
        key="lastyear",
        table=rows,
        metric=RATE,
        by=(split,),
        period=years[0],
        unfiltered=(split,),
        alt=t("compared.year_alt", lang, names=", ".join(rows["name"])),
    )
    st.html(parts.legend(parts.shown(DOTS, set(told["verdict"]), "compared", lang)))
