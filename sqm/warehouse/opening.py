"""Opening the database: one URL, DuckDB file by default, PostgreSQL equally real.

A DuckDB file belongs to one process at a time. The server must not shut the command line out, so DuckDB connections are
never pooled: a statement opens the file (some 12 ms), runs and lets go, and an opening that meets another process's
lock waits up to ten seconds before it names the holder. ``sharing`` has the rest of the manners.
"""

from __future__ import annotations

import os
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.pool import NullPool

from sqm import stages
from sqm.errors import SqmError, WarehouseBusy
from sqm.warehouse import memory, schema
from sqm.warehouse.sharing import shared

WAIT_SECONDS = 10.0
_LOCK_NUMBER = 0x53514D  # "SQM", the advisory lock of writers on PostgreSQL
_engines: dict[str, sa.Engine] = {}
_opening = threading.Lock()
_writing: dict[str, threading.RLock] = {}


def data_dir() -> Path:
    """The folder of everything this installation owns: ``SQM_DATA_DIR``, else ``data/local`` beside the package."""
    chosen = os.environ.get("SQM_DATA_DIR")
    folder = Path(chosen) if chosen else Path(__file__).resolve().parents[2] / "data" / "local"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder


def database_url() -> str:
    """``SQM_DATABASE_URL``, else a DuckDB file in ``data_dir()``."""
    return os.environ.get("SQM_DATABASE_URL") or f"duckdb:///{(data_dir() / 'warehouse.duckdb').as_posix()}"


def engine(url: str | None = None) -> sa.Engine:
    """The engine of a warehouse, its schema created or brought forward. One per URL and process.

    Raises WarehouseBusy when another process keeps a DuckDB file locked, SqmError ``warehouse_newer`` when a newer
    version of the software wrote it, ``warehouse_unreachable`` when it cannot be opened at all.
    """
    url = _driver(url or database_url())
    with _opening:
        if url not in _engines:
            fresh = _create(url)
            try:
                with writing(fresh) as conn:
                    schema.bring_forward(conn)
            except sa.exc.OperationalError as cause:
                raise SqmError("warehouse_unreachable", url=_shown(url), reason=_reason(cause)) from cause
            _engines[url] = fresh
        return _engines[url]


def forget(url: str | None = None) -> None:
    """Drop the engine of a URL (all engines without one), so that the next ``engine()`` opens and checks anew."""
    with _opening:
        for name in [_driver(url)] if url else list(_engines):
            held = _engines.pop(name, None)
            if held is not None:
                held.dispose()


@contextmanager
def writing(engine: sa.Engine) -> Iterator[sa.Connection]:
    """One transaction that no other writer of this warehouse overlaps. Rolled back whole on any error."""
    lock = _writing.setdefault(str(engine.url), threading.RLock())
    while not lock.acquire(timeout=0.2):
        stages.at("waiting")
    try:
        with memory.room(engine), engine.begin() as conn, breakable(conn):
            if engine.dialect.name == "postgresql":
                conn.execute(sa.text("SELECT pg_advisory_xact_lock(:n)"), {"n": _LOCK_NUMBER})
            yield conn
    finally:
        lock.release()


@contextmanager
def breakable(conn: sa.Connection) -> Iterator[None]:
    """The statements of ``conn`` in this block end when the work they are part of is stopped."""
    raw: Any = conn.connection.driver_connection
    if stages.watched():
        sa.event.listen(conn, "before_cursor_execute", lambda *_: stages.check())
    with stages.stoppable(raw.cancel if conn.dialect.name == "postgresql" else raw.interrupt):
        yield


@contextmanager
def snapshot(engine: sa.Engine) -> Iterator[sa.Connection]:
    """A connection that only reads, and whose statements all see one state, whatever is published meanwhile.

    DuckDB's transactions do so by themselves, and hold no writer up; on PostgreSQL writing raises.
    """
    with engine.connect() as conn:
        if engine.dialect.name == "postgresql":
            conn = conn.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        yield conn


def stamp(engine: sa.Engine) -> tuple | None:
    """A cheap sign of change: the DuckDB file's and its log's time and size. None where there is no file to look at."""
    if engine.dialect.name != "duckdb" or not engine.url.database:
        return None
    marks = []
    for path in (engine.url.database, f"{engine.url.database}.wal"):
        try:
            status = os.stat(path)
            marks.append((status.st_mtime_ns, status.st_size))
        except FileNotFoundError:
            marks.append((0, 0))
    return tuple(marks)


def _driver(url: str) -> str:
    return re.sub(r"^postgres(ql)?://", "postgresql+psycopg://", url)


def _create(url: str) -> sa.Engine:
    try:
        parsed = sa.make_url(url)
        name = parsed.get_backend_name()
    except sa.exc.ArgumentError as cause:
        raise SqmError("warehouse_url", url=_shown(url)) from cause
    if name == "duckdb":
        if not parsed.database or parsed.database == ":memory:":
            raise SqmError("warehouse_memory", url=url)
        Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
        made = sa.create_engine(url, poolclass=NullPool)
        sa.event.listen(made, "do_connect", _patiently)
        file, close = shared(parsed.database), made.dialect.do_close

        def closed(dbapi_connection) -> None:
            file.close(lambda: close(dbapi_connection))

        made.dialect.do_close = closed  # type: ignore[method-assign]
        return made
    if name == "postgresql":
        return sa.create_engine(url, pool_pre_ping=True, pool_size=5, max_overflow=10)
    raise SqmError("warehouse_kind", kind=name)


def _patiently(dialect, record, arguments, parameters):
    """Open a DuckDB file, waiting while another process holds it, and standing back for one that waits."""
    file = shared(str(arguments[0] if arguments else parameters.get("database")))
    file.stand_back()
    until = time.monotonic() + WAIT_SECONDS
    pause = 0.02
    waited = False
    try:
        while True:
            try:
                made = file.open(lambda: dialect.connect(*arguments, **parameters))
                if "memory_limit" not in parameters.get("config", {}):
                    memory.spare(file.path, made)
                return made
            except Exception as cause:
                text = str(cause)
                if "lock" not in text.lower() and "being used by another process" not in text.lower():
                    raise
                if time.monotonic() > until:
                    holder = re.search(r"held in (.+?)\.\s", text)
                    raise WarehouseBusy(
                        "warehouse_busy", holder=holder.group(1) if holder else "?", seconds=int(WAIT_SECONDS)
                    ) from cause
                stages.at("waiting")
                file.want()
                waited = True
                time.sleep(pause)
                pause = min(pause * 1.5, 0.2)
    finally:
        if waited:
            file.got()


def _shown(url: str) -> str:
    return re.sub(r"(://[^:/@]+):[^@]*@", r"\1:***@", url)


def _reason(cause: Exception) -> str:
    return _shown(str(getattr(cause, "orig", cause)).strip().splitlines()[0][:200])
