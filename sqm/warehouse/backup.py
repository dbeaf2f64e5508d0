"""Backup and restore: every table as Arrow in one zip file, the same from and to either engine.

The key of the phone hashes is not in it: it lives outside the database and is backed up apart.
"""

from __future__ import annotations

import json
import os
import tempfile
import zipfile
from pathlib import Path

import pyarrow as pa
import sqlalchemy as sa

from sqm.errors import FileRefused
from sqm.warehouse import bulk, schema
from sqm.warehouse.logbook import note
from sqm.warehouse.opening import writing


def backup(engine: sa.Engine, path: str | Path) -> dict[str, int]:
    """Write the whole warehouse to ``path`` (mode 0600, replaced only when complete). Returns rows per table."""
    path = Path(path)
    counts: dict[str, int] = {}
    handle, draft = tempfile.mkstemp(dir=path.parent or ".", prefix=".sqm-backup-")
    os.close(handle)
    try:
        with zipfile.ZipFile(draft, "w", zipfile.ZIP_DEFLATED) as archive, writing(engine) as conn:
            for table in schema.METADATA.sorted_tables:
                query = sa.select(*table.columns)
                kind = pa.schema([(c.name, bulk.arrow_type(c.type)) for c in table.columns])
                counts[table.name] = 0
                with (
                    archive.open(f"{table.name}.arrow", "w", force_zip64=True) as member,
                    pa.ipc.new_stream(member, kind) as writer,
                ):
                    for batch in bulk.read(conn, query):
                        writer.write_batch(batch)
                        counts[table.name] += batch.num_rows
            archive.writestr("manifest.json", json.dumps({"schema_version": schema.VERSION, "rows": counts}))
        os.replace(draft, path)
    finally:
        Path(draft).unlink(missing_ok=True)
    return counts


def restore(engine: sa.Engine, path: str | Path, by: str = "") -> dict[str, int]:
    """Replace the whole warehouse but its log by a backup, in one transaction. Returns rows per table.

    Raises FileRefused ``not_a_backup`` or ``backup_newer``; the warehouse is then as it was.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            manifest = json.loads(archive.read("manifest.json"))
            if manifest["schema_version"] > schema.VERSION:
                raise FileRefused("backup_newer", found=manifest["schema_version"], known=schema.VERSION)
            with writing(engine) as conn:
                version = int(schema.meta(conn, "data_version") or 0)
                logged = set(conn.execute(sa.select(schema.LOG.c.id)).scalars())
                for table in schema.METADATA.sorted_tables:
                    if table is not schema.LOG:  # what was done stays noted
                        conn.execute(sa.delete(table))
                    if f"{table.name}.arrow" not in archive.namelist():
                        continue
                    with archive.open(f"{table.name}.arrow") as member, pa.ipc.open_stream(member) as reader:
                        for batch in reader:
                            rows = pa.Table.from_batches([batch])
                            if table is schema.LOG:
                                rows = rows.filter(pa.array([one not in logged for one in rows["id"].to_pylist()], pa.bool_()))
                            if rows.num_rows:
                                bulk.insert(conn, table, rows)
                schema.set_meta(conn, "schema_version", str(schema.VERSION))
                schema.set_meta(conn, "columns", schema.fingerprint())
                restored = int(schema.meta(conn, "data_version") or 0)
                schema.set_meta(conn, "data_version", str(max(version, restored) + 1))
                note(conn, by, "restore", "warehouse", f"data version {restored}")
    except (OSError, KeyError, ValueError, zipfile.BadZipFile, pa.ArrowInvalid) as cause:
        raise FileRefused("not_a_backup", file=Path(path).name) from cause
    return manifest["rows"]
