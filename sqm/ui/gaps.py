"""Satisfaction by service-quality gap: how many fail points and complaints belong to each, and how its elements are felt."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from sqm import blueprint as bp
from sqm import metrics, store, voices
from sqm.errors import SqmError
from sqm.i18n import margin, number, t
from sqm.ui import blueprint_desk as desks
from sqm.ui import parts, results
from sqm.ui.filters import Filters
from sqm.ui.memory import remembered
from sqm.ui.words import plain

METRIC, COMPLAINTS, SHORT = voices.METRIC, "complaints", "expectation_gap"
#: Gaps that a fail point or a cause may have; the customer gap is what they come to.
GAPS, CUSTOMER = tuple(bp.GAPS), "customer"
HEADS = (("gap", False), ("points", True), ("causes", False), ("tickets", True), ("felt", False))

Revisions = tuple[tuple[str, int], ...]


@remembered
def points_of(filters: Filters, drawings: Revisions) -> tuple[pd.DataFrame, int]:
    """(the fail points of all drawings of how it is: drawing, step, gap, cause, categories, elements; drawings that could not
    be read). ``drawings``: what is stored, so that a save is seen at once.
    """
    listed = results.reference(filters, "categories")
    felt_in = dict(zip(listed["category"], listed["element"], strict=True))
    rows, unread = list[dict[str, Any]](), 0
    for name, _ in drawings:
        try:
            _, document = desks.stored(filters.engine, name)
        except SqmError:
            unread += 1
            continue
        for step in document.steps if document.state == "as_is" else ():
            if step.fail:
                bound = {value for one in step.metrics if one.metric == METRIC for value in one.filters.get("element", [])}
                near = {felt_in.get(category) for category in step.categories} | bound
                elements = sorted(e for e in near if isinstance(e, str) and e and e not in metrics.PSEUDO_ELEMENTS)
                rows.append({"drawing": name, "step": step.id, "gap": step.gap, "cause": step.cause, "categories": tuple(step.categories), "elements": tuple(elements)})
    return pd.DataFrame(rows, columns=["drawing", "step", "gap", "cause", "categories", "elements"]), unread


def _drawings(filters: Filters) -> Revisions:
    """Every drawing and its newest revision, 0 for one that came with the software."""
    newest = {name: store.history(filters.engine, desks.KIND, name, limit=1) for name in desks.documents(filters.engine)}
    return tuple((name, found[0].revision if found else 0) for name, found in newest.items())


@remembered
def table_of(filters: Filters, drawings: Revisions) -> pd.DataFrame:
    """``voices.by_gap`` of the months and places shown, whichever element is chosen."""
    points, _ = points_of(filters, drawings)
    return voices.by_gap(points, results.fetch(COMPLAINTS, filters, by=("category",), unfiltered=("element",)), GAPS)


def gaps_of(filters: Filters) -> None:
    """A table: gap by gap its fail points, their causes, their complaints, and the satisfaction of their elements."""
    title, note, table, told = _said(filters, _drawings(filters))
    results.heading(title, note)
    if table:
        st.html(table)
    st.caption(plain(told))


@remembered
def _said(filters: Filters, drawings: Revisions) -> tuple[str, str, str, str]:
    """(heading, note, HTML of the table or "", what stands under it)."""
    lang = filters.lang
    points, unread = points_of(filters, drawings)
    more = [t("satisfaction.gaps_unread", lang, n=unread)] if unread else []
    title = t("satisfaction.gaps_plain", lang)
    if points.empty:
        return title, "", "", " ".join([t("satisfaction.gaps_none", lang), *more])
    rows = table_of(filters, drawings)
    title = _title(rows, lang)
    felt = results.fetch(METRIC, filters, by=("element",), unfiltered=("element",)).dropna(subset=["value"])
    names = results.labels(filters, "elements")
    satisfied = {row.element: t("satisfaction.gaps_felt", lang, name=names.get(row.element, row.element), value=_valued(row, row.base, lang)) for row in felt.itertuples()}
    shown = [_row(row, {e: satisfied.get(e, names.get(e, e)) for e in row["elements"]}, lang) for row in rows.to_dict("records")]
    heads = [(t(f"satisfaction.gaps_head_{name}", lang), right) for name, right in HEADS]
    note = t("satisfaction.gaps_note", lang, months=results.said(results.window(filters, COMPLAINTS)))
    return title, note, parts.table(heads, [*shown, _customer(filters, rows)]), " ".join([t("satisfaction.gaps_cases", lang), *more])


def _title(rows: pd.DataFrame, lang: str) -> str:
    """Which gap has the most fail points, and the most complaints: only where its interval is clear of the next one's."""
    told, known = [], rows[rows["gap"] != ""]
    for name, share, ends in (("points", "share", ("lo", "hi")), ("tickets", "part", ("part_lo", "part_hi"))):
        ordered = known.sort_values(share, ascending=False, kind="stable")
        if ordered.empty or not ordered[share].iloc[0] > 0:
            continue
        first = ordered.iloc[0]
        clear = first[ends[0]] > ordered[ends[1]].iloc[1:].max()
        told.append(t(f"satisfaction.gaps_{name}_{'most' if clear else 'open'}", lang, gap=_name(first["gap"], lang), n=first["points"], of=first["of"],
                      part=number(first["part"], 1)))
    return ("；" if lang == "zh" else "; ").join(told) or t("satisfaction.gaps_plain", lang)


def _name(gap: str, lang: str) -> str:
    return t(f"metrics.gap.{gap}", lang) if gap else t("satisfaction.gaps_without", lang)


def _share(n: int, value: float, lo: float, hi: float, lang: str) -> str:
    """A count of cases with its share: "3 · 37.5% (13.7 – 69.4)"."""
    if value != value:
        return "–"
    return t("satisfaction.gaps_share", lang, n=number(n), share=number(value, 1), margin=margin(value, lo, hi, 1)).strip()


def _valued(row: Any, base: float, lang: str) -> str:
    """A mean with its interval; of too few only how many they are."""
    if base < metrics.get(METRIC).few:
        return t("satisfaction.gaps_few", lang, n=number(base))
    return f"{number(row.value, 1)} {margin(row.value, row.lo, row.hi, 1)}".strip()


def _row(row: dict[str, Any], felt: dict[str, str], lang: str) -> list[parts.Told]:
    causes = [t("satisfaction.gaps_cause", lang, cause=t(f"blueprint.cause.{cause}", lang), n=n) for cause, n in row["causes"].items()]
    comma = "、" if lang == "zh" else ", "
    complaints = _share(row["tickets"], row["part"], row["part_lo"], row["part_hi"], lang) if row["categories"] else "–"
    return [
        (_name(row["gap"], lang), "", ""), (_share(row["points"], row["share"], row["lo"], row["hi"], lang), "", ""),
        (comma.join(causes) or "–", "unclear wrap", ""), (complaints, "", ""), (comma.join(felt.values()) or "–", "wrap" if felt else "unclear", ""),
    ]


def _customer(filters: Filters, rows: pd.DataFrame) -> list[parts.Told]:
    """The last row: what the gaps come to, which customers say themselves: perception less expectation."""
    lang = filters.lang
    found = results.fetch(SHORT, filters, unfiltered=("element",)).dropna(subset=["value"])
    text = "–"
    if len(found):
        one = next(found.itertuples())
        text = t("satisfaction.gaps_customer", lang, value=_valued(one, one.base, lang), n=number(one.base))
    return [(_name(CUSTOMER, lang), "strong", ""), (number(int(rows["of"].iloc[0])), "", ""), ("", "", ""),
            (number(int(rows["all"].iloc[0])) if rows["all"].iloc[0] else "–", "", ""), (text, "wrap", "")]
