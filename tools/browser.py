"""Find the machine's Chromium, Chrome or Edge for the browser tests, or install one the way this machine allows.

Standard library only. ``SQM_BROWSER`` names one; ``SQM_NO_BROWSER=1`` does without.
"""

from __future__ import annotations

import glob
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

NAMES = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
    "microsoft-edge",
    "microsoft-edge-stable",
    "msedge",
)
MAC_APPS = ("Google Chrome", "Chromium", "Microsoft Edge")
WINDOWS_PATHS = (
    r"Google\Chrome\Application\chrome.exe",
    r"Microsoft\Edge\Application\msedge.exe",
    r"Chromium\Application\chrome.exe",
)
LINUX_PATHS = (
    "/opt/google/chrome/chrome",
    "/opt/microsoft/msedge/msedge",
    "/snap/bin/chromium",
    "/usr/lib/chromium/chromium",
    "/usr/lib64/chromium-browser/chromium-browser",
)
PLAYWRIGHT_PATHS = (
    "chromium-*/chrome-linux*/chrome",
    "chromium-*/chrome-mac*/*.app/Contents/MacOS/*",
    "chromium-*/chrome-win*/chrome.exe",
)
#: Package manager: commands tried in order. A CJK font goes with it, so that pictures show Chinese.
INSTALLERS: dict[str, tuple[tuple[str, ...], ...]] = {
    "apt-get": (
        ("update", "-qq"),
        ("install", "-y", "-qq", "--no-install-recommends", "fonts-noto-cjk"),
        ("install", "-y", "-qq", "--no-install-recommends", "chromium"),
    ),
    "dnf": (("install", "-y", "-q", "google-noto-sans-cjk-fonts"), ("install", "-y", "-q", "chromium")),
    "zypper": (("--non-interactive", "install", "chromium", "noto-sans-cjk-fonts"),),
    "pacman": (("-S", "--noconfirm", "--needed", "chromium", "noto-fonts-cjk"),),
}
MISSING = (
    "No browser for the browser tests: install Chromium, Chrome or Edge (Debian: apt-get install chromium) or set "
    "SQM_BROWSER to its path; SQM_NO_BROWSER=1 runs the other tests."
)


def wanted() -> bool:
    """False when ``SQM_NO_BROWSER=1`` says to do without."""
    return os.environ.get("SQM_NO_BROWSER", "") in ("", "0")


def find() -> Path | None:
    """The first browser that works, or None. A path in ``SQM_BROWSER`` is taken or nothing is."""
    named = os.environ.get("SQM_BROWSER")
    if named:
        path = shutil.which(named) or named
        return Path(path) if _works(path) else None
    return next((Path(path) for path in _candidates() if _works(path)), None)


def arguments() -> list[str]:
    """Switches for a headless run: nothing fetched in the background, WebGL in software."""
    switches = [
        "--disable-background-networking",
        "--no-first-run",
        "--disable-component-update",
        "--disable-sync",
        "--use-gl=angle",
        "--use-angle=swiftshader",
        "--enable-unsafe-swiftshader",
        "--disable-dev-shm-usage",
    ]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        switches.append("--no-sandbox")  # Chromium refuses to start as root otherwise
    return switches


def _candidates() -> Iterator[str]:
    for name in NAMES:
        path = shutil.which(name)
        if path:
            yield path
    if sys.platform == "darwin":
        for folder in ("/Applications", os.path.expanduser("~/Applications")):
            for app in MAC_APPS:
                yield f"{folder}/{app}.app/Contents/MacOS/{app}"
    elif os.name == "nt":
        for variable in ("ProgramFiles", "ProgramFiles(x86)", "LocalAppData"):
            for tail in WINDOWS_PATHS:
                if os.environ.get(variable):
                    yield os.path.join(os.environ[variable], tail)
    else:
        yield from LINUX_PATHS
    homes = (
        os.environ.get("PLAYWRIGHT_BROWSERS_PATH"),
        os.path.expanduser("~/.cache/ms-playwright"),
        os.path.expanduser("~/Library/Caches/ms-playwright"),
        os.path.join(os.environ.get("LocalAppData", ""), "ms-playwright"),
    )
    for home in homes:
        for pattern in PLAYWRIGHT_PATHS if home else ():
            yield from sorted(glob.glob(os.path.join(str(home), pattern)), reverse=True)


def _works(path: str) -> bool:
    """Whether it is there and starts. Some systems ship a stand-in that only says how to install the real one."""
    if not os.path.isfile(path):
        return False
    if os.name == "nt":  # there, --version opens a window
        return True
    try:
        return subprocess.run([path, "--version"], capture_output=True, timeout=30).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def install(python: Path, as_root: list[str] | None) -> Path | None:
    """Tries the system's package manager, Homebrew, then Playwright's own build; the browser, or None.

    ``python``: one that has playwright. ``as_root``: what to put before a command that needs root, None where that is
    not to be had.
    """
    print("No Chromium, Chrome or Edge found: installing one ...", flush=True)
    for manager, commands in INSTALLERS.items():
        program = shutil.which(manager)
        if program and as_root is not None:
            for command in commands:
                _run([*as_root, program, *command])
            if found := find():
                return found
    brew = shutil.which("brew")
    if brew:
        _run([brew, "install", "--quiet", "--cask", "google-chrome"])
        if found := find():
            return found
    _run([str(python), "-m", "playwright", "install", "chromium"])
    return find()


def _run(command: list[str]) -> None:
    """Runs quietly, at most ten minutes; whether it worked is seen by looking for the browser."""
    try:
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "NEEDRESTART_MODE": "a"}
        subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=600, env=environment)
    except (OSError, subprocess.TimeoutExpired):
        pass


if __name__ == "__main__":
    print(find() or MISSING)
