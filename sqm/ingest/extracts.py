"""A table or a query of another database, read in chunks as text, to go the same way as a sheet. Strictly reading."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, TypeVar

import pyarrow as pa
import pyarrow.compute as pc
import sqlalchemy as sa

from sqm import stages
from sqm.errors import FileRefused, WrongCall
from sqm.ingest.opening import Sheet
from sqm.ingest.privacy import mask_text
from sqm.ingest.sheets import trimmed
from sqm.ingest.sources import Deadline, reading, refuse_reaching

_NAME = re.compile(r"^[^\W\d][\w$]*(\.[^\W\d][\w$]*){0,2}$")
_QUOTED = re.compile(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|`[^`]*`|\[[^\]]*\]")
_COMMENT = re.compile(r"--[^\n]*|/\*.*?\*/", re.DOTALL)
_WRITING = re.compile(
    r"\b(insert|update|delete|merge|replace\s+into|drop|create|alter|truncate|grant|revoke|copy|attach|detach|install|load|"
    r"pragma|set|call|execute|exec|vacuum|export|import|into|lock|handler|outfile|dumpfile)\b", re.IGNORECASE)
#: Bytes to ask for at a time, so that wide rows do not arrive by the ten thousand.
_PART = 32 << 20
_FIRST_PART = 256
T = TypeVar("T")


@dataclass
class Window:
    """A stretch of a source in the order of one of its columns: from ``since`` (included; None: from the beginning), at most ``most`` rows.

    ``marks``: filled by reading, the values of the column as the driver gave them.
    """

    column: str
    since: Any = None
    most: int = 50_000
    marks: list[Any] = field(default_factory=list)

    def of(self, query: sa.sql.expression.Executable) -> sa.Select:
        """The statement that reads the stretch of ``query``; rows without a mark have no place in it."""
        inner, mark = self._inner(query)
        inner = inner.where(mark.is_not(None)) if self.since is None else inner.where(mark >= self.since)
        return inner.order_by(mark).limit(self.most)

    def count(self, query: sa.sql.expression.Executable) -> sa.Select:
        """The statement that counts the rows from ``since`` on, and those without a mark."""
        inner, mark = self._inner(query)
        here = mark.is_not(None) if self.since is None else mark >= self.since
        return inner.with_only_columns(sa.func.count(sa.case((here, 1))), sa.func.count(sa.case((mark.is_(None), 1))))

    def _inner(self, query: sa.sql.expression.Executable) -> tuple[sa.Select, sa.ColumnElement]:
        mark: sa.ColumnElement = sa.column(self.column)
        if isinstance(query, sa.TextClause):
            whole = query.columns(mark).subquery("sqm_source")
            return sa.select(sa.literal_column("sqm_source.*")).select_from(whole), whole.c[self.column]
        assert isinstance(query, sa.Select)
        return query, mark


def statement(table_or_query: str) -> tuple[sa.sql.expression.Executable, str]:
    """``(statement, name to show)``. WrongCall ``not_a_select`` for anything but a table name or one SELECT.

    A first sieve only: what keeps a source from being changed, and files from being read, is how it is opened.
    """
    said = table_or_query.strip().rstrip(";").strip()
    if _NAME.match(said) and said.lower() not in ("select", "with"):
        *schema, table = said.split(".")
        target = sa.table(table, schema=".".join(schema) or None)
        return sa.select(sa.text("*")).select_from(target), said
    bare = _COMMENT.sub(" ", _QUOTED.sub("''", said)).strip()
    if not re.match(r"(select|with)\b", bare, re.IGNORECASE) or ";" in bare or _WRITING.search(bare):
        raise WrongCall("not_a_select")
    refuse_reaching(said)
    # A colon in the query is not a parameter: it goes to the driver as it is.
    # The end of the line ends a comment, whatever follows.
    return sa.text(said.replace(":", r"\:") + "\n"), "query"


def shown(url: str) -> str:
    """The address without its password, for messages and batches."""
    try:
        parsed = sa.make_url(url)
    except sa.exc.ArgumentError:
        raise WrongCall("extract_url") from None
    # Options may carry secrets too.
    return mask_text(parsed.set(query={}).render_as_string(hide_password=True))


def counted(url: str, table_or_query: str, window: Window, own: sa.Engine | None = None) -> tuple[int, int]:
    """How many rows there are from the beginning of ``window`` on, and how many that have no mark. Raises as ``read``."""
    query, _ = statement(table_or_query)

    def count(conn: sa.Connection, deadline: Deadline) -> tuple[int, int]:
        rows, unmarked = conn.execute(window.count(query)).one()
        return int(rows), int(unmarked)

    return _asked(url, own, count)


def read(url: str, table_or_query: str, chunk: int = 50_000, own: sa.Engine | None = None, window: Window | None = None) -> tuple[Sheet, str]:
    """The result as a sheet whose first line is the column names, and its SHA-256.

    Row 1 is the first row of the result; at most ``chunk`` rows are fetched at a time. ``own``: the warehouse, which is
    never a source. ``window``: only that stretch. Raises FileRefused ``extract_failed`` with what the database said, ``extract_own``, ``extract_file``,
    ``extract_kind``, and beyond SQM_EXTRACT_ROWS, SQM_EXTRACT_MB or SQM_EXTRACT_SECONDS ``extract_too_many``,
    ``extract_too_large`` or ``extract_too_slow``.
    """
    query, name = statement(table_or_query)
    address = shown(url)
    most_rows, most_bytes = int(_limit("SQM_EXTRACT_ROWS", 5_000_000)), int(_limit("SQM_EXTRACT_MB", 2048) * (1 << 20))
    digest = hashlib.sha256()
    chunks: list[pa.Table] = []

    def fetch(conn: sa.Connection, deadline: Deadline) -> list[str]:
        rows = size = 0
        asked = query if window is None else window.of(query)
        result = conn.execution_options(stream_results=True, max_row_buffer=min(chunk, _FIRST_PART)).execute(asked)
        columns = [str(key) for key in result.keys()]
        mark = None if window is None else _place(window.column, columns, address)
        digest.update(repr(columns).encode())
        step = min(chunk, _FIRST_PART)
        while part := result.fetchmany(step):
            values = list(zip(*part, strict=True))
            if window is not None and mark is not None:
                window.marks.extend(values[mark])
            arrays = [trimmed(pa.array(_texts(column), pa.string())) for column in values]
            numbers = pa.array(range(rows + 1, rows + 1 + len(part)), pa.int64())
            rows += len(part)
            stages.at("reading", rows)
            size += sum(array.nbytes for array in arrays)
            if rows > most_rows:
                raise FileRefused("extract_too_many", source=address, limit=most_rows)
            if size > most_bytes:
                raise FileRefused("extract_too_large", source=address, limit=most_bytes >> 20)
            if deadline.passed:
                raise FileRefused("extract_too_slow", source=address, seconds=round(deadline.seconds))
            digest.update(_content(arrays))
            chunks.append(pa.table([*arrays, numbers], names=_names(len(columns))))
            step = max(1, min(chunk, _PART * rows // max(1, size)))
        return columns

    columns = _asked(url, own, fetch)
    if not columns:
        raise FileRefused("extract_failed", source=address, reason="no columns")
    heading = pa.table([*[pa.array([c], pa.string()) for c in columns], pa.array([0], pa.int64())], names=_names(len(columns)))
    table = pa.concat_tables([heading, *chunks])
    return Sheet(name, rows=table.num_rows - 1, columns=len(columns), memory=table), digest.hexdigest()


def _asked(url: str, own: sa.Engine | None, ask: Callable[[sa.Connection, Deadline], T]) -> T:
    """What ``ask`` says on a connection that only reads; what the driver complains of as FileRefused."""
    address = shown(url)
    url = re.sub(r"^postgres(ql)?://", "postgresql+psycopg://", url)
    deadline = Deadline(_limit("SQM_EXTRACT_SECONDS", 600))
    try:
        with reading(url, deadline, address, own) as conn:
            return ask(conn, deadline)
    except (sa.exc.SQLAlchemyError, ImportError, OSError, RuntimeError) as error:
        if deadline.passed:
            raise FileRefused("extract_too_slow", source=address, seconds=round(deadline.seconds)) from None
        raise FileRefused("extract_failed", source=address, reason=_reason(error, url)) from None


def _place(column: str, columns: list[str], address: str) -> int:
    """Where a column stands in the result; some databases give its name in capitals."""
    for wanted, given in ((column, columns), (column.casefold(), [c.casefold() for c in columns])):
        if wanted in given:
            return given.index(wanted)
    raise FileRefused("extract_no_column", source=address, column=column, known=", ".join(columns))


def _limit(name: str, default: float) -> float:
    return float(os.environ.get(name) or default)


def _content(arrays: list[pa.Array]) -> bytes:
    """The rows as bytes, the same however the result was cut into chunks."""
    rows = pc.binary_join_element_wise(*arrays, "\x1e", "\x1f", null_handling="replace", null_replacement="\0")
    data = rows.buffers()[2]
    return data.to_pybytes() if data is not None else b""


def _names(count: int) -> list[str]:
    return [*(f"c{i}" for i in range(count)), "row"]


def _texts(values: tuple) -> list[str | None]:
    kind = next((type(value) for value in values if value is not None), type(None))
    if kind is str and all(value is None or isinstance(value, str) for value in values):
        return list(values)
    return [as_text(value) for value in values]


def as_text(value: object) -> str | None:
    """A value of a driver as a cell of a sheet."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.isoformat(" ")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float):
        return None if value != value else repr(value).removesuffix(".0")
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, bytes | bytearray | memoryview):
        return bytes(value).decode("utf-8", "replace")
    return str(value)


def _reason(error: Exception, url: str) -> str:
    """The first line of what the driver said, without a password or a phone number."""
    said = str(getattr(error, "orig", None) or error).strip().splitlines()
    text = said[0][:300] if said else type(error).__name__
    parsed = sa.make_url(url)
    for secret in (parsed.password, *(str(v) for v in parsed.query.values())):
        if secret:
            text = text.replace(str(secret), "***")
    return mask_text(re.sub(r"(://[^:/@\s]+):[^@\s]*@", r"\1:***@", text))
