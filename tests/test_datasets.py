"""The contracts: consistent in themselves, and understood by the heading matcher."""

from __future__ import annotations

import pytest

from sqm import datasets
from sqm.errors import WrongCall
from sqm.ingest import headings
from sqm.ingest.references import References, nothing
from sqm.ingest.template import heading
from sqm.loaders import template

ALL = pytest.mark.parametrize("contract", datasets.ALL, ids=lambda d: d.name)


@ALL
def test_a_contract_is_consistent(contract):
    names = [f.name for f in contract.fields]
    assert len(names) == len(set(names)) and len(contract.columns) == len(set(contract.columns))
    assert set(contract.key) <= set(names)
    for key in contract.key:
        f = contract.by_name[key]
        assert f.required or f.default is not None or f.type == "text", f"{contract.name}.{key} could be null"
    if contract.dated_by:
        assert contract.by_name[contract.dated_by].type in ("month", "date", "timestamp")
        assert contract.by_name[contract.dated_by].required
    if contract.wide:
        wide = contract.wide
        for name in (wide.name_field, wide.value_field, *wide.companions, *filter(None, (wide.item_field, wide.not_applicable))):
            assert name in names
        assert (contract.by_name[wide.name_field].refers_to or "") == wide.reference
        assert not wide.dated or wide.name_field == contract.dated_by


@ALL
def test_references_come_before_what_refers_to_them(contract):
    order = [d.name for d in datasets.ALL]
    for f in contract.fields:
        if f.refers_to:
            assert datasets.get(f.refers_to).reference
            assert order.index(f.refers_to) < order.index(contract.name), f"{contract.name}.{f.name}"


@ALL
def test_words_lead_to_values_that_are_allowed(contract):
    for f in contract.fields:
        for word, value in f.words.items():
            if f.one_of:
                assert value in f.one_of, f"{contract.name}.{f.name}: {word}"
            if f.type == "flag":
                assert value in ("true", "false")
            if f.type in ("number", "integer"):
                assert f.low is None or f.low <= float(value) <= (f.high or float("inf"))
        if f.one_of and f.default:
            assert f.default in f.one_of


@ALL
def test_no_heading_names_two_fields(contract):
    owners: dict[str, set[str]] = {}
    for f in contract.fields:
        for word in (f.name, *f.headings):
            owners.setdefault(headings.plain(word), set()).add(f.name)
    assert not {word: names for word, names in owners.items() if len(names) > 1}


@ALL
def test_a_template_is_recognised_as_its_own_dataset(contract, tmp_path):
    import openpyxl

    for lang in ("zh", "en"):
        path = template(contract.name, tmp_path / f"{lang}.xlsx", lang)
        sheet = openpyxl.load_workbook(path).worksheets[0]
        head = [[str(cell.value or "") for cell in row] for row in sheet.iter_rows()]
        found = headings.guess(head, {}, References(nothing), sheet=sheet.title)
        assert [m.dataset.name for m in found] == [contract.name]
        assert set(found[0].fields) == set(contract.by_name) and not found[0].missing
    assert len({heading(f, "zh") for f in contract.fields}) == len(contract.fields)


def test_unknown_names_come_back_with_the_nearest():
    with pytest.raises(WrongCall) as caught:
        datasets.get("complaint")
    assert caught.value.params["near"] == "complaints" and "surveys" in caught.value.params["known"]
    with pytest.raises(WrongCall) as caught:
        datasets.COMPLAINTS.field("opend_at")
    assert caught.value.params["near"] == "opened_at"


@pytest.mark.parametrize(("said", "field"), [
    ("受理时间", "opened_at"), (" 受理 时间：", "opened_at"), ("受理\n时间*", "opened_at"), ("Opened At", "opened_at"), ("opened_at", "opened_at"),
    ("ＤＡＴＥ", "opened_at"), ("手机号（必填）", "phone"), ("Ticket #", "ticket_id"), ("严重等级(1-9)", "severity"), ("天气", None)])
def test_headings_are_matched_however_they_are_written(said, field):
    found = headings.match(datasets.COMPLAINTS, [said], {}, References(nothing))
    assert found.fields == ({field: 0} if field else {})
    assert found.ignored == ([] if field else [said])
