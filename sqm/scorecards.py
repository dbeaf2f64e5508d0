"""Accountability 13+N (认责考核): a score for each city and each department, made of numbers that each have a target, and opened into them.

A piece scores how far its target is reached: 100 × value / target, or target / value where lower is better, at most ``MOST``: so one number
cannot buy off the others. The whole is their weighted mean with an interval from theirs; pieces without a number are left out and said.
Weights are versioned (``sqm.store``): who, when, why.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from sqm import metrics, stats, store
from sqm.errors import WrongCall
from sqm.verdicts import FALSE_DISCOVERIES

KIND = "weights"
MOST = 120.0
#: Card → piece → weight in per cent, until somebody sets others. Of a city each piece is a metric.
USUAL: Mapping[str, Mapping[str, float]] = {
    "city": {"satisfaction": 35.0, "complaint_rate": 20.0, "first_reply_in_time": 15.0, "repeat_rate": 10.0, "audit_score": 20.0},
    "department": {"perception": 50.0, "indicators": 30.0, "promises": 20.0},
}
COLUMNS = ["unit", "piece", "metric", "about", "value", "value_lo", "value_hi", "base", "target", "score", "lo", "hi"]
#: Answers a question as ``metrics.fetch`` does: (metric, by, where, period).
Fetch = Callable[[str, tuple[str, ...], Mapping[str, Any], tuple[date, date]], pd.DataFrame]
#: Target in force: (metric, city, element) → value, None without one.
Goal = Callable[[str, str, str], float | None]


@dataclass(frozen=True)
class Weights:
    """The weights in force; ``revision`` 0 and nobody where they are the usual ones."""

    card: str
    values: Mapping[str, float]
    revision: int = 0
    who: str = ""
    why: str = ""
    at: Any = None


def weights(engine: Any, card: str) -> Weights:
    """What holds now."""
    newest = store.latest(engine, KIND, card)
    if newest is None:
        return Weights(card, dict(USUAL[card]))
    return Weights(card, {**dict.fromkeys(USUAL[card], 0.0), **newest.body}, newest.revision, newest.who, newest.why, newest.at)


def history(engine: Any, card: str) -> list[Weights]:
    """Every set of weights there was, the newest first, and the usual ones last."""
    newest = store.latest(engine, KIND, card)
    kept = [store.load(engine, KIND, card, n) for n in range(newest.revision, 0, -1)] if newest else []
    return [*(Weights(card, one.body, one.revision, one.who, one.why, one.at) for one in kept), Weights(card, dict(USUAL[card]))]


def set_weights(engine: Any, card: str, values: Mapping[str, float], *, base: int, who: str, why: str) -> Weights:
    """Other weights from now on. Raises WrongCall ``weights_sum``, ``weights_piece`` or ``setting_why``, Conflict ``revision_conflict``."""
    made = checked(card, values)
    if not why.strip():
        raise WrongCall("setting_why")
    kept = store.save(engine, KIND, card, made, base=base, who=who, why=why, numbers=True)
    return Weights(card, made, kept.revision, kept.who, kept.why, kept.at)


def checked(card: str, values: Mapping[str, float]) -> dict[str, float]:
    """Weights as they are kept: of known pieces, none below 0, 100 in all."""
    if set(values) - set(USUAL[card]) or any(not 0 <= value <= 100 for value in values.values()):
        raise WrongCall("weights_piece", pieces=", ".join(sorted(set(values) - set(USUAL[card]))) or "0–100")
    if abs(sum(values.values()) - 100) > 0.01:
        raise WrongCall("weights_sum", value=f"{sum(values.values()):g}")
    return {piece: float(values.get(piece, 0.0)) for piece in USUAL[card]}


def attained(value: Any, target: Any, better: str) -> np.ndarray:
    """How far a target is reached, in per cent, at most ``MOST``; NaN where either is not known."""
    value, target = np.asarray(value, dtype=float), np.asarray(target, dtype=float)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = target / value if better == "lower" else value / target
    return np.clip(np.where(np.isfinite(ratio), 100 * ratio, np.nan), 0.0, MOST)


def of_cities(fetch: Fetch, goal: Goal, period: tuple[date, date], cities: tuple[str, ...]) -> pd.DataFrame:
    """The pieces of every city, and of the whole under "" (``COLUMNS``). Without a target the whole's own value is one."""
    parts = []
    for piece in USUAL["city"]:
        definition = metrics.get(piece)
        whole = fetch(piece, (), {}, period).assign(city="")
        frame = pd.concat([fetch(piece, ("city",), {}, period), whole], ignore_index=True)
        frame = frame[frame["city"].isin([*cities, ""])].dropna(subset=["value"])
        if frame.empty:
            continue
        mean = float(whole["value"].iloc[0]) if len(whole) else float("nan")
        targets = [mean if (set_ := goal(piece, city, "")) is None else set_ for city in frame["city"]]
        parts.append(_pieces(frame, frame["city"], piece, piece, "", np.array(targets, dtype=float), definition.better))
    return _joined(parts)


def of_departments(fetch: Fetch, goal: Goal, period: tuple[date, date], listed: pd.DataFrame, promised: pd.DataFrame) -> pd.DataFrame:
    """The pieces of every department that owns a number: satisfaction with the elements its indicators watch, those indicators, its promises. An element without a
    target of its own has that of satisfaction as a whole; an indicator without one is left out.

    ``listed``: the indicator list; ``promised``: rows of ``promises.ledger`` that are computed.
    """
    parts = []
    owned = listed.dropna(subset=["department"])
    felt = fetch("satisfaction", ("element",), {"element": sorted(set(owned["element"].dropna()))}, period) if len(owned) else pd.DataFrame()
    told = fetch("indicator", ("indicator",), {"indicator": list(owned["indicator"])}, period) if len(owned) else pd.DataFrame()
    for department in dict.fromkeys([*owned["department"], *promised.get("department", [])]):
        own = owned[owned["department"] == department]
        for element in dict.fromkeys(own["element"].dropna()):
            row = felt[felt["element"] == element] if len(felt) else felt
            wanted = goal("satisfaction", "", element)
            parts.append(_one(row, department, "perception", "satisfaction", element, goal("satisfaction", "", "") if wanted is None else wanted, "higher"))
        for indicator in own.to_dict("records"):
            row = told[told["indicator"] == indicator["indicator"]] if len(told) else told
            parts.append(
                _one(row, department, "indicators", "indicator", indicator["indicator"], goal(indicator["indicator"], "", ""), indicator["better"] or "higher")
            )
        for row in promised[promised["department"] == department].to_dict("records") if len(promised) else []:
            parts.append(_one(pd.DataFrame([row]), department, "promises", row["metric"], row["promise"], row["promised"], "higher"))
    return _joined(parts)


def _one(row: pd.DataFrame, unit: str, piece: str, metric: str, about: str, target: float | None, better: str) -> pd.DataFrame:
    row = row.dropna(subset=["value"]) if len(row) else row
    if row.empty or target is None:
        return pd.DataFrame(columns=COLUMNS)
    return _pieces(row.iloc[:1], pd.Series([unit]), piece, metric, about, np.array([target], dtype=float), better)


def _pieces(frame: pd.DataFrame, units: pd.Series, piece: str, metric: str, about: str, target: np.ndarray, better: str) -> pd.DataFrame:
    value, lo, hi = (frame[name].to_numpy(float) for name in ("value", "lo", "hi"))
    score, one, other = (attained(numbers, target, better) for numbers in (value, lo, hi))
    # What is counted in full has no interval: it is as it is.
    low, high = (
        np.fmin(np.where(np.isnan(one), score, one), np.where(np.isnan(other), score, other)),
        np.fmax(np.where(np.isnan(one), score, one), np.where(np.isnan(other), score, other)),
    )
    return pd.DataFrame(
        {
            "unit": units.to_numpy(),
            "piece": piece,
            "metric": metric,
            "about": about,
            "value": value,
            "value_lo": lo,
            "value_hi": hi,
            "base": frame["base"].to_numpy(),
            "target": target,
            "score": score,
            "lo": low,
            "hi": high,
        }
    )


def _joined(parts: list[pd.DataFrame]) -> pd.DataFrame:
    parts = [part for part in parts if len(part)]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=COLUMNS)


def totals(pieces: pd.DataFrame, values: Mapping[str, float]) -> pd.DataFrame:
    """One row a unit, best first: score, lo, hi, ``share`` of the weights that had a number, verdict against the whole ("" among the units), else
    against a score of 100. Several numbers of one piece share its weight. Verdicts are of one family.
    """
    rows = []
    for unit, own in pieces.dropna(subset=["score"]).groupby("unit", sort=False):
        count = own.groupby("piece")["score"].transform("size")
        weight = own["piece"].map(values).fillna(0.0) / count
        if not weight.sum() > 0:
            continue
        share = (weight / weight.sum()).to_numpy(float)
        score, lo, hi = (own[name].to_numpy(float) for name in ("score", "lo", "hi"))
        mean = float((share * score).sum())
        rows.append(
            {
                "unit": unit,
                "score": mean,
                "lo": mean - float(np.hypot.reduce(share * (score - lo))),
                "hi": mean + float(np.hypot.reduce(share * (hi - score))),
                "share": float(weight.sum()) / 100,
                "pieces": len(own),
            }
        )
    frame = pd.DataFrame(rows, columns=["unit", "score", "lo", "hi", "share", "pieces"])
    whole = frame[frame["unit"] == ""]
    frame = frame[frame["unit"] != ""].reset_index(drop=True)
    mark = float(whole["score"].iloc[0]) if len(whole) else 100.0
    p = stats.interval_p(frame["score"], frame["lo"], frame["hi"], mark)
    sure = stats.discoveries(p, FALSE_DISCOVERIES)
    frame["verdict"] = np.select([sure & (frame["score"] > mark), sure & (frame["score"] < mark)], ["better", "worse"], "unclear")
    frame.attrs["whole"] = mark
    return frame.sort_values("score", ascending=False, kind="stable").reset_index(drop=True)


def shifted(pieces: pd.DataFrame, old: Mapping[str, float], new: Mapping[str, float]) -> pd.DataFrame:
    """What other weights would do: unit, before, after, difference, and the verdicts ``was`` and ``becomes``; the largest difference first."""
    a, b = totals(pieces, old).set_index("unit"), totals(pieces, new).set_index("unit")
    units = [unit for unit in a.index if unit in b.index]
    frame = pd.DataFrame(
        {
            "unit": units,
            "before": a.loc[units, "score"].to_numpy(),
            "after": b.loc[units, "score"].to_numpy(),
            "was": a.loc[units, "verdict"].to_numpy(),
            "becomes": b.loc[units, "verdict"].to_numpy(),
        }
    )
    frame["difference"] = frame["after"] - frame["before"]
    return frame.reindex(frame["difference"].abs().sort_values(ascending=False, kind="stable").index).reset_index(drop=True)
