"""A whole meeting in a browser: agenda, slides by keys, an action from a mark, frozen; new data come; reopened it shows what was shown."""

from __future__ import annotations

import pytest
from test_minutes import MONTHS, answers, build

from screen import FINDING, finding, settle, start, visit
from sqm import minutes, warehouse
from warehouses import publish


@pytest.fixture
def room(tmp_path, monkeypatch):
    """A server on a small warehouse, and its folder."""
    monkeypatch.setenv("SQM_DATA_DIR", str(tmp_path / "few"))
    build(warehouse.engine())
    warehouse.forget()
    with start(tmp_path / "few", tmp_path) as running:
        monkeypatch.setenv("SQM_DATA_DIR", str(tmp_path / "data"))
        yield running
    warehouse.forget()


def shown(page, text: str) -> None:
    page.locator(FINDING).filter(has_text=text).wait_for()
    settle(page)


def test_a_whole_meeting(room, context, page) -> None:
    visit(page, f"{room.url}/meeting?lang=en")
    page.get_by_role("button", name="New meeting").click()
    page.get_by_role("button", name="Plan it and propose the agenda").click()
    shown(page, "1 item in 10 of 60 minutes")
    page.get_by_role("button", name="Keep and open").click()
    shown(page, "1 thing to decide today")
    assert page.locator('header[data-testid="stHeader"]').is_hidden() and page.evaluate("document.scrollingElement.scrollHeight <= innerHeight")
    page.keyboard.press("ArrowRight")
    shown(page, "Alpha Hotline satisfaction down 33.3 points")
    assert "slide=1" in page.url and page.locator(".clock b").inner_text().startswith("00:")
    page.keyboard.press("b")
    assert page.locator(".blank").is_visible()
    page.keyboard.press("b")
    page.keyboard.press("ArrowUp")
    page.locator(".stage-mark").filter(has_text="2026-06").wait_for()
    settle(page)
    page.keyboard.press("ArrowUp")
    page.locator(".stage-mark").filter(has_text="2026-05").wait_for()
    settle(page)
    page.keyboard.press("a")
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("What is to be done").fill("Hire six agents")
    dialog.get_by_role("button", name="Keep it and go on").click()
    dialog.wait_for(state="detached")
    settle(page)
    page.keyboard.press("d")
    dialog.get_by_label("Decision").fill("Ring back within a day")
    dialog.get_by_role("button", name="Keep the decision").click()
    dialog.wait_for(state="detached")
    settle(page)

    second = context.new_page()
    visit(second, page.url)
    assert finding(second) == finding(page), "the link leads to the slide, another presenter sees the same"
    second.keyboard.press("End")
    shown(second, "1 decision and 1 action today")
    assert second.get_by_text("Hire six agents").count() and second.get_by_text("Ring back within a day").count()
    second.close()

    page.reload()
    shown(page, "Alpha Hotline satisfaction down 33.3 points")
    page.keyboard.press("Escape")
    shown(page, "The meeting is open: 1 item, 1 decision so far")
    page.get_by_role("button", name="Close", exact=True).click()
    shown(page, "The meeting is over")

    engine = warehouse.engine()
    (action,) = minutes.all_actions(engine)
    assert (action.figure.first, action.figure.of("city"), action.expected.cities) == ("2026-05", "甲", ("甲",))
    publish(engine, "surveys", [one for one in answers(low=7) if one["month"] == MONTHS[-1]])
    warehouse.forget()
    page.get_by_role("button", name="Show as it was").click()
    shown(page, "1 thing to decide today")
    page.keyboard.press("ArrowRight")
    shown(page, "Alpha Hotline satisfaction down 33.3 points")
    page.get_by_role("status").filter(has_text="2026-06: shown 50.0").wait_for()
    assert "now 72.2" in page.get_by_role("status").first.inner_text()


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_nothing_scrolls_on_a_projector(server, chromium, lang) -> None:
    context = chromium.new_context(viewport={"width": 1280, "height": 720}, locale="zh-CN" if lang == "zh" else "en-GB", color_scheme="dark" if lang == "zh" else "light")
    page = context.new_page()
    page.set_default_timeout(30_000)
    visit(page, f"{server.url}/meeting?lang={lang}")
    if not page.get_by_role("button", name="预览" if lang == "zh" else "Preview").count():
        page.get_by_role("button", name="新建会议" if lang == "zh" else "New meeting").click()
        page.get_by_role("button", name="列出议程" if lang == "zh" else "propose the agenda").click()
    page.get_by_role("button", name="预览" if lang == "zh" else "Preview").click()
    page.locator(".segments button").first.wait_for()
    settle(page)
    slides = page.locator(".segments button").count()
    assert slides > 5
    for _ in range(slides):
        main = page.locator('[data-testid="stMain"]')
        over = main.evaluate("(node) => node.scrollHeight - node.clientHeight")
        assert over <= 0, f"{finding(page)} is {over} pixels too high"
        parts = page.locator(".stage-ask, .stage-line, .stage-list, [data-testid='stVegaLiteChart']")
        low = parts.evaluate_all("(all) => Math.max(0, ...all.map((one) => one.getBoundingClientRect().bottom))")
        assert low < 672, f"{finding(page)} runs into the foot: {low}"
        at = page.url
        page.keyboard.press("ArrowRight")
        page.wait_for_function("(at) => location.href !== at || !document.querySelector('.stage-ask')", arg=at)
        settle(page)
    context.close()
