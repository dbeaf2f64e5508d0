"""The kinds of metric: which pieces each counts, and how they become a value with its interval, once, in Python.

``finish`` takes the pieces as float arrays by name, one entry per cell, and returns float arrays (value, lo, hi). A
bound that cannot be known is NaN: a mean or a score of one unit, a quantile of a few, a rate without exposure.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, ClassVar, Literal

import numpy as np
import sqlalchemy as sa

from sqm import stats
from sqm.measures.splits import SOURCES, Source

Pieces = Mapping[str, np.ndarray]
Bounds = tuple[np.ndarray, np.ndarray, np.ndarray]
Gap = Literal["knowledge", "standards", "delivery", "communication", "customer"]
Among = tuple[sa.ColumnElement, ...]


def _divide(above: np.ndarray, below: np.ndarray) -> np.ndarray:
    """The quotient, NaN where ``below`` is 0."""
    return np.divide(above, below, out=np.full(len(above), np.nan), where=below > 0)


@dataclass(frozen=True, kw_only=True, eq=False)
class Metric:
    """A definition. ``among``: what is counted at all. ``defaults``: split values that hold unless the split is asked.

    ``range``: what the value cannot leave; the interval is cut there. ``mature_hours``: units younger than this at the
    source's ``as_of`` are left out, by the column ``matures``; ``told_by_row``: younger at the extract that the row itself
    came with, after which nothing more is known of it, whatever was loaded since. ``practical``: the smallest difference that matters, in
    units of the value, or as a share of it where ``relative``. ``few``: the base under which there is no verdict.
    ``digits``: decimals to show. ``needs``: fields that a file must have had columns for; the rows of one that had none
    say nothing, and are left out.
    """

    kind: ClassVar[str] = ""
    piece_names: ClassVar[tuple[str, ...]] = ()
    relative: ClassVar[bool] = False

    id: str
    source: str
    unit: Literal["points", "%", "per_10k", "count", "hours", "score", "own"]
    better: Literal["higher", "lower", ""]
    owner: str
    gap: Gap
    review_by: date
    dated_by: str
    splits: tuple[str, ...]
    digits: int = 1
    practical: float = 0.0
    among: Among = ()
    defaults: Mapping[str, str] = field(default_factory=dict)
    matures: str = ""
    mature_hours: int = 0
    told_by_row: bool = False
    needs: tuple[str, ...] = ()
    range: tuple[float, float] = (-np.inf, np.inf)

    @property
    def origin(self) -> Source:
        """The fact table with its splits."""
        return SOURCES[self.source]

    @property
    def few(self) -> int:
        """Interviews or visits; tickets are all there are, and their doubt is the interval."""
        return {"surveys": 30, "audits": 3}.get(self.source, 0)

    def finish(self, pieces: Pieces, phi: float = 1.0) -> Bounds:
        """(value, lo, hi) of each row of pieces."""
        raise NotImplementedError

    def freedom(self, frame: Any) -> np.ndarray:
        """Degrees of freedom of each row's interval, infinite for a normal one."""
        return np.full(len(frame), np.inf)

    def within(self, bounds: Bounds) -> Bounds:
        """The bounds cut to the range of the metric."""
        value, lo, hi = bounds
        return value, np.clip(lo, *self.range), np.clip(hi, *self.range)


@dataclass(frozen=True, kw_only=True, eq=False)
class Count(Metric):
    """Events; exact Poisson interval of their number. Pieces: events."""

    kind: ClassVar[str] = "count"
    piece_names: ClassVar[tuple[str, ...]] = ("events",)

    def finish(self, pieces: Pieces, phi: float = 1.0) -> Bounds:
        lo, hi = stats.poisson_interval(pieces["events"], 1.0, phi)
        return pieces["events"], lo, hi


@dataclass(frozen=True, kw_only=True, eq=False)
class Share(Metric):
    """Units that hit, in percent of the units; Wilson. Pieces: w, w2, hit (weighted), unknown (``known`` is false).

    Where nothing at all is known about a cell, its value is NaN rather than 0 %. ``unit_of``: the column that makes
    several rows one unit, each row of it saying the same (the queue of a visit).
    """

    kind: ClassVar[str] = "share"
    piece_names: ClassVar[tuple[str, ...]] = ("w", "w2", "hit")
    hit: sa.ColumnElement
    known: sa.ColumnElement | None = None
    unit_of: str = ""
    range: tuple[float, float] = (0.0, 100.0)

    def finish(self, pieces: Pieces, phi: float = 1.0) -> Bounds:
        n = stats.n_eff(pieces["w"], pieces["w2"])
        share = _divide(pieces["hit"], pieces["w"])
        if "unknown" in pieces:
            share = np.where(pieces["unknown"] >= pieces["base"], np.nan, share)
        lo, hi = stats.wilson(share * n, n)
        return 100 * share, 100 * lo, 100 * hi


@dataclass(frozen=True, kw_only=True, eq=False)
class Mean(Metric):
    """A mean over respondents; Student's t with the effective base. Pieces: w, w2, wx, wxx."""

    kind: ClassVar[str] = "mean"
    piece_names: ClassVar[tuple[str, ...]] = ("w", "w2", "wx", "wxx")
    x: sa.ColumnElement

    def finish(self, pieces: Pieces, phi: float = 1.0) -> Bounds:
        mean, variance, n = stats.mean_pieces(pieces["w"], pieces["w2"], pieces["wx"], pieces["wxx"])
        return mean, *stats.mean_interval(mean, variance, n)

    def freedom(self, frame: Any) -> np.ndarray:
        return stats.n_eff(frame["w"], frame["w2"]) - 1


@dataclass(frozen=True, kw_only=True, eq=False)
class Nps(Metric):
    """Promoters less detractors, in points of −100..100. Pieces: w, w2, promoters, detractors (weighted)."""

    kind: ClassVar[str] = "nps"
    piece_names: ClassVar[tuple[str, ...]] = ("w", "w2", "promoters", "detractors")
    element: str
    promoter: sa.ColumnElement
    detractor: sa.ColumnElement
    range: tuple[float, float] = (-100.0, 100.0)

    def finish(self, pieces: Pieces, phi: float = 1.0) -> Bounds:
        p, d = _divide(pieces["promoters"], pieces["w"]), _divide(pieces["detractors"], pieces["w"])
        lo, hi = stats.nps_interval(p, d, stats.n_eff(pieces["w"], pieces["w2"]))
        return 100 * (p - d), lo, hi


@dataclass(frozen=True, kw_only=True, eq=False)
class Rate(Metric):
    """Events per ``per`` customer-months; exact Poisson, or over-dispersed by phi. Pieces: events, exposure, unmatched.

    ``unmatched`` counts events of cities and months without a customer base: they are told, and in no rate.
    """

    kind: ClassVar[str] = "rate"
    relative: ClassVar[bool] = True
    piece_names: ClassVar[tuple[str, ...]] = ("events", "exposure", "unmatched")
    per: float = 10_000.0
    exposure_splits: tuple[str, ...] = ("month", "city")

    def finish(self, pieces: Pieces, phi: float = 1.0) -> Bounds:
        lo, hi = stats.poisson_interval(pieces["events"], pieces["exposure"], phi)
        return self.per * _divide(pieces["events"], pieces["exposure"]), self.per * lo, self.per * hi


@dataclass(frozen=True, kw_only=True, eq=False)
class Score(Metric):
    """100·ΣP/ΣA over visits, each capped first; ratio estimator clustered by visit. Pieces: P, A, PP, PA, AA.

    ``cap``: the largest share of its points that a visit with a failed critical item keeps. ``inside``: splits within a
    visit; with one of them asked for, points are shown as they were given, uncapped.
    """

    kind: ClassVar[str] = "score"
    piece_names: ClassVar[tuple[str, ...]] = ("P", "A", "PP", "PA", "AA")
    cap: float
    inside: tuple[str, ...]
    range: tuple[float, float] = (0.0, 100.0)

    def finish(self, pieces: Pieces, phi: float = 1.0) -> Bounds:
        p, a, pp, pa, aa = (pieces[name] for name in self.piece_names)
        ratio, lo, hi = stats.ratio_interval(pieces["base"], p, a, pp, pa, aa)
        return 100 * ratio, 100 * lo, 100 * hi

    def freedom(self, frame: Any) -> np.ndarray:
        return np.asarray(frame["base"], dtype=float) - 1


@dataclass(frozen=True, kw_only=True, eq=False)
class Indicator(Metric):
    """Numerator over denominator, added up first; where a report has neither, the mean of what it states. No interval.

    An indicator counts all there is, so no sample makes it doubtful: lo and hi are NaN. Columns beside: numerator, denominator,
    stated and reports (of those without a denominator), per (100 for a unit of %, 1000 of ‰), kinds: not all of them add up
    over cells, so these are no pieces. Reports without a denominator stand aside where others have one; base counts those
    used. Several indicators in one cell are no number: NaN.
    """

    kind: ClassVar[str] = "indicator"

    def finish(self, pieces: Pieces, phi: float = 1.0) -> Bounds:
        counted = pieces["per"] * _divide(pieces["numerator"], pieces["denominator"])
        value = np.where(np.isnan(counted), _divide(pieces["stated"], pieces["reports"]), counted)
        value = np.where(pieces["kinds"] > 1, np.nan, value)
        return value, np.full(len(value), np.nan), np.full(len(value), np.nan)


@dataclass(frozen=True, kw_only=True, eq=False)
class Quantile(Metric):
    """The ``p`` quantile (linear between neighbours, as ``percentile_cont``); order-statistic interval. No pieces.

    ``x`` is an integer column without nulls, and ``scale`` what divides it into the unit. Cells never add up: fetch
    again instead.
    """

    kind: ClassVar[str] = "quantile"
    x: sa.ColumnElement
    scale: float
    p: float
