"""Dates as people type them. The order of day and month is decided for a whole column, never for one cell.

SQL reads what is already ISO; this module reads the distinct other spellings: 2013年7月15日, 20130715, 15/07/2013, 15-Jul-13,
Jul-2026, 2026.07, Excel day numbers, 3:05 PM and 下午3:05.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqm.datasets import FIRST_YEAR, LAST_YEAR

_NAMES = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = r"(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?"
_TIME = re.compile(
    r"(?P<before>上午|下午|晚上|中午|凌晨|[ap]\.?m\.?)?\s*(?P<h>\d{1,2})[:：时点](?P<m>\d{1,2})分?(?:[:：]?(?P<s>\d{1,2})(?:\.\d+)?秒?)?"
    r"\s*(?P<after>[ap]\.?m\.?)?\s*(?P<zone>z|utc|gmt|[+-]\d{2}:?\d{2})?$")
_THREE = re.compile(r"(\d{1,4})[-/.](\d{1,2})[-/.](\d{1,4})$")
_CHINESE = re.compile(r"(\d{4}|\d{2})年(\d{1,2})月(?:(\d{1,2})[日号]?)?$")
_WEEKDAY = re.compile(r"[,，]?\s*(?:\(?(?:星期|周)[一二三四五六日天]\)?|(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*\.?,?)\s*")

AMBIGUOUS = "ambiguous_date"
BAD = "bad_date"
ONLY_MONTH = "month_not_date"


@dataclass(frozen=True)
class Parts:
    """One cell taken apart: three numbers whose order is open, or a moment that can only be read one way."""

    numbers: tuple[int, int, int] | None = None
    two_digit_year: bool = False
    moment: datetime | None = None
    month_only: bool = False
    seconds: int = 0
    rule: str = ""


def take_apart(text: str) -> Parts:
    """Read one cell as far as possible without knowing the order of day and month."""
    word = unicodedata.normalize("NFKC", text).strip().lower()
    word = _WEEKDAY.sub(" ", word).strip() if re.search(r"[周星a-z]", word) else word
    seconds = 0
    if (clock := _TIME.search(word)) and clock.start() > 0:
        read = _seconds(clock)
        if read is None:
            return Parts(rule=BAD)
        seconds, word = read, word[: clock.start()].rstrip(" t,，")
    word = re.sub(r"\s*([-/.年月日号])\s*", r"\1", word).strip()
    parts = _one_way(word, seconds)
    if parts is not None:
        return parts
    if three := _THREE.match(word):
        a, b, c = three.groups()
        if len(a) == 4:
            return _moment(int(a), int(b), int(c), seconds)
        if len(a) <= 2 and len(c) == 4:
            return Parts((int(a), int(b), int(c)), seconds=seconds)
        if len(a) <= 2 and len(c) == 2:
            return Parts((int(a), int(b), int(c)), True, seconds=seconds)
    return Parts(rule=BAD)


def _seconds(clock: re.Match[str]) -> int | None:
    hour, minute, second = int(clock["h"]), int(clock["m"]), int(clock["s"] or 0)
    half = (clock["before"] or clock["after"] or "").replace(".", "")
    if half in ("pm", "下午", "晚上", "中午") and hour < 12 and not (half == "中午" and hour == 11):
        hour += 12
    if half in ("am", "上午", "凌晨") and hour == 12:
        hour = 0
    if hour > 24 or minute > 59 or second > 59 or hour == 24 and (minute or second):
        return None
    return hour * 3600 + minute * 60 + second


def _one_way(word: str, seconds: int) -> Parts | None:
    """Spellings that leave no choice, or None."""
    if chinese := _CHINESE.match(word):
        year, month, day = chinese.groups()
        return _moment(_century(year), int(month), int(day) if day else None, seconds)
    if re.fullmatch(r"(19|20)\d{6}", word):
        return _moment(int(word[:4]), int(word[4:6]), int(word[6:]), seconds)
    if re.fullmatch(r"(19|20)\d{2}(0\d|1\d)\d{2}[ ]?\d{6}", word):
        hour, minute, second = int(word[-6:-4]), int(word[-4:-2]), int(word[-2:])
        if hour > 23 or minute > 59 or second > 59:
            return Parts(rule=BAD)
        return _moment(int(word[:4]), int(word[4:6]), int(word[6:8]), hour * 3600 + minute * 60 + second)
    if re.fullmatch(r"(19|20)\d{4}", word):
        return _moment(int(word[:4]), int(word[4:]), None, 0)
    if found := re.fullmatch(r"((?:19|20)\d{2})[-/.](\d{1,2})[-/.]?", word):
        if found[0].endswith(".1"):
            return Parts(rule="month_unclear")  # a number 2026.10 shows as 2026.1
        return _moment(int(found[1]), int(found[2]), None, 0)
    if found := re.fullmatch(r"(\d{1,2})[-/.]((?:19|20)\d{2})", word):
        return _moment(int(found[2]), int(found[1]), None, 0)
    if found := re.fullmatch(r"(\d{2}|\d{4})[-/ .]?" + _MONTH + r"[-/ .]?(\d{1,2})", word):
        if len(found[1]) == 4:
            return _moment(int(found[1]), _NAMES.index(found[2]) + 1, int(found[3]), seconds)
    if found := re.fullmatch(r"(\d{1,2})(?:st|nd|rd|th)?[-/ .]*" + _MONTH + r"[-/ .,]*(\d{4}|\d{2})", word):
        return _moment(_century(found[3]), _NAMES.index(found[2]) + 1, int(found[1]), seconds)
    if found := re.fullmatch(_MONTH + r"[-/ .]*(\d{1,2})(?:st|nd|rd|th)?,?[-/ .]+(\d{4})", word):
        return _moment(int(found[3]), _NAMES.index(found[1]) + 1, int(found[2]), seconds)
    if found := re.fullmatch(_MONTH + r"[-/ .,]*(\d{4}|\d{2})", word):
        return _moment(_century(found[2]), _NAMES.index(found[1]) + 1, None, 0)
    if found := re.fullmatch(r"(\d{4})[-/ .]*" + _MONTH, word):
        return _moment(int(found[1]), _NAMES.index(found[2]) + 1, None, 0)
    if re.fullmatch(r"[2-7]\d{4}(\.\d+)?", word):
        moment = datetime(1899, 12, 30) + timedelta(seconds=round(float(word) * 86_400))
        return Parts(moment=moment)
    return None


def _century(year: str) -> int:
    return int(year) if len(year) == 4 else 2000 + int(year)


def _moment(year: int, month: int, day: int | None, seconds: int) -> Parts:
    if not FIRST_YEAR <= year <= LAST_YEAR:
        return Parts(rule=BAD)
    try:
        moment = datetime(year, month, 1 if day is None else day) + timedelta(seconds=seconds)
    except ValueError:
        return Parts(rule=BAD)
    return Parts(moment=moment, month_only=day is None)


def _ordered(numbers: tuple[int, int, int], order: str, two_digit_year: bool) -> date | None:
    by = dict(zip(order, numbers, strict=True))
    if two_digit_year:
        by["y"] += 2000
    try:
        return date(by["y"], by["m"], by["d"]) if FIRST_YEAR <= by["y"] <= LAST_YEAR else None
    except ValueError:
        return None


def order_of(cells: Iterable[Parts]) -> str:
    """``dmy``, ``mdy`` or ``ymd`` for a column, or '' when more than one reading fits and they differ.

    An order is out when some cell has a 13th month under it, or a year more than a year ahead. Of 22-04-15, 04-08-15 and
    18-04-15 day-first makes four months of one year and year-first the 15th of months twenty years apart: the close
    reading is taken when the others are far from it.
    """
    open_ones = [cell for cell in cells if cell.numbers]
    orders = ["dmy", "mdy"] + (["ymd"] if all(cell.two_digit_year for cell in open_ones) else [])
    # 13/13/2015 is wrong in every order: it decides nothing.
    open_ones = [cell for cell in open_ones if any(_ordered(cell.numbers, o, cell.two_digit_year) for o in orders)]  # type: ignore[arg-type]
    if not open_ones:
        return "dmy"
    latest = date.today().year + 1
    read: dict[str, list[date | None]] = {}
    for order in orders:
        place_of_month, place_of_day = order.index("m"), order.index("d")
        if all(cell.numbers[place_of_month] <= 12 and cell.numbers[place_of_day] <= 31 for cell in open_ones):  # type: ignore[index]
            dates = [_ordered(cell.numbers, order, cell.two_digit_year) for cell in open_ones]  # type: ignore[arg-type]
            if order != "ymd" or all(d is None or d.year <= latest for d in dates):
                read[order] = dates
    if len(read) > 1:
        known = {order: [d for d in dates if d] for order, dates in read.items()}
        spans = {order: (max(dates) - min(dates)).days if dates else 10**6 for order, dates in known.items()}
        if len(open_ones) >= 3 and "ymd" in read:
            closest = min(spans.values())
            read = {order: dates for order, dates in read.items() if spans[order] <= max(800, closest * 3)}
    if len(read) == 1:
        return next(iter(read))
    if read and len({tuple(dates) for dates in read.values()}) == 1:
        return next(iter(read))
    return ""


def contradicted(texts: Iterable[str], order: str) -> bool:
    """Whether a cell that can be read in some order of day and month cannot be read in this one."""
    cells = [parts for parts in map(take_apart, texts) if parts.numbers]
    return any(not _ordered(cell.numbers, order, cell.two_digit_year)  # type: ignore[arg-type]
               and any(_ordered(cell.numbers, other, cell.two_digit_year) for other in ("dmy", "mdy")) for cell in cells)  # type: ignore[arg-type]


def read_column(texts: Iterable[str], kind: str, order: str = "") -> list[tuple[str, datetime | None, str]]:
    """``(text, moment, rule)`` for every distinct spelling; ``rule`` '' when it reads well. ``kind``: the field's type.

    ``order`` given by the person (dmy, mdy, ymd) is not doubted.
    """
    cells = [(text, take_apart(text)) for text in texts]
    if any(parts.rule == "month_unclear" for _, parts in cells) and any(re.search(r"\d{4}\.10$", t) for t, _ in cells):
        cells = [(t, _moment(int(t.strip()[:4]), 1, None, 0) if p.rule == "month_unclear" else p) for t, p in cells]
    order = order or order_of(parts for _, parts in cells)
    found = []
    for text, parts in cells:
        moment, rule = parts.moment, parts.rule
        if parts.numbers:
            day = _ordered(parts.numbers, order, parts.two_digit_year) if order else None
            moment = datetime(day.year, day.month, day.day) + timedelta(seconds=parts.seconds) if day else None
            rule = "" if day else BAD if order else AMBIGUOUS
        elif parts.month_only and kind != "month":
            moment, rule = None, ONLY_MONTH
        found.append((text, moment, rule))
    return found


def shown_order(read: Iterable[tuple[str, datetime | None, str]]) -> tuple[str, str] | None:
    """``(day_first, month_first or year_first, a cell that shows it)`` of what ``read_column`` read, where order mattered."""
    for text, moment, _ in read:
        three = re.match(r"\s*(\d{1,2})[-/.](\d{1,2})[-/.](\d{2,4})(?!\d)", text)
        if moment and three and three[1].lstrip("0") != three[2].lstrip("0"):
            first = int(three[1])
            return ("day_first" if first == moment.day and int(three[2]) == moment.month else
                    "month_first" if first == moment.month and int(three[2]) == moment.day else "year_first"), text
    return None
