"""Intervals and tests against library functions and published worked examples."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats as distributions
from statsmodels.regression.linear_model import WLS
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import proportion_confint
from statsmodels.stats.rates import confint_poisson, confint_poisson_2indep
from statsmodels.stats.weightstats import DescrStatsW

from sqm import stats


@pytest.mark.parametrize(("hits", "n"), [(0, 10), (1, 10), (5, 10), (10, 10), (81, 263), (1, 29), (0.5, 3.7)])
@pytest.mark.parametrize("level", [0.9, 0.95, 0.99])
def test_wilson_is_the_library_s(hits, n, level):
    assert np.allclose(stats.wilson(hits, n, level), proportion_confint(hits, n, 1 - level, "wilson"))


def test_wilson_of_newcombe_s_table():
    # Newcombe (1998), Statistics in Medicine 17: 857-872, table I: 81/263 is 0.2553 to 0.3662, 0/20 is 0 to 0.1611.
    assert np.allclose(stats.wilson(81, 263), (0.2553, 0.3662), atol=5e-5)
    assert np.allclose(stats.wilson(0, 20), (0.0, 0.1611), atol=5e-5)


def test_wilson_encloses_its_share_at_the_edges_and_knows_nothing_of_nobody():
    n = np.arange(1.0, 400.0)
    for share in (0.0, 1.0):
        lo, hi = stats.wilson(share * n, n)
        assert (lo <= share).all() and (hi >= share).all() and (lo >= 0).all() and (hi <= 1).all()
    assert np.isnan(stats.wilson(0, 0)).all()


def test_effective_base():
    assert stats.n_eff(10, 10) == 10  # ten times 1
    assert stats.n_eff(30, 90) == 10  # ten times 3 is still ten
    assert stats.n_eff(6, 8) == 4.5
    assert np.isnan(stats.n_eff(0, 0))


def test_mean_interval_is_student_s():
    x = np.array([61.0, 72, 88, 90, 55, 70, 81])
    mean, variance, n = stats.mean_pieces(7, 7, x.sum(), (x**2).sum())
    assert (mean, variance, n) == (pytest.approx(x.mean()), pytest.approx(x.var(ddof=1)), 7)
    expected = distributions.t.interval(0.95, 6, x.mean(), distributions.sem(x))
    assert np.allclose(stats.mean_interval(mean, variance, n), expected)


def test_equal_weights_of_any_size_change_nothing():
    x = np.array([1.0, 4, 4, 9, 2])
    plain = stats.mean_pieces(5, 5, x.sum(), (x**2).sum())
    heavy = stats.mean_pieces(15, 45, 3 * x.sum(), 3 * (x**2).sum())
    assert np.allclose(plain, heavy)


def test_weighted_mean_is_the_library_s():
    x, w = np.array([1.0, 4, 4, 9, 2]), np.array([1.0, 2, 1, 0.5, 3])
    mean, variance, n = stats.mean_pieces(w.sum(), (w**2).sum(), (w * x).sum(), (w * x**2).sum())
    known = DescrStatsW(x, w, ddof=0)
    assert mean == pytest.approx(known.mean)
    assert variance * (n - 1) / n == pytest.approx(known.var)


def test_a_mean_of_one_or_of_none_has_no_interval():
    mean, variance, n = stats.mean_pieces([1, 0], [1, 0], [50, 0], [2500, 0])
    lo, hi = stats.mean_interval(mean, variance, n)
    assert mean[0] == 50 and np.isnan(mean[1]) and np.isnan(lo).all() and np.isnan(hi).all()


def test_a_constant_answer_has_no_spread_of_rounding():
    x = 100 / 9 * 4
    _, variance, _ = stats.mean_pieces(3000, 3000, 3000 * x, 3000 * x * x)
    assert variance == 0


def test_nps_is_the_mean_of_plus_and_minus_a_hundred():
    answers = np.repeat([100.0, 0, -100], [50, 30, 20])
    error = answers.std() / np.sqrt(100)
    expected = 30 - 1.959964 * error, 30 + 1.959964 * error
    assert np.allclose(stats.nps_interval(0.5, 0.2, 100), expected)
    assert np.isnan(stats.nps_interval(1, 0, 1)).all()
    assert np.allclose(stats.nps_interval(0.99, 0.01, 3)[1], 100)


@pytest.mark.parametrize("events", [0, 1, 7, 10, 250])
def test_poisson_is_the_library_s(events):
    exposure = 123.0
    assert np.allclose(stats.poisson_interval(events, exposure), confint_poisson(events, exposure, "exact-c"))


def test_poisson_of_garwood_s_table():
    # Garwood (1936), table 1: 0 gives 0 to 3.69, 1 gives 0.0253 to 5.57, 10 gives 4.80 to 18.39.
    lo, hi = stats.poisson_interval([0, 1, 10])
    assert np.allclose(lo, [0, 0.0253, 4.80], atol=5e-3) and np.allclose(hi, [3.69, 5.57, 18.39], atol=5e-3)


def test_over_dispersion_and_missing_exposure():
    plain, wide = stats.poisson_interval(400), stats.poisson_interval(400, phi=4)
    # Four times the variance: about twice the width.
    assert (wide[1] - wide[0]) / (plain[1] - plain[0]) == pytest.approx(2, rel=0.02)
    assert np.isnan(stats.poisson_interval(3, 0)).all()


def test_ratio_is_the_library_s_robust_regression():
    p, a = np.array([7.5, 4.2, 5.0, 6.1, 2.0]), np.array([8.0, 7.0, 8.0, 7.0, 4.0])
    ratio, lo, hi = stats.ratio_interval(5, p.sum(), a.sum(), (p * p).sum(), (p * a).sum(), (a * a).sum())
    fitted = WLS(p / a, np.ones(5), weights=a).fit(cov_type="HC1", use_t=True)
    assert ratio == pytest.approx(fitted.params[0])
    assert np.allclose((lo, hi), fitted.conf_int(0.05)[0])


def test_ratio_of_one_visit_and_of_nothing():
    ratio, lo, hi = stats.ratio_interval([1, 1], [6, 0], [8, 0], [36, 0], [48, 0], [64, 0])
    assert ratio[0] == 0.75 and np.isnan(ratio[1]) and np.isnan(lo).all() and np.isnan(hi).all()


def test_order_statistic_ranks_of_the_published_table():
    # Gardner & Altman (1988), BMJ 296: 1454-1456, and Conover's binomial rule: 95 % ranks around the median.
    n = np.array([6, 10, 20, 30, 50, 100])
    lower, upper = stats.order_statistic_ranks(n, 0.5)
    assert lower.tolist() == [1, 2, 6, 10, 18, 40] and upper.tolist() == [6, 9, 15, 21, 33, 61]
    assert np.isnan(stats.order_statistic_ranks(5, 0.5)).all() and np.isnan(stats.order_statistic_ranks(0, 0.5)).all()


def test_order_statistic_ranks_are_the_library_s_binomial_quantiles():
    n = np.concatenate([np.arange(1, 700), 10 ** np.arange(3, 8), 10 ** np.arange(3, 8) + 7])
    for p in (0.5, 0.9, 0.99):
        lower, upper = distributions.binom.ppf(0.025, n, p), distributions.binom.ppf(0.975, n, p) + 1
        expected = np.where(lower >= 1, lower, np.nan), np.where(upper <= n, upper, np.nan)
        np.testing.assert_array_equal(stats.order_statistic_ranks(n, p), expected)


@pytest.mark.parametrize("n", [10, 37, 200, 1001])
@pytest.mark.parametrize("p", [0.5, 0.9])
def test_order_statistics_cover_as_often_as_they_say(n, p):
    lower, upper = stats.order_statistic_ranks(n, p)
    below = distributions.binom.cdf(lower - 1, n, p) if np.isfinite(lower) else 0.0
    above = distributions.binom.sf(upper - 1, n, p) if np.isfinite(upper) else 0.0
    assert below <= 0.025 and above <= 0.025


def test_newcombe_s_example():
    # Newcombe (1998), Statistics in Medicine 17: 873-890, table II, method 10: (a) and (b).
    assert np.allclose(stats.newcombe(56, 70, 48, 80), (0.2, 0.0524, 0.3339), atol=5e-5)
    assert np.allclose(stats.newcombe(9, 10, 3, 10), (0.6, 0.1705, 0.8090), atol=5e-5)
    assert np.isnan(stats.newcombe(0, 0, 3, 10)).all()


def test_welch_is_the_library_s():
    given = (72.0, 22.0**2, 120, 66.0, 30.0**2, 80)
    known = distributions.ttest_ind_from_stats(72, 22, 120, 66, 30, 80, equal_var=False)
    difference, lo, hi, chance = stats.welch(*given)
    freedom = (22**2 / 120 + 30**2 / 80) ** 2 / ((22**2 / 120) ** 2 / 119 + (30**2 / 80) ** 2 / 79)
    half = distributions.t.ppf(0.975, freedom) * np.sqrt(22**2 / 120 + 30**2 / 80)
    assert chance == pytest.approx(known.pvalue) and difference == 6
    assert (lo, hi) == (pytest.approx(6 - half), pytest.approx(6 + half))


def test_rate_ratio_is_the_library_s():
    ratio, lo, hi, chance = stats.rate_ratio(60, 51477.5, 30, 54308.7)
    assert (lo, hi) == pytest.approx(confint_poisson_2indep(60, 51477.5, 30, 54308.7, method="wald-log"))
    assert ratio == pytest.approx(60 / 51477.5 / (30 / 54308.7)) and chance < 0.01
    assert np.isnan(stats.rate_ratio(0, 100, 3, 100)).all()


def test_arrays_go_through_everything():
    assert stats.wilson([1, 2], [10, 10])[0].shape == (2,)
    assert stats.poisson_interval([1, 2], [10, 10])[0].shape == (2,)
    assert stats.newcombe([1, 2], 10, [3, 4], 10)[0].shape == (2,)


def test_a_difference_of_wilson_intervals_is_newcombe_s():
    one, other = stats.wilson(56, 70), stats.wilson(48, 80)
    found = stats.difference(0.8, *one, 0.6, *other)
    assert np.allclose(found, stats.newcombe(56, 70, 48, 80))
    assert np.allclose(found, (0.2, 0.0524, 0.3339), atol=5e-5)


def test_a_p_stands_for_so_many_errors():
    p = [1.0, 0.5, 0.05, 1e-30]
    assert stats.errors_of(p) == pytest.approx(distributions.norm.isf(np.array(p) / 2)) and np.isnan(stats.errors_of(np.nan))


@pytest.mark.parametrize("seed", range(5))
def test_discoveries_are_the_library_s(seed):
    p = np.random.default_rng(seed).beta(0.4, 2, 60)
    assert list(stats.discoveries(p, 0.05)) == list(multipletests(p, 0.05, "fdr_bh")[0])


def test_discoveries_of_benjamini_and_hochberg_s_example():
    # Benjamini and Hochberg (1995), section 4.1: fifteen p-values, four discoveries at 0.05.
    p = [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0]
    assert list(stats.discoveries(p, 0.05)) == [True] * 4 + [False] * 11


def test_what_was_not_tested_is_no_discovery_and_does_not_count():
    assert list(stats.discoveries([0.04, np.nan, np.nan])) == [True, False, False]
    assert not stats.discoveries([np.nan]).any() and not stats.discoveries([]).any()


@pytest.mark.parametrize("phi", [1.0, 2.0, 4.0])
def test_dispersion_is_found_and_a_lasting_shift_is_not_taken_for_it(phi):
    chance = np.random.default_rng(9)
    expected = np.full((60, 24), 80.0)
    events = chance.negative_binomial(80 / (phi - 1), 1 / phi, expected.shape) if phi > 1 else chance.poisson(expected)
    assert stats.dispersion(events, expected) == pytest.approx(phi, rel=0.12)
    shifted = events + np.where((np.arange(60) < 6)[:, None] & (np.arange(24) >= 12), 60, 0)
    assert stats.dispersion(shifted, expected) == pytest.approx(phi, rel=0.2)
    assert stats.dispersion([[3.0]], [[4.0]]) == 1.0
