"""Statistics: pure functions on numbers or arrays, vectorised, no database and no screen.

Functions take scalars or numpy arrays and broadcast, unless they speak of one series. ``level`` is the two-sided confidence,
0.95 unless said. A bound that cannot be known is NaN, never a guess: nothing asked, one unit only, no exposure. Quantiles
come from ``scipy.special``, because importing ``scipy.stats`` takes half a second of every start; the tests compare with it,
with statsmodels and with published examples.
"""

from __future__ import annotations

from sqm.statistics.comparing import (
    difference,
    discoveries,
    dispersion,
    errors_of,
    interval_p,
    newcombe,
    rate_ratio,
    stratified,
    welch,
)
from sqm.statistics.control import BASELINE_ENOUGH, Control, drifts, p_prime, runs, two_of_three, u_prime, xmr
from sqm.statistics.drivers import Drivers, drivers, grouped_drivers, importance_performance, shares
from sqm.statistics.effects import UNKNOWN, Difference, did, interrupted, regression
from sqm.statistics.intervals import (
    Numbers,
    mean_interval,
    mean_pieces,
    n_eff,
    nps_interval,
    order_statistic_ranks,
    poisson_interval,
    ratio_interval,
    wilson,
)
from sqm.statistics.planning import needed, power_of, visible
from sqm.statistics.ranking import (
    between,
    bottom,
    components,
    funnel,
    overdispersion,
    reliability,
    shrunken,
    visits_needed,
)
from sqm.statistics.streaks import longest, streak_chance, worst
from sqm.statistics.surges import Surges, surge_p, surges

__all__ = [
    "BASELINE_ENOUGH",
    "Control", "Difference", "Drivers", "Numbers", "Surges", "UNKNOWN", "between", "bottom", "components", "did", "difference", "discoveries", "dispersion", "drifts",
    "drivers", "errors_of", "funnel", "grouped_drivers", "importance_performance", "interrupted",
    "interval_p", "longest", "mean_interval", "mean_pieces", "n_eff", "needed", "newcombe",
    "nps_interval", "order_statistic_ranks", "overdispersion", "p_prime", "poisson_interval", "power_of", "rate_ratio",
    "ratio_interval", "regression", "reliability", "runs", "shares", "shrunken", "stratified", "streak_chance", "surge_p", "surges", "two_of_three", "u_prime", "visible",
    "visits_needed", "welch", "wilson", "worst", "xmr",
]
