"""The floor of a rerun: the elements that a page drew, drawn again from ready-made data. No frame, query or layout.

``SQM_BENCH_ELEMENTS`` names the file in which the messages of one run of the page were kept.
"""

import json
import os
import pickle

import pyarrow as pa
import streamlit as st
from streamlit.proto.Element_pb2 import Element


class ReadyDeck:
    """A pydeck deck whose JSON is ready."""

    def __init__(self, json_text: str) -> None:
        self._json, self.deck_widget = json_text, None

    def to_json(self) -> str:
        return self._json


def _frame(data: bytes):
    return pa.ipc.open_stream(data).read_all().to_pandas()


def _chart(proto):
    """The Vega-Lite with its frames: the least that any app has to do for this chart."""
    spec = json.loads(proto.spec)
    named = {d.name: _frame(d.data.data) for d in proto.datasets if d.has_name}
    if proto.data.data:
        spec["data"], named["rows"] = {"name": "rows"}, _frame(proto.data.data)
    return {**spec, "datasets": {**spec.get("datasets", {}), **named}}


def _text(proto, number):
    st.markdown(proto.body, unsafe_allow_html=proto.allow_html)


def _options(proto):
    return [getattr(option, "content", option) for option in proto.options]


#: How each kind of element is prepared once and drawn on every run.
PREPARE = {
    "vega_lite_chart": _chart,
    "dataframe": lambda p: _frame(p.data.data if hasattr(p, "data") else p.arrow_data.data),
    "table": lambda p: _frame(p.data.data),
    "deck_gl_json_chart": lambda p: ReadyDeck(p.json),
}
DRAW = {
    "markdown": _text,
    "html": lambda p, n: st.html(p.body),
    "heading": lambda p, n: st.header(p.body),
    "metric": lambda p, n: st.metric(p.label, p.body, p.delta or None),
    "alert": lambda p, n: st.info(p.body),
    "vega_lite_chart": lambda ready, n: st.vega_lite_chart(spec=ready, key=f"e{n}"),
    "dataframe": lambda ready, n: st.dataframe(ready, key=f"e{n}"),
    "table": lambda ready, n: st.table(ready),
    "deck_gl_json_chart": lambda ready, n: st.pydeck_chart(ready, key=f"e{n}"),
    "selectbox": lambda p, n: st.selectbox(p.label or "x", _options(p), key=f"e{n}"),
    "multiselect": lambda p, n: st.multiselect(p.label or "x", _options(p), key=f"e{n}"),
    "radio": lambda p, n: st.radio(p.label or "x", _options(p) or ["x"], key=f"e{n}"),
    "button_group": lambda p, n: st.segmented_control(
        p.label or "x", [str(i) for i in range(len(p.options))], key=f"e{n}"
    ),
    "button": lambda p, n: st.button(p.label or "x", key=f"e{n}"),
    "download_button": lambda p, n: st.download_button(p.label or "x", b"x", key=f"e{n}"),
    "link_button": lambda p, n: st.link_button(p.label or "x", p.url or "#"),
    "checkbox": lambda p, n: st.checkbox(p.label or "x", key=f"e{n}"),
    "text_input": lambda p, n: st.text_input(p.label or "x", key=f"e{n}"),
    "number_input": lambda p, n: st.number_input(p.label or "x", key=f"e{n}"),
    "date_input": lambda p, n: st.date_input(p.label or "x", key=f"e{n}"),
    "file_uploader": lambda p, n: st.file_uploader(p.label or "x", key=f"e{n}"),
    "empty": lambda p, n: st.empty(),
    "space": lambda p, n: st.space("small"),
}


@st.cache_resource
def elements(path: str) -> list:
    """(kind, what to draw) of every element; unknown kinds are left out."""
    ready = []
    with open(path, "rb") as file:
        for data in pickle.load(file):
            element = Element.FromString(data)
            kind = element.WhichOneof("type")
            if kind in DRAW:
                proto = getattr(element, kind)
                ready.append((kind, PREPARE[kind](proto) if kind in PREPARE else proto))
    return ready


for place, (kind, thing) in enumerate(elements(os.environ["SQM_BENCH_ELEMENTS"])):
    DRAW[kind](thing, place)
