"""What the reader has chosen, in the address of the page, by its id: a link reads the same in every language.

Streamlit's own ``bind="query-params"`` writes the label of a choice, so that a link sent in one language is dropped, without
a word, in another. Here ``before`` settles the value of a widget from the address and ``after`` writes them back. What was
chosen goes along to the other pages; what was not is each page's own default.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlencode, urlsplit

import streamlit as st

_KEY = "_address"


@dataclass
class _Memory:
    """Of one session. ``value``, ``written``: of each widget when last drawn, and what the address said after it.

    ``chosen``: what the reader chose, by hand or by a link. ``keys``: the widgets of each page. ``same``: the page is
    that of the run before; ``moved``: one of its widgets was moved since.
    """

    page: str = ""
    path: str = ""
    same: bool = False
    moved: bool = False
    value: dict[str, str] = field(default_factory=dict)
    written: dict[str, str | None] = field(default_factory=dict)
    chosen: dict[str, str] = field(default_factory=dict)
    keys: dict[str, set[str]] = field(default_factory=dict)
    unknown: dict[str, str] = field(default_factory=dict)


def _memory() -> _Memory:
    return st.session_state.setdefault(_KEY, _Memory())


def begin(page: str) -> None:
    """A run of ``page`` begins; before the first of its widgets."""
    memory, state = _memory(), st.session_state
    memory.same, memory.page, memory.unknown = memory.page == page, page, {}
    keys = memory.keys.setdefault(page, set())
    memory.moved = memory.same and any(key in state and state[key] != memory.value.get(key) for key in keys)


def before(key: str, options: Sequence[str], default: str) -> str:
    """Settle ``session_state[key]`` before its widget is made.

    On a page just opened the address speaks, else what was chosen before, else ``default``. On a page that stays a moved
    widget speaks; else a changed address does, also by saying nothing (the browser's Back).
    """
    memory, state = _memory(), st.session_state
    told, here = st.query_params.get(key), state.get(key)
    # While a widget has just been moved the address lags behind: then only the widgets speak.
    turned = not memory.same or (not memory.moved and told != memory.written.get(key))
    if told in options and turned:
        _choose(key, str(told), default)
        state[key] = told
    elif told is not None and turned:
        if told:  # "" asks for all: where there is no such choice, nothing is amiss
            memory.unknown[key] = told
        memory.chosen.pop(key, None)
        state[key] = default
    elif not memory.same:
        kept = memory.chosen.get(key)
        state[key] = kept if kept in options else default
    elif not turned and here not in options and memory.value.get(key) in options:
        # Chosen twice before the browser drew once (a language, then back): it then sends a label of the other language, or nothing.
        state[key] = memory.value[key]
    elif here not in options or turned:
        memory.chosen.pop(key, None)
        state[key] = default
    elif here != memory.value.get(key):
        _choose(key, str(here), default)
    memory.keys[memory.page].add(key)
    return state[key]


def after(defaults: Mapping[str, str]) -> dict[str, str]:
    """Write the values of widgets, given with their defaults, into the address, as one step of the browser's history.

    A default stands for itself and need not be said. Returns the values.
    """
    memory, said = _memory(), st.query_params.to_dict()
    now = dict(said)
    values = {key: default if (here := st.session_state[key]) is None else here for key, default in defaults.items()}
    for key, value in values.items():
        now.pop(key, None)
        if value != defaults[key]:
            now[key] = value
    if now != said:
        st.query_params.from_dict(now)
    memory.value |= values
    memory.written |= {key: now.get(key) for key in values}
    return values


def forget(keys: Collection[str]) -> None:
    """What was chosen of ``keys`` no longer goes along."""
    for key in keys:
        _memory().chosen.pop(key, None)


def link(keys: Sequence[str]) -> str:
    """The query of a link that takes along what was chosen of ``keys``, and the language."""
    memory, said = _memory(), {"lang": st.query_params.get("lang")}
    said |= {key: memory.chosen.get(key) for key in keys}
    return urlencode({key: value for key, value in said.items() if value})


def language(options: Sequence[str], default: str) -> str:
    """Settle ``session_state["lang"]``, before it is known which page is asked for: it is the same on all of them."""
    memory, state, key = _memory(), st.session_state, "lang"
    told, here = st.query_params.get(key), state.get(key)
    path = urlsplit(st.context.url or "").path
    same, memory.path = path == memory.path, path
    if here in options and key in memory.value and here != memory.value[key]:
        memory.chosen[key] = str(here)
    elif told in options and told != memory.written.get(key):
        memory.chosen[key] = str(told)
    elif same and told is None and memory.written.get(key) is not None:
        memory.chosen.pop(key, None)  # the browser's Back, over the step that chose it
    state[key] = memory.chosen.get(key, default)
    return state[key]


def unknown() -> dict[str, str]:
    """What the address of this run says that is no choice here: widget key → what it says."""
    return _memory().unknown


def _choose(key: str, value: str, default: str) -> None:
    chosen = _memory().chosen
    if value == default:
        chosen.pop(key, None)
    else:
        chosen[key] = value
