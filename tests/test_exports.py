"""Files to take along: the workbook holds numbers, no formulas, and says what they are; the picture is of the chart."""

from __future__ import annotations

import io
import socket
import struct
from datetime import datetime

import altair as alt
import openpyxl
import pandas as pd
import pytest

from sqm import exports
from sqm.charts import base

ROWS = pd.DataFrame({"=city": ["南京", "=1+1", None, "a\x00b"], "value": [81.23456, float("nan"), -2.0, 0.0], "n": [3, 2, 1, 0],
                     "when": [datetime(2026, 8, 1), None, None, None]})


def book(data: bytes) -> openpyxl.Workbook:
    return openpyxl.load_workbook(io.BytesIO(data))


def test_a_workbook_holds_numbers_and_says_what_they_are() -> None:
    made = book(exports.workbook(ROWS, "Rate [per] 10/000: of " + "x" * 40, [("Metric", "=HYPERLINK(1)"), ("Months", "2026-05")], "About"))
    rows, about = made.worksheets
    assert rows.title == "Rate  per  10 000  of xxxxxxxxx" and about.title == "About"
    assert [[cell.value for cell in row] for row in rows] == [
        ["'=city", "value", "n", "when"], ["南京", 81.2346, 3, datetime(2026, 8, 1)], ["'=1+1", None, 2, None], [None, -2, 1, None], ["ab", 0, 0, None]]
    assert rows["B2"].data_type == "n" and rows["A3"].data_type == "s" and rows.freeze_panes == "A2"
    assert [[cell.value for cell in row] for row in about] == [["Metric", "'=HYPERLINK(1)"], ["Months", "2026-05"]]


@pytest.mark.parametrize(("sheet", "about", "named"), [("", "", ["Data", "About"]), ("说明", "说明", ["说明 1", "说明"]), ("a" * 31, "A" * 40, ["a" * 29 + " 1", "A" * 31])])
def test_sheets_have_names_that_a_workbook_may_have(sheet: str, about: str, named: list[str]) -> None:
    assert [made.title for made in book(exports.workbook(ROWS, sheet, [], about)).worksheets] == named


def test_an_empty_table_is_a_workbook_with_headings() -> None:
    (rows, _) = book(exports.workbook(ROWS[:0], "x", [], "y")).worksheets
    assert [[cell.value for cell in row] for row in rows] == [["'=city", "value", "n", "when"]]


def pixels(png: bytes) -> tuple[int, int]:
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    return struct.unpack(">II", png[16:24])


def drawing(values: list[float]) -> dict:
    rows = pd.DataFrame({"month": pd.date_range("2026-01-01", periods=len(values), freq="MS"), "value": values})
    chart = alt.Chart(rows, width="container", height=200).mark_line().encode(x="month:T", y="value:Q")
    return base.spec(base.dress(chart, "light"))


def test_a_picture_is_of_these_numbers_in_these_colours_wide_enough_for_a_slide() -> None:
    one = exports.picture(drawing([1.0, 2.0, float("nan")]), "Rising?", ["six months"], "light")
    width, height = pixels(one)
    assert 2 * exports.WIDTH <= width <= 2 * exports.WIDTH + 200 and 400 < height < 700
    assert exports.picture(drawing([1.0, 2.0, float("nan")]), "Rising?", ["six months"], "light") == one
    others = [exports.picture(drawing([2.0, 1.0]), "Rising?", ["six months"], "light"), exports.picture(drawing([1.0, 2.0, float("nan")]), "Rising!", ["six months"], "light"),
              exports.picture(drawing([1.0, 2.0, float("nan")]), "Rising?", ["six months"], "dark")]
    assert len({one, *others}) == 4


def test_a_long_title_is_broken_into_lines_that_fit() -> None:
    title = "西南".join("abc def " for _ in range(30))
    lines = exports._lines(title)
    assert len(lines) > 2 and "".join("".join(lines).split()) == "".join(title.split())
    assert all(exports._wide(line) <= exports._LINE for line in lines)
    tall = pixels(exports.picture(drawing([1.0]), title, [title], "light"))[1]
    assert tall > pixels(exports.picture(drawing([1.0]), "x", ["y"], "light"))[1]


def test_nothing_is_fetched_for_a_picture() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        drawn = {**drawing([1.0]), "data": {"url": f"http://127.0.0.1:{listening.getsockname()[1]}/rows.csv"}}
        with pytest.raises(ValueError, match="(?i)url|access"):
            exports.picture(drawn, "x", [], "light")
        listening.settimeout(0.2)
        with pytest.raises(TimeoutError):
            listening.accept()
