"""A filled template always loads: of every dataset, in both languages, whatever valid values stand in it."""

from __future__ import annotations

import random
from datetime import date, datetime, timedelta

import openpyxl
import pytest
from workbooks import shelf, stocked

from sqm import datasets, loaders, metrics

__all__ = ["shelf", "stocked"]
BOTH = ("surveys", "complaints", "audits")


#: Every dataset, the languages in turn; those that everybody loads in both.
CASES = [pytest.param(d, lang, id=f"{d.name}-{lang}") for n, d in enumerate(datasets.ALL) for place, lang in enumerate(("zh", "en"))
         if n % 2 == place or d.name in BOTH]


def made(engine, contract, lang, path):
    """The template as the page hands it out, and the drop-down values of each column."""
    known = {f.refers_to for f in contract.fields if f.refers_to}
    entries = {name: list(metrics.labels(engine, name, lang).values()) for name in known}
    loaders.template(contract.name, path, lang, entries)
    book = openpyxl.load_workbook(path)
    sheet, lists = book.worksheets[0], book.worksheets[1]
    offered = {}
    for drop in sheet.data_validations.dataValidation:
        column = next(iter(drop.sqref.ranges)).min_col
        offered[column] = [cell.value for cell in lists[openpyxl.utils.get_column_letter(column)] if cell.value is not None]
    return book, sheet, offered


def value(field, drawn, row, offered):
    """Something valid for the field, as a person or a program would write it."""
    if offered:
        return drawn.choice(offered)
    if field.type in ("month", "date", "timestamp"):
        day = date(2026, 1, 1) + timedelta(days=31 * row + (drawn.randrange(20) if field.type != "month" else 0))
        moment = datetime(day.year, day.month, day.day, drawn.randrange(24), 30)
        first = day.replace(day=1)
        said = {"month": [first, f"{first:%Y-%m}", f"{first:%Y年%m月}"], "date": [day, f"{day:%Y/%m/%d}"], "timestamp": [moment, f"{moment:%Y-%m-%d %H:%M:%S}"]}
        return drawn.choice(said[field.type])
    if field.type in ("number", "integer"):
        low, high = field.low if field.low is not None else 1, field.high if field.high is not None else 5
        number = drawn.randint(int(low), int(high)) if field.type == "integer" or high - low > 1 else drawn.choice([0.25, 0.5, 1])
        return drawn.choice([number, f"{number}", f" {number} "])
    if field.personal:
        return {"phone": 13800000000 + row, "identity": None}[field.personal]
    return f"{field.name} {row}"


@pytest.mark.parametrize(("contract", "lang"), CASES)
def test_filled_with_valid_values_and_its_own_examples_every_row_is_accepted(stocked, tmp_path, contract, lang):
    book, sheet, offered = made(stocked, contract, lang, tmp_path / "t.xlsx")
    drawn = random.Random(f"{contract.name} {lang}")
    for row in range(1, 5):
        for column, field in enumerate(contract.fields, start=1):
            needed = field.required or field.name in contract.key or field.name in ("points", "scale")
            if field.name in ("expectation", "applicable", "operator", "element", "item") and not field.required or not needed and drawn.random() < 0.3:
                continue
            sheet.cell(row + 1, column, "1-5" if field.name == "scale" else value(field, drawn, row, offered.get(column)))
    about = book.worksheets[2]
    examples = {about.cell(row, 1).value: about.cell(row, 4).value for row in range(5, about.max_row + 1)}
    empty = [field.name for column, field in enumerate(contract.fields, start=1) if field.refers_to and not offered.get(column)]
    for column, (head, field) in enumerate(zip(sheet[1], contract.fields, strict=True), start=1):
        example = examples[head.value.removesuffix(" *")]
        assert example or field.refers_to or not field.required, f"{field.name} has no example"
        sheet.cell(6, column, example or ("X" if field.name in empty else None))
    book.save(tmp_path / "t.xlsx")
    result = loaders.load(stocked, tmp_path / "t.xlsx", add_missing=empty)
    assert (result.dataset, result.refused, result.skipped) == (contract.name, 0, 0), result.problems
    assert result.accepted == 5 and not result.ignored


@pytest.mark.parametrize(("lang", "kind", "escalated"), [("zh", "留空时为 投诉", "留空时为 否"), ("en", "Blank means complaint", "Blank means no")])
def test_what_a_blank_means_is_said_in_the_words_of_the_drop_down(tmp_path, lang, kind, escalated):
    about = openpyxl.load_workbook(loaders.template("complaints", tmp_path / "t.xlsx", lang)).worksheets[2]
    rules = {heading: rule for heading, _, rule, *_ in about.iter_rows(min_row=5, values_only=True)}
    first, second = ("工单类型", "是否升级") if lang == "zh" else ("kind", "escalated")
    assert kind in rules[first] and escalated in rules[second]


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_range_without_an_end_is_said_as_one_bound(tmp_path, lang):
    about = openpyxl.load_workbook(loaders.template("elements", tmp_path / "t.xlsx", lang)).worksheets[2]
    rules = {heading: rule for heading, _, rule, *_ in about.iter_rows(min_row=5, values_only=True)}
    assert ("不小于 0。留空时为 1。" if lang == "zh" else "At least 0. Blank means 1.") in rules["权重" if lang == "zh" else "weight"]
