"""One contact sheet per page: both languages, both themes, on a projector (1280 x 720) and a laptop (1440 x 900).

``python tools/pictures.py [FOLDER] [PAGE ...]`` writes ``FOLDER/PAGE.png`` (default ``build/pictures``), with the sample data.
``make pictures`` prepares what it needs first. For looking at: nothing is compared.
"""

from __future__ import annotations

import io
import os
import shutil
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests"), str(ROOT / "tools")]

import browser  # noqa: E402
from bench.pages import sample  # noqa: E402
from screen import PAGES, settle, start  # type: ignore[import-not-found]  # noqa: E402

SIZES = ((1280, 720), (1440, 900))
#: How wide a picture stands on the sheet, and the room between two, in pixels.
SHOWN, GAP = 1280, 12


def sheet(pictures: list[list[bytes]]) -> bytes:
    """Rows of pictures on one grey sheet, as PNG."""
    from PIL import Image

    rows = [[Image.open(io.BytesIO(one)).convert("RGB") for one in row] for row in pictures]
    rows = [[one.resize((SHOWN, round(one.height * SHOWN / one.width))) for one in row] for row in rows]
    height = sum(max(one.height for one in row) + GAP for row in rows) + GAP
    whole = Image.new("RGB", (max(len(row) for row in rows) * (SHOWN + GAP) + GAP, height), "#808080")
    top = GAP
    for row in rows:
        for at, one in enumerate(row):
            whole.paste(one, (GAP + at * (SHOWN + GAP), top))
        top += max(one.height for one in row) + GAP
    kept = io.BytesIO()
    whole.save(kept, "PNG", optimize=True)
    return kept.getvalue()


def main(arguments: list[str]) -> int:
    """Returns the exit code."""
    from playwright.sync_api import sync_playwright

    wanted = [name for name in arguments if name in PAGES] or list(PAGES)
    folder = Path(next((name for name in arguments if name not in PAGES), ROOT / "build" / "pictures"))
    folder.mkdir(parents=True, exist_ok=True)
    found = browser.find()
    if found is None:
        print(browser.MISSING, file=sys.stderr)
        return 2
    os.environ["SQM_LANG"] = "zh"
    served = folder / "server"
    shutil.rmtree(served, ignore_errors=True)  # of a run before
    with start(sample(), served) as server, sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=str(found), headless=True, args=browser.arguments())
        for name in wanted:
            rows = []
            for lang in ("zh", "en"):
                row = []
                for theme in ("light", "dark"):
                    for width, height in SIZES:
                        context = launched.new_context(viewport={"width": width, "height": height}, color_scheme=theme, locale="zh-CN" if lang == "zh" else "en-GB")
                        page = context.new_page()
                        page.goto(f"{server.url}/{'' if name == 'overview' else name}?lang={lang}")
                        page.locator("h1.sqm-finding").wait_for(timeout=60_000)
                        settle(page)
                        row.append(page.screenshot())
                        context.close()
                rows += [row[::2], row[1::2]]
            (folder / f"{name}.png").write_bytes(sheet(rows))
            print(folder / f"{name}.png")
        launched.close()
    shutil.rmtree(served, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
