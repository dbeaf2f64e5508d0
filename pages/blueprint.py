"""Blueprint: where in the service do customers feel it, and what guards the weak points?"""

from html import escape

import streamlit as st

from sqm.i18n import t
from sqm.ui import blueprint_canvas as canvas
from sqm.ui import blueprint_compare as compare
from sqm.ui import blueprint_contradictions as contradictions
from sqm.ui import blueprint_desk as desks
from sqm.ui import blueprint_drawing as sheet
from sqm.ui import blueprint_library as library
from sqm.ui import blueprint_living as figures
from sqm.ui import blueprint_panel as panel
from sqm.ui import blueprint_table as editing
from sqm.ui import blueprint_takeaway as ways
from sqm.ui import frame, results

SELECTED = "step"
filters = frame.open("blueprint")
lang = filters.lang


def select(step_id: str) -> None:
    """Remember the chosen step, in the address, for the next run."""
    st.query_params[SELECTED] = step_id


with frame.guard(lang):
    head, bar = st.container(), st.container(horizontal=True, vertical_alignment="center", key="bp_bar")
    with bar:
        chosen = library.choose(filters)
    if not chosen:
        frame.title(filters, t("blueprint.choose_document", lang))
        results.nothing(filters, t("blueprint.none", lang))
        st.stop()
    desk = desks.open_desk(filters.engine, chosen)
    document = desk.draft
    found = figures.readings(document, filters)
    living = figures.living(document, found, figures.felt(filters))
    title = escape(sheet.finding(document, living, lang))
    with bar:
        if filters.person.may("edit"):
            library.new(document, filters)
            ways.bring_in(desk, filters)
        ways.take_along(desk, living, found, title, filters)
    st.html(panel.STYLE)
    if compare.page(desk, filters, head, bar):
        st.stop()
    with head:
        frame.title(filters, title)
    step = document.step(st.query_params.get(SELECTED, "")) or sheet.first_to_look_at(document)

    drawn, side = st.columns([1058, 324], gap="small")
    with drawn:
        panel.conflict(desk, filters)
        canvas.show(desk, living, filters, step.id if step else "", sheet.alt(document, lang), select)
        sheet.status(desk, filters)
    with side:
        panel.step_detail(step, desk, found, filters)
        panel.unguarded(desk, found, filters, step.id if step else "", select)
        contradictions.listed(document, found, filters, step.id if step else "", select)
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
