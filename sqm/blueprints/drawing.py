"""A blueprint as an SVG string: lanes, lines, cards with living figures, arrows. Every text from outside is escaped.

Cards are ``<g class="step" data-step=ID>`` and arrows ``<g class="arrow" data-from= data-to=>``, so that whoever shows
the drawing can select and light them up. Colours come as a palette, words as a mapping (``WORDS``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from html import escape

from sqm.blueprints.document import LANES, Document
from sqm.blueprints.layout import (
    COLUMN,
    GUTTER,
    HEADER,
    PAD,
    RADIUS,
    STRIP,
    TITLE_SIZE,
    Arrow,
    Card,
    Layout,
    arrange,
    column_x,
    measure,
    wrap,
)

#: Every word the drawing says; ``per`` follows a complaint rate.
WORDS = (
    "lane.evidence",
    "lane.customer",
    "lane.frontstage",
    "lane.backstage",
    "lane.support",
    "line.interaction",
    "line.visibility",
    "line.internal",
    "guard.none",
    "guard.no_prevention",
    "guard.no_contingency",
    "guard.both",
    "key",
    "fail",
    "per",
    "rising",
    "falling",
    "steady",
    "perception",
    "mean",
    "nothing",
)


@dataclass(frozen=True)
class Figure:
    """A figure ready to print. ``sign``: up, down, same or empty; ``verdict``: better, worse, unclear or empty."""

    value: str
    margin: str = ""
    sign: str = ""
    verdict: str = ""
    trend: tuple[float, ...] = ()


@dataclass(frozen=True)
class Feeling:
    """What customers say in one phase, on the strip: a value with its interval on the metric's own scale."""

    value: float
    low: float
    high: float
    shown: str
    verdict: str = ""


@dataclass(frozen=True)
class Living:
    """Everything alive on the drawing: step id to figure, phase id to feeling, and the mean of the strip."""

    keys: Mapping[str, Figure] = field(default_factory=dict)
    fails: Mapping[str, Figure] = field(default_factory=dict)
    strip: Mapping[str, Feeling] = field(default_factory=dict)
    mean: float | None = None
    mean_shown: str = ""


@dataclass(frozen=True)
class Drawing:
    svg: str
    width: int
    height: int


def mix(one: str, other: str, share: float) -> str:
    """``one`` with ``share`` (0–1) of ``other`` in it; both ``#rrggbb``."""
    a, b = ([int(c.lstrip("#")[i : i + 2], 16) for i in (0, 2, 4)] for c in (one, other))
    return "#" + "".join(f"{round(x + (y - x) * share):02x}" for x, y in zip(a, b, strict=True))


def _n(value: float) -> str:
    return f"{value:.1f}".rstrip("0").rstrip(".")


def _text(
    x: float, y: float, content: str, colour: str, size: float = 12, *, bold: bool = False, anchor: str = ""
) -> str:
    weight = ' font-weight="700"' if bold else ""
    where = f' text-anchor="{anchor}"' if anchor else ""
    return (
        f'<text x="{_n(x)}" y="{_n(y)}" font-size="{_n(size)}" fill="{colour}"{weight}{where}>{escape(content)}</text>'
    )


def draw(
    document: Document,
    lang: str,
    palette: Mapping[str, str],
    words: Mapping[str, str],
    living: Living | None = None,
    *,
    alt: str = "",
    selected: str = "",
) -> Drawing:
    """The drawing of ``document`` with titles in ``lang``. ``palette``: the design tokens of one theme."""
    living = living or Living()
    layout = arrange(document, lang, strip=bool(living.strip))
    return _Pen(document, lang, dict(palette), words, living, layout, selected).drawing(alt)


class _Pen:
    def __init__(
        self,
        document: Document,
        lang: str,
        palette: dict[str, str],
        words: Mapping[str, str],
        living: Living,
        layout: Layout,
        selected: str,
    ) -> None:
        self.document, self.lang, self.words, self.living, self.layout = document, lang, words, living, layout
        self.selected = selected
        dark = int(palette["background"].lstrip("#")[:2], 16) < 128
        self.c = {
            **palette,
            "shade": mix(palette["background"], "#000000", 0.35) if dark else palette["sunken"],
            "card": mix(palette["background"], "#ffffff", 0.05) if dark else palette["background"],
            "edge": mix(palette["line"], palette["text"], 0.12),
            "arrow": mix(palette["faint"], palette["background"], 0.35),
        }

    def drawing(self, alt: str) -> Drawing:
        w, h = self.layout.width, self.layout.height
        arrows = sorted(self.layout.arrows, key=lambda a: self.selected in (a.source, a.target))
        order = {phase.id: i for i, phase in enumerate(self.document.phases)}
        cards = sorted(self.layout.cards.values(), key=lambda k: (order[k.step.phase], LANES.index(k.step.lane), k.y))
        body = [
            *self.ground(),
            *self.strip(),
            '<g class="arrows">',
            *(self.arrow(a) for a in arrows),
            "</g>",
            '<g class="steps">',
            *(self.card(k) for k in cards),
            "</g>",
        ]
        style = (
            f"--accent:{self.c['accent']};--edge:{self.c['edge']};--text:{self.c['text']};--muted:{self.c['muted']};"
            f"--arrow:{self.c['arrow']};font-family:inherit;font-variant-numeric:tabular-nums"
        )
        head = (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_n(w)} {_n(h)}" width="{_n(w)}" height="{_n(h)}" '
            f'role="group" aria-label="{escape(alt)}" style="{style}">'
        )
        return Drawing(head + "".join(body) + "</svg>", round(w), round(h))

    # ---- ground: shading, columns, lanes and lines -------------------------------------------------------------------

    def ground(self) -> list[str]:
        c, layout = self.c, self.layout
        w, h, seen = layout.width, layout.height, layout.lines["visibility"]
        out = [
            f'<rect width="{_n(w)}" height="{_n(h)}" fill="{c["background"]}"/>',
            f'<rect y="{_n(seen)}" width="{_n(w)}" height="{_n(h - seen)}" fill="{c["shade"]}"/>',
        ]
        for i, phase in enumerate(self.document.phases):
            x = column_x(i)
            out.append(f'<path d="M{_n(x)} 0V{_n(h)}" stroke="{c["line"]}"/>')
            number = str(i + 1)
            title = wrap(phase.name.get(self.lang), COLUMN - 34, TITLE_SIZE, True, 1)[0]
            out.append(_text(x + 12, 23, number, c["muted"], 11))
            out.append(_text(x + 17 + measure(number, 11), 23, title, c["text"], TITLE_SIZE, bold=True))
        flat = [HEADER, *([layout.top + STRIP] if self.living.strip else []), sum(layout.lanes["evidence"])]
        out += [f'<path d="M0 {_n(y)}H{_n(w)}" stroke="{c["line"]}"/>' for y in flat]
        for lane, (top, height) in layout.lanes.items():
            lines = wrap(self.words[f"lane.{lane}"], GUTTER - 22, TITLE_SIZE, True, 2)
            y = top + height / 2 - 9 * (len(lines) - 1) + 4.5
            out += [_text(14, y + 18 * i, line, c["text"], TITLE_SIZE, bold=True) for i, line in enumerate(lines)]
        dashes = {
            "interaction": "",
            "visibility": ' stroke-dasharray="9 5"',
            "internal": ' stroke-dasharray="1.5 5" stroke-linecap="round"',
        }
        for name, y in layout.lines.items():
            width = 1.25 if name != "internal" else 1.75
            out.append(f'<path d="M0 {_n(y)}H{_n(w)}" stroke="{c["muted"]}" stroke-width="{width}"{dashes[name]}/>')
            label = wrap(self.words[f"line.{name}"], GUTTER - 16, 11, most=2)
            out += [_text(14, y - 6 - 13 * i, line, c["muted"], 11) for i, line in enumerate(reversed(label))]
        return out

    def strip(self) -> list[str]:
        if not self.living.strip:
            return []
        c, top = self.c, self.layout.top
        out = [_text(14, top + STRIP / 2 - 1, self.words["perception"], c["text"], TITLE_SIZE, bold=True)]
        values = [v for f in self.living.strip.values() for v in (f.value, f.low, f.high) if v == v]
        mean = self.living.mean if self.living.mean is not None else sum(values) / len(values)
        reach = max(6.0, *(abs(v - mean) for v in values))

        def y_of(value: float) -> float:
            return top + STRIP / 2 - (value - mean) / reach * (STRIP / 2 - 9)

        if self.living.mean is not None:
            out.append(
                _text(14, top + STRIP / 2 + 15, f"{self.words['mean']} {self.living.mean_shown}", c["muted"], 11)
            )
            out.append(
                f'<path d="M{GUTTER} {_n(y_of(mean))}H{_n(self.layout.width)}" stroke="{c["muted"]}" '
                'stroke-dasharray="1.5 4"/>'
            )
        dots = [
            (column_x(i) + COLUMN / 2, self.living.strip[p.id])
            for i, p in enumerate(self.document.phases)
            if p.id in self.living.strip
        ]
        points = " ".join(f"{_n(x)},{_n(y_of(f.value))}" for x, f in dots)
        out.append(f'<polyline points="{points}" fill="none" stroke="{c["edge"]}" stroke-width="1.25"/>')
        for x, f in dots:
            colour = c[f.verdict] if f.verdict in ("better", "worse") else c["unclear"]
            fill = colour if f.verdict in ("better", "worse") else c["background"]
            out.append(
                f'<path d="M{_n(x)} {_n(y_of(f.low))}V{_n(y_of(f.high))}" stroke="{colour}" stroke-width="2.5" '
                'opacity=".42"/>'
            )
            out.append(
                f'<circle cx="{_n(x)}" cy="{_n(y_of(f.value))}" r="4" fill="{fill}" stroke="{colour}" '
                'stroke-width="1.75"/>'
            )
            out.append(_text(x + 10, y_of(f.value) + 4.5, f.shown, c["text"], 12, bold=True))
        return out

    # ---- arrows and cards --------------------------------------------------------------------------------------------

    def arrow(self, arrow: Arrow) -> str:
        *way, (px, py), (tx, ty) = arrow.points
        length = abs(tx - px) + abs(ty - py) or 1.0
        ux, uy = (tx - px) / length, (ty - py) / length
        tip = (tx - ux, ty - uy)
        foot = (tx - 7 * ux, ty - 7 * uy)
        points = [*way, (px, py), foot]
        d = f"M{_n(points[0][0])} {_n(points[0][1])}"
        for (x0, y0), (x1, y1), (x2, y2) in zip(points, points[1:], points[2:], strict=False):
            r = min(RADIUS, (abs(x1 - x0) + abs(y1 - y0)) / 2, (abs(x2 - x1) + abs(y2 - y1)) / 2)
            bx, by = x1 - _sign(x1 - x0) * r, y1 - _sign(y1 - y0) * r
            ex, ey = x1 + _sign(x2 - x1) * r, y1 + _sign(y2 - y1) * r
            d += f"L{_n(bx)} {_n(by)}Q{_n(x1)} {_n(y1)} {_n(ex)} {_n(ey)}"
        d += f"L{_n(points[-1][0])} {_n(points[-1][1])}"
        head = (
            f"{_n(tip[0])},{_n(tip[1])} {_n(foot[0] - uy * 3)},{_n(foot[1] + ux * 3)} "
            f"{_n(foot[0] + uy * 3)},{_n(foot[1] - ux * 3)}"
        )
        colour = self.c["accent"] if self.selected in (arrow.source, arrow.target) else self.c["arrow"]
        return (
            f'<g class="arrow" data-from="{escape(arrow.source)}" data-to="{escape(arrow.target)}" '
            f'style="color:{colour}">'
            f'<path d="{d}" fill="none" stroke="currentColor" stroke-width="1.25"/>'
            f'<polygon points="{head}" fill="currentColor"/></g>'
        )

    def card(self, card: Card) -> str:
        c, step = self.c, card.step
        chosen = step.id == self.selected
        stroke = f'stroke="{c["accent"]}" stroke-width="2"' if chosen else f'stroke="{c["edge"]}"'
        out = [
            f'<g class="step{" selected" if chosen else ""}" data-step="{escape(step.id)}" role="button" tabindex="0" '
            f'aria-label="{escape(self.spoken(card))}" transform="translate({_n(card.x)} {_n(card.y)})">',
            '<rect class="ring" x="-4" y="-4" rx="11" fill="none" '
            f'width="{_n(card.w + 8)}" height="{_n(card.h + 8)}"/>',
            f'<rect class="card" width="{_n(card.w)}" height="{_n(card.h)}" rx="8" fill="{c["card"]}" {stroke}/>',
        ]
        if card.chips:
            out += [
                _text(PAD, 22 + 18 * i, line, c["text"], TITLE_SIZE, bold=True) for i, line in enumerate(card.lines)
            ]
        else:
            start = card.h / 2 - 9 * (len(card.lines) - 1) + 4.5
            out += [
                _text(card.w / 2, start + 18 * i, line, c["text"], TITLE_SIZE, anchor="middle")
                for i, line in enumerate(card.lines)
            ]
        y = 12 + 18 * len(card.lines) + 12
        if step.key:
            out += self.key_chip(y, card.w, self.living.keys.get(step.id))
        if step.key and step.fail:
            y += 24
            out.append(f'<path d="M{PAD} {_n(y - 12)}H{_n(card.w - PAD)}" stroke="{c["line"]}"/>')
        if step.fail:
            out += self.fail_chip(y, card.w, self.living.fails.get(step.id), step.guard)
        if step.guard not in ("", "both"):
            word = self.words[f"guard.{step.guard}"]
            width = measure(word, 11) + 14
            x = card.w - 8 - width
            out.append(
                f'<rect x="{_n(x)}" y="-10" width="{_n(width)}" height="17" rx="8.5" fill="{c["worse_tint"]}" '
                f'stroke="{c["worse"]}"/>'
            )
            out.append(_text(x + width / 2, 2.5, word, c["worse"], 11, anchor="middle"))
        return "".join(out) + "</g>"

    def spoken(self, card: Card) -> str:
        step, words = card.step, self.words
        parts = [step.title.get(self.lang), words[f"lane.{step.lane}"]]
        if step.key:
            figure = self.living.keys.get(step.id)
            parts.append(f"{words['key']} {figure.value} {figure.margin}".strip() if figure else words["key"])
        if step.fail:
            figure = self.living.fails.get(step.id)
            parts.append(f"{words['fail']} {figure.value}{words['per']}" if figure else words["fail"])
            parts.append(words[f"guard.{step.guard}"])
        return ", ".join(part for part in parts if part)

    def key_chip(self, y: float, width: float, figure: Figure | None) -> list[str]:
        c = self.c
        out = [
            f'<rect x="{PAD}" y="{_n(y - 8.5)}" width="17" height="17" rx="4" fill="{c["accent_tint"]}"/>',
            _text(PAD + 8.5, y + 4, "K", c["accent"], 11, bold=True, anchor="middle"),
        ]
        x = PAD + 24.0
        if figure is None or not figure.value:
            return [*out, _text(x, y + 4, self.words["nothing"], c["muted"], 11)]
        out.append(_text(x, y + 4.5, figure.value, c["text"], 13, bold=True))
        x += measure(figure.value, 13, True) + 4
        if figure.margin:
            out.append(_text(x, y + 4, figure.margin, c["muted"], 11))
            x += measure(figure.margin, 11) + 5
        if figure.verdict:
            sign = {"better": "▲", "worse": "▼", "unclear": "≈"}[figure.verdict]
            colour = c[figure.verdict] if figure.verdict != "unclear" else c["muted"]
            out.append(_text(x, y + 4, sign, colour, 10 if sign != "≈" else 12))
            x += 13
        return out + self.spark(x + 2, y, width - PAD - x - 2, figure)

    def spark(self, x: float, y: float, width: float, figure: Figure) -> list[str]:
        values = [v for v in figure.trend if v == v]
        if width < 12 or len(values) < 3:
            return []
        width = min(width, 44)
        low, high = min(values), max(values)
        reach = (high - low) or 1.0
        step = width / (len(values) - 1)
        points = " ".join(f"{_n(x + i * step)},{_n(y + 5 - (v - low) / reach * 10)}" for i, v in enumerate(values))
        colour = self.c[figure.verdict] if figure.verdict in ("better", "worse") else self.c["unclear"]
        return [
            f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="1.25" stroke-linejoin="round"/>'
        ]

    def fail_chip(self, y: float, width: float, figure: Figure | None, guard: str) -> list[str]:
        c = self.c
        out = [
            f'<circle cx="{PAD + 8.5}" cy="{_n(y)}" r="8" fill="none" stroke="{c["muted"]}" stroke-width="1.25"/>',
            _text(PAD + 8.5, y + 4, "F", c["muted"], 11, bold=True, anchor="middle"),
        ]
        x = PAD + 24.0
        if figure is None or not figure.value:
            out.append(_text(x, y + 4, self.words["nothing"], c["muted"], 11))
        else:
            out.append(_text(x, y + 4.5, figure.value, c["text"], 13, bold=True))
            x += measure(figure.value, 13, True) + 1
            out.append(_text(x, y + 4, self.words["per"], c["muted"], 11))
            x += measure(self.words["per"], 11) + 5
            if figure.sign:
                arrow, word = {"up": ("↑", "rising"), "down": ("↓", "falling"), "same": ("≈", "steady")}[figure.sign]
                colour = c[figure.verdict] if figure.verdict in ("better", "worse") else c["muted"]
                full = f"{arrow} {self.words[word]}"
                room = width - PAD - 17 - x
                out.append(_text(x, y + 4, full if measure(full, 11) <= room else arrow, colour, 11))
        return out + self.shield(width - PAD - 12, y - 7, guard)

    def shield(self, x: float, y: float, guard: str) -> list[str]:
        """Guarded: a tick; one plan missing: an exclamation mark; none: dashed and empty."""
        colour = self.c["better"] if guard == "both" else self.c["worse"]
        fill = self.c["better_tint"] if guard == "both" else "none"
        dash = ' stroke-dasharray="2.2 1.8"' if guard == "none" else ""
        inside = {"both": "M3.4 6.8 5.4 8.8 8.8 5", "none": ""}.get(guard, "M6 3.8V7.6M6 9.6V9.9")
        mark = (
            f'<path d="{inside}" fill="none" stroke="{colour}" stroke-width="1.5" stroke-linecap="round"/>'
            if inside
            else ""
        )
        return [
            f'<g transform="translate({_n(x)} {_n(y)})">'
            '<path d="M6 .7 11.2 2.6V7C11.2 10 9 12.2 6 13.4 3 12.2 .8 10 .8 7V2.6Z" '
            f'fill="{fill}" stroke="{colour}" stroke-width="1.25"{dash}/>{mark}</g>'
        ]


def _sign(value: float) -> int:
    return (value > 0) - (value < 0)
