"""Interleaved rounds, medians, and the peak memory of a process with its children."""

from __future__ import annotations

import gc
import json
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psutil

WORK = Path(__file__).with_name("work")
ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Pair:
    """One thing measured beside its baseline: medians in seconds, and the median of the per-round ratios."""

    name: str
    ours: float
    baseline: float
    ratio: float
    rounds: int
    note: str = ""

    def row(self) -> dict[str, object]:
        """Rounded, for the results file."""
        return {
            "name": self.name,
            "ours_s": round(self.ours, 4),
            "baseline_s": round(self.baseline, 4),
            "ratio": round(self.ratio, 3),
            "rounds": self.rounds,
            "note": self.note,
        }


def side_by_side(
    name: str, ours: Callable[[], object], baseline: Callable[[], object], rounds: int, note: str = "", warm: int = 1
) -> Pair:
    """Runs both alternately, first one first in even rounds and last in odd ones, after ``warm`` unmeasured rounds."""
    for _ in range(warm):
        baseline()
        ours()
    times: dict[str, list[float]] = {"ours": [], "baseline": []}
    for number in range(rounds):
        order = [("ours", ours), ("baseline", baseline)]
        for label, run in order if number % 2 == 0 else reversed(order):
            times[label].append(clock(run))
    return paired(name, times["ours"], times["baseline"], note)


def paired(name: str, ours: list[float], baseline: list[float], note: str = "") -> Pair:
    """The pair of two equally long series of seconds, round by round."""
    ratios = [a / b for a, b in zip(ours, baseline, strict=True)]
    return Pair(name, statistics.median(ours), statistics.median(baseline), statistics.median(ratios), len(ours), note)


def clock(run: Callable[[], object]) -> float:
    """Seconds of one run; garbage of the run before is collected first."""
    gc.collect()
    began = time.perf_counter()
    run()
    return time.perf_counter() - began


@dataclass(frozen=True)
class Child:
    """What a measured process said (its last line, as JSON), how long it took and the peak memory of its tree in MB."""

    said: dict
    seconds: float
    peak_mb: float


def run_child(code: str, *arguments: str, env: dict[str, str] | None = None, timeout: float = 1200) -> Child:
    """Runs Python ``code`` in a process of its own. Memory: summed over it and its children, sampled 50 times a second.

    Raises RuntimeError with its output when it fails.
    """
    began = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-c", code, *arguments],
        cwd=ROOT,
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )
    peak, done = [0.0], threading.Event()
    watcher = threading.Thread(target=_watch, args=(process.pid, peak, done))
    watcher.start()
    try:
        out, err = process.communicate(timeout=timeout)
    except subprocess.TimeoutExpired:
        process.kill()
        raise
    finally:
        done.set()
        watcher.join()
    if process.returncode:
        raise RuntimeError(f"{code[:80]} … failed:\n{out}\n{err}")
    return Child(json.loads(out.strip().splitlines()[-1]), time.perf_counter() - began, peak[0] / 2**20)


def _watch(pid: int, peak: list[float], done: threading.Event) -> None:
    try:
        root = psutil.Process(pid)
    except psutil.NoSuchProcess:
        return
    while not done.wait(0.02):
        total = 0
        try:
            for process in [root, *root.children(recursive=True)]:
                try:
                    total += process.memory_info().rss
                except psutil.Error:
                    continue
        except psutil.Error:
            return
        peak[0] = max(peak[0], total)
