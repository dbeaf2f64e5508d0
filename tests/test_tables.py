"""Tables in the reader's words: headings, labels, numbers, and what a download of them is called."""

from __future__ import annotations

import re
from datetime import date, datetime

import numpy as np
import pandas as pd
import pytest

from sqm import datasets, i18n, metrics
from sqm.exports import csv_bytes
from sqm.ingest.moves import Figure
from sqm.ui import results, tables

HAN = re.compile(r"[\u3400-\u9fff]")
LABELS = {
    "city": {"甲州": "Alpha", "乙州": "=Beta"},
    "category": {"tariff": "Tariff plans"},
    "store": {"s1": "Main", "s2": "Main", "s3": "Station"},
    "kind": {"complaint": "Complaint"},
}


def names(split: str) -> dict[str, str]:
    return LABELS.get(split, {})


def cells() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "city": ["甲州", "乙州", None],
            "category": ["tariff", "other", "tariff"],
            "value": [1 / 3, 0.5155, np.nan],
            "lo": [-0.25, 0.4, np.nan],
            "hi": [0.5, 0.6, np.nan],
            "base": [4_500_440, 12, 0],
            "events": [182.0, 3.0, 0.0],
            "exposure": [4_500_440.0, 12.0, 0.0],
            "verdict": ["worse", "unclear", "small"],
            "strong": [True, False, False],
            "reason": [None, None, "no_exposure"],
        }
    )


def test_an_answer_is_told_in_words() -> None:
    rows = tables.answer(cells(), "complaint_rate", ("city", "category"), names, "en")
    assert list(rows["city"]) == ["Alpha", "=Beta", "(not stated)"]
    assert list(rows["category"]) == ["Tariff plans", "other", "Tariff plans"]
    assert list(rows["verdict"]) == ["higher, confirmed", "cannot tell", "too few"], "the words of the legend: of complaints, more is worse"
    assert list(rows["verdict_id"]) == ["worse", "unclear", "small"]
    felt = cells().rename(columns={"category": "element"})
    assert list(tables.answer(felt, "satisfaction", ("city", "element"), names, "zh")["verdict"]) == ["低，已确认", "难判", "样本太少"]
    assert rows["reason"].iloc[2] == "no customer base, so no rate"
    assert "strong" not in rows and "exposure" not in rows, "pieces of the arithmetic"
    months = pd.DataFrame({"month": pd.to_datetime(["2026-05-01"]), "value": 1.0, "lo": 1.0, "hi": 1.0, "base": 3})
    assert list(tables.answer(months, "nps", ("month",), names, "zh")["month"]) == ["2026-05"]


@pytest.mark.parametrize("lang", i18n.LANGUAGES)
def test_every_heading_of_an_answer_is_in_the_readers_language(lang: str) -> None:
    for metric in metrics.CATALOGUE.values():
        for name in (*metric.splits, "value", "lo", "hi", "base", "verdict", "verdict_id", "events", "mean", "rest", "difference", "expectation",
                     "perception", "reason"):  # fmt: skip
            said = tables.heading(name, lang, metric=metric.id)
            assert bool(HAN.search(said)) == (lang == "zh"), (metric.id, name, said)


@pytest.mark.parametrize("dataset", sorted({m.source for m in metrics.CATALOGUE.values()}))
def test_every_heading_of_the_rows_behind_is_in_the_readers_language(dataset: str) -> None:
    for name in (*(f.name for f in datasets.get(dataset).fields), "file", "sheet", "source_row", "batch"):
        assert HAN.search(tables.heading(name, "zh", dataset)), name
        assert re.fullmatch(r"[A-Z][A-Za-z ]+", tables.heading(name, "en", dataset)), name


def test_values_on_screen_are_rounded_and_show_thousands() -> None:
    rows = tables.answer(cells(), "complaint_rate", ("city", "category"), names, "en")
    shown, columns = tables.on_screen(rows, "complaint_rate", "en")
    assert shown["Value"].iloc[1] == 0.52, "as the matrix has it; one decimal would make small rates alike"
    assert columns["Value"]["type_config"]["format"] == "%.2f"
    assert columns["Customer-months"]["type_config"]["format"] == "localized"
    assert "City" not in columns and "Verdict" in shown and "Verdict id" not in shown


def test_a_file_has_ids_in_its_headings_words_in_its_cells_and_short_numbers() -> None:
    rows = tables.answer(cells(), "complaint_rate", ("city", "category"), names, "zh")
    first, *lines = csv_bytes(tables.in_a_file(rows, "complaint_rate", "zh")).decode("utf-8-sig").splitlines()
    assert first == (
        "地市 (city),投诉类别 (category),数值 (value),95% 下限 (lo),95% 上限 (hi),客户月数 (base),判断 (verdict),"
        "判断代码 (verdict_id),件数 (events),说明 (reason)"
    )
    assert lines[0] == "Alpha,Tariff plans,0.3333,-0.25,0.5,4500440,高，已确认,worse,182,", "a negative number is no formula"
    assert lines[1].startswith("'=Beta,")
    english = tables.in_a_file(rows, "complaint_rate", "en")
    assert list(english)[:5] == ["City", "Category", "Value", "95% from (lo)", "95% to (hi)"]


def test_rows_behind_a_number_are_told_in_words() -> None:
    rows = pd.DataFrame(
        {
            "ticket_id": ["T1", "T2"],
            "opened_at": [datetime(2026, 10, 31, 22), datetime(2026, 10, 31, 21, 5)],
            "closed_at": [None, None],
            "kind": ["complaint", "complaint"],
            "city": ["甲州", None],
            "channel": ["", "App"],
            "escalated": [False, None],
            "phone_key": ["secret", "secret"],
            "content": ["", "甲州"],
            "source_row": [3754, 3755],
        },
        dtype=object,
    )
    said = tables.evidence(rows, "complaints", names, "en")
    said = said.astype(object).where(said.notna(), None)
    assert list(said) == ["Ticket", "Opened at", "Ticket type", "City", "Channel", "Escalated", "Content", "Row"]
    assert list(said.iloc[0]) == ["T1", "2026-10-31 22:00", "Complaint", "Alpha", None, "No", None, 3754]
    assert list(said.iloc[1])[3:7] == [None, "App", None, "甲州"], "free text is nobody's label"
    assert "kind" not in tables.evidence(rows, "complaints", names, "zh", without=("kind",))
    assert list(tables.evidence(rows, "complaints", names, "zh"))[:3] == ["工单号", "受理时间", "工单类型"]


def test_a_label_that_two_have_in_common_keeps_them_apart() -> None:
    rows = pd.DataFrame({"visit_id": ["V1", "V2", "V3"], "store": ["s1", "s2", "s3"]}, dtype=object)
    said = tables.evidence(rows, "audits", names, "zh")
    assert list(said["营业厅"]) == ["Main (s1)", "Main (s2)", "Station"]


def test_a_download_is_called_what_it_is() -> None:
    months = (date(2026, 5, 1), date(2026, 10, 1))
    named = tables.file_name("complaint_rate", ("city", "category"), (), months, "zh")
    assert named == "万客户投诉率_地市×投诉类别_2026-05至2026-10"
    named = tables.file_name("complaint_rate", ("city", "category"), (), months, "en")
    assert named == "complaints-per-10k-customers_city-by-category_2026-05–2026-10"
    named = tables.file_name("nps", ("month",), ('..\\a/b:"<c>|?*\n', "长" * 90), (months[0], months[0]), "en")
    assert named == f"net-promoter-score_month_a-b-c_{'长' * 40}_2026-05"
    assert tables.file_name("nps", (), (), None, "en") == "net-promoter-score"


def test_numbers_are_written_in_one_way() -> None:
    assert i18n.number(6_329_368) == "6,329,368" and i18n.number(-0.44, 1) == "\u22120.4"
    assert i18n.number(1234.5, 1, sign=True) == "+1,234.5"
    assert i18n.number(float("nan")) == i18n.number(None) == "–"
    assert results.number(4321.04, "handling_hours") == "4,321.0"
    assert Figure(6_329_368, 6_329_000, 6_330_000, 1).text(0, "count") == "6,329,368"
    assert not [text for area in i18n.areas() for text in i18n.texts(area).values() if re.search(r"\d\s000", text["zh"] + text["en"])]


def test_a_column_is_as_wide_as_what_stands_in_it() -> None:
    shown = pd.DataFrame({"Opened at": [None, "2026-10-31 22:00"], "投诉类别": ["网络覆盖", None], "Content": ["x" * 400, ""], "Severity": [1, 2]})
    wide = {name: column["width"] for name, column in tables.widths(shown).items()}
    assert wide == {"Opened at": 125, "投诉类别": 72, "Content": tables.MOST, "Severity": 72}
    assert tables.widths(shown.iloc[:0])["Content"]["width"] == 66 and tables.widths(pd.DataFrame()) == {}
