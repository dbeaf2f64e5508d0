"""Workbooks as people send them, built on the spot."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
import sqlalchemy as sa

from sqm import loaders, warehouse
from sqm.__main__ import main

CITIES = [["地市", "英文名称", "代码", "别名"], ["甲州", "Jiazhou", "3201", "甲；JZ"], ["乙州", "Yizhou", "3202", ""], ["丙江", "Bingjiang", "3203", "甲"]]
ELEMENTS = [["要素编码", "中文名称", "英文名称", "类别"], ["hotline", "热线服务", "Hotline", "服务"], ["store", "营业厅服务", "Store service", "服务"],
            ["coverage", "网络覆盖", "Coverage", "网络"]]
CATEGORIES = [["类别编码", "中文名称", "对应要素"], ["net", "网络质量", "热线服务"], ["fee", "资费争议", None]]
ITEMS = [["检查项编码", "中文名称", "环节", "权重"], ["greet", "主动迎候", "进厅", 2], ["tidy", "厅容整洁", "进厅", 1]]
STORES = [["营业厅编码", "营业厅名称", "地市"], ["S1", "人民路厅", "甲州市"], ["S2", "中山路厅", "乙州"]]
TICKET = ["工单号", "受理时间", "工单类型", "地市", "投诉类别", "手机号", "是否升级", "投诉内容"]


def workbook(path: Path, sheets: dict[str, Sequence[Sequence[object]]], hidden: Sequence[str] = ()) -> Path:
    """Write sheets of rows with openpyxl."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(list(row))
        if name in hidden:
            sheet.sheet_state = "hidden"
    book.save(path)
    return path


@pytest.fixture(scope="session")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A DuckDB file with small reference tables, loaded once from workbooks."""
    folder = tmp_path_factory.mktemp("shelf")
    path = workbook(folder / "reference.xlsx", {"地市": CITIES, "感知要素": ELEMENTS, "投诉类别": CATEGORIES, "检查项": ITEMS,
                                                "营业厅": STORES})
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SQM_DATA_DIR", str(folder / "data"))
        results = loaders.load_samples(warehouse.engine(), folder)
        assert [result.dataset for result in results] == ["cities", "elements", "categories", "audit_items", "stores"]
        assert all(result.message == "published" and not result.refused for result in results), results
        warehouse.forget()
    assert path.exists()
    return folder / "data" / "warehouse.duckdb"


@pytest.fixture
def stocked(shelf: Path) -> Iterator[sa.Engine]:
    """A DuckDB warehouse of the test's own that has the reference tables."""
    shutil.copy(shelf, warehouse.data_dir() / "warehouse.duckdb")
    yield warehouse.engine()
    warehouse.forget()


@pytest.fixture
def sqm(capsys, monkeypatch):
    """``sqm("load", file, "--json")`` → (exit code, stdout, stderr)."""
    monkeypatch.setenv("SQM_LANG", "en")

    def run(*arguments: object) -> tuple[int, str, str]:
        try:
            code = main([str(argument) for argument in arguments])
        except SystemExit as stopped:
            code = int(stopped.code or 0)
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


def stored(engine: sa.Engine, dataset: str) -> pd.DataFrame:
    """The live rows of a dataset in sheet order."""
    table = warehouse.table(dataset)
    return warehouse.frame(engine, sa.select(table).order_by(table.c.batch_id, table.c.source_row))


def adds_up(result: loaders.LoadResult) -> None:
    """The two identities of counting."""
    assert result.rows == result.accepted + result.refused + result.skipped, result
    assert result.accepted == result.new + result.replaced + result.unchanged, result


def rules(result: loaders.LoadResult) -> list[tuple[int, str, str]]:
    """(row, column, rule) of every problem."""
    return [(problem.row, problem.column, problem.rule) for problem in result.problems]
