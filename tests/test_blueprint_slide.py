"""A blueprint as one slide: native shapes, East Asian faces, links that follow their cards, notes."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from pptx import Presentation
from pptx.oxml.ns import qn

from sqm import blueprint as bp
from sqm.blueprint_files.slide import EAST_ASIAN, HIGH, WIDE, slide
from sqm.blueprints.drawing import WORDS, Feeling, Figure, Living
from sqm.i18n import t
from sqm.tokens import palette

SAMPLE = Path(__file__).resolve().parent.parent / "data" / "blueprints" / "store_visit.json"


@pytest.fixture(scope="module")
def page():
    document = bp.loads(SAMPLE.read_bytes())
    feeling = {"arrive": Feeling(80, 79, 81, "80.0", "better")}
    living = Living({"wait": Figure("83.9", "±0.7", "down", "worse")}, {"pay": Figure("0.13", "", "up", "worse")}, feeling, 79, "79.0")
    words = {name: t(f"blueprint.{name}", "zh") for name in WORDS}
    made = slide(document, "zh", words, living, palette("light"), "三处失误点防线不全", "图例", ["修订 3", "K 来源"])
    return Presentation(io.BytesIO(made)).slides[0]


def texts(page) -> list[str]:
    return [shape.text_frame.text for shape in page.shapes if shape.has_text_frame]


def test_every_step_is_a_shape_with_its_name_inside_the_slide(page):
    document = bp.loads(SAMPLE.read_bytes())
    named = {shape.name for shape in page.shapes}
    assert {step.title.zh for step in document.steps} <= named
    assert sum(text == "K" for text in texts(page)) == sum(s.key for s in document.steps)
    assert sum(text == "F" for text in texts(page)) == sum(s.fail for s in document.steps)
    assert all(0 <= shape.left and shape.left + shape.width <= WIDE and 0 <= shape.top and shape.top + shape.height <= HIGH for shape in page.shapes)
    assert sum(text == t("blueprint.guard.none", "zh") for text in texts(page)) == 1 and "83.9 ±0.7 ▼" in texts(page) and "0.13 /万 ↑" in texts(page)


def test_lanes_and_lines_are_named_and_chinese_has_its_face(page):
    said = "".join(texts(page))
    for name in (*(f"lane.{lane}" for lane in bp.LANES), *(f"line.{line}" for line in bp.LINES.values())):
        assert t(f"blueprint.{name}", "zh") in said
    runs = list(page._element.iter(qn("a:r")))
    assert runs and all(run.find(qn("a:rPr")).find(qn("a:ea")).get("typeface") == EAST_ASIAN for run in runs)
    assert page.shapes.title.text_frame.text == "三处失误点防线不全" and page.notes_slide.notes_text_frame.text == "修订 3\nK 来源"


def test_straight_links_are_glued_to_their_cards_and_lie_under_them(page):
    ids = {shape.shape_id: shape for shape in page.shapes}
    glued = [c for c in page._element.iter(qn("p:cNvCxnSpPr")) if c.find(qn("a:stCxn")) is not None]
    pairs = {tuple(ids[int(c.find(qn(end)).get("id"))].name for end in ("a:stCxn", "a:endCxn")) for c in glued}
    assert {("进入等待区", "咨询营销活动"), ("索取凭证或发票", "提供凭证")} <= pairs
    order = list(page.shapes._spTree)
    first_card = next(n for n, e in enumerate(order) if e is next(s for s in page.shapes if s.name == "进入等待区")._element)
    assert max(n for n, e in enumerate(order) if e.find(f".//{qn('a:stCxn')}") is not None) < first_card
