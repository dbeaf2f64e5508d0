"""Who may see which rows: every way to a number takes a ``Scope`` from the first day."""

from __future__ import annotations

import getpass
from dataclasses import dataclass


@dataclass(frozen=True)
class Scope:
    """``cities`` None means all of them; otherwise only rows of these cities are ever counted. A cache key."""

    user: str = ""
    cities: frozenset[str] | None = None


EVERYTHING = Scope()


def machine_user() -> str:
    """Who runs this process on this machine; "" where the machine does not say."""
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return ""
