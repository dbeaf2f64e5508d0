"""What the browser tests do: start the app, wait until a page is drawn, read its finding, find nothing broken."""

from __future__ import annotations

import os
import re
import shutil
from contextlib import AbstractContextManager
from pathlib import Path

from server import Server, serve

ROOT = Path(__file__).resolve().parents[1]

PAGES = ("overview", "satisfaction", "complaints", "stores", "blueprint", "meeting", "accountability", "promises", "metrics", "data")
FINDING = "h1.sqm-finding"
HAN = re.compile(r"[\u3400-\u9fff]")


def start(data: Path, folder: Path) -> AbstractContextManager[Server]:
    """The app on a copy of ``data``, which is put into ``folder`` with its log."""
    copy = folder / "data"
    shutil.copytree(data, copy)
    os.environ.pop("SQM_DATABASE_URL", None)
    told = {"SQM_DATA_DIR": str(copy), "SQM_LANG": "en", "STREAMLIT_CLIENT_SHOW_ERROR_DETAILS": "full"}
    return serve(ROOT / "app.py", folder / "server.log", told)


def settle(page) -> None:
    """Waits until the app has run to its end and nothing on screen is stale."""
    page.wait_for_function(
        """() => {
            const app = document.querySelector('[data-testid="stApp"]');
            const moving = '[data-stale="true"], [data-testid="stSkeleton"], [data-testid="stSpinner"]';
            const still = app && app.dataset.testScriptState === 'notRunning'
                && app.dataset.testConnectionState === 'CONNECTED' && !document.querySelector(moving);
            window.sqmStill = still ? (window.sqmStill || performance.now()) : 0;
            return still && performance.now() - window.sqmStill > 400;
        }""",
        timeout=60_000,
    )


def visit(page, url: str) -> None:
    """Opens an address and waits until it is drawn, without a traceback."""
    page.goto(url)
    page.locator(FINDING).or_(page.locator('[data-testid="stException"]')).first.wait_for(timeout=60_000)
    settle(page)
    whole(page)


def whole(page) -> None:
    """Neither an exception box nor a chart that could not be drawn."""
    boxes = page.locator('[data-testid="stException"]')
    assert boxes.count() == 0, boxes.first.inner_text()
    failed = page.get_by_test_id("stAlertContentError")
    assert failed.count() == 0, failed.first.inner_text()


def finding(page) -> str:
    """The sentence at the head of the page."""
    return page.locator(FINDING).inner_text()


def number(text: str) -> float:
    """The first decimal number of a sentence."""
    found = re.search(r"[\u2212-]?\d+\.\d+", text)
    assert found, f"no number in {text!r}"
    return float(found.group().replace("\u2212", "-"))
