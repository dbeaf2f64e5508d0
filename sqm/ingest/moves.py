"""Which watched numbers a change moves, from what to what."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date

import pandas as pd

from sqm.i18n import margin, number, t

MOST_LINES = 12


@dataclass(frozen=True)
class Figure:
    """A value with its 95 % interval (a bound that cannot be known is None) and its base."""

    value: float
    lo: float | None
    hi: float | None
    base: int

    def text(self, digits: int, unit: str) -> str:
        """"82.1 ± 0.6" or "99.6% (98.9 – 99.9)", as the cards have it; a number of rows is what it is."""
        said = number(self.value, digits) + ("%" if unit == "%" else "")
        doubt = "" if unit == "count" else margin(self.value, self.lo, self.hi, digits)
        return f"{said} {doubt}".rstrip()

    def as_json(self) -> dict:
        return {"value": self.value, "lo": self.lo, "hi": self.hi, "base": self.base}


@dataclass(frozen=True)
class Move:
    """One metric in one month (its first day), before and after; None where there is nothing to count."""

    metric: str
    month: date
    unit: str
    digits: int
    before: Figure | None
    after: Figure | None

    def name(self, lang: str) -> str:
        """The metric's name."""
        return t(f"metrics.{self.metric}.name", lang)

    def figures(self, lang: str) -> tuple[str, str]:
        """Value and interval before and after."""
        none = t("cli.moves.none", lang)
        return (self.before.text(self.digits, self.unit) if self.before else none,
                self.after.text(self.digits, self.unit) if self.after else none)

    def base(self) -> str:
        """The base before and after, once where it stays: "4,200 → 4,600"."""
        both = [number(figure.base) if figure else "0" for figure in (self.before, self.after)]
        return " → ".join(dict.fromkeys(both))

    def say(self, lang: str) -> str:
        """One line: "Satisfaction (2026-10): 82.1 ± 0.6 → 79.4 ± 0.6, n = 4,200 → 4,600"."""
        before, after = self.figures(lang)
        return t("cli.moves.line", lang, metric=self.name(lang), month=f"{self.month:%Y-%m}", before=before, after=after,
                 base=self.base())

    def as_json(self, lang: str) -> dict:
        """metric, month (YYYY-MM), before and after (value, lo, hi, base, or null), message."""
        return {"metric": self.metric, "month": f"{self.month:%Y-%m}", "before": self.before and self.before.as_json(),
                "after": self.after and self.after.as_json(), "message": self.say(lang)}


def compared(before: pd.DataFrame, after: pd.DataFrame) -> list[Move]:
    """What differs between two frames of metric, month, unit, digits, value, lo, hi, base; newest month first.

    Metrics keep the order of the frames. Differences below the ninth digit are noise of adding up in another order.
    """
    old, new = _figures(before), _figures(after)
    metrics = list(dict.fromkeys(key[0] for key in (*new, *old)))
    keys = sorted(old.keys() | new.keys(), key=lambda key: (metrics.index(key[0]), -key[1].toordinal()))
    return [Move(*key, old.get(key), new.get(key)) for key in keys if not _same(old.get(key), new.get(key))]


def most_telling(moves: list[Move], most: int = MOST_LINES) -> tuple[list[Move], int]:
    """The newest months of every metric, at most ``most`` in all, and how many are left out."""
    ranks: dict[str, int] = {}
    ranked = []
    for place, move in enumerate(moves):
        ranks[move.metric] = ranks.get(move.metric, -1) + 1
        ranked.append((ranks[move.metric], place))
    chosen = sorted(place for _, place in sorted(ranked)[:most])
    return [moves[place] for place in chosen], len(moves) - len(chosen)


def _figures(frame: pd.DataFrame) -> dict[tuple[str, date, str, int], Figure]:
    return {(row.metric, row.month.date(), row.unit, int(row.digits)):
            Figure(float(row.value), _known(row.lo), _known(row.hi), int(row.base))
            for row in frame.itertuples(index=False) if row.value == row.value}


def _known(bound: float) -> float | None:
    return float(bound) if math.isfinite(bound) else None


def _same(one: Figure | None, other: Figure | None) -> bool:
    if one is None or other is None:
        return one is other
    pairs = ((one.value, other.value), (one.lo, other.lo), (one.hi, other.hi))
    return one.base == other.base and all(
        a is b if a is None or b is None else math.isclose(a, b, rel_tol=1e-9, abs_tol=1e-9) for a, b in pairs)
