"""Blueprints as files: a workbook and back, sheets that people make, hostile files."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from pathlib import Path

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sqm import blueprint as bp
from sqm.blueprint_files import grid, reading, workbook
from sqm.errors import FileRefused
from sqm.i18n import say

SAMPLE = Path(__file__).resolve().parent.parent / "data" / "blueprints" / "hotline_complaint.json"
EVIL = ("=1+1", "+2", "-3", "@x", "＝1", "#N/A", "(K)", "• a", "–", "12", "TRUE")


def sample() -> bp.Document:
    return bp.loads(SAMPLE.read_bytes())


def rows(content: bytes) -> list[list[list[str]]]:
    """The sheets of a workbook as the reader gives them: text without blanks around it."""
    made = openpyxl.load_workbook(io.BytesIO(content))
    return [[["" if cell is None else str(cell).strip() for cell in row] for row in sheet.iter_rows(values_only=True)] for sheet in made]


def sheet(tmp_path: Path, *lines: list[object], name: str = "蓝图草稿.xlsx") -> Path:
    made = openpyxl.Workbook()
    for line in lines:
        made.worksheets[0].append(line)
    made.save(tmp_path / name)
    return tmp_path / name


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_workbook_and_back_through_the_reader(lang, tmp_path):
    file = tmp_path / "b.xlsx"
    file.write_bytes(workbook.workbook(sample(), lang))
    assert reading.read(file, "b.xlsx") == sample()


TEXT = st.one_of(st.sampled_from(EVIL), st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=12))
WORDS = st.builds(bp.Words, TEXT, TEXT)
BOUND = st.lists(st.sampled_from([bp.Binding("nps"), bp.Binding.parse("satisfaction?element=store,hotline&item=a b")]), max_size=2, unique=True).map(tuple)
STEP = st.builds(
    bp.Step, id=st.uuids().map(lambda u: u.hex[:10]), lane=st.sampled_from(bp.LANES), phase=st.sampled_from(["p", "q"]), title=WORDS, order=st.integers(0, 5),
    span=st.integers(1, 2), key=st.booleans(), metrics=BOUND,
    fail=st.booleans(), categories=st.lists(st.sampled_from(["store", "tariff"]), max_size=2, unique=True).map(tuple), prevention=WORDS, contingency=WORDS,
    owner=st.sampled_from(["", "quality"]), gap=st.just("delivery"), cause=st.sampled_from(["", "supply_demand"]),
)


@given(st.lists(STEP, min_size=1, max_size=6, unique_by=lambda s: s.id), st.sampled_from(["zh", "en"]), WORDS, st.randoms())
@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])
def test_any_drawing_comes_back_as_it_was(steps, lang, name, chance):
    links = tuple((a.id, b.id) for a in steps for b in steps if a != b and chance.random() < 0.3)
    phases = (bp.Phase("p", name), bp.Phase("q", bp.Words("二", "Two")))
    made = bp.from_dict(bp.to_dict(bp.Document("d", name, phases, tuple(steps), links, "to_be", name, "hotline.complaint")))
    assert workbook.document_in(rows(workbook.workbook(made, lang))) == made


def test_what_is_changed_on_the_first_sheet_is_taken_over_and_the_rest_stays(tmp_path):
    document = sample()
    made = openpyxl.load_workbook(io.BytesIO(workbook.workbook(document, "zh")))
    first = made.worksheets[0]
    place = {cell.value: cell for row in first.iter_rows() for cell in row if cell.value}
    place["说明投诉诉求 (K)"].value = "说清投诉诉求 (K)(F)"  # renamed, and marked
    place["接受回访并评价 (K)"].value = "接受回访并评价\n再次来电"  # no key point any more, and a new step
    place["BOSS 系统"].value = None
    first.cell(place["接通"].row, place["接通"].column).value = "拨通"
    made.save(tmp_path / "b.xlsx")
    found = reading.read(tmp_path / "b.xlsx", "b.xlsx")
    step = found.step("tell")
    assert (step.title, step.fail, step.metrics) == (bp.Words("说清投诉诉求", "State the complaint"), True, document.step("tell").metrics)
    assert not found.step("judge").key and found.step("judge").metrics == document.step("judge").metrics
    assert found.step("boss") is None and ("review", "boss") in document.links and ("review", "boss") not in found.links
    (new,) = {s.id for s in found.steps} - {s.id for s in document.steps}
    assert found.step(new).title == bp.Words("再次来电") and found.step(new).phase == "rate"
    assert found.phases[0] == bp.Phase("reach", bp.Words("拨通", "Get through"))
    changed = {c.key for c in bp.diff(document, found).changes if c.part == "step"}
    assert changed == {"tell", "judge", "boss", new}


def test_a_sheet_that_somebody_made(tmp_path):
    file = sheet(
        tmp_path,
        ["营业厅服务蓝图 2026 版"], [], ["序号", "", "进厅", "办理", None],
        [1, "有形展示", "海报", "台席"], [2, "顾客行为", "1. 取号（K）\n2、等候 [F]", "缴费(K/F)"], ["", "互动分界线", "", ""],
        [3, "前台员工行为", "迎候", "收款 13800138000"], ["", "", "", "复核"], [4, "后台", "", "开票"], [5, "支持过程", "", "BOSS"],
    )
    found = reading.read(file, "蓝图草稿.xlsx")
    assert [p.name for p in found.phases] == [bp.Words("进厅"), bp.Words("办理")] and found.name == bp.Words("蓝图草稿")
    said = [(s.lane, s.title.zh or s.title.en, s.key, s.fail) for s in found.steps]
    assert said[2:5] == [("customer", "取号", True, False), ("customer", "等候", False, True), ("customer", "缴费", True, True)]
    assert "13800138000" not in bp.dumps(found) and ("frontstage", "复核", False, False) in said and len(said) == 10


def test_marks_and_bullets():
    assert grid.parsed("• Wait in queue (K)(F)") == ("Wait in queue", True, True)
    assert grid.parsed("3G 上网（k、f）") == ("3G 上网", True, True)
    assert grid.parsed("10.5 GB pack") == ("10.5 GB pack", False, False) and grid.parsed("(K) 取号") == ("取号", True, False)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "file_empty"), (b"PK\x03\x04broken", "file_damaged"), (b"%PDF-1.7", "file_not_a_table"), (b"a,b\n1,2\n", "blueprint_no_lanes"),
        ("泳道,一\n客户行为,\n前台服务,\n".encode(), "blueprint_no_steps"), (b"{not json", "blueprint_not_json"), (b"[1]", "blueprint_wrong_type"),
        (b"[" * 5000, "blueprint_not_json"), (b" " * (reading.LARGEST + 1), "blueprint_file_large"),
        (("泳道,一\n客户行为," + "长" * 81 + "\n前台服务,答\n").encode(), "blueprint_too_long"),
    ],
)
def test_a_file_that_is_no_blueprint_is_one_sentence(content, code, tmp_path):
    file = tmp_path / "x.csv"
    file.write_bytes(content)
    with pytest.raises((FileRefused, bp.BlueprintRefused)) as caught:
        reading.read(file, "x.csv")
    assert caught.value.code == code and all(say(caught.value, lang) for lang in ("zh", "en"))


def test_what_the_second_sheet_says_is_checked(tmp_path):
    made = openpyxl.load_workbook(io.BytesIO(workbook.workbook(sample(), "en")))
    made.worksheets[1]["B3"].value = "sky"
    made.save(tmp_path / "b.xlsx")
    with pytest.raises(bp.BlueprintRefused) as caught:
        reading.read(tmp_path / "b.xlsx", "b.xlsx")
    assert caught.value.params["value"] == "sky"


def test_json_and_back_masks_numbers(tmp_path):
    plain = bp.to_dict(sample())
    plain["steps"][0]["zh"] = "致电 13800138000"
    (tmp_path / "b.json").write_text("\ufeff" + json.dumps(plain), encoding="utf-8")
    found = reading.read(tmp_path / "b.json", "b.json")
    assert "13800138000" not in bp.dumps(found) and len(found.steps) == len(sample().steps)
    (tmp_path / "c.json").write_bytes(reading.as_json(sample()))
    assert reading.read(tmp_path / "c.json", "c.json") == sample()


def test_no_cell_is_a_formula():
    document = sample()
    steps = tuple(replace(s, title=bp.Words(EVIL[n % 5], EVIL[n % 5]), prevention=bp.Words(EVIL[n % 5])) for n, s in enumerate(document.steps))
    made = openpyxl.load_workbook(io.BytesIO(workbook.workbook(replace(document, steps=steps, name=bp.Words("=1")), "zh")))
    cells = [cell for sheet in made for row in sheet for cell in row if isinstance(cell.value, str)]
    assert {cell.data_type for cell in cells} == {"s"}
    assert not [cell.value for cell in cells if cell.value[:1] in "=+-@＝" and not cell.quotePrefix]
