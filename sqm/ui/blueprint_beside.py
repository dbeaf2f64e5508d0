"""What is chosen beside the drawing for the step looked at: the metrics of a key point, the guard of a fail point."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from html import escape
from typing import Any
from urllib.parse import urlencode

import streamlit as st

from sqm import blueprint as bp
from sqm import metrics
from sqm.i18n import t
from sqm.ui import blueprint_desk as desks
from sqm.ui import blueprint_living as figures
from sqm.ui import meeting_send, results
from sqm.ui.blueprint_desk import Desk
from sqm.ui.filters import Filters
from sqm.ui.words import plain

#: Where a number is looked into, by its source, and what can be chosen there.
_PAGES = {"surveys": ("satisfaction", ("city", "element")), "complaints": ("complaints", ("city", "category")), "audits": ("stores", ("city",)),
          "indicators": ("metrics", ())}


def link(binding: bp.Binding, shown: str, filters: Filters) -> str:
    """``shown`` as a link to the page that shows this number, where that page can: with the same months, the same city and its one element or
    category. A category leads to its tickets.
    """
    page, chosen = _PAGES.get(metrics.get(binding.metric).source, ("", ())) if binding.metric in metrics.CATALOGUE else ("", ())
    where = {name: values[0] for name, values in binding.where if len(values) == 1}
    if not page or (page != "metrics" and (set(where) != {name for name, _ in binding.where} or not set(where) <= set(chosen))):
        return escape(shown)
    query = {**dict.fromkeys(chosen, ""), **{k: v for k, v in filters.where.items() if k in chosen}, **(where if chosen else {})}
    asked = urlencode({**query, **({"period": filters.span} if chosen and filters.span else {}), "lang": filters.lang})
    return f'<a class="sqm-link" href="{escape(f"{page}?{asked}")}{"#tickets" if "category" in where else ""}" target="_self">{escape(shown)}</a>'


def choose(step: bp.Step, desk: Desk, filters: Filters) -> None:
    """The menus of the step, for those who may edit; a change is drawn at once and saved with the rest."""
    if not filters.person.may("edit") or not (step.key or step.fail):
        return
    with st.container(horizontal=True, gap="small", key="bp_menus"):
        if step.key:
            _bind(step, desk, filters)
        if step.fail:
            _guard(step, desk, filters)
        bound = next((b for b in step.metrics if b.metric in metrics.CATALOGUE), None) if step.key else None
        told = bound or (figures.fail_binding(step) if step.fail and step.categories else None)
        if told:
            meeting_send.button(filters, _here(told, filters), f"bp_send_{step.id}", step.owner, step.title)


def _here(binding: bp.Binding, filters: Filters) -> bp.Binding:
    """A binding with the page's city, where it can have one."""
    city = filters.where.get("city", "")
    if not city or "city" not in metrics.get(binding.metric).splits or any(split == "city" for split, _ in binding.where):
        return binding
    return bp.Binding(binding.metric, tuple(sorted((*binding.where, ("city", (city,))))))


def _key(step: bp.Step, field: str, value: Any) -> str:
    # A widget keeps what was chosen in it: after an undo elsewhere it must start from what the step says now.
    return f"bp_{field}_{step.id}_{hashlib.sha256(repr(value).encode()).hexdigest()[:10]}"


def _taker(step: bp.Step, desk: Desk, key: str, read: Callable[[Any], dict[str, Any]]) -> Callable[[], None]:
    def taken() -> None:
        desks.attempt(desk, lambda: bp.change_step(desk.draft, step.id, **read(st.session_state[key])).apply(desk.draft), remount=True)

    return taken


def _bind(step: bp.Step, desk: Desk, filters: Filters) -> None:
    box = st.popover(t("blueprint.bind", filters.lang), type="tertiary", key=f"bp_bind_{step.id}", on_change="rerun")
    if box.open:
        bound = [b.text for b in step.metrics]
        with box:
            _several(step, desk, "metrics", figures.choices(desk.draft, filters), bound, bp.LIMITS["metrics"],
                     lambda texts: {"metrics": tuple(bp.Binding.parse(text) for text in texts)}, t("blueprint.column.metrics", filters.lang))


def _guard(step: bp.Step, desk: Desk, filters: Filters) -> None:
    """Complaints, plans, owner, gap and cause of a fail point: each is taken as soon as its field is left."""
    lang = filters.lang
    box = st.popover(t("blueprint.guard_edit", lang), type="tertiary", key=f"bp_guard_{step.id}", on_change="rerun")
    if not box.open:
        return
    with box:
        named = results.labels(filters, "categories")
        _several(step, desk, "categories", named, list(step.categories), bp.LIMITS["categories"], lambda codes: {"categories": tuple(sorted(codes))},
                 t("blueprint.column.categories", lang))
        for plan in ("prevention", "contingency"):
            _plan(step, desk, plan, lang)
        _one(step, desk, "owner", results.labels(filters, "departments"), lang)
        gaps = {gap: t(f"metrics.gap.{gap}", lang) for gap in bp.GAPS}
        _one(step, desk, "gap", gaps, lang, lambda gap: {"gap": gap, "cause": ""})
        if step.gap:
            _one(step, desk, "cause", {cause: t(f"blueprint.cause.{cause}", lang) for cause in bp.GAPS[step.gap]}, lang)


def _several(step: bp.Step, desk: Desk, field: str, options: dict[str, str], now: list[str], most: int, read: Callable[[list[str]], dict[str, Any]], label: str) -> None:
    key = _key(step, field, now)
    st.multiselect(label, list(dict.fromkeys([*options, *now])), default=now, format_func=lambda code: plain(options.get(code, code)),
                   max_selections=most, key=key, on_change=_taker(step, desk, key, read))


def _plan(step: bp.Step, desk: Desk, plan: str, lang: str) -> None:
    old: bp.Words = getattr(step, plan)
    key = _key(step, f"{plan}_{lang}", old)
    # Emptying the field empties the plan, as in the table: a text of the other language must not stay behind unseen.
    st.text_area(t(f"blueprint.panel_{plan}", lang), value=getattr(old, lang), placeholder=old.get(lang), max_chars=bp.LIMITS["text"], height=90, key=key,
                 on_change=_taker(step, desk, key, lambda text: {plan: replace(old, **{lang: text.strip()}) if text.strip() else bp.Words()}))


def _one(step: bp.Step, desk: Desk, field: str, options: dict[str, str], lang: str, read: Callable[[str], dict[str, Any]] | None = None) -> None:
    now = getattr(step, field)
    codes, key = list(dict.fromkeys(["", *options, now])), _key(step, field, now)
    st.selectbox(t(f"blueprint.panel_{field}", lang), codes, index=codes.index(now), format_func=lambda code: options.get(code, code) or "–", key=key,
                 on_change=_taker(step, desk, key, read or (lambda code: {field: code})))
