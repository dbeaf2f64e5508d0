"""Files made to break a reader, and valid ones broken at random: rows or a named reason, never a traceback, a hang or half of the data."""

from __future__ import annotations

import io
import json
import os
import random
import struct
import subprocess
import sys
import zipfile
from datetime import datetime
from pathlib import Path

import pytest
import xlsxwriter
import xlwt
from test_reader import XLSX, refused
from workbooks import TICKET, shelf, stocked

from sqm import loaders
from sqm.errors import FileRefused
from sqm.i18n import LANGUAGES, say
from sqm.ingest.opening import members, open_file

__all__ = ["shelf", "stocked"]
ROWS = [["工单号", "受理时间", "得分", "说明"], *[[f"T{n}", datetime(2026, 5, 1 + n % 28), n / 4, f"内容{n} & <x>"] for n in range(60)]]
HEADS = b'<?xml version="1.0"?>'


def xlsx() -> bytes:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"default_date_format": "yyyy-mm-dd"})
    sheet = book.add_worksheet("一")
    for number, row in enumerate(ROWS):
        sheet.write_row(number, 0, row)
    book.add_worksheet("二").write_formula("B2", "=1+1", None, 2)
    book.close()
    return out.getvalue()


def xls() -> bytes:
    book = xlwt.Workbook()
    sheet = book.add_sheet("一")
    for number, row in enumerate(ROWS):
        for column, value in enumerate(row):
            sheet.write(number, column, value)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def ods() -> bytes:
    cells = "".join("<table:table-row>" + "".join(
        f'<table:table-cell office:value-type="string"><text:p>{n}-{c}</text:p></table:table-cell>' for c in range(4)) + "</table:table-row>" for n in range(60))
    spaces = " ".join(f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in ("office", "table", "text"))
    return packed({"mimetype": b"application/vnd.oasis.opendocument.spreadsheet",
                   "META-INF/manifest.xml": b'<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>',
                   "content.xml": f'<office:document-content {spaces}><office:body><office:spreadsheet><table:table table:name="s">{cells}</table:table>'
                   "</office:spreadsheet></office:body></office:document-content>".encode()})


def packed(parts: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return out.getvalue()


def text(encoding: str, delimiter: str) -> bytes:
    return "\r\n".join(delimiter.join(map(str, row)) for row in ROWS).encode(encoding)


def page() -> bytes:
    rows = "".join("<tr>" + "".join(f"<td colspan=1>{cell}" for cell in row) + "</tr>" for row in ROWS)
    return f"<html><meta charset=utf-8><table>{rows}</table></html>".encode()


VALID = {"xlsx": xlsx, "xls": xls, "ods": ods, "csv": lambda: text("utf-8", ","), "utf16": lambda: text("utf-16", ";"),
         "html": page, "zip": lambda: packed({"a.csv": text("utf-8", ","), "b.xlsx": xlsx()})}


def broken(whole: bytes, kind: str, draw: random.Random) -> bytes:
    """One mutation: bits flipped, cut short, a piece doubled, dropped or blanked, parts of the archive swapped or their XML edited."""
    data = bytearray(whole)
    way = draw.choice(("flip", "flip", "cut", "double", "drop", "blank", *(("swap", "edit", "edit") if kind in ("xlsx", "ods", "zip") else ())))
    start = draw.randrange(len(data))
    length = draw.choice((1, 2, 16, 300))
    if way == "flip":
        for _ in range(length):
            data[draw.randrange(len(data))] ^= 1 << draw.randrange(8)
    elif way == "cut":
        del data[start:]
    elif way == "double":
        data[start:start] = data[start:start + length]
    elif way == "drop":
        del data[start:start + length]
    elif way == "blank":
        data[start:start + length] = bytes([draw.choice((0, 255, 60, 34))]) * length
    else:
        with zipfile.ZipFile(io.BytesIO(whole)) as archive:
            parts = {name: archive.read(name) for name in archive.namelist()}
        first, second = draw.sample(sorted(parts), 2)
        if way == "swap":
            parts[first], parts[second] = parts[second], parts[first]
        else:
            inside = bytearray(parts[first])
            for _ in range(draw.choice((1, 4, 30))):
                if inside:
                    inside[draw.randrange(len(inside))] = draw.choice(b'<>/"= 0123456789&AZ\xff')
            parts[first] = bytes(inside)
        return packed(parts)
    return bytes(data)


#: Runs in one process of its own: reads each file as the child does, and says what came of it.
TRIAL = """
import json, sys, time, traceback
from pathlib import Path
from sqm.ingest import reader
from sqm.ingest.sheets import Unreadable
reader.limit_memory(1500)
folder = Path(sys.argv[1])
for path in sorted(folder.glob("*.try")):
    out = folder / "out"
    out.mkdir(exist_ok=True)
    print(json.dumps(path.name), end=" ", flush=True)
    try:
        for task in ("members", "read"):
            options = type("Options", (), {"file": path, "folder": out, "sheet": None})
            told = reader.TASKS[task](options)
            if "members" in told:
                break
        print(json.dumps(told), flush=True)
    except Unreadable as error:
        print(json.dumps({"error": error.code}), flush=True)
    except MemoryError:
        print(json.dumps({"error": "file_too_big"}), flush=True)
    except Exception:
        print(json.dumps({"fault": traceback.format_exc()}), flush=True)
    except BaseException as error:
        print(json.dumps({"error": "file_damaged"}), flush=True)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="no memory limit for a process on this system")
@pytest.mark.parametrize("kind", sorted(VALID))
def test_a_valid_file_broken_at_random_gives_rows_or_a_reason(tmp_path, kind):
    draw, whole = random.Random(f"sqm {kind}"), VALID[kind]()
    waiting = {f"{number:03}.try": broken(whole, kind, draw) for number in range(30)}
    trial = tmp_path / "trial.py"
    trial.write_text(TRIAL, encoding="utf-8")
    told: dict[str, dict] = {}
    while waiting:  # a parser that dies takes the process along: that is what the child is for; the others go on
        for name, content in waiting.items():
            (tmp_path / name).write_bytes(content)
        done = subprocess.run([sys.executable, str(trial), str(tmp_path)], capture_output=True, text=True, timeout=120, check=False,
                              env={**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parent.parent), "PYTHONIOENCODING": "utf-8"})
        for line in done.stdout.splitlines():
            name, _, said = line.partition(" ")
            told[json.loads(name)] = json.loads(said) if said else {"error": "died"}
        assert len(told) > 30 - len(waiting), done.stderr[-2000:]
        for name in told.keys() & waiting.keys():
            del waiting[name]
            (tmp_path / name).unlink()
    faults = [said["fault"] for said in told.values() if "fault" in said]
    assert not faults, faults[0]
    codes = {said["error"] for said in told.values() if "error" in said} | {
        piece["error"] for said in told.values() for piece in said.get("members", said.get("sheets", ())) if piece.get("error")}
    for code in codes - {"died"}:
        for lang in LANGUAGES:
            assert say(FileRefused(code, file="f", detail="d"), lang)


def half_loaded(path: Path) -> bool:
    """Whether a file cut short gives less than all of its rows without a word."""
    try:
        with open_file(path) as opened:
            return not any(sheet.error for sheet in opened.sheets) and opened.sheets[0].rows < len(ROWS)
    except FileRefused:
        return False


@pytest.mark.parametrize("kind", ["xlsx", "xls", "ods", "html"])
def test_what_is_cut_short_is_never_loaded_in_part(tmp_path, kind):
    whole = VALID[kind]()
    path = tmp_path / f"cut.{kind}"
    for share in (0.3, 0.8, 0.97):
        path.write_bytes(whole[:int(len(whole) * share)])
        assert not half_loaded(path), share


def test_a_damaged_sheet_is_named_before_its_neighbour_is_loaded(stocked, tmp_path):
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out)
    for name, number in (("五月", "T1"), ("六月", "T2")):
        sheet = book.add_worksheet(name)
        sheet.write_row(0, 0, TICKET)
        sheet.write_row(1, 0, [number, "2026-05-02", "投诉", "甲州", "net"])
    book.close()
    with zipfile.ZipFile(out) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    parts["xl/worksheets/sheet2.xml"] = parts["xl/worksheets/sheet2.xml"][:-200]
    path = tmp_path / "t.xlsx"
    path.write_bytes(packed(parts))
    with pytest.raises(FileRefused) as caught:
        loaders.load(stocked, path)
    assert caught.value.code == "sheet_damaged" and "六月" in say(caught.value, "zh")
    assert [(info.name, info.error) for info in loaders.inspect(path, stocked)] == [("五月", ""), ("六月", "file_damaged")]
    assert loaders.load(stocked, path, sheet="五月").new == 1


BOMB = HEADS + b"<!DOCTYPE z [<!ENTITY a0 \"ha\">" + b"".join(b'<!ENTITY a%d "%s">' % (n, b"&a%d;" % (n - 1) * 40) for n in range(1, 12)) + b"]>"
OUTSIDE = HEADS + b'<!DOCTYPE z [<!ENTITY x SYSTEM "file:///etc/passwd"><!ENTITY y SYSTEM "http://127.0.0.1:9/">]>'
SHEET = '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>{}</t></is></c></row>'\
    "</sheetData></worksheet>"


@pytest.mark.parametrize("content", [BOMB + SHEET.format("&a11;").encode(), OUTSIDE + SHEET.format("&x;&y;").encode()])
def test_entities_are_not_expanded(tmp_path, content):
    path = tmp_path / "e.xlsx"
    path.write_bytes(packed({name: content if "sheet1" in name else part.encode() for name, part in XLSX.items()}))
    try:
        with open_file(path) as opened:
            said = json.dumps([sheet.head() for sheet in opened.sheets]) + "".join(sheet.error for sheet in opened.sheets)
            assert "root:" not in said and "haha" not in said and len(said) < 1000
    except FileRefused as error:
        assert error.code == "file_damaged"


def test_entities_of_a_page_are_characters_alone(tmp_path):
    path = tmp_path / "e.xls"
    path.write_bytes(b"<!DOCTYPE html><html><table><tr><td>&lt;&x;&amp;</table></html>")
    with open_file(path) as opened:
        assert opened.sheets[0].head() == [["<&x;&"]]


@pytest.mark.skipif(sys.platform != "linux", reason="no memory limit for a process on this system")
def test_a_workbook_that_unpacks_to_gigabytes_dies_alone(tmp_path, monkeypatch):
    monkeypatch.setenv("SQM_READ_MEMORY_MB", "600")
    start, end = SHEET.format("x").split("</sheetData>")
    out, filling = io.BytesIO(), b"<row>" + b"<c><v>1</v></c>" * 80_000 + b"</row>"
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in XLSX.items():
            if "sheet1" not in name:
                archive.writestr(name, part)
        with archive.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as sheet:
            sheet.write(start.encode())
            for _ in range(200):
                sheet.write(filling)
            sheet.write(b"</sheetData>" + end.encode())
    (tmp_path / "b.xlsx").write_bytes(out.getvalue())
    try:
        with open_file(tmp_path / "b.xlsx") as opened:
            assert opened.sheets[0].error or opened.sheets[0].columns <= 16_384
    except FileRefused as error:
        assert error.code in ("file_too_big", "file_damaged", "reader_died")


def test_streams_that_lead_back_to_themselves_end(tmp_path):
    data = bytearray(xls())
    table = 512 * (1 + struct.unpack_from("<I", data, 76)[0])  # the table of sectors: each leads to the first
    for place in range(table, table + 512, 4):
        if struct.unpack_from("<I", data, place)[0] < 0xFFFFFFF0:
            struct.pack_into("<I", data, place, 0)
    path = tmp_path / "loop.xls"
    path.write_bytes(data)
    with pytest.raises(FileRefused) as caught:
        open_file(path)
    assert caught.value.code in ("file_damaged", "file_too_big", "reader_died", "file_too_slow")


def test_an_archive_of_archives_is_not_followed(tmp_path):
    inner = packed({"a.csv": b"a,b\n1,2\n"})
    for _ in range(5):
        inner = packed({"deeper.zip": inner})
    (tmp_path / "matryoshka.zip").write_bytes(inner)
    assert [member.error for member in members(tmp_path / "matryoshka.zip") or []] == ["file_is_archive"]
    refused(tmp_path / "matryoshka.zip", "file_is_archive")
