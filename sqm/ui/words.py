"""Text from files and data where Streamlit expects Markdown."""

from __future__ import annotations

import re

_MARKS = re.compile(r"[\\`*_\[\]<>$~|&:]")
_AT_START = re.compile(r"[#+=-]|\d+(?=[.)])")
#: Streamlit looks for icons, emojis and addresses once more after escapes are resolved: nothing visible keeps them apart.
_APART = "\u2060"
_FOUND_LATER = re.compile(r"(?<=:)(?=[\w/+-])|(?<=@)(?=[\w-])|(?<=www)(?=\.)", re.IGNORECASE)


def plain(text: object) -> str:
    """Markdown that shows ``text`` as it is, in one line: no links, pictures, colours, icons or formulas."""
    said = " ".join(str(text).split())
    first = _AT_START.match(said)
    said = _MARKS.sub(r"\\\g<0>", _FOUND_LATER.sub(_APART, said))
    if first:
        digits = len(first[0]) if first[0].isdigit() else 0
        said = f"{said[:digits]}\\{said[digits:]}"
    return said
