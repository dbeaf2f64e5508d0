"""Who loaded, changed, took along and looked at what: written beside what was done, never changed, never deleted.

What changes the warehouse notes itself within its own transaction, so that neither is there without the other.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import UTC, datetime

import pandas as pd
import sqlalchemy as sa

from sqm.warehouse import schema

#: load, undo: a batch. admit: values of a reference table. change: a document (a drawing, a setting, the people). rows: looked
#: at rows themselves. export: took a file along. restore: put a backup in place of the warehouse.
ACTIONS = ("load", "undo", "admit", "change", "rows", "export", "restore")
COLUMNS = ("at", "who", "action", "what", "about")
_LONGEST = {"who": 80, "what": 80, "about": 300}
_L = schema.LOG.c


def note(conn: sa.Connection, who: str, action: str, what: str, about: str = "") -> None:
    """One more line of the log in the transaction of ``conn``: ids of what it was about, never a value that came from a file."""
    if action not in ACTIONS:
        raise ValueError(f"no action of the log: {action}")
    said = {name: " ".join(text.split())[: _LONGEST[name]] for name, text in (("who", who), ("what", what), ("about", about))}
    at = datetime.now(UTC).replace(tzinfo=None)
    conn.execute(sa.insert(schema.LOG).values(id=uuid.uuid4().hex, at=at, action=action, **said))


def noted(engine: sa.Engine, who: str, action: str, what: str, about: str = "") -> None:
    """``note`` in a transaction of its own, which waits for no writer: lines are only added, so a reader need not wait for a load."""
    with engine.begin() as conn:
        note(conn, who, action, what, about)


def log(engine: sa.Engine, *, action: Sequence[str] = (), who: str = "", limit: int = 1000) -> pd.DataFrame:
    """The newest lines first: ``COLUMNS``, ``at`` in UTC without a zone. ``who``: part of a name."""
    query = sa.select(*(_L[name] for name in COLUMNS)).order_by(_L.at.desc(), _L.id).limit(limit)
    if action:
        query = query.where(_L.action.in_(list(action)))
    if who.strip():
        query = query.where(sa.func.lower(_L.who).contains(who.strip().lower(), autoescape=True))
    with engine.connect() as conn:
        return pd.DataFrame(conn.execute(query).fetchall(), columns=list(COLUMNS))
