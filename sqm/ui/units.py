"""Numbers of internal indicators as text: each has a unit of its own, and as many decimals as it takes."""

from __future__ import annotations

from typing import Any

from sqm.i18n import number
from sqm.ui import results
from sqm.ui.filters import Filters


def figures_of(filters: Filters, row: Any) -> tuple[str, str]:
    """(value, target) of an indicator as text: with its unit, and in as many decimals as it takes to tell them apart."""
    listed = results.reference(filters, "indicator_list").set_index("indicator").loc[row["indicator"]]
    digits = decimals(row["value"], row["target"])
    sign = "≤ " if listed["better"] == "lower" else ""
    value, target = (in_unit(filters, number(row[name], digits), listed["unit"]) for name in ("value", "target"))
    return value, sign + target


def decimals(value: float, target: float | None = None) -> int:
    """Decimals that an indicator needs to be told from nought, and from its target."""
    apart = [abs(value), *([] if target is None else [abs(target), abs(value - target)])]
    least = min((size for size in apart if size > 0), default=1.0)
    return next((n for n in range(1, 4) if least >= 0.5 * 10**-n), 4)


def in_unit(filters: Filters, text: str, unit: object) -> str:
    """A number with its unit in the reader's language, where the value names have it."""
    named = str(unit or "").strip()
    return f"{text}{named}" if named in ("%", "％", "‰") else f"{text} {results.labels(filters, 'unit').get(named, named)}".strip()
