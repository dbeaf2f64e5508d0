"""The project's own .venv, kept at the pinned requirements. Standard library only; quick when nothing changed.

``python tools/setup.py`` prepares what ``run`` needs, ``python tools/setup.py --dev`` what the tests need as well.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def stop(message: str) -> None:
    """Ends with exit code 1 and one line on the error stream."""
    print(message, file=sys.stderr, flush=True)
    raise SystemExit(1)


def say(message: str) -> None:
    """One line of progress."""
    print(message, flush=True)


def ensure(dev: bool = False) -> Path:
    """Makes .venv if it is missing or broken, installs the pins if they changed, and returns its Python."""
    if sys.version_info < (3, 11):  # noqa: UP036 (this file runs on whatever Python was called)
        found = ".".join(map(str, sys.version_info[:3]))
        stop(
            f"SQM needs Python 3.11 or newer; {sys.executable} is {found}. Run this with a newer one, "
            "for example: make run PYTHON=python3.12"
        )
    files = [ROOT / "requirements.txt"] + ([ROOT / "requirements-dev.txt"] if dev else [])
    wanted = hashlib.sha256(b"\0".join(file.read_bytes() for file in files)).hexdigest()
    stamp = VENV / ("installed-dev" if dev else "installed")
    if stamp.is_file() and stamp.read_text() == wanted and PYTHON.exists():
        return PYTHON
    if not _works(PYTHON):
        _make()
    say(f"Installing the packages of {files[-1].name} into .venv (once; about a minute) ...")
    command = [
        str(PYTHON),
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--no-input",
        "--prefer-binary",
        "-r",
        str(files[-1]),
    ]
    if subprocess.run(command, cwd=ROOT).returncode:
        stop(
            "The packages could not be installed; pip says why above. Behind a firewall, name your package index first:"
            " set PIP_INDEX_URL (and HTTPS_PROXY where there is a proxy), then run this again."
        )
    stamp.write_text(wanted)
    if dev:  # requirements-dev.txt includes requirements.txt
        (VENV / "installed").write_text(hashlib.sha256((ROOT / "requirements.txt").read_bytes()).hexdigest())
    return PYTHON


def _works(python: Path) -> bool:
    """Whether that Python starts, is new enough and has pip: a half-made or moved .venv does not."""
    probe = "import sys, pip; sys.exit(sys.version_info < (3, 11))"
    try:
        return subprocess.run([str(python), "-c", probe], capture_output=True, timeout=60).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def _make() -> None:
    say(f"Making .venv with Python {sys.version.split()[0]} ...")
    if not _has_ensurepip():
        package = f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"
        as_root = root_command()
        if shutil.which("apt-get") and as_root is not None:
            say(f"Installing {package}, which this Python needs to make a virtual environment ...")
            subprocess.run([*as_root, "apt-get", "update", "-qq"], stdin=subprocess.DEVNULL)
            subprocess.run([*as_root, "apt-get", "install", "-y", "-qq", package], stdin=subprocess.DEVNULL)
        if not _has_ensurepip():
            stop(
                f"This Python cannot make a virtual environment: install {package} (Debian, Ubuntu: "
                f"sudo apt-get install {package}), then run this again."
            )
    if subprocess.run([sys.executable, "-m", "venv", "--clear", str(VENV)]).returncode:
        stop(f"The virtual environment could not be made in {VENV}; the reason is above.")


def _has_ensurepip() -> bool:
    return subprocess.run([sys.executable, "-c", "import ensurepip, venv"], capture_output=True).returncode == 0


def root_command() -> list[str] | None:
    """What to put before a command that needs root: nothing as root, sudo where it asks no password, else None."""
    if os.name == "nt":
        return None
    if os.geteuid() == 0:
        return []
    sudo = shutil.which("sudo")
    if sudo and subprocess.run([sudo, "-n", "true"], capture_output=True).returncode == 0:
        return [sudo, "-n"]
    return None


if __name__ == "__main__":
    print(ensure(dev="--dev" in sys.argv[1:]))
