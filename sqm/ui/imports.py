"""Importing a heavy module beside a server that has to answer: an import holds on to the interpreter for long stretches."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from types import ModuleType

#: Long enough for what has been drawn to leave for the browser.
SENDING_SECONDS = 0.05
USUAL = sys.getswitchinterval()
_lock = threading.Lock()
_inside = 0


@contextmanager
def giving_way() -> Iterator[None]:
    """Within this block other threads get the interpreter twenty times as often."""
    global _inside
    with _lock:
        _inside += 1
        sys.setswitchinterval(USUAL / 20)
    try:
        yield
    finally:
        with _lock:
            _inside -= 1
            if not _inside:
                sys.setswitchinterval(USUAL)


def afterwards(name: str) -> ModuleType:
    """The module ``name``; where it is not loaded yet, what the page has drawn so far goes out first."""
    if name not in sys.modules:
        time.sleep(SENDING_SECONDS)
    with giving_way():
        return import_module(name)  # also waits where another thread is in the middle of it
