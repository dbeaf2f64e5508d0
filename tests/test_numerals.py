"""Phones, codes and ids that a spreadsheet took for numbers: what can be told is put back, what is lost is said."""

from __future__ import annotations

import pytest
from workbooks import TICKET, shelf, stocked, stored, workbook

from sqm import loaders
from sqm.ingest.numerals import digits_of

__all__ = ["shelf", "stocked"]


@pytest.mark.parametrize(("cell", "told"), [("13800138000.0", ("13800138000", False)), ("1.3800138E+10", ("1.3800138E+10", True)),
                                            ("1.3800138000E+10", ("13800138000", False)), ("1.38E10", ("1.38E10", True)),
                                            ("１３８００１３８０００．０", ("13800138000", False)),
                                            ("无", ("无", False)), ("3.5", ("3.5", False)), ("13800138000", ("13800138000", False))])
def test_digits_are_put_back_or_known_to_be_lost(cell, told):
    assert digits_of(cell) == told


def test_a_phone_written_as_a_number_is_the_same_phone(stocked, tmp_path):
    path = tmp_path / "p.csv"
    rows = [("T1", "13800138000"), ("T2", "13800138000.0"), ("T3", "1.3800138000E+10"), ("T4", "1.38E+10"), ("T5", "")]
    path.write_text("\n".join([",".join(TICKET), *(f"{number},2026-05-02,投诉,甲州,net,{phone},否,x" for number, phone in rows)]))
    result = loaders.load(stocked, path, dataset="complaints")
    kept = stored(stocked, "complaints").set_index("ticket_id")
    assert list(kept.index) == ["T1", "T2", "T3", "T5"] and kept["phone_key"][:3].nunique() == 1 and set(kept["phone"][:3]) == {"138****8000"}
    (problem,) = result.problems
    assert (problem.rule, problem.row) == ("digits_lost", 5) and "export it again" in problem.say("en") and "文本" in problem.say("zh")


def test_zeros_before_a_code_are_put_back_where_only_one_is_meant(stocked, tmp_path):
    stores = [["营业厅编码", "营业厅名称", "地市"], ["007", "七厅", "甲州"], ["0012", "甲厅", "甲州"], ["012", "乙厅", "乙州"]]
    loaders.load(stocked, workbook(tmp_path / "s.xlsx", {"营业厅": stores}), dataset="stores")
    audits = [["暗访编号", "营业厅编码", "检查日期", "检查项", "得分"], ["V1", 7, "2026-05-01", "greet", 1], ["V2", 12, "2026-05-01", "greet", 1]]
    result = loaders.load(stocked, workbook(tmp_path / "a.xlsx", {"检查": audits}), dataset="audits")
    assert list(stored(stocked, "audits")["store"]) == ["007"] and [(p.row, p.rule) for p in result.problems] == [(3, "unknown_value")]
    (note,) = [note for note in result.notes if note.code == "zeros_restored"]
    assert note.level == "fact" and "7 → 007" in note.say("en") and "7 → 007" in note.say("zh")


def test_long_ids_that_lost_their_last_digits_are_told(stocked, tmp_path):
    def loaded(ids):
        path = workbook(tmp_path / "i.xlsx", {"工单": [TICKET[:2], *[[number, "2026-05-01"] for number in ids]]})
        return loaders.load(stocked, path, dataset="complaints", dry_run=True)

    cut = loaded([f"2026050112345{n}00000" for n in range(10, 15)])
    (note,) = [note for note in cut.notes if note.code == "ids_cut"]
    assert note.level == "warning" and note.say("en") in cut.cautions("en") and "文本" in note.say("zh")
    assert not [note for note in loaded([f"20260501123451000{n}" for n in range(10, 25)]).notes if note.code == "ids_cut"], "one in ten ends with 0"
