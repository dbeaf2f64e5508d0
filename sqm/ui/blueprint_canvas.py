"""The blueprint on the screen, drawn and edited in a component of its own: the document goes out with its living figures,
edits come back numbered, are checked again here, and those that cannot be are taken back with the reason.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import streamlit as st

from sqm import blueprint as bp
from sqm.blueprints.drawing import WORDS, Figure, Living
from sqm.errors import SqmError
from sqm.i18n import say, t
from sqm.ui.blueprint_desk import Desk
from sqm.ui.filters import Filters

KEY = "blueprint_canvas"
FOLDER = Path(__file__).with_name("canvas")
MODULES = ("document", "layout", "paint", "work", "tools", "gestures", "actions", "keys", "editor")
SAID = (
    *("tools", "step", "step_short", "column", "column_short", "join", "mark_key", "mark_fail", "undo", "redo", "align_lane", "align_phase", "duplicate"),
    *("remove", "less", "more", "fit", "help", "rename", "new_step", "new_phase", "empty", "empty_read", "joining", "restored", "waiting", "refused", "full", "column_gone"),
    *(f"help_{name}" for name in ("select", "extend", "move", "widen", "reorder", "rename", "step", "next", "column", "join", "mark", "align", "copy", "remove")),
    *("help_undo", "help_zoom", "help_escape"),
)
#: More at once than this is nobody's drawing.
MOST_EDITS = 2000
_IMPORT = re.compile(r'^import (\{.*?\}) from "\./(\w+)\.mjs";$', re.MULTILINE)
_EXPORT = re.compile(r"^export (?:async )?(?:function|class|const) (\w+)", re.MULTILINE)
_HTML = (
    '<div class="canvas"><div class="tools" role="toolbar"></div><div class="stage"><div class="sheet" tabindex="-1">'
    '<div class="world"><div class="over"></div></div></div><div class="empty"></div>'
    '<div class="help" role="region" hidden></div></div><div class="told" role="status" aria-live="polite"></div></div>'
)


def joined() -> str:
    """The modules as one: a component takes a single module, and nothing is built to install this."""
    out = []
    for name in MODULES:
        source = (FOLDER / f"{name}.mjs").read_text(encoding="utf-8")
        body = _IMPORT.sub(lambda found: f"const {found[1].replace(' as ', ': ')} = module_{found[2]};", source)
        names = ", ".join(_EXPORT.findall(source))
        if name != MODULES[-1]:
            plain = re.sub(r"^export ", "", body, flags=re.MULTILINE)
            body = f"const module_{name} = (() => {{\n{plain}\nreturn {{ {names} }};\n}})();"
        out.append(body)
    return "\n".join(out)


_mount = st.components.v2.component("sqm_blueprint_canvas", html=_HTML, css=(FOLDER / "canvas.css").read_text(encoding="utf-8"), js=joined())


def show(desk: Desk, living: Living, filters: Filters, selected: str, alt: str, on_pick: Callable[[str], None]) -> None:
    """Mount the drawing with ``selected`` marked; ``on_pick(step id)`` and the edits come before the next rerun of the page."""

    def state() -> Mapping[str, Any]:
        return st.session_state.get(KEY) or {}

    def picked() -> None:
        if chosen := state().get("picked"):
            on_pick(str(chosen))

    def edited() -> None:
        if filters.person.may("edit"):
            take(desk, state().get("edits"))

    _mount(key=KEY, data=sent(desk, living, filters, selected, alt), on_picked_change=picked, on_edits_change=edited)


def sent(desk: Desk, living: Living, filters: Filters, selected: str, alt: str) -> dict[str, Any]:
    """What the canvas is told: document, version and the highest number taken, figures, words, whether it may edit."""
    lang = filters.lang
    words = {name: t(f"blueprint.{name}", lang) for name in WORDS} | {f"canvas.{name}": t(f"blueprint.canvas.{name}", lang) for name in SAID}
    return {
        "doc": bp.to_dict(desk.draft),
        "docId": desk.doc_id,
        "desk": desk.seed,
        "owner": filters.person.name,
        "version": desk.version,
        "ack": desk.taken,
        "unsaved": bp.edit_to_dict(desk.edits),
        "refused": [{"seq": number, "text": say(error, lang)} for number, error in desk.refused],
        "editable": filters.person.may("edit"),
        "lang": lang,
        "selected": selected,
        "alt": alt,
        "words": words,
        "figures": figures(living),
    }


def figures(living: Living) -> dict[str, Any]:
    """The living figures as plain data; a month without a value is left out of its trend."""

    def plain(figure: Figure) -> dict[str, Any]:
        return {**asdict(figure), "trend": [v for v in figure.trend if v == v]}

    return {
        "keys": {step: plain(figure) for step, figure in living.keys.items()},
        "fails": {step: plain(figure) for step, figure in living.fails.items()},
        "strip": {phase: asdict(feeling) for phase, feeling in living.strip.items()},
        "mean": living.mean,
        "mean_shown": living.mean_shown,
    }


def take(desk: Desk, value: object) -> None:
    """Edits as the canvas sends them: ``{desk, entries: [{seq, kind, edit}]}``, every one until it is told that it was had.
    What was had before is passed over; what cannot be is noted in ``desk.refused``.
    """
    if not isinstance(value, Mapping) or value.get("desk") != desk.seed or not isinstance(entries := value.get("entries"), list):
        return
    for entry in entries[:MOST_EDITS]:
        number = entry.get("seq") if isinstance(entry, Mapping) else None
        if not isinstance(number, int) or number <= desk.taken:
            continue
        try:
            desk.take(number, str(entry.get("kind")), bp.edit_from_dict(entry.get("edit")))
        except SqmError as error:
            desk.refused, desk.taken = [*desk.refused[-19:], (number, error)], number
            desk.version += 1
