"""Opening files: what is read stays as it was, and what cannot be read is one clear sentence, never a dead program."""

from __future__ import annotations

import os
import stat
import sys
import zipfile
from datetime import datetime, time
from pathlib import Path

import pytest
from workbooks import workbook

from sqm.errors import FileRefused, SqmError
from sqm.i18n import LANGUAGES, say
from sqm.ingest import opening
from sqm.ingest.opening import open_file
from sqm.ingest.sheets import BATCH

XLSX = {
    "[Content_Types].xml": '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>'
    '<Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>',
    "_rels/.rels": '<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    '<Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/workbook.xml": '<?xml version="1.0"?><workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" '
    'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="S" sheetId="1" r:id="r1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": '<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    '<Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
    "xl/worksheets/sheet1.xml": '<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
    '<dimension ref="A1:XFD1048576"/><sheetData><row r="1"><c r="A1"><v>1</v></c></row>'
    '<row r="1048576"><c r="XFD1048576"><v>2</v></c></row></sheetData></worksheet>',
}


def cells(path: Path, sheet: int = 0, **more) -> list[list[str | None]]:
    with open_file(path, **more) as opened:
        table = opened.sheets[sheet].table()
        assert table is not None
        return [list(row.values()) for row in table.to_pylist()]


def refused(path: Path, code: str) -> FileRefused:
    with pytest.raises(FileRefused) as caught:
        open_file(path)
    assert caught.value.code == code, caught.value
    for lang in LANGUAGES:
        text = say(caught.value, lang)
        assert path.name in text and "{" not in text
    return caught.value


def test_cells_are_text_with_the_row_numbers_of_the_sheet(tmp_path):
    path = workbook(tmp_path / "t.xlsx", {"一": [[], [], ["  标题 ", None], ["８", 8], [0.8511, True], [datetime(2026, 7, 1), 1e11],
                                                 [time(1, 2), "　\t"], [None, None], ["末", None]]})
    assert cells(path) == [
        [None, None, 1], [None, None, 2], ["标题", None, 3], ["８", "8", 4], ["0.8511", "true", 5],
        ["2026-07-01 00:00:00", "100000000000", 6], ["1899-12-31 01:02:00", None, 7], [None, None, 8], ["末", None, 9]]


def test_error_cells_are_not_silently_blank(tmp_path):
    import xlsxwriter

    path = tmp_path / "e.xlsx"
    book = xlsxwriter.Workbook(path)
    sheet = book.add_worksheet("s")
    sheet.write_row(0, 0, ["a", "b"])
    sheet.write_formula(1, 0, "=1/0", None, "#DIV/0!")
    sheet.write_formula(2, 1, "=NA()", None, "#N/A")
    book.close()
    assert cells(path) == [["a", "b", 1], ["#DIV/0!", None, 2], [None, "#N/A", 3]]


def test_hidden_sheets_are_listed_and_read_only_when_named(tmp_path):
    path = workbook(tmp_path / "h.xlsx", {"看": [["a"]], "藏": [["b"]]}, hidden=["藏"])
    with open_file(path) as opened:
        assert [(s.name, s.hidden, s.rows) for s in opened.sheets] == [("看", False, 1), ("藏", True, 0)]
    with open_file(path, sheet="藏") as opened:
        assert opened.sheet("藏").head() == [["b"]]


def test_the_working_folder_is_private_and_goes_away(tmp_path):
    with open_file(workbook(tmp_path / "t.xlsx", {"s": [["a"]]})) as opened:
        folder = opened.folder
        if os.name == "posix":
            assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert list(folder.glob("*.arrow"))
    assert not folder.exists()


@pytest.mark.parametrize(("encoding", "mark"), [("utf-8", b""), ("utf-8-sig", b""), ("gb18030", b""), ("gbk", b""), ("utf-16", b""),
                                                ("utf-16-le", b""), ("utf-16-be", b"\xfe\xff")])
def test_csv_in_any_usual_encoding(tmp_path, encoding, mark):
    path = tmp_path / "t.csv"
    path.write_bytes(mark + "工单号,内容\r\nT1,上网慢\r\nT2,资费不清\r\n".encode(encoding))
    assert cells(path) == [["工单号", "内容", 1], ["T1", "上网慢", 2], ["T2", "资费不清", 3]]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_csv_with_any_usual_delimiter_quotes_and_ragged_rows(tmp_path, delimiter):
    rows = ["a,b,c", '"x, y;|","line one\nline two",3', "1", "1,2,3,4", "", "7,8,9"]
    if delimiter != ",":
        rows = [rows[0].replace(",", delimiter), '"x, y;|"' + delimiter + '"line one\nline two"' + delimiter + "3",
                *[row.replace(",", delimiter) for row in rows[2:]]]
    path = tmp_path / "t.csv"
    path.write_text("\n".join(rows), encoding="utf-8", newline="")
    assert cells(path) == [["a", "b", "c", None, 1], ["x, y;|", "line one\nline two", "3", None, 2], ["1", None, None, None, 3],
                           ["1", "2", "3", "4", 4], [None, None, None, None, 5], ["7", "8", "9", None, 6]]


def test_western_csv_and_sep_line(tmp_path):
    path = tmp_path / "w.csv"
    path.write_bytes("sep=;\nname;city\ncafé;Zürich \n".encode("cp1252"))
    assert cells(path)[2] == ["café", "Zürich", 3]


def test_content_decides_not_the_extension(tmp_path):
    book = workbook(tmp_path / "t.xlsx", {"s": [["a", "b"], [1, 2]]})
    disguised = tmp_path / "t.csv"
    disguised.write_bytes(book.read_bytes())
    assert cells(disguised) == [["a", "b", 1], ["1", "2", 2]]
    text = tmp_path / "u.xlsx"
    text.write_text("a,b\n1,2\n", encoding="utf-8")
    assert cells(text) == [["a", "b", 1], ["1", "2", 2]]


@pytest.mark.parametrize(("name", "content", "code"), [
    ("cut.xls", b"<html><table><tr><td>1</td></tr><tr><td>2", "file_damaged"), ("empty.xlsx", b"", "file_empty"), ("zeros.csv", b"\0" * 5000, "file_empty"),
    ("page.xls", b"<html><body>Log in again</body></html>", "file_is_a_web_page"),
    ("sheet.xls", b'\xef\xbb\xbf<?xml version="1.0"?><Workbook/>', "file_is_a_web_page"),
    ("doc.pdf", b"%PDF-1.7 ...", "file_not_a_table"), ("pic.csv", b"\x89PNG\r\n\x1a\n" + bytes(range(200)), "file_not_a_table"),
    ("noise.csv", b"ab,\0\x01\x02" + b"abcdefgh" * 90, "file_not_a_table"),
    ("half.zip", b"PK\x03\x04" + b"\1" * 400, "file_damaged"),
    ("old.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\xff" * 1016, None),
])
def test_what_is_no_table_is_said(tmp_path, name, content, code):
    path = tmp_path / name
    path.write_bytes(content)
    if code is None:
        with pytest.raises(FileRefused) as caught:
            open_file(path)
        assert caught.value.code in ("file_damaged", "file_too_big", "reader_died")
    else:
        refused(path, code)


def test_a_truncated_workbook(tmp_path):
    whole = workbook(tmp_path / "t.xlsx", {"s": [["a", "b"]] * 200}).read_bytes()
    for length in (100, len(whole) // 2, len(whole) - 30):
        path = tmp_path / f"cut{length}.xlsx"
        path.write_bytes(whole[:length])
        refused(path, "file_damaged")


def test_a_zip_that_is_no_workbook(tmp_path):
    path = tmp_path / "z.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("readme.txt", "hello")
    refused(path, "file_is_archive")


def test_a_workbook_without_a_sheet_part(tmp_path):
    path = tmp_path / "z.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in XLSX.items():
            if "sheet1" not in name:
                archive.writestr(name, text)
    with open_file(path) as opened:
        assert opened.sheets[0].error == "file_damaged" or not opened.sheets[0].rows


def test_a_password(tmp_path):
    path = tmp_path / "p.xlsx"
    path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 1016 + "EncryptedPackage".encode("utf-16-le") + b"\0" * 500)
    refused(path, "file_password")


@pytest.mark.skipif(sys.platform != "linux", reason="no memory limit for a process on this system")
def test_a_sheet_that_claims_17_billion_cells_dies_alone(tmp_path):
    path = tmp_path / "huge.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in XLSX.items():
            archive.writestr(name, text)
    assert path.stat().st_size < 4000
    refused(path, "file_too_big")


def test_a_zip_that_unpacks_to_too_much_is_not_unpacked(tmp_path, monkeypatch):
    from sqm.ingest import reader

    path = workbook(tmp_path / "t.xlsx", {"s": [["a"]]})
    monkeypatch.setattr(reader, "UNPACKED_LIMIT", 1000)
    with pytest.raises(reader.Unreadable) as caught:
        reader.kind_of(path)
    assert caught.value.code == "file_too_big"


def test_an_open_quote_is_said_with_its_line(tmp_path):
    path = tmp_path / "q.csv"
    path.write_text('a,b\n1,"never closed\n' + "x,y\n" * 400_000, encoding="utf-8")
    error = refused(path, "csv_quotes")
    assert error.params["detail"].isdigit()


def test_a_reader_that_takes_too_long_is_stopped(tmp_path, monkeypatch):
    path = workbook(tmp_path / "t.xlsx", {"s": [["a"]]})
    monkeypatch.setenv("SQM_READ_SECONDS", "0.01")
    refused(path, "file_too_slow")


@pytest.mark.parametrize(("program", "code"), [
    ("import os; os.abort()", "reader_died"), ("import os; os._exit(9)", "reader_died"),
    ("import sys; sys.stderr.write('memory allocation of 8600000000 bytes failed'); sys.exit(134)", "file_too_big")])
def test_a_reader_that_dies_is_reported(tmp_path, monkeypatch, program, code):
    path = workbook(tmp_path / "t.xlsx", {"s": [["a"]]})
    start = opening.subprocess.Popen
    monkeypatch.setattr(opening.subprocess, "Popen", lambda command, **more: start([sys.executable, "-c", program], **more))
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(opening.tempfile, "tempdir", str(folder))
    refused(path, code)
    assert list(folder.iterdir()) == []


def test_the_reader_is_told_no_secrets(tmp_path, monkeypatch):
    monkeypatch.setenv("SQM_HASH_KEY", "hush")
    monkeypatch.setenv("SQM_DATABASE_URL", "postgresql://u:p@h/d")
    seen = {}
    start = opening.subprocess.Popen

    def watch(command, **more):
        seen.update(more["env"])
        return start(command, **more)

    monkeypatch.setattr(opening.subprocess, "Popen", watch)
    cells(workbook(tmp_path / "t.xlsx", {"s": [["a"]]}))
    assert seen and "SQM_HASH_KEY" not in seen and "SQM_DATABASE_URL" not in seen


def test_a_file_that_may_not_be_read_is_not_called_damaged(tmp_path, monkeypatch):
    kept = tmp_path / "kept.csv"
    kept.write_text("a\n1\n")
    usual = Path.open

    def denied(self, *arguments, **more):
        if self == kept:
            raise PermissionError(13, "Permission denied")
        return usual(self, *arguments, **more)

    monkeypatch.setattr(Path, "open", denied)
    refused(kept, "file_not_readable")


def test_a_missing_file(tmp_path):
    refused(tmp_path / "none.xlsx", "file_missing")
    refused(tmp_path, "file_missing")


def test_file_names_are_masked(tmp_path):
    path = workbook(tmp_path / "客户13812345678.xlsx", {"s": [["a"]]})
    with open_file(path) as opened:
        assert opened.name == "客户138****5678.xlsx"
    with pytest.raises(SqmError) as caught:
        open_file(tmp_path / "无13812345678.xlsx")
    assert "13812345678" not in say(caught.value, "zh")


def test_what_a_killed_load_left_behind_is_swept(tmp_path, monkeypatch):
    monkeypatch.setattr(opening.tempfile, "tempdir", str(tmp_path))
    old, fresh = tmp_path / "sqm-reading-old", tmp_path / "sqm-reading-new"
    for folder in (old, fresh):
        folder.mkdir()
        (folder / "0.arrow").write_text("cells")
    os.utime(old, (0, 0))
    cells(workbook(tmp_path / "t.xlsx", {"s": [["a"]]}))
    assert not old.exists() and fresh.exists()


@pytest.mark.parametrize("blank", ["", ",", "  "])
def test_rows_after_thousands_of_blank_lines_keep_their_number(tmp_path, blank):
    path = tmp_path / "gap.csv"
    lines = ["a,b", *(["1,2"] * (BATCH - 1)), *([blank] * BATCH), "last,row"]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    with open_file(path) as opened:
        table = opened.sheets[0].table()
        assert table.num_rows == opened.sheets[0].rows == 2 * BATCH + 1
        assert table.column("row").to_pylist() == list(range(1, 2 * BATCH + 2))
        assert table.slice(2 * BATCH).to_pylist() == [{"c0": "last", "c1": "row", "row": 2 * BATCH + 1}]
        assert table.column("c0").null_count == BATCH
