"""``python -m bench [asking] [canvas] [loading] [pages] [start] [size]``: measure, print, and write ``bench/results/``.

``BENCH_SCALE`` (default 1) shrinks every size, for a quick look; results of another scale go to ``results/scaled``.
"""

from __future__ import annotations

import json
import os
import platform
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import psutil

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tools"))

from bench.timing import WORK, Pair  # noqa: E402

RESULTS = Path(__file__).with_name("results")
Section = tuple[str, str, list[dict[str, object]], dict[str, object]]


def asking(scale: float) -> Section:
    """The metric layer against SQL by hand."""
    from bench import asking as measure

    pairs, details = measure.compare(scale, rounds=5)
    return "Metric layer / hand-written SQL", "at most 1.10", rows(pairs), details


def loading(scale: float) -> Section:
    """A workbook to published rows, against reading it as text, and against pandas with openpyxl."""
    from bench import loading as measure

    big, small = max(int(1_000_000 * scale), 1000), max(int(100_000 * scale), 1000)
    text, details = measure.compare(f"{big:,} x 12 to published rows / fastexcel as text", big, measure.BARE, 3)
    pandas, _ = measure.compare(f"{small:,} x 12 to published rows / pandas + openpyxl", small, measure.OPENPYXL, 3)
    look = measure.first_look(f"first look at {big:,} x 12 / the whole load", big, 3)
    faster = round(1 / pandas.ratio, 1)
    return (
        "Workbook to published rows",
        "at most 2.5 in time and 1.3 in memory; at least 8 times faster than pandas + openpyxl; a first look in at most 0.2 of a load",
        rows([text, pandas, look]),
        details | {"times_faster_than_pandas_and_openpyxl": faster},
    )


def pages(scale: float) -> Section:
    """Each page's rerun against a bare app with the same elements."""
    from bench import pages as measure

    return "Rerun of a page / bare app with the same elements", "at most 1.3", rows(measure.reruns(15)), {}


def start(scale: float) -> Section:
    """Server start to the first card of Overview."""
    from bench import pages as measure

    pair = measure.first_card(5)
    return "Start to the first card / bare app with one card", "at most 1.5", rows([pair] if pair else []), {}


def canvas(scale: float) -> Section:
    """Frames while a step of a blueprint of 300 is dragged."""
    from bench import canvas as measure

    pairs, details = measure.drags(5)
    return "A frame while dragging one of 300 steps / one bare SVG group", "at most 1.25", rows(pairs), details


def size(scale: float) -> Section:
    """The Overview's questions, a filter in the browser and the server's memory, at 10 million tickets and 5 million answers."""
    from bench import size as measure

    folder = measure.filled(scale)
    asked = measure.overview(folder)
    pairs, details = measure.redraws(folder)
    aim = "questions of the Overview at most 1.5 s the first time and none again; a filter in view within 0.6 s, the median of 20; the server at most 500 MB"
    return "A filter at size / the same with the sample data", aim, rows(pairs), asked | details


SECTIONS: dict[str, Callable[[float], Section]] = {"asking": asking, "canvas": canvas, "loading": loading, "pages": pages, "start": start, "size": size}


def rows(pairs: list[Pair]) -> list[dict[str, object]]:
    """As they are written down."""
    return [pair.row() for pair in pairs]


def machine() -> dict[str, object]:
    """What this ran on."""
    return {
        "measured": datetime.now(UTC).strftime("%Y-%m-%d"),
        "python": platform.python_version(),
        "system": platform.system(),
        "cores": os.cpu_count(),
        "memory_gb": round(psutil.virtual_memory().total / 2**30),
    }


def as_markdown(title: str, aim: str, table: list[dict[str, object]], details: dict[str, object], on: dict) -> str:
    """One section for people."""
    lines = [
        f"# {title}",
        "",
        f"Aim: {aim}. Medians of interleaved rounds; the ratio is the median of each round's.",
        "",
    ]
    lines += ["| measured | ours, s | baseline, s | ratio | rounds | note |", "|---|---|---|---|---|---|"]
    for row in table:
        cells = (row["name"], row["ours_s"], row["baseline_s"], f"**{row['ratio']}**", row["rounds"], row["note"])
        lines.append(f"| {' | '.join(map(str, cells))} |")
    lines += ["", *[f"- {name.replace('_', ' ')}: {value}" for name, value in details.items()], ""]
    lines.append(f"{on['measured']}, Python {on['python']}, {on['system']}, {on['cores']} cores, {on['memory_gb']} GB")
    return "\n".join(lines) + "\n"


def main(names: list[str]) -> int:
    """Runs the sections named, or all; returns 2 for an unknown one."""
    unknown = [name for name in names if name not in SECTIONS]
    if unknown:
        print(f"no such measurement: {', '.join(unknown)}; there are {', '.join(SECTIONS)}", file=sys.stderr)
        return 2
    scale = float(os.environ.get("BENCH_SCALE", "1"))
    folder = RESULTS if scale == 1 else WORK / "scaled"
    folder.mkdir(parents=True, exist_ok=True)
    WORK.mkdir(exist_ok=True)
    for name in names or SECTIONS:
        print(f"measuring {name} ...", flush=True)
        title, aim, table, details = SECTIONS[name](scale)
        on = machine()
        text = as_markdown(title, aim, table, details, on)
        (folder / f"{name}.md").write_text(text, encoding="utf-8")
        kept = {"title": title, "aim": aim, "machine": on, "results": table, "details": details}
        (folder / f"{name}.json").write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        print(text, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
