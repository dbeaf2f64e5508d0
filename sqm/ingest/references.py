"""Reference entries by everything people call them: key, Chinese or English name, code, aliases, with or without 市."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Callable
from functools import cached_property

import pandas as pd

from sqm import datasets
from sqm.errors import FileRefused

#: Frame of a reference dataset's live rows; the warehouse answers.
Source = Callable[[str], pd.DataFrame]
PERCENT = ("%", "percent", "per cent", "百分比", "百分数")
_INVISIBLE = re.compile("[\u200b-\u200f\ufeff\u00ad]")


def normal(text: str) -> str:
    """How two spellings compare: NFKC, case folded, no spaces at the ends, single ones inside."""
    return " ".join(_INVISIBLE.sub("", unicodedata.normalize("NFKC", text)).casefold().split())


class Lookup:
    """Words to keys of one reference dataset. A key beats a name; a name of two entries is ambiguous."""

    def __init__(self, name: str, frame: pd.DataFrame) -> None:
        self.name = name
        contract = datasets.get(name)
        self.key = contract.key[0]
        self._strip = tuple(normal(suffix) for suffix in contract.strip)
        keys = [str(key) for key in frame[self.key]] if len(frame) else []
        self.empty = not keys
        self._keys = {normal(key): key for key in keys}
        self._bare = set(map(self.bare, self._keys))
        self._names: dict[str, set[str]] = {}
        spellings: list[str] = list(keys)
        for column in ("zh", "en", "code", "aliases"):
            if column not in frame.columns:
                continue
            for key, cell in zip(keys, frame[column], strict=True):
                if not isinstance(cell, str):
                    continue
                for word in re.split(r"[;；|｜、,，\n]", cell) if column == "aliases" else (cell,):
                    if word.strip():
                        self._names.setdefault(normal(word), set()).add(key)
                        spellings.append(word.strip())
        for word, key in frame.attrs.get("said", {}).items():
            if normal(key) in self._keys:
                self._names.setdefault(normal(word), set()).add(key)
                spellings.append(word)
        #: What tells entries of one name apart, by key.
        self.marks = {key: str(mark or "") for key, mark in zip(keys, frame[contract.told_apart_by], strict=True)} if contract.told_apart_by in frame else {}
        #: The entries that are measured in percent.
        self.percent = [key for key, unit in zip(keys, frame["unit"], strict=True) if normal(str(unit)) in PERCENT] if "unit" in frame else []
        for word, key in list(self._keys.items()):
            self._names.setdefault(self.bare(word), set()).add(key)
        for word, found in list(self._names.items()):
            self._names.setdefault(self.bare(word), set()).update(found)

        self.spellings = [word for word in dict.fromkeys(spellings) if len(word) > 1 and len(self.find(word)) == 1]

    @property
    def words(self) -> list[str]:
        """Everything that entries are called, as ``normal`` writes it."""
        return [*self._keys, *self._names]

    def bare(self, word: str) -> str:
        """A normalised word without the suffixes the reference says do not matter (市)."""
        for suffix in self._strip:
            if word.endswith(suffix) and len(word) > len(suffix) + 1:
                return word[: -len(suffix)].strip()
        return word

    @cached_property
    def names(self) -> list[tuple[str, str, str]]:
        """Every spelling that means one entry: normalised and bare, as it is written, and the key; the shortest first."""
        return sorted(((self.bare(normal(word)), word, next(iter(self.find(word)))) for word in self.spellings), key=lambda name: len(name[0]))

    @cached_property
    def said(self) -> dict[str, tuple[str, str]]:
        """Each of ``names`` → (as it is written, the key)."""
        return {said: (spelling, key) for said, spelling, key in self.names}

    @cached_property
    def longest(self) -> int:
        return max(map(len, self.said), default=0)

    def is_key(self, text: str) -> bool:
        """Whether that is an entry's own key, and nothing else that it is called; with or without 市."""
        return self.bare(normal(text)) in self._bare

    def find(self, text: str) -> set[str]:
        """The keys that ``text`` may mean: none, one, or (ambiguous) several."""
        word = normal(text)
        if word in self._keys:
            return {self._keys[word]}
        return self._names.get(word) or self._names.get(self.bare(word)) or set()

    def near(self, text: str) -> str:
        """The nearest known spelling, or ''."""
        found = difflib.get_close_matches(text.strip(), self.spellings, n=1, cutoff=0.5)
        return found[0] if found else ""


class References:
    """The lookups of one load, each fetched once."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._lookups: dict[str, Lookup] = {}
        self._parts: dict[str, dict[str, set[str]]] = {}

    def __getitem__(self, name: str) -> Lookup:
        if name not in self._lookups:
            self._lookups[name] = Lookup(name, self._source(name))
        return self._lookups[name]

    def parts(self, name: str) -> dict[str, set[str]]:
        """Smaller places → the entries of ``name`` they belong to, from the reference datasets that list them (the districts of a city)."""
        if name not in self._parts:
            found: dict[str, set[str]] = {}
            for contract in datasets.ALL:
                whole, *part = contract.key or ("",)
                if contract.reference and len(part) == 1 and contract.by_name[whole].refers_to == name:
                    frame = self._source(contract.name)
                    for key, word in zip(frame[whole], frame[part[0]], strict=True):
                        found.setdefault(re.sub(r"(市|区|县)$", "", normal(str(word))), set()).add(str(key))
            self._parts[name] = found
        return self._parts[name]

    def fetch(self, contract: datasets.Dataset) -> None:
        """Fetch what the fields of ``contract`` refer to, all at once."""
        for field in contract.fields:
            if field.refers_to:
                self[field.refers_to]

    def needed(self, name: str, column: str) -> Lookup:
        """As ``[]``, but FileRefused when nothing has been loaded into that reference dataset yet."""
        lookup = self[name]
        if lookup.empty:
            contract = datasets.get(name)
            raise FileRefused("reference_empty", column=column, reference=contract.zh, reference_en=contract.en, name=name)
        return lookup


def nothing(name: str) -> pd.DataFrame:
    """A source without a warehouse: every reference dataset is empty."""
    return pd.DataFrame(columns=list(datasets.get(name).columns))
