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
    return text + beside(results.labels(filters, "unit").get(named, named))


def named(filters: Filters, indicator: str) -> str:
    """The unit of an indicator in the reader's language; empty where none is listed."""
    listed = results.reference(filters, "indicator_list")
    units = listed.loc[listed["indicator"] == indicator, "unit"].dropna() if "unit" in listed else listed
    unit = str(units.iloc[0]).strip() if len(units) else ""
    return results.labels(filters, "unit").get(unit, unit)


def beside(unit: str) -> str:
    """A unit as it follows a number: signs close up, words after a space."""
    return unit if unit in ("", "%", "％", "‰") else f" {unit}"
