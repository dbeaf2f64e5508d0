"""Which sheet of a file is loaded, and how it reads: by what was said of it, by what is remembered, else by its headings."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from sqm import datasets
from sqm.datasets import Dataset
from sqm.errors import FileRefused, WrongCall
from sqm.ingest import dates, headings, layout, options, privacy
from sqm.ingest.headings import Match
from sqm.ingest.levels import likely
from sqm.ingest.opening import Opened, Sheet
from sqm.ingest.references import References
from sqm.ingest.shapes import first_look, shape_of

#: What was said of sheets of a shape (as a dataset), as ``remembered.recall`` finds it.
Recall = Callable[[str, str | None], "Said | None"]


class Said(Protocol):
    """The part of ``remembered.Memory`` that a load needs."""

    @property
    def dataset(self) -> str: ...
    @property
    def mapping(self) -> dict[str, str]: ...
    @property
    def file(self) -> str: ...
    @property
    def batch(self) -> int: ...


@dataclass
class Known:
    """What to load, as far as it was said or is remembered; ``shapes``: of each sheet, and whether its dataset has to be said."""

    sheet: str | None
    dataset: str | None
    mapping: Mapping[str, str] = field(default_factory=dict)
    of: tuple[str, int] | None = None
    shapes: dict[str, tuple[str, bool]] = field(default_factory=dict)


def recalled(opened: Opened, sheet: str | None, dataset: str | None, references: References, recall: Recall) -> Known:
    known, candidates = Known(sheet, dataset), [s for s in _candidates(opened, sheet) if s.rows and not s.error]
    found, others = [], []
    for candidate in candidates:
        head = candidate.head()
        first, sure = first_look(head, references, sheet=candidate.name, file=Path(opened.name).stem)
        known.shapes[candidate.name] = shape_of(first, head), not sure
        if memory := recall(known.shapes[candidate.name][0], dataset):
            found.append((candidate, memory))
        elif sure and first is not None and not first.missing and dataset in (None, first.dataset.name):
            others.append(f"{candidate.name} ({first.dataset.name})")
    if len(found) == 1:
        candidate, memory = found[0]
        if others:  # it would go unread, and unnamed
            raise FileRefused("sheets_several", file=opened.name, sheets=", ".join([f"{candidate.name} ({memory.dataset})", *others]))
        known.sheet, known.dataset, known.mapping, known.of = candidate.name, memory.dataset, memory.mapping, (memory.file, memory.batch)
    return known


def _candidates(opened: Opened, sheet: str | None) -> list[Sheet]:
    """The sheets that may be meant."""
    return layout.named(opened, sheet) if sheet is not None else [s for s in opened.sheets if not s.hidden and (s.rows or s.error)]


def chosen_by(known: Known, opened: Opened, explicit: Mapping[str, str], references: References) -> tuple[dict[str, str], Sheet, Match]:
    """The map that holds, the sheet and how it reads. A heading that was spoken of before and has gone, as 7月… goes in August, is left out."""
    remembered = dict(known.mapping)
    while True:
        mapping = {**remembered, **explicit}
        try:
            chosen, match = choose(opened, known.sheet, known.dataset, mapping, references)
        except WrongCall as error:
            gone = error.params.get("heading") if error.code == "map_heading" else None
            if gone in explicit or remembered.pop(str(gone), None) is None:
                raise
            continue
        proven = _contradicted(chosen, match, [heading for heading in remembered if heading not in explicit])
        if not proven:
            return mapping, chosen, match
        for heading in proven:
            remembered[heading] = remembered[heading].partition(":")[0]


def _contradicted(sheet: Sheet, match: Match, spoken_of: Sequence[str]) -> list[str]:
    """Headings whose order of day and month, said of another month, this one's cells contradict."""
    table = sheet.table()
    named = {headings.plain(heading): heading for heading in spoken_of}
    found = []
    for name, order in match.orders.items():
        column = match.fields[name]
        heading = named.get(headings.plain(match.headings[column]))
        if heading is not None and table is not None:
            cells = table[f"c{column}"].slice(match.row + match.rows).drop_null().unique().to_pylist()
            if dates.contradicted(cells, order):
                found.append(heading)
    return found


def choose(opened: Opened, sheet: str | None, dataset: str | None, explicit: Mapping[str, str],
            references: References) -> tuple[Sheet, Match]:
    """The sheet to load and how it reads. Refuses when several could be meant, or none."""
    candidates = _candidates(opened, sheet)
    if sheet is None:
        if not candidates:
            hidden = ", ".join(s.name for s in opened.sheets if s.hidden)
            raise FileRefused("file_all_hidden" if hidden else "file_without_rows", file=opened.name, sheets=hidden)
    if len(candidates) == 1 and candidates[0].error:
        raise FileRefused(candidates[0].error, file=opened.name, detail=candidates[0].name)
    if len(candidates) == 1 and not candidates[0].rows:
        raise FileRefused("file_without_rows", file=opened.name, sheets=candidates[0].name)
    if damaged := [candidate.name for candidate in candidates if candidate.error]:
        raise FileRefused("sheet_damaged", file=opened.name, sheets=", ".join(damaged))
    fitting: list[tuple[Sheet, Match]] = []
    for candidate in candidates:
        head = candidate.head()
        if dataset:
            match = headings.best_match(datasets.get(dataset), head, explicit, references)
            matches = [match] if match and (not match.missing or len(candidates) == 1) else []
        else:
            matches = headings.guess(head, explicit, references, sheet=candidate.name, file=Path(opened.name).stem)
        if len(matches) > 1:
            names = ", ".join(match.dataset.name for match in matches)
            raise FileRefused("dataset_unclear", file=opened.name, sheet=candidate.name, datasets=names)
        fitting += [(candidate, match) for match in matches]
    if len(fitting) > 1:
        names = ", ".join(f"{s.name} ({m.dataset.name})" for s, m in fitting)
        raise FileRefused("sheets_several", file=opened.name, sheets=names)
    if fitting:
        chosen, match = fitting[0]
        headings.require(match, chosen.head(), explicit, file=opened.name, sheet=chosen.name)
        valid(match.dataset, explicit, (), False)
        return fitting[0]
    chosen = candidates[0]
    head = chosen.head()
    if dataset:
        match = max(filter(None, (headings.best_match(datasets.get(dataset), c.head(), explicit, references)
                                  for c in candidates)), key=lambda m: m.matched, default=None)
    else:
        match = headings.nearest(head, explicit, references)
        if match is None or match.share < 0.4:
            at = likely(head)
            row = next(filter(any, head), []) if at is None else head[at]
            raise FileRefused("dataset_unknown", file=opened.name, sheet=chosen.name, headings=privacy.mask_text(", ".join(filter(None, row)))[:400],
                              near=match.dataset.name if match else "-")
    headings.require(match, head, explicit, file=opened.name, sheet=chosen.name)
    raise FileRefused("no_headings", file=opened.name, sheet=chosen.name, rows=headings.SEARCHED_ROWS)


def valid(contract: Dataset, explicit: Mapping[str, str], add_missing: Sequence[str], whole_months: bool) -> None:
    for target in options.split(explicit)[0].values():
        name = target.partition(":")[0]
        if name not in headings.IGNORE:
            contract.field(name)
    for name in add_missing:
        if not contract.field(name).refers_to:
            raise WrongCall("add_missing_field", field=name, dataset=contract.name,
                            known=", ".join(f.name for f in contract.fields if f.refers_to) or "-")
    if whole_months and not contract.dated_by:
        raise WrongCall("whole_months_undated", dataset=contract.name)
