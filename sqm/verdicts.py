"""What may be said of a number: better, worse, cannot tell, too few. Every verdict on any screen is made here.

A verdict is one of the words ``better``, ``worse``, ``unclear``, ``small``; arrows, colours and sentences follow from it.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from sqm import stats

#: Interviews below which a survey figure is shown without a verdict.
FEW_ANSWERS = 30
#: Visits below which a store's score is shown without a verdict.
FEW_VISITS = 3
#: Chance (two-sided) below which one cell among hundreds counts as confirmed: at 0.05, one in twenty would by luck alone.
CONFIRMED = 0.001
#: A rate this many times the province's is called strong.
STRONG_EXCESS = 1.5
#: A rate this far from the province's, as a share of it, is called strong.
STRONG_OFF = 0.15


def sides(lo: Any, hi: Any, goal: Any, better: str = "higher") -> np.ndarray:
    """On which side of ``goal`` whole intervals lie: "better", "worse", or "unclear" where they hold it or have no bounds.

    Scalars or arrays, broadcast; ``better``: "higher", "lower", else higher counts as better.
    """
    lo, hi, goal = (np.asarray(v, dtype=float) for v in (lo, hi, goal))
    over, under = ("worse", "better") if better == "lower" else ("better", "worse")
    return np.select([lo > goal, hi < goal], [over, under], "unclear")


def side(row: Any, goal: float | None, better: str = "higher", few: int = 0) -> str:
    """``sides`` of one row (lo, hi, base): "small" under ``few``, "unclear" without a goal."""
    if row["base"] < few:
        return "small"
    return "unclear" if goal is None else str(sides(row["lo"], row["hi"], goal, better))


def change(now: tuple[float, float, float], before: tuple[float, float, float], better: str) -> tuple[str, str]:
    """(verdict, sign) of a change between two independent values, each (value, lo, hi) at 95 %.

    ``sign`` is the direction of the value itself: "up", "down", or "same" where nothing can be told. Both empty where a
    value or a bound is not known; the verdict is "unclear" for a metric of which neither direction is better.
    """
    moved, lo, hi = stats.difference(*now, *before)
    if np.isnan([moved, lo, hi]).any():
        return "", ""
    if lo <= 0 <= hi:
        return "unclear", "same"
    return str(sides(lo, hi, 0.0, better)) if better else "unclear", "up" if moved > 0 else "down"


def off_the_mean(rates: pd.DataFrame, mean: float, better: str) -> pd.DataFrame:
    """``rates`` (value, lo, hi) with ``verdict`` by the side of ``mean`` that the interval is on, and ``strong``."""
    return rates.assign(
        verdict=sides(rates["lo"], rates["hi"], mean, better),
        strong=(rates["value"] - mean).abs() > STRONG_OFF * abs(mean),
    )


def differing(cells: pd.DataFrame, whole: pd.DataFrame, on: str) -> pd.DataFrame:
    """``cells`` of a mean with ``difference`` from the row of ``whole`` with the same ``on``, ``p`` and ``verdict``.

    Both come from ``metrics.fetch`` of a mean whose higher value is better, with value, base and the pieces w, w2, wx,
    wxx. Welch's test on the pieces; "small" under ``FEW_ANSWERS``. A cell is part of its whole, which makes the
    difference a little surer than is said here, never less.
    """
    mine = stats.mean_pieces(*(cells[name].to_numpy(float) for name in ("w", "w2", "wx", "wxx")))
    beside = whole.set_index(on).reindex(cells[on])
    other = stats.mean_pieces(*(beside[name].to_numpy(float) for name in ("w", "w2", "wx", "wxx")))
    difference, _, _, p = stats.welch(*mine, *other)
    sure = p < CONFIRMED
    few = cells["base"].to_numpy() < FEW_ANSWERS
    verdict = np.select([few, sure & (difference > 0), sure & (difference < 0)], ["small", "better", "worse"], "unclear")
    return cells.assign(difference=difference, p=p, verdict=verdict)


def exceeding(cells: pd.DataFrame, whole: pd.DataFrame, on: str) -> pd.DataFrame:
    """``cells`` of a rate with ``mean`` (of the row of ``whole`` with the same ``on``), ``p``, ``verdict`` and ``strong``.

    Both come from ``metrics.fetch`` of a rate, with value, events and exposure. "worse" where as many events would hardly
    be met at the rate of the whole (exact Poisson), ``strong`` from half as much again; never "better".
    """
    rate = whole.set_index(on)
    per = (rate["events"] / rate["exposure"]).reindex(cells[on]).to_numpy(float)
    p = stats.poisson_excess(cells["events"], per * cells["exposure"].to_numpy(float))
    sure = p < CONFIRMED / 2
    mean = rate["value"].reindex(cells[on]).to_numpy(float)
    strong = sure & (cells["value"].to_numpy(float) > STRONG_EXCESS * mean)
    return cells.assign(mean=mean, p=p, verdict=np.where(sure, "worse", "unclear"), strong=strong)


def falling_short(perception: pd.DataFrame, gap: pd.DataFrame, on: str) -> pd.DataFrame:
    """The paired ``gap`` beside ``perception`` and ``expectation`` of the same ``on``, with ``verdict``, widest first."""
    found = gap.merge(perception[[on, "value"]].rename(columns={"value": "perception"}), on=on)
    few = found["base"] < FEW_ANSWERS
    return found.assign(
        expectation=found["perception"] - found["value"],
        verdict=np.where(few, "small", sides(found["lo"], found["hi"], 0.0)),
    ).sort_values("value")
