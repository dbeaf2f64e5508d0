"""Proposals for headings that no contract knows: which field they resemble, and what their cells look like. Nothing here decides.

Chinese headings are short, and what follows the first signs says little: 办理时间 is half of 受理时间 and means something else. So a heading
is compared without the ending that many share, and cells that cannot be read as the field speak against it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz import fuzz

from sqm.datasets import YES_NO, Dataset, Field
from sqm.ingest import dates, privacy
from sqm.ingest.headings import Match, loose
from sqm.ingest.references import Lookup, References, normal

#: Endings that fields of all kinds share, by what they say of a column: a time is not a number of something.
_ENDINGS = {
    "time": r"时间|日期|时刻|月份|日|月|date|time|on|month",
    "code": r"编号|编码|号码|单号|代码|号|码|number|code|no|id|[#]",
    "name": r"名称|名|name",
    "kind": r"类型|类别|分类|等级|大类|小类|类|type|kind",
    "way": r"方式|渠道",
    "text": r"内容|描述|说明|情况",
    "value": r"坐标|标志|标识|数|值",
}
_ENDS = {kind: re.compile(f"({words})$") for kind, words in _ENDINGS.items()}
_BEGINNINGS = re.compile(r"^(是否|客户|用户)")
_NUMBER = re.compile(r"[+-]?[\d,]*\.?\d+ *%?")
#: A likeness below is none. Less is enough where the cells agree.
ALONE, ALONE_ASCII, WITH_CELLS = 0.7, 0.8, 0.6
#: So many rows of a sheet are looked at, headings among them.
LOOKED_AT = 200
#: And so many headings: a sheet may have thousands.
MOST = 150
#: So many cells say something, and such a share of them says yes or no.
_FEW, _YES, _NO = 3, 0.8, 0.5


@dataclass(frozen=True)
class Proposal:
    """``field``: what the heading may stand for. ``like``: the word of the contract it resembles, '' for none; ``likeness``: from 0 to 1.

    ``cells``: what speaks for it in the column (``known``, ``words``, ``phones``, ``identities``, ``dates``, ``each_once``), '' for nothing in particular.
    """

    field: str
    like: str = ""
    likeness: float = 0.0
    cells: str = ""


def of_sheet(found: Match | None, rows: Sequence[Sequence[str]], references: References) -> dict[str, Proposal]:
    """``propose`` for the headings that ``found`` has no use for. ``rows``: the first of the table, headings and all."""
    if found is None or not found.ignored:
        return {}
    below, wide, ignored = rows[found.row + found.rows:], found.dataset.wide, set(found.ignored[:MOST])
    columns = {heading: [row[place] for row in below if place < len(row)] for place, heading in enumerate(found.headings) if heading in ignored}
    taken = {*found.fields}
    if wide and found.wide:
        taken |= {wide.name_field, wide.value_field, wide.item_field, wide.not_applicable, *wide.companions}
    return propose(found.dataset, columns, taken, references.__getitem__)


def propose(contract: Dataset, headings: Mapping[str, Sequence[str]], taken: Collection[str], lookup: Callable[[str], Lookup]) -> dict[str, Proposal]:
    """The likeliest field of each heading that has one; no field is proposed twice, none of ``taken`` at all.

    ``headings``: with some cells of their columns.
    """
    free = [f for f in contract.fields if f.name not in taken]
    found: list[tuple[float, str, Proposal]] = []
    fitting: dict[tuple[str, str], float | None] = {}
    for heading, column in headings.items():
        cells = [cell for cell in column if cell]
        for f in free:
            like, word = max(((_likeness(loose(heading), loose(word)), word) for word in (f.name, *f.headings)), key=lambda pair: pair[0])
            share = fitting[heading, f.name] = share_of(f, cells, lookup) if len(cells) >= _FEW else None
            if share is not None and share < _NO and not f.refers_to:  # a newcomer's cities are in no reference table yet
                continue
            kind = _kind(f) if share is not None and share >= _YES else ""
            if like >= (WITH_CELLS if kind else ALONE_ASCII if heading.isascii() else ALONE):
                found.append((like + (0.2 if kind else 0), heading, Proposal(f.name, word, round(like, 2), kind)))
            elif kind in ("known", "phones", "identities") or kind == "words" and f.one_of:
                if len(set(cells)) == 1:
                    continue
                found.append((0.4 + (0.05 if f.required else 0), heading, Proposal(f.name, cells=kind)))
    found += _only(contract, free, headings, fitting)
    proposed: dict[str, Proposal] = {}
    for _, heading, proposal in sorted(found, key=lambda one: -one[0]):
        if heading not in proposed and all(proposal.field != other.field for other in proposed.values()):
            proposed[heading] = proposal
    return {heading: proposed[heading] for heading in headings if heading in proposed}


def _only(contract: Dataset, free: Sequence[Field], headings: Mapping[str, Sequence[str]],
          fitting: Mapping[tuple[str, str], float | None]) -> list[tuple[float, str, Proposal]]:
    """A required date, where a single column has dates; the key, where a column is called a number of something and never says one twice."""
    found = []
    for f in free:
        if f.required and _kind(f) == "dates":
            columns = [heading for heading in headings if (fitting[heading, f.name] or 0) >= _YES]
            found += [(0.3, heading, Proposal(f.name, cells="dates")) for heading in columns if len(columns) == 1]
        if (f.name,) == contract.key and f.required and f.type == "text" and not f.refers_to:
            columns = [heading for heading, cells in headings.items() if _ENDS["code"].search(loose(heading)) and _each_once(cells)]
            found += [(0.3, heading, Proposal(f.name, cells="each_once")) for heading in columns[:1]]
    return found


def _each_once(cells: Sequence[str]) -> bool:
    return len(cells) >= _FEW and all(cells) and len(set(cells)) == len(cells)


def _likeness(heading: str, word: str) -> float:
    """From 0 to 1; both spelled alike already."""
    if not heading or not word:
        return 0.0
    (stem, said), (stems, meant) = _stem(heading), _stem(word)
    if not stems:
        return float(heading == word)  # 时间 alone is like every time and like none
    ratio = fuzz.ratio(heading, word) / 100
    if said and meant and said != meant:
        return 0.8 * ratio
    least = 4 if word.isascii() else 2
    if len(stems) >= least and stem.endswith(stems):
        return max(ratio, 0.3 * ratio + 0.7 * fuzz.ratio(stem, stems) / 100, 0.75)
    return 0.3 * ratio + 0.7 * fuzz.ratio(stem, stems) / 100


@lru_cache(4096)
def _stem(word: str) -> tuple[str, str]:
    """A heading without the ending that many share, and what the last ending says of its column."""
    word, said = _BEGINNINGS.sub("", word) or word, ""
    while found := next(((kind, cut) for kind, end in _ENDS.items() if (cut := end.sub("", word)) != word), None):
        said, word = said or found[0], found[1]
    return word, said


def _kind(f: Field) -> str:
    """What cells of the field can be told by, '' for nothing."""
    if f.personal:
        return "phones" if f.personal == "phone" else "identities"
    if f.type in ("month", "date", "timestamp"):
        return "dates"
    if f.refers_to:
        return "known"
    return "words" if f.one_of or f.words or f.type == "flag" else ""


def share_of(f: Field, cells: Sequence[str], lookup: Callable[[str], Lookup]) -> float | None:
    """The part of the cells (none of them blank, not none at all) that reads as the field; None where any text does."""
    kind = _kind(f)
    if kind in ("phones", "identities"):
        told = privacy.phone_in if kind == "phones" else privacy.identity_in
        good = [bool(told(cell)) or "*" in cell for cell in cells]
    elif kind == "dates":
        rules = {cell: rule for cell, _, rule in dates.read_column(dict.fromkeys(cells), f.type)}
        good = [rules.get(cell, dates.BAD) in ("", dates.AMBIGUOUS) and not _bare(cell, f.type) for cell in cells]
    elif kind == "known":
        known = lookup(f.refers_to or "")
        if known.empty:
            return None
        good = [bool(known.find(cell)) for cell in cells]
    elif f.type in ("number", "integer"):
        words = set(map(normal, f.words))
        good = [bool(_NUMBER.fullmatch(cell)) or normal(cell) in words for cell in cells]
    elif kind == "words":
        words = {normal(word) for word in (*f.one_of, *f.words, *(YES_NO if f.type == "flag" else ()))}
        return sum(normal(cell) in words for cell in cells) / len(cells) if words else None
    else:
        return None
    return sum(good) / len(good)


def _bare(cell: str, kind: str) -> bool:
    """A plain number is a day to a spreadsheet, and mostly none; 202607 is a month."""
    return bool(re.fullmatch(r"\d{1,7}(\.\d+)?", cell)) and not (kind == "month" and re.fullmatch(r"20\d\d(0[1-9]|1[0-2])", cell))
