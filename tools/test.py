"""Run the tests: prepares .venv with requirements-dev.txt, finds or installs a browser, then pytest.

Two processes share the tests, file by file; then those in a browser, which mostly wait. ``--check``: ruff and types first.
``--bench``: the measurements instead. ``--pictures``: a contact sheet of every page instead. Other arguments go to pytest (or
the bench, or the pictures), which then runs in one process.
"""

from __future__ import annotations

import os
import subprocess
import sys

import browser
from setup import ROOT, ensure, root_command, say, stop

BROWSER_TESTS = "tests/browser"


def main(arguments: list[str]) -> int:
    """Returns the exit code of the last thing run."""
    chosen = arguments[0] if arguments and arguments[0] in ("--check", "--bench", "--pictures") else ""
    rest = arguments[1:] if chosen else arguments
    python = ensure(dev=True)
    environment = dict(os.environ)
    if chosen == "--check":
        for tool in (["ruff", "check", "."], ["mypy"]):
            say(" ".join(tool))
            code = subprocess.run([str(python), "-m", *tool], cwd=ROOT).returncode
            if code:
                return code
    if browser.wanted():
        if os.environ.get("SQM_BROWSER"):
            found = browser.find()
            if not found:
                stop(f"SQM_BROWSER names {os.environ['SQM_BROWSER']!r}, which is not there or does not start.")
        else:
            found = browser.find() or browser.install(python, root_command())
        if not found:
            stop(browser.MISSING)
        environment["SQM_BROWSER"] = str(found)
    else:
        say(
            "SQM_NO_BROWSER=1: what needs a browser is left out (tests/browser: upload and undo on screen, deep links, "
            "languages, no outside request, accessibility)."
        )
    if chosen == "--bench":
        runs = [["bench", *rest]]
    elif chosen == "--pictures":
        return subprocess.run([str(python), str(ROOT / "tools" / "pictures.py"), *rest], cwd=ROOT, env=environment).returncode
    elif rest:
        runs = [["pytest", *rest]]
    else:
        runs = [["pytest", "-n", "2", "--dist", "loadfile", f"--ignore={BROWSER_TESTS}"], ["pytest", "-n", "2", "--dist", "loadfile", BROWSER_TESTS]]
    codes = [subprocess.run([str(python), "-m", *run], cwd=ROOT, env=environment).returncode for run in runs]
    return max(codes, key=abs)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
