"""The tables: made from the dataset contracts, with a version that only moves forward.

Each dataset has a table of its live rows and a twin ``…_past`` of the versions that later batches cover or withdraw, so
that a query over the present never has to filter history out, and undo can bring a covered version back. Dated datasets
also have ``…_spared``.
"""

from __future__ import annotations

import sqlalchemy as sa

from sqm import datasets
from sqm.errors import SqmError

VERSION = 1
METADATA = sa.MetaData()

_TYPES: dict[str, type[sa.types.TypeEngine]] = {
    "text": sa.Text,
    "number": sa.Double,
    "integer": sa.BigInteger,
    "month": sa.Date,
    "date": sa.Date,
    "timestamp": sa.DateTime,
    "flag": sa.Boolean,
}
LINEAGE = ("batch_id", "source_row")
#: Facts about neighbouring rows, computed on all live rows when data are published.
DERIVED = {"complaints": ("next_same_days",)}


def _columns(dataset: datasets.Dataset) -> list[sa.Column]:
    columns = []
    for f in dataset.fields:
        for name in f.columns:
            columns.append(sa.Column(name, _TYPES["text" if name != f.name else f.type]()))
    columns += [sa.Column(name, sa.Double) for name in DERIVED.get(dataset.name, ())]
    return [*columns, sa.Column("batch_id", sa.BigInteger), sa.Column("source_row", sa.BigInteger)]


LIVE = {d.name: sa.Table(d.name, METADATA, *_columns(d)) for d in datasets.ALL}
PAST = {d.name: sa.Table(f"{d.name}_past", METADATA, *_columns(d)) for d in datasets.ALL}
#: Keys that a batch, though it declares the whole of its months, leaves standing: their new rows were refused.
SPARED = {
    d.name: sa.Table(
        f"{d.name}_spared", METADATA, *[c for c in _columns(d) if c.name in d.key], sa.Column("batch_id", sa.BigInteger)
    )
    for d in datasets.ALL
    if d.dated_by and d.key
}

META = sa.Table("sqm_meta", METADATA, sa.Column("name", sa.Text), sa.Column("value", sa.Text))

BATCHES = sa.Table(
    "batches",
    METADATA,
    sa.Column("id", sa.BigInteger),
    sa.Column("dataset", sa.Text),
    sa.Column("file_name", sa.Text),
    sa.Column("sha256", sa.Text),
    sa.Column("sheet", sa.Text),
    sa.Column("fingerprint", sa.Text),
    sa.Column("mapping", sa.Text),
    sa.Column("whole", sa.Text),
    sa.Column("as_of", sa.DateTime),
    sa.Column("loaded_by", sa.Text),
    sa.Column("loaded_at", sa.DateTime),
    sa.Column("status", sa.Text),
    sa.Column("undone_by", sa.Text),
    sa.Column("undone_at", sa.DateTime),
    sa.Column("sample", sa.Boolean),
    *(
        sa.Column(name, sa.BigInteger)
        for name in (
            "rows",
            "accepted",
            "new",
            "replaced",
            "unchanged",
            "refused",
            "skipped",
            "records",
            "records_refused",
        )
    ),
)
PROBLEMS = sa.Table(
    "problems",
    METADATA,
    sa.Column("batch_id", sa.BigInteger),
    sa.Column("position", sa.BigInteger),
    sa.Column("sheet", sa.Text),
    sa.Column("row", sa.BigInteger),
    sa.Column("column", sa.Text),
    sa.Column("value", sa.Text),
    sa.Column("rule", sa.Text),
    sa.Column("params", sa.Text),
)
DOCUMENTS = sa.Table(
    "documents",
    METADATA,
    sa.Column("kind", sa.Text, primary_key=True),
    sa.Column("doc_id", sa.Text, primary_key=True),
    sa.Column("revision", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("body", sa.Text),
    sa.Column("who", sa.Text),
    sa.Column("at", sa.DateTime),
    sa.Column("why", sa.Text),
)
#: Who did what; see ``logbook``. The id tells lines apart where a backup brings some of them back.
LOG = sa.Table(
    "log",
    METADATA,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("at", sa.DateTime),
    sa.Column("who", sa.Text),
    sa.Column("action", sa.Text),
    sa.Column("what", sa.Text),
    sa.Column("about", sa.Text),
)

#: ``MIGRATIONS[n]`` brings a warehouse from version n to n + 1. New contract columns need none: they are added.
MIGRATIONS: dict[int, object] = {}


def bring_forward(conn: sa.Connection) -> None:
    """Create the schema, or move an older one forward inside this transaction. Rows are never lost.

    Raises SqmError ``warehouse_newer`` for a warehouse written by a later version of the software.
    """
    inspector = sa.inspect(conn)
    if not inspector.has_table(META.name):
        METADATA.create_all(conn)
        conn.execute(sa.insert(META), [{"name": "schema_version", "value": str(VERSION)}])
        conn.execute(sa.insert(META), [{"name": "data_version", "value": "0"}])
        conn.execute(sa.insert(META), [{"name": "columns", "value": fingerprint()}])
        return
    version = int(meta(conn, "schema_version") or 0)
    if version > VERSION:
        raise SqmError("warehouse_newer", found=version, known=VERSION)
    for step in range(version, VERSION):
        MIGRATIONS[step](conn)  # type: ignore[operator]
    if version < VERSION:
        set_meta(conn, "schema_version", str(VERSION))
    if meta(conn, "columns") != fingerprint():
        existing = set(inspector.get_table_names())
        METADATA.create_all(conn)
        _add_columns(conn, inspector, existing)
        set_meta(conn, "columns", fingerprint())


def meta(conn: sa.Connection, name: str) -> str | None:
    """One value of the warehouse's own notes."""
    return conn.execute(sa.select(META.c.value).where(META.c.name == name)).scalar()


def set_meta(conn: sa.Connection, name: str, value: str) -> None:
    """Set one value of the warehouse's own notes."""
    if (
        not conn.execute(sa.update(META).where(META.c.name == name).values(value=value)).rowcount
        and meta(conn, name) is None
    ):
        conn.execute(sa.insert(META).values(name=name, value=value))


def fingerprint() -> str:
    """All tables and columns of this version as one text; a warehouse that notes another one gets what it lacks added."""
    return ";".join(f"{t.name}:{','.join(c.name for c in t.columns)}" for t in METADATA.sorted_tables)


def _add_columns(conn: sa.Connection, inspector: sa.Inspector, existing: set[str]) -> None:
    quote = conn.dialect.identifier_preparer.quote
    for table in METADATA.sorted_tables:
        if table.name not in existing:
            continue
        have = {column["name"] for column in inspector.get_columns(table.name)}
        for column in table.columns:
            if column.name not in have:
                kind = column.type.compile(conn.dialect)
                conn.execute(sa.text(f"ALTER TABLE {quote(table.name)} ADD COLUMN {quote(column.name)} {kind}"))
