"""Nothing is lost and nothing invented between a sheet and what is made of it, however the sheet is laid out."""

from __future__ import annotations

from collections import Counter
from itertools import zip_longest

import pandas as pd
import pyarrow as pa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sqm import datasets
from sqm.ingest import headings, layout
from sqm.ingest.checks import check
from sqm.ingest.opening import Sheet
from sqm.ingest.references import References, nothing
from sqm.ingest.staging import Staging

FEW = settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
KNOWN = ["月份", "地市", "期初客户数", "期末客户数", "编号", "日期", "事件", "说明"]
HEADS = [["月份", "地市", "期初客户数", "期末客户数"], ["编号", "日期", "事件"], ["工单号", "受理时间"]]


def references(name: str) -> pd.DataFrame:
    frame = nothing(name)
    return pd.DataFrame([{**dict.fromkeys(frame.columns), "city": "甲州", "zh": "甲州"}]) if name == "cities" else frame


def sheet_of(rows: list[list[str | None]]) -> Sheet:
    columns = [list(column) for column in zip_longest(*rows)]
    table = pa.table({**{f"c{i}": pa.array(column, pa.string()) for i, column in enumerate(columns)}, "row": pa.array(range(1, len(rows) + 1), pa.int64())})
    return Sheet("表", rows=len(rows), columns=len(columns), memory=table)


def cells_of(sheet: Sheet) -> Counter:
    table = sheet.table()
    assert table is not None
    numbers = table["row"].to_pylist()
    return Counter((row, cell) for name in table.column_names[:-1] for row, cell in zip(numbers, table[name].to_pylist(), strict=True) if cell)


@st.composite
def laid_out(draw: st.DrawFn) -> list[list[str | None]]:
    """Blocks with or without headings, beside and below each other, with gaps of none to two rows and columns."""
    rows: list[list[str | None]] = []
    cell = st.sampled_from([None, "1", "甲州", "2026-07", "合计", *KNOWN])
    for _ in range(draw(st.integers(1, 3))):
        band: list[list[str | None]] = [[] for _ in range(draw(st.integers(1, 5)))]
        for _ in range(draw(st.integers(1, 2))):
            width = draw(st.integers(1, 4))
            head = draw(st.sampled_from([*HEADS, None]))
            for n, line in enumerate(band):
                line += head if n == 0 and head else draw(st.lists(cell, min_size=width, max_size=width))
                line += [None] * (max(map(len, band)) - len(line) + draw(st.integers(0, 2)))
        rows += [*band, *([None] for _ in range(draw(st.integers(0, 2))))]
    return rows


@FEW
@given(laid_out())
def test_every_cell_of_a_sheet_is_in_exactly_one_of_its_tables(rows):
    sheet = sheet_of(rows)
    found = layout.tables(sheet, References(references))
    assert sum((cells_of(part) for part in found), Counter()) == cells_of(sheet)
    assert all(part.table()["row"][0].as_py() == part.above + 1 for part in found if part.range)


@FEW
@given(st.lists(st.tuples(st.sampled_from(["甲州", "甲洲", "合计", None]),
                          st.lists(st.sampled_from([None, "1", "2.5", "91%", "坏", "-"]), min_size=3, max_size=3)), min_size=1, max_size=6))
def test_every_cell_under_a_month_is_accepted_refused_skipped_or_blank(tmp_path, lines):
    head: list[str | None] = ["地市", "指标", "2026年1月", "2026年2月", "2026年3月"]
    sheet = sheet_of([head, *([city, f"K{n}", *cells] for n, (city, cells) in enumerate(lines))])
    known = References(references)
    match = headings.best_match(datasets.get("indicators"), sheet.head(), {}, known)
    staging = Staging()
    try:
        checked = check(staging, sheet.table(), match, known, b"key", add_missing=("indicator",))
    finally:
        staging.close()
    asked = [(city, cell) for city, cells in lines if city != "合计" for cell in cells if cell not in (None, "-")]
    fine = [float(cell.rstrip("%")) for city, cell in asked if city != "甲洲" and cell != "坏"]
    assert checked.skipped == sum(city == "合计" for city, _ in lines)
    assert checked.total == len(asked) + checked.skipped == checked.rows.num_rows + checked.refused + checked.skipped
    assert Counter(checked.rows["value"].to_pylist()) == Counter(fine)
    assert checked.records == len(lines) - checked.skipped
