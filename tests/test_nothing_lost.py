"""Between the sheet and the warehouse nothing is lost and nothing invented, on either engine, whatever rows a sheet is made of."""

from __future__ import annotations

import itertools
import shutil
from collections import defaultdict
from pathlib import Path

import pyarrow as pa
import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from workbooks import adds_up

from sqm import datasets, loaders, warehouse
from sqm.ingest.opening import Sheet
from warehouses import ENGINES, new_url, publish

_numbers = itertools.count(1)
#: No digits: what may be a phone is masked, which is another promise. No white space at the ends: cells come trimmed.
WORDS = st.text(st.characters(exclude_categories=("Cs", "Cc", "Nd", "Z"), exclude_characters="0123456789"), min_size=1, max_size=12).map("字{}".format)
#: Few and long: each costs a whole load.
FEW = settings(max_examples=4, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])


@pytest.fixture(scope="module", params=ENGINES)
def stocked(request, tmp_path_factory):
    """A warehouse for all examples of a test, with two cities and two elements."""
    folder = tmp_path_factory.mktemp("nothing-lost")
    url = new_url(request.param, request, folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SQM_DATA_DIR", str(folder / "data"))
        engine = warehouse.engine(url)
        publish(engine, "cities", [{"city": "甲州"}, {"city": "乙州"}])
        publish(engine, "elements", [{"element": "hotline", "zh": "热线服务"}, {"element": "store", "zh": "营业厅服务"}])
        yield engine
        engine.dispose()
        warehouse.forget(url)
    shutil.rmtree(Path(folder), ignore_errors=True)


def load(engine: sa.Engine, dataset: str, headings: list[str], rows: list[tuple]) -> tuple[loaders.LoadResult, list[dict]]:
    """The rows through the checks into the warehouse, as a sheet that was read; what the batch stored."""
    cells = [tuple(headings), *rows]
    columns = [pa.array([row[n] for row in cells], pa.string()) for n in range(len(headings))]
    table = pa.table([*columns, pa.array(range(len(cells)), pa.int64())], [*(f"c{n}" for n in range(len(headings))), "row"])
    sheet = Sheet("表", rows=len(rows), columns=len(headings), memory=table)
    result = loaders.load_read(engine, sheet, f"{next(_numbers):064x}", "made up", datasets.get(dataset), {})
    live = warehouse.table(dataset)
    with engine.connect() as conn:
        kept = [dict(row._mapping) for row in conn.execute(sa.select(live).where(live.c.batch_id == (result.batch or -1)).order_by(live.c.source_row))]
    return result, kept


@st.composite
def tickets(draw) -> list[tuple]:
    """``(kind, id, date, city, content)``: fine and wrong ones, totals, blank rows, repeats and contradictions of those above."""
    rows: list[tuple] = []
    kinds = st.sampled_from(["fine", "fine", "fine", "no date", "no city", "total", "blank", "again", "against"])
    for number, kind in enumerate(draw(st.lists(kinds, min_size=8, max_size=40))):
        fine = [row for row in rows if row[0] == "fine"]
        if kind in ("again", "against") and fine:
            _, same, day, city, content = draw(st.sampled_from(fine))
            rows.append((kind, same, day, city, content if kind == "again" else content + "改"))
        else:
            day = "2026-13-45" if kind == "no date" else f"2026-05-{draw(st.integers(1, 28)):02d} 10:00:00"
            city = "丁州" if kind == "no city" else draw(st.sampled_from(["甲州", "乙州", "甲州市", None]))
            rows.append((kind if kind not in ("again", "against") else "fine", f"T{number}", day, city, draw(WORDS)))
    return rows


@FEW
@given(rows=tickets())
def test_every_row_of_a_sheet_is_accepted_refused_or_skipped(stocked, rows):
    mark = f"{next(_numbers)}-"
    cells, by_id, skipped, refused = [], defaultdict(list), 0, 0
    for place, (kind, number, day, city, content) in enumerate(rows, 1):
        if kind == "blank":
            cells.append((None,) * 4)
        elif kind == "total":
            cells.append(("合计", None, None, "合"))
            skipped += 1
        else:
            cells.append((mark + number, day, city, content))
            if kind in ("no date", "no city"):
                refused += 1
            else:
                by_id[mark + number].append((place, day, city, content))
    expected = {}
    for number, found in by_id.items():
        if len({content for *_, content in found}) > 1:
            refused += len(found)
        else:
            expected[number] = found[0]
            skipped += len(found) - 1
    result, kept = load(stocked, "complaints", ["工单号", "受理时间", "地市", "投诉内容"], cells)
    adds_up(result)
    assert (result.rows, result.accepted, result.refused, result.skipped) == (len(expected) + refused + skipped, len(expected), refused, skipped)
    assert {row["ticket_id"]: (row["source_row"], f"{row['opened_at']}", row["city"], row["content"]) for row in kept} == {
        number: (place, day, city and "甲州" if city != "乙州" else city, content) for number, (place, day, city, content) in expected.items()}


ANSWER = st.sampled_from([None, "1", "7", "10", "3.5", "11", "很好吗", "-"])


@FEW
@given(rows=st.lists(st.tuples(st.booleans(), st.sampled_from(["甲州", "乙州"]), ANSWER, ANSWER, ANSWER), min_size=4, max_size=30))
def test_every_answer_of_a_wide_survey_is_one_row_or_one_reason(stocked, rows):
    mark = f"{next(_numbers)}-"
    elements, expected, refused, places = ("overall", "hotline", "store"), {}, 0, {}
    cells = []
    for place, (fine, city, *answers) in enumerate(rows, 1):
        cells.append((f"{mark}{place}", "2026-05" if fine else "五月某日", city, *answers))
        for element, answer in zip(elements, answers, strict=True):
            if answer in (None, "-"):
                continue
            if fine and answer in ("1", "7", "10", "3.5"):
                expected[f"{mark}{place}", element] = (city, float(answer), place)
            else:
                refused += 1
        places[place] = fine
    result, kept = load(stocked, "surveys", ["样本编号", "调查月份", "地市", "综合满意度", "热线服务", "营业厅服务"], cells)
    adds_up(result)
    assert (result.rows, result.accepted, result.refused, result.records) == (len(expected) + refused, len(expected), refused, len(rows))
    assert result.records_refused == sum(not fine for fine in places.values())
    assert {(row["respondent"], row["element"]): (row["city"], row["score"], row["source_row"]) for row in kept} == expected
