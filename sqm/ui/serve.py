"""``python -m sqm.ui.serve``: the server, with the app's modules loading while the first browser connects.

``streamlit run app.py`` serves the same, but begins to load when the first reader is already waiting. Options are those of
``streamlit run``.
"""

from __future__ import annotations

import contextlib
import gc
import os
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path

from starlette.middleware import Middleware
from streamlit import App, runtime

from sqm.access import HERE
from sqm.errors import SqmError, WrongCall
from sqm.i18n import LANGUAGES, preferred, say
from sqm.ui.assets import Assets
from sqm.ui.imports import giving_way

APP = Path(__file__).resolve().parents[2] / "app.py"
#: In the order in which the first page needs them. The emojis are a regular expression that takes a quarter of a second,
#: compiled for the first segmented control.
BEFORE = ("sqm.ui.headlines", "sqm.ui.frame", "streamlit.elements.lib.image_utils", "streamlit.emojis")
#: Half a second of work that would stand in the way of a reader who is there already: their page brings it, after its cards.
AFTER, IDLE_SECONDS = "sqm.charts.satisfaction", 3.0


def _load() -> None:
    if sys.platform == "linux":  # where a thread has a rank of its own: the browser and the server go first
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), 5)
    began = time.monotonic()
    while not runtime.exists() and time.monotonic() - began < IDLE_SECONDS:
        time.sleep(0.01)  # two imports at a time only get in each other's way
    with giving_way():
        try:
            for name in BEFORE:
                import_module(name)
            with contextlib.suppress(Exception):  # what is wrong with the warehouse is said on the page
                import_module("sqm.ui.frame").warm([preferred()])
        finally:
            # Streamlit collects garbage before every run: what is imported need not be walked through each time.
            gc.freeze()
            gc.enable()
        if import_module("sqm.ui.frame").asked.wait(IDLE_SECONDS):
            time.sleep(IDLE_SECONDS)  # the first page brings the rest itself
        import_module(AFTER)
        with contextlib.suppress(Exception):
            import_module("sqm.ui.frame").warm(list(LANGUAGES))
        with contextlib.suppress(Exception):
            import_module("sqm.ui.uploads").sweep()


def options(words: Sequence[str]) -> dict[str, str | int | bool]:
    """``--server.port 8501 --server.headless true`` as Streamlit's settings. Raises SystemExit for anything else."""
    if len(words) % 2 or not all(name.startswith("--") for name in words[::2]):
        raise SystemExit("python -m sqm.ui.serve takes pairs, for example: --server.port 8501 --server.headless true")
    known: dict[str, str | int | bool] = {"true": True, "false": False}
    return {
        name.removeprefix("--"): int(value) if value.isdigit() else known.get(value, value)
        for name, value in zip(words[::2], words[1::2], strict=True)
    }


def near(settings: Mapping[str, object]) -> None:
    """Ends with one line where the server would listen beyond this machine and nobody has to sign in."""
    if settings.get("server.address") in HERE:
        return  # as it is nearly always: nothing need be imported for it
    from streamlit import get_option

    from sqm.ui.person import sign_in

    try:
        if settings.get("server.address", get_option("server.address")) not in HERE and not sign_in():
            raise WrongCall("serves_wider")
    except SqmError as error:
        raise SystemExit(say(error, preferred())) from None


def main() -> None:
    """Serves until it is stopped."""
    settings = options(sys.argv[1:])
    near(settings)
    gc.disable()  # until everything is imported: nothing of it can be garbage
    threading.Thread(target=_load, daemon=True).start()
    sys.argv = [str(APP)]  # settings beside it are found from any folder
    if "server.baseUrlPath" in settings:
        App(APP).run(config=settings)  # its files stand elsewhere then
    else:
        App(APP, middleware=[Middleware(Assets)]).run(config=settings)


if __name__ == "__main__":
    main()
