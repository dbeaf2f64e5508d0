"""Delimited text, inside the child process: its encoding and its delimiter are told by what is in it, never by its name."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path

from sqm.ingest.sheets import Unreadable, write_records

#: The third and last lines are what data warehouses put between columns, and what a Chinese keyboard types.
DELIMITERS = (",", "\t", ";", "|", "\x01", "^", "~", "，", "；")
#: They also stand in sentences: only where nearly every record has the same width do they part columns.
_PROSE = {"^", "~", "，", "；"}


def encoding_of(path: Path) -> str:
    """The encoding of a text file: its byte order mark, else UTF-8, else GB 18030 (Big5 where only that gives usual characters),
    else Western European. Raises Unreadable."""
    with path.open("rb") as file:
        head = file.read(65_536)
    if head.startswith(b"\xef\xbb\xbf"):
        return "utf-8-sig"
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    if head.count(0) > len(head) // 10:
        return "utf-16-le" if head[1::2].count(0) > head[::2].count(0) else "utf-16-be"
    if b"\0" in head:
        raise Unreadable("file_not_a_table")
    if _decodes(path, "utf-8"):
        return "utf-8"
    chinese, traditional = _decodes(path, "gb18030"), _decodes(path, "big5")
    simplified = _usual(path, "gb18030") if chinese else 0.0
    if traditional and simplified < 0.7 and _usual(path, "big5") > 0.9:
        return "big5"
    if chinese and simplified:  # of "ü" and the letter behind it GB 18030 makes a character, but none that anybody uses
        return "gb18030"
    for encoding, fits in (("cp1252", _decodes(path, "cp1252")), ("gb18030", chinese)):
        if fits:
            return encoding
    raise Unreadable("file_encoding")


def _decodes(path: Path, encoding: str) -> bool:
    try:
        with path.open(encoding=encoding, newline="") as text:
            while text.read(1 << 20):
                pass
    except UnicodeDecodeError:
        return False
    return True


def _usual(path: Path, encoding: str) -> float:
    """The share of everyday characters in what is not ASCII, as far as a page of it shows."""
    with path.open(encoding=encoding, newline="") as text:
        strange = set()
        for _ in range(16):
            strange = {sign for sign in text.read(1 << 16) if sign > "\x7f"}
            if strange:
                break
    return sum(map(_everyday if encoding == "gb18030" else _everyday_traditional, strange)) / len(strange) if strange else 0.0


def _everyday(sign: str) -> bool:
    """In the list of 1980, which has the characters and full-width signs of everyday Chinese."""
    return sign.encode("gb2312", "ignore")[:1] != b"" and not "\u0391" <= sign <= "\u0451" and not "\u3041" <= sign <= "\u30f6"


def _everyday_traditional(sign: str) -> bool:
    return sign.encode("big5", "ignore")[:1] <= b"\xc6"


def delimiter_of(sample: str) -> str:
    """The delimiter that gives the steadiest table with more than one column; a comma when there is only one column."""
    first = sample.split("\n", 1)[0].strip("\r ").lower()
    if first.startswith("sep=") and len(first) == 5:
        return first[4]
    best, best_score = ",", 0.0
    for candidate in DELIMITERS:
        if candidate not in sample:
            continue
        widths = [len(record) for record in _records(io.StringIO(sample, newline=""), candidate, 50) if record]
        if not widths:
            continue
        usual = max(set(widths), key=lambda width: (widths.count(width), width))
        steady = widths.count(usual) / len(widths)
        if usual < 2 or candidate in _PROSE and (steady < 0.9 or len(widths) < 2):
            continue
        if steady * (usual - 1) > best_score:
            best, best_score = candidate, steady * (usual - 1)
    return best


def _records(text: io.TextIOBase, delimiter: str, limit: int | None = None) -> Iterator[list[str]]:
    reader = csv.reader(text, delimiter=delimiter)
    try:
        for number, record in enumerate(reader):
            if limit is not None and number >= limit:
                return
            yield record
    except csv.Error as error:
        if limit is None:
            raise Unreadable("csv_quotes", str(reader.line_num)) from error


def read_csv(path: Path, folder: Path) -> tuple[list[dict], dict[str, str]]:
    """Write the file as one sheet; returns the sheet, and the encoding and delimiter it was read with."""
    csv.field_size_limit(1 << 20)
    encoding = encoding_of(path)
    try:
        with path.open(encoding=encoding, newline="") as text:
            delimiter = delimiter_of(text.read(200_000))
            text.seek(0)
            rows, width = write_records(_records(text, delimiter), folder / "0.arrow")
    except UnicodeError as error:
        raise Unreadable("file_encoding") from error
    sheet = {"name": "", "hidden": False, "rows": rows, "columns": width, "file": "0.arrow" if width else None}
    return [sheet], {"encoding": encoding, "delimiter": delimiter}
