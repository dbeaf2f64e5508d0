"""Long work at a terminal: its stage in one line on stderr that is written over, and Ctrl-C that leaves nothing behind."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from sqm import stages
from sqm.i18n import t

_CLEAR = "\r\x1b[2K"


@contextmanager
def watched(lang: str) -> Iterator[None]:
    """What the block does is one piece of work. Raises KeyboardInterrupt when it was stopped; what is being kept is kept first."""
    shown = sys.stderr.isatty()
    work = stages.Work(lambda now: print(f"{_CLEAR}{now.say(lang)} …", end="", file=sys.stderr, flush=True) if shown else None)
    pressed: list[int] = []

    def interrupted(number: int, frame: FrameType | None) -> None:
        pressed.append(number)
        if work.stop() or len(pressed) > 1:  # pressed again, it shall end in any case
            raise KeyboardInterrupt

    before = signal.getsignal(signal.SIGINT)
    # Who started this where nobody can press anything has said that it is to be ignored.
    alone = threading.current_thread() is threading.main_thread() and before not in (signal.SIG_IGN, None)
    if alone:
        signal.signal(signal.SIGINT, interrupted)
    try:
        with stages.working(work):
            yield
    except (KeyboardInterrupt, stages.Stopped):
        if work.stage:
            print(f"{_CLEAR if shown else ''}{t('cli.stage.stopped' if work.rows is None else 'cli.stage.stopped_parts', lang)}", file=sys.stderr)
        raise KeyboardInterrupt from None
    finally:
        if alone:
            signal.signal(signal.SIGINT, before)
        if shown and work.stage:
            print(_CLEAR, end="", file=sys.stderr, flush=True)
