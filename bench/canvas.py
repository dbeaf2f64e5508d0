"""Frames while a step is dragged on a blueprint of 300, beside dragging one bare SVG group in the same browser."""

from __future__ import annotations

import json
import statistics
from typing import Any

import browser
from bench.timing import Pair, paired
from sqm import blueprint as bp
from sqm.i18n import t
from sqm.tokens import LIGHT
from sqm.ui import blueprint_canvas as canvas

STEPS, COLUMNS = 300, 20
MOVES = 90
_BARE = '<svg width="1000" height="700"><g id="one"><rect width="138" height="60" rx="8" fill="#fff" stroke="#888"/><text x="20" y="34">One</text></g></svg>'
#: Each move is one frame: seconds from handing it over until the browser has drawn it and is ready for the next.
_DRAG = """async ([x, y, bare, moves]) => {
  const one = document.querySelector('#one');
  if (bare) document.addEventListener('pointermove', (e) => requestAnimationFrame(() => one.setAttribute('transform', `translate(${e.clientX - 60} ${e.clientY - 30})`)));
  const frame = () => new Promise((done) => requestAnimationFrame(done));
  const target = bare ? document : window;
  const times = [];
  for (let i = 0; i < moves; i += 1) {
    await frame();
    const began = performance.now();
    target.dispatchEvent(new PointerEvent('pointermove', { clientX: x + 60 + i * 3, clientY: y + (i % 40), bubbles: true }));
    await frame();
    await new Promise((done) => { const port = new MessageChannel(); port.port1.onmessage = done; port.port2.postMessage(0); });
    times.push((performance.now() - began) / 1000);
  }
  return times;
}"""


def large() -> bp.Document:
    """300 steps in 20 columns, a link from each to the next."""
    phases = [{"id": f"p{i}", "en": f"Phase {i}"} for i in range(COLUMNS)]
    each = STEPS // COLUMNS
    steps: list[dict[str, Any]] = [
        {"id": f"s{i}", "lane": bp.LANES[i % 5], "phase": f"p{i // each}", "order": i % each // 5, "en": f"Step number {i}", "key": i % 3 == 0, "fail": i % 4 == 0}
        for i in range(STEPS)
    ]
    return bp.from_dict({"id": "large", "name": {"en": "Large"}, "phases": phases, "steps": steps, "links": [[f"s{i}", f"s{i + 1}"] for i in range(STEPS - 1)]})


def page_of() -> str:
    """The component as it is, on a page of its own."""
    words = {name: t(f"blueprint.{name}", "en") for name in canvas.WORDS} | {f"canvas.{name}": t(f"blueprint.canvas.{name}", "en") for name in canvas.SAID}
    data = {"doc": bp.to_dict(large()), "docId": "large", "desk": "d", "owner": "", "version": 0, "ack": 0, "unsaved": {"name": "", "changes": []}, "refused": []}
    data |= {"editable": True, "lang": "en", "selected": "", "alt": "", "words": words}
    data |= {"figures": {"keys": {}, "fails": {}, "strip": {}, "mean": None, "mean_shown": ""}}
    style = (canvas.FOLDER / "canvas.css").read_text(encoding="utf-8")
    run = f"draw({{ parentElement: document.body, data: {json.dumps(data)}, setStateValue() {{}}, setTriggerValue() {{}} }});"
    module = canvas.joined().replace("export default function (component)", "function draw(component)")
    tokens = "".join(f"--sqm-{name.replace('_', '-')}:{colour};" for name, colour in LIGHT.items() if isinstance(colour, str))
    return f"<!doctype html><style>:root{{color-scheme:light;{tokens}}}{style}</style><body>{canvas._HTML}<script type=module>{module}\n{run}</script>"


def drags(rounds: int) -> tuple[list[Pair], dict[str, object]]:
    """Median and 95th percentile of a frame, round by round; nothing without a browser."""
    found = browser.find() if browser.wanted() else None
    if found is None:
        return [], {}
    from playwright.sync_api import sync_playwright

    medians: dict[str, list[float]] = {"ours": [], "bare": []}
    slowest: dict[str, list[float]] = {"ours": [], "bare": []}
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=str(found), args=browser.arguments())
        tabs = {name: chromium.new_page(viewport={"width": 1440, "height": 900}) for name in medians}
        tabs["ours"].set_content(page_of())
        tabs["ours"].locator('[data-step="s1"]').wait_for()
        tabs["bare"].set_content(_BARE)
        for number in range(rounds + 1):
            for name in ("ours", "bare") if number % 2 else ("bare", "ours"):
                tab = tabs[name]
                tab.bring_to_front()
                box = tab.locator('[data-step="s1"] .card' if name == "ours" else "#one").bounding_box()
                assert box
                x, y = box["x"] + 30, box["y"] + 20
                if name == "ours":
                    tab.mouse.move(x, y)
                    tab.mouse.down()
                    tab.mouse.move(x + 20, y + 10)
                times = tab.evaluate(_DRAG, [x, y, name == "bare", MOVES])
                if name == "ours":
                    assert tab.locator(".ghost").count() == 1, "nothing was dragged"
                    tab.keyboard.press("Escape")
                    tab.mouse.up()
                if number:
                    medians[name].append(statistics.median(times))
                    slowest[name].append(statistics.quantiles(times, n=20)[-1])
        chromium.close()
    note = f"{STEPS} steps, {MOVES} moves a round, headless"
    pairs = [paired("a frame while dragging, median", medians["ours"], medians["bare"], note), paired("the same, 95th percentile", slowest["ours"], slowest["bare"], note)]
    return pairs, {"frame_ms_median": round(statistics.median(medians["ours"]) * 1000, 1), "frame_ms_95th": round(statistics.median(slowest["ours"]) * 1000, 1)}
