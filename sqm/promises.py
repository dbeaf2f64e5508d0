"""Did we keep our word? Every promise of the register held against what was done, and what follows from it.

A promise is a share of cases: it can be computed where its metric is one (``metrics.Share``) and a share was promised. It is
kept ("better") or broken ("worse") where the whole 95 % interval lies beyond the promised share; cities, and months, are
judged as one family each. Everything else in the register is named, and nothing is made up for it.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any

import numpy as np
import pandas as pd

from sqm import metrics, verdicts

#: Why a promise is not computed: it names no metric; its metric is no share; no share between 0 and 100 was promised.
NO_METRIC, NO_SHARE, NO_THRESHOLD = "no_metric", "no_share", "no_threshold"
#: What the operator does next with a promise.
RAISE, FIX, DIFFERENTIATE, WATCH = "raise", "fix", "differentiate", "watch"

#: Answers a question as ``metrics.fetch`` does: (metric, by, city or "" for all of them). By month it goes back far enough to tell since when.
Fetch = Callable[[str, tuple[str, ...], str], pd.DataFrame]
#: Target in force: (metric, city or "") → value, None without one.
Goal = Callable[[str, str], float | None]
COLUMNS = ["promise", "group", "metric", "department", "threshold", "promised", "reason", "value", "lo", "hi", "base", "verdict", "kept", "broken", "cities",
           "step", "since", "always"]


def ledger(listed: pd.DataFrame, fetch: Fetch, goal: Goal, city: str = "") -> pd.DataFrame:
    """One row per promise of the register ``listed``, in its order; numbers are those of ``city`` where one is given.

    promise, group, metric, department, threshold; promised (share in %, NaN without); ``reason`` why it is not computed, "" where it is;
    value, lo, hi (%, 95 %), base, verdict ("better": kept, "worse": broken, "unclear", "small", "" where there is nothing to count);
    kept, broken, cities: how many cities surely keep it, surely break it, and have anything to count; ``step``: what is next for
    the promise as a whole; ``since``: month since which it is so, NaT where no single month tells, ``always``: as far back as is known.
    """
    rows = []
    for one in listed.sort_values("position", kind="stable").to_dict("records"):
        row = {name: one[name] if isinstance(one[name], str) else "" for name in ("promise", "group", "metric", "department")} | {"threshold": one["threshold"]}
        share, reason = promised(row["metric"], one["threshold"], goal)
        rows.append(row | {"promised": share, "reason": reason} | ({} if reason else _held(row["metric"], one["threshold"], fetch, goal, city)))
    frame = pd.DataFrame(rows, columns=COLUMNS)
    blank: dict[str, Any] = {"base": 0, "kept": 0, "broken": 0, "cities": 0, "verdict": "", "step": "", "always": False}
    filled = {name: pd.Series([type(value)(value if pd.isna(v) else v) for v in frame[name]], dtype=type(value)) for name, value in blank.items()}
    return frame.assign(**filled, since=pd.to_datetime(frame["since"]))


def promised(metric: str, threshold: float | None, goal: Goal, city: str = "") -> tuple[float, str]:
    """(promised share in %, why the promise cannot be computed or ""): what the register says, else the target of its metric."""
    if not metric:
        return float("nan"), NO_METRIC
    if metric not in metrics.CATALOGUE or metrics.get(metric).kind != "share":
        return float("nan"), NO_SHARE
    share = threshold if threshold is not None and not np.isnan(threshold) else goal(metric, city)
    return (float(share), "") if share is not None and 0 < share <= 100 else (float("nan"), NO_THRESHOLD)


def by_city(metric: str, threshold: float | None, fetch: Fetch, goal: Goal) -> pd.DataFrame:
    """The answer of every city with ``verdict`` against what it was promised: one family, in which luck is provided for."""
    frame = fetch(metric, ("city",), "").dropna(subset=["value", "city"])
    shares = [promised(metric, threshold, goal, city)[0] for city in frame["city"]]
    return verdicts.among(frame, np.array(shares, dtype=float), metrics.get(metric), practical=False)


def by_month(metric: str, share: float, fetch: Fetch, city: str = "") -> pd.DataFrame:
    """The answer of every month that is ripe, oldest first, with ``verdict`` against the promised share: one family."""
    frame = metrics.ripened(metric, fetch(metric, ("month",), city)).dropna(subset=["value"]).sort_values("month")
    return verdicts.among(frame, share, metrics.get(metric), practical=False)


def next_step(verdict: str, cities: pd.Series) -> str:
    """The operator's three rules, read from the data: cities that differ call for a promise that differs; what is broken is
    fixed; what is kept, and kept everywhere, is raised. Where nothing is told, ``WATCH``.

    Whether customers notice, and what keeping it costs, is for people to add: the data do not say.
    """
    kept, broken = bool((cities == "better").any()), bool((cities == "worse").any())
    if kept and broken:
        return DIFFERENTIATE
    if verdict == "worse" or broken:
        return FIX
    return RAISE if verdict == "better" else WATCH


def since(months: pd.DataFrame, verdict: str) -> tuple[pd.Timestamp | None, bool]:
    """(first month so judged after the last one judged otherwise, whether nothing before it is known). ``months``: month, verdict."""
    other = {"better": "worse", "worse": "better"}.get(verdict)
    told = months["verdict"].tolist()
    after = max((i for i, said in enumerate(told) if said == other), default=-1) + 1
    run = [i for i in range(after, len(told)) if told[i] == verdict]
    if other is None or not run:
        return None, False
    return months["month"].iloc[run[0]], run[0] == 0


def _held(metric: str, threshold: float | None, fetch: Fetch, goal: Goal, city: str) -> dict[Hashable, Any]:
    definition, share = metrics.get(metric), promised(metric, threshold, goal, city)[0]
    every, whole = by_city(metric, threshold, fetch, goal), fetch(metric, (), "").dropna(subset=["value"])
    everywhere = verdicts.side(whole.iloc[0], promised(metric, threshold, goal)[0], definition) if len(whole) else ""
    mine = every[every["city"] == city] if city else whole
    counts = every["verdict"].value_counts()
    found: dict[Hashable, Any] = {"promised": share, "kept": int(counts.get("better", 0)), "broken": int(counts.get("worse", 0)), "cities": len(every),
                                  "step": next_step(everywhere, every["verdict"]) if len(whole) else ""}
    if mine.empty:
        return found
    row = mine.iloc[0]
    verdict = row["verdict"] if city else everywhere
    started, always = since(by_month(metric, share, fetch, city), verdict)
    return found | {name: row[name] for name in ("value", "lo", "hi", "base")} | {"verdict": verdict, "since": started, "always": always}
