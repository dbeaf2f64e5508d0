"""The charts of a store: its visits over time, its stages beside the province."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

from sqm.charts.base import dress, month_axis, tips
from sqm.tokens import palette
from sqm.verdicts import sides


def visits(frame: pd.DataFrame, mean: float, theme: str, lang: str, mean_label: str, height: int = 130) -> Any:
    """The scores of a store by month as dots, the province's mean as a rule. ``frame``: month, value, lo, hi, base."""
    c = palette(theme)
    data = frame.assign(month=pd.to_datetime(frame["month"]))
    low, high = min(data["value"].min(), mean) - 4, max(data["value"].max(), mean) + 4
    y = alt.Y("value:Q", scale=alt.Scale(domain=[low, high], nice=False), axis=alt.Axis(title=None, tickCount=4))
    x = alt.X("month:T", axis=month_axis(lang, 4, data["month"]))
    rule = alt.Chart(pd.DataFrame({"value": [mean], "text": [mean_label], "month": [data["month"].max()]}))
    return dress(
        alt.layer(
            rule.mark_rule(color=c["faint"], strokeDash=[2, 3]).encode(y=y),
            rule.mark_text(align="right", dy=-6, color=c["muted"], fontSize=11).encode(x=x, y=y, text="text:N"),
            alt.Chart(data).mark_line(color=c["band"], strokeWidth=1.5).encode(x=x, y=y),
            alt.Chart(data)
            .mark_point(filled=True, size=46, fill=c["background"], stroke=c["muted"], strokeWidth=1.5, opacity=1)
            .encode(x=x, y=y, tooltip=tips(lang)),
        ).properties(height=height),
        theme,
    )


def stages(frame: pd.DataFrame, whole: pd.DataFrame, on: str, order: list[str], theme: str, lang: str) -> Any:
    """Scores by stage with intervals, a tick for the province. Both frames: ``on``, value, lo, hi, base."""
    c = palette(theme)
    data = frame.merge(whole[[on, "value"]].rename(columns={"value": "all"}), on=on, how="left")
    data["verdict"] = sides(data["lo"], data["hi"], data["all"])
    y = alt.Y(f"{on}:N", sort=order, axis=alt.Axis(title=None, grid=False, labelColor=c["text"], labelFontSize=12))
    low = float(data[["lo", "value", "all"]].min(axis=None))
    scale = alt.Scale(domain=[min(40.0, low - 2), 102], nice=False)
    ink = alt.Color(
        "verdict:N",
        scale=alt.Scale(domain=["better", "worse", "unclear"], range=[c["better"], c["worse"], c["unclear"]]),
    )
    plot = alt.Chart(data)
    return dress(
        alt.layer(
            plot.mark_rule(strokeWidth=2.5, opacity=0.45).encode(
                y=y, x=alt.X("lo:Q", title=None, scale=scale), x2="hi:Q", color=ink
            ),
            plot.mark_tick(thickness=2, size=14, color=c["text"]).encode(y=y, x=alt.X("all:Q", scale=scale)),
            plot.mark_point(filled=True, size=56, opacity=1).encode(
                y=y,
                x=alt.X("value:Q", scale=scale, axis=alt.Axis(title=None, tickCount=4)),
                color=ink,
                tooltip=tips(lang, alt.Tooltip(f"{on}:N", title=" ")),
            ),
        ).properties(height=26 * len(data) + 24),
        theme,
    )
