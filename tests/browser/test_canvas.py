"""The canvas in a browser: drawn by mouse and by keys, saved and reloaded, through reruns, reloads and an input method."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from screen import settle, start, visit
from sqm import blueprint as bp
from sqm import store, warehouse
from sqm.ui import blueprint_canvas as canvas
from warehouses import publish

CASES = Path(__file__).resolve().parents[1] / "canvas"
NAMES = {"one": "First sheet", "two": "Second sheet", "storm": "Storm", "pair": "Pair", "large": "Large"}


def large() -> dict:
    """300 steps in 20 columns."""
    phases = [{"id": f"p{i}", "en": f"Phase {i}"} for i in range(20)]
    steps = [
        {"id": f"s{i}", "lane": bp.LANES[i % 5], "phase": f"p{i // 15}", "order": i % 15 // 5, "en": f"Step {i}", "key": i % 4 == 0} for i in range(300)
    ]
    return {"id": "large", "name": {"en": NAMES["large"]}, "phases": phases, "steps": steps, "links": [[f"s{i}", f"s{i + 1}"] for i in range(299)]}


@pytest.fixture(scope="module")
def drawn(tmp_path_factory):
    """A server with hardly any data, empty blueprints and one of 300 steps."""
    folder = tmp_path_factory.mktemp("canvas")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SQM_DATA_DIR", str(folder / "few"))
        engine = warehouse.engine()
        publish(engine, "cities", [{"city": "甲", "en": "Alpha"}])
        publish(engine, "elements", [{"element": "store", "zh": "营业厅服务", "en": "Store"}])
        answer = {"month": date(2026, 6, 1), "city": "甲", "scale": "1-10"}
        answers = [{**answer, "respondent": f"r{n}", "element": e, "score": 7 + n % 3} for n in range(30) for e in ("overall", "store")]
        publish(engine, "surveys", answers)
        for name, shown in NAMES.items():
            plain = large() if name == "large" else {"id": name, "name": {"zh": shown, "en": shown}}
            store.save(engine, "blueprint", name, bp.to_dict(bp.from_dict(plain)), base=0)
        warehouse.forget()
    with start(folder / "few", folder) as running:
        yield running


def sheet(page, server, name: str) -> None:
    """Opens the blueprint of that name."""
    visit(page, f"{server.url}/blueprint?lang=en&blueprint={name}")
    page.locator(f'.canvas svg[aria-label*="{NAMES[name]}"]').wait_for()
    settle(page)


def step(page, title: str):
    return page.locator("g.step").filter(has_text=title)


def middle(locator) -> tuple[float, float]:
    box = locator.bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def named(page, text: str) -> None:
    """Types into the name that is open."""
    field = page.locator("input.naming")
    field.wait_for()
    page.keyboard.type(text)
    page.keyboard.press("Enter")
    field.wait_for(state="detached")


def drag(page, here: tuple[float, float], there: tuple[float, float]) -> None:
    page.mouse.move(*here)
    page.mouse.down()
    page.mouse.move(here[0] + 8, here[1] + 8)
    page.mouse.move(*there, steps=4)
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    page.mouse.up()


def unsaved(page) -> bool:
    return page.evaluate("() => Object.keys(sessionStorage).some((key) => key.startsWith('sqm.blueprint.'))")


def save(page) -> None:
    page.get_by_role("button", name="Save revision").click()
    page.get_by_text("Saved as revision").wait_for()
    settle(page)
    assert not unsaved(page)


def titles(page) -> list[str]:
    return sorted(" ".join(t.split()) for t in page.locator("g.step").evaluate_all("(all) => all.map((one) => one.getAttribute('aria-label'))"))


def test_drawn_by_mouse_saved_and_there_again(drawn, page) -> None:
    sheet(page, drawn, "one")
    for name in ("Arrive", "Pay"):
        page.locator('[data-tool="column"]').click()
        named(page, name)
    head = page.locator("g.phase .head")
    lanes = page.locator(".canvas svg path.line")
    x, under = middle(head.nth(0))[0], middle(lanes.nth(0))[1]
    page.mouse.dblclick(x, under - 60)
    named(page, "Come in")
    page.mouse.dblclick(x, under + 50)
    named(page, "Greet")
    step(page, "Come in").hover()
    drag(page, middle(step(page, "Come in").locator(".port").nth(1)), middle(step(page, "Greet").locator(".card")))
    assert page.locator("g.arrow").count() == 1
    drag(page, middle(step(page, "Greet").locator(".card")), (middle(head.nth(1))[0], under + 60))
    page.locator('[data-tool="mark_key"]').click()
    page.mouse.dblclick(*middle(step(page, "Come in").locator(".card")))
    named(page, "Enter the shop")
    page.locator('[data-tool="undo"]').click()
    assert step(page, "Come in").count() == 1
    page.locator('[data-tool="redo"]').click()
    step(page, "Enter the shop").click()
    page.keyboard.press("f")
    settle(page)
    expected = ["Enter the shop, Customer actions, Fail point, unguarded", "Greet, Front-stage, Key point"]
    assert titles(page) == expected
    save(page)
    sheet(page, drawn, "one")
    assert titles(page) == expected and page.locator("g.arrow").count() == 1
    assert abs(middle(step(page, "Greet").locator(".card"))[0] - middle(page.locator("g.phase .head").nth(1))[0]) < 3


def test_drawn_by_keys_alone_with_an_input_method(drawn, page) -> None:
    sheet(page, drawn, "two")
    page.locator(".sheet").focus()
    page.keyboard.press("p")
    named(page, "Arrive")
    page.keyboard.press("n")
    field = page.locator("input.naming")
    field.wait_for()
    typed = page.context.new_cdp_session(page)
    typed.send("Input.imeSetComposition", {"text": "jin", "selectionStart": 3, "selectionEnd": 3})
    page.keyboard.press("Enter")
    assert field.count() == 1, "Enter belongs to the input method while it composes"
    typed.send("Input.insertText", {"text": "进厅"})
    page.keyboard.press("Enter")
    field.wait_for(state="detached")
    assert step(page, "进厅").evaluate("(node) => node.getRootNode().activeElement === node")
    page.keyboard.press("k")
    page.keyboard.press("Shift+N")
    named(page, "Pay")
    assert page.locator("g.phase").count() == 2 and page.locator("g.arrow").count() == 1
    page.keyboard.press("Alt+ArrowDown")
    page.keyboard.press("f")
    page.keyboard.press("Control+d")
    page.keyboard.press("Delete")
    page.keyboard.press("Control+z")
    page.keyboard.press("Control+z")
    settle(page)
    assert titles(page) == ["Pay, Front-stage, Fail point, unguarded", "进厅, Customer actions, Key point"]
    page.locator("g.step.selected, g.step[tabindex='0']").first.focus()
    step(page, "Pay").focus()
    page.keyboard.press("Space")
    page.keyboard.press("c")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Enter")
    assert page.locator("g.arrow").count() == 2
    save(page)
    sheet(page, drawn, "two")
    assert len(titles(page)) == 2 and page.locator("g.arrow").count() == 2


def test_reruns_another_language_and_a_reload_take_nothing(drawn, page) -> None:
    sheet(page, drawn, "storm")
    page.locator('[data-tool="step"]').click()
    named(page, "Wait")
    page.locator('[data-tool="column"]').click()
    named(page, "Later")
    here, there = middle(step(page, "Wait").locator(".card")), middle(page.locator("g.phase .head").nth(1))
    page.mouse.move(*here)
    page.mouse.down()
    for n, lang in enumerate(("中文", "EN", "中文", "EN")):
        page.get_by_role("radio", name=lang).evaluate("(node) => node.click()")
        page.mouse.move(here[0] + (there[0] - here[0]) * (n + 1) / 4, here[1] + 20, steps=3)
    page.mouse.move(there[0], here[1], steps=3)
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    page.mouse.up()
    settle(page)
    assert abs(middle(step(page, "Wait").locator(".card"))[0] - there[0]) < 4
    page.mouse.dblclick(*middle(step(page, "Wait").locator(".card")))
    named(page, "Wait for a turn")
    page.reload()
    page.get_by_text("Your unsaved edits of last time are back").wait_for()
    settle(page)
    assert titles(page) == ["Wait for a turn, Customer actions"] and page.locator("g.phase").count() == 2


def renamed(page, title: str, name: str) -> None:
    page.mouse.dblclick(*middle(step(page, title).locator(".card")))
    named(page, name)
    settle(page)


def test_a_metric_is_bound_its_figure_is_that_of_its_page_and_two_people_meet(drawn, chromium, page) -> None:
    sheet(page, drawn, "pair")
    page.locator('[data-tool="step"]').click()
    named(page, "Queue")
    page.keyboard.press("k")
    settle(page)
    page.get_by_role("button", name="Choose metrics").click()
    page.get_by_role("combobox", name="K metrics").fill("Satisfaction · Store")
    page.get_by_role("option", name="Satisfaction · Store").click()
    page.locator("g.step").filter(has_text="77.8").wait_for()
    settle(page)
    page.keyboard.press("Escape")
    save(page)

    other = chromium.new_context(locale="en-GB", viewport={"width": 1440, "height": 900})
    beside = other.new_page()
    sheet(beside, drawn, "pair")
    assert titles(beside) == titles(page) and "Key point 77.8" in titles(beside)[0]
    renamed(page, "Queue", "Take a number")
    renamed(beside, "Queue", "Stand in line")
    save(page)
    beside.get_by_role("button", name="Save revision").click()
    notice = beside.locator(".st-key-bp_conflict")
    notice.wait_for()
    settle(beside)
    notice.get_by_role("button", name="See both").click()
    assert beside.get_by_text("Queue → Take a number").count() and beside.get_by_text("Queue → Stand in line").count()
    beside.keyboard.press("Escape")
    notice.get_by_role("button", name="Merge my edits").click()
    settle(beside)
    save(beside)
    other.close()
    sheet(page, drawn, "pair")
    assert "Stand in line" in titles(page)[0]

    step(page, "Stand in line").click()
    settle(page)
    page.get_by_role("link", name="Satisfaction · Store").click()
    page.wait_for_url("**/satisfaction?*")
    page.get_by_text("77.8").first.wait_for()


def test_300_steps_move_without_touching_the_drawing(drawn, page) -> None:
    sheet(page, drawn, "large")
    assert page.locator("g.step").count() == 300
    page.evaluate("""() => {
        const host = [...document.querySelectorAll('*')].find((node) => node.shadowRoot?.querySelector('.canvas'));
        window.sqmTouched = 0;
        const watch = new MutationObserver((seen) => { window.sqmTouched += seen.filter((one) => one.type === 'childList').length; });
        watch.observe(host.shadowRoot.querySelector('.world > svg'), { childList: true, subtree: true });
    }""")
    here = middle(page.locator('[data-step="s1"] .card'))
    page.mouse.move(*here)
    page.mouse.down()
    page.mouse.move(here[0] + 20, here[1] + 20)
    page.mouse.move(here[0] + 180, here[1], steps=20)
    assert page.locator(".ghost").count() == 1
    before = page.evaluate("() => window.sqmTouched")
    page.mouse.move(here[0] + 150, here[1] + 10, steps=20)
    assert page.evaluate("() => window.sqmTouched") == before
    page.mouse.up()
    settle(page)
    assert abs(middle(page.locator('[data-step="s1"] .card'))[0] - here[0]) > 90
    page.keyboard.press("Control+a")
    assert page.locator("g.step.selected").count() == 300
    page.keyboard.press("Escape")
    assert page.locator("g.step.selected").count() == 0


def test_the_shared_cases_in_a_browser(page) -> None:
    source = canvas.joined().partition("const module_layout")[0] + "\nexport const commands = module_document;"
    page.goto("about:blank")
    wrong = page.evaluate(
        """async ([source, runner, all]) => {
            const load = (text) => import(URL.createObjectURL(new Blob([text], { type: 'text/javascript' })));
            const [{ commands }, { run }] = [await load(source), await load(runner)];
            return run(all, commands);
        }""",
        [source, (CASES / "cases.mjs").read_text(encoding="utf-8"), json.loads((CASES / "edits.json").read_text(encoding="utf-8"))],
    )
    assert wrong == []
