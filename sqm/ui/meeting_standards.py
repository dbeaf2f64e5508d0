"""The register of standards on the Meeting page: where each stands, on what evidence, and one step on."""

from __future__ import annotations

import streamlit as st

from sqm import judged, minutes
from sqm.blueprint import Binding
from sqm.errors import SqmError
from sqm.i18n import say, t
from sqm.meeting import Figure, Standard, Taken, meeting, new_id, standards
from sqm.ui import blueprint_living as figures
from sqm.ui import meeting_desk as desk
from sqm.ui import parts, results
from sqm.ui.filters import Filters
from sqm.ui.meeting_stage import figure_said
from sqm.ui.memory import remembered
from sqm.ui.person import allowed
from sqm.ui.words import plain


@remembered
def _felt(filters: Filters, standard: Standard) -> tuple[Figure | None, str]:
    return judged.felt(filters.engine, standard)


def register(filters: Filters) -> None:
    """Every standard with its step, what customers say of it now, and the way on. Not for who sees some cities alone: they are the province's."""
    if filters.scope.cities is not None:
        return
    lang, listed = filters.lang, minutes.all_standards(filters.engine)
    results.heading(t("meeting.standards", lang, n=len(listed)), t("meeting.standards_note", lang))
    owners, cells = results.labels(filters, "departments"), []
    for one in listed:
        shown, verdict = _felt(filters, one)
        bad = standards.turned_bad(one, verdict)
        last = one.history[-1] if one.history else None
        said = f"{figure_said(shown)} {t(f'meeting.felt.{verdict}', lang)}" if shown and verdict else "–"
        cells.append(
            [
                (one.name, "wrap", ""),
                (owners.get(one.owner, one.owner), "", ""),
                (t(f"meeting.step.{one.step}", lang) if one.step else "–", "strong", ""),
                (f"{last.at[:10]} · {last.who}" if last else "–", "unclear", ""),
                (" · ".join(filter(None, (last.evidence, last.figure))) if last else "–", "unclear wrap", ""),
                (said, "worse strong" if bad else "", ""),
            ]
        )
    if cells:
        heads = ("standard", "owner", "step_head", "taken_at", "evidence", "felt_head")
        st.html(parts.table([(t(f"meeting.{name}", lang), False) for name in heads], cells))
    if not filters.person.may("edit"):
        return
    left, right = st.columns(2, gap="medium")
    with left:
        _on(filters, listed)
    with right:
        _new(filters)


def _on(filters: Filters, listed: list[Standard]) -> None:
    lang, known = filters.lang, {one.id: one for one in listed if one.ahead}
    if not known:
        return
    with st.expander(t("meeting.step_on", lang), key="st_on"):
        chosen = st.selectbox(t("meeting.standard", lang), list(known), format_func=lambda i: plain(known[i].name) if i in known else i, key="st_which")
        if chosen not in known:
            return
        one = known[chosen]
        step = st.segmented_control(t("meeting.step_head", lang), list(one.ahead), format_func=lambda s: t(f"meeting.step.{s}", lang), key=f"st_step_{chosen}_{one.step}")
        evidence = st.text_input(t("meeting.evidence", lang), key=f"st_evidence_{chosen}_{len(one.history)}", max_chars=600, placeholder=t("meeting.evidence_hint", lang))
        if st.button(t("meeting.take_step", lang), key="st_take", disabled=not step):
            shown, verdict = _felt(filters, one)
            figure = f"{figures.label(Binding(shown.metric, shown.where), filters)} {figure_said(shown)}" if shown else ""

            def on(who: str) -> None:
                taken = Taken(str(step), minutes.now(), who, evidence, figure, verdict)
                minutes.change_standard(filters.engine, chosen, lambda old: standards.take(old, taken), who)

            _attempt(filters, on)


def _new(filters: Filters) -> None:
    lang, owners = filters.lang, results.labels(filters, "departments")
    with st.expander(t("meeting.new_standard", lang), key="st_new"):
        name = st.text_input(t("meeting.standard", lang), key="st_name", max_chars=meeting.LIMITS["title"])
        owner = st.selectbox(t("meeting.owner", lang), list(owners), index=None, format_func=lambda code: owners.get(code, code), key="st_owner")
        options = {"": t("meeting.no_number", lang), **{f"satisfaction?element={element}": f"{t('metrics.satisfaction.name', lang)} · {named}" for element, named in
                                                      results.labels(filters, "elements").items()}, "complaint_rate": t("metrics.complaint_rate.name", lang)}  # fmt: skip
        bound = st.selectbox(t("meeting.felt_by", lang), list(options), format_func=lambda code: plain(options.get(code, code)), key="st_bound")
        if st.button(t("meeting.register_it", lang), key="st_keep"):
            made = Standard(new_id(), name, owner or "", Binding.parse(bound) if bound else None)
            _attempt(filters, lambda who: minutes.register(filters.engine, made, who))


def _attempt(filters: Filters, act) -> None:
    try:
        act(allowed(filters, "edit"))
    except SqmError as error:
        st.session_state[desk.ERROR] = say(error, filters.lang)
    st.rerun()
