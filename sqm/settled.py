"""What was said of a state of the data: movements, contradictions and hits, worked out once and kept with what they were judged by.

The record is a document (``sqm.store``) under the data version, and is never written over: publishing, undoing or changing a
setting makes another version, and what was said of the one before stays. The first who asks works it out where nobody has yet.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cache
from typing import Any

import pandas as pd

from sqm import detectors, metrics, settings, signals, store, warehouse
from sqm.access import Scope
from sqm.errors import SqmError
from sqm.limits import Limits
from sqm.signals import Both, Movements

KIND = "signals"
#: Goes up with the rules: what older ones said stays, and is said anew.
RULES = 3
_COUNTED = (*metrics.HEADLINES, "complaints")
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Settled:
    """``month``: the newest of the data, None without any; ``said_by``: the settings in force for it, as ``sqm.settings.values``.

    ``contradictions`` as of ``signals.contradictions``, ``hits`` as of ``detectors.hits``. ``at``: when, UTC; None where it could
    not be kept.
    """

    version: int
    month: date | None
    said_by: Mapping[str, Any]
    movements: Movements
    contradictions: pd.DataFrame
    hits: pd.DataFrame
    at: datetime | None = None

    @property
    def limits(self) -> Limits:
        """``said_by`` as the rules use it."""
        return Limits.of(self.said_by)


def newest(engine: Any) -> date | None:
    """The newest month of what is judged; None without data."""
    return max((months[-1] for name in _COUNTED if (months := metrics.measured(engine, metrics.get(name)))), default=None)


def limits(engine: Any) -> Limits:
    """What numbers are judged by now."""
    return settings.limits(engine, newest(engine))


def told(engine: Any) -> Settled:
    """What is said of the data as they are: what was kept of this version, else worked out and kept.

    Where it cannot be kept (the warehouse is busy, or too large a record) it is only said. Raises as ``metrics.fetch``.
    """
    version = warehouse.data_version(engine)
    kept = store.latest(engine, KIND, str(version))
    if kept is not None and kept.body.get("rules") == RULES:
        return _read(version, kept)
    found = work_out(engine, version)
    if warehouse.data_version(engine) != version:
        return found  # somebody published meanwhile: it may be of neither state
    try:
        made = store.save(engine, KIND, str(version), _written(found), base=kept.revision if kept else 0, who="SQM", why="", noted=False)
    except (SqmError, OSError, ValueError, TypeError) as error:
        _log.warning("what was found was not kept: %s", error)
        return found
    return _read(version, made)


def within(found: Settled, scope: Scope, beside: bool = True) -> Settled:
    """What of it may be shown to who sees some cities alone: what is said of theirs, and of the whole unless ``beside`` is not so."""
    if scope.cities is None:
        return found

    def own(rows: pd.DataFrame) -> pd.DataFrame:
        if rows.empty:
            return rows
        shown = rows["city"].map(lambda city: scope.sees(city) and (beside or city in (scope.cities or ())))
        return rows[shown.astype(bool)].reset_index(drop=True)

    moved = replace(found.movements, rows=own(found.movements.rows), yearly=own(found.movements.yearly))
    return replace(found, movements=moved, contradictions=own(found.contradictions), hits=own(found.hits))


def settle(engine: Any) -> None:
    """For whoever has published: ``told``, so that the next reader need not wait. What hinders it is said to that reader."""
    try:
        told(engine)
    except (SqmError, OSError) as error:
        _log.warning("nothing was said of the new state yet: %s", error)


def work_out(engine: Any, version: int, instead: Mapping[str, Any] | None = None) -> Settled:
    """All of it from the data as they are, with the settings in force for their newest month; ``instead``: other values, to see
    what they would do. Keeps nothing."""
    month = newest(engine)
    by = {**settings.values(engine, month), **(instead or {})}
    rules = Limits.of(by)

    @cache
    def asked(metric: str, splits: tuple[str, ...], period: tuple[date, date], phi: float) -> pd.DataFrame:
        return metrics.fetch(engine, metric, by=splits, period=period, phi=phi)

    def fetch(metric: str, splits: tuple[str, ...], period: tuple[date, date], phi: float) -> pd.DataFrame:
        return asked(metric, splits, period, phi).copy()

    def measured(metric: str) -> list[date]:
        return metrics.measured(engine, metrics.get(metric))

    def goal(name: str, city: str, element: str, on: date) -> float | None:
        return metrics.target(engine, name, on, city, element)

    against = signals.contradictions(fetch, measured, metrics.reference_frame(engine, "indicator_list"), goal)
    moved = signals.movements(fetch, measured, limits=rules, breaks=breaks(metrics.reference_frame(engine, "events")))
    return Settled(version, month, by, moved, against, detectors.hits(fetch, measured, against, rules))


def breaks(events: pd.DataFrame) -> pd.DataFrame:
    """The changes of the questionnaire among the events: on, city, element, and their names."""
    return events[events["kind"] == "break"] if len(events) else events


def versions(engine: Any) -> list[int]:
    """The states of the data that were ever judged, the newest first."""
    return sorted((int(name) for name in store.documents(engine, KIND)), reverse=True)


def said(engine: Any, most: int | None = None) -> list[Settled]:
    """What was said of the ``most`` newest of ``versions``, of all without it."""
    kept = ((version, store.latest(engine, KIND, str(version))) for version in versions(engine)[:most])
    return [_read(version, one) for version, one in kept if one is not None]


def _written(found: Settled) -> dict[str, Any]:
    return {
        "rules": RULES,
        "month": found.month and found.month.isoformat(),
        "settings": dict(found.said_by),
        "windows": _dates(found.movements.windows),
        "movements": _packed(found.movements.rows),
        "year_windows": _dates(found.movements.year_windows),
        "yearly": _packed(found.movements.yearly),
        "contradictions": _packed(found.contradictions),
        "hits": _packed(found.hits),
    }


def _read(version: int, kept: store.Revision) -> Settled:
    body = kept.body
    month = body["month"] and date.fromisoformat(body["month"])
    # The first records knew no comparison with the year before.
    moved = Movements(_unpacked(body["movements"]), _windows(body["windows"]), _unpacked(body.get("yearly", {})), _windows(body.get("year_windows", {})))
    return Settled(version, month, body["settings"], moved, _unpacked(body["contradictions"]), _unpacked(body["hits"]), kept.at)


def _dates(windows: Mapping[str, Both]) -> dict[str, Any]:
    return {name: [[day.isoformat() for day in half] for half in both] for name, both in windows.items()}


def _windows(dates: Mapping[str, Any]) -> dict[str, Both]:
    return {name: (_half(before), _half(now)) for name, (before, now) in dates.items()}


def _half(days: list[str]) -> tuple[date, date]:
    return date.fromisoformat(days[0]), date.fromisoformat(days[1])


def _packed(frame: pd.DataFrame) -> dict[str, Any]:
    """A frame as JSON: column → [kind, values]; what is missing is null."""
    packed = {}
    for name, column in frame.infer_objects().items():
        kind = "t" if isinstance(column.dtype, pd.StringDtype) else column.dtype.kind.lower()
        values = column.astype("datetime64[ns]").dt.strftime("%Y-%m-%d") if kind == "m" else column
        packed[str(name)] = [kind, [None if pd.isna(value) else value for value in values.astype(object).tolist()]]
    return packed


def _unpacked(packed: Mapping[str, Any]) -> pd.DataFrame:
    kinds = {"b": "bool", "i": "int64", "f": "float64"}
    columns = {}
    for name, (kind, values) in packed.items():
        if kind == "m":
            columns[name] = pd.Series(pd.to_datetime(pd.Series(values, dtype=object), format="%Y-%m-%d"), dtype="datetime64[ns]")
        else:
            columns[name] = pd.Series(values, dtype=kinds.get(kind, "object"))
    return pd.DataFrame(columns)
