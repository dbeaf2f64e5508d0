"""What is said about a blueprint around its drawing, and the drawing as a picture of its own."""

from __future__ import annotations

import streamlit as st

from sqm.blueprint import Document, Step
from sqm.blueprints.drawing import WORDS, Drawing, Living, draw
from sqm.i18n import t
from sqm.tokens import palette
from sqm.ui.blueprint_desk import Desk
from sqm.ui.filters import Filters


def drawing(document: Document, living: Living, filters: Filters) -> Drawing:
    """The drawing with its words and colours."""
    lang = filters.lang
    words = {name: t(f"blueprint.{name}", lang) for name in WORDS}
    return draw(document, lang, palette(filters.theme), words, living, alt=alt(document, lang))


def alt(document: Document, lang: str) -> str:
    """The drawing in a sentence."""
    return t("blueprint.alt", lang, name=document.name.get(lang), phases=len(document.phases), **counts(document))


def counts(document: Document) -> dict[str, int]:
    """How many steps, key points, fail points and unguarded ones: the numbers of several sentences."""
    return {
        "steps": len(document.steps),
        "keys": sum(s.key for s in document.steps),
        "fails": sum(s.fail for s in document.steps),
        "unguarded": len(document.unguarded),
    }


def finding(document: Document, living: Living, lang: str) -> str:
    """The title of the page: the phases customers feel worst in, and how many fail points nobody guards."""
    open_points = len(document.unguarded)
    bad = sorted(
        (p for p in document.phases if p.id in living.strip and living.strip[p.id].verdict == "worse"),
        key=lambda p: living.strip[p.id].value,
    )[:2]
    if not bad:
        return t(f"blueprint.finding_plain{'' if open_points else '_guarded'}", lang, steps=len(document.steps), count=open_points)
    phases = t("blueprint.and", lang).join(p.name.get(lang) for p in bad)
    return t(f"blueprint.finding_{'worst' if open_points else 'guarded'}", lang, phases=phases, count=open_points)


def first_to_look_at(document: Document) -> Step | None:
    """What the panel shows before anything is chosen: an unguarded point, else a key point, else the first step."""
    return next(iter([*document.unguarded, *(s for s in document.steps if s.key), *document.steps]), None)


def status(desk: Desk, filters: Filters) -> None:
    """The line under the drawing: legend, counts, revision, unsaved edits, and what was just saved."""
    lang, unsaved = filters.lang, len(desk.edits.changes)
    sample = t("blueprint.revision_sample", lang)
    revision = t("blueprint.revision_is", lang, revision=desk.base) if desk.base else sample
    right = [t("blueprint.counts", lang, **counts(desk.draft)), revision]
    if unsaved:
        right.append(f"<b>{t('blueprint.unsaved', lang, count=unsaved)}</b>")
    note = st.session_state.pop("blueprint_note", None)
    if note:
        right.append(f'<b class="better">{t(note[0], lang, revision=note[1])}</b>')
    legend = f'<span style="text-align:left">{t("blueprint.legend", lang)}</span>'
    st.html(f'<div class="sqm-block">{legend}<span>{" · ".join(right)}</span></div>')
