"""Stores page, the cities: their funnel, who is truly at the bottom, streaks that are a signal or luck, what moved."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import urlencode

import pandas as pd
import streamlit as st

from sqm import signals, standings
from sqm.charts import standings as charts
from sqm.i18n import number, t
from sqm.ui import briefing, parts, results
from sqm.ui.filters import Filters
from sqm.ui.memory import drawn, remembered
from sqm.ui.words import plain

METRIC = "audit_score"
#: A streak is looked for in so many months at least; so many cities are listed.
MONTHS, MOST = 12, 20
WHICH = "mystery"


@remembered
def _cities(filters: Filters, way: str) -> pd.DataFrame:
    found = results.fetch(METRIC, filters, by=("city",), where={"monitoring": way}, unfiltered=("city",))
    placed = standings.placed(found[found["city"].notna() & (found["city"] != "")])
    names = results.labels(filters, "cities")
    return placed.assign(name=[names.get(city, city) for city in placed["city"]])


@remembered
def _streaks(filters: Filters, way: str) -> pd.DataFrame:
    period = results.course(filters, METRIC, MONTHS)
    return standings.streaks(results.fetch(METRIC, filters, by=("month", "city"), where={"monitoring": way}, period=period, unfiltered=("city",)))


def cities_of(filters: Filters, way: str) -> None:
    """The funnel of the cities beside the list of who is at the bottom; a sentence where there are too few to compare."""
    lang, whatever = filters.lang, replace(filters, where={}, lang="zh", theme="light", span="")
    cities, streaks = _cities(replace(filters, where={}, span=""), way), _streaks(whatever, way)
    few = len(cities) <= standings.PLACES
    if few or not (cities["error"] > 0).any():
        results.heading(t("stores.funnel_few" if few else "stores.funnel_alike", lang, n=len(cities)))
        return
    left, right = st.columns([1, 1.15], gap="medium")
    with left:
        _funnel(filters, cities, way)
    with right:
        _list(filters, cities, streaks)


def _funnel(filters: Filters, cities: pd.DataFrame, way: str) -> None:
    lang = filters.lang
    low, high = (_names(list(cities.loc[cities["outside"] == side, "name"]), lang) for side in ("worse", "better"))
    key = "both" if low and high else "low" if low else "high" if high else "none"
    label = t("stores.province", lang, mean=results.number(cities["whole"].iloc[0], METRIC))
    drawing = drawn(charts.funnel, cities, standings.limits(cities), filters.theme, lang, label, chosen=filters.where.get("city", ""))
    results.chart(
        drawing, filters, title=t(f"stores.funnel_{key}", lang, low=low, high=high), note=t("stores.funnel_note", lang), key="funnel",
        table=results.fetch(METRIC, filters, by=("city",), where={"monitoring": way}, unfiltered=("city",)), metric=METRIC, by=("city",),
        where={"monitoring": way}, unfiltered=("city",), alt=t("stores.funnel_alt", lang, n=len(cities)),
    )
    phi = float(cities.attrs.get("phi", 1.0))
    st.caption(t("stores.funnel_why" if phi >= 1.05 else "stores.funnel_plain", lang, phi=number(phi, 1)))


@remembered
def _told(filters: Filters, cities: pd.DataFrame, streaks: pd.DataFrame) -> tuple[str, str]:
    """(the finding about the streaks, the table of the cities)."""
    lang = filters.lang
    period = results.course(filters, METRIC, MONTHS)
    over = results.months_of(period) if period else MONTHS
    calls = cities[["city", "name"]].merge(streaks, on="city", how="inner")
    said = {call: _names(list(calls.loc[calls["call"] == call, "name"]), lang) for call in ("signal", "luck", "unclear")}
    if streaks.empty or not any(said.values()):
        title = t("stores.streak_none", lang, over=over)
    else:
        runs = [t(f"stores.streak_{call}", lang, names=names) for call, names in said.items() if names]
        title = t("stores.streak_title", lang, over=over, told=("；" if lang == "zh" else "; ").join(runs))
    beside = streaks.set_index("city")
    rows: list[list[parts.Told]] = []
    for row in cities.head(MOST).to_dict("records"):
        link = f"stores?{urlencode({'city': row['city'], 'period': filters.span, 'lang': lang})}"
        small = row["base"] < standings.ENOUGH
        run = beside.loc[row["city"]] if row["city"] in beside.index else None
        told = t(f"stores.call_{run['call']}", lang) if run is not None and run["call"] else "–"
        if run is not None and run["call"] == "signal" and not run["running"]:
            told = t("stores.call_over", lang, call=told)
        rows.append([
            (row["name"], "", link),
            (f"{results.number(row['value'], METRIC)} {results.margin(row, METRIC)}", "", ""),
            (number(row["base"]), "unclear", ""),
            ("–" if small else number(row["place"]), "unclear", ""),
            ("–" if small else chance(row["bottom"]), "", ""),
            (_run(run, lang), "unclear", ""),
            (told, "worse strong" if run is not None and run["call"] == "signal" else "unclear", ""),
        ])
    heads = [("city", False), ("score", True), ("visits", True), ("place", True), ("bottom", True), ("streak", False), ("call", False)]
    return title, parts.table([(t(f"stores.{name}", lang), numeric) for name, numeric in heads], rows)


def _list(filters: Filters, cities: pd.DataFrame, streaks: pd.DataFrame) -> None:
    lang = filters.lang
    title, table = _told(filters, cities, streaks)
    results.heading(title, t("stores.streak_note", lang, scores=results.said(results.window(filters, METRIC)), runs=results.said(results.course(filters, METRIC, MONTHS))))
    st.html(table)
    more = t("stores.more_cities", lang, n=len(cities) - MOST) if len(cities) > MOST else ""
    st.caption(plain(" ".join(filter(None, [more, _both(cities, streaks, lang), t("stores.streak_why", lang, n=len(streaks))]))))


def _both(cities: pd.DataFrame, streaks: pd.DataFrame, lang: str) -> str:
    """Why a city may be as usual in the funnel, and its streak a signal; "" where no city is both."""
    signal = set(streaks.loc[streaks["call"] == "signal", "city"])
    names = list(cities.loc[(cities["outside"] == "") & cities["city"].isin(signal), "name"])
    return t("stores.both_hold", lang, names=_names(names, lang), n=len(names)) if names else ""


def chance(share: float) -> str:
    """A probability as text, never "0 %" or "100 %": "< 1 %", "24 %", "> 99 %"."""
    if share != share:
        return "–"
    return "< 1 %" if share < 0.01 else "> 99 %" if share > 0.99 else f"{100 * share:.0f} %"


def _run(run: pd.Series | None, lang: str) -> str:
    if run is None or run["months"] < standings.STREAK:
        return "–"
    return t("stores.run", lang, n=int(run["months"]), months=results.said((run["first"], run["last"])))


def _names(names: list[str], lang: str) -> str:
    return ("、" if lang == "zh" else ", ").join(map(str, names))


def moved_in(filters: Filters, way: str, city: str) -> pd.Series | None:
    """How the stores of ``city`` moved over the last half year (``signals.movements``); None where that is not compared."""
    found = briefing.movements(filters)
    if way != WHICH or METRIC not in found.windows:
        return None
    rows = found.rows[(found.rows["metric"] == METRIC) & (found.rows["city"] == city)]
    return None if rows.empty or rows.iloc[0]["verdict"] == "small" else rows.iloc[0]


def city_title(filters: Filters, way: str) -> str:
    """The finding of one chosen city: its half year, the one before, the difference and its verdict, the newest month."""
    lang, city = filters.lang, filters.where.get("city", "")
    row = moved_in(filters, way, city) if city and filters.span == str(signals.MONTHS) else None
    if row is None:
        return ""
    before, now = briefing.movements(filters).windows[METRIC]
    month = results.fetch(METRIC, filters, by=("month",), where={"monitoring": way}, period=now).dropna(subset=["value"])
    said = {"city": results.labels(filters, "cities").get(city, city), "value": results.number(row["value"], METRIC),
            "before": results.number(row["before"], METRIC), "difference": results.number(row["difference"], METRIC, sign=True),
            "lo": results.number(row["lo"], METRIC, sign=True), "hi": results.number(row["hi"], METRIC, sign=True)}
    told = t(f"stores.city_{row['verdict']}", lang, **said)
    if row["verdict"] in ("better", "worse") and len(month) > 1:
        ends = {"first": f"{month['month'].iloc[0]:%Y-%m}", "one": results.number(month["value"].iloc[0], METRIC),
                "last": f"{month['month'].iloc[-1]:%Y-%m}", "other": results.number(month["value"].iloc[-1], METRIC)}
        told += t("stores.city_ends", lang, **ends)
    return told


def city_base(filters: Filters, way: str) -> str:
    """The two half years that ``city_title`` compares."""
    before, now = briefing.movements(filters).windows[METRIC]
    row = moved_in(filters, way, filters.where["city"])
    n = 0 if row is None else int(row["base"])
    return t("stores.city_base", filters.lang, now=results.said(now), before=results.said(before), n=n)


def moved_of(filters: Filters, way: str) -> None:
    """Which cities' stores really moved in the last half year, in one line: their dots stand for more than one state."""
    if way == WHICH and not filters.where.get("city") and (told := _moved(filters)):
        with filters.head:
            st.html(told)


@remembered
def _moved(filters: Filters) -> str:
    lang, found = filters.lang, briefing.movements(filters)
    if METRIC not in found.windows:
        return ""
    news = found.news[(found.news["metric"] == METRIC) & (found.news["city"] != "")]
    said, names = [], results.labels(filters, "cities")
    for row in news.head(MOST).to_dict("records"):
        month = results.fetch(METRIC, filters, by=("month",), where={"monitoring": WHICH, "city": row["city"]}, period=found.windows[METRIC][1]).dropna(subset=["value"])
        newest = results.number(month["value"].iloc[-1], METRIC) if len(month) else "–"
        text = t("stores.moved_city", lang, city=names.get(row["city"], row["city"]), newest=newest,
                 arrow="▲" if row["difference"] > 0 else "▼", difference=results.number(row["difference"], METRIC, sign=True))
        more = f"{results.number(row['before'], METRIC)} → {results.number(row['value'], METRIC)}"
        said.append(parts.move(text, str(row["verdict"]), more, f"stores?{urlencode({'city': row['city'], 'period': signals.MONTHS, 'lang': lang})}"))
    return parts.moves(t("stores.moved", lang), results.said(found.windows[METRIC][1]), said, "") if said else ""
