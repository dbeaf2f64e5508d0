"""From a question to what stands on the screen: cached fetch, chart with its table and its "why", empty states."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from functools import partial
from html import escape, unescape
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from sqm import datasets, exports, i18n, metrics, settled, signals, verdicts, warehouse
from sqm.access import EVERYTHING, Scope
from sqm.i18n import t
from sqm.limits import Limits
from sqm.ui import behind, tables
from sqm.ui.filters import Filters
from sqm.ui.frame import as_of
from sqm.ui.memory import framed, remembered
from sqm.ui.periods import Period, months_of, said
from sqm.ui.words import plain

#: Splits whose values a city has whether anything happened there or not: cells of a rate with 0 are the same in each.
LISTED = {"month", "category"}
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@st.cache_data(max_entries=512, show_spinner=False)
def _fetch(
    url: str,
    version: int,
    metric: str,
    by: tuple[str, ...],
    where: tuple,
    period: tuple | None,
    scope: Scope,
    phi: float,
    whole: bool,
) -> pd.DataFrame:
    wanted = {k: list(v) for k, v in where}
    ask = metrics.benchmark if whole else metrics.fetch
    return ask(warehouse.engine(), metric, by=by, where=wanted, period=period, scope=scope, phi=phi)


def fetch(
    metric: str,
    filters: Filters,
    *,
    by: tuple[str, ...] = (),
    where: Mapping[str, Any] | None = None,
    period: Period | None = None,
    unfiltered: tuple[str, ...] = (),
    phi: float = 1.0,
) -> pd.DataFrame:
    """``metrics.fetch`` for what the reader chose; ``where`` adds to it, ``unfiltered`` drops a filter by name.

    Of a reader who sees some cities alone, what names no place is the whole beside them (``metrics.benchmark``).
    """
    chosen, months = _chosen(filters, metric, where, unfiltered), period or window(filters, metric)
    city = chosen.get("city")
    if isinstance(city, str) and city and "city" not in by and not (metrics.get(metric).kind == "rate" and set(by) - LISTED):
        # Of all cities at once, which takes no longer: the next one that is chosen need not be asked for.
        others = {split: values for split, values in chosen.items() if split != "city"}
        every = _asked(filters, metric, (*by, "city"), others, months, phi)
        own = every[every["city"] == city]
        if len(own):  # else what is said of nothing is the metric's own
            kept = own.drop(columns="city").reset_index(drop=True)
            kept.attrs = dict(every.attrs)
            return kept
    return _asked(filters, metric, by, chosen, months, phi)


def _asked(filters: Filters, metric: str, by: tuple[str, ...], where: Mapping[str, Any], period: Period | None, phi: float) -> pd.DataFrame:
    frozen = tuple(sorted((k, tuple(v) if isinstance(v, list | tuple | set) else (v,)) for k, v in where.items()))
    return _fetch(str(filters.engine.url), filters.version, metric, tuple(by), frozen, period, filters.scope, phi, _whole(filters, by, where))


def _whole(filters: Filters, by: tuple[str, ...], where: Mapping[str, Any]) -> bool:
    """Whether a question is about the whole, to a reader whose numbers are not."""
    return filters.scope.cities is not None and filters.beside and not metrics.PLACES & {*by, *(split for split, value in where.items() if value)}


@st.cache_data(max_entries=64, show_spinner=False)
def _labels(url: str, version: int, name: str, lang: str, scope: Scope) -> dict[str, str]:
    named = metrics.labels(warehouse.engine(), name, lang)
    if scope.cities is not None and (table := metrics.REFERENCES.get(name, name)) in ("cities", "stores"):
        mine = set(_reference(url, version, table, scope)[datasets.get(table).key[-1]])
        named = {one: text for one, text in named.items() if one in mine}
    return named


def labels(filters: Filters, name: str) -> dict[str, str]:
    """id → name in the reader's language, of a reference table: cities and stores as far as they see them."""
    return _labels(str(filters.engine.url), filters.version, name, filters.lang, filters.scope)


@st.cache_data(max_entries=64, show_spinner=False)
def _reference(url: str, version: int, name: str, scope: Scope) -> pd.DataFrame:
    found = metrics.reference_frame(warehouse.engine(), name)
    return found[found["city"].map(scope.sees).astype(bool)].reset_index(drop=True) if "city" in found else found


def reference(filters: Filters, name: str) -> pd.DataFrame:
    """The rows of a reference table, without those of cities that the reader does not see."""
    return _reference(str(filters.engine.url), filters.version, name, filters.scope)


@st.cache_data(max_entries=32, show_spinner=False)
def _months(url: str, version: int, dataset: str) -> list[date]:
    return metrics.months(warehouse.engine(), dataset)


@st.cache_data(max_entries=64, show_spinner=False)
def _measured(url: str, version: int, metric: str) -> list[date]:
    return metrics.measured(warehouse.engine(), metrics.get(metric))


def measured(filters: Filters, metric: str) -> list[date]:
    """The months in which a metric has anything to count."""
    return _measured(str(filters.engine.url), filters.version, metric)


def window(filters: Filters, metric: str, months: int = 0) -> Period | None:
    """The period of the page for one metric, or that many ``months``: it ends with the newest month that the metric has, and
    does not begin before its first.

    So a file that is newer than the others does not take a month away from their numbers.
    """
    if filters.period is None:
        return None
    own = [month for month in measured(filters, metric) if month <= filters.period[1]]
    if not own:
        return filters.period
    return max(metrics.back(own[-1], months or months_of(filters.period)), own[0]), own[-1]


def course(filters: Filters, metric: str, months: int = 24) -> Period | None:
    """The period of a trend: at least ``months`` long, so that a short choice still shows where it comes from."""
    return filters.period and window(filters, metric, max(months, months_of(filters.period)))


@st.cache_data(max_entries=8, show_spinner=False)
def _limits(url: str, version: int) -> Limits:
    return settled.limits(warehouse.engine())


def limits(filters: Filters) -> Limits:
    """What numbers are judged by."""
    return _limits(str(filters.engine.url), filters.version)


def defined(filters: Filters, metric: str) -> metrics.Metric:
    """The metric of that id as it is judged: with the smallest difference that matters as it is set."""
    return signals.defined(metric, limits(filters))


@remembered
def controlled(filters: Filters, metric: str, period: Period | None, by: Limits | None = None, **narrowed: Any) -> pd.DataFrame:
    """``signals.controlled`` of a metric by month, as shown in ``period``; ``narrowed`` as ``fetch`` has it. ``by``: other limits than
    those in force.

    The limits come from the first months there are, or those that were set: not from what happens to be shown.
    ``attrs["baseline"]``: which, in words.
    """
    months = measured(filters, metric)
    every = (min(months[0], period[0]), period[1]) if months and period else period
    found = signals.controlled(metric, fetch(metric, filters, by=("month",), period=every, **narrowed).dropna(subset=["value"]), by or limits(filters))
    marked = found if period is None else found[found["month"] >= pd.Timestamp(period[0])].reset_index(drop=True)
    base = found.loc[found["phase"] == "baseline", "month"]
    marked.attrs["baseline"] = said((base.iloc[0].date(), base.iloc[-1].date())) if len(base) else ""
    return marked


def known_since(filters: Filters, metric: str, month: date) -> bool:
    """Whether the data of a metric reach back to that month."""
    months = measured(filters, metric)
    return bool(months) and months[0] <= month


def months_after(filters: Filters, dataset: str, month: date) -> list[date]:
    """The months of a dataset that are later than that one."""
    return [m for m in _months(str(filters.engine.url), filters.version, dataset) if m > month]


def months_without(filters: Filters, dataset: str, period: Period) -> list[date]:
    """The months of a period in which a dataset has no row at all."""
    known = set(_months(str(filters.engine.url), filters.version, dataset))
    return [month.date() for month in pd.date_range(*period, freq="MS") if month.date() not in known]


def number(value: float, metric: str, sign: bool = False) -> str:
    """A value as the metric is shown: its decimals, a true minus, a dash where there is none."""
    return i18n.number(value, metrics.get(metric).digits, sign)


def half(row) -> float:
    """Half the width of an interval, for "± 1.4"; the larger side where it is lopsided."""
    return max(row["hi"] - row["value"], row["value"] - row["lo"])


def margin(row, metric: str) -> str:
    """How unsure a number is: "± 1.4", its two ends in brackets where the interval is lopsided, nothing where it is not known."""
    return i18n.margin(row["value"], row["lo"], row["hi"], metrics.get(metric).digits)


def based(row: Any, metric: str, lang: str) -> str:
    """What a number is counted from: "1,000 interviews", "6.3m customer-months"."""
    definition, n = metrics.get(metric), float(row["base"])
    size, digits = (1e4, 0) if lang == "zh" else (1e6, 1)
    shown = t("metrics.base.large", lang, n=i18n.number(n / size, digits)) if n >= 1e6 else i18n.number(n)
    return t(f"metrics.base.{'rate' if definition.kind == 'rate' else definition.source}", lang, n=shown)


def nothing(filters: Filters, sentence: str | None = None) -> None:
    """Say that the filters leave nothing, and what to do."""
    st.info(sentence or t("frame.nothing", filters.lang))


def heading(text: str, note: str = "") -> None:
    """The bold line over a block, its unit and period at the right."""
    st.html(f'<div class="sqm-block"><b>{escape(unescape(text))}</b><span>{escape(unescape(note))}</span></div>')


def chart(
    drawing: dict[str, Any],
    filters: Filters,
    *,
    title: str,
    key: str,
    alt: str,
    note: str = "",
    table: pd.DataFrame | None = None,
    metric: str = "",
    by: tuple[str, ...] = (),
    where: Mapping[str, Any] | None = None,
    period: Period | None = None,
    unfiltered: tuple[str, ...] = (),
    on_select: Any = "ignore",
    mounted: str = "",
) -> Any:
    """A drawing (``memory.drawn``) under its heading, with a menu: its table, a download and "why this number?".

    ``mounted``: the key of the drawing itself, where it is not ``key``.

    ``metric``, ``by``, ``where``, ``period`` and ``unfiltered``: the question that ``fetch`` answered for the chart.
    """
    with st.container(key=f"block_{key}", gap=None):
        with st.container(
            horizontal=True, wrap=False, vertical_alignment="center", key=f"blockhead_{key}", gap="xsmall"
        ):
            heading(title, note)
            if table is not None and metric:
                _menu(filters, table, (metric, by, where, period, unfiltered), key, drawing, (title, note))
        return st.vega_lite_chart(spec=drawing, width="stretch", theme=None, alt=alt, key=mounted or key, on_select=on_select)


def _menu(filters: Filters, table: pd.DataFrame, asked: tuple, key: str, drawing: dict[str, Any], over: tuple[str, str]) -> None:
    box = st.popover(
        "",
        icon=":material/more_horiz:",
        help=t("frame.more", filters.lang),
        key=f"menu_{key}",
        on_change="rerun",
        type="tertiary",
    )
    if not box.open:
        return
    metric, by, where, period, unfiltered = asked
    lang = filters.lang
    with box:
        answer = tables.answer(table, metric, by, lambda name: labels(filters, name), lang)
        shown, numbers = tables.on_screen(answer, metric, lang)
        st.dataframe(shown, hide_index=True, height=240, placeholder="–", column_config=numbers)
        named = tables.file_name(metric, by, _about(filters, metric, where, unfiltered), period or window(filters, metric), lang)
        written, chosen = tables.in_a_file(answer, metric, lang), _chosen(filters, metric, where, unfiltered)
        with st.container(horizontal=True, gap="xsmall"):
            taken = partial(behind.taken, filters, metric, chosen)
            st.download_button("CSV", taken("csv", lambda: exports.csv_bytes(written)), f"{named}.csv", "text/csv",
                               help=t("frame.csv", lang), key=f"csv_{key}", on_click="ignore")
            sheets = (t(f"metrics.{metric}.name", lang), _sources(filters, asked, over), t("frame.file_about", lang))
            st.download_button("XLSX", taken("xlsx", lambda: exports.workbook(written, *sheets)), f"{named}.xlsx", _XLSX,
                               help=t("frame.xlsx", lang), key=f"xlsx_{key}", on_click="ignore")
            told = [unescape(over[1]), *_about(filters, metric, where, unfiltered), said(period or window(filters, metric))]
            under = [" · ".join(filter(None, told)), _stamp(filters)]
            st.download_button("PNG", taken("png", lambda: exports.picture(framed(drawing), unescape(over[0]), under, filters.theme)), f"{named}.png", "image/png",
                               help=t("frame.png", lang), key=f"png_{key}", on_click="ignore")
        why(filters, *asked)


def _stamp(filters: Filters) -> str:
    """Where a file comes from: the state of the data, and that they are made up where they are."""
    sample = t("frame.sample", filters.lang) if filters.freshness.get("sample") else ""
    return " · ".join(filter(None, ("SQM", as_of(filters.freshness, filters.lang), unescape(sample))))


def _sources(filters: Filters, asked: tuple, over: tuple[str, str]) -> list[tuple[str, str]]:
    """What a workbook says of its numbers: name → text."""
    metric, by, where, period, unfiltered = asked
    lang, months = filters.lang, period or window(filters, metric)
    sql = _statement(filters, metric, by, _chosen(filters, metric, where, unfiltered), months)
    lines = {"title": unescape(over[0]), "metric": f"{t(f'metrics.{metric}.name', lang)} ({metric})", "definition": t(f"metrics.{metric}.definition", lang),
            "months": said(months), "chosen": " · ".join(_about(filters, metric, where, unfiltered)) or t("frame.file_everything", lang),
            "as_of": _stamp(filters), "made": datetime.now().astimezone().isoformat(timespec="minutes"), "sql": sql}
    return [(t(f"frame.file_{name}", lang), text) for name, text in lines.items()]


def _statement(filters: Filters, metric: str, by: tuple[str, ...], chosen: Mapping[str, Any], months: Period | None) -> str:
    """The SQL of an answer, as it was run for this reader."""
    whole = _whole(filters, by, chosen)
    sql = metrics.explain(filters.engine, metric, by, chosen, months, EVERYTHING if whole else filters.scope)["sql"]
    return sql if isinstance(sql, str) else "\n\n".join(sql)


def _chosen(filters: Filters, metric: str, where: Mapping[str, Any] | None, unfiltered: tuple[str, ...]) -> dict[str, Any]:
    """What a question is narrowed to, by split: what the reader chose, and ``where``."""
    return {k: v for k, v in filters.only(metric).items() if k not in unfiltered} | dict(where or {})


def _about(filters: Filters, metric: str, where: Mapping[str, Any] | None, unfiltered: tuple[str, ...]) -> list[str]:
    """The names of what a question is narrowed to."""
    said = []
    for split, values in _chosen(filters, metric, where, unfiltered).items():
        named = labels(filters, split)
        several = values if isinstance(values, list | tuple | set) else [values]
        said += [named.get(str(value), str(value)) for value in several if value is not None]
    return said


def _owner(filters: Filters, name: str) -> str:
    """The department of that Chinese name in the reader's language, if it is one of this operator's."""
    rows = reference(filters, "departments")
    known = dict(zip(rows["zh"], rows["department"], strict=True))
    return labels(filters, "departments").get(known.get(name, ""), name)


def why(
    filters: Filters,
    metric: str,
    by: tuple[str, ...] = (),
    where: Mapping[str, Any] | None = None,
    period: Period | None = None,
    unfiltered: tuple[str, ...] = (),
) -> None:
    """Definition, statement and first rows of the answer that ``fetch`` gives to the same question."""
    lang = filters.lang
    chosen = _chosen(filters, metric, where, unfiltered)
    months = period or window(filters, metric)
    st.markdown(f"**{t('frame.why', lang)}** {t(f'metrics.{metric}.definition', lang)}")
    definition = metrics.get(metric)
    owner = _owner(filters, definition.owner)
    st.caption(plain(t("frame.owner", lang, owner=owner, review=definition.review_by.isoformat())))
    if filters.person.may("rows"):
        behind.looked(filters, metric, chosen, part="why")
        found = behind.evidence(filters, metric, chosen, months, limit=50)
        own = "access.rows_own" if _whole(filters, by, chosen) else "frame.rows_behind"
        st.caption(t(own, lang, total=i18n.number(found.attrs.get("total", len(found)))))
        shown = tables.evidence(found, definition.source, lambda name: labels(filters, name), lang)
        st.dataframe(shown, hide_index=True, height=200, placeholder="–")
    with st.expander("SQL"):
        st.code(_statement(filters, metric, by, chosen, months), language="sql")


@st.cache_data(max_entries=256, show_spinner=False)
def _target(url: str, version: int, metric: str, on: date, city: str, element: str) -> float | None:
    return metrics.target(warehouse.engine(), metric, on, city, element)


def target(filters: Filters, metric: str, city: str = "", element: str = "") -> float | None:
    """The target in force in the last month of the metric that is shown: of the city if it has one, else of the province. None without one.

    None, too, for a rate of only some complaints: its customers are still all of them, and so is the target's.
    """
    part = metrics.get(metric).kind == "rate" and set(filters.only(metric)) - {"city"}
    shown = window(filters, metric)
    if shown is None or part:
        return None
    return _target(str(filters.engine.url), filters.version, metric, shown[1], city, element)


def goal(filters: Filters, name: str, city: str, element: str, on: date) -> float | None:
    """The target of a metric or of an internal indicator that is in force in a month. None without one."""
    return _target(str(filters.engine.url), filters.version, name, on, city, element)


@remembered
def unevenness(filters: Filters) -> float:
    """The over-dispersion of complaints by city over two years: their intervals are as much wider than Poisson's."""
    monthly = fetch("complaint_rate", filters.everyone(), by=("month", "city"), period=course(filters, "complaint_rate"), unfiltered=("city",))
    return metrics.dispersion(monthly[monthly["city"].notna() & (monthly["exposure"] > 0)])


def verdict(filters: Filters, metric: str, row: Any) -> tuple[float | None, str]:
    """(target, verdict) of the number of the whole choice. A chosen city or element is judged as the one of many it is."""
    city, element = filters.where.get("city", ""), filters.where.get("element", "")
    goal, definition = target(filters, metric, city, element), metrics.get(metric)
    split = "city" if city else "element" if element else ""
    if goal is None or not split or row["base"] < definition.few:
        return goal, verdicts.side(row, goal, definition)
    every = fetch(metric, filters.everyone(), by=(split,), unfiltered=(split,))
    every = every[every[split].notna()]
    goals = [target(filters, metric, *((v, element) if split == "city" else (city, v))) for v in every[split]]
    told = verdicts.among(every, np.array([np.nan if g is None else g for g in goals]), definition, practical=False)
    return goal, str(told.loc[told[split] == filters.where[split], "verdict"].iloc[0])


def breaks(filters: Filters) -> pd.DataFrame:
    """The changes of the questionnaire: on, city, element, and their names."""
    return settled.breaks(reference(filters, "events"))


def unbroken(filters: Filters, metric: str, then: pd.DataFrame, past: Period, now: Period, where: Mapping[str, Any] | None = None) -> pd.DataFrame:
    """The cells of ``then``, the answer over ``past``, that may be held against ``now`` (``signals.unbroken``)."""
    chosen = _chosen(filters, metric, where, ())
    one = {split: values if isinstance(values, str) else list(values)[0] for split, values in chosen.items()
           if split in ("city", "element") and split not in then and (isinstance(values, str) or len(values) == 1)}
    return then.loc[signals.unbroken(metric, then.assign(**one), breaks(filters), (past, now)).index]


def beside_the_whole(filters: Filters, metric: str, split: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """(a mean by ``split``, each with its verdict against the whole as one of many; the whole, one row)."""
    groups = fetch(metric, filters.everyone() if split == "city" else filters, by=(split,), unfiltered=(split,))
    groups = groups[groups[split].notna() & (groups[split] != "")]
    whole = fetch(metric, filters, unfiltered=(split,))
    if groups.empty or whole.empty:
        return groups.iloc[:0], whole
    told = verdicts.differing(groups.assign(all="all"), whole.assign(all="all"), "all", defined(filters, metric))
    told = told.drop(columns=["all"])
    return filters.own(told) if split == "city" else told, whole


def events(filters: Filters, city: str = "", without: str = "") -> pd.DataFrame:
    """The dated notes of the province and of ``city``, and of the chosen element if there is one: on, name, kind.

    ``without``: a kind that says nothing of the metric, as a new questionnaire says nothing of tickets.
    """
    rows = reference(filters, "events")
    if rows.empty:
        return pd.DataFrame({"on": [], "name": [], "kind": []})
    rows = rows[rows["city"].fillna("").isin({"", city}) & (rows["kind"] != without)]
    if element := filters.where.get("element"):
        rows = rows[rows["element"].fillna("").isin({"", "overall", element})]
    name = rows["en"].where(rows["en"].fillna("") != "", rows["zh"]) if filters.lang == "en" else rows["zh"]
    return pd.DataFrame({"on": rows["on"], "name": name, "kind": rows["kind"]}).reset_index(drop=True)
