"""The charts of the Satisfaction page: ranked dots with intervals, element × city map, expectation dumbbells."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

from sqm.charts.base import dress, either, tips
from sqm.tokens import palette
from sqm.verdicts import FEW_ANSWERS


def ranked(
    frame: pd.DataFrame, theme: str, lang: str, *, mean: float, mean_label: str, height: int | None = None, small: int = FEW_ANSWERS
) -> Any:
    """Dots with intervals, best first, beside a rule at ``mean``. ``frame``: name, value, lo, hi, base, verdict.

    Bases under ``small`` are hollow.
    """
    c = palette(theme)
    data = frame.sort_values("value", ascending=False)
    order = list(data["name"])
    y = alt.Y(
        "name:N",
        sort=order,
        axis=alt.Axis(title=None, grid=False, labelColor=c["text"], labelFontSize=12, labelLimit=160),
    )
    low, high = float(min(data["lo"].min(), mean)), float(max(data["hi"].max(), mean))
    x = alt.X(
        "value:Q", scale=alt.Scale(domain=[low - 0.5, high + 0.5], nice=False), axis=alt.Axis(title=None, tickCount=5)
    )
    colour = alt.Color(
        "verdict:N",
        scale=alt.Scale(
            domain=["better", "worse", "unclear", "small"], range=[c["better"], c["worse"], c["unclear"], c["unclear"]]
        ),
    )
    rule = alt.Chart(pd.DataFrame({"value": [mean], "name": [mean_label]}))
    # At the right end there is no room for a name beside its rule.
    beside: dict[str, Any] = {"align": "right", "dx": -3} if mean > low + (high - low) * 0.8 else {"align": "left", "dx": 3}
    layers = [
        rule.mark_rule(color=c["faint"], strokeDash=[2, 3]).encode(x=alt.X("value:Q", scale=x["scale"])),
        rule.mark_text(**beside, baseline="bottom", dy=-2, color=c["muted"], fontSize=11).encode(
            x=alt.X("value:Q", scale=x["scale"]), y=alt.YValue(0), text=alt.Text("name:N")
        ),
        alt.Chart(data)
        .mark_rule(strokeWidth=2.5, opacity=0.45)
        .encode(y=y, x=alt.X("lo:Q", title=None, scale=x["scale"]), x2=alt.X2("hi:Q"), color=colour),
        alt.Chart(data)
        .mark_point(filled=True, size=62, opacity=1, strokeWidth=1.5)
        .encode(
            y=y,
            x=x,
            stroke=colour,
            fill=alt.condition(f"datum.base < {small}", alt.value(c["background"]), colour),
            tooltip=tips(lang, alt.Tooltip("name:N", title=" ")),
        ),
    ]
    return dress(alt.layer(*layers, height=height or 24 * len(data) + 30), theme)


def heat(
    frame: pd.DataFrame,
    rows: list[dict],
    cities: list[dict],
    whole: dict[str, float],
    theme: str,
    lang: str,
    whole_label: str,
) -> Any:
    """Element × city: figures and colour only where the difference from the province is confirmed.

    ``frame``: element, city, value, lo, hi, base, difference, verdict. ``rows``: id, name, group (name at its first row or
    ""); ``cities``: id, name. ``whole``: element → value of the province.
    """
    c = palette(theme)
    y_of, top, at = {}, {}, 0.0
    for row in rows:
        if row["group"] and at:
            at += 0.4
        y_of[row["id"]], at = at, at + 1
        if row["group"]:
            top[row["group"]] = y_of[row["id"]]
    x_of = {city["id"]: i for i, city in enumerate(cities)}
    data = frame[frame["element"].isin(y_of) & frame["city"].isin(x_of)].copy()
    data["x"] = data["city"].map(x_of) + 0.04
    data["x2"] = data["city"].map(x_of) + 0.96
    data["y"] = data["element"].map(y_of) + 0.06
    data["y2"] = data["element"].map(y_of) + 0.94
    data["cx"], data["cy"] = (data["x"] + data["x2"]) / 2, (data["y"] + data["y2"]) / 2
    data["text"] = [
        f"{d:+.1f}".replace("-", "\u2212") if v in ("better", "worse") else ""
        for d, v in zip(data["difference"], data["verdict"], strict=True)
    ]
    fill = alt.Color(
        "verdict:N",
        scale=alt.Scale(
            domain=["worse", "unclear", "small", "better"],
            range=[c["worse"], c["sunken"], c["background"], c["better"]],
        ),
    )
    english = lang != "zh"
    wide = 4.3 if english else 2.6
    x = alt.X("x:Q", scale=alt.Scale(domain=[-wide, len(cities)], nice=False), axis=None)
    y = alt.Y("y:Q", scale=alt.Scale(domain=[at, -2.4 if english else -1.1], nice=False), axis=None)
    names = (
        alt.Tooltip("what:N", title=" "),
        alt.Tooltip("difference:Q", format="+.1f", title="与全省之差" if lang == "zh" else "Against the province"),
    )
    told = [*names, *tips(lang, names[0])[1:]]
    named, placed = {r["id"]: r["name"] for r in rows}, {k["id"]: k["name"] for k in cities}
    data["what"] = data["element"].map(named) + " · " + data["city"].map(placed)
    cells = (
        alt.Chart(data)
        .mark_rect(cornerRadius=3)
        .encode(
            x=x,
            x2=alt.X2("x2:Q"),
            y=y,
            y2=alt.Y2("y2:Q"),
            color=fill,
            tooltip=told,
            stroke=either(alt.StrokeValue, "datum.verdict == 'small'", c["line"], None),
        )
    )
    words = (
        alt.Chart(data[data["text"] != ""])
        .mark_text(fontSize=11, fontWeight="bold")
        .encode(
            x=alt.X("cx:Q", scale=x["scale"], axis=None),
            y=alt.Y("cy:Q", scale=y["scale"], axis=None),
            text=alt.Text("text:N"),
            tooltip=told,
            color=alt.ColorValue(c["background"]),
        )
    )
    labels = pd.DataFrame(
        [{"x": -0.75, "y": y_of[r["id"]] + 0.5, "text": r["name"], "kind": "name"} for r in rows]
        + [
            {"x": -0.08, "y": y_of[r["id"]] + 0.5, "text": f"{whole[r['id']]:.1f}", "kind": "whole"}
            for r in rows
            if r["id"] in whole
        ]
    )
    heads = pd.DataFrame([{"x": i + 0.5, "y": -0.45, "text": k["name"]} for i, k in enumerate(cities)])
    groups = pd.DataFrame([{"x": -wide, "y": v + 0.5, "text": k} for k, v in top.items()])
    layers = [
        cells,
        words,
        alt.Chart(labels[labels["kind"] == "name"])
        .mark_text(align="right", fontSize=12, color=c["text"], limit=150)
        .encode(x=x, y=y, text=alt.Text("text:N")),
        alt.Chart(labels[labels["kind"] == "whole"])
        .mark_text(align="right", fontSize=11, color=c["muted"])
        .encode(x=x, y=y, text=alt.Text("text:N")),
        alt.Chart(heads)
        .mark_text(
            fontSize=11,
            color=c["muted"],
            limit=90,
            align="left" if english else "center",
            angle=325 if english else 0,
            dx=-10 if english else 0,
        )
        .encode(x=x, y=y, text=alt.Text("text:N")),
        alt.Chart(groups)
        .mark_text(align="left", fontSize=11, fontWeight="bold", color=c["muted"])
        .encode(x=x, y=y, text=alt.Text("text:N")),
        alt.Chart(pd.DataFrame({"x": [-0.08], "y": [-0.45], "text": [whole_label]}))
        .mark_text(align="right", fontSize=11, color=c["muted"])
        .encode(x=x, y=y, text=alt.Text("text:N")),
    ]
    return dress(alt.layer(*layers, height=int(21 * (at + (2.4 if english else 1.1)))), theme)


def dumbbells(frame: pd.DataFrame, theme: str, lang: str) -> Any:
    """Perception (filled) against expectation (hollow), the paired difference at the right.

    ``frame``: name, perception, expectation, value (difference), lo, hi, base, verdict, in the order to show.
    """
    c = palette(theme)
    data = frame.copy()
    order = list(data["name"])
    data["text"] = [
        f"{v:+.1f} ± {max(h - v, v - lo):.1f}".replace("-", "\u2212")
        for v, lo, h in zip(data["value"], data["lo"], data["hi"], strict=True)
    ]
    low = float(data[["perception", "expectation"]].min().min()) - 2
    high = float(data[["perception", "expectation"]].max().max()) + 2
    y = alt.Y(
        "name:N",
        sort=order,
        axis=alt.Axis(title=None, grid=False, labelColor=c["text"], labelFontSize=12, labelLimit=160),
    )
    x = alt.X(
        "perception:Q",
        scale=alt.Scale(domain=[low, high + (high - low) * 0.32], nice=False),
        axis=alt.Axis(title=None, values=[v for v in range(0, 101, 5) if low <= v <= high]),
    )
    colour = alt.Color(
        "verdict:N",
        scale=alt.Scale(
            domain=["better", "worse", "unclear", "small"], range=[c["better"], c["worse"], c["unclear"], c["unclear"]]
        ),
    )
    tooltip = [
        alt.Tooltip("name:N", title=" "),
        alt.Tooltip("perception:Q", format=".1f", title="感知" if lang == "zh" else "Perception"),
        alt.Tooltip("expectation:Q", format=".1f", title="期望" if lang == "zh" else "Expectation"),
        *tips(lang, alt.Tooltip("text:N", title="差距" if lang == "zh" else "Gap"))[1:],
    ]
    base = alt.Chart(data)
    layers = [
        base.mark_rule(strokeWidth=3, opacity=0.35).encode(y=y, x=x, x2=alt.X2("expectation:Q"), color=colour),
        base.mark_point(
            filled=True, size=56, opacity=1, fill=c["background"], stroke=c["muted"], strokeWidth=1.5
        ).encode(y=y, x=alt.X("expectation:Q", scale=x["scale"], axis=x["axis"]), tooltip=tooltip),
        base.mark_point(filled=True, size=60, opacity=1).encode(y=y, x=x, color=colour, tooltip=tooltip),
        base.mark_text(align="right", fontSize=12, fontWeight="bold").encode(
            y=y, x=alt.XValue("width"), text=alt.Text("text:N"), color=colour
        ),
    ]
    return dress(alt.layer(*layers, height=30 * len(data) + 26), theme)
