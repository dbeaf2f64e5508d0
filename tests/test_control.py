"""Control charts against the handbook, the library and their own declared rate of false alarms."""

from __future__ import annotations

import numpy as np
import pytest

from sqm import stats

FLOW = [49.6, 47.6, 49.9, 51.3, 47.8, 51.2, 52.6, 52.4, 53.6, 52.1]


def test_individuals_of_nist_s_handbook():
    """NIST/SEMATECH e-Handbook of Statistical Methods, 6.3.2.2: centre 50.81, limits 45.8159 and 55.8041 (rounded there)."""
    chart = stats.xmr(FLOW)
    assert chart.centre == pytest.approx(50.81) and chart.baseline == 10 and chart.provisional
    assert chart.upper[0] == pytest.approx(55.8041, abs=5e-4) and chart.lower[0] == pytest.approx(45.8159, abs=5e-4)
    assert not chart.beyond.any()


def test_the_baseline_is_locked():
    calm = FLOW * 2
    chart = stats.xmr([*calm, 70.0, 30.0, 90.0], baseline=20)
    alone = stats.xmr(calm)
    assert chart.centre == alone.centre and chart.upper[-1] == alone.upper[-1] and not chart.provisional
    assert list(np.flatnonzero(chart.beyond)) == [20, 21, 22]


def test_where_bases_explain_it_all_the_limits_are_shewhart_s():
    rng = np.random.default_rng(1)
    n = np.full(4000, 500.0)
    hits = rng.binomial(500, 0.2, 4000)
    chart = stats.p_prime(hits, n, baseline=4000)
    assert chart.spread == pytest.approx(1.0, abs=0.03)
    assert chart.upper[0] == pytest.approx(0.2 + 3 * np.sqrt(0.2 * 0.8 / 500), rel=0.02)
    assert chart.beyond.mean() == pytest.approx(0.0027, abs=0.0025)


@pytest.mark.parametrize("wide", [1.0, 4.0])
def test_limits_of_a_rate_follow_what_months_really_do(wide):
    rng = np.random.default_rng(2)
    exposure, rate = rng.uniform(5e6, 7e6, 3000), 3.5e-4
    # Months differ by themselves ``wide`` times as much as their counts alone would.
    errors = np.sqrt(rate / exposure) * np.sqrt(wide**2 - 1)
    events = rng.poisson(exposure * rng.normal(rate, errors))
    chart = stats.u_prime(events, exposure, baseline=3000)
    assert chart.spread == pytest.approx(wide, rel=0.05)
    assert chart.beyond.mean() < 0.006 and np.abs(chart.z).std() < 0.7
    assert np.all(chart.chance[chart.beyond] < 0.0027) and np.all(chart.chance[~chart.beyond] >= 0.0026)


def test_months_without_anything_asked_are_no_points():
    chart = stats.p_prime([5, 0, 6, 5, 4, 6], [50, 0, 50, 50, 50, 50], baseline=3)
    assert chart.baseline == 3 and chart.centre == pytest.approx(16 / 150)
    assert np.isnan(chart.z[1]) and not chart.beyond[1] and np.isfinite(chart.z[[0, 2, 3, 4, 5]]).all()
    nothing = stats.u_prime([0, 0], [0, 0])
    assert nothing.baseline == 0 and np.isnan(nothing.centre) and not nothing.beyond.any()
    assert not stats.xmr([3.0]).beyond.any() and stats.xmr([]).baseline == 0


def test_a_share_s_limits_stay_within_what_is_possible():
    chart = stats.p_prime([1, 3, 0, 2, 1, 4], [20] * 6)
    assert chart.lower.min() == 0 and chart.upper.max() <= 1


def test_two_of_three_beyond_two_sigmas_on_one_side():
    assert list(np.flatnonzero(stats.two_of_three([2.5, 0, 2.5, 0, 0, 2.5, -2.5, 2.5]))) == [2, 7]
    assert not stats.two_of_three([2.5, -2.5, 0, 0, 2.5]).any()
    assert list(stats.two_of_three([2.5, 2.5])) == [False, True]


def test_seven_on_one_side_and_seven_in_a_row():
    assert list(np.flatnonzero(stats.runs([1] * 8 + [-1] * 7))) == [6, 7, 14]
    assert not stats.runs([1, 1, 1, 0, 1, 1, 1, 1]).any() and not stats.runs([1, 1, 1, np.nan, 1, 1, 1]).any()
    assert list(np.flatnonzero(stats.drifts([1, 2, 3, 4, 5, 6, 7, 8, 7]))) == [6, 7]
    assert not stats.drifts([1, 2, 3, 3, 4, 5, 6, 7]).any() and list(np.flatnonzero(stats.drifts(range(7, 0, -1)))) == [6]
