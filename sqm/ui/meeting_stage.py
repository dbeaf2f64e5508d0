"""The shared screen of a meeting: one slide at a time in large type, keys and clock, marks to choose, an action or a decision where the number is."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from sqm import metrics, minutes, presented, saying
from sqm.i18n import margin, number, t
from sqm.meeting import Action, Figure, Meeting, Point, Slide, slides
from sqm.presented import Restated
from sqm.ui import meeting_words as words
from sqm.ui import results
from sqm.ui.filters import Filters
from sqm.ui.imports import afterwards
from sqm.ui.memory import drawn, remembered

PRESENT, SLIDE = "present", "slide"
#: What the presenter asked for with a key: "action" or "decision".
ASK = "stage_ask"
_MARKS, _BEGAN = "stage_marks", "stage_began"
#: So many lines of a list fit under each other; so many figures that have changed are named.
MOST_LINES, MOST_CHANGED = 8, 2
_WIDE = 1180.0
_FOLDER = Path(__file__).parent
_mount = st.components.v2.component(
    "sqm_stage",
    html='<div class="stage"><div class="clock" role="timer"><i><i></i></i><b></b><span></span></div><div class="foot"><div class="segments"></div>'
    '<div class="next"></div><div class="hints"></div></div><div class="blank" hidden></div></div>',
    css=(_FOLDER / "stage.css").read_text(encoding="utf-8"),
    js=(_FOLDER / "stage.mjs").read_text(encoding="utf-8"),
)
STYLE = """<style>
.stApp header[data-testid="stHeader"],.stApp [data-testid="stSidebar"],.stApp .st-key-head{display:none}
.stApp .stMainBlockContainer{padding:30px 48px 56px}.stApp [data-testid="stVerticalBlock"]{gap:8px}
.stage-top{font-size:17px;line-height:26px;color:var(--sqm-muted);padding-right:340px}.stage-top b{color:var(--sqm-text);margin-right:14px}
.stApp h1.sqm-finding{font-size:36px;line-height:46px;font-weight:700;margin:0;padding:2px 0 4px;text-wrap:balance}
.stage-about{display:flex;flex-wrap:wrap;gap:4px 16px;align-items:center;font-size:17px;line-height:26px;color:var(--sqm-muted)}
.stage-pill{border-radius:16px;padding:2px 15px;font-weight:700;background:var(--sqm-unclear-tint);color:var(--sqm-muted);white-space:nowrap}
.stage-pill.worse{background:var(--sqm-worse-tint);color:var(--sqm-worse)}.stage-pill.better{background:var(--sqm-better-tint);color:var(--sqm-better)}
.stage-mark{margin-left:auto;color:var(--sqm-accent);font-weight:700}
.stage-line{font-size:17px;line-height:26px;color:var(--sqm-muted)}.stage-line b{color:var(--sqm-text);margin-right:12px}
.stage-ask{border-left:4px solid var(--sqm-accent);padding:5px 0 5px 15px;font-size:20px;line-height:28px;font-weight:700}
.stage-changed{background:var(--sqm-worse-tint);color:var(--sqm-text);border-radius:9px;padding:7px 15px;font-size:16px;line-height:24px}
.stage-list{display:grid;grid-template-columns:44px minmax(0,1fr) auto 190px 56px;border-top:1px solid var(--sqm-line)}
.stage-list > *{padding:9px 14px 9px 0;border-bottom:1px solid var(--sqm-line);min-height:64px;box-sizing:border-box;display:flex;flex-direction:column;justify-content:center}
.stage-list.dense > *{min-height:54px;padding:3px 14px 3px 0}
.stage-list .n{font-size:20px;font-weight:700;color:var(--sqm-muted)}.stage-list .n.ask{color:var(--sqm-accent)}
.stage-list .what b{font-size:20px;line-height:27px}
.stage-list .what span{font-size:16px;line-height:23px;color:var(--sqm-muted);overflow:hidden;text-overflow:ellipsis;white-space:nowrap}
.stage-list .whose,.stage-list .min{font-size:17px;color:var(--sqm-muted)}.stage-list .min{text-align:right;padding-right:0}
.stage-list .stage-pill{font-size:17px;align-self:flex-start}
.stage-boxes{display:flex;gap:4px;margin:4px 0 10px}
.stage-boxes span{height:34px;line-height:34px;border-radius:6px;background:var(--sqm-sunken);color:var(--sqm-muted);
 padding:0 10px;font-size:15px;min-width:0;overflow:hidden;white-space:nowrap;
 text-overflow:ellipsis}.stage-boxes span.ask{background:var(--sqm-accent);color:var(--sqm-background);font-weight:700}
[data-testid="stDialog"] [role="dialog"]{margin-left:48px;margin-right:auto}
[data-testid="stDialog"] label p{font-size:16px}.stApp .st-key-stage_keys{position:absolute;height:0}
</style>"""


def slides_of(filters: Filters, called: Meeting) -> tuple[Slide, ...]:
    """What the meeting showed when it was opened, or would show now; and the minutes, as they stand."""
    held = minutes.shown(filters.engine, called.id)
    book = minutes.all_actions(filters.engine)
    made = held.slides if held else slides.from_plain(_preview(filters, called, tuple(book)))
    return (*made, presented.written(called, book, words.today()))


@remembered
def _preview(filters: Filters, called: Meeting, book: tuple[Action, ...]) -> list[dict[str, Any]]:
    """``book``: the actions as they are; what is shown of them follows."""
    return slides.to_plain(presented.compose(filters.engine, called, words.today()))


@remembered
def changed_of(filters: Filters, meeting_id: str) -> list[Restated]:
    """The figures of a meeting that are others today."""
    held = minutes.shown(filters.engine, meeting_id)
    return presented.restated(filters.engine, held) if held else []


def show(filters: Filters, called: Meeting) -> Slide:
    """The slide that the address names, with everything around it. Returns it."""
    made = slides_of(filters, called)
    at = _at(len(made))
    slide = made[at]
    st.html(STYLE)
    changed = [one for one in changed_of(filters, called.id) if one.shown.question in {figure.question for figure in slide.figures}]
    st.html(_head(filters, called, slide, made))
    marks = [point for point in slide.points if point.series == "own"]
    chosen = mark_of(slide)
    if slide.kind in ("trend", "cities") and marks:
        _chart(filters, slide, chosen, len(changed))
    elif slide.lines:
        st.html(_list(filters, called, slide))
    if under := _foot(filters, slide, changed, called):
        st.html(under)
    _keys(filters, called, made, at, bool(marks))
    return slide


def mark_of(slide: Slide) -> Point | None:
    """The point that is chosen on a slide."""
    own = [point for point in slide.points if point.series == "own"]
    chosen = st.session_state.get(_MARKS, {}).get(slide.id)
    return next((point for point in own if point.figure.question == chosen), None)


def _at(count: int) -> int:
    told = st.query_params.get(SLIDE, "0")
    return min(max(int(told), 0), count - 1) if told.isdigit() else 0


def _head(filters: Filters, called: Meeting, slide: Slide, made: Sequence[Slide]) -> str:
    lang = filters.lang
    if slide.kind == "agenda" or not slide.item:
        came, asked = len(called.came), len(called.attendance)
        there = t("meeting.came", lang, n=came, of=asked) if asked else ""
        top = f"<b>{escape(words.named(filters, called))}</b>{escape(words.day(called, lang))}　{escape(there)}"
        boxes = _boxes(called, lang) if slide.kind == "agenda" else ""
    else:
        place = [item.id for item in called.items].index(slide.item) + 1 if slide.item in {item.id for item in called.items} else 0
        owner = results.labels(filters, "departments").get(slide.owner, slide.owner)
        top, boxes = f"<b>{escape(t('meeting.item_of', lang, n=place, of=len(called.items)))}</b>{escape(owner)}", ""
    if called.state == "planned":
        top += f'　<span class="stage-pill">{escape(t("meeting.preview", lang))}</span>'
    pill = f'<span class="stage-pill {escape(slide.verdict)}">{words.SIGN.get(slide.verdict, "")}{escape(slide.word.get(lang))}</span>' if slide.word else ""
    chosen = mark_of(slide)
    told = f'<span class="stage-mark">{escape(mark_said(filters, chosen))}</span>' if chosen else ""
    about = f'<div class="stage-about">{pill}<span>{escape(slide.about.get(lang))}</span>{told}</div>' if pill or slide.about or told else ""
    return f'<div class="stage-top">{top}</div><h1 class="sqm-finding">{escape(slide.title.get(lang))}</h1>{boxes}{about}'


def mark_said(filters: Filters, point: Point) -> str:
    """A point in words: its name, value, interval and base."""
    figure = point.figure
    based = results.based({"base": figure.base}, figure.metric, filters.lang) if figure.metric in metrics.CATALOGUE else number(figure.base)
    return f"{point.name.get(filters.lang)}  {figure_said(figure)} · {based}"


def figure_said(figure: Figure) -> str:
    """A value with its interval, as every page writes them."""
    if figure.value is None:
        return "–"
    digits = saying.digits_of(figure.metric, figure.value)
    return f"{number(figure.value, digits)} {margin(figure.value, figure.lo, figure.hi, digits)}".strip()


def _boxes(called: Meeting, lang: str) -> str:
    cells = "".join(
        f'<span class="{"ask" if item.ask else ""}" style="flex:{item.minutes} 1 0" title="{escape(item.title.get(lang))}">{escape(item.title.get(lang))}</span>'
        for item in called.items
    )
    return f'<div class="stage-boxes">{cells}</div>' if cells else ""


def _list(filters: Filters, called: Meeting, slide: Slide) -> str:
    lang, owners = filters.lang, results.labels(filters, "departments")
    asked = {item.title.get(lang) for item in called.items if item.ask}
    cells = []
    for n, line in enumerate(slide.lines[:MOST_LINES], 1):
        pill = f'<span class="stage-pill {escape(line.verdict)}">{words.SIGN.get(line.verdict, "")}{escape(line.word.get(lang))}</span>' if line.word else ""
        more = f"<span>{escape(line.more.get(lang))}</span>" if line.more else ""
        cells.append(
            f'<div class="n{" ask" if line.what.get(lang) in asked else ""}">{n}</div><div class="what"><b>{escape(line.what.get(lang))}</b>{more}</div><div>{pill}</div>'
            f'<div class="whose">{escape(owners.get(line.owner, line.owner))}</div><div class="min">{f"{line.minutes}′" if line.minutes else ""}</div>'
        )
    rest = len(slide.lines) - MOST_LINES
    told = f'<div class="stage-line">{escape(t("meeting.more_lines", lang, n=rest))}</div>' if rest > 0 else ""
    return f'<div class="stage-list{" dense" if len(slide.lines) > 6 else ""}">{"".join(cells)}</div>{told}'


def _foot(filters: Filters, slide: Slide, changed: Sequence[Restated], called: Meeting) -> str:
    lang, said = filters.lang, []
    held = minutes.shown(filters.engine, called.id)
    if held is not None and not held.whole:
        said.append(f'<div class="stage-changed">{escape(t("meeting.not_whole", lang))}</div>')
    if changed:
        told = "；".join(_changed(filters, one) for one in changed[:MOST_CHANGED])
        rest = t("meeting.changed_more", lang, n=len(changed) - MOST_CHANGED) if len(changed) > MOST_CHANGED else ""
        said.append(f'<div class="stage-changed" role="status">{escape(told)} {escape(rest)}</div>')
    if slide.evidence:
        label = f"<b>{escape(t('meeting.evidence', lang))}</b>" if slide.item else ""
        said.append(f'<div class="stage-line">{label}{escape(slide.evidence.get(lang))}</div>')
    if slide.ask:
        said.append(f'<div class="stage-ask">{escape(t("meeting.to_decide", lang, ask=slide.ask.get(lang)))}</div>')
    return "".join(said)


def _changed(filters: Filters, one: Restated) -> str:
    lang = filters.lang
    first, last = one.shown.first, one.shown.last
    months = first if first == last else f"{first} – {last}"
    city = results.labels(filters, "city").get(one.shown.of("city"), one.shown.of("city"))
    why = [t("meeting.because_undone" if gone else "meeting.because_loaded", lang, file=file, who=who, at=at) for file, who, at, gone in one.batches[:1]]
    why += [t("meeting.because_redefined", lang)] if one.redefined else []
    reason = ("，" if lang == "zh" else ", ").join(why) or t("meeting.because_settings", lang)
    return t("meeting.changed", lang, what=" ".join(filter(None, (city, months))), shown=figure_said(one.shown), now=figure_said(one.now), why=reason)


def _height(slide: Slide, lang: str, changed: int) -> int:
    """Pixels left for the chart at 1280 × 720, after every line of text that the slide takes."""

    def lines(text: str, letter: float, before: float = 0.0) -> int:
        wide = sum(2 if ord(sign) > 0x2E7F else 1 for sign in text)
        return math.ceil((wide * letter + before) / _WIDE) if text else 0

    title, about = lines(slide.title.get(lang), 18.5), lines(slide.about.get(lang), 8.4, 190 if slide.word else 0)
    under = 26 * lines(slide.evidence.get(lang), 8.4, 90) + 46 * bool(slide.ask) + (22 + 48 * min(changed, MOST_CHANGED) if changed else 0)
    return max(200, 520 - 46 * title - 28 * about - under)


def drawing_of(filters: Filters, slide: Slide, chosen: Point | None, theme: str, height: int) -> dict[str, Any]:
    """The chart of a slide; empty where it has none."""
    own, whole = (_frame([point for point in slide.points if point.series == series], filters.lang) for series in ("own", "whole"))
    if own.empty or slide.kind not in ("trend", "cities"):
        return {}
    stage, lang, metric = afterwards("sqm.charts.stage"), filters.lang, slide.points[0].figure.metric
    largest = max(abs(float(own["value"].max())), 1e-9)
    more = {
        "goal_name": slide.goal_name.get(lang),
        "chosen": chosen.figure.question if chosen else "",
        "digits": saying.digits_of(metric, largest),
        "small": metrics.CATALOGUE[metric].few if metric in metrics.CATALOGUE else 0,
        "height": height,
    }
    if slide.kind == "cities":
        return drawn(stage.cities, own, theme, goal=slide.goal or 0.0, **more)
    names = slide.own.get(lang) or own_name(filters, slide), slide.whole.get(lang) or t("meeting.whole", lang)
    since = f"{slide.since}-01" if slide.since else ""
    return drawn(stage.trend, own, whole, theme, lang, names=names, goal=slide.goal, since=since, done=slide.done.get(lang), **more)


def _chart(filters: Filters, slide: Slide, chosen: Point | None, changed: int) -> None:
    drawing = drawing_of(filters, slide, chosen, filters.theme, _height(slide, filters.lang, changed))
    if not drawing:
        return
    key = f"stage_chart_{slide.id}_{len(st.session_state.get(_MARKS, {}).get(slide.id, ''))}"

    def picked() -> None:
        stage = afterwards("sqm.charts.stage")
        found = (st.session_state.get(key) or {}).get("selection", {}).get(stage.PICK, [])
        if found:
            _choose(slide, str(found[0].get(stage.KEY, "")))

    st.vega_lite_chart(spec=drawing, width="stretch", theme=None, alt=slide.title.get(filters.lang), key=key, on_select=picked)


def own_name(filters: Filters, slide: Slide) -> str:
    """What the line of a slide is called: its city or store, where it has one."""
    one = slide.points[0].figure
    for split in ("store", "city"):
        if place := one.of(split):
            return results.labels(filters, split).get(place, place)
    return ""


def _frame(points: Sequence[Point], lang: str) -> pd.DataFrame:
    rows = [
        {
            "name": point.name.get(lang),
            "month": f"{point.figure.last}-01",
            "value": point.figure.value,
            "lo": point.figure.lo,
            "hi": point.figure.hi,
            "base": point.figure.base,
            "verdict": point.verdict,
            "key": point.figure.question,
        }
        for point in points
        if point.figure.value is not None
    ]
    frame = pd.DataFrame(rows, columns=["name", "month", "value", "lo", "hi", "base", "verdict", "key"])
    return frame.astype({"value": float, "lo": float, "hi": float})


def _choose(slide: Slide, question: str) -> None:
    marks = st.session_state.setdefault(_MARKS, {})
    marks[slide.id] = "" if marks.get(slide.id) == question else question


def _keys(filters: Filters, called: Meeting, made: Sequence[Slide], at: int, marks: bool) -> None:
    lang, slide = filters.lang, made[at]
    key = f"stage_keys_{called.id}"
    began = st.session_state.setdefault(_BEGAN, {}).setdefault((called.id, slide.item), round(time.time() * 1000))
    coming = made[at + 1] if at + 1 < len(made) else None
    box = next((item.minutes for item in called.items if item.id == slide.item), 0) if called.state == "open" or slide.item else 0

    def told(name: str) -> Any:
        return (st.session_state.get(key) or {}).get(name)

    def gone() -> None:
        if isinstance(to := told("go"), int | float):
            st.query_params[SLIDE] = str(min(max(int(to), 0), len(made) - 1))

    def stepped() -> None:
        if (step := told("mark")) in (1, -1) and marks:
            own = [point.figure.question for point in slide.points if point.series == "own"]
            now = st.session_state.get(_MARKS, {}).get(slide.id, "")
            place = own.index(now) + int(step) if now in own else (0 if slide.kind == "cities" else len(own) - 1)
            st.session_state.setdefault(_MARKS, {})[slide.id] = own[place % len(own)]

    def asked() -> None:
        what = told("ask")
        if what == "leave":
            st.query_params.pop(PRESENT, None)
            st.query_params.pop(SLIDE, None)
        elif what in ("action", "decision"):
            st.session_state[ASK] = what

    data = {
        "at": at,
        "slides": [{"title": one.title.get(lang), "minutes": one.minutes} for one in made],
        "began": began,
        "minutes": box,
        "marks": marks,
        "writes": called.state == "open" and filters.person.may("edit"),
        "next": {"title": "" if coming is None else coming.title.get(lang) if coming.item or coming.id == "agenda" else t("meeting.key_minutes_slide", lang)},
        "words": {name: t(f"meeting.key_{name}", lang) for name in ("next", "back", "turn", "action", "decision", "blank", "leave", "minutes")},
    }
    with st.container(key="stage_keys"):
        _mount(key=key, data=data, on_go_change=gone, on_mark_change=stepped, on_ask_change=asked)


def alone() -> bool:
    """Whether the address asks for the shared screen."""
    return st.query_params.get(PRESENT) == "1"
