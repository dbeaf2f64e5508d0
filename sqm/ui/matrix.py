"""The indicators that the service-quality system declares: each with what it is now, or with what is missing to know it."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from sqm import metrics, verdicts
from sqm.charts import base
from sqm.i18n import number, t
from sqm.ui import address, results
from sqm.ui.filters import Filters
from sqm.ui.memory import drawn, remembered
from sqm.ui.units import decimals, in_unit

#: Kind → the metric that answers it, and the split in which its id is a value.
COUNTED = {"perception": ("satisfaction", "item"), "internal": ("indicator", "indicator")}
#: States of an indicator that has a value.
MEASURED = ("met", "short", "unclear", "small", "no_target")
#: Pixels of the columns whose widest row may be below the first screen of the table.
WIDTHS = {"value": 104, "base": 124, "pieces": 164, "lacking": 300}
_FOUND, _CHOSEN = "metrics_find", "metrics_indicator"


@remembered
def indicators_of(filters: Filters) -> pd.DataFrame:
    """One row per declared indicator, in its order; then the internal ones that the matrix does not have.

    measure (its id), kind, element, name, state (``MEASURED`` or "missing"), lacking (of its definition), and as they are now,
    None where there is nothing: value, lo, hi, base, numerator, denominator, target.
    """
    listed = results.reference(filters, "indicator_list")
    declared = results.reference(filters, "matrix").sort_values("position", kind="stable")
    more = listed[~listed["indicator"].isin(declared["measure"])].assign(kind="internal").rename(columns={"indicator": "measure"})
    named = results.labels(filters, "indicator_list") | results.labels(filters, "matrix")
    lacking = declared["lacking_en"].where(declared["lacking_en"].fillna("") != "", declared["lacking"]) if filters.lang == "en" else declared["lacking"]
    every = pd.concat([declared.assign(lacking=lacking), more])[["measure", "kind", "element", "lacking"]].reset_index(drop=True)
    now = [_now(filters, row) for row in every.to_dict("records")]
    return every.assign(name=[named.get(one, one) for one in every["measure"]],
                        **{name: [one.get(name) for one in now] for name in ("state", "value", "lo", "hi", "base", "numerator", "denominator", "target")})


def _now(filters: Filters, row: dict[str, Any]) -> dict[str, Any]:
    """What one indicator is over the months of the page, with its target and state."""
    metric, where, goal = _asked(filters, row)
    found = results.fetch(metric, filters, where=where).dropna(subset=["value"]) if metric else pd.DataFrame()
    if found.empty:
        return {"state": "missing", "target": goal}
    one = found.iloc[0]
    state = verdicts.side(one, goal, metrics.get(metric))
    if goal is None and state == "unclear":
        state = "no_target"
    if goal is not None and row["kind"] == "internal":
        # A full count: it is as reported, on one side or the other.
        state = "better" if (one["value"] <= goal if _better(filters, row) == "lower" else one["value"] >= goal) else "worse"
    return {**one.to_dict(), "state": {"better": "met", "worse": "short"}.get(state, state), "target": goal}


def _asked(filters: Filters, row: dict[str, Any]) -> tuple[str, dict[str, str], float | None]:
    """(metric, what it is narrowed to, target) of an indicator; no metric for an id that nothing counts."""
    measure = row["measure"]
    if row["kind"] == "complaint":
        known = measure in metrics.CATALOGUE
        return (measure, {}, results.target(filters, measure)) if known else ("", {}, None)
    metric, split = COUNTED[row["kind"]]
    window = results.window(filters, metric)
    goal = results.goal(filters, measure, "", "", window[1]) if window else None
    return metric, {split: measure} | ({"element": row["element"]} if row["kind"] == "perception" and row["element"] else {}), goal


def _listed(filters: Filters, measure: str) -> dict[str, Any]:
    """The row of an internal indicator in its list, empty where it is not there."""
    rows = results.reference(filters, "indicator_list")
    found = rows[rows["indicator"] == measure].to_dict("records")
    return found[0] if found else {}


def _better(filters: Filters, row: dict[str, Any]) -> str:
    if row["kind"] == "internal":
        return _listed(filters, row["measure"]).get("better", "higher")
    return metrics.get(row["measure"] if row["kind"] == "complaint" else "satisfaction").better if row["state"] != "missing" else ""


def measured(every: pd.DataFrame) -> pd.DataFrame:
    """The indicators that have a value."""
    return every[every["state"].isin(MEASURED)]


def matrix_of(filters: Filters) -> None:
    """All indicators in a table that can be searched, and the course of one of them."""
    lang, every = filters.lang, indicators_of(filters)
    if every.empty:
        results.heading(t("matrix.none", lang))
        st.caption(t("matrix.none_note", lang))
        return
    known, of = len(measured(every)), "title" if len(results.reference(filters, "matrix")) else "title_unlisted"
    results.heading(t(f"matrix.{of}", lang, n=len(every), known=known, holes=len(every) - known), t("matrix.note", lang, months=results.said(filters.period)))
    left, right = st.columns(2, gap="medium")
    wanted = left.text_input(t("matrix.find", lang), key=_FOUND, placeholder=t("matrix.find", lang), label_visibility="collapsed", max_chars=80).strip().lower()
    with right:
        chosen = _chosen(filters, measured(every))
    shown = _shown(filters)
    if wanted:
        shown = shown[shown.astype(str).apply(lambda column: column.str.lower().str.contains(wanted, regex=False)).any(axis=1)]
        st.caption(t("matrix.found", lang, n=len(shown), of=len(every)))
    widths = {t(f"matrix.head_{name}", lang): st.column_config.TextColumn(width=wide) for name, wide in WIDTHS.items()}
    st.dataframe(shown, hide_index=True, height=min(430, 35 * (len(shown) + 1) + 3), placeholder="–", column_config=widths)
    if chosen:
        _course_of(filters, every[every["measure"] == chosen].to_dict("records")[0])


@remembered
def _shown(filters: Filters) -> pd.DataFrame:
    """The table as it is read: names, verdicts in words, numbers with interval and unit."""
    lang, rows = filters.lang, []
    elements, departments = results.labels(filters, "elements"), results.labels(filters, "departments")
    for row in indicators_of(filters).to_dict("records"):
        metric, listed = _asked(filters, row)[0], _listed(filters, row["measure"])
        state = t(f"matrix.state_{row['state']}", lang)
        needed = t(f"matrix.needs_{row['kind']}", lang) if row["state"] == "missing" else ""
        better = _better(filters, row)
        rows.append({
            "kind": t(f"matrix.kind_{row['kind']}", lang), "element": elements.get(row["element"]) or t("matrix.all_elements", lang),
            "name": row["name"], "state": state, "value": _told(filters, row, "value"), "target": _told(filters, row, "target"),
            "base": results.based(row, metric, lang) if row["state"] in MEASURED else None,
            "pieces": f"{number(row['numerator'])} / {number(row['denominator'])}" if row["kind"] == "internal" and (row["denominator"] or 0) > 0 else None,
            "better": t(f"library.better_{better}", lang) if better else None,
            "owner": departments.get(listed.get("department", "")) if listed else None,
            "lacking": (" " if lang == "en" else "").join(filter(None, (needed, row["lacking"] if isinstance(row["lacking"], str) else ""))) or None,
            "id": row["measure"],
        })
    frame = pd.DataFrame(rows)
    return frame.rename(columns={name: t(f"matrix.head_{name}", lang) for name in frame})


def _told(filters: Filters, row: dict[str, Any], name: str) -> str | None:
    """The value with its interval, or the target, of a row; None where there is none."""
    if row[name] is None or row[name] != row[name]:
        return None
    if row["kind"] == "internal":
        goal = None if row["target"] != row["target"] else row["target"]
        digits = decimals(row["value"], goal) if row["state"] in MEASURED else 1
        return in_unit(filters, number(row[name], digits), _listed(filters, row["measure"]).get("unit"))
    metric = row["measure"] if row["kind"] == "complaint" else "satisfaction"
    margin = results.margin(row, metric) if name == "value" else ""
    return f"{results.number(row[name], metric)} {margin}".strip()


def _chosen(filters: Filters, rows: pd.DataFrame) -> str:
    """The id of the indicator whose course is asked for, "" for none: of those that have a value."""
    lang, names = filters.lang, dict(zip(rows["measure"], rows["name"], strict=True))
    address.before(_CHOSEN, ["", *names], "")
    st.selectbox(t("matrix.choose", lang), ["", *names], key=_CHOSEN, label_visibility="collapsed", format_func=lambda one: names.get(one) or t("matrix.choose", lang))
    return address.after({_CHOSEN: ""})[_CHOSEN]


def _course_of(filters: Filters, row: dict[str, Any]) -> None:
    """The course of one indicator with its target."""
    lang = filters.lang
    metric, where, goal = _asked(filters, row)
    period = results.course(filters, metric)
    course = results.fetch(metric, filters, by=("month",), where=where, period=period).dropna(subset=["value"])
    counted = row["kind"] == "internal"  # in full, so without an interval
    if counted:
        course = course.assign(lo=course["value"], hi=course["value"])
    goal_text = t("satisfaction.target", lang, target=_told(filters, row, "target")) if goal is not None else ""
    last = {**row, **course.iloc[-1].to_dict()}
    results.chart(
        drawn(base.trend, course, filters.theme, lang, label=_told(filters, last, "value") or "", target=goal, target_label=goal_text,
              events=results.events(filters, without="" if metrics.get(metric).source == "surveys" else "break"), small=0 if counted else metrics.get(metric).few),
        filters, title=t("matrix.course", lang, name=row["name"]), key="indicator", table=course, metric=metric, by=("month",), where=where, period=period,
        note=t("matrix.course_note", lang, months=results.said(period)), alt=t("matrix.course_alt", lang, name=row["name"], value=_told(filters, last, "value") or ""))
