"""Counts above their own past: worked-out values, and how often pure noise looks like a surge."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats as reference
from statsmodels.stats.rates import test_poisson_2indep as two_rates

from sqm import stats


def test_a_count_against_its_past_is_the_conditional_test_of_two_rates():
    # 10 in two days, 50 in 182 days before: of 60 events at least 10 in 2 of 184 days.
    assert stats.surge_p(10, 50, 2 / 182) == pytest.approx(reference.binom.sf(9, 60, 2 / 184))
    assert stats.surge_p(10, 50, 2 / 182) == pytest.approx(two_rates(10, 2, 50, 182, method="exact-cond", alternative="larger").pvalue)
    assert stats.surge_p(10, 50, 2 / 182, 3) > stats.surge_p(10, 50, 2 / 182)
    assert stats.surge_p(0, 5, 0.1) == 1 and stats.surge_p(0, 0, 0.1) == 1
    assert 0 < stats.surge_p(10, 0, 2 / 182) < 1e-15, "what never happened before is a surge"
    assert np.isnan(stats.surge_p(5, 5, 0)) and np.isnan(stats.surge_p(0, 5, np.nan)) and np.isnan(stats.surge_p(5, 5, np.inf))


def test_windows_are_held_against_the_days_before_them():
    counts = np.ones((2, 30))
    counts[1, 20] = 40
    found = stats.surges(counts, 2, 10, 6)
    assert np.isnan(found.p[:, :7]).all() and np.isfinite(found.p[:, 7:]).all() and found.looked_at == 46
    assert found.n[1, 20] == found.n[1, 21] == 41 and found.usual[1, 20] == 2
    assert found.p[1, 20] < 1e-6 and (found.p[0, 7:] > 0.1).all()
    assert found.usual[1, 29] == pytest.approx(2 * (9 + 40) / 10), "afterwards it is part of the past"
    # Moves of 0 and 39 from window to window make its past uneven.
    assert (found.phi[0, 7:] == 1).all() and found.phi[1, 29] > 50
    assert stats.surges(np.zeros((1, 3)), 2, 10, 6).looked_at == 0 and stats.surges(np.zeros((0, 20)), 2, 10, 6).looked_at == 0


@pytest.mark.parametrize(("clusters", "mean", "most"), [(1, 0.3, 0), (1, 10, 0), (3, 10, 1), (3, 100, 1)])
def test_noise_is_hardly_ever_a_surge(clusters, mean, most):
    """In so many runs over 143 series of a year, corrected for every window: one in a thousand is allowed if days are even."""
    rng, false = np.random.default_rng(20261101), 0
    for _ in range(12):
        size = (143, 364)
        week = mean * (1 + 0.3 * np.sin(2 * np.pi * np.arange(size[1]) / 7))
        counts = rng.poisson(week, size) if clusters == 1 else rng.negative_binomial(week / (clusters - 1), 1 / clusters, size)
        found = stats.surges(counts, 2, 182, 56)
        false += bool((found.p < 0.001 / found.looked_at).any())
    assert false <= most
