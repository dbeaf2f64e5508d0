"""Actions held against their numbers: which can be judged by now, what came of them, and what could be seen at all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

import pandas as pd

from sqm import effects, metrics, signals, verdicts
from sqm.blueprint import Binding, Words
from sqm.effects import Claim, Effect
from sqm.errors import SqmError
from sqm.i18n import number
from sqm.meeting import Action, Expected, Figure, Item, Meeting, Point, Slide, Standard, new_id, standards
from sqm.meetings.slides import known
from sqm.saying import both, figure, headed, name_of, printed

#: So many verdicts are proposed for one meeting.
MOST = 3
#: Half-width of an interval at 95 % → the smallest effect seen with a power of 80 %, by the normal quantiles 1.96 and 0.84.
SEEN = (1.959964 + 0.841621) / 1.959964
VERDICT = {"improved": "better", "worse": "worse", "none": "unclear", "unclear": "unclear"}


def claim_of(action: Action) -> Claim | None:
    """What was declared of an action; None where nothing that can be judged was."""
    return claim(action.binding, action.expected)


def claim(binding: Binding | None, expected: Expected | None) -> Claim | None:
    """A declaration as it is judged; None where it cannot be."""
    if expected is None or binding is None or binding.metric not in metrics.CATALOGUE or not expected.since or "city" not in metrics.get(binding.metric).splits:
        return None
    where = {split: values for split, values in binding.where if split != "city"}
    until = _day(expected.until) if expected.until else None
    return Claim(binding.metric, expected.better, expected.least, _day(expected.since), expected.cities, where, until)


def judge(engine: Any, claim: Claim) -> Effect:
    """``effects.judge`` on the data as they are. Raises as ``metrics.fetch``."""

    def fetch(metric: str, by: tuple[str, ...], where: Mapping[str, Any], period: tuple[date, date]) -> pd.DataFrame:
        return metrics.fetch(engine, metric, by=by, where=where, period=period)

    return effects.judge(claim, fetch, metrics.measured(engine, metrics.get(claim.metric)), tuple(metrics.reference_frame(engine, "cities")["city"]))


def verdict_of(engine: Any, action: Action) -> Effect | None:
    """What came of an action; None where nothing was declared, or it cannot be asked any more."""
    claim = claim_of(action)
    try:
        return judge(engine, claim) if claim else None
    except SqmError:
        return None


def visible(engine: Any, claim: Claim) -> float:
    """The smallest effect that could be told from noise, as the last months without it show; NaN where they do not. In the unit of the
    claim's ``least``.
    """
    measured = metrics.measured(engine, metrics.get(claim.metric))
    if len(measured) < 2 * effects.MONTHS:
        return float("nan")
    quiet = Claim(claim.metric, claim.better, claim.least, metrics.back(measured[-1], effects.MONTHS), claim.cities, claim.where)
    told = judge(engine, quiet)
    return (told.hi - told.lo) / 2 * SEEN


def complete(effect: Effect, engine: Any) -> bool:
    """Whether all months after it are there, so that its verdict stands."""
    measured = metrics.measured(engine, metrics.get(effect.claim.metric))
    last = effect.claim.until or metrics.back(effect.claim.since, 2 - effects.MONTHS)
    return bool(effect.verdict) and bool(measured) and measured[-1] >= last


def size(effect: Effect, value: float) -> str:
    """A difference as it is written: "+4.4", "−17.1%"."""
    return number(value, 1, sign=True) + ("%" if effect.relative or metrics.get(effect.claim.metric).unit == "%" else "")


def proposed(engine: Any, called: Meeting, book: Iterable[Action]) -> Iterable[Item]:
    """An item for each action whose verdict is complete."""
    found = 0
    for action in book:
        if action.status == "dropped" or found >= MOST or (called.tier and action.expected and called.tier not in action.expected.cities):
            continue
        effect = verdict_of(engine, action)
        if effect is None or effect.after is None or not complete(effect, engine):
            continue
        found += 1
        yield Item(new_id(), "effect", _title(engine, action, effect), _note(effect), action.owner, verdict=VERDICT[effect.verdict],
                   ask=both(f"meeting.ask_effect_{effect.verdict}"), binding=action.binding, refs=(action.id, effect.verdict, f"{effect.after[1]:%Y-%m}"))


def felt(engine: Any, standard: Standard) -> tuple[Figure | None, str]:
    """(the number by which a standard is felt, over the last six months; its verdict: against its target where it has one, else against the
    six months before); (None, "") without one.
    """
    binding = standard.binding
    if binding is None or binding.metric not in metrics.CATALOGUE:
        return None, ""
    definition = metrics.get(binding.metric)
    try:
        measured = metrics.measured(engine, definition)
        both_halves = signals.halves(measured)
        now = both_halves[1] if both_halves else ((measured[0], measured[-1]) if measured else None)
        if now is None:
            return None, ""
        frame = metrics.fetch(engine, binding.metric, where=binding.filters, period=now).dropna(subset=["value"])
        if frame.empty:
            return None, ""
        row = frame.iloc[0]
        one = {split: values[0] for split, values in binding.where if len(values) == 1}
        goal = metrics.target(engine, binding.metric, now[1], one.get("city", ""), one.get("element", "")) if not set(one) - {"city", "element"} else None
        shown = figure(binding, row.to_dict(), f"{now[0]:%Y-%m}", f"{now[1]:%Y-%m}")
        if goal is not None or both_halves is None:
            return shown, verdicts.side(row, goal, definition)
        past = metrics.fetch(engine, binding.metric, where=binding.filters, period=both_halves[0]).dropna(subset=["value"])
    except SqmError:  # bound to something that is there no more
        return None, ""
    if past.empty:
        return shown, "unclear"
    old = past.iloc[0]
    said, _ = verdicts.change((row["value"], row["lo"], row["hi"]), (old["value"], old["lo"], old["hi"]), (int(row["base"]), int(old["base"])), definition)
    return shown, said


def fallen(engine: Any, book: Iterable[Standard], tier: str) -> Iterable[Item]:
    """An item for each standard that customers feel worse than they should."""
    for standard in book:
        shown, verdict = felt(engine, standard)
        if shown is None or not standards.turned_bad(standard, verdict) or (tier and shown.of("city") not in ("", tier)):
            continue
        words = {"name": standard.name, "what": name_of(engine, shown.metric, shown.where), "value": printed(shown.metric, shown.value)}
        yield Item(new_id(), "standard", both("meeting.standard_bad", **words), both("meeting.standard_note", **words), standard.owner, verdict="worse",
                   ask=both("meeting.ask_standard"), binding=standard.binding, refs=(standard.id, shown.last))


def _title(engine: Any, action: Action, effect: Effect) -> Words:
    where = tuple((split, tuple(values)) for split, values in effect.claim.where.items())
    return both(f"meeting.effect_{effect.verdict}", what=action.what, metric=name_of(engine, effect.claim.metric, where), size=size(effect, effect.estimate))


def _note(effect: Effect) -> Words:
    said = {"estimate": size(effect, effect.estimate), "lo": size(effect, effect.lo), "hi": size(effect, effect.hi), "n": len(effect.cities), "others": len(effect.beside)}
    return both("meeting.effect_note" if effect.method == "did" else "meeting.effect_note_alone", **said)


def slide(engine: Any, item: Item, action: Action | None, usual: Mapping[str, Any]) -> Slide:
    """The cities that did it before the grey line of those that did not, with the month it began."""
    effect = verdict_of(engine, action) if action else None
    if action is None or effect is None or effect.treated.empty or effect.before is None or effect.after is None:
        return Slide(f"{item.id}.list", "list", item.title, evidence=item.note, **usual)
    where = tuple((split, tuple(values)) for split, values in effect.claim.where.items())
    points = [*_points(effect, effect.treated, effect.cities if effect.beside else (), "own"), *_points(effect, effect.others, effect.beside, "whole")]
    about = both("meeting.effect_about", what=headed(name_of(engine, effect.claim.metric, where)), before=_months(effect.before), after=_months(effect.after))
    sizes = dict(zip(("trend", "lo", "hi", "drift"), (size(effect, value) for value in (*effect.trend, effect.regression)), strict=True))
    warned = [both(f"meeting.warn_{name}", **sizes) for name in effect.warnings]
    evidence = Words("；".join(one.zh for one in (item.note, *warned)), "; ".join(one.en for one in (item.note, *warned)))
    own = both("meeting.treated", n=len(effect.cities)) if effect.beside else both("meeting.whole")
    return Slide(f"{item.id}.effect", "trend", item.title, about=about, evidence=evidence, own=own, whole=both("meeting.untreated", n=len(effect.beside)),
                 since=f"{effect.claim.since:%Y-%m}", done=both("meeting.began"), points=tuple(points), **usual)


def _points(effect: Effect, frame: pd.DataFrame, cities: tuple[str, ...], series: str) -> list[Point]:
    where = tuple(sorted([*((split, tuple(values)) for split, values in effect.claim.where.items()), *((("city", cities),) if cities else ())]))
    found = []
    for row in frame.to_dict("records"):
        month = f"{row['month']:%Y-%m}"
        made = figure(Binding(effect.claim.metric, where), row, month, month)
        found.append(Point(Figure(**{**vars(made), "value": known(row["value"])}), series, name=Words(month, month)))
    return found


def _months(period: tuple[date, date]) -> str:
    return f"{period[0]:%Y-%m} – {period[1]:%Y-%m}"


def _day(month: str) -> date:
    return date(int(month[:4]), int(month[5:7]), 1)
