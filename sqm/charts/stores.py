"""The charts of a store: its visits over time, its stages beside the province."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

from sqm.charts.base import dress, either, month_axis, tips
from sqm.tokens import palette
from sqm.verdicts import FEW_VISITS


def visits(frame: pd.DataFrame, rolled: pd.DataFrame, mean: float, theme: str, lang: str, mean_label: str, height: int = 130) -> Any:
    """The scores of a store by month as dots with intervals, hollow where few visits; the province's mean as a rule.

    ``frame``, ``rolled`` (over several months, drawn as a line in its band): month, value, lo, hi, base.
    """
    c = palette(theme)
    data, line = (rows.assign(month=pd.to_datetime(rows["month"])) for rows in (frame, rolled))
    ends = [*data["value"], *data.loc[data["base"] >= FEW_VISITS, ["lo", "hi"]].stack(), *line[["lo", "hi"]].stack(), mean]
    scale = alt.Scale(domain=[max(min(ends) - 4, -2), min(max(ends) + 4, 104)], nice=False)
    y = alt.Y("value:Q", scale=scale, axis=alt.Axis(title=None, tickCount=4))
    x = alt.X("month:T", axis=month_axis(lang, 4, data["month"]))
    rule = alt.Chart(pd.DataFrame({"value": [mean], "text": [mean_label], "month": [data["month"].max()]}))
    layers: list[Any] = []
    if len(line) > 1:
        layers += [alt.Chart(line).mark_area(color=c["band"], opacity=0.8).encode(x=x, y=alt.Y("lo:Q", title=None, scale=scale), y2=alt.Y2("hi:Q")),
                   alt.Chart(line).mark_line(color=c["muted"], strokeWidth=1.8).encode(x=x, y=y)]
    few = f"datum.base < {FEW_VISITS}"
    sure = data[(data["base"] >= FEW_VISITS) & data["lo"].notna()]
    layers += [
        rule.mark_rule(color=c["faint"], strokeDash=[2, 3]).encode(y=y),
        rule.mark_text(align="right", dy=-6, color=c["muted"], fontSize=11).encode(x=x, y=y, text=alt.Text("text:N")),
        alt.Chart(sure).mark_rule(color=c["muted"], opacity=0.5).encode(x=x, y=alt.Y("lo:Q", title=None, scale=scale), y2=alt.Y2("hi:Q")),
        alt.Chart(data)
        .mark_point(filled=True, size=46, stroke=c["muted"], strokeWidth=1.5, opacity=1)
        .encode(x=x, y=y, fill=either(alt.FillValue, few, c["background"], c["muted"]), tooltip=tips(lang)),
    ]
    return dress(alt.layer(*layers, height=height), theme)


def stages(frame: pd.DataFrame, on: str, order: list[str], theme: str, lang: str) -> Any:
    """Scores by stage or dimension with intervals, coloured by verdict, a tick for the province. ``frame``: ``on``, value, lo, hi, base, all, verdict."""
    c = palette(theme)
    data = frame.assign(face=frame["verdict"].map({"better": c["better"], "worse": c["worse"], "small": c["background"]}).fillna(c["unclear"]),
                        ink=frame["verdict"].map({"better": c["better"], "worse": c["worse"]}).fillna(c["unclear"]))
    data["lo"], data["hi"] = (data[side].where(data["verdict"] != "small") for side in ("lo", "hi"))
    y = alt.Y(f"{on}:N", sort=order, axis=alt.Axis(title=None, grid=False, labelColor=c["text"], labelFontSize=12))
    low = float(data[["lo", "value", "all"]].min(axis=None))
    scale = alt.Scale(domain=[min(40.0, low - 2), 102], nice=False)
    plot = alt.Chart(data)
    return dress(
        alt.layer(
            plot.mark_rule(strokeWidth=2.5, opacity=0.45).encode(
                y=y, x=alt.X("lo:Q", title=None, scale=scale), x2=alt.X2("hi:Q"), color=alt.Color("ink:N", scale=None)
            ),
            plot.mark_tick(thickness=2, size=14, color=c["text"]).encode(y=y, x=alt.X("all:Q", scale=scale)),
            plot.mark_point(filled=True, size=56, opacity=1, strokeWidth=1.5).encode(
                y=y,
                x=alt.X("value:Q", scale=scale, axis=alt.Axis(title=None, tickCount=4)),
                fill=alt.Fill("face:N", scale=None),
                stroke=alt.Stroke("ink:N", scale=None),
                tooltip=tips(lang, alt.Tooltip(f"{on}:N", title=" ")),
            ),
        ).properties(height=26 * len(data) + 24),
        theme,
    )
