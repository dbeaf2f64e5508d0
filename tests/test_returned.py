"""The workbook that goes back: in its own layout, wrong cells marked, nobody's number in it, and taken back as what it was."""

from __future__ import annotations

import datetime as dt
import re
import zipfile

import openpyxl
import pandas as pd
import pytest
from openpyxl.comments import Comment
from openpyxl.formatting.rule import CellIsRule, Rule
from openpyxl.styles import PatternFill
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.filters import AutoFilter, FilterColumn, Filters
from openpyxl.worksheet.table import Table
from workbooks import TICKET, rules, shelf, sqm, stocked, stored, workbook

from simulated import open_page, whole
from sqm import loaders
from sqm.ingest import privacy

__all__ = ["shelf", "sqm", "stocked"]

PHONES = ["13800000001", "138 0000 0002", 13800000003, "无"]

def report(path):
    """Tickets as a department sends them: a title, widths, a merged cell, dates, a formula, a note, another sheet; four cells are wrong."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "工单"
    sheet.append(["2026年7月投诉工单"])
    sheet.merge_cells("A1:H1")
    sheet.append([*TICKET, "经办"])
    for n, phone in enumerate(PHONES):
        sheet.append([f"00{n}", dt.datetime(2026, 7, 3, 10, 11, 13 + n), "投诉", "甲州", "网络质量", phone, "否", f"=1+{n} 请回电 1390000000{n}", "王 13700000009"])
        sheet.cell(sheet.max_row, 8).data_type = "s"
    sheet.append(["T8", "上周", "投诉", "甲洲", "网络质量", "13800000008", "否", "掉线", None])
    sheet.append(["T9", dt.date(2026, 7, 9), "投诉", "乙州", "没有这类", "13800000009", "也许", "掉线", None])
    sheet["C3"].comment = Comment("打 13600000006", "张")
    sheet.column_dimensions["B"].width = 33
    sheet.freeze_panes = "A3"
    other = book.create_sheet("联系人")
    other.append(["13500000005", "=A1"])
    book.save(path)
    return path


def cells(path, sheet):
    return {cell.coordinate: cell for row in openpyxl.load_workbook(path)[sheet].iter_rows() for cell in row if cell.value is not None}


def test_it_comes_back_as_it_was_with_what_is_wrong_marked(stocked, tmp_path):
    path, out = report(tmp_path / "七月.xlsx"), tmp_path / "out.xlsx"
    wrong = loaders.load(stocked, path, sheet="工单")
    assert [(row, rule) for row, _, rule in rules(wrong)] == [(7, "bad_date"), (7, "unknown_value"), (8, "unknown_value"), (8, "not_allowed")]
    assert loaders.give_back(stocked, path, out, "en", sheet="工单") == 4
    book = openpyxl.load_workbook(out)
    sheet = book["工单"]
    marked = {cell.coordinate: cell.comment.text for row in sheet.iter_rows() for cell in row if cell.comment is not None and cell.comment.author == "SQM"}
    assert set(marked) == {"B7", "D7", "E8", "G8"} and "甲州" in marked["D7"]
    assert all(sheet[place].fill.start_color.rgb.endswith("FFD9CC") for place in marked)
    assert not sheet["A3"].fill.fill_type and sheet.column_dimensions["B"].width == 33 and sheet.freeze_panes == "A3"
    assert [str(area) for area in sheet.merged_cells.ranges] == ["A1:H1"] and sheet["B3"].value == dt.datetime(2026, 7, 3, 10, 11, 13)
    assert book.sheetnames == ["工单", "联系人", "SQM ✎ to fix"]
    listed = [[cell.value for cell in row] for row in book["SQM ✎ to fix"].iter_rows(min_row=4)]
    assert [line[0] for line in listed] == ["B7", "D7", "E8", "G8"] and book["SQM ✎ to fix"]["A4"].hyperlink.location.endswith("B7")


def test_no_number_hides_around_the_cells(stocked, tmp_path):
    path, out = report(tmp_path / "七月.xlsx"), tmp_path / "out.xlsx"
    book = openpyxl.load_workbook(path)
    sheet = book["工单"]
    book["联系人"].title = "找13400000004"
    book.create_sheet("藏").sheet_state = "hidden"
    book["藏"]["A1"] = "13300000003"
    book.defined_names["谁"] = DefinedName("谁", attr_text='"13200000002"')
    sheet.oddHeader.center.text = "打 13100000001"
    allowed = DataValidation(type="list", formula1='"13900000009,13700000007"')
    allowed.add("F3:F9")
    sheet.add_data_validation(allowed)
    sheet.auto_filter.ref = "A2:H8"
    sheet.auto_filter.add_filter_column(5, ["13600000006"])
    sheet.conditional_formatting.add("F3:F9", CellIsRule(operator="equal", formula=["13500000005"]))
    book.properties.title = "13800000008"
    sheet["A9"] = "链接"
    sheet["A9"].hyperlink = "https://example.com"
    sheet["A9"].hyperlink.tooltip = "13900000009"
    sheet.conditional_formatting.add("H3:H9", Rule(type="containsText", operator="containsText", text="13900000009", formula=["1"]))
    table = Table(displayName="T", ref="A1:B2", autoFilter=AutoFilter(ref="A1:B2", filterColumn=[FilterColumn(colId=0, filters=Filters(filter=["13900000009"]))]))
    book["藏"].append(["号码", "x"])
    book["藏"]["B1"] = "x"
    book["藏"].add_table(table)
    book.save(path)
    loaders.give_back(stocked, path, out, "zh", sheet="工单")
    with zipfile.ZipFile(out) as made:
        inside = {name: made.read(name).decode("utf-8", "replace") for name in made.namelist()}
    assert not {name: text for name, text in inside.items() if re.search(r"(?<![\d.])1[3-9]\d{9}(?!\d)", text)}


def test_no_number_of_a_person_and_no_formula_is_in_it(stocked, tmp_path):
    path, out = report(tmp_path / "七月.xlsx"), tmp_path / "out.xlsx"
    loaders.give_back(stocked, path, out, "zh", sheet="工单")
    book = openpyxl.load_workbook(out)
    texts = [str(cell.value) for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None]
    texts += [cell.comment.text for sheet in book for row in sheet.iter_rows() for cell in row if cell.comment]
    assert not [text for text in texts if privacy.mask_text(text) != text]
    assert not [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.data_type == "f"]
    assert book["工单"]["F6"].value == "无" and book["工单"]["F3"].value.startswith("138****0001 ⟦")
    assert book["工单"]["H4"].value == "=1+1 请回电 139****0001" and book["工单"]["C3"].comment.text == "打 136****0006"


@pytest.mark.parametrize("order", ["published first", "nothing published"])
def test_fixed_and_taken_back_only_what_was_fixed_is_new(stocked, tmp_path, order):
    path, out = report(tmp_path / "七月.xlsx"), tmp_path / "out.xlsx"
    first = loaders.load(stocked, path, sheet="工单", dry_run=order == "nothing published")
    assert (first.new, first.refused) == (4, 2)
    before = stored(stocked, "complaints")
    loaders.give_back(stocked, path, out, "zh", sheet="工单")
    book = openpyxl.load_workbook(out)
    sheet = book["工单"]
    sheet["B7"], sheet["D7"], sheet["E8"], sheet["G8"] = dt.date(2026, 7, 8), "甲州", "资费争议", "是"
    book.save(out)
    again = loaders.load(stocked, out, sheet="工单")
    expected = (2, 0, 4, 0) if order == "published first" else (6, 0, 0, 0)
    assert (again.new, again.replaced, again.unchanged, again.refused) == expected, again.problems
    after = stored(stocked, "complaints").set_index("ticket_id")
    assert after.loc["T8", "phone"] == "138****0008" and after.loc["T9", "phone_key"] == keyed("13800000009")
    assert after.loc["001", "phone_key"] == keyed("13800000002") and pd.isna(after.loc["003", "phone_key"])
    if order == "published first":
        assert after.loc[before["ticket_id"], "phone_key"].tolist() == before["phone_key"].tolist()


def keyed(number):
    from sqm import warehouse

    return privacy.keyed_hash(number, privacy.hash_key(warehouse.data_dir())[0])


def test_a_list_of_problems_is_no_data_and_goes_when_it_is_given_back_again(stocked, tmp_path):
    path, out = report(tmp_path / "七月.xlsx"), tmp_path / "out.xlsx"
    loaders.give_back(stocked, path, out, "zh", sheet="工单")
    assert [sheet.name for sheet in loaders.inspect(out, stocked)] == ["工单", "联系人"]
    twice = tmp_path / "twice.xlsx"
    assert loaders.give_back(stocked, out, twice, "zh", sheet="工单") == 4
    assert len(openpyxl.load_workbook(twice).sheetnames) == 3
    assert openpyxl.load_workbook(twice)["工单"]["F3"].value == openpyxl.load_workbook(out)["工单"]["F3"].value


@pytest.mark.parametrize("how", ["changed", "other key"])
def test_a_seal_that_is_not_ours_is_refused(stocked, tmp_path, how):
    token = privacy.seal("138****0001", keyed("13800000001"), b"another" if how == "other key" else privacy.hash_key(tmp_path / "data")[0])
    token = token.replace("0001", "0002") if how == "changed" else token
    path = workbook(tmp_path / "t.xlsx", {"工单": [TICKET, ["T1", "2026-07-01", "投诉", "甲州", "网络质量", token, "否", "x"]]})
    result = loaders.load(stocked, path)
    assert rules(result) == [(2, "手机号", "bad_seal")] and "138" not in result.problems[0].value


def test_a_text_file_comes_back_as_a_workbook_of_the_same_cells(stocked, tmp_path):
    path = tmp_path / "t.csv"
    lines = ["投诉清单,,,,,,,", ",".join(TICKET), "007,2026/7/1 10:00,投诉,甲州,网络质量,13800000001,否,+1", "T2,何时,投诉,甲州,网络质量,13800000002,否,y"]
    path.write_text("\n".join(lines) + "\n", "gb18030")
    first = loaders.load(stocked, path)
    assert (first.new, first.refused) == (1, 1)
    out = tmp_path / "out.xlsx"
    assert loaders.give_back(stocked, path, out, "en") == 1
    found = cells(out, "t")
    assert found["B4"].comment is not None and found["H3"].value == "+1" and found["H3"].data_type == "s" and found["A3"].value == "007"
    book = openpyxl.load_workbook(out)
    book["t"]["B4"] = "2026-07-02"
    book.save(out)
    again = loaders.load(stocked, out)
    assert (again.new, again.replaced, again.unchanged, again.refused) == (1, 0, 1, 0)


def test_a_seal_tells_nothing_to_who_may_seal(tmp_path):
    one, other = (privacy.seal("138****0001", privacy.keyed_hash("13800000001", b"k"), b"k") for _ in range(2))
    assert one != other and privacy.unseal(one, b"k") == privacy.unseal(other, b"k") == ("138****0001", privacy.keyed_hash("13800000001", b"k"))


def test_signs_that_no_workbook_holds_and_false_seals_do_no_harm(stocked, tmp_path):
    path, out = tmp_path / "t.csv", tmp_path / "out.xlsx"
    path.write_text(",".join(TICKET) + "\nT1,何\x0b时,投诉,甲州,网络质量,0512-88888888⟦,否,a\x01b\n", "utf-8")
    assert loaders.give_back(stocked, path, out, "en") == 1
    found = cells(out, "t")
    assert found["H2"].value == "ab" and "88888888" not in found["F2"].value and found["F2"].value.startswith("**** ⟦")


def test_of_a_very_large_sheet_the_refused_rows_come_back(stocked, tmp_path, monkeypatch):
    monkeypatch.setattr("sqm.ingest.returned.MOST_CELLS", 30)
    rows = [["标题"], TICKET, *[[f"T{n}", "2026-07-01" if n != 5 else "何时", "投诉", "甲州", "网络质量", "13800000001", "否", "x"] for n in range(9)]]
    path, out = workbook(tmp_path / "t.xlsx", {"工单": rows}), tmp_path / "out.xlsx"
    loaders.load(stocked, path)
    loaders.give_back(stocked, path, out, "en")
    sheet = openpyxl.load_workbook(out)["工单"]
    assert [row[0].value for row in sheet.iter_rows()] == ["标题", "工单号", "T5"] and sheet["B3"].comment is not None
    listed = openpyxl.load_workbook(out)["SQM ✎ to fix"]
    assert listed["A4"].value == "B3" and "too large" in listed["A1"].value
    sheet = openpyxl.load_workbook(out)
    sheet["工单"]["B3"] = "2026-07-02"
    sheet.save(out)
    again = loaders.load(stocked, out)
    assert (again.new, again.refused) == (1, 0)


def test_wide_sheets_and_tables_beside_each_other_are_marked_where_they_stand(stocked, tmp_path):
    survey = [["受访者编号", "月份", "热线服务", "营业厅服务"], ["R1", "2026-07", 4, "很差劲"], ["R2", "2026-07", 11, 5]]
    path, out = workbook(tmp_path / "s.xlsx", {"调查": survey}), tmp_path / "out.xlsx"
    assert loaders.give_back(stocked, path, out, "en") == 2
    assert {place for place, cell in cells(out, "调查").items() if cell.comment} == {"D2", "C3"}
    beside = [["月份", "地市", "期初客户数", "期末客户数", None, *TICKET[:2]], ["2026-07", "甲州", 1, 2, None, "T1", "2026-07-01"],
              ["2026-07", "乙州", 1, 2, None, "T2", "何时"]]
    path = workbook(tmp_path / "b.xlsx", {"表": beside})
    assert loaders.give_back(stocked, path, out, "en", sheet="表 #2") == 1
    assert {place for place, cell in cells(out, "表").items() if cell.comment} == {"G3"}


def test_the_command_line_writes_it(stocked, tmp_path, sqm):
    path, out = report(tmp_path / "七月.xlsx"), tmp_path / "out.xlsx"
    code, said, _ = sqm("load", path, "--sheet", "工单", "--return", out)
    assert code == 0 and "4 cells are marked" in said and out.is_file()
    assert sqm("load", path, "--sheet", "工单", "--return", tmp_path / "no" / "out.xlsx")[0] == 1


def test_colours_of_the_sender_stay(stocked, tmp_path):
    path, out = report(tmp_path / "七月.xlsx"), tmp_path / "out.xlsx"
    book = openpyxl.load_workbook(path)
    book["工单"]["A3"].fill = PatternFill("solid", start_color="00FF00")
    book.save(path)
    loaders.give_back(stocked, path, out, "zh", sheet="工单")
    assert openpyxl.load_workbook(out)["工单"]["A3"].fill.start_color.rgb.endswith("00FF00")


def test_nothing_is_written_where_nothing_is_wrong(stocked, tmp_path, sqm):
    path, out = workbook(tmp_path / "t.xlsx", {"工单": [TICKET[:2], ["T1", "2026-07-01"]]}), tmp_path / "out.xlsx"
    assert "was not written" in sqm("load", path, "--return", out)[1] and not out.exists()
    assert sqm("load", path, path, "--return", out)[0] == 2


def test_the_page_offers_it_beside_the_problems(stocked, tmp_path):
    path = report(tmp_path / "七月.xlsx")
    app = open_page("data", "zh")
    app = whole(app.file_uploader[0].upload(path.name, path.read_bytes()).run())
    assert [b for b in app.get("download_button") if b.proto.label == "下载标好的工作簿"]
    path = workbook(tmp_path / "t.xlsx", {"工单": [TICKET[:2], ["T1", "2026-07-01"]]})
    app = open_page("data", "zh")
    app = whole(app.file_uploader[0].upload(path.name, path.read_bytes()).run())
    assert not [b for b in app.get("download_button") if b.proto.label == "下载标好的工作簿"]
