"""No accessibility violation beyond those that bare Streamlit with the same kinds of widget already has."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import pytest

from screen import PAGES, settle, visit
from server import serve

AXE = files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")
BARE = Path(__file__).with_name("bare.py")


def violations(page) -> dict[str, list[str]]:
    """Rule -> the HTML of the elements that break it. What axe cannot decide is not counted."""
    page.evaluate(AXE)
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")["violations"]
    return {rule["id"]: [node["html"][:300] for node in rule["nodes"]] for rule in found}


@pytest.fixture(scope="module")
def floor(chromium, tmp_path_factory):
    """The rules that Streamlit's own widgets break."""
    with serve(BARE, tmp_path_factory.mktemp("bare") / "log", {}) as bare:
        context = chromium.new_context(locale="en-GB", viewport={"width": 1440, "height": 900})
        page = context.new_page()
        page.goto(bare.url)
        page.get_by_text("Link").wait_for()
        settle(page)
        found = violations(page)
        context.close()
    return found


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", PAGES)
def test_no_worse_than_bare_streamlit(floor, chromium, server, name, scheme):
    context = chromium.new_context(locale="en-GB", color_scheme=scheme, viewport={"width": 1440, "height": 900})
    page = context.new_page()
    visit(page, f"{server.url}/{name}")
    found = violations(page)
    context.close()
    added = {rule: nodes for rule, nodes in found.items() if rule not in floor}
    own = {rule: [n for n in nodes if "sqm-" in n] for rule, nodes in found.items() if any("sqm-" in n for n in nodes)}
    assert not added and not own, {**added, **own}
