"""Values that a reference table does not know, or knows twice: what they may mean, and which entry a row itself tells."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz, process

from sqm import datasets
from sqm.ingest import likeness
from sqm.ingest.headings import Match, plain
from sqm.ingest.privacy import mask_text
from sqm.ingest.references import Lookup, References, normal

#: Short names differ by one sign and are another place: 常州, 泰州. So likeness says nothing of those.
_SHORTEST, _LATIN = 3, 5
_LIKE, _LIKE_LATIN = 70, 80
#: Such a share of a column must be scores, for its heading to be asked about; and a heading that long is a sentence.
_SCORES, _LONGEST = 0.8, 40
_PLACE = re.compile(r"(省|市|自治区|特别行政区|province)$")
_DIGITS = re.compile(r"\d+")
_PART = re.compile(r"(市|区|县)$")


@dataclass(frozen=True)
class Unknown:
    """A value that is no name of one entry. ``choices``: the entries that it names all the same, if any.

    ``meant``: the entry it may mean, '' for none, with the reason ``why``: it has the name ``like`` in it (``within``), the place ``like``
    is part of that entry (``part``), or it resembles the name ``like`` (``like``).
    """

    field: str
    reference: str
    value: str
    choices: tuple[str, ...] = ()
    meant: str = ""
    why: str = ""
    like: str = ""

    @property
    def taken(self) -> bool:
        """It has an entry's name in it, or is part of one: hardly an entry of its own."""
        return self.why in ("part", "within")

    def as_json(self) -> dict:
        return {"field": self.field, "value": self.value, **({"choices": list(self.choices)} if self.choices else {}),
                **({"meant": self.meant, "why": self.why, "like": self.like} if self.meant else {})}


def unknown(field: str, cell: str, lookup: Lookup, references: References, *, likeness: bool = True) -> Unknown | None:
    """What is to be asked about a value that ``lookup`` has not one entry for; None for what looks like a personal number.

    ``likeness``: look for resembling names, too, which takes a look at every name.
    """
    if mask_text(cell) != cell:
        return None
    found = Unknown(field, lookup.name, cell, tuple(sorted(lookup.find(cell))))
    if found.choices or lookup.empty:
        return found
    word = normal(cell)
    for why, proposed in (("part", lambda: _part(word, lookup.name, references)), ("within", lambda: _within(word, lookup)),
                          ("like", lambda: _like(word, lookup) if likeness else None)):
        if pair := proposed():
            return Unknown(field, lookup.name, cell, (), pair[0], why, pair[1])
    return found


def unknown_headings(found: Match | None, rows: Sequence[Sequence[str]], references: References) -> list[Unknown]:
    """Columns of a wide sheet that may be answers about an entry under a name nobody has used before: 热线服务评价, with scores in it.

    ``rows``: the first of the table, headings and all.
    """
    wide = found.dataset.wide if found else None
    if not found or not found.wide or not wide or not wide.reference:
        return []
    ignored = set(found.ignored[:likeness.MOST])
    asked, value, there = [], found.dataset.by_name[wide.value_field], {answer.entry for answer in found.answers}
    for place, heading in enumerate(found.headings):
        cells = [row[place] for row in rows[found.row + found.rows:] if place < len(row) and row[place]]
        if heading in ignored and len(heading) <= _LONGEST and cells and (likeness.share_of(value, cells, references.__getitem__) or 0) >= _SCORES:
            one = unknown(wide.name_field, heading, references[wide.reference], references)
            if one and one.meant and one.meant not in there:
                asked.append(one)
    return asked


def _part(word: str, reference: str, references: References) -> tuple[str, str] | None:
    """The entry that a smaller place belongs to: 昆山市, where the districts say so."""
    found = references.parts(reference).get(_PART.sub("", word), set())
    return (next(iter(found)), word) if len(found) == 1 else None


def _within(word: str, lookup: Lookup) -> tuple[str, str] | None:
    """The only entry of which a name stands in the value: 苏州市区."""
    found: dict[str, str] = {}
    for length in range(2, min(len(word), lookup.longest) + 1):
        for start in range(len(word) - length + 1):
            said = word[start:start + length]
            if said in lookup.said and (not said.isascii() or (length >= _LATIN and re.search(rf"\b{re.escape(said)}\b", word))):
                spelling, key = lookup.said[said]
                found[key] = spelling
    return next(iter(found.items())) if len(found) == 1 else None


def _like(word: str, lookup: Lookup) -> tuple[str, str] | None:
    if len(word) < (_LATIN if word.isascii() else _SHORTEST):
        return None
    digits = _DIGITS.findall(word)  # store 12 is not store 21
    names = {spelling: said for said, spelling, _ in lookup.names if len(said) >= (_LATIN if said.isascii() else _SHORTEST) and _DIGITS.findall(said) == digits}
    near = process.extract(word, names, scorer=fuzz.ratio, processor=None, limit=3, score_cutoff=_LIKE_LATIN if word.isascii() else _LIKE)
    keys = {next(iter(lookup.find(spelling))) for _, score, spelling in near if score == near[0][1]}
    return (keys.pop(), near[0][2]) if len(keys) == 1 else None


def told_by(found: Match) -> dict[str, tuple[int, int]]:
    """Fields whose entries a column of the sheet tells apart (省份 beside 城市): field → (its column, that column), from 0."""
    columns: dict[str, tuple[int, int]] = {}
    for name, column in found.fields.items():
        reference = datasets.BY_NAME.get(found.dataset.by_name[name].refers_to or "")
        if reference and reference.told_apart_by:
            trait = reference.by_name[reference.told_apart_by]
            words = {plain(word) for word in (trait.name, *trait.headings)}
            by = [place for place, heading in enumerate(found.headings) if heading in found.ignored and plain(heading) in words]
            if by:
                columns[name] = (column, by[0])
    return columns


def told_apart(pairs: Iterable[tuple[str, str]], lookup: Lookup, references: References) -> dict[tuple[str, str], str]:
    """What the cells say in truth, where the row tells: (cell, what stands beside it) → the key of the entry it means.

    Where a name (not the key itself) belongs to an entry elsewhere, the cell becomes ``Suzhou (安徽)``, which is not known and asked about.
    """
    contract = datasets.get(lookup.name)
    reference = contract.by_name[contract.told_apart_by].refers_to
    same: Callable[[str], object] = (lambda text: frozenset(references[reference].find(text))) if reference else _bare
    marks: Mapping[str, object] = {key: same(mark) for key, mark in lookup.marks.items() if mark}
    read = {}
    for cell, by in pairs:
        found, there = lookup.find(cell), same(by)
        fitting = [key for key in found if there and marks.get(key) == there]
        if len(found) > 1 and len(fitting) == 1:
            read[cell, by] = fitting[0]
        elif found and not fitting and not reference and not lookup.is_key(cell) and all(key in marks for key in found) and (
                there in marks.values() or _PLACE.search(by)):
            read[cell, by] = f"{cell} ({by})"
    return read


def _bare(place: str) -> str:
    return _PLACE.sub("", normal(place))
