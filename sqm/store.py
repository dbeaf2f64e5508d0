"""Documents that pages write: every save is a new revision, and nothing is ever overwritten.

A document is a JSON body under (``kind``, ``doc_id``). A save names the revision it was based on; when another one was
stored meanwhile it raises ``Conflict`` and stores nothing. Revisions count from 1; base 0 means "nothing stored yet".
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pandas as pd
import sqlalchemy as sa

from sqm import warehouse
from sqm.errors import Conflict, SqmError
from sqm.warehouse import opening

MAX_BYTES = 4_000_000
_LONGEST = {"kind": 40, "doc_id": 80, "who": 80, "why": 400}
_T = warehouse.documents_table
_KEPT = 256
_read: dict[tuple, tuple[tuple, Any]] = {}


@dataclass(frozen=True)
class Revision:
    """One stored version; ``at`` is UTC without a zone. ``text`` is the JSON body, empty in a history listing."""

    kind: str
    doc_id: str
    revision: int
    who: str
    at: datetime
    why: str
    text: str = ""

    @property
    def body(self) -> Any:
        return json.loads(self.text)


def documents(engine: sa.Engine, kind: str) -> list[str]:
    """Ids of the stored documents of a kind, sorted."""
    query = sa.select(_T.c.doc_id).where(_T.c.kind == kind).distinct().order_by(_T.c.doc_id)
    return _once(engine, ("documents", kind), lambda conn: [str(i) for i in conn.execute(query).scalars()])


def latest(engine: sa.Engine, kind: str, doc_id: str) -> Revision | None:
    """The newest revision, or None when nothing is stored."""
    return _once(engine, ("latest", kind, doc_id), lambda conn: _newest(conn, kind, doc_id))


def load(engine: sa.Engine, kind: str, doc_id: str, revision: int) -> Revision:
    """One revision; SqmError ``no_such_revision`` when it is not stored."""
    return _once(engine, ("load", kind, doc_id, revision), lambda conn: _one(conn, kind, doc_id, revision))


def history(engine: sa.Engine, kind: str, doc_id: str, limit: int = 200) -> list[Revision]:
    """The newest revisions first, without their bodies."""
    columns = [c for c in _T.c if c.name != "body"]
    query = sa.select(*columns).where(_T.c.kind == kind, _T.c.doc_id == doc_id)
    query = query.order_by(_T.c.revision.desc()).limit(limit)
    return _once(engine, ("history", kind, doc_id, limit), lambda conn: [_revision(row) for row in conn.execute(query)])


def save(
    engine: sa.Engine, kind: str, doc_id: str, body: Any, *, base: int, who: str = "", why: str = "", numbers: bool = False, noted: bool = True
) -> Revision:
    """Stores ``body`` as revision ``base + 1``. ``numbers``: it changes what numbers say, so the data version goes up with it.
    ``noted``: somebody did it, so the log says who.

    Raises Conflict ``revision_conflict`` (``base``, ``stored``, ``who``, ``at``, ``why`` of the newest revision) when
    ``base`` is not the newest, SqmError ``document_too_large`` beyond ``MAX_BYTES``.
    """
    text = json.dumps(body, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    text = text.encode("utf-8", "replace").decode()  # a lone surrogate is valid JSON but no text a database takes
    with warehouse.writing(engine) as conn:
        made = _append(conn, kind, doc_id, text, base, who, why)
        if noted:
            _note(conn, made)
        if numbers:
            warehouse.advance(conn)
        return made


def restore(
    engine: sa.Engine, kind: str, doc_id: str, revision: int, *, base: int, who: str = "", why: str = ""
) -> Revision:
    """Stores the body of an old revision as the newest one; the revisions between are kept. Raises as ``save`` does."""
    with warehouse.writing(engine) as conn:
        text = _one(conn, kind, doc_id, revision).text
        made = _append(conn, kind, doc_id, text, base, who, why)
        _note(conn, made)
        return made


def note(engine: sa.Engine, who: str, action: str, what: str, about: str = "") -> None:
    """One more line of the log (``warehouse.noted``): who looked at or took along what."""
    warehouse.noted(engine, who, action, what, about)


def log(engine: sa.Engine, action: str = "", who: str = "", limit: int = 1000) -> pd.DataFrame:
    """The newest lines of the log first: at (UTC), who, action, what, about."""
    return warehouse.log(engine, action=[action] if action else (), who=who, limit=limit)


def _once(engine: sa.Engine, what: tuple, read: Callable[[sa.Connection], Any]) -> Any:
    """``read``, or what it gave last time if the DuckDB file has not changed since: opening it costs more than reading.

    The file is looked at before it is read, so that a write in between can only make the next look read again.
    """
    seen, key = opening.stamp(engine), (str(engine.url), *what)
    if seen is not None and key in _read and _read[key][0] == seen:
        return _read[key][1]
    with engine.connect() as conn:
        found = read(conn)
    if seen is not None:
        if len(_read) >= _KEPT:
            _read.clear()
        _read[key] = (seen, found)
    return found


def _note(conn: sa.Connection, made: Revision) -> None:
    warehouse.note(conn, made.who, "change", made.kind, f"{made.doc_id} revision {made.revision}")


def _append(conn: sa.Connection, kind: str, doc_id: str, text: str, base: int, who: str, why: str) -> Revision:
    size = len(text.encode())
    if size > MAX_BYTES:
        raise SqmError("document_too_large", size=size, limit=MAX_BYTES)
    newest = _newest(conn, kind, doc_id)
    if (newest.revision if newest else 0) != base:
        raise _conflict(newest, base)
    values = {"kind": kind, "doc_id": doc_id, "who": who, "why": why}
    made = Revision(
        revision=base + 1,
        at=datetime.now(UTC).replace(tzinfo=None, microsecond=0),
        text=text,
        **{name: " ".join(value.split())[: _LONGEST[name]] for name, value in values.items()},
    )
    row = {**vars(made), "body": text}
    row.pop("text")
    try:
        conn.execute(sa.insert(_T).values(**row))
    except sa.exc.IntegrityError as cause:  # a writer that does not take the same lock, such as an older process
        raise _conflict(newest, base) from cause
    return made


def _conflict(newest: Revision | None, base: int) -> Conflict:
    found = newest or Revision("", "", 0, "", datetime(1970, 1, 1), "")
    return Conflict(
        "revision_conflict",
        base=base,
        stored=found.revision,
        who=found.who or "?",
        at=f"{found.at:%Y-%m-%d %H:%M}",
        why=found.why,
    )


def _newest(conn: sa.Connection, kind: str, doc_id: str) -> Revision | None:
    query = sa.select(_T).where(_T.c.kind == kind, _T.c.doc_id == doc_id).order_by(_T.c.revision.desc()).limit(1)
    row = conn.execute(query).first()
    return _revision(row) if row else None


def _one(conn: sa.Connection, kind: str, doc_id: str, revision: int) -> Revision:
    query = sa.select(_T).where(_T.c.kind == kind, _T.c.doc_id == doc_id, _T.c.revision == revision)
    row = conn.execute(query).first()
    if row is None:
        raise SqmError("no_such_revision", doc_id=doc_id, revision=revision)
    return _revision(row)


def _revision(row: sa.Row) -> Revision:
    at = row.at.replace(tzinfo=None) if row.at else datetime(1970, 1, 1)
    return Revision(row.kind, row.doc_id, int(row.revision), row.who or "", at, row.why or "", getattr(row, "body", ""))
