"""Where on a sheet the tables are, and how the levels of a heading are put together.

A sheet is cut only where both sides read as tables of their own: blank columns and blank rows are also how people make one
table easier on the eye. Cells come without their merges, so a label of an upper level is taken to reach to
the right, over cells that have something under them, as far as the next label of its own or of a higher level.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pyarrow as pa

from sqm.errors import WrongCall
from sqm.ingest import headings
from sqm.ingest.headings import Match
from sqm.ingest.opening import Opened, Sheet
from sqm.ingest.privacy import mask_text
from sqm.ingest.references import References

#: So many stretches of rows are looked at for the headings of a further table; a sheet with more is one list with gaps.
_MOST_STRETCHES = 500
_NEAR = 4


def split(opened: Opened, references: References) -> None:
    """Replace each sheet that holds several tables by these: ``Sheet1 #1``, ``Sheet1 #2`` …, each with its ``range``.

    A hidden sheet that was not asked for was not read, and stays as it is.
    """
    opened.sheets = [part for sheet in opened.sheets for part in tables(sheet, references)]


def tables(sheet: Sheet, references: References) -> list[Sheet]:
    """The tables of a sheet, or the sheet itself where it is one. Row numbers stay those of the sheet."""
    whole = sheet.table()
    if whole is None or not whole.num_rows:
        return [sheet]
    areas = _cut(whole, references)
    if len(areas) < 2:
        return [sheet]
    found = []
    for number, (top, bottom, left, right) in enumerate(areas, 1):
        held = whole.slice(top, bottom - top)
        filled = [c for c in range(left, right) if held[f"c{c}"].null_count < held.num_rows]
        left, right = filled[0], filled[-1] + 1
        part = _part(whole, top, bottom, left, right)
        first = part["row"][0].as_py()
        found.append(replace(sheet, name=f"{sheet.name} #{number}", rows=part.num_rows, columns=right - left, memory=part,
                             above=first - 1, range=f"{letters(left)}{first}:{letters(right - 1)}{part['row'][-1].as_py()}"))
    return found


def named(opened: Opened, name: str) -> list[Sheet]:
    """The sheet or table of that name, or all tables of the sheet of that name. WrongCall when there is none."""
    of = [sheet for sheet in opened.sheets if re.fullmatch(re.escape(mask_text(name)) + r" #\d+", sheet.name) and sheet.range]
    try:
        return [opened.sheet(name)]
    except WrongCall:
        if of:
            return of
        raise


def letters(column: int) -> str:
    """What a spreadsheet calls the column with this number from 0: A, Z, AA."""
    found = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        found = chr(65 + rest) + found
    return found


def left_of(sheet: Sheet) -> int:
    """How many columns of the sheet stand before the table."""
    number = 0
    for sign in re.match(r"[A-Z]*", sheet.range)[0]:  # type: ignore[index]
        number = number * 26 + ord(sign) - 64
    return max(0, number - 1)


def _part(table: pa.Table, top: int, bottom: int, left: int, right: int) -> pa.Table:
    part = table.slice(top, bottom - top).select([f"c{c}" for c in range(left, right)] + ["row"])
    return part.rename_columns([f"c{c}" for c in range(right - left)] + ["row"])


def _head(table: pa.Table, top: int, bottom: int, left: int, right: int) -> list[list[str]]:
    return Sheet("", memory=_part(table, top, min(bottom, top + 40), left, right)).head()


def _reads(head: list[list[str]], references: References) -> list[Match]:
    return headings.guess(head, {}, references)


def _cut(table: pa.Table, references: References) -> list[tuple[int, int, int, int]]:
    """Areas ``(top, bottom, left, right)``: cut at rows, then at columns, then at rows again."""
    width = table.num_columns - 1
    areas = [(0, table.num_rows, 0, width)]
    for by in (_by_rows, _by_columns, _by_rows):
        areas = [part for area in areas for part in by(table, *area, references)]
    return areas


def _by_columns(table: pa.Table, top: int, bottom: int, left: int, right: int,
                references: References) -> list[tuple[int, int, int, int]]:
    area = [(top, bottom, left, right)]
    part = table.slice(top, bottom - top)
    filled = [c for c in range(left, right) if part[f"c{c}"].null_count < part.num_rows]
    if not filled or filled[-1] - filled[0] + 1 == len(filled):
        return area
    blocks: list[list[int]] = []
    for c in filled:
        if blocks and blocks[-1][1] == c:
            blocks[-1][1] = c + 1
        else:
            blocks.append([c, c + 1])
    reading = [bool(_reads(_head(table, top, bottom, *block), references)) for block in blocks]
    if sum(reading) < 2:
        return area
    together = _reads(_head(table, top, bottom, left, right), references)
    if together and not together[0].doubled and _spans(together[0], blocks, left):
        return area  # one table with a gap in it
    kept: list[list[int]] = []
    for block, reads in zip(blocks, reading, strict=True):
        if kept and not (reads and any(r for b, r in zip(blocks, reading, strict=True) if b[0] < block[0])):
            kept[-1][1] = block[1]  # columns that make no table belong to the one they stand beside
        else:
            kept.append(list(block))
    return [(top, bottom, *block) for block in kept]  # type: ignore[misc]


def _spans(found: Match, blocks: Sequence[Sequence[int]], left: int) -> bool:
    columns = [left + c for c in (*found.fields.values(), *(answer.column for answer in found.answers))]
    words = [[headings.plain(found.headings[c - left]) for c in range(*block) if found.headings[c - left]] for block in blocks]
    again = len({word for block in words for word in block}) < sum(map(len, words))
    return not again and sum(any(block[0] <= c < block[1] for c in columns) for block in blocks) > 1


def _by_rows(table: pa.Table, top: int, bottom: int, left: int, right: int,
             references: References) -> list[tuple[int, int, int, int]]:
    area = [(top, bottom, left, right)]
    part = table.slice(top, bottom - top)
    columns = [part[f"c{c}"] for c in range(left, right)]
    if any(column.null_count == 0 for column in columns):
        return area
    filled = np.zeros(part.num_rows, dtype=bool)
    for column in columns:
        if column.null_count < part.num_rows:
            filled |= column.is_valid().to_numpy()
    starts = np.flatnonzero(filled & ~np.concatenate(([False], filled[:-1])))
    if len(starts) < 2 or len(starts) > _MOST_STRETCHES:
        return area
    tops = [int(starts[0])]
    for start in map(int, starts[1:]):
        near = _head(table, top + start, min(bottom, top + start + _NEAR), left, right)
        if not any(_looks_like_headings(cells) for cells in near):
            continue
        above = _reads(_head(table, top + tops[-1], top + start, left, right), references)
        if not above and start - tops[-1] <= headings.SEARCHED_ROWS:
            continue  # what stands above these headings is their title
        found = _reads(_head(table, top + start, bottom, left, right), references)
        if found and found[0].row < _NEAR and not (above and _words(found[0]) == _words(above[0])):
            tops.append(start)
    if len(tops) < 2:
        return area
    ends = [int(np.flatnonzero(filled[:following])[-1]) + 1 for following in (*tops[1:], part.num_rows)]
    return [(top + first, top + end, left, right) for first, end in zip(tops, ends, strict=True)]


def _words(found: Match) -> list[str]:
    return [headings.plain(heading) for heading in found.headings]


def _looks_like_headings(cells: Sequence[str]) -> bool:
    return sum(headings.is_known(cell) for cell in cells if cell) >= 2
