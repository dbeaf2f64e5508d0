"""The workbook that goes back to its sender, made inside the child process: wrong cells in colour with their reason, numbers of people masked.

A spreadsheet of the newer kinds comes back as it was, with its other sheets, titles, widths and formats; its formulas as the values they
had, its pictures, charts, pivots and macros not at all. Of every other file, and of one that is too large for that, the sheet comes back as text,
cell by cell where it stood.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from sqm.ingest.privacy import mask_text
from sqm.ingest.sheets import RETURNED

_WRONG = "FFD9CC"
_AUTHOR = "SQM"
_SIGNS = ("=", "+", "-", "@")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


def mark(file: Path, kind: str, folder: Path) -> dict:
    """Write ``folder/returned.xlsx`` after ``folder/marks.json``: ``sheet`` (its name), ``marks`` ([row from 1, column from 0, reason]), ``list`` (title and
    rows of a sheet that lists them), ``whole`` (whether to keep the workbook), ``left`` (columns before the table), ``heading`` (its last row of
    headings) and ``replaced`` (cells that are written otherwise, [row, column, text]). Returns how many marks are set.
    """
    order = json.loads((folder / "marks.json").read_text(encoding="utf-8"))
    book, sheet = _kept(file, order) if order["whole"] and kind == "xlsx" else _copied(folder, order)
    _list(book, sheet.title, order["list"])
    book.save(folder / "returned.xlsx")
    return {"marks": len(order["marks"]), "whole": bool(order["whole"] and kind == "xlsx")}


def _kept(file: Path, order: dict) -> tuple[Any, Any]:
    import openpyxl
    from openpyxl.cell.cell import MergedCell
    from openpyxl.packaging.core import DocumentProperties
    from openpyxl.packaging.custom import CustomPropertyList

    with file.open("rb") as opened:  # whatever it is called
        book = openpyxl.load_workbook(opened, data_only=True, keep_vba=False, keep_links=False)
    replaced = {(row, column): text for row, column, text in order["replaced"]}
    chosen = next(sheet for sheet in book.worksheets if mask_text(sheet.title) == order["sheet"])
    for sheet in list(book.worksheets):
        if sheet.title.startswith(RETURNED):
            book.remove(sheet)
            continue
        for cells in sheet.iter_rows():
            for cell in cells:
                if isinstance(cell, MergedCell) or cell.value is None and cell.comment is None:
                    continue
                _hide(cell, replaced.get((cell.row, cell.column - 1)) if sheet is chosen else None)
        _hide_around(sheet)
    book.properties = DocumentProperties(creator=_AUTHOR)
    book.custom_doc_props = CustomPropertyList()
    for name in [name for name, defined in book.defined_names.items() if _personal(defined.attr_text)]:
        del book.defined_names[name]
    for row, column, reason in order["marks"]:
        cell = chosen.cell(row, column + 1)
        if isinstance(cell, MergedCell):
            spanned = next(area for area in chosen.merged_cells.ranges if cell.coordinate in area)
            cell = chosen.cell(spanned.min_row, spanned.min_col)
        _colour(cell, reason)
    return book, chosen


def _hide(cell: Any, instead: str | None) -> None:
    """Mask what is personal in a cell, its note and its link; a text stays a text."""
    if isinstance(cell.value, str):
        text = instead or mask_text(cell.value)
        if text != cell.value or cell.data_type == "f":
            cell.value = text
            _as_text(cell)
    elif isinstance(cell.value, int | float) and not isinstance(cell.value, bool):
        plain = str(int(cell.value)) if float(cell.value).is_integer() else ""
        if instead or mask_text(plain) != plain:
            cell.value, cell.number_format = instead or mask_text(plain), "@"
    if cell.comment is not None:
        if cell.comment.author == _AUTHOR:
            cell.comment = None
        else:
            cell.comment.text = mask_text(cell.comment.text or "")
    link = cell.hyperlink
    if link is not None and any(map(_personal, (link.target, link.location, link.tooltip, link.display))):
        cell.hyperlink = None


def _hide_around(sheet: Any) -> None:
    """What else of a sheet may hold a number of somebody: what pivots and charts keep of their rows goes, the rest is masked."""
    from openpyxl.worksheet.scenario import ScenarioList

    sheet._pivots, sheet._charts, sheet._images = [], [], []  # noqa: SLF001 - there is no other way to leave them out
    sheet.auto_filter.filterColumn, sheet.scenarios = [], ScenarioList()
    for table in sheet.tables.values():
        for column in table.tableColumns:
            column.name = mask_text(column.name)
        if table.autoFilter is not None:
            table.autoFilter.filterColumn = []
    for part in (sheet.oddHeader, sheet.oddFooter, sheet.evenHeader, sheet.evenFooter, sheet.firstHeader, sheet.firstFooter):
        for place in (part.left, part.center, part.right):
            place.text = mask_text(place.text) if place.text else place.text
    for validation in sheet.data_validations.dataValidation:
        for name in ("formula1", "formula2", "prompt", "error"):
            if _personal(getattr(validation, name)):
                setattr(validation, name, mask_text(getattr(validation, name)))
    for rules in sheet.conditional_formatting:
        for rule in rules.rules:
            rule.formula = [mask_text(formula) for formula in rule.formula]
            rule.text = mask_text(rule.text) if rule.text else rule.text
    for name in [name for name, defined in sheet.defined_names.items() if _personal(defined.attr_text)]:
        del sheet.defined_names[name]
    if _personal(sheet.title):
        sheet.title = mask_text(sheet.title).replace("*", "x")


def _personal(text: object) -> bool:
    return isinstance(text, str) and mask_text(text) != text


def _as_text(cell: Any) -> None:
    if isinstance(cell.value, str) and cell.value[:1] in _SIGNS:
        cell.data_type, cell.quotePrefix = "s", True


def _colour(cell: Any, reason: str) -> None:
    from openpyxl.comments import Comment
    from openpyxl.styles import PatternFill

    cell.fill = PatternFill("solid", start_color=_WRONG)
    before = f"{cell.comment.text}\n" if cell.comment is not None else ""
    cell.comment = Comment(_fit(before + reason), _AUTHOR, height=110, width=320)


def _copied(folder: Path, order: dict) -> tuple[Any, Any]:
    """The sheet as text: all of it, or its titles, headings and refused rows."""
    import openpyxl
    import pyarrow as pa

    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.title = order["title"]
    table = pa.ipc.open_file(str(folder / "cells.arrow")).read_all()
    replaced = {(row, column): text for row, column, text in order["replaced"]}
    at: dict[int, int] = {}
    for batch in table.to_batches():
        columns = batch.to_pydict()
        numbers = columns.pop("row")
        for place, row in enumerate(numbers):
            to = row if order["all"] else len(at) + 1
            at[row] = to
            for column, cells in enumerate(columns.values()):
                if cells[place] is not None:
                    cell = sheet.cell(to, order["left"] + column + 1, _fit(replaced.get((row, order["left"] + column)) or mask_text(cells[place])))
                    _as_text(cell)
    for row, column, reason in order["marks"]:
        if row in at:
            _colour(sheet.cell(at[row], column + 1), reason)
    for line in order["list"]["rows"]:
        line[0] = at.get(line[0], line[0])
    return book, sheet


def _list(book: Any, sheet: str, told: dict) -> None:
    """A sheet behind all others: what is wrong, each line a link to its cell."""
    from openpyxl.styles import Alignment, Font
    from openpyxl.utils import get_column_letter, quote_sheetname
    from openpyxl.worksheet.hyperlink import Hyperlink

    made = book.create_sheet(told["title"])
    made.append([_fit(told["note"])])
    made.append([])
    made.append(told["headings"])
    for cell in made[3]:
        cell.font = Font(bold=True)
    for row, column, *texts in told["rows"]:
        place = f"{get_column_letter(max(column, 0) + 1)}{row}"
        made.append([place, *map(_fit, texts)])
        here = made.cell(made.max_row, 1)
        here.hyperlink = Hyperlink(ref=here.coordinate, location=f"{quote_sheetname(sheet)}!{place}")
        here.font = Font(color="1155CC", underline="single")
        _texts(made[made.max_row][1:])
    for letter, width in zip("ABCD", (10, 26, 30, 90), strict=True):
        made.column_dimensions[letter].width = width
    for line in made.iter_rows(min_row=4, min_col=4, max_col=4):
        line[0].alignment = Alignment(wrap_text=True, vertical="top")


def _fit(text: str) -> str:
    """Without the signs that no workbook may hold."""
    return _CONTROL.sub("", text)


def _texts(cells: Iterable[Any]) -> None:
    for cell in cells:
        _as_text(cell)
