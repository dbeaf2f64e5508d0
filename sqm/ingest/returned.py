"""What goes back to the sender of a file: which cells are marked with which reason, and which are written otherwise.

Personal values leave masked. Those of the columns that the dataset knows carry a seal (``privacy.seal``), by which a later load knows
the number again without anybody reading it: a row that nobody touched is unchanged.
"""

from __future__ import annotations

import contextlib
from pathlib import Path

import pyarrow as pa

from sqm.errors import FileRefused
from sqm.i18n import t
from sqm.ingest import privacy
from sqm.ingest.checks import Checked
from sqm.ingest.headings import Match
from sqm.ingest.opening import Opened, Sheet, marked
from sqm.ingest.references import normal
from sqm.ingest.results import Problem
from sqm.ingest.sheets import RETURNED

#: A workbook with more cells comes back as its refused rows alone: openpyxl takes some 50 MB and two seconds for a hundred thousand.
MOST_CELLS = 1_500_000
_NO_TITLE = str.maketrans("", "", "[]:*?/\\'")


def write(opened: Opened, sheet: Sheet, left: int, match: Match, checked: Checked, key: bytes, target: Path, lang: str) -> int:
    """Write the workbook to fix to ``target`` (.xlsx). ``left``: columns of the sheet before the table. Returns the number of marked cells;
    nothing is written where there are none.

    Raises FileRefused as reading does, and ``file_not_written``.
    """
    table = sheet.table()
    assert table is not None
    if not checked.problems:
        return 0
    heading = sheet.above + match.row + match.rows
    problems = [Problem(**problem) for problem in checked.problems]
    reasons: dict[tuple[int, int], list[str]] = {}
    for problem in problems:
        reasons.setdefault((problem.row, left + max(problem.at, 0)), []).append(problem.say(lang))
    whole = opened.kind == "xlsx" and sum(one.rows * one.columns for one in opened.sheets) <= MOST_CELLS
    every = table.num_rows * (table.num_columns - 1) <= MOST_CELLS
    if not whole:
        wrong = pa.array(sorted({problem.row for problem in problems}), pa.int64())
        _store(table if every else _only(table, heading, wrong), opened.folder / "cells.arrow")
    note = t("cli.return.note", lang, file=opened.name, n=checked.problems_found)
    if checked.problems_found > len(problems):
        note += " " + t("cli.return.more", lang, n=len(problems))
    if not whole:
        note += " " + t("cli.return.rows" if not every else "cli.return.text", lang)
    order = {
        "sheet": sheet.name.rpartition(" #")[0] if sheet.range else sheet.name, "title": (sheet.name.translate(_NO_TITLE)[:31] or "1"),
        "whole": whole, "all": every, "left": left, "heading": heading,
        "marks": [[row, column, "\n".join(said)] for (row, column), said in reasons.items()],
        "replaced": _replaced(table, left, heading, match, key),
        "list": {"title": RETURNED + t("cli.return.sheet", lang), "note": note,
                 "headings": [t(f"data.problem_{name}", lang) for name in ("row", "column", "value", "reason")],
                 "rows": [[p.row, left + p.at, p.column, p.value, p.say(lang)] for p in problems]}}
    try:
        marked(opened, order, target)
    except OSError as error:
        raise FileRefused("file_not_written", file=str(target), reason=error.strerror or "") from error
    return len(reasons)


def _only(table: pa.Table, heading: int, wrong: pa.Array) -> pa.Table:
    """Titles and headings, and the rows that were refused."""
    import pyarrow.compute as pc

    rows = table["row"]
    return table.filter(pc.or_(pc.less_equal(rows, heading), pc.is_in(rows, value_set=wrong)))


def _store(table: pa.Table, path: Path) -> None:
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table)


def _replaced(table: pa.Table, left: int, heading: int, match: Match, key: bytes) -> list[list]:
    """Cells of personal columns sealed, and identifiers that hold a number with the piece of its hash that tells them apart."""
    found: list[list] = []
    rows = table["row"].to_pylist()
    for name, column in match.fields.items():
        field = match.dataset.by_name[name]
        if not field.personal and not (field.type == "text" and name in match.dataset.key):
            continue
        known: dict[str, str] = {}
        for row, cell in zip(rows, table[f"c{column}"].to_pylist(), strict=True):
            if cell is None or row <= heading:
                continue
            if cell not in known:
                known[cell] = _sealed(cell, field.personal, key) if field.personal else privacy.mask_id(cell, key)
            if known[cell] != cell:
                found.append([row, left + column, known[cell]])
    return found


def _sealed(cell: str, kind: str, key: bytes) -> str:
    """A personal cell as it may leave; what is nobody's number, or sealed by us already, stays."""
    if normal(cell) in privacy.NOBODY:
        return cell
    with contextlib.suppress(ValueError):
        if privacy.unseal(cell, key):
            return cell
    masked, plain = privacy.mask_personal(cell, kind)
    return privacy.seal(masked, privacy.keyed_hash(plain, key), key)
