"""Drivers and the planner, against the library and a definition written out."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from statsmodels.regression.linear_model import OLS
from statsmodels.stats.power import NormalIndPower

from sqm import stats


def answers(seed: int, n: int = 400, count: int = 5):
    rng = np.random.default_rng(seed)
    mood = rng.normal(0, 1, n)
    x = 0.6 * mood[:, None] + rng.normal(0, 1, (n, count))
    return x @ np.linspace(1, 0, count) + rng.normal(0, 1.5, n), x


def r2(y, x) -> float:
    return float(OLS(y, np.column_stack([np.ones(len(y)), x])).fit().rsquared) if x.shape[1] else 0.0


def test_shares_are_the_mean_gain_over_all_orders():
    """Lindeman, Merenda and Gold (1980): the average of the sequential R² over every order of the drivers."""
    y, x = answers(1)
    by_hand = np.zeros(5)
    for order in permutations(range(5)):
        for place, driver in enumerate(order):
            by_hand[driver] += (r2(y, x[:, order[: place + 1]]) - r2(y, x[:, order[:place]])) / 120
    found = stats.drivers(y, x, resamples=20)
    assert found.share == pytest.approx(by_hand, abs=1e-7) and found.r2 == pytest.approx(r2(y, x), abs=1e-7)
    assert not found.error.any() and found.n == 400
    standard = OLS((y - y.mean()) / y.std(), (x - x.mean(axis=0)) / x.std(axis=0)).fit().params
    assert found.slope == pytest.approx(standard, abs=1e-7)


def test_many_drivers_are_sampled_within_the_error_that_is_said():
    y, x = answers(2, 3000, 17)
    joint = np.corrcoef(np.column_stack([y, x]).T)
    sampled, error = stats.shares(joint, orders=800)
    more, _ = stats.shares(joint, orders=20_000, seed=9)
    assert sampled.sum() == pytest.approx(r2(y, x), abs=1e-6) and (error > 0).all() and error.max() < 0.003
    assert (np.abs(sampled - more) < 4 * error).all()


def test_the_ranking_says_how_stable_it_is():
    y, x = answers(3, 2000)
    found = stats.drivers(y, x, resamples=60)
    assert (found.low <= found.share).all() and (found.share <= found.high).all()
    assert found.first[0] > 0.9 and found.rank_low[0] == 1 and found.rank_high[0] <= 2 and found.rank_low[4] == 5
    rng = np.random.default_rng(0)
    alike = stats.drivers(rng.normal(0, 1, 300), rng.normal(0, 1, (300, 5)), resamples=60)
    assert (alike.rank_high - alike.rank_low >= 2).sum() >= 4, "where nothing drives, ranks are luck"


def test_rows_with_gaps_are_left_out_and_weights_count():
    y, x = answers(4)
    x[::10, 2] = np.nan
    found = stats.drivers(y, x, resamples=0)
    whole = np.isfinite(x).all(axis=1)
    assert found.n == 360 and found.r2 == pytest.approx(r2(y[whole], x[whole]), abs=1e-7) and np.isnan(found.low).all()
    twice = stats.drivers(np.r_[y[whole], y[whole][:50]], np.r_[x[whole], x[whole][:50]], resamples=0)
    weighed = stats.drivers(y[whole], x[whole], np.where(np.arange(360) < 50, 2.0, 1.0), resamples=0)
    assert weighed.share == pytest.approx(twice.share)
    with pytest.raises(ValueError, match="too few"):
        stats.drivers(y[:8], x[:8])


def test_a_driver_that_says_the_same_as_another_shares_with_it():
    y, x = answers(5, 800, 3)
    found = stats.drivers(y, np.column_stack([x, x[:, 0]]), resamples=0)
    assert found.share[0] == pytest.approx(found.share[3], abs=1e-6) and found.r2 == pytest.approx(r2(y, x), abs=1e-5)
    constant = stats.drivers(y, np.column_stack([x, np.ones(800)]), resamples=0)
    assert constant.share[3] == pytest.approx(0, abs=1e-9)


def test_quadrants_are_undecided_where_an_interval_straddles_a_mean():
    i, p = np.array([4.0, 4.0, 1.0, 1.0, 2.4]), np.array([70.0, 90.0, 70.0, 90.0, 70.0])
    told = stats.importance_performance(i, i - 0.2, i + 0.2, p, p - 1, p + 1)
    assert told == ["fix", "keep", "low", "over", "undecided"]
    assert stats.importance_performance(i, i - 0.2, i + 0.2, p, p - 30, p + 30) == ["undecided"] * 5
    assert stats.importance_performance([1, np.nan], [0.9, np.nan], [1.1, np.nan], [70, 80], [69, 79], [71, 81])[1] == ""


@pytest.mark.parametrize("ratio", [1.0, 3.0])
@pytest.mark.parametrize("difference", [0.1, 0.4])
def test_the_planner_is_the_library_s(difference, ratio):
    plan = NormalIndPower().solve_power(difference, power=0.8, alpha=0.05, ratio=ratio)
    assert stats.needed(difference * 22, 22, ratio=ratio) == np.ceil(plan)
    assert stats.visible(plan, 22, ratio=ratio) == pytest.approx(difference * 22, rel=1e-4)
    assert stats.power_of(difference * 22, plan, 22, ratio=ratio) == pytest.approx(0.8, abs=1e-4)
    assert NormalIndPower().power(difference, 100, 0.05, ratio) == pytest.approx(float(stats.power_of(difference, 100, 1, ratio=ratio)))


def test_the_plan_of_a_city_month():
    # 77 interviews a month at a standard deviation of 22: what a city-month must move to be seen four times in five.
    assert stats.visible(77, 22) == pytest.approx(9.93, abs=0.01)
    assert stats.needed(2, 22, ratio=np.inf) == 950 and np.isinf(stats.needed(0, 22)) and np.isnan(stats.visible(0, 22))


def sums(answers: np.ndarray, groups: int = 32, weights: np.ndarray | None = None) -> list[np.ndarray]:
    """Rows of answers with gaps, the outcome first, as what ``grouped_drivers`` takes; group by turns."""
    there, x = np.isfinite(answers), np.nan_to_num(answers)
    w = np.ones(len(x)) if weights is None else weights
    found = []
    for g in range(groups):
        t, v, m = there[g::groups].astype(float), x[g::groups], w[g::groups, None]
        found.append([t.T @ t, (m * t).T @ t, (m * v).T @ t, (m * v**2).T @ t, (m * v).T @ v])
    return [np.array(each) for each in zip(*found, strict=True)]


def some_of(n: int, count: int, asked: int, seed: int) -> np.ndarray:
    """Interviews about ``asked`` of ``count`` elements each, whose coefficients fall from 1 to 0; the outcome first."""
    y, x = answers(seed, n, count)
    left_out = np.argsort(np.random.default_rng(seed + 1).random((n, count)), axis=1)[:, asked:]
    np.put_along_axis(x, left_out, np.nan, axis=1)
    return np.column_stack([y, x])


def test_sums_of_groups_say_the_same_as_whole_rows():
    y, x = answers(6, 900, 5)
    weights = np.random.default_rng(0).uniform(0.5, 2, 900)
    rows, found = stats.drivers(y, x, weights, resamples=200), stats.grouped_drivers(*sums(np.column_stack([y, x]), weights=weights))
    assert found.share == pytest.approx(rows.share, abs=1e-9) and found.slope == pytest.approx(rows.slope, abs=1e-9)
    assert found.n == 900 and found.r2 == pytest.approx(rows.r2) and found.high - found.low == pytest.approx(rows.high - rows.low, rel=0.45)


def test_who_is_asked_eight_of_nineteen_still_tells_the_order():
    found = stats.grouped_drivers(*sums(some_of(20_000, 19, 8, 7)))
    y, x = answers(70, 200_000, 19)
    whole, _ = stats.shares(np.corrcoef(np.column_stack([y, x]).T), orders=4000)
    assert np.corrcoef(found.share, whole)[0, 1] > 0.95
    assert ((found.low <= whole) & (whole <= found.high)).mean() > 0.8
    assert found.rank_low[0] == 1 and found.rank_low[18] > 9 and (found.low >= 0).all()


def test_intervals_of_groups_hold_the_truth():
    y, x = answers(8, 400_000, 4)
    true, _ = stats.shares(np.corrcoef(np.column_stack([y, x]).T))
    held = [(d.low <= true) & (true <= d.high) for d in (stats.grouped_drivers(*sums(some_of(1500, 4, 3, seed))) for seed in range(100, 220))]
    assert 0.92 < np.mean(held) < 0.98


def test_pairs_that_contradict_each_other_are_made_a_matrix_and_too_few_are_refused():
    # Each pair is asked of others: 1 goes with 2 and with 3, and 2 against 3, which no rows together could say.
    up, pieces = np.tile([-1.0, 1.0], 200), np.full((1200, 4), np.nan)
    for part, (i, j, sign) in enumerate([(1, 2, 1), (1, 3, 1), (2, 3, -1)]):
        rows = slice(400 * part, 400 * (part + 1))
        pieces[rows, 0], pieces[rows, i], pieces[rows, j] = np.repeat([1.0, -1.0], 200), up, sign * up
    found = stats.grouped_drivers(*sums(pieces, 8))
    assert np.isfinite(found.share).all() and 0 <= found.r2 <= 1
    with pytest.raises(ValueError, match="too few"):
        stats.grouped_drivers(*sums(some_of(60, 5, 3, 1)))
    constant = np.column_stack([some_of(900, 3, 3, 2), np.full(900, 7.0)])
    assert stats.grouped_drivers(*sums(constant)).share[3] == pytest.approx(0, abs=1e-6)
