"""Stores page, all stores shown: where they lose points, the kinds of monitoring side by side, pilots against the rest."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from sqm import metrics, standings
from sqm.charts import standings as charts
from sqm.i18n import number, t
from sqm.ui import results, shop_profile
from sqm.ui.filters import Filters
from sqm.ui.memory import drawn, remembered

METRIC = "audit_score"
MOST = 10


@remembered
def _compared(filters: Filters, on: str, where: tuple[tuple[str, Any], ...], other: Any = None) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """(groups of stores, the others against ``other``, the answer by group with those intervals); ``other``: the one visited most without one."""
    asked = {name: list(values) if isinstance(values, tuple) else values for name, values in where}
    groups = standings.by_store(results.fetch(METRIC, filters, by=(on, "store"), where=asked), on)
    groups = groups.sort_values("base", ascending=False, ignore_index=True)
    against = groups[on].iloc[0] if other is None and len(groups) else other
    table = results.fetch(METRIC, filters, by=(on,), where=asked)
    counted = table.drop(columns=["lo", "hi"]).merge(groups[[on, "lo", "hi"]], on=on, how="inner")[table.columns]
    return groups, standings.against(groups, on, against, metrics.get(METRIC)), counted


def groups_of(filters: Filters, way: str) -> None:
    """Points lost on the left; monitoring and pilots on the right."""
    left, right = st.columns([1.15, 1], gap="medium")
    with left:
        _lost(filters, way)
    with right:
        _monitoring(filters)
        _pilots(filters, way)


def _lost(filters: Filters, way: str) -> None:
    lang = filters.lang
    items, where = shop_profile.lost_of(filters, way), {"monitoring": way}
    title, _ = shop_profile.lost_title(items, lang, "stores.lost_all")
    if not items["share"].notna().any():
        results.heading(title)
        return
    results.chart(
        drawn(charts.pareto, shop_profile.listed(items, MOST), filters.theme, lang), filters, title=title,
        note=t("stores.lost_note", lang, n=len(shop_profile.listed(items, MOST)), of=items.attrs["of"]), key="lost", metric=METRIC, by=("item",), where=where,
        table=results.fetch(METRIC, filters, by=("item",), where=where), alt=t("stores.lost_alt", lang, n=len(shop_profile.listed(items, MOST))),
    )
    stages = shop_profile.lost_of(filters, way, by="stage")
    if stages["share"].notna().any():
        told = [t("stores.stage_share", lang, stage=row["name"], share=number(row["share"])) for row in stages.to_dict("records")]
        st.caption(t("stores.lost_stages", lang, stages=("，" if lang == "zh" else ", ").join(told)))


def _monitoring(filters: Filters) -> None:
    lang, names = filters.lang, results.labels(filters, "monitoring")
    asked = {"monitoring": list(names)}
    groups, told, table = _compared(filters, "monitoring", (("monitoring", tuple(names)),)) if names else (pd.DataFrame(),) * 3
    if len(groups) < 2:
        results.heading(t("stores.ways_one", lang))
        return
    groups, first = groups.assign(name=[names.get(code, code) for code in groups["monitoring"]]), groups["monitoring"].iloc[0]
    sure = told[told["verdict"].isin(["better", "worse"])]
    title = t("stores.ways_same", lang)
    if len(sure):
        row = sure.loc[sure["difference"].abs().idxmax()]
        title = t(f"stores.ways_{row['verdict']}", lang, name=names.get(row["monitoring"], row["monitoring"]), other=names.get(first, first), **_apart(row))
    _beside(filters, groups, table, "monitoring", title, asked, "ways")
    st.caption(t("stores.ways_why", lang))


def _pilots(filters: Filters, way: str) -> None:
    lang, where = filters.lang, {"monitoring": way}
    groups, told, table = _compared(filters, "pilot", tuple(where.items()), False)
    if len(groups) < 2:
        results.heading(t("stores.pilot_one", lang))
        return
    groups = groups.assign(name=[t("stores.pilot_yes" if pilot else "stores.pilot_no", lang) for pilot in groups["pilot"]])
    groups = groups.sort_values("pilot", ascending=False, ignore_index=True)
    row = told.iloc[0]
    _beside(filters, groups, table, "pilot", t(f"stores.pilot_{row['verdict']}", lang, **_apart(row)), where, "pilots")
    st.caption(t("stores.pilot_why", lang))


def _apart(row: pd.Series) -> dict[str, str]:
    sides = {"difference": row["difference"], "lo": row["d_lo"], "hi": row["d_hi"]}
    return {name: results.number(value, METRIC, sign=True) for name, value in sides.items()}


def _beside(filters: Filters, groups: pd.DataFrame, table: pd.DataFrame, by: str, title: str, where: dict[str, Any], key: str) -> None:
    lang = filters.lang
    said = [t("stores.group_base", lang, value=results.number(row["value"], METRIC), stores=int(row["stores"]), visits=number(row["base"]))
            for row in groups.to_dict("records")]
    results.chart(
        drawn(charts.beside, groups.assign(text=said), filters.theme, lang, metrics.get(METRIC).few), filters, title=title, key=key,
        metric=METRIC, by=(by,), where=where, table=table, alt=t(f"stores.{key}_alt", lang),
    )
