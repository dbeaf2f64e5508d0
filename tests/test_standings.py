"""Cities in their funnel, streaks at the bottom, how far visits can be relied on: worlds whose truth is known."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from sqm import metrics, standings, stats

SCORE = metrics.get("audit_score")
MONTHS = pd.date_range("2025-11-01", periods=12, freq="MS")


def pieces(scores: np.ndarray, possible: float = 100.0) -> dict[str, float]:
    """The answer to a score of visits that could all get as many points."""
    p, a = scores * possible / 100, np.full(len(scores), possible)
    named = {"base": len(scores), "P": p.sum(), "A": a.sum(), "PP": (p * p).sum(), "PA": (p * a).sum(), "AA": (a * a).sum()}
    return {"value": 100 * p.sum() / a.sum(), "lo": np.nan, "hi": np.nan, **named}


def world(seed: int, truth: dict[str, float], visits: int = 11, spread: float = 8.0, months: pd.DatetimeIndex = MONTHS) -> pd.DataFrame:
    """One row per month and city."""
    rng = np.random.default_rng(seed)
    return pd.DataFrame([{"month": month, "city": city, **pieces(rng.normal(mean, spread, visits))} for month in months for city, mean in truth.items()])


ALIKE = {f"c{i:02}": 84.0 for i in range(13)}


def test_the_worst_of_a_month_and_their_longest_run() -> None:
    scores = [[1, 2, 3, 4, 5], [2, 1, 2, 9, 9], [np.nan, np.nan, 1, 2, 3], [9, 2, 1, 0, 9]]
    low = stats.worst(scores, 2)
    assert low.tolist() == [[True, True, False, False, False], [False, True, False, False, False],
                            [False, False, True, True, False], [False, False, True, True, False]], "two that share the last place: neither"
    length, end = stats.longest(low)
    assert length.tolist() == [1, 2, 2, 2, 0] and end.tolist() == [0, 1, 3, 3, -1]
    assert not stats.worst([[1, 2, np.nan]], 2).any(), "of two, two are not the worst"
    assert stats.worst([[1, 5, 9]], 1, better="lower").tolist() == [[False, False, True]]


def test_the_chance_of_a_streak_by_luck_is_that_of_drawing_lots() -> None:
    # One month: 3 of 13. Three months on end: (3/13)³. Any of 13 in one month: certain.
    own, some = stats.streak_chance(np.ones((1, 13)), np.ones(13))
    assert own == pytest.approx(3 / 13, abs=0.01) and some == pytest.approx(1.0, abs=1e-3)
    own, some = stats.streak_chance(np.ones((3, 13)), np.full(13, 3), draws=40_000)
    assert own == pytest.approx((3 / 13) ** 3, abs=0.003) and some == pytest.approx(13 * (3 / 13) ** 3, abs=0.02)
    errors = np.ones((6, 13))
    errors[:, 0] = 3.0
    own, _ = stats.streak_chance(errors, np.full(13, 3))
    assert own[0] > 2 * own[1], "of whom less is known stands at the end more often"
    own, some = stats.streak_chance(np.ones((6, 3)), np.ones(3))
    assert (own < 0.001).all() and (some < 0.001).all(), "of three, three are not the worst"


def test_pure_noise_has_streaks_and_hardly_ever_a_signal() -> None:
    calls = [set(standings.streaks(world(seed, ALIKE))["call"]) for seed in range(40)]
    assert sum("signal" in call for call in calls) <= 4, "5 % of 40 worlds are 2; 4 are within what luck allows"
    assert sum(bool(call - {""}) for call in calls) > 20, "though streaks of three are common"
    assert sum("luck" in call for call in calls) > 12


def test_a_city_that_is_weak_is_a_signal_and_the_streak_names_its_months() -> None:
    found = standings.streaks(world(1, {**ALIKE, "c03": 74.0})).set_index("city")
    row = found.loc["c03"]
    assert row["call"] == "signal" and row["months"] == 12 and row["running"] and row["chance"] < 0.001 and row["bottom"] > 0.99
    assert row["first"] == MONTHS[0] and row["last"] == MONTHS[-1]
    assert "signal" not in set(found.drop("c03")["call"])


def test_streaks_of_nearly_nothing_are_an_empty_answer() -> None:
    three = world(1, {"a": 80.0, "b": 81.0, "c": 82.0})
    for frame in (three, three.iloc[:0], three.assign(city=None), three.assign(value=np.nan)):
        assert list(standings.streaks(frame).columns) == standings.STREAKS and standings.streaks(frame).empty
    gap = world(2, {**ALIKE, "c03": 60.0})
    gap = gap[gap["month"] != MONTHS[6]]
    row = standings.streaks(gap).set_index("city").loc["c03"]
    assert row["months"] == 6, "a month without visits ends a run"
    alike = standings.streaks(world(3, ALIKE, spread=0.0))
    assert alike.empty, "visits that all agree tell nothing of luck"


def test_a_funnel_holds_the_usual_and_shows_who_is_outside() -> None:
    rng = np.random.default_rng(5)
    truth = dict(zip(ALIKE, rng.normal(84, 2, 13), strict=True)) | {"c03": 58.0}
    cities = world(4, truth, visits=130, months=MONTHS[:1])
    found = standings.placed(cities)
    assert list(found.loc[found["outside"] == "worse", "city"]) == ["c03"] and not (found["outside"] == "better").any()
    assert found["city"].iloc[0] == "c03" and found["place"].iloc[0] == 13 and found["bottom"].iloc[0] > 0.999
    assert found["bottom"].sum() == pytest.approx(3) and found.attrs["phi"] > 2
    row = found.iloc[0]
    assert row["error"] == pytest.approx(8 / np.sqrt(130), rel=0.05)
    assert row["whole"] == pytest.approx(cities["P"].sum() / cities["A"].sum() * 100)
    assert row["upper_outer"] - row["whole"] == pytest.approx(3.0902 * np.sqrt(found.attrs["phi"]) * row["error"], rel=1e-4)
    curve = standings.limits(found)
    assert (curve["upper"].diff().dropna() < 0).all() and (curve["lower_outer"] < curve["lower"]).all()


def test_a_funnel_of_nearly_nothing_judges_nobody() -> None:
    few = standings.placed(world(1, {"a": 80.0, "b": 40.0, "c": 82.0, "d": 83.0}, visits=5, months=MONTHS[:1]))
    assert set(few["outside"]) == {"small"}
    one = standings.placed(world(1, {"a": 80.0}, months=MONTHS[:1]))
    assert len(one) == 1 and one["outside"].iloc[0] == "" and np.isnan(one["bottom"].iloc[0]) and standings.limits(one).empty
    nobody = standings.placed(world(1, {"a": 80.0}, months=MONTHS[:1]).iloc[:0])
    assert nobody.empty and standings.limits(nobody).empty
    single = standings.placed(world(1, ALIKE, visits=1, months=MONTHS[:1]))
    assert single["error"].isna().all() and set(single["outside"]) == {"small"}


def test_how_many_visits_a_store_needs() -> None:
    rng = np.random.default_rng(6)
    truth = rng.normal(84, 4, 300)
    stores = pd.DataFrame([{"store": i, **pieces(rng.normal(mean, 8, 6))} for i, mean in enumerate(truth)])
    between, within = standings.components(stores)
    assert between == pytest.approx(16, rel=0.25) and within == pytest.approx(64, rel=0.1)
    told, needed = standings.relied_on(stores)
    assert needed in (14, 15, 16, 17, 18, 19, 20) and needed == stats.visits_needed(between, within, 0.8)
    assert told["reliability"].iloc[0] == pytest.approx(between / (between + within / 6))
    alike = pd.DataFrame([{"store": i, **pieces(np.array([70.0, 90.0]))} for i in range(5)])
    assert standings.relied_on(alike)[1] == np.inf


def test_points_lost_are_weighed_and_add_up() -> None:
    items = pd.DataFrame({"item": ["a", "b", "c", None], "value": [50.0, 90.0, 100.0, 10.0], "P": [10.0, 36.0, 20.0, 1.0], "A": [20.0, 40.0, 20.0, 10.0]})
    found = standings.lost(items, "item")
    assert found["item"].tolist() == ["a", "b", "c"] and found["lost"].tolist() == [10.0, 4.0, 0.0]
    assert found["share"].tolist() == pytest.approx([71.43, 28.57, 0.0], abs=0.01) and found["up_to"].iloc[-1] == pytest.approx(100)
    assert standings.lost(items.iloc[2:3], "item")["share"].isna().all(), "nothing lost has no shares"


def _halves(seed: int, truth: dict[str, tuple[float, float]], visits: tuple[int, int] = (9, 3)) -> list[pd.DataFrame]:
    rng = np.random.default_rng(seed)
    found = []
    for half, n in enumerate(visits):
        rows = [{"store": store, **pieces(rng.normal(means[half], 6.0, n))} for store, means in truth.items()]
        found.append(pd.DataFrame(rows).assign(lo=lambda frame: frame["value"] - 10, hi=lambda frame: frame["value"] + 10))
    return found


def test_a_store_that_rose_is_told_from_one_that_is_low_still() -> None:
    truth = {"rose": (50.0, 80.0), "still": (60.0, 60.0), "better, and low": (30.0, 55.0), **{f"s{i}": (62.0, 62.0) for i in range(8)}}
    found = standings.risen(*_halves(1, truth), 83.5, SCORE)
    assert list(found["store"]) == ["rose"]
    row = found.iloc[0]
    assert abs(row["was"] - 50) < 6 and abs(row["value"] - 80) < 10 and row["base"] == 3 and row["p"] < 1e-6


def test_stores_that_did_not_change_are_seldom_said_to_have_risen() -> None:
    told = sum(len(standings.risen(*_halves(seed, {f"s{i}": (80.0, 80.0) for i in range(20)}), 83.5, SCORE)) > 0 for seed in range(100))
    assert told <= 10


def test_nobody_rose_where_nothing_is_known_of_before_or_too_little() -> None:
    before, now = _halves(2, {"a": (50.0, 90.0), "b": (50.0, 90.0)})
    assert standings.risen(before.iloc[:0], now, 80.0, SCORE).empty and standings.risen(before, now.iloc[:0], 80.0, SCORE).empty
    assert standings.risen(before.assign(value=np.nan), now, 80.0, SCORE).empty
    assert standings.risen(*_halves(2, {"a": (50.0, 90.0), "b": (50.0, 90.0)}, (9, 2)), 80.0, SCORE).empty, "two visits"
