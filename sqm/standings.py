"""Who stands where among many by the scores of visits: cities in a funnel, streaks at the bottom, how far visits can be relied on.

Frames are answers of ``metrics.fetch`` to a score: value, base (visits) and the pieces P, A, PP, PA, AA. Pure functions.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from sqm import stats, verdicts

#: The worst so many are named, and so many months on end make a streak: "bottom three, three months running".
PLACES, STREAK = 3, 3
#: Visits under which a city is not placed.
ENOUGH = 8
#: The outer limits of the funnel; the inner ones are at 95 %.
OUTER = 0.998
#: A store's score is relied on from here.
WANTED = 0.8
#: Of the streaks called a signal, so many may be luck; one that some city has by luck alone this often is called luck.
FALSE_SIGNALS, USUAL = 0.05, 0.5
#: A city that is among the worst with this chance, by all its visits, is no matter of luck.
SURE = 0.99

_PIECES = ["base", "P", "A", "PP", "PA", "AA"]


def deviations(frame: pd.DataFrame) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(Σx, Σx², visits) of each row, x a visit's distance from the score of all of them, in points.

    A visit counts with the points that it could have got, as in the score itself: x = 100·(p − r·a)/ā.
    """
    n, p, a, pp, pa, aa = (frame[name].to_numpy(float) for name in _PIECES)
    if not len(frame) or not a.sum() > 0:
        return np.zeros(len(frame)), np.zeros(len(frame)), n
    r, usual = p.sum() / a.sum(), a.sum() / n.sum()
    return 100 * (p - r * a) / usual, 1e4 * np.maximum(pp - 2 * r * pa + r**2 * aa, 0) / usual**2, n


def components(frame: pd.DataFrame) -> tuple[float, float]:
    """(variance between the rows, variance between visits of one), in points²; NaN where that cannot be told."""
    return stats.components(*deviations(frame))


def placed(cities: pd.DataFrame) -> pd.DataFrame:
    """``cities`` (one row each) in their funnel, the likeliest to be among the worst first.

    With whole (the score of all of them), error (of a city's score, from the spread of all visits), lower, upper (95 %),
    lower_outer, upper_outer (99.8 %), outside ("worse", "better" beyond the outer limits, "small" under ``ENOUGH`` visits, else
    ""), estimate (shrunken), place (1 is best, by the estimate), bottom (chance to be truly among the worst ``PLACES``).
    ``attrs``: phi, the over-dispersion of the funnel.
    """
    frame = cities[cities["value"].notna() & (cities["base"] > 0)].reset_index(drop=True)
    whole = 100 * frame["P"].sum() / frame["A"].sum() if frame["A"].sum() > 0 else np.nan
    within = components(frame)[1]
    error = np.sqrt(within / frame["base"].to_numpy(float)) if within > 0 else np.full(len(frame), np.nan)
    phi = stats.overdispersion((frame["value"].to_numpy(float) - whole) / error)
    lower, upper = stats.funnel(whole, error, phi)
    low, high = stats.funnel(whole, error, phi, level=OUTER)
    estimate, _ = stats.shrunken(frame["value"], error)
    value, enough = frame["value"].to_numpy(float), frame["base"].to_numpy() >= ENOUGH
    found = frame.assign(
        whole=whole, error=error, lower=lower, upper=upper, lower_outer=low, upper_outer=high,
        outside=np.select([~enough, value < low, value > high], ["small", "worse", "better"], ""),
        estimate=estimate, bottom=stats.bottom(value, error, PLACES) if len(frame) > PLACES else np.nan,
    )
    found["place"] = found["estimate"].rank(ascending=False, method="min")
    found = found.sort_values(["bottom", "value"], ascending=[False, True], ignore_index=True)
    found.attrs["phi"] = phi
    return found


def limits(found: pd.DataFrame, points: int = 60) -> pd.DataFrame:
    """The funnel of ``placed`` as curves: base, lower, upper, lower_outer, upper_outer. Empty where there is none."""
    known = found[found["error"] > 0]
    if len(known) < 2:
        return pd.DataFrame(columns=["base", "lower", "upper", "lower_outer", "upper_outer"])
    whole, spread = float(known["whole"].iloc[0]), float((known["error"] * np.sqrt(known["base"])).iloc[0])
    n = np.linspace(max(1.0, 0.85 * float(known["base"].min())), 1.08 * float(known["base"].max()), points)
    lower, upper = stats.funnel(whole, spread / np.sqrt(n), found.attrs["phi"])
    low, high = stats.funnel(whole, spread / np.sqrt(n), found.attrs["phi"], level=OUTER)
    return pd.DataFrame({"base": n, "lower": lower, "upper": upper, "lower_outer": low, "upper_outer": high})


STREAKS = ["city", "months", "first", "last", "running", "chance", "some", "bottom", "call"]


def streaks(monthly: pd.DataFrame) -> pd.DataFrame:
    """The longest run of each city among the worst ``PLACES`` of a month. ``monthly``: one row per month and city.

    months, first, last, running (a run of ``STREAK`` lasts to the newest month), chance (that luck alone gives this city such a run in these
    months), some (that it gives one to any city), bottom (chance that the city truly is among the worst, from all visits of
    all these months), call: "signal" where the run is a discovery among those of all cities at ``FALSE_SIGNALS``, or bottom is
    ``SURE``; "luck" where luck alone gives some city such a run in ``USUAL`` of all cases and bottom is under that;
    else "unclear"; "" for a run of under ``STREAK``.
    """
    known = monthly[monthly["value"].notna() & monthly["city"].notna() & (monthly["city"] != "")]
    within = components(known)[1] if len(known) else np.nan
    if not within > 0 or known["city"].nunique() <= PLACES:
        return pd.DataFrame(columns=STREAKS)
    values = known.pivot(index="month", columns="city", values="value").sort_index()
    months = pd.date_range(values.index.min(), values.index.max(), freq="MS")
    values = values.reindex(months)  # a month in which nobody was visited ends every run
    visits = known.pivot(index="month", columns="city", values="base").reindex(index=months, columns=values.columns)
    low = stats.worst(values, PLACES)
    length, end = stats.longest(low)
    running = low[::-1].cumprod(axis=0).sum(axis=0) >= STREAK
    chance, some = stats.streak_chance(np.sqrt(within / visits.to_numpy(float)), np.maximum(length, 1), PLACES)
    sums = known.groupby("city")[["P", "A", "base"]].sum().reindex(values.columns)
    bottom = stats.bottom(100 * sums["P"] / sums["A"], np.sqrt(within / sums["base"]), PLACES)
    long = length >= STREAK
    sure = stats.discoveries(chance, FALSE_SIGNALS) | (bottom >= SURE)
    call = np.select([~long, sure, (some >= USUAL) & (bottom < USUAL)], ["", "signal", "luck"], "unclear")
    first = [months[at - n + 1] if n else pd.NaT for at, n in zip(end, length, strict=True)]
    last = [months[at] if n else pd.NaT for at, n in zip(end, length, strict=True)]
    return pd.DataFrame({"city": list(values.columns), "months": length, "first": first, "last": last, "running": running,
                         "chance": chance, "some": some, "bottom": bottom, "call": call})[STREAKS]


def relied_on(stores: pd.DataFrame) -> tuple[pd.DataFrame, float]:
    """(``stores`` with ``reliability``, 0..1, of each score; how many visits one needs for ``WANTED``, inf where stores do not differ)."""
    between, within = components(stores)
    reliability = stats.reliability(between, within, stores["base"])
    return stores.assign(reliability=reliability), stats.visits_needed(between, within, WANTED)


def risen(before: pd.DataFrame, now: pd.DataFrame, mean: float, metric: verdicts.Judged) -> pd.DataFrame:
    """The stores of ``now`` that are confirmed above what they were in ``before``, and not confirmed below ``mean`` any more.

    Answers by store, of which the stores in both are one family. With value, lo, hi, base of ``now``, and was, p. The error
    is that of all visits of these stores in either period: three visits alone do not tell how far visits differ.
    """
    both = now[now["value"].notna()].merge(before.loc[before["value"].notna(), ["store", "value", "base"]], on="store", suffixes=("", "_was"))
    mine = [frame[frame["store"].isin(both["store"])] for frame in (before, now)]
    within = components(pd.concat(mine, ignore_index=True))[1] if len(both) else np.nan
    if not within > 0:
        return both.iloc[:0].assign(was=[], p=[])
    difference = (both["value"] - both["value_was"]).to_numpy(float)
    error = np.sqrt(within * (1 / both["base"] + 1 / both["base_was"])).to_numpy(float)
    p = stats.interval_p(difference, *stats.funnel(difference, error), 0.0)
    base = both[["base", "base_was"]].min(axis=1)
    up = verdicts.moved(difference, p, base, both["value_was"], metric, verdicts.FALSE_DISCOVERIES) == "better"
    low = verdicts.among(both, mean, metric)["verdict"].to_numpy() == "worse"
    return both.assign(was=both["value_was"], p=p)[up & ~low].reset_index(drop=True)


def lost(items: pd.DataFrame, on: str) -> pd.DataFrame:
    """Where points are lost, most first: ``items`` with lost (weight × points), share of all lost, and up_to, shares so far, in percent."""
    frame = items.dropna(subset=["value"])
    frame = frame[frame[on].notna()].assign(lost=lambda rows: (rows["A"] - rows["P"]).clip(lower=0))
    frame = frame.sort_values(["lost", on], ascending=[False, True], ignore_index=True)
    total = frame["lost"].sum()
    share = 100 * frame["lost"] / total if total > 0 else frame["lost"] * np.nan
    return frame.assign(share=share, up_to=share.cumsum())


def by_store(stores: pd.DataFrame, on: str) -> pd.DataFrame:
    """Groups of stores with intervals that count stores: visits of one store are alike, and do not make a group surer.

    ``stores``: one row per store and group. One row per group: ``on``, value, lo, hi, base (visits), stores.
    """
    rows = stores[stores["value"].notna() & stores[on].notna()]
    p, a = rows["P"], rows["A"]
    sums = rows.assign(stores=1, pp=p * p, pa=p * a, aa=a * a).groupby(on, sort=False)[["stores", "base", "P", "A", "pp", "pa", "aa"]].sum()
    value, lo, hi = (100 * v for v in stats.ratio_interval(*(sums[name] for name in ("stores", "P", "A", "pp", "pa", "aa"))))
    found = pd.DataFrame({on: list(sums.index), "value": value, "lo": np.clip(lo, 0, 100), "hi": np.clip(hi, 0, 100)})
    return found.assign(base=sums["base"].to_numpy(int), stores=sums["stores"].to_numpy(int))


def against(groups: pd.DataFrame, on: str, other: object, metric: verdicts.Judged) -> pd.DataFrame:
    """Every group of ``by_store`` but ``other`` with its difference from it, one family: difference, d_lo, d_hi (95 %), verdict.

    Under ``verdicts.FEW_VISITS`` stores on either side there is no verdict ("small"). Empty without ``other``.
    """
    rest = groups[groups[on] != other]
    mine = groups[groups[on] == other]
    if mine.empty or rest.empty:
        return rest.iloc[:0].assign(difference=[], d_lo=[], d_hi=[], verdict=[])
    row = mine.iloc[0]
    difference, lo, hi = stats.difference(rest["value"], rest["lo"], rest["hi"], row["value"], row["lo"], row["hi"])
    freedom = np.minimum(rest["stores"], row["stores"]).to_numpy(float) - 1
    p = stats.interval_p(difference, lo, hi, 0.0, np.maximum(freedom, 1))
    base = np.minimum(rest["stores"], row["stores"])
    told = verdicts.moved(difference, p, base, np.full(len(rest), row["value"]), metric, verdicts.FALSE_DISCOVERIES)
    return rest.assign(difference=difference, d_lo=lo, d_hi=hi, verdict=told)
