"""Every verdict on a screen: what is called better or worse is beyond chance, and noise is called noise."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest
from scipy import stats as distributions

from sqm import verdicts


@pytest.fixture(autouse=True)
def quiet():
    """A division by nothing must be provided for, not warned of."""
    with warnings.catch_warnings():
        warnings.simplefilter("error", RuntimeWarning)
        yield


def pieces(city: str, answers: np.ndarray) -> dict:
    n = len(answers)
    sums = {"w": n, "w2": n, "wx": answers.sum(), "wxx": (answers**2).sum()}
    return {"city": city, "all": "all", "value": answers.mean(), "base": n, **sums}


def whole_of(*groups: np.ndarray) -> pd.DataFrame:
    return pd.DataFrame([pieces("", np.concatenate(groups))])


def test_sides_of_a_goal() -> None:
    lo, hi = [80, 70, 74, np.nan], [84, 73, 78, np.nan]
    assert list(verdicts.sides(lo, hi, 75)) == ["better", "worse", "unclear", "unclear"]
    assert list(verdicts.sides(lo, hi, 75, "lower")) == ["worse", "better", "unclear", "unclear"]


def test_a_bound_on_the_goal_is_not_beyond_it() -> None:
    assert str(verdicts.sides(75, 80, 75)) == str(verdicts.sides(70, 75, 75)) == "unclear"


def test_a_row_without_goal_or_base_has_no_verdict() -> None:
    row = {"lo": 80.0, "hi": 84.0, "base": 29}
    assert verdicts.side(row, None) == "unclear"
    assert verdicts.side(row, 75) == "better"
    assert verdicts.side(row, 75, few=30) == "small"


def test_a_difference_is_confirmed_as_scipy_tests_it() -> None:
    chance = np.random.default_rng(7)
    low, usual, high = chance.normal(60, 20, 400), chance.normal(71, 20, 4000), chance.normal(78, 20, 400)
    whole = whole_of(low, usual, high)
    found = verdicts.differing(pd.DataFrame([pieces("low", low), pieces("high", high)]), whole, "all")
    every = np.concatenate([low, usual, high])
    expected = [distributions.ttest_ind(group, every, equal_var=False).pvalue for group in (low, high)]
    assert np.allclose(found["p"], expected)
    assert list(found["verdict"]) == ["worse", "better"]
    assert np.allclose(found["difference"], [low.mean() - every.mean(), high.mean() - every.mean()])


def test_noise_is_called_noise() -> None:
    chance = np.random.default_rng(11)
    groups = [chance.normal(71, 20, 80) for _ in range(1300)]
    found = verdicts.differing(pd.DataFrame([pieces("c", g) for g in groups]), whole_of(*groups), "all")
    said = found["verdict"].isin(["better", "worse"]).sum()
    # One in a thousand by luck: of 1 300, more than 7 would come about once in a thousand such months.
    assert said <= distributions.poisson.ppf(0.999, 1.3)


def test_too_few_answers_and_equal_answers_have_no_verdict() -> None:
    chance = np.random.default_rng(3)
    few, equal, usual = np.full(29, 10.0) + chance.normal(0, 1, 29), np.full(60, 80.0), np.full(500, 80.0)
    found = verdicts.differing(
        pd.DataFrame([pieces("few", few), pieces("equal", equal)]), whole_of(usual), "all"
    )
    assert list(found["verdict"]) == ["small", "unclear"]


def test_a_cell_without_its_whole_has_no_verdict() -> None:
    cells = pd.DataFrame([pieces("a", np.arange(40.0))]).assign(all="other")
    assert list(verdicts.differing(cells, whole_of(np.arange(90.0)), "all")["verdict"]) == ["unclear"]


def test_counts_beyond_what_is_usual_are_confirmed() -> None:
    whole = pd.DataFrame({"category": ["x", "y"], "value": [1.0, 0.0], "events": [1000, 0], "exposure": [1e7, 1e7]})
    cells = pd.DataFrame(
        {
            "category": ["x", "x", "x", "x", "y", "z"],
            "events": [200, 13, 1300, 0, 0, 5],
            "exposure": [1e6, 1e5, 1e7, 1e6, 1e6, 1e6],
            "value": [2.0, 1.3, 1.3, 0.0, 0.0, 0.05],
        }
    )
    found = verdicts.exceeding(cells, whole, "category")
    assert list(found["verdict"]) == ["worse", "unclear", "worse", "unclear", "unclear", "unclear"]
    assert list(found["strong"]) == [True, False, False, False, False, False]
    assert found["p"].iloc[0] == pytest.approx(distributions.poisson.sf(199, 100))


def test_a_paired_gap_falls_short_beyond_its_interval() -> None:
    perception = pd.DataFrame({"element": ["a", "b", "c"], "value": [70.0, 80.0, 60.0]})
    gap = pd.DataFrame(
        {
            "element": ["a", "b", "c"],
            "value": [-9.0, 1.0, -12.0],
            "lo": [-11.0, -1.0, -20.0],
            "hi": [-7.0, 3.0, -4.0],
            "base": [300, 300, 12],
        }
    )
    found = verdicts.falling_short(perception, gap, "element")
    assert list(found["element"]) == ["c", "a", "b"]
    assert list(found["verdict"]) == ["small", "worse", "unclear"]
    assert list(found["expectation"]) == [72.0, 79.0, 79.0]


@pytest.mark.parametrize(
    ("better", "now", "then", "said"),
    [
        ("higher", (80, 79, 81), (84, 83, 85), ("worse", "down")),
        ("higher", (80, 78, 82), (81, 79, 83), ("unclear", "same")),
        ("lower", (4, 3.8, 4.2), (2, 1.8, 2.2), ("worse", "up")),
        ("lower", (1, 0.9, 1.1), (2, 1.8, 2.2), ("better", "down")),
        ("", (9, 8, 10), (5, 4, 6), ("unclear", "up")),
        ("higher", (80, float("nan"), 81), (84, 83, 85), ("", "")),
    ],
)
def test_a_change_is_news_only_beyond_both_intervals(better: str, now: tuple, then: tuple, said: tuple) -> None:
    assert verdicts.change(now, then, better) == said
