"""What goes with satisfaction, and how many interviews it takes to see a difference: the lower part of the Satisfaction page."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from sqm import metrics, signals
from sqm.charts import drivers as charts
from sqm.i18n import number, t
from sqm.ui import address, parts, results
from sqm.ui.filters import Filters
from sqm.ui.memory import drawn, remembered
from sqm.ui.places import order_of_cities
from sqm.ui.words import plain

METRIC = "satisfaction"
#: The switch of the drivers, and what the address calls it.
SWITCH, ASKED = "satisfaction_drivers", "satisfaction_importance"
#: Differences of the planner, in points.
DIFFERENCES = (1, 2, 3, 5)


@remembered
def driving(filters: Filters) -> tuple[pd.DataFrame, dict[str, Any]]:
    """``signals.driving`` of what is chosen, whichever element: ask only when somebody looks."""
    where = {k: v for k, v in filters.only(METRIC).items() if k != "element"}
    sums = metrics.joint(filters.engine, where=where, period=results.window(filters, METRIC), scope=filters.scope)
    return signals.driving(sums, results.fetch(METRIC, filters, by=("element",), unfiltered=("element",)))


def drivers_of(filters: Filters) -> None:
    """Behind a switch: each element by how it goes with overall satisfaction and how well it does."""
    lang = filters.lang
    # The address knows words, the switch yes and no.
    st.session_state[SWITCH] = address.before(ASKED, ("hidden", "shown"), "hidden") == "shown"
    st.toggle(t("drivers.open", lang), key=SWITCH, help=t("drivers.open_help", lang), on_change=_turned)
    if address.after({ASKED: "hidden"})[ASKED] == "hidden":
        return
    table, told = driving(filters)
    if table.empty:
        st.info(t("drivers.too_few", lang))
        return
    names = results.labels(filters, "elements")
    table = table.assign(name=[names.get(k, k) for k in table["element"]], ranks=[f"{lo:.0f}–{hi:.0f}" for lo, hi in zip(table["rank_low"], table["rank_high"], strict=True)])
    first, undecided = table[table["quadrant"] == "fix"], int((table["quadrant"] == "undecided").sum())
    said = ("、" if lang == "zh" else ", ").join(first["name"])
    title = t("drivers.title" if len(first) else "drivers.title_none", lang, names=said, n=len(table), undecided=undecided)
    corners = {place: t(f"drivers.{place}", lang) for place in ("fix", "keep", "low", "over")}
    axes = {"x": t("drivers.axis_performance", lang), "y": t("drivers.axis_importance", lang), "ranks": t("drivers.ranks", lang)}
    results.chart(drawn(charts.importance, table, filters.theme, lang, corners, axes), filters, title=title, key="drivers",
                  note=t("drivers.note", lang), table=table, metric=METRIC, by=("element",), unfiltered=("element",),
                  alt=t("drivers.alt", lang, title=title))
    st.caption(plain(t("drivers.about", lang, n=number(told["n"]), share=number(100 * told["r2"]), parts=metrics.JOINT_PARTS)))


def _turned() -> None:
    st.session_state[ASKED] = "shown" if st.session_state[SWITCH] else "hidden"


def planner_of(filters: Filters) -> None:
    """What the last six months' interviews of each city can see, and how many it would take."""
    lang = filters.lang
    window = results.window(filters, METRIC, signals.MONTHS)
    rows = signals.plan(results.fetch(METRIC, filters, by=("city",), unfiltered=("city",), period=window), DIFFERENCES)
    results.heading(t("drivers.plan", lang), t("drivers.plan_note", lang, months=results.said(window)))
    if rows.empty:
        st.caption(t("drivers.plan_none", lang))
        return
    order = {k: place for place, k in enumerate(order_of_cities(filters))}
    rows = rows.sort_values("city", key=lambda ids: ids.map(order), ignore_index=True)
    names, city = results.labels(filters, "cities"), filters.where.get("city")
    one = rows[rows["city"] == city].iloc[0] if city in set(rows["city"]) else rows.iloc[int(np.argmin(rows["base"]))]
    st.markdown(plain(t("drivers.plan_told", lang, city=names.get(one["city"], one["city"]), n=number(one["base"]),
                        seen=number(one["visible"], 1), needed=number(one["needed_2"]))))
    heads = [(t("drivers.head_city", lang), False), (t("drivers.head_base", lang), True), (t("drivers.head_seen", lang), True),
             *((t("drivers.head_needed", lang, n=n), True) for n in DIFFERENCES)]
    shown: list[list[parts.Told]] = [
        [(names.get(row["city"], row["city"]), "", ""), (number(row["base"]), "", ""), (number(row["visible"], 1), "", ""),
         *((number(row[f"needed_{n}"]), "unclear", "") for n in DIFFERENCES)] for row in rows.to_dict("records")]
    st.html(parts.table(heads, shown))
