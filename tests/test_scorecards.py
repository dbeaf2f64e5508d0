"""Scorecards: attainment by hand, weights with their history, who differs from the whole, what other weights would do."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest

from sqm import scorecards, warehouse
from sqm.errors import Conflict, WrongCall
from sqm.scorecards import USUAL, attained, checked, shifted, totals


def piece(unit: str, name: str, score: float, half: float = 1.0) -> dict:
    return {
        "unit": unit,
        "piece": name,
        "metric": name,
        "about": "",
        "value": score,
        "value_lo": 0,
        "value_hi": 0,
        "base": 100,
        "target": 100,
        "score": score,
        "lo": score - half,
        "hi": score + half,
    }


def test_a_target_is_reached_or_not() -> None:
    assert attained([80, 40, 200, np.nan], [80, 80, 100, 80], "higher")[:3].tolist() == [100.0, 50.0, 120.0] and np.isnan(attained(np.nan, 80, "higher"))
    assert attained([4.0, 8.0, 0.0], [4.0, 4.0, 4.0], "lower")[:2].tolist() == [100.0, 50.0]


def test_the_whole_is_the_weighted_mean_with_its_doubt() -> None:
    pieces = pd.DataFrame([piece("甲", "satisfaction", 90.0, 2.0), piece("甲", "audit_score", 110.0, 1.0), piece("乙", "satisfaction", 100.0, 2.0)])
    found = totals(pieces, USUAL["city"]).set_index("unit")
    assert found.loc["甲", "score"] == pytest.approx((35 * 90 + 20 * 110) / 55) and found.loc["甲", "share"] == pytest.approx(0.55)
    half = np.hypot(35 / 55 * 2.0, 20 / 55 * 1.0)
    assert found.loc["甲", "hi"] - found.loc["甲", "score"] == pytest.approx(half) and found.loc["乙", "share"] == pytest.approx(0.35)


def test_several_numbers_of_a_piece_share_its_weight() -> None:
    pieces = pd.DataFrame([piece("it", "indicators", 80.0), piece("it", "indicators", 100.0), piece("it", "promises", 60.0)])
    assert totals(pieces, USUAL["department"])["score"].iloc[0] == pytest.approx((30 * 90 + 20 * 60) / 50)


def test_only_what_is_told_apart_is_called_better_or_worse() -> None:
    rows = [
        piece("", "satisfaction", 95.0, 0.2),
        *(piece(f"c{n}", "satisfaction", 95.0 + (n - 5) * 0.1, 1.0) for n in range(10)),
        piece("low", "satisfaction", 85.0, 1.0),
    ]
    found = totals(pd.DataFrame(rows), USUAL["city"])
    assert found.attrs["whole"] == 95.0 and dict(zip(found["unit"], found["verdict"], strict=True))["low"] == "worse"
    assert (found["verdict"] == "unclear").sum() == 10
    draw = np.random.default_rng(4)
    wrong = 0
    for _ in range(200):
        noise = [piece("", "satisfaction", 95.0, 0.01), *(piece(f"c{n}", "satisfaction", draw.normal(95.0, 1.0), 1.959964) for n in range(13))]
        wrong += bool((totals(pd.DataFrame(noise), USUAL["city"])["verdict"] != "unclear").any())
    assert wrong / 200 <= 0.09


def test_other_weights_are_seen_before_they_hold() -> None:
    pieces = pd.DataFrame(
        [
            piece(unit, name, score)
            for unit, scores in {"甲": (90.0, 110.0), "乙": (100.0, 80.0)}.items()
            for name, score in zip(("satisfaction", "audit_score"), scores, strict=True)
        ]
    )
    new = {**dict.fromkeys(USUAL["city"], 0.0), "audit_score": 100.0}
    found = shifted(pieces, USUAL["city"], new).set_index("unit")
    assert found.loc["甲", "after"] == 110.0 and found.loc["乙", "difference"] == pytest.approx(80 - (35 * 100 + 20 * 80) / 55)


@pytest.mark.parametrize(
    ("values", "code"),
    [({"satisfaction": 50.0}, "weights_sum"), ({"nps": 100.0}, "weights_piece"), ({"satisfaction": 150.0, "audit_score": -50.0}, "weights_piece")],
)
def test_weights_are_a_hundred_of_known_pieces(values: dict, code: str) -> None:
    with pytest.raises(WrongCall, match=code):
        checked("city", values)


def test_weights_keep_their_history(own_data_folder) -> None:
    engine = warehouse.engine()
    assert scorecards.weights(engine, "city").values == USUAL["city"] and scorecards.weights(engine, "city").revision == 0
    new = {**USUAL["city"], "satisfaction": 45.0, "repeat_rate": 0.0}
    made = scorecards.set_weights(engine, "city", new, base=0, who="wang", why="Meeting of July")
    assert made.revision == 1 and scorecards.weights(engine, "city").values == new
    assert [(one.revision, one.who) for one in scorecards.history(engine, "city")] == [(1, "wang"), (0, "")]
    with pytest.raises(Conflict):
        scorecards.set_weights(engine, "city", new, base=0, who="li", why="Late")
    with pytest.raises(WrongCall, match="setting_why"):
        scorecards.set_weights(engine, "city", new, base=1, who="li", why=" ")


def test_pieces_of_cities_and_departments() -> None:
    period = (date(2026, 1, 1), date(2026, 6, 1))
    values = {"satisfaction": 80.0, "complaint_rate": 5.0, "first_reply_in_time": 96.0, "repeat_rate": 8.0, "audit_score": 85.0, "indicator": 93.0}

    def fetch(metric, by, where, span):
        assert span == period
        units = where.get(by[0], ["甲", "乙"]) if by else [None]
        frame = pd.DataFrame({"value": [values[metric]] * len(units), "lo": values[metric] - 1, "hi": values[metric] + 1, "base": 50})
        return frame.assign(**{by[0]: units}) if by else frame

    cities = scorecards.of_cities(fetch, lambda metric, city, element: {"satisfaction": 82.0}.get(metric), period, ("甲", "乙"))
    assert set(cities["unit"]) == {"甲", "乙", ""} and len(cities) == 15
    one = cities[(cities["unit"] == "甲") & (cities["piece"] == "satisfaction")].iloc[0]
    assert one["score"] == pytest.approx(100 * 80 / 82) and one["lo"] == pytest.approx(100 * 79 / 82)
    assert (cities.loc[cities["piece"] == "complaint_rate", "score"] == 100).all(), "without a target the whole is one"
    listed = pd.DataFrame(
        [
            {"indicator": "i1", "element": "hotline", "department": "service", "better": "higher"},
            {"indicator": "i2", "element": None, "department": "it", "better": "lower"},
        ]
    )
    promised = pd.DataFrame(
        [{"department": "service", "metric": "first_reply_in_time", "promise": "p", "promised": 98.0, "value": 96.0, "lo": 95.0, "hi": 97.0, "base": 9}]
    )
    goals = {"i1": 90.0, "i2": 50.0, "satisfaction": 80.0}
    found = scorecards.of_departments(fetch, lambda metric, city, element: goals.get(metric), period, listed, promised)
    assert found.groupby("unit")["piece"].apply(sorted).to_dict() == {"service": ["indicators", "perception", "promises"], "it": ["indicators"]}
    assert found.loc[(found["unit"] == "it"), "score"].iloc[0] == pytest.approx(100 * 50 / 93)
