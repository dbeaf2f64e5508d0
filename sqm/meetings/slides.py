"""What is shown, as plain data: a slide holds all that a screen or a file needs to draw it, and nothing that is asked anew.

So a slide that was frozen is drawn by the same code, from the same rows, as on the day it was shown.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from sqm.blueprint import Words
from sqm.errors import SqmError

#: agenda: the list of the day. trend: a number by month beside the whole. cities: a number by city. list: lines of text.
KINDS = ("agenda", "trend", "cities", "list")
Where = tuple[tuple[str, tuple[str, ...]], ...]


class MeetingRefused(SqmError):
    """Something that a meeting, an action or a slide cannot be; nothing was changed."""


def refuse(code: str, **params: object) -> MeetingRefused:
    return MeetingRefused(f"meeting_{code}", **params)


@dataclass(frozen=True)
class Figure:
    """A number with the question it answers. ``first``, ``last``: months as YYYY-MM, both included; ``unit`` as of the metric.

    ``value``, ``lo``, ``hi`` (95 %) are None where they are not known; ``base`` as of ``metrics.fetch``.
    """

    metric: str
    where: Where
    first: str
    last: str
    value: float | None
    lo: float | None
    hi: float | None
    base: int

    @property
    def question(self) -> str:
        """The same for the same question: ``satisfaction?city=苏州|2026-05..2026-10``."""
        asked = "&".join(f"{split}={','.join(values)}" for split, values in self.where)
        return f"{self.metric}?{asked}|{self.first}..{self.last}"

    def of(self, split: str) -> str:
        """The one value that ``split`` is filtered by; empty where it is not, or by several."""
        values = dict(self.where).get(split, ())
        return values[0] if len(values) == 1 else ""


@dataclass(frozen=True)
class Line:
    """A line of a list: what, beside it smaller, a verdict with its word, whose, how many minutes; ``to``: the slide it leads to."""

    what: Words
    more: Words = field(default_factory=Words)
    verdict: str = ""
    word: Words = field(default_factory=Words)
    owner: str = ""
    minutes: int = 0
    to: str = ""


@dataclass(frozen=True)
class Point:
    """A point of a chart: its figure, in which ``series`` ("own", or "whole" beside it), how it is judged, and what it is called."""

    figure: Figure
    series: str = "own"
    verdict: str = ""
    name: Words = field(default_factory=Words)


@dataclass(frozen=True)
class Slide:
    """``about``: what the numbers are, with unit and months; ``evidence``: how sure; ``ask``: what is to be decided.

    ``shown``: the figures its sentences speak of, beside those of ``points``. ``goal``: a target in the chart. ``own``, ``whole``: what its
    two lines are called; ``since``: the month (YYYY-MM) from which something was done, named ``done``.
    """

    id: str
    kind: str
    title: Words
    item: str = ""
    owner: str = ""
    minutes: int = 0
    verdict: str = ""
    word: Words = field(default_factory=Words)
    about: Words = field(default_factory=Words)
    evidence: Words = field(default_factory=Words)
    ask: Words = field(default_factory=Words)
    goal: float | None = None
    goal_name: Words = field(default_factory=Words)
    own: Words = field(default_factory=Words)
    whole: Words = field(default_factory=Words)
    since: str = ""
    done: Words = field(default_factory=Words)
    shown: tuple[Figure, ...] = ()
    points: tuple[Point, ...] = ()
    lines: tuple[Line, ...] = ()

    @property
    def figures(self) -> tuple[Figure, ...]:
        """Every number on it, each question once."""
        found = {one.question: one for one in (*self.shown, *(point.figure for point in self.points))}
        return tuple(found.values())


def known(value: float | None) -> float | None:
    """A number as it is kept: None for what is not known."""
    return None if value is None or math.isnan(value) else float(value)


def to_plain(slides: Iterable[Slide]) -> list[dict[str, Any]]:
    """Slides as JSON."""
    return [json.loads(json.dumps(asdict(slide), ensure_ascii=False, allow_nan=False)) for slide in slides]


def from_plain(plain: Iterable[Mapping[str, Any]]) -> tuple[Slide, ...]:
    """The reverse of ``to_plain``. Fields of later versions are passed over; MeetingRefused ``meeting_unreadable`` where one is missing."""
    try:
        return tuple(_slide(one) for one in plain)
    except (KeyError, TypeError, ValueError, AttributeError) as cause:
        raise refuse("unreadable", what=str(cause)[:80]) from cause


def words(plain: Mapping[str, Any] | None) -> Words:
    """Words from JSON; empty ones from nothing."""
    return Words(str((plain or {}).get("zh", "")), str((plain or {}).get("en", "")))


def figure(plain: Mapping[str, Any]) -> Figure:
    """A figure from JSON. Raises KeyError, TypeError or ValueError for what is none."""
    where = tuple((str(split), tuple(str(value) for value in values)) for split, values in plain["where"])
    value, lo, hi = (None if plain[name] is None else float(plain[name]) for name in ("value", "lo", "hi"))
    return Figure(str(plain["metric"]), where, str(plain["first"]), str(plain["last"]), value, lo, hi, int(plain["base"]))


def seal(plain: Any) -> str:
    """sha256 of JSON in its one canonical form."""
    text = json.dumps(plain, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _slide(plain: Mapping[str, Any]) -> Slide:
    goal = plain.get("goal")
    return Slide(
        id=str(plain["id"]), kind=str(plain["kind"]), title=words(plain["title"]), item=str(plain.get("item", "")), owner=str(plain.get("owner", "")),
        minutes=int(plain.get("minutes", 0)), verdict=str(plain.get("verdict", "")), goal=None if goal is None else float(goal),
        **{name: words(plain.get(name)) for name in ("word", "about", "evidence", "ask", "goal_name", "own", "whole", "done")},
        since=str(plain.get("since", "")), shown=tuple(figure(one) for one in plain.get("shown", ())),
        points=tuple(
            Point(figure(one["figure"]), str(one.get("series", "own")), str(one.get("verdict", "")), words(one.get("name"))) for one in plain.get("points", ())
        ),
        lines=tuple(
            Line(words(one["what"]), words(one.get("more")), str(one.get("verdict", "")), words(one.get("word")), str(one.get("owner", "")),
                 int(one.get("minutes", 0)), str(one.get("to", "")))
            for one in plain.get("lines", ())
        ),
    )
