"""Key points whose figures contradict each other: inside all is well, and customers say otherwise.

Two ways: the figures of the point moved apart against the period before, or an indicator bound to it is on target in some city while
its element is confirmed below (``signals.contradictions``, which holds for the data as they are, whatever months are chosen).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from html import escape

import streamlit as st

from sqm import blueprint as bp
from sqm.i18n import t
from sqm.ui import blueprint_living as figures
from sqm.ui import results, units, watch
from sqm.ui.blueprint_living import Reading
from sqm.ui.filters import Filters
from sqm.ui.words import plain


@dataclass(frozen=True)
class Against:
    """A key point and the sentences that say what contradicts what."""

    step: bp.Step
    why: tuple[str, ...]


def of(document: bp.Document, found: dict[bp.Binding, Reading], filters: Filters) -> list[Against]:
    """Every key point that contradicts itself, in drawing order."""
    keys = [step for step in document.steps if step.key]
    pairs = watch.said(filters).contradictions if any(_of(step, "indicator", "indicator") for step in keys) else None
    out = []
    for step in keys:
        why = [_moved(step, found, filters)] if figures.contradicts(step, found) else []
        if pairs is not None and not pairs.empty:
            mine = pairs["indicator"].isin(_of(step, "indicator", "indicator")) & pairs["element"].isin(_of(step, figures.FEELING, "element"))
            city = filters.where.get("city", "")
            rows = pairs[mine & pairs["contradicts"].astype(bool) & ((pairs["city"] == city) | (not city))]
            why += [_short(row, filters) for row in rows.to_dict("records")]
        if why:
            out.append(Against(step, tuple(why)))
    return out


def _of(step: bp.Step, metric: str, split: str) -> set[str]:
    """The values of a split under which the step reads a metric."""
    return {value for binding in step.metrics if binding.metric == metric for value in binding.filters.get(split, [])}


def _moved(step: bp.Step, found: dict[bp.Binding, Reading], filters: Filters) -> str:
    def named(verdict: str, surveys: bool) -> str:
        listed = [b for b in step.metrics if b in found and found[b].verdict == verdict and (figures.metrics.get(b.metric).source == "surveys") == surveys]
        return ("、" if filters.lang == "zh" else ", ").join(figures.label(b, filters) for b in listed)

    return t("blueprint.contradicts_moved", filters.lang, inside=named("better", False), outside=named("worse", True))


def _short(row: dict, filters: Filters) -> str:
    lang = filters.lang
    value, target = units.figures_of(filters, row)
    cities, elements, indicators = (results.labels(filters, name) for name in ("cities", "elements", "indicator_list"))
    return t(
        "blueprint.contradicts_short",
        lang,
        place=cities.get(row["city"], row["city"]) or t("frame.all_city", lang),
        indicator=indicators.get(row["indicator"], row["indicator"]),
        value=value,
        target=target,
        element=elements.get(row["element"], row["element"]),
        perceived=results.number(row["perceived"], figures.FEELING),
        expected=results.number(row["expected"], figures.FEELING),
    )


def listed(document: bp.Document, found: dict[bp.Binding, Reading], filters: Filters, selected: str, select: Callable[[str], None]) -> None:
    """The list beside the drawing; a click selects. Nothing where nothing contradicts."""
    points = of(document, found, filters)
    if not points:
        return
    lang = filters.lang
    st.html(f'<div class="bp-head">{t("blueprint.contradicts_title", lang)}<span class="worse">{len(points)}</span></div>')
    with st.container(gap=None, key="bp_against_list"):
        for i, point in enumerate(points):
            key = f"bp_go_against_{i}{'_on' if point.step.id == selected else ''}"
            st.button(plain(point.step.title.get(lang)), key=key, type="tertiary", on_click=select, args=(point.step.id,), width="stretch")
            st.html("".join(f'<div class="bp-quiet" style="padding:0 8px 4px">{escape(why)}</div>' for why in point.why))
