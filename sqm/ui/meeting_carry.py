"""What is taken along from a meeting: slides, one page that opens offline, the numbers as a workbook, the minutes as text."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pandas as pd
import streamlit as st

from sqm import exports, metrics, minutes, saying
from sqm.i18n import number, t
from sqm.meeting import Figure, Meeting, Slide
from sqm.meeting_files import page as pages
from sqm.tokens import palette
from sqm.ui import meeting_stage as stage
from sqm.ui import meeting_words as words
from sqm.ui import results
from sqm.ui.behind import taken
from sqm.ui.clock import local
from sqm.ui.filters import Filters
from sqm.ui.imports import afterwards
from sqm.ui.memory import framed

#: What can be taken along: the end of its name and its type.
KINDS = {
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "html": "text/html",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "txt": "text/plain",
}
#: Files go out in light, whatever the screen is in: they are printed.
THEME = "light"
_MADE = "meeting_carry"
Watch = Callable[[int, int], None]


def take_along(filters: Filters, called: Meeting) -> None:
    """A menu with every way out of a meeting that was opened. A file is made once, with its progress, then offered."""
    lang = filters.lang
    box = st.popover(t("meeting.take", lang), type="tertiary", icon=":material/download:", key="mt_take", on_change="rerun")
    if not box.open:
        return
    made: dict[tuple, bytes] = st.session_state.setdefault(_MADE, {})
    with box, st.container(gap=None):
        for kind in KINDS:
            mark = (kind, called.id, called.seal, lang, len(called.decisions), sum(len(one.history) for one in minutes.all_actions(filters.engine)))
            if mark not in made and st.button(t(f"meeting.make_{kind}", lang), key=f"mt_make_{kind}", type="tertiary"):
                told = st.progress(0.0, t("meeting.making", lang))
                made[mark] = _carried(kind, filters, called, _watch(told, t("meeting.making", lang)))
                told.empty()
            if mark in made:
                _button(kind, filters, called, mark)


def _watch(told: Any, text: str) -> Watch:
    return lambda n, of: told.progress(n / of, text)


def _button(kind: str, filters: Filters, called: Meeting, mark: tuple) -> None:
    named = re.sub(r"[^\w\u3400-\u9fff-]+", "_", f"{words.named(filters, called)}_{called.on:%Y-%m-%d}").strip("_")
    about = {"meeting": called.id}
    st.download_button(
        t(f"meeting.take_{kind}", filters.lang),
        taken(filters, "meeting", about, kind, lambda: _made(mark)),
        f"{named}.{kind}",
        KINDS[kind],
        key=f"mt_take_{kind}",
        on_click="ignore",
    )


def _made(mark: tuple) -> bytes:
    return st.session_state[_MADE][mark]


def _carried(kind: str, filters: Filters, called: Meeting, watch: Watch | None = None) -> bytes:
    lang, made, stamp = filters.lang, stage.slides_of(filters, called), stamp_of(filters, called)
    owners = results.labels(filters, "departments")
    if kind == "txt":
        return text_of(filters, called, made, stamp).encode("utf-8-sig", "replace")
    if kind == "xlsx":
        return exports.sheets(tables_of(filters, made, stamp), watch)
    said = {name: t(f"meeting.file_{name}", lang) for name in ("own", "whole", "lo", "hi", "numbers")} | {"decide": t("meeting.to_decide", lang, ask="{ask}")}
    if kind == "pptx":
        deck = afterwards("sqm.meeting_files.deck")
        return deck.deck(made, lang, palette(THEME), said, owners, stamp, lambda slide: [line for row in rows_of(filters, slide)[1:] for line in [" · ".join(row)]], watch)
    heading = f"{words.named(filters, called)} {words.day(called, lang)}"
    return pages.page(made, lang, palette(THEME), said, owners, heading, stamp, lambda slide: _drawing(filters, slide), lambda slide: rows_of(filters, slide), watch)


def _drawing(filters: Filters, slide: Slide) -> str:
    spec = stage.drawing_of(filters, slide, None, THEME, 380)
    return exports.vector(framed(spec), THEME) if spec else ""


def stamp_of(filters: Filters, called: Meeting) -> str:
    """Where a file comes from: the meeting, the state of the data that was shown, its hash and when."""
    held = minutes.shown(filters.engine, called.id)
    at = f"{local(pd.Timestamp(held.at).to_pydatetime()):%Y-%m-%d %H:%M}" if held else "–"
    sample = t("frame.sample", filters.lang) if filters.freshness.get("sample") else ""
    frozen = t("meeting.frozen_at", filters.lang, version=called.version, seal=called.seal[:8])
    return " · ".join(filter(None, ("SQM", words.named(filters, called), words.day(called, filters.lang), frozen, at, sample)))


def rows_of(filters: Filters, slide: Slide) -> list[list[str]]:
    """The numbers of a slide as rows of text under their heading: what, months, value with interval, base."""
    heads = [t(f"meeting.file_{name}", filters.lang) for name in ("what", "months", "value", "base")]
    return [heads, *([_what(filters, one), _months(one), stage.figure_said(one), number(one.base)] for one in slide.figures)]


def _what(filters: Filters, one: Figure) -> str:
    return saying.name_of(filters.engine, one.metric, one.where).get(filters.lang)


def _months(one: Figure) -> str:
    return one.first if one.first == one.last else f"{one.first} – {one.last}"


def tables_of(filters: Filters, made: tuple[Slide, ...], stamp: str) -> list[tuple[str, list[tuple[str, str]], pd.DataFrame]]:
    """A sheet for every number that was shown, with its definition, question and rows; the first lists them all."""
    lang = filters.lang
    found: list[tuple[str, list[tuple[str, str]], pd.DataFrame]] = []
    listed: list[list[Any]] = []
    for slide in made:
        groups: dict[tuple, list[Figure]] = {}
        for one in slide.figures:
            rest = tuple(pair for pair in one.where if pair[0] != "city") if slide.kind == "cities" else one.where
            groups.setdefault((one.metric, rest), []).append(one)
        for (metric, rest), figures in groups.items():
            frame = pd.DataFrame([_row(filters, one) for one in figures], columns=_heads(lang))
            name = f"{len(found) + 1} {_what(filters, Figure(metric, rest, '', '', None, None, None, 0))}"
            about = [(t("meeting.file_slide", lang), slide.title.get(lang)), (t("meeting.file_metric", lang), metric),
                     (t("meeting.file_definition", lang), t(f"metrics.{metric}.definition", lang) if metric in metrics.CATALOGUE else "–"),
                     (t("meeting.file_question", lang), " & ".join(f"{split}={','.join(values)}" for split, values in rest) or "–"), (t("meeting.file_stamp", lang), stamp)]
            found.append((name, about, frame))
            listed += [[len(found), slide.title.get(lang), *_row(filters, one)] for one in figures]
    index = pd.DataFrame(listed, columns=[t("meeting.file_sheet", lang), t("meeting.file_slide", lang), *_heads(lang)])
    return [(t("meeting.file_index", lang), [(t("meeting.file_stamp", lang), stamp)], index), *found]


def _heads(lang: str) -> list[str]:
    return [t(f"meeting.file_{name}", lang) for name in ("what", "months", "value", "lo", "hi", "base", "unit")]


def _row(filters: Filters, one: Figure) -> list[Any]:
    unit = metrics.get(one.metric).unit if one.metric in metrics.CATALOGUE else ""
    return [_what(filters, one), _months(one), one.value, one.lo, one.hi, one.base, t(f"metrics.unit.{unit}", filters.lang) if unit else ""]


def text_of(filters: Filters, called: Meeting, made: tuple[Slide, ...], stamp: str) -> str:
    """The minutes: who came, what was shown, decided and given to whom."""
    lang, owners = filters.lang, results.labels(filters, "departments")
    lines = [f"{words.named(filters, called)}  {words.day(called, lang)}", f"{t('meeting.chair', lang)}: {called.chair or '–'}",
             f"{t('meeting.attendance', lang)}: {'、'.join(owners.get(one, one) for one in called.came) or '–'}", ""]
    by_item: dict[str, list[str]] = {}
    for decision in called.decisions:
        by_item.setdefault(decision.item, []).append(f"   {t('meeting.decided', lang)}: {decision.text}")
    book = [one for one in minutes.all_actions(filters.engine) if one.meeting == called.id]
    home = {slide.id: slide.item for slide in made}
    for action in book:
        whose = " ".join(filter(None, (owners.get(action.owner, action.owner), action.person)))
        by_item.setdefault(home.get(action.slide, ""), []).append(f"   {t('meeting.action', lang)}: {action.what} — {whose}, {action.due:%Y-%m-%d}")
    for n, item in enumerate(called.items, 1):
        lines += [f"{n}. {item.title.get(lang)}", *([f"   {item.note.get(lang)}"] if item.note else []), *by_item.pop(item.id, []), ""]
    for rest in by_item.values():
        lines += [*rest, ""]
    return "\r\n".join([*lines, stamp, ""])
