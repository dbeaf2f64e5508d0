"""From a question to what stands on the screen: cached fetch, chart with its table and its "why", empty states."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from html import escape, unescape
from typing import Any

import pandas as pd
import streamlit as st

from sqm import metrics, warehouse
from sqm.access import Scope
from sqm.i18n import t
from sqm.ui.downloads import csv_bytes
from sqm.ui.filters import Filters
from sqm.ui.words import plain

MINUS = "\u2212"


@st.cache_data(max_entries=512, show_spinner=False)
def _fetch(
    url: str, version: int, metric: str, by: tuple[str, ...], where: tuple, period: tuple | None, scope: Scope
) -> pd.DataFrame:
    found = metrics.fetch(
        warehouse.engine(), metric, by=by, where={k: list(v) for k, v in where}, period=period, scope=scope
    )
    return found


def fetch(
    metric: str,
    filters: Filters,
    *,
    by: tuple[str, ...] = (),
    where: Mapping[str, Any] | None = None,
    period: tuple[date | None, date | None] | None = None,
    unfiltered: tuple[str, ...] = (),
) -> pd.DataFrame:
    """``metrics.fetch`` for what the reader chose; ``where`` adds to it, ``unfiltered`` drops a filter by name."""
    chosen: dict[str, Any] = {k: v for k, v in filters.only(metric).items() if k not in unfiltered}
    chosen.update(where or {})
    frozen = tuple(sorted((k, tuple(v) if isinstance(v, list | tuple | set) else (v,)) for k, v in chosen.items()))
    return _fetch(
        str(filters.engine.url), filters.version, metric, tuple(by), frozen, period or filters.period, filters.scope
    )


@st.cache_data(max_entries=64, show_spinner=False)
def _labels(url: str, version: int, name: str, lang: str) -> dict[str, str]:
    return metrics.labels(warehouse.engine(), name, lang)


def labels(filters: Filters, name: str) -> dict[str, str]:
    """id → name in the reader's language, of a reference table."""
    return _labels(str(filters.engine.url), filters.version, name, filters.lang)


@st.cache_data(max_entries=64, show_spinner=False)
def _reference(url: str, version: int, name: str) -> pd.DataFrame:
    return metrics.reference_frame(warehouse.engine(), name)


def reference(filters: Filters, name: str) -> pd.DataFrame:
    """The rows of a reference table."""
    return _reference(str(filters.engine.url), filters.version, name)


def number(value: float, metric: str, sign: bool = False) -> str:
    """A value as the metric is shown: its decimals, a true minus, a dash where there is none."""
    if value is None or value != value:
        return "–"
    text = f"{value:{'+' if sign else ''},.{metrics.get(metric).digits}f}"
    return text.replace("-", MINUS).replace(",", "\u2009")


def half(row) -> float:
    """Half the width of an interval, for "± 1.4"; the larger side where it is lopsided."""
    return max(row["hi"] - row["value"], row["value"] - row["lo"])


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
    on_select: Any = "ignore",
) -> Any:
    """A drawing (``memory.drawn``) under its heading, with a menu: its table, a download and "why this number?"."""
    with st.container(key=f"block_{key}", gap=None):
        with st.container(
            horizontal=True, wrap=False, vertical_alignment="center", key=f"blockhead_{key}", gap="xsmall"
        ):
            heading(title, note)
            if table is not None:
                _menu(filters, table, metric, by, where, key, title)
        return st.vega_lite_chart(spec=drawing, width="stretch", theme=None, alt=alt, key=key, on_select=on_select)


def _menu(filters: Filters, table: pd.DataFrame, metric: str, by: tuple[str, ...], where, key: str, title: str) -> None:
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
    with box:
        shown = table.copy()
        for split in by:
            named = labels(filters, split) if split != "month" else {}
            shown[split] = [named.get(value, value) for value in shown[split]]
        if "month" in shown:
            shown["month"] = pd.to_datetime(shown["month"]).dt.strftime("%Y-%m")
        st.dataframe(shown, hide_index=True, height=240)
        st.download_button(
            t("frame.csv", filters.lang),
            csv_bytes(shown),
            f"{key}.csv",
            "text/csv",
            key=f"csv_{key}",
        )
        if metric:
            why(filters, metric, by, where)


def _owner(filters: Filters, name: str) -> str:
    """The department of that Chinese name in the reader's language, if it is one of this operator's."""
    rows = reference(filters, "departments")
    known = dict(zip(rows["zh"], rows["department"], strict=True))
    return labels(filters, "departments").get(known.get(name, ""), name)


def why(filters: Filters, metric: str, by: tuple[str, ...] = (), where: Mapping[str, Any] | None = None) -> None:
    """Definition, pieces, statement, batches and first rows of a number."""
    lang = filters.lang
    chosen = {**filters.only(metric), **(where or {})}
    told = metrics.explain(filters.engine, metric, by, chosen, filters.period, filters.scope)
    st.markdown(f"**{t('frame.why', lang)}** {t(f'metrics.{metric}.definition', lang)}")
    definition = metrics.get(metric)
    owner = _owner(filters, definition.owner)
    st.caption(plain(t("frame.owner", lang, owner=owner, review=definition.review_by.isoformat())))
    rows = metrics.evidence(filters.engine, metric, chosen, filters.period, filters.scope, limit=50)
    st.caption(t("frame.rows_behind", lang, total=f"{rows.attrs.get('total', len(rows)):,}"))
    st.dataframe(rows, hide_index=True, height=200)
    with st.expander("SQL"):
        st.code(told["sql"] if isinstance(told["sql"], str) else "\n\n".join(told["sql"]), language="sql")


@st.cache_data(max_entries=256, show_spinner=False)
def _target(url: str, version: int, metric: str, on: date, city: str, element: str) -> float | None:
    return metrics.target(warehouse.engine(), metric, on, city, element)


def target(filters: Filters, metric: str, city: str = "", element: str = "") -> float | None:
    """The target in force in the last month shown: of the city if it has one, else of the province. None without one."""
    if filters.period is None:
        return None
    return _target(str(filters.engine.url), filters.version, metric, filters.period[1], city, element)


def events(filters: Filters, city: str = "") -> pd.DataFrame:
    """The dated notes of the period, of the province and of ``city``: on, name, kind."""
    rows = reference(filters, "events")
    if rows.empty:
        return pd.DataFrame({"on": [], "name": [], "kind": []})
    rows = rows[rows["city"].fillna("").isin({"", city})]
    name = rows["en"].where(rows["en"].fillna("") != "", rows["zh"]) if filters.lang == "en" else rows["zh"]
    return pd.DataFrame({"on": rows["on"], "name": name, "kind": rows["kind"]}).reset_index(drop=True)
