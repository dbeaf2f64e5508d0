"""Sources with a name: what an administrator wrote down of other databases, in one file that others cannot read.

``sources.toml`` in the data folder (or where ``SQM_SOURCES`` says), one table for each source::

    [crm]
    url = "postgresql://reader:…@host/database"   # or url_env = "CRM_URL"
    dataset = "complaints"
    query = "SELECT … FROM tickets"               # or table = "tickets"
    watermark = "updated_at"                      # only rows from its last value on are read again; without it all of them
    map = { "受理时间" = "opened_at" }
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import stat
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqm import datasets, warehouse
from sqm.errors import FileRefused, WrongCall, did_you_mean
from sqm.ingest import extracts

FILE = "sources.toml"
_ENTRIES = {"url": str, "url_env": str, "dataset": str, "table": str, "query": str, "watermark": str, "map": dict, "add_missing": list,
            "whole_months": bool, "chunk": int}
_NAME = re.compile(r"[\w-]{1,60}")


@dataclass(frozen=True)
class Source:
    """``said``: a table or one SELECT. ``watermark``: a column that only grows, "" for none. ``chunk``: rows to publish at a time."""

    name: str
    url: str = field(repr=False)
    dataset: str
    said: str
    watermark: str = ""
    mapping: Mapping[str, str] = field(default_factory=dict)
    add_missing: tuple[str, ...] = ()
    whole_months: bool = False
    chunk: int = 50_000

    @property
    def shown(self) -> str:
        """The address without its password."""
        return extracts.shown(self.url)

    @property
    def fingerprint(self) -> str:
        """Changes when what is read of the source, or how it is read, does; the password and the size of chunks do not count."""
        what = [self.shown, self.dataset, self.said, self.watermark, dict(self.mapping), sorted(self.add_missing), self.whole_months]
        return hashlib.sha256(json.dumps(what, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def place() -> Path:
    """Where the sources are written down."""
    chosen = os.environ.get("SQM_SOURCES")
    return Path(chosen) if chosen else warehouse.data_dir() / FILE


def sources() -> dict[str, Source]:
    """All of them by name, in the order of the file; empty without one.

    Raises FileRefused ``sources_file`` (not TOML, not to be read), ``sources_open`` (others may read it) or ``sources_entry``.
    """
    path = place()
    try:
        if os.name != "nt" and stat.S_IMODE(path.stat().st_mode) & 0o077:
            raise FileRefused("sources_open", file=str(path))
        found = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise FileRefused("sources_file", file=str(path), reason=_reason(error)) from None
    return {name: _source(path, name, entry) for name, entry in found.items()}


def source(name: str) -> Source:
    """One of them; WrongCall ``unknown_source``, naming those there are."""
    known = sources()
    if name not in known:
        raise WrongCall("unknown_source", name=name, near=did_you_mean(name, list(known)), known=", ".join(known) or "–", file=str(place()))
    return known[name]


def _source(path: Path, name: str, entry: Any) -> Source:
    def refuse(what: str, known: str = "") -> FileRefused:
        return FileRefused("sources_entry", file=str(path), name=name, entry=what, known=known)

    if not _NAME.fullmatch(name) or not isinstance(entry, dict):
        raise refuse(name, "[name]")
    for key, value in entry.items():
        if key not in _ENTRIES:
            raise refuse(key, ", ".join(_ENTRIES))
        if not isinstance(value, _ENTRIES[key]):
            raise refuse(key, f"{key} = {_ENTRIES[key].__name__}")
    url = entry.get("url") or os.environ.get(entry.get("url_env", ""), "")
    said = entry.get("query") or entry.get("table", "")
    for key, value in (("url / url_env", url), ("table / query", said)):
        if not value:
            raise refuse(key)
    if entry.get("dataset") not in {d.name for d in datasets.ALL}:
        raise refuse("dataset", ", ".join(d.name for d in datasets.ALL))
    extracts.shown(url)
    extracts.statement(said)
    watermark, whole = entry.get("watermark", ""), entry.get("whole_months", False)
    if watermark and whole:
        raise refuse("watermark + whole_months")  # what is new is never the whole of a month
    chunk = entry.get("chunk", Source.chunk)
    if not 1 <= chunk <= 1_000_000:
        raise refuse("chunk", "1 – 1 000 000")
    mapping = {str(heading): str(target) for heading, target in entry.get("map", {}).items()}
    return Source(name, url, entry["dataset"], said, watermark, mapping, tuple(map(str, entry.get("add_missing", ()))), whole, chunk)


def _reason(error: Exception) -> str:
    """Where the file is wrong, without what stands there: it may be a password."""
    if isinstance(error, OSError):
        return error.strerror or type(error).__name__
    at = re.search(r"line \d+, column \d+", str(error))
    return at.group(0) if at else type(error).__name__
