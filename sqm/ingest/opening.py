"""Opening a file from outside: the reader runs as a child with a memory and a time limit, and its death is a sentence."""

from __future__ import annotations

import contextlib
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
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa

from sqm import stages
from sqm.errors import FileRefused, WrongCall
from sqm.ingest.privacy import mask_text
from sqm.ingest.sheets import AT, RETURNED

_ROOT = Path(__file__).resolve().parents[2]
_PREFIX, _STALE_SECONDS = "sqm-reading-", 6 * 3600
#: The reader needs none of these, and a parser led astray must not find them.
_SECRETS = ("SQM_DATABASE_URL", "SQM_HASH_KEY")


@dataclass
class Sheet:
    """One sheet, every cell as text. ``table`` has columns ``c0, c1, …`` and ``row`` (the number in the spreadsheet).

    One of several tables of a sheet says its ``range`` (B3:F40) and how many rows of the sheet stand ``above`` it.
    """

    name: str
    hidden: bool = False
    rows: int = 0
    columns: int = 0
    error: str = ""
    file: Path | None = None
    memory: pa.Table | None = field(default=None, repr=False)
    above: int = 0
    range: str = ""

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


def open_file(path: str | Path, *, sheet: str | None = None, file_name: str | None = None, original: Path | None = None,
              meanwhile: Callable[[str], object] | None = None) -> Opened:
    """Read ``path`` in a child process.

    ``sheet``: read only that one (a hidden one too). ``original``: the file as it came, where ``path`` is what it holds
    without its password; its bytes are what the file is known by. ``meanwhile``: called with the SHA-256 while the child reads;
    what it raises is its own affair. ``SQM_READ_SECONDS`` (300) and ``SQM_READ_MEMORY_MB`` (6144, at most three quarters of the machine) limit the child.
    Raises FileRefused when the file cannot be read.
    """
    path = Path(path)
    name = mask_text(file_name or path.name)
    stages.at("reading")
    folder = _private(path, name)
    try:
        with ThreadPoolExecutor(1) as beside:  # what this process needs next, while the child reads
            digest = beside.submit(sha256_of, original or path)
            beside.submit(importlib.import_module, "pyarrow.dataset")
            if meanwhile is not None:
                beside.submit(lambda: meanwhile(digest.result()))
            manifest = _run_reader(path, folder, name, sheet=sheet)
        return _opened(path, name, digest.result(), folder, manifest)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def glance_at(path: str | Path, *, file_name: str | None = None) -> Opened | None:
    """The first rows of each visible sheet of a large file, or None for a file that must be read as a whole. Its ``sha256`` is not told.

    Raises FileRefused as ``open_file``; what is wrong further down is not seen.
    """
    path = Path(path)
    name = mask_text(file_name or path.name)
    stages.at("reading")
    folder = _private(path, name)
    opened = None
    try:
        manifest = _run_reader(path, folder, name, task="glance")
        opened = _opened(path, name, "", folder, manifest) if manifest else None
        return opened
    finally:
        if opened is None:
            shutil.rmtree(folder, ignore_errors=True)


def _opened(path: Path, name: str, sha256: str, folder: Path, manifest: dict) -> Opened:
    opened = Opened(path, name, sha256, folder)
    opened.kind, opened.read_as = manifest["kind"], manifest.get("read_as", {})
    for entry in manifest["sheets"]:
        if entry["name"].startswith(RETURNED):
            continue
        stored = folder / entry["file"] if entry["file"] else None
        opened.sheets.append(Sheet(mask_text(entry["name"]), entry["hidden"], entry["rows"], entry["columns"],
                                   entry.get("error", ""), stored))
    if opened.kind in ("csv", "html"):  # they have no sheets that somebody named
        for found in opened.sheets:
            found.name = f"{Path(name.rpartition(' › ')[2]).stem} {found.name}".rstrip()
    if not opened.sheets:
        raise FileRefused("file_without_sheets", file=name)
    return opened


@contextlib.contextmanager
def unlocked(path: str | Path, password: str, *, file_name: str | None = None) -> Iterator[Path]:
    """The workbook without its password, in a private folder that goes away with the block.

    Raises FileRefused ``file_password_wrong``, or ``file_password_kind`` where the lock is not a spreadsheet's.
    """
    with _done(Path(path), file_name, task="unlock", said=password) as (folder, _):
        yield folder / "unlocked"


@dataclass(frozen=True)
class Member:
    """A file in an archive. ``name``: "archive › file". ``error``: why it cannot be taken out, as a code, or ''."""

    name: str
    place: int
    size: int
    sha256: str
    error: str = ""


def members(path: str | Path, *, file_name: str | None = None) -> list[Member] | None:
    """The files in an archive; None for what is no archive. Raises FileRefused for one that is too large or empty."""
    with _done(Path(path), file_name, task="members") as (_, manifest):
        if "members" not in manifest:
            return None
        archive = mask_text(file_name or Path(path).name)
        return [Member(f"{archive} › {mask_text(told['name'])}", told["place"], told["size"], told["sha256"], told.get("error", ""))
                for told in manifest["members"]]


@contextlib.contextmanager
def taken(path: str | Path, member: Member) -> Iterator[Path]:
    """A file of the archive at ``path``, in a private folder that goes away with the block. Raises FileRefused."""
    if member.error:
        raise FileRefused(member.error, file=member.name, detail="")
    with _done(Path(path), member.name, task="take", place=member.place) as (folder, _):
        yield folder / "taken"


def marked(opened: Opened, order: Mapping[str, Any], target: Path) -> dict:
    """Let the reader write the workbook that goes back to its sender to ``target``; ``order`` as ``marking.mark`` takes it."""
    (opened.folder / "marks.json").write_text(json.dumps(order, ensure_ascii=False), encoding="utf-8")
    (opened.folder / "manifest.json").unlink(missing_ok=True)
    told = _run_reader(opened.path, opened.folder, opened.name, task="mark")
    shutil.move(opened.folder / "returned.xlsx", target)
    return told


@contextlib.contextmanager
def _done(path: Path, file_name: str | None, said: str = "", **order: Any) -> Iterator[tuple[Path, dict]]:
    """A folder in which the reader has done what is ordered, and what it says of it."""
    name = mask_text(file_name or path.name)
    folder = _private(path, name)
    try:
        yield folder, _run_reader(path, folder, name, said, **order)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _private(path: Path, name: str) -> Path:
    """A folder for what the reader makes of ``path``, which is there and may be read."""
    if not path.is_file():
        raise FileRefused("file_missing", file=name)
    try:
        path.open("rb").close()  # a file that another program keeps to itself is not a damaged one
    except PermissionError as error:
        raise FileRefused("file_not_readable", file=name) from error
    _sweep()
    return Path(tempfile.mkdtemp(prefix=_PREFIX))


def _sweep() -> None:
    """Remove working folders that a killed process left behind: they hold cells in clear."""
    for left in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        try:
            if time.time() - left.stat().st_mtime > _STALE_SECONDS:
                shutil.rmtree(left, ignore_errors=True)
        except OSError:
            continue


def _run_reader(path: Path, folder: Path, name: str, said: str = "", **order: Any) -> dict:
    """The manifest of the child. ``said``: what it alone may hear, through its standard input. ``order``: as ``reader.Order``."""
    seconds = float(os.environ.get("SQM_READ_SECONDS", "300"))
    order |= {"file": str(path.resolve()), "folder": str(folder), "memory": memory_limit()}
    command = [sys.executable, "-c", "from sqm.ingest import reader; reader.start()", json.dumps(order)]
    environment = {key: value for key, value in os.environ.items() if key not in _SECRETS}
    environment["PYTHONPATH"] = os.pathsep.join(filter(None, [str(_ROOT), environment.get("PYTHONPATH", "")]))
    environment["RUST_BACKTRACE"] = "0"
    with (folder / "stderr").open("wb") as log:
        child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=log, stderr=log, env=environment, cwd=_ROOT)
        waiting = threading.Thread(target=child.wait, daemon=True)  # wait(timeout) only looks twenty times a second
        waiting.start()
        try:
            assert child.stdin is not None
            with contextlib.suppress(OSError), child.stdin:  # it may be dead already
                child.stdin.write(said.encode())
            with stages.stoppable(child.kill):
                _wait(waiting, seconds, folder / AT)
            if waiting.is_alive():
                raise FileRefused("file_too_slow", file=name, seconds=round(seconds))
        finally:
            if child.poll() is None:
                child.kill()
                child.wait()
    manifest = folder / "manifest.json"
    if manifest.is_file():
        found = json.loads(manifest.read_text(encoding="utf-8"))
        if "error" in found:
            raise FileRefused(found["error"], file=name, detail=mask_text(found.get("detail", "")))
        return found
    last = (folder / "stderr").read_bytes()[-4000:].decode("utf-8", "replace")
    if "memory" in last.lower() or "alloc" in last.lower() or child.returncode == -getattr(signal, "SIGKILL", 9):
        raise FileRefused("file_too_big", file=name, detail="")
    raise FileRefused("reader_died", file=name, status=child.returncode)


def _wait(child: threading.Thread, seconds: float, said: Path) -> None:
    """Wait for the end of the child, at most ``seconds``, and pass on how many of how many sheets it says to have come to."""
    until = time.monotonic() + seconds
    while child.is_alive() and (left := until - time.monotonic()) > 0:
        child.join(min(left, 0.2))
        with contextlib.suppress(OSError, ValueError):
            done, of = map(int, said.read_text().split())
            stages.at("reading", done, of)
    stages.check()


def memory_limit() -> int:
    """Megabytes the reader may take."""
    megabytes = int(os.environ.get("SQM_READ_MEMORY_MB", "6144"))
    try:
        physical = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") >> 20
    except (AttributeError, ValueError, OSError):
        return megabytes
    return min(megabytes, max(1024, physical * 3 // 4))
