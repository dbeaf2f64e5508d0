"""Formulas without a stored value, inside the child process: what wrote the workbook did not calculate, and a blank would be a lie.

Each such cell gets a text that the checks refuse, at its place, in a copy of the part it stands in. A workbook without any is
only skimmed, once, while the parser works on it.
"""

from __future__ import annotations

import re
import shutil
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

from sqm.ingest.sheets import UNSAVED

_CHUNK, _LONGEST, _NEAR = 1 << 20, 1 << 16, 1 << 12
#: A cell with a formula and nothing stored. Of type "str" a stored nothing is the empty text that the formula gave.
_SHEET = re.compile(rb"<((?:\w+:)?)c\b([^<>]*)>\s*<\1f\b(?:[^<>]*/>|[^<>]*>[^<]*</\1f>)\s*(?:<\1v\s*/>|<\1v\s*>\s*</\1v>)?\s*</\1c>")
#: A part whose every tag has a prefix, and what formulas end with; once one was seen, whatever begins like one counts.
_PREFIXED = re.compile(rb"<\w+:worksheet\b")
_ANY = {b"</f>": b"<f", b":f>": b":f"}
_DAMAGED = (zipfile.BadZipFile, zlib.error, OSError, EOFError, ValueError, NotImplementedError, RuntimeError)
_TEXT = re.compile(rb"""\st\s*=\s*["']str["']""")
_TYPE = re.compile(rb"""\st\s*=\s*["']\w*["']""")
_TABLE = re.compile(rb"<table:table-cell\b([^<>]*\btable:formula\s*=[^<>]*?)(?:/>|>\s*</table:table-cell>)")


def _in_sheet(match: re.Match[bytes]) -> bytes:
    prefix, attributes = match[1], match[2]
    if _TEXT.search(attributes):
        return match[0]
    kept = _TYPE.sub(b"", attributes)
    return b'<%bc%b t="inlineStr"><%bis><%bt>%b</%bt></%bis></%bc>' % (prefix, kept, prefix, prefix, UNSAVED.encode(), prefix, prefix, prefix)


def _in_table(match: re.Match[bytes]) -> bytes:
    if b"office:value" in match[1] or b"office:string-value" in match[1]:
        return match[0]
    return b'<table:table-cell%b office:value-type="string"><text:p>%b</text:p></table:table-cell>' % (match[1], UNSAVED.encode())


def parts_with_unsaved(path: Path, kind: str) -> set[str]:
    """The parts of the workbook in which a formula has no stored value. Damage is for the parser to find."""
    found = set()
    try:
        with zipfile.ZipFile(path) as archive:
            for info in archive.infolist():
                if _has_cells(info.filename, kind):
                    with archive.open(info) as part:
                        if any(after is not before for before, after in _marked_pieces(part, kind)):
                            found.add(info.filename)
    except _DAMAGED:
        pass
    return found


def mark(path: Path, kind: str, parts: set[str], target: Path) -> None:
    """Write the workbook with ``UNSAVED`` in each cell of ``parts`` whose formula has no stored value."""
    with zipfile.ZipFile(path) as archive, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as made:
        for name in dict.fromkeys(archive.namelist()):
            with archive.open(name) as part, made.open(name, "w", force_zip64=True) as out:
                if name in parts:
                    for _, after in _marked_pieces(part, kind):
                        out.write(after)
                else:
                    shutil.copyfileobj(part, out, _CHUNK)


def _has_cells(name: str, kind: str) -> bool:
    return name == "content.xml" if kind == "ods" else name.lower().startswith("xl/worksheets/") and name.lower().endswith(".xml")


def _marked_pieces(part: IO[bytes], kind: str) -> Iterator[tuple[bytes, bytes]]:
    """The part in pieces that end before a cell begins: as they are, and with the cells marked (the same object if none was)."""
    pattern, replaced, begins = (_TABLE, _in_table, (b"<table:table-cell",)) if kind == "ods" else (_SHEET, _in_sheet, (b"<c ", b":c "))
    rest, sign = b"", b""
    while chunk := part.read(_CHUNK):
        text = rest + chunk
        sign = sign or (b"table:formula" if kind == "ods" else b":f>" if _PREFIXED.search(text, 0, _NEAR) else b"</f>")
        if sign not in text:  # the usual case, and all that most workbooks cost; a cell that begins here may yet have one
            text, rest = text[:-_NEAR], text[-_NEAR:]
            yield text, text
            continue
        sign = _ANY.get(sign, sign)  # what shares the formula of another cell has no end of its own
        cut = text.rfind(b"<", 0, max(map(text.rfind, begins)) + 1)
        if cut <= 0:
            cut = max(0, len(text) - _LONGEST)
        text, rest = text[:cut], text[cut:]
        yield text, _with_marks(text, pattern, replaced)
    yield rest, _with_marks(rest, pattern, replaced)


def _with_marks(text: bytes, pattern: re.Pattern[bytes], replaced: Callable[[re.Match[bytes]], bytes]) -> bytes:
    marked = pattern.sub(replaced, text)
    return text if marked == text else marked
