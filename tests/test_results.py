"""What a page asks: a chosen city's answer is taken out of the answer of all cities, and is the same as asking for it."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest
import sqlalchemy as sa

from sqm import metrics, warehouse
from sqm.ui import results
from sqm.ui.filters import Filters
from warehouses import publish

CITIES = ("甲", "乙", "丙")
PERIOD = (date(2026, 2, 1), date(2026, 5, 1))


@pytest.fixture
def world(own_data_folder) -> sa.Engine:
    """Surveys, tickets, customers and visits of two cities, at random; the third has customers alone."""
    engine, chance = warehouse.engine(), np.random.default_rng(11)
    months = [date(2026, month, 1) for month in range(1, 7)]
    publish(engine, "cities", [{"city": city, "en": city} for city in CITIES])
    publish(engine, "elements", [{"element": one, "zh": one, "position": n, "weight": n + 1.0} for n, one in enumerate(("hotline", "price"))])
    publish(engine, "categories", [{"category": one, "zh": one} for one in ("slow", "dear", "never")])
    publish(engine, "customers", [{"month": month, "city": city, "opening": float(n := chance.integers(10_000, 90_000)), "closing": float(n)}
                                  for month in months for city in CITIES])  # fmt: skip
    # Nobody in 乙 is asked the overall question: there satisfaction is an index over elements.
    publish(engine, "surveys", [
        {"respondent": f"{city}{month:%m}{n}", "month": month, "city": city, "element": element, "score": float(chance.integers(1, 11)), "scale": "1-10",
         "weight": float(chance.choice([0.5, 1.0, 2.0])), "channel": str(chance.choice(["热线", "厅店"])), "expectation": float(chance.integers(5, 11))}
        for city in CITIES[:2] for month in months for n in range(9) for element in ("overall", "hotline", "price") if city == "甲" or element != "overall"])
    publish(engine, "complaints", [
        {"ticket_id": f"{city}{n}", "opened_at": f"2026-{chance.integers(1, 7):02d}-{chance.integers(1, 28):02d} 08:00", "city": city,
         "first_reply_at": f"2026-{7:02d}-01 08:00" if n % 3 else None, "category": str(chance.choice(["slow", "dear"])), "phone": f"1380000{n % 40:04d}",
         "escalated": bool(n % 4), "channel": "热线", "kind": "complaint"} for city in CITIES[:2] for n in range(160)])
    publish(engine, "stores", [{"store": f"{city}店", "zh": f"{city}店", "city": city} for city in CITIES[:2]])
    publish(engine, "audit_items", [{"item": "clean", "zh": "整洁", "weight": 5.0, "stage": "a"}, {"item": "hello", "zh": "问候", "weight": 9.0, "stage": "b"}])
    publish(engine, "audits", [
        {"visit_id": f"{city}{month:%m}", "visited_on": month, "store": f"{city}店", "item": item, "points": float(chance.integers(1, 6)), "monitoring": "mystery",
         "queue_minutes": float(chance.integers(3, 20))} for city in CITIES[:2] for month in months for item in ("clean", "hello")])
    publish(engine, "indicators", [{"month": month, "city": city, "indicator": "connect", "numerator": float(chance.integers(80, 99)), "denominator": 100.0}
                                   for month in months for city in CITIES[:2]])  # fmt: skip
    publish(engine, "breaches", [{"breach": f"b{n}", "on": date(2026, 3, n + 1), "city": "甲", "prohibition": n % 5 + 1} for n in range(4)])
    return engine


def test_a_city_taken_out_of_all_is_that_city_asked_for(world) -> None:
    version, compared = warehouse.data_version(world), 0
    with warehouse.kept_open():
        for metric in (one for one in metrics.CATALOGUE.values() if "city" in one.splits):
            splits = [split for split in metric.splits if split not in ("city", "day")]
            for by in [(), *((split,) for split in splits), *([("month", "element")] if "element" in splits else [])]:
                for city in (CITIES[0], CITIES[-1], "无"):
                    told = results.fetch(metric.id, Filters("complaints", "en", "light", world, version, PERIOD, {"city": city}), by=by, period=PERIOD)
                    alone = metrics.fetch(world, metric.id, by=by, where={"city": city}, period=PERIOD)
                    pd.testing.assert_frame_equal(told, alone, rtol=1e-12, obj=f"{metric.id} by {by} of {city}")
                    assert told.attrs == alone.attrs, (metric.id, by, city)
                    compared += len(alone) > 0
    assert compared > 130


def test_the_next_city_is_not_asked_for(world, monkeypatch) -> None:
    asked, version = [], warehouse.data_version(world)
    fetch = metrics.fetch
    monkeypatch.setattr(metrics, "fetch", lambda *args, **kwargs: asked.append(kwargs) or fetch(*args, **kwargs))
    told = {city: results.fetch("complaint_rate", Filters("complaints", "en", "light", world, version, PERIOD, {"city": city}), by=("category",))["events"].sum()
            for city in CITIES}  # fmt: skip
    assert len(asked) == 1 and told["丙"] == 0 and told["甲"] > 50 and told["乙"] > 50
