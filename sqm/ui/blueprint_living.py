"""The living figures of a blueprint: what each bound metric says under the page's filters, against before."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date

import pandas as pd

from sqm import metrics, verdicts
from sqm.blueprint import Binding, Document, Step
from sqm.blueprints.drawing import Feeling, Figure, Living
from sqm.errors import WrongCall
from sqm.i18n import has, t
from sqm.ui import results, units
from sqm.ui.filters import Filters
from sqm.ui.memory import remembered

FEELING, RATE = "satisfaction", "complaint_rate"
TREND_MONTHS = 12


@dataclass(frozen=True)
class Reading:
    """One metric now. ``verdict``: better, worse, unclear, or empty without a period to compare with; ``sign``: the
    direction of the value itself (up, down, same, empty). ``months``: (value, lo, hi, base) of the last twelve. ``named``: the unit of an
    internal indicator in the reader's language.
    """

    metric: str
    value: float = math.nan
    lo: float = math.nan
    hi: float = math.nan
    base: int = 0
    verdict: str = ""
    sign: str = ""
    months: tuple[tuple[float, float, float, int], ...] = ()
    named: str = ""

    @property
    def trend(self) -> tuple[float, ...]:
        return tuple(month[0] for month in self.months)

    @property
    def known(self) -> bool:
        return not math.isnan(self.value)

    @property
    def margin(self) -> str:
        """``±1.4``, or nothing when the interval is not known."""
        half = max(self.hi - self.value, self.value - self.lo) if self.known else math.nan
        return "" if math.isnan(half) else f"±{self._print(half)}"

    @property
    def shown(self) -> str:
        return self._print(self.value)

    def _print(self, value: float) -> str:
        # The rate of one category is often below 1 in 10 000: one decimal would show every one of them as 0.1.
        if metrics.get(self.metric).kind == "rate" and self.value < 1:
            return f"{value:.2f}"
        return results.number(value, self.metric)

    @property
    def unit(self) -> str:
        """What stands behind the figure on a card: a sign, or the name of an indicator's own unit."""
        return "%" if metrics.get(self.metric).unit == "%" else units.beside(self.named)


def before(period: tuple[date, date]) -> tuple[date, date]:
    """The months just before a period, as many of them."""
    ending = metrics.back(period[0], 2)
    return metrics.back(ending, results.months_of(period)), ending


def read(bindings: Iterable[Binding], filters: Filters) -> dict[Binding, Reading]:
    """What every binding says; one that the catalogue cannot answer is left out. Bindings that differ only in the value
    of one split are asked together.
    """
    together: dict[tuple[str, str], set[Binding]] = {}
    for binding in set(bindings):
        if binding.metric not in metrics.CATALOGUE:
            continue
        split = binding.where[0][0] if len(binding.where) == 1 and len(binding.where[0][1]) == 1 else ""
        alone = "" if split else binding.text
        together.setdefault((binding.metric, split or alone), set()).add(binding)
    found: dict[Binding, Reading] = {}
    for (metric, split), group in together.items():
        one = next(iter(group))
        shared = bool(one.where) and split == one.where[0][0]
        where = {split: sorted(b.where[0][1][0] for b in group)} if shared else one.filters
        try:
            found |= _read(metric, split if shared else "", where, sorted(group, key=lambda b: b.text), filters)
        except WrongCall:
            continue
    return found


def _read(
    metric: str, split: str, where: dict[str, list[str]], group: list[Binding], filters: Filters
) -> dict[Binding, Reading]:
    by = (split,) if split else ()
    now = results.fetch(metric, filters, by=by, where=where)
    period = results.window(filters, metric)
    # Half a period before is no period to compare with.
    past = before(period) if period and results.known_since(filters, metric, before(period)[0]) else None
    then = results.unbroken(filters, metric, results.fetch(metric, filters, by=by, where=where, period=past), past, period, where) if past and period else now.iloc[:0]
    course = results.window(filters, metric, TREND_MONTHS)
    months = results.fetch(metric, filters, by=("month", *by), where=where, period=course).sort_values("month")
    found = {}
    for binding in group:
        value = binding.where[0][1][0] if split else None
        row, old = _one(now, split, value), _one(then, split, value)
        shown = months[months[split] == value] if split else months
        trend = tuple(shown[["value", "lo", "hi", "base"]].itertuples(index=False, name=None))
        verdict, sign = verdicts.change(row[:3], old[:3], (row[3], old[3]), metrics.get(metric))
        found[binding] = Reading(metric, *row, verdict, sign, trend, _named(binding, filters))
    return found


def _named(binding: Binding, filters: Filters) -> str:
    """The unit of one internal indicator; of several, or of anything else, there is none."""
    asked = binding.filters.get("indicator", [])
    return units.named(filters, asked[0]) if len(asked) == 1 else ""


def _one(frame: pd.DataFrame, split: str, value: str | None) -> tuple[float, float, float, int]:
    rows = frame[frame[split] == value] if split else frame
    if rows.empty:
        return math.nan, math.nan, math.nan, 0
    row = rows.iloc[0]
    return float(row["value"]), float(row["lo"]), float(row["hi"]), int(row["base"])


def fail_binding(step: Step) -> Binding:
    """The complaint rate of a fail point's categories."""
    return Binding(RATE, (("category", tuple(sorted(step.categories))),))


def readings(document: Document, filters: Filters) -> dict[Binding, Reading]:
    """Every figure the document shows, and the overall satisfaction."""
    wanted = {binding for step in document.steps if step.key for binding in step.metrics}
    wanted |= {fail_binding(step) for step in document.steps if step.fail and step.categories}
    texts = tuple(sorted(binding.text for binding in {*wanted, Binding(FEELING)}))
    return _readings(filters, texts)


@remembered
def _readings(filters: Filters, texts: tuple[str, ...]) -> dict[Binding, Reading]:
    return read([Binding.parse(text) for text in texts], filters)


@remembered
def felt(filters: Filters) -> dict[str, str]:
    """Element → its verdict against the overall satisfaction, as on the Satisfaction page."""
    groups, whole = results.beside_the_whole(filters, FEELING, "element")
    return {} if groups.empty or whole.empty else dict(zip(groups["element"], groups["verdict"], strict=True))


def living(document: Document, found: dict[Binding, Reading], verdict_of: Mapping[str, str]) -> Living:
    """The figures of the drawing: the first metric of each key point that has one, the rate of each fail point, and
    what customers say in each phase. ``verdict_of``: element → ``felt``; what is no single element has no verdict.
    """
    keys, fails, said = {}, {}, {}
    overall = found.get(Binding(FEELING), Reading(FEELING))
    for step in document.steps:
        first = next((found[b] for b in step.metrics if b in found and found[b].known), None) if step.key else None
        if first:
            keys[step.id] = Figure(first.shown + first.unit, first.margin, first.sign, first.verdict, first.trend)
        rate = found.get(fail_binding(step)) if step.fail and step.categories else None
        if rate and rate.known:
            fails[step.id] = Figure(rate.shown, "", rate.sign, rate.verdict, rate.trend)
    for lane in ("customer", "frontstage"):
        for step in document.steps:
            if step.lane != lane or not step.key or step.phase in said:
                continue
            bound = next((b for b in step.metrics if b.metric == FEELING and b in found and found[b].known), None)
            if bound and not math.isnan(found[bound].lo):
                said[step.phase] = (found[bound], verdict_of.get(_element(bound), "unclear"))
    strip = {phase: Feeling(one.value, one.lo, one.hi, one.shown, verdict) for phase, (one, verdict) in said.items()}
    return Living(keys, fails, strip, overall.value if overall.known else None, overall.shown)


def _element(binding: Binding) -> str:
    """The one element that a binding is about, or nothing."""
    split, values = binding.where[0] if len(binding.where) == 1 else ("", ())
    return values[0] if split == "element" and len(values) == 1 else ""


def contradicts(step: Step, found: dict[Binding, Reading]) -> bool:
    """Whether what customers say got worse while an internal metric of the same key point got better."""
    said = {found[b].verdict for b in step.metrics if b in found and metrics.get(b.metric).source == "surveys"}
    inside = {found[b].verdict for b in step.metrics if b in found and metrics.get(b.metric).source != "surveys"}
    return step.key and "worse" in said and "better" in inside


def label(binding: Binding, filters: Filters) -> str:
    """A binding in the reader's words: "Satisfaction · Promotions"."""
    name = f"metrics.{binding.metric}.name"
    words = [t(name, filters.lang) if has(name) else binding.metric]
    for split, values in binding.where:
        try:
            named = results.labels(filters, split)
        except WrongCall:
            named = {}
        words += [named.get(value, value) for value in values]
    return " · ".join(words)


def choices(document: Document, filters: Filters) -> dict[str, str]:
    """What a key point may be bound to, as ``Binding.text`` with its label: what the document binds already, each
    metric as a whole, satisfaction by element and by question, audit score by stage.
    """
    bound = tuple(dict.fromkeys(b.text for step in document.steps for b in step.metrics))
    return _choices(replace(filters, where={}, period=None, span=""), bound)


@remembered
def _choices(filters: Filters, bound: tuple[str, ...]) -> dict[str, str]:
    found = [Binding.parse(text) for text in bound]
    found += [Binding(m.id) for m in metrics.CATALOGUE.values() if m.kind != "indicator"]
    found += [Binding(FEELING, (("element", (e,)),)) for e in results.labels(filters, "elements")]
    items = results.fetch(FEELING, filters, by=("element", "item"))
    found += [
        Binding(FEELING, (("element", (str(row.element),)), ("item", (str(row.item),))))
        for row in items.itertuples()
        if row.element and row.item
    ]
    stages = results.reference(filters, "audit_items")
    named = dict.fromkeys(str(s) for s in stages["stage"] if s) if "stage" in stages else {}
    found += [Binding("audit_score", (("stage", (s,)),)) for s in named]
    return {binding.text: label(binding, filters) for binding in dict.fromkeys(found)}
