"""What a page costs beyond what it shows: its rerun beside a bare app with the same elements, and the first card."""

from __future__ import annotations

import hashlib
import os
import pickle
import shutil
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import browser
from bench.bare.kinds import DRAWN
from bench.session import Run, Session
from bench.timing import ROOT, WORK, Pair, paired
from server import serve

PAGES = ("overview", "satisfaction", "complaints", "stores", "blueprint", "meeting", "accountability", "promises", "metrics", "data")
BARE = ROOT / "bench" / "bare"
FIRST_CARD = '.sqm-card, [data-testid="stMetric"]'


def sample() -> Path:
    """A data folder with the sample data, loaded once for each state of the sample workbooks."""
    mark = hashlib.sha256()
    for book in sorted((ROOT / "data").glob("*.xlsx")):
        mark.update(book.read_bytes())
    folder = WORK / f"sample-{mark.hexdigest()[:12]}"
    if not (folder / "done").exists():
        shutil.rmtree(folder, ignore_errors=True)
        env = {**os.environ, "SQM_DATA_DIR": str(folder)}
        env.pop("SQM_DATABASE_URL", None)
        subprocess.run([sys.executable, "-m", "sqm", "demo"], cwd=ROOT, env=env, check=True, stdout=subprocess.DEVNULL)
        (folder / "done").touch()
    return folder


def elements(run: Run) -> list[bytes]:
    """The elements on screen at the end of a run, serialized: the last one at each place."""
    places: dict[tuple[int, ...], bytes] = {}
    for message in run.messages:
        if message.HasField("delta") and message.delta.HasField("new_element"):
            places[tuple(message.metadata.delta_path)] = message.delta.new_element.SerializeToString()
    return list(places.values())


def kinds(data: list[bytes]) -> Counter[str]:
    """How many of each kind."""
    from streamlit.proto.Element_pb2 import Element

    return Counter(str(Element.FromString(one).WhichOneof("type")) for one in data)


def reruns(rounds: int) -> list[Pair]:
    """Each page in turn: seconds from the request to the end of the run, over the app's own websocket."""
    pairs = []
    env = {"SQM_DATA_DIR": str(sample())}
    env["SQM_LANG"] = "en"
    with serve(ROOT / "app.py", WORK / "app.log", env) as app:
        for page in PAGES:
            with Session(app.url, page) as tab:
                first = tab.run()
                if first.failed:
                    raise RuntimeError(f"{page}: {first.failed}")
                shown = elements(tab.run() if not elements(first) else first)
                store = WORK / f"{page}.elements"
                store.write_bytes(pickle.dumps(shown))
                count = kinds(shown)
                left_out = {kind: n for kind, n in count.items() if kind not in DRAWN}
                note = f"{len(shown)} elements" + (f"; not in the bare app: {left_out}" if left_out else "")
                with (
                    serve(BARE / "same_elements.py", WORK / "bare.log", {"SQM_BENCH_ELEMENTS": str(store)}) as bare,
                    Session(bare.url) as other,
                ):
                    trouble = other.run().failed
                    if trouble:
                        raise RuntimeError(f"bare {page}: {trouble}")
                    ours: list[float] = []
                    base: list[float] = []
                    for number in range(rounds + 3):
                        pair = [(ours, tab), (base, other)]
                        for series, session in pair if number % 2 == 0 else reversed(pair):
                            run = session.run()
                            if session is tab and kinds(elements(run)) != count:
                                raise RuntimeError(f"{page}: a rerun drew other elements: {kinds(elements(run))}")
                            if number >= 3:
                                series.append(run.seconds)
                            time.sleep(0.02)
                pairs.append(paired(f"rerun of {page}", ours, base, note))
    return pairs


def first_card(rounds: int) -> Pair | None:
    """Seconds from starting the server to the first card in a browser that is already open; None without one."""
    found = browser.find() if browser.wanted() else None
    if found is None:
        return None
    from playwright.sync_api import sync_playwright

    cases = {
        "ours": (ROOT / "app.py", {"SQM_DATA_DIR": str(sample()), "SQM_LANG": "en"}),
        "base": (BARE / "one_card.py", {}),
    }
    times: dict[str, list[float]] = {"ours": [], "base": []}
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=str(found), args=browser.arguments())
        for number in range(rounds + 1):
            order = list(cases) if number % 2 == 0 else list(reversed(cases))
            for name in order:
                script, env = cases[name]
                context = chromium.new_context(viewport={"width": 1440, "height": 900}, locale="en-GB")
                with serve(script, WORK / f"{name}.log", env, wait=False) as app:
                    app.wait(0.01)
                    page = context.new_page()
                    page.goto(app.url, wait_until="commit")
                    page.locator(FIRST_CARD).first.wait_for(state="visible", timeout=60_000)
                    seconds = time.perf_counter() - app.started
                context.close()
                if number:
                    times[name].append(seconds)
        chromium.close()
    return paired("server start to the first card of Overview", times["ours"], times["base"], "in a headless Chromium")
