"""The first look at a large file: its first rows as the parser of the whole gives them, long before the whole is read."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest
import xlsxwriter
from test_pages_files import book, box
from workbooks import CITIES, TICKET, shelf, stocked, workbook

from simulated import open_page, whole
from sqm import loaders
from sqm.errors import FileRefused
from sqm.ingest import glance
from sqm.ingest.opening import glance_at, open_file
from sqm.ui import first_look

__all__ = ["shelf", "stocked"]


def long(path: Path, rows: int = 300, **options) -> Path:
    """Tickets under a banner, with numbers, dates, phones and shared texts, and a sheet of cities."""
    made = xlsxwriter.Workbook(str(path), options)
    sheet = made.add_worksheet("工单")
    dated = made.add_format({"num_format": "yyyy-mm-dd hh:mm"})
    sheet.write(0, 0, "五月工单明细")
    sheet.write_row(1, 0, TICKET)
    for n in range(rows):
        sheet.write_row(n + 2, 0, [f"T{n}", 46144.5 + n / 100, "投诉", "甲州", "net", "13800138000", "否", f"第 {n} 次 <慢> & si > x"])
        sheet.write_number(n + 2, 1, 46144.5 + n / 100, dated)
    other = made.add_worksheet("地市")
    for n, row in enumerate(CITIES):
        other.write_row(n, 0, row)
    made.add_worksheet("藏").hide()
    made.close()
    return path


def same(path: Path) -> None:
    early, read = glance_at(path), open_file(path)
    assert early is not None
    with early, read:
        assert [(s.name, s.hidden, s.error) for s in early.sheets] == [(s.name, s.hidden, s.error) for s in read.sheets]
        for one, other in zip(early.sheets, read.sheets, strict=True):
            assert one.head() == other.head() and one.rows <= glance.ROWS


def rewritten(path: Path, change) -> Path:
    """The workbook with ``change(name, content)`` in place of each part."""
    out = path.with_name("changed.xlsx")
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, change(name, old.read(name)))
    return out


@pytest.mark.parametrize("options", [{}, {"constant_memory": True}])
def test_the_first_rows_are_those_of_the_whole(tmp_path, options):
    same(long(tmp_path / "long.xlsx", **options))
    same(workbook(tmp_path / "short.xlsx", {"工单": [TICKET, ["T1"]], "空": []}))


def test_shared_texts_may_stand_anywhere(tmp_path, monkeypatch):
    monkeypatch.setattr(glance, "_CHUNK", 1 << 10)
    path = long(tmp_path / "long.xlsx", 4000)

    def turned(name: str, content: bytes) -> bytes:
        import re

        if name == "xl/sharedStrings.xml":
            texts = re.findall(rb"<si>.*?</si>", content)
            return content[: content.index(b"<si>")] + b"".join(reversed(texts)) + b"</sst>"
        if name.startswith("xl/worksheets/sheet"):
            return re.sub(rb't="s"><v>(\d+)<', lambda m: b't="s"><v>%d<' % (many - int(m[1])), content)
        return content

    with zipfile.ZipFile(path) as old:
        many = old.read("xl/sharedStrings.xml").count(b"<si>") - 1
    same(rewritten(path, turned))


@pytest.mark.parametrize("change", [lambda n, c: c.replace(b"<si>", b"<si >").replace(b"</si>", b"</si >"),
                                    lambda n, c: c[: len(c) // 2] if n == "xl/sharedStrings.xml" else c,
                                    lambda n, c: c.replace(b"<worksheet", b"<something")])
def test_what_is_written_otherwise_has_no_first_look_or_says_why(tmp_path, change):
    path = rewritten(long(tmp_path / "long.xlsx", 3000), change)
    try:
        early, read = glance_at(path), open_file(path)
    except FileRefused:
        return
    with read:
        if early is not None:
            with early:
                assert [s.head() for s in early.sheets] == [s.head() for s in read.sheets]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_long_text_files_too(tmp_path, encoding):
    path = tmp_path / "l.csv"
    path.write_text(",".join(TICKET) + "\n" + "".join(f"T{n},2026-05-02,投诉,甲州,net,13800138000,否,慢\n" for n in range(40_000)), encoding=encoding)
    early, read = glance_at(path), open_file(path)
    assert early is not None
    with early, read:
        assert early.sheets[0].head() == read.sheets[0].head() and early.read_as == read.read_as
        assert early.sheets[0].name == read.sheets[0].name and early.sheets[0].rows < 40_001
    path.write_text("a,b\n1,2\n")
    assert glance_at(path) is None, "a short one is read at once"


def test_other_kinds_and_bad_files_have_none(tmp_path):
    broken = tmp_path / "b.xlsx"
    broken.write_bytes(b"PK\x03\x04" + b"x" * 100)
    with pytest.raises(FileRefused):
        loaders.glance(broken)
    page = tmp_path / "p.xls"
    page.write_text("<html><table><tr><td>1</td></tr></table></html>")
    assert loaders.glance(page) == []


def test_what_it_tells_is_matched_and_masked(stocked, tmp_path):
    tickets, cities, hidden = loaders.glance(long(tmp_path / "l.xlsx"), stocked)
    assert tickets.dataset == "complaints" and cities.dataset == "cities" and hidden.hidden and not hidden.preview
    assert tickets.mapping["手机号"] == "phone" and "13800138000" not in repr(tickets)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_page_shows_it_while_the_rest_is_read(stocked, tmp_path, monkeypatch, lang):
    monkeypatch.setattr(first_look, "LARGE", 0)
    seen = []
    inspect = loaders.inspect
    monkeypatch.setattr(loaders, "inspect", lambda *given, **more: seen.append(1) or inspect(*given, **more))
    glanced = []
    monkeypatch.setattr(first_look, "_sheet", lambda info, lang, show=first_look._sheet: glanced.append((info.dataset, len(seen))) or show(info, lang))
    app = open_page("data", lang)
    app = whole(app.file_uploader[0].upload("a.xlsx", book("A1")).run())
    assert glanced == [("complaints", 0)] and box(app, "button", "publish_")
    assert not [c for c in app.caption if "first rows" in c.value or "开头几行" in c.value], "it makes room for the whole"
    app = whole(app.run())
    assert len(glanced) == 1


def test_names_in_a_first_look_are_not_followed(stocked, monkeypatch):
    monkeypatch.setattr(first_look, "LARGE", 0)
    out = io.BytesIO()
    made = xlsxwriter.Workbook(out)
    sheet = made.add_worksheet("_x_ ~y~ $z$")
    sheet.write_row(0, 0, TICKET)
    sheet.write_row(1, 0, ["T1", "2026-05-01"])
    made.close()
    shown = []
    monkeypatch.setattr(first_look.st, "markdown", lambda text, **_: shown.append(text))
    whole(open_page("data").file_uploader[0].upload("a.xlsx", out.getvalue()).run())
    assert [text for text in shown if "\\_x\\_ \\~y\\~ \\$z\\$" in text]
