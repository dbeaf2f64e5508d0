"""Percentages written as shares: shown as what they were taken for, and asked where both fit."""

from __future__ import annotations

import pytest
from test_pages_habits import box, dropped
from workbooks import shelf, stocked, stored, workbook

from simulated import whole
from sqm import loaders
from sqm.errors import WrongCall

__all__ = ["shelf", "stocked"]
HEADINGS = ["生效月份", "指标编码", "目标值"]


def targets(path, *values):
    return workbook(path, {"目标": [HEADINGS, *[["2026-07", f"i{n}", value] for n, value in enumerate(values)]]})


@pytest.mark.parametrize(("said", "kept"), [("share", [85.0, 57.0, 1.0]), ("percent", [0.85, 0.57, 1.0])])
def test_shares_are_asked_and_read_as_was_said(stocked, tmp_path, said, kept):
    path = targets(tmp_path / "t.xlsx", 0.85, "0.57", "1%")
    asked = loaders.load(stocked, path, dataset="targets", dry_run=True)
    (note,) = [note for note in asked.notes if note.level == "question"]
    assert note.code == "unit" and note.params["field"] == "target" and "target:unit=share" in note.say("en") and "unit=share" in note.say("zh")
    result = loaders.load(stocked, path, dataset="targets", mapping={"target:unit": said})
    assert list(stored(stocked, "targets")["target"]) == kept and [n.code for n in result.notes if n.code.startswith("unit")] == [f"unit_{said}"]
    assert all(n.say(lang) for n in result.notes for lang in ("zh", "en"))


@pytest.mark.parametrize("values", [(85, 90.5), ("85%", "57.1%"), (0, 1), (0.5, 90)])
def test_what_can_only_be_percent_is_not_asked(stocked, tmp_path, values):
    result = loaders.load(stocked, targets(tmp_path / "t.xlsx", *values), dataset="targets", dry_run=True)
    assert not [note for note in result.notes if note.code.startswith("unit")] and not result.refused


def test_a_unit_of_what_has_none_is_a_wrong_call(stocked, tmp_path):
    for wrong in ({"target:unit": "degrees"}, {"metric:unit": "share"}):
        with pytest.raises(WrongCall):
            loaders.load(stocked, targets(tmp_path / "t.xlsx", 0.5), dataset="targets", mapping=wrong)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_page_asks_for_the_unit_and_keeps_the_answer(stocked, tmp_path, lang):
    app = dropped(lang, targets(tmp_path / "t.xlsx", 0.85, 0.9))
    app = whole(box(app, "data_unit_").select("share").run())
    assert not app.error and box(app, "data_unit_").value == "share" and not [w for w in app.warning if "unit" in w.value]
    whole(next(b for b in app.button if b.key.startswith("publish_")).click().run())
    assert list(stored(stocked, "targets")["target"]) == [85.0, 90.0]
    again = dropped(lang, targets(tmp_path / "u.xlsx", 0.86, 0.91))
    assert box(again, "data_unit_").value == "share", "remembered for the next month"


def test_what_was_said_of_shares_does_not_hold_for_percentages(stocked, tmp_path):
    result = loaders.load(stocked, targets(tmp_path / "t.xlsx", 85, 90), dataset="targets", mapping={"target:unit": "share"})
    assert list(stored(stocked, "targets")["target"]) == [85.0, 90.0] and not [n for n in result.notes if n.code == "unit_share"]


@pytest.mark.parametrize("odd", ["nan", "inf"])
def test_a_word_for_no_number_hides_no_question(stocked, tmp_path, odd):
    result = loaders.load(stocked, targets(tmp_path / "t.xlsx", 0.85, 0.9, odd), dataset="targets", dry_run=True)
    assert [note.code for note in result.notes if note.level == "question"] == ["unit"]


CATALOGUE = [["指标编码", "中文名称", "英文名称", "单位"], ["connect", "接通率", "Answer rate", "％"], ["paid", "充值成功率", "Recharge success", "percent"],
             ["wait", "等待时长", "Waiting time", "秒"]]


@pytest.fixture
def measured(stocked, tmp_path):
    assert loaders.load(stocked, workbook(tmp_path / "catalogue.xlsx", {"指标目录": CATALOGUE}), dataset="indicator_list").message == "published"
    return stocked


def months(path, *rows, more=()):
    return workbook(path, {"月报": [["月份", "指标", "指标值", *more], *[["2026-07", *row] for row in rows]]})


def values(engine):
    found = stored(engine, "indicators")
    return dict(zip(found["indicator"], found["value"], strict=True))


@pytest.mark.parametrize(("said", "kept"), [("share", {"connect": 95.2, "paid": 99.0, "wait": 0.5}), ("percent", {"connect": 0.952, "paid": 0.99, "wait": 0.5})])
def test_a_value_has_the_unit_of_its_indicator(measured, tmp_path, said, kept):
    """Half a second stays half a second, whatever is said of the percentages beside it."""
    path = months(tmp_path / "m.xlsx", ("接通率", 0.952), ("充值成功率", 0.99), ("等待时长", 0.5))
    asked = loaders.load(measured, path, dataset="indicators", dry_run=True)
    (note,) = [note for note in asked.notes if note.level == "question"]
    assert note.code == "unit" and note.params["field"] == "value" and note.params["value"] == "0.952" and "value:unit=share" in note.say("en")
    result = loaders.load(measured, path, dataset="indicators", mapping={"value:unit": said})
    assert values(measured) == kept and [n.code for n in result.notes if n.code.startswith("unit")] == [f"unit_{said}"]


@pytest.mark.parametrize("rows", [
    [("接通率", 95.2), ("充值成功率", 0.99)],  # one of them shows how the column is written
    [("接通率", "95.2%"), ("充值成功率", "0.9%")],
    [("接通率", 1), ("充值成功率", 0)],
    [("等待时长", 0.5)],
])
def test_units_of_indicators_that_are_plain_are_not_asked(measured, tmp_path, rows):
    result = loaders.load(measured, months(tmp_path / "m.xlsx", *rows), dataset="indicators")
    assert not [note for note in result.notes if note.code.startswith("unit")] and not result.refused
    read = {"接通率": "connect", "充值成功率": "paid", "等待时长": "wait"}
    assert values(measured) == {read[called]: float(str(value).rstrip("%")) for called, value in rows}


@pytest.mark.parametrize(("counted", "kept", "told"), [((0.952, 952, 1000), 99.0, "unit_share"), ((95.2, 952, 1000), 0.99, "unit_percent")])
def test_numerator_and_denominator_say_what_the_others_are(measured, tmp_path, counted, kept, told):
    """Where they stand beside the value nobody need be asked; and the value beside them stays as it is written."""
    path = months(tmp_path / "m.xlsx", ("接通率", *counted), ("充值成功率", 0.99, None, None), more=("分子", "分母"))
    result = loaders.load(measured, path, dataset="indicators")
    assert values(measured) == {"connect": counted[0], "paid": kept}
    assert [n.code for n in result.notes if n.code.startswith("unit")] == [told]


def test_units_are_asked_of_months_across(measured, tmp_path):
    path = workbook(tmp_path / "w.xlsx", {"月报": [["指标", "2026年6月", "2026年7月"], ["接通率", 0.94, 0.952], ["等待时长", 0.5, 0.6]]})
    asked = loaders.load(measured, path, dataset="indicators", dry_run=True)
    assert [(note.code, note.params["column"]) for note in asked.notes if note.level == "question"] == [("unit", "指标值")]
    loaders.load(measured, path, dataset="indicators", mapping={"value:unit": "share"})
    assert sorted(stored(measured, "indicators")["value"]) == [0.5, 0.6, 94.0, 95.2]
