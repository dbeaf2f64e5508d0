"""The child process that opens files, for one of ``TASKS``. Its one argument is an ``Order`` as JSON.

A workbook from outside may ask for gigabytes, loop or crash the parser, so no other process ever opens one. Every cell is
read as text without blanks around it, a blank cell as null. Each sheet becomes ``FOLDER/<n>.arrow`` (columns ``c0, c1, …`` of text and ``row``, the number a person sees
beside the row in the spreadsheet), and ``FOLDER/manifest.json`` lists the sheets or says ``{"error": code, "detail": …}``.
Imports stay light, and what the parser need not wait for is imported late: this starts once per file.
"""

from __future__ import annotations

import json
import os
import re
import sys
import threading
import zipfile
from pathlib import Path
from typing import NamedTuple

from sqm.ingest.sheets import AT, Unreadable, write_batch

#: What a workbook may claim to unpack to; real ones of a million rows stay under 2 GB.
UNPACKED_LIMIT = 6 << 30
#: Megabytes for an .xls, which holds at most 65 536 rows: to begin with, and times its size.
XLS_MEMORY, XLS_TIMES = 2048, 20
#: How a web page begins, whatever stands before the first tag that says so.
_PAGE = re.compile(rb"(?:<\?xml[^>]*>|<!doctype[^>]*>|<!--.*?-->|\s)*<(?:html|head|body|meta|style|div|center|table)\b", re.DOTALL)
ERROR_CELLS = {"Div0": "#DIV/0!", "NA": "#N/A", "Name": "#NAME?", "Null": "#NULL!", "Num": "#NUM!", "Ref": "#REF!",
               "Value": "#VALUE!", "GettingData": "#GETTING_DATA"}


class Order(NamedTuple):
    """What the child is to do. ``sheet``: the only one to read. ``place``: of a file in an archive. ``memory``: MB it may take."""

    file: Path
    folder: Path
    task: str = "read"
    sheet: str | None = None
    place: int = 0
    memory: int = 6144


def limit_memory(megabytes: int) -> None:
    """Make the process fail instead of taking the machine down. Where the system has no such limit, nothing happens; a lower one stays."""
    try:
        import resource
    except ImportError:
        return
    try:
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        now = resource.getrlimit(resource.RLIMIT_AS)[0]
        most = megabytes << 20 if now == resource.RLIM_INFINITY else min(now, megabytes << 20)
        resource.setrlimit(resource.RLIMIT_AS, (most, most))
    except (ValueError, OSError):
        pass


def kind_of(path: Path) -> str:
    """``xlsx``, ``xlsb``, ``ods``, ``xls``, ``html``, ``zip`` or ``csv``, by content: the extension is only what somebody called it."""
    with path.open("rb") as file:
        head = file.read(4096)
    if not head.strip(b"\0 \t\r\n"):
        raise Unreadable("file_empty")
    if head.startswith(b"PK"):
        return _kind_of_zip(path)
    if head.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        with path.open("rb") as file:
            if any("EncryptedPackage".encode("utf-16-le") in part for part in iter(lambda: file.read(1 << 24), b"")):
                raise Unreadable("file_password")
        return "xls"
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        head = head.decode("utf-16", "ignore").encode()
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith((b"<?xml", b"<workbook", b"mime-version")) and b"<html" not in start:
        raise Unreadable("file_is_a_web_page")
    if _PAGE.match(start):
        return "html"
    if start.startswith((b"%pdf", b"\x89png", b"\xff\xd8\xff", b"rar!", b"7z\xbc\xaf", b"\x1f\x8b", b"gif8")):
        raise Unreadable("file_not_a_table")
    return "csv"


def _kind_of_zip(path: Path) -> str:
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise Unreadable("file_damaged", str(error)) from error
    names = {member.filename.replace("\\", "/").lower() for member in members}
    if not _is_archive(names) and sum(member.file_size for member in members) > UNPACKED_LIMIT:
        raise Unreadable("file_too_big")
    if "xl/workbook.bin" in names:
        return "xlsb"
    if any(name.startswith("xl/") for name in names):
        return "xlsx"
    if "content.xml" in names:
        return "ods"
    if _is_archive(names):
        return "zip"
    raise Unreadable("file_not_a_table")


def _is_archive(names: set[str]) -> bool:
    """Whether the parts of a zip (in lower case) are files rather than the parts of a document."""
    return not any(name in names for name in ("[content_types].xml", "mimetype", "content.xml")) and not any(n.startswith("xl/") for n in names)


def read_workbook(path: Path, kind: str, folder: Path, only: str | None) -> list[dict]:
    """Write every visible sheet (or the one named) as Arrow; hidden ones are listed, and read only when named."""
    if kind == "xls":  # nothing in it is packed: a small one that asks for gigabytes only leads in circles
        limit_memory(XLS_MEMORY + XLS_TIMES * (path.stat().st_size >> 20))
    if kind not in ("xlsx", "ods"):  # the others store a value with every formula
        return _read_workbook(path, kind, folder, only)
    parts: set[str] = set()
    failed: list[BaseException] = []

    def skim() -> None:
        from sqm.ingest.formulas import parts_with_unsaved

        if sys.platform == "linux":  # where it is one thread's priority; the parser is what everybody waits for
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), 10)
        try:
            parts.update(parts_with_unsaved(path, kind))
        except BaseException as error:  # noqa: BLE001 - raised where it is waited for
            failed.append(error)

    beside = threading.Thread(target=skim)
    beside.start()  # the parser leaves Python alone
    try:
        sheets = _read_workbook(path, kind, folder, only)
    finally:
        beside.join()
    if failed:
        raise failed[0]
    if not parts:
        return sheets
    from sqm.ingest.formulas import mark

    marked = folder / f"marked.{kind}"
    mark(path, kind, parts, marked)
    sheets = _read_workbook(marked, kind, folder, only)
    marked.unlink()
    return sheets


def _read_workbook(path: Path, kind: str, folder: Path, only: str | None) -> list[dict]:
    import fastexcel

    threading.Thread(target=_arrow, daemon=True).start()  # while the parser works, which leaves Python alone
    by_name = path.suffix.lower() == f".{kind}" or (kind == "xlsx" and path.suffix.lower() == ".xlsm")
    try:
        workbook = fastexcel.read_excel(str(path) if by_name else path.read_bytes())
    except fastexcel.FastExcelError as error:
        raise _translated(error) from error
    sheets: list[dict] = []
    for number, name in enumerate(workbook.sheet_names):
        entry: dict = {"name": name, "hidden": False, "rows": 0, "columns": 0, "file": None}
        sheets.append(entry)
        if only is not None and not _is_named(name, only):
            continue
        (folder / AT).write_text(f"{number + 1} {len(workbook.sheet_names)}")
        try:
            sheet = workbook.load_sheet(number, header_row=None, skip_rows=0, dtypes="string")
            entry["hidden"] = sheet.visible != "visible"
            entry["columns"] = sheet.width
            if entry["hidden"] and only is None or not sheet.width:
                continue
            batch, errors = sheet.to_arrow_with_errors()
        except fastexcel.FastExcelError as error:
            entry["error"] = _translated(error).code
            continue
        entry["rows"] = batch.num_rows
        entry["file"] = f"{number}.arrow"
        write_batch(_with_error_cells(batch, errors), folder / entry["file"])
    return sheets


def _is_named(name: str, wanted: str) -> bool:
    """Whether ``wanted``, perhaps masked or one of several tables ("… #2"), means the sheet ``name``."""
    from sqm.ingest.privacy import mask_text

    return wanted in (name, mask_text(name)) or re.sub(r" #\d+$", "", wanted) in (name, mask_text(name))


def _arrow() -> None:
    import pyarrow.compute  # noqa: F401


def _translated(error: Exception) -> Unreadable:
    text = str(error)
    lower = text.lower()
    if "password" in lower or "encrypt" in lower:
        return Unreadable("file_password")
    if "limit exceeded" in lower or "memory" in lower:
        return Unreadable("file_too_big", text[:200])
    return Unreadable("file_damaged", text[:200])


def _with_error_cells(batch, errors):  # noqa: ANN001, ANN202 - pyarrow is imported late
    """Put ``#DIV/0!`` and its like back: the reader leaves a blank, and a blank would look as if nobody had answered."""
    import pyarrow as pa

    if errors is None or not errors.errors:
        return batch
    columns: dict[int, dict[int, str]] = {}
    for cell in errors.errors:
        row, column = cell.offset_position
        word = cell.detail.rpartition("Error(")[2].rstrip("')")
        columns.setdefault(column, {})[row] = ERROR_CELLS.get(word, "#ERROR")
    arrays = list(batch.columns)
    for column, cells in columns.items():
        values = arrays[column].to_pylist()
        for row, text in cells.items():
            values[row] = text
        arrays[column] = pa.array(values, pa.string())
    return pa.record_batch(arrays, names=batch.schema.names)


def read(path: Path, folder: Path, only: str | None) -> dict:
    """The manifest of a file whose sheets were written to ``folder``. Raises Unreadable."""
    kind = kind_of(path)
    read_as: dict[str, str] = {}
    if kind == "csv":
        from sqm.ingest.delimited import read_csv

        sheets, read_as = read_csv(path, folder)
    elif kind == "html":
        from sqm.ingest.webpages import read_page

        sheets, read_as = read_page(path, folder)
    elif kind == "zip":
        raise Unreadable("file_is_archive")
    else:
        sheets = read_workbook(path, kind, folder, only)
    return {"kind": kind, "sheets": sheets, "read_as": read_as}


def _read(order: Order) -> dict:
    try:
        return read(order.file, order.folder, order.sheet)
    except Unreadable as error:
        if error.code != "file_password":
            raise
    from sqm.ingest.locked import NOBODYS, unlock

    try:
        unlock(order.file, order.folder / "unlocked", NOBODYS)
    except Unreadable:
        raise Unreadable("file_password") from None
    return read(order.folder / "unlocked", order.folder, order.sheet)


def _glance(order: Order) -> dict:
    from sqm.ingest.glance import cut

    kind = kind_of(order.file)
    head = order.folder / f"head.{kind}"
    return read(head, order.folder, order.sheet) if cut(order.file, kind, head) else {}


def _unlock(order: Order) -> dict:
    from sqm.ingest.locked import unlock

    unlock(order.file, order.folder / "unlocked", sys.stdin.buffer.read().decode("utf-8"))
    return {}


def _members(order: Order) -> dict:
    from sqm.ingest.archives import members

    try:
        return {"members": members(order.file)} if kind_of(order.file) == "zip" else {}
    except Unreadable as error:
        if error.code.startswith("archive_"):
            raise
        return {}  # what it is instead, or what is wrong with it, is said when it is read


def _take(order: Order) -> dict:
    from sqm.ingest.archives import take

    take(order.file, order.place, order.folder / "taken")
    return {}


def _mark(order: Order) -> dict:
    from sqm.ingest.marking import mark

    file = order.folder / "unlocked"  # of a workbook with nobody's password
    file = file if file.is_file() else order.file
    return mark(file, kind_of(file), order.folder)


TASKS = {"glance": _glance, "mark": _mark, "read": _read, "unlock": _unlock, "members": _members, "take": _take}


def main(order: Order) -> int:
    """Do what is ordered and say so in the manifest; the exit status."""
    limit_memory(order.memory)
    manifest: dict
    try:
        manifest = TASKS[order.task](order)
    except Unreadable as error:
        manifest = {"error": error.code, "detail": error.detail}
    except MemoryError:
        manifest = {"error": "file_too_big", "detail": ""}
    except KeyboardInterrupt:
        return 130
    except Exception:
        import traceback

        traceback.print_exc()  # a fault of this program: the parent says that the reader broke off
        return 3
    except BaseException as error:  # noqa: BLE001 - what remains is the parser's panic
        manifest = {"error": "file_damaged", "detail": type(error).__name__}
    target = order.folder / "manifest.json"
    draft = target.with_suffix(".part")
    draft.write_text(json.dumps(manifest, ensure_ascii=False), encoding="utf-8")
    os.replace(draft, target)
    return 0


class _ArrowAlone:
    """Arrow would import pandas and numpy if it could, and every file would wait for them."""

    def find_spec(self, name: str, *_: object) -> None:
        if name in ("pandas", "numpy"):
            raise ModuleNotFoundError(name)


def start() -> None:
    """The child process, from its first to its last moment."""
    sys.meta_path.insert(0, _ArrowAlone())
    said = json.loads(sys.argv[1])
    status = main(Order(**{**said, "file": Path(said["file"]), "folder": Path(said["folder"])}))
    sys.stderr.flush()
    os._exit(status)  # everything is written; giving back the memory piece by piece would only take time
