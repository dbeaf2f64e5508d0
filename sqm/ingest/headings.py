"""Which sheet, which row, which column is what: headings against the contracts, in Chinese and English."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache

from sqm import datasets
from sqm.datasets import Dataset
from sqm.errors import FileRefused, WrongCall, did_you_mean
from sqm.ingest import months, options
from sqm.ingest.levels import SEARCHED_ROWS, heading_rows, likely
from sqm.ingest.privacy import mask_text
from sqm.ingest.references import References

IGNORE = ("", "-", "ignore", "忽略")
ORDERS = {"day-first": "dmy", "month-first": "mdy", "year-first": "ymd"}
_BRACKETS = re.compile(r"[(\[【<][^()\[\]【】<>]*[)\]】>]$")
_NO_MATTER = re.compile(r"[\s*※_\u200b\ufeff]|[:：]+$")


def plain(heading: str) -> str:
    """How headings compare: NFKC, case folded, without spaces, line breaks, marks of required fields and end colons."""
    return _NO_MATTER.sub("", unicodedata.normalize("NFKC", heading).casefold())


def loose(heading: str) -> str:
    """``plain`` without what stands in brackets at the end, mostly a unit: 得分（分）, 占比(%)."""
    word = plain(heading)
    while (shorter := _BRACKETS.sub("", word)) != word and shorter:
        word = shorter
    return word


@dataclass(frozen=True)
class Answer:
    """A column of a wide sheet: the cells are answers about ``entry`` (and its ``item``); ``part`` is the field they fill."""

    column: int
    entry: str
    item: str
    part: str
    scale: str = ""


@dataclass
class Match:
    """How one heading row reads under one contract. ``fields`` and the answers hold column numbers from 0.

    ``row`` counts from the top of the table, ``first`` rows of the sheet stand above that. ``lowest``: the cells of the
    last heading row as they are. ``left_out``: columns that somebody said are not used.
    """

    dataset: Dataset
    row: int
    rows: int
    headings: list[str]
    fields: dict[str, int] = field(default_factory=dict)
    orders: dict[str, str] = field(default_factory=dict)
    answers: list[Answer] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)
    doubled: list[tuple[str, str, str]] = field(default_factory=list)
    weight: float = 0.0
    first: int = 0
    lowest: list[str] = field(default_factory=list)
    left_out: int = 0
    options: dict[str, str] = field(default_factory=dict)

    @property
    def wide(self) -> bool:
        return bool(self.answers)

    @property
    def missing(self) -> list[str]:
        """Required fields that no column fills."""
        wide = self.dataset.wide
        filled = {wide.name_field, *({answer.part for answer in self.answers} if wide.dated else [wide.value_field])} if wide and self.answers else set()
        return [f.name for f in self.dataset.fields
                if f.required and f.default is None and not f.derive and f.name not in self.fields and f.name not in filled]

    @property
    def matched(self) -> int:
        return len(self.fields) + len(self.answers)

    @property
    def share(self) -> float:
        """Part of the headings that the contract knows."""
        return self.matched / max(1, sum(1 for heading in self.headings if heading))

    def mapping(self) -> dict[str, str]:
        """Heading to what it fills, as stored with the batch and hashed into its fingerprint."""
        named = {self.headings[column]: name + (f":{self.orders[name]}" if name in self.orders else "")
                 for name, column in self.fields.items()}
        for answer in self.answers:
            named[self.headings[answer.column]] = "/".join(
                part for part in (answer.part, answer.entry, answer.item, answer.scale) if part)
        return named | self.options


@cache
def _synonyms(name: str) -> dict[str, str]:
    words: dict[str, str] = {}
    contract = datasets.get(name)
    for f in contract.fields:
        words.setdefault(plain(f.name), f.name)
    for f in contract.fields:
        for heading in f.headings:
            words.setdefault(plain(heading), f.name)
    return words


@cache
def _rarity() -> dict[str, float]:
    """A heading that few contracts know says more about what a sheet is than 编码 or 月份 does."""
    uses: dict[str, int] = {}
    for contract in datasets.ALL:
        for word in _synonyms(contract.name):
            uses[word] = uses.get(word, 0) + 1
    return {word: 1 / count for word, count in uses.items()}


def is_known(cell: str) -> bool:
    """Whether some contract knows this heading."""
    return plain(cell) in _rarity() or loose(cell) in _rarity()


def parse_map(entries: Mapping[str, str] | Sequence[str] | None) -> dict[str, str]:
    """``{"Heading": "field"}`` from such a mapping or from ``Heading=field`` words. WrongCall for anything else."""
    if entries is None or isinstance(entries, Mapping):
        return dict(entries or {})
    pairs = {}
    for entry in entries:
        heading, equals, name = entry.rpartition("=")
        if not equals or not heading.strip():
            raise WrongCall("map_entry", entry=entry)
        pairs[heading.strip()] = name.strip()
    return pairs


def match(contract: Dataset, levels: Sequence[str | tuple[str, ...]], explicit: Mapping[str, str], references: References, *,
          row: int = 0, rows: int = 1, year: str = "") -> Match:
    """Read one heading row under ``contract``. ``explicit`` (heading to field) goes before every synonym.

    ``levels``: a text per column, or the texts over each other in a heading of several rows. What is said again gets a
    number, 得分 (2), so that each column can be named. ``year``: of headings that name a month alone.
    """
    # In a file without headings the first row of data stands there: nothing personal may come back in a message.
    stacks = [tuple(map(mask_text, (cell,) if isinstance(cell, str) else cell)) for cell in levels]
    explicit, said = options.split(explicit)
    chosen: dict[str, tuple[str, str]] = {}
    for heading, target in explicit.items():
        name, _, order = target.partition(":")
        if name not in IGNORE:
            contract.field(name)
            if order and order not in ORDERS:
                raise WrongCall("map_order", order=order, known=", ".join(ORDERS))
        chosen[plain(mask_text(heading))] = (name, ORDERS.get(order, ""))
    decided = {name for name, _ in chosen.values()}
    headings = distinct([_spelling(contract, stack, chosen, references, year) for stack in stacks])
    found = Match(contract, row, rows, headings, lowest=[stack[-1] if stack else "" for stack in stacks],
                  options=options.checked(contract, said))
    for column, heading in enumerate(headings):
        if not heading:
            continue
        word = plain(heading)
        if word in chosen:
            name, order = chosen[word]
            if name in IGNORE:
                found.left_out += 1
                continue
            _fill(found, name, column, 1.0)
            if order:
                found.orders[name] = order
            continue
        synonyms = _synonyms(contract.name)
        answer = None
        if word not in synonyms and contract.wide:
            answer = _answer(contract, heading, column, references, year)
        known = word if word in synonyms else loose(heading)
        if answer is not None:
            found.answers.append(answer)
            found.weight += 1.0
        elif known in synonyms and synonyms[known] not in decided:
            _fill(found, synonyms[known], column, _rarity().get(known, 1.0))
        else:
            found.ignored.append(heading)
    _settle_wide(found)
    return found


def distinct(headings: Sequence[str]) -> list[str]:
    """The headings, those that are said again with a number: 得分, 得分 (2)."""
    words = [plain(heading) for heading in headings]
    taken, seen = set(words), set[str]()
    numbers: dict[str, int] = {}
    named = []
    for heading, word in zip(headings, words, strict=True):
        number, shown = numbers.get(word, 1), heading
        while heading and plain(shown) in seen or number > 1 and plain(shown) in taken:
            number += 1
            shown = f"{heading} ({number})"
        numbers[word] = number
        seen.add(plain(shown))
        named.append(shown)
    return named


def _spelling(contract: Dataset, stack: tuple[str, ...], chosen: Mapping[str, object], references: References, year: str) -> str:
    """One heading of the texts over each other: the lowest alone where that says enough, else all of them, 热线服务-接通快."""
    if len(stack) < 2:
        return stack[0] if stack else ""
    lowest, joined, wide = stack[-1], "-".join(stack), contract.wide
    for spelling in (joined, lowest):
        if plain(spelling) in chosen:
            return spelling
    synonyms = _synonyms(contract.name)
    known = synonyms.get(plain(lowest)) or synonyms.get(loose(lowest))
    if known and not (wide and known in (wide.value_field, *wide.companions)):
        return lowest
    if wide and _answer(contract, joined, 0, references, year):
        return joined
    if known or wide and _answer(contract, lowest, 0, references, year):
        return lowest
    return "".join(stack) if plain("".join(stack)) in synonyms else joined


def _fill(found: Match, name: str, column: int, weight: float) -> None:
    if name in found.fields:
        found.doubled.append((name, found.headings[found.fields[name]], found.headings[column]))
        return
    found.fields[name] = column
    found.weight += weight


def _settle_wide(found: Match) -> None:
    """A sheet with both the name and the value of an answer in columns of their own is long, whatever else it names."""
    wide = found.dataset.wide
    if wide and wide.whole:
        _settle_whole(found)
    if not wide or not found.answers:
        return
    if wide.name_field in found.fields and (wide.dated or wide.value_field in found.fields):
        found.ignored += [found.headings[answer.column] for answer in found.answers]
        found.answers = []
        return
    for name in (wide.name_field, wide.value_field, *wide.companions, wide.item_field, wide.not_applicable):
        if name in found.fields:
            found.ignored.append(found.headings[found.fields.pop(name)])
    seen: dict[tuple[str, str, str], Answer] = {}
    for answer in found.answers:
        place = (answer.entry, answer.item, answer.part)
        if place in seen:
            found.doubled.append((answer.entry, found.headings[seen[place].column], found.headings[answer.column]))
        seen.setdefault(place, answer)


def _settle_whole(found: Match) -> None:
    """A total beside its parts is left out; a value without the name of an answer is the total."""
    wide = found.dataset.wide
    assert wide is not None
    parts = [answer for answer in found.answers if answer.entry != wide.whole]
    if parts or (wide.name_field in found.fields and wide.value_field in found.fields):
        found.ignored += [found.headings[answer.column] for answer in found.answers if answer.entry == wide.whole]
        found.answers = parts
    elif not found.answers and wide.value_field in found.fields and wide.name_field not in found.fields:
        found.answers = [Answer(found.fields.pop(wide.value_field), wide.whole, "", wide.value_field)]


def _answer(contract: Dataset, heading: str, column: int, references: References, year: str = "") -> Answer | None:
    wide = contract.wide
    assert wide is not None
    if wide.dated:
        if (found := months.named(heading, year)) is None:
            return None
        part = _synonyms(contract.name).get(plain(found[1])) if found[1] else wide.value_field
        return Answer(column, found[0], "", part) if part in (wide.value_field, *wide.companions) else None
    full = " ".join(unicodedata.normalize("NFKC", heading).split())
    for part, suffixes in wide.companions.items():
        for suffix in sorted((unicodedata.normalize("NFKC", s).casefold() for s in suffixes), key=len, reverse=True):
            if full.casefold().endswith(suffix) and len(full) > len(suffix):
                base = full[: -len(suffix)].rstrip(" -:(")
                if named := _entry(contract, base, references):
                    return Answer(column, *named, part, _scale(contract, base))
    if named := _entry(contract, full, references):
        return Answer(column, *named, wide.value_field, _scale(contract, full))
    return None


@cache
def _wide_words(name: str) -> tuple[dict[str, str], set[str]]:
    """(words for entries beside the reference, words for the value) of a contract with a wide form."""
    contract = datasets.get(name)
    assert contract.wide is not None
    return {plain(word): entry for word, entry in contract.wide.also.items()}, {plain(word) for word in contract.field(contract.wide.value_field).headings}


def _entry(contract: Dataset, text: str, references: References) -> tuple[str, str] | None:
    """``(entry, item)`` that a heading of a wide sheet names, or None."""
    wide = contract.wide
    assert wide is not None
    lookup = references[wide.reference]
    also, values = _wide_words(contract.name)

    def entry(word: str) -> str:
        for spelling in (plain(word), loose(word)):
            if spelling in also:
                return also[spelling]
        for spelling in (word, _BRACKETS.sub("", word)):
            found = lookup.find(spelling)
            if len(found) == 1:
                return next(iter(found))
        return ""

    if found := entry(text):
        return found, ""
    if wide.item_field:
        for place in re.finditer(r"\s*[-:—–·/_]+\s*", text):
            item = text[place.end():].strip()
            if item and plain(item) not in values and (found := entry(text[: place.start()])):
                return found, item
    for suffix in contract.field(wide.value_field).headings:
        if text.casefold().endswith(suffix) and (found := entry(text[: -len(suffix)].rstrip(" -:("))):
            return found, ""
    return None


def _scale(contract: Dataset, heading: str) -> str:
    """The scale a heading says in brackets, ``热线服务（1-5）``, or ''."""
    inside = re.search(r"[(\[]([^()\[\]]*)[)\]]$", heading)
    if not inside or "scale" not in contract.by_name:
        return ""
    word = inside.group(1).strip().rstrip("分")
    f = contract.by_name["scale"]
    return word if word in f.one_of else f.words.get(inside.group(1).strip(), f.words.get(word, ""))


@dataclass(frozen=True)
class _Row:
    """Rows that may be headings, and everything their texts may be compared as."""

    row: int
    rows: int
    cells: Sequence[str | tuple[str, ...]]
    words: frozenset[str]


def _rows(head: Sequence[Sequence[str]]) -> list[_Row]:
    found = []
    for row, rows, cells in heading_rows(head):
        stacks = [(cell,) if isinstance(cell, str) else cell for cell in cells]
        texts = {text for stack in stacks for text in (*stack, "".join(stack), "-".join(stack))}
        found.append(_Row(row, rows, cells, frozenset({*map(plain, texts), *map(loose, texts)})))
    return found


def best_match(contract: Dataset, head: Sequence[Sequence[str]], explicit: Mapping[str, str],
               references: References, among: Sequence[_Row] | None = None) -> Match | None:
    """The row that reads best as headings of ``contract``: most columns known, then fewest missing, then the first.

    ``among``: what ``_rows`` makes of ``head``, where several contracts are tried.
    """
    dated = bool(contract.wide and contract.wide.dated)
    best: Match | None = None
    best_rank: tuple[float, int] = (0.0, 0)
    for one in _rows(head) if among is None else among:
        # Most rows are data, and say nothing to a contract that needs no reference table to know its headings.
        if not explicit and not contract.wide and one.words.isdisjoint(_synonyms(contract.name)):
            continue
        found = match(contract, one.cells, explicit, references, row=one.row, rows=one.rows, year=months.year_of(head[:one.row]) if dated else "")
        # A pair must beat its single rows clearly, or the first row of data would join the headings.
        rank = (found.matched + found.left_out - (one.rows - 1) * 0.5 - len(found.doubled), -len(found.missing))
        if found.matched and (best is None or rank > best_rank):
            best, best_rank = found, rank
    return best


def unread(contract: Dataset, head: Sequence[Sequence[str]], references: References) -> Match | None:
    """Where ``contract`` knows hardly a heading: the likeliest row, for somebody to say what it means."""
    row = likely(head)
    return None if row is None else match(contract, head[row], {}, references, row=row)


def guess(head: Sequence[Sequence[str]], explicit: Mapping[str, str], references: References, *, sheet: str = "",
          file: str = "") -> list[Match]:
    """Contracts that the sheet satisfies (all required fields present), the likeliest first; equals are both there.

    Rare headings count more than common ones; the name of the sheet, then of the file, decides between the rest.
    """
    found: list[tuple[float, Match]] = []
    among = _rows(head)
    for contract in datasets.ALL:
        try:
            candidate = best_match(contract, head, explicit, references, among)
        except WrongCall:
            continue
        if candidate is None or candidate.missing or candidate.matched < min(2, len(contract.fields)):
            continue
        score = candidate.weight * (0.25 + candidate.share)
        for name, bonus in ((sheet, 2.0), (file, 1.0)):
            if any(word and plain(word) in plain(name) for word in (contract.zh, contract.name, contract.en)):
                score += bonus * (2.0 if plain(name) in map(plain, (contract.zh, contract.name, contract.en)) else 1.0)
        found.append((score, candidate))
    found.sort(key=lambda pair: -pair[0])
    return [candidate for score, candidate in found
            if math.isclose(score, found[0][0], rel_tol=0.02) or candidate is found[0][1]]


def nearest(head: Sequence[Sequence[str]], explicit: Mapping[str, str], references: References) -> Match | None:
    """For the refusal of a sheet that satisfies no contract: the one it is least far from."""
    known, among = [], _rows(head)
    for contract in datasets.ALL:
        try:
            candidate = best_match(contract, head, explicit, references, among)
        except WrongCall:
            continue
        if candidate:
            known.append(candidate)
    return max(known, key=lambda m: (m.weight * m.share - 0.2 * len(m.missing)), default=None)


def require(found: Match | None, head: Sequence[Sequence[str]], explicit: Mapping[str, str], *, file: str,
            sheet: str) -> Match:
    """``found``, if it can be loaded. FileRefused listing everything that is missing or claimed twice."""
    if found is None:
        raise FileRefused("no_headings", file=file, sheet=sheet, rows=SEARCHED_ROWS)
    present = {plain(heading) for heading in found.headings}
    for heading in options.split(explicit)[0]:
        heading = mask_text(heading)
        if plain(heading) not in present:
            raise WrongCall("map_heading", heading=heading, sheet=sheet, known=_listed(found.headings),
                            near=did_you_mean(heading, [h for h in found.headings if h]))
    if found.doubled:
        pairs = "; ".join(f"{first} / {second} → {name}" for name, first, second in found.doubled)
        raise FileRefused("heading_twice", file=file, sheet=sheet, pairs=pairs)
    if found.missing:
        wanted = "; ".join(f"{name} ({' / '.join(found.dataset.by_name[name].headings[:3]) or name})"
                           for name in found.missing)
        raise FileRefused("columns_missing", file=file, sheet=sheet, dataset=found.dataset.name, columns=wanted,
                          headings=_listed(found.headings))
    return found


def _listed(headings: Sequence[str]) -> str:
    named = [heading.replace("\n", " ")[:40] for heading in headings if heading]
    return ", ".join(named[:40]) + (" …" if len(named) > 40 else "")
