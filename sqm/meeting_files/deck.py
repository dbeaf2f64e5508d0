"""The meeting as slides for an office program: charts are native and can be edited, notes say where each number comes from."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from pptx import Presentation
from pptx.chart.data import CategoryChartData
from pptx.dml.color import RGBColor
from pptx.enum.chart import XL_CHART_TYPE, XL_LABEL_POSITION, XL_LEGEND_POSITION
from pptx.enum.dml import MSO_LINE
from pptx.enum.text import MSO_ANCHOR
from pptx.util import Emu, Pt

from sqm.meeting import Point, Slide
from sqm.meeting_files.letters import HIGH, WIDE, letter, plain

_MARGIN = 480_000
#: So many lines of a list have room on a slide.
LINES = 12
Watch = Callable[[int, int], None]


def deck(made: Sequence[Slide], lang: str, palette: Mapping[str, Any], words: Mapping[str, str], owners: Mapping[str, str], stamp: str,
         notes: Callable[[Slide], Sequence[str]], watch: Watch | None = None) -> bytes:
    """The slides as .pptx. ``words``: own, whole, lo, hi, decide; ``stamp`` stands under each; ``notes``: lines for whoever speaks."""
    whole = Presentation()
    whole.slide_width, whole.slide_height = Emu(WIDE), Emu(HIGH)
    for n, slide in enumerate(made):
        page = whole.slides.add_slide(whole.slide_layouts[5])
        _Sheet(page, slide, lang, palette, words, owners).draw(stamp)
        page.notes_slide.notes_text_frame.text = plain("\n".join([slide.title.get(lang), *notes(slide), stamp]))
        if watch:
            watch(n + 1, len(made))
    kept = io.BytesIO()
    whole.save(kept)
    return kept.getvalue()


class _Sheet:
    def __init__(self, page: Any, slide: Slide, lang: str, palette: Mapping[str, Any], words: Mapping[str, str], owners: Mapping[str, str]) -> None:
        self.page, self.slide, self.lang, self.c, self.words, self.owners = page, slide, lang, palette, words, owners

    def draw(self, stamp: str) -> None:
        slide, lang = self.slide, self.lang
        title = self.page.shapes.title
        title.left, title.top, title.width, title.height = Emu(_MARGIN), Emu(300_000), Emu(WIDE - 2 * _MARGIN), Emu(820_000)
        title.text_frame.word_wrap, title.text_frame.vertical_anchor = True, MSO_ANCHOR.MIDDLE
        title.text_frame.text = plain(slide.title.get(lang))
        for run in title.text_frame.paragraphs[0].runs:
            letter(run.font, 28, self.c["text"], True)
        self.line(1_130_000, [(slide.word.get(lang), self.c.get(slide.verdict, self.c["muted"]), True), (slide.about.get(lang), self.c["muted"], False)], 14)
        drawn = [point for point in slide.points if point.figure.value is not None]
        if slide.kind == "trend" and drawn:
            self.trend(drawn)
        elif slide.kind == "cities" and drawn:
            self.cities(drawn)
        elif slide.lines:
            self.table()
        self.line(5_560_000, [(slide.evidence.get(lang), self.c["muted"], False)], 13)
        if slide.ask:
            self.line(5_980_000, [(self.words["decide"].replace("{ask}", slide.ask.get(lang)), self.c["text"], True)], 18)
        self.line(6_440_000, [(stamp, self.c["faint"], False)], 9)

    def line(self, top: int, runs: Sequence[tuple[str, str, bool]], size: float) -> None:
        said = [(text, colour, bold) for text, colour, bold in runs if text]
        if not said:
            return
        box = self.page.shapes.add_textbox(Emu(_MARGIN), Emu(top), Emu(WIDE - 2 * _MARGIN), Emu(360_000))
        frame = box.text_frame
        frame.word_wrap, frame.margin_left, frame.margin_right = True, 0, 0
        for text, colour, bold in said:
            run = frame.paragraphs[0].add_run()
            run.text = plain(text) + "   "
            letter(run.font, size, colour, bold)

    def chart(self, kind: Any, data: Any) -> Any:
        made = self.page.shapes.add_chart(kind, Emu(_MARGIN), Emu(1_560_000), Emu(WIDE - 2 * _MARGIN), Emu(3_950_000), data).chart
        letter(made.font, 12, self.c["muted"])
        made.has_title = False
        return made

    def trend(self, points: Sequence[Point]) -> None:
        """Lines by month: the number, its interval as thin lines, the whole beside it, and the target."""
        slide, own = self.slide, {point.figure.last: point.figure for point in points if point.series == "own"}
        beside = {point.figure.last: point.figure.value for point in points if point.series == "whole"}
        months = sorted({*own, *beside})
        data = CategoryChartData()
        data.categories = months
        series: list[tuple[str, list[float | None], str, float, bool]] = [
            (slide.own.get(self.lang) or self.words["own"], [own[m].value if m in own else None for m in months], self.c["accent"], 2.75, False),
            (self.words["lo"], [own[m].lo if m in own else None for m in months], self.c["accent"], 0.75, True),
            (self.words["hi"], [own[m].hi if m in own else None for m in months], self.c["accent"], 0.75, True),
        ]
        if beside:
            series.append((slide.whole.get(self.lang) or self.words["whole"], [beside.get(m) for m in months], self.c["unclear"], 2.0, False))
        if slide.goal is not None:
            series.append((slide.goal_name.get(self.lang), [slide.goal] * len(months), self.c["muted"], 1.0, True))
        for name, values, *_ in series:
            data.add_series(plain(name), values)
        made = self.chart(XL_CHART_TYPE.LINE, data)
        made.has_legend = True
        made.legend.position, made.legend.include_in_layout = XL_LEGEND_POSITION.BOTTOM, False
        for one, (_, _, colour, width, thin) in zip(made.plots[0].series, series, strict=True):
            one.smooth = False
            one.format.line.color.rgb, one.format.line.width = RGBColor.from_string(str(colour).lstrip("#")), Pt(width)
            if thin:
                one.format.line.dash_style = MSO_LINE.DASH
        drawn = [value for one in series for value in one[1] if value is not None]
        self.scale(made, min(drawn), max(drawn))

    def cities(self, points: Sequence[Point]) -> None:
        """Bars from the best to the worst, coloured where the difference is confirmed."""
        shown = list(reversed(points))
        data = CategoryChartData()
        data.categories = [plain(point.name.get(self.lang)) for point in shown]
        data.add_series(plain(self.slide.about.get(self.lang))[:80] or "1", [point.figure.value for point in shown])
        made = self.chart(XL_CHART_TYPE.BAR_CLUSTERED, data)
        made.has_legend = False
        plot = made.plots[0]
        plot.gap_width, plot.has_data_labels = 45, True
        plot.data_labels.number_format, plot.data_labels.number_format_is_linked = "0.0" if max(abs(p.figure.value or 0) for p in shown) >= 1 else "0.00", False
        plot.data_labels.position = XL_LABEL_POSITION.OUTSIDE_END
        for n, point in enumerate(shown):
            fill = plot.series[0].points[n].format.fill
            fill.solid()
            fill.fore_color.rgb = RGBColor.from_string(str(self.c.get(point.verdict, self.c["unclear"])).lstrip("#"))
        made.value_axis.minimum_scale = 0
        made.value_axis.has_major_gridlines = False

    def scale(self, made: Any, low: float, high: float) -> None:
        room = (high - low) * 0.1 or 1.0
        axis = made.value_axis
        axis.minimum_scale, axis.maximum_scale = low - room, high + room
        axis.tick_labels.number_format, axis.tick_labels.number_format_is_linked = "0.0" if high - low < 10 else "0", False
        axis.major_gridlines.format.line.color.rgb = RGBColor.from_string(str(self.c["line"]).lstrip("#"))

    def table(self) -> None:
        lines = self.slide.lines[:LINES]
        grid = self.page.shapes.add_table(len(lines), 4, Emu(_MARGIN), Emu(1_560_000), Emu(WIDE - 2 * _MARGIN), Emu(320_000 * len(lines))).table
        grid.first_row = grid.horz_banding = False
        for at, share in enumerate((0.62, 0.14, 0.16, 0.08)):
            grid.columns[at].width = Emu(round((WIDE - 2 * _MARGIN) * share))
        for row, line in enumerate(lines):
            said = (" · ".join(filter(None, (line.what.get(self.lang), line.more.get(self.lang)))), line.word.get(self.lang), self.owners.get(line.owner, line.owner),
                    f"{line.minutes}′" if line.minutes else "")
            for at, text in enumerate(said):
                cell = grid.cell(row, at)
                cell.fill.background()
                cell.text_frame.text = plain(text)
                for run in cell.text_frame.paragraphs[0].runs:
                    letter(run.font, 13, self.c.get(line.verdict, self.c["muted"]) if at == 1 else self.c["text"], at == 0)
