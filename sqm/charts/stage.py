"""The charts of the service meeting: the same numbers as on the pages, in type that is read from the back of a room."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

from sqm.charts.base import domain, dress, month_axis
from sqm.tokens import palette
from sqm.verdicts import FEW_ANSWERS

#: The name of the selection by which a mark is chosen, and the field that says which.
PICK, KEY = "pick", "key"
LABEL = 17
#: Pixels between the names at the ends of two lines.
APART = 24.0


def trend(
    own: pd.DataFrame,
    whole: pd.DataFrame,
    theme: str,
    lang: str,
    *,
    names: tuple[str, str] = ("", ""),
    goal: float | None = None,
    goal_name: str = "",
    since: str = "",
    done: str = "",
    chosen: str = "",
    digits: int = 1,
    height: int = 392,
    small: int = FEW_ANSWERS,
) -> Any:
    """A number by month with its band, named at its end, before the grey line of ``whole`` (may be empty). Frames: month, value, lo, hi, base, key.

    ``names``: of the two. ``since``: a day (ISO) from which something was done, named ``done``. The mark ``chosen`` (a key) has a ring; a click chooses another one.
    """
    c = palette(theme)
    data, beside = (frame.assign(month=pd.to_datetime(frame["month"])) for frame in (own, whole))
    for name in ("lo", "hi"):
        data[name] = data[name].fillna(data["value"])
    every = pd.concat([data[["value", "lo", "hi"]], beside[["value", "lo", "hi"]].assign(lo=beside["value"], hi=beside["value"])]) if len(beside) else data
    limits = domain(every, *([goal] if goal is not None else []))
    first, end = data["month"].min(), data["month"].max()
    span = max((end - first).days, 60)
    x = alt.X(
        "month:T", scale=alt.Scale(domain=[first.isoformat(), (end + pd.Timedelta(days=span * 0.24)).isoformat()]), axis=month_axis(lang, months=data["month"])
    )
    y = alt.Y("value:Q", scale=alt.Scale(domain=limits, nice=False), axis=alt.Axis(title=None, tickCount=4, format=f",.{digits}f" if limits[1] < 5 else ",.0f"))
    layers: list[Any] = []
    last = data.iloc[[-1]]
    if goal is not None:
        rule = pd.DataFrame({"value": [goal], "name": [goal_name], "month": [end + pd.Timedelta(days=span * 0.24)]})
        layers += [
            alt.Chart(rule).mark_rule(color=c["muted"], strokeDash=[3, 4]).encode(y=y),
            alt.Chart(rule).mark_text(align="right", baseline="bottom", dy=-4, color=c["muted"], fontSize=15).encode(x=x, y=y, text="name:N"),
        ]
    if since:
        day = pd.DataFrame({"month": [pd.Timestamp(since)], "name": [done]})
        layers += [
            alt.Chart(day).mark_rule(color=c["muted"], strokeDash=[5, 5], strokeWidth=1.5).encode(x=x),
            alt.Chart(day).mark_text(align="right", dx=-8, dy=12, color=c["muted"], fontSize=16).encode(x=x, y=alt.YValue(0), text="name:N"),
        ]
    layers.append(alt.Chart(data).mark_area(color=c["accent"], opacity=0.16).encode(x=x, y=alt.Y("lo:Q", title=None, scale=y["scale"]), y2=alt.Y2("hi:Q")))
    if len(beside):
        layers.append(alt.Chart(beside).mark_line(color=c["unclear"], strokeWidth=2.5).encode(x=x, y=y))
    layers.append(alt.Chart(data).mark_line(color=c["accent"], strokeWidth=3).encode(x=x, y=y))
    pick = alt.selection_point(name=PICK, fields=[KEY], on="click", empty=False)
    fill = alt.condition(f"datum.base < {small}", alt.value(c["background"]), alt.value(c["accent"]))
    told = [alt.Tooltip("month:T", format="%Y-%m", title=" "), alt.Tooltip("value:Q", format=f",.{digits}f", title=names[0] or " ")]
    layers.append(
        alt.Chart(data)
        .mark_point(filled=True, size=110, opacity=1, strokeWidth=2, stroke=c["accent"], cursor="pointer")
        .encode(x=x, y=y, fill=fill, tooltip=told)
        .add_params(pick)
    )
    ring = data[data[KEY] == chosen]
    layers.append(alt.Chart(ring).mark_point(size=420, strokeWidth=2.5, stroke=c["accent"], filled=False, opacity=1).encode(x=x, y=y))
    shift = 0.0
    if len(beside):
        whole_last = beside.iloc[[-1]]
        under = (float(last["value"].iloc[0]) - float(whole_last["value"].iloc[0])) / (limits[1] - limits[0]) * height
        shift = max(0.0, APART - abs(under)) / 2 * (1 if under >= 0 else -1)
        layers += _ended(whole_last, names[1], digits, x, y, c["muted"], shift, c["background"])
    layers += _ended(last, names[0], digits, x, y, c["accent"], -shift, c["background"])
    return _big(alt.layer(*layers, height=height), theme)


def cities(
    frame: pd.DataFrame, theme: str, *, goal: float, goal_name: str, chosen: str = "", digits: int = 1, height: int = 404, small: int = FEW_ANSWERS
) -> Any:
    """A number by city as dots with intervals, in the order given, beside the rule of the whole. ``frame``: name, value, lo, hi, base, verdict, key."""
    c = palette(theme)
    order = list(frame["name"])
    data = frame.assign(
        lo=frame["lo"].fillna(frame["value"]),
        hi=frame["hi"].fillna(frame["value"]),
        shown=[f"{value:,.{digits}f}".replace("-", "\u2212") for value in frame["value"]],
    )
    low, high = domain(data, goal, pad=0.06)
    y = alt.Y("name:N", sort=order, axis=alt.Axis(title=None, grid=False, labelColor=c["text"], labelFontSize=16, labelLimit=220))
    x = alt.X("value:Q", scale=alt.Scale(domain=[low, high], nice=False), axis=alt.Axis(title=None, tickCount=5))
    colour = alt.Color(
        "verdict:N", legend=None, scale=alt.Scale(domain=["better", "worse", "unclear", "small"], range=[c["better"], c["worse"], c["unclear"], c["unclear"]])
    )
    rule = pd.DataFrame({"value": [goal], "name": [goal_name]})
    pick = alt.selection_point(name=PICK, fields=[KEY], on="click", empty=False)
    layers = [
        alt.Chart(rule).mark_rule(color=c["muted"], strokeDash=[3, 4]).encode(x=x),
        alt.Chart(rule).mark_text(align="left", dx=5, dy=-4, baseline="bottom", color=c["muted"], fontSize=15).encode(x=x, y=alt.YValue(0), text="name:N"),
        alt.Chart(data).mark_rule(strokeWidth=3, opacity=0.5).encode(y=y, x=alt.X("lo:Q", title=None, scale=x["scale"]), x2=alt.X2("hi:Q"), color=colour),
        alt.Chart(data)
        .mark_point(filled=True, size=130, opacity=1, strokeWidth=2, cursor="pointer")
        .encode(
            y=y,
            x=x,
            stroke=colour,
            fill=alt.condition(f"datum.base < {small}", alt.value(c["background"]), colour),
            tooltip=[alt.Tooltip("name:N", title=" "), alt.Tooltip("shown:N", title=goal_name)],
        )
        .add_params(pick),
        alt.Chart(data[data[KEY] == chosen]).mark_point(size=460, strokeWidth=2.5, stroke=c["accent"], filled=False, opacity=1).encode(x=x, y=y),
        alt.Chart(data[data["verdict"].isin(["better", "worse"])])
        .mark_text(align="left", dx=12, dy=-11, fontSize=15, fontWeight="bold")
        .encode(x=x, y=y, text="shown:N", color=colour),
    ]
    return _big(alt.layer(*layers, height=height), theme)


def _ended(last: pd.DataFrame, name: str, digits: int, x: Any, y: Any, ink: str, dy: float, ground: str) -> list[Any]:
    """The name and value at the end of a line, with a halo: the rule of a target may run there."""
    value = f"{float(last['value'].iloc[0]):,.{digits}f}".replace("-", "\u2212")
    words = alt.Chart(last.assign(text=f"{name}  {value}")).encode(x=x, y=y, text=alt.Text("text:N"))
    usual: dict[str, Any] = {"align": "left", "dx": 16, "dy": dy, "fontWeight": "bold", "fontSize": 18, "limit": 330}
    return [words.mark_text(**usual, color=ground, stroke=ground, strokeWidth=7, strokeJoin="round"), words.mark_text(**usual, color=ink)]


def _big(chart: Any, theme: str) -> Any:
    made = dress(chart, theme)
    made.config.axis.labelFontSize = LABEL
    return made
