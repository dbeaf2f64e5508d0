"""Uploaded files: in the memory of their session, and on disk only while they are read."""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from sqm import loaders, warehouse

#: A file this old belongs to nobody: its reader was killed. A quarter of it where no originals are kept.
LEFT_SECONDS = 3600


def sha_of(file: UploadedFile) -> str:
    """The SHA-256 of an uploaded file, worked out once in a session."""
    known: dict[str, str] = st.session_state.setdefault("data_sha", {})
    if file.file_id not in known:
        known[file.file_id] = hashlib.sha256(file.getbuffer()).hexdigest()
    return known[file.file_id]


@contextlib.contextmanager
def on_disk(file: UploadedFile) -> Iterator[Path]:
    """The file in a private folder, for as long as the block takes."""
    folder = _folder()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with contextlib.suppress(OSError):
        folder.chmod(0o700)
    handle, draft = tempfile.mkstemp(dir=folder, suffix=Path(file.name).suffix.lower()[:6])
    path = Path(draft)
    try:
        with os.fdopen(handle, "wb") as out:
            out.write(file.getbuffer())
        yield path
    finally:
        path.unlink(missing_ok=True)


def sweep() -> None:
    """Delete what a killed process left behind, and originals that are kept no longer."""
    reading = float(os.environ.get("SQM_READ_SECONDS", "300"))
    loaders.sweep(_folder(), max(LEFT_SECONDS, 8 * reading) / 86_400)


def _folder() -> Path:
    return warehouse.data_dir() / "uploads"
