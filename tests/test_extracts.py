"""Extracts: what another database may hand over, and everything that a query must not reach through it."""

from __future__ import annotations

import os
import sqlite3
import time
from pathlib import Path

import duckdb
import pytest
import sqlalchemy as sa

from sqm import warehouse
from sqm.errors import FileRefused, SqmError, WrongCall
from sqm.i18n import LANGUAGES, say
from sqm.ingest import extracts
from warehouses import new_url

ROWS = [(i, f"T{i}", "x" * 100) for i in range(1000)]
ENDLESS = {
    "sqlite": "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n",
    "duckdb": "SELECT sum(a.range * b.range) AS s FROM range(3000000) AS a, range(3000000) AS b",
    "postgresql": "SELECT count(*) FROM generate_series(1, 1000000) a, generate_series(1, 1000000) b",
}


@pytest.fixture(params=["sqlite", "duckdb", "postgresql"])
def source(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a database with a table ``t`` of 1,000 rows, of each kind in turn."""
    kind = request.param
    if kind == "sqlite":
        with sqlite3.connect(tmp_path / "a#b crm.db") as con:
            con.execute("CREATE TABLE t (n INTEGER, id TEXT, note TEXT)")
            con.executemany("INSERT INTO t VALUES (?, ?, ?)", ROWS)
        con.close()
        return sa.URL.create("sqlite", database=str(tmp_path / "a#b crm.db")).render_as_string()
    if kind == "duckdb":
        with duckdb.connect(str(tmp_path / "crm.duckdb")) as duck:
            duck.execute("CREATE TABLE t AS SELECT range AS n, 'T' || range AS id, repeat('x', 100) AS note FROM range(1000)")
        return f"duckdb:///{(tmp_path / 'crm.duckdb').as_posix()}"
    url = new_url("postgresql", request, tmp_path)
    made = sa.create_engine(url)
    with made.begin() as conn:
        conn.execute(sa.text("CREATE TABLE t (n BIGINT, id TEXT, note TEXT)"))
        conn.execute(sa.text("INSERT INTO t SELECT i, 'T' || i, repeat('x', 100) FROM generate_series(0, 999) AS i"))
    made.dispose()
    return url


def refused(url: str, query: str, **more) -> SqmError:
    with pytest.raises((FileRefused, WrongCall)) as caught:
        extracts.read(url, query, **more)
    for lang in LANGUAGES:
        assert say(caught.value, lang)
    return caught.value


def test_every_kind_gives_the_same_sheet_however_it_is_cut(source):
    sheet, sha256 = extracts.read(source, "SELECT * FROM t ORDER BY n")
    again, same = extracts.read(source, "SELECT * FROM t ORDER BY n", chunk=7)
    table = sheet.table()
    assert (sheet.rows, sheet.columns) == (again.rows, again.columns) == (1000, 3) and sha256 == same
    assert table.column("c1").to_pylist()[:3] == ["id", "T0", "T1"] and table.column("row").to_pylist() == list(range(1001))
    assert table.equals(again.table())
    assert extracts.read(source, "t")[0].rows == 1000


@pytest.mark.parametrize("query", [
    "select content from read_text('{file}')", "select * from read_csv('{file}')", "select * from read_blob('{file}')",
    "select * from '{file}'", "select * from glob('{folder}/*')", "select * from parquet_metadata('{file}')",
    "select load_extension('{file}')", "select readfile('{file}') as c", "select pg_read_file('{file}') as c",
    "select \"pg_read_binary_file\"('{file}') as c", "select pg_ls_dir('{folder}') as c", "select lo_import('{file}') as c",
    "select U&\"pg\\005fread\\005ffile\"('{file}') as c", "select query_to_xml('select pg_' || 'read_file(''{file}'')', true, true, '')",
    "select * from dblink('dbname=postgres', 'select 1') as d(a int)", "select set_config('statement_timeout', '0', false) as c",
    "select * from sniff_csv('{file}')", "select * from ROWS", "select * from pragma_query_only(0)"])
def test_a_query_reaches_no_file_of_the_server(source, query, tmp_path):
    secret = tmp_path / "hash.csv"
    secret.write_text("key\n0123456789abcdef\n", encoding="utf-8")
    error = refused(source, query.format(file=secret.as_posix(), folder=tmp_path.as_posix()))
    assert error.code in ("extract_failed", "extract_reaches_out"), error
    assert "0123456789" not in str(error)


def test_a_view_in_the_source_reaches_no_file_either(tmp_path):
    secret = tmp_path / "hash.key"
    secret.write_text("0123456789abcdef", encoding="utf-8")
    path = tmp_path / "trap.duckdb"
    with duckdb.connect(str(path)) as duck:
        duck.execute(f"CREATE VIEW t AS SELECT content FROM read_text('{secret.as_posix()}')")
    assert refused(f"duckdb:///{path.as_posix()}?enable_external_access=true", "t").code == "extract_failed"


def test_a_source_is_not_written_whatever_the_query(source, monkeypatch):
    monkeypatch.setattr(extracts, "statement", lambda said: (sa.text(said), "query"))
    for query in ("INSERT INTO t VALUES (1, 'a', 'b')", "CREATE TABLE u (a INTEGER)", "DELETE FROM t"):
        refused(source, query)
    monkeypatch.undo()
    assert extracts.read(source, "t")[0].rows == 1000


def test_our_own_files_are_no_source(tmp_path):
    engine = warehouse.engine()
    data = warehouse.data_dir()
    own = data / "warehouse.duckdb"
    (data / "sub").mkdir()
    other = data / "sub" / "other.db"
    sqlite3.connect(other).close()
    for kind in ("duckdb", "sqlite"):
        addresses = [own, other, data / "sub" / ".." / "warehouse.duckdb", data / "none.db"]
        if os.name != "nt":
            for number, target in enumerate((own, other, data)):
                link = tmp_path / f"{kind}{number}"
                link.symlink_to(target)
                addresses.append(link / "warehouse.duckdb" if target == data else link)
            os.link(own, tmp_path / f"hard.{kind}")
            addresses.append(tmp_path / f"hard.{kind}")
        for address in addresses:
            error = refused(f"{kind}:///{address.as_posix()}", "SELECT * FROM batches", own=engine)
            assert error.code == "extract_own", address
    elsewhere = warehouse.engine(f"duckdb:///{(tmp_path / 'elsewhere.duckdb').as_posix()}")
    assert refused(f"duckdb:///{(tmp_path / 'elsewhere.duckdb').as_posix()}", "batches", own=elsewhere).code == "extract_own"


def test_our_own_warehouse_on_a_server_is_no_source(engine, url):
    if engine.dialect.name == "postgresql":
        bare = url.replace("postgresql+psycopg://", "postgresql://")
        assert refused(bare, "batches", own=engine).code == "extract_own"
        assert refused(f"{bare}&application_name=x" if "?" in bare else f"{bare}?application_name=x", "batches",
                       own=engine).code == "extract_own"


@pytest.mark.parametrize("url", ["duckdb:///:memory:", "duckdb://", "sqlite://", "sqlite:///:memory:", "duckdb:///md:shared",
                                 "sqlite:///file::memory:?uri=true", "duckdb:///none.duckdb"])
def test_a_file_database_is_a_file(url):
    assert refused(url, "SELECT 1 AS a").code in ("extract_file", "extract_failed")
    assert not Path("none.duckdb").exists()


def test_other_kinds_are_named(tmp_path):
    assert refused("access:///x.mdb", "t").code in ("extract_kind", "extract_failed")


def test_limits_of_rows_and_bytes(source, monkeypatch):
    monkeypatch.setenv("SQM_EXTRACT_ROWS", "1000")
    assert extracts.read(source, "t")[0].rows == 1000
    monkeypatch.setenv("SQM_EXTRACT_ROWS", "999")
    error = refused(source, "t")
    assert (error.code, error.params["limit"]) == ("extract_too_many", 999)
    monkeypatch.delenv("SQM_EXTRACT_ROWS")
    monkeypatch.setenv("SQM_EXTRACT_MB", "0.05")
    assert refused(source, "t").code == "extract_too_large"


def test_a_statement_that_does_not_end_is_broken_off(source, monkeypatch):
    monkeypatch.setenv("SQM_EXTRACT_SECONDS", "1")
    began = time.monotonic()
    error = refused(source, ENDLESS[sa.make_url(source).get_backend_name()])
    assert (error.code, error.params["seconds"]) == ("extract_too_slow", 1) and time.monotonic() - began < 8
