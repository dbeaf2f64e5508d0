"""What may be said of a number: better, worse, cannot tell, too few. Every verdict on any screen is made here.

A verdict is one of the words ``better``, ``worse``, ``unclear``, ``small``; arrows, colours and sentences follow from it.
``small``: the base is under what the metric asks for (``Metric.few``). One number against its target is judged by its own
95 % interval. Of many numbers side by side (cities, stores, cells of a matrix) some would look different by luck alone:
there "confirmed" means a false discovery rate of 5 % over the whole list, and a difference that matters
(``Metric.practical``).
"""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
import pandas as pd

from sqm import stats

#: Share of what is called confirmed in a list that may be luck.
FALSE_DISCOVERIES = 0.05
#: Interviews below which a survey figure is drawn hollow; visits below which a store's score is.
FEW_ANSWERS, FEW_VISITS = 30, 3
#: A rate this far from the whole's, as a share of it, is called strong; in a matrix, this many times it.
STRONG_OFF, STRONG_EXCESS = 0.15, 1.5

Value = tuple[float, float, float]


class Judged(Protocol):
    """What is asked of a metric here; ``sqm.metrics.get`` gives one."""

    @property
    def better(self) -> str: ...

    @property
    def few(self) -> int: ...

    @property
    def practical(self) -> float: ...

    @property
    def relative(self) -> bool: ...

    def finish(self, pieces: Any, phi: float = 1.0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """(value, lo, hi) of pieces that were added up."""
        ...

    def freedom(self, frame: pd.DataFrame) -> np.ndarray:
        """Degrees of freedom of each row's interval, infinite for a normal one."""


def sides(lo: Any, hi: Any, goal: Any, better: str = "higher") -> np.ndarray:
    """On which side of ``goal`` whole intervals lie: "better", "worse", or "unclear" where they hold it or say nothing.

    Scalars or arrays, broadcast. An interval without width comes of answers that happen to agree, and says nothing.
    ``better``: "lower", else higher counts as better.
    """
    lo, hi, goal = (np.asarray(v, dtype=float) for v in (lo, hi, goal))
    over, under = ("worse", "better") if better == "lower" else ("better", "worse")
    return np.select([(lo > goal) & (hi > lo), (hi < goal) & (hi > lo)], [over, under], "unclear")


def side(row: Any, goal: float | None, metric: Judged) -> str:
    """One row (lo, hi, base) of a metric against a goal; "unclear" without one."""
    if row["base"] < metric.few:
        return "small"
    return "unclear" if goal is None else str(sides(row["lo"], row["hi"], goal, metric.better))


def leaning(verdict: str, row: Any, goal: float | None, metric: Judged) -> str:
    """ "better" or "worse" where a number that is "unclear" as one of many would be told by its own interval, else "".

    A reader who sees the interval end short of the goal has to be told why that is not enough.
    """
    alone = side(row, goal, metric) if verdict == "unclear" else ""
    return alone if alone in ("better", "worse") else ""


def change(now: Value, before: Value, bases: tuple[int, int], metric: Judged) -> tuple[str, str]:
    """(verdict, sign) of a change between two independent values, each (value, lo, hi) at 95 %, with their bases.

    ``sign`` is the direction of the value itself: "up", "down", or "same" where nothing can be told. Both empty where a
    value or a bound is not known; the verdict is "unclear" for a metric of which neither direction is better.
    """
    moved, lo, hi = stats.difference(*now, *before)
    if np.isnan([moved, lo, hi]).any():
        return "", ""
    if lo <= 0 <= hi or min(bases) < metric.few:
        return "unclear", "same"
    return str(sides(lo, hi, 0.0, metric.better)) if metric.better else "unclear", "up" if moved > 0 else "down"


def moved(difference: Any, p: Any, base: Any, before: Any, metric: Judged, rate: float) -> np.ndarray:
    """Verdicts of a family of changes: discoveries at ``rate`` that matter. ``base``: the smaller one of each change."""
    frame = pd.DataFrame({"difference": difference, "p": p, "base": np.asarray(base)})
    return _judged(frame, np.asarray(before, dtype=float), metric, True, rate)["verdict"].to_numpy()


def among(frame: pd.DataFrame, goal: float | pd.Series | np.ndarray, metric: Judged, *, practical: bool = True) -> pd.DataFrame:
    """``frame`` (value, lo, hi, base and pieces) with ``difference`` from ``goal``, ``p`` and ``verdict``: one of many.

    The whole ``frame`` is the list in which luck is provided for. ``practical``: a difference has to matter, too; leave it
    out against a target, where any difference counts.
    """
    value, beyond = frame["value"].to_numpy(float), np.asarray(goal, dtype=float)
    p = stats.interval_p(value, frame["lo"], frame["hi"], beyond, metric.freedom(frame))
    return _judged(frame.assign(difference=value - beyond, p=p), beyond, metric, practical)


def differing(cells: pd.DataFrame, whole: pd.DataFrame, on: str, metric: Judged) -> pd.DataFrame:
    """``cells`` of a mean with ``difference`` from the row of ``whole`` with the same ``on``, ``p`` and ``verdict``.

    Both come from ``metrics.fetch`` with value, base and the pieces w, w2, wx, wxx. Welch's test on the pieces, one of
    many. A cell is part of its whole: with equal weights that makes the difference surer than is said here.
    """
    mine = stats.mean_pieces(*(cells[name].to_numpy(float) for name in ("w", "w2", "wx", "wxx")))
    beside = whole.set_index(on).reindex(cells[on])
    other = stats.mean_pieces(*(beside[name].to_numpy(float) for name in ("w", "w2", "wx", "wxx")))
    difference, _, _, p = stats.welch(*mine, *other)
    return _judged(cells.assign(difference=difference, p=p), beside["value"].to_numpy(float), metric, True)


def against(mine: pd.DataFrame, theirs: pd.DataFrame, on: list[str], within: str, metric: Judged) -> pd.DataFrame:
    """``mine`` beside ``theirs`` with the same ``on``, stratum by stratum (``within``): one row per ``on``.

    Means of two groups of different people, both from ``metrics.fetch`` by ``on`` and ``within`` with the pieces w, w2, wx, wxx.
    value, lo, hi, base and other, other_lo, other_hi, other_base of the strata that both have, weighted alike (``stats.stratified``);
    ``difference`` with its own interval ``least`` to ``most``, ``p`` and ``verdict``, one of many; too few on either side are too few.
    """
    pieces = ["base", "w", "w2", "wx", "wxx"]
    both = mine[[*on, within, *pieces]].merge(theirs[[*on, within, *pieces]], on=[*on, within], suffixes=("", "_other"))
    known = np.isfinite([stats.mean_pieces(*(both[f"{name}{side}"].to_numpy(float) for name in pieces[1:]))[1] for side in ("", "_other")]).all(axis=0)
    # One answer of a stratum says nothing of how far answers lie apart: it is left out, unless there is no other stratum.
    both = both[known | ~both.assign(known=known).groupby(on)["known"].transform("any").to_numpy(bool)].reset_index(drop=True)
    one, other = (stats.mean_pieces(*(both[f"{name}{side}"].to_numpy(float) for name in pieces[1:])) for side in ("", "_other"))
    of = both.groupby(on, sort=False).ngroup().to_numpy()
    told = stats.stratified(*one, *other, of)
    found = both.drop_duplicates(on)[on].reset_index(drop=True).assign(
        value=told["mean1"], lo=told["lo1"], hi=told["hi1"], base=both.groupby(of)["base"].sum().to_numpy("int64"),
        other=told["mean2"], other_lo=told["lo2"], other_hi=told["hi2"], other_base=both.groupby(of)["base_other"].sum().to_numpy("int64"),
        difference=told["difference"], least=told["lo"], most=told["hi"], p=told["p"])  # fmt: skip
    smaller = found[["base", "other_base"]].min(axis=1)
    return _judged(found.assign(base=smaller), found["other"].to_numpy(float), metric, True).assign(base=found["base"])


def off_the_mean(rates: pd.DataFrame, mean: float, metric: Judged, phi: float = 1.0) -> pd.DataFrame:
    """Rates side by side (value, events, exposure, base), each against the rest of them (``off_the_rest``), with ``strong``.

    ``mean``: of the whole. ``strong``: a long way off the rest.
    """
    found = off_the_rest(rates.assign(_all=""), np.full(len(rates), mean), "_all", metric, phi).drop(columns="_all")
    return found.assign(strong=found["difference"].abs() > STRONG_OFF * found["rest"].abs())


def off_their_means(cells: pd.DataFrame, whole: pd.DataFrame, on: str, metric: Judged, phi: float = 1.0) -> pd.DataFrame:
    """``off_the_rest`` for the cells of a matrix, with ``mean`` (of the row of ``whole`` with the same ``on``) and ``strong``."""
    mean = whole.set_index(on)["value"].reindex(cells[on]).to_numpy(float)
    found = off_the_rest(cells, mean, on, metric, phi).assign(mean=mean)
    times = found["value"].to_numpy(float) / np.where(found["rest"] > 0, found["rest"], np.nan)
    return found.assign(strong=(times > STRONG_EXCESS) | (times < 1 / STRONG_EXCESS))


def off_the_rest(cells: pd.DataFrame, mean: np.ndarray, on: str, metric: Judged, phi: float = 1.0) -> pd.DataFrame:
    """Rates (value, events, exposure, base), each against the others with the same ``on``: rest, difference, p, verdict.

    A cell is taken out of what it is held against, and so is every cell that stands out: one city's spike raises the
    whole, and would make its usual neighbours look low. The cell furthest off its rest goes first, one of each ``on`` at
    a time, until none is found that is not out already; more than half of them stay in. All cells are judged against those
    that stayed, as one family, by the intervals of both sides (``phi``: their over-dispersion). A cell that is not on the
    same side of ``mean`` (the whole's, one per cell), too, is "unclear": no sentence about the whole may be wrong.
    """
    events, exposure, value = (cells[name].to_numpy(float) for name in ("events", "exposure", "value"))
    group = pd.factorize(cells[on])[0]
    many, inside = np.bincount(group, minlength=1), np.ones(len(cells), dtype=bool)
    lo, hi = cells["lo"].to_numpy(float), cells["hi"].to_numpy(float)
    while True:
        others = {name: np.bincount(group, piece * inside, len(many))[group] - piece * inside for name, piece in (("events", events), ("exposure", exposure))}
        rest, low, high = metric.finish({name: np.maximum(piece, 0.0) for name, piece in others.items()}, phi)
        difference, d_lo, d_hi = stats.difference(value, lo, hi, rest, low, high)
        p = stats.interval_p(difference, d_lo, d_hi, 0.0)
        found = _judged(cells.assign(rest=rest, difference=difference, p=p), rest, metric, True)
        off = np.abs(difference) / np.where(difference > 0, difference - d_lo, d_hi - difference)
        out = (found["verdict"].isin(["better", "worse"])) & inside & (2 * (np.bincount(group, inside, len(many)) - 1) > many)[group]
        if not out.any():
            same = np.sign(difference) == np.sign(value - np.asarray(mean, dtype=float))
            told = found["verdict"].isin(["better", "worse"]).to_numpy() & ~same
            return found.assign(verdict=found["verdict"].mask(told, "unclear"))
        furthest = pd.Series(off)[out.to_numpy()].groupby(group[out.to_numpy()]).idxmax()
        inside[furthest.to_numpy()] = False


def falling_short(gap: pd.DataFrame, expectation: pd.DataFrame, on: str, metric: Judged) -> pd.DataFrame:
    """The paired ``gap`` with the ``expectation`` and ``perception`` of the same answers, and ``verdict``, widest first."""
    found = gap.merge(expectation[[on, "value"]].rename(columns={"value": "expectation"}), on=on)
    found = found.assign(perception=found["expectation"] + found["value"])
    return among(found, 0.0, metric).sort_values("value")


def _judged(frame: pd.DataFrame, goal: np.ndarray, metric: Judged, practical: bool, rate: float = FALSE_DISCOVERIES) -> pd.DataFrame:
    """``frame`` (difference, p, base) with ``verdict``, and ``trifle``: a difference that is real, but too small to matter."""
    difference, p = frame["difference"].to_numpy(float), frame["p"].to_numpy(float)
    enough = frame["base"].to_numpy() >= metric.few
    found = stats.discoveries(np.where(enough, p, np.nan), rate)
    matters = metric.practical * (np.abs(goal) if metric.relative else 1.0) if practical else 0.0
    sure = found & (np.abs(difference) >= matters)
    up, down = ("worse", "better") if metric.better == "lower" else ("better", "worse")
    told = np.select([sure & (difference > 0), sure & (difference < 0)], [up, down], "unclear")
    return frame.assign(verdict=np.where(enough, told, "small"), trifle=found & ~sure)
