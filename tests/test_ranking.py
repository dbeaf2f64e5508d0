"""Funnels, shrunken ranks, visit reliability: against the library, and against worlds whose truth is known."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats as distributions
from statsmodels.regression.mixed_linear_model import MixedLM
from statsmodels.stats.meta_analysis import combine_effects

from sqm import stats


def test_the_funnel_of_a_share():
    n = np.array([50.0, 200.0, 800.0])
    lo, hi = stats.funnel(0.8, np.sqrt(0.16 / n))
    assert hi - 0.8 == pytest.approx(distributions.norm.ppf(0.975) * np.sqrt(0.16 / n)) and lo == pytest.approx(1.6 - hi)
    outer = stats.funnel(0.8, np.sqrt(0.16 / n), phi=4.0, level=0.998)[1]
    assert outer - 0.8 == pytest.approx(2 * distributions.norm.ppf(0.999) * np.sqrt(0.16 / n))


def test_overdispersion_is_found_and_does_not_come_from_the_few_that_stand_out():
    rng = np.random.default_rng(3)
    assert stats.overdispersion(rng.normal(0, 1, 4000)) == 1.0
    usual = rng.normal(0, 2, 4000)
    found = stats.overdispersion(usual)
    # Pulling in a tenth at each end takes a known part of the variance away.
    cut = distributions.norm.ppf(0.9)
    kept = distributions.norm.expect(lambda z: np.clip(z, -cut, cut) ** 2)
    assert found == pytest.approx(4 * kept, rel=0.06)
    assert stats.overdispersion(np.r_[usual, [60.0] * 40]) == pytest.approx(found, rel=0.15)
    assert stats.overdispersion([5.0]) == 1.0 and stats.overdispersion([np.nan, 3.0, 3.0]) == 9.0


@pytest.mark.parametrize("seed", range(5))
def test_between_units_is_dersimonian_and_laird_s(seed):
    rng = np.random.default_rng(seed)
    errors = rng.uniform(0.5, 2.0, 13)
    values = rng.normal(80, 1.5, 13) + rng.normal(0, errors)
    mean, tau2 = stats.between(values, errors)
    library = combine_effects(values, errors**2, method_re="dl")
    assert tau2 == pytest.approx(max(0.0, library.tau2)) and mean == pytest.approx(library.mean_effect_re)


def test_shrinking_pulls_the_unsure_most_and_beats_the_raw_values():
    rng = np.random.default_rng(4)
    errors = np.where(np.arange(200) % 2, 0.5, 4.0)
    truth = rng.normal(80, 2, 200)
    seen = truth + rng.normal(0, errors)
    estimate, doubt = stats.shrunken(seen, errors)
    assert ((estimate - truth) ** 2).mean() < 0.5 * ((seen - truth) ** 2).mean()
    assert (doubt < errors).all() and (np.abs(estimate - truth) < 1.96 * doubt).mean() == pytest.approx(0.95, abs=0.04)
    assert stats.shrunken([80.0], [1.0])[0][0] == 80.0 and np.isnan(stats.shrunken([80.0, np.nan, 1.0], [1.0, 1.0, 0.0])[0][1:]).all()


def test_shrinking_of_the_eight_schools():
    """Gelman and others, Bayesian Data Analysis, 5.5: medians about 10, 8, 7, 8, 5, 6, 10, 8; school A −2 to 31."""
    effects, errors = [28, 8, -3, 7, -1, 1, 18, 12], [15, 10, 16, 11, 9, 11, 10, 18]
    estimate, doubt = stats.shrunken(effects, errors)
    assert estimate == pytest.approx([11, 8, 6.5, 8, 5, 6, 10.5, 8.5], abs=1.0)
    assert estimate.argmax() == 0 and estimate.argmin() == 4 and doubt[0] == pytest.approx((31 + 2) / 3.92, abs=1.0)


def test_the_probability_of_the_bottom_three():
    sure = stats.bottom([50, 51, 52, 80, 81, 82], [0.1] * 6)
    assert sure == pytest.approx([1, 1, 1, 0, 0, 0])
    alike = stats.bottom([80.0] * 13, [2.0] * 13)
    assert alike == pytest.approx([3 / 13] * 13, abs=0.01)
    assert stats.bottom([50, 51, 52, 80, 81, 82], [0.1] * 6, better="lower") == pytest.approx([0, 0, 0, 1, 1, 1])
    some = stats.bottom([50.0, np.nan, 80.0, 81.0], [0.1, 0.1, 0.1, np.nan], places=1)
    assert some[0] == 1 and np.isnan(some[[1, 3]]).all() and some[2] == 0
    assert np.isnan(stats.bottom([np.nan], [1.0])).all()


def test_a_calibrated_probability_comes_true_as_often_as_it_says():
    rng = np.random.default_rng(5)
    said, was = [], []
    for _ in range(150):
        errors = rng.uniform(0.8, 1.6, 13)
        truth = rng.normal(80, 1.5, 13)
        said += list(stats.bottom(truth + rng.normal(0, errors), errors))
        was += list(np.isin(np.arange(13), truth.argsort()[:3]))
    said, was = np.array(said), np.array(was)
    for low, high in ((0.0, 0.2), (0.2, 0.5), (0.5, 0.8), (0.8, 1.01)):
        inside = (said >= low) & (said < high)
        assert was[inside].mean() == pytest.approx(said[inside].mean(), abs=0.07)


def visited(seed: int, units: int, visits: int):
    rng = np.random.default_rng(seed)
    unit = np.repeat(np.arange(units), visits)
    return unit, 80 + rng.normal(0, 3, units)[unit] + rng.normal(0, 6, len(unit))


@pytest.mark.filterwarnings("ignore::statsmodels.tools.sm_exceptions.ConvergenceWarning")
def test_variance_components_are_the_library_s_on_equal_numbers():
    unit, x = visited(6, 60, 5)
    sums = pd.Series(x).groupby(unit).agg(["sum", lambda v: (v**2).sum(), "size"]).to_numpy().T
    between, within = stats.components(*sums)
    fit = MixedLM(x, np.ones((len(x), 1)), groups=unit).fit(reml=True)
    assert between == pytest.approx(float(np.squeeze(fit.cov_re)), rel=1e-3) and within == pytest.approx(fit.scale, rel=1e-3)


def test_variance_components_of_unequal_numbers_and_of_nothing():
    rng = np.random.default_rng(7)
    m = rng.integers(1, 9, 3000)
    means = rng.normal(0, 3, 3000)
    x = [means[i] + rng.normal(0, 6, m[i]) for i in range(3000)]
    between, within = stats.components([v.sum() for v in x], [(v**2).sum() for v in x], m)
    assert between == pytest.approx(9, rel=0.08) and within == pytest.approx(36, rel=0.04)
    assert np.isnan(stats.components([1, 2], [1, 4], [1, 1])).all() and np.isnan(stats.components([3], [9], [2])).all()


def test_reliability_is_the_correlation_of_one_half_with_the_other():
    assert stats.reliability(9, 36, [1, 4, 16]) == pytest.approx([0.2, 0.5, 0.8])
    assert stats.visits_needed(9, 36, 0.8) == 16 and stats.visits_needed(9, 36, 0.5) == 4
    assert stats.visits_needed(0, 36) == np.inf and np.isnan(stats.visits_needed(np.nan, 1)) and stats.visits_needed(9, 0) == 1
    unit, x = visited(8, 4000, 8)
    halves = x.reshape(4000, 2, 4).mean(axis=2)
    assert np.corrcoef(halves.T)[0, 1] == pytest.approx(float(stats.reliability(9, 36, 4)), abs=0.03)
    assert np.isnan(stats.reliability(9, 36, 0))
