"""The sample workbooks: the same bytes every time, small enough, and telling the story of ``data/README.md``."""

from __future__ import annotations

import hashlib
import re
import zipfile
from functools import cache
from importlib.metadata import version
from pathlib import Path

import fastexcel
import pandas as pd
import pytest

from data.generate import facts, places, story
from data.generate.__main__ import FILES, reference, small_facts, stream, write
from data.generate.stores import stores

DATA = Path(facts.__file__).resolve().parents[1]
ROOT = DATA.parent
PINS = "".join((ROOT / name).read_text("utf-8") for name in ("requirements.txt", "requirements-dev.txt"))
SAME_VERSIONS = all(
    re.search(rf"^{name}=={re.escape(version(name))}\s*$", PINS, re.M | re.I) for name in ("numpy", "xlsxwriter")
)


@pytest.fixture(scope="module")
def told() -> dict[str, str]:
    return facts.written((DATA / "README.md").read_text("utf-8"))


def parts(path: Path) -> dict[str, str]:
    """What a workbook holds, part by part; zip bytes themselves also depend on the machine's zlib."""
    with zipfile.ZipFile(path) as book:
        return {name: hashlib.sha256(book.read(name)).hexdigest() for name in book.namelist()}


@cache
def lines(file: str) -> pd.DataFrame:
    """The first sheet of a workbook, all lines as text."""
    return fastexcel.read_excel(DATA / file).load_sheet(0, header_row=None, dtypes="string").to_pandas()


def cell(file: str, row: int, column: str) -> object:
    """A cell by Excel row and heading."""
    rows = lines(file)
    heading = next(line for line in rows.head(5).to_numpy().tolist() if column in line)
    return rows.iat[row - 1, heading.index(column)]


@pytest.mark.skipif(not SAME_VERSIONS, reason="numpy or xlsxwriter of another version than pinned")
def test_generating_again_gives_the_committed_workbooks(tmp_path):
    write(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(FILES)
    assert [name for name in FILES if parts(tmp_path / name) != parts(DATA / name)] == []


def test_two_runs_give_the_same_bytes(tmp_path):
    for folder in (tmp_path / "one", tmp_path / "two"):
        folder.mkdir()
        reference(folder, stores(stream("stores")))
        small_facts(folder, stream("facts"))
    for path in (tmp_path / "one").iterdir():
        assert path.read_bytes() == (tmp_path / "two" / path.name).read_bytes(), path.name


def test_no_moment_of_writing_gets_into_a_workbook():
    for name in FILES:
        with zipfile.ZipFile(DATA / name) as book:
            assert {part.date_time[0] for part in book.infolist()} == {1980}, name
            assert b"2026-11-01T08:00:00Z" in book.read("docProps/core.xml"), name


def test_all_workbooks_together_stay_under_ten_megabytes():
    assert {path.name for path in DATA.glob("*.xlsx")} == set(FILES)
    assert sum((DATA / name).stat().st_size for name in FILES) <= 10_000_000


def test_the_readme_tells_the_numbers_of_the_workbooks(told):
    assert told == facts.facts(DATA)


def test_the_story_comes_out_as_it_was_planted(told):
    value = {key: float(text) for key, text in told.items()}
    assert value["mobile_tickets_change"] == pytest.approx(-17, abs=1.5)
    assert value["mobile_points_change"] == pytest.approx(4, abs=1)
    assert abs(value["no_effect_tickets_change"]) < 3 and abs(value["no_effect_points_change"]) < 1.5
    assert value["stores_may"] == pytest.approx(49.21, abs=0.1)
    assert value["stores_october"] == pytest.approx(85.11, abs=0.1)
    assert value["hotline_change"] == pytest.approx(-10, abs=1)
    assert abs(value["hotline_change_elsewhere"]) < 4.5
    assert value["batch_48h"] >= 170 and value["batch_usual_48h"] < 3
    assert value["connect_rate_lowest"] > 90
    assert value["interviews_own"] == 24_000 and value["fewest_in_a_city_month"] >= 60
    assert 78 <= value["satisfaction_mean"] <= 85 and 19 <= value["satisfaction_sd"] <= 23
    assert abs(value["tickets"] - 60_000) < 10 and 3 <= value["complaints_per_10k"] <= 5


def test_the_wrong_cells_stand_where_the_readme_says():
    assert cell("surveys_2025H1.xlsx", 8, "综合满意度") == "11"
    assert cell("surveys_2025H1.xlsx", 13, "月份") == "2025年13月"
    assert cell("surveys_2025H1.xlsx", 18, "地市") == "苏洲"
    assert cell("complaints_2025.xlsx", 42, "工单号") == cell("complaints_2025.xlsx", 43, "工单号")
    assert cell("complaints_2025.xlsx", 83, "工单号") == cell("complaints_2025.xlsx", 84, "工单号")
    assert cell("complaints_2025.xlsx", 83, "工单类型") != cell("complaints_2025.xlsx", 84, "工单类型")
    assert cell("complaints_2025.xlsx", 123, "受理时间") == "2025年2月30日"
    assert cell("surveys_2026H1.xlsx", 7, "综合满意度") == "９"
    assert str(cell("surveys_2026H1.xlsx", 11, "地市")).endswith("市")


def test_stores_have_names_of_their_own_in_their_cities():
    found = stores(stream("stores"))
    for name in ("name", "english", "code"):
        assert len(found) == len({store[name] for store in found}) == 200, name
    assert sum(store["pilot"] for store in found) == 30
    assert {store["city"] for store in found} == set(places.CITIES)


def test_every_value_in_use_has_an_english_name():
    named = {(field, value) for field, value, english in places.VALUE_NAMES if english}
    shops, asked, found = facts.sheet(DATA, "stores.xlsx"), facts.surveys(DATA), facts.tickets(DATA)
    used = {("厅店级别", v) for v in shops["厅店级别"].unique()} | {("产品", v) for v in found["产品"].unique()}
    used |= {("渠道", v) for v in {*found["受理渠道"].unique(), *asked["渠道"].dropna().unique()}}
    used |= {("客群", v) for v in {*found["客群"].unique(), *asked["客群"].unique()}}
    used |= {(field, item[at]) for item in places.ITEMS for field, at in (("环节", 3), ("检查维度", 4), ("沟通100", 5))}
    used |= {("调查方式", v) for v in asked["调查方式"].unique()} | {("运营商", story.COMPETITOR)}
    used |= {("细项", column.split("-")[1]) for column in asked if "-" in column}
    used |= {("单位", indicator[5]) for indicator in places.INDICATORS if indicator[5] != "%"}
    assert used == named
    assert shops["英文名称"].notna().all()


def test_numbers_in_tickets_belong_to_no_one():
    found = facts.tickets(DATA)
    assert found["手机号"].str.fullmatch(r"199000\d{5}").all()
    named = found["投诉内容"].str.extract(r"(\d{17}[\dX])")[0].dropna()
    assert len(named) and named.str.startswith("99").all()
    for number in named.unique():
        assert "10X98765432"[sum(int(d) * 2 ** (17 - k) for k, d in enumerate(number[:17])) % 11] == number[17]


def test_every_reference_points_at_something_that_exists():
    elements, departments = {e[0] for e in places.ELEMENTS}, {d[0] for d in places.DEPARTMENTS}
    assert len(places.ELEMENTS) == 19 and len(places.ITEMS) == 44 and len(departments) == 9
    assert {c[3] for c in places.CATEGORIES} <= elements | {""}
    assert {i[3] for i in places.INDICATORS} <= elements and {i[4] for i in places.INDICATORS} <= departments
    assert len({i[3] for i in places.INDICATORS}) == 7
    assert {p[6] for p in places.PROMISES} <= departments
    assert {*story.FIRST_SIX, *story.NULL_CITIES, story.STORE_CITY, story.FALL_CITY} <= set(places.CITIES)
