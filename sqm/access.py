"""Who may do what, and see which rows: every way to a number takes a ``Scope``, everything that can be done asks ``require``."""

from __future__ import annotations

import getpass
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqm.errors import WrongCall

#: see: numbers. rows: tickets, visits and answers themselves, masked. admit: values that a reference table does not know.
#: clear: the sample data. people: who is who. log: who did what.
ACTIONS = ("see", "rows", "export", "load", "undo", "admit", "edit", "settings", "clear", "people", "log")
_LOOKS = frozenset({"see", "export"})
_WORKS = _LOOKS | {"rows", "load", "undo", "admit", "edit", "settings"}
#: Role → what it may do. A branch sees rows of its own cities alone, and loads nothing: a load may declare whole months of
#: all cities, and its undo brings back rows of others.
ROLES: Mapping[str, frozenset[str]] = {
    "viewer": _LOOKS,
    "branch": _LOOKS | {"rows"},
    "presenter": _LOOKS | {"rows", "edit"},
    "analyst": _WORKS,
    "admin": frozenset(ACTIONS),
}
#: A role whose rights end at the borders of its cities.
LOCAL = "branch"
#: What a server that serves its own machine alone listens on, and is called by.
HERE = ("127.0.0.1", "localhost", "::1")
#: So many cities beside one's own must have made a number of the whole, or it would tell the only other one's.
OTHERS = 2


@dataclass(frozen=True)
class Scope:
    """``cities`` None means all of them; otherwise only rows of these cities are ever counted. A cache key.

    ``user`` does not change what is counted: scopes of persons leave it empty, so that readers with the same rights share answers.
    """

    user: str = ""
    cities: frozenset[str] | None = None

    def sees(self, city: object) -> bool:
        """Whether values of that city may be shown; "" and None are not of a city."""
        return self.cities is None or not isinstance(city, str) or city == "" or city in self.cities


EVERYTHING = Scope()


class NotAllowed(WrongCall):
    """A person asked for what their role does not allow. ``may_not_<action>`` is its sentence."""


@dataclass(frozen=True)
class Person:
    """``name``: as the log and batches remember them; ``shown``: as the screen calls them; ``role`` "" may do nothing at all."""

    name: str = ""
    role: str = ""
    cities: frozenset[str] = frozenset()
    shown: str = ""
    signed_in: bool = False

    def may(self, action: str) -> bool:
        """Whether the role allows it. Raises ValueError for what is no action: a misspelt one must not pass for a refusal."""
        if action not in ACTIONS:
            raise ValueError(f"no action: {action}")
        return action in ROLES.get(self.role, frozenset())

    @property
    def scope(self) -> Scope:
        """The rows whose numbers this person sees; of nobody in particular none."""
        if self.role == LOCAL:
            return Scope(cities=self.cities)
        return EVERYTHING if self.may("see") else Scope(cities=frozenset())


def require(person: Person, action: str) -> Person:
    """``person``, if they may; else NotAllowed ``may_not_<action>``."""
    if not person.may(action):
        raise NotAllowed(f"may_not_{action}")
    return person


def identity(claims: Mapping[str, Any]) -> str:
    """Whom a sign-in is about: the address that the provider vouches for, in small letters, else "sub:" and its own id of the person.

    An address that the provider says it has not verified is anybody's claim, and so is a name that people choose themselves.
    """
    email = str(claims.get("email") or "").strip().casefold()
    verified = claims.get("email_verified", True)
    if email and verified not in (False, "false", "False", 0, "0"):
        return email
    sub = str(claims.get("sub") or "").strip()
    return f"sub:{sub}" if sub else ""


def fresh(claims: Mapping[str, Any], now: float, hours: float) -> bool:
    """Whether somebody signed in within so many hours (``iat``, seconds as ``now``): whom the provider no longer knows must not stay
    for as long as a cookie keeps. Without a time that can be read it is not.
    """
    said = claims.get("iat")
    return isinstance(said, int | float) and not isinstance(said, bool) and -300 <= now - said <= hours * 3600


def revealed(others: Iterable[str]) -> bool:
    """Whether a number of the whole, made by one's own cities and these, would tell a single other city's."""
    return 0 < len(set(others)) < OTHERS


def machine_user() -> str:
    """Who runs this process on this machine; "" where the machine does not say."""
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return ""
