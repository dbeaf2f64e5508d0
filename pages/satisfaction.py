"""Satisfaction: how high is it, where is it not, and where does it fall short of what customers expect?"""

import streamlit as st

from sqm import metrics, verdicts
from sqm.charts import base, satisfaction
from sqm.i18n import number, t
from sqm.ui import address, drivers, frame, gaps, parts, results, voices_against, voices_spread
from sqm.ui.briefing import beside_half_a_year_ago
from sqm.ui.headlines import recommending_of, satisfaction_title
from sqm.ui.memory import drawn
from sqm.ui.places import order_of_cities, rows_of_elements

#: Shade on the heat map → shape and colour in the legend, and its text.
HEAT = {"worse": ("", "worse", "legend_low"), "better": ("", "better", "legend_high"),
        "unclear": ("box", "sunken", "legend_none"), "small": ("box", "background", "legend_small")}
METRIC = "satisfaction"
SPLITS = ("city", "element", "channel", "segment")

filters = frame.open("satisfaction")
lang, theme = filters.lang, filters.theme
with frame.guard(lang):
    trend = results.fetch(METRIC, filters, by=("month",), period=results.course(filters, METRIC))
    if trend.empty:
        frame.title(filters, t("frame.page_satisfaction", lang))
        results.nothing(filters)
        st.stop()

    city, element = filters.where.get("city", ""), filters.where.get("element", "")
    cities, elements = results.labels(filters, "cities"), results.labels(filters, "elements")
    last = trend.iloc[-1]
    told = results.fetch(METRIC, filters)
    if told.empty:
        frame.title(filters, t("frame.page_satisfaction", lang))
        results.nothing(filters)
        st.stop()
    now = told.iloc[0]
    goal, verdict = results.verdict(filters, METRIC, now)
    beside = filter(None, (results.based(now, METRIC, lang), beside_half_a_year_ago(filters, METRIC)))
    frame.title(filters, satisfaction_title(filters, told, goal, verdict), " · ".join(beside))

    left, right = st.columns([1.5, 1], gap="medium")
    with left:
        name = (
            t("satisfaction.trend_element", lang, element=elements[element])
            if element in elements
            else t("satisfaction.trend", lang)
        )
        drawing = drawn(
            base.trend,
            trend,
            theme,
            lang,
            label=f"{results.number(last['value'], METRIC)} {results.margin(last, METRIC)}",
            target=goal,
            target_label=t("satisfaction.target", lang, target=results.number(goal, METRIC))
            if goal is not None
            else "",
            events=results.events(filters, city),
        )
        results.chart(
            drawing,
            filters,
            title=name,
            key="trend",
            table=trend,
            metric=METRIC,
            by=("month",),
            period=results.course(filters, METRIC),
            note=t("satisfaction.trend_note", lang, base=number(trend["base"].median())),
            alt=t(
                "satisfaction.trend_alt",
                lang,
                value=results.number(last["value"], METRIC),
                lo=results.number(last["lo"], METRIC),
                hi=results.number(last["hi"], METRIC),
            ),
        )

        whole = results.fetch(METRIC, filters, by=("element",), unfiltered=("city",))
        cells = results.fetch(METRIC, filters.everyone(), by=("element", "city"), unfiltered=("city",))
        cells = cells[cells["city"].notna()]
        listed = [r for r in rows_of_elements(filters) if r["id"] in set(cells["element"])]
        if not cells.empty and listed and not element:
            judged = filters.own(verdicts.differing(cells, whole, "element", results.defined(filters, METRIC)))
            found = int(judged["verdict"].isin(["better", "worse"]).sum())
            shown = [{"id": k, "name": cities.get(k, k)} for k in order_of_cities(filters) if k in set(judged["city"])]
            drawing = drawn(
                satisfaction.heat,
                judged,
                listed,
                shown,
                dict(zip(whole["element"], whole["value"], strict=True)),
                theme,
                lang,
                t("satisfaction.province", lang),
            )
            results.chart(
                drawing,
                filters,
                title=t("satisfaction.heat", lang, cells=len(judged), found=found),
                key="heat",
                note=t("satisfaction.heat_all" if city else "satisfaction.heat_note", lang),
                table=judged,
                metric=METRIC,
                by=("element", "city"),
                unfiltered=("city",),
                alt=t("satisfaction.heat_alt", lang, cells=len(judged), found=found),
            )
            rule = ("", "", t("satisfaction.legend_rule", lang))
            st.html(parts.legend([*parts.shown(HEAT, set(judged["verdict"]), "satisfaction", lang), rule]))
        voices_spread.spread_of(filters)
    with right:
        address.before("satisfaction_split", SPLITS, "city")
        st.segmented_control(
            t("satisfaction.split", lang),
            SPLITS,
            key="satisfaction_split",
            required=True,
            format_func=lambda code: t(f"satisfaction.split_{code}", lang),
            label_visibility="collapsed",
        )
        split = address.after({"satisfaction_split": "city"})["satisfaction_split"]
        groups, everyone = results.beside_the_whole(filters, METRIC, split)
        if groups.empty or everyone.empty:
            results.nothing(filters)
        else:
            naming = results.labels(filters, split)
            mean = everyone.iloc[0]
            groups = groups.assign(name=[naming.get(k, k) for k in groups[split]])
            counts = groups["verdict"].value_counts()
            worse, better = int(counts.get("worse", 0)), int(counts.get("better", 0))
            key = "satisfaction.ranked_some" if worse + better else "satisfaction.ranked_none"
            results.chart(
                drawn(satisfaction.ranked, groups, theme, lang, mean=mean["value"], mean_label=t("satisfaction.all", lang, value=results.number(mean["value"], METRIC))),
                filters,
                title=t(key, lang, worse=worse, better=better),
                key="ranked",
                note=t("satisfaction.ranked_all" if split in filters.where else "satisfaction.ranked_note", lang),
                table=groups,
                metric=METRIC,
                by=(split,),
                unfiltered=(split,),
                alt=t("satisfaction.ranked_alt", lang, names=", ".join(groups["name"])),
            )
        gap = results.fetch("expectation_gap", filters, by=("element",))
        if not gap.empty:
            expected = results.fetch("expectation", filters, by=("element",))
            table = verdicts.falling_short(gap, expected, "element", metrics.get("expectation_gap"))
            table["name"] = [elements.get(k, k) for k in table["element"]]
            short = int((table["verdict"] == "worse").sum())
            results.chart(
                drawn(satisfaction.dumbbells, table, theme, lang),
                filters,
                key="gap",
                table=table,
                metric="expectation_gap",
                by=("element",),
                title=t("satisfaction.gap_small" if (table["verdict"] == "small").all() else "satisfaction.gap_title", lang, n=len(table), found=short),
                note=t("satisfaction.gap_note", lang),
                alt=t("satisfaction.gap_alt", lang, names=", ".join(table["name"])),
            )
        recommending_of(filters)
        voices_against.against_of(filters)
    gaps.gaps_of(filters)
    drivers.planner_of(filters)
    drivers.drivers_of(filters)
