"""How much of the server's memory DuckDB takes for questions: little, and more only when one cannot do with it.

Unasked, DuckDB keeps every column it has read until four fifths of the machine are full. A page asks twenty questions
of ten million rows; the system's own file cache gives the same columns back as fast. See ``docs/decisions/0022``.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

import duckdb
import sqlalchemy as sa

#: Megabytes for questions; enough for every one of the app at ten million tickets but the percentiles by city and month.
QUERY_MEMORY_MB = 64

P = ParamSpec("P")
R = TypeVar("R")
_lock = threading.Lock()
_roomy: dict[str, int] = {}


def spare(path: str, connection: Any) -> None:
    """Set the limit of the database at ``path``, through a connection that was just opened to it.

    The limit is the database's, not the connection's: while one writes or asks a large question, all have room.
    """
    megabytes = int(os.environ.get("SQM_QUERY_MEMORY_MB") or QUERY_MEMORY_MB)
    if megabytes <= 0:
        return
    with _lock:
        # What others still hold of a larger room is given back when they end; the limit then takes hold with the next one.
        with suppress(duckdb.OutOfMemoryException):
            connection.execute("RESET memory_limit" if _roomy.get(path) else f"SET memory_limit = '{megabytes}MB'")


@contextmanager
def room(engine: sa.Engine) -> Iterator[None]:
    """Connections opened in this block, by any thread, lift the limit."""
    path = engine.url.database or ""
    with _lock:
        _roomy[path] = _roomy.get(path, 0) + 1
    try:
        yield
    finally:
        with _lock:
            _roomy[path] -= 1


def frugal(question: Callable[Concatenate[sa.Engine, P], R]) -> Callable[Concatenate[sa.Engine, P], R]:
    """``question`` (its first argument an engine) asked anew with room when it did not get by with little."""

    @wraps(question)
    def asked(engine: sa.Engine, *arguments: P.args, **more: P.kwargs) -> R:
        try:
            return question(engine, *arguments, **more)
        except sa.exc.OperationalError as error:
            if not isinstance(error.orig, duckdb.OutOfMemoryException):
                raise
        with room(engine):
            return question(engine, *arguments, **more)

    return asked
