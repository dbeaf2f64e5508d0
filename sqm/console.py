"""What commands print: JSON in a stable form, tables whose columns line up, and how they read months and moments."""

from __future__ import annotations

import argparse
import json
import math
import unicodedata
from datetime import date, datetime
from typing import Any

from sqm.errors import WrongCall
from sqm.i18n import t


def done(options: argparse.Namespace, found: dict, sentence: str) -> int:
    if options.json:
        as_json(found)
    else:
        print(sentence)
    return 0


def month(value: str | None) -> date | None:
    if value is None:
        return None
    try:
        return datetime.strptime(value, "%Y-%m").date()
    except ValueError:
        raise WrongCall("cli_month", value=value) from None


def moment(value: str | None) -> datetime | None:
    if value is None:
        return None
    try:
        return datetime.fromisoformat(value).replace(tzinfo=None)
    except ValueError:
        raise WrongCall("cli_as_of", value=value) from None


def plain(value: Any, name: str = "") -> Any:
    """A value for JSON: numpy types as Python's, missing ones as None, months as YYYY-MM, times as ISO text."""
    if hasattr(value, "item") and not isinstance(value, datetime):
        value = value.item()
    if value is None or value != value:
        return None
    if isinstance(value, datetime | date):
        if name == "month":
            return f"{value:%Y-%m}"
        return value.isoformat()
    if isinstance(value, float) and math.isinf(value):
        return None
    if isinstance(value, float) and value.is_integer() and name not in ("value", "lo", "hi"):
        return int(value)
    return value


def as_json(found: Any) -> None:
    print(json.dumps(found, ensure_ascii=False, indent=1, allow_nan=False, default=str))


def table(rows: list[dict[str, Any]], lang: str = "en") -> None:
    """Columns lined up, Chinese characters counted as two wide."""
    if not rows:
        print(t("cli.nothing", lang))
        return
    cells = [list(rows[0]), *[["" if value is None else str(value) for value in row.values()] for row in rows]]
    widths = [max(map(_width, column)) for column in zip(*cells, strict=True)]
    for line in cells:
        print("  ".join(cell + " " * (width - _width(cell)) for cell, width in zip(line, widths, strict=True)).rstrip())


def _width(cell: str) -> int:
    return sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in cell)
