"""Long work says where it stands and can be stopped at any of its stages, and then nothing of it is left."""

from __future__ import annotations

import signal
import sys
import tempfile
import threading
from pathlib import Path

import pytest
import sqlalchemy as sa
from workbooks import TICKET, shelf, sqm, stocked, stored, workbook

from sqm import loaders, metrics, stages, warehouse
from sqm.ingest import opening
from sqm.stages import Stopped, Work, working

__all__ = ["shelf", "sqm", "stocked"]


def tickets(path: Path, n: int = 40) -> Path:
    return workbook(path, {"工单": [TICKET, *[[f"T{i}", "2026-05-02 10:00", "投诉", "甲州", "net", "13800138000", "否", "慢"] for i in range(n)]]})


def left(folder: Path) -> list[str]:
    return [str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file() and path.name not in ("warehouse.duckdb", "hash.key")]


def load_until(engine: sa.Engine, path: Path, stage: str, **more) -> tuple[Work, list[str]]:
    """Load, and ask for the end when ``stage`` is reached."""
    seen: list[str] = []

    def said(work: Work) -> None:
        seen.append(work.stage)
        assert work.say("en") and work.say("zh") and 0 <= work.share <= 1
        if work.stage == stage:
            assert work.stop()

    with working(Work(said)) as work, pytest.raises(Stopped):
        loaders.load(engine, path, dataset="complaints", watch=metrics.headlines, **more)
    return work, seen


@pytest.mark.parametrize("stage", ["reading", "matching", "checking", "publishing", "measuring"])
def test_a_load_that_is_stopped_leaves_nothing_behind(stocked, tmp_path, monkeypatch, stage):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    path, folder = tickets(tmp_path / "t.xlsx"), warehouse.data_dir()
    version, before = warehouse.data_version(stocked), left(folder)
    work, seen = load_until(stocked, path, stage)
    assert seen[-1] == stage and work.stopped
    assert stored(stocked, "complaints").empty and warehouse.data_version(stocked) == version
    assert left(folder) == before and not list((tmp_path / "temporary").iterdir())
    assert loaders.load(stocked, path, dataset="complaints").accepted == 40, "the next load works"


def test_the_stages_of_a_dry_run_are_told_in_order(stocked, tmp_path):
    seen: list[tuple[str, int]] = []
    with working(Work(lambda work: seen.append((work.stage, work.of)))):
        loaders.load(stocked, tickets(tmp_path / "t.xlsx"), dataset="complaints", dry_run=True, watch=metrics.headlines)
    assert list(dict.fromkeys(stage for stage, _ in seen)) == ["reading", "matching", "checking", "comparing", "measuring"]
    assert ("checking", 41) in seen and ("comparing", 40) in seen


def test_a_statement_that_runs_is_broken_off(engine):
    """On either engine, from another thread, and the transaction is taken back."""
    work = Work()
    begun = threading.Event()

    def run() -> None:
        with working(work), warehouse.writing(engine) as conn:
            warehouse.note(conn, "a", "load", "", "")
            begun.set()
            conn.execute(sa.text("SELECT count(*) FROM generate_series(1, 100000000) a(i), generate_series(1, 1000) b(j) WHERE i + j < 0"))

    with pytest.raises(Stopped):
        threading.Thread(target=lambda: begun.wait() and threading.Timer(0.1, work.stop).start()).start()
        run()
    assert warehouse.log(engine).empty


def test_the_reader_is_ended_and_its_folder_goes(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    path, work = tickets(tmp_path / "t.xlsx"), Work()
    made: list = []

    def never(command, **more):  # a reader that comes to no end
        made.append(popen(["sleep", "600"], **more))
        threading.Timer(0.05, work.stop).start()
        return made[0]

    popen = opening.subprocess.Popen
    monkeypatch.setattr(opening.subprocess, "Popen", never)
    with working(work), pytest.raises(Stopped):
        loaders.inspect(path)
    assert made[0].poll() is not None and not list((tmp_path / "temporary").iterdir())


def test_what_is_kept_cannot_be_stopped_and_what_comes_after_can(monkeypatch):
    with working(Work()) as work:
        stages.keep()
        assert not work.stop()
        stages.check()
        with pytest.raises(Stopped):
            stages.taken(10, 20)
            stages.check()
        with stages.apart():
            stages.check()
    assert work.say("en") == "10 of 20 rows taken over" and work.share == 0.5


def test_nobody_watching_changes_nothing():
    stages.at("reading")
    stages.keep()
    with stages.stoppable(lambda: pytest.fail("ended")):
        pass


@pytest.mark.skipif(sys.platform == "win32", reason="Ctrl-C is another thing there")
def test_ctrl_c_ends_a_load_with_a_sentence(stocked, tmp_path, sqm, monkeypatch):
    path, version = tickets(tmp_path / "t.xlsx"), warehouse.data_version(stocked)
    at = stages.at

    def pressing(stage: str, done: int = 0, of: int = 0) -> None:
        at(stage, done, of)
        if stage == "publishing":
            signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(stages, "at", pressing)
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # where tests run in the background it is ignored
    try:
        code, out, err = sqm("load", path)
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    finally:
        signal.signal(signal.SIGINT, before)
    assert (code, out) == (130, "") and "nothing was stored" in err and warehouse.data_version(stocked) == version
    assert stored(stocked, "complaints").empty


def test_where_ctrl_c_is_ignored_it_stays_so(stocked, tmp_path, sqm):
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        assert sqm("load", tickets(tmp_path / "t.xlsx"))[0] == 0 and signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)


def test_a_terminal_shows_the_stage_in_one_line(stocked, tmp_path, sqm, monkeypatch):
    path = tickets(tmp_path / "t.xlsx")
    assert "Checking" not in sqm("load", path, "--dry-run")[2]
    monkeypatch.setattr(type(sys.stderr), "isatty", lambda self: True)
    code, out, err = sqm("load", path)
    assert code == 0 and "\rBatch" not in out and "Checking 41 rows …" in err and "\n" not in err and err.endswith("\r\x1b[2K")
