"""A blueprint as a drawing on a sheet of its own: title above, legend and sources below; as SVG, and as PNG.

The PNG is drawn by the library that draws the charts, which needs no browser.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from sqm import exports
from sqm.blueprints.drawing import Drawing
from sqm.blueprints.layout import wrap

#: Faces of the reader's machine, Chinese ones where Latin ones end; nothing is fetched.
FACES = "'Source Sans 3','Source Sans Pro','Noto Sans CJK SC','Noto Sans SC','PingFang SC','Microsoft YaHei',sans-serif"
_MARGIN, _TITLE, _LINE = 24, 22, 18


def svg(drawn: Drawing, title: str, lines: Sequence[str], palette: Mapping[str, Any]) -> str:
    """The drawing with its ``title`` and ``lines`` beneath it: one file that needs nothing else."""
    width = drawn.width + 2 * _MARGIN
    heads = wrap(title, drawn.width, _TITLE, True, 2)
    beneath = [part for line in lines for part in wrap(line, drawn.width, 12, most=6)]
    top = _MARGIN + 30 * len(heads)
    height = top + 10 + drawn.height + 14 + _LINE * len(beneath) + _MARGIN
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" font-family="{escape(FACES)}" role="img" '
        f'aria-label="{escape(_xml(title))}">',
        f'<rect width="{width}" height="{height}" fill="{palette["background"]}"/>',
        *(_text(_MARGIN, _MARGIN + 22 + 30 * n, line, palette["text"], _TITLE, True) for n, line in enumerate(heads)),
        f'<g transform="translate({_MARGIN} {top + 10})">{drawn.svg.replace("font-family:inherit", f"font-family:{escape(FACES)}", 1)}</g>',
        *(_text(_MARGIN, top + 10 + drawn.height + 28 + _LINE * n, line, palette["muted"], 12) for n, line in enumerate(beneath)),
        "</svg>",
    ]
    return "".join(out)


def png(drawing: str) -> bytes:
    """The SVG as a picture, twice its size, for a document."""
    return exports.drawn(drawing)


def _text(x: float, y: float, content: str, colour: str, size: float, bold: bool = False) -> str:
    weight = ' font-weight="700"' if bold else ""
    return f'<text x="{x}" y="{y}" font-size="{size}" fill="{colour}"{weight}>{escape(_xml(content))}</text>'


def _xml(text: str) -> str:
    """What XML can say of a text that did not go through a document."""
    return "".join(c if c >= " " and not 0xD800 <= ord(c) <= 0xDFFF and c not in "\ufffe\uffff" else " " for c in text)
