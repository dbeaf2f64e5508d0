"""What calls for a look, by itself: six detectors over tickets, each hit with what it counted and what would be usual.

| detector | a hit is |
|---|---|
| batch | tickets of one category or product in one city within ``BATCH_DAYS`` days, far above their own half-year before |
| anomaly | city × category beyond three sigmas of its own control chart in the last judged month, as one of all of them |
| escalated | a city's share of escalated tickets beyond its chart; and the gravest tickets of the month, however many |
| contradiction | an internal indicator on target while customers are confirmed dissatisfied (``signals.contradictions``) |
| short_board | an element confirmed below the others, of which complaints are confirmed to rise |
| hot | the largest categories of the month, and those confirmed above their own last twelve months; enquiries apart |

The last judged month is the last that was over when the data were extracted. Luck is provided for over everything that a
detector looked at, not over what somebody has on the screen; on even noise a batch is false once in a thousand looks.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import numpy as np
import pandas as pd

from sqm import metrics, signals, stats, verdicts
from sqm.limits import USUAL, Limits
from sqm.signals import Fetch

#: In order of urgency.
DETECTORS = ("batch", "anomaly", "escalated", "contradiction", "short_board", "hot")
#: A batch: two days (48 hours) against its own half-year before (at least eight weeks of it). ``Limits.batch_p``: by luck once in
#: so many looks at all windows of all series.
BATCH_DAYS, BATCH_BEFORE, BATCH_LEAST_BEFORE = 2, 182, 56
#: Batches of so many days back are told of; one that began in the last judged month, or later, is open.
BATCH_TOLD_DAYS = 182
#: Months before the judged one that are usual for a category.
HOT_BEFORE = 12
#: A city or category with fewer months than these has no limits of its own.
LEAST_USUAL = 8
#: The gravest level of a ticket.
GRAVEST = "1"
COLUMNS = ["detector", "reason", "city", "category", "element", "product", "indicator", "since", "until", "n", "usual", "times", "lo", "hi",
           "value", "expected", "p", "open"]

Measured = Callable[[str], list[date]]


def hits(fetch: Fetch, measured: Measured, contradicting: pd.DataFrame | None = None, limits: Limits = USUAL) -> pd.DataFrame:
    """Everything found, open ones first, then by urgency, the surest first: ``COLUMNS``.

    ``reason``: what of the detector ("excess", "volume", "enquiries_excess", "enquiries_volume", "share", "gravest" or "").
    city, category, element, product, indicator: "" where a hit is of all. since, until: first and last day. ``n``: tickets
    counted, ``usual``: expected in as much time; ``times`` with lo, hi (95 %): how many times the usual, NaN without one.
    value, expected: satisfaction and what it falls short of. ``p``: of the hit by itself, NaN where it is a plain fact.
    ``contradicting``: the frame of ``signals.contradictions``.
    """
    month = judged_month(fetch, measured)
    found = [] if contradicting is None else [_contradictions(contradicting, signals.compared(measured))]
    if month is not None:
        found += [batches(fetch, month, measured("complaints")[-1], limits), anomalies(fetch, measured, month, limits),
                  escalated(fetch, measured, month, limits), short_boards(fetch, measured, limits),
                  *(hot(fetch, month, name, limits, measured("complaints")) for name in ("complaints", "enquiries"))]
    found = [frame for frame in found if len(frame)]
    rows = pd.concat(found, ignore_index=True) if found else _rows([])
    order = rows["detector"].map({name: i for i, name in enumerate(DETECTORS)})
    return rows.assign(_order=order).sort_values(["open", "_order", "p"], ascending=[False, True, True], kind="stable", ignore_index=True)[COLUMNS]


def judged_month(fetch: Fetch, measured: Measured) -> date | None:
    """The first day of the last month of complaints that was over when the data were extracted; None without one."""
    over = signals.ended(fetch, "complaint_rate", measured("complaints"))
    return over[-1] if over else None


def batches(fetch: Fetch, month: date, newest: date, limits: Limits = USUAL) -> pd.DataFrame:
    """Batches of the last ``BATCH_TOLD_DAYS``. ``month``: the last judged one; ``newest``: the last that has tickets at all.

    Every two days of every city × category and city × product are tested (``stats.surges``), at ``Limits.batch_p`` over all of them
    together (Bonferroni; windows that overlap make that cautious). Windows of one series that touch are one batch, told by its
    surest; a product that makes up half of a batch of a category is named with it.
    """
    found, looked_at = [], 0
    for by in (("city", "category"), ("city", "product")):
        series, days, counts = _daily(fetch("complaints", (*by, "day"), (metrics.back(newest, 14), newest), 1.0), by)
        if not series:
            continue
        windows = stats.surges(counts, BATCH_DAYS, BATCH_BEFORE, BATCH_LEAST_BEFORE)
        told = days > days[-1] - np.timedelta64(BATCH_TOLD_DAYS, "D")
        looked_at += int(np.isfinite(windows.p[:, told]).sum())
        found.append((by, series, days, counts, windows, told))
    rows: list[dict] = []
    for by, series, days, counts, windows, told in found:
        with np.errstate(invalid="ignore"):
            sure = told & (windows.p < limits.batch_p / max(looked_at, 1)) & (windows.n >= limits.batch_least)
        for place, ends in ((i, np.flatnonzero(row)) for i, row in enumerate(sure) if row.any()):
            for group in np.split(ends, np.flatnonzero(np.diff(ends) > BATCH_DAYS) + 1):
                at = group[np.lexsort((-windows.n[place, group], windows.p[place, group]))[0]]
                n, usual = windows.n[place, at], windows.usual[place, at]
                start = at - BATCH_DAYS + 1
                length = min(start, BATCH_BEFORE)
                before = counts[place, start - length : start].sum()
                times = _times(n, BATCH_DAYS, before, length, windows.phi[place, at])
                first = pd.Timestamp(days[start])
                rows.append({"detector": "batch", **dict(zip(by, series[place], strict=True)), "since": first, "until": pd.Timestamp(days[at]), "n": n,
                             "usual": usual, **times, "p": windows.p[place, at], "open": first >= pd.Timestamp(month)})
    return _rows(_named_with_products(rows))


def _daily(frame: pd.DataFrame, by: tuple[str, ...]) -> tuple[list[tuple], np.ndarray, np.ndarray]:
    """(series, every day from the first to the last, counts by series and day) of an answer by ``by`` and day."""
    frame = frame[frame[list(by)].notna().all(axis=1)]
    if frame.empty:
        return [], np.array([], dtype="datetime64[D]"), np.zeros((0, 0))
    dated = frame["day"].to_numpy().astype("datetime64[D]")
    days = np.arange(dated.min(), dated.max() + 1)
    place = frame.groupby(list(by), sort=False).ngroup().to_numpy()
    first = frame.iloc[np.unique(place, return_index=True)[1]]
    counts = np.zeros((len(first), len(days)))
    np.add.at(counts, (place, (dated - days[0]).astype(int)), frame["value"].to_numpy(float))
    return list(first[list(by)].itertuples(index=False, name=None)), days, counts


def _named_with_products(rows: list[dict]) -> list[dict]:
    """Batches of a category with the product that makes up half of one; that product's own batch is left out."""
    kept, products = [row for row in rows if "category" in row], [row for row in rows if "product" in row]
    for product in products:
        same = [row for row in kept if row["city"] == product["city"] and row["since"] <= product["until"] and product["since"] <= row["until"]
                and product["n"] >= row["n"] / 2]
        if same:
            same[0].setdefault("product", product["product"])
        else:
            kept.append(product)
    return kept


def charted(fetch: Fetch, measured: Measured, metric: str, by: tuple[str, ...], month: date, limits: Limits) -> pd.DataFrame:
    """``metric`` by ``by`` in the months that set the limits of a control chart, and in ``month``; empty where that is one of them."""
    months = [day for day in measured(metric) if limits.baseline_from is None or day >= limits.baseline_from]
    if not months or month <= (ends := metrics.back(months[0], 2 - limits.baseline_months)):
        return pd.DataFrame(columns=[*by, "month", "value"])
    asked = (fetch(metric, (*by, "month"), period, 1.0) for period in ((months[0], ends), (month, month)))
    return pd.concat([frame for frame in asked if len(frame)] or [pd.DataFrame(columns=[*by, "month", "value"])], ignore_index=True)


def anomalies(fetch: Fetch, measured: Measured, month: date, limits: Limits = USUAL) -> pd.DataFrame:
    """City × category above its own limits (u′, rule 1) in the last judged month, as one of all of them."""
    frame = charted(fetch, measured, "complaint_rate", ("city", "category"), month, limits)
    frame = frame[frame["value"].notna() & (frame["exposure"] > 0)] if len(frame) else frame
    phi = metrics.dispersion(frame) if len(frame) else 1.0
    return _beyond("anomaly", "", frame, ("city", "category"), "exposure", month, phi, limits)


def escalated(fetch: Fetch, measured: Measured, month: date, limits: Limits = USUAL) -> pd.DataFrame:
    """Cities whose share of escalated tickets is beyond their limits (p′, rule 1), and the gravest tickets of the month."""
    frame = charted(fetch, measured, "escalation_rate", ("city",), month, limits)
    frame = frame[frame["value"].notna()].rename(columns={"hit": "events"}) if len(frame) else frame
    shares = _beyond("escalated", "share", frame, ("city",), "w", month, 1.0, limits) if len(frame) else _rows([])
    counted = fetch("complaints", ("severity", "month"), (metrics.back(month, HOT_BEFORE + 1), month), 1.0)
    begun = counted["month"].min() if len(counted) else None
    counted = counted[np.array([str(level) == GRAVEST for level in counted["severity"]], dtype=bool)]
    now = counted[counted["month"] == pd.Timestamp(month)]["value"].sum()
    if not now:
        return shares
    before = counted[counted["month"] < pd.Timestamp(month)]
    told = _against(now, month, before, begun, months=measured("complaints"))
    return pd.concat([shares, _rows([{"detector": "escalated", "reason": "gravest", **_of_month(month), "n": now, **told}])], ignore_index=True)


def _beyond(detector: str, reason: str, frame: pd.DataFrame, by: tuple[str, ...], exposure: str, month: date, phi: float,
            limits: Limits) -> pd.DataFrame:
    """Cells of ``frame`` (``by``, month, events, ``exposure``) above three sigmas in ``month`` whose p is a discovery among all."""
    frame = frame[frame[list(by)].notna().all(axis=1)]
    cells, points = [], []
    for ids, group in frame.sort_values("month").groupby(list(by), sort=False):
        usual = len(group) - 1  # a month of it may be missing for one city
        if usual < LEAST_USUAL or group["month"].iloc[-1] != pd.Timestamp(month):
            continue
        events, units = group["events"].to_numpy(float), group[exposure].to_numpy(float)
        chart = (stats.u_prime if detector == "anomaly" else stats.p_prime)(events, units, usual)
        past = slice(0, usual)
        cells.append(dict(zip(by, ids, strict=True)))
        points.append((events[-1], units[-1], events[past].sum(), units[past].sum(), max(phi, chart.spread**2), chart.z[-1]))
    if not cells:
        return _rows([])
    n, now, before, past_units, wide, z = np.array(points, dtype=float).T
    ratio = now / np.where(past_units > 0, past_units, np.nan)
    # By counts and not by sigmas: a cell of three tickets a month is far from normal.
    p = stats.surge_p(n, before, ratio, wide)
    sure = stats.discoveries(p, limits.false_hits) & (z > 3)
    return _rows([{"detector": detector, "reason": reason, **cells[i], **_of_month(month), "n": n[i], "usual": before[i] * ratio[i],
                   **_times(n[i], now[i], before[i], past_units[i], wide[i]), "p": p[i]} for i in np.flatnonzero(sure)])


def hot(fetch: Fetch, month: date, metric: str = "complaints", limits: Limits = USUAL, months: list[date] | None = None) -> pd.DataFrame:
    """The largest categories of the month, and those confirmed above their own twelve months before. ``metric``: or "enquiries".

    ``months``: those that have any tickets; without them, every month since the first.
    """
    frame = fetch(metric, ("category", "month"), (metrics.back(month, HOT_BEFORE + 1), month), 1.0)
    frame = frame[frame["category"].notna()]
    now = frame[frame["month"] == pd.Timestamp(month)].sort_values("value", ascending=False, kind="stable")
    if now.empty:
        return _rows([])
    prefix = "" if metric == "complaints" else f"{metric}_"
    phi = metrics.dispersion(frame.assign(exposure=frame["month"].dt.days_in_month.astype(float)))
    past = frame[frame["month"] < pd.Timestamp(month)]
    begun = past["month"].min() if len(past) else None
    rows = []
    for category, n in zip(now["category"], now["value"], strict=True):
        own = past[past["category"] == category]
        rows.append({"detector": "hot", "category": category, **_of_month(month), "n": n, **_against(n, month, own, begun, phi, months)})
    sure = stats.discoveries(np.array([row["p"] for row in rows]), limits.false_hits)
    over = [{**row, "reason": f"{prefix}excess"} for row, real in zip(rows, sure, strict=True) if real and row["n"] >= (1 + limits.hot_excess) * row["usual"]]
    # That they are the largest is a fact; whether there are more than usual is another question.
    return _rows([*over, *({**row, "reason": f"{prefix}volume", "p": np.nan} for row in rows[: limits.hot_most])])


def short_boards(fetch: Fetch, measured: Measured, limits: Limits = USUAL) -> pd.DataFrame:
    """Elements confirmed below the whole over the last six months, of which complaints are confirmed to rise."""
    months = signals.ended(fetch, "complaint_rate", measured("complaint_rate"))
    felt, told = signals.halves(measured("satisfaction")), signals.halves(months)
    if felt is None or told is None or felt[1][1] < told[1][0] or told[1][1] < felt[1][0]:
        return _rows([])  # what was felt at another time is not why complaints rise
    cells, whole = (fetch("satisfaction", by, felt[1], 1.0) for by in (("element",), ()))
    cells = cells[cells["element"].notna() & cells["value"].notna()]
    if cells.empty or whole.empty:
        return _rows([])
    felt_now = verdicts.differing(cells.assign(all="all"), whole.assign(all="all"), "all", signals.defined("satisfaction", limits))
    weak = felt_now[felt_now["verdict"] == "worse"].set_index("element")
    both = (told[0][0], told[1][1])
    monthly = signals.seen("complaint_rate", fetch("complaint_rate", ("element", "month"), both, 1.0), months)
    phi = metrics.dispersion(monthly[monthly["element"].notna() & (monthly["exposure"] > 0)])
    before, now = (frame[frame["element"].notna() & frame["value"].notna()] for frame in
                   (metrics.over("complaint_rate", monthly, ("element",), period, phi) for period in told))
    moved = signals.judged("complaint_rate", ("element",), now, before, limits)
    sides = now.set_index("element"), before.set_index("element")
    rows = []
    for row in moved[(moved["verdict"] == "worse") & moved["element"].isin(weak.index)].itertuples():
        new, old = (side.loc[row.element] for side in sides)
        rows.append({"detector": "short_board", "element": row.element, "since": pd.Timestamp(told[1][0]), "until": _of_month(told[1][1])["until"],
                     "n": new["events"], "usual": old["events"] * new["exposure"] / old["exposure"],
                     **_times(new["events"], new["exposure"], old["events"], old["exposure"], phi),
                     "value": weak.loc[row.element, "value"], "expected": whole["value"].iloc[0], "p": row.p})
    return _rows(rows)


def _contradictions(pairs: pd.DataFrame, window: tuple[date, date] | None) -> pd.DataFrame:
    against = pairs[pairs["contradicts"].astype(bool)] if len(pairs) else pairs
    if against.empty or window is None:
        return _rows([])
    months = {"since": pd.Timestamp(window[0]), "until": _of_month(window[1])["until"]}
    return _rows([{"detector": "contradiction", "city": row.city, "element": row.element, "indicator": row.indicator, **months, "n": row.interviews,
                   "value": row.perceived, "expected": row.expected} for row in against.itertuples()])


def _against(n: float, month: date, before: pd.DataFrame, begun: pd.Timestamp | None = None, phi: float = 1.0,
             months: list[date] | None = None) -> dict[str, float]:
    """usual, times, lo, hi and p of a month's count against months ``before`` (value, month), by days. ``begun``: since when;
    ``months``: of which days count, all without them.
    """
    start = begun if begun is not None else before["month"].min() if len(before) else None
    if start is None:
        return {"usual": np.nan, "times": np.nan, "lo": np.nan, "hi": np.nan, "p": np.nan}
    days, past = pd.Timestamp(month).days_in_month, (pd.Timestamp(month) - start).days
    if months is not None:
        past = sum(pd.Timestamp(one).days_in_month for one in months if start <= pd.Timestamp(one) < pd.Timestamp(month)) or past
    counted = float(before["value"].sum())
    return {"usual": counted * days / past, **_times(n, days, counted, past, phi), "p": float(stats.surge_p(n, counted, days / past, phi))}


def _times(n: float, time: float, before: float, past: float, phi: float) -> dict[str, float]:
    """How many times the usual, with its interval."""
    ratio, lo, hi, _ = stats.rate_ratio(n, time, before, past, phi)
    return {"times": float(ratio), "lo": float(lo), "hi": float(hi)}


def _of_month(month: date) -> dict[str, pd.Timestamp]:
    first = pd.Timestamp(month)
    return {"since": first, "until": first + timedelta(days=first.days_in_month - 1)}


def _rows(rows: list[dict]) -> pd.DataFrame:
    """Rows with every column of ``COLUMNS``: "" for what a hit is not about, NaN for what it has no number of."""
    blank = {**dict.fromkeys(COLUMNS[1:7], ""), **dict.fromkeys(COLUMNS[9:17], np.nan), "open": True}
    return pd.DataFrame([{**blank, **row} for row in rows], columns=COLUMNS)
