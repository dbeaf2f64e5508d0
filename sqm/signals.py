"""What really moved: the last six months against the six before, over declared families of comparisons. The rest is noise.

A family is one metric at one level of splitting; it is fixed here and not by what somebody looks at, so that a verdict does not
change with a filter. Within a family Benjamini and Hochberg's rate is held, at a level that leaves at most ``Limits.false_news``
of all runs on pure noise with any news at all; and a movement has to matter (``Limits.practical``).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date

import numpy as np
import pandas as pd

from sqm import metrics, stats, verdicts
from sqm.limits import USUAL, Limits

MONTHS = 6
#: Interviews that must have answered two elements for their correlation to be used.
FEW_TOGETHER = 30
#: Metric and splits of every family.
FAMILIES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("satisfaction", ()),
    ("satisfaction", ("element",)),
    ("satisfaction", ("city",)),
    ("satisfaction", ("element", "city")),
    ("nps", ()),
    ("complaint_rate", ()),
    ("complaint_rate", ("category",)),
    ("complaint_rate", ("city",)),
    ("complaint_rate", ("category", "city")),
    ("first_reply_in_time", ("city",)),
    ("repeat_rate", ("city",)),
    ("audit_score", ()),
    ("audit_score", ("city",)),
)
#: Families that are also compared with the same months of the year before: what comes back every year is no news there.
YEARLY: tuple[tuple[str, tuple[str, ...]], ...] = tuple((name, ("city",)) for name in ("satisfaction", "complaint_rate", "first_reply_in_time", "repeat_rate", "audit_score"))
SPLITS = ("element", "category", "city")

#: Answers a question as ``metrics.fetch`` does: (metric, by, period, phi).
Fetch = Callable[[str, tuple[str, ...], tuple[date, date], float], pd.DataFrame]


#: Two periods, the earlier first.
Both = tuple[tuple[date, date], tuple[date, date]]
COLUMNS = ["metric", *SPLITS, "value", "before", "difference", "lo", "hi", "base", "base_before", "p", "verdict", "z"]


@dataclass(frozen=True)
class Movements:
    """``rows``: one per comparison, surest first: metric, element, category, city ("" where not split), value, before,
    difference, lo, hi (95 %), base, base_before, p, verdict ("better", "worse", "unclear", "small"), z: the
    difference in standard errors, positive towards what is better (up where neither is). ``windows``: metric → the
    two periods compared, the earlier first. ``yearly``, ``year_windows``: the same against those months of the year before.
    """

    rows: pd.DataFrame
    windows: dict[str, Both]
    yearly: pd.DataFrame = field(default_factory=pd.DataFrame)
    year_windows: dict[str, Both] = field(default_factory=dict)

    @property
    def every(self) -> pd.DataFrame:
        """All comparisons that had enough on both sides, with ``against``: "" for the half-year before, or "year"."""
        both = [frame.assign(against=against) for frame, against in ((self.rows, ""), (self.yearly, "year")) if len(frame)]
        rows = pd.concat(both, ignore_index=True) if both else self.rows.assign(against="")
        return rows[rows["verdict"] != "small"]

    @property
    def compared(self) -> int:
        """How many comparisons had enough on both sides."""
        return len(self.every)

    @property
    def confirmed(self) -> int:
        """How many of them really moved."""
        return int(self.every["verdict"].isin(["better", "worse"]).sum())

    @property
    def news(self) -> pd.DataFrame:
        """The rows that really moved, surest first."""
        return self.rows[self.rows["verdict"].isin(["better", "worse"])]

    @property
    def headlines(self) -> pd.DataFrame:
        """``news`` with each story once: the part that makes up most of a movement of the whole, else the whole for its parts."""
        news = self.news
        depth = (news[list(SPLITS)] != "").sum(axis=1)
        # An element is felt beside the whole, not a part of it that adds up: it weighs as one of all elements.
        elements = max(1, self.rows.loc[self.rows["element"] != "", "element"].nunique())
        weight = (news["difference"] * news["base"]).abs() / np.where(news["element"] != "", elements, 1)
        kept = set(news.index)
        for place in depth.sort_values(kind="stable").index:
            wide = news.loc[place]
            inside = (news["metric"] == wide["metric"]) & (news["verdict"] == wide["verdict"]) & (depth > depth[place])
            for split in SPLITS:
                inside &= wide[split] in ("", None) or news[split] == wide[split]
            if (weight[inside] >= weight[place] / 2).any():
                kept.discard(place)
            elif place in kept:
                kept -= set(news.index[inside])
        return news.loc[sorted(kept)]

    @property
    def only_yearly(self) -> pd.DataFrame:
        """What really moved against the year before, and of what nothing is told against the half-year before."""
        if not len(self.yearly):
            return self.yearly
        told = {(row.metric, row.city, row.verdict) for row in self.news.itertuples() if not row.element and not row.category}
        moved = self.yearly[self.yearly["verdict"].isin(["better", "worse"])]
        return moved[[(row.metric, row.city, row.verdict) not in told and (row.metric, "", row.verdict) not in told for row in moved.itertuples()]]


def movements(fetch: Fetch, measured: Callable[[str], list[date]], families: tuple[tuple[str, tuple[str, ...]], ...] = FAMILIES,
              limits: Limits = USUAL, breaks: pd.DataFrame | None = None) -> Movements:
    """Every declared comparison. ``measured``: the months in which a metric has anything to count. ``breaks``: on, city, element
    of changes of the questionnaire, across which surveys are not compared (``unbroken``).

    A metric that does not reach back twelve months is not compared. Rates are as over-dispersed as their months are. Each
    metric is asked once, by month and its finest splits; the rest adds up.
    """
    windows, rows = _compared(fetch, measured, families, halves, limits, breaks)
    year_windows, yearly = _compared(fetch, measured, YEARLY, years, limits, breaks)
    return Movements(rows, windows, yearly, year_windows)


def _compared(fetch: Fetch, measured: Callable[[str], list[date]], families: tuple[tuple[str, tuple[str, ...]], ...],
              sides: Callable[[list[date]], Both | None], limits: Limits, breaks: pd.DataFrame | None) -> tuple[dict[str, Both], pd.DataFrame]:
    """(the two periods of each metric, every comparison of ``families`` between them, surest first)."""
    windows, found = {}, []
    for metric, by in families:
        months = measured(metric)
        if sides(months) is None or (both := sides(months := ended(fetch, metric, months))) is None:
            continue
        windows[metric] = both
        fine = _finest(metric, by, families)
        monthly = seen(metric, fetch(metric, ("month", *fine), (both[0][0], both[1][1]), 1.0), months)
        phi = 1.0
        if metrics.get(metric).kind == "rate":
            course = metrics.over(metric, monthly, ("month", *by), (both[0][0], both[1][1]))
            phi = metrics.dispersion(_named(course[course["exposure"] > 0], by))
        if monthly.attrs.get("basis") == "index":  # one number of several: months of it do not add up
            before, now = (fetch(metric, by, period, phi) for period in both)
        else:
            before, now = (metrics.over(metric, monthly, by, period, phi) for period in both)
        found.append(judged(metric, by, unbroken(metric, _named(now, by), breaks, both), _named(before, by), limits))
    rows = pd.concat(found, ignore_index=True)[COLUMNS] if found else pd.DataFrame(columns=COLUMNS)
    return windows, rows.sort_values("p", kind="stable", ignore_index=True)


def ended(fetch: Fetch, metric: str, months: list[date]) -> list[date]:
    """``months`` of a rate without those that were not over when the data were extracted: its customers are of whole months."""
    if metrics.get(metric).kind != "rate" or not months:
        return months
    frame = pd.DataFrame({"month": pd.to_datetime(months)})
    frame.attrs = dict(fetch(metric, ("month",), (months[-1], months[-1]), 1.0).attrs)
    return [month for month, still in zip(months, running(frame), strict=True) if not still]


def seen(metric: str, monthly: pd.DataFrame, months: list[date]) -> pd.DataFrame:
    """An answer by month without those of a rate that have customers and no event at all: nobody has loaded them."""
    return monthly[monthly["month"].isin(pd.to_datetime(months))] if metrics.get(metric).kind == "rate" else monthly


def _finest(metric: str, by: tuple[str, ...], families: tuple[tuple[str, tuple[str, ...]], ...]) -> tuple[str, ...]:
    """The longest declared split of a metric from which ``by`` adds up (``metrics.over``)."""
    adding = {"city"} if metrics.get(metric).kind != "rate" else set(SPLITS)
    return max((fine for name, fine in families if name == metric and set(by) <= set(fine) and set(fine) - set(by) <= adding), key=len)


def judged(metric: str, by: tuple[str, ...], now: pd.DataFrame, before: pd.DataFrame, limits: Limits = USUAL,
           rate: float | None = None) -> pd.DataFrame:
    """One family, both answers of ``metrics.fetch``: each cell that is in both, with its difference and verdict.

    ``rate``: share of false discoveries; without one, that of the declared families together.
    """
    definition = defined(metric, limits)
    keys = list(by) or ["whole"]
    now, before = (frame.assign(**({} if by else {"whole": 0}))[[*keys, "value", "lo", "hi", "base"]] for frame in (now, before))
    both = now.merge(before, on=keys, suffixes=("", "_before"))
    sides = [both[name].to_numpy(float) for name in ("value", "lo", "hi", "value_before", "lo_before", "hi_before")]
    difference, lo, hi = stats.difference(*sides)
    p = stats.interval_p(difference, lo, hi, 0.0)
    rate = limits.false_news / (len(FAMILIES) + len(YEARLY)) if rate is None else rate
    told = verdicts.moved(difference, p, both[["base", "base_before"]].min(axis=1), both["value_before"], definition, rate)
    splits = {name: both[name] if name in by else "" for name in SPLITS}
    # So far out that p is nought, no number of errors is known: a finite one can be drawn and kept.
    z = np.sign(difference) * stats.errors_of(np.maximum(p, 1e-300)) * (-1 if definition.better == "lower" else 1)
    return both.assign(metric=metric, **splits, before=both["value_before"], difference=difference, lo=lo, hi=hi, p=p, verdict=told, z=z)


def defined(metric: str, limits: Limits) -> metrics.Metric:
    """The metric of that id, with the smallest difference that matters as it is set."""
    found = metrics.get(metric)
    return replace(found, practical=limits.matters(metric, found.practical))


def controlled(metric: str, frame: pd.DataFrame, limits: Limits = USUAL) -> pd.DataFrame:
    """``frame`` (an answer by month, oldest first) with centre, lower, upper (three sigmas), z, signal and phase, on its control chart.

    u′ for rates, p′ for shares, individual values for the rest. The first ``Limits.baseline_months`` of the frame, or those from
    ``Limits.baseline_from`` on, are the baseline and alone set the limits. phase: "before", "baseline" or "after". signal: "worse"
    or "better" for a later month beyond them, "high" or "low" where neither is better, else "". A month that the extract
    (``attrs["as_of"]``) did not see to its end is not judged. With nothing after a full baseline there are no limits (NaN) and no
    signals.
    """
    definition, n = metrics.get(metric), limits.baseline_months
    start = int((frame["month"] < pd.Timestamp(limits.baseline_from)).sum()) if limits.baseline_from and len(frame) else 0
    place = np.arange(len(frame)) - start
    frame = frame.assign(phase=np.select([place < 0, place < n], ["before", "baseline"], "after"))
    if len(frame) - start <= n:
        return frame.assign(centre=np.nan, lower=np.nan, upper=np.nan, z=np.nan, signal="")
    scale, used = 1.0, frame.iloc[start:]
    if isinstance(definition, metrics.Rate):
        chart, scale = stats.u_prime(used["events"], used["exposure"], n), definition.per
    elif definition.kind == "share":
        asked = stats.n_eff(used["w"], used["w2"])
        chart, scale = stats.p_prime(used["value"] / 100 * asked, asked, n), 100.0
    else:
        chart = stats.xmr(used["value"], n)
    over, under = {"lower": ("worse", "better"), "higher": ("better", "worse")}.get(definition.better, ("high", "low"))
    later = chart.beyond & (np.arange(len(used)) >= n) & ~running(used)
    signal = np.select([later & (chart.z > 0), later & (chart.z < 0)], [over, under], "")
    drawn = used.assign(centre=scale * chart.centre, lower=scale * chart.lower, upper=scale * chart.upper, z=chart.z, signal=signal)
    return frame.assign(**{name: drawn[name].reindex(frame.index) for name in ("centre", "lower", "upper", "z")}, signal=drawn["signal"].reindex(frame.index, fill_value=""))


def running(frame: pd.DataFrame) -> np.ndarray:
    """Months that were not over when the data were extracted."""
    if not (as_of := frame.attrs.get("as_of")):
        return np.zeros(len(frame), dtype=bool)
    return ((frame["month"] + pd.offsets.MonthEnd(0)).dt.normalize() > pd.Timestamp(as_of).normalize()).to_numpy()


#: Target in force: (metric or indicator, city or "", element or "", month) → value, None without one.
Goal = Callable[[str, str, str, date], float | None]
CONTRADICTIONS = ["indicator", "element", "city", "value", "target", "base", "perceived", "lo", "hi", "expected", "interviews", "verdict", "met", "contradicts"]


def contradictions(fetch: Fetch, measured: Callable[[str], list[date]], listed: pd.DataFrame, goal: Goal) -> pd.DataFrame:
    """Internal indicators beside what customers say of the same element, over the last six months that both have.

    ``listed``: the indicator list (indicator, element, better). One row per indicator, whole ("") and city where both sides
    have a target: value, target, base (reports) of the indicator; perceived, lo, hi, expected (its target), interviews,
    verdict of the satisfaction with the element, all of them judged as one family; ``met``: the indicator is on target;
    ``contradicts``: and yet perception is confirmed below. What contradicts comes first, the widest shortfall first.
    """
    about = listed[listed["element"].notna() & (listed["element"] != "")]
    window = compared(measured)
    if about.empty or window is None:
        return pd.DataFrame(columns=CONTRADICTIONS)
    inside, said = ([fetch(name, by, period, 1.0).assign(**({} if "city" in by else {"city": ""})).dropna(subset=["value", "city"]) for by in ((what,), (what, "city"))]
                    for name, what, period in (("indicator", "indicator", window), ("satisfaction", "element", window)))
    reports, answers = pd.concat(inside), pd.concat(said)
    answers = answers[answers["element"].isin(about["element"])]
    answers["expected"] = [_or_nan(goal("satisfaction", row.city, row.element, window[1])) for row in answers.itertuples()]
    answers = verdicts.among(answers[answers["expected"].notna()], answers["expected"].dropna(), metrics.get("satisfaction"), practical=False)
    answers = answers.rename(columns={"value": "perceived", "base": "interviews"})[["element", "city", "perceived", "lo", "hi", "expected", "interviews", "verdict"]]
    reports["target"] = [_or_nan(goal(row.indicator, row.city, "", window[1])) for row in reports.itertuples()]
    pairs = reports[["indicator", "city", "value", "target", "base"]].dropna(subset=["target"]).merge(about[["indicator", "element", "better"]], on="indicator")
    pairs = pairs.merge(answers, on=["element", "city"])
    lower = pairs["better"] == "lower"
    pairs["met"] = ((pairs["value"] <= pairs["target"]) & lower) | ((pairs["value"] >= pairs["target"]) & ~lower)
    pairs["contradicts"] = pairs["met"] & (pairs["verdict"] == "worse")
    short = pairs["perceived"] - pairs["expected"]
    return pairs.assign(short=short).sort_values(["contradicts", "short"], ascending=[False, True], kind="stable", ignore_index=True)[CONTRADICTIONS]


def _or_nan(value: float | None) -> float:
    return float("nan") if value is None else value


def compared(measured: Callable[[str], list[date]]) -> tuple[date, date] | None:
    """The last ``MONTHS`` up to the newest month that indicators and interviews both have; None without one."""
    both = sorted(set(measured("indicator")) & set(measured("satisfaction")))
    if not both:
        return None
    return max(metrics.back(both[-1], MONTHS), both[0]), both[-1]


def halves(months: list[date]) -> Both | None:
    """The last ``MONTHS`` and those before; None where the data do not reach back so far."""
    if not months:
        return None
    last = months[-1]
    begins, ended, since = (metrics.back(last, n) for n in (2 * MONTHS, MONTHS + 1, MONTHS))
    return ((begins, ended), (since, last)) if months[0] <= begins else None


def years(months: list[date]) -> Both | None:
    """The last ``MONTHS`` and the same ones of the year before; None where the data do not reach back so far."""
    if not months:
        return None
    last, since = months[-1], metrics.back(months[-1], MONTHS)
    then = metrics.back(since, 13), metrics.back(last, 13)
    return (then, (since, last)) if months[0] <= then[0] else None


def across(breaks: pd.DataFrame | None, both: Both) -> pd.DataFrame:
    """The ``breaks`` (on, city, element) after the first day of the earlier of two periods, up to the end of the later."""
    if breaks is None or breaks.empty:
        return pd.DataFrame(columns=["on", "city", "element"])
    on, ends = pd.to_datetime(breaks["on"]), pd.Timestamp(both[1][1]) + pd.offsets.MonthEnd(0)
    return breaks[(on > pd.Timestamp(both[0][0])) & (on <= ends)].fillna({"city": "", "element": ""})


def unbroken(metric: str, frame: pd.DataFrame, breaks: pd.DataFrame | None, both: Both) -> pd.DataFrame:
    """The cells of ``frame`` that mean the same in two periods: for a survey, those that no change of the questionnaire lies between.

    A change of one city or element concerns its own cells, of "overall" the question about everything, of neither all.
    """
    if metrics.get(metric).source != "surveys":
        return frame
    kept = np.ones(len(frame), dtype=bool)
    for row in across(breaks, both).itertuples():
        own = np.ones(len(frame), dtype=bool)
        if row.city:
            own &= (frame["city"] == row.city).to_numpy() if "city" in frame else False
        if row.element == "overall":
            own &= "element" not in frame and metric != "nps"
        elif row.element:
            own &= (frame["element"] == row.element).to_numpy() if "element" in frame else False
        kept &= ~own
    return frame[kept]


def _named(frame: pd.DataFrame, by: tuple[str, ...]) -> pd.DataFrame:
    """Without the cells of rows that have no city, element or category, and without those that have no value."""
    known = frame[list(by)].notna().all(axis=1) if by else np.ones(len(frame), dtype=bool)
    return frame[known & frame["value"].notna()]


def driving(sums: pd.DataFrame, felt: pd.DataFrame) -> tuple[pd.DataFrame, dict[str, float]]:
    """What goes with overall satisfaction: (one row per element, most important first; n and r2).

    ``sums``: of ``metrics.joint``; ``felt``: satisfaction by element. Elements that too few answered together with another or
    with the overall question are left out. Columns: those of ``felt``, then share, share_lo, share_hi (percent of what all
    elements explain together), rank_low, rank_high, quadrant (``stats.importance_performance``). Empty where nothing can be told.
    """
    names = ["overall", *sorted(set(felt["element"]) & set(sums["one"]) - {"overall"})]
    while len(names) > 2:
        pieces = _square(sums, names)
        counted = pieces[0].sum(axis=0)
        if counted.min() >= FEW_TOGETHER:
            break
        # The one that lacks most partners goes first; the outcome stays.
        names.pop(1 + int((counted[1:] < FEW_TOGETHER).sum(axis=1).argmax()))
    if len(names) < 3:
        return felt.iloc[:0].assign(share=[], share_lo=[], share_hi=[], rank_low=[], rank_high=[], quadrant=[]), {"n": 0, "r2": 0.0}
    found = stats.grouped_drivers(*pieces, orders=200, least=FEW_TOGETHER)
    if not found.r2 > 0:
        return felt.iloc[:0].assign(share=[], share_lo=[], share_hi=[], rank_low=[], rank_high=[], quadrant=[]), {"n": found.n, "r2": 0.0}
    table = felt.set_index("element").loc[names[1:]].reset_index()
    table = table.assign(share=100 * found.share / found.r2, share_lo=100 * found.low / found.r2, share_hi=100 * found.high / found.r2,
                         rank_low=found.rank_low, rank_high=found.rank_high)
    quadrant = stats.importance_performance(*(table[c] for c in ("share", "share_lo", "share_hi", "value", "lo", "hi")))
    return table.assign(quadrant=quadrant).sort_values("share", ascending=False, ignore_index=True), {"n": found.n, "r2": found.r2}


def _square(sums: pd.DataFrame, names: list[str]) -> list[np.ndarray]:
    """The five parts × k × k arrays of ``stats.grouped_drivers`` from ``metrics.joint``."""
    at = {name: place for place, name in enumerate(names)}
    rows = sums[sums["one"].isin(at) & sums["other"].isin(at)]
    part, one, other = rows["part"].to_numpy(), rows["one"].map(at).to_numpy(int), rows["other"].map(at).to_numpy(int)
    found = np.zeros((5, metrics.JOINT_PARTS, len(names), len(names)))
    for place, (here, there) in enumerate((("n", "n"), ("w", "w"), ("wx", "wy"), ("wxx", "wyy"), ("wxy", "wxy"))):
        found[place, part, one, other], found[place, part, other, one] = rows[here], rows[there]
    return list(found)


def plan(frame: pd.DataFrame, differences: tuple[int, ...]) -> pd.DataFrame:
    """``frame`` (satisfaction by city) as city, base, visible (points that two such samples tell apart four times in five), and
    needed_1 … for each of ``differences``: interviews a wave. The spread is that of all cities together."""
    known = frame[frame["city"].notna() & (frame["base"] > 1)]
    variance, n = (known["wxx"] / known["w"] - (known["wx"] / known["w"]) ** 2).clip(lower=0), stats.n_eff(known["w"], known["w2"])
    sd = float(np.sqrt(np.average(variance, weights=n))) if len(known) else 0.0
    design = known["base"] / n  # so many interviews are worth one of equal weight
    wanted = {f"needed_{d}": np.ceil(stats.needed(d, sd) * design) for d in differences}
    return known[["city", "base"]].assign(visible=stats.visible(n, sd), **wanted).reset_index(drop=True) if sd > 1e-6 else known.iloc[:0]
