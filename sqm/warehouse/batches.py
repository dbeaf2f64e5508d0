"""Batches and the fold.

The state of a dataset is the fold of its published, not undone batches in order: the latest version of a key wins, and
a batch that declares "this is the whole of these months (and cities)" withdraws the keys it does not have. A key whose
new row was refused is spared: the batch has it, though not in a form that could replace what stands. Undo takes one
batch out of the fold, wherever it stands, and what it had covered shows again.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import Any

import pyarrow as pa
import sqlalchemy as sa

from sqm import datasets, stages
from sqm.errors import WrongCall
from sqm.warehouse import bulk, schema
from sqm.warehouse.logbook import note
from sqm.warehouse.neighbours import refresh
from sqm.warehouse.opening import breakable, stamp, writing

Whole = tuple[tuple[date, ...], tuple[str, ...]]
#: Asked on the writer's own connection with the dataset's name, before a change and after it.
Watch = Callable[[sa.Connection, str], Any]


@dataclass
class Draft:
    """A checked load, ready to publish.

    ``rows``: Arrow table of exactly the contract's columns and ``source_row``, one row per key, no key null.
    ``whole``: months (first days) and cities (empty: all) of which these rows are everything. Counts are of sheet rows;
    ``records`` of an unpivoted sheet. ``problems``: dicts sheet, row, column, value (masked), rule, params. ``admit``:
    values to become entries of a reference dataset, by its name. ``refused_keys``: Arrow table of the key columns of
    refused rows; with ``whole``, their older versions stay. ``lacking``: columns that the sheet does not have.
    """

    dataset: str
    rows: pa.Table
    file_name: str = ""
    sha256: str = ""
    sheet: str = ""
    fingerprint: str = ""
    mapping: dict = field(default_factory=dict)
    as_of: datetime | None = None
    by: str = ""
    sample: bool = False
    whole: Whole | None = None
    total: int = 0
    refused: int = 0
    skipped: int = 0
    records: int | None = None
    records_refused: int | None = None
    problems: list[dict] = field(default_factory=list)
    lacking: tuple[str, ...] = ()
    admit: dict[str, list[str]] = field(default_factory=dict)
    refused_keys: pa.Table | None = None


@dataclass(frozen=True)
class Counts:
    """What a publication did to the state: accepted rows = new + replaced + unchanged; ``withdrawn`` lost their key.

    ``spared``: rows that a declaration of the whole would have withdrawn, had their new version not been refused.
    ``blanked``: those of the draft's ``lacking`` columns that hold something in the rows it replaces. ``watched``: what the watch answered before and after; None without one.
    """

    batch: int | None
    new: int
    replaced: int
    unchanged: int
    withdrawn: int = 0
    spared: int = 0
    blanked: tuple[str, ...] = ()
    watched: tuple[Any, Any] | None = None


def preview(engine: sa.Engine, draft: Draft) -> Counts:
    """The counts that publishing ``draft`` would give; nothing is stored."""
    live = schema.LIVE[draft.dataset]
    stages.at("comparing", of=draft.rows.num_rows)
    with engine.begin() as conn, breakable(conn), bulk.incoming(conn, live, draft.rows) as staged, _refused(conn, draft) as refused:
        return _compare(conn, draft, staged, refused)


def publish(engine: sa.Engine, draft: Draft, *, watch: Watch | None = None, keep: bool = True) -> Counts:
    """Append ``draft`` as the newest batch of its dataset, whole or not at all, after the values it admits.

    ``keep=False``: everything is done, ``watch`` is asked, and all of it is taken back; nothing remains. Raises WrongCall
    ``year_out_of_range`` for a whole month outside the years that data can be of.
    """
    with _transaction(engine, keep) as conn:
        stages.at("publishing" if keep else "comparing", of=draft.rows.num_rows)
        before = watch(conn, draft.dataset) if watch else None
        for name, values in draft.admit.items():
            admit(conn, name, values, draft.by)
        counts = _publish(conn, draft)
        if watch:
            stages.at("measuring")
        watched = (before, watch(conn, draft.dataset)) if watch else None
        if keep:
            stages.keep()
    return replace(counts, batch=counts.batch if keep else None, watched=watched)


def _publish(conn: sa.Connection, draft: Draft, action: str = "load") -> Counts:
    live, past = schema.LIVE[draft.dataset], schema.PAST[draft.dataset]
    batch = (conn.execute(sa.select(sa.func.max(schema.BATCHES.c.id))).scalar() or 0) + 1
    with bulk.incoming(conn, live, draft.rows) as staged, _refused(conn, draft) as refused:
        counts = _compare(conn, draft, staged, refused)
        covered = _covered(draft, live, staged, refused)
        if covered is not None and counts.replaced + counts.unchanged + counts.withdrawn:
            _move(conn, live, past, covered)
        if refused is not None:
            _append(conn, schema.SPARED[draft.dataset], refused, batch)
        _append(conn, live, staged, batch)
    refresh(conn, draft.dataset)
    _record(conn, batch, draft, counts)
    note(conn, draft.by, action, draft.dataset, f"batch {batch}")
    advance(conn)
    return replace(counts, batch=batch)


def admit(conn: sa.Connection, name: str, values: list[str], by: str = "") -> int:
    """Publish unknown ``values`` as new entries of a reference dataset (key and name alike). Returns how many are new."""
    dataset, t = datasets.get(name), schema.LIVE[name]
    key = dataset.key[0]
    known = set(conn.execute(sa.select(t.c[key])).scalars())
    fresh = [value for value in dict.fromkeys(values) if value and value not in known]
    if not fresh:
        return 0
    columns: dict[str, pa.Array] = {}
    for f in dataset.fields:
        filled = fresh if f.name in (key, "zh") else [f.default] * len(fresh)
        columns[f.name] = pa.array(filled, type=bulk.arrow_type(t.c[f.name].type))
    columns["source_row"] = pa.array(range(1, len(fresh) + 1), pa.int64())
    _publish(conn, Draft(name, pa.table(columns), file_name="(added by hand)", by=by, total=len(fresh)), "admit")
    return len(fresh)


def undo(
    engine: sa.Engine, batch: int, by: str = "", *, watch: Watch | None = None, keep: bool = True
) -> tuple[Any, Any] | None:
    """Take a batch out of the fold; the versions it covered or withdrew show again.

    Returns what ``watch`` answered before and after; with ``keep=False`` the batch stays after all. Raises WrongCall
    ``unknown_batch`` or ``batch_undone``.
    """
    b = schema.BATCHES
    with _transaction(engine, keep) as conn:
        row = conn.execute(sa.select(b.c.dataset, b.c.status, b.c.whole).where(b.c.id == batch)).first()
        if row is None:
            raise WrongCall("unknown_batch", batch=batch)
        if row.status != "published":
            raise WrongCall("batch_undone", batch=batch)
        before = watch(conn, row.dataset) if watch else None
        conn.execute(sa.update(b).where(b.c.id == batch).values(status="undone", undone_by=by, undone_at=_now()))
        _restore_covered(conn, row.dataset, batch, row.whole)
        refresh(conn, row.dataset)
        note(conn, by, "undo", row.dataset, f"batch {batch}")
        advance(conn)
        return (before, watch(conn, row.dataset)) if watch else None


@contextmanager
def _transaction(engine: sa.Engine, keep: bool) -> Iterator[sa.Connection]:
    """A writer's transaction, taken back at its end unless it is to be kept."""
    with writing(engine) as conn:
        try:
            yield conn
        finally:
            transaction = conn.get_transaction()
            if not keep and transaction is not None:
                transaction.rollback()


@contextmanager
def _refused(conn: sa.Connection, draft: Draft) -> Iterator[sa.Table | None]:
    """The refused keys as a table of this connection, where they matter."""
    if not draft.whole or draft.refused_keys is None or not draft.refused_keys.num_rows:
        yield None
        return
    with bulk.incoming(conn, schema.SPARED[draft.dataset], draft.refused_keys, "sqm_refused") as refused:
        yield refused


def _restore_covered(conn: sa.Connection, name: str, batch: int, whole: str | None) -> None:
    """Bring back, for every key the batch touched, the latest version that the remaining batches leave standing."""
    dataset = datasets.get(name)
    live, past = schema.LIVE[name], schema.PAST[name]
    if not dataset.key:
        conn.execute(sa.delete(live).where(live.c.batch_id == batch))
        return
    touched = sa.union(*[_key(t, dataset).where(t.c.batch_id == batch) for t in (live, past)])
    if whole:
        touched = sa.union(touched, _key(past, dataset).where(_in_scope(dataset, past, _whole(whole))))
    keys = sa.Table(
        "sqm_touched", sa.MetaData(), *[sa.Column(k, live.c[k].type) for k in dataset.key], prefixes=["TEMPORARY"]
    )
    keys.create(conn)
    conn.execute(sa.insert(keys).from_select(list(dataset.key), touched))
    for table in (live, past, *([schema.SPARED[name]] if whole else [])):
        conn.execute(sa.delete(table).where(table.c.batch_id == batch))
    later = past.alias("later")
    shown = sa.exists().where(*[live.c[k] == past.c[k] for k in dataset.key])
    newer = sa.exists().where(*[later.c[k] == past.c[k] for k in dataset.key], later.c.batch_id > past.c.batch_id)
    back = sa.and_(
        sa.exists().where(*[keys.c[k] == past.c[k] for k in dataset.key]),
        ~shown,
        ~newer,
        *_not_withdrawn(conn, dataset, past),
    )
    _move(conn, past, live, back)
    keys.drop(conn)


def _not_withdrawn(conn: sa.Connection, dataset: datasets.Dataset, table: sa.Table) -> list:
    """Conditions: no later published batch declared the whole of the row's month and city without having the key."""
    b = schema.BATCHES
    found = conn.execute(
        sa.select(b.c.id, b.c.whole).where(
            b.c.dataset == dataset.name, b.c.status == "published", b.c.whole.is_not(None)
        )
    )
    conditions = []
    for row in found.all():
        scope, spared = _in_scope(dataset, table, _whole(row.whole)), schema.SPARED[dataset.name]
        kept = sa.exists().where(_same_key(dataset, table, spared), spared.c.batch_id == row.id)
        conditions.append(~sa.and_(table.c.batch_id < row.id, scope, ~kept))
    return conditions


def _compare(conn: sa.Connection, draft: Draft, staged: sa.Table, refused: sa.Table | None) -> Counts:
    dataset, live, total = datasets.get(draft.dataset), schema.LIVE[draft.dataset], draft.rows.num_rows
    if not dataset.key:
        return Counts(None, total, 0, 0)
    same = sa.and_(*[live.c[c].is_not_distinct_from(staged.c[c]) for c in dataset.columns if c not in dataset.key])
    # A text that is "" says as little as none.
    held = [sa.func.count(sa.func.nullif(live.c[c], "") if isinstance(live.c[c].type, sa.Text) else live.c[c]) for c in draft.lacking]
    matched, unchanged, *filled = conn.execute(
        sa.select(sa.func.count(), sa.func.coalesce(sa.func.sum(sa.case((same, 1), else_=0)), 0), *held).select_from(
            live.join(staged, _same_key(dataset, live, staged))
        )
    ).one()
    blanked = tuple(column for column, count in zip(draft.lacking, filled, strict=True) if count)
    withdrawn = spared = 0
    if draft.whole:
        absent = ~sa.exists().where(_same_key(dataset, live, staged))
        lacking = sa.select(sa.func.count()).select_from(live).where(_in_scope(dataset, live, draft.whole), absent)
        withdrawn = conn.execute(lacking).scalar_one()
        if refused is not None and withdrawn:
            spared = conn.execute(lacking.where(sa.exists().where(_same_key(dataset, live, refused)))).scalar_one()
    return Counts(None, total - matched, matched - int(unchanged), int(unchanged), withdrawn - spared, spared, blanked)


def _covered(draft: Draft, live: sa.Table, staged: sa.Table, refused: sa.Table | None):
    dataset = datasets.get(draft.dataset)
    if not dataset.key:
        return None
    covered = sa.exists().where(_same_key(dataset, live, staged))
    if not draft.whole:
        return covered
    lacking = _in_scope(dataset, live, draft.whole)
    if refused is not None:
        lacking = sa.and_(lacking, ~sa.exists().where(_same_key(dataset, live, refused)))
    return sa.or_(covered, lacking)


def _same_key(dataset: datasets.Dataset, one: sa.Table, other: sa.Table) -> sa.ColumnElement:
    return sa.and_(*[one.c[k] == other.c[k] for k in dataset.key])


def _append(conn: sa.Connection, table: sa.Table, rows: sa.Table, batch: int) -> None:
    names = [c.name for c in rows.columns]
    chosen = sa.select(*rows.columns, sa.literal(batch, sa.BigInteger))
    conn.execute(sa.insert(table).from_select([*names, "batch_id"], chosen))


def _move(conn: sa.Connection, source: sa.Table, target: sa.Table, which) -> None:
    names = [c.name for c in source.columns]
    conn.execute(sa.insert(target).from_select(names, sa.select(*source.columns).where(which)))
    # What was moved is told by key and batch: the condition itself may look at the target, which has just changed.
    moved = target.alias("moved")
    dataset = datasets.get(source.name.removesuffix("_past"))
    conn.execute(
        sa.delete(source).where(
            sa.exists().where(*[moved.c[k] == source.c[k] for k in dataset.key], moved.c.batch_id == source.c.batch_id)
        )
    )


def _key(table: sa.Table, dataset: datasets.Dataset) -> sa.Select:
    return sa.select(*[table.c[k] for k in dataset.key])


def _in_scope(dataset: datasets.Dataset, table: sa.Table, whole: Whole):
    months, cities = whole
    dated = table.c[dataset.dated_by]
    spans = [sa.and_(dated >= _first(m), dated < _first(_next(m))) for m in months]
    return sa.and_(sa.or_(*spans), *([table.c.city.in_(cities)] if cities else []))


def _first(month: date) -> date:
    return month.replace(day=1)


def _next(month: date) -> date:
    datasets.check_year(month)
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)


def _whole(text: str) -> Whole:
    found = json.loads(text)
    return tuple(date.fromisoformat(m) for m in found["months"]), tuple(found["cities"])


def _record(conn: sa.Connection, batch: int, draft: Draft, counts: Counts) -> None:
    whole = None
    if draft.whole:
        whole = json.dumps({"months": [m.isoformat() for m in draft.whole[0]], "cities": list(draft.whole[1])})
    conn.execute(
        sa.insert(schema.BATCHES).values(
            id=batch,
            dataset=draft.dataset,
            file_name=draft.file_name,
            sha256=draft.sha256,
            sheet=draft.sheet,
            fingerprint=draft.fingerprint,
            mapping=json.dumps(draft.mapping, ensure_ascii=False),
            whole=whole,
            as_of=draft.as_of,
            loaded_by=draft.by,
            loaded_at=_now(),
            status="published",
            sample=draft.sample,
            rows=draft.total,
            accepted=draft.rows.num_rows,
            new=counts.new,
            replaced=counts.replaced,
            unchanged=counts.unchanged,
            refused=draft.refused,
            skipped=draft.skipped,
            records=draft.records,
            records_refused=draft.records_refused,
        )
    )
    if draft.problems:
        bulk.insert(
            conn,
            schema.PROBLEMS,
            pa.table(
                {
                    "batch_id": pa.array([batch] * len(draft.problems), pa.int64()),
                    "position": pa.array(range(len(draft.problems)), pa.int64()),
                    **{
                        name: pa.array(
                            [None if p.get(name) is None else str(p[name]) for p in draft.problems], pa.string()
                        )
                        for name in ("sheet", "column", "value", "rule")
                    },
                    "row": pa.array([p.get("row") for p in draft.problems], pa.int64()),
                    "params": pa.array(
                        [json.dumps(p.get("params", {}), ensure_ascii=False, default=str) for p in draft.problems],
                        pa.string(),
                    ),
                }
            ),
        )


def advance(conn: sa.Connection) -> None:
    """One data version more, with the transaction of ``conn``."""
    schema.set_meta(conn, "data_version", str(int(schema.meta(conn, "data_version") or 0) + 1))


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None, microsecond=0)


_versions: dict[str, tuple[tuple, int]] = {}


def data_version(engine: sa.Engine) -> int:
    """The number of the last published state: one more with every publication, undo or change of a setting. Keys every cache."""
    before = stamp(engine)
    known = _versions.get(str(engine.url))
    if before is not None and known is not None and known[0] == before:
        return known[1]
    with engine.connect() as conn:
        version = int(schema.meta(conn, "data_version") or 0)
    after = stamp(engine)
    if after is not None and after == before:
        _versions[str(engine.url)] = (after, version)
    return version


def live_batches(engine: sa.Engine, sha256: str, dataset: str) -> dict[str, int]:
    """By fingerprint of its mapping, the newest published batch that was made of the same bytes."""
    b = schema.BATCHES
    made = sa.select(b.c.fingerprint, sa.func.max(b.c.id)).where(b.c.sha256 == sha256, b.c.dataset == dataset, b.c.status == "published")
    with engine.connect() as conn:
        return {row[0]: row[1] for row in conn.execute(made.group_by(b.c.fingerprint))}
