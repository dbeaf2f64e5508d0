"""As it is beside as it should be: both on one drawing, and a list of what was added, removed and changed."""

from __future__ import annotations

from html import escape

import streamlit as st

from sqm import blueprint as bp
from sqm.blueprints import compare
from sqm.blueprints.drawing import WORDS
from sqm.i18n import t
from sqm.tokens import palette
from sqm.ui import blueprint_library as library
from sqm.ui import blueprint_living as figures
from sqm.ui import frame, results
from sqm.ui.blueprint_desk import Desk
from sqm.ui.filters import Filters

#: The other drawing, by document; what the address says lasts as long as the page.
AGAINST = "against"
#: Drawings that share less than this are of different services, whatever a few ids say.
SHARED = 1 / 3
_mount = st.components.v2.component(
    "sqm_blueprint_compare",
    html='<div class="sheet"></div>',
    css=".sheet{width:100%;overflow-x:auto;border:1px solid var(--st-border-color);border-radius:12px;font-family:var(--st-font);line-height:1}"
    ".sheet svg{display:block;width:100%;height:auto;min-width:660px}",
    js="export default ({ parentElement, data }) => { parentElement.querySelector('.sheet').innerHTML = data.svg }",
)


def choose(desk: Desk, filters: Filters) -> bp.Document | None:
    """The box with the drawings that share steps with this one, those of its scene first; None while nothing is compared."""
    lang, mine = filters.lang, desk.draft
    others = {i: d for i, d in library.listed(filters).items() if i != desk.doc_id and compare.alike(d, mine) >= SHARED}
    if not others:
        return None
    ids = ["", *sorted(others, key=lambda i: (others[i].scene != mine.scene, others[i].state == mine.state, -compare.alike(others[i], mine)))]
    key, told = f"bp_against_{desk.doc_id}", st.query_params.get(AGAINST, "")
    if key not in st.session_state:
        st.session_state[key] = told if told in others else ""
    names = {i: t("blueprint.against", lang, name=library.label(d, lang)) for i, d in others.items()}
    nothing = t("blueprint.against_none", lang)
    width = 300 if st.session_state[key] else 190
    chosen = st.selectbox(t("blueprint.against_label", lang), ids, format_func=lambda i: names.get(i, nothing), key=key, label_visibility="collapsed", width=width)
    if chosen:
        st.query_params[AGAINST] = chosen
    else:
        st.query_params.pop(AGAINST, None)
    return others.get(chosen or "")


def sides(mine: bp.Document, other: bp.Document) -> tuple[bp.Document, bp.Document]:
    """(before, after): as it is comes before as it should be; of two alike the one looked at comes after."""
    return (mine, other) if (mine.state, other.state) == ("as_is", "to_be") else (other, mine)


def finding(before: bp.Document, after: bp.Document, lang: str) -> str:
    """The sentence at the head: how many steps come and go, and what becomes of the open fail points."""
    found = compare.compare(before, after)
    if not found:
        return t("blueprint.compare_same", lang)
    steps = t("blueprint.compare_steps", lang, added=len(found.added), removed=len(found.removed), changed=len(found.changed))
    return t("blueprint.compare_finding", lang, steps=steps, before=len(before.unguarded), after=len(after.unguarded))


def show(desk: Desk, other: bp.Document, filters: Filters) -> None:
    """The drawing of both, and the list. The figures are those of now: what a change will bring nobody has measured yet."""
    lang = filters.lang
    before, after = sides(desk.draft, other)
    whole = compare.together(before, after)
    living = figures.living(whole, figures.readings(whole, filters), figures.felt(filters))
    words = {name: t(f"blueprint.{name}", lang) for name in WORDS}
    tags = {name: t(f"blueprint.compare.{name}", lang) for name in ("added", "removed", *compare.KINDS)}
    alt = finding(before, after, lang)
    drawing, side = st.columns([1058, 324], gap="small")
    with drawing:
        _mount(key="bp_compare", data={"svg": compare.drawn(before, after, lang, palette(filters.theme), words, tags, living, alt).svg})
        st.caption(t("blueprint.compare_legend", lang))
    with side:
        st.html(_list(compare.compare(before, after), before, after, lang))


def _list(found: compare.Comparison, before: bp.Document, after: bp.Document, lang: str) -> str:
    comma = "、" if lang == "zh" else ", "

    def named(step: bp.Step) -> str:
        return escape(step.title.get(lang))

    def link(pair: tuple[str, str]) -> str:
        return " → ".join(named(s) for i in pair if (s := after.step(i) or before.step(i)))

    def told(step: bp.Step, more: str) -> str:
        return f'{named(step)} <span class="bp-quiet">{more}</span>'

    def kinds_of(old: bp.Step, new: bp.Step, kinds: tuple[str, ...]) -> str:
        was = old.title.get(lang)
        renamed = escape(t("blueprint.compare_was", lang, title=was)) if was != new.title.get(lang) else ""
        return comma.join(t(f"blueprint.compare.{kind}", lang) for kind in kinds) + renamed

    parts = {
        **{name: [told(s, t(f"blueprint.lane.{s.lane}", lang)) for s in steps] for name, steps in (("added", found.added), ("removed", found.removed))},
        "changed": [told(new, kinds_of(old, new, kinds)) for old, new, kinds in found.changed],
        "linked": [link(pair) for pair in found.linked],
        "unlinked": [link(pair) for pair in found.unlinked],
    }
    out = list[str]()
    for name, lines in parts.items():
        if lines:
            items = "".join(f"<li>{line}</li>" for line in lines)
            title, first = t(f"blueprint.compare_{name}", lang, n=len(lines)), " bp-first" if not out else ""
            out.append(f'<div class="bp-head{first}">{title}</div><ul class="bp-list">{items}</ul>')
    return "".join(out) if out else f'<div class="bp-quiet">{t("blueprint.compare_same", lang)}</div>'


def page(desk: Desk, filters: Filters, head: st.delta_generator.DeltaGenerator, bar: st.delta_generator.DeltaGenerator) -> bool:
    """Whether the page shows two drawings instead of one; it is drawn then."""
    with bar:
        other = choose(desk, filters)
    if other is None:
        return False
    with head:
        frame.title(filters, escape(finding(*sides(desk.draft, other), filters.lang)))
    results.heading(t("blueprint.compare_title", filters.lang), " → ".join(library.label(d, filters.lang) for d in sides(desk.draft, other)))
    show(desk, other, filters)
    return True
