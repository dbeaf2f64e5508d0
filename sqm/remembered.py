"""Answers about sheets, remembered by the shape of the sheet: which dataset, which heading is which field, which scale the words are on.

What a person said of a sheet that was then published holds for the next sheet with the same headings, until somebody says
otherwise, forgets it, or the batch it was said for is taken back. Each is a document with its history (``sqm.store``).
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqm import datasets, store, warehouse
from sqm.errors import SqmError
from sqm.ingest import headings
from sqm.ingest.options import split
from sqm.ingest.privacy import mask_text

KIND = "answers"


@dataclass(frozen=True)
class Memory:
    """What was said of sheets of a shape. ``mapping``: as ``--map`` takes it. ``file``, ``sheet``, ``batch``: what it was said for."""

    shape: str
    dataset: str
    mapping: dict[str, str]
    file: str
    sheet: str
    batch: int
    who: str
    at: datetime
    revision: int

    @property
    def fields(self) -> dict[str, str]:
        """What each heading (as ``alike`` writes it) stands for."""
        return {alike(heading): target for heading, target in split(self.mapping)[0].items()}

    @property
    def options(self) -> dict[str, str]:
        """What was said about values."""
        return split(self.mapping)[1]


def alike(heading: str) -> str:
    """The same for headings that differ in case, width or blanks alone."""
    return headings.plain(heading)


def recall(engine: Any, shape: str, dataset: str | None = None) -> Memory | None:
    """What is known of sheets of this shape (as ``dataset``). None where nothing is, or where it holds no more: it is forgotten, its
    batch is taken back, or the dataset has no such fields any longer."""
    found = _memory(engine, shape) if shape else None
    if found is None or dataset not in (None, found.dataset) or not _fits(found) or found.batch not in warehouse.standing(engine):
        return None
    return found


def remember(engine: Any, shape: str, dataset: str, mapping: Mapping[str, str], *, batch: int | None, file: str, sheet: str, by: str, asked: bool) -> None:
    """Keep what was said of a sheet that is now published as ``batch``. ``asked``: the dataset had to be said as well.

    Without any answer there is nothing to keep, and what was kept before holds no more.
    """
    if not shape or batch is None:
        return
    said = {mask_text(heading): target for heading, target in mapping.items()}
    with contextlib.suppress(SqmError):  # what is published is published; then it is asked once more
        _keep(engine, shape, {"dataset": dataset, "mapping": said, "batch": batch, "file": mask_text(file), "sheet": mask_text(sheet)} if said or asked else {}, by)


def _keep(engine: Any, shape: str, body: dict[str, Any], by: str) -> None:
    newest = store.latest(engine, KIND, shape)
    before = newest.body if newest else {}
    if (before.get("dataset"), before.get("mapping")) == (body.get("dataset"), body.get("mapping")) and recall(engine, shape) is not None or not (body or before):
        return
    store.save(engine, KIND, shape, body, base=newest.revision if newest else 0, who=by, why=f"batch {body.get('batch', '-')}")


def forget(engine: Any, shape: str, by: str = "") -> None:
    """The next sheet of this shape is asked about again."""
    newest = store.latest(engine, KIND, shape)
    if newest is not None and newest.body:
        store.save(engine, KIND, shape, {}, base=newest.revision, who=by, why="forgotten")


def known(engine: Any) -> list[Memory]:
    """Everything that holds, the newest first."""
    found = [memory for shape in store.documents(engine, KIND) if (memory := recall(engine, shape)) is not None]
    return sorted(found, key=lambda memory: (memory.at, memory.batch), reverse=True)


def _memory(engine: Any, shape: str) -> Memory | None:
    newest = store.latest(engine, KIND, shape)
    if newest is None or not newest.body:
        return None
    body = newest.body
    return Memory(shape, body["dataset"], body["mapping"], body["file"], body["sheet"], body["batch"], newest.who, newest.at, newest.revision)


def _fits(memory: Memory) -> bool:
    contract = next((d for d in datasets.ALL if d.name == memory.dataset), None)
    if contract is None:
        return False
    targets = {target.partition(":")[0] for target in split(memory.mapping)[0].values()}
    return targets <= {*contract.by_name, *headings.IGNORE}
