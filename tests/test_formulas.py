"""A formula whose result nobody stored is not a blank: its cell is refused with the reason, at its place."""

from __future__ import annotations

import zipfile
from datetime import date, datetime
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter
from workbooks import TICKET, adds_up, rules, shelf, stocked, stored, workbook

from sqm import loaders
from sqm.ingest import formulas
from sqm.ingest.formulas import parts_with_unsaved
from sqm.ingest.opening import open_file
from sqm.ingest.sheets import UNSAVED

__all__ = ["shelf", "stocked"]


def head(path: Path, sheet: int = 0) -> list[list[str]]:
    with open_file(path) as opened:
        return opened.sheets[sheet].head(100)


def rewritten(source: Path, target: Path, part: str, change) -> Path:
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, change(old.read(name)) if name == part else old.read(name))
    return target


def test_the_cell_keeps_its_place_where_nothing_else_is(tmp_path):
    book = openpyxl.Workbook()
    sheet = book.active
    sheet["B3"], sheet["C3"], sheet["B4"], sheet["C4"], sheet["D9"] = "x", "y", 1, "=B4+1", "=SUM(A1:A2)"
    book.create_sheet("clean")["A1"] = "z"
    book.save(tmp_path / "f.xlsx")
    cells = head(tmp_path / "f.xlsx")
    assert len(cells) == 9 and cells[2:4] == [["x", "y", ""], ["1", UNSAVED, ""]] and cells[8] == ["", "", UNSAVED]
    assert head(tmp_path / "f.xlsx", 1) == [["z"]]


def test_a_stored_result_is_read_as_it_stands_and_an_empty_text_is_one(tmp_path):
    path = tmp_path / "v.xlsx"
    book = xlsxwriter.Workbook(path)
    sheet = book.add_worksheet()
    for column, value in enumerate((5, "text", "none", True)):
        sheet.write_formula(0, column, "=A9", None, value)
    sheet.write(1, 3, "end")
    book.close()
    blank = rewritten(path, tmp_path / "b.xlsx", "xl/worksheets/sheet1.xml", lambda xml: xml.replace(b"<v>none</v>", b"<v></v>"))
    assert parts_with_unsaved(blank, "xlsx") == set()
    assert head(blank) == [["5", "text", "", "true"], ["", "", "", "end"]]


@pytest.mark.parametrize("cell", [b'<c r="B2"><f>A1</f></c>', b'<c r="B2" t="n"><f>A1</f><v/></c>', b'<c r="B2" s="1"><f t="shared" si="0"/><v></v></c>',
                                  b'<c r="B2"><f t="array" ref="B2">SUM(A1)</f>\n<v />\n</c>', b'<c r="B2" t="e"><f>A1</f></c>'])
def test_however_a_program_writes_it(tmp_path, cell):
    source = workbook(tmp_path / "s.xlsx", {"s": [["a", "b"], [1, 77]]})
    path = rewritten(source, tmp_path / "t.xlsx", "xl/worksheets/sheet1.xml", lambda xml: xml.replace(b'<c r="B2" t="n"><v>77</v></c>', cell))
    assert head(path) == [["a", "b"], ["1", UNSAVED]]
    if b"\n" not in cell:
        def prefixed(xml: bytes) -> bytes:
            for tag in (b"worksheet", b"sheetData", b"row", b"c", b"f", b"v", b"is", b"t"):
                for sign in (b" ", b">", b"/"):
                    xml = xml.replace(b"<" + tag + sign, b"<x:" + tag + sign).replace(b"</" + tag + sign, b"</x:" + tag + sign)
            return xml.replace(b"<x:worksheet xmlns=", b"<x:worksheet xmlns:x=")

        other = rewritten(path, tmp_path / "x.xlsx", "xl/worksheets/sheet1.xml", prefixed)
        assert parts_with_unsaved(other, "xlsx") == {"xl/worksheets/sheet1.xml"}


def test_a_cell_across_two_pieces_is_found_and_nothing_else_changes(tmp_path, monkeypatch):
    rows = [["a", "b", "c"], *[[n, f"=A{n + 2}*2", f"{n} < & \"f>\" <f>"] for n in range(40)]]
    path = workbook(tmp_path / "s.xlsx", {"s": rows})
    for size in (50, 97, 512):
        monkeypatch.setattr(formulas, "_CHUNK", size)
        marked = tmp_path / f"{size}.xlsx"
        formulas.mark(path, "xlsx", parts_with_unsaved(path, "xlsx"), marked)
        assert head(marked) == [rows[0], *[[str(row[0]), UNSAVED, row[2]] for row in rows[1:]]]


def test_open_document_formulas_too(tmp_path):
    path = tmp_path / "t.ods"
    cell = '<table:table-cell office:value-type="float" office:value="{0}"><text:p>{0}</text:p></table:table-cell>'
    with zipfile.ZipFile(path, "w") as book:
        book.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        book.writestr("META-INF/manifest.xml", '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>')
        book.writestr("content.xml", '<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
                      'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:body>'
                      '<office:spreadsheet><table:table table:name="s"><table:table-row>' + cell.format(1)
                      + '<table:table-cell table:formula="of:=[.A1]*2" office:value-type="float" office:value="2"><text:p>2</text:p></table:table-cell>'
                      + '<table:table-cell table:formula="of:=[.A1]*2"/>' + cell.format(9)
                      + "</table:table-row></table:table></office:spreadsheet></office:body></office:document-content>")
    assert head(path) == [["1", "2", UNSAVED, "9"]]


def test_a_load_refuses_the_cell_and_says_why(stocked, tmp_path):
    rows = [TICKET, ["T1", "=NOW()", "投诉", "甲州", "net", None, "否", "慢"], ["T2", "2026-05-02", "投诉", "甲州", "net", None, "否", "=A1"],
            ["T3", "2026-05-02", "投诉", "甲州", "net", None, "否", "好"], ["合计", "=COUNT(A2:A4)", None, None, None, None, None, None]]
    result = loaders.load(stocked, workbook(tmp_path / "t.xlsx", {"s": rows}))
    adds_up(result)
    assert rules(result) == [(2, "受理时间", "formula_unsaved"), (3, "投诉内容", "formula_unsaved")]
    assert (result.accepted, result.skipped) == (1, 1) and list(stored(stocked, "complaints")["ticket_id"]) == ["T3"]
    assert "did not calculate" in result.problems[0].say("en") and "没有计算" in result.problems[0].say("zh")


def test_days_counted_from_1904_are_the_same_days(tmp_path):
    book = openpyxl.Workbook()
    book.epoch = openpyxl.utils.datetime.CALENDAR_MAC_1904
    book.active.append([datetime(2026, 5, 1, 3, 4), date(2026, 5, 2)])
    book.save(tmp_path / "mac.xlsx")
    assert head(tmp_path / "mac.xlsx") == [["2026-05-01 03:04:00", "2026-05-02 00:00:00"]]
