"""Start an app on a free port of its own and stop exactly that process again: for the tests and the measurements."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


@dataclass
class Server:
    """A running app. ``env`` is its environment, so that a command line beside it sees the same warehouse."""

    url: str
    process: subprocess.Popen
    log: Path
    env: dict[str, str] = field(repr=False, default_factory=dict)
    started: float = 0.0

    def output(self) -> str:
        """Everything it has written so far."""
        return self.log.read_text(encoding="utf-8", errors="replace")

    def wait(self, pause: float = 0.05) -> None:
        """Return once it answers, asking every ``pause`` seconds.

        Raises RuntimeError with its output when it ends early or does not answer within 60 seconds.
        """
        while not healthy(self.url):
            if self.process.poll() is not None or time.perf_counter() - self.started > 60:
                raise RuntimeError(f"the server did not start:\n{self.output()}")
            time.sleep(pause)


def free_port() -> int:
    """A port nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def healthy(url: str) -> bool:
    """Whether the server answers. Never through a proxy."""
    try:
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(
            f"{url}/_stcore/health", timeout=2
        ) as reply:
            return reply.status == 200
    except (urllib.error.URLError, OSError):
        return False


@contextmanager
def serve(app: Path, log: Path, env: dict[str, str], wait: bool = True) -> Iterator[Server]:
    """Runs ``app`` (our own as ``make run`` does) with ``env`` on top of this environment; stops it by its own process when done.

    Without ``wait`` at once, else when it answers; raises as ``Server.wait`` does.
    """
    port = free_port()
    environment = {**os.environ, "PYTHONUNBUFFERED": "1", **env}
    with log.open("wb") as out:
        began = time.perf_counter()
        process = subprocess.Popen(
            [
                sys.executable,
                *(["-m", "sqm.ui.serve"] if app == ROOT / "app.py" else ["-m", "streamlit", "run", str(app)]),
                "--server.port",
                str(port),
                "--server.address",
                "127.0.0.1",
                "--server.headless",
                "true",
                "--browser.gatherUsageStats",
                "false",
                "--server.fileWatcherType",
                "none",
            ],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
        )
        server = Server(f"http://127.0.0.1:{port}", process, log, environment, began)
        try:
            if wait:
                server.wait()
            yield server
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(10)
