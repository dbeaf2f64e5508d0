"""Importance against performance of each element, with the doubt of both."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

from sqm.charts.base import dress, tips
from sqm.tokens import palette


def importance(frame: pd.DataFrame, theme: str, lang: str, corners: dict[str, str], axes: dict[str, str]) -> Any:
    """Crosses of intervals, quadrants cut at the means; coloured where "fix", hollow where undecided.

    ``frame``: name, value, lo, hi, base, share, share_lo, share_hi, ranks, quadrant. ``corners``: quadrant → word; ``axes``: x, y, ranks.
    """
    c = palette(theme)
    data = frame.copy()
    low, high = float(data["lo"].min()), float(data["hi"].max())
    room = (high - low) * 0.08 or 1.0
    x_scale = alt.Scale(domain=[low - room, high + 2 * room], nice=False)
    y_scale = alt.Scale(domain=[0, float(data["share_hi"].max()) * 1.08], nice=False)
    x = alt.X("value:Q", scale=x_scale, axis=alt.Axis(title=axes["x"], tickCount=6))
    y = alt.Y("share:Q", scale=y_scale, axis=alt.Axis(title=axes["y"], tickCount=5))
    data["ink"] = [c["worse"] if q == "fix" else c["unclear"] if q == "undecided" else c["text"] for q in data["quadrant"]]
    data["fill"] = [c["background"] if q == "undecided" else ink for q, ink in zip(data["quadrant"], data["ink"], strict=True)]
    ink = alt.Color("ink:N", scale=None, legend=None)
    means = pd.DataFrame({"value": [data["value"].mean()], "share": [data["share"].mean()]})
    told = [*tips(lang, alt.Tooltip("name:N", title=" ")), alt.Tooltip("share:Q", format=".1f", title=axes["y"]), alt.Tooltip("ranks:N", title=axes["ranks"])]
    plot = alt.Chart(data)
    # A name that would stand on one already placed goes to the other side of its dot.
    wide, tall, free, below = (x_scale.domain[1] - x_scale.domain[0]) / 9, y_scale.domain[1] / 25, list[tuple[float, float]](), []
    for at in zip(data["value"], data["share"], strict=True):
        below.append(any(abs(at[0] - there[0]) < wide and abs(at[1] - there[1]) < tall for there in free))
        free += [] if below[-1] else [at]
    below = pd.Series(below, index=data.index, dtype=bool)
    words = pd.DataFrame([{"text": corners[k], "left": k in ("fix", "low"), "top": k in ("fix", "keep")} for k in ("fix", "keep", "low", "over")])
    named = []
    for side in words.to_dict("records"):
        named.append(alt.Chart(pd.DataFrame([side])).mark_text(
            align="left" if side["left"] else "right", baseline="top" if side["top"] else "bottom", dx=4 if side["left"] else -4,
            dy=4 if side["top"] else -4, fontWeight="bold", fontSize=12, color=c["muted"],
        ).encode(x=alt.value(0) if side["left"] else alt.value("width"), y=alt.value(0) if side["top"] else alt.value("height"), text="text:N"))
    layers = [
        alt.Chart(means).mark_rule(color=c["faint"], strokeDash=[2, 3]).encode(x=alt.X("value:Q", scale=x_scale)),
        alt.Chart(means).mark_rule(color=c["faint"], strokeDash=[2, 3]).encode(y=alt.Y("share:Q", scale=y_scale)),
        plot.mark_rule(opacity=0.3, strokeWidth=1.5).encode(x=alt.X("lo:Q", scale=x_scale, title=axes["x"]), x2="hi:Q", y=y, color=ink),
        plot.mark_rule(opacity=0.3, strokeWidth=1.5).encode(x=x, y=alt.Y("share_lo:Q", scale=y_scale, title=axes["y"]), y2="share_hi:Q", color=ink),
        plot.mark_point(size=56, opacity=1, strokeWidth=1.5).encode(x=x, y=y, stroke=ink, fill=alt.Fill("fill:N", scale=None, legend=None), tooltip=told),
        *(alt.Chart(data[below == under]).mark_text(align="right" if under else "left", dx=-7 if under else 7, dy=8 if under else -6, fontSize=11)
          .encode(x=x, y=y, text="name:N", color=ink, tooltip=told) for under in sorted(set(below))),
        *named,
    ]
    return dress(alt.layer(*layers).properties(height=420), theme)
