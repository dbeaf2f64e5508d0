"""What answers say beside their mean: against a competitor's, how they are spread, and what is behind them by gap.

Pure functions on answers of ``metrics.fetch``; the question is asked by whoever shows them.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from sqm import metrics, stats, verdicts

METRIC, OWN, OVERALL = "satisfaction", "own", "overall"


def against(answers: pd.DataFrame, metric: verdicts.Judged | None = None) -> pd.DataFrame:
    """Our satisfaction beside each competitor's: one row per operator and element, furthest ahead first, the overall question on top.

    ``answers``: satisfaction by month, city, element and operator ("own" is ours). Only like is compared with like: of an
    element, the months and cities in which both were asked, and both with the same mix of cities. Columns: operator, element, what
    ``verdicts.against`` has, in points, and ``whole``; all rows are one family. ``metric``: with the smallest difference that
    matters, if that was set. Empty where no competitor was asked what we were.
    """
    answers = answers[answers["operator"].notna() & (answers["operator"] != "")].assign(city=answers["city"].fillna(""))
    ours, sides = answers[answers["operator"] == OWN], list[tuple[pd.DataFrame, pd.DataFrame]]()
    for operator, theirs in answers[answers["operator"] != OWN].groupby("operator", sort=True):
        met = ["month", "city", "element"]
        mine, theirs = _met(ours, theirs, met), _met(theirs, ours, met)
        if len(mine) and len(theirs):
            period = answers["month"].min().date(), answers["month"].max().date()
            mine, theirs = (metrics.over(METRIC, side.drop(columns="operator"), ("element", "city"), period) for side in (mine, theirs))
            sides.append((mine.assign(operator=operator), theirs.assign(operator=operator)))
    if not sides:
        return pd.DataFrame()
    mine, theirs = (pd.concat(side, ignore_index=True) for side in zip(*sides, strict=True))
    told = verdicts.against(mine, theirs, ["operator", "element"], "city", metric or metrics.get(METRIC))
    told[["lo", "hi", "other_lo", "other_hi"]] = told[["lo", "hi", "other_lo", "other_hi"]].clip(*metrics.get(METRIC).range)
    told = told.assign(whole=told["element"] == OVERALL)
    return told.sort_values(["operator", "whole", "difference"], ascending=[True, False, False], kind="stable", ignore_index=True)


def _met(rows: pd.DataFrame, others: pd.DataFrame, on: list[str]) -> pd.DataFrame:
    """The rows of which ``others`` have one with the same ``on``."""
    return rows[rows.set_index(on).index.isin(others.set_index(on).index)]


def spread(answers: pd.DataFrame) -> pd.DataFrame:
    """How answers are spread: of each element and scale every step, lowest first, in the order of ``answers``.

    ``answers``: satisfaction by element, scale and step. Columns: element, scale, step, ``share`` of the answers to that
    element on that scale with lo and hi (weighted, %, Wilson with the effective base), ``start`` and ``end`` of its part of a
    bar (%), base (answers in the step), ``of`` (on the scale), ``top`` (in the top two boxes), ``place`` (0 for the lowest step
    of the scale to 1 for the highest). Scales are never put together. Without weight there is nothing to share.
    """
    found = []
    for (element, scale), rows in answers.groupby(["element", "scale"], sort=False):
        if scale not in metrics.STEPS or not rows["w"].sum() > 0:
            continue
        steps = np.array(metrics.STEPS[scale])
        of = rows.assign(step=rows["step"].astype(int)).set_index("step")[["base", "w", "w2"]].reindex(steps, fill_value=0)
        part = of["w"].to_numpy(float) / of["w"].sum()
        n = stats.n_eff(of["w"].sum(), of["w2"].sum())
        lo, hi = stats.wilson(part * n, n)
        end = 100 * part.cumsum()
        found.append(pd.DataFrame({
            "element": element, "scale": scale, "step": steps, "share": 100 * part, "lo": 100 * lo, "hi": 100 * hi, "start": end - 100 * part, "end": end,
            "base": of["base"].to_numpy("int64"), "of": int(of["base"].sum()), "top": steps >= metrics.TOP_FROM[scale],
            "place": (steps - steps[0]) / (steps[-1] - steps[0])}))
    return pd.concat(found, ignore_index=True) if found else pd.DataFrame()


def by_gap(points: pd.DataFrame, tickets: pd.DataFrame, gaps: tuple[str, ...]) -> pd.DataFrame:
    """Shares of cases by service-quality gap, never of satisfaction points: one row per gap of ``gaps``, then "" if any has none.

    ``points``: fail points with gap, cause, categories and elements (tuples of ids). ``tickets``: complaints by category, with
    events. Columns: gap, ``points`` and ``of`` (all fail points), ``share`` with lo and hi (%, Wilson); ``tickets`` in the
    categories of these fail points and ``all`` complaints, ``part`` with ``part_lo`` and ``part_hi`` (%, Wilson, NaN without
    complaints); categories and elements (sorted tuples), causes (id → fail points, the most frequent first). A category
    that fail points of several gaps share counts in each of them.
    """
    counted = tickets.dropna(subset=["category"]).set_index("category")["events"] if len(tickets) else pd.Series(dtype=float)
    total, found = float(tickets["events"].sum()) if len(tickets) else 0.0, []
    for gap in (*gaps, *([""] if (~points["gap"].isin(gaps)).any() else [])):
        rows = points[points["gap"] == gap] if gap else points[~points["gap"].isin(gaps)]
        categories = sorted({c for several in rows["categories"] for c in several})
        elements = sorted({e for several in rows["elements"] for e in several})
        n = float(counted.reindex(categories).fillna(0).sum())
        lo, hi = stats.wilson(len(rows), len(points))
        part_lo, part_hi = stats.wilson(n, total)
        causes = rows.loc[rows["cause"] != "", "cause"].value_counts(sort=True)
        found.append({
            "gap": gap, "points": len(rows), "of": len(points), "share": 100 * len(rows) / len(points) if len(points) else np.nan,
            "lo": 100 * float(lo), "hi": 100 * float(hi), "tickets": int(n), "all": int(total), "part": 100 * n / total if total else np.nan,
            "part_lo": 100 * float(part_lo), "part_hi": 100 * float(part_hi), "categories": tuple(categories), "elements": tuple(elements),
            "causes": {str(cause): int(k) for cause, k in causes.items()}})
    return pd.DataFrame(found)
