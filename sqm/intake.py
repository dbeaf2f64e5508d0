"""What a person points at becomes files to load, one after the other: a folder, an archive, a workbook with a password."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import sqlalchemy as sa

from sqm import loaders
from sqm.errors import FileRefused, WrongCall
from sqm.i18n import t

_WORKBOOKS = (".xlsx", ".xlsm", ".xlsb", ".ods")

T = TypeVar("T")


@dataclass(frozen=True)
class Piece:
    """One file: at ``path``, or the ``member`` of the archive there."""

    path: Path
    member: loaders.Member | None = None

    @property
    def name(self) -> str:
        return self.member.name if self.member else self.path.name


def pieces(path: Path) -> list[Piece]:
    """The files behind ``path``: of a folder all that lie in it, of an archive all that it holds. Raises FileRefused."""
    if path.is_dir():
        inside = sorted(file for file in path.iterdir() if file.is_file() and not file.name.startswith((".", "~$")))
        if not inside:
            raise FileRefused("folder_empty", folder=path)
        return [piece for file in inside for piece in pieces(file)]
    if not path.is_file():
        raise FileRefused("file_missing", file=path.name)
    members = loaders.members(path) if maybe_archive(path.name, _start(path)) else None
    return [Piece(path)] if members is None else [Piece(path, member) for member in members]


def maybe_archive(name: str, start: bytes) -> bool:
    """Whether it is worth asking of a file that begins so: a workbook is packed in the same way, and is one by its name."""
    return start.startswith(b"PK") and not name.lower().endswith(_WORKBOOKS)


def _start(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(2)
    except PermissionError:
        return b""  # said when it is read


def load(engine: sa.Engine, piece: Piece, password: Callable[[str], str | None], **chosen: Any) -> loaders.LoadResult:
    """``loaders.load`` of the piece. ``password``: asked with the file's name where it is locked; None leaves it so."""
    return _opened(piece, password, lambda file, **more: loaders.load(engine, file, **more, **chosen))


def give_back(engine: sa.Engine, piece: Piece, password: Callable[[str], str | None], target: Path, lang: str, **chosen: Any) -> int:
    """``loaders.give_back`` of the piece; it comes back without its password."""
    return _opened(piece, password, lambda file, original=None, **more: loaders.give_back(engine, file, target, lang, **more, **chosen))


def _opened(piece: Piece, password: Callable[[str], str | None], run: Callable[..., T]) -> T:
    """``run`` on the file, taken out of its archive, without its password."""
    if piece.member is None:
        return _unlocked(piece.path, piece.name, password, run)
    with loaders.taken(piece.path, piece.member) as file:
        return _unlocked(file, piece.name, password, run)


def _unlocked(file: Path, name: str, password: Callable[[str], str | None], run: Callable[..., T]) -> T:
    try:
        return run(file, file_name=name)
    except FileRefused as error:
        said = password(name) if error.code == "file_password" else None
        if said is None:
            raise
    with loaders.unlocked(file, said, file_name=name) as clear:
        return run(clear, file_name=name, original=file)


def password(name: str, variable: str | None, lang: str) -> str | None:
    """The password of the file called ``name``: from the environment, else asked at a terminal, else None. Raises WrongCall."""
    if variable:
        if not os.environ.get(variable):
            raise WrongCall("password_env", name=variable)
        return os.environ[variable]
    if not sys.stdin.isatty():
        return None
    from getpass import getpass

    return getpass(t("cli.load.password", lang, file=name) + " ") or None
