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

APP = Path(__file__).resolve().parents[2] / "app.py"
#: In the order in which the first page needs them. The emojis are a regular expression that takes a quarter of a second,
#: compiled for the first segmented control.
BEFORE = ("sqm.ui.headlines", "sqm.ui.frame", "streamlit.elements.lib.image_utils", "streamlit.emojis")
AFTER = ("sqm.charts.satisfaction",)


def _load() -> None:
    usual = sys.getswitchinterval()
    sys.setswitchinterval(usual / 20)  # importing holds on to the interpreter; the server must not wait for it
    try:
        for name in BEFORE:
            import_module(name)
        with contextlib.suppress(Exception):  # what is wrong with the warehouse is said on the page
            import_module("sqm.warehouse").engine()
        with contextlib.suppress(Exception):
            import_module("sqm.ui.uploads").sweep()
        for name in AFTER:
            import_module(name)
    finally:
        sys.setswitchinterval(usual)


def main() -> None:
    """Serves until it is stopped."""
    from streamlit.web import cli

    threading.Thread(target=_load, daemon=True).start()
    sys.argv = ["streamlit", "run", str(APP), *sys.argv[1:]]
    cli.main(prog_name="streamlit")


if __name__ == "__main__":
    main()
