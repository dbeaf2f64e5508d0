"""What the reader has chosen, in the address of the page, by its id: a link reads the same in every language.

Streamlit's own ``bind="query-params"`` writes the label of a choice, so that a link sent in one language is dropped, without
a word, in another. Here ``before`` settles the value of a widget from the address and ``after`` writes it back.
"""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

#: Session keys, each a dict by widget key: its value when last drawn, its default then, what was chosen beside the default.
_DRAWN, _DEFAULTS, _CHOSEN = "_drawn", "_defaults", "_chosen"


def before(key: str, options: Sequence[str], default: str) -> str:
    """Settle ``session_state[key]`` before its widget is made: a changed address, else the widget, else the last choice."""
    state, drawn, chosen = st.session_state, _memory(_DRAWN), _memory(_CHOSEN)
    told = st.query_params.get(key)
    # While a widget has just been moved the address lags behind: then only the widgets speak.
    moved = any(name in state and state[name] != value for name, value in drawn.items())
    # Left alone on another page, whose default was another one.
    left = state.get(key) == drawn.get(key) == _memory(_DEFAULTS).get(key) != default
    if told in options and told != drawn.get(key) and not moved:
        state[key] = told
    elif state.get(key) not in options or left:
        kept = chosen.get(key)
        state[key] = kept if kept in options else default
    return state[key]


def after(key: str, default: str) -> str:
    """Write the widget's value into the address; a default stands for itself and need not be said."""
    value, told = st.session_state[key], st.query_params.get(key)
    value = default if value is None else value
    _memory(_DRAWN)[key], _memory(_DEFAULTS)[key] = value, default
    if value != default:
        _memory(_CHOSEN)[key] = value
    else:
        _memory(_CHOSEN).pop(key, None)
    if told != value and value != default:
        st.query_params[key] = value
    elif told is not None and told != value:
        del st.query_params[key]
    return value


def _memory(name: str) -> dict[str, str]:
    return st.session_state.setdefault(name, {})
