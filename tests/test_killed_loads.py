"""A load that is killed, wherever it is, leaves the warehouse at the last published batch, and the next start works.

The kill comes at a share of the load's own steps (calls of Python, counted in a first run), so that it falls into the same
places on any machine; every other one lets a thread pull the trigger a little later, inside the statement that was just begun.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from workbooks import TICKET, shelf, stocked, workbook

from sqm import loaders, warehouse

__all__ = ["shelf", "stocked"]
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="a process that forks itself")
ROOT = Path(__file__).resolve().parent.parent
#: Imports once, then loads the file in a child per folder or database, each with its own end.
STAND = """
import json, os, random, signal, sys, threading
from sqm import loaders, warehouse
from sqm.ingest import checks, opening

file, places = sys.argv[1], json.loads(sys.argv[2])
draw = random.Random(20260501)
out = os.environ["STAND_SAYS"]

def load(stop=None, late=False):
    done = {"steps": 0, "publishing": 0, "commits": []}
    def pull():
        for _ in range(draw.randrange(1 << draw.randrange(6, 22))):
            pass
        os.kill(os.getpid(), signal.SIGKILL)
    def step(frame, event, argument):
        done["steps"] += 1
        if event == "call" and frame.f_code.co_name == "publish" and not done["publishing"]:
            done["publishing"] = done["steps"]
        if event == "c_call" and argument.__name__ == "commit" and done["publishing"]:
            done["commits"].append(done["steps"])
        if done["steps"] == stop:
            if late:
                threading.Thread(target=pull).start()
            else:
                os.kill(os.getpid(), signal.SIGKILL)
    sys.setprofile(step)
    try:
        loaders.load(warehouse.engine(), file, dataset="complaints")
    finally:
        sys.setprofile(None)
    return done

def forked(place, stop=None, late=False):
    child = os.fork()
    if not child:
        os.environ.update(place)
        done = load(stop, late)
        if stop is None:
            open(out, "w").write(json.dumps(done))
        os._exit(0)
    return os.waitpid(child, 0)[1]

assert forked(places[0]) == 0
whole = json.load(open(out))
ends = []
for number, place in enumerate(places[1:]):
    share, count = (number + draw.random()) / (len(places) - 1), whole["steps"] - whole["publishing"]
    # A third of them before publication begins, a third from there to the last step, a third while something is committed.
    stop = (int(whole["publishing"] * share) + 1, whole["publishing"] + int(count * share), draw.choice(whole["commits"] or [whole["steps"] - 300]))[number % 3]
    draw.seed(number)
    ends.append((stop, forked(place, stop, late=number % 3 == 2 or number % 2 == 1)))
print(json.dumps({"whole": whole, "ends": ends}))
"""


def tickets(numbers: range, text: str) -> list[list[object]]:
    return [TICKET, *[[f"K{n}", f"2026-05-{1 + n % 28:02} 10:00", "投诉", ("甲州", "乙州")[n % 2], "net", None, "否", text] for n in numbers]]


def state(url: str | None = None) -> tuple[dict[str, int], list[tuple[int, str]]]:
    """What the dataset holds, by text, and the batches of tickets."""
    engine = warehouse.engine(url)
    frame = warehouse.frame(engine, warehouse.table("complaints").select())
    listed = loaders.batches(engine)
    mine: pd.DataFrame = listed[listed["dataset"] == "complaints"].sort_values("id")
    return frame["content"].value_counts().to_dict(), list(zip(mine["accepted"], mine["status"], strict=True))


def killed(path: Path, places: list[dict[str, str]], folder: Path) -> list[int]:
    """Load ``path`` at each place but the first until it is killed; returns how each ended."""
    done = subprocess.run([sys.executable, "-c", STAND, str(path), json.dumps(places)], capture_output=True, text=True, timeout=240, check=False,
                          cwd=ROOT, env={**os.environ, "STAND_SAYS": str(folder / "says.json"), "PYTHONPATH": str(ROOT)})
    assert done.returncode == 0, done.stderr[-3000:]
    return [os.waitstatus_to_exitcode(end) for _, end in json.loads(done.stdout)["ends"]]


BEFORE, AFTER = {"alt": 600}, {"alt": 200, "neu": 500}


def test_a_duckdb_warehouse_survives_a_kill_at_any_point(stocked, tmp_path, monkeypatch):
    loaders.load(stocked, workbook(tmp_path / "a.xlsx", {"s": tickets(range(600), "alt")}))
    assert state() == (BEFORE, [(600, "published")])
    warehouse.forget()
    again = workbook(tmp_path / "b.xlsx", {"s": tickets(range(200, 700), "neu")})
    folders = [tmp_path / f"w{number}" for number in range(10)]
    for folder in folders:
        shutil.copytree(os.environ["SQM_DATA_DIR"], folder)
    ends = killed(again, [{"SQM_DATA_DIR": str(folder)} for folder in folders], tmp_path)
    assert ends.count(-signal.SIGKILL) >= 7, ends
    seen = []
    for folder in folders:
        monkeypatch.setenv("SQM_DATA_DIR", str(folder))
        found = state()
        seen.append(found[0] == AFTER)
        assert found in ((BEFORE, [(600, "published")]), (AFTER, [(600, "published"), (500, "published")])), found
        if len(seen) % 3 == 0:  # the next start goes on as if nothing had been
            result = loaders.load(warehouse.engine(), again)
            assert result.message == ("already_loaded" if seen[-1] else "published")
            assert state() == (AFTER, [(600, "published"), (500, "published")])
        warehouse.forget()
    assert seen[0] and not all(seen[1:])


def test_a_postgresql_warehouse_survives_a_kill_at_any_point(postgres, request, tmp_path, monkeypatch):
    from warehouses import new_url

    url = new_url("postgresql", request, tmp_path)
    engine = warehouse.engine(url)
    monkeypatch.setenv("SQM_DATABASE_URL", url)
    from workbooks import CATEGORIES, CITIES, ELEMENTS

    loaders.load(engine, workbook(tmp_path / "c.xlsx", {"s": CITIES}), dataset="cities")
    loaders.load(engine, workbook(tmp_path / "e.xlsx", {"s": ELEMENTS}), dataset="elements")
    loaders.load(engine, workbook(tmp_path / "k.xlsx", {"s": CATEGORIES}), dataset="categories")
    loaders.load(engine, workbook(tmp_path / "a.xlsx", {"s": tickets(range(600), "alt")}))
    again = workbook(tmp_path / "b.xlsx", {"s": tickets(range(200, 700), "neu")})
    spare = new_url("postgresql", request, tmp_path)
    warehouse.restore(warehouse.engine(spare), _backed_up(engine, tmp_path))
    ends = killed(again, [{"SQM_DATABASE_URL": spare}, *[{"SQM_DATABASE_URL": url}] * 3], tmp_path)
    assert -signal.SIGKILL in ends
    found = state(url)
    assert found in ((BEFORE, [(600, "published")]), (AFTER, [(600, "published"), (500, "published")])), found
    assert loaders.load(engine, again).message in ("published", "already_loaded")
    assert state(url) == (AFTER, [(600, "published"), (500, "published")])
    warehouse.forget(url)
    warehouse.forget(spare)


def _backed_up(engine, folder: Path) -> Path:
    warehouse.backup(engine, folder / "backup.zip")
    return folder / "backup.zip"
