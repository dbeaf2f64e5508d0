"""``python -m sqm.ui.serve``: the server, with the app's modules loading while it starts and the browser connects.

``streamlit run app.py`` serves the same, but begins to load when the first reader is already waiting. Options are those of
``streamlit run``.
"""

from __future__ import annotations

import contextlib
import sys
import threading
from importlib import import_module
from pathlib import Path

from sqm.ui.imports import giving_way

APP = Path(__file__).resolve().parents[2] / "app.py"
#: In the order in which the first page needs them. The emojis are a regular expression that takes a quarter of a second,
#: compiled for the first segmented control.
BEFORE = ("sqm.ui.headlines", "sqm.ui.frame", "streamlit.elements.lib.image_utils", "streamlit.emojis")
#: Half a second of work that would stand in the way of a reader who is there already: their page brings it, after its cards.
AFTER, IDLE_SECONDS = "sqm.charts.satisfaction", 3.0


def _load() -> None:
    with giving_way():
        for name in BEFORE:
            import_module(name)
        with contextlib.suppress(Exception):  # what is wrong with the warehouse is said on the page
            import_module("sqm.ui.frame").warm()
        with contextlib.suppress(Exception):
            import_module("sqm.ui.uploads").sweep()
        if not import_module("sqm.ui.frame").asked.wait(IDLE_SECONDS):
            import_module(AFTER)


def main() -> None:
    """Serves until it is stopped."""
    from streamlit.web import cli

    threading.Thread(target=_load, daemon=True).start()
    sys.argv = ["streamlit", "run", str(APP), *sys.argv[1:]]
    cli.main(prog_name="streamlit")


if __name__ == "__main__":
    main()
