"""The set-up scripts: one clear line where something is missing or taken, and nothing done twice."""

from __future__ import annotations

import importlib.util
import os
import socket
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

import browser
import setup

ROOT = Path(__file__).resolve().parent.parent


def tool(name: str):
    """A script of ``tools/`` as a module (``test`` is also a package of Python's own)."""
    spec = importlib.util.spec_from_file_location(f"tool_{name}", ROOT / "tools" / f"{name}.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def run(**env: str) -> subprocess.CompletedProcess[str]:
    """``tools/run.py`` up to its first refusal."""
    return subprocess.run(
        [sys.executable, "tools/run.py"],
        cwd=ROOT,
        env={**os.environ, **env},
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_a_port_in_use_is_one_line():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        done = run(SQM_PORT=port)
    assert done.returncode == 1
    assert len(done.stderr.strip().splitlines()) == 1 and f"Port {port} is in use" in done.stderr
    assert done.stdout == ""


def test_a_wider_address_without_sign_in_is_one_line(tmp_path):
    done = run(SQM_ADDRESS="0.0.0.0", HOME=str(tmp_path), USERPROFILE=str(tmp_path))
    assert done.returncode == 1 and done.stdout == ""
    assert len(done.stderr.strip().splitlines()) == 1 and "[auth]" in done.stderr and "0.0.0.0" in done.stderr


@pytest.mark.parametrize("port", ["many", "0", "65536", "-1"])
def test_a_port_that_is_none_is_one_line(port):
    done = run(SQM_PORT=port)
    assert done.returncode == 1
    assert len(done.stderr.strip().splitlines()) == 1 and "SQM_PORT" in done.stderr


def program(path: Path, code: int) -> Path:
    """A program that says a version and ends with ``code``."""
    path.write_text(f"#!/bin/sh\necho 1.0\nexit {code}\n", encoding="utf-8")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


@pytest.fixture
def bare_machine(tmp_path, monkeypatch):
    """A machine without any browser; its PATH is the folder returned."""
    for name in ("SQM_BROWSER", "SQM_NO_BROWSER", "PLAYWRIGHT_BROWSERS_PATH", "LocalAppData"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setattr(browser, "LINUX_PATHS", ())
    return tmp_path


@pytest.mark.skipif(os.name == "nt", reason="uses a shell script as a browser")
def test_the_first_browser_that_works_is_taken(bare_machine):
    assert browser.find() is None
    program(bare_machine / "chromium-browser", 1)  # a stand-in that only says how to install the real one
    assert browser.find() is None
    working = program(bare_machine / "google-chrome", 0)
    assert browser.find() == working


@pytest.mark.skipif(os.name == "nt", reason="uses a shell script as a browser")
def test_a_named_browser_is_taken_or_nothing_is(bare_machine, monkeypatch):
    program(bare_machine / "chromium", 0)
    monkeypatch.setenv("SQM_BROWSER", str(bare_machine / "nowhere"))
    assert browser.find() is None
    named = program(bare_machine / "mine", 0)
    monkeypatch.setenv("SQM_BROWSER", str(named))
    assert browser.find() == named


def test_without_a_browser_the_tests_fail_in_one_line(bare_machine, monkeypatch, capsys):
    script = tool("test")
    monkeypatch.setattr(script, "ensure", lambda dev: Path(sys.executable))
    monkeypatch.setattr(script.browser, "install", lambda python, as_root: None)
    ran = []
    monkeypatch.setattr(script.subprocess, "run", lambda command, **_: ran.append(command))
    with pytest.raises(SystemExit) as stopped:
        script.main([])
    assert stopped.value.code == 1 and not ran
    told = capsys.readouterr().err.strip().splitlines()
    assert len(told) == 1 and "install Chromium" in told[0] and "SQM_NO_BROWSER=1" in told[0]


def test_doing_without_a_browser_says_what_is_left_out(bare_machine, monkeypatch, capsys):
    script = tool("test")
    monkeypatch.setenv("SQM_NO_BROWSER", "1")
    monkeypatch.setattr(script, "ensure", lambda dev: Path(sys.executable))
    ran = []
    monkeypatch.setattr(
        script.subprocess, "run", lambda command, **_: ran.append(command) or subprocess.CompletedProcess(command, 0)
    )
    assert script.main([]) == 0
    assert "left out" in capsys.readouterr().out
    assert [command[1:3] for command in ran] == [["-m", "pytest"]] * 2
    assert "--ignore=tests/browser" in ran[0] and ran[1][-1] == "tests/browser"


def test_a_failure_in_either_half_of_the_tests_is_a_failure(bare_machine, monkeypatch):
    script = tool("test")
    monkeypatch.setenv("SQM_NO_BROWSER", "1")
    monkeypatch.setattr(script, "ensure", lambda dev: Path(sys.executable))
    for codes in ([1, 0], [0, 1], [0, -9]):
        left = list(codes)
        done = lambda command, **_: subprocess.CompletedProcess(command, left.pop(0))  # noqa: B023, E731
        monkeypatch.setattr(script.subprocess, "run", done)
        assert script.main([]) != 0 and not left, codes


def test_packages_are_installed_once(tmp_path, monkeypatch):
    (tmp_path / "requirements.txt").write_text("a==1\n", encoding="utf-8")
    (tmp_path / ".venv").mkdir()
    installed = []

    def pretend(command, **_):
        installed.append(command)
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr(setup, "ROOT", tmp_path)
    monkeypatch.setattr(setup, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(setup, "PYTHON", Path(sys.executable))
    monkeypatch.setattr(setup, "_works", lambda python: True)
    monkeypatch.setattr(setup.subprocess, "run", pretend)
    setup.ensure()
    setup.ensure()
    assert len(installed) == 1
    (tmp_path / "requirements.txt").write_text("a==2\n", encoding="utf-8")
    setup.ensure()
    assert len(installed) == 2


def test_the_ci_script_runs_the_tests_and_nothing_else():
    lines = (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()
    assert lines == ["#!/bin/sh", 'cd "$(dirname "$0")/.." && exec make test']


def test_a_server_that_ends_early_is_not_waited_for(tmp_path):
    from server import serve

    with serve(tmp_path / "none.py", tmp_path / "log", {}, wait=False) as server:
        began = time.monotonic()
        with pytest.raises(RuntimeError, match="did not start"):
            server.wait(0.01)
        assert time.monotonic() - began < 30 and server.process.poll() is not None
