"""From a number back to where it came from: the rows under it with file, sheet and row, and how it was worked out."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pandas as pd
import sqlalchemy as sa

from sqm import datasets, warehouse
from sqm.measures.answering import answer
from sqm.measures.ask import Ask, conditions
from sqm.measures.portable import day_number, day_start
from sqm.measures.reading import Reader, at_present

#: Rows passed over before it pays to count them by day first.
DEEP = 2000


def _settled(read: Reader, asked: Ask) -> Ask:
    """The question as its number answers it: with the source's now, over the elements where none was asked overall."""
    asked = at_present(read, asked)
    if asked.overall:
        found, joins = conditions(asked)
        rows = asked.metric.origin.from_(joins)
        if read.scalar(sa.select(sa.literal_column("1")).select_from(rows).where(*found).limit(1)) is None:
            asked = replace(asked, index=True)
    return asked


def _near(read: Reader, asked: Ask, limit: int, offset: int) -> tuple[list[sa.ColumnElement], int]:
    """(what narrows the rows of a question to the days that hold these ``limit`` of them, how many to pass over there).

    Sorting millions of rows to pass over most of them takes seconds; counting them by day does not.
    """
    if offset < DEEP:
        return [], offset
    found, joins = conditions(asked)
    dated = asked.metric.origin.table.c[asked.metric.dated_by]
    day = day_number(dated)
    counted = read.conn.execute(sa.select(day, sa.func.count()).select_from(asked.metric.origin.from_(joins)).where(*found).group_by(day)).all()
    if any(number is None for number, _ in counted):
        return [], offset
    newest = sorted(((int(number), int(n)) for number, n in counted), reverse=True)
    passed, first, last = 0, None, None
    for number, n in newest:
        if first is None and passed + n > offset:
            first, offset = number, offset - passed
            limit += offset
            passed = 0
        last = number
        passed += n
        if first is not None and passed >= limit:
            break
    if first is None or last is None:
        return [sa.false()], 0
    start, end = (day_start(number) for number in (last, first + 1))
    moments = (datetime(d.year, d.month, d.day) if isinstance(dated.type, sa.DateTime) else d for d in (start, end))
    return [dated >= next(moments), dated < next(moments)], offset


def _newest(asked: Ask, offset: int) -> list[Ask]:
    """Where the newest rows of a question are looked for: in its last month, and if that has not enough of them in all of it."""
    if asked.end is None or offset >= DEEP:
        return [asked]
    month = (asked.end - timedelta(days=1)).replace(day=1)
    return [replace(asked, start=month), asked] if asked.start is None or asked.start < month else [asked]


def evidence(engine: sa.Engine, asked: Ask, limit: int, offset: int, counted: bool = True) -> pd.DataFrame:
    """The rows a number counts, newest first: contract columns but keyed hashes, then file, sheet, source_row, batch.

    ``attrs["total"]``, if ``counted``: how many there are in all.
    """
    metric, b = asked.metric, warehouse.batches_table
    table, contract = metric.origin.table, datasets.get(metric.source)
    hidden = {f"{f.name}_key" for f in contract.fields if f.personal}
    with warehouse.snapshot(engine) as conn:
        read = Reader(conn)
        asked = _settled(read, asked)
        found, joins = conditions(asked)
        total = read.scalar(sa.select(sa.func.count()).select_from(metric.origin.from_(joins)).where(*found)) if counted else None
        key, own = [table.c[k] for k in contract.key], [name for name in contract.columns if name not in hidden]
        for near in _newest(asked, offset):
            found, joins = conditions(near)
            closer, skipped = _near(read, near, limit, offset)
            chosen = (sa.select(*(table.c[name] for name in own), table.c.source_row.label("lineage_row"), table.c.batch_id.label("lineage_batch"))
                      .select_from(metric.origin.from_(joins)).where(*found, *closer).order_by(table.c[metric.dated_by].desc(), *key)
                      .limit(limit).offset(skipped).subquery("chosen"))
            query = (sa.select(*(chosen.c[name] for name in own), b.c.file_name.label("file"), b.c.sheet, chosen.c.lineage_row.label("source_row"),
                               chosen.c.lineage_batch.label("batch"))
                     .select_from(chosen.outerjoin(b, b.c.id == chosen.c.lineage_batch))
                     .order_by(chosen.c[metric.dated_by].desc(), *(chosen.c[k] for k in contract.key)))
            result = conn.execute(query)
            frame = pd.DataFrame(result.fetchall(), columns=list(result.keys()), dtype=object)
            if len(frame) == limit:
                break
    if counted:
        frame.attrs["total"] = int(total or 0)
    return frame


def explain(engine: sa.Engine, asked: Ask) -> dict[str, Any]:
    """How a number is worked out: definition (text key), sql (as run here), pieces (totals), batches, as_of, basis.

    ``batches``: dicts id, file, sheet, as_of, loaded_at, loaded_by, rows, of every batch with rows in the number.
    """
    metric, b = asked.metric, warehouse.batches_table
    with warehouse.snapshot(engine) as conn:
        read = Reader(conn)
        found = answer(read, asked)
        said = [str(query.compile(engine, compile_kwargs={"literal_binds": True})) for query in read.said]
        total = answer(read, replace(asked, by=())) if asked.by else found
        settled = _settled(read, asked)
        where, joins = conditions(settled)
        per = (sa.select(metric.origin.table.c.batch_id.label("id"), sa.func.count().label("rows"))
               .select_from(metric.origin.from_(joins)).where(*where)
               .group_by(metric.origin.table.c.batch_id).subquery("per"))
        result = conn.execute(
            sa.select(b.c.id, b.c.file_name.label("file"), b.c.sheet, b.c.as_of, b.c.loaded_at, b.c.loaded_by,
                      per.c.rows.label("rows")).select_from(b.join(per, per.c.id == b.c.id)).order_by(b.c.id))
        batches = [dict(row) for row in result.mappings()]
    pieces = total.drop(columns=[c for c in ("value", "lo", "hi", "reason") if c in total])
    return {"definition": f"metrics.{metric.id}.definition", "sql": ";\n\n".join(said),
            "pieces": pieces.iloc[0].to_dict() if len(pieces) else {}, "batches": batches,
            "as_of": found.attrs["as_of"], "basis": found.attrs["basis"], "defaults": found.attrs["defaults"]}
