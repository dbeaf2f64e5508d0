"""Reconciliation on the Data page: the total of each metric beside the sums of its cities and of its stores."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from sqm import metrics, reconciliation
from sqm.i18n import number, t
from sqm.ui import tables
from sqm.ui.filters import Filters
from sqm.ui.memory import remembered
from sqm.ui.words import plain


@remembered
def _sums(filters: Filters) -> list[reconciliation.Sums]:
    return reconciliation.sums(lambda metric, by: metrics.fetch(filters.engine, metric, by=by, scope=filters.scope))


def reconciled_of(filters: Filters) -> None:
    """Total = cities + without city = stores + without store, over all months; says so, or where it is not so. Asked once it is opened."""
    lang = filters.lang
    box = st.expander(t("data.sums", lang), on_change="rerun", key="data_sums")
    if not box.open:
        return
    with box, st.spinner(t("data.checking", lang)):
        _said(filters, _sums(filters))


def _said(filters: Filters, found: list[reconciliation.Sums]) -> None:
    lang = filters.lang
    st.caption(plain(t("data.sums_note", lang) if found else t("data.sums_nothing", lang)))
    if not found:
        return
    off = [one for one in found if not one.agrees]
    if off:
        names = ("、" if lang == "zh" else ", ").join(t(f"metrics.{one.metric}.name", lang) for one in off)
        st.warning(t("data.sums_differ", lang, names=names))
    else:
        st.caption(t("data.sums_agree", lang, n=number(len(found))))
    rows = [
        {
            t("data.sums_metric", lang): t(f"metrics.{one.metric}.name", lang),
            t("data.sums_place", lang): t(f"data.sums_{part.place}", lang),
            t("data.sums_total", lang): one.total,
            t("data.sums_named", lang): part.named,
            t("data.sums_without", lang): part.without,
            t("data.sums_difference", lang): one.difference(part),
        }
        for one in found
        for part in one.parts
    ]
    counts = {t(f"data.sums_{name}", lang): tables.thousands() for name in ("total", "named", "without", "difference")}
    st.dataframe(pd.DataFrame(rows), hide_index=True, column_config=counts)
