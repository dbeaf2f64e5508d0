"""What the warehouse knows of itself: batches, problems, reference tables, freshness, sample data."""

from __future__ import annotations

import json
from datetime import datetime

import pandas as pd
import sqlalchemy as sa

from sqm import datasets
from sqm.warehouse import schema
from sqm.warehouse.batches import admit, undo
from sqm.warehouse.opening import writing

#: The kind of the documents that say what else means an entry, one for each reference dataset.
SAID = "aliases"


def table(dataset: str) -> sa.Table:
    """The table of a dataset's live rows: the contract's columns, ``batch_id`` and ``source_row``."""
    return schema.LIVE[datasets.get(dataset).name]


def past(dataset: str) -> sa.Table:
    """The table of a dataset's covered and withdrawn versions."""
    return schema.PAST[datasets.get(dataset).name]


def frame(engine: sa.Engine, query: sa.Select) -> pd.DataFrame:
    """The rows of ``query`` as a frame with its column names."""
    with engine.connect() as conn:
        result = conn.execute(query)
        return pd.DataFrame(result.fetchall(), columns=list(result.keys()))


def batch_list(engine: sa.Engine) -> pd.DataFrame:
    """All batches, newest first, with counts, who, when and status."""
    return frame(engine, sa.select(*schema.BATCHES.columns).order_by(schema.BATCHES.c.id.desc()))


def standing(engine: sa.Engine) -> set[int]:
    """The batches that are published and not taken back."""
    b = schema.BATCHES
    with engine.connect() as conn:
        return set(conn.execute(sa.select(b.c.id).where(b.c.status == "published")).scalars())


def problem_list(engine: sa.Engine, batch: int) -> pd.DataFrame:
    """The problems of one batch in sheet order: sheet, row, column, value (masked), rule, params (JSON text)."""
    p = schema.PROBLEMS
    columns = [p.c[name] for name in ("sheet", "row", "column", "value", "rule", "params")]
    return frame(engine, sa.select(*columns).where(p.c.batch_id == batch).order_by(p.c.position))


def reference(engine: sa.Engine, name: str) -> pd.DataFrame:
    """The live rows of a reference dataset, in its own order where it has one.

    ``attrs["said"]``: what else people have confirmed to mean an entry, word → key.
    """
    t = table(name)
    order = [t.c.position] if "position" in t.c else []
    columns = [t.c[c] for c in datasets.get(name).columns]
    query, d = sa.select(*columns).order_by(*order, *[t.c[k] for k in datasets.get(name).key]), schema.DOCUMENTS
    newest = sa.select(d.c.body).where(d.c.kind == SAID, d.c.doc_id == name).order_by(d.c.revision.desc()).limit(1)
    with engine.connect() as conn:
        rows = conn.execute(query)
        found = pd.DataFrame(rows.fetchall(), columns=list(rows.keys()))
        body = conn.execute(newest).scalar() if "aliases" in t.c else None
    found.attrs["said"] = {word: one["key"] for word, one in json.loads(body)["words"].items()} if body else {}
    return found


def add_reference(engine: sa.Engine, name: str, values: list[str], by: str = "") -> int:
    """Admit unknown ``values`` as new entries of a reference dataset (key and name alike). Returns how many are new."""
    with writing(engine) as conn:
        return admit(conn, name, values, by)


def source_as_of(engine: sa.Engine, dataset: str) -> datetime | None:
    """The newest extract time among the published batches of a dataset: its "now"."""
    b = schema.BATCHES
    with engine.connect() as conn:
        return conn.execute(
            sa.select(sa.func.max(b.c.as_of)).where(b.c.dataset == dataset, b.c.status == "published")
        ).scalar()


def is_empty(engine: sa.Engine) -> bool:
    """Whether nothing was ever published here."""
    with engine.connect() as conn:
        return not conn.execute(sa.select(sa.func.count()).select_from(schema.BATCHES)).scalar()


def has_sample(engine: sa.Engine) -> bool:
    """Whether any sample batch is in the fold."""
    return bool(_sample_batches(engine))


def clear_sample(engine: sa.Engine, by: str = "") -> int:
    """Undo every sample batch, newest first; returns how many. Reference tables loaded with them stay."""
    found = _sample_batches(engine)
    for batch in found:
        undo(engine, batch, by)
    return len(found)


def _sample_batches(engine: sa.Engine) -> list[int]:
    b = schema.BATCHES
    with engine.connect() as conn:
        return list(
            conn.execute(
                sa.select(b.c.id).where(b.c.sample.is_(True), b.c.status == "published").order_by(b.c.id.desc())
            ).scalars()
        )
