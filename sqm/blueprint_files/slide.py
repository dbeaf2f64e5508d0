"""A blueprint as one slide of native shapes: every card can be moved, every word changed. Its notes say where the figures come from.

Straight links are connectors that follow their cards; bent ones are drawn as they run on the screen.
"""

from __future__ import annotations

import io
import re
from collections.abc import Mapping, Sequence
from typing import Any

from pptx import Presentation
from pptx.dml.color import RGBColor
from pptx.enum.dml import MSO_LINE
from pptx.enum.shapes import MSO_CONNECTOR, MSO_SHAPE
from pptx.enum.text import MSO_ANCHOR, PP_ALIGN
from pptx.oxml.ns import qn
from pptx.util import Emu, Pt

from sqm.blueprint import Document
from sqm.blueprints.drawing import Figure, Living
from sqm.blueprints.layout import COLUMN, GUTTER, HEADER, PAD, STRIP, Arrow, Card, arrange, column_x, measure, wrap

LATIN, EAST_ASIAN = "Segoe UI", "Microsoft YaHei"
#: 16:9, in EMU; and how much of it is margin, title and legend.
WIDE, HIGH = 12_192_000, 6_858_000
_MARGIN, _TOP, _FOOT = 380_000, 800_000, 420_000
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_DASHES = {"interaction": None, "visibility": MSO_LINE.DASH, "internal": MSO_LINE.ROUND_DOT}
_SIGN = {"better": "▲", "worse": "▼", "unclear": "≈"}
_WAY = {"up": "↑", "down": "↓", "same": "≈"}


def slide(document: Document, lang: str, words: Mapping[str, str], living: Living, palette: Mapping[str, Any], title: str, legend: str, notes: Sequence[str]) -> bytes:
    """The document on one slide: ``title`` above, ``legend`` below, ``notes`` for whoever speaks."""
    made = Presentation()
    made.slide_width, made.slide_height = Emu(WIDE), Emu(HIGH)
    page = made.slides.add_slide(made.slide_layouts[5])
    pen = _Pen(page, document, lang, words, living, palette)
    pen.title(title)
    pen.ground()
    under = len(page.shapes._spTree)
    shapes = {step_id: pen.card(card) for step_id, card in pen.layout.cards.items()}
    for arrow in pen.layout.arrows:
        way = pen.arrow(arrow, shapes)
        page.shapes._spTree.remove(way._element)
        page.shapes._spTree.insert(under, way._element)  # links lie under the cards they join
    pen.legend(legend)
    page.notes_slide.notes_text_frame.text = _CONTROL.sub(" ", "\n".join(notes))
    kept = io.BytesIO()
    made.save(kept)
    return kept.getvalue()


class _Pen:
    def __init__(self, page: Any, document: Document, lang: str, words: Mapping[str, str], living: Living, palette: Mapping[str, Any]) -> None:
        self.page, self.document, self.lang, self.words, self.living, self.c = page, document, lang, words, living, palette
        self.layout = arrange(document, lang, strip=bool(living.strip))
        self.scale = min((WIDE - 2 * _MARGIN) / self.layout.width, (HIGH - _TOP - _FOOT) / self.layout.height)
        self.left = (WIDE - self.layout.width * self.scale) / 2

    def x(self, value: float) -> Emu:
        return Emu(round(self.left + value * self.scale))

    def y(self, value: float) -> Emu:
        return Emu(round(_TOP + value * self.scale))

    def size(self, value: float) -> Emu:
        return Emu(round(value * self.scale))

    def points(self, size: float) -> Any:
        return Pt(max(5, round(size * self.scale / 12_700 * 2) / 2))

    def colour(self, name: str) -> RGBColor:
        return RGBColor.from_string(str(self.c.get(name, name)).lstrip("#"))

    def write(self, shape: Any, lines: Sequence[Sequence[tuple[str, float, str, bool]]], align: Any = PP_ALIGN.LEFT, anchor: Any = MSO_ANCHOR.MIDDLE) -> None:
        """``lines`` of runs (text, size, colour, bold) into a shape without margins."""
        frame = shape.text_frame
        frame.margin_left = frame.margin_right = frame.margin_top = frame.margin_bottom = 0
        frame.word_wrap, frame.vertical_anchor = False, anchor
        for n, runs in enumerate(lines):
            paragraph = frame.paragraphs[0] if n == 0 else frame.add_paragraph()
            paragraph.alignment = align
            for text, size, colour, bold in runs:
                run = paragraph.add_run()
                run.text = _CONTROL.sub(" ", text)
                run.font.size, run.font.bold, run.font.name = self.points(size), bold, LATIN
                run.font.color.rgb = self.colour(colour)
                # Without a face of its own Chinese text takes whatever the machine has first.
                face = run._r.get_or_add_rPr()
                east = face.makeelement(qn("a:ea"), {"typeface": EAST_ASIAN})
                face.find(qn("a:latin")).addnext(east)

    def box(self, kind: Any, x: float, y: float, w: float, h: float, fill: str | None, line: str | None, width: float = 0.75, name: str = "") -> Any:
        shape = self.page.shapes.add_shape(kind, self.x(x), self.y(y), self.size(w), self.size(h))
        shape.shadow.inherit = False
        if fill:
            shape.fill.solid()
            shape.fill.fore_color.rgb = self.colour(fill)
        else:
            shape.fill.background()
        if line:
            shape.line.color.rgb, shape.line.width = self.colour(line), Pt(width)
        else:
            shape.line.fill.background()
        if name:
            shape.name = _CONTROL.sub(" ", name)
        return shape

    def text(self, x: float, y: float, w: float, h: float, runs: Sequence[tuple[str, float, str, bool]], align: Any = PP_ALIGN.LEFT) -> None:
        self.write(self.page.shapes.add_textbox(self.x(x), self.y(y), self.size(w), self.size(h)), [runs], align)

    def rule(self, x1: float, y1: float, x2: float, y2: float, colour: str, width: float = 0.75, dash: Any = None) -> Any:
        line = self.page.shapes.add_connector(MSO_CONNECTOR.STRAIGHT, self.x(x1), self.y(y1), self.x(x2), self.y(y2))
        line.line.color.rgb, line.line.width = self.colour(colour), Pt(width)
        if dash is not None:
            line.line.dash_style = dash
        return line

    def title(self, title: str) -> None:
        holder = self.page.shapes.title
        holder.left, holder.top, holder.width, holder.height = Emu(_MARGIN), Emu(230_000), Emu(WIDE - 2 * _MARGIN), Emu(480_000)
        keep, self.scale = self.scale, 12_700
        self.write(holder, [[(title, 20 if measure(title, 20) < 900 else 16, "text", True)]])
        self.scale = keep
        holder.text_frame.word_wrap = True

    def legend(self, legend: str) -> None:
        box = self.page.shapes.add_textbox(Emu(_MARGIN), Emu(HIGH - _FOOT + 90_000), Emu(WIDE - 2 * _MARGIN), Emu(_FOOT - 140_000))
        keep, self.scale = self.scale, 12_700
        self.write(box, [[(legend, 9, "muted", False)]])
        self.scale = keep
        box.text_frame.word_wrap = True

    def ground(self) -> None:
        layout = self.layout
        w, h, seen = layout.width, layout.height, layout.lines["visibility"]
        self.box(MSO_SHAPE.RECTANGLE, 0, seen, w, h - seen, "sunken", None)
        for at, phase in enumerate(self.document.phases):
            x = column_x(at)
            self.rule(x, 0, x, h, "line")
            self.text(x + 12, 4, COLUMN - 16, HEADER - 8, [(f"{at + 1}  ", 11, "muted", False), (phase.name.get(self.lang), 13, "text", True)])
        for y in (HEADER, *([layout.top + STRIP] if self.living.strip else []), sum(layout.lanes["evidence"])):
            self.rule(0, y, w, y, "line")
        if self.living.strip:
            self.strip()
        for lane, (top, height) in layout.lanes.items():
            label = self.page.shapes.add_textbox(self.x(10), self.y(top), self.size(GUTTER - 18), self.size(height))
            self.write(label, [[(line, 13, "text", True)] for line in wrap(self.words[f"lane.{lane}"], GUTTER - 22, 13, True, 2)])
        for name, y in layout.lines.items():
            self.rule(0, y, w, y, "muted", 1, _DASHES[name])
            self.text(10, y - 16, GUTTER - 14, 14, [(self.words[f"line.{name}"], 9 if self.lang == "zh" else 7, "muted", False)])

    def strip(self) -> None:
        top, mean = self.layout.top, self.living.mean_shown
        label = self.page.shapes.add_textbox(self.x(10), self.y(top), self.size(GUTTER - 14), self.size(STRIP))
        self.write(label, [[(self.words["perception"], 13, "text", True)], *([[(f"{self.words['mean']} {mean}", 10, "muted", False)]] if mean else [])])
        for at, phase in enumerate(self.document.phases):
            felt = self.living.strip.get(phase.id)
            if felt:
                # Against the overall mean, not against before: a dot as on the screen, and no arrow.
                known = felt.verdict in ("better", "worse")
                dot = ("●  " if known else "○  ", 12, felt.verdict if known else "unclear", False)
                self.text(column_x(at), top, COLUMN, STRIP, [dot, (felt.shown, 15, "text", True)], PP_ALIGN.CENTER)

    def card(self, card: Card) -> Any:
        step = card.step
        shape = self.box(MSO_SHAPE.ROUNDED_RECTANGLE, card.x, card.y, card.w, card.h, "background", "faint", 0.75, step.title.get(self.lang))
        shape.adjustments[0] = min(0.5, 8 / min(card.w, card.h))
        lines = [[(line, 13, "text", bool(card.chips))] for line in card.lines]
        if card.chips:
            self.write(shape, lines, PP_ALIGN.LEFT, MSO_ANCHOR.TOP)
            shape.text_frame.margin_left, shape.text_frame.margin_top = self.size(PAD), self.size(7)
        else:
            self.write(shape, lines, PP_ALIGN.CENTER)
        y = 12 + 18 * len(card.lines) + 12
        if step.key:
            self.chip(card, y, "K", self.living.keys.get(step.id))
            y += 24
        if step.fail:
            self.chip(card, y, "F", self.living.fails.get(step.id))
        if step.guard not in ("", "both"):
            word = self.words[f"guard.{step.guard}"]
            width = measure(word, 11) + 18
            pill = self.box(MSO_SHAPE.ROUNDED_RECTANGLE, card.x + card.w - 8 - width, card.y - 10, width, 17, "worse_tint", "worse")
            pill.adjustments[0] = 0.5
            self.write(pill, [[(word, 10, "worse", False)]], PP_ALIGN.CENTER)
        return shape

    def chip(self, card: Card, y: float, mark: str, figure: Figure | None) -> None:
        key = mark == "K"
        kind = MSO_SHAPE.ROUNDED_RECTANGLE if key else MSO_SHAPE.OVAL
        box = self.box(kind, card.x + PAD, card.y + y - 8.5, 17, 17, "accent_tint" if key else "background", None if key else "muted", name=mark)
        self.write(box, [[(mark, 10, "accent" if key else "muted", True)]], PP_ALIGN.CENTER)
        if figure is None or not figure.value:
            runs = [(self.words["nothing"], 10, "muted", False)]
        else:
            verdict = figure.verdict if figure.verdict in ("better", "worse") else "muted"
            sign = _SIGN.get(figure.verdict, "") if key else _WAY.get(figure.sign, "")
            runs = [(figure.value, 12, "text", True), (f" {figure.margin if key else self.words['per']} ", 9, "muted", False), (sign, 9, verdict, False)]
        self.text(card.x + PAD + 24, card.y + y - 8.5, card.w - PAD - 30, 17, runs)

    def arrow(self, arrow: Arrow, shapes: Mapping[str, Any]) -> Any:
        if len(arrow.points) == 2:
            (x1, y1), (x2, y2) = arrow.points
            line = self.rule(x1, y1, x2, y2, "faint", 1)
            # Sites of a rectangle: 0 top, 1 left, 2 bottom, 3 right. Where the way does not run between centres, it is not glued.
            if _centred(self.layout.cards[arrow.source], (x1, y1)) and _centred(self.layout.cards[arrow.target], (x2, y2)):
                out, into = ((2, 0) if y2 > y1 else (0, 2)) if abs(x1 - x2) < 1 else ((3, 1) if x2 > x1 else (1, 3))
                line.begin_connect(shapes[arrow.source], out)
                line.end_connect(shapes[arrow.target], into)
            _head(line)
            return line
        first, *rest = [(self.x(x), self.y(y)) for x, y in arrow.points]
        builder = self.page.shapes.build_freeform(*first)
        builder.add_line_segments(rest, close=False)
        way = builder.convert_to_shape()
        way.shadow.inherit = False
        way.fill.background()
        way.line.color.rgb, way.line.width = self.colour("faint"), Pt(1)
        _head(way)
        return way


def _centred(card: Card, end: tuple[float, float]) -> bool:
    return abs(card.centre[0] - end[0]) < 1 or abs(card.centre[1] - end[1]) < 1


def _head(shape: Any) -> None:
    line = shape.line._get_or_add_ln()
    line.append(line.makeelement(qn("a:tailEnd"), {"type": "triangle", "w": "sm", "len": "sm"}))
