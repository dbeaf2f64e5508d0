"""Complaints: where are the hot spots, in what, and do we answer in time?"""

import streamlit as st

from sqm.charts import base, complaints
from sqm.i18n import number, t
from sqm.ui import briefing, compared, counted, frame, hotspots, results, watch

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
    rates = results.fetch(RATE, filters.everyone(), by=("city",), unfiltered=("city",), phi=phi).dropna(subset=["value"])
    rates = rates[rates["city"].notna()]
    if whole.empty or rates.empty:
        frame.title(filters, t("complaints.title_counts", lang, n=number(found["base"].iloc[0])))
        results.nothing(filters, t("complaints.no_base", lang))
        counted.counts_of(filters, base, complaints)
        hotspots.tickets_of(filters)
        st.stop()
    mean = float(whole["value"].iloc[0])
    rates = hotspots.judged(filters, rates, mean)
    frame.title(filters, hotspots.finding(filters, rates, mean), briefing.beside_half_a_year_ago(filters, RATE))
    hotspots.uncounted_of(filters)
    left, right = st.columns([0.74, 1], gap="medium")
    with left:
        hotspots.map_of(filters, rates, mean)
    with right:
        hotspots.matrix_of(filters, rates, complaints)
    watch.block_of(filters)
    below, beside = st.columns([1.35, 1], gap="medium")
    with below:
        hotspots.trend_of(filters, base)
    with beside:
        hotspots.handling_of(filters)
    first, second = st.columns(2, gap="medium")
    with first:
        compared.pareto_of(filters, complaints)
    with second:
        compared.last_year_of(filters, complaints)
    hotspots.tickets_of(filters)
