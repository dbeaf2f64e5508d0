"""What really moved: the last six months against the six before, over declared families of comparisons. The rest is noise.

A family is one metric at one level of splitting; it is fixed here and not by what somebody looks at, so that a verdict does not
change with a filter. Within a family Benjamini and Hochberg's rate is held, at a level that leaves at most ``FALSE_NEWS`` of
all runs on pure noise with any news at all; and a movement has to matter (``Metric.practical``).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from sqm import metrics, stats, verdicts

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
#: How often, on pure noise, a run may have any news.
FALSE_NEWS = 0.1
SPLITS = ("element", "category", "city")

#: Answers a question as ``metrics.fetch`` does: (metric, by, period, phi).
Fetch = Callable[[str, tuple[str, ...], tuple[date, date], float], pd.DataFrame]


@dataclass(frozen=True)
class Movements:
    """``rows``: one per comparison, surest first: metric, element, category, city ("" where not split), value, before,
    difference, lo, hi (95 %), base, base_before, p, verdict ("better", "worse", "unclear", "small"), z: the
    difference in standard errors, positive towards what is better (up where neither is). ``windows``: metric → the
    two periods compared, the earlier first.
    """

    rows: pd.DataFrame
    windows: dict[str, tuple[tuple[date, date], tuple[date, date]]]

    @property
    def compared(self) -> int:
        """How many comparisons had enough on both sides."""
        return int((self.rows["verdict"] != "small").sum())

    @property
    def news(self) -> pd.DataFrame:
        """The rows that really moved, surest first."""
        return self.rows[self.rows["verdict"].isin(["better", "worse"])]

    @property
    def headlines(self) -> pd.DataFrame:
        """``news`` with each story once: the part that makes up most of a movement of the whole, else the whole for its parts."""
        news = self.news
        depth = (news[list(SPLITS)] != "").sum(axis=1)
        weight = (news["difference"] * news["base"]).abs()
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


def movements(fetch: Fetch, measured: Callable[[str], list[date]], families: tuple[tuple[str, tuple[str, ...]], ...] = FAMILIES) -> Movements:
    """Every declared comparison. ``measured``: the months in which a metric has anything to count.

    A metric that does not reach back twelve months is not compared. Rates are as over-dispersed as their months are. Each
    metric is asked once, by month and its finest splits; the rest adds up.
    """
    windows, found = {}, []
    for metric, by in families:
        if (both := halves(measured(metric))) is None:
            continue
        windows[metric] = both
        fine = _finest(metric, by, families)
        monthly = fetch(metric, ("month", *fine), (both[0][0], both[1][1]), 1.0)
        phi = 1.0
        if metrics.get(metric).kind == "rate":
            course = metrics.over(metric, monthly, ("month", *by), (both[0][0], both[1][1]))
            phi = metrics.dispersion(_named(course[course["exposure"] > 0], by))
        if monthly.attrs.get("basis") == "index":  # one number of several: months of it do not add up
            before, now = (fetch(metric, by, period, phi) for period in both)
        else:
            before, now = (metrics.over(metric, monthly, by, period, phi) for period in both)
        found.append(judged(metric, by, _named(now, by), _named(before, by)))
    columns = ["metric", *SPLITS, "value", "before", "difference", "lo", "hi", "base", "base_before", "p", "verdict", "z"]
    rows = pd.concat(found, ignore_index=True)[columns] if found else pd.DataFrame(columns=columns)
    return Movements(rows.sort_values("p", kind="stable", ignore_index=True), windows)


def _finest(metric: str, by: tuple[str, ...], families: tuple[tuple[str, tuple[str, ...]], ...]) -> tuple[str, ...]:
    """The longest declared split of a metric from which ``by`` adds up (``metrics.over``)."""
    adding = {"city"} if metrics.get(metric).kind != "rate" else set(SPLITS)
    return max((fine for name, fine in families if name == metric and set(by) <= set(fine) and set(fine) - set(by) <= adding), key=len)


def judged(metric: str, by: tuple[str, ...], now: pd.DataFrame, before: pd.DataFrame, rate: float = FALSE_NEWS / len(FAMILIES)) -> pd.DataFrame:
    """One family, both answers of ``metrics.fetch``: each cell that is in both, with its difference and verdict."""
    definition = metrics.get(metric)
    keys = list(by) or ["whole"]
    now, before = (frame.assign(**({} if by else {"whole": 0}))[[*keys, "value", "lo", "hi", "base"]] for frame in (now, before))
    both = now.merge(before, on=keys, suffixes=("", "_before"))
    sides = [both[name].to_numpy(float) for name in ("value", "lo", "hi", "value_before", "lo_before", "hi_before")]
    difference, lo, hi = stats.difference(*sides)
    p = stats.interval_p(difference, lo, hi, 0.0)
    told = verdicts.moved(difference, p, both[["base", "base_before"]].min(axis=1), both["value_before"], definition, rate)
    splits = {name: both[name] if name in by else "" for name in SPLITS}
    z = np.sign(difference) * stats.errors_of(p) * (-1 if definition.better == "lower" else 1)
    return both.assign(metric=metric, **splits, before=both["value_before"], difference=difference, lo=lo, hi=hi, p=p, verdict=told, z=z)


#: So many months, the first of a series, set the limits of its control chart.
BASELINE = stats.BASELINE_ENOUGH


def controlled(metric: str, frame: pd.DataFrame) -> pd.DataFrame:
    """``frame`` (an answer by month, oldest first) with centre, lower, upper (three sigmas), z and signal, on its control chart.

    u′ for rates, p′ for shares, individual values for the rest; the first ``BASELINE`` months are the baseline, and alone set
    the limits. signal: "worse" or "better" for a later month beyond them, "high" or "low" where neither is better, else "".
    A month that the extract (``attrs["as_of"]``) did not see to its end is not judged. With nothing after a full baseline there are
    no limits (NaN) and no signals.
    """
    definition = metrics.get(metric)
    if len(frame) <= BASELINE:
        return frame.assign(centre=np.nan, lower=np.nan, upper=np.nan, z=np.nan, signal="")
    scale = 1.0
    if isinstance(definition, metrics.Rate):
        chart, scale = stats.u_prime(frame["events"], frame["exposure"], BASELINE), definition.per
    elif definition.kind == "share":
        n = stats.n_eff(frame["w"], frame["w2"])
        chart, scale = stats.p_prime(frame["value"] / 100 * n, n, BASELINE), 100.0
    else:
        chart = stats.xmr(frame["value"], BASELINE)
    over, under = {"lower": ("worse", "better"), "higher": ("better", "worse")}.get(definition.better, ("high", "low"))
    later = chart.beyond & (np.arange(len(frame)) >= BASELINE) & ~running(frame)
    return frame.assign(centre=scale * chart.centre, lower=scale * chart.lower, upper=scale * chart.upper, z=chart.z,
                        signal=np.select([later & (chart.z > 0), later & (chart.z < 0)], [over, under], ""))


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
    first = both[-1].year * 12 + both[-1].month - MONTHS
    return max(date(first // 12, first % 12 + 1, 1), both[0]), both[-1]


def halves(months: list[date]) -> tuple[tuple[date, date], tuple[date, date]] | None:
    """The last ``MONTHS`` and those before; None where the data do not reach back so far."""
    if not months:
        return None
    last = months[-1].year * 12 + months[-1].month - 1
    starts = [date(n // 12, n % 12 + 1, 1) for n in (last - 2 * MONTHS + 1, last - MONTHS, last - MONTHS + 1, last)]
    return ((starts[0], starts[1]), (starts[2], starts[3])) if months[0] <= starts[0] else None


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
