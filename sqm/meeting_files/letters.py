"""What every slide of an office program has: its size, its faces, its words."""

from __future__ import annotations

import re
from typing import Any

from pptx.dml.color import RGBColor
from pptx.oxml.ns import qn
from pptx.util import Pt

LATIN, EAST_ASIAN = "Segoe UI", "Microsoft YaHei"
#: 16:9, in EMU.
WIDE, HIGH = 12_192_000, 6_858_000
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")


def plain(text: str) -> str:
    """A text as XML can hold it."""
    return CONTROL.sub(" ", text)


def letter(face: Any, size: float, colour: str, bold: bool = False) -> None:
    """Size, colour and both faces of a run's or a chart's font: without one of its own Chinese text takes whatever the machine has first."""
    face.size, face.bold, face.name = Pt(size), bold, LATIN
    face.color.rgb = RGBColor.from_string(colour.lstrip("#"))
    held = face._rPr
    latin = held.find(qn("a:latin"))
    if held.find(qn("a:ea")) is None:
        latin.addnext(held.makeelement(qn("a:ea"), {"typeface": EAST_ASIAN}))
