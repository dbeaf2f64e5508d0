"""Start the app: prepares .venv, loads the sample data if the warehouse is empty, serves on http://localhost:8501.

``SQM_PORT`` chooses another port. Listens on 127.0.0.1 only, unless ``SQM_ADDRESS`` says otherwise and people have to sign in
(``[auth]`` in .streamlit/secrets.toml). Ctrl-C stops it.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

from server import healthy
from setup import ROOT, ensure, say, stop

ADDRESS = os.environ.get("SQM_ADDRESS", "").strip() or "127.0.0.1"
HERE = ("127.0.0.1", "localhost", "::1")


def port() -> int:
    """The port asked for, if it is one and nobody listens there; otherwise ends with one line."""
    text = os.environ.get("SQM_PORT", "").strip() or "8501"
    if not text.isdigit() or not 1 <= int(text) <= 65535:
        stop(f"SQM_PORT must be a number from 1 to 65535, not {text!r}.")
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        if os.name != "nt":  # on Windows this option would let two servers share the port
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((ADDRESS, int(text)))
        except OSError:
            stop(
                f"Port {text} is in use (another SQM, perhaps): stop what uses it, or choose another port, for example "
                f"SQM_PORT={int(text) % 65535 + 1} make run"
            )
    return int(text)


def signs_in() -> bool:
    """Whether some secrets file has a section [auth]: the server itself looks closer."""
    files = (folder / ".streamlit" / "secrets.toml" for folder in (ROOT, Path.home()))
    return any(line.strip().startswith(("[auth]", "[auth.")) for file in files if file.is_file() for line in file.read_text(encoding="utf-8", errors="replace").splitlines())


def main() -> int:
    """Prepares, serves, waits; returns the server's exit code."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))  # so that the server below is stopped then, too
    if ADDRESS not in HERE and not signs_in():
        stop(f"SQM_ADDRESS={ADDRESS} would let anybody in who can reach this machine: configure sign-in first ([auth] in .streamlit/secrets.toml; "
             "README.md, “Signing in, and roles”), or leave SQM_ADDRESS out.")  # fmt: skip
    number = port()
    python = str(ensure())
    folder = Path(os.environ.get("SQM_DATA_DIR") or ROOT / "data" / "local")
    if not os.environ.get("SQM_DATABASE_URL") and not (folder / "warehouse.duckdb").exists():
        say("Loading the sample data (once; about a minute) ...")
    if subprocess.run([python, "-m", "sqm", "demo", "--if-empty"], cwd=ROOT).returncode:
        stop("The sample data could not be loaded; the reason is above. The app was not started.")
    server = subprocess.Popen(
        [
            python,
            "-m",
            "sqm.ui.serve",
            "--server.port",
            str(number),
            "--server.address",
            ADDRESS,
            "--server.headless",
            "true",
            "--logger.level",
            "warning",
            "--browser.gatherUsageStats",
            "false",
        ],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
    )
    try:
        url = f"http://{'127.0.0.1' if ADDRESS in ('0.0.0.0', *HERE) else ADDRESS}:{number}"
        while server.poll() is None and not healthy(url):
            time.sleep(0.1)
        if server.poll() is None:
            say(f"\n  SQM is ready: http://localhost:{number}   (Ctrl-C stops it)\n")
        return server.wait()
    except KeyboardInterrupt:
        return 0
    finally:
        if server.poll() is None:
            server.terminate()
            try:
                server.wait(10)
            except subprocess.TimeoutExpired:
                server.kill()


if __name__ == "__main__":
    sys.exit(main())
