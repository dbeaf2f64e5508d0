"""Runs of months among the worst: how long, and how long luck alone would make them."""

from __future__ import annotations

from typing import Any

import numpy as np

from sqm.statistics.intervals import Numbers, floats

_DRAWS, _SEED = 20_000, 20_261_102


def worst(values: Any, places: int = 3, better: str = "higher") -> np.ndarray:
    """Which units (columns) stand among the worst ``places`` of each month (rows).

    A tie at the edge, and a month that ranks no more than ``places``, name nobody. NaN is not ranked.
    """
    (values,) = floats(values)
    found = np.zeros(values.shape, dtype=bool)
    for month, row in enumerate(values if better == "higher" else -values):
        if np.isfinite(row).sum() > places:
            found[month] = [bool(np.isfinite(v)) and int((row <= v).sum()) <= places for v in row]
    return found


def longest(among: Any) -> tuple[np.ndarray, np.ndarray]:
    """(length, last row) of the longest run of True in each column, the latest where several are as long; (0, −1) without."""
    among = np.asarray(among, dtype=bool)
    length, end, running = (np.full(among.shape[1], start) for start in (0, -1, 0))
    for month, row in enumerate(among):
        running = np.where(row, running + 1, 0)
        better = row & (running >= length)
        length, end = np.where(better, running, length), np.where(better, month, end)
    return length, end


def streak_chance(errors: Any, lengths: Any, places: int = 3, draws: int = _DRAWS) -> tuple[Numbers, Numbers]:
    """(chance of each unit, chance of any unit) of a run among the worst ``places`` as long as ``lengths``, by luck alone.

    Luck alone: all units are alike, and a month's value is off by its own standard ``error`` (months × units, NaN where a unit
    is not ranked), so that those of which less is known stand at the ends more often. By simulation with a fixed seed, counted
    with the run that was seen (k + 1)/(draws + 1): Davison and Hinkley, Bootstrap Methods (1997), 4.2.
    """
    (errors,) = floats(errors)
    wanted = np.asarray(lengths, dtype=int)
    rng = np.random.default_rng(_SEED)
    running, longest_run = (np.zeros((draws, errors.shape[1]), dtype=np.int16) for _ in range(2))
    for row in errors:
        known = np.isfinite(row)
        among = np.zeros((draws, len(row)), dtype=bool)
        if known.sum() > places:
            drawn = rng.normal(0.0, 1.0, (draws, int(known.sum()))) * row[known]
            edge = np.partition(drawn, places - 1, axis=1)[:, [places - 1]]
            among[:, known] = drawn <= edge
        running = np.where(among, running + 1, 0).astype(np.int16)
        np.maximum(longest_run, running, out=longest_run)
    own = (longest_run >= wanted).sum(axis=0)
    most = longest_run.max(axis=1) if errors.shape[1] else np.zeros(draws)
    some = (most[:, None] >= wanted).sum(axis=0)
    return (own + 1) / (draws + 1), (some + 1) / (draws + 1)
