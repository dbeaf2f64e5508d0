"""The meeting as one page that opens anywhere, without a network: every chart is drawn into it, nothing in it runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from html import escape
from typing import Any

from sqm.meeting import Slide

_CSS = """
body{margin:0;background:%(background)s;color:%(text)s;font:16px/1.5 'Source Sans 3','Segoe UI','PingFang SC','Microsoft YaHei','Noto Sans CJK SC',sans-serif}
section{max-width:1184px;margin:0 auto;padding:36px 48px 28px;border-bottom:1px solid %(line)s;page-break-after:always}
h1{font-size:30px;line-height:1.25;margin:0 0 6px}.about{color:%(muted)s;margin:0 0 8px}.pill{font-weight:700;margin-right:14px}
.better{color:%(better)s}.worse{color:%(worse)s}.unclear{color:%(muted)s}
.evidence{color:%(muted)s}.ask{border-left:4px solid %(accent)s;padding-left:14px;font-weight:700;font-size:19px}
table{border-collapse:collapse;width:100%%}td,th{border-top:1px solid %(line)s;padding:7px 14px 7px 0;text-align:left;vertical-align:top}td.n{text-align:right}
details{margin-top:10px;color:%(muted)s;font-size:14px}svg{max-width:100%%;height:auto}.stamp{color:%(muted)s;font-size:13px}
@media print{section{border:0}}
"""


def page(made: Sequence[Slide], lang: str, palette: Mapping[str, Any], words: Mapping[str, str], owners: Mapping[str, str], heading: str, stamp: str,
         draw: Callable[[Slide], str], numbers: Callable[[Slide], Sequence[Sequence[str]]], watch: Callable[[int, int], None] | None = None) -> bytes:
    """``draw``: the SVG of a slide's chart, "" without one; ``numbers``: its figures as rows of text under a heading. ``words``: decide, numbers."""
    sections = []
    for n, slide in enumerate(made):
        sections.append(_section(slide, lang, words, owners, draw(slide), numbers(slide)))
        if watch:
            watch(n + 1, len(made))
    csp = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
    text = (
        f'<!doctype html><html lang="{"zh-CN" if lang == "zh" else "en"}"><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="{csp}">'
        f'<meta name="viewport" content="width=device-width"><title>{escape(heading)}</title><style>{_CSS % palette}</style></head><body>'
        f'{"".join(sections)}<section><p class="stamp">{escape(stamp)}</p></section></body></html>'
    )
    return text.encode("utf-8", "replace")


def _section(slide: Slide, lang: str, words: Mapping[str, str], owners: Mapping[str, str], chart: str, rows: Sequence[Sequence[str]]) -> str:
    pill = f'<span class="pill {escape(slide.verdict)}">{escape(slide.word.get(lang))}</span>' if slide.word else ""
    parts = [f"<h1>{escape(slide.title.get(lang))}</h1>", f'<p class="about">{pill}{escape(slide.about.get(lang))}</p>', chart]
    if slide.lines:
        parts.append("<table>" + "".join(
            f'<tr><td><b>{escape(line.what.get(lang))}</b><br><span class="unclear">{escape(line.more.get(lang))}</span></td>'
            f'<td class="{escape(line.verdict)}">{escape(line.word.get(lang))}</td><td>{escape(owners.get(line.owner, line.owner))}</td>'
            f'<td class="n">{f"{line.minutes}′" if line.minutes else ""}</td></tr>' for line in slide.lines) + "</table>")  # fmt: skip
    if slide.evidence:
        parts.append(f'<p class="evidence">{escape(slide.evidence.get(lang))}</p>')
    if slide.ask:
        parts.append(f'<p class="ask">{escape(words["decide"].replace("{ask}", slide.ask.get(lang)))}</p>')
    if len(rows) > 1:
        head = "".join(f"<th>{escape(cell)}</th>" for cell in rows[0])
        body = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows[1:])
        parts.append(f"<details><summary>{escape(words['numbers'])}</summary><table><tr>{head}</tr>{body}</table></details>")
    return f"<section>{''.join(parts)}</section>"
