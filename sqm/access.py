"""Who may see which rows: every way to a number takes a ``Scope`` from the first day."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Scope:
    """``cities`` None means all of them; otherwise only rows of these cities are ever counted. A cache key."""

    user: str = ""
    cities: frozenset[str] | None = None


EVERYTHING = Scope()
