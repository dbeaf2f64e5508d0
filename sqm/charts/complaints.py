"""The charts of the Complaints page: the city × category matrix, categories by size, differences from last year."""

from __future__ import annotations

import json
from typing import Any

import altair as alt
import pandas as pd

from sqm.charts.base import dress, either, shades, tips
from sqm.tokens import palette


def matrix(
    cells: pd.DataFrame,
    cities: list[dict],
    categories: list[dict],
    totals: dict[str, float],
    whole: dict[str, float],
    theme: str,
    lang: str,
    *,
    total_label: str,
    whole_label: str,
    chosen: tuple[str, str] = ("", ""),
) -> Any:
    """City × category rates: bold and coloured with ↑ where confirmed over the province, quiet elsewhere.

    ``cells``: city, category, value, lo, hi, base, verdict, strong. ``cities``, ``categories``: id and name in the order to show.
    ``totals``: rate of a city; ``whole``: what the cells are held against, rate of a category, of everything under "".
    A click selects ``cell_pick``.
    """
    c = palette(theme)
    y_of = {row["id"]: i for i, row in enumerate(cities)}
    x_of = {column["id"]: i for i, column in enumerate(categories)}
    data = cells[cells["city"].isin(y_of) & cells["category"].isin(x_of)].copy()
    data["shade"] = shades(data)
    data["x"], data["x2"] = data["category"].map(x_of) + 0.04, data["category"].map(x_of) + 0.96
    data["y"], data["y2"] = data["city"].map(y_of) + 0.06, data["city"].map(y_of) + 0.94
    data["cx"], data["cy"] = (data["x"] + data["x2"]) / 2, (data["y"] + data["y2"]) / 2
    arrow = data["verdict"].map({"worse": "↑ ", "better": "↓ "}).fillna("")
    data["text"] = arrow + data["value"].map(lambda v: "–" if v != v else f"{v:.2f}")
    data["city_name"] = data["city"].map({r["id"]: r["name"] for r in cities})
    data["what"] = data["city_name"] + " · " + data["category"].map({r["id"]: r["name"] for r in categories})
    wide, n = 1.15, len(categories)
    x = alt.X("x:Q", scale=alt.Scale(domain=[-wide, n + 0.8], nice=False), axis=None)
    y = alt.Y("y:Q", scale=alt.Scale(domain=[len(cities) + 1.25, -1.25], nice=False), axis=None)
    fill = alt.Color(
        "shade:N",
        scale=alt.Scale(
            domain=["worse_strong", "worse_mid", "unclear", "better_mid", "better_strong"],
            range=[*c["ramp"][:2], c["sunken"], *c["ramp"][3:]],
        ),
    )
    tickets = alt.Tooltip("events:Q", format=",", title="件数" if lang == "zh" else "Tickets")
    told = [alt.Tooltip("what:N", title=" "), *tips(lang, tickets, digits=2)]
    words = alt.Chart(data).encode(
        x=alt.X("cx:Q", scale=x["scale"], axis=None),
        y=alt.Y("cy:Q", scale=y["scale"], axis=None),
        text=alt.Text("text:N"),
        tooltip=told,
    )
    last = len(cities) + 0.75  # a little apart: what the cells above are held against
    names = pd.DataFrame([{"x": -0.1, "y": y_of[r["id"]] + 0.5, "text": r["name"]} for r in cities]
                         + [{"x": -0.1, "y": last, "text": whole_label}])
    means = pd.DataFrame([{"x": x_of[k["id"]] + 0.5, "y": last, "text": f"{whole[k['id']]:.2f}"} for k in categories if k["id"] in whole])
    heads = pd.DataFrame([{"x": x_of[k["id"]] + 0.5, "y": -0.2, "text": _broken(k["name"])} for k in categories])
    sums = pd.DataFrame(
        [
            {"x": n + 0.4, "y": y_of[r["id"]] + 0.5, "text": f"{totals[r['id']]:.1f}"}
            for r in cities
            if r["id"] in totals
        ]
        + ([{"x": n + 0.4, "y": last, "text": f"{whole['']:.1f}"}] if "" in whole else [])
    )
    layers = [
        alt.Chart(data)
        .mark_rect(cornerRadius=3, strokeWidth=2)
        .encode(
            x=x,
            x2=alt.X2("x2:Q"),
            y=y,
            y2=alt.Y2("y2:Q"),
            color=fill,
            stroke=either(
                alt.StrokeValue, f"datum.city == {json.dumps(chosen[0])} && datum.category == {json.dumps(chosen[1])}", c["accent"], None
            ),
            tooltip=told,
        )
        .add_params(alt.selection_point(name="cell_pick", fields=["city", "category"], on="click", clear="dblclick")),
        words.transform_filter("datum.shade == 'unclear'").mark_text(fontSize=11, color=c["muted"]),
        words.transform_filter("indexof(datum.shade, '_mid') > 0").mark_text(fontSize=11, color=c["text"], fontWeight="bold"),
        words.transform_filter("indexof(datum.shade, '_strong') > 0").mark_text(
            fontSize=11, color=c["background"], fontWeight="bold"
        ),
        alt.Chart(names).mark_text(align="right", fontSize=12, color=c["text"]).encode(x=x, y=y, text=alt.Text("text:N")),
        alt.Chart(means).mark_text(fontSize=11, color=c["text"]).encode(x=x, y=y, text=alt.Text("text:N")),
        alt.Chart(heads)
        .mark_text(fontSize=11, color=c["muted"], lineBreak="\n", lineHeight=13, baseline="line-bottom", dy=-13)
        .encode(x=x, y=y, text=alt.Text("text:N")),
        alt.Chart(sums).mark_text(fontSize=12, fontWeight="bold", color=c["text"]).encode(x=x, y=y, text=alt.Text("text:N")),
        alt.Chart(pd.DataFrame({"x": [n + 0.4], "y": [-0.5], "text": [total_label]}))
        .mark_text(fontSize=11, color=c["muted"])
        .encode(x=x, y=y, text=alt.Text("text:N")),
    ]
    return dress(alt.layer(*layers, height=25 * len(cities) + 73), theme)


def _broken(name: str) -> str:
    """A heading in two even lines where it is long."""
    if " " in name:
        words = name.split(" ")
        half = (len(words) + 1) // 2
        return " ".join(words[:half]) + "\n" + " ".join(words[half:])
    return name[:2] + "\n" + name[2:] if len(name) >= 4 and not name.isascii() else name


def pareto(frame: pd.DataFrame, theme: str, lang: str, *, chosen: str = "") -> Any:
    """Bars of the rate with its interval, in the order given, each with ``text`` (rate, share, running total) beside it.

    ``frame``: category, name, value, lo, hi, base, events, text. ``chosen``: the category to mark.
    """
    c = palette(theme)
    order = list(frame["name"])
    high = float(frame["hi"].fillna(frame["value"]).max())
    y = alt.Y("name:N", sort=order, axis=alt.Axis(title=None, grid=False, labelColor=c["text"], labelFontSize=12, labelLimit=130))
    scale = alt.Scale(domain=[0, high * 1.5], nice=False)
    tickets = alt.Tooltip("events:Q", format=",", title="件数" if lang == "zh" else "Tickets")
    told = [alt.Tooltip("name:N", title=" "), *tips(lang, tickets, digits=2)]
    ink = either(alt.ColorValue, f"datum.category === {json.dumps(chosen)}", c["accent"], c["unclear"])
    rows = alt.Chart(frame)
    layers = [
        rows.mark_bar(height=14, cornerRadius=2, opacity=0.6).encode(y=y, x=alt.X("value:Q", scale=scale, axis=None), color=ink, tooltip=told),
        rows.mark_rule(strokeWidth=1.5, color=c["text"]).encode(y=y, x=alt.X("lo:Q", scale=scale, axis=None), x2=alt.X2("hi:Q")),
        rows.mark_text(align="left", dx=8, fontSize=11, color=c["muted"]).encode(y=y, x=alt.X("hi:Q", scale=scale, axis=None), text=alt.Text("text:N")),
    ]
    return dress(alt.layer(*layers, height=22 * len(frame) + 10), theme)


def shifts(frame: pd.DataFrame, theme: str, lang: str, *, few: int) -> Any:
    """Differences as dots with intervals around a rule at nought, in the order given, each with ``text`` at the right.

    ``frame``: name, difference, lo, hi, base, verdict, text, and apart: of the whole, with room beneath. Under ``few`` a dot
    is hollow.
    """
    c = palette(theme)
    order = [*frame.loc[frame["apart"], "name"], *([" "] if frame["apart"].any() else []), *frame.loc[~frame["apart"], "name"]]
    heavy = [{"test": f"datum.value === {json.dumps(name)}", "value": "bold"} for name in frame.loc[frame["apart"], "name"]]
    low, high = min(float(frame["lo"].min()), 0.0), max(float(frame["hi"].max()), 0.0)
    room = (high - low) or 1.0
    scale = alt.Scale(domain=[low - 0.05 * room, high + 0.4 * room], nice=False)
    weight: dict[str, Any] = {"labelFontWeight": {"condition": heavy[0], "value": "normal"}} if heavy else {}
    y = alt.Y("name:N", scale=alt.Scale(domain=order), sort=order,
              axis=alt.Axis(title=None, grid=False, labelColor=c["text"], labelFontSize=12, labelLimit=130, **weight))
    colour = alt.Color("verdict:N", scale=alt.Scale(domain=["better", "worse", "unclear", "small"], range=[c["better"], c["worse"], c["unclear"], c["unclear"]]))
    told = [alt.Tooltip("name:N", title=" "), alt.Tooltip("text:N", title="去年 → 今年" if lang == "zh" else "Last year → now"),
            *(alt.Tooltip(f"{name}:Q", format="+.2f", title=title) for name, title in
              (("difference", "差" if lang == "zh" else "Difference"), ("lo", "95% 下限" if lang == "zh" else "95% low"), ("hi", "95% 上限" if lang == "zh" else "95% high"))),
            alt.Tooltip("base:Q", format=",", title="客户月" if lang == "zh" else "Customer-months")]
    rows, axis = alt.Chart(frame), alt.Axis(title=None, tickCount=5, format="+.1f" if room > 0.5 else "+.2f")
    nought = alt.Chart(pd.DataFrame({"difference": [0.0]}))
    layers = [
        nought.mark_rule(color=c["faint"], strokeDash=[2, 3]).encode(x=alt.X("difference:Q", scale=scale)),
        rows.mark_rule(strokeWidth=2.5, opacity=0.45).encode(y=y, x=alt.X("lo:Q", scale=scale, axis=axis), x2=alt.X2("hi:Q"), color=colour),
        rows.mark_point(filled=True, size=62, opacity=1, strokeWidth=1.5).encode(
            y=y, x=alt.X("difference:Q", scale=scale), stroke=colour, tooltip=told,
            fill=alt.condition(f"datum.base < {few}", alt.value(c["background"]), colour)),
        rows.mark_text(align="right", fontSize=11, color=c["muted"]).encode(y=y, x=alt.XValue("width"), text=alt.Text("text:N")),
    ]
    return dress(alt.layer(*layers, height=22 * len(order) + 30), theme)
