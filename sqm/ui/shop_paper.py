"""The profile of a store as a page to print: one HTML file that needs nothing else. Every text in it is escaped."""

from __future__ import annotations

from dataclasses import dataclass, field
from html import escape

from sqm.i18n import number, t
from sqm.tokens import FONT, palette
from sqm.verdicts import FEW_VISITS

#: Pixels of the course.
_WIDE, _HIGH = 680, 170


@dataclass(frozen=True)
class Sheet:
    """``course``: (month, value, lo, hi, visits) oldest first; ``rolled``: the same over the months up to each, where known.
    ``tables``: (title, headings, rows of text).
    """

    lang: str
    name: str
    place: str
    score: str
    told: str
    word: str
    verdict: str
    about: str
    sure: list[str]
    mean: float
    course: list[tuple[str, float, float, float, int]]
    tables: list[tuple[str, list[str], list[list[str]]]]
    rolled: list[tuple[str, float, float, float, int]] = field(default_factory=list)
    risen: str = ""


def paper(sheet: Sheet) -> str:
    """The HTML of the page, in the light colours, for A4."""
    c = palette("light")
    ink = c.get(sheet.verdict, c["muted"]) if sheet.verdict in ("better", "worse") else c["muted"]
    tables = "".join(_table(*table) for table in sheet.tables if table[2])
    sure = "".join(f"<p>{escape(line)}</p>" for line in sheet.sure)
    risen = f'<p class="risen">{escape(sheet.risen)}</p>' if sheet.risen else ""
    return (
        f'<!DOCTYPE html><html lang="{"zh-CN" if sheet.lang == "zh" else "en"}"><head><meta charset="utf-8"><title>{escape(sheet.name)}</title><style>'
        f"@page{{size:A4;margin:16mm}}body{{font:13px/1.5 {FONT};color:{c['text']};max-width:720px;margin:24px auto;font-variant-numeric:tabular-nums}}"
        f"h1{{font-size:24px;margin:0}}h2{{font-size:14px;margin:18px 0 4px}}p{{margin:2px 0;color:{c['muted']}}}.score{{float:right;font-size:36px;font-weight:700}}"
        f".word{{color:{ink};font-weight:700}}.risen{{color:{c['text']};font-weight:700}}"
        f"table{{border-collapse:collapse;width:100%}}td,th{{text-align:left;font-weight:400;padding:3px 12px 3px 0;"
        f"border-top:1px solid {c['line']};vertical-align:top}}th{{color:{c['muted']};border:0;font-size:12px}}td:first-child{{white-space:nowrap}}"
        "section{break-inside:avoid}svg{width:100%}"
        "@media print{body{margin:0;max-width:none}}</style></head><body>"
        f'<div class="score">{escape(sheet.score)}</div><p>{escape(sheet.place)}</p><h1>{escape(sheet.name)}</h1>'
        f'<p class="word">{escape(sheet.word)}</p>{risen}<p>{escape(sheet.told)}</p><p>{escape(sheet.about)}</p>{sure}'
        f"<section><h2>{escape(t('stores.course', sheet.lang))}</h2>{_course(sheet)}</section>{tables}</body></html>"
    )


def _table(title: str, heads: list[str], rows: list[list[str]]) -> str:
    head = "".join(f"<th>{escape(text)}</th>" for text in heads)
    body = "".join("<tr>" + "".join(f"<td>{escape(str(text))}</td>" for text in row) + "</tr>" for row in rows)
    return f"<section><h2>{escape(title)}</h2><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></section>"


def _course(sheet: Sheet) -> str:
    """The scores by month as dots with their intervals, those of several months as a line in its band, the province's mean dashed."""
    if not sheet.course:
        return ""
    c = palette("light")
    ends = [v for _, value, lo, hi, _ in (*sheet.course, *sheet.rolled) for v in (value, lo, hi) if v == v] + ([sheet.mean] if sheet.mean == sheet.mean else [])
    low, high = min(ends) - 3, max(ends) + 3
    y = lambda v: round(12 + (_HIGH - 36) * (high - v) / (high - low), 1)  # noqa: E731
    step = (_WIDE - 130) / max(len(sheet.course) - 1, 1)
    x_of = {month: round(30 + i * step, 1) for i, (month, *_) in enumerate(sheet.course)}
    drawn = []
    line = [row for row in sheet.rolled if row[0] in x_of]
    if len(line) > 1:
        band = [f"{x_of[month]},{y(hi)}" for month, _, _, hi, _ in line] + [f"{x_of[month]},{y(lo)}" for month, _, lo, _, _ in reversed(line)]
        drawn.append(f'<polygon points="{" ".join(band)}" fill="{c["band"]}"/>')
        drawn.append(f'<polyline points="{" ".join(f"{x_of[month]},{y(value)}" for month, value, *_ in line)}" fill="none" stroke="{c["muted"]}" stroke-width="1.8"/>')
    if sheet.mean == sheet.mean:
        at = y(sheet.mean)
        drawn.append(f'<line x1="20" x2="{_WIDE - 80}" y1="{at}" y2="{at}" stroke="{c["muted"]}" stroke-dasharray="3 3"/>'
                     f'<text x="{_WIDE - 74}" y="{at + 4}" font-size="10" fill="{c["muted"]}">'
                     f"{escape(t('stores.province', sheet.lang, mean=number(sheet.mean, 1)))}</text>")
    every = max(1, round(len(sheet.course) / 8))
    for i, (month, value, lo, hi, visits) in enumerate(sheet.course):
        x = x_of[month]
        if lo == lo and hi == hi and visits >= FEW_VISITS:
            drawn.append(f'<line x1="{x}" x2="{x}" y1="{y(lo)}" y2="{y(hi)}" stroke="{c["unclear"]}"/>')
        drawn.append(f'<circle cx="{x}" cy="{y(value)}" r="3.5" fill="{c["background"] if visits < FEW_VISITS else c["text"]}" stroke="{c["text"]}"/>'
                     f'<text x="{x}" y="{y(value) - 8}" text-anchor="middle" font-size="10" fill="{c["text"]}">{escape(number(value, 1))}</text>')
        if i % every == 0:
            drawn.append(f'<text x="{x}" y="{_HIGH - 4}" text-anchor="middle" font-size="10" fill="{c["muted"]}">{escape(month)}</text>')
    return f'<svg viewBox="0 0 {_WIDE} {_HIGH}" role="img" aria-label="{escape(t("stores.alt_course", sheet.lang, store=sheet.name))}">{"".join(drawn)}</svg>'
