"""Uploaded files: in the memory of their session, and on disk only while they are read."""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from sqm import intake, loaders, warehouse
from sqm.errors import FileRefused

#: A file this old belongs to nobody: its reader was killed. A quarter of it where no originals are kept.
LEFT_SECONDS = 3600


def sha_of(file: UploadedFile) -> str:
    """The SHA-256 of an uploaded file, worked out once in a session."""
    known: dict[str, str] = st.session_state.setdefault("data_sha", {})
    if file.file_id not in known:
        known[file.file_id] = hashlib.sha256(file.getbuffer()).hexdigest()
    return known[file.file_id]


@dataclass(frozen=True)
class Piece:
    """A file to load: one that was uploaded, or a ``member`` of an uploaded archive."""

    name: str
    sha: str
    upload: UploadedFile
    member: loaders.Member | None = None

    @property
    def unlocked(self) -> bool:
        """Whether its password was given in this session."""
        return self.sha in _unlocked()


def pieces_of(file: UploadedFile) -> list[Piece]:
    """The uploaded file, or each file in it when it is an archive. Raises FileRefused."""
    limit = int(st.get_option("server.maxUploadSize"))
    if file.size > limit << 20:
        raise FileRefused("upload_too_big", file=file.name, size=-(-file.size >> 20), limit=limit)
    if not intake.maybe_archive(file.name, bytes(file.getbuffer()[:2])):
        return [Piece(file.name, sha_of(file), file)]
    known: dict[str, list[loaders.Member] | None] = st.session_state.setdefault("data_members", {})
    if file.file_id not in known:
        with _written(file.name, file.getbuffer()) as path:
            known[file.file_id] = loaders.members(path, file_name=file.name)
    members = known[file.file_id]
    if members is None:
        return [Piece(file.name, sha_of(file), file)]
    return [Piece(member.name, member.sha256, file, member) for member in members]


def unlock(piece: Piece, password: str) -> None:
    """Keep the piece without its password for the rest of the session, and not the password. Raises FileRefused."""
    with _as_it_came(piece) as path, loaders.unlocked(path, password, file_name=piece.name) as clear:
        _unlocked()[piece.sha] = clear.read_bytes()


def forget(dropped: set[str]) -> None:
    """Keep nothing unlocked of what lies there no longer."""
    for sha in set(_unlocked()) - dropped:
        del _unlocked()[sha]


def _unlocked() -> dict[str, bytes]:
    return st.session_state.setdefault("data_unlocked", {})


def on_disk(piece: Piece) -> contextlib.AbstractContextManager[tuple[Path, Path]]:
    """The piece in a private folder, for as long as the block takes: as it is read, and as it came (with its password).

    The block may be another thread's: what the session knows is taken along now.
    """
    return _on_disk(piece, _unlocked().get(piece.sha))


def to_disk(piece: Piece) -> Callable[[], contextlib.AbstractContextManager[tuple[Path, Path]]]:
    """``on_disk`` for later, and as often as it is called: also when no page runs."""
    unlocked = _unlocked().get(piece.sha)
    return lambda: _on_disk(piece, unlocked)


@contextlib.contextmanager
def _on_disk(piece: Piece, unlocked: bytes | None) -> Iterator[tuple[Path, Path]]:
    with _as_it_came(piece) as path:
        if unlocked is None:
            yield path, path
            return
        with _written(piece.name, unlocked) as clear:
            yield clear, path


@contextlib.contextmanager
def _as_it_came(piece: Piece) -> Iterator[Path]:
    with _written(piece.upload.name, piece.upload.getbuffer()) as path:
        if piece.member is None:
            yield path
        else:
            with loaders.taken(path, piece.member) as file:
                yield file


@contextlib.contextmanager
def _written(name: str, content: bytes | memoryview) -> Iterator[Path]:
    folder = _folder()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with contextlib.suppress(OSError):
        folder.chmod(0o700)
    handle, draft = tempfile.mkstemp(dir=folder, suffix=Path(name).suffix.lower()[:6])
    path = Path(draft)
    try:
        with os.fdopen(handle, "wb") as out:
            out.write(content)
        yield path
    finally:
        path.unlink(missing_ok=True)


def sweep() -> None:
    """Delete what a killed process left behind, and originals that are kept no longer."""
    reading = float(os.environ.get("SQM_READ_SECONDS", "300"))
    loaders.sweep(_folder(), max(LEFT_SECONDS, 8 * reading) / 86_400)


def _folder() -> Path:
    return warehouse.data_dir() / "uploads"


def slot(*parts: str) -> str:
    """Stands for a file, its sheet and its dataset in the keys of widgets: a choice holds for these alone."""
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:12]
