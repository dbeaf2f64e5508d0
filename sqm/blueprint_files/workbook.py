"""A blueprint as a workbook and back: a sheet with lanes as rows and phases as columns, one with everything a step carries, and
one with what the whole drawing is called.

The second and third are told by the codes in their rows, never by their names, so that both languages are read alike.
"""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from typing import Any

from sqm.blueprint import LANES, LINES, Document, Words, from_dict, to_dict
from sqm.blueprint_files.grid import Grid, found_in, grid_of, put
from sqm.i18n import t
from sqm.tokens import LIGHT

#: Columns of the sheet of steps, by the codes in its second row.
STEP = ("id", "lane", "phase", "order", "span", "zh", "en", "key", "metrics", "fail", "categories", "prevention_zh", "prevention_en",
        "contingency_zh", "contingency_en", "owner", "gap", "cause", "next")
#: Rows of the sheet of the whole, by the codes in its first column.
WHOLE = ("schema", "id", "name_zh", "name_en", "state", "scene", "note_zh", "note_en")
_WIDE = {"zh": 26, "en": 30, "metrics": 40, "prevention_zh": 36, "prevention_en": 36, "contingency_zh": 36, "contingency_en": 36, "next": 24, "categories": 20}
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_SPREAD = "; "
#: What a spreadsheet program takes for the beginning of a formula.
_SIGNS = tuple("=+-@＝＋－＠")


def workbook(document: Document, lang: str) -> bytes:
    """The document as a workbook whose first sheet is in ``lang``; the second holds both languages. No cell is a formula."""
    from openpyxl import Workbook
    from openpyxl.styles import Alignment, Border, Font, PatternFill, Side

    made = Workbook()
    grid, steps, whole = made.worksheets[0], made.create_sheet(t("blueprint.book_steps", lang)), made.create_sheet(t("blueprint.book_whole", lang))
    grid.title = t("blueprint.book_grid", lang)
    drawn = grid_of(document, lang)
    _row(grid, [document.name.get(lang)])
    _row(grid, ["", *drawn.heads])
    for lane in LANES:
        _row(grid, [t(f"blueprint.lane.{lane}", lang), *("\n".join(drawn.cells.get((lane, at), ())) for at in range(len(drawn.heads)))])
        if lane in LINES:
            _row(grid, [t(f"blueprint.line.{LINES[lane]}", lang)])
    _row(grid, [])
    _row(grid, [t("blueprint.book_note", lang)])
    edge = Side(style="thin", color=LIGHT["line"].lstrip("#"))
    for cells in grid.iter_rows(min_row=2, max_row=2 + len(LANES) + len(LINES), max_col=1 + len(drawn.heads)):
        line = str(cells[0].value) in {t(f"blueprint.line.{name}", lang) for name in LINES.values()}
        for cell in cells:
            cell.alignment = Alignment(wrap_text=not line, vertical="center" if cell.column == 1 else "top")
            cell.border = Border(bottom=edge) if line else Border(edge, edge, edge, edge)
            if line or cell.column == 1 or cell.row == 2:
                cell.fill = PatternFill("solid", LIGHT["sunken"].lstrip("#"))
            cell.font = Font(bold=(cell.column == 1 or cell.row == 2) and not line, color=LIGHT["muted" if line else "text"].lstrip("#"), size=9 if line else 11)
    grid["A1"].font = Font(bold=True, size=14)
    grid.column_dimensions["A"].width = 18
    for at in range(len(drawn.heads)):
        grid.cell(2, at + 2).alignment = Alignment(horizontal="center")
        grid.column_dimensions[grid.cell(2, at + 2).column_letter].width = 28
    grid.freeze_panes, grid.sheet_view.showGridLines = "B3", False
    grid.page_setup.orientation, grid.page_setup.fitToHeight = "landscape", 1
    grid.sheet_properties.pageSetUpPr.fitToPage = True

    _row(steps, [t(f"blueprint.book_column.{name}", lang) for name in STEP])
    _row(steps, list(STEP))
    for step in _step_rows(document):
        _row(steps, step)
    for cell in (*steps[1], *steps[2]):
        cell.font = Font(bold=cell.row == 1, color=LIGHT["text" if cell.row == 1 else "muted"].lstrip("#"))
        steps.column_dimensions[cell.column_letter].width = _WIDE.get(STEP[cell.column - 1], 12)
    for cells in steps.iter_rows(min_row=3):
        for cell in cells:
            cell.alignment = Alignment(wrap_text=True, vertical="top")
    steps.freeze_panes = "A3"
    for row in _whole_rows(document):
        _row(whole, row)
    whole.column_dimensions["A"].width, whole.column_dimensions["B"].width = 12, 40
    for sheet in made:
        _as_texts(sheet)
    kept = io.BytesIO()
    made.save(kept)
    return kept.getvalue()


def _row(sheet: Any, values: Sequence[object]) -> None:
    sheet.append([_CONTROL.sub("", value)[:32_767] if isinstance(value, str) else value for value in values])


def _as_texts(sheet: Any) -> None:
    """A text stays as it is called, and is no formula whatever it begins with."""
    for cells in sheet.iter_rows():
        for cell in cells:
            if isinstance(cell.value, str):
                cell.data_type, cell.quotePrefix = "s", cell.value.lstrip()[:1] in _SIGNS


def _step_rows(document: Document) -> list[list[object]]:
    following: dict[str, list[str]] = {}
    for source, target in document.links:
        following.setdefault(source, []).append(target)
    return [[s.id, s.lane, s.phase, s.order, s.span, s.title.zh, s.title.en, int(s.key), _SPREAD.join(b.text for b in s.metrics), int(s.fail),
             _SPREAD.join(s.categories), s.prevention.zh, s.prevention.en, s.contingency.zh, s.contingency.en, s.owner, s.gap, s.cause,
             _SPREAD.join(following.get(s.id, []))] for s in document.steps]


def _whole_rows(document: Document) -> list[list[object]]:
    plain = to_dict(document)
    values = {"schema": plain["schema"], "id": document.id, "name_zh": document.name.zh, "name_en": document.name.en, "state": document.state,
              "scene": document.scene, "note_zh": document.note.zh, "note_en": document.note.en}
    return [[name, values[name]] for name in WHOLE] + [["phase", p.id, p.name.zh, p.name.en] for p in document.phases]


# ---- back --------------------------------------------------------------------------------------------------------------------------

Rows = list[list[str]]


def document_in(sheets: Sequence[Rows]) -> Document | None:
    """The document that the sheets of a workbook hold, or None where no sheet has lanes as rows. With the other two sheets the grid is
    laid over what they say; without them the grid is all there is. BlueprintRefused where what they say cannot be.
    """
    whole = next((rows for rows in sheets if {"schema", "id", "phase"} <= {row[0] for row in rows if row}), None)
    steps = next((rows for rows in sheets if any({"id", "lane", "phase", "zh"} <= set(row) for row in rows[:5])), None)
    grids = [grid for rows in sheets if rows is not whole and rows is not steps and (grid := found_in(rows))]
    if not grids and (whole is None or steps is None):
        return None
    if whole is not None and steps is not None:
        base = from_dict(_plain(whole, steps))
        return put(base, grids[0]) if grids else base
    return put(Document("imported", Words()), _first_with_steps(grids))


def _first_with_steps(grids: Sequence[Grid]) -> Grid:
    return next((grid for grid in grids if grid.cells), grids[0])


def _plain(whole: Rows, steps: Rows) -> dict[str, Any]:
    said = {row[0]: row[1] if len(row) > 1 else "" for row in whole if row and row[0] in WHOLE}
    phases = [[*row, "", "", ""][1:4] for row in whole if row and row[0] == "phase"]
    head = next(at for at, row in enumerate(steps) if {"id", "lane", "phase", "zh"} <= set(row))
    names, links = steps[head], list[list[str]]()
    out: dict[str, Any] = {
        "schema": _whole(said.get("schema", "1")), "id": said.get("id") or "imported", "name": {"zh": said.get("name_zh", ""), "en": said.get("name_en", "")},
        "state": said.get("state") or "as_is", "scene": said.get("scene", ""), "note": {"zh": said.get("note_zh", ""), "en": said.get("note_en", "")},
        "phases": [{"id": i, "zh": zh, "en": en} for i, zh, en in phases], "steps": [], "links": links,
    }
    for row in steps[head + 1 :]:
        cells = {name: (row[at] if at < len(row) else "") for at, name in enumerate(names) if name in STEP}
        if not cells.get("id"):
            continue
        step: dict[str, Any] = {name: cells.get(name, "") for name in ("id", "lane", "phase", "zh", "en", "owner", "gap", "cause")}
        step |= {"order": _whole(cells.get("order") or "0"), "span": _whole(cells.get("span") or "1")}
        step |= {name: cells.get(name, "").strip().lower() in ("1", "1.0", "true", "yes", "是", "k", "f") for name in ("key", "fail")}
        step |= {plan: {one: cells.get(f"{plan}_{one}", "") for one in ("zh", "en")} for plan in ("prevention", "contingency")}
        step["metrics"] = [_bound(text) for text in _several(cells.get("metrics", ""))]
        step["categories"] = _several(cells.get("categories", ""))
        links += [[cells["id"], target] for target in _several(cells.get("next", ""))]
        out["steps"].append(step)
    return out


def _several(text: str) -> list[str]:
    return [part.strip() for part in re.split(r"[;；\n]", text) if part.strip()]


def _bound(text: str) -> dict[str, Any]:
    metric, _, rest = text.partition("?")
    pairs = [part.partition("=") for part in rest.split("&") if part]
    return {"metric": metric, "where": {name: values.split(",") for name, _, values in pairs}}


def _whole(text: str) -> object:
    """A whole number where it is one; what is none is refused where the document is read."""
    return int(float(text)) if re.fullmatch(r"\d{1,6}(\.0+)?", text.strip()) else text
