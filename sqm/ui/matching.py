"""Which heading is which field, and which values are let in: what a person is asked about a sheet."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from sqm import datasets, loaders
from sqm.i18n import t
from sqm.ui import asked
from sqm.ui.uploads import slot
from sqm.ui.words import plain

#: So many headings are offered at once; the others on demand.
OFFERED = 30


def mapping_of(info: loaders.SheetInfo, dataset: str, key: str, lang: str) -> dict[str, str]:
    """Which heading is which field: what was matched, and a choice for what was not."""
    used = sum(1 for target in info.mapping.values() if target)
    headings = list(dict.fromkeys(info.ignored))
    # Before they are drawn: their number stands over them.
    mapped = sum(bool(st.session_state.get(f"data_map_{key}_{slot(heading)}")) for heading in headings)
    chosen: dict[str, str] = {}
    title = t("data.columns", lang, used=used + mapped, open=len(info.ignored) - mapped)
    with st.expander(title, expanded=bool(info.missing), key=f"data_columns_{key}"):
        if info.preview:
            width = max(len(r) for r in info.preview)
            heads = [h or f"({i + 1})" for i, h in enumerate((info.headings + [""] * width)[:width])]
            unique = [h if heads.index(h) == i else f"{h} ({i + 1})" for i, h in enumerate(heads)]
            st.dataframe(
                pd.DataFrame([(r + [""] * width)[:width] for r in info.preview], columns=unique),
                hide_index=True,
                height=180,
            )
        if info.mapping:
            pairs = [plain(f"{h} → {_target(dataset, f, lang)}") for h, f in list(info.mapping.items())[:40]]
            st.caption("　".join(pairs))
        if info.ignored:
            st.caption(t("data.ignored", lang))
            offered, others = headings[:OFFERED], headings[OFFERED:]
            if others:
                offered += st.multiselect(t("data.more_columns", lang, n=len(others)), others, key=f"data_more_{key}", placeholder=t("data.which_columns", lang))
            columns = st.columns(3)
            for n, heading in enumerate(offered):
                target = columns[n % 3].selectbox(
                    plain(heading),
                    ["", *datasets.get(dataset).by_name],
                    key=f"data_map_{key}_{slot(heading)}",
                    format_func=lambda f: asked.field_name(dataset, f, lang) if f else t("data.not_used", lang),
                )
                if target:
                    chosen[heading] = target
    return chosen


def _target(dataset: str, target: str, lang: str) -> str:
    field, _, rest = target.partition(":")
    return asked.field_name(dataset, field, lang) + (f"（{rest}）" if rest else "")


def admission_of(result: loaders.LoadResult, dataset: str, key: str, lang: str) -> None:
    """Offer to admit values that a reference table does not know."""
    contract = datasets.get(dataset)
    unknown: dict[str, set[str]] = {}
    for problem in result.problems:
        if problem.rule != "unknown_value":
            continue
        reference = problem.params.get("reference")
        for field in contract.fields:
            if field.refers_to == reference:
                unknown.setdefault(field.name, set()).add(problem.value)
                break
    for name, values in result.admitted.items():
        unknown.setdefault(name, set()).update(values)
    between = "、" if lang == "zh" else ", "
    for name in [f.name for f in contract.fields if f.name in unknown]:
        # The label must not change with the tick: Streamlit would take it for another box.
        heading, values = asked.field_name(dataset, name, lang), sorted(unknown[name])
        st.checkbox(plain(t("data.admit", lang, field=heading)), key=f"data_admit_{key}_{name}", help=t("data.admit_help", lang))
        more = t("data.admit_more", lang, n=len(values) - 12) if len(values) > 12 else ""
        st.caption(plain(between.join(values[:12]) + more))
