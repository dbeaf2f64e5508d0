"""Copies of loaded files, outside the warehouse, readable by their owner alone, gone after some days."""

from __future__ import annotations

import contextlib
import os
import shutil
import time
from pathlib import Path

_DAY = 86_400


def keep(path: Path, sha256: str, data_dir: Path) -> Path | None:
    """Copy ``path`` to ``originals/<sha256>.<ext>`` (mode 0600) and purge what is older than the setting.

    ``SQM_KEEP_ORIGINALS_DAYS``: default 7; 0 keeps nothing.
    """
    days = kept_days()
    folder = data_dir / "originals"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    purge(folder, days)
    if days <= 0:
        return None
    target = folder / f"{sha256}{path.suffix.lower()[:8]}"
    draft = folder / f".{sha256}.{os.getpid()}"
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as copy, path.open("rb") as original:
        shutil.copyfileobj(original, copy, 1 << 20)
    os.replace(draft, target)
    return target


def kept_days() -> float:
    """For how many days originals are kept."""
    return float(os.environ.get("SQM_KEEP_ORIGINALS_DAYS", "7"))


def purge(folder: Path, days: float) -> int:
    """Delete files older than ``days``; returns how many. Another process may be faster."""
    oldest, gone = time.time() - days * _DAY, 0
    for file in folder.iterdir() if folder.is_dir() else ():
        with contextlib.suppress(OSError):
            if file.is_file() and file.stat().st_mtime < oldest:
                file.unlink()
                gone += 1
    return gone
