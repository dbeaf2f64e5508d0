"""The metric layer against the same SQL written by hand, on the same DuckDB file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd

from bench import rows
from bench.questions import QUESTIONS, Question
from bench.timing import WORK, Pair, side_by_side
from sqm import metrics, warehouse

TICKETS, ANSWERS = 10_000_000, 5_000_000


def filled(scale: float) -> Path:
    """The measured warehouse, made once and kept."""
    tickets, answers = int(TICKETS * scale), int(ANSWERS * scale)
    path = WORK / f"metrics-{tickets}-{answers}.duckdb"
    if not path.exists():
        WORK.mkdir(exist_ok=True)
        part = path.with_suffix(".part")
        part.unlink(missing_ok=True)
        rows.fill(part, tickets, answers)
        part.rename(path)
    return path


def same(question: Question, ours: pd.DataFrame, hand: pd.DataFrame) -> None:
    """Raises AssertionError unless both say the same values on the same bases."""
    by = list(question.by)

    def lined_up(frame: pd.DataFrame) -> pd.DataFrame:
        frame = frame[[*by, "value", "base"]].copy()
        for name in by:
            frame[name] = pd.to_datetime(frame[name]).astype(str) if name == "month" else frame[name].astype(str)
            frame[name] = frame[name].replace({"nan": "None", "<NA>": "None"})
        return frame.sort_values(by).reset_index(drop=True)

    a, b = lined_up(ours[ours["base"] > 0]), lined_up(hand)
    assert len(a) == len(b), f"{question.name}: {len(a)} cells against {len(b)}"
    for name in by:
        assert list(a[name]) == list(b[name]), f"{question.name}: {name} differs"
    for name in ("value", "base"):
        left, right = a[name].astype(float), b[name].astype(float)
        assert np.allclose(left, right, rtol=1e-6, equal_nan=True), f"{question.name}: {name} differs"


def compare(scale: float, rounds: int) -> tuple[list[Pair], dict[str, object]]:
    """Every question with both sides opening the file for each one, as the app does; and with the hand's kept open."""
    path = filled(scale)
    engine = warehouse.engine(f"duckdb:///{path.as_posix()}")
    pairs, kept_open = [], {}
    for question in QUESTIONS:

        def ask(q: Question = question) -> pd.DataFrame:
            return metrics.fetch(engine, q.metric, by=q.by, where=q.where, period=q.period)

        def by_hand(q: Question = question) -> pd.DataFrame:
            with duckdb.connect(str(path)) as con:
                return con.execute(q.sql).df()

        same(question, ask(), by_hand())
        pairs.append(side_by_side(question.name, ask, by_hand, rounds, question.note))
    with engine.connect() as held:  # the layer's own settings: DuckDB refuses to open a file with others beside it
        con: Any = held.connection.driver_connection
        for question in QUESTIONS:
            pair = side_by_side(
                question.name,
                lambda q=question: metrics.fetch(engine, q.metric, by=q.by, where=q.where, period=q.period),  # type: ignore[misc]
                lambda q=question: con.execute(q.sql).df(),  # type: ignore[misc]
                rounds,
            )
            kept_open[question.name] = round(pair.ratio, 3)
    warehouse.forget()
    return pairs, {
        "tickets": int(TICKETS * scale),
        "answers": int(ANSWERS * scale),
        "file_mb": round(path.stat().st_size / 2**20),
        "ratio_with_a_connection_kept_open_on_both_sides": kept_open,
    }
