"""Rolling windows equal the fetch over the window; targets are those in force."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest

from sqm import metrics
from warehouses import publish


def interviews(months: list[str]) -> list[dict]:
    chance = np.random.default_rng(5)
    return [
        {
            "respondent": f"r{month}{i}",
            "month": month,
            "city": None,
            "element": "overall",
            "score": float(chance.integers(1, 11)),
            "weight": float(chance.choice([0.5, 1.0, 2.0])),
        }
        for month in months
        for i in range(12)
    ]


@pytest.mark.parametrize("metric", ["satisfaction", "satisfaction_top2"])
def test_a_window_is_the_fetch_over_it(engine, metric):
    # March is missing: a window is of calendar months, not of rows.
    publish(engine, "surveys", interviews(["2025-12", "2026-01", "2026-02", "2026-04", "2026-05"]))
    found = metrics.rolling(metric, metrics.fetch(engine, metric, by="month"), 3)
    assert [f"{month:%Y-%m}" for month in found["month"]] == ["2026-02", "2026-03", "2026-04", "2026-05"]
    for row in found.itertuples():
        first = (row.month - pd.DateOffset(months=2)).date()
        alone = metrics.fetch(engine, metric, period=(first, row.month.date())).iloc[0]
        assert (row.value, row.lo, row.hi, row.base) == pytest.approx(tuple(alone[["value", "lo", "hi", "base"]]))


def test_windows_of_several_cities_keep_them_apart(engine):
    publish(engine, "surveys", [
        {**row, "respondent": f"{city}{row['respondent']}", "city": city, "score": score or row["score"]}
        for city, score in (("甲", 8.0), ("乙", None)) for row in interviews(["2026-01", "2026-02", "2026-03"])
        if not (city == "乙" and row["month"] == "2026-01")
    ])  # fmt: skip
    found = metrics.rolling("satisfaction", metrics.fetch(engine, "satisfaction", by=("month", "city")), 2)
    for row in found.itertuples():
        first = (row.month - pd.DateOffset(months=1)).date()
        period = (first, row.month.date())
        alone = metrics.fetch(engine, "satisfaction", where={"city": row.city}, period=period).iloc[0]
        assert (row.value, row.base) == (pytest.approx(alone["value"]), alone["base"])
    assert sorted(zip(found["city"], found["base"], strict=True)) == [("乙", 12), ("乙", 24), ("甲", 24), ("甲", 24)]


def test_windows_of_nothing_and_of_what_does_not_add_up():
    nothing = pd.DataFrame({name: pd.Series(dtype=float) for name in ("month", "value", "lo", "hi", "base", "w")})
    assert metrics.rolling("satisfaction", nothing, 6).empty
    with pytest.raises(ValueError, match="handling_hours"):
        metrics.rolling("handling_hours", nothing, 6)


def test_the_target_in_force(engine):
    publish(
        engine,
        "targets",
        [
            {"metric": "satisfaction", "target": 80.0, "valid_from": "2025-01"},
            {"metric": "satisfaction", "target": 82.0, "valid_from": "2026-01"},
            {"metric": "satisfaction", "target": 84.0, "valid_from": "2026-01", "city": "甲"},
            {"metric": "satisfaction", "target": 70.0, "valid_from": "2026-01", "element": "hotline"},
        ],
    )
    on = date(2026, 3, 1)
    assert metrics.target(engine, "satisfaction", date(2025, 6, 1)) == 80
    assert metrics.target(engine, "satisfaction", on) == 82
    assert metrics.target(engine, "satisfaction", on, "甲") == 84
    assert metrics.target(engine, "satisfaction", on, "乙") == 82
    assert metrics.target(engine, "satisfaction", on, element="hotline") == 70
    assert metrics.target(engine, "satisfaction", date(2024, 6, 1)) is None
    assert metrics.target(engine, "nps", on) is None
