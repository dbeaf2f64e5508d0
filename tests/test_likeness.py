"""Headings that nobody has named before: what they may mean, why, and that nothing is taken for granted."""

from __future__ import annotations

import pandas as pd
import pytest
from workbooks import rules, shelf, stocked, workbook

from simulated import open_page, whole
from sqm import datasets, loaders
from sqm.errors import FileRefused
from sqm.ingest import headings, likeness
from sqm.ingest.references import References, nothing

__all__ = ["shelf", "stocked"]
DAYS = ["2026-07-01 09:00", "2026-07-02 10:00", "2026-07-03 11:00"]
CITIES = ["甲州", "乙州", "甲州"]


def references() -> References:
    tables = {"cities": pd.DataFrame({"city": ["甲州", "乙州"], "en": ["Jiazhou", "Yizhou"]}),
              "categories": pd.DataFrame({"category": ["net", "fee"], "zh": ["网络质量", "资费争议"]})}
    return References(lambda name: tables.get(name, nothing(name)))


def proposed(dataset: str, columns: dict[str, list[str]], known: References | None = None) -> dict[str, likeness.Proposal]:
    contract, known = datasets.get(dataset), known or references()
    found = headings.match(contract, list(columns), {}, known)
    return likeness.of_sheet(found, [list(columns), *map(list, zip(*columns.values(), strict=True))], known)


@pytest.mark.parametrize(("dataset", "heading", "cells", "field"), [
    ("complaints", "受理日", DAYS, "opened_at"),
    ("complaints", "投诉受理时间", DAYS, "opened_at"),
    ("complaints", "首次答复时间", DAYS, "first_reply_at"),
    ("complaints", "问题类别", ["网络质量", "资费争议", "网络质量"], "category"),
    ("complaints", "所在城市", CITIES, "city"),
    ("complaints", "所在城市", ["戊州", "己州", "戊州"], "city"),
    ("complaints", "主叫", ["19900000000", "199-0000-0001", "+86 19900000002"], "phone"),
    ("complaints", "工单流水号", ["T1", "T2", "T3"], "ticket_id"),
    ("complaints", "Ticket Number", ["T1", "T2", "T3"], "ticket_id"),
    ("complaints", "Customer city", ["Jiazhou", "Yizhou", "Jiazhou"], "city"),
    ("surveys", "评价得分", ["9", "8", "7"], "score"),
    ("surveys", "调查月", ["202607", "202608", "202607"], "month"),
    ("customers", "月末用户数", ["100", "200", "300"], "closing"),
])
def test_a_heading_is_told_by_its_likeness_or_its_cells(dataset, heading, cells, field):
    assert proposed(dataset, {heading: cells})[heading].field == field


@pytest.mark.parametrize(("dataset", "heading", "cells"), [
    ("complaints", "备注", ["好", "坏", "一般"]),
    ("complaints", "VIP", ["是", "否", "是"]),
    ("complaints", "State", ["Maryland", "Georgia", "Ohio"]),
    ("complaints", "派单员", ["张", "李", "王"]),
    ("surveys", "年龄", ["20", "30", "40"]),
    ("complaints", "受理日", ["客户来电", "网上", "营业厅"]),
])
def test_what_resembles_nothing_or_reads_as_something_else_is_left_alone(dataset, heading, cells):
    assert proposed(dataset, {heading: cells}) == {}


def test_the_likeness_of_a_shared_ending_is_none():
    """办理时间 is half of 受理时间, and means something else."""
    both = proposed("complaints", {"办理时间": DAYS, "受理日": DAYS})
    assert both == {"受理日": likeness.Proposal("opened_at", "受理日期", both["受理日"].likeness, "dates")}


def test_each_field_is_proposed_once_and_the_reason_is_said():
    found = proposed("complaints", {"投诉受理日": DAYS, "受理日": DAYS, "归口城市": CITIES})
    assert [(h, p.field) for h, p in found.items()] == [("受理日", "opened_at"), ("归口城市", "city")]
    assert (found["受理日"].like, found["受理日"].cells, found["归口城市"].cells) == ("受理日期", "dates", "known")


def test_the_only_dates_and_numbers_that_never_repeat():
    found = proposed("complaints", {"单号": ["1", "2", "3"], "何时": DAYS})
    assert {heading: (p.field, p.cells) for heading, p in found.items()} == {"单号": ("ticket_id", "each_once"), "何时": ("opened_at", "dates")}


def test_a_proposal_is_used_only_once_it_is_confirmed(stocked, tmp_path):
    path = workbook(tmp_path / "t.xlsx", {"投诉": [["工单号", "受理日", "所在城市"], ["T1", "2026-07-01", "甲州"], ["T2", "2026-07-02", "乙州"],
                                                  ["T3", "2026-07-03", "丙江"]]})
    info = loaders.inspect(path, stocked, dataset="complaints")[0]
    assert {heading: p.field for heading, p in info.proposed.items()} == {"受理日": "opened_at", "所在城市": "city"}
    assert info.mapping == {"工单号": "ticket_id"} and info.missing == ["opened_at"]
    with pytest.raises(FileRefused) as refused:
        loaders.load(stocked, path, dataset="complaints")
    assert refused.value.code == "columns_missing"
    fine = loaders.load(stocked, path, dataset="complaints", mapping={h: p.field for h, p in info.proposed.items()})
    assert fine.new == 3 and not rules(fine)


def test_the_page_asks_before_it_believes(stocked, tmp_path):
    path = workbook(tmp_path / "投诉工单.xlsx", {"投诉工单": [["工单号", "受理日", "所在城市", "备注"], ["T1", "2026-07-01", "甲州市", "x"],
                                                       ["T2", "2026-07-02", "乙州", "y"], ["T3", "2026-07-03", "乙州", "z"]]})
    app = open_page("data", "zh")
    app = whole(app.file_uploader[0].upload(path.name, path.read_bytes()).run())
    dataset = next(b for b in app.selectbox if b.key.startswith("data_dataset_"))
    app = whole(dataset.select("complaints").run())
    boxes = {b.label: b.value for b in app.selectbox if b.key.startswith("data_map_")}
    assert boxes == {"受理日": "", "所在城市": "", "备注": ""} and not [b for b in app.button if b.key.startswith("publish_")]
    assert any("受理日期" in c.value and "0.9" in c.value for c in app.caption)
    app = whole(next(b for b in app.button if b.key.endswith("_all") and b.key.startswith("propose_")).click().run())
    assert {b.label: b.value for b in app.selectbox if b.key.startswith("data_map_")} == {"受理日": "opened_at", "所在城市": "city", "备注": ""}
    assert next(b for b in app.button if b.key.startswith("publish_")) and not [b for b in app.button if b.key.startswith("propose_")]


def test_thousands_of_headings_are_looked_at_in_part():
    many = proposed("complaints", {**{f"附加列{n}": ["x", "y", "z"] for n in range(3000)}, "受理日": DAYS})
    assert many == {}
