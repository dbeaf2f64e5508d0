"""The ways out of and into a blueprint: as drawing, picture, slide, workbook and JSON; from a workbook or JSON."""

from __future__ import annotations

import re
from dataclasses import replace
from html import escape, unescape

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from sqm import blueprint as bp
from sqm.blueprint_files import pictures, reading, workbook
from sqm.blueprints.drawing import WORDS, Living, draw
from sqm.errors import FileRefused, SqmError
from sqm.i18n import say, t
from sqm.tokens import palette
from sqm.ui import blueprint_library as library
from sqm.ui import blueprint_living as figures
from sqm.ui import results
from sqm.ui.behind import taken
from sqm.ui.blueprint_desk import Desk
from sqm.ui.blueprint_drawing import counts
from sqm.ui.blueprint_living import Reading
from sqm.ui.filters import Filters
from sqm.ui.person import allowed
from sqm.ui.uploads import pieces_of, to_disk
from sqm.ui.words import plain

#: What can be taken along: the end of its name and its type.
KINDS = {
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "png": "image/png",
    "svg": "image/svg+xml",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "json": "application/json",
}
#: Files go out in light, whatever the screen is in: they are printed.
THEME = "light"
DONE = "bp_bring_done"
Readings = dict[bp.Binding, Reading]


def take_along(desk: Desk, living: Living, found: Readings, title: str, filters: Filters) -> None:
    """A menu with every way out of the drawing as it stands, unsaved edits included. Each file is made when it is asked for."""
    lang, document = filters.lang, desk.draft
    box = st.popover(t("blueprint.take", lang), type="tertiary", icon=":material/download:", key="bp_take", on_change="rerun")
    if not box.open:
        return
    notes, said = sources(desk, found, filters), unescape(title)
    with box, st.container(gap=None):
        for kind in KINDS:
            _button(kind, document, living, said, notes, filters)
        if desk.edits.changes:
            st.caption(t("blueprint.take_unsaved", lang, count=len(desk.edits.changes)))


def _button(kind: str, document: bp.Document, living: Living, title: str, notes: list[str], filters: Filters) -> None:
    lang = filters.lang
    named = re.sub(r"[^\w\u3400-\u9fff-]+", "_", document.name.get(lang)).strip("_") or "blueprint"
    st.download_button(
        t(f"blueprint.take_{kind}", lang),
        taken(filters, "blueprint", {"blueprint": document.id}, kind, lambda: _taken_along(kind, document, lang, living, title, notes)),
        f"{named}.{kind}",
        KINDS[kind],
        key=f"bp_take_{kind}",
        type="tertiary",
        on_click="ignore",
    )


def _taken_along(kind: str, document: bp.Document, lang: str, living: Living, title: str, notes: list[str]) -> bytes:
    if kind == "json":
        return reading.as_json(document)
    if kind == "xlsx":
        return workbook.workbook(document, lang)
    words = {name: t(f"blueprint.{name}", lang) for name in WORDS}
    if kind == "pptx":
        from sqm.blueprint_files.slide import slide  # python-pptx takes a third of a second to import

        return slide(document, lang, words, living, palette(THEME), title, t("blueprint.legend_file", lang), notes)
    alt = t("blueprint.alt", lang, name=document.name.get(lang), phases=len(document.phases), **counts(document))
    drawn = draw(document, lang, palette(THEME), words, living, alt=alt)
    drawing = pictures.svg(drawn, title, [t("blueprint.legend_file", lang), *notes[:2]], palette(THEME))
    return drawing.encode("utf-8") if kind == "svg" else pictures.png(drawing)


def sources(desk: Desk, found: Readings, filters: Filters) -> list[str]:
    """What a file must say of itself: which drawing, revision, months, places and state of the data; then each figure and each plan."""
    lang, document = filters.lang, desk.draft
    revision = t("blueprint.revision_is", lang, revision=desk.base) if desk.base else t("blueprint.revision_sample", lang)
    unsaved = [t("blueprint.unsaved", lang, count=len(desk.edits.changes))] if desk.edits.changes else []
    places = [f"{results.labels(filters, 'cities').get(v, v)}" for k, v in filters.where.items() if k == "city" and v] or [t("frame.all_city", lang)]
    lines = [
        " · ".join([library.label(document, lang), revision, *unsaved]),
        " · ".join([results.said(results.window(filters, figures.FEELING)), *places, t("blueprint.source_data", lang, version=filters.version)]),
    ]
    owners = results.labels(filters, "departments")
    for step in document.steps:
        title = step.title.get(lang)
        for binding in step.metrics if step.key else ():
            read = found.get(binding)
            value = f"{read.shown}{read.unit} {read.margin}".strip() if read and read.known else t("blueprint.nothing", lang)
            base = results.based({"base": read.base}, read.metric, lang) if read and read.known else ""
            lines.append(unescape(f"K {title}: {figures.label(binding, filters)} {value}{f' ({base})' if base else ''}"))
        if step.fail:
            none = t("blueprint.panel_none_yet", lang)
            plans = [f"{t(f'blueprint.panel_{plan}', lang)}: {getattr(step, plan).get(lang) or none}" for plan in ("prevention", "contingency")]
            lines.append("; ".join([f"F {title} ({owners.get(step.owner, step.owner) or '–'})", *plans]))
    return lines


def bring_in(desk: Desk, filters: Filters) -> None:
    """A menu with the way in, for those who may edit: a new blueprint, or onto the drawing looked at, to be saved there."""
    lang = filters.lang
    if st.session_state.pop(DONE, False):
        st.session_state["bp_bring"] = False  # what was read lies under the menu
    box = st.popover(t("blueprint.bring", lang), type="tertiary", icon=":material/upload_file:", key="bp_bring", on_change="rerun")
    if not box.open:
        return
    with box:
        st.caption(t("blueprint.bring_hint", lang))
        file = st.file_uploader(t("blueprint.bring", lang), type=["xlsx", "xlsm", "xls", "xlsb", "ods", "csv", "json"], key="bp_file", label_visibility="collapsed")
        if file is None:
            return
        try:
            read = _read(file, filters)
        except SqmError as error:
            st.error(plain(say(error, lang)))
            return
        st.html(f'<div class="bp-quiet">{_told(read, lang)}</div>')
        if st.button(t("blueprint.bring_new", lang), key="bp_bring_new", type="primary"):
            known = desk.doc_id == read.id or read.id == "imported" or read.id in library.listed(filters)
            if library.keep(replace(read, id=bp.new_id()) if known else read, filters, t("blueprint.bring_why", lang)):
                st.session_state[DONE] = True
                st.rerun()
        if st.button(t("blueprint.bring_onto", lang), key="bp_bring_onto", help=t("blueprint.bring_onto_help", lang)):
            now, st.session_state[DONE] = desk.draft, True
            # A sheet of lanes alone says nothing of what the drawing is called.
            whole = now if read.id == "imported" else replace(read, scene=read.scene or now.scene)
            desk.put(replace(read, id=desk.doc_id, name=whole.name, state=whole.state, note=whole.note, scene=whole.scene))
            st.rerun()


def _read(file: UploadedFile, filters: Filters) -> bp.Document:
    """What the file holds, read once in a session. Raises SqmError."""
    allowed(filters, "edit")
    known: dict[str, bp.Document] = st.session_state.setdefault("bp_read", {})
    piece = next(iter(pieces_of(file)), None)
    if piece is None:
        raise FileRefused("file_without_sheets", file=file.name)
    if piece.sha not in known:
        with to_disk(piece)() as (path, _):
            known.clear()
            known[piece.sha] = reading.read(path, piece.name)
    return known[piece.sha]


def _told(document: bp.Document, lang: str) -> str:
    told = t("blueprint.counts", lang, **counts(document))
    return f"<b>{escape(document.name.get(lang))}</b><br>{told}"
