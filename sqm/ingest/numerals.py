"""What a spreadsheet does to digits that count nothing (phones, codes, ids), taken for numbers: decimals and exponents appear, zeros before
them and digits after the fifteenth go. What can be told is put back; what is lost is said, never guessed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from sqm.ingest.references import Lookup, normal

_DECIMALS = re.compile(r"(\d{5,})\.0+")
_POWER = re.compile(r"(\d)(?:[.,](\d+))?[eE]\+?(\d{1,2})")
#: SQL pattern of an id of which only fifteen digits are left.
CUT_ID = r"\d{15}0+|\d([.,]\d+)?[eE]\+\d{2}"
#: Notes of ``Planner.decided`` that should be known before publishing.
CAUTIONS = ("ids_cut",)


def digits_of(cell: str) -> tuple[str, bool]:
    """``(the digits as they were, whether some are lost)`` of a number like 13800138000.0 or 1.38E+10; any other text as it is."""
    plain = normal(cell)
    if found := _DECIMALS.fullmatch(plain):
        return found[1], False
    if found := _POWER.fullmatch(plain):
        digits, power = found[1] + (found[2] or ""), int(found[3])
        return (digits[: power + 1], False) if len(digits) > power and not digits[power + 1 :].strip("0") else (cell, True)
    return cell, False


def with_zeros(lookup: Lookup) -> Mapping[str, set[str]]:
    """Codes of digits without the zeros before them → the entries they may mean, where zeros were before any."""
    found: dict[str, set[str]] = {}
    for word in lookup.words:
        if word.isascii() and word.isdigit():
            found.setdefault(word.lstrip("0"), set()).update(lookup.find(word))
    return found
