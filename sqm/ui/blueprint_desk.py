"""What a reader is editing: the stored revision it is based on, the draft, undo. Kept in the session, so that a rerun,
a change of language or a look at another page loses nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import streamlit as st

from sqm import blueprint as bp
from sqm import store
from sqm.errors import Conflict, SqmError

KIND = "blueprint"
SEEDS = Path(__file__).resolve().parents[2] / "data" / "blueprints"
_DESKS = "blueprint_desks"


@dataclass
class Desk:
    """``base``: the stored revision the draft stands on, 0 for a drawing that came with the software. ``source``: what
    the table was mounted with; ``mounted``: the key it was mounted under. ``theirs``: a newer stored revision, if any.
    ``apart``: the draft has edits that the table was mounted without, because rows there are still being filled in.
    ``version`` counts the drafts there were; ``taken`` is the number of the last edit had from the canvas, ``refused`` the
    numbers of those that could not be, with the reason.
    """

    doc_id: str
    base: int
    stored: bp.Document
    draft: bp.Document
    source: bp.Document
    seed: str = field(default_factory=bp.new_id)
    mount: int = 0
    mounted: str = ""
    waiting: int = 0
    apart: bool = False
    error: SqmError | None = None
    done: list[bp.Document] = field(default_factory=list)
    undone: list[bp.Document] = field(default_factory=list)
    theirs: store.Revision | None = None
    version: int = 0
    taken: int = 0
    refused: list[tuple[int, SqmError]] = field(default_factory=list)

    def plain(self) -> tuple[str, int, str, str]:
        """What must not be lost, without classes: id, revision, stored and drafted document as JSON."""
        return self.doc_id, self.base, bp.dumps(self.stored), bp.dumps(self.draft)

    @property
    def edits(self) -> bp.Edit:
        """What is not saved yet."""
        return bp.diff(self.stored, self.draft)

    def put(self, draft: bp.Document, *, remount: bool = True) -> None:
        """Take a new draft; ``undo`` brings the old one back. ``remount``: the table must start anew from it."""
        if draft != self.draft:
            self.done, self.undone = [*self.done[-99:], self.draft], []
            self.version += 1
        self.draft, self.error = draft, None
        if remount:
            self.restart()

    def restart(self) -> None:
        """Let the table start anew from the draft."""
        self.source, self.mount, self.waiting, self.apart = self.draft, self.mount + 1, 0, False

    def undo(self) -> None:
        """Back by one edit."""
        if self.done:
            self.undone.append(self.draft)
            self.draft, self.error = self.done.pop(), None
            self.version += 1
            self.restart()

    def take(self, number: int, kind: str, edit: bp.Edit) -> None:
        """An edit of the canvas, on top of whatever the draft is by now. What undoes or redoes there does so here."""
        try:
            draft = edit.apply(self.draft)
        except Conflict:
            draft = bp.onto(self.draft, edit)
        if kind == "undo" and self.done and draft == self.done[-1]:
            self.undo()
        elif kind == "redo" and self.undone and draft == self.undone[-1]:
            rest = self.undone[:-1]
            self.put(draft)
            self.undone = rest
        else:
            # A row of the table that still lacks something is nowhere but there: the table stays until it is complete.
            self.put(draft, remount=not self.waiting)
            self.apart = bool(self.waiting)
        self.taken = number

    def settle(self, revision: int, document: bp.Document) -> None:
        """Stand on a stored revision with nothing unsaved."""
        self.base, self.stored, self.draft, self.theirs, self.error = revision, document, document, None, None
        self.done, self.undone = [], []
        self.version += 1
        self.restart()


def seeds() -> dict[str, Path]:
    """Blueprints that come with the software: id → file."""
    return {path.stem: path for path in sorted(SEEDS.glob("*.json"))}


def documents(engine: Any) -> list[str]:
    """Ids of every blueprint there is, those that come with the software first."""
    return list(dict.fromkeys([*seeds(), *store.documents(engine, KIND)]))


def stored(engine: Any, doc_id: str) -> tuple[int, bp.Document]:
    """(revision, document) as it stands now; revision 0 is the drawing that comes with the software."""
    newest = store.latest(engine, KIND, doc_id)
    if newest:
        return newest.revision, bp.loads(newest.text)
    return 0, bp.loads(seeds()[doc_id].read_bytes())


def open_desk(engine: Any, doc_id: str) -> Desk:
    """The desk of a blueprint in this session. A newer stored revision is taken up where nothing is unsaved, and noted
    in ``theirs`` where something is.
    """
    desks: dict[str, Desk] = st.session_state.setdefault(_DESKS, {})
    if doc_id not in desks:
        revision, document = stored(engine, doc_id)
        desks[doc_id] = Desk(doc_id, revision, document, document, document)
    elif not isinstance(desks[doc_id], Desk):
        # Streamlit reloads changed modules under a running session: what it holds is then of yesterday's classes.
        _, revision, old, drafted = desks[doc_id].plain()
        desks[doc_id] = Desk(doc_id, revision, bp.loads(old), bp.loads(drafted), bp.loads(drafted))
    desk = desks[doc_id]
    newest = store.history(engine, KIND, doc_id, limit=1)
    if newest and newest[0].revision > desk.base:
        if desk.draft == desk.stored and not desk.waiting:
            desk.settle(*stored(engine, doc_id))
        else:
            desk.theirs = newest[0]
    return desk


def save(engine: Any, desk: Desk, who: str, why: str) -> int | None:
    """Store the draft as a revision. None on a conflict, which is then noted in ``desk.theirs``."""
    try:
        made = store.save(engine, KIND, desk.doc_id, bp.to_dict(desk.draft), base=desk.base, who=who, why=why)
    except Conflict:
        desk.theirs = store.latest(engine, KIND, desk.doc_id)
        return None
    desk.settle(made.revision, desk.draft)
    return made.revision


def merge(engine: Any, desk: Desk) -> None:
    """My edits on top of theirs; still to be looked at and saved."""
    revision, theirs = stored(engine, desk.doc_id)
    mine, _ = bp.rebase(desk.stored, desk.draft, theirs)
    desk.settle(revision, theirs)
    desk.put(mine)


def clashes(engine: Any, desk: Desk) -> tuple[bp.Document, list[bp.Clash]]:
    """(their document, what both sides changed)."""
    _, theirs = stored(engine, desk.doc_id)
    return theirs, bp.rebase(desk.stored, desk.draft, theirs)[1]


def restore(engine: Any, desk: Desk, revision: int, who: str, why: str) -> int | None:
    """Make an old revision the newest; None on a conflict."""
    try:
        made = store.restore(engine, KIND, desk.doc_id, revision, base=desk.base, who=who, why=why)
    except Conflict:
        desk.theirs = store.latest(engine, KIND, desk.doc_id)
        return None
    desk.settle(made.revision, bp.loads(made.text))
    return made.revision


def attempt(desk: Desk, make: Callable[[], bp.Document], *, remount: bool = False) -> None:
    """Take what ``make`` gives as the draft, or keep the old one and note why it was refused."""
    try:
        desk.put(make(), remount=remount)
    except SqmError as error:
        desk.error = error
