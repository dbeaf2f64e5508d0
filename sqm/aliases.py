"""Spellings that a person has confirmed to mean an entry of a reference table, beside the aliases the table itself brings along.

One document per reference dataset, with its history (``sqm.store``). ``warehouse.reference`` hands them on with the table, so that
loads and questions know them from then on. What is published already keeps what it was read as.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqm import datasets, store, warehouse
from sqm.errors import WrongCall
from sqm.ingest.privacy import mask_text
from sqm.ingest.references import Lookup, normal

KIND = warehouse.SAID
#: Datasets with entries that other names may mean.
REFERENCES = tuple(d.name for d in datasets.ALL if d.reference and "aliases" in d.by_name)
_LONGEST = 80


@dataclass(frozen=True)
class Alias:
    """``word`` means the entry ``key``; ``holds``: the reference table still has it. ``at`` is UTC without a zone."""

    reference: str
    word: str
    key: str
    who: str
    at: datetime
    holds: bool


def known(engine: Any) -> list[Alias]:
    """Everything that was confirmed and not taken back, the newest first."""
    found = []
    for reference in store.documents(engine, KIND):
        words = _words(engine, reference)[0] if reference in REFERENCES else {}
        keys = set(warehouse.reference(engine, reference)[datasets.get(reference).key[0]]) if words else set()
        found += [Alias(reference, word, one["key"], one["who"], datetime.fromisoformat(one["at"]), one["key"] in keys) for word, one in words.items()]
    return sorted(found, key=lambda alias: (alias.at, alias.reference, alias.word), reverse=True)


def remember(engine: Any, reference: str, pairs: Mapping[str, str], *, by: str) -> None:
    """From now on each word of ``pairs`` means its entry; said again, the later holds.

    Raises WrongCall ``alias_reference``, ``alias_word`` (blank, too long, or with a personal number in it), ``alias_key`` (no such entry),
    ``alias_taken`` (the word is itself an entry).
    """
    if reference not in REFERENCES:
        raise WrongCall("alias_reference", reference=reference, known=", ".join(REFERENCES))
    table = warehouse.reference(engine, reference)
    keys, (words, revision) = {normal(str(key)): str(key) for key in table[datasets.get(reference).key[0]]}, _words(engine, reference)
    at = datetime.now(UTC).replace(tzinfo=None, microsecond=0).isoformat()
    for said, key in pairs.items():
        word = " ".join(said.split())
        if not word or len(word) > _LONGEST or mask_text(word) != word:
            raise WrongCall("alias_word", word=mask_text(word)[:_LONGEST], longest=_LONGEST)
        if key not in keys.values():
            raise WrongCall("alias_key", key=key, word=word, near=Lookup(reference, table).near(key))
        if normal(word) in keys:
            raise WrongCall("alias_taken", word=word)
        words = {other: one for other, one in words.items() if normal(other) != normal(word)} | {word: {"key": key, "who": by, "at": at}}
    if pairs:
        _save(engine, reference, words, revision, by, ", ".join(f"{word} = {key}" for word, key in pairs.items()))


def forget(engine: Any, reference: str, word: str, *, by: str) -> None:
    """The word means nothing any more. Raises WrongCall ``alias_unknown``."""
    words, revision = _words(engine, reference)
    if word not in words:
        raise WrongCall("alias_unknown", word=word)
    _save(engine, reference, {other: one for other, one in words.items() if other != word}, revision, by, f"{word} = -")


def _words(engine: Any, reference: str) -> tuple[dict[str, dict[str, str]], int]:
    newest = store.latest(engine, KIND, reference)
    return (newest.body["words"], newest.revision) if newest else ({}, 0)


def _save(engine: Any, reference: str, words: Mapping[str, Mapping[str, str]], base: int, by: str, why: str) -> None:
    """What words mean is part of the state of the data: whatever was worked out from the reference table is worked out anew."""
    store.save(engine, KIND, reference, {"words": words}, base=base, who=by, why=why, numbers=True)
