"""What moved among what is noise: each comparison by how many standard errors it moved, the confirmed ones marked."""

from __future__ import annotations

from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from sqm.charts.base import dress
from sqm.i18n import t
from sqm.tokens import palette

#: Width of a bar, and where the strip ends, in standard errors; what lies beyond stands at the end.
STEP, FARTHEST = 0.25, 7.0


def strip(frame: pd.DataFrame, theme: str, lang: str, *, height: int = 64) -> Any:
    """``frame``: one row per comparison with z (towards better), verdict, name and text. The noise is counted, the news are dots."""
    c = palette(theme)
    frame = frame[np.isfinite(frame["z"])]
    sure = frame["verdict"].isin(["better", "worse"])
    noise = np.floor(frame["z"][~sure].clip(-FARTHEST, FARTHEST) / STEP) * STEP
    counted = noise.value_counts().sort_index()
    bars = pd.DataFrame({"from": counted.index.to_numpy(float), "to": counted.index.to_numpy(float) + STEP, "n": counted.to_numpy()})
    news = frame[sure].assign(at=frame["z"][sure].clip(-FARTHEST, FARTHEST), n=0)[["at", "n", "verdict", "name", "text"]]
    most = float(bars["n"].max()) if len(bars) else 1.0
    x = alt.Scale(domain=[-FARTHEST - 0.5, FARTHEST + 0.5], nice=False)
    y = alt.Scale(domain=[-0.14 * most, most])
    heap = alt.Chart(bars).mark_rect(color=c["line"], stroke=c["background"], strokeWidth=0.5).encode(
        x=alt.X("from:Q", scale=x, axis=None), x2="to", y=alt.Y("n:Q", scale=y, axis=None), y2=alt.datum(0),
        tooltip=[alt.Tooltip("n:Q", title=t("overview.strip_count", lang))])
    ground = alt.Chart(pd.DataFrame({"y": [0]})).mark_rule(color=c["line"]).encode(y=alt.Y("y:Q", scale=y, axis=None))
    dots = alt.Chart(news).mark_circle(size=74, opacity=1, stroke=c["background"], strokeWidth=1).encode(
        x=alt.X("at:Q", scale=x, axis=None), y=alt.Y("n:Q", scale=y, axis=None),
        color=alt.Color("verdict:N", scale=alt.Scale(domain=["worse", "better"], range=[c["worse"], c["better"]]), legend=None),
        tooltip=[alt.Tooltip("name:N", title=t("overview.strip_what", lang)), alt.Tooltip("text:N", title=t("overview.strip_moved", lang))])
    ends = [alt.Chart(pd.DataFrame({"at": [at], "n": [most], "text": [t(f"overview.strip_{name}", lang)]}))
            for at, name in ((-FARTHEST - 0.4, "worse"), (FARTHEST + 0.4, "better"))]
    words = [chart.encode(x=alt.X("at:Q", scale=x, axis=None), y=alt.Y("n:Q", scale=y, axis=None), text=alt.Text("text:N"))
             for chart in (ends[0].mark_text(align="left", baseline="top", fontSize=11, color=c["muted"]),
                           ends[1].mark_text(align="right", baseline="top", fontSize=11, color=c["muted"]))]
    return dress(alt.layer(heap, ground, dots, *words, height=height, width="container"), theme)
