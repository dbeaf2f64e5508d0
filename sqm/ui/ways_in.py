"""The Data page's other ways in: an extract of another database, and templates to fill in."""

from __future__ import annotations

import hashlib
import tempfile
from pathlib import Path

import streamlit as st

from sqm import datasets, loaders, metrics, settled, warehouse
from sqm.i18n import t
from sqm.ui import frame, work
from sqm.ui.checked import counts_of, dataset_name, moves_of, problems_of
from sqm.ui.filters import Filters
from sqm.ui.person import allowed
from sqm.ui.words import plain


def extract_of(filters: Filters) -> None:
    """A table or a query of another database, through the same checks."""
    lang = filters.lang
    with st.expander(t("data.extract", lang)), st.form("extract", border=False):
        st.caption(t("data.extract_note", lang))
        address = st.text_input(
            t("data.extract_url", lang),
            type="password",
            key="extract_url",
            placeholder="postgresql://reader:…@host/database",
        )
        query = st.text_input(t("data.extract_query", lang), key="extract_query", placeholder="tickets_2026_10")
        dataset = st.selectbox(
            t("data.dataset", lang),
            [d.name for d in datasets.ALL],
            key="extract_dataset",
            format_func=lambda d: dataset_name(d, lang),
            index=[d.name for d in datasets.ALL].index("complaints"),
        )
        columns = st.columns(2)
        check = columns[0].form_submit_button(t("data.extract_check", lang), key="extract_check")
        publish = columns[1].form_submit_button(t("data.extract_publish", lang), type="primary", key="extract_publish")
    if asked := (check or publish) and bool(address and query):
        work.begin("extract")
    if wish := (query, dataset, publish, hashlib.sha256(address.encode()).hexdigest()) if asked else work.wish_at("extract"):
        with frame.guard(lang):
            result = _extracted(filters, address, *wish)
        if result is None:
            return
        if result.published:
            st.session_state["data_extracted"] = result
            st.rerun()
        counts_of(result, lang)
        st.caption(plain(result.say(lang)))
        if result.moves is not None:
            moves_of(result.moves, lang)
        problems_of(result.problems, lang, "extract_problems.csv", "extract")


def _extracted(filters: Filters, address: str, query: str, dataset: str, publish: bool, told: str) -> loaders.LoadResult | None:
    """An extract, checked or published; None when it was cancelled. ``told``: of the address, which no key shall hold."""
    by = allowed(filters, "load")

    def run() -> loaders.LoadResult:
        result = loaders.load_extract(filters.engine, address, query, dataset=dataset, by=by, dry_run=not publish, watch=metrics.headlines)
        if result.published:
            settled.settle(filters.engine)
        return result

    return work.done("extract", (query, dataset, publish, told), filters.lang, run, keep=False, again=False)


@st.cache_data(max_entries=32, show_spinner=False)
def _template(url: str, version: int, dataset: str, lang: str) -> bytes:
    engine = warehouse.engine()
    known = {f.refers_to for f in datasets.get(dataset).fields if f.refers_to}
    entries = {name: list(metrics.labels(engine, name, lang).values()) for name in known}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "template.xlsx"
        loaders.template(dataset, path, lang, entries)
        return path.read_bytes()


def templates_of(filters: Filters) -> None:
    """An empty workbook of each dataset, with its headings and explanations."""
    lang = filters.lang
    box = st.expander(t("data.templates", lang), on_change="rerun", key="data_templates")
    if not box.open:
        return
    with box:
        columns = st.columns(4)
        for n, contract in enumerate(datasets.ALL):
            columns[n % 4].download_button(
                dataset_name(contract.name, lang),
                _template(str(filters.engine.url), filters.version, contract.name, lang),
                f"{contract.name}.xlsx",
                key=f"template_{contract.name}",
                on_click="ignore",
                type="tertiary",
            )
