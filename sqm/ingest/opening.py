"""Opening a file from outside: the reader runs as a child with a memory and a time limit, and its death is a sentence."""

from __future__ import annotations

import hashlib
import importlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa

from sqm.errors import FileRefused, WrongCall
from sqm.ingest.privacy import mask_text

_ROOT = Path(__file__).resolve().parents[2]
_PREFIX, _STALE_SECONDS = "sqm-reading-", 6 * 3600
#: The reader needs none of these, and a parser led astray must not find them.
_SECRETS = ("SQM_DATABASE_URL", "SQM_HASH_KEY")


@dataclass
class Sheet:
    """One sheet, every cell as text. ``table`` has columns ``c0, c1, …`` and ``row`` (the number in the spreadsheet)."""

    name: str
    hidden: bool = False
    rows: int = 0
    columns: int = 0
    error: str = ""
    file: Path | None = None
    memory: pa.Table | None = field(default=None, repr=False)

    def table(self) -> pa.Table | None:
        """The cells (memory-mapped where they come from a file), or None for an empty sheet."""
        if self.memory is not None or self.file is None:
            return self.memory
        return pa.ipc.open_file(pa.memory_map(str(self.file))).read_all()

    def head(self, rows: int = 40) -> list[list[str]]:
        """The first rows as lists of text, blanks as ''."""
        table = self.table()
        if table is None:
            return []
        columns = [column.to_pylist() for column in table.slice(0, rows).drop(["row"]).columns]
        return [[(cell or "").strip() for cell in row] for row in zip(*columns, strict=True)]


@dataclass
class Opened:
    """A file that was read: use it in a ``with`` block, its working folder (mode 0700) goes away at the end.

    ``read_as``: the ``encoding`` and ``delimiter`` of a text file, as its content tells them.
    """

    path: Path
    name: str
    sha256: str
    folder: Path
    kind: str = ""
    read_as: dict[str, str] = field(default_factory=dict)
    sheets: list[Sheet] = field(default_factory=list)

    def __enter__(self) -> Opened:
        return self

    def __exit__(self, *_: object) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)

    def sheet(self, name: str) -> Sheet:
        """The sheet of that name, or WrongCall naming those that exist."""
        for sheet in self.sheets:
            if sheet.name == mask_text(name):
                return sheet
        raise WrongCall("unknown_sheet", sheet=mask_text(name), file=self.name, known=", ".join(s.name for s in self.sheets))


def sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def open_file(path: str | Path, *, sheet: str | None = None, file_name: str | None = None, meanwhile: Callable[[], object] | None = None) -> Opened:
    """Read ``path`` in a child process.

    ``sheet``: read only that one (a hidden one too). ``meanwhile``: called while the child reads; what it raises is its own
    affair. ``SQM_READ_SECONDS`` (300) and ``SQM_READ_MEMORY_MB`` (6144, at most three quarters of the machine) limit the child.
    Raises FileRefused when the file cannot be read.
    """
    path = Path(path)
    name = mask_text(file_name or path.name)
    if not path.is_file():
        raise FileRefused("file_missing", file=name)
    _sweep()
    folder = Path(tempfile.mkdtemp(prefix=_PREFIX))
    try:
        path.open("rb").close()  # a file that another program keeps to itself is not a damaged one
        with ThreadPoolExecutor(1) as beside:  # what this process needs next, while the child reads
            digest = beside.submit(sha256_of, path)
            beside.submit(importlib.import_module, "pyarrow.dataset")
            if meanwhile is not None:
                beside.submit(meanwhile)
            manifest = _run_reader(path, folder, sheet, name)
        opened = Opened(path, name, digest.result(), folder)
        if "error" in manifest:
            raise FileRefused(manifest["error"], file=name, detail=mask_text(manifest.get("detail", "")))
        opened.kind, opened.read_as = manifest["kind"], manifest.get("read_as", {})
        for entry in manifest["sheets"]:
            stored = folder / entry["file"] if entry["file"] else None
            opened.sheets.append(Sheet(mask_text(entry["name"]), entry["hidden"], entry["rows"], entry["columns"],
                                       entry.get("error", ""), stored))
        if opened.kind in ("csv", "html"):  # they have no sheets that somebody named
            for found in opened.sheets:
                found.name = f"{Path(name).stem} {found.name}".rstrip()
        if not opened.sheets:
            raise FileRefused("file_without_sheets", file=name)
        return opened
    except PermissionError as error:
        shutil.rmtree(folder, ignore_errors=True)
        raise FileRefused("file_not_readable", file=name) from error
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def _sweep() -> None:
    """Remove working folders that a killed process left behind: they hold cells in clear."""
    for left in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        try:
            if time.time() - left.stat().st_mtime > _STALE_SECONDS:
                shutil.rmtree(left, ignore_errors=True)
        except OSError:
            continue


def _run_reader(path: Path, folder: Path, sheet: str | None, name: str) -> dict:
    seconds = float(os.environ.get("SQM_READ_SECONDS", "300"))
    megabytes = memory_limit()
    command = [sys.executable, "-m", "sqm.ingest.reader", str(path.resolve()), str(folder), "--memory", str(megabytes)]
    if sheet is not None:
        command.append(f"--sheet={sheet}")
    environment = {key: value for key, value in os.environ.items() if key not in _SECRETS}
    environment["PYTHONPATH"] = os.pathsep.join(filter(None, [str(_ROOT), environment.get("PYTHONPATH", "")]))
    environment["RUST_BACKTRACE"] = "0"
    with (folder / "stderr").open("wb") as log:
        child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment, cwd=_ROOT)
        waiting = threading.Thread(target=child.wait, daemon=True)  # wait(timeout) only looks twenty times a second
        waiting.start()
        try:
            waiting.join(seconds)
            if waiting.is_alive():
                raise FileRefused("file_too_slow", file=name, seconds=round(seconds))
        finally:
            if child.poll() is None:
                child.kill()
                child.wait()
    manifest = folder / "manifest.json"
    if manifest.is_file():
        return json.loads(manifest.read_text(encoding="utf-8"))
    said = (folder / "stderr").read_bytes()[-4000:].decode("utf-8", "replace")
    if "memory" in said.lower() or "alloc" in said.lower() or child.returncode == -getattr(signal, "SIGKILL", 9):
        raise FileRefused("file_too_big", file=name, detail="")
    raise FileRefused("reader_died", file=name, status=child.returncode)


def memory_limit() -> int:
    """Megabytes the reader may take."""
    megabytes = int(os.environ.get("SQM_READ_MEMORY_MB", "6144"))
    try:
        physical = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") >> 20
    except (AttributeError, ValueError, OSError):
        return megabytes
    return min(megabytes, max(1024, physical * 3 // 4))
