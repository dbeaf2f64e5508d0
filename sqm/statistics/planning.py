"""Before the survey: how many must be asked to see a difference, and what so many can see."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import special

from sqm.statistics.intervals import Numbers, floats

POWER, LEVEL = 0.8, 0.95


def needed(difference: Any, sd: Any, power: float = POWER, level: float = LEVEL, ratio: float = 1.0) -> Numbers:
    """How many interviews the smaller of two samples needs to see ``difference`` of two means, in units of ``sd``'s scale.

    (z₁₋α/₂ + z_power)² (1 + 1/ratio) sd²/Δ², rounded up; ``ratio``: size of the other sample over this one, infinite against
    a fixed target. The same as statsmodels ``NormalIndPower``. Infinite for no difference.
    """
    difference, sd = floats(difference, sd)
    with np.errstate(divide="ignore"):
        return np.ceil(_wide(power, level) ** 2 * (1 + 1 / ratio) * sd**2 / difference**2 - 1e-9)


def visible(n: Any, sd: Any, power: float = POWER, level: float = LEVEL, ratio: float = 1.0) -> Numbers:
    """The smallest difference of two means that samples of ``n`` and ``ratio``·n see with that ``power``. NaN for n = 0."""
    n, sd = floats(n, sd)
    with np.errstate(divide="ignore", invalid="ignore"):
        return _wide(power, level) * sd * np.sqrt((1 + 1 / ratio) / np.where(n > 0, n, np.nan))


def power_of(difference: Any, n: Any, sd: Any, level: float = LEVEL, ratio: float = 1.0) -> Numbers:
    """How often samples of ``n`` and ``ratio``·n see a true ``difference`` of two means, on either side."""
    difference, n, sd = floats(difference, n, sd)
    z = special.ndtri(0.5 + level / 2)
    with np.errstate(divide="ignore", invalid="ignore"):
        shift = np.abs(difference) / (sd * np.sqrt((1 + 1 / ratio) / np.where(n > 0, n, np.nan)))
    return special.ndtr(shift - z) + special.ndtr(-shift - z)


def _wide(power: float, level: float) -> float:
    return float(special.ndtri(0.5 + level / 2) + special.ndtri(power))
