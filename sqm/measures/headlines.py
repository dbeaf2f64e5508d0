"""The headline numbers, month by month, on a connection that somebody else holds: inside a transaction, before and after."""

from __future__ import annotations

from datetime import date, datetime

import pandas as pd
import sqlalchemy as sa

from sqm.access import EVERYTHING
from sqm.measures.answering import answer
from sqm.measures.ask import ask
from sqm.measures.catalogue import CATALOGUE
from sqm.measures.kinds import Metric, Rate, Score
from sqm.measures.reading import Reader

#: What the Overview shows as cards.
HEADLINES = ("satisfaction", "nps", "complaint_rate", "first_reply_in_time", "repeat_rate", "audit_score")
#: What publishing may move, as it is told beforehand: the cards, and the tickets themselves, which have no rate without customers.
WATCHED = ("satisfaction", "nps", "complaints", "complaint_rate", "first_reply_in_time", "repeat_rate", "audit_score")
#: A month is a headline once so much of it is old enough (repeat complaints need thirty days).
RIPE = 0.5
COLUMNS = ("metric", "month", "unit", "digits", "value", "lo", "hi", "base")


def headlines(conn: sa.Connection, dataset: str = "") -> pd.DataFrame:
    """The numbers of ``WATCHED`` that ``dataset`` feeds (all without one): one row per metric and month, all cities together.

    Columns metric, month (datetime64 of the first day), unit, digits, value, lo, hi (in the unit, 95 %), base. Months
    without a value are left out, as are the last ones of a metric that has to ripen, until they have. Otherwise equal to
    ``metrics.fetch(…, by="month")`` on the state that ``conn`` sees.
    """
    found = [pd.DataFrame(columns=list(COLUMNS))]
    for metric in (CATALOGUE[name] for name in WATCHED):
        if dataset and dataset not in _fed_by(metric):
            continue
        frame = answer(Reader(conn), ask(metric, "month", None, None, EVERYTHING)).dropna(subset=["value"])
        frame = ripened(metric, frame)
        found.append(frame.assign(metric=metric.id, unit=metric.unit, digits=metric.digits)[list(COLUMNS)])
    filled = [frame for frame in found if len(frame)]
    return pd.concat(filled, ignore_index=True) if filled else found[0]


def seen_until(metric: Metric, frame: pd.DataFrame) -> pd.Timestamp | None:
    """Up to when the units of an answer were old enough at its extract; None where the extract has no time."""
    as_of = frame.attrs.get("as_of")
    return pd.Timestamp(as_of) - pd.Timedelta(hours=metric.mature_hours) if as_of else None


def ripened(metric: Metric, frame: pd.DataFrame) -> pd.DataFrame:
    """An answer by month without the months of which, when the data were extracted, less than ``RIPE`` was old enough."""
    as_of = frame.attrs.get("as_of")
    return frame if frame.empty else frame[[ripe(metric, month, as_of and pd.Timestamp(as_of)) for month in frame["month"]]]


def ripe(metric: Metric, month: date, as_of: datetime | None) -> bool:
    """Whether enough (``RIPE``) of a month was old enough to count at an extract; always, where nothing has to ripen."""
    if not metric.matures or as_of is None:
        return True
    start = pd.Timestamp(month)
    return bool((pd.Timestamp(as_of) - pd.Timedelta(hours=metric.mature_hours) - start) / pd.Timedelta(days=1) >= RIPE * start.days_in_month)


def _fed_by(metric: Metric) -> set[str]:
    """The datasets that a metric's monthly value of all cities together is made of."""
    also = {"customers"} if isinstance(metric, Rate) else {"audit_items"} if isinstance(metric, Score) else set()
    return {metric.source, *also}
