"""Blueprint: where in the service do customers feel it, and what guards the weak points?"""

from html import escape

import streamlit as st

from sqm.i18n import t
from sqm.ui import blueprint_desk as desks
from sqm.ui import blueprint_drawing as sheet
from sqm.ui import blueprint_living as figures
from sqm.ui import blueprint_panel as panel
from sqm.ui import blueprint_table as editing
from sqm.ui import frame, results
from sqm.ui.words import plain

SELECTED = "step"
filters = frame.open("blueprint")
lang = filters.lang


def select(step_id: str) -> None:
    """Remember the chosen step, in the address, for the next run."""
    st.query_params[SELECTED] = step_id


with frame.guard(lang):
    known = desks.documents(filters.engine)
    if not known:
        frame.title(filters, t("blueprint.choose_document", lang))
        results.nothing(filters, t("blueprint.none", lang))
        st.stop()
    chosen = known[0]
    if len(known) > 1:
        names = {doc_id: desks.open_desk(filters.engine, doc_id).draft.name.get(lang) for doc_id in known}
        chosen = st.segmented_control(
            t("blueprint.choose_document", lang),
            known,
            format_func=lambda i: plain(names[i]),
            required=True,
            default=known[0],
            key="blueprint_document",
            label_visibility="collapsed",
        )
    desk = desks.open_desk(filters.engine, chosen)
    document = desk.draft
    found = figures.readings(document, filters)
    living = figures.living(document, found, figures.felt(filters))
    frame.title(filters, escape(sheet.finding(document, living, lang)))
    st.html(panel.STYLE)
    step = document.step(st.query_params.get(SELECTED, "")) or sheet.first_to_look_at(document)

    canvas, side = st.columns([1058, 324], gap="small")
    with canvas:
        panel.conflict(desk, filters)
        sheet.show(sheet.drawing(document, living, filters), step.id if step else "", select)
        sheet.status(desk, filters)
    with side:
        panel.step_detail(step, desk, found, filters)
        panel.unguarded(desk, found, filters, step.id if step else "", select)
        panel.missing(desk, filters)

    if not filters.person.may("edit"):
        st.caption(t("access.no_edit", lang))
        st.stop()
    results.heading(t("blueprint.edit_title", lang), t("blueprint.edit_hint", lang))
    editing.save_bar(desk, filters)
    editing.table(desk, filters)
    columns, revisions = st.columns(2, gap="medium")
    with columns:
        results.heading(t("blueprint.phases_title", lang))
        editing.phases(desk, filters)
    with revisions:
        panel.history(desk, filters)
