"""A blueprint from a file of any sort: JSON as it was exported, a workbook as it was exported, or any sheet with lanes as rows.

A workbook is opened by the child process that opens every other one. Phone and identity numbers are masked before anything is kept.
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from sqm.blueprint import LIMITS, Document, Words, from_dict, loads, to_dict
from sqm.blueprint_files.grid import LANE_NAMES
from sqm.blueprint_files.workbook import Rows, document_in
from sqm.errors import FileRefused
from sqm.ingest.opening import open_file
from sqm.ingest.privacy import mask_text

#: Bytes of a file; a drawing of 400 steps has 100 000.
LARGEST = 5_000_000
#: So much of a sheet is looked at.
ROWS, COLUMNS = 2_000, 80


def read(path: Path, name: str) -> Document:
    """The document in a file called ``name``. Raises FileRefused for what is no blueprint, BlueprintRefused for one that cannot be."""
    size, called = path.stat().st_size, mask_text(name)
    if size > LARGEST:
        raise FileRefused("blueprint_file_large", file=called, size=-(-size >> 20), limit=LARGEST // 1_000_000)
    with path.open("rb") as file:
        head = file.read(64).lstrip(b"\xef\xbb\xbf \t\r\n")
    if head[:1] in (b"{", b"["):
        found = loads(path.read_bytes().removeprefix(b"\xef\xbb\xbf"))
    else:
        found = _from_workbook(path, called)
    document = from_dict(_masked(to_dict(found)))
    return document if document.name else replace(document, name=_words(Path(called).stem))


def _from_workbook(path: Path, name: str) -> Document:
    with open_file(path, file_name=name) as opened:
        sheets = [_rows(sheet.table()) for sheet in opened.sheets]
    found = document_in(sheets)
    if found is None:
        raise FileRefused("blueprint_no_lanes", file=name, zh="、".join(names[0] for names in LANE_NAMES.values()))
    if not found.steps:
        raise FileRefused("blueprint_no_steps", file=name)
    return found


def _rows(table: Any) -> Rows:
    if table is None:
        return []
    columns = [column.to_pylist() for column in table.slice(0, ROWS).drop(["row"]).columns[:COLUMNS]]
    return [[cell or "" for cell in row] for row in zip(*columns, strict=True)]


def _masked(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _masked(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_masked(inner) for inner in value]
    return mask_text(value) if isinstance(value, str) else value


def _words(name: str) -> Words:
    short = name[: LIMITS["title"]]
    return Words(short) if any(ord(c) > 0x2E7F for c in short) else Words(en=short)


def as_json(document: Document) -> bytes:
    """The document as JSON, to be read by ``read`` anywhere."""
    return (json.dumps(to_dict(document), ensure_ascii=False, indent=1) + "\n").encode("utf-8", "replace")
