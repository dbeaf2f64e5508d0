"""At size: what the Overview asks the first time and again, how long a filter takes to redraw in a browser, and the server's memory."""

from __future__ import annotations

import os
import re
import shutil
import statistics
import time
from pathlib import Path
from typing import Any

import psutil

import browser
from bench import asking, pages
from bench.timing import ROOT, WORK, Pair, paired, run_child
from server import Server, serve

#: What publication does once, and what a page asks in another process: all that the Overview shows, twice.
SETTLING = """
import json, logging, time
logging.disable(logging.CRITICAL)
from sqm import settled, warehouse
began = time.perf_counter()
settled.settle(warehouse.engine())
print(json.dumps(time.perf_counter() - began))
"""
OVERVIEW = """
import json, logging, time
logging.disable(logging.CRITICAL)
import sqlalchemy as sa
from sqm import metrics, warehouse
from sqm.ui import briefing, headlines
from sqm.ui.filters import Filters
engine, said = warehouse.engine(), []
sa.event.listen(sa.engine.Engine, "before_cursor_execute", lambda c, cursor, statement, *rest: said.append(" ".join(statement.split())))
def overview():
    said.clear()
    began = time.perf_counter()
    with warehouse.kept_open():
        months = sorted({month for name in metrics.HEADLINES for month in metrics.measured(engine, metrics.get(name))})
        filters = Filters("overview", "en", "light", engine, warehouse.data_version(engine), (months[0], months[-1]), {})
        for part in (headlines.cards_of, headlines.cities_of, briefing.told):
            part(filters)
    return time.perf_counter() - began, [one for one in said if " FROM " in one]
first, asked = overview()
again, repeated = overview()
print(json.dumps({"first": first, "asked": len(asked), "repeated": repeated}))
"""
#: What a page says: its heading and the lines over its blocks.
SAID = '[...document.querySelectorAll("h1.sqm-finding, .sqm-block")].map(one => one.innerText).join("|")'
#: It says something else than before, and nothing in view (or nothing at all) waits to be drawn anew.
IN_VIEW = f"""old => {{
  if ({SAID} === old) return false;
  return ![...document.querySelectorAll('[data-testid="stElementContainer"][data-stale="true"]')].some(one => {{
    const box = one.getBoundingClientRect();
    return box.height > 0 && box.top < innerHeight && box.bottom > 0;
  }});
}}"""
WHOLE = f"""old => {SAID} !== old && !!document.querySelector('[data-testid="stApp"][data-test-script-state="notRunning"]')"""
#: Cities and periods in turn; the first of each pair is the option's place in its list.
CHANGES = [("City", 1 + n // 2 % 12) if n % 2 == 0 else ("Period", n // 2 % 4) for n in range(22)]
#: The same way back, one choice after the other: every city and period was on this page before.
BACK = CHANGES[-3::-1]


def filled(scale: float) -> Path:
    """A data folder with a copy of the measured warehouse, made anew: the app writes into its own."""
    path = asking.filled(scale)
    folder = WORK / f"size-{path.stem}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    shutil.copy(path, folder / "warehouse.duckdb")
    return folder


def overview(folder: Path) -> dict[str, object]:
    """Seconds and statements of all questions of the Overview: the first time, and again."""
    env = {**os.environ, "SQM_DATA_DIR": str(folder), "PYTHONPATH": str(ROOT)}
    env.pop("SQM_DATABASE_URL", None)
    settling, said = run_child(SETTLING, env=env).said, run_child(OVERVIEW, env=env).said
    return {
        "settling_at_publication_s": round(float(settling), 2),  # type: ignore[arg-type]
        "questions_of_the_overview_first_time_s": round(said["first"], 2),
        "statements_first_time": said["asked"],
        "statements_again": "; ".join(said["repeated"]) or "none",
    }


def redraws(folder: Path) -> tuple[list[Pair], dict[str, object]]:
    """A filter of Satisfaction and Complaints, from the click to what is in view; beside the same with the sample data."""
    found = browser.find() if browser.wanted() else None
    if found is None:
        return [], {}
    from playwright.sync_api import sync_playwright

    pairs, details = list[Pair](), dict[str, object]()
    with (
        sync_playwright() as playwright,
        serve(ROOT / "app.py", WORK / "large.log", {"SQM_DATA_DIR": str(folder), "SQM_LANG": "en"}) as large,
        serve(ROOT / "app.py", WORK / "small.log", {"SQM_DATA_DIR": str(pages.sample()), "SQM_LANG": "en"}) as small,
    ):
        chromium = playwright.chromium.launch(executable_path=str(found), args=browser.arguments())
        for path in ("complaints", "satisfaction"):
            tabs = {name: _opened(chromium, f"{app.url}/{path}") for name, app in (("large", large), ("small", small))}
            there, back = _walked(tabs, CHANGES), _walked(tabs, BACK)
            # The first of each kind asks for all cities, and is kept apart.
            later = {name: times[2:] for name, times in there.items()}
            pairs += [_row(f"a city or period on {path.title()}, in view", later), _row(f"the same on {path.title()}, chosen before", back)]
            details[f"first_city_and_first_period_on_{path}_s"] = " and ".join(f"{one:.2f}" for one, _ in there["large"][:2])
            for tab in tabs.values():
                tab.context.close()
        details |= {"server_mb_afterwards": _megabytes(large), "server_mb_at_most": _megabytes(large, peak=True)}
        for locale in ("en-GB", "zh-CN"):
            for path in pages.PAGES:
                _opened(chromium, f"{large.url}/{path}", locale).context.close()
        details["server_mb_at_most_with_every_page_in_both_languages"] = _megabytes(large, peak=True)
        details["server_mb_at_most_with_sample_data"] = _megabytes(small, peak=True)
        with serve(pages.BARE / "one_card.py", WORK / "bare.log", {}) as bare:
            tab = chromium.new_context().new_page()
            tab.goto(bare.url)
            tab.locator(pages.FIRST_CARD).first.wait_for()
            details["bare_streamlit_with_one_card_mb_at_most"] = _megabytes(bare, peak=True)
        chromium.close()
    return pairs, details


def _walked(tabs: dict[str, Any], changes: list[tuple[str, int]]) -> dict[str, list[tuple[float, float]]]:
    """The seconds of each change, in view and of the whole page; the tabs take turns at being first."""
    took: dict[str, list[tuple[float, float]]] = {name: [] for name in tabs}
    for n, change in enumerate(changes):
        for name in tabs if n // 2 % 2 == 0 else reversed(tabs):
            took[name].append(_changed(tabs[name], *change))
    return took


def _row(name: str, took: dict[str, list[tuple[float, float]]]) -> Pair:
    """What was in view; the rest in the note."""
    seen, whole = zip(*took["large"], strict=True)
    note = f"{len(seen)} changes; worst {max(seen):.2f} s; whole page {statistics.median(whole):.2f} s"
    return paired(name, list(seen), [one for one, _ in took["small"]], note)


def _opened(chromium: Any, url: str, locale: str = "en-GB") -> Any:
    tab = chromium.new_context(viewport={"width": 1440, "height": 900}, locale=locale).new_page()
    tab.goto(url)
    tab.wait_for_function(WHOLE, arg="", timeout=120_000)
    return tab


def _changed(tab: Any, label: str, place: int) -> tuple[float, float]:
    """Seconds from the click on an option until what is in view is redrawn, and until all is."""
    tab.get_by_role("combobox", name=label).first.click()
    options = tab.get_by_role("option")
    options.first.wait_for()
    one = options.nth(place % options.count())
    old = tab.evaluate(SAID)
    began = time.perf_counter()
    one.click()
    tab.wait_for_function(IN_VIEW, arg=old, timeout=60_000, polling="raf")
    seen = time.perf_counter() - began
    tab.wait_for_function(WHOLE, arg=old, timeout=60_000, polling="raf")
    whole = time.perf_counter() - began
    tab.wait_for_timeout(250)
    return seen, whole


def _megabytes(server: Server, peak: bool = False) -> int:
    """Resident memory of a server with its children: now, or the most each of them ever took where the system counts that
    (Linux, Windows)."""
    process = psutil.Process(server.process.pid)
    return round(sum(_taken(one, peak) for one in (process, *process.children(recursive=True))) / 2**20)


def _taken(process: psutil.Process, peak: bool) -> int:
    now = process.memory_info()
    if not peak:
        return now.rss
    status = Path(f"/proc/{process.pid}/status")
    most = re.search(r"VmHWM:\s+(\d+)", status.read_text()) if status.exists() else None
    return 1024 * int(most[1]) if most else getattr(now, "peak_wset", now.rss)
