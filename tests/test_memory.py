"""What DuckDB may take for a question, on a real file: little, more when it must, and everything for those who write."""

from __future__ import annotations

import threading

import pytest
import sqlalchemy as sa

from sqm import metrics, warehouse
from sqm.warehouse import memory

#: Sorts a million values at once, which cannot be put away to disk.
LARGE = sa.text("SELECT len(list(i ORDER BY hash(i))) FROM range(1000000) t(i)")


@pytest.fixture
def engine(tmp_path, monkeypatch):
    monkeypatch.setenv("SQM_QUERY_MEMORY_MB", "16")
    made = warehouse.engine(f"duckdb:///{tmp_path / 'warehouse.duckdb'}")
    yield made
    warehouse.forget(str(made.url))


def limit(conn: sa.Connection) -> str:
    return conn.execute(sa.text("SELECT current_setting('memory_limit')")).scalar_one()


def test_a_question_gets_little(engine) -> None:
    with warehouse.snapshot(engine) as conn:
        assert limit(conn) == "15.2 MiB"
        with pytest.raises(sa.exc.OperationalError, match="OutOfMemory"):
            conn.execute(LARGE)


def test_one_that_cannot_do_with_it_is_asked_again_with_room(engine) -> None:
    limits = []

    @warehouse.frugal
    def question(engine: sa.Engine, plus: int) -> int:
        with warehouse.snapshot(engine) as conn:
            limits.append(limit(conn))
            return conn.execute(LARGE).scalar_one() + plus

    assert question(engine, plus=1) == 1_000_001
    assert limits[0] == "15.2 MiB" and limits[1].endswith("GiB")
    with warehouse.snapshot(engine) as conn:
        assert limit(conn) == "15.2 MiB"


def test_other_errors_are_not_asked_again(engine) -> None:
    asked = []

    @warehouse.frugal
    def question(engine: sa.Engine) -> None:
        asked.append(1)
        with warehouse.snapshot(engine) as conn:
            conn.execute(sa.text("SELECT nothing FROM nowhere"))

    with pytest.raises(sa.exc.DBAPIError):
        question(engine)
    assert asked == [1]


def test_who_writes_has_room_whoever_reads_meanwhile(engine) -> None:
    with warehouse.writing(engine) as conn:
        assert limit(conn).endswith("GiB")

        def read() -> None:
            with warehouse.snapshot(engine) as other:
                limit(other)

        reader = threading.Thread(target=read)
        reader.start()
        reader.join()
        assert limit(conn).endswith("GiB") and conn.execute(LARGE).scalar_one() == 1_000_000
    with warehouse.snapshot(engine) as conn:
        assert limit(conn) == "15.2 MiB"


def test_nothing_is_limited_on_request(engine, monkeypatch) -> None:
    monkeypatch.setenv("SQM_QUERY_MEMORY_MB", "0")
    with warehouse.snapshot(engine) as conn:
        assert limit(conn).endswith("GiB")


def test_an_answer_is_the_same_with_little_and_with_room(sample_folder, monkeypatch) -> None:
    engine = warehouse.engine(f"duckdb:///{(sample_folder / 'warehouse.duckdb').as_posix()}")
    told = []
    for megabytes in ("0", str(memory.QUERY_MEMORY_MB), "2"):
        monkeypatch.setenv("SQM_QUERY_MEMORY_MB", megabytes)
        told.append([metrics.fetch(engine, name, by=("month", "city")) for name in ("handling_hours", "satisfaction", "complaint_rate")])
    for one, same in zip(told[0], told[1], strict=True):
        assert one.equals(same)
    for one, same in zip(told[0], told[2], strict=True):
        assert one.equals(same)
