"""Loading: a file or a database extract becomes checked rows in one batch, or a clear sentence; nothing in between.

File → child process that reads every cell as text → headings matched to a contract → checks in SQL → one Draft →
``warehouse.publish``. Counting: rows = accepted + refused + skipped, accepted = new + replaced + unchanged; an unpivoted
sheet counts answers as rows and says its sheet rows as records.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd
import sqlalchemy as sa

from sqm import datasets, stages, warehouse
from sqm.datasets import Dataset
from sqm.errors import WrongCall
from sqm.ingest import dating, extracts, headings, layout, likeness, options, originals, privacy, returned
from sqm.ingest.aliases import Unknown, unknown_headings
from sqm.ingest.checks import Checked, check
from sqm.ingest.choosing import Known, Recall, chosen_by, recalled, valid
from sqm.ingest.dating import today
from sqm.ingest.headings import Match, parse_map
from sqm.ingest.likeness import Proposal
from sqm.ingest.moves import Move, compared, most_telling
from sqm.ingest.opening import Member, Opened, Sheet, glance_at, members, open_file, taken, unlocked
from sqm.ingest.options import NEW
from sqm.ingest.references import References, nothing
from sqm.ingest.results import LoadResult, Note, Problem, SheetInfo
from sqm.ingest.shapes import first_look, shape_of
from sqm.ingest.staging import Staging
from sqm.ingest.template import write_template as template

__all__ = ["NEW", "LoadResult", "Member", "Move", "Note", "Problem", "Proposal", "SheetInfo", "Unknown", "Watch", "batches", "clear_sample", "give_back",
           "glance", "inspect", "load", "load_extract", "load_samples", "members", "most_telling", "problems", "sweep", "taken", "template", "today",
           "undo", "unlocked", "words_on"]

#: Says the numbers to watch, as ``metrics.headlines`` does: (connection, dataset) → frame, asked before and after.
Watch = Callable[[sa.Connection, str], pd.DataFrame]


def inspect(path: str | Path, engine: sa.Engine | None = None, *, dataset: str | None = None,
            mapping: Mapping[str, str] | None = None, only: str | None = None, file_name: str | None = None) -> list[SheetInfo]:
    """Look into a file without loading it. ``engine``: its reference tables help to recognise wide sheets. ``only``: read
    that sheet alone (a hidden one too); the others are listed without rows.

    Raises FileRefused when the file cannot be read.
    """
    references = _references(engine)
    with open_file(path, sheet=only, file_name=file_name) as opened:
        layout.split(opened, references)
        return _infos(opened, references, dataset, parse_map(mapping))


def glance(path: str | Path, engine: sa.Engine | None = None, *, file_name: str | None = None) -> list[SheetInfo]:
    """What the first rows of a large file tell, long before it is read; nothing for a file that has to be read as a whole.

    As ``inspect``, but ``rows`` counts only what was looked at, and tables further down are not seen. Raises FileRefused.
    """
    references = _references(engine)
    opened = glance_at(path, file_name=file_name)
    if opened is None:
        return []
    with opened:
        return _infos(opened, references, None, {})


def _infos(opened: Opened, references: References, dataset: str | None, explicit: Mapping[str, str]) -> list[SheetInfo]:
    found = []
    for sheet in opened.sheets:
        head = sheet.head()
        first, alone = first_look(head, references, sheet=sheet.name, file=opened.name)
        match = _read_as(dataset, head, explicit, references, sheet.name, opened.name) if dataset or explicit else first
        if dataset and (match is None or match.missing and match.share < 0.4):
            match = headings.unread(datasets.get(dataset), head, references) or match
        # One known heading, or two datasets that fit alike, is no knowledge: then the reader is asked.
        sure = match is not None and not match.missing and (bool(dataset) or alone)
        row = match.row + match.rows if match else 0
        personal = {column for name, column in match.fields.items() if match.dataset.by_name[name].personal} if match else set()
        preview = [[privacy.HIDDEN if c in personal and cell else privacy.mask_text(cell) for c, cell in enumerate(cells)]
                   for cells in head[row:row + 8]]
        found.append(SheetInfo(
            sheet.name, sheet.hidden, max(0, sheet.rows - row), sheet.columns,
            match.dataset.name if match and sure else "", sheet.above + row if match else None,
            match.headings if match else [], match.mapping() if match else {}, match.missing if match else [],
            match.ignored if match else [], preview, sheet.error, sheet.range, _doubled(match),
            shape_of(first, head), *_proposed(match, sheet, references)))
    return found


def load(engine: sa.Engine, path: str | Path, *, dataset: str | None = None, sheet: str | None = None,
         mapping: Mapping[str, str] | Sequence[str] | None = None, as_of: datetime | None = None, by: str = "",
         whole_months: bool = False, dry_run: bool = False, add_missing: Sequence[str] = (), apply_again: bool = False,
         file_name: str | None = None, original: Path | None = None, sample: bool = False, watch: Watch | None = None,
         recall: Recall | None = None) -> LoadResult:
    """Load one sheet of a file.

    ``dataset``: guessed from the headings when not given. ``sheet``: needed when several sheets could be meant.
    ``mapping``: ``{"Heading": "field"}``, before every synonym; ``"-"`` ignores a column; ``"opened_at:day-first"`` settles
    the order of day and month, ``"score:words": "1-5"`` puts agreement words on a scale, ``"score:blank": "0,99"`` says which
    scores mean "not applicable". ``as_of``: when the data were extracted; without it the newest moment in them, or
    now for data without dates. ``whole_months``: the file is everything of its months (and cities): keys that it lacks are
    withdrawn, unless their new row was refused. ``add_missing``: fields whose unknown values become new entries of their
    reference dataset. ``original``: the file as it came, where ``path`` is what it holds without its password: its bytes
    identify the batch, and it is what is kept. ``watch``: numbers to compare before and after, into ``moves``; a dry run then publishes for real,
    asks, and takes everything back. ``recall``: what was said of sheets of the same shape before; it goes behind ``mapping`` and
    ``dataset``, and decides between sheets if it knows one of them alone.

    Raises FileRefused or WrongCall; a file whose rows are all refused comes back as a result with code ``nothing_accepted``.
    """
    explicit = parse_map(mapping)
    if dataset:
        valid(datasets.get(dataset), explicit, add_missing, whole_months)
    references = _references(engine)
    with _Ahead(engine, dataset, references) as ready:
        with open_file(path, sheet=sheet, file_name=file_name, original=original, meanwhile=ready.make) as opened:
            stages.at("matching")
            with warehouse.kept_open():
                layout.split(opened, references)
                known = recalled(opened, sheet, dataset, references, recall) if recall else Known(sheet, dataset)
                explicit, chosen, match = chosen_by(known, opened, explicit, references)
            result = _load_sheet(engine, opened.sha256, opened.name, opened.folder, chosen, match, explicit, references, as_of=as_of,
                                 by=by, whole_months=whole_months, dry_run=dry_run, add_missing=tuple(add_missing),
                                 apply_again=apply_again, sample=sample, watch=watch, ready=ready)
            result.read_as, result.said, result.recalled = opened.read_as, explicit, known.of
            result.shape, result.asked = known.shapes.get(chosen.name, ("", False))
            if result.published and not sample:
                originals.keep(original or Path(path), opened.sha256, warehouse.data_dir())
            return result


def give_back(engine: sa.Engine, path: str | Path, target: str | Path, lang: str = "zh", *, dataset: str | None = None, sheet: str | None = None,
              mapping: Mapping[str, str] | Sequence[str] | None = None, add_missing: Sequence[str] = (), file_name: str | None = None,
              recall: Recall | None = None) -> int:
    """Write the workbook to fix to ``target`` (.xlsx): the file as it was, its refused cells in colour and with their reason in a note.

    The other arguments as in ``load``, which takes the fixed workbook back: rows that nobody touched are then unchanged. Numbers of
    people leave masked (``ingest.returned``). Returns how many cells are marked; nothing is stored. Raises as ``load`` does.
    """
    explicit, references = parse_map(mapping), _references(engine)
    if dataset:
        valid(datasets.get(dataset), explicit, add_missing, False)
    with open_file(path, sheet=sheet, file_name=file_name) as opened:
        layout.split(opened, references)
        known = recalled(opened, sheet, dataset, references, recall) if recall else Known(sheet, dataset)
        explicit, chosen, match = chosen_by(known, opened, explicit, references)
        match.first, contract, table = chosen.above, match.dataset, chosen.table()
        assert table is not None
        key, _ = _hash_key(engine, contract)
        staging = Staging().spill(opened.folder)
        try:
            checked = check(staging, table, match, references, key, add_missing=tuple(add_missing), sheet_name=chosen.name,
                            latest=dating.latest() if contract.past else None)
        finally:
            staging.close()
        return returned.write(opened, chosen, layout.left_of(chosen), match, checked, key, Path(target), lang)


class _Ahead:
    """What a load is known to need, made ready while the child reads. What cannot be made ready is asked, or fails, where it is needed."""

    def __init__(self, engine: sa.Engine, dataset: str | None, references: References) -> None:
        self.engine, self.references = engine, references
        self.contract = datasets.get(dataset) if dataset else None
        self.staging: Staging | None = None
        #: (dataset, sha256) -> fingerprints of how the file is loaded already, with their batches.
        self.live: dict[tuple[str, str], dict[str, int]] = {}
        self.key: tuple[bytes, bool] | None = None

    def make(self, sha256: str) -> None:
        if self.contract:
            with warehouse.kept_open():
                self.references.fetch(self.contract)
                self.live[self.contract.name, sha256] = warehouse.live_batches(self.engine, sha256, self.contract.name)
                self.key = _hash_key(self.engine, self.contract)
        self.staging = Staging()

    def __enter__(self) -> _Ahead:
        return self

    def __exit__(self, *_: object) -> None:
        if self.staging:
            self.staging.close()


def load_extract(engine: sa.Engine, source_url: str, table_or_query: str, *, dataset: str,
                 mapping: Mapping[str, str] | Sequence[str] | None = None, as_of: datetime | None = None, by: str = "",
                 whole_months: bool = False, dry_run: bool = False, add_missing: Sequence[str] = (),
                 apply_again: bool = False, sample: bool = False, chunk: int = 50_000,
                 watch: Watch | None = None) -> LoadResult:
    """Load a table, or the result of one SELECT, of another database; everything else as in ``load``.

    Column names are the headings, row 1 is the first row of the result. The address is kept without its password. The
    source is opened so that only its own tables can be read; neither the warehouse nor a file of the data folder is one.
    """
    explicit = parse_map(mapping)
    contract = datasets.get(dataset)
    valid(contract, explicit, add_missing, whole_months)
    sheet, sha256 = extracts.read(source_url, table_or_query, chunk, engine)
    return load_read(engine, sheet, sha256, extracts.shown(source_url), contract, explicit, as_of=as_of, by=by, whole_months=whole_months,
                     dry_run=dry_run, add_missing=add_missing, apply_again=apply_again, sample=sample, watch=watch)


def load_read(engine: sa.Engine, sheet: Sheet, sha256: str, address: str, contract: Dataset, explicit: Mapping[str, str], *,
              add_missing: Sequence[str] = (), **more: Any) -> LoadResult:
    """Load what was read from a database already; ``more`` as of ``load``. ``sha256`` stands for its content, ``address`` for a file name."""
    import tempfile

    references = _references(engine)
    head = sheet.head(1)
    match = headings.match(contract, head[0], explicit, references)
    match.row = -1  # the heading has row number 0
    headings.require(match, head, explicit, file=address, sheet=sheet.name)
    with tempfile.TemporaryDirectory(prefix="sqm-reading-") as folder:
        return _load_sheet(engine, sha256, address, Path(folder), sheet, match, explicit, references, add_missing=tuple(add_missing), **more)


_MADE_UP = {"stores", *(contract.name for contract in datasets.ALL if not contract.reference)}


def load_samples(engine: sa.Engine, folder: str | Path, by: str = "demo") -> list[LoadResult]:
    """Load every workbook of a folder as sample data, reference datasets first, each visible sheet (each of its tables) that fits a dataset.

    What is not made up (elements, categories, cities …) becomes ordinary batches, which stay when the sample goes.
    """
    opened: list[Opened] = []
    try:
        opened = [open_file(path) for path in sorted(Path(folder).glob("*.xlsx")) if not path.name.startswith("~")]
        known = _references(engine)
        for book in opened:
            layout.split(book, known)
        waiting = [(book, sheet) for book in opened for sheet in book.sheets if not sheet.hidden and sheet.rows]
        results: list[LoadResult] = []
        read: dict[int, tuple[int, Match | None]] = {}
        for wanted in _stages():
            references = _references(engine)
            for book, sheet in list(waiting):
                loaded, match = read.get(id(sheet), (-1, None))
                # What was loaded since may name the columns of a wide sheet; headings of others are known without.
                if loaded < len(results) and (match is None or match.missing or match.dataset.wide):
                    match = _read_as(None, sheet.head(), {}, references, sheet.name, Path(book.name).stem)
                    read[id(sheet)] = len(results), match
                if match is None or match.missing or match.dataset.name not in wanted:
                    continue
                waiting.remove((book, sheet))
                results.append(_load_sheet(engine, book.sha256, book.name, book.folder, sheet, match, {}, references,
                                           by=by, sample=match.dataset.name in _MADE_UP))
        return results
    finally:
        for book in opened:
            book.__exit__()


def _stages() -> list[set[str]]:
    """Datasets in the order of ``datasets.ALL``: each may refer to those before it."""
    return [{contract.name} for contract in datasets.ALL]


def undo(engine: sa.Engine, batch: int, by: str = "", *, dry_run: bool = False, watch: Watch | None = None) -> list[Move]:
    """Take a batch out; what it had covered shows again. Returns how the numbers of ``watch`` move.

    ``dry_run``: the batch stays after all. Raises WrongCall ``unknown_batch`` or ``batch_undone``.
    """
    watched = warehouse.undo(engine, batch, by, watch=watch, keep=not dry_run)
    return compared(*watched) if watched else []


def batches(engine: sa.Engine) -> pd.DataFrame:
    """All batches, newest first."""
    return warehouse.batch_list(engine)


def problems(engine: sa.Engine, batch: int) -> list[Problem]:
    """The problems of a batch, in sheet order."""
    frame = warehouse.problem_list(engine, batch)
    return [Problem(row.sheet or "", int(row.row), row.column or "", row.value or "", row.rule, json.loads(row.params or "{}"))
            for row in frame.itertuples(index=False)]


def clear_sample(engine: sa.Engine, by: str = "") -> int:
    """Take all sample batches out; returns how many."""
    return warehouse.clear_sample(engine, by)


def sweep(uploads: Path, left: float) -> None:
    """Delete originals that are kept no longer, and what a killed process left in ``uploads`` for ``left`` days."""
    days = originals.kept_days()
    originals.purge(warehouse.data_dir() / "originals", days)
    originals.purge(uploads, left if days > 0 else left / 4)


def words_on(scale: str) -> dict[str, int]:
    """Agreement words, in lower case, and where they are on the scale (``1-5``, ``1-10`` or ``0-100``)."""
    return {word: int(number) for word, number in options.values_of({"score:words": scale}, "score").items()}


def _references(engine: sa.Engine | None) -> References:
    return References(nothing if engine is None else lambda name: warehouse.reference(engine, name))


def _read_as(dataset: str | None, head: list[list[str]], explicit: Mapping[str, str], references: References, sheet: str,
             file: str) -> Match | None:
    if dataset:
        return headings.best_match(datasets.get(dataset), head, explicit, references)
    fitting = headings.guess(head, explicit, references, sheet=sheet, file=file)
    return fitting[0] if fitting else headings.nearest(head, explicit, references)


def _proposed(match: Match | None, sheet: Sheet, references: References) -> tuple[dict[str, Proposal], list[Unknown]]:
    """What headings may stand for that the contract, or the reference, does not know."""
    if match is None or not match.ignored:
        return {}, []
    rows = sheet.head(likeness.LOOKED_AT)
    found = likeness.of_sheet(match, rows, references)
    return found, [one for one in unknown_headings(match, rows, references) if one.value not in found]


def _doubled(match: Match | None) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, first, second in match.doubled if match else ():
        found.setdefault(name, [first]).append(second)
    return {name: list(dict.fromkeys(columns)) for name, columns in found.items()}


def _load_sheet(engine: sa.Engine, sha256: str, file_name: str, folder: Path, sheet: Sheet, match: Match,
                explicit: Mapping[str, str], references: References, *, as_of: datetime | None = None, by: str = "",
                whole_months: bool = False, dry_run: bool = False, add_missing: tuple[str, ...] = (),
                apply_again: bool = False, sample: bool = False, watch: Watch | None = None, ready: _Ahead | None = None) -> LoadResult:
    contract = match.dataset
    match.first = sheet.above
    valid(contract, explicit, add_missing, whole_months)
    if as_of is not None and as_of.date() > dating.latest():
        raise WrongCall("as_of_ahead", value=as_of.isoformat(" ", "minutes"), today=today().isoformat())
    mapping = match.mapping()
    chosen = {"dataset": contract.name, "sheet": sheet.name, "mapping": mapping, "whole": whole_months,
              "add": sorted(add_missing)}
    fingerprint = hashlib.sha256(json.dumps(chosen, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
    result = LoadResult(None, contract.name, file_name=file_name, sheet=sheet.name, ignored=match.ignored)
    with warehouse.kept_open():
        if not apply_again:
            known = ready.live.get((contract.name, sha256)) if ready else None
            live = (warehouse.live_batches(engine, sha256, contract.name) if known is None else known).get(fingerprint)
            if live is not None and not dry_run:
                result.batch, result.message = live, "already_loaded"
                return result
            result.already = live
        key, lost = ready and ready.key or _hash_key(engine, contract)
        references.fetch(contract)
    if lost:
        result.warnings.append("hash_key_lost")
    table = sheet.table()
    assert table is not None
    staging = (ready and ready.staging or Staging()).spill(folder)
    stages.at("checking", of=table.num_rows)
    with ThreadPoolExecutor(1) as beside, stages.stoppable(staging.con.interrupt):
        try:
            checked = check(staging, table, match, references, key, add_missing=add_missing, sheet_name=result.sheet,
                            refused_keys=whole_months, latest=dating.latest() if contract.past and not sample else None)
        finally:
            beside.submit(staging.close)  # giving a million rows back takes its time
        return _take_over(engine, result, checked, match, sha256, fingerprint, mapping, as_of=as_of, by=by, whole_months=whole_months,
                          dry_run=dry_run, sample=sample, watch=watch)


def _take_over(engine: sa.Engine, result: LoadResult, checked: Checked, match: Match, sha256: str, fingerprint: str, mapping: dict[str, str], *,
               as_of: datetime | None, by: str, whole_months: bool, dry_run: bool, sample: bool, watch: Watch | None) -> LoadResult:
    """Publish what was checked, or try it out, and say in ``result`` what came of it."""
    contract = match.dataset
    result.warnings += checked.warnings
    _fill_counts(result, checked)
    result.as_of = as_of or dating.newest(contract, checked.rows, today() if contract.past and not sample else None)
    draft = warehouse.Draft(
        dataset=contract.name, rows=checked.rows, file_name=result.file_name, sha256=sha256, sheet=result.sheet,
        fingerprint=fingerprint, mapping=mapping, as_of=result.as_of, by=by, sample=sample,
        whole=dating.whole(contract, checked.rows) if whole_months else None, refused=checked.refused, skipped=checked.skipped,
        total=checked.total, records=checked.records, records_refused=checked.records_refused, problems=checked.problems,
        admit=_entries(contract, checked.admitted), refused_keys=checked.refused_keys, lacking=_lacking(match) if dry_run else ())
    if not checked.rows.num_rows:
        result.message = "nothing_accepted" if checked.refused else "no_rows"
        return result
    result.message = "dry_run" if dry_run else "published"
    if dry_run and (watch is None or result.already is not None):
        counts = warehouse.preview(engine, draft)
        # What is already loaded in the same way is not published again: no number moves.
        result.moves = None if watch is None else []
    else:
        counts = warehouse.publish(engine, draft, watch=watch, keep=not dry_run)
        result.moves = compared(*counts.watched) if counts.watched else None
    result.batch, result.new, result.replaced, result.unchanged = counts.batch, counts.new, counts.replaced, counts.unchanged
    result.withdrawn, result.spared, result.keyless = counts.withdrawn, counts.spared, checked.keyless
    result.accepted = checked.rows.num_rows
    if dry_run and result.already is None:
        result.blanked = list(counts.blanked)
    return result


def _lacking(match: Match) -> tuple[str, ...]:
    """The fields that the sheet has no column for, and whose blank is a loss."""
    contract, wide = match.dataset, match.dataset.wide
    given = {*match.fields, *contract.key}
    if wide and match.wide:
        given |= {wide.name_field, wide.value_field, wide.item_field, wide.not_applicable, *wide.companions}
    return tuple(f.name for f in contract.fields if f.name not in given and f.default in (None, "") and not f.derive)


def _entries(contract: Dataset, admitted: Mapping[str, list[str]]) -> dict[str, list[str]]:
    """Admitted values by the reference dataset they become entries of."""
    found: dict[str, list[str]] = {}
    for name, values in admitted.items():
        found.setdefault(contract.by_name[name].refers_to or "", []).extend(values)
    return found


def _fill_counts(result: LoadResult, checked: Checked) -> None:
    result.rows, result.refused, result.skipped = checked.total, checked.refused, checked.skipped
    result.records, result.records_refused = checked.records, checked.records_refused
    result.problems = [Problem(**problem) for problem in checked.problems]
    result.problems_found = checked.problems_found
    result.unknown = checked.unknown
    result.notes = [Note(*note) for note in checked.notes]
    result.admitted = {name: values for name, values in checked.admitted.items() if values}


def _hash_key(engine: sa.Engine, contract: Dataset) -> tuple[bytes, bool]:
    """The key of the hashes, and whether an older one must have been lost: hashes exist, but the key had to be made."""
    key, fresh = privacy.hash_key(warehouse.data_dir())
    if not fresh:
        return key, False
    for other in datasets.ALL:
        for f in other.fields:
            if f.personal:
                column = warehouse.table(other.name).c[f"{f.name}_key"]
                with engine.connect() as conn:
                    if conn.execute(sa.select(column).where(column.is_not(None)).limit(1)).first():
                        return key, True
    return key, False
