"""Which heading is which field, and which values are let in: what a person is asked about a sheet."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import pandas as pd
import streamlit as st

from sqm import datasets, loaders, metrics
from sqm.datasets.contract import Field
from sqm.i18n import t
from sqm.ui import asked, proposing
from sqm.ui.checked import dataset_name
from sqm.ui.filters import Filters
from sqm.ui.uploads import slot
from sqm.ui.words import plain

#: So many headings are offered at once; the others on demand.
OFFERED = 30


def mapping_of(info: loaders.SheetInfo, dataset: str, key: str, lang: str, names: Mapping[str, str]) -> dict[str, str]:
    """Which heading is which field: what was matched, and a choice for what was not. ``names``: of what answers may be about."""
    matched = list(info.mapping)
    out = [heading for heading in st.session_state.get(f"data_out_{key}") or () if heading in info.mapping]
    headings = list(dict.fromkeys([*out, *info.ignored]))
    proposing.proposals_of(info, dataset, key, lang, headings[:OFFERED])
    # Before they are drawn: their number stands over them.
    mapped = sum(bool(st.session_state.get(f"data_map_{key}_{slot(heading)}")) for heading in headings)
    chosen: dict[str, str] = dict.fromkeys(out, "-")
    title = t("data.columns", lang, used=len(matched) - len(out) + mapped, open=len(headings) - mapped)
    with st.expander(title, expanded=bool(info.missing), key=f"data_columns_{key}"):
        preview_of(info)
        if matched:
            pairs = [plain(f"{h} → {_target(dataset, f, lang, names)}") for h, f in list(info.mapping.items())[:40] if h not in out]
            st.caption("　".join(pairs))
            st.multiselect(t("data.leave_out", lang), matched, key=f"data_out_{key}", placeholder=t("data.which_columns", lang), format_func=plain)
        if headings:
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


def preview_of(info: loaders.SheetInfo) -> None:
    """The first rows, masked, under the headings that were found."""
    if not info.preview:
        return
    width = max(len(r) for r in info.preview)
    heads = [h or f"({i + 1})" for i, h in enumerate((info.headings + [""] * width)[:width])]
    unique = [h if heads.index(h) == i else f"{h} ({i + 1})" for i, h in enumerate(heads)]
    st.dataframe(
        pd.DataFrame([(r + [""] * width)[:width] for r in info.preview], columns=unique),
        hide_index=True,
        height=180,
    )


def _target(dataset: str, target: str, lang: str, names: Mapping[str, str]) -> str:
    """What a column fills: a field and how it is read, or the field of an answer, what it is about, and its scale."""
    field, _, rest = target.partition(":")
    part, *about = field.split("/")
    between = " · "
    said = between.join([asked.field_name(dataset, part, lang), *(names.get(word, word) for word in about)])
    return said + (f"（{rest}）" if rest else "")


def without_entries(filters: Filters, used: Collection[str], dataset: str) -> list[Field]:
    """The fields a sheet fills whose reference tables have no entry yet."""
    return [f for f in datasets.get(dataset).fields if f.refers_to and f.name in used and metrics.reference_frame(filters.engine, f.refers_to).empty]


def first_entries_of(filters: Filters, used: Collection[str], dataset: str, key: str) -> None:
    """Reference tables that have no entry yet: the values of the sheet can be their first."""
    lang = filters.lang
    empty = without_entries(filters, used, dataset)
    names = dict.fromkeys(dataset_name(f.refers_to or "", lang) for f in empty)
    st.info(plain(t("data.first_entries", lang, n=len(names), tables=("、" if lang == "zh" else ", ").join(names))))
    for f in empty:
        _admit_box(f.name, dataset, key, lang)


def _admit_box(name: str, dataset: str, key: str, lang: str) -> None:
    # The label must not change with the tick: Streamlit would take it for another box.
    heading = asked.field_name(dataset, name, lang)
    st.checkbox(plain(t("data.admit", lang, field=heading)), key=f"data_admit_{key}_{name}", help=t("data.admit_help", lang))


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
    alike = {name: {one.value: one for one in result.unknown if one.field == name and one.taken} for name in unknown}
    for name in [f.name for f in contract.fields if f.name in unknown]:
        values = sorted(unknown[name] - set(alike[name]))
        _admit_box(name, dataset, key, lang)
        more = t("data.admit_more", lang, n=len(values) - 12) if len(values) > 12 else ""
        if values:
            st.caption(plain(between.join(values[:12]) + more))
        box = f"data_new_{key}_{name}"
        meant = {**dict.fromkeys(st.session_state.get(box) or (), ""), **{value: one.like for value, one in alike[name].items()}}
        if meant:
            shown = {value: plain(f"{value} ({like})" if like else value) for value, like in meant.items()}
            st.multiselect(plain(t("data.admit_alike", lang)), sorted(meant), key=box, placeholder=t("data.choose", lang),
                           help=t("data.admit_alike_help", lang), format_func=shown.__getitem__)


def new_of(dataset: str, key: str) -> dict[str, str]:
    """Values that were said to be entries of their own, although they look like others: as part of the map."""
    fields = [f.name for f in datasets.get(dataset).fields if st.session_state.get(f"data_admit_{key}_{f.name}")]
    return {f"{name}:means:{value}": loaders.NEW for name in fields for value in st.session_state.get(f"data_new_{key}_{name}") or ()}
