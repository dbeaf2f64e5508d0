"""The warehouse: the fold in every order, undo, lineage, locking, migration, backup; on DuckDB and on PostgreSQL."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
import time
from datetime import date, datetime

import pyarrow as pa
import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sqm import warehouse
from sqm.errors import FileRefused, SqmError, WarehouseBusy, WrongCall
from sqm.warehouse import bulk, opening, schema, sharing

JANUARY, FEBRUARY = date(2026, 1, 1), date(2026, 2, 1)


def customers(*rows: tuple[date, str, float, float]) -> pa.Table:
    month, city, opening_, closing = zip(*rows, strict=True) if rows else ((), (), (), ())
    return pa.table(
        {
            "month": pa.array(month, pa.date32()),
            "city": pa.array(city, pa.string()),
            "opening": pa.array(opening_, pa.float64()),
            "closing": pa.array(closing, pa.float64()),
            "source_row": pa.array(range(2, 2 + len(rows)), pa.int64()),
        }
    )


def draft(*rows, **more) -> warehouse.Draft:
    table = customers(*rows)
    return warehouse.Draft("customers", table, file_name="客户数.xlsx", sheet="表1", total=table.num_rows, **more)


def tickets(*rows: tuple[str, datetime, str, str]) -> pa.Table:
    """(ticket, opened, category, phone_key) with every other column null."""
    n = len(rows)
    given_ = dict(zip(("ticket_id", "opened_at", "category", "phone_key"), zip(*rows, strict=True), strict=True))
    columns = {"source_row": pa.array(range(n), pa.int64())}
    for column in warehouse.table("complaints").columns:
        if column.name in ("batch_id", "source_row", "next_same_days"):
            continue
        kind = bulk.arrow_type(column.type)
        values = given_.get(column.name, ["complaint"] * n if column.name == "kind" else [None] * n)
        columns[column.name] = pa.array(values, kind)
    return pa.table(columns)


def state(engine) -> dict:
    t = warehouse.table("customers")
    found = warehouse.frame(engine, sa.select(t))
    return {(row.month.isoformat(), row.city): (row.opening, row.batch_id) for row in found.itertuples()}


def test_counts_say_new_replaced_unchanged(engine):
    assert warehouse.publish(engine, draft((JANUARY, "甲", 1, 2), (JANUARY, "乙", 3, 4))) == warehouse.Counts(
        1, 2, 0, 0
    )
    second = draft((JANUARY, "甲", 9, 2), (JANUARY, "乙", 3, 4), (FEBRUARY, "甲", 5, 6))
    assert warehouse.preview(engine, second) == warehouse.Counts(None, 1, 1, 1)
    assert state(engine) == {("2026-01-01", "甲"): (1, 1), ("2026-01-01", "乙"): (3, 1)}
    assert warehouse.publish(engine, second) == warehouse.Counts(2, 1, 1, 1)
    assert state(engine) == {("2026-01-01", "甲"): (9, 2), ("2026-01-01", "乙"): (3, 2), ("2026-02-01", "甲"): (5, 2)}


def test_undo_of_a_middle_batch_leaves_the_later_one(engine):
    for value in (1, 2, 3):
        warehouse.publish(engine, draft((JANUARY, "甲", value, 0)))
    warehouse.undo(engine, 2)
    assert state(engine)["2026-01-01", "甲"] == (3, 3)
    warehouse.undo(engine, 3)
    assert state(engine)["2026-01-01", "甲"] == (1, 1)
    with pytest.raises(WrongCall, match="batch_undone"):
        warehouse.undo(engine, 3)
    with pytest.raises(WrongCall, match="unknown_batch"):
        warehouse.undo(engine, 99)


def test_an_unchanged_row_survives_the_undo_of_the_batch_before(engine):
    warehouse.publish(engine, draft((JANUARY, "甲", 1, 2)))
    warehouse.publish(engine, draft((JANUARY, "甲", 1, 2)))
    warehouse.undo(engine, 1)
    assert state(engine) == {("2026-01-01", "甲"): (1, 2)}


def test_the_whole_of_a_month_withdraws_what_it_lacks_and_undo_brings_it_back(engine):
    warehouse.publish(engine, draft((JANUARY, "甲", 1, 0), (JANUARY, "乙", 1, 0), (FEBRUARY, "乙", 1, 0)))
    counts = warehouse.publish(engine, draft((JANUARY, "甲", 2, 0), whole=((JANUARY,), ())))
    assert (counts.replaced, counts.withdrawn) == (1, 1)
    assert set(state(engine)) == {("2026-01-01", "甲"), ("2026-02-01", "乙")}
    warehouse.undo(engine, 2)
    assert state(engine) == {("2026-01-01", "甲"): (1, 1), ("2026-01-01", "乙"): (1, 1), ("2026-02-01", "乙"): (1, 1)}


_CELL = st.tuples(st.sampled_from([JANUARY, FEBRUARY]), st.sampled_from(["甲", "乙"]))
_LOAD = st.tuples(
    st.dictionaries(_CELL, st.integers(0, 2), min_size=1, max_size=3),
    st.one_of(st.none(), st.tuples(st.sampled_from([(JANUARY,), (JANUARY, FEBRUARY)]), st.sampled_from([(), ("甲",)]))),
)
_STEPS = st.lists(
    st.one_of(_LOAD.map(lambda load: ("load", load)), st.integers(1, 6).map(lambda n: ("undo", n))),
    min_size=2,
    max_size=9,
)


def folded(loads: dict[int, tuple], undone: set[int]) -> dict:
    """The definition, by hand: play the standing batches in order."""
    seen: dict = {}
    for number, (cells, whole) in loads.items():
        if number in undone:
            continue
        if whole:
            months, cities = whole
            seen = {k: v for k, v in seen.items() if not (k[0] in months and (not cities or k[1] in cities))}
        seen.update({cell: (float(value), number) for cell, value in cells.items()})
    return {(month.isoformat(), city): v for (month, city), v in seen.items()}


@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(steps=_STEPS)
def test_every_order_of_loads_and_undos_equals_the_fold(steps, tmp_path_factory):
    engine = warehouse.engine(f"duckdb:///{tmp_path_factory.mktemp('fold') / 'w.duckdb'}")
    loads: dict[int, tuple] = {}
    undone: set[int] = set()
    for kind, what in steps:
        if kind == "load":
            cells, whole = what
            counts = warehouse.publish(engine, draft(*[(m, c, v, 0) for (m, c), v in cells.items()], whole=whole))
            loads[counts.batch] = what
        elif what in loads and what not in undone:
            warehouse.undo(engine, what)
            undone.add(what)
        assert state(engine) == folded(loads, undone)


def test_a_failed_publication_leaves_nothing(engine, monkeypatch):
    warehouse.publish(engine, draft((JANUARY, "甲", 1, 0)))
    version = warehouse.data_version(engine)

    def fail(*_):
        raise RuntimeError("power cut")

    monkeypatch.setattr("sqm.warehouse.batches._record", fail)
    with pytest.raises(RuntimeError):
        warehouse.publish(engine, draft((JANUARY, "甲", 2, 0)))
    assert state(engine) == {("2026-01-01", "甲"): (1, 1)}
    assert warehouse.data_version(engine) == version


def test_data_version_moves_with_every_publication_and_undo(engine):
    seen = [warehouse.data_version(engine)]
    warehouse.publish(engine, draft((JANUARY, "甲", 1, 0)))
    seen.append(warehouse.data_version(engine))
    warehouse.undo(engine, 1)
    seen.append(warehouse.data_version(engine))
    assert seen == [0, 1, 2]


def test_days_to_the_next_same_complaint_follow_publication_and_undo(engine):
    first = tickets(
        ("t1", datetime(2026, 1, 1), "x", "k"),
        ("t2", datetime(2026, 1, 11), "x", "k"),
        ("t3", datetime(2026, 1, 2), "y", "k"),
    )
    warehouse.publish(engine, warehouse.Draft("complaints", first))
    warehouse.publish(engine, warehouse.Draft("complaints", tickets(("t4", datetime(2026, 1, 6, 12), "x", "k"))))
    t = warehouse.table("complaints")

    def days():
        found = warehouse.frame(engine, sa.select(t.c.ticket_id, t.c.next_same_days))
        return {
            row.ticket_id: None if row.next_same_days != row.next_same_days else round(row.next_same_days, 6)
            for row in found.itertuples()
        }

    assert days() == {"t1": 5.5, "t4": 4.5, "t2": None, "t3": None}
    warehouse.undo(engine, 2)
    assert days() == {"t1": 10.0, "t2": None, "t3": None}


def test_empty_text_and_null_stay_apart(engine):
    rows = tickets(("", datetime(2026, 1, 1), 'quote " comma , 换行\n', None))
    warehouse.publish(engine, warehouse.Draft("complaints", rows))
    t = warehouse.table("complaints")
    found = warehouse.frame(engine, sa.select(t.c.ticket_id, t.c.category, t.c.phone_key, t.c.city)).iloc[0]
    assert (found.ticket_id, found.category, found.phone_key, found.city) == ("", 'quote " comma , 换行\n', None, None)


def test_problems_are_kept_with_their_place(engine):
    problem = {
        "sheet": "表1",
        "row": 7,
        "column": "地市",
        "value": "苏洲",
        "rule": "unknown_value",
        "params": {"near": "苏州"},
    }
    batch = warehouse.publish(engine, draft((JANUARY, "甲", 1, 0), refused=1, problems=[problem])).batch
    assert warehouse.problem_list(engine, batch).to_dict("records") == [{**problem, "params": '{"near": "苏州"}'}]
    row = warehouse.batch_list(engine).iloc[0]
    assert (row.file_name, row.refused, row.status, row.new) == ("客户数.xlsx", 1, "published", 1)


def test_reference_values_can_be_admitted_once(engine):
    assert warehouse.add_reference(engine, "cities", ["甲", "乙", "甲"], by="me") == 2
    assert warehouse.add_reference(engine, "cities", ["甲"], by="me") == 0
    assert set(warehouse.reference(engine, "cities")["city"]) == {"甲", "乙"}


def test_clearing_the_sample_leaves_the_rest(engine):
    warehouse.publish(engine, draft((JANUARY, "甲", 1, 0), sample=True))
    warehouse.publish(engine, draft((FEBRUARY, "甲", 2, 0)))
    assert warehouse.has_sample(engine) and not warehouse.is_empty(engine)
    assert warehouse.clear_sample(engine) == 1
    assert state(engine) == {("2026-02-01", "甲"): (2, 2)}
    assert not warehouse.has_sample(engine)


def test_backup_and_restore_give_the_same_state(engine, tmp_path):
    warehouse.publish(engine, draft((JANUARY, "甲", 1, 0)))
    warehouse.publish(engine, draft((JANUARY, "甲", 2, 0)))
    before, version = state(engine), warehouse.data_version(engine)
    warehouse.backup(engine, tmp_path / "b.zip")
    warehouse.undo(engine, 2)
    warehouse.publish(engine, draft((FEBRUARY, "乙", 5, 0)))
    warehouse.restore(engine, tmp_path / "b.zip")
    assert state(engine) == before
    assert warehouse.data_version(engine) > version + 1, "a restored state must not look like a cached one"
    warehouse.undo(engine, 2)
    assert state(engine) == {("2026-01-01", "甲"): (1, 1)}
    (tmp_path / "junk.zip").write_bytes(b"PK\x03\x04 not really")
    with pytest.raises(FileRefused, match="not_a_backup"):
        warehouse.restore(engine, tmp_path / "junk.zip")
    assert state(engine) == {("2026-01-01", "甲"): (1, 1)}


def test_an_older_warehouse_is_moved_forward_and_a_newer_one_refused(engine):
    warehouse.publish(engine, draft((JANUARY, "甲", 1, 0)))
    url = engine.url.render_as_string(hide_password=False)
    with warehouse.writing(engine) as conn:
        conn.execute(sa.text("ALTER TABLE customers DROP COLUMN closing"))
        conn.execute(sa.text("DROP TABLE value_names"))
        conn.execute(sa.text("DROP TABLE value_names_past"))
        schema.set_meta(conn, "columns", "as an older contract had them")
    warehouse.forget(url)
    again = warehouse.engine(url)
    found = warehouse.frame(again, sa.select(warehouse.table("customers"))).iloc[0]
    assert found.opening == 1 and found.closing is None
    assert warehouse.reference(again, "value_names").empty
    with warehouse.writing(again) as conn:
        schema.set_meta(conn, "schema_version", str(schema.VERSION + 1))
    warehouse.forget(url)
    with pytest.raises(SqmError, match="warehouse_newer"):
        warehouse.engine(url)
    with again.begin() as conn:
        schema.set_meta(conn, "schema_version", str(schema.VERSION))


def _hold(path, seconds: float) -> subprocess.Popen:
    code = textwrap.dedent(f"""
        import duckdb, time
        held = duckdb.connect({str(path)!r}); print("held", flush=True); time.sleep({seconds})
    """)
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE)
    assert process.stdout is not None and process.stdout.readline().strip() == b"held"
    return process


def test_a_locked_file_is_waited_for_and_then_its_holder_named(tmp_path, monkeypatch):
    url = f"duckdb:///{tmp_path / 'w.duckdb'}"
    engine = warehouse.engine(url)
    warehouse.publish(engine, draft((JANUARY, "甲", 1, 0)))
    holder = _hold(tmp_path / "w.duckdb", 1.5)
    assert len(state(engine)) == 1, "waited until the other process let go"
    holder.wait()
    monkeypatch.setattr(opening, "WAIT_SECONDS", 0.5)
    holder = _hold(tmp_path / "w.duckdb", 20)
    try:
        started = time.monotonic()
        with pytest.raises(WarehouseBusy) as caught:
            state(engine)
        assert time.monotonic() - started < 10
        assert str(holder.pid) in caught.value.params["holder"]
    finally:
        holder.terminate()
        holder.wait()


@pytest.mark.parametrize("url", ["mysql://u@h/x", "nonsense", "duckdb:///:memory:"])
def test_an_unusable_url_is_refused_in_words(url):
    with pytest.raises(SqmError) as caught:
        warehouse.engine(url)
    assert caught.value.code.startswith("warehouse_")


def test_a_password_never_shows_in_an_error():
    with pytest.raises(SqmError) as caught:
        warehouse.engine("postgresql://someone:s3cret@127.0.0.1:1/none")
    assert caught.value.code == "warehouse_unreachable" and "s3cret" not in str(caught.value)


def test_a_file_kept_open_is_opened_once_and_let_go_at_the_end(tmp_path):
    opened = warehouse.engine(f"duckdb:///{(tmp_path / 'kept.duckdb').as_posix()}")
    other = (
        "import duckdb, sys\n"
        "try: duckdb.connect(sys.argv[1]).execute('SELECT 1')\n"
        "except duckdb.IOException: sys.exit(3)\n"
    )

    def another_process() -> int:
        return subprocess.run([sys.executable, "-c", other, str(tmp_path / "kept.duckdb")], check=False).returncode

    with warehouse.kept_open():
        assert another_process() == 0  # nothing was asked yet
        with opened.connect() as conn:
            conn.execute(sa.text("SELECT 1"))
        if os.name != "nt":
            assert another_process() == 3
    assert another_process() == 0


#: A process of its own that draws pages in ``threads`` threads: blocks that overlap without end, until its input ends.
BUSY = """
import sys, threading, time
import sqlalchemy as sa
from sqm import warehouse
engine, stopped = warehouse.engine(), threading.Event()

failed = []

def draw(late):
    time.sleep(late)
    try:
        while not stopped.is_set():
            with warehouse.kept_open():
                for _ in range(20):
                    with engine.connect() as conn:
                        conn.execute(sa.text("SELECT count(*) FROM complaints, range(100000)")).scalar()
                    time.sleep(PAUSE)
    except Exception as error:
        failed.append(error)

threads = [threading.Thread(target=draw, args=(0.1 * n,)) for n in range(2)]
[t.start() for t in threads]
print("busy", flush=True)
sys.stdin.read()
stopped.set()
[t.join() for t in threads]
sys.exit(str(failed) if failed else 0)
"""


@pytest.mark.parametrize("pause", [0.02, 0])
def test_readers_that_overlap_without_end_let_the_command_line_in(tmp_path, sqm_command, pause):
    folder = tmp_path / "data"
    env = {**os.environ, "SQM_DATA_DIR": str(folder)}
    with subprocess.Popen(
        [sys.executable, "-c", BUSY.replace("PAUSE", str(pause))],
        env=env,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as busy:
        try:
            assert busy.stdout is not None and busy.stdout.readline() == "busy\n"
            for _ in range(2):
                began = time.monotonic()
                found = sqm_command(folder, "batches", "--json")
                took = time.monotonic() - began
                assert found.returncode == 0, found.stderr
                assert took < 8, f"the command line waited {took:.1f} s"
        finally:
            assert busy.stdin is not None
            busy.stdin.close()
            busy.wait(30)
    assert busy.returncode == 0


def test_a_block_that_begins_after_a_long_stretch_holds_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr(sharing, "HOLD_SECONDS", 0.0)
    path = (tmp_path / "long.duckdb").as_posix()
    opened = warehouse.engine(f"duckdb:///{path}")
    with opened.connect() as first:
        first.execute(sa.text("SELECT 1"))
        with warehouse.kept_open():
            with opened.connect() as conn:
                conn.execute(sa.text("SELECT 1"))
            first.close()
            assert not sharing.shared(path)._open()
    monkeypatch.setattr(sharing, "HOLD_SECONDS", 60.0)
    with pytest.raises(KeyError), warehouse.kept_open():
        with warehouse.kept_open(), opened.connect() as conn:
            conn.execute(sa.text("SELECT 1"))
        assert len(sharing.shared(path)._open()) == 1, "a block inside another is part of it"
        raise KeyError
    assert not sharing.shared(path)._open(), "nothing is held after its block, however it ended"


def test_nobody_stands_back_for_a_process_that_is_gone(tmp_path):
    path = (tmp_path / "gone.duckdb").as_posix()
    file = sharing.shared(path)
    file.want()
    assert file.wanted()
    os.utime(file.sign, (time.time() - 60,) * 2)
    assert not file.wanted()
    file.got()
    file.got()
    assert not file.wanted() and not file.sign.exists()


def test_a_whole_month_of_no_possible_year_is_refused(engine):
    warehouse.publish(engine, draft((JANUARY, "甲", 1, 0)))
    for month in (date(9999, 12, 1), date(1969, 12, 1)):
        for act in (warehouse.preview, warehouse.publish):
            with pytest.raises(WrongCall, match="year_out_of_range"):
                act(engine, draft((JANUARY, "甲", 2, 0), whole=((JANUARY, month), ())))
    assert len(warehouse.batch_list(engine)) == 1
    assert warehouse.publish(engine, draft((JANUARY, "甲", 2, 0), whole=((date(2100, 12, 1),), ()))).replaced == 1
