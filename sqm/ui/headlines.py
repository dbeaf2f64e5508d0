"""What the Overview is made of: headline cards, the thirteen cities, complaint rates by city."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import pandas as pd

from sqm import metrics, verdicts
from sqm.i18n import t
from sqm.ui import parts, results
from sqm.ui.briefing import PAGE_OF
from sqm.ui.filters import Filters
from sqm.ui.memory import drawn, remembered
from sqm.ui.places import order_of_cities, tile_places

WINDOW = 6
#: The block there that shows the number, where it is not the first.
SECTION_OF = {"nps": "#block_nps", "first_reply_in_time": "#handling", "repeat_rate": "#handling"}


@remembered
def cards_of(filters: Filters) -> tuple[str, str]:
    """(latest month as text, HTML of the row of headline cards)."""
    lang, items, latest = filters.lang, [], ""
    for metric in metrics.HEADLINES:
        frame = metrics.ripened(metric, results.fetch(metric, filters, by=("month",)).dropna(subset=["value"]))
        name = t(f"metrics.{metric}.name", lang)
        if frame.empty:
            items.append(
                parts.card(name, "–", "", "", '<div class="sqm-spark"></div>', t("overview.no_value", lang), "")
            )
            continue
        last = frame.iloc[-1]
        month = f"{last['month']:%Y-%m}"
        latest = max(latest, month)
        left = f"{month} · {results.based(last, metric, lang)}"
        unused = [t(f"frame.filter_{name}", lang) for name in filters.where if name not in metrics.get(metric).splits]
        left += f" · {t('overview.unfiltered', lang, names=' / '.join(unused).lower())}" if unused else ""
        page, *all_of = PAGE_OF[metrics.get(metric).source]
        # What was chosen on another page does not belong to this number: "" takes it back.
        link = f"{page}?{urlencode({**dict.fromkeys(all_of, ''), **filters.where, 'lang': lang})}"
        note = note_of(filters, metric, frame)
        items.append(card_of(filters, metric, last, left, frame, link + SECTION_OF.get(metric, ""), note))
    return latest, parts.cards(items)


def note_of(filters: Filters, metric: str, frame: pd.DataFrame) -> tuple[str, str]:
    """What must be known of the last month of a card (short, and for who points at it): newer ones wait, or it is not whole."""
    lang, last, until = filters.lang, frame["month"].iloc[-1], metrics.seen_until(metric, frame)
    if until is not None and until.date() < (last + pd.offsets.MonthEnd(0)).date():
        return t("overview.until", lang, day=f"{until:%m-%d}"), t("overview.until_why", lang)
    if metrics.get(metric).matures and results.months_after(filters, metrics.get(metric).source, last.date()):
        return t("overview.ripening", lang), t("overview.ripening_why", lang)
    return "", ""


def card_of(filters: Filters, metric: str, row: pd.Series, left: str, course: pd.DataFrame | None = None, link: str = "",
            note: tuple[str, str] = ("", "")) -> str:
    """HTML of the card of one number (value, lo, hi, base): its doubt, its target and on which side of it, its course.

    ``link``: where a click leads. ``note``: what else must be known, beside its name.
    """
    lang, definition = filters.lang, metrics.get(metric)
    goal = results.target(filters, metric, filters.where.get("city", ""))
    verdict, right = verdicts.side(row, goal, definition), ""
    if goal is not None:
        word = t("overview." + {"better": "met", "worse": "missed", "small": "small"}.get(verdict, "unclear"), lang)
        key = "target_low" if definition.better == "lower" else "target_high"
        right = f'{t(f"overview.{key}", lang, target=results.number(goal, metric))} <b class="{verdict}">{word}</b>'
    unit = {"%": "%", "per_10k": t("overview.unit_per_10k", lang), "hours": t("complaints.hours", lang)}
    picture = "" if course is None else parts.spark(course, filters.theme, verdict=verdict, goal=goal)
    return parts.card(
        t(f"metrics.{metric}.name", lang),
        results.number(row["value"], metric),
        unit.get(definition.unit, ""),
        results.margin(row, metric),
        picture,
        left,
        right,
        link,
        note,
    )


def satisfaction_title(filters: Filters, told: pd.DataFrame, goal: float | None, verdict: str) -> str:
    """The sentence over the Satisfaction page: the number of the whole choice (one row), its target and its verdict."""
    lang, metric, row = filters.lang, "satisfaction", told.iloc[0]
    city, element = filters.where.get("city", ""), filters.where.get("element", "")
    elements = results.labels(filters, "elements")
    place, what = t("satisfaction.province_word", lang), t("satisfaction.what", lang)
    if city:
        place = results.labels(filters, "cities").get(city, city)
    if element in elements:
        what = t("satisfaction.what_element", lang, element=elements[element])
    said = {"place": place, "what": what, "period": t(f"frame.period_{filters.span}", lang).lower()}
    said |= {"value": results.number(row["value"], metric), "margin": results.margin(row, metric)}
    if verdict == "small":
        return t("satisfaction.title_small", lang, **said, n=int(row["base"]))
    if told.attrs.get("basis") == "index":
        return t("satisfaction.title_index", lang, **said)
    if goal is None:
        return t("satisfaction.title_plain", lang, **said)
    leaning = verdicts.leaning(verdict, row, goal, metrics.get(metric))
    side = ("leaning_" if leaning else "") + {"better": "above", "worse": "below"}.get(leaning or verdict, "unclear")
    return t("satisfaction.title", lang, **said, verdict=t(f"satisfaction.{side}", lang, target=results.number(goal, metric)))


@remembered
def cities_of(filters: Filters) -> tuple[dict, str]:
    """(counts of cities below and above target, HTML of the tile grid): six months rolling, all on one scale."""
    lang, metric = filters.lang, "satisfaction"
    names, places = results.labels(filters, "cities"), tile_places(filters)
    # A short choice still shows where it comes from.
    period = results.course(filters, metric, 12 + WINDOW - 1)
    monthly = results.fetch(metric, every := filters.everyone(), by=("month", "city"), period=period, unfiltered=("city",))
    rolled = metrics.rolling(metric, monthly[monthly["city"].notna()], WINDOW)
    courses = dict(iter(rolled.groupby("city")))
    known = [c for c in order_of_cities(every) if c in courses and len(courses[c])]
    if not known:
        return {"n": 0, "below": 0, "above": 0, "target": False}, ""
    goals = {c: results.target(filters, metric, c) for c in known}
    seen = [c for c in known if filters.scope.sees(c)]
    if not seen:
        return {"n": 0, "below": 0, "above": 0, "target": False}, ""
    low = min(courses[c]["lo"].quantile(0.1) for c in seen)
    high = max(courses[c]["hi"].quantile(0.9) for c in seen)
    counts: dict[str, Any] = {"n": len(seen), "below": 0, "above": 0, "target": any(g is not None for g in goals.values())}
    window = results.window(filters, metric, WINDOW)
    counts |= {"months": results.said(window), "last": f"{window[1]:%Y-%m}" if window else ""}
    latest = pd.DataFrame([courses[c].iloc[-1] for c in known])
    wanted = [float("nan") if goals[c] is None else goals[c] for c in known]
    told = verdicts.among(latest, wanted, metrics.get(metric), practical=False)["verdict"]
    items = []
    for city, verdict in zip(known, told, strict=True):
        if city not in seen:
            continue
        course, goal = courses[city], goals[city]
        last = course.iloc[-1]
        counts["below"] += verdict == "worse"
        counts["above"] += verdict == "better"
        key = {"worse": "tile_below", "better": "tile_above", "small": "tile_small"}.get(verdict, "tile_unclear")
        if leaning := verdicts.leaning(verdict, last, goal, metrics.get(metric)):
            key = f"tile_lean_{leaning}"
        word = t(f"overview.{key}", lang, base=int(last["base"]))
        value, half = results.number(last["value"], metric), f"±{results.number(results.half(last), metric)}"
        name = names.get(city, city)
        items.append(
            parts.tile(
                name,
                value,
                half,
                parts.spark(course, filters.theme, verdict=verdict, goal=goal, limits=(low, high)),
                verdict,
                word,
                t("overview.tile_alt", lang, city=name, value=value, half=half.lstrip("±"), word=word),
                "satisfaction?" + urlencode({**filters.where, "city": city, "period": WINDOW, "lang": lang}),
                places.get(city) if len(seen) > 1 else None,
                verdict == "small",
            )
        )
    columns = max((x for x, _ in places.values()), default=4) + 1
    return counts, parts.tiles(items, columns)


def province_of(filters: Filters) -> dict[str, str]:
    """Satisfaction of the whole over the window of the tiles: value, margin, verdict, as text. Empty without interviews."""
    metric, lang = "satisfaction", filters.lang
    found, goal = results.fetch(metric, filters, period=results.window(filters, metric, WINDOW), unfiltered=("city",)), results.target(filters, metric)
    if found.empty:
        return {}
    row = found.iloc[0]
    side = {"better": "above", "worse": "below"}.get(verdicts.side(row, goal, metrics.get(metric)), "unclear")
    told = t(f"satisfaction.{side}", lang, target=results.number(goal if goal is not None else float("nan"), metric))
    return {"value": results.number(row["value"], metric), "margin": results.margin(row, metric), "verdict": told, "base": results.based(row, metric, lang)}


def recommending_of(filters: Filters) -> None:
    """The net promoter score by month: of the operator, so not where one element is asked for."""
    from sqm.charts import base

    lang, metric = filters.lang, "nps"
    if "element" in filters.where:
        return
    period = results.course(filters, metric)
    trend = results.fetch(metric, filters, by=("month",), period=period).dropna(subset=["value"])
    if trend.empty:
        return
    last, goal = trend.iloc[-1], results.target(filters, metric, filters.where.get("city", ""))
    label = f"{results.number(last['value'], metric)} {results.margin(last, metric)}"
    named = "" if goal is None else t("satisfaction.target", lang, target=results.number(goal, metric))
    events = results.events(filters, filters.where.get("city", ""))
    results.chart(
        drawn(base.trend, trend, filters.theme, lang, label=label, target=goal, target_label=named, height=150, events=events[events["kind"] == "break"]),
        filters,
        title=t("metrics.nps.name", lang),
        key="nps",
        table=trend,
        metric=metric,
        by=("month",),
        period=period,
        note=t("satisfaction.nps_note", lang),
        alt=t("satisfaction.nps_alt", lang, value=label),
    )
