"""The charts of what answers say beside their mean: against a competitor's, and how they are spread."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

from sqm.charts.base import dress, width
from sqm.tokens import palette
from sqm.verdicts import FEW_ANSWERS

#: Pixels of a plot under which there is no room for the two values beside their difference.
NARROW = 320
_VERDICTS = ["better", "worse", "unclear", "small"]


def against(frame: pd.DataFrame, theme: str, words: dict[str, str]) -> Any:
    """Differences with their intervals on both sides of nought, in the order given; too few are hollow.

    ``frame``: name, value, other, difference, least, most, base, other_base, verdict, text (the difference in words), beside
    (both values in words). ``words``: ours, theirs, difference, least, most, base, other_base for who points at it; ahead, behind.
    """
    c = palette(theme)
    low, high = min(0.0, float(frame["least"].min())), max(0.0, float(frame["most"].max()))
    room = (high - low) or 1.0
    scale = alt.Scale(domain=[low - 0.06 * room, high + 0.72 * room], nice=False)
    y = alt.Y("name:N", sort=list(frame["name"]), axis=alt.Axis(title=None, grid=False, labelColor=c["text"], labelFontSize=12, labelLimit=190))
    step = next(size for size in (1, 2, 5, 10, 20, 50, 100) if room / size <= 6 or size == 100)
    ticks = [size for size in range(-200, 201, step) if low - 0.06 * room <= size <= high + 0.06 * room]
    x = alt.X("difference:Q", scale=scale, axis=alt.Axis(title=None, values=ticks, labelExpr="datum.value ? format(datum.value, '+d') : '0'"))
    ink = alt.Color("verdict:N", scale=alt.Scale(domain=_VERDICTS, range=[c["better"], c["worse"], c["unclear"], c["unclear"]]))
    tooltip = [alt.Tooltip("name:N", title=" "), *(alt.Tooltip(f"{name}:Q", format=".1f", title=words[name]) for name in ("value", "other")),
               *(alt.Tooltip(f"{name}:Q", format="+.1f", title=words[name]) for name in ("difference", "least", "most")),
               *(alt.Tooltip(f"{name}:Q", format=",", title=words[name]) for name in ("base", "other_base"))]
    rows = alt.Chart(frame)
    sides = pd.DataFrame([{"difference": 0.0, "text": words["behind"], "left": True}, {"difference": 0.0, "text": words["ahead"], "left": False}])
    layers = [
        alt.Chart(sides.head(1)).mark_rule(color=c["muted"], strokeDash=[2, 3]).encode(x=alt.X("difference:Q", scale=scale)),
        rows.mark_rule(strokeWidth=2.5, opacity=0.45).encode(y=y, x=alt.X("least:Q", scale=scale, title=None), x2=alt.X2("most:Q"), color=ink),
        rows.mark_point(filled=True, size=62, opacity=1, strokeWidth=1.5).encode(
            y=y, x=x, stroke=ink, fill=alt.condition("datum.verdict == 'small'", alt.value(c["background"]), ink), tooltip=tooltip),
        rows.mark_text(align="right", fontSize=11, color=c["muted"], dx=-84, opacity=alt.ExprRef(f"width < {NARROW} ? 0 : 1")).encode(
            y=y, x=alt.XValue("width"), text=alt.Text("beside:N"), tooltip=tooltip),
        rows.mark_text(align="right", fontSize=12, fontWeight="bold").encode(y=y, x=alt.XValue("width"), text=alt.Text("text:N"), color=ink, tooltip=tooltip),
        *(alt.Chart(sides[sides["left"] == left]).mark_text(align="right" if left else "left", dx=-6 if left else 6, baseline="bottom", dy=-3,
          fontSize=11, color=c["muted"]).encode(x=alt.X("difference:Q", scale=scale), y=alt.YValue(0), text=alt.Text("text:N"))
          for left, room_for in ((True, low < -0.12 * room), (False, True)) if room_for),
    ]
    return dress(alt.layer(*layers, height=28 * len(frame) + 34), theme)


def shade(theme: str, place: float) -> str:
    """The grey of a step: strongest for the lowest (``place`` 0), faintest for the highest (1). No verdict is in it."""
    c = palette(theme)
    return "#" + "".join(f"{round(a + (b - a) * place):02X}" for a, b in zip(_rgb(c["muted"]), _rgb(c["line"]), strict=True))


def _rgb(colour: str) -> list[int]:
    return [int(colour[i : i + 2], 16) for i in (1, 3, 5)]


def _legible(on: str, theme: str) -> str:
    """Of the text and the background colour the one that stands out more."""
    c = palette(theme)
    bright = {name: sum(share * (part / 255) ** 2.2 for share, part in zip((0.2126, 0.7152, 0.0722), _rgb(colour), strict=True)) + 0.05
              for name, colour in (("on", on), ("text", c["text"]), ("background", c["background"]))}
    return c[max(("text", "background"), key=lambda name: max(bright[name], bright["on"]) / min(bright[name], bright["on"]))]


def boxes(frame: pd.DataFrame, theme: str, words: dict[str, str]) -> Any:
    """Bars of 100 %, a part for each step, the top two boxes set off and named at the right; few answers are hollow.

    ``frame``: ``voices.spread`` with name and told (the top two boxes in words). ``words``: step, share, lo, hi, base, of.
    """
    c = palette(theme)
    data = frame[frame["share"] > 0].copy()
    few = data["of"] < FEW_ANSWERS
    data["ink"] = [c["background"] if hollow else shade(theme, place) for place, hollow in zip(data["place"], few, strict=True)]
    data["edge"] = [c["unclear"] if hollow else c["background"] for hollow in few]
    data["on"] = [_legible(ink, theme) for ink in data["ink"]]
    data["middle"] = (data["start"] + data["end"]) / 2
    data["text"] = [f"{share:.0f}" if share >= 6 else "" for share in data["share"]]
    beside = 6.8 * max(map(width, data["told"])) + 14
    # Room for what stands at the right, however wide the plot is.
    scale = alt.Scale(domainMin=0, domainMax=alt.ExprRef(f"100 * width / max(width - {beside:.0f}, 50)"), nice=False)
    y = alt.Y("name:N", sort=list(dict.fromkeys(frame["name"])), scale=alt.Scale(paddingInner=0.22, paddingOuter=0.1),
              axis=alt.Axis(title=None, grid=False, labelColor=c["text"], labelFontSize=12, labelLimit=170))
    x = alt.X("start:Q", scale=scale, axis=None)
    tooltip = [alt.Tooltip("name:N", title=" "), alt.Tooltip("step:Q", title=words["step"]),
               *(alt.Tooltip(f"{name}:Q", format=".1f", title=words[name]) for name in ("share", "lo", "hi")),
               *(alt.Tooltip(f"{name}:Q", format=",", title=words[name]) for name in ("base", "of"))]
    edges = data[data["top"]].drop_duplicates("name")
    rows = alt.Chart(data)
    layers = [
        rows.mark_bar(strokeWidth=1).encode(y=y, x=x, x2=alt.X2("end:Q"), fill=alt.Fill("ink:N", scale=None, legend=None),
                                            stroke=alt.Stroke("edge:N", scale=None, legend=None), tooltip=tooltip),
        alt.Chart(edges).mark_tick(thickness=3, color=c["text"], size=20, orient="vertical").encode(y=y, x=x),
        rows.mark_text(fontSize=11).encode(y=y, x=alt.X("middle:Q", scale=scale, axis=None), text=alt.Text("text:N"),
                                           color=alt.Color("on:N", scale=None, legend=None), tooltip=tooltip),
        alt.Chart(data.drop_duplicates("name")).mark_text(align="right", fontSize=12, fontWeight="bold", color=c["text"]).encode(
            y=y, x=alt.XValue("width"), text=alt.Text("told:N")),
    ]
    return dress(alt.layer(*layers, height=22 * data["name"].nunique() + 8), theme)


def histogram(now: pd.DataFrame, before: pd.DataFrame, theme: str, words: dict[str, str]) -> Any:
    """The share of each step now, as bars with intervals, beside the same months before, hollow. Rows of ``voices.spread``.

    ``words``: step, share, lo, hi, base, of, now, before.
    """
    c = palette(theme)
    both = pd.concat([now.assign(when=words["now"], later=True), before.assign(when=words["before"], later=False)], ignore_index=True)
    place = {step: i for i, step in enumerate(now["step"])}
    both["at"] = both["step"].map(place) + both["later"].map({True: -0.1 if len(before) else 0.0, False: 0.14})
    both["left"], both["right"] = both["step"].map(place) - 0.38, both["step"].map(place) + 0.38
    x_scale = alt.Scale(domain=[-0.5, len(place) - 0.5], nice=False)
    named = "[" + ",".join(f"'{step}'" for step in place) + "][datum.value]"
    x = alt.X("at:Q", scale=x_scale, axis=alt.Axis(title=None, values=list(place.values()), labelExpr=named, labelColor=c["text"], labelFontSize=12, grid=False))
    y_scale = alt.Scale(domain=[0, float(both["hi"].max()) * 1.08 or 1.0], nice=False)
    y = alt.Y("share:Q", scale=y_scale, axis=alt.Axis(title=None, tickCount=4, labelExpr="datum.label + '%'"))
    tooltip = [alt.Tooltip("when:N", title=" "), alt.Tooltip("step:Q", title=words["step"]),
               *(alt.Tooltip(f"{name}:Q", format=".1f", title=words[name]) for name in ("share", "lo", "hi")),
               *(alt.Tooltip(f"{name}:Q", format=",", title=words[name]) for name in ("base", "of"))]
    small = bool((now["of"] < FEW_ANSWERS).any())
    mine, theirs = alt.Chart(both[both["later"]]), alt.Chart(both[~both["later"]])
    bars: dict[str, Any] = {"fill": c["background"], "stroke": c["unclear"]} if small else {"fill": c["band"], "stroke": c["band"]}
    low = alt.Y("lo:Q", scale=y_scale, title=None)
    layers = [
        mine.mark_rect(**bars, strokeWidth=1.4).encode(x=alt.X("left:Q", scale=x_scale, title=None), x2=alt.X2("right:Q"), y=y, y2=alt.datum(0), tooltip=tooltip),
        mine.mark_rule(color=c["text"], strokeWidth=2).encode(x=x, y=low, y2=alt.Y2("hi:Q"), tooltip=tooltip),
        mine.mark_point(filled=True, color=c["text"], size=40, opacity=1).encode(x=x, y=y, tooltip=tooltip),
        mine.mark_text(dx=-7, align="right", baseline="middle", fontSize=11, fontWeight="bold", color=c["text"]).encode(
            x=x, y=alt.Y("share:Q", scale=y_scale), text=alt.Text("share:Q", format=".0f")),
    ]
    if len(before):
        layers += [
            theirs.mark_rule(color=c["unclear"], strokeWidth=1.5).encode(x=x, y=low, y2=alt.Y2("hi:Q"), tooltip=tooltip),
            theirs.mark_point(filled=True, fill=c["background"], stroke=c["muted"], strokeWidth=1.5, size=44, opacity=1).encode(x=x, y=y, tooltip=tooltip),
        ]
    return dress(alt.layer(*layers, height=240), theme)
