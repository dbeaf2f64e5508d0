"""A first look at a large file, inside the child process: its first rows as a small file of the same kind, for the same parser.

A workbook is cut, not interpreted: each sheet after its first rows, of the shared texts those that these need. What
cannot be cut so (other kinds, sheets that are not written as expected) has no first look, and is simply read.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from pathlib import Path
from typing import IO

#: Rows that tell headings and what is under them; bytes in which they must be found.
ROWS, SHEET_BYTES = 60, 4 << 20
CSV_BYTES = 1 << 20
_CHUNK = 1 << 18
_KEPT = re.compile(r"(\[content_types\]\.xml|_rels/\.rels|xl/workbook\.xml|xl/_rels/workbook\.xml\.rels|xl/styles\.xml)", re.IGNORECASE)
_SHEET = re.compile(r"xl/worksheets/[^/]+\.xml", re.IGNORECASE)
_ROW_END = re.compile(rb"</(?:\w+:)?row\s*>|<(?:\w+:)?row\b[^<>]*/>")
_ROOT = re.compile(rb"<(\w+:)?worksheet\b")
_SHARED = re.compile(rb"""(<(?:\w+:)?c\b[^<>]*\st=["']s["'][^<>]*>\s*(?:<(?:\w+:)?f\b[^<>]*(?:/>|>[^<]*</(?:\w+:)?f>)\s*)?<(?:\w+:)?v>\s*)(\d+)""")
_SST = re.compile(rb"<(\w+:)?sst\b[^<>]*>")


def cut(path: Path, kind: str, target: Path) -> bool:
    """Write the beginning of the file at ``path`` to ``target``; whether that could be done."""
    try:
        if kind == "csv":
            return _cut_text(path, target)
        return kind == "xlsx" and _cut_workbook(path, target)
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError, ValueError, NotImplementedError, RuntimeError):
        return False


def _cut_text(path: Path, target: Path) -> bool:
    with path.open("rb") as file:
        head = file.read(CSV_BYTES)
    wide = head.startswith((b"\xff\xfe", b"\xfe\xff")) or head.count(0) > len(head) // 10
    end = head.rfind(b"\n") + 1
    if wide:  # a sign has two bytes
        end += end % 2
    if not end or len(head) < CSV_BYTES:
        return False
    target.write_bytes(head[:end])
    return True


def _cut_workbook(path: Path, target: Path) -> bool:
    with zipfile.ZipFile(path) as archive, zipfile.ZipFile(target, "w") as made:
        heads: dict[str, bytes] = {}
        texts = None
        for info in archive.infolist():
            if _SHEET.fullmatch(info.filename):
                with archive.open(info) as part:
                    head = _first_rows(part)
                if head is None:
                    return False
                heads[info.filename] = head
            elif info.filename.lower() == "xl/sharedstrings.xml":
                texts = info
            elif _KEPT.fullmatch(info.filename):
                made.writestr(info.filename, archive.read(info))
        needed = sorted({int(match[2]) for head in heads.values() for match in _SHARED.finditer(head)})
        places = {number: place for place, number in enumerate(needed)}
        for name, head in heads.items():
            made.writestr(name, _SHARED.sub(lambda match: b"%b%d" % (match[1], places[int(match[2])]), head))
        if texts is not None:
            with archive.open(texts) as part:
                made.writestr(texts.filename, _texts(part, needed))
    return True


def _first_rows(part: IO[bytes]) -> bytes | None:
    """The sheet up to the end of its row number ``ROWS``, closed; the whole of a short one. None where they are too long."""
    text, ends = b"", []
    while chunk := part.read(_CHUNK):
        text += chunk
        ends = [match.end() for match in _ROW_END.finditer(text)]
        if len(ends) >= ROWS:
            root = _ROOT.search(text)
            prefix = root[1] or b"" if root else b""
            return text[: ends[ROWS - 1]] + b"</%bsheetData></%bworksheet>" % (prefix, prefix) if root else None
        if len(text) > SHEET_BYTES:
            return None
    return text


def _texts(part: IO[bytes], needed: list[int]) -> bytes:
    """The shared texts with these numbers, in their order, as a part of its own. They may lie anywhere: most are only counted."""
    rest = part.read(_CHUNK)
    root = _SST.search(rest)
    if root is None:
        raise ValueError("no shared texts")
    prefix, begin = root[1] or b"", root.end()
    end, blank = b"</%bsi>" % prefix, b"<%bsi/>" % prefix
    ends = re.compile(re.escape(end) + b"|" + re.escape(blank))
    found, seen, rest, waiting = [rest[:begin]], 0, rest[begin:], list(reversed(needed))
    while waiting and (chunk := part.read(_CHUNK) or rest):
        text = rest if chunk is rest else rest + chunk
        if len(text) > SHEET_BYTES or b"si />" in text or b"si >" in text:
            raise ValueError("not as texts are usually written")
        last = max(text.rfind(end) + len(end), text.rfind(blank) + len(blank)) if end in text or blank in text else 0
        count = text.count(end) + text.count(blank)
        if waiting[-1] < seen + count:
            start = 0
            for number, match in enumerate(ends.finditer(text), seen):
                if waiting and waiting[-1] == number:
                    found.append(text[start : match.end()])
                    waiting.pop()
                start = match.end()
        elif chunk is rest:
            break  # the sheet asks for more texts than there are: the parser will say so
        seen, rest = seen + count, text[last:]
    return b"".join([*found, b"</%bsst>" % prefix])
