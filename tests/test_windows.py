"""Rolling windows equal the fetch over the window; targets are those in force."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest

from sqm import metrics, warehouse
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


SPLIT = {"satisfaction": ("element", "city"), "nps": ("city",), "complaint_rate": ("category", "city"), "first_reply_in_time": ("category", "city"),
         "repeat_rate": ("city",), "audit_score": ("city",), "complaints": ("category", "city")}


@pytest.mark.parametrize("metric", SPLIT)
def test_what_is_added_up_over_a_period_is_the_fetch_over_it(sample_folder, monkeypatch, metric):
    monkeypatch.setenv("SQM_DATA_DIR", str(sample_folder))
    engine, split = warehouse.engine(), SPLIT[metric]
    period = (date(2025, 11, 1), date(2026, 4, 1))
    by_month = metrics.fetch(engine, metric, by=("month", *split), period=(date(2025, 9, 1), date(2026, 10, 1)))
    rate = metric == "complaint_rate"
    for by in {split, tuple(name for name in split if name != "city"), *([("city",), ()] if rate else [])}:
        phi = 2.5 if rate else 1.0
        added = metrics.over(metric, by_month, by, period, phi)
        asked = metrics.fetch(engine, metric, by=by, period=period, phi=phi)
        columns = [*by, "value", "lo", "hi", "base", *metrics.get(metric).piece_names]
        both = [frame[columns].fillna(dict.fromkeys(by, "")).sort_values(list(by), ignore_index=True) if by else frame[columns] for frame in (added, asked)]
        pd.testing.assert_frame_equal(both[0], both[1], check_dtype=False, rtol=1e-9)


def test_what_does_not_add_up_is_not_added(sample_folder, monkeypatch):
    monkeypatch.setenv("SQM_DATA_DIR", str(sample_folder))
    engine, period = warehouse.engine(), (date(2026, 1, 1), date(2026, 3, 1))
    for metric, split in (("satisfaction", "element"), ("handling_hours", "city"), ("audit_score", "stage")):
        frame = metrics.fetch(engine, metric, by=("month", split), period=period)
        with pytest.raises(ValueError, match="add up"):
            metrics.over(metric, frame, (), period)
    frame = metrics.fetch(engine, "satisfaction", by=("month",), period=period)
    frame.attrs["basis"] = "index"
    with pytest.raises(ValueError, match="add up"):
        metrics.over("satisfaction", frame, (), period)


def test_a_period_without_anything_adds_up_to_nothing(sample_folder, monkeypatch):
    monkeypatch.setenv("SQM_DATA_DIR", str(sample_folder))
    frame = metrics.fetch(warehouse.engine(), "complaint_rate", by=("month", "city"), period=(date(2026, 1, 1), date(2026, 3, 1)))
    assert metrics.over("complaint_rate", frame, ("city",), (date(2020, 1, 1), date(2020, 6, 1))).empty
    assert metrics.over("complaint_rate", frame, (), (date(2020, 1, 1), date(2020, 6, 1))).empty


def test_tickets_without_a_city_or_a_category_are_added_up_as_they_are_counted(engine):
    publish(engine, "cities", [{"city": name, "en": name} for name in ("甲州", "乙州")])
    publish(engine, "customers", [{"month": f"2026-0{m}", "city": city, "opening": 1000 * m, "closing": 1200 * m} for m in (1, 2, 3) for city in ("甲州", "乙州")
                                  if (m, city) != (2, "乙州")])
    places, kinds = ("甲州", "乙州", None), ("tariff", "coverage", None)
    publish(engine, "complaints", [{"ticket_id": f"T{n}", "opened_at": f"2026-0{1 + n % 3}-0{1 + n % 9} 09:00:00", "city": places[n % 7 % 3], "category": kinds[n % 5 % 3]}
                                   for n in range(120)])
    period = (date(2026, 1, 1), date(2026, 3, 1))
    by_month = metrics.fetch(engine, "complaint_rate", by=("month", "category", "city"), period=period)
    for window in (period, (date(2026, 2, 1), date(2026, 3, 1)), (date(2026, 2, 1), date(2026, 2, 1))):
        for by in ((), ("city",), ("category",), ("category", "city"), ("month",), ("month", "city")):
            added = metrics.over("complaint_rate", by_month, by, window)
            asked = metrics.fetch(engine, "complaint_rate", by=by, period=window)
            columns = [*by, "value", "lo", "hi", "base", "events", "exposure", "unmatched"]
            both = [frame[columns].fillna(dict.fromkeys(by, "")).sort_values(list(by), ignore_index=True) if by else frame[columns] for frame in (added, asked)]
            both = [frame[(frame["events"] > 0) | (frame["exposure"] > 0)].reset_index(drop=True) for frame in both]
            pd.testing.assert_frame_equal(both[0], both[1], check_dtype=False)
