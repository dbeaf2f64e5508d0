"""Whatever leaves the software opens as text and numbers: no cell of any file is a formula, and no file is made anywhere else."""

from __future__ import annotations

import ast
import csv
import io
import re
import zipfile
from xml.etree import ElementTree

import openpyxl
import pandas as pd
import pytest
from test_architecture import ROOT, files, tree

from sqm import blueprint, datasets, exports
from sqm.i18n import t
from sqm.ingest.template import write_template

SIGNS = ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"]
EVIL = [f"{before}{sign}cmd|' /C calc'!A0" for sign in SIGNS for before in ("", " ", "\x00", "\x01 ", "\ufeff", "\u3000", "\u200b")]
#: What makes the bytes behind a download button. Whoever adds one adds its test below, too.
MAKERS = {"csv_bytes", "workbook", "picture", "_paper", "_template", "_returned", "_taken_along", "_made"}
#: What writes tables into files, and the only parts that may.
WRITERS = {"to_csv": {"sqm.exports"}, "to_excel": set(), "writer": set(), "DictWriter": set(),
           "Workbook": {"sqm.exports", "sqm.ingest.template", "sqm.ingest.marking", "sqm.blueprint_files.workbook"},
           "Presentation": {"sqm.blueprint_files.slide", "sqm.meeting_files.deck"}}


def called(node: ast.Call) -> str:
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


def test_every_download_is_made_by_a_maker_that_is_tested_here():
    found = set()
    for module in files():
        for node in ast.walk(tree(module)):
            if isinstance(node, ast.Call) and called(node) == "download_button":
                given = next((k.value for k in node.keywords if k.arg == "data"), node.args[1] if len(node.args) > 1 else None)
                if isinstance(given, ast.Call) and called(given) == "taken":  # which notes who takes it along
                    given = given.args[-1]
                made = given.body if isinstance(given, ast.Lambda) else given
                assert isinstance(made, ast.Call) and called(made) in MAKERS, f"{module}:{node.lineno} lets something else out"
                found.add(called(made))
    assert found == MAKERS


def test_tables_become_files_in_few_places():
    for module in files():
        for node in ast.walk(tree(module)):
            if isinstance(node, ast.Call) and called(node) in WRITERS:
                assert module in WRITERS[called(node)], f"{module}:{node.lineno} writes a table"


def test_the_tables_own_download_is_not_on_offer():
    style = (ROOT / "sqm" / "ui" / "style.py").read_text(encoding="utf-8")
    assert ':has([aria-label="Download as CSV"]){display:none}' in style


@pytest.mark.parametrize("kind", ["object", "string", "category"])
def test_csv(kind):
    table = pd.DataFrame({"=1+1": pd.Series(EVIL, dtype=kind), "n": [-5.5] * len(EVIL), "@n": [-5] * len(EVIL)})
    rows = list(csv.reader(io.StringIO(exports.csv_bytes(table).decode("utf-8-sig"), newline="")))
    assert rows[0] == ["'=1+1", "n", "'@n"]
    assert [row[0] for row in rows[1:]] == [f"'{text}" for text in EVIL] and {(row[1], row[2]) for row in rows[1:]} == {("-5.5", "-5")}


def test_a_mixed_column_keeps_its_numbers():
    rows = list(csv.reader(io.StringIO(exports.csv_bytes(pd.DataFrame({"v": [-5, "=x", None, -0.5]})).decode("utf-8-sig"))))
    assert [row[0] if row else "" for row in rows] == ["v", "-5", "'=x", "", "-0.5"]


def test_a_workbook():
    table = pd.DataFrame({"-": EVIL, "@n": [-5] * len(EVIL)})
    made = openpyxl.load_workbook(io.BytesIO(exports.workbook(table, "=1", [(text, text) for text in EVIL], "=2")))
    for sheet in made:
        for row in sheet:
            for cell in row:
                assert cell.data_type in ("s", "n") and (cell.data_type == "n" or cell.value.startswith("'")), repr(cell.value)
    assert made.worksheets[0]["B2"].value == -5 and made.worksheets[0]["B2"].data_type == "n"


def test_a_template_holds_names_of_entries_as_text(tmp_path):
    names = ["=1+1", "+2", "-3", "@x", "甲州"]
    known = {f.refers_to: names for f in datasets.get("complaints").fields if f.refers_to}
    for lang in ("zh", "en"):
        made = openpyxl.load_workbook(write_template("complaints", tmp_path / f"{lang}.xlsx", lang, known))
        cells = [cell for sheet in made for row in sheet for cell in row if isinstance(cell.value, str)]
        assert not [cell.value for cell in cells if cell.data_type == "f"]
        assert sum(cell.value in names[:4] and cell.quotePrefix for cell in cells) >= 4
        assert not [cell.value for cell in cells if cell.value[:1] in "=+-@" and not cell.quotePrefix]


@pytest.mark.parametrize("kind", ["json", "pptx", "svg", "png", "xlsx"])
def test_a_blueprint(kind):
    """Each way out of a blueprint whose every text means something elsewhere: in a sheet, in XML."""
    from sqm.blueprints.drawing import Living
    from sqm.ui.blueprint_takeaway import KINDS, _taken_along

    texts = [*EVIL, "<script>alert(1)</script>", "]]>&\"'"]
    steps = [{"id": f"s{n}", "lane": "customer", "phase": "p", "zh": text, "key": n % 2 == 0, "fail": True, "prevention": {"zh": text}} for n, text in enumerate(texts)]
    document = blueprint.from_dict({"id": "d", "name": {"zh": "=1+1<b>"}, "phases": [{"id": "p", "zh": "=2<i>"}], "steps": steps})
    made = _taken_along(kind, document, "zh", Living(), "=3<u>\x00", ["=4 & <a>\ud800", *texts])
    assert kind in KINDS and t(f"blueprint.take_{kind}", "en")
    if kind == "svg":
        root = ElementTree.fromstring(made)
        assert {node.tag.rpartition("}")[2] for node in root.iter()} <= {"svg", "g", "rect", "path", "text", "circle", "polyline", "polygon"}
        assert not re.search(rb"https?://(?!www.w3.org/2000/svg)|\bon\w+=|href|url\(", made)
    elif kind == "png":
        assert made.startswith(b"\x89PNG")
    elif kind == "xlsx":
        cells = [cell for sheet in openpyxl.load_workbook(io.BytesIO(made)) for row in sheet for cell in row if isinstance(cell.value, str)]
        assert {cell.data_type for cell in cells} == {"s"} and not [c.value for c in cells if c.value[:1] in "=+-@" and not c.quotePrefix]
    elif kind == "pptx":
        parts = zipfile.ZipFile(io.BytesIO(made))
        assert b"<script>" not in parts.read("ppt/slides/slide1.xml") and ElementTree.fromstring(parts.read("ppt/slides/slide1.xml")) is not None
        assert not [name for name in parts.namelist() if "hyperlink" in parts.read(name).decode("utf-8", "ignore") and name.startswith("ppt/slides/")]
    else:
        assert blueprint.loads(made) == document


@pytest.mark.parametrize("kind", ["pptx", "html", "xlsx", "txt"])
def test_a_meeting(kind, own_data_folder):
    """Each way out of a meeting whose every typed text means something elsewhere. Numbers are held to the slides in ``test_meeting_files``."""
    from datetime import date
    from html.parser import HTMLParser

    from sqm import minutes, presented, warehouse
    from sqm.access import Person
    from sqm.blueprint import Words
    from sqm.meeting import Action, Item, meeting
    from sqm.ui.filters import Filters
    from sqm.ui.meeting_carry import KINDS, _carried

    engine, texts = warehouse.engine(), [*EVIL[:9], "<script>alert(1)</script>", "]]>&\"'<a href=x>"]
    called = minutes.call(engine, "service", "", date(2026, 7, 14), "wang", chair="=1+1")
    for n, text in enumerate(texts):
        item = Item(f"i{n}", "topic", Words(text, text), Words(text, text), owner="=x")
        called = minutes.change(engine, called.id, lambda one, item=item: meeting.add_item(one, item), "wang")
    called = presented.open_meeting(engine, called, "wang", date(2026, 7, 14))
    called = minutes.change(engine, called.id, lambda one: meeting.decide(one, "i0", "=1+1 <b> 13812345678", "wang", minutes.now()), "wang")
    minutes.raise_action(engine, Action("a1", "@SUM(1)<i>", "=x", date(2026, 8, 1), date(2026, 7, 14), meeting=called.id), "wang")
    made = _carried(kind, Filters("meeting", "zh", "light", engine, 1, None, {}, person=Person("wang", "admin")), called)
    assert kind in KINDS and t(f"meeting.make_{kind}", "en") and b"13812345678" not in made
    if kind == "html":
        tags: list[tuple[str, dict]] = []
        parser = HTMLParser()
        parser.handle_starttag = lambda tag, given: tags.append((tag, dict(given)))
        parser.feed(made.decode())
        assert not {tag for tag, _ in tags} & {"script", "a", "img", "link", "iframe", "object"}
        assert not [given for _, given in tags if {"src", "href"} & set(given) or any(name.startswith("on") for name in given)]
    elif kind == "xlsx":
        cells = [cell for sheet in openpyxl.load_workbook(io.BytesIO(made)) for row in sheet for cell in row if cell.value is not None]
        assert {cell.data_type for cell in cells} <= {"s", "n"} and not [c.value for c in cells if isinstance(c.value, str) and c.value[:1] in "=+-@"]
    elif kind == "pptx":
        parts = zipfile.ZipFile(io.BytesIO(made))
        for name in parts.namelist():
            if name.startswith("ppt/slides/slide"):
                assert b"<script>" not in parts.read(name) and ElementTree.fromstring(parts.read(name)) is not None
    else:
        assert "138****5678" in made.decode("utf-8-sig")
