"""How answers are spread over the steps of their scale: a mean hides two humps. Part of the Satisfaction page."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from sqm import metrics, signals, verdicts, voices
from sqm.charts import voices as charts
from sqm.i18n import margin, number, t
from sqm.ui import parts, results
from sqm.ui.filters import Filters
from sqm.ui.memory import drawn, remembered
from sqm.ui.places import rows_of_elements

METRIC, TOP = voices.METRIC, "satisfaction_top2"
ASKED, BY = ("element", "scale"), ("element", "scale", "step")


def spread_of(filters: Filters) -> None:
    """Every element as a bar of 100 %, or the chosen one as a histogram beside the months before."""
    if element := filters.where.get("element"):
        _one(filters, element)
    else:
        _all(filters)


@remembered
def spreads(filters: Filters, period: results.Period | None = None, element: str = "") -> pd.DataFrame:
    """``voices.spread`` of the overall question and every element in their order, or of one, with ``name`` and the top two
    boxes as of ``metrics.fetch`` (``value``, ``least``, ``most``).
    """
    listed = [element] if element else [voices.OVERALL, *(row["id"] for row in rows_of_elements(filters) if row["id"] not in metrics.PSEUDO_ELEMENTS)]
    where = {"element": listed}
    answers = results.fetch(METRIC, filters, by=BY, where=where, period=period)
    order = {name: place for place, name in enumerate(listed)}
    answers = answers.sort_values("element", key=lambda ids: ids.map(order), kind="stable")
    found = voices.spread(answers)
    if found.empty:
        return found
    top = results.fetch(TOP, filters, by=ASKED, where=where, period=period)[[*ASKED, "value", "lo", "hi"]].rename(columns={"lo": "least", "hi": "most"})
    names, usual = results.labels(filters, "elements"), found.groupby("scale")["base"].sum().idxmax()
    mixed = found["scale"].nunique() > 1
    named = [f"{names.get(row.element, row.element)}{f' · {row.scale}' if mixed and row.scale != usual else ''}" for row in found.itertuples()]
    return found.assign(name=named).merge(top, on=list(ASKED), how="left")


def share_of(row) -> str:
    """A share of the top two boxes with its interval: "56.2% ± 1.0"."""
    return f"{number(row.value, 1)}% {margin(row.value, row.least, row.most, 1)}".strip()


def _words(lang: str, *more: str) -> dict[str, str]:
    usual = {"lo": t("satisfaction.against_least", lang), "hi": t("satisfaction.against_most", lang)}
    return usual | {name: t(f"satisfaction.spread_{name}", lang) for name in ("step", "share", "base", "of", *more)}


@remembered
def _told(filters: Filters) -> tuple[pd.DataFrame, str]:
    """(``spreads`` with what stands beside each bar, ``told``; the title)."""
    lang, rows, few = filters.lang, spreads(filters), metrics.get(METRIC).few
    if rows.empty:
        return rows, ""
    told = rows.assign(told=[share_of(r) if r.of >= few else f"({number(r.value, 0)}%)" for r in rows.itertuples()])
    heads = told[told["of"] >= few].drop_duplicates(list(ASKED))
    heads = heads[heads["element"] != voices.OVERALL] if (heads["element"] != voices.OVERALL).any() else heads
    if heads.empty:
        title = t("satisfaction.spread_small_all", lang)
    elif len(heads) == 1:
        title = t("satisfaction.spread_one", lang, name=heads["name"].iloc[0], share=share_of(heads.iloc[0]), base=number(heads["of"].iloc[0]))
    else:
        low, high = heads.loc[heads["value"].idxmin()], heads.loc[heads["value"].idxmax()]
        shares = {"low_share": f"{number(low['value'], 1)}%", "high_share": f"{number(high['value'], 1)}%"}  # their intervals are beside the bars
        title = t("satisfaction.spread", lang, low=low["name"], high=high["name"], **shares)
    return told, title


def _all(filters: Filters) -> None:
    lang, few = filters.lang, metrics.get(METRIC).few
    rows, title = _told(filters)
    if rows.empty:
        return
    results.chart(drawn(charts.boxes, rows, filters.theme, _words(lang)), filters, title=title, key="spread", table=_table(rows), metric=METRIC, by=BY,
                  where={"element": list(dict.fromkeys(rows["element"]))}, note=t("satisfaction.spread_note", lang), alt=t("satisfaction.spread_alt", lang, title=title))
    scales = rows["scale"].unique()
    steps = metrics.STEPS[scales[0]] if len(scales) == 1 else ()
    shades = [("", charts.shade(filters.theme, i / (len(steps) - 1)), str(step)) for i, step in enumerate(steps)]
    ends = [("", charts.shade(filters.theme, place), t(f"satisfaction.spread_{name}", lang)) for name, place in (("lowest", 0.0), ("highest", 1.0))]
    hollow = [("box", "var(--sqm-background)", t("satisfaction.legend_small", lang))] if (rows["of"] < few).any() else []
    st.html(parts.legend([*(shades or ends), ("", "var(--sqm-text)", t("satisfaction.spread_edge", lang)), *hollow]))


def _table(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows as the table of the menu shows them: the share as its value, of all answers on the scale."""
    return rows[[*BY, "share", "lo", "hi", "of"]].rename(columns={"share": "value", "of": "base"})


def _one(filters: Filters, element: str) -> None:
    lang, few = filters.lang, metrics.get(METRIC).few
    shown = results.window(filters, METRIC)
    if shown is None:
        return
    window = results.window(filters, METRIC, min(signals.MONTHS, results.months_of(shown))) or shown
    rows = spreads(filters, window, element)
    if rows.empty:
        return
    scale = rows.groupby("scale")["base"].sum().idxmax()
    now, others = rows[rows["scale"] == scale], int(rows.loc[rows["scale"] != scale, "base"].sum())
    one = now.iloc[0]
    past = _before(filters, window)
    then = spreads(filters, past, element) if past else rows.iloc[:0]
    changed = past is not None and results.unbroken(filters, METRIC, then, past, window).empty
    broken = len(then) > 0 and (changed or set(then["scale"]) != set(rows["scale"]))
    then = then[then["scale"] == scale] if len(then) and not broken else rows.iloc[:0]
    name = results.labels(filters, "elements").get(element, element)
    said = {"name": name, "share": share_of(one), "base": number(one["of"])}
    if one["of"] < few:
        title = t("satisfaction.spread_small", lang, **said)
    elif past and len(then) and then["of"].iloc[0] >= few:
        moved = {"better": "up", "worse": "down"}.get(_moved(filters, element, window, past), "same")
        title = t(f"satisfaction.spread_{moved}", lang, **said, before=share_of(then.iloc[0]))
    else:
        title = t("satisfaction.spread_one", lang, **said)
    months = {"scale": scale, "months": results.said(window), "before": results.said(past)}
    results.chart(drawn(charts.histogram, now, then, filters.theme, _words(lang, "now", "before")), filters, title=title, key="spread", table=_table(now),
                  metric=METRIC, by=BY, period=window, where={"element": element, "scale": scale},
                  note=t("satisfaction.spread_note_one" if len(then) else "satisfaction.spread_note_alone", lang, **months),
                  alt=t("satisfaction.spread_alt", lang, title=title))
    more = [t("satisfaction.spread_others", lang, n=number(others))] if others else []
    if told := more + ([t("satisfaction.spread_broken", lang)] if broken else []):
        st.caption(" ".join(told))


def _before(filters: Filters, window: results.Period) -> results.Period | None:
    """As many months before; None where the data do not reach back so far."""
    n = results.months_of(window)
    past = metrics.back(window[0], n + 1), metrics.back(window[0], 2)
    return past if results.known_since(filters, METRIC, past[0]) else None


@remembered
def _moved(filters: Filters, element: str, now: results.Period, before: results.Period) -> str:
    """The verdict on the change of the top two boxes: of all elements as one family, whichever is chosen."""
    mine, past = (results.fetch(TOP, filters, by=("element",), unfiltered=("element",), period=period).dropna(subset=["value"]) for period in (now, before))
    told = signals.judged(TOP, ("element",), mine, past, results.limits(filters), verdicts.FALSE_DISCOVERIES)
    verdict = told.loc[told["element"] == element, "verdict"]
    return str(verdict.iloc[0]) if len(verdict) else ""
