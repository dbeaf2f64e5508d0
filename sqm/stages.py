"""Where long work stands, and the wish to stop it: said deep inside a load, heard by the page or the terminal that waits for it.

Work belongs to the thread that does it (``working``); code that nobody watches goes on as if this were not here. Stopping is
possible until the work declares what it did as kept (``keep``): from there on it ends by itself, and ``stop`` says so.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass, field

from sqm.errors import SqmError
from sqm.i18n import number, t

#: How much of a load is done when a stage begins, as far as one can say; texts under ``cli.stage.``. "waiting" is for another writer.
SHARES = {"reading": 0.05, "matching": 0.5, "checking": 0.55, "waiting": 0.7, "comparing": 0.7, "publishing": 0.7, "measuring": 0.9}


class Stopped(SqmError):
    """Somebody asked for the work to end before anything of it was kept."""

    def __init__(self) -> None:
        super().__init__("stopped")


@dataclass
class Work:
    """One piece of work. ``stage``, ``done`` of ``of``: where it stands (0 of 0: not counted). ``rows``: how many of how many rows are
    taken over, where the whole comes in parts. ``said`` is called at every change."""

    said: Callable[[Work], object] | None = None
    stage: str = ""
    done: int = 0
    of: int = 0
    rows: tuple[int, int] | None = None
    _lock: threading.RLock = field(default_factory=threading.RLock, repr=False)
    _stopped: bool = field(default=False, repr=False)
    _kept: bool = field(default=False, repr=False)
    _wished: bool = field(default=False, repr=False)
    _ends: list[Callable[[], object]] = field(default_factory=list, repr=False)

    @property
    def stopped(self) -> bool:
        return self._stopped

    @property
    def share(self) -> float:
        """How much of it is done, from 0 to 1: a guess from the stage."""
        if self.rows is not None:
            return min(1.0, self.rows[0] / max(1, self.rows[1]))
        begun = SHARES.get(self.stage, 0.0)
        return begun + (SHARES["matching"] - begun) * self.done / self.of if self.stage == "reading" and self.of else begun

    def say(self, lang: str) -> str:
        """The stage in words, with what is counted in it."""
        if self.rows is not None:
            taken, there = map(number, self.rows)
            return t("cli.stage.taken", lang, n=taken, of=there)
        if self.stage == "reading":
            counted = "sheets" if self.of > 1 else "rows" if self.done and not self.of else ""
            return t(f"cli.stage.reading_{counted}" if counted else "cli.stage.reading", lang, done=number(self.done), of=number(self.of))
        return t(f"cli.stage.{self.stage or 'reading'}", lang, n=number(self.of))

    def stop(self) -> bool:
        """End what is under way, from another thread; False when it is too late, and the work will be done."""
        with self._lock:
            self._wished = True
            if self._kept:
                return False
            self._stopped = True
            for end in self._ends:
                with suppress(Exception):  # it has come to its end by itself
                    end()
            return True

    def check(self) -> None:
        """Raises Stopped when somebody asked for it."""
        if self._stopped:
            raise Stopped

    def keep(self) -> None:
        """From here on it cannot be stopped. Raises Stopped when somebody was faster."""
        with self._lock:
            self.check()
            self._kept = True

    def go_on(self) -> None:
        """More of the work is to come, which can be stopped again; a wish that came too late for what is kept holds for it."""
        with self._lock:
            self._kept, self._stopped = False, self._wished


_current: ContextVar[Work | None] = ContextVar("work", default=None)


@contextmanager
def working(work: Work) -> Iterator[Work]:
    """What this thread does in the block is ``work``."""
    token = _current.set(work)
    try:
        yield work
    finally:
        _current.reset(token)


def at(stage: str, done: int = 0, of: int = 0) -> None:
    """The work has come to ``stage``. Raises Stopped when somebody asked for it."""
    if (work := _current.get()) is None:
        return
    work.check()
    if (stage, done, of) != (work.stage, work.done, work.of):
        work.stage, work.done, work.of = stage, done, of
        if work.said is not None:
            work.said(work)


def go_on() -> None:
    """This thread's work goes on after ``keep`` with more, which can be stopped again. Raises Stopped when somebody asked for it meanwhile."""
    if (work := _current.get()) is not None:
        work.go_on()
        work.check()


@contextmanager
def apart() -> Iterator[None]:
    """What this thread does in the block is done whether or not its work was stopped."""
    token = _current.set(None)
    try:
        yield
    finally:
        _current.reset(token)


def taken(rows: int, of: int) -> None:
    """So many rows are taken over and kept, and more of the work may come: as ``go_on``."""
    if (work := _current.get()) is not None:
        work.rows = rows, of
        work.go_on()
        if work.said is not None:
            work.said(work)


def watched() -> bool:
    """Whether what this thread does is somebody's work."""
    return _current.get() is not None


def check() -> None:
    """Raises Stopped when somebody asked for this thread's work to end."""
    if (work := _current.get()) is not None:
        work.check()


def keep() -> None:
    """What this thread's work did is kept from here on. Raises Stopped when somebody was faster."""
    if (work := _current.get()) is not None:
        work.keep()


@contextmanager
def stoppable(end: Callable[[], object]) -> Iterator[None]:
    """``end`` breaks off, from another thread, what the block does; whatever error that leads to becomes Stopped."""
    if (work := _current.get()) is None:
        yield
        return
    with work._lock:
        work.check()
        work._ends.append(end)
    try:
        yield
    except Exception as error:
        if work.stopped and not isinstance(error, Stopped):
            raise Stopped from error
        raise
    finally:
        with work._lock:
            work._ends.remove(end)
