"""Workbooks made for people: each test is named for the habit it stands for."""

from __future__ import annotations

from datetime import date, datetime

import openpyxl
import pytest
from openpyxl.utils.datetime import CALENDAR_MAC_1904
from workbooks import TICKET, adds_up, rules, shelf, stocked, stored, workbook

from sqm import loaders
from sqm.errors import FileRefused, WrongCall

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


def notes(result: loaders.LoadResult, level: str = "warning") -> list[tuple]:
    return [(note.code, *(note.params[p] for p in ("row", "column", "said", "sum") if p in note.params))
            for note in result.notes if note.level == level]


def test_totals_are_checked_and_never_counted(stocked, tmp_path):
    path = workbook(tmp_path / "c.xlsx", {"客户数": [
        CUSTOMERS, ["2026-07", "全省", "1,005", 1016], ["2026-07", "甲州", "1,000", 1010], ["2026-07", "乙州", 5, 6],
        ["2026-08", "甲州", 7, 8], ["2026-08", "乙州", 9, 10], ["2026-08", "小计", 16, 19], ["平均", None, 1, 1], ["总计：", None, 1021, 1034]]})
    result = loaders.load(stocked, path)
    assert (result.rows, result.accepted, result.skipped, result.refused) == (8, 4, 4, 0)
    assert notes(result) == [("total_off", 7, "期末客户数", "19", "18")]
    assert notes(result, "fact") == [("total_agrees",), ("averages_left_out",)]
    for lang in ("zh", "en"):
        assert "19" in result.say(lang) and "18" in result.say(lang) and "期初客户数" in result.say(lang)


def test_subtotals_name_their_place(stocked, tmp_path):
    path = workbook(tmp_path / "c.xlsx", {"客户数": [
        CUSTOMERS, ["2026-07", "甲州", 1, 2], ["2026-08", "甲州", 3, 4], [None, "甲州 小计", 4, 6], ["2026-07", "乙州", 5, 6], ["2026-08", "乙州", 7, 8],
        [None, "乙州小计", 12, 15], [None, "合计", 16, 20]]})
    result = loaders.load(stocked, path)
    assert (result.accepted, result.skipped, notes(result)) == (4, 3, [("total_off", 7, "期末客户数", "15", "14")])


@pytest.mark.parametrize(("values", "off"), [(["85.11%", "50.0%", "33.3%"], []), ([0.8511, 0.5, 0.34], [0.34]), (["85.11", "51", "33"], ["51"])])
def test_a_percentage_is_rebuilt_from_its_two_numbers(stocked, tmp_path, values, off):
    book = {"指标": [["月份", "地市", "指标", "分子", "分母", "完成值"], ["2026-07", "甲州", "满意率", 8511, 10000, values[0]],
                   ["2026-07", "乙州", "满意率", 1, 2, values[1]], ["2026-07", "丙江", "满意率", 1, 3, values[2]]]}
    result = loaders.load(stocked, workbook(tmp_path / "i.xlsx", book), dataset="indicators", add_missing=["indicator"])
    assert result.accepted == 3
    assert [note[3] for note in notes(result)] == [str(value) for value in off]


@pytest.mark.parametrize("rows", [
    [["地市", "指标", "2026年6月", "2026年7月"]],
    [["地市", "指标", "202606", "2026-07"]],
    [["地市", "指标", "Jun-26", "July 2026"]],
    [["地市", "指标", datetime(2026, 6, 1), datetime(2026, 7, 1)]],
    [["2026年内部指标（编制：2025年12月31日）"], ["地市", "指标", "6月", "7月"]],
    [["地市", "指标", "2026年", None], [None, None, "6月", "7月"]],
    [["地市", "指标", 2026, None], [None, None, "6月份", "7月份"]],
])
def test_months_stand_across(stocked, tmp_path, rows):
    path = workbook(tmp_path / "i.xlsx", {"指标": [*rows, ["甲州", "接通率", "91.5%", 92], ["乙州", "接通率", None, "坏"], ["甲洲", "接通率", 1, 2]]})
    result = loaders.load(stocked, path, dataset="indicators", add_missing=["indicator"])
    assert (result.rows, result.accepted, result.records, result.records_refused) == (5, 2, 3, 1)
    assert [(row, rule) for row, _, rule in rules(result)] == [(len(rows) + 2, "not_a_number"), (len(rows) + 3, "unknown_value")]
    adds_up(result)
    kept = stored(stocked, "indicators")
    assert sorted(zip(kept["month"].astype(str), kept["city"], kept["value"], strict=True)) == [("2026-06-01", "甲州", 91.5), ("2026-07-01", "甲州", 92.0)]
    assert notes(result, "fact") == [("months_across",)]


def test_each_month_has_several_columns_and_a_total(stocked, tmp_path):
    path = workbook(tmp_path / "c.xlsx", {"客户数": [
        ["地市", "2026年6月", None, "2026年7月", None], [None, "期初", "期末", "期初", "期末"], ["甲州", 1, 2, 2, 3], ["乙州", 4, 5, 5, 6], ["合计", 5, 7, 7, 8]]})
    result = loaders.load(stocked, path)
    assert (result.dataset, result.accepted, result.skipped) == ("customers", 4, 1)
    assert notes(result) == [("total_off", 5, "2026年7月-期末", "8", "9")]


def test_a_month_across_that_lies_ahead_is_refused(stocked, tmp_path, monkeypatch):
    monkeypatch.setattr("sqm.ingest.dating.today", lambda: date(2026, 6, 15))
    path = workbook(tmp_path / "i.xlsx", {"指标": [["地市", "指标", "2026年6月", "2026年9月"], ["甲州", "接通率", 91, 92]]})
    result = loaders.load(stocked, path, dataset="indicators", add_missing=["indicator"])
    assert (result.accepted, rules(result)) == (1, [(2, "2026年9月", "in_future")])


def test_a_column_under_two_headings_can_be_left_out(stocked, tmp_path):
    rows = [["受访者编号", "月份", "热线服务", None, "营业厅服务"], [None, None, "评价", "理由", "评价"], ["R1", "2026-07", 4, "久", 5]]
    path = workbook(tmp_path / "s.xlsx", {"回访": rows})
    result = loaders.load(stocked, path, mapping={"热线服务-理由": "-"})
    assert (result.accepted, result.refused) == (2, 0)


def test_agreement_words_count_once_somebody_says_on_which_scale(stocked, tmp_path):
    path = workbook(tmp_path / "s.xlsx", {"调查": [["受访者编号", "月份", "热线服务", "营业厅服务"], ["R1", "2026-07", "非常满意", "不满意"],
                                                ["R2", "2026-07", "Satisfied", "一般"]]})
    result = loaders.load(stocked, path)
    assert (result.message, result.refused, notes(result, "question")) == ("nothing_accepted", 4, [("words",)])
    result = loaders.load(stocked, path, mapping=["score:words=1-5"])
    assert (result.accepted, notes(result, "question")) == (4, [])
    kept = stored(stocked, "surveys")
    assert sorted(kept["score"]) == [2, 3, 4, 5] and set(kept["scale"]) == {"1-5"}
    assert loaders.load(stocked, path, mapping={"score:words": "1-5"}).message == "already_loaded"
    for wrong in ("score:words=7", "score:blank=x", "respondent:words=1-5"):
        with pytest.raises(WrongCall) as caught:
            loaders.load(stocked, path, dataset="surveys", mapping=[wrong])
        assert caught.value.code == "map_option"


def test_single_words_are_put_where_somebody_says(stocked, tmp_path):
    path = workbook(tmp_path / "s.xlsx", {"调查": [["受访者编号", "月份", "要素", "得分"], ["R1", "2026-07", "热线服务", "满意"], ["R2", "2026-07", "热线服务", "还行"],
                                                ["R3", "2026-07", "热线服务", "So-so"], ["R4", "2026-07", "热线服务", "一般"]]})
    asked = loaders.load(stocked, path, dry_run=True)
    assert [note.params["texts"] for note in asked.notes if note.code == "words"] == [["So-so", "一般", "满意", "还行"]]
    result = loaders.load(stocked, path, mapping=["score:words=1-5|还行:4|SO-SO:2|一般:"])
    assert result.accepted == 3 and rules(result) == [(5, "得分", "not_a_number")]
    rows = stored(stocked, "surveys").set_index("respondent")
    assert rows.score.to_dict() == {"R1": 4, "R2": 4, "R3": 2} and set(rows.scale) == {"1-5"}
    assert "So-so = 2" in result.say("en")
    for wrong in ("score:words=1-5|还行:7", "score:words=1-5|:3", "score:words=1-5|还行:x"):
        with pytest.raises(WrongCall) as caught:
            loaders.load(stocked, path, dataset="surveys", mapping=[wrong])
        assert caught.value.code == "map_option"



@pytest.mark.parametrize("rows", [
    [["受访者编号", "月份", "热线服务", "营业厅服务"], ["R1", "2026-07", 9, 99], ["R2", "2026-07", 0, 8]],
    [["受访者编号", "月份", "要素", "得分"], ["R1", "2026-07", "热线服务", 9], ["R1", "2026-07", "营业厅服务", 99], ["R2", "2026-07", "热线服务", 0],
     ["R2", "2026-07", "营业厅服务", 8]],
])
def test_99_and_0_mean_not_applicable_once_somebody_says_so(stocked, tmp_path, rows):
    path = workbook(tmp_path / "s.xlsx", {"调查": rows})
    result = loaders.load(stocked, path, dry_run=True)
    assert (result.refused, result.accepted) == (2, 2)
    assert [(note.code, note.params["values"], note.params["n"]) for note in result.notes] == [("not_applicable", "0,99", 2)]
    result = loaders.load(stocked, path, mapping=["score:blank=0,99"])
    assert (result.refused, result.accepted, result.notes) == (0, 2, [])
    adds_up(result)
    assert sorted(stored(stocked, "surveys")["score"]) == [8, 9]


def test_the_order_of_day_and_month_is_said(stocked, tmp_path):
    path = workbook(tmp_path / "t.xlsx", {"明细": [TICKET[:2], ["T1", "15/07/2026"], ["T2", "03/08/2026"]]})
    result = loaders.load(stocked, path, dry_run=True)
    assert [(note.code, note.params["column"]) for note in result.notes] == [("day_first", "受理时间")]


def test_dates_of_a_workbook_that_counts_from_1904(stocked, tmp_path):
    book = openpyxl.Workbook()
    book.epoch = CALENDAR_MAC_1904
    for row in (TICKET[:2], ["T1", datetime(2026, 7, 3, 8, 30)]):
        book.active.append(row)
    book.save(tmp_path / "m.xlsx")
    assert loaders.load(stocked, tmp_path / "m.xlsx").accepted == 1
    assert stored(stocked, "complaints")["opened_at"].tolist() == [datetime(2026, 7, 3, 8, 30)]


@pytest.mark.parametrize(("above", "heads", "rows"), [
    # Remarks strewn over the top, one of them nearly as wide as the table.
    ([["写在前面", "", "", ""], ["的", "几句", "", "话"], ["或", "合并", "", "单元格"]], ["甲项", "乙项", "丙项", "丁项"], [["a", "b", "c", "d"]] * 6),
    # A column that only some rows fill, and a first column without a heading.
    ([["标题"]], ["甲项", "乙项", "丙项", "备注"], [["a", "b", "c", ""]] * 5 + [["a", "b", "c", "d"]]),
    ([], ["", "一月", "二月", "三月"], [["x", "1", "2", "3"]] * 5),
])
def test_headings_that_no_dataset_knows_are_found_all_the_same(stocked, tmp_path, above, heads, rows):
    path = workbook(tmp_path / "m.xlsx", {"别的": [*above, heads, *rows]})
    with pytest.raises(FileRefused) as caught:
        loaders.load(stocked, path)
    assert caught.value.code == "dataset_unknown" and caught.value.params["headings"] == ", ".join(filter(None, heads))
    (info,) = loaders.inspect(path, stocked, dataset="complaints")
    assert info.headings == heads


def test_two_visits_to_one_store_on_one_day_are_two(stocked, tmp_path):
    """A sheet of total scores without visit ids: rows that differ are visits of their own; a row pasted twice is one."""
    head = ["营业厅编码", "走访日期", "总分"]
    rows = [["S1", "2026-07-01", 90], ["S1", "2026-07-01", 80], ["S1", "2026-07-01", 90], ["S2", "2026-07-01", 70], ["不认识", "2026-07-01", 60], ["不认识", "2026-07-01", 61]]
    path = workbook(tmp_path / "a.xlsx", {"暗访": [head, *rows]})
    result = loaders.load(stocked, path, dataset="audits")
    assert (result.accepted, result.skipped, result.refused) == (3, 1, 2) and {p.rule for p in result.problems} == {"unknown_value"}
    assert dict(zip(stored(stocked, "audits")["visit_id"], stored(stocked, "audits")["points"], strict=True)) == {
        "S1 2026-07-01": 0.9, "S1 2026-07-01 #2": 0.8, "S2 2026-07-01": 0.7}
    (note,) = [note for note in result.notes if note.code == "records_apart"]
    assert note.level == "warning" and "S1 2026-07-01" in note.say("zh") and "1 more visit," in note.say("en")
    again = loaders.load(stocked, workbook(tmp_path / "b.xlsx", {"暗访": [head, *rows[:2]]}), dataset="audits")
    assert (again.new, again.replaced, again.unchanged) == (0, 0, 2)


def test_not_applicable_is_no_answer_and_total_rows_ask_nothing(stocked, tmp_path):
    """"不适用" under an element is a question that was not asked; what a total row says in the column of cities is no city."""
    head = ["样本编号", "调查月份", "地市", "网络覆盖（1-10）", "综合满意度"]
    rows = [["R1", "2026-07", "甲州", "不适用", 8], ["R2", "2026-07", "甲州", 9, "不涉及"], ["R3", "2026-07", "甲州城区", 9, 7], ["合计", None, "3份", None, None]]
    result = loaders.load(stocked, workbook(tmp_path / "s.xlsx", {"满意度调查": [head, *rows]}), dataset="surveys", dry_run=True)
    assert result.accepted == 2 and [one.value for one in result.unknown] == ["甲州城区"] and {p.rule for p in result.problems} == {"unknown_value"}
