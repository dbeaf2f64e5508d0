"""What every test stands on: a data folder of its own, the sample data loaded once, browser tests last."""

from __future__ import annotations

import functools
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import settings

pytest_plugins = ["warehouses"]

ROOT = Path(__file__).resolve().parent.parent
BROWSER_TESTS = ROOT / "tests" / "browser"
# What the tests load are dates of 2026: no clock of another machine may refuse them as lying ahead.
os.environ["SQM_TODAY"] = "2026-12-31"
# How long one example takes says more of the machine than of the code.
settings.register_profile("any machine", deadline=None)
settings.load_profile("any machine")
NO_BROWSER = os.environ.get("SQM_NO_BROWSER", "") not in ("", "0")


@pytest.fixture(autouse=True, scope="session")
def checked_drawings():
    """Every chart that a test draws is valid Vega-Lite."""
    from sqm.charts import base

    base.CHECKED = True


@pytest.fixture(autouse=True, scope="session")
def packages_looked_through_once():
    """Every simulated page looks through all installed packages for components: a fifth of a second, a thousand times."""
    from streamlit.components.v2 import manifest_scanner

    manifest_scanner.scan_component_manifests = functools.cache(manifest_scanner.scan_component_manifests)


@pytest.fixture(autouse=True)
def own_data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """No test sees the warehouse of the person who runs it, nor another test's."""
    from sqm import warehouse

    monkeypatch.setenv("SQM_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.delenv("SQM_DATABASE_URL", raising=False)
    yield tmp_path / "data"
    warehouse.forget()


def command(folder: Path, *arguments: str, timeout: float = 300) -> subprocess.CompletedProcess[str]:
    """``python -m sqm …`` in a process of its own on the warehouse in ``folder``."""
    env = {**os.environ, "SQM_DATA_DIR": str(folder), "SQM_LANG": "en", "PYTHONIOENCODING": "utf-8"}
    env.pop("SQM_DATABASE_URL", None)
    return subprocess.run(
        [sys.executable, "-m", "sqm", *arguments],
        cwd=ROOT,
        env=env,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=timeout,
    )


@pytest.fixture(scope="session")
def sqm_command():
    """The command line: ``sqm_command(folder, "query", "nps", "--json")`` gives a CompletedProcess."""
    return command


@pytest.fixture(scope="session")
def sample_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with the sample data, loaded once through the ordinary loader. Copy it before writing to it.

    Of several processes one loads it and each takes a copy: they would wait for each other at one file.
    """
    folder = tmp_path_factory.mktemp("sample")
    if "PYTEST_XDIST_WORKER" not in os.environ:
        done = command(folder, "demo", timeout=600)
        assert done.returncode == 0, done.stdout + done.stderr
        return folder
    shared = tmp_path_factory.getbasetemp().parent / "sample"
    loaded, failed = shared.with_name("sample.loaded"), shared.with_name("sample.failed")
    try:
        shared.mkdir()
    except FileExistsError:
        until = time.monotonic() + 600
        while not loaded.exists() and not failed.exists() and time.monotonic() < until:
            time.sleep(0.1)
    else:
        said, code = "it did not end", 1
        try:
            done = command(shared, "demo", timeout=600)
            said, code = done.stdout + done.stderr, done.returncode
        finally:
            (failed if code else loaded).write_text(said, encoding="utf-8")
    assert loaded.exists(), failed.read_text(encoding="utf-8") if failed.exists() else "loading the sample data takes too long"
    shutil.copytree(shared, folder, dirs_exist_ok=True)
    return folder


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Browser tests carry the mark, run last, and are left out by ``SQM_NO_BROWSER=1``."""
    last = [item for item in items if BROWSER_TESTS in item.path.parents]
    for item in last:
        item.add_marker(pytest.mark.browser)
        if NO_BROWSER:
            item.add_marker(pytest.mark.skip(reason="SQM_NO_BROWSER=1"))
    items[:] = [item for item in items if item not in set(last)] + last


def pytest_terminal_summary(terminalreporter) -> None:
    """Says what was not tested."""
    if NO_BROWSER:
        terminalreporter.write_line(
            "NOT TESTED (SQM_NO_BROWSER=1): upload and undo on screen, cold deep links, both languages "
            "on screen, no outside request, accessibility, the command line beside an open page."
        )
