"""Workbooks made for people: each test is named for the habit it stands for."""

from __future__ import annotations

import pytest
from workbooks import TICKET, adds_up, rules, shelf, stocked, stored, workbook

from sqm import loaders
from sqm.errors import FileRefused

__all__ = ["shelf", "stocked"]

CUSTOMERS = ["月份", "地市", "期初客户数", "期末客户数"]


def test_titles_and_notes_stand_over_the_headings(stocked, tmp_path):
    path = workbook(tmp_path / "c.xlsx", {"客户数": [["全省客户规模月报"], ["编制：市场部", None, "单位：户"], [], CUSTOMERS, ["2026-07", "甲州", 1, 2]]})
    result = loaders.load(stocked, path)
    assert (result.dataset, result.rows, result.accepted) == ("customers", 1, 1)


@pytest.mark.parametrize("rows", [
    [["受访者编号", "月份", "热线服务", None, "营业厅服务", None], [None, None, "得分", "期望", "得分", "期望"]],
    [["二〇二六年满意度调查"], ["基本信息", None, "各要素", None, None, None], ["受访者编号", "月份", "热线服务", None, "营业厅服务", None],
     [None, None, "得分", "期望", "得分", "期望"]],
])
def test_elements_stand_over_score_and_expectation(stocked, tmp_path, rows):
    path = workbook(tmp_path / "s.xlsx", {"调查": [*rows, ["R1", "2026-07", 9, 10, 7, 8]]})
    result = loaders.load(stocked, path)
    assert (result.dataset, result.records, result.accepted, result.ignored) == ("surveys", 1, 2, [])
    kept = stored(stocked, "surveys").set_index("element")
    assert kept.loc["hotline", ["score", "expectation"]].tolist() == [9, 10]
    assert kept.loc["store", ["score", "expectation"]].tolist() == [7, 8]


def test_questions_stand_under_their_element(stocked, tmp_path):
    path = workbook(tmp_path / "s.xlsx", {"调查": [
        ["受访者编号", "月份", "热线服务", None, "网络覆盖"], [None, None, "接通快", "态度好", None], ["R1", "2026-07", 9, 8, 7]]})
    result = loaders.load(stocked, path)
    assert (result.accepted, result.ignored) == (3, [])
    assert sorted(zip(*stored(stocked, "surveys")[["element", "item"]].to_numpy().T, strict=True)) == [
        ("coverage", ""), ("hotline", "态度好"), ("hotline", "接通快")]


def test_a_heading_said_twice_can_be_chosen(stocked, tmp_path):
    path = workbook(tmp_path / "s.xlsx", {"调查": [["受访者编号", "月份", "感知要素", "得分", "得分"], ["R1", "2026-07", "热线服务", 9, 3]]})
    with pytest.raises(FileRefused) as caught:
        loaders.load(stocked, path)
    assert caught.value.code == "heading_twice" and "得分 / 得分 (2)" in caught.value.params["pairs"]
    assert loaders.inspect(path, stocked)[0].doubled == {"score": ["得分", "得分 (2)"]}
    result = loaders.load(stocked, path, mapping={"得分 (2)": "score"})
    assert result.ignored == ["得分"] and stored(stocked, "surveys")["score"].tolist() == [3]


def test_two_tables_stand_side_by_side(stocked, tmp_path):
    events = ["编号", "日期", "事件"]
    path = workbook(tmp_path / "c.xlsx", {"月报": [
        ["客户规模", None, None, None, None, "大事记"], [*CUSTOMERS, None, *events],
        ["2026-07", "甲州", 1, 2, None, "E1", "2026-07-03", "上线"], ["2026-07", "乙州", "多", 4, None, None, None, None]]})
    found = loaders.inspect(path, stocked)
    assert [(s.name, s.range, s.dataset) for s in found] == [("月报 #1", "A1:D4", "customers"), ("月报 #2", "F1:H4", "events")]
    with pytest.raises(FileRefused) as caught:
        loaders.load(stocked, path)
    assert caught.value.code == "sheets_several" and "月报 #2" in caught.value.params["sheets"]
    result = loaders.load(stocked, path, sheet="月报 #1")
    assert (result.sheet, result.accepted, rules(result)) == ("月报 #1", 1, [(4, "期初客户数", "not_a_number")])
    result = loaders.load(stocked, path, sheet="月报", dataset="events")
    assert (result.accepted, stored(stocked, "events")["source_row"].tolist()) == (1, [3])


def test_tables_stand_one_below_the_other(stocked, tmp_path):
    path = workbook(tmp_path / "c.xlsx", {"月报": [
        ["一、客户规模"], CUSTOMERS, ["2026-07", "甲州", 1, 2], ["2026-07", "乙州", 3, 4], [], [], ["二、投诉明细"], TICKET[:4],
        ["T1", "2026-07-01 08:00", "投诉", "甲州"], ["T2", "那天", "投诉", "甲州"]]})
    assert [(s.range, s.dataset, s.heading_row) for s in loaders.inspect(path, stocked)] == [
        ("A1:D4", "customers", 2), ("A7:D10", "complaints", 8)]
    assert loaders.load(stocked, path, sheet="月报 #1").accepted == 2
    result = loaders.load(stocked, path, sheet="月报 #2")
    assert (result.accepted, rules(result)) == (1, [(10, "受理时间", "bad_date")])
    adds_up(result)


@pytest.mark.parametrize("rows", [
    [[*CUSTOMERS[:2], None, *CUSTOMERS[2:]], ["2026-07", "甲州", None, 1, 2], ["2026-07", "乙州", None, 3, 4]],
    [CUSTOMERS, ["2026-07", "甲州", 1, 2], [], ["2026-07", "乙州", 3, 4]],
    [CUSTOMERS, ["2026-07", "甲州", 1, 2], [], CUSTOMERS, ["2026-07", "乙州", 3, 4]],
    [[*CUSTOMERS, None, "说明"], ["2026-07", "甲州", 1, 2, None, "见附件"], ["2026-07", "乙州", 3, 4, None, None]],
])
def test_blank_rows_and_columns_only_for_the_eye(stocked, tmp_path, rows):
    result = loaders.load(stocked, workbook(tmp_path / "c.xlsx", {"客户数": rows}))
    assert (result.sheet, result.accepted, result.refused) == ("客户数", 2, 0)
