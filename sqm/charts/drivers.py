"""Importance against performance of each element, with the doubt of both."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

from sqm.charts.base import LINE, dress, tips, width
from sqm.tokens import palette

#: Pixels of the plot on a projector, of half a dot, and of a letter.
WIDE, HIGH, DOT, LETTER = 1120.0, 374.0, 5.0, 6.0
#: How a name stands at its dot: align, dx, dy.
Spot = tuple[Any, float, float]
#: The nearest first.
SPOTS: tuple[Spot, ...] = (
    ("left", 8, -9), ("right", -8, -9), ("left", 8, 10), ("right", -8, 10), ("center", 0, -14), ("center", 0, 15),
    ("left", 8, -20), ("right", -8, -20), ("left", 8, 22), ("right", -8, 22), ("center", 0, -28), ("center", 0, 30),
)


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
    at = pd.DataFrame({"x": WIDE * (data["value"] - x_scale.domain[0]) / (x_scale.domain[1] - x_scale.domain[0]),
                       "y": HIGH * (1 - data["share"] / y_scale.domain[1])})
    # Those that are decided have the first choice of room.
    spots = places(at, [width(name) * LETTER for name in data["name"]], (data["quadrant"] == "undecided").tolist())
    words = pd.DataFrame([{"text": corners[k], "left": k in ("fix", "low"), "top": k in ("fix", "keep")} for k in ("fix", "keep", "low", "over")])
    named = []
    for side in words.to_dict("records"):
        named.append(alt.Chart(pd.DataFrame([side])).mark_text(
            align="left" if side["left"] else "right", baseline="top" if side["top"] else "bottom", dx=4 if side["left"] else -4,
            dy=4 if side["top"] else -4, fontWeight="bold", fontSize=12, color=c["muted"],
        ).encode(x=alt.XValue(0) if side["left"] else alt.XValue("width"), y=alt.YValue(0) if side["top"] else alt.YValue("height"), text=alt.Text("text:N")))
    layers = [
        alt.Chart(means).mark_rule(color=c["faint"], strokeDash=[2, 3]).encode(x=alt.X("value:Q", scale=x_scale)),
        alt.Chart(means).mark_rule(color=c["faint"], strokeDash=[2, 3]).encode(y=alt.Y("share:Q", scale=y_scale)),
        plot.mark_rule(opacity=0.3, strokeWidth=1.5).encode(x=alt.X("lo:Q", scale=x_scale, title=axes["x"]), x2=alt.X2("hi:Q"), y=y, color=ink),
        plot.mark_rule(opacity=0.3, strokeWidth=1.5).encode(x=x, y=alt.Y("share_lo:Q", scale=y_scale, title=axes["y"]), y2=alt.Y2("share_hi:Q"), color=ink),
        plot.mark_point(size=56, opacity=1, strokeWidth=1.5).encode(x=x, y=y, stroke=ink, fill=alt.Fill("fill:N", scale=None, legend=None), tooltip=told),
        *(alt.Chart(data[[mine == spot for mine in spots]]).mark_text(align=spot[0], baseline="middle", dx=spot[1], dy=spot[2], fontSize=11)
          .encode(x=x, y=y, text=alt.Text("name:N"), color=ink, tooltip=told) for spot in sorted({spot for spot in spots if spot})),
        *named,
    ]
    return dress(alt.layer(*layers, height=HIGH + 46), theme)


def places(at: pd.DataFrame, wide: list[float], later: list[bool]) -> list[Spot | None]:
    """Where the name of each dot stands, so that none is on another, on a dot or out of the plot; None where there is no room.

    ``at``: x and y of the dots in pixels; ``wide``: pixels of the names. Those that are not ``later`` choose first.
    """
    dots = [(x - DOT, x + DOT, y - DOT, y + DOT) for x, y in zip(at["x"], at["y"], strict=True)]
    taken, found = list(dots), list[Spot | None]([None] * len(at))
    for i in sorted(range(len(at)), key=lambda i: (later[i], -at["x"].iloc[i])):
        for spot in SPOTS:
            box = _box(at["x"].iloc[i], at["y"].iloc[i], wide[i], spot)
            inside = box[0] >= 0 and box[1] <= WIDE and box[2] >= 0 and box[3] <= HIGH
            if inside and not any(box[0] < b and a < box[1] and box[2] < d and c < box[3] for a, b, c, d in taken):
                taken.append(box)
                found[i] = spot
                break
    return found


def _box(x: float, y: float, wide: float, spot: Spot) -> tuple[float, float, float, float]:
    """(left, right, top, bottom) of a name."""
    align, dx, dy = spot
    left = x + dx - {"left": 0.0, "right": wide, "center": wide / 2}[align]
    return left, left + wide, y + dy - LINE / 2, y + dy + LINE / 2

