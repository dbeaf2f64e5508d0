"""Every number the app shows: ``fetch`` is the only way to one, for pages, exports, the command line and tests alike.

A metric is defined once in ``CATALOGUE`` (its pieces, unit, direction, owner, gap and review date) and named in
``i18n/texts/metrics.toml``. Pieces are counted in SQL over one row per unit and divided once in Python, so that no
average of averages can happen and every roll-up, filter and interval follows from the same counts.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

import pandas as pd
import sqlalchemy as sa

from sqm.access import EVERYTHING, Scope, revealed
from sqm.errors import WrongCall, did_you_mean
from sqm.measures import tracing
from sqm.measures.answering import answer
from sqm.measures.ask import Period, Where, ask
from sqm.measures.catalogue import CATALOGUE, TOP_FROM
from sqm.measures.headlines import HEADLINES, WATCHED, headlines
from sqm.measures.headlines import ripened as _ripened
from sqm.measures.headlines import seen_until as _seen_until
from sqm.measures.joint import GROUPS as JOINT_PARTS
from sqm.measures.joint import joint as _joint
from sqm.measures.kinds import Count, Indicator, Mean, Metric, Nps, Quantile, Rate, Score, Share
from sqm.measures.lookup import (
    freshness,
    known_course,
    labels,
    measured,
    months,
    reference_frame,
    resolve_where,
    target,
)
from sqm.measures.portable import back
from sqm.measures.reading import Reader
from sqm.measures.splits import PLACES, PSEUDO_ELEMENTS, REFERENCES, STEPS
from sqm.measures.windows import dispersion
from sqm.measures.windows import over as _over
from sqm.measures.windows import rolling as _rolling
from sqm.warehouse import frugal, snapshot

__all__ = [
    "CATALOGUE", "HEADLINES", "JOINT_PARTS", "PLACES", "PSEUDO_ELEMENTS", "REFERENCES", "STEPS", "TOP_FROM", "WATCHED", "Count", "Indicator", "Mean", "Metric",
    "Nps", "Quantile", "Rate", "Score", "Share", "back", "benchmark", "dispersion", "evidence", "explain", "fetch", "freshness", "get", "headlines", "joint", "labels",
    "measured", "months", "over", "reference_frame", "resolve_where", "ripened", "rolling", "seen_until", "target",
]


def get(name: str) -> Metric:
    """The metric of that id, or WrongCall ``unknown_metric`` with the nearest id."""
    if name not in CATALOGUE:
        near = did_you_mean(name, list(CATALOGUE))
        raise WrongCall("unknown_metric", metric=name, near=near, known=", ".join(CATALOGUE))
    return CATALOGUE[name]


@frugal
def fetch(engine: sa.Engine, metric: Metric | str, *, by: str | Iterable[str] = (), where: Where | None = None,
          period: Period | None = None, scope: Scope = EVERYTHING, phi: float = 1.0) -> pd.DataFrame:
    """One row per cell that has anything to count: the splits of ``by``, value, lo, hi, base, then the pieces.

    ``month`` is a datetime64 of the month's first day, ``day`` one of the day; other splits are objects, None where a row has no value there
    (such rows are counted in every total and shown as their own cell). value, lo, hi are floats in the metric's unit,
    95 %; a bound that cannot be known is NaN. base is int64: interviews, tickets, visits, events of a count,
    customer-months of a rate. ``where``: split → id or ids (None and [] filter nothing, None inside a list means
    "without a value"). ``period``: first and last month, both included, either None. ``scope``: only rows of its cities
    are counted, whatever ``where`` says. ``phi``: over-dispersion of counts and rates, 1 for Poisson.

    Rates have a column ``reason``: "no_exposure" where there is no customer base (value NaN), else None; cells in which
    nothing happened are there with 0. ``attrs``: metric, basis ("overall", "index", "elements", "items", "recommend"
    or ""), as_of (ISO text), defaults (split values that held unasked). Empty, with the same columns, when nothing was
    found.

    Raises WrongCall ``unknown_metric``, ``unknown_split``, ``bad_value``, ``period_reversed`` or ``year_out_of_range``.
    """
    asked = ask(get(metric) if isinstance(metric, str) else metric, by, where, period, scope)
    if asked.by == ("month",) and not any(value for value in (where or {}).values()) and scope == EVERYTHING and phi == 1.0:
        kept = known_course(engine, asked.metric, period)
        if kept is not None and len(kept):
            return kept
    with snapshot(engine) as conn:
        return answer(Reader(conn), asked, phi)


def benchmark(engine: sa.Engine, metric: Metric | str, *, by: Iterable[str] = (), where: Where | None = None, period: Period | None = None,
              scope: Scope, phi: float = 1.0) -> pd.DataFrame:
    """``fetch`` over all cities, whatever the scope: what some of them are held against. Of questions that name no place.

    Without the cells that, beside the cities of the scope, a single other one made (``access.OTHERS``): from such a number, and
    one's own, the other one's follows. What the differences between several numbers of the whole tell is not looked into.

    Raises WrongCall ``place_asked`` where it is split or filtered by ``PLACES``; else as ``fetch``.
    """
    definition, splits = get(metric) if isinstance(metric, str) else metric, (by,) if isinstance(by, str) else tuple(by)
    if named := PLACES & {*splits, *(split for split, value in (where or {}).items() if value)}:
        raise WrongCall("place_asked", split=", ".join(sorted(named)))
    every = fetch(engine, definition, by=splits, where=where, period=period, phi=phi)
    if scope.cities is None or every.empty:
        return every
    others: dict[tuple, set[str]] = {}
    for row in fetch(engine, definition, by=(*splits, "city"), where=where, period=period, phi=phi).to_dict("records"):
        if row["base"] > 0 and not scope.sees(row["city"]):
            others.setdefault(_cell(row, splits), set()).add(row["city"])
    open_to = [not revealed(others.get(_cell(row, splits), ())) for row in every.to_dict("records")]
    kept = every[open_to].reset_index(drop=True)
    kept.attrs = dict(every.attrs)
    return kept


def _cell(row: dict, splits: tuple[str, ...]) -> tuple:
    return tuple(None if row[split] is None or row[split] != row[split] else row[split] for split in splits)


@frugal
def joint(engine: sa.Engine, *, where: Where | None = None, period: Period | None = None, scope: Scope = EVERYTHING) -> pd.DataFrame:
    """How the satisfaction of one interview with two elements goes together: sums over interviews that answered both.

    Columns: part (a random part of the respondents, 0 to 31), one, other (elements, "overall" among them, one ≤ other), n,
    w, wx, wxx, wy, wyy, wxy. ``where``, ``period`` and ``scope`` as of ``fetch``; an element in ``where`` does not count.
    """
    with snapshot(engine) as conn:
        return _joint(Reader(conn), where, period, scope)


def rolling(metric: Metric | str, frame: pd.DataFrame, months: int) -> pd.DataFrame:
    """``frame`` (an answer split by month and whatever else) over rolling windows of so many months, from its pieces."""
    return _rolling(get(metric) if isinstance(metric, str) else metric, frame, months)


def over(metric: Metric | str, frame: pd.DataFrame, by: tuple[str, ...], period: tuple[date, date], phi: float = 1.0) -> pd.DataFrame:
    """``fetch`` by ``by`` over a period, from an answer by month, ``by`` and perhaps more, without asking again.

    Left out of ``by`` may be the month, the city, and for a rate anything. Raises ValueError where pieces do not add up.
    """
    return _over(get(metric) if isinstance(metric, str) else metric, frame, by, period, phi)


def ripened(metric: Metric | str, frame: pd.DataFrame) -> pd.DataFrame:
    """``frame`` (an answer by month) without the last months of a metric that has to ripen and has not yet."""
    return _ripened(get(metric) if isinstance(metric, str) else metric, frame)


def seen_until(metric: Metric | str, frame: pd.DataFrame) -> pd.Timestamp | None:
    """Up to when the units of ``frame`` (an answer) were old enough to count; None where that has no limit."""
    return _seen_until(get(metric) if isinstance(metric, str) else metric, frame)


@frugal
def evidence(engine: sa.Engine, metric: Metric | str, where: Where | None = None, period: Period | None = None,
             scope: Scope = EVERYTHING, limit: int = 200, offset: int = 0, counted: bool = True) -> pd.DataFrame:
    """The rows under a number, newest first, with file, sheet, source_row and batch; ``attrs["total"]``, if ``counted``: of how many."""
    asked = ask(get(metric) if isinstance(metric, str) else metric, (), where, period, scope)
    return tracing.evidence(engine, asked, limit, offset, counted)


@frugal
def explain(engine: sa.Engine, metric: Metric | str, by: str | Iterable[str] = (), where: Where | None = None,
            period: Period | None = None, scope: Scope = EVERYTHING) -> dict[str, Any]:
    """How a number is worked out: definition (text key), sql, pieces, batches, as_of, basis, defaults."""
    asked = ask(get(metric) if isinstance(metric, str) else metric, by, where, period, scope)
    return tracing.explain(engine, asked)
