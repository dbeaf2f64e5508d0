"""What is taken along from a meeting says what its slides say: numbers in native charts, in sheets, on the page; and it stands by itself."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import date

import openpyxl
import pytest
from pptx import Presentation
from test_minutes import MONTHS, answers, build
from test_pages_meeting import held

from simulated import open_page, whole
from sqm import minutes, warehouse
from sqm.access import Person
from sqm.meeting import Action, meeting
from sqm.ui import meeting_words
from sqm.ui.filters import Filters
from sqm.ui.meeting_carry import _carried
from warehouses import filled, publish

TODAY = date(2026, 7, 14)


@pytest.fixture
def engine(own_data_folder, monkeypatch):
    monkeypatch.setattr(meeting_words, "today", lambda: TODAY)
    return filled(build)


def filters(engine, lang: str = "en") -> Filters:
    return Filters("meeting", lang, "light", engine, warehouse.data_version(engine), None, {}, person=Person("wang", "admin"))


def meant(engine):
    made = held(engine)
    made = minutes.change(engine, made.id, lambda one: meeting.decide(one, made.items[0].id, "Ring back within a day", "wang", minutes.now()), "wang")
    slide = minutes.shown(engine, made.id).slides[1]
    minutes.raise_action(engine, Action("a1", "Hire six", "quality", date(2026, 8, 1), TODAY, meeting=made.id, slide=slide.id, person="Li"), "wang")
    return made, slide


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_charts_are_native_and_hold_the_numbers_shown(engine, lang) -> None:
    made, slide = meant(engine)
    deck = Presentation(io.BytesIO(_carried("pptx", filters(engine, lang), made)))
    pages = list(deck.slides)
    assert len(pages) == 3 and pages[1].shapes.title.text_frame.text == slide.title.get(lang)
    (chart,) = (shape.chart for shape in pages[1].shapes if shape.has_chart)
    own = {point.figure.last: point.figure for point in slide.points if point.series == "own"}
    assert list(chart.plots[0].categories) == sorted(own)
    values = [list(series.values) for series in chart.plots[0].series]
    assert values[0] == pytest.approx([own[m].value for m in sorted(own)]) and values[1] == pytest.approx([own[m].lo for m in sorted(own)])
    whole_line = {point.figure.last: point.figure.value for point in slide.points if point.series == "whole"}
    assert values[3] == pytest.approx([whole_line[m] for m in sorted(own)])
    notes = pages[1].notes_slide.notes_text_frame.text
    assert "40" in notes and made.seal[:8] in notes
    xml = zipfile.ZipFile(io.BytesIO(_carried("pptx", filters(engine, lang), made))).read("ppt/slides/slide2.xml").decode()
    assert 'a:ea typeface="Microsoft YaHei"' in xml
    assert any("Hire six" in cell.text for shape in pages[2].shapes if shape.has_table for row in shape.table.rows for cell in row.cells)


def test_the_workbook_has_a_sheet_for_every_number(engine) -> None:
    made, slide = meant(engine)
    book = openpyxl.load_workbook(io.BytesIO(_carried("xlsx", filters(engine), made)))
    index, *sheets = book.worksheets
    figures = [one for part in minutes.shown(engine, made.id).slides for one in part.figures]
    listed = [row for row in index.iter_rows(values_only=True) if isinstance(row[0], int)]
    assert [(row[4], row[7]) for row in listed] == [(pytest.approx(one.value, abs=1e-4), one.base) for one in figures]
    assert len(sheets) == len({(one.metric, one.where) for one in figures})
    said = [value for row in sheets[0].iter_rows(values_only=True) for value in row if value is not None]
    assert "satisfaction" in said and any(isinstance(value, str) and "city=甲" in value for value in said) and any(made.seal[:8] in str(value) for value in said)


def test_the_page_opens_by_itself_and_says_the_same(engine) -> None:
    made, slide = meant(engine)
    text = _carried("html", filters(engine), made).decode()
    assert not re.search(r"(?:src|href)\s*=|url\(|https?://(?!www\.w3\.org/)", text) and "default-src 'none'" in text
    assert slide.title.en in text and text.count("<svg") == 1 and "50.0" in text and "Ring back within a day" in text
    zh = _carried("html", filters(engine, "zh"), made).decode()
    assert slide.title.zh in zh and 'lang="zh-CN"' in zh


def test_the_minutes_say_what_was_decided_and_who_does_what(engine) -> None:
    made, slide = meant(engine)
    made = minutes.change(engine, made.id, lambda one: meeting.attend(one, {"quality": True}), "wang")
    text = _carried("txt", filters(engine), made).decode("utf-8-sig")
    first = text.index(slide.title.en)
    assert first < text.index("decided: Ring back within a day") < text.index("action: Hire six — Quality Li, 2026-08-01") and "Departments here: Quality" in text


def test_new_data_change_no_file(engine) -> None:
    made, _ = meant(engine)
    before = _carried("xlsx", filters(engine), made)
    publish(engine, "surveys", [one for one in answers(low=7) if one["month"] == MONTHS[-1]])
    after = _carried("xlsx", filters(engine), made)
    rows = [[list(sheet.iter_rows(values_only=True)) for sheet in openpyxl.load_workbook(io.BytesIO(book))] for book in (before, after)]
    assert rows[0] == rows[1]


def test_the_menu_makes_then_offers(engine) -> None:
    held(engine)
    app = open_page("meeting", "en")
    app.session_state["mt_take"] = True
    whole(app.run())
    assert not app.get("download_button")
    for kind in ("pptx", "html", "xlsx", "txt"):
        whole(app.button(key=f"mt_make_{kind}").click().run())
    assert len(app.get("download_button")) == 4
