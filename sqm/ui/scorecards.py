"""The Accountability page: who reaches the targets, with how much doubt; every score opened into its pieces; weights and what others would do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import pandas as pd
import streamlit as st

from sqm import metrics, presented, scorecards
from sqm.errors import SqmError
from sqm.i18n import margin, number, say, t
from sqm.scorecards import USUAL, Weights
from sqm.ui import address, parts, results
from sqm.ui.clock import local
from sqm.ui.filters import Filters
from sqm.ui.imports import afterwards
from sqm.ui.memory import drawn, remembered
from sqm.ui.person import allowed
from sqm.ui.words import plain

CARD, UNIT = "card", "unit"
_PAGES = {"satisfaction": "satisfaction", "complaint_rate": "complaints", "first_reply_in_time": "complaints", "repeat_rate": "complaints", "audit_score": "stores",
          "perception": "satisfaction", "indicators": "metrics", "promises": "promises"}  # fmt: skip


def card_of(filters: Filters) -> str:
    """The box with the two cards; the one looked at."""
    lang, cards = filters.lang, list(USUAL)
    address.before(CARD, cards, cards[0])
    st.segmented_control(
        t("accountability.card", lang), cards, format_func=lambda one: t(f"accountability.card_{one}", lang), key=CARD, required=True, label_visibility="collapsed"
    )
    return address.after({CARD: cards[0]})[CARD] or cards[0]


@remembered
def pieces_of(filters: Filters, card: str) -> pd.DataFrame:
    """Every number of a card over the page's months (``scorecards.COLUMNS``), of the cities that the reader sees."""
    every = filters.everyone()

    def fetch(metric: str, by: tuple[str, ...], where: Mapping[str, Any], period: Any) -> pd.DataFrame:
        return results.fetch(metric, every, by=by, where=where, period=results.window(filters, metric), unfiltered=("city",))

    def goal(metric: str, city: str, element: str) -> float | None:
        months = results.window(filters, metric if metric in metrics.CATALOGUE else "indicator")
        return metrics.target(filters.engine, metric, months[1], city, element) if months else None

    period = filters.period
    if period is None:
        return pd.DataFrame(columns=scorecards.COLUMNS)
    if card == "city":
        return scorecards.of_cities(fetch, goal, period, tuple(metrics.reference_frame(filters.engine, "cities")["city"]))
    return scorecards.of_departments(fetch, goal, period, results.reference(filters, "indicator_list"), presented.ledger(filters.engine, ""))


def shown(filters: Filters, card: str, found: pd.DataFrame) -> pd.DataFrame:
    """Of ``found`` what this reader may see: of the cities their own; nothing where the whole would tell a single other city's numbers."""
    if not filters.beside:
        return found.iloc[:0]
    return found if card == "department" or filters.scope.cities is None else found[found["unit"].map(filters.scope.sees).astype(bool)].reset_index(drop=True)


def finding_of(filters: Filters, card: str, found: pd.DataFrame) -> str:
    """How many are told apart from the whole, or from their targets."""
    lang, low, high = filters.lang, int((found["verdict"] == "worse").sum()), int((found["verdict"] == "better").sum())
    if found.empty:
        return t("accountability.none", lang)
    key = f"accountability.finding_{card}" if low or high else f"accountability.alike_{card}"
    return t(key, lang, n=len(found), low=low, high=high)


def dots_of(filters: Filters, card: str, found: pd.DataFrame) -> None:
    """Scores as dots with intervals beside the whole: places are not numbered, because most cannot be told apart."""
    lang, names = filters.lang, results.labels(filters, "cities" if card == "city" else "departments")
    rows = found.assign(name=[names.get(unit, unit) for unit in found["unit"]], value=found["score"], base=100)
    chart = afterwards("sqm.charts.satisfaction").ranked
    label = t("accountability.province" if card == "city" else "accountability.target", lang, mean=number(found.attrs["whole"], 1))
    results.heading(t(f"accountability.dots_{card}", lang), t("accountability.dots_note", lang, most=number(scorecards.MOST)))
    drawing = drawn(chart, rows[["name", "value", "lo", "hi", "base", "verdict"]], filters.theme, lang, mean=float(found.attrs["whole"]), mean_label=label)
    st.vega_lite_chart(spec=drawing, width="stretch", theme=None, alt=t(f"accountability.dots_{card}", lang), key=f"score_dots_{card}")


def unit_of(filters: Filters, card: str, found: pd.DataFrame) -> str:
    """The box with the units; the one opened: that of the page's city, else the lowest."""
    names = results.labels(filters, "cities" if card == "city" else "departments")
    units = list(found["unit"])[::-1]
    key, city = f"{UNIT}_{card}", filters.where.get("city", "")
    address.before(key, units, city if city in units else units[0])
    st.selectbox(t("accountability.open", filters.lang), units, format_func=lambda unit: plain(names.get(unit, unit)), key=key, width=260)
    return address.after({key: city if city in units else units[0]})[key] or units[0]


def opened(filters: Filters, card: str, unit: str, pieces: pd.DataFrame, weights: Weights) -> None:
    """The pieces of a score: number, target, what it scores, what it weighs, and where it is looked into."""
    lang, own = filters.lang, pieces[pieces["unit"] == unit]
    count = own.groupby("piece")["score"].transform("size")
    cells = []
    for row, shares in zip(own.to_dict("records"), count, strict=True):
        weight = weights.values.get(row["piece"], 0.0) / shares
        digits = 2 if row["metric"] == "complaint_rate" and row["value"] < 1 else 1
        lo, hi = sorted((row["lo"], row["hi"]))
        doubt = margin(row["value"], row["value_lo"], row["value_hi"], digits)
        side = "worse strong" if hi < 100 else "better strong" if lo > 100 else ""
        cells.append(
            [
                (_named(filters, row), "", _link(filters, card, unit, row)),
                (f"{number(row['value'], digits)} {doubt}".strip(), "", ""),
                (number(row["target"], digits), "unclear", ""),
                (number(row["base"]), "unclear", ""),
                (f"{number(row['score'], 1)} {margin(row['score'], lo, hi, 1)}".strip(), side, ""),
                (f"{number(weight, 1)}%", "unclear", ""),
                (number(row["score"] * weight / 100, 1), "", ""),
            ]
        )
    missing = [piece for piece in USUAL[card] if weights.values.get(piece) and piece not in set(own["piece"])]
    heads = [("piece", False), ("value", True), ("goal", True), ("base", True), ("score", True), ("weight", True), ("points", True)]
    st.html(parts.table([(t(f"accountability.head_{name}", lang), numeric) for name, numeric in heads], cells))
    if missing:
        named = ("、" if lang == "zh" else ", ").join(t(f"accountability.piece_{card}.{piece}", lang) for piece in missing)
        st.caption(plain(t("accountability.missing", lang, pieces=named)))


def _named(filters: Filters, row: Mapping[str, Any]) -> str:
    lang, about = filters.lang, row["about"]
    if not about:
        return t(f"metrics.{row['metric']}.name", lang)
    table = {"perception": "elements", "indicators": "indicator_list", "promises": "promises"}[row["piece"]]
    named = results.labels(filters, table).get(about, about)
    return f"{t('metrics.satisfaction.name', lang)} · {named}" if row["piece"] == "perception" else named


def _link(filters: Filters, card: str, unit: str, row: Mapping[str, Any]) -> str:
    query = {"period": filters.span, "lang": filters.lang, **({"city": unit} if card == "city" else {"city": ""})}
    if row["piece"] == "perception":
        query["element"] = row["about"]
    page = _PAGES[row["piece"]]
    return f"{page}?{urlencode(query if page != 'metrics' else {'lang': filters.lang})}"


def weights_of(filters: Filters, card: str, pieces: pd.DataFrame, now: Weights) -> None:
    """The weights in force with their history; other ones are tried on these months before they hold."""
    lang = filters.lang
    results.heading(t("accountability.weights", lang), _since(filters, now))
    with st.expander(t("accountability.change", lang), key=f"weights_open_{card}"):
        values: dict[str, float] = {}
        with st.container(horizontal=True, gap="small"):
            for piece in USUAL[card]:
                label = t(f"accountability.piece_{card}.{piece}", lang)
                values[piece] = st.number_input(label, 0.0, 100.0, float(now.values.get(piece, 0.0)), 5.0, key=f"w_{card}_{piece}_{now.revision}", width=150)
        try:
            made = scorecards.checked(card, values)
        except SqmError as error:
            st.warning(plain(say(error, lang)))
            return
        _tried(filters, card, pieces, now, made)
        if filters.person.may("settings"):
            _save(filters, card, now, made)
    listed = scorecards.history(filters.engine, card)
    if len(listed) > 1:
        lines = [[(_since(filters, one), "", ""), (_said(one, card, lang), "unclear wrap", "")] for one in listed]
        st.html(parts.table([("", False), ("", False)], lines))


def _said(one: Weights, card: str, lang: str) -> str:
    return " · ".join(f"{t(f'accountability.piece_{card}.{piece}', lang)} {number(one.values.get(piece, 0.0))}" for piece in USUAL[card])


def _since(filters: Filters, one: Weights) -> str:
    if not one.revision:
        return t("accountability.usual", filters.lang)
    return t("accountability.set_by", filters.lang, who=one.who or "?", at=f"{local(one.at):%Y-%m-%d %H:%M}", why=one.why)


def _tried(filters: Filters, card: str, pieces: pd.DataFrame, now: Weights, made: Mapping[str, float]) -> None:
    lang = filters.lang
    if dict(now.values) == dict(made):
        st.caption(t("accountability.same", lang))
        return
    names = results.labels(filters, "cities" if card == "city" else "departments")
    found = shown(filters, card, scorecards.shifted(pieces, now.values, made))
    turned = int((found["was"] != found["becomes"]).sum())
    st.caption(plain(t("accountability.would", lang, n=turned, of=len(found))))
    cells = []
    for row in found.to_dict("records"):
        was, becomes = (t(f"accountability.verdict_{row[name]}", lang) for name in ("was", "becomes"))
        verdict = was if was == becomes else f"{was} → {becomes}"
        numbers = (number(row["before"], 1), number(row["after"], 1), number(row["difference"], 1, sign=True))
        cells.append([(names.get(row["unit"], row["unit"]), "", ""), *((text, "", "") for text in numbers), (verdict, "" if was == becomes else "strong", "")])
    heads = [("unit", False), ("before", True), ("after", True), ("difference", True), ("verdict", False)]
    st.html(parts.table([(t(f"accountability.head_{name}", lang), numeric) for name, numeric in heads], cells))


def _save(filters: Filters, card: str, now: Weights, made: Mapping[str, float]) -> None:
    lang = filters.lang
    why = st.text_input(t("accountability.why", lang), key=f"w_why_{card}_{now.revision}", max_chars=400)
    if st.button(t("accountability.keep", lang), key=f"w_keep_{card}", type="primary", disabled=dict(now.values) == dict(made)):
        try:
            scorecards.set_weights(filters.engine, card, made, base=now.revision, who=allowed(filters, "settings"), why=why)
        except SqmError as error:
            st.error(plain(say(error, lang)))
            return
        st.rerun()
