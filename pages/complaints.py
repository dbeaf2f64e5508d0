"""Complaints: where are the hot spots, in what, and do we answer in time?"""

import streamlit as st

from sqm.charts import base, complaints
from sqm.i18n import number, t
from sqm.ui import frame, hotspots, results
from sqm.ui.memory import drawn

RATE = "complaint_rate"

filters = frame.open("complaints")
lang, theme = filters.lang, filters.theme
with frame.guard(lang):
    found = results.fetch("complaints", filters)
    if found.empty or not found["base"].iloc[0]:
        frame.title(filters, t("frame.page_complaints", lang))
        results.nothing(filters)
        hotspots.uncounted_of(filters)
        st.stop()
    whole = results.fetch(RATE, filters, unfiltered=("city",)).dropna(subset=["value"])
    phi = results.unevenness(filters)
    rates = results.fetch(RATE, filters, by=("city",), unfiltered=("city",), phi=phi).dropna(subset=["value"])
    rates = rates[rates["city"].notna()]
    if whole.empty or rates.empty:
        frame.title(filters, t("complaints.title_counts", lang, n=number(found["base"].iloc[0])))
        results.nothing(filters, t("complaints.no_base", lang))
        hotspots.tickets_of(filters)
        st.stop()
    mean = float(whole["value"].iloc[0])
    rates = hotspots.judged(filters, rates, mean)
    frame.title(filters, hotspots.finding(filters, rates, mean))
    hotspots.uncounted_of(filters)
    left, right = st.columns([0.74, 1], gap="medium")
    with left:
        hotspots.map_of(filters, rates, mean)
    with right:
        hotspots.matrix_of(filters, rates, complaints)
    below, beside = st.columns([1.35, 1], gap="medium")
    with below:
        trend = results.fetch(RATE, filters, by=("month",), period=results.course(filters, RATE)).dropna(subset=["value"])
        if trend.empty:
            results.nothing(filters, t("complaints.no_base", lang))
        else:
            last = trend.iloc[-1]
            goal = results.target(filters, RATE, filters.where.get("city", ""))
            results.chart(
                drawn(
                    base.trend,
                    trend,
                    theme,
                    lang,
                    label=hotspots.label_of(last),
                    target=goal,
                    height=190,
                    target_label="" if goal is None else t("complaints.target", lang, target=results.number(goal, RATE)),
                    events=results.events(filters, filters.where.get("city", "-"), without="break"),
                ),
                filters,
                title=t("complaints.trend", lang),
                note=t("complaints.trend_note", lang),
                key="trend",
                table=trend,
                metric=RATE,
                by=("month",),
                period=results.course(filters, RATE),
                alt=t("complaints.trend_alt", lang, value=results.number(last["value"], RATE)),
            )
    with beside:
        hotspots.handling_of(filters)
    hotspots.tickets_of(filters)
