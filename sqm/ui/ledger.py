"""The parts of the Promises page: the ledger, its months and cities, the breaches apart, what is not computed yet."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from sqm import i18n, metrics, promises
from sqm.i18n import number, t
from sqm.ui import behind, parts, results
from sqm.ui.filters import Filters
from sqm.ui.imports import afterwards
from sqm.ui.memory import drawn, remembered
from sqm.ui.words import plain

BREACHES = "breaches"
#: So many broken promises stand in the sentence at the head; so many breaches in their list.
MOST_SAID, MOST_BREACHES = 2, 10
WORDS = {"better": "kept", "worse": "broken", "unclear": "unclear", "small": "small", "": "empty"}


@remembered
def ledger_of(filters: Filters) -> pd.DataFrame:
    """``promises.ledger`` of the register, for the page's period and city."""
    rows = promises.ledger(results.reference(filters, "promises"), _fetch(filters), _goal(filters), filters.where.get("city", ""))
    # How many other cities keep it is not a branch's to know.
    return rows if filters.scope.cities is None else rows.assign(kept=0, broken=0, cities=0)


def finding_of(filters: Filters, rows: pd.DataFrame) -> tuple[str, str]:
    """(the sentence at the head: how many promises are broken, and which; what the numbers in it are counted from)."""
    lang = filters.lang
    if rows.empty:
        return t("promises.title_none", lang), ""
    told = rows[(rows["reason"] == "") & (rows["verdict"] != "")]
    if told.empty:
        return t("promises.title_registered", lang, n=len(rows)), ""
    broken = told[told["verdict"] == "worse"].assign(short=lambda frame: (frame["value"] - frame["promised"]).abs())
    said = broken.sort_values("short", ascending=False).head(MOST_SAID).to_dict("records")
    if said:
        named = [t("promises.title_one", lang, **_said(filters, row)) for row in said]
        text = t("promises.title_broken", lang, n=len(told), broken=len(broken), named=("；" if lang == "zh" else "; ").join(named))
    else:
        kept = int((told["verdict"] == "better").sum())
        text = t("promises.title_kept" if kept == len(told) else "promises.title_unclear", lang, n=len(told), kept=kept)
    city = filters.where.get("city")
    based = [results.based(row, row["metric"], lang) for row in said or told.to_dict("records")[:MOST_SAID]]
    return (t("promises.title_city", lang, city=results.labels(filters, "cities").get(city, city), text=text) if city else text), _listed(based, lang)


def computed_of(filters: Filters, rows: pd.DataFrame) -> None:
    """The promises that are computed: promised, done, verdict, cities, since when, who owns it, what is next."""
    lang, shown = filters.lang, rows[rows["reason"] == ""]
    if shown.empty:
        st.info(t("promises.none_computed" if len(rows) else "promises.none_listed", lang))
        return
    results.heading(t("promises.computed", lang, n=len(shown)), t("promises.computed_note", lang, months=results.said(filters.period)))
    departments, cells = results.labels(filters, "departments"), []
    for row in shown.to_dict("records"):
        told, counted = _said(filters, row), row["verdict"] != ""
        word = t(f"promises.word_{WORDS[row['verdict']]}", lang)
        cells.append([
            (told["name"], "", ""), (told["promised"], "unclear", ""),
            (f"{told['value']} {told['margin']}".strip() if counted else "–", "", ""),
            (results.based(row, row["metric"], lang) if counted else "–", "unclear", ""),
            (word, {"better": "better strong", "worse": "worse strong"}.get(row["verdict"], "unclear"), ""),
            (_since(row, lang), "unclear", ""),
            (t("promises.cities_of", lang, kept=row["kept"], broken=row["broken"], n=row["cities"]) if row["cities"] else "–", "unclear", ""),
            (departments.get(row["department"], row["department"]) or "–", "", ""),
            (t(f"promises.step_{row['step']}", lang) if row["step"] else "–", "strong" if row["step"] else "unclear", ""),
        ])  # fmt: skip
    heads = [("promise", False), ("promised", True), ("value", True), ("base", True), ("verdict", False), ("since", False), ("cities", False),
             ("owner", False), ("step", False)]
    # Of a chosen city, too, these two speak of all.
    whole = {"cities", "step"} if "city" in filters.where else set()
    st.html(parts.table([(t(f"promises.head_{name}{'_all' if name in whole else ''}", lang), numeric) for name, numeric in heads], cells))
    st.caption(plain((" " if lang == "en" else "").join([t("promises.rule", lang), *_ripe(filters, shown)])))


def courses_of(filters: Filters, rows: pd.DataFrame) -> None:
    """Each computed promise by month and by city, two side by side; a single one across the page."""
    shown = rows[(rows["reason"] == "") & (rows["verdict"] != "")].to_dict("records")
    for first in range(0, len(shown), 2):
        columns = st.columns(2, gap="medium")
        for at, row in enumerate(shown[first : first + 2]):
            with columns[at]:
                months_of(filters, row)
            with columns[at if len(shown) > 1 else 1]:
                cities_of(filters, row)


def months_of(filters: Filters, row: dict) -> None:
    """One promise by month, beside the promised share."""
    lang, metric, city = filters.lang, row["metric"], filters.where.get("city", "")
    months, told = promises.by_month(metric, row["promised"], _fetch(filters), city), _said(filters, row)
    if months.empty:
        results.nothing(filters)
        return
    counts, last = months["verdict"].value_counts(), months.iloc[-1]
    said: dict[str, Any] = {"name": told["name"], "n": len(months), "broken": int(counts.get("worse", 0)), "kept": int(counts.get("better", 0))}
    key = "promises.months_told" if said["broken"] + said["kept"] else "promises.months_untold"
    results.chart(
        drawn(afterwards("sqm.charts.base").trend, months, filters.theme, lang,
              label=f"{results.number(last['value'], metric)} {results.margin(last, metric)}", target=row["promised"],
              target_label=t("promises.promised", lang, share=told["promised"]), height=130, small=max(metrics.get(metric).few, 1)),
        filters, title=t(key, lang, **said), note=results.said((months["month"].iloc[0], last["month"])), key=f"promises_months_{row['promise']}",
        table=months, metric=metric, by=("month",), period=results.course(filters, metric), alt=t("promises.months_alt", lang, **said, share=told["promised"]),
    )  # fmt: skip


def cities_of(filters: Filters, row: dict) -> None:
    """One promise by city, judged as one family; of all cities, whichever is chosen."""
    lang, metric, names = filters.lang, row["metric"], results.labels(filters, "cities")
    cities, told = filters.own(promises.by_city(metric, row["threshold"], _fetch(filters), _goal(filters))), _said(filters, row)
    if cities.empty:
        st.caption(t("promises.no_cities", lang))
        return
    counts = cities["verdict"].value_counts()
    said: dict[str, Any] = {"name": told["name"], "n": len(cities), "broken": int(counts.get("worse", 0)), "kept": int(counts.get("better", 0))}
    key = "promises.by_city_told" if said["broken"] + said["kept"] else "promises.by_city_untold"
    results.chart(
        drawn(afterwards("sqm.charts.satisfaction").ranked, cities.assign(name=[names.get(city, city) for city in cities["city"]]), filters.theme, lang, mean=row["promised"],
              mean_label=t("promises.promised", lang, share=told["promised"]), height=19 * len(cities) + 34, small=max(metrics.get(metric).few, 1)),
        filters, title=t(key, lang, **said), note=t("promises.by_city_note", lang, months=results.said(results.window(filters, metric))),
        key=f"promises_cities_{row['promise']}",
        table=cities, metric=metric, by=("city",), unfiltered=("city",), alt=t("promises.by_city_alt", lang, **said, share=told["promised"]),
    )  # fmt: skip


def breaches_of(filters: Filters) -> None:
    """The confirmed breaches of the five prohibitions in the period, newest first: listed, never averaged into anything."""
    lang, period = filters.lang, filters.period
    if not filters.person.may("rows"):
        counted = results.fetch(BREACHES, filters, period=period)
        results.heading(t("promises.breaches", lang, n=int(counted["base"].sum())), t("promises.breaches_note", lang, months=results.said(period)))
        return
    behind.looked(filters, BREACHES, filters.only(BREACHES))
    found = _breaches(filters)
    results.heading(t("promises.breaches", lang, n=(n := int(found.attrs.get("total", len(found))))), t("promises.breaches_note", lang, months=results.said(period)))
    if found.empty:
        known = results.measured(filters, BREACHES)
        st.caption(t("promises.breaches_last", lang, month=f"{known[-1]:%Y-%m}") if known else t("promises.breaches_never", lang))
        return
    cities, departments = results.labels(filters, "cities"), results.labels(filters, "departments")
    cells: list[list[parts.Told]] = []
    for row in found.fillna("").to_dict("records"):
        place, article, owner = row["city"], row["prohibition"], row["department"]
        ban = t("promises.article", lang, n=article, text=t(f"promises.prohibition_{article}", lang)) if i18n.has(f"promises.prohibition_{article}") else str(article)
        cells.append([(f"{row['on']:%Y-%m-%d}", "", ""), (cities.get(place, place) or t("promises.everywhere", lang), "", ""), (ban, "worse wrap", ""),
                      (departments.get(owner, owner) or "–", "", ""), (row["note"] or "–", "unclear wrap", "")])
    heads = [(t(f"promises.head_{name}", lang), False) for name in ("on", "city", "prohibition", "department", "note")]
    st.html(parts.table(heads, cells))
    if n > len(found):
        st.caption(t("promises.breaches_more", lang, n=n - len(found)))


def registered_of(filters: Filters, rows: pd.DataFrame) -> None:
    """The promises that are only registered: whose they are, and what would have to be loaded to compute them."""
    lang, shown = filters.lang, rows[rows["reason"] != ""]
    if shown.empty:
        return
    results.heading(t("promises.registered", lang, n=len(shown)), t("promises.registered_note", lang))
    names, departments, cells = results.labels(filters, "promises"), results.labels(filters, "departments"), []
    for row in shown.to_dict("records"):
        cells.append([(names.get(row["promise"], row["promise"]), "", ""), (_need(row, lang), "unclear wrap", ""),
                      (departments.get(row["department"], row["department"]) or "–", "", "")])
    st.html(parts.table([(t(f"promises.head_{name}", lang), False) for name in ("promise", "need", "owner")], cells))


@remembered
def _breaches(filters: Filters) -> pd.DataFrame:
    # Of the page's own months: an event is not moved into them because it is the newest there is.
    return behind.evidence(filters, BREACHES, filters.only(BREACHES), filters.period, limit=MOST_BREACHES)


def _fetch(filters: Filters) -> promises.Fetch:
    def fetch(metric: str, by: tuple[str, ...], city: str) -> pd.DataFrame:
        period = results.course(filters, metric) if "month" in by else None
        asker = filters.everyone() if "city" in by else filters
        return results.fetch(metric, asker, by=by, where={"city": city} if city else None, period=period, unfiltered=("city",))

    return fetch


def _goal(filters: Filters) -> promises.Goal:
    return lambda metric, city: results.target(filters, metric, city)


def _said(filters: Filters, row: dict) -> dict[str, str]:
    """Name, value, margin and promised share of a computed promise as text."""
    metric = row["metric"]
    share = float(row["promised"])
    sign = "≤ " if metrics.get(metric).better == "lower" else ""
    return {"name": results.labels(filters, "promises").get(row["promise"], row["promise"]), "value": f"{results.number(row['value'], metric)}%",
            "margin": results.margin(row, metric).replace(" ", "\u00a0"), "promised": f"{sign}{number(share, 0 if share.is_integer() else metrics.get(metric).digits)}%"}


def _since(row: dict, lang: str) -> str:
    if pd.isna(row["since"]):
        return "–"
    return t("promises.since_always" if row["always"] else "promises.since", lang, month=f"{row['since']:%Y-%m}")


def _ripe(filters: Filters, shown: pd.DataFrame) -> list[str]:
    """What is too young to be counted, for each metric that has to ripen."""
    said = []
    for row in shown.drop_duplicates("metric").to_dict("records"):
        definition = metrics.get(row["metric"])
        until = metrics.seen_until(definition, results.fetch(row["metric"], filters)) if definition.matures else None
        if until is not None:
            said.append(t("promises.ripe", filters.lang, name=t(f"metrics.{definition.id}.name", filters.lang), until=f"{until:%Y-%m-%d %H:%M}"))
    return said


def _need(row: dict, lang: str) -> str:
    if row["reason"] == promises.NO_METRIC:
        return t(key if i18n.has(key := f"promises.need_{row['promise']}") else "promises.need_other", lang)
    return t(f"promises.{row['reason']}", lang, metric=row["metric"])


def _listed(texts: list[str], lang: str) -> str:
    return ("；" if lang == "zh" else "; ").join(texts)
