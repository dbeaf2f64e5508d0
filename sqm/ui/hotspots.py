"""The parts of the Complaints page: finding, map, matrix, handling cards, tickets."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pandas as pd
import streamlit as st

from sqm import metrics, signals, verdicts
from sqm.access import EVERYTHING
from sqm.cells import Cell, cells, tiles
from sqm.charts.base import shades
from sqm.i18n import margin, number, t
from sqm.maps import city_map
from sqm.ui import behind, parts, results, tables, watch
from sqm.ui.filters import Filters
from sqm.ui.headlines import card_of
from sqm.ui.memory import drawn, remembered, shared
from sqm.ui.words import plain

RATE = "complaint_rate"
HANDLING = ("first_reply_in_time", "handling_hours", "repeat_rate", "escalation_rate")
PAGE = 50
#: Shade → shape and colour in the legend, and its text.
MAP_SHADES = {"worse_strong": ("", "ramp-0", "legend_high_strong"), "worse_mid": ("", "ramp-1", "legend_high"),
              "unclear": ("", "ramp-2", "legend_none"), "better_mid": ("", "ramp-3", "legend_low"),
              "better_strong": ("", "ramp-4", "legend_low_strong")}
MATRIX_SHADES = {"worse_strong": ("", "ramp-0", "legend_over_strong"), "worse_mid": ("", "ramp-1", "legend_over"),
                 "unclear": ("box", "sunken", "legend_within"), "better_mid": ("", "ramp-3", "legend_under"),
                 "better_strong": ("", "ramp-4", "legend_under_strong")}


def cells_of(filters: Filters) -> list[Cell]:
    """The schematic cells of the cities, drawn anew only when their places change."""
    every = replace(filters, scope=EVERYTHING)  # where a city ends depends on its neighbours
    cities, districts = results.reference(every, "cities"), results.reference(every, "districts")
    where = [frame.reindex(columns=["city", "lon", "lat"]) for frame in (cities, districts)]
    return [cell for cell in shared(cells, *where) if filters.scope.sees(cell.city)]


@remembered
def judged(filters: Filters, rates: pd.DataFrame, mean: float) -> pd.DataFrame:
    """``rates`` of every city with difference, verdict and strong, of those that the reader sees: as in the matrix where one category
    is chosen.
    """
    category, metric = filters.where.get("category"), results.defined(filters, RATE)
    if not category:
        return seen(filters, verdicts.off_the_mean(rates, mean, metric, results.unevenness(filters)).assign(mean=mean))
    rates = filters.own(rates)
    cells = grid_of(filters)[0]
    cells = cells[cells["category"] == category].set_index("city").reindex(rates["city"])
    told = {name: cells[name].to_numpy() for name in ("rest", "difference", "verdict", "strong")}
    return rates.assign(**told).fillna({"verdict": "unclear", "strong": False})


def seen(filters: Filters, found: pd.DataFrame) -> pd.DataFrame:
    """Of judged rates (``verdicts.off_the_rest``, with ``mean`` of the whole) what the reader sees: a branch not what its own were held
    against, which may be all that is left of the others, one city; it reads the difference from the whole.
    """
    mine = filters.own(found)
    return mine if filters.scope.cities is None else mine.assign(rest=float("nan"), p=float("nan"), difference=mine["value"] - mine["mean"])


@remembered
def grid_of(filters: Filters) -> tuple[pd.DataFrame, pd.DataFrame]:
    """(city × category cells with their verdicts, categories of the whole): of all cities and categories that the reader sees."""
    both, phi = ("city", "category"), results.unevenness(filters)
    grid = results.fetch(RATE, filters.everyone(), by=both, unfiltered=both, phi=phi).dropna(subset=["value"])
    whole = results.fetch(RATE, filters, by=("category",), unfiltered=both).dropna(subset=["value"])
    grid, whole = grid[grid["city"].notna() & grid["category"].notna()], whole[whole["category"].notna()]
    return seen(filters, verdicts.off_their_means(grid, whole, "category", results.defined(filters, RATE), phi)), whole


@remembered
def finding(filters: Filters, rates: pd.DataFrame, mean: float) -> str:
    """The sentence at the head: the worst city, or the chosen one."""
    lang, names = filters.lang, results.labels(filters, "cities")
    category = filters.where.get("category")
    said = _finding(filters, rates, mean, names)
    if not category:
        return said
    return t("complaints.in_category", lang, category=results.labels(filters, "categories")[category], text=said)


def rate_text(value: float, mean: float) -> str:
    """A rate as text: small rates, as those of a single category, need a second decimal to be told apart."""
    return number(value, digits_of(mean))


def _margin(row, mean: float) -> str:
    return f"{rate_text(row['lo'], mean)} – {rate_text(row['hi'], mean)}"


def label_of(row: pd.Series) -> str:
    """A rate with its doubt, in as many decimals as it needs."""
    return f"{rate_text(row['value'], row['value'])} {margin(row['value'], row['lo'], row['hi'], digits_of(row['value']))}"


def digits_of(mean: float) -> int:
    """Decimals that tell rates of this size apart."""
    return 2 if mean < 2 else metrics.get(RATE).digits


def _finding(filters: Filters, rates: pd.DataFrame, mean: float, names: dict[str, str]) -> str:
    lang, whole = filters.lang, rate_text(mean, mean)
    period = t(f"frame.period_{filters.span}", lang).lower()
    # A city alone stands for itself.
    city = filters.where.get("city") or (rates["city"].iloc[0] if len(rates) == 1 else None)
    row = rates[rates["city"] == city]
    if city and len(row):
        one = row.iloc[0]
        return t(
            "complaints.title_one",
            lang,
            city=names.get(city, city),
            value=rate_text(one["value"], mean),
            margin=_margin(one, mean),
            word=_told_of(one, mean, lang),
            period=period,
        )
    if city:
        many = int(results.fetch("complaints", filters)["base"].sum())
        return t("complaints.title_city_counts", lang, city=names.get(city, city), n=number(many))
    above = rates[rates["verdict"] == "worse"].sort_values("value")
    if above.empty:
        return t("complaints.title_none", lang, n=len(rates), mean=whole, margin=_whole_margin(filters, mean), period=period)
    worst = above.iloc[-1]
    said = t(
        "complaints.title",
        lang,
        worst=names.get(worst["city"], worst["city"]),
        value=rate_text(worst["value"], mean),
        word=t("complaints.confirmed", lang, mean=whole),
        period=period,
    )
    alone = _alone(filters, worst["city"])
    return t("complaints.alone", lang, text=said, month=alone, city=names.get(worst["city"], worst["city"])) if alone else said


def _told_of(one: pd.Series, mean: float, lang: str) -> str:
    """How one city's rate stands, in words: where nothing is confirmed, against the others that it was held against."""
    if one["verdict"] in ("worse", "better"):
        return t("complaints.confirmed" if one["verdict"] == "worse" else "complaints.confirmed_low", lang, mean=rate_text(mean, mean))
    rest = one["rest"]
    return t("complaints.unconfirmed", lang, mean=rate_text(mean, mean)) if rest != rest else t("complaints.like_the_rest", lang, rest=rate_text(rest, mean))


def _whole_margin(filters: Filters, mean: float) -> str:
    row = results.fetch(RATE, filters, unfiltered=("city",)).iloc[0]
    return _margin(row, mean)


@remembered
def _alone(filters: Filters, city: str) -> str:
    """The month that stands alone beyond the limits of a city's chart in the period shown, where a later one was judged to be
    within them; else "". Months that set the limits, and one that still runs, are not judged.
    """
    window = results.window(filters, RATE)
    marked = results.controlled(filters, RATE, results.course(filters, RATE), where={"city": city}, unfiltered=("city",))
    judged = marked[~signals.running(marked) & (marked["phase"] == "after")]
    shown = judged[judged["month"] >= pd.Timestamp(window[0])] if window else judged
    beyond = shown[shown["signal"] == "worse"]
    return f"{beyond['month'].iloc[0]:%Y-%m}" if len(beyond) == 1 and len(shown) > 1 and not shown["signal"].iloc[-1] else ""


def uncounted_of(filters: Filters) -> None:
    """Say which tickets are in no rate, for want of customers (those after the page's period, and some within it), and in which
    months there is no ticket at all: more likely a file forgotten than a month without complaints.
    """
    if said := _uncounted(filters):
        st.caption(plain((" " if filters.lang == "en" else "").join(said)))


@remembered
def _uncounted(filters: Filters) -> list[str]:
    lang, last = filters.lang, results.window(filters, RATE)
    said = []
    newer = results.months_after(filters, "complaints", last[1]) if last else []
    if last and newer:
        n = int(results.fetch("complaints", filters, period=(newer[0], newer[-1]))["base"].sum())
        said += [t("complaints.newer", lang, n=number(n), months=results.said((newer[0], newer[-1])), last=f"{last[1]:%Y-%m}")] if n else []
    if n := int(results.fetch(RATE, filters)["unmatched"].sum()):
        said.append(t("complaints.unmatched", lang, n=number(n)))
    if last and (none := results.months_without(filters, "complaints", last)):
        said.append(t("complaints.not_loaded", lang, months=("、" if lang == "zh" else ", ").join(f"{month:%Y-%m}" for month in none)))
    return said


def map_of(filters: Filters, rates: pd.DataFrame, mean: float) -> None:
    """City cells in the colour of what is confirmed."""
    lang, names = filters.lang, results.labels(filters, "cities")
    rows = rates.assign(name=[names.get(c, c) for c in rates["city"]])
    counts = rows["verdict"].value_counts()
    places = cells_of(filters) or tiles(results.reference(filters, "cities"))
    shown = [cell for cell in places if cell.city in set(rows["city"])]
    title = t("complaints.map", lang, worse=int(counts.get("worse", 0)), better=int(counts.get("better", 0)))
    if not shown:
        results.heading(title)
        st.caption(t("complaints.map_missing", lang))
        return
    results.chart(
        drawn(
            city_map,
            shown,
            rows,
            filters.theme,
            lang,
            chosen=filters.where.get("city", ""),
            digits=digits_of(mean),
        ),
        filters,
        title=title,
        key="citymap",
        note=t("complaints.map_note", lang, mean=rate_text(mean, mean)),
        table=rows,
        metric=RATE,
        by=("city",),
        unfiltered=("city",),
        alt=t("complaints.map_alt", lang, names=", ".join(rows["name"])),
        mounted=(mounted := _mounted("citymap", "city_pick", filters)),
        on_select=lambda: _pick(mounted, "city_pick"),
    )
    lost = [name for city, name in zip(rows["city"], rows["name"], strict=True) if city not in {cell.city for cell in shown}]
    if lost:
        st.caption(plain(t("complaints.map_without", lang, names=", ".join(lost))))
    st.html(parts.legend(parts.shown(MAP_SHADES, set(shades(rows)), "complaints", lang)))


def _mounted(chart: str, selection: str, filters: Filters) -> str:
    """The key of a chart to click on: a new one when its selection is not what is chosen any more (the browser's Back, a
    filter), since a click on what is still selected would say nothing.
    """
    state = st.session_state
    turn = state.setdefault(f"{chart}_turn", 0)
    shown = state.get(f"{chart}_{turn}")
    picked = (shown.selection.get(selection) or []) if shown else []
    if any(point.get(name) and point[name] != filters.where.get(name) for point in picked for name in ("city", "category")):
        state[f"{chart}_turn"] = turn = turn + 1
    return f"{chart}_{turn}"


def _pick(chart: str, selection: str) -> None:
    """Make what was clicked on a chart the chosen city (and category), as if chosen in the filter bar."""
    state = st.session_state.get(chart)
    for point in (state.selection.get(selection) or []) if state else []:
        for name in ("city", "category"):
            if point.get(name):
                st.session_state[name] = point[name]
        st.session_state["complaints_page"] = 1


def matrix_of(filters: Filters, rates: pd.DataFrame, charts: Any) -> None:
    """City × category, cities by their total."""
    lang, names = filters.lang, results.labels(filters, "cities")
    cells, whole = grid_of(filters)
    if cells.empty:
        results.nothing(filters)
        return
    found = int(cells["verdict"].isin(["worse", "better"]).sum())
    if filters.where.get("category"):
        rates = results.fetch(RATE, filters, by=("city",), unfiltered=("city", "category")).dropna(subset=["value"])
        rates = rates[rates["city"].notna()]
    totals = dict(zip(rates["city"], rates["value"], strict=True))
    of_all = results.fetch(RATE, filters, unfiltered=("city", "category")).dropna(subset=["value"])
    held_against = dict(zip([*whole["category"], *([""] * len(of_all))], [*whole["value"], *of_all["value"]], strict=True))
    cities = [{"id": k, "name": names.get(k, k)} for k in rates.sort_values("value", ascending=False)["city"]]
    labels = results.labels(filters, "categories")
    categories = [
        {"id": k, "name": labels.get(k, k)}
        for k in whole.sort_values("value", ascending=False)["category"]
    ]
    results.chart(
        drawn(
            charts.matrix,
            cells,
            cities,
            categories,
            totals,
            held_against,
            filters.theme,
            lang,
            total_label=t("complaints.total", lang),
            whole_label=t("complaints.province", lang),
            chosen=(filters.where.get("city", ""), filters.where.get("category", "")),
        ),
        filters,
        title=t("complaints.matrix", lang, cells=len(cells), found=found),
        key="matrix",
        table=cells,
        note=t("complaints.matrix_note", lang),
        metric=RATE,
        by=("city", "category"),
        unfiltered=("city", "category"),
        alt=t("complaints.matrix_alt", lang, cells=len(cells), found=found),
        mounted=(mounted := _mounted("matrix", "cell_pick", filters)),
        on_select=lambda: _pick(mounted, "cell_pick"),
    )
    rule = ("", "", t("complaints.legend_rule", lang))
    st.html(parts.legend([*parts.shown(MATRIX_SHADES, set(shades(cells)), "complaints", lang), rule]))


def trend_of(filters: Filters, charts: Any) -> None:
    """The rate by month on its control chart: which months are beyond what chance explains."""
    lang, period = filters.lang, results.course(filters, RATE)
    trend = results.controlled(filters, RATE, period)
    if trend.empty:
        results.nothing(filters, t("complaints.no_base", lang))
        return
    last, goal = trend.iloc[-1], results.target(filters, RATE, filters.where.get("city", ""))
    title, note = t("complaints.trend", lang), t("complaints.trend_note", lang)
    if trend["upper"].notna().any():
        beyond = trend[trend["signal"] != ""]
        city = filters.where.get("city", "")
        judged = int((trend["phase"] == "after").sum())
        said = {"n": len(beyond), "of": judged, "place": results.labels(filters, "cities").get(city, city) if city else t("complaints.province", lang)}
        title = t("complaints.trend_beyond", lang, **said, last=f"{beyond['month'].iloc[-1]:%Y-%m}") if len(beyond) else t("complaints.trend_within", lang, **said)
        note = t("complaints.trend_note_limits", lang, months=trend.attrs["baseline"])
    results.chart(
        drawn(
            charts.trend,
            trend,
            filters.theme,
            lang,
            label=label_of(last),
            target=goal,
            height=190,
            target_label="" if goal is None else t("complaints.target", lang, target=results.number(goal, RATE)),
            events=results.events(filters, filters.where.get("city", "-"), without="break"),
        ),
        filters,
        title=title,
        note=note,
        key="trend",
        table=trend,
        metric=RATE,
        by=("month",),
        period=period,
        alt=t("complaints.trend_alt", lang, value=results.number(last["value"], RATE)),
    )


def handling_of(filters: Filters) -> None:
    """Four numbers on how tickets are handled, over the whole period."""
    with st.container(key="handling", gap=None):
        months = results.said(results.window(filters, HANDLING[0]))
        results.heading(t("complaints.handling", filters.lang), t("complaints.handling_note", filters.lang, months=months))
        st.html(_handling(filters))


@remembered
def _handling(filters: Filters) -> str:
    """HTML of the four cards."""
    lang, items, shown = filters.lang, [], results.window(filters, HANDLING[0])
    for metric in HANDLING:
        name = t(f"metrics.{metric}.name", lang)
        row = results.fetch(metric, filters).dropna(subset=["value"])
        if row.empty:
            items.append(parts.card(name, "–", "", "", "", t("overview.no_value", lang), ""))
            continue
        one = row.iloc[0]
        own = results.window(filters, metric)
        # What has to ripen first is of earlier months.
        months = [results.said(own)] if own != shown else []
        items.append(card_of(filters, metric, one, " · ".join([*months, results.based(one, metric, lang)])))
    return parts.cards(items).replace("sqm-cards", "sqm-cards two")


def tickets_of(filters: Filters) -> None:
    """The tickets under the chosen filters, or of the hit in the address, masked, a page at a time."""
    lang, hit = filters.lang, watch.chosen(filters)
    metric, where, period = (hit.metric, hit.where, hit.period) if hit else ("complaints", {}, None)
    counted = results.fetch(metric, filters, where=where, period=period)
    total = int(counted["base"].sum())
    if not total:
        return
    if not filters.person.may("rows"):
        st.caption(t("access.no_rows", lang, n=number(total)))
        return
    pages = max(1, -(-total // PAGE))
    # A narrower filter may leave fewer pages than the one the reader is on.
    st.session_state["complaints_page"] = min(int(st.session_state.get("complaints_page") or 1), pages)
    with st.container(key="tickets", gap=None):
        with st.container(horizontal=True, vertical_alignment="bottom"):
            title = t("watch.tickets", lang, name=hit.name, n=number(total)) if hit else t("complaints.tickets", lang, n=number(total))
            results.heading(title, t("complaints.tickets_note", lang, months=results.said(period or results.window(filters, metric))))
            if hit:
                st.button(t("watch.all", lang), key="complaints_all", type="tertiary", on_click=watch.leave)
            page = st.number_input(
                t("complaints.page", lang),
                1,
                pages,
                key="complaints_page",
                width=120,
            )
        behind.looked(filters, metric, filters.only(metric) | where, part=f"page {int(page)}")
        shown = _page(filters, int(page), metric, where, period)
        st.dataframe(shown, hide_index=True, height=260, placeholder="–", column_config=tables.widths(shown))


@remembered
def _page(filters: Filters, page: int, metric: str, where: dict[str, Any], period: results.Period | None) -> pd.DataFrame:
    chosen, skipped = filters.only(metric) | where, (page - 1) * PAGE
    found = behind.evidence(filters, metric, chosen, period or results.window(filters, metric), limit=PAGE, offset=skipped, counted=False)
    shown = tables.evidence(
        found, "complaints", lambda name: results.labels(filters, name), filters.lang, without=("kind", "identity")
    )
    # What it is about is read first, not at the far right.
    about = tables.heading("content", filters.lang, "complaints")
    if about in shown:
        shown.insert(min(2, shown.shape[1] - 1), about, shown.pop(about))
    return shown
