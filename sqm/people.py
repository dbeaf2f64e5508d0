"""Who has which role: a document with its history in the warehouse, edited by an administrator on the Data page or the command line.

One entry per address (or, where a provider vouches for none, its own id of the person). A change holds from the next run of a
page on. There is always an administrator left, once there is one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from sqm import store
from sqm.access import LOCAL, ROLES, Person, identity
from sqm.errors import WrongCall, did_you_mean

KIND = DOCUMENT = "people"
#: What signed-in people who are not listed may be: nothing at all, or this.
UNKNOWN = ("", "viewer")
_LONGEST = 80


@dataclass(frozen=True)
class Register:
    """``entries``: address → (role, cities); ``unknown``: the role of everybody else; ``revision``: of the document, 0 for none."""

    entries: Mapping[str, tuple[str, tuple[str, ...]]] = field(default_factory=dict)
    unknown: str = ""
    revision: int = 0

    @property
    def admins(self) -> list[str]:
        """The addresses of the administrators."""
        return [name for name, (role, _) in self.entries.items() if role == "admin"]

    def person(self, claims: Mapping[str, Any]) -> Person:
        """Who signed in with these claims of the provider."""
        name = identity(claims)
        shown = " ".join(str(claims.get("name") or name).split())[:_LONGEST]
        return self.again(Person(name, shown=shown, signed_in=True))

    def again(self, person: Person) -> Person:
        """That person with the rights of now."""
        if not person.signed_in:
            return person
        role, cities = self.entries.get(_tidy(person.name), (self.unknown if person.name else "", ()))
        return replace(person, role=role, cities=frozenset(cities) if role == LOCAL else frozenset())


def register(engine: Any) -> Register:
    """The people as they stand now."""
    newest = store.latest(engine, KIND, DOCUMENT)
    if newest is None:
        return Register()
    body = newest.body
    return Register({name: (one["role"], tuple(one["cities"])) for name, one in body["people"].items()}, body["unknown"], newest.revision)


def grant(engine: Any, name: str, role: str, cities: Iterable[str] = (), *, by: str, known: Iterable[str]) -> Register:
    """Gives a person a role, instead of the one they had. ``known``: ids of the cities there are.

    Raises WrongCall ``people_name``, ``people_role``, ``people_cities`` (a branch without a city, or cities of another role),
    ``people_city`` or ``people_last_admin``.
    """
    now, key, chosen, listed = register(engine), _tidy(name), tuple(dict.fromkeys(cities)), list(known)
    if not key or len(key) > _LONGEST or any(sign.isspace() for sign in key):
        raise WrongCall("people_name", longest=_LONGEST)
    if role not in ROLES:
        raise WrongCall("people_role", role=role, near=did_you_mean(role, list(ROLES)), known=", ".join(ROLES))
    if (role == LOCAL) != bool(chosen):
        raise WrongCall("people_cities", role=role)
    for city in chosen:
        if city not in listed:
            raise WrongCall("people_city", city=city, near=did_you_mean(city, listed))
    return _save(engine, now, {**now.entries, key: (role, chosen)}, now.unknown, by, f"{key}: {role} {' '.join(chosen)}".strip())


def remove(engine: Any, name: str, *, by: str) -> Register:
    """Takes a person off the list. Raises WrongCall ``people_unknown`` or ``people_last_admin``."""
    now, key = register(engine), _tidy(name)
    if key not in now.entries:
        raise WrongCall("people_unknown", name=key, near=did_you_mean(key, list(now.entries)))
    return _save(engine, now, {other: one for other, one in now.entries.items() if other != key}, now.unknown, by, f"{key}: -")


def admit_unknown(engine: Any, role: str, *, by: str) -> Register:
    """What signed-in people may be who are not listed: "" for nothing, or "viewer". Raises WrongCall ``people_unlisted``."""
    if role not in UNKNOWN:
        raise WrongCall("people_unlisted", role=role)
    now = register(engine)
    return _save(engine, now, now.entries, role, by, f"*: {role or '-'}")


def _save(engine: Any, now: Register, entries: Mapping[str, tuple[str, tuple[str, ...]]], unknown: str, by: str, why: str) -> Register:
    if now.admins and not any(role == "admin" for role, _ in entries.values()):
        raise WrongCall("people_last_admin")
    body = {"people": {name: {"role": role, "cities": list(cities)} for name, (role, cities) in sorted(entries.items())}, "unknown": unknown}
    made = store.save(engine, KIND, DOCUMENT, body, base=now.revision, who=by, why=why)
    return Register(dict(sorted(entries.items())), unknown, made.revision)


def _tidy(name: str) -> str:
    """Addresses mean the same in capitals; ids of a provider do not."""
    return name.strip() if name.strip().startswith("sub:") else name.strip().casefold()
