"""What a reader takes along: a table as CSV or workbook, a chart as a picture, each stamped with where it comes from.

What a spreadsheet program would take for a formula gets a "'" in front.
"""

from __future__ import annotations

import io
import json
import re
import threading
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import pandas as pd

from sqm.tokens import palette

#: A spreadsheet program takes a text that begins so for a formula; full-width signs where Chinese is typed.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
#: Dropped or skipped on the way into a sheet: what comes after them begins the cell.
_UNSEEN = "".join(map(chr, (*range(9), 11, 12, *range(14, 33), 127, 160, 0x200B, 0x2060, 0x3000, 0xFEFF, 0xFFFE, 0xFFFF)))
#: No workbook may hold these.
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_NO_SHEET_NAME = re.compile(r"[\[\]:*?/\\'\x00-\x1f]")

#: Decimals of a number in a file.
DECIMALS = 4
#: Pixels of a picture before it is doubled, for a slide.
WIDTH, ZOOM = 900, 2.0
#: So many characters of a title have room in a line, a Chinese one counting double.
_LINE = 104
_drawing = threading.Lock()


def _harmless(cell: object) -> object:
    return f"'{cell}" if isinstance(cell, str) and cell.lstrip(_UNSEEN).startswith(_FORMULA) else cell


def csv_bytes(frame: pd.DataFrame) -> bytes:
    """The table as CSV that a spreadsheet program opens as text and numbers, with at most ``DECIMALS`` decimals."""
    safe = _safe(frame)
    # With this end of a line a lone "\r" in a cell is quoted, too, and begins no line.
    return safe.to_csv(index=False, lineterminator="\r\n").encode("utf-8-sig")


def _safe(frame: pd.DataFrame) -> pd.DataFrame:
    """``frame`` rounded, with nothing in its texts or headings that is taken for a formula."""
    frame = frame.round(dict.fromkeys(frame.select_dtypes("number"), DECIMALS))
    texts = {at: frame.iloc[:, at].astype(object).map(_harmless) for at, kind in enumerate(frame.dtypes) if not _number(kind)}
    safe = pd.concat([texts.get(at, frame.iloc[:, at]) for at in range(frame.shape[1])], axis=1) if texts else frame.copy()
    safe.columns = pd.Index([_harmless(name) for name in frame.columns])
    return safe


def _number(kind: object) -> bool:
    return pd.api.types.is_numeric_dtype(kind) or pd.api.types.is_datetime64_any_dtype(kind)


def workbook(frame: pd.DataFrame, sheet: str, about: Iterable[tuple[str, str]], about_sheet: str) -> bytes:
    """The table as a workbook: numbers as numbers, and a second sheet that says what they are (``about``: name, text)."""
    from openpyxl import Workbook
    from openpyxl.styles import Alignment, Font
    from openpyxl.utils import get_column_letter

    made = Workbook()
    rows, told = made.worksheets[0], made.create_sheet(_sheet_name(about_sheet, "About"))
    rows.title = _sheet_name(sheet, "Data", than=told.title)
    safe = _safe(frame)
    rows.append([_cell(name) for name in safe.columns])
    for row in safe.astype(object).itertuples(index=False, name=None):
        rows.append([_cell(value) for value in row])
    for at, name in enumerate(safe.columns, 1):
        longest = max([_wide(str(name)), *(_wide(str(v)) for v in safe.iloc[:200, at - 1])])
        rows.column_dimensions[get_column_letter(at)].width = min(longest + 2, 60)
    for cell in rows[1]:
        cell.font = Font(bold=True)
    rows.freeze_panes = "A2"
    rows.auto_filter.ref = rows.dimensions
    for name, text in about:
        told.append([_cell(_harmless(name)), _cell(_harmless(text))])
    for cell in told["A"]:
        cell.font = Font(bold=True)
    for cell in told["B"]:
        cell.alignment = Alignment(wrap_text=True, vertical="top")
    told.column_dimensions["A"].width, told.column_dimensions["B"].width = 18, 100
    kept = io.BytesIO()
    made.save(kept)
    return kept.getvalue()


def _cell(value: object) -> Any:
    if isinstance(value, str):
        return _CONTROL.sub("", value)[:32_767]
    return None if value is None or pd.isna(value) else value


def _sheet_name(name: str, otherwise: str, than: str = "") -> str:
    """``name`` as a sheet may be called: 31 characters, none of those that mean something in a formula, not as ``than``."""
    named = _NO_SHEET_NAME.sub(" ", name).strip()[:31].strip() or otherwise
    return named if named.casefold() != than.casefold() else f"{named[:29]} 1"


def _wide(text: str) -> int:
    return sum(2 if character > "\u2e7f" else 1 for character in text)


def picture(drawing: Mapping[str, Any], title: str, beneath: Iterable[str], theme: str) -> bytes:
    """The Vega-Lite ``drawing`` (frames under ``datasets``) as PNG, twice ``WIDTH`` wide, its ``title`` and lines ``beneath`` it.

    Drawn by the library that the browser uses, without a network. Faces are those of the machine: one without a Chinese face
    draws boxes for Chinese characters.
    """
    import vl_convert

    c = palette(theme)
    spec = _wide_as(dict(drawing), WIDTH)
    spec["datasets"] = {name: json.loads(frame.to_json(orient="records", date_format="iso")) if isinstance(frame, pd.DataFrame) else frame
                        for name, frame in drawing.get("datasets", {}).items()}
    lines = [line for text in beneath for line in _lines(text)]
    spec["title"] = {"text": _lines(title), "subtitle": lines, "anchor": "start", "frame": "group", "color": c["text"], "subtitleColor": c["muted"],
                     "fontSize": 16, "subtitleFontSize": 12, "subtitlePadding": 6, "offset": 14, "font": spec.get("config", {}).get("font", "sans-serif"),
                     "subtitleFont": spec.get("config", {}).get("font", "sans-serif")}
    spec["config"] = {**spec.get("config", {}), "background": c["background"], "padding": 18}
    with _drawing:
        return bytes(vl_convert.vegalite_to_png(json.dumps(spec), scale=ZOOM, allowed_base_urls=[]))


def vector(drawing: Mapping[str, Any], theme: str, width: int = 1088) -> str:
    """The Vega-Lite ``drawing`` as SVG, so many pixels wide, on the ground it is put on: drawn as ``picture`` draws."""
    import vl_convert

    spec = _wide_as(dict(drawing), width)
    spec["datasets"] = {name: json.loads(frame.to_json(orient="records", date_format="iso")) if isinstance(frame, pd.DataFrame) else frame
                        for name, frame in drawing.get("datasets", {}).items()}
    spec["config"] = {**spec.get("config", {}), "background": palette(theme)["background"]}
    with _drawing:
        return str(vl_convert.vegalite_to_svg(json.dumps(spec), allowed_base_urls=[]))


def sheets(tables: Iterable[tuple[str, list[tuple[str, str]], pd.DataFrame]], watch: Callable[[int, int], None] | None = None) -> bytes:
    """Several tables as one workbook: (name of the sheet, lines over the table: name and text, the table)."""
    from openpyxl import Workbook
    from openpyxl.styles import Alignment, Font

    made, listed, named = Workbook(), list(tables), set[str]()
    for n, (name, about, frame) in enumerate(listed):
        sheet = made.worksheets[0] if n == 0 else made.create_sheet()
        title = _sheet_name(name, f"{n + 1}")
        if title.casefold() in named:
            title = f"{title[:26]} {n + 1}"
        named.add(title.casefold())
        sheet.title = title
        for label, text in about:
            sheet.append([_cell(_harmless(label)), _cell(_harmless(text))])
            sheet.cell(sheet.max_row, 1).font = Font(bold=True)
            sheet.cell(sheet.max_row, 2).alignment = Alignment(vertical="top")
        if about:
            sheet.append([])
        safe = _safe(frame)
        sheet.append([_cell(heading) for heading in safe.columns])
        for cell in sheet[sheet.max_row]:
            cell.font = Font(bold=True)
        for row in safe.astype(object).itertuples(index=False, name=None):
            sheet.append([_cell(value) for value in row])
        for column, width in zip("ABCDEFGHIJ", (34, 20, 14, 14, 14, 14, 14, 14, 14, 14), strict=True):
            sheet.column_dimensions[column].width = width
        if watch:
            watch(n + 1, len(listed))
    kept = io.BytesIO()
    made.save(kept)
    return kept.getvalue()


def drawn(svg: str) -> bytes:
    """An SVG as PNG, ``ZOOM`` times its size: by the same library, without a network, in the faces of the machine."""
    import vl_convert

    with _drawing:
        return bytes(vl_convert.svg_to_png(svg, scale=ZOOM))


def _wide_as(spec: dict[str, Any], width: int) -> dict[str, Any]:
    """``spec`` with that width where it would take its container's: nothing contains it here."""
    return {**spec, "width": width} if spec.get("width", "container") == "container" and not {"hconcat", "vconcat", "concat", "facet"} & set(spec) else spec


def _lines(text: str) -> list[str]:
    """``text`` broken into lines, between words or after a Chinese character."""
    lines = [""]
    for piece in re.findall(r"[\u2e80-\uffff]|[^\s\u2e80-\uffff]+|\s+", text):
        if lines[-1] and _wide(lines[-1] + piece) > _LINE:
            lines.append("")
        lines[-1] += piece if lines[-1] else piece.lstrip()
    return [line.rstrip() for line in lines]
