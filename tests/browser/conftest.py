"""A real browser on a real server: every page opened here fails its test if it asks any other host for anything."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

import browser as machine
from screen import start
from server import Server

HERE = ("127.0.0.1", "localhost")


@pytest.fixture(scope="session")
def chromium():
    """The machine's own browser, headless."""
    from playwright.sync_api import sync_playwright

    found = machine.find()
    if found is None:
        pytest.fail(machine.MISSING, pytrace=False)
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=str(found), headless=True, args=machine.arguments())
        yield launched
        launched.close()


@pytest.fixture(scope="session")
def server(sample_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The app with the sample data. Tests that share it leave the data as they found them."""
    with start(sample_folder, tmp_path_factory.mktemp("server")) as running:
        yield running


@pytest.fixture
def context(chromium):
    """A fresh browser profile, English, that notes every request that leaves the machine."""
    made = chromium.new_context(locale="en-GB", viewport={"width": 1440, "height": 900})
    outside: list[str] = []

    def note(request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme not in ("data", "blob") and parts.hostname not in HERE:
            outside.append(request.url)

    made.on("request", note)
    made.on("page", lambda page: page.on("websocket", lambda socket: note(socket)))
    yield made
    made.close()
    assert not outside, f"asked another host: {outside}"


@pytest.fixture
def page(context):
    """A tab of that profile; a script error on any page fails the test."""
    tab = context.new_page()
    tab.set_default_timeout(30_000)
    errors: list[str] = []
    tab.on("pageerror", lambda error: errors.append(f"{error}\n{error.stack}"))
    yield tab
    assert not errors, errors
