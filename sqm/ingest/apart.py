"""Records without an id of their own: two visits to one store on one day are two visits, not one entry that contradicts itself."""

from __future__ import annotations

from sqm.ingest.headings import Match
from sqm.ingest.staging import Staging, name, text


def told(staging: Staging, found: Match) -> None:
    """Number the records of a wide sheet that share an id put together from other fields, and say so (note ``records_apart``).

    The first keeps the id, the next is ``… #2``. Rows that are alike throughout stay one record: a row pasted twice. Table ``records``
    has a row per record and the typed fields; ``body`` the raw cells.
    """
    contract = found.dataset
    key = next((contract.by_name[k] for k in contract.key if contract.by_name[k].derive), None)
    if key is None or key.name in found.fields:
        return
    own, parts = name(key.name), " AND ".join(f"{name(part)} IS NOT NULL" for part in key.derive)
    shared = f"SELECT {own} FROM records WHERE {parts} GROUP BY 1 HAVING count(*) > 1"
    if not staging.one(f"SELECT 1 FROM ({shared}) LIMIT 1"):
        return
    columns = [row[1] for row in staging.con.execute(f"PRAGMA table_info({text('body')})").fetchall()]
    cells = ", ".join(name(column) for column in columns if column not in ("row", "skip"))
    staging.con.execute(
        f"CREATE TEMP TABLE apart AS WITH alike AS (SELECT row, {own} AS id, min(row) OVER (PARTITION BY {own}, content) AS first FROM records JOIN "
        f"(SELECT row, hash({cells}) AS content FROM body) USING (row) WHERE {own} IN ({shared})) "
        "SELECT row, id, dense_rank() OVER (PARTITION BY id ORDER BY first) AS n FROM alike")
    many, example = staging.one("SELECT count(DISTINCT (id, n)), min(id) FROM apart WHERE n > 1")
    if many:
        staging.con.execute(f"UPDATE records SET {own} = {own} || ' #' || n FROM apart WHERE apart.row = records.row AND n > 1")
        staging.told.append(("warning", "records_apart", {"n": many, "value": example}))
    staging.con.execute("DROP TABLE apart")
