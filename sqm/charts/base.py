"""What every chart has in common: theme, number formats, the trend with its interval."""

from __future__ import annotations

import threading
from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from sqm.tokens import FONT, palette
from sqm.verdicts import FEW_ANSWERS


def dress(chart: Any, theme: str, **more: Any) -> Any:
    """``chart`` itself, put into the app's type and colours, on a transparent ground."""
    c = palette(theme)
    # Put in place: Altair's own ``configure`` copies the whole drawing for each part.
    chart.config = alt.Config(
        background="transparent", font=FONT, padding={"left": 2, "right": 2, "top": 4, "bottom": 2},
        view=alt.ViewConfig(stroke=None),
        axis=alt.AxisConfig(domain=False, ticks=False, grid=True, gridColor=c["line"], labelColor=c["muted"], titleColor=c["muted"],
                            labelFontSize=11, titleFontSize=11, titleFontWeight="normal", labelPadding=6),
        legend=alt.LegendConfig(disable=True),
        header=alt.HeaderConfig(labelColor=c["text"], labelFontSize=12, labelFontWeight="bold", title=None),
        **more,
    )  # fmt: skip
    return chart


def either(channel: Any, test: str, yes: Any, no: Any) -> Any:
    """An encoding of two constants: ``channel`` is Altair's class for a value (``alt.FillValue``). ``alt.condition`` takes ten times as long."""
    return channel(no, condition={"test": test, "value": yes})


#: Pixels from one line of text to the next.
LINE = 15.0
#: Pixels of a plot on a projector, for which names are kept apart; on a wider one there is more room.
NARROW = 600
#: Whether drawings are checked against the schema of Vega-Lite: by the tests; at run time it would take half the time.
CHECKED = False
HALF_A_MONTH = pd.Timedelta(days=15)
_converting = threading.Lock()


def spec(chart: Any) -> dict[str, Any]:
    """The Vega-Lite of a chart with its frames, as they are, under ``datasets``."""
    names: dict[int, str] = {}
    frames: dict[str, pd.DataFrame] = {}

    def keep(data: Any = None) -> Any:
        if not isinstance(data, pd.DataFrame):
            return data
        name = names.setdefault(id(data), f"rows-{len(names)}")
        frames[name] = data
        return {"name": name}

    # Altair's settings belong to the whole process.
    with _converting, alt.theme.enable("none"):
        alt.data_transformers.register("beside", keep)
        with alt.data_transformers.enable("beside"):
            made = chart.to_dict(validate=CHECKED)
    return {**made, "datasets": {**made.get("datasets", {}), **frames}}


def shades(frame: pd.DataFrame) -> pd.Series:
    """How strongly each row is coloured, from its ``verdict`` and ``strong``: "worse_strong", "worse_mid", "unclear" …"""
    sure = frame["verdict"].isin(["better", "worse"])
    return frame["verdict"].where(~sure, frame["verdict"] + np.where(frame["strong"], "_strong", "_mid"))


def month_axis(lang: str, count: int = 6, months: pd.Series | None = None) -> alt.Axis:
    """A time axis that names years at January and months between."""
    ticks = None
    if months is not None:
        several = sorted(set(pd.to_datetime(months)))
        step = max(1, round(len(several) / count))
        ticks = [m.isoformat() for m in several if step == 1 or (m.month - 1) % (3 if step < 5 else 6) == 0]
    words = "timeFormat(datum.value, '%Y') + '年'" if lang == "zh" else "timeFormat(datum.value, '%Y')"
    short = "timeFormat(datum.value, '%-m') + '月'" if lang == "zh" else "timeFormat(datum.value, '%b')"
    return alt.Axis(
        title=None,
        grid=False,
        **({"tickCount": count} if ticks is None else {"values": ticks}),
        labelFlush=False,
        labelExpr=f"month(datum.value) == 0 ? {words} : {short}",
    )


def domain(frame: pd.DataFrame, *more: float, pad: float = 0.12) -> list[float]:
    """Limits that hold all values and intervals, and whatever else must be seen."""
    low = min([frame["lo"].min(), frame["value"].min(), *more])
    high = max([frame["hi"].max(), frame["value"].max(), *more])
    room = (high - low) * pad or 1.0
    return [float(low - room), float(high + room)]


def trend(
    frame: pd.DataFrame,
    theme: str,
    lang: str,
    *,
    label: str = "",
    target: float | None = None,
    target_label: str = "",
    events: pd.DataFrame | None = None,
    height: int = 200,
    tooltip: list | None = None,
    small: int = FEW_ANSWERS,
) -> Any:
    """A line with its 95 % band. ``frame``: month, value, lo, hi, base. The end is named ``label``; ``events``: on, name, which
    stand in a lane of their own above the plot of so much ``height``, and perhaps kind: at a "break" the line is cut.

    Months whose base is under ``small`` are hollow. With lower, upper and signal, as ``signals.controlled`` gives them, the limits
    are drawn, and months beyond them are marked.
    """
    c = palette(theme)
    data = frame.assign(month=pd.to_datetime(frame["month"]))
    data, part = _parted(data, events)
    last = data.iloc[[-1]]
    first, end = data["month"].min(), data["month"].max()
    span = max((end - first).days, 60)
    scale_x = alt.Scale(domain=[first.isoformat(), (end + pd.Timedelta(days=span * 0.14)).isoformat()])
    wanted = [target] if target is not None else []
    x = alt.X("month:T", scale=scale_x, axis=month_axis(lang, months=data["month"]))
    held = "lower" in data and data["lower"].notna().any()
    limits = domain(data, *wanted, *([data["lower"].min(), data["upper"].max()] if held else []))
    shown = _within(events, first, end)
    placed, lane = _in_lanes(shown, first, span)
    y = alt.Y("value:Q", scale=alt.Scale(domain=limits, nice=False, range=[alt.ExprRef("height"), lane]), axis=alt.Axis(title=None, tickCount=4))
    named: list[Any] = []
    layers = [
        alt.Chart(data)
        .mark_area(color=c["band"], opacity=1)
        .encode(x=x, y=alt.Y("lo:Q", title=None, scale=y["scale"]), y2=alt.Y2("hi:Q"), **part),
    ]
    if target is not None:
        rule = pd.DataFrame({"value": [target], "name": [target_label], "month": [last["month"].iloc[0]]})
        layers.append(
            alt.Chart(rule).mark_rule(color=c["muted"], strokeDash=[2, 3]).encode(y=alt.Y("value:Q", scale=y["scale"]))
        )
        beside = apart((float(last["value"].iloc[0]) - target) / (limits[1] - limits[0]) * height)
        layers.append(
            alt.Chart(rule)
            .mark_text(align="left", dx=8, dy=beside, color=c["muted"], fontSize=11)
            .encode(x=x, y=y, text=alt.Text("name:N"))
        )
    if len(shown):
        # From the name down, so that no rule crosses a name in a row above.
        layers.append(alt.Chart(placed.drop(columns="text")).mark_rule(color=c["faint"], strokeDash=[2, 2])
                      .encode(x=x, y=alt.Y("level:Q", scale=None, axis=None), y2=alt.Y2Value("height"), tooltip=["name:N", alt.Tooltip("on:T", format="%Y-%m-%d", title=" ")]))
        named = event_names(shown, first, span, x, c)
    if held:
        for side in ("lower", "upper"):
            layers.append(alt.Chart(data).mark_line(color=c["muted"], strokeWidth=1, strokeDash=[6, 4], interpolate="step")
                          .encode(x=x, y=alt.Y(f"{side}:Q", title=None, scale=y["scale"])))  # fmt: skip
    layers += [alt.Chart(data).mark_line(color=c["text"], strokeWidth=1.8).encode(x=x, y=y, **part), *named]
    shown_points = (
        alt.Chart(data)
        .mark_point(filled=True, size=46, strokeWidth=1.4)
        .encode(
            x=x,
            y=y,
            fill=either(alt.FillValue, f"datum.base < {small}", c["background"], c["text"]),
            stroke=either(alt.StrokeValue, f"datum.base < {small}", c["unclear"], c["text"]),
            opacity=either(alt.OpacityValue, f"datum.base < {small}", 1, 0),
            tooltip=tooltip or tips(lang),
        )
    )
    layers.append(shown_points)
    if held:
        colours = {"worse": c["worse"], "better": c["better"]}
        beyond = data[data["signal"] != ""].assign(ink=lambda rows: rows["signal"].map(colours).fillna(c["text"]))
        layers.append(alt.Chart(beyond).mark_point(filled=True, size=70, opacity=1)
                      .encode(x=x, y=y, color=alt.Color("ink:N", scale=None, legend=None), tooltip=tooltip or tips(lang)))  # fmt: skip
    layers.append(
        alt.Chart(last)
        .mark_point(filled=True, size=60, color=c["text"], opacity=1)
        .encode(x=x, y=y, tooltip=tooltip or tips(lang))
    )
    if label:
        layers.append(
            alt.Chart(last.assign(name=label))
            .mark_text(align="left", dx=8, color=c["text"], fontWeight="bold", fontSize=12)
            .encode(x=x, y=y, text=alt.Text("name:N"))
        )
    return dress(alt.layer(*layers, height=height + lane), theme)


def _parted(data: pd.DataFrame, events: pd.DataFrame | None) -> tuple[pd.DataFrame, dict[str, Any]]:
    """(``data``, the encoding that cuts its line at every break): the month of a break belongs to what comes after it."""
    if events is None or "kind" not in events or not (events["kind"] == "break").any():
        return data, {}
    on = pd.to_datetime(events.loc[events["kind"] == "break", "on"]).dt.to_period("M").dt.to_timestamp()
    return data.assign(part=[int((on <= month).sum()) for month in data["month"]]), {"detail": alt.Detail("part:N")}


def apart(over: float) -> float:
    """Pixels by which the name of a target stands off its line, when the last value lies ``over`` pixels above it (below:
    negative) and has its name beside it: on the other side, and a line of text away.
    """
    return max(9.0, LINE - over) if over >= 0 else -max(8.0, LINE + over)


def _within(events: pd.DataFrame | None, first: pd.Timestamp, end: pd.Timestamp) -> pd.DataFrame:
    """The ``events`` (on, name) of these months in their order, with ``month``, where each stands on the axis."""
    if events is None or events.empty:
        return pd.DataFrame(columns=["on", "name", "month"])
    shown = events.assign(on=pd.to_datetime(events["on"]))
    shown = shown[(shown["on"] >= first) & (shown["on"] <= end)].sort_values("on")
    # A month's point stands on its first day for the whole of it: a day stands as far from its month's middle.
    return shown.assign(month=(shown["on"] - HALF_A_MONTH).clip(lower=first))


def _in_lanes(events: pd.DataFrame, first: pd.Timestamp, span: int) -> tuple[pd.DataFrame, float]:
    """(``events`` with text, level (pixels from the top), late (no room at the right); the pixels that all levels take)."""
    lines = [wrapped(name) for name in events["name"]]
    taken: list[list[tuple[float, float]]] = []
    levels, late = [], []
    for day, two in zip((pd.to_datetime(events["month"]) - first).dt.days, lines, strict=True):
        at, wide = day / (span * 1.14) * NARROW, 6.2 * max(map(width, two)) + 12
        late.append(at + wide > NARROW)
        mine = (at - wide, at) if late[-1] else (at, at + wide)
        level = next((i for i, row in enumerate(taken) if all(mine[1] < low or high < mine[0] for low, high in row)), len(taken))
        taken += [[]] * (level == len(taken))
        taken[level] = [*taken[level], mine]
        levels.append(level)
    tall = [max((len(two) for two, level in zip(lines, levels, strict=True) if level == i), default=1) for i in range(len(taken))]
    placed = events.assign(text=["\n".join(two) for two in lines], level=[6 + 13 * sum(tall[:level]) for level in levels], late=late)
    return placed, 13.0 * sum(tall) + 6.0 if tall else 0.0


def event_names(events: pd.DataFrame, first: pd.Timestamp, span: int, x: Any, c: dict[str, Any]) -> list[Any]:
    """The names of ``events`` (month, name) at the top, in two lines where they are long, with a halo; whole on hover.

    A name stands right of its line, where there is room; names that would meet stand on other levels.
    """
    data, _ = _in_lanes(events, first, span)
    beside = data["late"].astype(bool)
    found = []
    for rows, align, dx in ((data[~beside], "left", 4), (data[beside], "right", -4)):
        if len(rows):
            words = alt.Chart(rows).encode(x=x, y=alt.Y("level:Q", scale=None, axis=None), text=alt.Text("text:N"), tooltip="name:N")
            usual: dict[str, Any] = {"align": align, "dx": dx, "fontSize": 11, "lineBreak": "\n", "lineHeight": 13, "limit": 190}
            found.append(words.mark_text(**usual, stroke=c["background"], strokeWidth=4, strokeJoin="round"))
            found.append(words.mark_text(**usual, color=c["muted"]))
    return found


def width(text: str) -> int:
    """How many letters wide a text is; a Chinese character counts for two."""
    return sum(2 if ord(letter) > 0x2E7F else 1 for letter in text)


def wrapped(name: str, most: int = 26) -> list[str]:
    """The name in one line, or in two about as long where it is wider than ``most`` letters."""
    # Between words, or between Chinese characters, as near to the middle as may be.
    breaks = [i for i in range(1, len(name)) if name[i - 1] == " " or (width(name[i - 1]) == 2 and name[i] not in "，。；：、）”")]
    if width(name) <= most or not breaks:
        return [name]
    middle = min(breaks, key=lambda i: abs(width(name[:i]) - width(name) / 2))
    return [name[:middle].rstrip(), name[middle:]]


def tips(lang: str, *first: alt.Tooltip, digits: int = 1) -> list[alt.Tooltip]:
    """What hovering says of a number: when, value, interval, base."""
    zh = lang == "zh"
    return [
        *(first or (alt.Tooltip("month:T", format="%Y-%m", title="月份" if zh else "Month"),)),
        alt.Tooltip("value:Q", format=f",.{digits}f", title="数值" if zh else "Value"),
        alt.Tooltip("lo:Q", format=f",.{digits}f", title="95% 下限" if zh else "95% from"),
        alt.Tooltip("hi:Q", format=f",.{digits}f", title="95% 上限" if zh else "95% to"),
        alt.Tooltip("base:Q", format=",", title="样本基数" if zh else "Base"),
    ]
