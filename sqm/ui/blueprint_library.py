"""The library of blueprints: which one is looked at, and the ways to a new one."""

from __future__ import annotations

from contextlib import suppress
from functools import lru_cache

import streamlit as st

from sqm import blueprint as bp
from sqm import store
from sqm.blueprints import scenes as known_scenes
from sqm.blueprints.scenes import Scene
from sqm.errors import SqmError
from sqm.i18n import say, t
from sqm.ui import address
from sqm.ui import blueprint_desk as desks
from sqm.ui.filters import Filters
from sqm.ui.person import allowed
from sqm.ui.words import plain

#: The blueprint looked at, in the address; the one to turn to with the next run; whether a new one is being made.
CHOSEN, NEXT, OPEN = "blueprint", "blueprint_next", "blueprint_new_open"
#: What a new one begins with.
STARTS = ("scene", "copy", "blank")


@lru_cache(maxsize=1)
def scenes() -> dict[str, Scene]:
    """Every scene that comes with the software, by id, in order."""
    return known_scenes.scenes((desks.SEEDS / "scenes.csv").read_text(encoding="utf-8"))


def listed(filters: Filters) -> dict[str, bp.Document]:
    """Every blueprint as it is stored, by id: in the order of the scenes, as-is before to-be. One that cannot be read stands there by
    its id, or as it came with the software: whoever opens it is told why.
    """
    found, seeds = dict[str, bp.Document](), desks.seeds()
    for doc_id in desks.documents(filters.engine):
        newest = store.latest(filters.engine, desks.KIND, doc_id)
        texts = [newest.text] if newest else []
        found[doc_id] = _first([*texts, *([seeds[doc_id].read_text(encoding="utf-8")] if doc_id in seeds else [])], doc_id)
    place = {scene: at for at, scene in enumerate(scenes())}
    return dict(sorted(found.items(), key=lambda kept: (place.get(kept[1].scene, len(place)), bp.STATES.index(kept[1].state))))


def _first(texts: list[str], doc_id: str) -> bp.Document:
    for text in texts:
        with suppress(SqmError):
            return _read(text)
    return bp.Document(doc_id, bp.Words(doc_id, doc_id))


@lru_cache(maxsize=128)
def _read(text: str) -> bp.Document:
    return bp.loads(text)


def label(document: bp.Document, lang: str) -> str:
    """"Hotline · Complaint: complaining by hotline (to-be)"."""
    scene = scenes().get(document.scene)
    named = t("blueprint.library_named", lang, name=document.name.get(lang), state=t(f"blueprint.state.{document.state}", lang))
    return t("blueprint.library_scene", lang, scene=scene.title(lang), name=named) if scene else named


def choose(filters: Filters) -> str:
    """The box with every blueprint; the id of the one looked at, empty where there is none."""
    lang, known = filters.lang, listed(filters)
    if not known:
        return ""
    ids = list(known)
    address.before(CHOSEN, ids, ids[0])
    turned = st.session_state.pop(NEXT, "")
    if turned in known:
        st.session_state[CHOSEN] = turned
    names = {doc_id: label(document, lang) for doc_id, document in known.items()}
    st.selectbox(t("blueprint.choose_document", lang), ids, format_func=lambda i: names.get(i, i), key=CHOSEN, label_visibility="collapsed", width=400)
    return address.after({CHOSEN: ids[0]})[CHOSEN] or ids[0]


def new(document: bp.Document, filters: Filters) -> None:
    """The button to a new blueprint, for those who may edit. What it opens stays open through a rerun of the page."""
    lang = filters.lang
    if st.button(t("blueprint.new", lang), key="bp_new", type="tertiary", icon=":material/add:"):
        st.session_state[OPEN] = True
    if st.session_state.get(OPEN):
        st.dialog(t("blueprint.new_title", lang), on_dismiss=_closed)(_new)(document, filters)


def _closed() -> None:
    st.session_state.pop(OPEN, None)


def _new(document: bp.Document, filters: Filters) -> None:
    lang, known = filters.lang, scenes()
    start = st.radio(t("blueprint.new_start", lang), STARTS, format_func=lambda s: t(f"blueprint.new_start_{s}", lang), key="bp_new_start")
    scene = ""
    if start != "copy":
        ids = list(known) if start == "scene" else ["", *known]
        at = ids.index(document.scene) if document.scene in ids else 0
        none = t("blueprint.new_no_scene", lang)
        scene = st.selectbox(t("blueprint.new_scene", lang), ids, index=at, key=f"bp_new_scene_{start}",
                             format_func=lambda i: known[i].title(lang) if i in known else none) or ""
    state = st.segmented_control(t("blueprint.new_state", lang), bp.STATES, default=bp.STATES[start == "copy"], required=True,
                                 format_func=lambda s: t(f"blueprint.state.{s}", lang), key=f"bp_new_state_{start}")
    name = st.text_input(t("blueprint.new_name", lang), max_chars=bp.LIMITS["title"], key="bp_new_name", placeholder=_proposed(document, scene, start, lang))
    if st.button(t("blueprint.new_make", lang), type="primary", key="bp_new_make"):
        words = _words(name, document, scene, start, lang)
        doc_id = bp.new_id()
        first = bp.Words(*(t("blueprint.new_phase", one) for one in ("zh", "en")))
        if start == "copy":
            made = known_scenes.copied(document, doc_id, words, state or bp.STATES[0])
        elif start == "scene":
            made = known_scenes.skeleton(known[scene], doc_id, words, state or bp.STATES[0])
        else:
            made = known_scenes.blank(doc_id, words, first, state or bp.STATES[0], scene)
        if keep(made, filters, t(f"blueprint.new_why_{start}", lang)):
            _closed()
            st.rerun()


def _proposed(document: bp.Document, scene: str, start: str, lang: str) -> str:
    return _words("", document, scene, start, lang).get(lang)


def _words(typed: str, document: bp.Document, scene: str, start: str, lang: str) -> bp.Words:
    """The name as typed, or else that of the drawing copied or of the scene, in both languages."""
    if typed.strip():
        return bp.Words(**{lang: typed.strip()})
    if start == "copy":
        return document.name
    if scene in scenes():
        return bp.Words(*(scenes()[scene].title(one) for one in ("zh", "en")))
    return bp.Words(*(t("blueprint.new_unnamed", one) for one in ("zh", "en")))


def keep(made: bp.Document, filters: Filters, why: str) -> bool:
    """Store a new blueprint and turn to it; False, with the reason on the screen, where that cannot be."""
    try:
        name = allowed(filters, "edit")
        who = name if filters.person.signed_in else st.session_state.get("blueprint_who", "")
        revision = store.save(filters.engine, desks.KIND, made.id, bp.to_dict(made), base=0, who=who, why=why).revision
    except SqmError as error:
        st.error(plain(say(error, filters.lang)))
        return False
    st.session_state[NEXT] = made.id
    st.session_state["blueprint_note"] = ("blueprint.saved", revision)
    return True
