"""Taking over what is new in another database, part by part: each part is one batch, and the last mark taken is remembered.

A source with a watermark is read in its order, from the last value taken on (included: rows may have come since that bear
the same one). A part ends where the mark changes, so that none is torn apart. What has been published stays when a
later part fails or the program is killed, and the next run goes on from there; rows that come twice are counted as
unchanged. Rows that were deleted in the source are not seen: for those, whole months without a watermark.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa

from sqm import datasets, loaders, stages, store
from sqm.errors import Conflict, FileRefused, SqmError
from sqm.i18n import t
from sqm.ingest import extracts, named
from sqm.ingest.extracts import Window
from sqm.ingest.named import Source, place, source
from sqm.ingest.opening import Sheet

__all__ = ["Progress", "Source", "State", "Synced", "listed", "place", "source", "state", "sync", "test"]

KIND = "sync"
#: Called with rows read so far and rows there are.
Progress = Callable[[int, int], None]
_COUNTS = ("rows", "accepted", "new", "replaced", "unchanged", "refused", "skipped")
_KINDS: dict[str, Callable[[str], Any]] = {"datetime": datetime.fromisoformat, "date": date.fromisoformat, "int": int, "float": float,
                                           "Decimal": Decimal, "str": str}


@dataclass(frozen=True)
class State:
    """How far a source was taken over. ``until``: the last mark as text, "" without one; ``at``: when, UTC."""

    until: str
    rows: int
    batch: int | None
    at: datetime


@dataclass
class Synced:
    """What one run did. ``message``: code under ``sync.``: "synced", "nothing_new", "refused" (a part of which every row was refused:
    nothing after it was read) or "dry_run". ``parts``: the loads, one for each batch. ``waiting``: rows that were there to be read;
    ``unmarked``: rows without a watermark, which are never read. ``until``: the mark taken last."""

    source: str
    dataset: str
    message: str = "nothing_new"
    parts: list[loaders.LoadResult] = field(default_factory=list)
    waiting: int = 0
    unmarked: int = 0
    until: str = ""

    @property
    def batches(self) -> list[int]:
        return [part.batch for part in self.parts if part.batch is not None and part.published]

    def counted(self, name: str) -> int:
        """One of the counts of ``LoadResult``, over all parts."""
        return sum(int(getattr(part, name) or 0) for part in self.parts)

    def say(self, lang: str) -> str:
        """The sentence of the run, with what is not read."""
        counts = {name: self.counted(name) for name in _COUNTS}
        said = [t(f"sync.{self.message}", lang, name=self.source, n=len(self.batches), waiting=self.waiting, until=self.until or "–", **counts)]
        if self.unmarked:
            said.append(t("sync.unmarked", lang, n=self.unmarked))
        return (" " if lang == "en" else "").join(said)

    def as_json(self, lang: str) -> dict[str, Any]:
        """The stable form."""
        problems = [problem for part in self.parts for problem in part.problems]
        return {"source": self.source, "dataset": self.dataset, "code": self.message, "batches": self.batches,
                **{name: self.counted(name) for name in _COUNTS}, "waiting": self.waiting, "unmarked": self.unmarked, "until": self.until,
                "problems": [problem.as_json(lang) for problem in problems[:10_000]]}


def state(engine: Any, chosen: Source) -> State | None:
    """How far a source was taken over; None when it never was, or was another one (address, query, columns) then."""
    kept = store.latest(engine, KIND, chosen.name)
    if kept is None or kept.body["fingerprint"] != chosen.fingerprint:
        return None
    return State(kept.body["until"], kept.body["rows"], kept.body["batch"], kept.at)


def test(chosen: Source, own: Any = None) -> tuple[int, int]:
    """Rows there are, and rows without a mark: the connection works and the statement runs. Raises FileRefused as ``sync``."""
    if chosen.watermark:
        return extracts.counted(chosen.url, chosen.said, Window(chosen.watermark), own)
    return extracts.read(chosen.url, chosen.said, own=own)[0].rows, 0


def sync(engine: Any, chosen: Source, *, by: str = "", dry_run: bool = False, again: bool = False, progress: Progress | None = None,
         watch: loaders.Watch | None = None) -> Synced:
    """Take over what is new. ``dry_run``: say what the first part would do, and keep nothing. ``again``: from the beginning, as after
    a batch of this source was undone.

    Raises FileRefused (the source cannot be read, ``sync_mark`` for a watermark of a kind without order), WrongCall.
    """
    done = Synced(chosen.name, chosen.dataset)
    contract, explicit = datasets.get(chosen.dataset), loaders.parse_map(dict(chosen.mapping))
    kept = store.latest(engine, KIND, chosen.name)
    base, body = (kept.revision, kept.body) if kept is not None else (0, {})
    if again or body.get("fingerprint") != chosen.fingerprint:
        body = {}
    since = _read_mark(body.get("mark"))
    done.until = body.get("until", "")
    if chosen.watermark:
        done.waiting, done.unmarked = extracts.counted(chosen.url, chosen.said, Window(chosen.watermark, since), engine)
    seen, tail, bearing = 0, str(body.get("tail", "")), int(body.get("bearing", 0))  # what bears the last mark is read once more
    most = chosen.chunk + bearing
    while True:
        window = Window(chosen.watermark, since, most) if chosen.watermark else None
        sheet, sha256 = extracts.read(chosen.url, chosen.said, own=engine, window=window)
        assert sheet.memory is not None
        rows, last = sheet.memory.slice(1), True
        marks: list[Any] = []
        if window is not None:
            marks, last = window.marks, len(window.marks) < most
            if not last:
                if marks[0] == marks[-1]:
                    most *= 2  # as many rows as a part may have bear one mark: they belong together
                    continue
                cut = _begin_of_last(marks)
                rows, marks = rows.slice(0, cut), marks[:cut]
            same = next((n for n, mark in enumerate(marks) if mark != since), len(marks)) if since is not None else 0
            if same and _digest(rows.slice(0, same)) == tail:
                rows, marks = rows.slice(same), marks[same:]
            if not rows.num_rows and not last:
                most *= 2  # all of it is known already, and there is more
                continue
            sha256 = _digest(rows)
        seen += rows.num_rows
        if rows.num_rows:
            part = _part(sheet, rows)
            result = loaders.load_read(engine, part, sha256, f"{chosen.name} · {chosen.shown}", contract, explicit, by=by, whole_months=chosen.whole_months,
                                       dry_run=dry_run, add_missing=chosen.add_missing, watch=watch if dry_run else None)
            if result.message != "already_loaded":
                done.parts.append(result)
            if dry_run:
                done.message = "dry_run"
                return done
            if result.message == "nothing_accepted":
                done.message = "refused"
                return done
            if result.published:
                done.message = "synced"
            if marks:
                begin = _begin_of_last(marks)
                since, tail, bearing = marks[-1], _digest(rows.slice(begin)), len(marks) - begin
                done.until = str(extracts.as_text(since))
            body = {"fingerprint": chosen.fingerprint, "mark": _kept_mark(since, chosen), "until": done.until, "tail": tail, "bearing": bearing,
                    "rows": int(body.get("rows", 0)) + result.accepted, "batch": result.batch or body.get("batch")}
            base = _keep(engine, chosen, body, base, by)
        stages.taken(seen, max(done.waiting, seen))
        if progress is not None:
            progress(seen, max(done.waiting, seen))
        if last:
            return done
        most = chosen.chunk + bearing


def _keep(engine: Any, chosen: Source, body: dict[str, Any], base: int, by: str) -> int:
    """Remember how far it was taken; the revision. Another run of the same source at the same time ends this one."""
    try:
        return store.save(engine, KIND, chosen.name, body, base=base, who=by or "SQM", why="", noted=False).revision
    except Conflict as error:
        raise SqmError("sync_twice", name=chosen.name) from error


def _begin_of_last(marks: list[Any]) -> int:
    """Where the rows of the last mark begin."""
    place = len(marks) - 1
    while place and marks[place - 1] == marks[-1]:
        place -= 1
    return place


def _digest(rows: pa.Table) -> str:
    """Of the cells, in whatever order rows of one mark come."""
    cells = rows.drop(["row"])
    lines = sorted(map(repr, zip(*(column.to_pylist() for column in cells.columns), strict=True))) if cells.num_columns else []
    return hashlib.sha256("\n".join(lines).encode("utf-8", "surrogatepass")).hexdigest()


def _part(sheet: Sheet, rows: pa.Table) -> Sheet:
    """``rows`` under the column names of ``sheet``."""
    assert sheet.memory is not None
    whole = pa.concat_tables([sheet.memory.slice(0, 1), rows])
    return Sheet(sheet.name, rows=rows.num_rows, columns=sheet.columns, memory=whole)


def _kept_mark(mark: Any, chosen: Source) -> list[str] | None:
    """A mark as JSON: its kind and its text."""
    if mark is None:
        return None
    kind = type(mark).__name__
    if kind not in _KINDS:
        raise FileRefused("sync_mark", source=chosen.name, column=chosen.watermark, kind=kind)
    return [kind, mark.isoformat() if isinstance(mark, date) else str(mark)]


def _read_mark(kept: list[str] | None) -> Any:
    return None if kept is None else _KINDS[kept[0]](kept[1])


def listed(engine: Any) -> list[tuple[Source, State | None]]:
    """Every source that is written down, and how far it was taken over. Raises as ``named.sources``."""
    return [(one, state(engine, one)) for one in named.sources().values()]
