"""Headings that name a month, 2026年7月, Jul-26, or 7月 under a year: a column for each month is a row for each month."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence

_NAMES = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_FULL = re.compile(r"(?<!\d)((?:19|20)\d\d)(?:年度?|[-./ ])?-?(1[0-2]|0?[1-9])(?:月份?)?(?:[-./]?0?1日?(?: 00:00(?::00)?)?)?(?!\d)")
_ENGLISH = re.compile(r"(?<![a-z])(" + "|".join(_NAMES) + r")[a-z]*[-'./ ]*((?:20)?\d\d)(?!\d)")
_AFTER_YEAR = re.compile(r"(?<!\d)((?:19|20)\d\d)[- ]*(" + "|".join(_NAMES) + r")[a-z]*")
_MONTH = re.compile(r"(?<!\d)(1[0-2]|0?[1-9])月份?")
_YEAR = re.compile(r"(?<!\d)((?:19|20)\d\d)年(?!\d{1,2}月\d{1,2}日)")


def named(heading: str, year: str = "") -> tuple[str, str] | None:
    """``(first day of the month as ISO text, what the heading says besides)``, or None. ``year``: of a month without one."""
    word = unicodedata.normalize("NFKC", heading).casefold().strip()
    if found := _FULL.search(word):
        at, number = found[1], int(found[2])
    elif found := _AFTER_YEAR.search(word):
        at, number = found[1], _NAMES.index(found[2]) + 1
    elif found := _ENGLISH.search(word):
        at, number = found[2][-2:], _NAMES.index(found[1]) + 1
        at = f"20{at}"
    elif year and (found := _MONTH.search(word)):
        at, number = year, int(found[1])
    else:
        return None
    rest = (word[: found.start()] + word[found.end():]).strip(" -:_/()[]\n")
    return f"{at}-{number:02d}-01", rest


def year_of(rows: Iterable[Sequence[str]]) -> str:
    """The one year that titles name, 2026年客户数; '' where they name none or several. The day of printing is none."""
    found = {year for cells in rows for cell in cells for year in _YEAR.findall(unicodedata.normalize("NFKC", cell))}
    return found.pop() if len(found) == 1 else ""
