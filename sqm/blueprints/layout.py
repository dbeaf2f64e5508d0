"""Where everything of a blueprint stands: cards in lanes and columns, lines, and the way of each arrow. User units are
pixels at a drawing width of 1440; y grows downwards.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqm.blueprints.document import LANES, LINES, Document, Step

GUTTER, COLUMN, CARD = 104, 158, 138
HEADER, STRIP = 36, 70
LANE_HEIGHTS = {"evidence": 88, "customer": 128, "frontstage": 128, "backstage": 98, "support": 94}
PAD, GAP, RADIUS, TURN = 11, 8, 7, 16
TITLE_SIZE = 13
_NARROW, _WIDE = set("iljtfrI.,:;'|!()[]· "), set("mwMWQO@%—…“”")


def measure(text: str, size: float, bold: bool = False) -> float:
    """The width of ``text`` in user units, near enough to break lines by; nothing here can ask a font."""
    total = 0.0
    for c in text:
        if ord(c) > 0x2E7F:
            total += 1.0
        elif c in _NARROW:
            total += 0.3
        elif c in _WIDE:
            total += 0.86
        else:
            total += 0.63 if c.isupper() else 0.52
    return total * size * (1.04 if bold else 1.0)


def _pieces(text: str) -> list[str]:
    """What a line may be broken between: single Han characters, whole Latin words with their blank."""
    out: list[str] = []
    word = ""
    for c in text:
        if ord(c) > 0x2E7F:
            out += [word] if word else []
            word = ""
            if c in "，。、；：！？）》”’" and out:
                out[-1] += c
            else:
                out.append(c)
        else:
            word += c
            if c in " /":
                out.append(word)
                word = ""
    return [*out, word] if word else out


def wrap(text: str, width: float, size: float, bold: bool = False, most: int = 3) -> list[str]:
    """At most ``most`` lines of about even length; what does not fit ends in an ellipsis."""
    pieces = _pieces(" ".join(text.split()))

    def fill(limit: float) -> list[str]:
        lines = [""]
        for piece in pieces:
            if lines[-1] and measure((lines[-1] + piece).rstrip(), size, bold) > limit:
                lines.append("")
            lines[-1] += piece
        return [line.strip() for line in lines]

    lines = fill(width)
    if 1 < len(lines) <= most:
        even = width
        while even > width * 0.5 and len(fill(even - 4)) == len(lines):
            even -= 4
        lines = fill(even)
    out = []
    for i, line in enumerate(lines[:most]):
        cut = i == most - 1 and len(lines) > most
        while measure(line + "…" * cut, size, bold) > width and len(line) > 1:
            line, cut = line[:-1], True
        out.append(line + "…" * cut)
    return out or [""]


@dataclass
class Card:
    """A step in its place; ``lines`` are its broken title."""

    step: Step
    lines: list[str]
    chips: int
    x: float
    w: float
    h: float
    first: int
    last: int
    y: float = 0.0

    @property
    def centre(self) -> tuple[float, float]:
        return self.x + self.w / 2, self.y + self.h / 2


@dataclass(frozen=True)
class Arrow:
    """An orthogonal way through ``points``; the last one is where the head's tip stands."""

    source: str
    target: str
    points: tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class Layout:
    """``lanes``: name to (top, height); ``lines``: name of the dividing line to its y."""

    width: float
    height: float
    top: float
    lanes: dict[str, tuple[float, float]]
    lines: dict[str, float]
    cards: dict[str, Card]
    arrows: list[Arrow]


def column_x(index: int) -> float:
    """The left edge of a column."""
    return GUTTER + COLUMN * index


def _card(step: Step, first: int, columns: int, lang: str) -> Card:
    span = min(step.span, columns - first)
    width = CARD + COLUMN * (span - 1)
    chips = int(step.key) + int(step.fail)
    evidence = step.lane == "evidence"
    lines = wrap(step.title.get(lang) or "–", width - 2 * PAD, TITLE_SIZE, bool(chips), 2 if evidence else 3)
    height = (16 + 24 * chips if chips else 12 if evidence else 22) + 18 * len(lines)
    x = column_x(first) + (COLUMN - CARD) / 2
    return Card(step, lines, chips, x, width, height, first, first + span - 1)


def _rows(cards: list[Card]) -> list[list[Card]]:
    """Cards of one lane in groups that share columns; each card's row is kept in ``y`` for the moment."""
    groups: list[list[Card]] = []
    for card in cards:
        touching = [g for g in groups if any(c.first <= card.last and card.first <= c.last for c in g)]
        above = [c.y for g in touching for c in g if c.first <= card.last and card.first <= c.last]
        card.y = max(above, default=-1) + 1
        groups = [g for g in groups if g not in touching] + [[c for g in touching for c in g] + [card]]
    return groups


def arrange(document: Document, lang: str, *, strip: bool = True) -> Layout:
    """The layout of a document with titles in ``lang``; ``strip`` leaves room for the perception strip."""
    columns = document.phase_index()
    count = max(1, len(columns))
    top = float(HEADER + (STRIP if strip else 0))
    cards: dict[str, Card] = {}
    lanes: dict[str, tuple[float, float]] = {}
    for lane in LANES:
        own = [_card(s, columns[s.phase], count, lang) for s in document.steps if s.lane == lane]
        own.sort(key=lambda c: (c.step.order, c.first))
        groups = _rows(own)
        height, edge = float(LANE_HEIGHTS[lane]), 20 if lane == "evidence" else 28
        heights = []
        for group in groups:
            rows = [max(c.h for c in group if c.y == r) for r in range(int(max(c.y for c in group)) + 1)]
            heights.append(rows)
            height = max(
                height,
                sum(rows)
                + GAP * 2 * (len(rows) - 1) * (lane != "evidence")
                + GAP * (len(rows) - 1) * (lane == "evidence")
                + edge,
            )
        between = GAP if lane == "evidence" else GAP * 2
        for group, rows in zip(groups, heights, strict=True):
            start = top + (height - sum(rows) - between * (len(rows) - 1)) / 2
            for card in group:
                r = int(card.y)
                card.y = start + sum(rows[:r]) + between * r + (rows[r] - card.h) / 2
        cards |= {card.step.id: card for card in own}
        lanes[lane] = (top, height)
        top += height
    lines = {name: sum(lanes[lane]) for lane, name in LINES.items()}
    layout = Layout(GUTTER + COLUMN * count, top, HEADER, lanes, lines, cards, [])
    layout.arrows.extend(_arrow(layout, cards[a], cards[b]) for a, b in document.links)
    return layout


def _blocked(layout: Layout, x: float, top: float, bottom: float, but: tuple[Card, Card]) -> bool:
    return any(
        c.x - 4 < x < c.x + c.w + 4 and c.y < bottom and c.y + c.h > top for c in layout.cards.values() if c not in but
    )


def _arrow(layout: Layout, a: Card, b: Card) -> Arrow:
    (ax, ay), (bx, by) = a.centre, b.centre

    def way(*points: tuple[float, float]) -> Arrow:
        return Arrow(a.step.id, b.step.id, points)

    same_lane = a.step.lane == b.step.lane
    if same_lane and a.last != b.last and a.first != b.first:
        right = bx > ax
        start, end = (a.x + a.w, b.x) if right else (a.x, b.x + b.w)
        between = [
            c
            for c in layout.cards.values()
            if c.step.lane == a.step.lane
            and c not in (a, b)
            and min(start, end) < c.x + c.w / 2 < max(start, end)
            and c.y < max(ay, by) < c.y + c.h
        ]
        if not between:
            if abs(ay - by) < 1:
                return way((start, ay), (end, by))
            turn = end - 10 if right else end + 10
            return way((start, ay), (turn, ay), (turn, by), (end, by))
        lane_top, lane_height = layout.lanes[a.step.lane]
        under = lane_top + lane_height - 9
        return way((ax, a.y + a.h), (ax, under), (bx, under), (bx, b.y + b.h))
    down = b.y > a.y
    start, end = (a.y + a.h, b.y) if down else (a.y, b.y + b.h)
    sign = 1 if down else -1
    # A narrow card above or below a wide one: go straight.
    x = ax if b.w > a.w and b.x < ax < b.x + b.w else bx if a.w > b.w and a.x < bx < a.x + a.w else None
    if x is not None or abs(ax - bx) < 1:
        x = ax if x is None else x
        if not _blocked(layout, x, min(start, end), max(start, end), (a, b)):
            return way((x, start), (x, end))
        gap = column_x(a.last + 1) - (COLUMN - CARD) / 4
        return way(
            (ax, start),
            (ax, start + 9 * sign),
            (gap, start + 9 * sign),
            (gap, end - TURN * sign),
            (bx, end - TURN * sign),
            (bx, end),
        )
    turn = end - TURN * sign
    if not _blocked(layout, ax, min(start, turn), max(start, turn), (a, b)):
        return way((ax, start), (ax, turn), (bx, turn), (bx, end))
    gap = column_x(a.last + 1) - (COLUMN - CARD) / 4 if bx > ax else column_x(a.first) + (COLUMN - CARD) / 4
    return way((ax, start), (ax, start + 9 * sign), (gap, start + 9 * sign), (gap, turn), (bx, turn), (bx, end))
