"""A workbook to fill in: the headings of a contract, drop-downs, and a sheet that explains the columns by example.

The sheet to fill in has no example row: one that is left in place would be loaded like any other.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from openpyxl import Workbook
from openpyxl.cell import Cell
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation

from sqm import datasets
from sqm.datasets import Dataset, Field
from sqm.errors import FileRefused
from sqm.i18n import t

_EXAMPLES = {"number": "1", "integer": "1", "month": "2026-01", "date": "2026-01-15", "timestamp": "2026-01-15 09:30:00"}
_ROWS = 5000


def write_template(name: str, path: str | Path, lang: str = "zh", entries: Mapping[str, Sequence[str]] | None = None) -> Path:
    """Write the template of a dataset. ``entries``: known values per reference dataset, for drop-downs and the example.

    Raises WrongCall for an unknown dataset, FileRefused when the file cannot be written.
    """
    contract, path, entries = datasets.get(name), Path(path), entries or {}
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = contract.zh if lang == "zh" else contract.en
    lists = book.create_sheet(t("cli.template.lists", lang))
    lists.sheet_state = "hidden"
    shade = PatternFill("solid", start_color="DCE6F1")
    for number, f in enumerate(contract.fields, start=1):
        cell = sheet.cell(1, number, heading(f, lang) + (" *" if f.required else ""))
        cell.font, cell.fill = Font(bold=True), shade
        example = _example(f, entries, lang)
        shown = t("cli.template.such_as", lang, value=example) if example else ""
        cell.comment = Comment("\n".join(filter(None, (_rule(f, lang), shown))), "SQM")
        letter = get_column_letter(number)
        sheet.column_dimensions[letter].width = 18
        choices = _choices(f, entries, lang)
        if choices:
            for row, choice in enumerate(choices, start=1):
                _as_text(lists.cell(row, number, choice))
            place = f"'{lists.title}'!${letter}$1:${letter}${len(choices)}"
            drop = DataValidation(type="list", formula1=place, allow_blank=True, showErrorMessage=False)
            drop.add(f"{letter}2:{letter}{_ROWS}")
            sheet.add_data_validation(drop)
    sheet.freeze_panes = "A2"
    _explanations(book, contract, entries, lang)
    try:
        book.save(path)
    except OSError as error:
        raise FileRefused("file_not_written", file=str(path), reason=error.strerror or "") from error
    return path


def heading(f: Field, lang: str) -> str:
    """The heading a template uses: the first Chinese synonym, or the field's name in English."""
    if lang == "en":
        return f.name.replace("_", " ")
    return next((h for h in f.headings if not h.isascii()), f.name)


def _explanations(book: Workbook, contract: Dataset, entries: Mapping[str, Sequence[str]], lang: str) -> None:
    sheet = book.create_sheet(t("cli.template.about", lang))
    sheet.append([contract.zh if lang == "zh" else contract.en])
    sheet.append([t("cli.template.how", lang)])
    sheet.append([])
    sheet.append([t(f"cli.template.{key}", lang) for key in ("column", "needed", "what", "example", "synonyms")])
    for f in contract.fields:
        needed = t("cli.template.yes" if f.required else "cli.template.no", lang)
        sheet.append([heading(f, lang), needed, _rule(f, lang), _example(f, entries, lang), " / ".join((f.name, *f.headings))])
        for cell in sheet[sheet.max_row]:
            _as_text(cell)
            cell.alignment = Alignment(wrap_text=True, vertical="top")
    sheet.freeze_panes = "A5"
    for cell in (sheet["A1"], *sheet[4]):
        cell.font = Font(bold=True)
    for letter, width in zip("ABCDE", (22, 10, 60, 24, 80), strict=True):
        sheet.column_dimensions[letter].width = width


def _as_text(cell: Cell) -> None:
    """What a reference table calls an entry is no formula; it stays as it is called, or it would not be found again."""
    if isinstance(cell.value, str) and cell.value[:1] in ("=", "+", "-", "@"):
        cell.data_type = "s"
        cell.quotePrefix = True


def _rule(f: Field, lang: str) -> str:
    said = [t(f"cli.type.{f.type}", lang)]
    if f.refers_to:
        target = datasets.get(f.refers_to)
        said.append(t("cli.template.refers", lang, reference=target.zh if lang == "zh" else target.en))
    if f.one_of:
        said.append(t("cli.template.one_of", lang, values=" / ".join([*f.one_of, *f.words][:16])))
    if f.low is not None or f.high is not None:
        if f.high is None:
            said.append(t("cli.template.at_least", lang, low=f"{f.low:g}"))
        elif f.low is None:
            said.append(t("cli.template.at_most", lang, high=f"{f.high:g}"))
        else:
            said.append(t("cli.template.range", lang, low=f"{f.low:g}", high=f"{f.high:g}"))
    if f.default not in (None, ""):
        said.append(t("cli.template.default", lang, value=_blank_means(f, lang)))
    if f.personal:
        said.append(t("cli.template.personal", lang))
    return (" " if lang == "en" else "").join(said)


def _blank_means(f: Field, lang: str) -> str:
    """The default in the words of the drop-down, not as the program holds it."""
    offered = _choices(f, {}, lang)
    if f.type == "flag":
        return offered[0 if f.default else 1]
    if isinstance(f.default, float):
        return f"{f.default:g}"
    return offered[f.one_of.index(f.default)] if isinstance(f.default, str) and f.default in f.one_of else str(f.default)


def _choices(f: Field, entries: Mapping[str, Sequence[str]], lang: str) -> list[str]:
    if f.refers_to:
        return list(entries.get(f.refers_to, ()))[:1000]
    if f.type == "flag":
        return ["是", "否"] if lang == "zh" else ["yes", "no"]
    if f.one_of:
        words = {value: word for word, value in reversed(list(f.words.items())) if not word.isascii()}
        return [words.get(value, value) for value in f.one_of] if lang == "zh" else list(f.one_of)
    return []


def _example(f: Field, entries: Mapping[str, Sequence[str]], lang: str) -> str | None:
    if choices := _choices(f, entries, lang):
        return choices[0]
    if f.refers_to:
        return None
    if f.personal:
        return None
    if f.type != "text":
        if f.low is not None:
            return f"{max(f.low, 0):g}" if f.low > 0 or f.high is None or f.high >= 1 else f"{f.low:g}"
        return _EXAMPLES.get(f.type)
    if f.default is not None:
        return str(f.default) or None
    return "SQM-0001" if f.required else None
