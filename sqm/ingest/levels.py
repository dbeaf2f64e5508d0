"""Which rows may be headings, and how the texts over each other of several heading rows belong together."""

from __future__ import annotations

import re
from collections.abc import Sequence

SEARCHED_ROWS, MOST_LEVELS = 30, 4
_BELOW = 10
_A_NUMBER, _A_YEAR = re.compile(r"[+-]?[\d,]*\.?\d+%?"), re.compile(r"(19|20)\d\d")


def heading_rows(head: Sequence[Sequence[str]]) -> list[tuple[int, int, list[str | tuple[str, ...]]]]:
    """Candidates ``(row, rows, headings)``: each of the first rows, and up to four of them that look like levels."""
    found: list[tuple[int, int, list[str | tuple[str, ...]]]] = []
    for number, cells in enumerate(head[:SEARCHED_ROWS]):
        if not any(cells):
            continue
        found.append((number, 1, list(cells)))
        for rows in range(2, MOST_LEVELS + 1):
            block = head[number:number + rows]
            if len(block) < rows or not _is_level(block[-2], block[-1]):
                break
            found.append((number, rows, list(joined(block))))
    return found


def likely(head: Sequence[Sequence[str]]) -> int | None:
    """The row that is likeliest the headings where no dataset knows them: about as full as any, without numbers, and with a text over
    every column that most rows below it fill. Else the first about as full as any; None where every row has one text at most.
    """
    rows = [(row, cells) for row, cells in enumerate(head[:SEARCHED_ROWS]) if any(cells)]
    most = max((sum(map(bool, cells)) for _, cells in rows), default=0)
    full = [(row, cells) for row, cells in rows if most > 1 and sum(map(bool, cells)) >= 0.6 * most]
    for row, cells in full:
        below = [line for number, line in rows if number > row][:_BELOW]
        usual = [c for c in range(len(cells)) if 2 * sum(bool(line[c]) for line in below if c < len(line)) > len(below)]
        if all(cells[c] for c in usual) and not any(_A_NUMBER.fullmatch(cell) and not _A_YEAR.fullmatch(cell) for cell in cells):
            return row
    return full[0][0] if full else None


def _is_level(upper: Sequence[str], lower: Sequence[str]) -> bool:
    """Whether ``lower`` may be headings under ``upper``: each fills gaps of the other, and no number is a heading."""
    under = [c for c, cell in enumerate(lower) if cell]
    if not under or any(_A_NUMBER.fullmatch(cell) and not _A_YEAR.fullmatch(cell) for cell in lower):
        return False
    groups = [c for c, cell in enumerate(upper) if cell and lower[c]]
    alone = any(cell and not lower[c] for c, cell in enumerate(upper))
    if groups == [0] and not alone:
        return False  # a title over the first column
    return alone or any(not upper[c] for c in under)


def joined(block: Sequence[Sequence[str]]) -> list[tuple[str, ...]]:
    """The texts over each other of each column, a label reaching to the right as far as it can."""
    filled = [list(cells) for cells in block]
    for level, cells in enumerate(block[:-1]):
        label = ""
        for c, cell in enumerate(cells):
            below = any(row[c] for row in block[level + 1:])
            if cell or not below or any(row[c] for row in block[:level]):
                label = cell if below else ""
            else:
                filled[level][c] = label
    return [tuple(dict.fromkeys(filter(None, stack))) for stack in zip(*filled, strict=True)]
