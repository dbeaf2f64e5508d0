"""The blueprint as a table to edit: the same document as the drawing, reachable by keyboard and screen reader."""

from __future__ import annotations

import hashlib
from typing import Any

import pandas as pd
import streamlit as st

from sqm import blueprint as bp
from sqm.errors import SqmError
from sqm.i18n import say, t
from sqm.ui import blueprint_living as figures
from sqm.ui import results
from sqm.ui.blueprint_desk import Desk, attempt, save
from sqm.ui.filters import Filters
from sqm.ui.person import allowed
from sqm.ui.words import plain

ROW_HEIGHT = 35


def table(desk: Desk, filters: Filters) -> None:
    """The table of steps. Every change becomes the draft before the page runs again.

    The editor forgets its changes whenever its data or columns change, so both stay as mounted; where it has forgotten
    them all the same (another language, another page), it starts anew from the draft.
    """
    lang = filters.lang
    frame, columns = _content(desk, filters)
    key = _key(desk, frame, columns, lang)
    if key != desk.mounted or key not in st.session_state:
        desk.restart()
        frame, columns = _content(desk, filters)
        key = desk.mounted = _key(desk, frame, columns, lang)
    source, rows = desk.source, bp.to_rows(desk.source, lang)
    seed = f"{desk.seed}/{desk.mount}"

    def changed() -> None:
        def make() -> bp.Document:
            made, desk.waiting = bp.from_rows(source, bp.edited(rows, st.session_state[key], seed), lang)
            return bp.rebase(source, made, desk.draft)[0] if desk.apart else made

        attempt(desk, make)
        if desk.apart and not desk.waiting:
            desk.restart()

    st.data_editor(
        frame,
        key=key,
        on_change=changed,
        column_config=columns,
        hide_index=True,
        column_order=sorted(bp.COLUMNS, key=lambda c: c != lang),
        num_rows="dynamic",
        height=min(len(rows) + 2, 14) * ROW_HEIGHT + 2,
        row_height=ROW_HEIGHT,
        alt=t("blueprint.edit_title", lang),
    )
    if desk.waiting:
        st.caption(t("blueprint.edit_waiting", lang, count=desk.waiting))
    if desk.error:
        st.error(plain(say(desk.error, lang)))


def _content(desk: Desk, filters: Filters) -> tuple[pd.DataFrame, dict[str, Any]]:
    lang, document = filters.lang, desk.source
    rows = bp.to_rows(document, lang)
    frame = pd.DataFrame(rows, columns=["id", *bp.COLUMNS])
    phases = {p.id: f"{i} {p.name.get(lang)}" for i, p in enumerate(document.phases, 1)}
    lanes = {lane: t(f"blueprint.lane.{lane}", lang) for lane in bp.LANES}
    bindings = figures.choices(document, filters)
    categories = _named(results.labels(filters, "categories"), [c for s in document.steps for c in s.categories])
    owners = _named(results.labels(filters, "departments"), [s.owner for s in document.steps if s.owner])
    steps = {s.id: s.title.get(lang) for s in document.steps}
    config = st.column_config

    def name(column: str) -> str:
        return t(f"blueprint.column.{column}", lang)

    def text(column: str, limit: str, width: int) -> Any:
        return config.TextColumn(name(column), max_chars=bp.LIMITS[limit], width=width, pinned=column == lang)

    def one(column: str, options: dict[str, str], width: int, **more: Any) -> Any:
        return config.SelectboxColumn(
            name(column), options=list(options), width=width, format_func=lambda c: options.get(str(c), str(c)), **more
        )

    def several(column: str, options: dict[str, str], width: int) -> Any:
        return config.MultiselectColumn(
            name(column), options=list(options), format_func=lambda c: options.get(c, c), width=width, color="gray"
        )

    columns = {
        "zh": text("zh", "title", 160),
        "en": text("en", "title", 180),
        "phase": one("phase", phases, 110),
        "lane": one("lane", lanes, 110),
        "order": config.NumberColumn(name("order"), min_value=1, max_value=99, step=1, width=60),
        "span": config.NumberColumn(name("span"), min_value=1, max_value=bp.LIMITS["phases"], step=1, width=70),
        "key": config.CheckboxColumn(name("key"), width=44),
        "fail": config.CheckboxColumn(name("fail"), width=44),
        "metrics": several("metrics", bindings, 220),
        "categories": several("categories", categories, 150),
        "prevention": text("prevention", "text", 200),
        "contingency": text("contingency", "text", 200),
        "owner": one("owner", owners, 120),
        "next": several("next", steps, 170),
    }
    return frame, columns


def _named(labels: dict[str, str], used: list[str]) -> dict[str, str]:
    """Known ids with their names, and ids in use that nobody knows, so that no cell shows up empty."""
    return labels | {code: code for code in used if code not in labels}


def _key(desk: Desk, frame: pd.DataFrame, columns: dict[str, Any], lang: str) -> str:
    shape = f"{frame.to_json()}{columns}{lang}"
    return f"blueprint_rows_{desk.doc_id}_{desk.mount}_{hashlib.sha256(shape.encode()).hexdigest()[:12]}"


def phases(desk: Desk, filters: Filters) -> None:
    """The columns of the drawing: rename, add, remove empty ones."""
    lang = filters.lang
    rows = bp.phase_rows(desk.draft)
    frame = pd.DataFrame(rows, columns=["id", "zh", "en"])
    shape = hashlib.sha256(f"{rows}{lang}".encode()).hexdigest()[:12]
    key = f"blueprint_phases_{desk.doc_id}_{shape}"

    def changed() -> None:
        edited = bp.edited(rows, st.session_state[key], f"{desk.seed}/{shape}")
        named = [r for r in edited if r.get("zh") or r.get("en") or any(r["id"] == old["id"] for old in rows)]
        attempt(desk, lambda: bp.phases_from_rows(desk.draft, named), remount=True)

    st.data_editor(
        frame,
        key=key,
        on_change=changed,
        column_order=["zh", "en"],
        hide_index=True,
        num_rows="dynamic",
        column_config={
            lang_: st.column_config.TextColumn(t(f"blueprint.column.{lang_}", lang), max_chars=bp.LIMITS["title"])
            for lang_ in ("zh", "en")
        },
        alt=t("blueprint.phases_title", lang),
    )


def save_bar(desk: Desk, filters: Filters) -> None:
    """Who, why, save, undo, discard."""
    lang, count = filters.lang, len(desk.edits.changes)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        # Who signed in need not say who they are, and cannot say otherwise.
        who = "" if filters.person.signed_in else _line("who", 80, 150, lang)
        why = _line("why", 400, 320, lang)
        if st.button(t("blueprint.save", lang), type="primary", disabled=not count, key="blueprint_save"):
            try:
                name = allowed(filters, "edit")
                made = save(filters.engine, desk, name if filters.person.signed_in else who, why)
            except SqmError as error:
                st.error(plain(say(error, lang)))
                return
            if made:
                st.session_state["blueprint_note"] = ("blueprint.saved", made)
            st.rerun()
        if st.button(t("blueprint.undo", lang), disabled=not desk.done, key="blueprint_undo"):
            desk.undo()
            st.rerun()
        if st.button(t("blueprint.discard", lang), disabled=not count, key="blueprint_discard"):
            desk.put(desk.stored)
            st.rerun()


def _line(name: str, most: int, width: int, lang: str) -> str:
    label = t(f"blueprint.{name}", lang)
    return st.text_input(
        label, key=f"blueprint_{name}", max_chars=most, width=width, placeholder=label, label_visibility="collapsed"
    )
