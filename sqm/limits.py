"""What decides whether something is news: thresholds and baselines, with the values that hold until somebody sets others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar

from sqm.errors import WrongCall

M = TypeVar("M")


@dataclass(frozen=True)
class Setting:
    """One threshold: its default and what it may be, in ``unit`` as people say it ("%", "points", "months", "month", "")."""

    default: float | str
    low: float = 0.0
    high: float = 100.0
    unit: str = ""
    whole: bool = False

    def valid(self, value: Any) -> float | str:
        """``value`` as it is kept. Raises WrongCall ``setting_value``."""
        if self.unit == "month":
            text = str(value or "").strip()
            if text and not _is_month(text):
                raise WrongCall("setting_month", value=text[:40])
            return text
        try:
            number = float(value)
        except (TypeError, ValueError):
            number = float("nan")
        if not self.low <= number <= self.high or (self.whole and number != int(number)):
            raise WrongCall("setting_value", value=str(value)[:40], low=f"{self.low:g}", high=f"{self.high:g}")
        return int(number) if self.whole else number


#: Metrics whose smallest difference that matters can be set, with that of the catalogue.
PRACTICAL = {"satisfaction": 2.0, "nps": 5.0, "complaint_rate": 5.0, "first_reply_in_time": 2.0, "repeat_rate": 1.0, "audit_score": 3.0}
_PRACTICAL_UNIT = {"complaint_rate": "%"}
SETTINGS: dict[str, Setting] = {
    "false_news": Setting(10.0, 0.1, 50.0, "%"),
    **{f"practical_{name}": Setting(value, 0.0, 100.0, _PRACTICAL_UNIT.get(name, "points")) for name, value in PRACTICAL.items()},
    "false_hits": Setting(5.0, 0.1, 50.0, "%"),
    "batch_least": Setting(10, 2, 10_000, "tickets", whole=True),
    "batch_p": Setting(0.1, 0.0001, 5.0, "%"),
    "hot_most": Setting(3, 1, 20, "", whole=True),
    "hot_excess": Setting(10.0, 0.0, 1000.0, "%"),
    "escalate_after": Setting(2, 1, 20, "meetings", whole=True),
    "baseline_months": Setting(12, 8, 20, "months", whole=True),
    "baseline_from": Setting("", unit="month"),
}


@dataclass(frozen=True)
class Limits:
    """The values of ``SETTINGS`` as the rules use them: shares as fractions, the baseline's month as a day. See each rule."""

    false_news: float = 0.1
    practical: Mapping[str, float] | None = None
    false_hits: float = 0.05
    batch_least: int = 10
    batch_p: float = 0.001
    hot_most: int = 3
    hot_excess: float = 0.1
    escalate_after: int = 2
    baseline_months: int = 12
    baseline_from: date | None = None

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> Limits:
        """From the values of ``SETTINGS``; those that are not there are at their defaults."""
        said = {name: values.get(name, setting.default) for name, setting in SETTINGS.items()}
        begins = str(said["baseline_from"])
        return cls(
            false_news=said["false_news"] / 100,
            practical={name: said[f"practical_{name}"] / (100 if name in _PRACTICAL_UNIT else 1) for name in PRACTICAL},
            false_hits=said["false_hits"] / 100,
            batch_least=int(said["batch_least"]),
            batch_p=said["batch_p"] / 100,
            hot_most=int(said["hot_most"]),
            hot_excess=said["hot_excess"] / 100,
            escalate_after=int(said["escalate_after"]),
            baseline_months=int(said["baseline_months"]),
            baseline_from=date(int(begins[:4]), int(begins[5:]), 1) if begins else None,
        )

    def matters(self, metric: str, usual: float) -> float:
        """The smallest difference of a metric that matters; ``usual`` where it cannot be set."""
        return (self.practical or {}).get(metric, usual)


#: What holds where nothing was set.
USUAL = Limits.of({})


def _is_month(text: str) -> bool:
    try:
        date(int(text[:4]), int(text[5:]), 1)
    except ValueError:
        return False
    return len(text) == 7 and text[4] == "-"
