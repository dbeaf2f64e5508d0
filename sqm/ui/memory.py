"""What a rerun need not work out again: results that follow from the filters, and drawings that follow from their data."""

from __future__ import annotations

import hashlib
import pickle
from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

import pandas as pd
import pyarrow as pa
import streamlit as st

from sqm.ui.filters import Filters

P = ParamSpec("P")
R = TypeVar("R")


# One text stands for the call: Streamlit looks at every part of a tuple anew, which at a dozen calls a page is felt.
@st.cache_data(max_entries=512, show_spinner=False)
def _result(mark: str, _make: Callable[[], Any]) -> Any:
    return _make()


@st.cache_data(max_entries=256, show_spinner=False)
def _drawing(mark: str, _make: Callable[[], Any]) -> dict[str, Any]:
    from sqm.charts.base import spec  # with Altair, which takes half a second: cards need not wait for it

    made = spec(_make())
    rows = {k: _arrow(v) if isinstance(v, pd.DataFrame) else v for k, v in made["datasets"].items()}
    return {**made, "datasets": rows}


@st.cache_resource(max_entries=32, show_spinner=False)
def _object(mark: str, _make: Callable[[], Any]) -> Any:
    return _make()


def _mark(make: Callable[..., Any], args: tuple, kwargs: dict) -> str:
    """Stands for a call. Equal arguments that pickle otherwise only cost a second making."""
    called = pickle.dumps((make.__module__, make.__qualname__, args, kwargs), protocol=5)
    return hashlib.sha256(called).hexdigest()


def _arrow(frame: pd.DataFrame) -> bytes:
    """The frame as it goes to the browser, so that a rerun need not pack it again."""
    table = pa.Table.from_pandas(frame, preserve_index=False)
    with pa.BufferOutputStream() as sink:
        with pa.ipc.new_stream(sink, table.schema) as stream:
            stream.write_table(table)
        return sink.getvalue().to_pybytes()


def remembered(make: Callable[Concatenate[Filters, P], R]) -> Callable[Concatenate[Filters, P], R]:
    """A function of the filters that draws nothing: worked out once for each choice, language, theme and data version.

    What it returns is copied for every caller. An error is not remembered.
    """

    @wraps(make)
    def ask(filters: Filters, *args: P.args, **kwargs: P.kwargs) -> R:
        return _result(_mark(make, (filters.key, *args), kwargs), lambda: make(filters, *args, **kwargs))

    return ask


def drawn(make: Callable[..., Any], *args: Any, **kwargs: Any) -> dict[str, Any]:
    """The Vega-Lite of the chart ``make(*args, **kwargs)``, made once for equal arguments."""
    return _drawing(_mark(make, args, kwargs), lambda: make(*args, **kwargs))


def framed(drawing: dict[str, Any]) -> dict[str, Any]:
    """A drawing with its frames as frames again."""
    return {**drawing, "datasets": {k: pa.ipc.open_stream(v).read_pandas() if isinstance(v, bytes) else v for k, v in drawing["datasets"].items()}}


def shared(make: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """What ``make(*args, **kwargs)`` returns, made once for equal arguments: one object for all, not to be changed."""
    return _object(_mark(make, args, kwargs), lambda: make(*args, **kwargs))
