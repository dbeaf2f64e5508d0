"""Our satisfaction beside a competitor's, element by element: on the Satisfaction page, where one was asked."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from sqm import metrics, voices
from sqm.charts import voices as charts
from sqm.i18n import number, t
from sqm.ui import address, parts, results
from sqm.ui.filters import Filters
from sqm.ui.memory import drawn, remembered

METRIC = voices.METRIC


@remembered
def competitors_of(filters: Filters) -> pd.DataFrame:
    """``voices.against`` over the months shown, of every element whichever is chosen, with ``name``. Empty without a competitor."""
    elements = [e for e in results.labels(filters, "elements") if e not in metrics.PSEUDO_ELEMENTS]
    months = results.measured(filters, METRIC)
    if not months:
        return pd.DataFrame()
    # Of all there is, so that another choice need not ask again.
    both = results.fetch(METRIC, filters, by=("element", "operator"), where={"element": [voices.OVERALL, *elements]},
                         unfiltered=tuple(filters.where), period=(months[0], months[-1]))
    theirs = sorted(set(both.loc[both["operator"].notna() & ~both["operator"].isin([voices.OWN, ""]), "element"]))
    if not theirs:
        return pd.DataFrame()
    told = voices.against(results.fetch(METRIC, filters, by=("month", "city", "element", "operator"), where={"element": theirs}), results.defined(filters, METRIC))
    names = results.labels(filters, "elements")
    return told.assign(name=[names.get(k, k) for k in told["element"]]) if len(told) else told


def against_of(filters: Filters) -> None:
    """Differences from a competitor, each with its interval and verdict; nothing where none was asked."""
    lang, every = filters.lang, competitors_of(filters)
    if every.empty:
        return
    named, rivals = results.labels(filters, "operator"), list(dict.fromkeys(every["operator"]))
    rival = rivals[0]
    if len(rivals) > 1:
        address.before("satisfaction_rival", rivals, rival)
        st.segmented_control(t("satisfaction.rival", lang), rivals, key="satisfaction_rival", required=True,
                             format_func=lambda code: named.get(code, code), label_visibility="collapsed")
        rival = address.after({"satisfaction_rival": rival})["satisfaction_rival"]
    rows = every[every["operator"] == rival].reset_index(drop=True)
    who, elements = named.get(rival, rival), rows[~rows["whole"]]
    ahead, behind, few = (int((elements["verdict"] == word).sum()) for word in ("better", "worse", "small"))
    n = len(elements)
    key = "overall" if not n else "small" if few == n else "some" if ahead + behind else "none"
    title = t(f"satisfaction.against_{key}", lang, who=who, ahead=ahead, behind=behind, n=n, rest=n - ahead - behind)
    apart = [" ± ".join(filter(None, (number(r.difference, 1, True), number(r.most - r.difference, 1) if r.most == r.most else ""))) for r in rows.itertuples()]
    shown = rows.assign(text=apart, beside=[f"{number(r.value, 1)} | {number(r.other, 1)}" for r in rows.itertuples()])
    words = {name: t(f"satisfaction.against_{name}", lang, who=who) for name in ("value", "other", "difference", "least", "most", "base", "other_base", "ahead", "behind")}
    results.chart(
        drawn(charts.against, shown, filters.theme, words), filters, title=title, key="against", table=rows, metric=METRIC, by=("element",),
        where={"operator": [voices.OWN, rival], "element": list(rows["element"])},
        note=t("satisfaction.against_note", lang), alt=t("satisfaction.against_alt", lang, title=title, names=", ".join(rows["name"])))
    st.html(parts.legend([("", "", t("satisfaction.legend_rule", lang))]))
