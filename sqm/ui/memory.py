"""What a rerun need not work out again: results that follow from the filters, and drawings that follow from their data."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

import pandas as pd
import pyarrow as pa
import streamlit as st

from sqm.ui.filters import Filters

P = ParamSpec("P")
R = TypeVar("R")


@st.cache_data(max_entries=512, show_spinner=False)
def _result(name: str, key: tuple, args: tuple, kwargs: dict, _make: Callable[[], Any]) -> Any:
    return _make()


@st.cache_data(max_entries=256, show_spinner=False)
def _drawing(name: str, args: tuple, kwargs: dict, _make: Callable[..., Any]) -> dict[str, Any]:
    from sqm.charts.base import spec  # with Altair, which takes half a second: cards need not wait for it

    made = spec(_make(*args, **kwargs))
    rows = {k: _arrow(v) if isinstance(v, pd.DataFrame) else v for k, v in made["datasets"].items()}
    return {**made, "datasets": rows}


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
        name = f"{make.__module__}.{make.__qualname__}"
        return _result(name, filters.key, args, kwargs, lambda: make(filters, *args, **kwargs))

    return ask


def drawn(make: Callable[..., Any], *args: Any, **kwargs: Any) -> dict[str, Any]:
    """The Vega-Lite of the chart ``make(*args, **kwargs)``, made once for equal arguments."""
    return _drawing(f"{make.__module__}.{make.__qualname__}", args, kwargs, make)
