"""From a workbook on disk to published rows, beside the barest reading of the same workbook as text."""

from __future__ import annotations

import os
import shutil
import statistics
from pathlib import Path

from bench import rows, workbook
from bench.timing import WORK, Child, Pair, paired, run_child

LOAD = """
import json, sys, time
from pathlib import Path
from bench import stages
print(json.dumps(stages.load(Path(sys.argv[1]))))
"""
GLANCE = """
import json, sys, time
from sqm import loaders, warehouse
engine = warehouse.engine()
began = time.perf_counter()
(sheet,) = loaders.glance(sys.argv[1], engine)
print(json.dumps({"seconds": time.perf_counter() - began, "matched": len(sheet.mapping)}))
"""
BARE = """
import json, sys, time
import fastexcel
began = time.perf_counter()
table = fastexcel.read_excel(sys.argv[1]).load_sheet(0, dtypes="string").to_arrow()
print(json.dumps({"seconds": time.perf_counter() - began, "rows": table.num_rows}))
"""
OPENPYXL = """
import json, sys, time
import pandas as pd
began = time.perf_counter()
frame = pd.read_excel(sys.argv[1], engine="openpyxl", dtype=str)
print(json.dumps({"seconds": time.perf_counter() - began, "rows": len(frame)}))
"""


def prepared() -> Path:
    """A data folder with reference tables and no facts, to be copied for every round."""
    folder = WORK / "empty"
    if not (folder / "warehouse.duckdb").exists():
        folder.mkdir(parents=True, exist_ok=True)
        rows.fill(folder / "warehouse.duckdb", 0, 0)
    return folder


def fresh(code: str, path: Path) -> Child:
    """``code`` about the workbook in a process of its own, with a fresh warehouse."""
    folder = WORK / "round"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(prepared(), folder)
    env = {**os.environ, "SQM_DATA_DIR": str(folder)}
    env.pop("SQM_DATABASE_URL", None)
    done = run_child(code, str(path), env=env)
    shutil.rmtree(folder, ignore_errors=True)
    return done


def load(path: Path, expected: int) -> Child:
    """Our own loader; every row must have been accepted."""
    done = fresh(LOAD, path)
    if done.said["accepted"] != expected:
        raise RuntimeError(f"{done.said['accepted']} of {expected} rows accepted")
    return done


def first_look(name: str, size: int, rounds: int) -> Pair:
    """The first rows with what was recognised, beside the whole load of the same workbook."""
    path = made(size)
    looks, loads = [], []
    for _ in range(rounds):
        looks.append(fresh(GLANCE, path))
        loads.append(load(path, size))
    if min(look.said["matched"] for look in looks) < 10:
        raise RuntimeError("the first look did not recognise the headings")
    return paired(name, [c.said["seconds"] for c in looks], [c.said["seconds"] for c in loads])


def made(size: int) -> Path:
    """The workbook of ``size`` rows."""
    WORK.mkdir(exist_ok=True)
    cities = [f"ci{n}" for n in range(rows.CITIES)]
    categories = [f"ca{n}" for n in range(rows.CATEGORIES)]
    return workbook.write(WORK / f"tickets-{size}.xlsx", size, cities, categories)


def compare(name: str, size: int, baseline: str, rounds: int) -> tuple[Pair, dict[str, object]]:
    """Our loader beside ``baseline`` on a workbook of ``size`` rows: times, and details on stages and memory."""
    path = made(size)
    ours: list[Child] = []
    bare: list[Child] = []
    for number in range(rounds):
        for which in ("ours", "bare") if number % 2 == 0 else ("bare", "ours"):
            if which == "ours":
                ours.append(load(path, size))
            else:
                bare.append(run_child(baseline, str(path)))
    pair = paired(name, [c.said["seconds"] for c in ours], [c.said["seconds"] for c in bare])
    stages = {k: round(statistics.median(c.said["stages"][k] for c in ours), 3) for k in ours[0].said["stages"]}
    peak, base = statistics.median(c.peak_mb for c in ours), statistics.median(c.peak_mb for c in bare)
    return pair, {
        "rows": size,
        "stages_s": stages,
        "peak_mb": round(peak),
        "baseline_peak_mb": round(base),
        "memory_ratio": round(peak / base, 3),
        "workbook_mb": round(path.stat().st_size / 2**20),
    }
