"""How this process shares a DuckDB file with others: kept open for one drawing of a page, let go when somebody waits.

DuckDB lets go of a file only when the last connection of a process is closed. Drawings that overlap without a gap would
therefore keep others out for good; see ``docs/decisions/0008``.
"""

from __future__ import annotations

import threading
import time
import weakref
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

#: A file that was open for so long without a gap is not held by further blocks.
HOLD_SECONDS = 1.0
#: A file that was not left alone for so long is let go for whoever waits …
BUSY_SECONDS = 0.5
#: … and left alone for so long: longer than another process pauses between two attempts.
GAP_SECONDS = 0.3
#: The longest to stand back for the other threads of this process: one of them may be waiting for this one.
DRAIN_SECONDS = 2.0
#: A sign of waiting that is older was left by a process that is gone.
SIGN_SECONDS = 1.0

_block = threading.local()
_files: dict[str, SharedFile] = {}


class SharedFile:
    """The connections of this process to one DuckDB file, and the sign that other processes wait for it."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.sign = Path(f"{path}.waiting")
        self.lock = threading.Lock()
        #: DuckDB cannot open a file while another thread closes the last connection to it.
        self.door = threading.Lock()
        self.threads: weakref.WeakKeyDictionary[Any, int] = weakref.WeakKeyDictionary()
        self.since = 0.0  # the beginning of the present stretch
        self.emptied = float("-inf")  # when the last connection was closed
        self.rested = 0.0  # when the file had last been left alone for GAP_SECONDS

    def _opened(self, connection: Any) -> None:
        """Count a connection; the first one after the file was free begins a new stretch."""
        with self.lock:
            if not self._open():
                self.since = time.monotonic()
                if self.since - self.emptied >= GAP_SECONDS:
                    self.rested = self.since
            self.threads[connection] = threading.get_ident()

    def _open(self) -> list[int]:
        """The threads that opened what is open now, one entry per connection."""
        return [thread for connection, thread in list(self.threads.items()) if not connection.closed]

    def long_open(self) -> bool:
        """Whether the file has been open for ``HOLD_SECONDS`` without a gap."""
        with self.lock:
            return bool(self._open()) and time.monotonic() - self.since >= HOLD_SECONDS

    def open(self, connect: Callable[[], Any]) -> Any:
        """A new connection, counted; in a block of ``kept_open`` a second one until its end, if it may hold."""
        closing = getattr(_block, "closing", None)
        with self.door:
            made = connect()
            self._opened(made)
            if closing is not None and self.path not in _block.seen:
                _block.seen.add(self.path)
                if not self.long_open():
                    try:
                        held = connect()
                    except BaseException:
                        made.close()
                        raise
                    self._opened(held)
                    closing.callback(self.close, held.close)
        return made

    def close(self, close: Callable[[], Any]) -> None:
        """Close a connection by calling ``close``, while none is opened."""
        with self.door:
            close()
            with self.lock:
                if not self._open():
                    self.emptied = time.monotonic()

    def stand_back(self) -> None:
        """Before opening: when another process waits and the file had no rest for long, let it become free and rest.

        Not in a thread that has a connection to it: it must come to its end.
        """
        until = time.monotonic() + DRAIN_SECONDS
        while (now := time.monotonic()) < until and now - self.rested >= BUSY_SECONDS and self.wanted():
            with self.lock:
                threads = self._open()
                rest = GAP_SECONDS - (now - self.emptied)
            if threading.get_ident() in threads or (not threads and rest <= 0):
                return
            time.sleep(0.01 if threads else min(rest, 0.05))

    def wanted(self) -> bool:
        """Whether another process waits for the file: its sign is fresh."""
        try:
            return abs(time.time() - self.sign.stat().st_mtime) < SIGN_SECONDS
        except OSError:
            return False

    def want(self) -> None:
        """Say that this process waits. Without the right to write there, others let go only when it so happens."""
        with suppress(OSError):
            self.sign.touch()

    def got(self) -> None:
        """Take the sign away; others who wait put it back."""
        with suppress(OSError):
            self.sign.unlink(missing_ok=True)


def shared(path: str) -> SharedFile:
    """What this process knows of the DuckDB file at ``path``."""
    return _files.setdefault(path, SharedFile(path))


@contextmanager
def kept_open() -> Iterator[None]:
    """Within this block, and in this thread, a DuckDB file that was opened stays open for the next statement.

    Opening costs as much as a small question, and a page asks twenty. Other processes wait meanwhile: not for blocks
    that read files, or wait for a person. A file that was open for ``HOLD_SECONDS`` without a gap is not held by a block
    that begins then. A block inside another is part of it.
    """
    if getattr(_block, "closing", None) is not None:
        yield
        return
    with ExitStack() as closing:
        _block.closing, _block.seen = closing, set()
        try:
            yield
        finally:
            _block.closing = None
