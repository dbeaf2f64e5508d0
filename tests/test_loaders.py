"""Loading: everyday mess, counting, wide and long sheets, duplicates, months, references, extracts."""

from __future__ import annotations

import json
import os
import stat
from datetime import date, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from workbooks import CITIES, TICKET, adds_up, rules, shelf, stocked, stored, workbook

from sqm import datasets, loaders, metrics, warehouse
from sqm.errors import FileRefused, WrongCall
from sqm.i18n import LANGUAGES, say

__all__ = ["shelf", "stocked"]


def tickets(path: Path, *rows: list, heading: list | None = None) -> Path:
    return workbook(path, {"明细": [heading or TICKET, *rows]})


def ticket(number: str, **more: object) -> list:
    values = {"工单号": number, "受理时间": "2026-07-15 10:22:00", "工单类型": "投诉", "地市": "甲州", "投诉类别": "网络质量",
              "手机号": None, "是否升级": "否", "投诉内容": "上网慢", **more}
    return [values[name] for name in TICKET]


def test_everyday_mess_is_read(stocked, tmp_path):
    path = workbook(tmp_path / "工单.xlsx", {"明细": [
        ["2026年7月投诉明细表"], ["制表单位：客服部"], [], [h + " *" if h == "工单号" else h for h in TICKET],
        ticket("T1", 受理时间="2026年7月15日 10:22", 地市="甲州市", 手机号="１３８１２３４５６７８"),
        ticket("  T2 ", 受理时间="2026/7/16 下午3:05", 地市="ＪＩＡＺＨＯＵ", 工单类型="咨询", 投诉类别="fee"),
        ticket("T3", 受理时间=datetime(2026, 7, 17, 8, 3), 地市="乙州", 是否升级="是"),
        ticket("T4", 受理时间=46220, 地市="yizhou", 是否升级=None),
        [None] * 8,
        ["合 计", 4],
        ["注：以上数据来自客服系统"],
    ]})
    result = loaders.load(stocked, path)
    assert (result.dataset, result.message) == ("complaints", "published")
    assert (result.rows, result.accepted, result.refused, result.skipped) == (6, 4, 0, 2), result.problems
    adds_up(result)
    rows = stored(stocked, "complaints").set_index("ticket_id")
    assert list(rows.index) == ["T1", "T2", "T3", "T4"]
    assert list(rows["opened_at"]) == [datetime(2026, 7, 15, 10, 22), datetime(2026, 7, 16, 15, 5),
                                       datetime(2026, 7, 17, 8, 3), datetime(2026, 7, 17)]
    assert list(rows["city"]) == ["甲州", "甲州", "乙州", "乙州"]
    assert list(rows["kind"]) == ["complaint", "enquiry", "complaint", "complaint"]
    assert list(rows["category"]) == ["net", "fee", "net", "net"]
    assert [bool(v) for v in rows["escalated"]] == [False, False, True, False]
    assert list(rows["source_row"]) == [5, 6, 7, 8]
    assert result.as_of == datetime(2026, 7, 17, 8, 3)


def test_each_problem_says_where_and_what(stocked, tmp_path):
    path = tickets(tmp_path / "bad.xlsx",
                   ticket("T1", 受理时间="2026-09-31"), ticket("T2", 地市="甲洲"), ticket("T3", 工单类型="表扬"),
                   ticket("T4", 受理时间=None), ticket("T5", 是否升级="也许"), ticket("T6", 地市="甲"), ticket("T7", 受理时间="2026年7月"),
                   ticket("T8", 地市="#N/A"), ticket(None))
    result = loaders.load(stocked, path)
    assert result.message == "nothing_accepted" and result.batch is None
    assert rules(result) == [(2, "受理时间", "bad_date"), (3, "地市", "unknown_value"), (4, "工单类型", "not_allowed"),
                             (5, "受理时间", "required"), (6, "是否升级", "not_allowed"), (7, "地市", "ambiguous_value"),
                             (8, "受理时间", "month_not_date"), (9, "地市", "error_cell"), (10, "工单号", "required")]
    assert (result.rows, result.refused) == (9, 9)
    near = result.problems[1]
    assert near.params["near"] == "甲州" and "甲州" in near.say("zh") and "甲洲" in near.say("en")
    for problem in result.problems:
        for lang in LANGUAGES:
            assert problem.say(lang) != problem.rule and "{" not in problem.say(lang)
    assert stored(stocked, "complaints").empty
    assert {p["rule"] for p in json.loads(json.dumps(result.as_json("en")))["problems"]} == {r for _, _, r in rules(result)}


def test_the_good_rows_are_published_beside_the_bad(stocked, tmp_path):
    result = loaders.load(stocked, tickets(tmp_path / "t.xlsx", ticket("T1"), ticket("T2", 地市="丁城"), ticket("T3")))
    assert (result.rows, result.accepted, result.refused) == (3, 2, 1)
    adds_up(result)
    kept = loaders.problems(stocked, result.batch)
    assert [(p.row, p.column, p.value, p.rule) for p in kept] == [(3, "地市", "丁城", "unknown_value")]
    assert kept[0].say("zh") == result.problems[0].say("zh")


def test_equal_duplicates_are_skipped_and_conflicting_ones_refused(stocked, tmp_path):
    path = tickets(tmp_path / "t.xlsx", ticket("T1"), ticket("T1"), ticket("T2"), ticket("T2", 地市="乙州"), ticket("T3"),
                   ticket("T1", 投诉内容="上网慢"))
    result = loaders.load(stocked, path)
    assert (result.rows, result.accepted, result.refused, result.skipped) == (6, 2, 2, 2)
    assert rules(result) == [(4, "工单号", "conflicting_rows"), (5, "工单号", "conflicting_rows")]
    assert [problem.params["other"] for problem in result.problems] == [5, 4]
    assert "4" in result.problems[0].say("en") and "5" in result.problems[0].say("en")
    assert list(stored(stocked, "complaints")["ticket_id"]) == ["T1", "T3"]
    adds_up(result)


def test_numbers_as_people_type_them(stocked, tmp_path):
    head = ["月份", "地市", "责任部门", "指标编码", "分子", "分母", "指标值"]
    for name, rows in (("部门", [["部门编码", "中文名称"], ["cs", "客服部"]]), ("指标目录", [["指标编码", "中文名称"], ["ans", "接通率"]])):
        loaders.load(stocked, workbook(tmp_path / f"{name}.xlsx", {name: rows}))
    path = workbook(tmp_path / "i.xlsx", {"内部指标": [
        head, ["2026年7月", "甲州", "客服部", "接通率", "1,234,567", "２０００", "98.5%"], ["202608", "甲州", "cs", "ans", "1.5e3", 2000, 0.5],
        ["2026-09", None, None, "ans", "12 345", 10, 5], ["2026-10", "甲州", "cs", "ans", "-", "—", "９８．５％"],
        ["Nov-2026", "甲州", "cs", "ans", "nan", 1, 1], ["2026.12", "甲州", "cs", "ans", 1, -1, 1]]})
    result = loaders.load(stocked, path)
    assert rules(result) == [(4, "分子", "not_a_number"), (6, "分子", "not_a_number"), (7, "分母", "out_of_range")]
    rows = stored(stocked, "indicators")
    assert list(rows["month"]) == [date(2026, 7, 1), date(2026, 8, 1), date(2026, 10, 1)]
    assert rows["numerator"].tolist()[:2] == [1234567, 1500] and rows["numerator"].isna()[2]
    assert rows["value"].tolist() == [98.5, 0.5, 98.5]
    assert result.as_of == datetime(2026, 10, 31, 23, 59, 59)


WIDE = ["样本编号", "调查月份", "地市", "综合满意度", "热线服务", "热线服务期望", "热线服务-接通快", "营业厅服务（1-5）", "推荐意愿（0-10）", "客群"]


def test_a_wide_survey_becomes_answers(stocked, tmp_path):
    path = workbook(tmp_path / "s.xlsx", {"满意度": [
        ["满意度调查结果"], WIDE,
        ["R1", "2026-07", "甲州", 9, "８", 10, 7, 4, 10, "高端"],
        ["R2", "2026年7月", "丁城", 9, 8, 10, 7, 4, 10, "高端"],
        ["R3", "2026-07-01", "乙州", 11, "85%", 10, None, 6, 0, "高端"],
        ["R4", "2026-07-01", "乙州"],
        ["R5", "2026-07-01", "乙州", 8, None, 9, "-", "N/A", "—", None],
        ["合计", None, None, 37]]})
    result = loaders.load(stocked, path)
    assert result.dataset == "surveys"
    assert (result.records, result.records_refused) == (5, 1)
    # R1 5 answers; R2 5 refused with the record; R3 1 of 4; R4 none; R5 one good, one without a score; 1 total.
    assert (result.rows, result.accepted, result.refused, result.skipped) == (17, 7, 9, 1)
    adds_up(result)
    assert rules(result) == [(4, "地市", "unknown_value"), (5, "综合满意度", "outside_scale"), (5, "热线服务", "outside_scale"),
                             (5, "营业厅服务（1-5）", "outside_scale"), (7, "热线服务", "required")]
    assert [p.value for p in result.problems][2] == "85%"
    rows = stored(stocked, "surveys").set_index(["respondent", "element", "item"])
    assert rows.loc[("R1", "hotline", ""), ["score", "expectation", "scale"]].tolist() == [8, 10, "1-10"]
    assert rows.loc[("R1", "hotline", "接通快"), "score"] == 7
    assert rows.loc[("R1", "store", ""), ["score", "scale"]].tolist() == [4, "1-5"]
    assert rows.loc[("R1", "recommend", ""), "scale"] == "0-10"
    assert rows.loc[("R3", "recommend", ""), "score"] == 0
    assert rows.loc[("R5", "overall", ""), "score"] == 8
    assert set(rows["operator"]) == {"own"} and set(rows["weight"]) == {1.0}
    assert result.as_of == datetime(2026, 7, 31, 23, 59, 59)


def test_a_long_survey_keeps_each_rows_scale(stocked, tmp_path):
    path = workbook(tmp_path / "s.xlsx", {"Sheet1": [
        ["Respondent ID", "Survey month", "City", "Element", "Score", "Scale"],
        ["R1", "2026-07", "Jiazhou", "热线服务", 5, "五分制"], ["R1", "2026-07", "Jiazhou", "NPS", 0, None],
        ["R1", "2026-07", "Jiazhou", "总体满意度", 0, None], ["R2", "2026-07", "Jiazhou", "overall", 100, "百分制"]]})
    result = loaders.load(stocked, path, dataset="surveys")
    assert rules(result) == [(4, "Score", "outside_scale")]
    rows = stored(stocked, "surveys")
    assert list(zip(rows["element"], rows["scale"], rows["score"], strict=True)) == [
        ("hotline", "1-5", 5), ("recommend", "0-10", 0), ("overall", "0-100", 100)]


def test_a_wide_audit_knows_not_applicable(stocked, tmp_path):
    path = workbook(tmp_path / "a.xlsx", {"营业厅检查": [
        ["走访编号", "营业厅编码", "走访日期", "监测方式", "主动迎候", "厅容整洁", "排队分钟"],
        ["V1", "S1", "2026-07-03", "神秘顾客", "是", "不适用", 12], ["V2", "人民路厅", "2026/7/4", "明查", "80%", "N/A", None],
        ["V3", "S2", "2026-07-05", "明查", "好", 0.5, 3], ["V4", "S9", "2026-07-05", "明查", 1, 1, 3]]})
    result = loaders.load(stocked, path)
    assert result.dataset == "audits"
    assert (result.rows, result.accepted, result.refused, result.records, result.records_refused) == (8, 5, 3, 4, 1)
    assert rules(result) == [(4, "主动迎候", "not_a_number"), (5, "营业厅编码", "unknown_value")]
    rows = stored(stocked, "audits").set_index(["visit_id", "item"])
    assert rows.loc[("V1", "greet"), "points"] == 1 and rows.loc[("V2", "greet"), "points"] == 0.8
    assert not rows.loc[("V1", "tidy"), "applicable"] and not rows.loc[("V2", "tidy"), "applicable"]
    assert rows.loc[[("V1", "tidy"), ("V2", "tidy")], "points"].isna().all()
    assert rows.loc[("V3", "tidy"), "applicable"] and rows.loc[("V2", "greet"), "store"] == "S1"


def test_a_long_audit_needs_points_or_a_reason(stocked, tmp_path):
    path = workbook(tmp_path / "a.xlsx", {"营业厅检查": [
        ["走访编号", "营业厅", "走访日期", "检查项", "得分", "是否适用"], ["V1", "S1", "2026-07-03", "主动迎候", None, "否"],
        ["V1", "S1", "2026-07-03", "厅容整洁", None, None], ["V2", "S1", "2026-07-03", "tidy", "不适用", None],
        ["V3", "S1", "2026-07-03", "tidy", 8, None]]})
    result = loaders.load(stocked, path)
    assert rules(result) == [(3, "得分", "points_missing"), (5, "得分", "out_of_range")]
    assert [bool(v) for v in stored(stocked, "audits")["applicable"]] == [False, False]


def test_visits_with_nothing_but_a_total(stocked, tmp_path):
    # No number of the visit, no items, scores out of a hundred.
    head = ["营业厅编码", "检查日期", "总分"]
    path = workbook(tmp_path / "暗访成绩.xlsx", {"成绩": [
        head, ["S1", "2026-07-03", 92], ["S1", "2026-07-20", "85.5%"], ["S2", "2026-07-04", 71.5], ["S2", "2026-07-09", 0.8],
        ["S2", "2026-07-12", 120], ["S2", "2026-07-15", 0]]})
    result = loaders.load(stocked, path)
    assert (result.dataset, result.message, result.warnings) == ("audits", "published", [])
    assert rules(result) == [(2, "总分", "out_of_range"), (4, "总分", "out_of_range"), (6, "总分", "out_of_range")]
    loaders.undo(stocked, result.batch)

    path = workbook(tmp_path / "暗访成绩2.xlsx", {"成绩": [
        head, ["S1", "2026-07-03", 92], ["S1", "2026-07-20", "85.5%"], ["S2", "2026-07-04", 71.5], ["S2", "2026-07-09", 0.8],
        ["S2", "2026-07-15", 0]]})
    result = loaders.load(stocked, path)
    assert (result.dataset, result.message, result.warnings) == ("audits", "published", ["read_as_percent"])
    assert rules(result) == [(5, "总分", "mixed_units")] and "0.8" in result.problems[0].say("zh")
    adds_up(result)
    rows = stored(stocked, "audits").set_index("visit_id")
    assert list(rows["item"].unique()) == ["total"]
    assert dict(rows["points"]) == {"S1 2026-07-03": 0.92, "S1 2026-07-20": 0.855, "S2 2026-07-04": 0.715, "S2 2026-07-15": 0.0}
    assert "mixed_units" not in result.say("en") and "percent" in result.say("en")


def test_a_total_beside_its_items_is_not_counted_again(stocked, tmp_path):
    path = workbook(tmp_path / "走访.xlsx", {"走访": [
        ["走访编号", "营业厅编码", "检查日期", "主动迎候", "厅容整洁", "总分"], ["V1", "S1", "2026-07-03", 1, 0.5, 83]]})
    result = loaders.load(stocked, path)
    assert (result.message, result.records, result.accepted, result.ignored) == ("published", 1, 2, ["总分"])
    assert dict(stored(stocked, "audits").set_index("item")["points"]) == {"greet": 1.0, "tidy": 0.5}


@pytest.mark.parametrize("points", [[1, 2, 5], [9, 8, 10], [20, 15, 18]])
def test_points_out_of_something_else_are_not_taken_for_percent(stocked, tmp_path, points):
    rows = [[f"V{n}", "S1", "2026-07-03", "greet", p] for n, p in enumerate(points)]
    path = workbook(tmp_path / "走访.xlsx", {"走访": [["走访编号", "营业厅编码", "检查日期", "检查项", "得分"], *rows]})
    result = loaders.load(stocked, path)
    assert {problem.rule for problem in result.problems} == {"out_of_range"} and not result.warnings


def test_fractions_stay_fractions(stocked, tmp_path):
    path = workbook(tmp_path / "走访.xlsx", {"走访": [
        ["走访编号", "营业厅编码", "检查日期", "检查项", "得分"], ["V1", "S1", "2026-07-03", "greet", 1],
        ["V2", "S1", "2026-07-04", "greet", 0.5], ["V3", "S1", "2026-07-05", "greet", 12]]})
    result = loaders.load(stocked, path)
    assert (result.accepted, result.warnings, rules(result)) == (2, [], [(4, "得分", "out_of_range")])


def test_total_rows_by_city_are_skipped(stocked, tmp_path):
    path = workbook(tmp_path / "c.xlsx", {"客户数": [
        ["月份", "地市", "期初客户数（户）", "期末客户数（户）"], ["2026-07", "甲州", "1,000", "1,010"], ["2026-07", "乙州", 5, 6],
        ["2026-07", "全省", 1005, 1016], ["2026-07", "小计", 1, 1], ["总计：", None, 1005, 1016], ["Grand Total", None, 1, 2]]})
    result = loaders.load(stocked, path)
    assert (result.dataset, result.rows, result.accepted, result.skipped, result.refused) == ("customers", 6, 2, 4, 0)


def test_all_missing_columns_are_named_at_once(stocked, tmp_path):
    path = workbook(tmp_path / "c.xlsx", {"客户数": [["月份", "县区", "期初客户数", "备注栏"], ["2026-07", "甲州", 1, 1]]})
    with pytest.raises(FileRefused) as caught:
        loaders.load(stocked, path, dataset="customers")
    assert caught.value.code == "columns_missing"
    for lang in LANGUAGES:
        text = say(caught.value, lang)
        assert all(word in text for word in ("city", "closing", "地市", "期末客户数", "备注栏", "县区")), text
    assert "opening" not in caught.value.params["columns"]


def test_two_headings_for_one_field_need_a_decision(stocked, tmp_path):
    head = [*TICKET, "投诉时间"]
    path = tickets(tmp_path / "t.xlsx", [*ticket("T1"), "2026-01-01"], heading=head)
    with pytest.raises(FileRefused) as caught:
        loaders.load(stocked, path)
    assert caught.value.code == "heading_twice"
    assert "受理时间" in caught.value.params["pairs"] and "投诉时间" in caught.value.params["pairs"]
    result = loaders.load(stocked, path, mapping={"投诉时间": "opened_at"})
    assert result.ignored == ["受理时间"]
    assert stored(stocked, "complaints")["opened_at"][0] == datetime(2026, 1, 1)


def test_a_map_decides_and_is_checked(stocked, tmp_path):
    path = workbook(tmp_path / "t.xlsx", {"s": [["No", "When", "Town"], ["T1", "2026-07-01", "甲州"]]})
    result = loaders.load(stocked, path, dataset="complaints", mapping=["No=ticket_id", "When=opened_at", "Town=-"])
    assert result.accepted == 1 and stored(stocked, "complaints")["city"][0] is None
    with pytest.raises(WrongCall, match="unknown_field"):
        loaders.load(stocked, path, dataset="complaints", mapping={"No": "ticket"})
    with pytest.raises(WrongCall) as caught:
        loaders.load(stocked, path, dataset="complaints", mapping={"No": "ticket_id", "Wen": "opened_at", "When": "opened_at"})
    assert caught.value.code == "map_heading" and caught.value.params["near"] == "When"
    with pytest.raises(WrongCall, match="map_entry"):
        loaders.load(stocked, path, dataset="complaints", mapping=["No"])


@pytest.mark.parametrize(("cells", "read"), [
    (["22-04-15", "04-08-15", "18-04-15"], [(2015, 4, 22), (2015, 8, 4), (2015, 4, 18)]),
    (["13/04/2015", "04/05/2015"], [(2015, 4, 13), (2015, 5, 4)]),
    (["04/13/2015", "04/05/2015 3:05 PM"], [(2015, 4, 13), (2015, 4, 5)]),
    (["05/05/2015", "06/06/2015"], [(2015, 5, 5), (2015, 6, 6)]),
    (["22-Apr-15", "2015年4月23日", "20150424", "42119"], [(2015, 4, 22), (2015, 4, 23), (2015, 4, 24), (2015, 4, 25)]),
])
def test_the_order_of_day_and_month_is_the_columns(stocked, tmp_path, cells, read):
    path = tickets(tmp_path / "t.xlsx", *[ticket(f"T{n}", 受理时间=cell) for n, cell in enumerate(cells)])
    result = loaders.load(stocked, path)
    assert not result.problems
    assert [(d.year, d.month, d.day) for d in stored(stocked, "complaints")["opened_at"]] == read


def test_an_ambiguous_order_is_refused_until_said(stocked, tmp_path):
    path = tickets(tmp_path / "t.xlsx", ticket("T1", 受理时间="03/04/2015"), ticket("T2", 受理时间="05/06/2015"))
    result = loaders.load(stocked, path)
    assert {rule for _, _, rule in rules(result)} == {"ambiguous_date"} and result.refused == 2
    assert "day-first" in result.problems[0].say("en") and "受理时间" in result.problems[0].say("zh")
    result = loaders.load(stocked, path, mapping={"受理时间": "opened_at:month-first"})
    assert [d.month for d in stored(stocked, "complaints")["opened_at"]] == [3, 5] and result.accepted == 2


def test_a_mixed_order_is_refused(stocked, tmp_path):
    result = loaders.load(stocked, tickets(tmp_path / "t.xlsx", ticket("T1", 受理时间="13/04/2015"), ticket("T2", 受理时间="04/13/2015")))
    assert {rule for _, _, rule in rules(result)} == {"ambiguous_date"}


def test_a_correction_with_fewer_columns_says_what_it_would_blank(stocked, tmp_path):
    loaders.load(stocked, tickets(tmp_path / "a.xlsx", ticket("T1", 手机号="13812345678"), ticket("T2")))
    path = workbook(tmp_path / "更正.xlsx", {"明细": [["工单号", "受理时间", "地市"], ["T1", "2026-07-15 10:22:00", "乙州"]]})
    result = loaders.load(stocked, path, dataset="complaints", dry_run=True)
    assert (result.replaced, result.blanked) == (1, ["category", "phone", "content"])
    assert "投诉类别, 手机号, 投诉内容；" in result.say("zh") and "category, phone, content:" in result.say("en")
    other = workbook(tmp_path / "另.xlsx", {"明细": [["工单号", "受理时间", "投诉类别"], ["T2", "2026-07-15 10:22:00", "网络质量"]]})
    loaders.load(stocked, workbook(tmp_path / "c.xlsx", {"明细": [["工单号", "受理时间"], ["T2", "2026-07-15 10:22:00"]]}), dataset="complaints")
    bare = loaders.load(stocked, other, dataset="complaints", dry_run=True)
    assert (bare.replaced, bare.blanked) == (1, []), "what the replaced row never had is no loss, whatever other rows have"
    assert "手机号" in result.say("zh") and result.cautions("en")[0].startswith("1 row is replaced whole")
    same = loaders.load(stocked, tickets(tmp_path / "b.xlsx", ticket("T1", 地市="乙州")), dry_run=True)
    assert (same.replaced, same.blanked) == (1, [])


def test_what_has_happened_cannot_lie_ahead(stocked, tmp_path, monkeypatch):
    monkeypatch.setenv("SQM_TODAY", "2026-11-22")
    moments = ["2026-11-22 08:00:00", "2026-11-23 23:59:59", "2026-11-24 00:00:00", "2099年1月5日", "9999-12-31"]
    path = tickets(tmp_path / "t.xlsx", *(ticket(f"T{i}", 受理时间=moment) for i, moment in enumerate(moments)))
    result = loaders.load(stocked, path)
    assert (result.accepted, result.refused) == (2, 3)
    assert [(p.row, p.column, p.value, p.rule) for p in result.problems] == [
        (4, "受理时间", "2026-11-24 00:00:00", "in_future"), (5, "受理时间", "2099年1月5日", "in_future"), (6, "受理时间", "9999-12-31", "bad_date")]
    assert "2026-11-22" in result.problems[0].say("en") and "2099年1月5日" in result.problems[1].say("zh")
    assert f"{warehouse.source_as_of(stocked, 'complaints'):%Y-%m-%d}" == "2026-11-23"
    assert metrics.months(stocked, "complaints") == [date(2026, 11, 1)]


def test_a_reply_or_a_month_that_lies_ahead_refuses_its_row_a_plan_may(stocked, tmp_path, monkeypatch):
    monkeypatch.setenv("SQM_TODAY", "2026-11-22")
    late = workbook(tmp_path / "late.xlsx", {"明细": [["工单号", "受理时间", "办结时间"], ["T1", "2026-11-20", "2027-01-02"], ["T2", "2026-11-20", ""]]})
    result = loaders.load(stocked, late, dataset="complaints")
    assert (result.accepted, rules(result)) == (1, [(2, "办结时间", "in_future")])
    month = workbook(tmp_path / "m.xlsx", {"客户数": [["月份", "地市", "期初", "期末"], ["2026-12", "甲州", 1, 1], ["2026-11", "甲州", 1, 1]]})
    assert [p.rule for p in loaders.load(stocked, month, dataset="customers").problems] == ["in_future"]
    plan = workbook(tmp_path / "plan.xlsx", {"目标": [["指标", "目标值", "生效月份"], ["satisfaction", 82, "2028-01"]]})
    assert loaders.load(stocked, plan, dataset="targets").refused == 0


def test_data_are_as_of_the_newest_moment_in_them(stocked, tmp_path):
    rows = [["T1", "2026-07-30 08:00", "2026-08-02 09:30"], ["T2", "2026-07-31 10:00", ""]]
    path = workbook(tmp_path / "t.xlsx", {"明细": [["工单号", "受理时间", "首次回复时间"], *rows]})
    assert loaders.load(stocked, path, dataset="complaints").as_of == datetime(2026, 8, 2, 9, 30)


def test_data_are_not_as_of_a_day_to_come(stocked, tmp_path, monkeypatch):
    monkeypatch.setenv("SQM_TODAY", "2026-11-22")
    path = tickets(tmp_path / "t.xlsx", ticket("T1"))
    with pytest.raises(WrongCall) as caught:
        loaders.load(stocked, path, as_of=datetime(2099, 1, 1))
    assert caught.value.code == "as_of_ahead"
    monkeypatch.setenv("SQM_TODAY", "soon")
    with pytest.raises(WrongCall) as caught:
        loaders.load(stocked, path)
    assert caught.value.code == "today_unreadable"


def test_dry_run_stores_nothing(stocked, tmp_path):
    before = warehouse.data_version(stocked)
    path = tickets(tmp_path / "t.xlsx", ticket("T1"), ticket("T2", 地市="丁城"))
    result = loaders.load(stocked, path, dry_run=True, add_missing=("city",))
    assert (result.message, result.accepted, result.new, result.batch) == ("dry_run", 2, 2, None)
    assert result.admitted == {"city": ["丁城"]}
    assert warehouse.data_version(stocked) == before
    assert "丁城" not in set(warehouse.reference(stocked, "cities")["city"])
    assert stored(stocked, "complaints").empty


def test_add_missing_admits_unknown_values(stocked, tmp_path):
    path = tickets(tmp_path / "t.xlsx", ticket("T1", 地市="丁城市"), ticket("T2", 地市="丁城"), ticket("T3", 投诉类别="新类"))
    result = loaders.load(stocked, path, add_missing=("city",))
    assert rules(result) == [(4, "投诉类别", "unknown_value")]
    assert list(stored(stocked, "complaints")["city"]) == ["丁城", "丁城"]
    assert "丁城" in set(warehouse.reference(stocked, "cities")["city"])
    with pytest.raises(WrongCall, match="add_missing_field"):
        loaders.load(stocked, path, dataset="complaints", add_missing=("content",))


def test_an_empty_reference_says_what_to_load_first(tmp_path):
    engine = warehouse.engine()
    path = tickets(tmp_path / "t.xlsx", ticket("T1"))
    with pytest.raises(FileRefused) as caught:
        loaders.load(engine, path)
    assert caught.value.code == "reference_empty" and "cities" in say(caught.value, "zh")
    assert loaders.load(engine, path, add_missing=("city", "category")).accepted == 1


def test_the_same_file_twice_changes_nothing(stocked, tmp_path):
    path = tickets(tmp_path / "t.xlsx", ticket("T1"))
    first = loaders.load(stocked, path)
    version = warehouse.data_version(stocked)
    again = loaders.load(stocked, path)
    assert (again.message, again.batch, again.rows) == ("already_loaded", first.batch, 0)
    assert warehouse.data_version(stocked) == version
    forced = loaders.load(stocked, path, apply_again=True)
    assert (forced.message, forced.unchanged, forced.new) == ("published", 1, 0)
    other = loaders.load(stocked, path, mapping={"投诉内容": "-"})
    assert (other.message, other.replaced) == ("published", 1)
    loaders.undo(stocked, other.batch)
    assert stored(stocked, "complaints")["content"][0] == "上网慢"


def test_the_whole_of_its_months_withdraws_the_rest(stocked, tmp_path):
    loaders.load(stocked, tickets(tmp_path / "a.xlsx", ticket("T1"), ticket("T2"), ticket("T3", 地市="乙州"),
                                  ticket("T4", 受理时间="2026-08-01")))
    result = loaders.load(stocked, tickets(tmp_path / "b.xlsx", ticket("T1")), whole_months=True)
    assert (result.unchanged, result.withdrawn) == (1, 1)
    assert set(stored(stocked, "complaints")["ticket_id"]) == {"T1", "T3", "T4"}
    with pytest.raises(WrongCall, match="whole_months_undated"):
        loaders.load(stocked, workbook(tmp_path / "地市.xlsx", {"地市": CITIES}), dataset="cities", whole_months=True)


def test_several_sheets_need_a_choice(stocked, tmp_path):
    path = workbook(tmp_path / "t.xlsx", {"一月": [TICKET, ticket("T1")], "二月": [TICKET, ticket("T2")], "说明": [["随便写写"]],
                                          "藏": [TICKET, ticket("T3")]}, hidden=["藏"])
    with pytest.raises(FileRefused) as caught:
        loaders.load(stocked, path)
    assert caught.value.code == "sheets_several" and "一月" in caught.value.params["sheets"]
    assert "藏" not in caught.value.params["sheets"]
    assert loaders.load(stocked, path, sheet="二月").accepted == 1
    assert loaders.load(stocked, path, sheet="藏").accepted == 1
    assert set(stored(stocked, "complaints")["ticket_id"]) == {"T2", "T3"}
    with pytest.raises(WrongCall) as wrong:
        loaders.load(stocked, path, sheet="三月")
    assert "二月" in wrong.value.params["known"]


def test_one_fitting_sheet_among_others_is_found(stocked, tmp_path):
    path = workbook(tmp_path / "t.xlsx", {"封面": [["投诉月报"], ["制作：客服部"]], "明细": [TICKET, ticket("T1")]})
    assert loaders.load(stocked, path).sheet == "明细"


def test_an_unknown_sheet_is_refused_with_its_headings(stocked, tmp_path):
    path = workbook(tmp_path / "x.xlsx", {"s": [["产品", "库存", "单价"], ["a", 1, 2]]})
    with pytest.raises(FileRefused) as caught:
        loaders.load(stocked, path)
    assert caught.value.code == "dataset_unknown" and "库存" in caught.value.params["headings"]


def test_headings_in_two_rows(stocked, tmp_path):
    path = workbook(tmp_path / "c.xlsx", {"客户数": [["客户规模"], ["月份", "地市", "客户数", None], [None, None, "期初客户数", "期末客户数"],
                                                  ["2026-07", "甲州", 1, 2]]})
    result = loaders.load(stocked, path)
    assert (result.dataset, result.rows, result.accepted) == ("customers", 1, 1)


def test_inspect_shows_masked_rows_and_the_guess(stocked, tmp_path):
    path = workbook(tmp_path / "t.xlsx", {"明细": [["标题"], TICKET, ticket("T1", 手机号="13812345678", 投诉内容="回电13987654321")]})
    info = loaders.inspect(path, stocked)[0]
    assert (info.dataset, info.heading_row, info.rows) == ("complaints", 2, 1)
    assert info.mapping["手机号"] == "phone" and not info.missing
    assert "138" not in str(info.preview) and "139****4321" in str(info.preview)


def test_originals_are_kept_for_their_owner_alone_and_purged(stocked, tmp_path, monkeypatch):
    path = tickets(tmp_path / "t.xlsx", ticket("T1"))
    loaders.load(stocked, path)
    folder = warehouse.data_dir() / "originals"
    kept = [file for file in folder.iterdir() if file.read_bytes() == path.read_bytes()]
    assert len(kept) == 1
    if os.name == "posix":
        assert stat.S_IMODE(kept[0].stat().st_mode) == 0o600 and stat.S_IMODE(folder.stat().st_mode) == 0o700
    os.utime(kept[0], (0, 0))
    loaders.load(stocked, tickets(tmp_path / "u.xlsx", ticket("T2")))
    assert not kept[0].exists()
    monkeypatch.setenv("SQM_KEEP_ORIGINALS_DAYS", "0")
    loaders.load(stocked, tickets(tmp_path / "v.xlsx", ticket("T3")))
    assert not list(folder.iterdir())


def test_samples_load_in_the_order_of_their_references(tmp_path):
    from workbooks import CATEGORIES, ELEMENTS

    folder = tmp_path / "sample"
    folder.mkdir()
    workbook(folder / "a.xlsx", {"投诉工单": [TICKET, ticket("T1")], "说明": [["样例"]]})
    workbook(folder / "b.xlsx", {"满意度调查": [WIDE, ["R1", "2026-07", "甲州", 9, 8, 10, 7, 4, 10, "高端"]]})
    workbook(folder / "z.xlsx", {"地市": CITIES, "感知要素": ELEMENTS, "投诉类别": CATEGORIES})
    engine = warehouse.engine()
    results = loaders.load_samples(engine, folder)
    assert [(r.dataset, r.message) for r in results] == [
        (name, "published") for name in ("cities", "elements", "categories", "surveys", "complaints")]
    assert warehouse.has_sample(engine) and all(not r.refused for r in results)
    loaders.clear_sample(engine)
    assert stored(engine, "complaints").empty and not warehouse.has_sample(engine)
    assert len(stored(engine, "cities")) == 3 and len(stored(engine, "categories")) == 2


@pytest.fixture
def source(tmp_path: Path) -> str:
    """A database with tickets, as another system would have them."""
    url = f"sqlite:///{(tmp_path / 'crm.db').as_posix()}"
    crm = sa.create_engine(url)
    with crm.begin() as conn:
        conn.execute(sa.text("CREATE TABLE ticket (工单号 TEXT, received DATETIME, city TEXT, mobile TEXT, amount NUMERIC)"))
        conn.execute(sa.text("INSERT INTO ticket VALUES (:n, :d, :c, :m, 1.5)"), [
            {"n": f"T{i}", "d": f"2026-07-{i % 28 + 1:02d} 08:00:00", "c": "甲州" if i else "丁城", "m": "13812345678"}
            for i in range(7)])
    crm.dispose()
    return url


def test_an_extract_goes_the_same_way(stocked, source):
    result = loaders.load_extract(stocked, source, "ticket", dataset="complaints", chunk=3)
    assert (result.rows, result.accepted, result.refused) == (7, 6, 1)
    assert [(p.sheet, p.row, p.column, p.rule) for p in result.problems] == [("ticket", 1, "city", "unknown_value")]
    rows = stored(stocked, "complaints")
    assert set(rows["phone"]) == {"138****5678"} and list(rows["source_row"]) == [2, 3, 4, 5, 6, 7]
    again = loaders.load_extract(stocked, source, "ticket", dataset="complaints")
    assert again.message == "already_loaded"
    query = "SELECT 工单号, received, 'a;b: c' AS content FROM ticket WHERE 工单号 = 'T3'"
    assert loaders.load_extract(stocked, source, query, dataset="complaints").replaced == 1
    rows = stored(stocked, "complaints").set_index("ticket_id")
    assert rows.loc["T3", "content"] == "a;b: c"


@pytest.mark.parametrize("query", [
    "DELETE FROM ticket", "SELECT 1; DROP TABLE ticket", "WITH x AS (DELETE FROM ticket RETURNING 1) SELECT * FROM x",
    "SELECT * INTO copy FROM ticket", "PRAGMA writable_schema = 1", "", "ticket; drop", "/* SELECT */ UPDATE ticket SET city = ''"])
def test_an_extract_only_reads(stocked, source, query):
    with pytest.raises(WrongCall) as caught:
        loaders.load_extract(stocked, source, query, dataset="complaints")
    assert caught.value.code == "not_a_select"
    with sa.create_engine(source).connect() as conn:
        assert conn.execute(sa.text("SELECT count(*) FROM ticket")).scalar() == 7


def test_a_failing_extract_tells_no_password(stocked):
    url = "postgresql://someone:s3cret-word@127.0.0.1:9/none?options=hush"
    with pytest.raises(FileRefused) as caught:
        loaders.load_extract(stocked, url, "ticket", dataset="complaints")
    for lang in LANGUAGES:
        text = say(caught.value, lang)
        assert "s3cret" not in text and "hush" not in text and "127.0.0.1" in text
    with pytest.raises(WrongCall, match="extract_url"):
        loaders.load_extract(stocked, "nonsense", "ticket", dataset="complaints")


def test_a_filled_template_loads(stocked, tmp_path):
    import openpyxl

    for lang in LANGUAGES:
        entries = {name: [str(v) for v in warehouse.reference(stocked, name)[datasets.get(name).key[0]]]
                   for name in ("cities", "categories", "elements")}
        path = loaders.template("complaints", tmp_path / f"{lang}.xlsx", lang, entries)
        book = openpyxl.load_workbook(path)
        sheet = book.worksheets[0]
        assert len(sheet.data_validations.dataValidation) >= 4
        assert loaders.load(stocked, path).message == "no_rows", "a template that nobody filled in has no rows"
        fields = [f.name for f in datasets.COMPLAINTS.fields]
        sheet.cell(2, fields.index("ticket_id") + 1, f"T-{lang}")
        sheet.cell(2, fields.index("opened_at") + 1, datetime(2026, 7, 1, 9, 30))
        book.save(path)
        result = loaders.load(stocked, path)
        assert (result.dataset, result.accepted, result.refused) == ("complaints", 1, 0), result.problems


def test_nothing_under_the_headings(stocked, tmp_path):
    result = loaders.load(stocked, tickets(tmp_path / "t.xlsx"))
    assert (result.message, result.rows, result.batch) == ("no_rows", 0, None)


def test_many_problems_are_counted_and_the_first_listed(stocked, tmp_path):
    path = tmp_path / "t.csv"
    lines = ["工单号,受理时间,地市", *(f"T{n},2026-13-01,甲州" for n in range(10_050))]
    path.write_text("\n".join(lines), encoding="utf-8")
    result = loaders.load(stocked, path)
    assert (result.refused, len(result.problems), result.problems_found) == (10_050, 10_000, 10_050)
    assert "10050" in result.say("en")


@pytest.mark.parametrize("nobody", ["无", "匿名", "-", "N/A"])
def test_nobodys_number_is_no_customer(stocked, tmp_path, nobody):
    loaders.load(stocked, tickets(tmp_path / "t.xlsx", ticket("T1", 手机号=nobody), ticket("T2", 手机号="13812345678")))
    rows = stored(stocked, "complaints")
    assert rows["phone_key"].isna().tolist() == [True, False] and rows["phone"].isna().tolist() == [True, False]


def test_the_same_load_on_either_engine(engine, tmp_path):
    path = tickets(tmp_path / "t.xlsx", ticket("T1", 手机号="13812345678"), ticket("T2", 受理时间="2026-09-31"),
                   ticket("T3", 投诉内容='引号" 逗号, 回电13812345678\n换行'), ticket("T4", 地市=None, 投诉内容=None))
    result = loaders.load(engine, path, add_missing=("city", "category"))
    assert (result.new, result.refused, result.admitted) == (3, 1, {"city": ["甲州"], "category": ["网络质量"]})
    rows = stored(engine, "complaints").set_index("ticket_id")
    assert rows["content"].tolist() == ["上网慢", '引号" 逗号, 回电138****5678\n换行', ""]
    assert rows["city"].isna().tolist() == [False, False, True] and rows["phone_key"].notna().tolist() == [True, False, False]
    assert loaders.load(engine, path, add_missing=("city", "category")).message == "already_loaded"
    assert loaders.load(engine, path, add_missing=("city", "category"), apply_again=True).unchanged == 3
    loaders.undo(engine, result.batch)


def test_a_very_wide_sheet_is_no_trouble(stocked, tmp_path):
    path = workbook(tmp_path / "t.xlsx", {"s": [[*TICKET, *[f"列{n}" for n in range(3000)]], [*ticket("T1"), *range(3000)]]})
    result = loaders.load(stocked, path)
    assert result.accepted == 1 and len(result.ignored) == 3000 and len(result.say("en")) < 3000


def test_samples_with_several_tables_on_a_sheet_give_all_of_them(tmp_path):
    stores = [["营业厅编码", "营业厅名称", "地市"], ["S1", "人民路厅", "甲州"]]
    workbook(tmp_path / "w.xlsx", {"参照": [["地市", "英文名称", "代码", "别名"], ["甲州", "Jiazhou", "3201", ""], [], *stores]})
    results = loaders.load_samples(warehouse.engine(), tmp_path)
    assert [(r.dataset, r.sheet, r.accepted) for r in results] == [("cities", "参照 #1", 1), ("stores", "参照 #2", 1)]
