"""What the six detectors found, each hit a line that explains itself and opens its tickets."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from urllib.parse import urlencode

import pandas as pd
import streamlit as st

from sqm import detectors, settled
from sqm.i18n import number, t
from sqm.ui import parts, results
from sqm.ui.filters import SPANS, Filters
from sqm.ui.memory import remembered

#: The hit whose tickets are asked for, in the address.
HIT = "hit"
#: What is told of a month without being an alarm.
FACTS = ("gravest", "volume", "enquiries_volume")
_PLACES = ("city", "category", "element", "product")


@dataclass(frozen=True)
class Chosen:
    """The tickets of one hit: the metric that counts them, narrowed to what, over which months, and what it is called."""

    metric: str
    where: dict[str, list]
    period: results.Period
    name: str


@remembered
def _settled(filters: Filters) -> settled.Settled:
    found = settled.within(settled.told(filters.engine), filters.scope, filters.beside)
    ids = [_id(row) for row in found.hits.to_dict("records")]
    return replace(found, hits=found.hits.assign(id=pd.Series(ids, dtype=object)))


def said(filters: Filters) -> settled.Settled:
    """What is said of the data as they are: the same whatever is chosen, and in every language. Hits have an ``id`` for a link."""
    return _settled(replace(filters, where={}, lang="zh", theme="light", period=None, span=""))


def hits(filters: Filters) -> pd.DataFrame:
    """``detectors.hits`` of all data, with ``id`` for a link."""
    return said(filters).hits


def alarms(filters: Filters) -> pd.DataFrame:
    """The hits that are more than a fact of the month: what was found against chance."""
    rows = hits(filters)
    return rows[~rows["reason"].isin(FACTS)]


def _id(row: dict) -> str:
    return ".".join([row["detector"], row["reason"], *(row[name] for name in _PLACES), row["indicator"], f"{row['since']:%Y%m%d}"])


def link(filters: Filters, row: dict) -> str:
    """Where a hit leads: to its tickets, or to the indicator that contradicts."""
    if row["detector"] == "contradiction":
        return f"metrics?{urlencode({'lang': filters.lang})}"
    about = {"city": row["city"], "category": row["category"], "period": _span(filters, row["since"]), "lang": filters.lang, HIT: row["id"]}
    return f"complaints?{urlencode(about)}#tickets"


def _span(filters: Filters, since: pd.Timestamp) -> str:
    """The shortest choice of months that reaches back to a day."""
    months = results.measured(filters, "complaints")
    if not months:
        return "all"
    needed = results.months_of((since.date(), months[-1]))
    return next((code for code, n in sorted(SPANS.items(), key=lambda one: one[1]) if n >= needed), "all")


def chosen(filters: Filters) -> Chosen | None:
    """The hit in the address, while the city and category are still its own; None without one, or when it is no more."""
    rows = hits(filters) if st.query_params.get(HIT) else pd.DataFrame({"id": []})
    rows = rows[rows["id"] == st.query_params.get(HIT)]
    if rows.empty or rows["detector"].iloc[0] == "contradiction":
        return None
    row = rows.iloc[0].to_dict()
    if any(filters.where.get(name, "") != row[name] for name in ("city", "category")):
        return None
    where = {name: [row[name]] for name in ("city", "category", "element") if row[name]}
    if row["product"] and not row["category"]:
        where["product"] = [row["product"]]
    if row["reason"] == "gravest":
        where["severity"] = [detectors.GRAVEST]
    if row["detector"] == "batch":
        where["day"] = [day.date() for day in pd.date_range(row["since"], row["until"])]
    months: tuple[date, date] = (row["since"].date().replace(day=1), row["until"].date().replace(day=1))
    metric = "enquiries" if row["reason"].startswith("enquiries") else "complaints"
    kind = t(f"watch.{row['detector']}", filters.lang)
    return Chosen(metric, where, months, " · ".join([kind, _what(filters, row), _when(row)]))


def leave() -> None:
    """No hit any more: all tickets of the choice."""
    st.query_params.pop(HIT, None)


def _what(filters: Filters, row: dict) -> str:
    """City, category or element, product: in words."""
    lang = filters.lang
    named = [results.labels(filters, name).get(row[name], row[name]) for name in _PLACES if row[name]]
    if row["indicator"]:
        named.append(results.labels(filters, "indicator_list").get(row["indicator"], row["indicator"]))
    if row["reason"] == "gravest":
        named.append(t("watch.gravest", lang))
    if row["reason"] == "enquiries_excess":
        named.append(t("watch.enquiries", lang))
    if not row["city"]:
        named.insert(0, t("satisfaction.province_word", lang))
    return " · ".join(named)


def _when(row: dict) -> str:
    first, last = row["since"], row["until"]
    if row["detector"] == "batch":
        return f"{first:%Y-%m-%d} – {last:%m-%d}"
    return results.said((first.date(), last.date().replace(day=1)))


def _why(filters: Filters, row: dict) -> str:
    said = {"value": results.number(row["value"], "satisfaction"), "expected": results.number(row["expected"], "satisfaction")}
    key = f"why_{row['reason'] or row['detector']}"
    return t(f"watch.{key}", filters.lang, **(said if row["detector"] in ("short_board", "contradiction") else {}))


def _usual(value: float) -> str:
    return "–" if value != value else number(value, 0 if value >= 20 else 1)


def _times(row: dict) -> str:
    if row["times"] != row["times"]:
        return "–"
    digits = 0 if row["times"] >= 10 else 1
    return f"{number(row['times'], digits)} ({number(row['lo'], digits)} – {number(row['hi'], digits)})"


def block_of(filters: Filters) -> None:
    """The block of the page: open alarms first, then what is over and the gravest tickets; the largest categories in a line."""
    if told := _block(filters):
        title, note, tables, caption = told
        with st.container(key="watch", gap=None):
            results.heading(title, note)
            for html in tables:
                st.html(html)
            if caption:
                st.caption(caption)


@remembered
def _block(filters: Filters) -> tuple[str, str, list[str], str] | None:
    """(title, note, tables and lines as HTML, what is quiet) of the block; None without hits."""
    lang, rows = filters.lang, hits(filters)
    if rows.empty:
        return None
    here = pd.Series(True, index=rows.index)
    for name in ("city", "category"):
        if name in filters.where:
            here &= rows[name].isin(["", filters.where[name]])
    if "city" in filters.where or "category" in filters.where:
        here &= rows["reason"] != "gravest"  # counted over everything: no fact about this city
    elsewhere = int((~here & ~rows["reason"].isin(FACTS)).sum())
    facts = rows["reason"].isin(FACTS)
    sure, plain_facts = rows[here & ~facts], rows[here & facts]
    still, over = int(sure["open"].sum()), int((~sure["open"].astype(bool)).sum())
    title = t("watch.title" if still else "watch.title_none", lang, n=still)
    title += t("watch.title_over", lang, n=over) if over else ""
    month, tables = rows.loc[rows["detector"] == "hot", "since"], []
    if len(sure):
        heads = [(t(f"watch.head_{name}", lang), name in ("n", "usual", "times")) for name in ("detector", "what", "when", "n", "usual", "times", "why")]
        tables.append(parts.table(heads, [_line(filters, row) for row in sure.to_dict("records")]))
    leading = ""
    # Of a chosen city, too, these are facts about all of them.
    whole = f"{t('satisfaction.province_word', lang)} · " if "city" in filters.where else ""
    for reason in FACTS:
        few = plain_facts[plain_facts["reason"] == reason].to_dict("records")
        items = [parts.move(f"{_fact(filters, row)} {number(row['n'])}", "",
                            t("watch.against", lang, usual=_usual(row["usual"]), times=_times(row)), link(filters, row)) for row in few]
        if items:
            key, why = ("gravest_line", "why_gravest") if reason == "gravest" else (reason, "why_volume")
            leading += parts.moves(whole + t(f"watch.{key}", lang, month=f"{few[0]['since']:%Y-%m}"), t(f"watch.{why}", lang), items, "")
    if leading:
        tables.append(leading)
    busy = {*rows.loc[~facts, "detector"]}
    quiet = [t(f"watch.{name}", lang) for name in detectors.DETECTORS if name not in busy]
    said = [t("watch.quiet", lang, names=("、" if lang == "zh" else ", ").join(quiet))] if quiet else []
    said += [t("watch.elsewhere", lang, n=elsewhere)] if elsewhere else []
    note = t("watch.note", lang, month=f"{month.iloc[0]:%Y-%m}") if len(month) else ""
    return title, note, tables, ("" if lang == "zh" else " ").join(said)


def _fact(filters: Filters, row: dict) -> str:
    """What a plain fact is of: a category, or a place."""
    if row["reason"] == "gravest":
        return results.labels(filters, "cities").get(row["city"], row["city"]) if row["city"] else t("satisfaction.province_word", filters.lang)
    return results.labels(filters, "categories").get(row["category"], row["category"])


def short_line(filters: Filters, row: dict) -> list[parts.Told]:
    """A hit in three cells: its kind and whether it is over, what and where with a link, how many against how many usual."""
    lang, key = filters.lang, {"contradiction": "felt", "short_board": "felt_short"}.get(row["detector"], "counted")
    counted = t(f"watch.{key}", lang, n=number(row["n"]), usual=_usual(row["usual"]),
                value=results.number(row["value"], "satisfaction"), expected=results.number(row["expected"], "satisfaction"))
    kind = t(f"watch.{row['detector']}", lang) + ("" if row["open"] else t("watch.kind_over", lang))
    return [(kind, "worse strong" if row["open"] else "unclear", ""), (_what(filters, row), "", link(filters, row)), (counted, "unclear", "")]


def _line(filters: Filters, row: dict) -> list[parts.Told]:
    lang = filters.lang
    alarming = "" if not row["open"] or row["reason"] in FACTS else "worse strong"
    state = t("watch.over", lang) if not row["open"] else ""
    return [(t(f"watch.{row['detector']}", lang), alarming, ""), (_what(filters, row), "", link(filters, row)),
            (" · ".join(filter(None, [_when(row), state])), "unclear", ""), (number(row["n"]), "", ""), (_usual(row["usual"]), "unclear", ""),
            (_times(row), "unclear", ""), (_why(filters, row), "unclear", "")]
