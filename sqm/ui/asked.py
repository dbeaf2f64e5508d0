"""What only the person can say about a sheet, asked under its preview: which of two columns, which order, which unit."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from sqm import datasets, loaders
from sqm.i18n import t
from sqm.ui.uploads import slot
from sqm.ui.words import plain


def field_name(dataset: str, field: str, lang: str) -> str:
    """What a field is called; what is none of the dataset stays as it is."""
    found = datasets.get(dataset).by_name.get(field)
    return found.called(lang) if found else field


def columns_of(info: loaders.SheetInfo, dataset: str, key: str, lang: str) -> dict[str, str] | None:
    """Which column to use where several claim one field: a mapping that ignores the others, None until all are chosen."""
    chosen: dict[str, str] = {}
    open_ones = False
    for n, (field, headings) in enumerate(info.doubled.items()):
        used = st.selectbox(plain(t("data.which_of", lang, field=field_name(dataset, field, lang))), headings, index=None,
                            key=f"data_doubled_{key}_{n}", placeholder=t("data.which_columns", lang))
        open_ones = open_ones or used is None
        chosen.update({heading: "-" for heading in headings if heading != used})
    return None if open_ones else chosen


def facts_of(result: loaders.LoadResult, lang: str) -> None:
    """What was decided about the sheet, as short facts."""
    facts = [note.say(lang) for note in result.notes if note.level == "fact"]
    if facts:
        st.caption(plain((" " if lang == "en" else "").join(facts)))


def answers(info: loaders.SheetInfo, key: str) -> dict[str, str]:
    """What was answered to ``questions_of``, as part of the map."""
    said: dict[str, str] = {}
    for heading, target in info.mapping.items():
        if order := st.session_state.get(f"data_order_{key}_{heading}"):
            said[heading] = f"{target.partition(':')[0]}:{order}"
    if scale := st.session_state.get(f"data_words_{key}"):
        said["score:words"] = "|".join([scale, *_elsewhere(scale, key)])
    if codes := st.session_state.get(f"data_blank_{key}"):
        said["score:blank"] = ",".join(codes)
    units = f"data_unit_{key}_"
    return said | {f"{str(box).removeprefix(units)}:unit": str(unit) for box, unit in st.session_state.items() if str(box).startswith(units) and unit}


def _elsewhere(scale: str, key: str) -> list[str]:
    """The words that were put elsewhere than the scale has them."""
    usual, state = loaders.words_on(scale), st.session_state
    found = []
    for word in state.get(f"data_wordlist_{key}", ()):
        said = state.get(_word_box(scale, word, key), usual.get(word.casefold()))
        if said != usual.get(word.casefold()):
            found.append(f"{word}:{'' if said is None else said}")
    return found


def _word_box(scale: str, word: str, key: str) -> str:
    return f"data_word_{key}_{scale}_{slot(word)}"


def _word_map(texts: list[str], scale: str, key: str, lang: str) -> None:
    """A box for each word; open while one of them is on no step."""
    usual = loaders.words_on(scale)
    low, high = map(int, scale.split("-"))
    st.session_state[f"data_wordlist_{key}"] = texts
    unknown = any(st.session_state.get(_word_box(scale, word, key), usual.get(word.casefold())) is None for word in texts)
    with st.expander(t("data.words_map", lang), expanded=unknown, key=f"data_wordmap_{key}"):
        columns = st.columns(4)
        for place, word in enumerate(texts):
            box = _word_box(scale, word, key)
            if box not in st.session_state:
                st.session_state[box] = usual.get(word.casefold())
            columns[place % 4].selectbox(plain(word), range(low, high + 1), key=box, index=None, placeholder=t("data.words_none", lang))


def boxes(options: Mapping[str, str], key: str) -> dict[str, object]:
    """Key of a box → what it shows when ``options`` are the answers."""
    found: dict[str, object] = {}
    scale, *others = options.get("score:words", "").split("|")
    if scale:
        found[f"data_words_{key}"] = scale
        words = [other.rpartition(":") for other in others]
        found |= {_word_box(scale, word, key): int(number) if number else None for word, _, number in words}
        found[f"data_wordlist_{key}"] = [word for word, _, _ in words]
    found |= {f"data_unit_{key}_{name.removesuffix(':unit')}": unit for name, unit in options.items() if name.endswith(":unit")}
    if codes := options.get("score:blank"):
        found[f"data_blank_{key}"] = codes.split(",")
    return found


def questions_of(result: loaders.LoadResult, key: str, lang: str) -> None:
    """Boxes only for what the check could not know, and for what was answered before."""
    state = st.session_state
    orders = {p.column for p in result.problems if p.rule == "ambiguous_date"}
    orders |= {k.removeprefix(f"data_order_{key}_") for k in map(str, state) if k.startswith(f"data_order_{key}_")}
    for heading in sorted(orders):
        st.selectbox(plain(t("data.order_of", lang, column=heading)), ["day-first", "month-first"], index=None, key=f"data_order_{key}_{heading}",
                     format_func=lambda order: t(f"data.order_{order.partition('-')[0]}", lang), placeholder=t("data.choose", lang))
    open_ones = {note.code: note for note in result.notes if note.level == "question"}
    for note in (note for note in result.notes if note.level == "question"):
        st.warning(plain(note.say(lang)))
    units = {note.params["field"] for note in result.notes if note.code == "unit"}
    for name in sorted(units | {str(k).removeprefix(f"data_unit_{key}_") for k in state if str(k).startswith(f"data_unit_{key}_")}):
        st.selectbox(plain(t("data.unit_of", lang, field=field_name(result.dataset, name, lang))), ["share", "percent"], index=None, key=f"data_unit_{key}_{name}",
                     format_func=lambda unit: t(f"data.unit_{unit}", lang), placeholder=t("data.choose", lang))
    if "words" in open_ones or state.get(f"data_words_{key}"):
        st.selectbox(t("data.words_scale", lang), ["1-5", "1-10", "0-100"], index=None, key=f"data_words_{key}", placeholder=t("data.choose", lang))
    texts = next((note.params["texts"] for note in result.notes if note.code in ("words", "words_read")), None)
    if texts and (scale := state.get(f"data_words_{key}")):
        _word_map(texts, scale, key, lang)
    known = list(state.get(f"data_blank_{key}") or [])
    if "not_applicable" in open_ones or known:
        offered = open_ones["not_applicable"].params["values"].split(",") if "not_applicable" in open_ones else []
        st.multiselect(t("data.blank_codes", lang), sorted({*known, *offered}, key=int), key=f"data_blank_{key}", placeholder=t("data.choose", lang))
