"""The charts of who stands where: the funnel of cities, points lost by item, groups side by side."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

from sqm.charts.base import dress, tips, width
from sqm.tokens import palette

#: Pixels of the funnel's plot, for which names are kept apart; on a wider one there is more room.
_WIDE = 480


def funnel(cities: pd.DataFrame, curve: pd.DataFrame, theme: str, lang: str, whole_label: str, *, chosen: str = "", height: int = 300) -> Any:
    """Scores against visits inside their limits: coloured and bold beyond the outer ones, hollow where the base is too small.

    ``cities``: city, name, value, lo, hi, base, whole, outside. ``curve``: base, lower, upper, lower_outer, upper_outer.
    """
    c = palette(theme)
    low = float(min([cities["value"].min(), *curve["lower_outer"].tail(1)])) - 3
    high = min(float(max([cities["value"].max(), *curve["upper_outer"].tail(1)])) + 5, 101.0)
    first = float(min([cities["base"].min(), *curve["base"].head(1)]))
    last = float(max([cities["base"].max(), *curve["base"].tail(1)]))
    room = (last - first or 1.0) * 0.08
    scale_x = alt.Scale(domain=[first - room / 2, last + room], nice=False, zero=False)
    scale_y = alt.Scale(domain=[low, high], nice=False, zero=False)
    x = alt.X("base:Q", scale=scale_x, axis=alt.Axis(title="走访次数" if lang == "zh" else "Visits", grid=False, tickCount=6))
    y = alt.Y("value:Q", scale=scale_y, axis=alt.Axis(title=None, tickCount=5))
    inks = {"worse": c["worse"], "better": c["better"]}
    data = cities.assign(ink=cities["outside"].map(inks).fillna(c["muted"]), face=cities["outside"].map(inks).fillna(c["muted"]))
    data["face"] = data["face"].where(data["outside"] != "small", c["background"])
    data["rim"] = data["ink"].where(data["city"] != chosen, c["accent"])
    sure = data[data["outside"] != "small"]
    data = _named(data, (first - room / 2, last + room), (low, high), height)
    layers: list[Any] = []
    if len(curve):
        for under, over, opacity in (("lower_outer", "upper_outer", 0.45), ("lower", "upper", 0.9)):
            layers.append(alt.Chart(curve).mark_area(color=c["band"], opacity=opacity, clip=True).encode(
                x=x, y=alt.Y(f"{under}:Q", title=None, scale=scale_y), y2=f"{over}:Q"))
    whole = pd.DataFrame({"value": [float(cities["whole"].iloc[0])], "base": [last + room], "text": [whole_label]})
    layers.append(alt.Chart(whole).mark_rule(color=c["muted"]).encode(y=y))
    layers.append(alt.Chart(whole).mark_text(align="right", dy=-7, color=c["muted"], fontSize=11).encode(x=x, y=y, text=alt.Text("text:N")))
    told = tips(lang, alt.Tooltip("name:N", title=" "))
    layers.append(alt.Chart(sure).mark_rule(strokeWidth=1.5, opacity=0.45, clip=True).encode(
        x=x, y=alt.Y("lo:Q", title=None, scale=scale_y), y2=alt.Y2("hi:Q"), color=alt.Color("ink:N", scale=None)))
    layers.append(alt.Chart(data).mark_point(filled=True, size=60, strokeWidth=1.5, opacity=1).encode(
        x=x, y=y, fill=alt.Fill("face:N", scale=None), stroke=alt.Stroke("rim:N", scale=None), tooltip=told))
    for (side, bold), rows in data[data["side"] != ""].groupby(["side", data["outside"].isin(inks)]):
        align, dx, dy = _SIDES[str(side)]
        layers.append(alt.Chart(rows).mark_text(align=align, dx=dx, dy=dy, fontSize=12 if bold else 11, fontWeight="bold" if bold else "normal").encode(
            x=x, y=y, text=alt.Text("name:N"), color=alt.Color("ink:N", scale=None), tooltip=told))
    return dress(alt.layer(*layers, height=height), theme)


_SIDES: dict[str, tuple[Any, int, int]] = {"right": ("left", 8, 0), "left": ("right", -8, 0), "above": ("center", 0, -12), "below": ("center", 0, 12)}


def _named(data: pd.DataFrame, xs: tuple[float, float], ys: tuple[float, float], height: int) -> pd.DataFrame:
    """``data`` with the side of its dot on which a name has room, "" where none has: hovering tells it. Those outside come first."""
    px = (data["base"] - xs[0]) / (xs[1] - xs[0]) * _WIDE
    py = (ys[1] - data["value"]) / (ys[1] - ys[0]) * height
    taken = [(x - 6, x + 6, y - 6, y + 6) for x, y in zip(px, py, strict=True)]
    sides = pd.Series("", index=data.index)
    for i in sorted(data.index, key=lambda i: data.at[i, "outside"] == ""):
        x, y, wide = px[i], py[i], 6.2 * width(data.at[i, "name"]) + 4
        boxes = {"right": (x + 7, x + 7 + wide, y - 7, y + 7), "left": (x - 7 - wide, x - 7, y - 7, y + 7),
                 "above": (x - wide / 2, x + wide / 2, y - 19, y - 6), "below": (x - wide / 2, x + wide / 2, y + 6, y + 19)}
        for side, box in boxes.items():
            free = all(box[1] < o[0] or o[1] < box[0] or box[3] < o[2] or o[3] < box[2] for o in taken)
            if free and box[0] > 0 and box[1] < _WIDE + 40:
                sides[i] = side
                taken.append(box)
                break
    return data.assign(side=sides)


def pareto(items: pd.DataFrame, theme: str, lang: str, *, row: int = 24) -> Any:
    """Points lost by item as bars, most first; at their end the share of all lost, and the shares so far.

    ``items``: name, lost, share, up_to, value, lo, hi, base.
    """
    c, zh = palette(theme), lang == "zh"
    data = items.assign(text=[f"{share:.1f}%" for share in items["share"]], so_far=[f"{up_to:.0f}%" for up_to in items["up_to"]])
    most = float(data["share"].max())
    y = alt.Y("name:N", sort=list(data["name"]),
              axis=alt.Axis(title=None, grid=False, labelColor=c["text"], labelFontSize=12, labelLimit=190))
    scale = alt.Scale(domain=[0, most * 1.32], nice=False)
    x = alt.X("share:Q", scale=scale, axis=None)
    told = [alt.Tooltip("name:N", title=" "), alt.Tooltip("lost:Q", format=",.0f", title="失分（权重×分）" if zh else "Points lost (weighted)"),
            alt.Tooltip("text:N", title="占全部失分" if zh else "Share of all lost"), alt.Tooltip("so_far:N", title="累计" if zh else "So far"),
            *tips(lang)[1:]]
    plot = alt.Chart(data).encode(y=y, x=x, tooltip=told)
    end = alt.Chart(data.assign(at=most * 1.32)).encode(y=y, x=alt.X("at:Q", scale=scale, axis=None), text=alt.Text("so_far:N"))
    return dress(
        alt.layer(
            plot.mark_bar(height=row * 0.5, color=c["unclear"], opacity=0.75),
            plot.mark_text(align="left", dx=6, color=c["text"], fontSize=12).encode(text=alt.Text("text:N")),
            end.mark_text(align="right", color=c["muted"], fontSize=11),
        ).properties(height=row * len(data) + 8),
        theme,
    )


def beside(groups: pd.DataFrame, theme: str, lang: str, few: int, *, row: int = 40) -> Any:
    """Scores of groups under each other as dots with intervals; hollow, without one, under ``few`` stores.

    ``groups``: name, value, lo, hi, base, stores, text.
    """
    c = palette(theme)
    data = groups.assign(face=[c["background"] if stores < few else c["text"] for stores in groups["stores"]])
    data["lo"], data["hi"] = (data[side].where(data["stores"] >= few) for side in ("lo", "hi"))
    low, high = float(data[["lo", "value"]].min(axis=None)) - 2, float(data[["hi", "value"]].max(axis=None))
    scale = alt.Scale(domain=[low, high + 2], nice=False, zero=False)
    y = alt.Y("name:N", sort=list(data["name"]), scale=alt.Scale(paddingOuter=0.45),
              axis=alt.Axis(title=None, grid=False, labelColor=c["text"], labelFontSize=12, labelLimit=190))
    x = alt.X("value:Q", scale=scale, axis=alt.Axis(title=None, tickCount=4))
    told = tips(lang, alt.Tooltip("name:N", title=" "))
    plot = alt.Chart(data)
    return dress(
        alt.layer(
            plot.mark_rule(strokeWidth=2.5, opacity=0.35, color=c["text"]).encode(y=y, x=alt.X("lo:Q", title=None, scale=scale), x2=alt.X2("hi:Q")),
            plot.mark_point(filled=True, size=60, opacity=1, stroke=c["text"], strokeWidth=1.5).encode(
                y=y, x=x, fill=alt.Fill("face:N", scale=None), tooltip=told),
            plot.mark_text(dy=-11, color=c["muted"], fontSize=11).encode(y=y, x=x, text=alt.Text("text:N")),
        ).properties(height=row * len(data) + 22),
        theme,
    )
