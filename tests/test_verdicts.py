"""Every verdict on a screen: what is called better or worse is beyond chance, and noise is called noise."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest
from scipy import stats as distributions

from sqm import metrics, stats, verdicts

SATISFACTION, RATE, SCORE = metrics.get("satisfaction"), metrics.get("complaint_rate"), metrics.get("audit_score")


@pytest.fixture(autouse=True)
def quiet():
    """A division by nothing must be provided for, not warned of."""
    with warnings.catch_warnings():
        warnings.simplefilter("error", RuntimeWarning)
        yield


def answers(city: str, x: np.ndarray) -> dict:
    """A row as ``fetch`` gives it for a mean."""
    n = len(x)
    pieces = {"w": float(n), "w2": float(n), "wx": x.sum(), "wxx": (x**2).sum()}
    value, lo, hi = (v[0] for v in SATISFACTION.finish({k: np.array([v]) for k, v in pieces.items()}))
    return {"city": city, "all": "all", "value": value, "lo": lo, "hi": hi, "base": n, **pieces}


def whole_of(*groups: np.ndarray) -> pd.DataFrame:
    return pd.DataFrame([answers("", np.concatenate(groups))])


def rates(events: list[int], exposure: float, phi: float = 1.0) -> pd.DataFrame:
    """Rows as ``fetch`` gives them for a rate."""
    counted = {"events": np.array(events, dtype=float), "exposure": np.full(len(events), exposure)}
    value, lo, hi = RATE.finish(counted, phi)
    return pd.DataFrame({"value": value, "lo": lo, "hi": hi, "base": int(exposure), **counted})


def test_sides_of_a_goal() -> None:
    lo, hi = [80, 70, 74, np.nan], [84, 73, 78, np.nan]
    assert list(verdicts.sides(lo, hi, 75)) == ["better", "worse", "unclear", "unclear"]
    assert list(verdicts.sides(lo, hi, 75, "lower")) == ["worse", "better", "unclear", "unclear"]


def test_a_bound_on_the_goal_is_not_beyond_it() -> None:
    assert str(verdicts.sides(75, 80, 75)) == str(verdicts.sides(70, 75, 75)) == "unclear"


def test_answers_that_happen_to_agree_say_nothing() -> None:
    assert str(verdicts.sides(100, 100, 85)) == "unclear"


def test_one_number_without_goal_or_base_has_no_verdict() -> None:
    row = {"lo": 80.0, "hi": 84.0, "base": 30}
    assert verdicts.side(row, None, SATISFACTION) == "unclear"
    assert verdicts.side(row, 75, SATISFACTION) == "better"
    assert verdicts.side({**row, "base": 29}, 75, SATISFACTION) == "small"
    assert verdicts.side({**row, "base": 2}, 75, SCORE) == "small"
    assert verdicts.side({**row, "base": 3}, 75, RATE) == "worse"


def test_what_its_own_interval_would_tell_is_said_to_be_unconfirmed() -> None:
    row = {"lo": 77.1, "hi": 81.1, "base": 400}
    assert verdicts.leaning("unclear", row, 82.0, SATISFACTION) == "worse"
    assert verdicts.leaning("unclear", row, 76.0, SATISFACTION) == "better"
    assert verdicts.leaning("unclear", row, 80.0, SATISFACTION) == ""
    assert verdicts.leaning("worse", row, 82.0, SATISFACTION) == "", "already told"
    assert verdicts.leaning("unclear", {**row, "base": 29}, 82.0, SATISFACTION) == ""
    assert verdicts.leaning("unclear", row, None, SATISFACTION) == ""


def test_a_real_difference_that_is_too_small_to_matter_is_a_trifle() -> None:
    rows = pd.DataFrame({"value": [79.2, 70.0, 80.0], "lo": [79.0, 69.0, 75.0], "hi": [79.4, 71.0, 85.0], "base": [12, 12, 12],
                         "P": 1.0, "A": 1.0})
    told = verdicts.among(rows, 80.0, SCORE)
    assert told["verdict"].tolist() == ["unclear", "worse", "unclear"] and told["trifle"].tolist() == [True, False, False]
    assert not verdicts.among(rows, 80.0, SCORE, practical=False)["trifle"].any()


def test_a_difference_is_tested_as_scipy_does() -> None:
    chance = np.random.default_rng(7)
    low, usual, high = chance.normal(60, 20, 400), chance.normal(71, 20, 4000), chance.normal(78, 20, 400)
    whole = whole_of(low, usual, high)
    found = verdicts.differing(pd.DataFrame([answers("low", low), answers("high", high)]), whole, "all", SATISFACTION)
    every = np.concatenate([low, usual, high])
    expected = [distributions.ttest_ind(group, every, equal_var=False).pvalue for group in (low, high)]
    assert np.allclose(found["p"], expected)
    assert list(found["verdict"]) == ["worse", "better"]
    assert np.allclose(found["difference"], [low.mean() - every.mean(), high.mean() - every.mean()])


def test_noise_is_called_noise() -> None:
    # 200 months of 13 cities between which there is no difference: in how many is any city said to differ?
    chance = np.random.default_rng(11)
    told = 0
    for _ in range(200):
        groups = [chance.normal(71, 20, 80) for _ in range(13)]
        cells = pd.DataFrame([answers(str(i), g) for i, g in enumerate(groups)])
        found = verdicts.differing(cells, whole_of(*groups), "all", SATISFACTION)
        told += found["verdict"].isin(["better", "worse"]).any()
    assert told <= distributions.binom.ppf(0.999, 200, 0.05)


@pytest.mark.parametrize("phi", [1.0, 3.0])
def test_the_highest_of_equal_rates_is_not_called_high(phi: float) -> None:
    # The worst of thirteen is looked for, so that one of them would be "confirmed" by luck in a quarter of all draws.
    chance = np.random.default_rng(3)
    told = 0
    for _ in range(400):
        events = chance.negative_binomial(300 / (phi - 1), 1 / phi, 13) if phi > 1 else chance.poisson(300, 13)
        cells = rates(list(events), 1e6, phi)
        mean = 1e4 * events.sum() / 13e6
        told += verdicts.off_the_mean(cells, mean, RATE, phi)["verdict"].isin(["better", "worse"]).any()
    assert told <= distributions.binom.ppf(0.999, 400, 0.05)


def test_a_real_excess_is_found_and_a_trifle_is_not() -> None:
    found = verdicts.off_the_mean(rates([1300, 1000, 990, 1010], 1e6), 10.0, RATE)
    assert list(found["verdict"]) == ["worse", "unclear", "unclear", "unclear"] and bool(found["strong"].iloc[0])
    sure_but_small = verdicts.off_the_mean(rates([1_030_000, 1_000_000, 1_000_000], 1e9), 10.1, RATE)
    assert sure_but_small["p"].iloc[0] < 1e-9 and list(sure_but_small["verdict"]) == ["unclear"] * 3


def test_against_a_target_any_difference_counts() -> None:
    sure = pd.DataFrame([answers("a", np.random.default_rng(1).normal(81, 5, 4000))])
    assert list(verdicts.among(sure, 82.0, SATISFACTION)["verdict"]) == ["unclear"]
    assert list(verdicts.among(sure, 82.0, SATISFACTION, practical=False)["verdict"]) == ["worse"]


def test_too_few_answers_and_equal_answers_have_no_verdict() -> None:
    chance = np.random.default_rng(3)
    few, equal, usual = 10 + chance.normal(0, 1, 29), np.full(60, 80.0), np.full(500, 80.0)
    cells = pd.DataFrame([answers("few", few), answers("equal", equal)])
    assert list(verdicts.differing(cells, whole_of(usual), "all", SATISFACTION)["verdict"]) == ["small", "unclear"]
    assert list(verdicts.among(cells, 60.0, SATISFACTION)["verdict"]) == ["small", "unclear"]


def test_a_cell_without_its_whole_or_a_goal_has_no_verdict() -> None:
    cells = pd.DataFrame([answers("a", np.arange(40.0))]).assign(all="other")
    assert list(verdicts.differing(cells, whole_of(np.arange(90.0)), "all", SATISFACTION)["verdict"]) == ["unclear"]
    assert list(verdicts.among(cells, np.array([np.nan]), SATISFACTION)["verdict"]) == ["unclear"]


def test_the_cells_of_a_matrix_are_each_against_their_own() -> None:
    whole = pd.DataFrame({"category": ["x", "y", "z"], "value": [12.5, 0.825, 5.0]})
    cells = rates([2000, 1000, 1000, 1000, 30, 100, 100, 100, *[500] * 4], 1e6).assign(category=["x"] * 4 + ["y"] * 4 + ["z"] * 4)
    found = verdicts.off_their_means(cells, whole, "category", RATE)
    assert list(found["mean"]) == [12.5] * 4 + [0.825] * 4 + [5.0] * 4
    assert np.allclose(found["rest"], [10] * 4 + [1] * 4 + [5] * 4)
    assert list(found["verdict"]) == ["worse", *["unclear"] * 3, "better", *["unclear"] * 7]
    assert list(found["strong"]) == [True, *[False] * 3, True, *[False] * 7]


@pytest.mark.parametrize("phi", [1.0, 3.0])
@pytest.mark.parametrize("size", [1.0, 20.0])
def test_a_spike_does_not_make_its_neighbours_low(phi: float, size: float) -> None:
    # Twelve cities alike, the last larger than the rest together (as a capital may be), and one with three times as many.
    exposure = np.array([1e6] * 12 + [size * 1e6])
    counted = {"events": np.array([3000.0] + [1000.0] * 11 + [1000.0 * size]), "exposure": exposure}
    value, lo, hi = RATE.finish(counted, phi)
    cells = pd.DataFrame({"value": value, "lo": lo, "hi": hi, "base": exposure, **counted})
    found = verdicts.off_the_mean(cells, 1e4 * counted["events"].sum() / exposure.sum(), RATE, phi)
    assert list(found["verdict"]) == ["worse"] + ["unclear"] * 12
    assert np.allclose(found["rest"], 10) and np.allclose(found["difference"], [20] + [0] * 12)


def test_two_spikes_do_not_hide_each_other_nor_a_rate_that_is_truly_low() -> None:
    found = verdicts.off_the_mean(rates([4000, 2600, 500, *[1000] * 10], 1e6), 12.9, RATE)
    assert list(found["verdict"]) == ["worse", "worse", "better"] + ["unclear"] * 10


def test_what_is_above_the_rest_but_not_above_the_whole_is_not_told() -> None:
    # 11.5 is over the usual 10, and under the whole's 12.4, which a spike makes: "above the province" would be wrong.
    found = verdicts.off_the_mean(rates([4000, 1150, *[1000] * 11], 1e6), 12.4, RATE)
    assert list(found["verdict"]) == ["worse"] + ["unclear"] * 12 and found["p"].iloc[1] < 1e-4


@pytest.mark.parametrize("events", [[7], [0], [0, 0, 0], [1000, 1000], []])
def test_a_rate_without_others_or_events_has_no_verdict(events: list[int]) -> None:
    found = verdicts.off_the_mean(rates(events, 1e3), 9.0, RATE)
    assert set(found["verdict"]) <= {"unclear", "small"} and len(found) == len(events)


def test_a_gap_is_shown_beside_what_the_same_people_expected() -> None:
    chance = np.random.default_rng(2)
    gap = pd.DataFrame([answers("a", chance.normal(-9, 15, 300)), answers("b", chance.normal(0, 15, 300)),
                        answers("c", chance.normal(-30, 15, 12))]).rename(columns={"city": "element"})  # fmt: skip
    expectation = pd.DataFrame({"element": ["a", "b", "c"], "value": [84.0, 80.0, 84.0]})
    found = verdicts.falling_short(gap, expectation, "element", metrics.get("expectation_gap"))
    assert list(found["element"]) == ["c", "a", "b"] and list(found["verdict"]) == ["small", "worse", "unclear"]
    assert np.allclose(found["perception"], found["expectation"] + found["value"])


@pytest.mark.parametrize(
    ("metric", "now", "then", "bases", "said"),
    [
        ("satisfaction", (80, 79, 81), (84, 83, 85), (900, 900), ("worse", "down")),
        ("satisfaction", (80, 79, 81), (84, 83, 85), (900, 20), ("unclear", "same")),
        ("satisfaction", (80, 78, 82), (81, 79, 83), (900, 900), ("unclear", "same")),
        ("complaint_rate", (4, 3.8, 4.2), (2, 1.8, 2.2), (9, 9), ("worse", "up")),
        ("complaint_rate", (1, 0.9, 1.1), (2, 1.8, 2.2), (9, 9), ("better", "down")),
        ("enquiries", (9, 8, 10), (5, 4, 6), (9, 9), ("unclear", "up")),
        ("satisfaction", (80, float("nan"), 81), (84, 83, 85), (900, 900), ("", "")),
    ],
)
def test_a_change_is_news_only_beyond_both_intervals(metric, now, then, bases, said) -> None:
    assert verdicts.change(now, then, bases, metrics.get(metric)) == said


def test_p_of_an_interval_is_that_of_its_test() -> None:
    x = np.random.default_rng(5).normal(70, 12, 9)
    lo, hi = stats.mean_interval(x.mean(), x.var(ddof=1), 9)
    assert stats.interval_p(x.mean(), lo, hi, 60.0, 8) == pytest.approx(distributions.ttest_1samp(x, 60).pvalue)
    assert stats.interval_p(0.0, -1.96, 1.96, 3.0) == pytest.approx(2 * distributions.norm.sf(3), rel=1e-3)
    assert np.isnan(stats.interval_p(5.0, 5.0, 5.0, 6.0)) and np.isnan(stats.interval_p(5.0, np.nan, np.nan, 6.0))
