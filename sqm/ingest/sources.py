"""Opening somebody else's database so that nothing but its own tables can be read, and nothing written.

Whoever may fill in the form must not reach the files of the server through it: a file database is opened read-only with
every door to other files shut by its own settings, and never when it is ours.
"""

from __future__ import annotations

import os
import re
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import sqlalchemy as sa

from sqm import stages, warehouse
from sqm.errors import FileRefused, WrongCall

FILES = ("duckdb", "sqlite")
SERVERS = ("postgresql", "mysql", "mariadb", "mssql", "oracle")
CONNECT_SECONDS = 15

#: Functions that reach the server's files or other hosts, run text as a statement, or lift a limit. The database's own
#: settings come first; a superuser of PostgreSQL passes them. Looked for in the whole text, strings and quoted names too.
_REACHING = re.compile(
    r"\b(pg_(?:read|ls|stat|write)_\w*(?:file|dir)\w*|pg_(?:file|logdir|hba|ident)_\w+|pg_(?:terminate|cancel)_backend"
    r"|pg_(?:reload_conf|rotate_logfile|current_logfile|sleep\w*)|dblink\w*"
    r"|lo_(?:import|export|get|put|open|creat\w*|from_bytea|unlink)|(?:query|cursor|table|schema|database)_to_xml\w*"
    r"|ts_stat|ts_rewrite|set_config|load_file|load_extension|readfile|writefile|fts3_tokenizer"
    r"|openrowset|opendatasource|openquery|utl_\w+|dbms_\w+|bfilename|httpuritype)\b", re.IGNORECASE)
#: Names spelt in codes, which the list above could not see.
_CODED = re.compile(r"\bu&\s*[\"']", re.IGNORECASE)


class Deadline:
    """Breaks a reading off after ``seconds``: the statement that runs, and what would follow."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.until = time.monotonic() + seconds

    @property
    def passed(self) -> bool:
        return time.monotonic() >= self.until

    @contextmanager
    def breaking(self, stop: Callable[[], Any]) -> Iterator[None]:
        """Call ``stop`` from another thread when the time is up before the block ends."""
        timer = threading.Timer(max(0.0, self.until - time.monotonic()), stop)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()


def refuse_reaching(query: str) -> None:
    """Raise WrongCall ``extract_reaches_out`` when the text names a function that leads out of the tables."""
    found = _REACHING.search(query) or _CODED.search(query)
    if found:
        raise WrongCall("extract_reaches_out", name=found.group(0))


@contextmanager
def reading(url: str, deadline: Deadline, shown: str, own: sa.Engine | None = None) -> Iterator[sa.Connection]:
    """A connection that can only read the database of ``url``, for one statement, rolled back and closed afterwards.

    ``own``: the warehouse, which is never a source, wherever it lies; nor is any file of the data folder. Raises
    FileRefused ``extract_own``, ``extract_file`` or ``extract_kind``, and what the driver raises.
    """
    parsed = sa.make_url(url)
    kind = parsed.get_backend_name()
    if kind not in FILES + SERVERS:
        raise FileRefused("extract_kind", kind=kind, known=", ".join(FILES + SERVERS))
    path = _file(parsed, shown, own) if kind in FILES else None
    engine = _engine(kind, parsed, path)
    with engine.connect() as conn:
        raw: Any = conn.connection.driver_connection
        if kind == "postgresql":
            conn = conn.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            conn.execute(sa.text(f"SET LOCAL statement_timeout = {max(1, int(deadline.seconds * 1000))}"))
            if own is not None and own.dialect.name == kind and _identity(conn) == _own_identity(own):
                raise FileRefused("extract_own", source=shown)
        elif kind in ("mysql", "mariadb"):
            conn.execute(sa.text("SET SESSION TRANSACTION READ ONLY"))
        elif kind == "sqlite":
            conn.exec_driver_sql("PRAGMA query_only = ON")
            raw.set_authorizer(_authorized)
        stop = getattr(raw, "interrupt", None) or getattr(raw, "cancel", None) or (lambda: None)
        with deadline.breaking(stop), stages.stoppable(stop):
            try:
                yield conn
            finally:
                if kind == "sqlite":
                    raw.set_authorizer(None)
        conn.rollback()


def _engine(kind: str, parsed: sa.URL, path: Path | None) -> sa.Engine:
    """Options in the address of a file are settings of its driver, which are ours to make."""
    if kind == "sqlite":
        assert path is not None
        address = f"file:{quote(path.as_posix())}?mode=ro"
        return sa.create_engine("sqlite://", creator=lambda: sqlite3.connect(address, uri=True, check_same_thread=False),
                                poolclass=sa.pool.NullPool)
    if kind == "duckdb":
        closed = {"enable_external_access": "false", "autoinstall_known_extensions": "false",
                  "autoload_known_extensions": "false", "allow_persistent_secrets": "false",
                  "python_enable_replacements": "false", "lock_configuration": "true",
                  "memory_limit": f"{os.environ.get('SQM_STAGING_MEMORY_MB', '4096')}MB"}
        return sa.create_engine(sa.URL.create("duckdb", database=str(path)), poolclass=sa.pool.NullPool,
                                connect_args={"read_only": True, "config": closed})
    if kind == "postgresql":
        parsed = parsed.set(drivername="postgresql+psycopg")
        patience = {} if "connect_timeout" in parsed.query else {"connect_timeout": CONNECT_SECONDS}
        return sa.create_engine(parsed, poolclass=sa.pool.NullPool, connect_args=patience)
    return sa.create_engine(parsed, poolclass=sa.pool.NullPool)


def _file(parsed: sa.URL, shown: str, own: sa.Engine | None) -> Path:
    """The real path of a file database, when it is one and none of ours."""
    if not parsed.database or parsed.database == ":memory:":
        raise FileRefused("extract_file", source=shown)
    path = Path(parsed.database).resolve()
    ours = [warehouse.data_dir().resolve()]
    for url in (own.url if own is not None else None, sa.make_url(warehouse.database_url())):
        if url is not None and url.get_backend_name() == "duckdb" and url.database:
            ours.append(Path(url.database).resolve())
    if any(_same(place, mine) for place in (path, *path.parents) for mine in ours):
        raise FileRefused("extract_own", source=shown)
    if not path.is_file():
        raise FileNotFoundError(f"no such file: {path.name}")
    return path


def _same(one: Path, other: Path) -> bool:
    try:
        return one == other or os.path.samefile(one, other)
    except OSError:
        return False


def _identity(conn: sa.Connection) -> tuple:
    return tuple(conn.execute(sa.text("SELECT current_database(), pg_postmaster_start_time()")).one())


def _own_identity(own: sa.Engine) -> tuple:
    with own.connect() as conn:
        return _identity(conn)


def _authorized(action: int, first: str | None, second: str | None, *_: object) -> int:
    """What a statement may do in SQLite: not open a further file, not load code, not change a setting."""
    if action in (sqlite3.SQLITE_ATTACH, sqlite3.SQLITE_DETACH):
        return sqlite3.SQLITE_DENY
    if action == sqlite3.SQLITE_FUNCTION and (second or "").lower() in ("load_extension", "fts3_tokenizer"):
        return sqlite3.SQLITE_DENY
    if action == sqlite3.SQLITE_PRAGMA and second is not None:
        return sqlite3.SQLITE_DENY
    return sqlite3.SQLITE_OK
