"""What a value means that a reference table does not know, or knows twice: proposed with the reason, confirmed once, listed, taken back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd
import streamlit as st

from sqm import aliases, datasets, loaders
from sqm.errors import SqmError
from sqm.i18n import say, t
from sqm.ui import asked, results
from sqm.ui.checked import dataset_name
from sqm.ui.clock import local
from sqm.ui.filters import Filters
from sqm.ui.person import allowed
from sqm.ui.uploads import slot
from sqm.ui.words import plain

#: So many values are asked about at once; the others once these are answered.
MOST = 20
_COLUMNS = (1.2, 1.8, 1.6)
_DONE = "data_alias_done"


def said(key: str) -> dict[str, str]:
    """Which entries names of several mean in this file, as part of the map."""
    boxes = st.session_state.get(f"data_twofold_{key}", {})
    return {f"{field}:means:{value}": chosen for field, value, _ in boxes.values() if (chosen := st.session_state.get(_box("twofold", key, field, value)))}


def boxes(filters: Filters, options: Mapping[str, str], dataset: str, key: str) -> dict[str, object]:
    """Key of a box → what it shows when ``options`` are the answers."""
    found: dict[str, object] = {}
    kept: dict[tuple[str, str], tuple] = {}
    for option, entry in options.items():
        field, means, value = option.partition(":means:")
        reference = datasets.get(dataset).by_name[field].refers_to if means else None
        if reference and entry in _entries(filters, reference):
            found[_box("twofold", key, field, value)] = entry
            kept[field, value] = (field, value, (reference, (entry,)))
    return found | ({f"data_twofold_{key}": kept} if kept else {})


def meanings_of(filters: Filters, result: loaders.LoadResult, headings: Sequence[loaders.Unknown], dataset: str, key: str) -> None:
    """Ask which entry each value, and each of the ``headings``, means: of a name of several for this file, of an unknown one for good."""
    _twofold(filters, result, dataset, key)
    if told := st.session_state.pop(_DONE, ""):
        st.success(plain(told))
    unknown = [one for one in [*headings, *result.unknown] if not one.choices and one.reference in aliases.REFERENCES]
    proposed = [one for one in unknown if one.meant][:MOST]
    others = {_box("other", "", one.field, one.value): one for one in unknown if not one.meant and _entries(filters, one.reference)}
    if not proposed and not others or not filters.person.may("admit"):
        return
    lang = filters.lang
    with st.container(border=True, key=f"meanings_{key}", gap="small"):
        if proposed:
            st.caption(t("data.meanings", lang, n=len(proposed)))
        rows = st.container()
        more = f"data_others_{key}"
        if more in st.session_state:
            st.session_state[more] = [name for name in st.session_state[more] if name in others]
        if others:
            chosen = st.multiselect(t("data.meanings_other", lang), list(others), key=more, format_func=lambda name: others[name].value, placeholder=t("data.choose", lang))
            proposed += [others[name] for name in chosen]
        if proposed:
            with rows:
                _form(filters, proposed, dataset, key)


def _form(filters: Filters, unknown: Sequence[loaders.Unknown], dataset: str, key: str) -> None:
    """A row for each value, the proposal chosen; nothing holds before the button is pressed."""
    lang = filters.lang
    with st.form(f"meanings_form_{key}", border=False):
        chosen = []
        for one in unknown:
            value, why, entry = st.columns(_COLUMNS, vertical_alignment="center")
            value.markdown(f"**{plain(one.value)}**")
            why.caption(plain(f"{asked.field_name(dataset, one.field, lang)}{' · ' if one.why else ''}{_reason(one, lang)}"))
            options = _entries(filters, one.reference)
            with entry:
                picked = _choice(options, one.value, _box("meant", key, one.field, one.value), one.meant, lang)
            if picked:
                chosen.append((one.reference, one.value, picked))
        if st.form_submit_button(t("data.meanings_keep", lang), key=f"meanings_keep_{key}") and chosen:
            try:
                by = allowed(filters, "admit")
                for reference in dict.fromkeys(name for name, _, _ in chosen):
                    aliases.remember(filters.engine, reference, {value: entry for name, value, entry in chosen if name == reference}, by=by)
            except SqmError as error:
                st.error(plain(say(error, lang)))
            else:
                st.session_state[_DONE] = t("data.meanings_kept", lang, n=len(chosen))
                st.rerun()


def _twofold(filters: Filters, result: loaders.LoadResult, dataset: str, key: str) -> None:
    """Boxes for names of several entries, also for those that were answered: a box that is not drawn forgets."""
    lang, kept = filters.lang, st.session_state.setdefault(f"data_twofold_{key}", {})
    for one in result.unknown:
        if one.choices:
            kept[one.field, one.value] = (one.field, one.value, (one.reference, one.choices))
    for field, value, (reference, choices) in kept.values():
        names = {entry: name for entry, name in _entries(filters, reference).items() if entry in choices}
        label = t("data.twofold", lang, field=asked.field_name(dataset, field, lang), value=value)
        st.selectbox(plain(label), list(names), index=None, key=_box("twofold", key, field, value), format_func=names.__getitem__,
                     placeholder=t("data.choose", lang), help=t("data.twofold_help", lang))


def _choice(names: Mapping[str, str], label: str, key: str, first: str, lang: str) -> str | None:
    options = list(names)
    return st.selectbox(plain(label), options, index=options.index(first) if first in names else None, key=key, format_func=names.__getitem__,
                        placeholder=t("data.meanings_none", lang), label_visibility="collapsed")


def _entries(filters: Filters, reference: str) -> dict[str, str]:
    """Key → name; entries of one name with their key."""
    names = results.labels(filters, reference)
    several = {name for name in names.values() if list(names.values()).count(name) > 1}
    return {key: f"{name} · {key}" if name in several else name for key, name in names.items()}


def _box(kind: str, key: str, field: str, value: str) -> str:
    return f"data_{kind}_{key}_{slot(field, value)}"


def _reason(one: loaders.Unknown, lang: str) -> str:
    return t(f"data.meaning_{one.why}", lang, word=one.like) if one.why else ""


def aliases_of(filters: Filters) -> None:
    """The spellings that were confirmed, by whom and when; to change one, or take it back."""
    if not filters.person.may("admit"):
        return
    lang = filters.lang
    box = st.expander(t("data.aliases", lang), key="data_aliases", on_change="rerun")
    if not box.open:
        return
    with box:
        known = aliases.known(filters.engine)
        st.caption(t("data.aliases_note", lang) if known else t("data.aliases_none", lang))
        if not known:
            return
        names = {reference: _entries(filters, reference) for reference in dict.fromkeys(alias.reference for alias in known)}
        columns = [t(f"data.aliases_{name}", lang) for name in ("word", "means", "reference", "who", "at")]
        lines = [(alias.word, names[alias.reference].get(alias.key, t("data.aliases_gone", lang, entry=alias.key)), dataset_name(alias.reference, lang),
                  alias.who, local(alias.at)) for alias in known]
        st.dataframe(pd.DataFrame(lines, columns=columns), hide_index=True, height=min(38 + 35 * len(lines), 320))
        left, middle, right = st.columns([1.4, 1.4, 1.2], vertical_alignment="bottom")
        at = left.selectbox(t("data.aliases_which", lang), range(len(known)), key="alias_which", format_func=lambda n: f"{known[n].word} · {lines[n][2]}")
        alias = known[at]
        with middle:
            entries = names[alias.reference]
            options = list(entries)
            meant = st.selectbox(t("data.aliases_means", lang), options, index=options.index(alias.key) if alias.holds else None,
                                 key=f"alias_means_{slot(alias.reference, alias.word, alias.key)}", format_func=entries.__getitem__, placeholder=t("data.choose", lang))
        with right, st.container(horizontal=True, gap="small"):
            change = st.button(t("data.aliases_change", lang), key="alias_change", disabled=meant in (None, alias.key))
            remove = st.button(t("data.aliases_remove", lang), key="alias_remove")
        try:
            if change and meant:
                aliases.remember(filters.engine, alias.reference, {alias.word: meant}, by=allowed(filters, "admit"))
            elif remove:
                aliases.forget(filters.engine, alias.reference, alias.word, by=allowed(filters, "admit"))
        except SqmError as error:
            st.error(plain(say(error, lang)))
            return
        if change or remove:
            st.rerun()
