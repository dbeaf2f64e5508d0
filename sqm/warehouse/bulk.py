"""Arrow in and out of either engine. Never row by row: a million single inserts take DuckDB a quarter of an hour."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pyarrow as pa
import pyarrow.csv as pacsv
import sqlalchemy as sa


@contextmanager
def incoming(conn: sa.Connection, table: sa.Table, rows: pa.Table, name: str = "sqm_incoming") -> Iterator[sa.Table]:
    """``rows`` as a table of this connection with the columns of ``table`` that ``rows`` has; gone afterwards."""
    columns = [sa.Column(c.name, c.type) for c in table.columns if c.name in rows.column_names]
    staged = sa.Table(name, sa.MetaData(), *columns)
    rows = rows.select([c.name for c in columns])
    if conn.dialect.name == "duckdb":
        raw: Any = conn.connection.driver_connection
        raw.register(name, rows)
        try:
            yield staged
        finally:
            raw.unregister(name)
        return
    staged = sa.Table(name, sa.MetaData(), *[sa.Column(c.name, c.type) for c in columns], prefixes=["TEMPORARY"])
    staged.create(conn)
    try:
        _copy(conn, staged, rows)
        conn.execute(sa.text(f"ANALYZE {name}"))
        yield staged
    finally:
        if not conn.invalidated and conn.in_transaction():
            try:
                staged.drop(conn)
            except sa.exc.DBAPIError:  # the transaction has already failed; its rollback drops the table
                pass


def insert(conn: sa.Connection, table: sa.Table, rows: pa.Table) -> None:
    """Append ``rows`` (columns by name, missing ones null) to ``table``."""
    if not rows.num_rows:
        return
    if conn.dialect.name == "postgresql":
        _copy(conn, table, rows)
        return
    with incoming(conn, table, rows, "sqm_inserting") as staged:
        names = [c.name for c in staged.columns]
        conn.execute(sa.insert(table).from_select(names, sa.select(*staged.columns)))


def read(conn: sa.Connection, query: sa.Select, chunk: int = 100_000) -> Iterator[pa.RecordBatch]:
    """The rows of ``query`` as Arrow batches, typed by the query's columns."""
    schema = pa.schema([(c.name, arrow_type(c.type)) for c in query.selected_columns])
    result = conn.execution_options(stream_results=True).execute(query)
    for rows in result.partitions(chunk):
        columns = list(zip(*rows, strict=True))
        yield pa.record_batch(
            [pa.array(values, type=f.type) for values, f in zip(columns, schema, strict=True)], schema
        )


def arrow_type(kind: sa.types.TypeEngine) -> pa.DataType:
    """The Arrow type in which a column of this SQL type travels."""
    for sql, arrow in (
        (sa.Boolean, pa.bool_()),
        (sa.BigInteger, pa.int64()),
        (sa.Double, pa.float64()),
        (sa.DateTime, pa.timestamp("us")),
        (sa.Date, pa.date32()),
    ):
        if isinstance(kind, sql):
            return arrow
    return pa.string()


def _copy(conn: sa.Connection, table: sa.Table, rows: pa.Table) -> None:
    quote = conn.dialect.identifier_preparer.quote
    names = ", ".join(quote(name) for name in rows.column_names)
    raw: Any = conn.connection.driver_connection
    cursor = raw.cursor()
    with cursor.copy(f"COPY {quote(table.name)} ({names}) FROM STDIN WITH (FORMAT csv, NULL '')") as copy:
        # Strings are always quoted here and nulls never, which is how COPY tells '' from NULL.
        options = pacsv.WriteOptions(include_header=False, quoting_style="needed")
        for batch in rows.to_batches(max_chunksize=50_000):
            sink = io.BytesIO()
            pacsv.write_csv(pa.Table.from_batches([batch]), sink, options)
            copy.write(sink.getvalue())
