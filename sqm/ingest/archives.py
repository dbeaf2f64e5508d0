"""Archives of files (.zip), inside the child process: what is in them, and one of their files taken out."""

from __future__ import annotations

import hashlib
import re
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

from sqm.ingest.sheets import Unreadable

#: Files in one archive, bytes of all of them unpacked, and how much smaller than unpacked a file may be packed: text reaches 50.
MEMBERS, UNPACKED, RATIO = 500, 4 << 30, 250
_SMALL = 16 << 20
_CHUNK = 1 << 20
#: What operating systems and open programs leave lying about.
_LITTER = re.compile(r"(^|/)(__MACOSX/|\.[^./][^/]*$|~\$|Thumbs\.db$|desktop\.ini$)", re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


def members(path: Path) -> list[dict]:
    """``name``, ``size`` and ``sha256`` of each file, or ``error``. Everything is unpacked once, and nothing kept."""
    with _opened(path) as archive:
        return [_told(archive, place, info) for place, info in _files(archive)]


def take(path: Path, place: int, target: Path) -> None:
    """Write the file at ``place`` to ``target``."""
    with _opened(path) as archive, target.open("wb") as out:
        for part in _parts(archive, dict(_files(archive))[place]):
            out.write(part)


def _opened(path: Path) -> zipfile.ZipFile:
    try:
        archive = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise Unreadable("file_damaged", str(error)) from error
    files = list(_files(archive))
    if not files:
        raise Unreadable("archive_empty")
    if len(files) > MEMBERS:
        raise Unreadable("archive_too_many", str(MEMBERS))
    if sum(info.file_size for _, info in files) > UNPACKED:
        raise Unreadable("archive_too_big", str(UNPACKED >> 30))
    return archive


def _files(archive: zipfile.ZipFile) -> Iterator[tuple[int, zipfile.ZipInfo]]:
    for place, info in enumerate(archive.infolist()):
        if not info.is_dir() and not _LITTER.search(name_of(info)):
            yield place, info


def name_of(info: zipfile.ZipInfo) -> str:
    """The name as it was typed: without the mark for UTF-8 it is in whatever its system used, in China mostly GBK."""
    name = info.filename
    if not info.flag_bits & 0x800:
        for encoding in ("utf-8", "gb18030"):
            try:
                name = info.filename.encode("cp437").decode(encoding)
                break
            except UnicodeError:
                continue
    return _CONTROL.sub(" ", name.replace("\\", "/")).strip("/ ")[:240]


def _told(archive: zipfile.ZipFile, place: int, info: zipfile.ZipInfo) -> dict:
    name = name_of(info)
    told: dict = {"place": place, "name": name, "size": info.file_size}
    digest = hashlib.sha256()
    try:
        if name.lower().endswith(".zip"):
            raise Unreadable("file_is_archive")
        for part in _parts(archive, info):
            digest.update(part)
    except Unreadable as error:
        told["error"], digest = error.code, hashlib.sha256(f"{place} {name}".encode())
    told["sha256"] = digest.hexdigest()
    return told


def _parts(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Iterator[bytes]:
    if info.flag_bits & 1:
        raise Unreadable("archive_password")
    if info.file_size > max(_SMALL, RATIO * info.compress_size):
        raise Unreadable("file_too_big")
    try:
        with archive.open(info) as file:
            while part := file.read(_CHUNK):
                yield part
    except NotImplementedError as error:
        raise Unreadable("archive_method") from error
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError) as error:
        raise Unreadable("file_damaged", str(error)) from error
