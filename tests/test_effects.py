"""Effects of actions: the estimators against statsmodels and over seeded noise, the verdicts on the planted stories of the sample."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest

from sqm import effects, judged, metrics, stats, warehouse
from sqm.effects import Claim, verdict

CITIES = tuple("甲乙丙丁戊己庚")


def worlds(seed: int, rounds: int, treated: int, between: float, effect: float = 0.0):
    """(change, error, treated) of 13 cities, over and over."""
    draw = np.random.default_rng(seed)
    for _ in range(rounds):
        error, given = draw.uniform(0.6, 2.0, 13), np.zeros(13, bool)
        given[draw.choice(13, treated, replace=False)] = True
        yield draw.normal(effect * given, np.sqrt(error**2 + between**2)), error, given


def test_it_is_weighted_least_squares_on_one_change_a_city() -> None:
    import statsmodels.api as sm

    for change, error, given in worlds(3, 20, 5, 3.0):
        told = stats.did(change, error, given)
        model = sm.WLS(change, sm.add_constant(given.astype(float)), weights=1 / (error**2 + told.between)).fit()
        assert told.estimate == pytest.approx(model.params[1])
        assert told.error == pytest.approx(model.bse[1] * max(1.0, 1 / np.sqrt(model.scale)))
        lo, hi = model.conf_int()[1]
        if model.scale > 1:
            assert (told.lo, told.hi) == (pytest.approx(lo), pytest.approx(hi))


@pytest.mark.parametrize("treated", [6, 3, 1])
@pytest.mark.parametrize("between", [0.0, 1.0, 3.0])
def test_noise_is_called_noise(treated: int, between: float) -> None:
    found = [stats.did(*world) for world in worlds(7, 800, treated, between)]
    improved, covered = np.mean([one.lo > 0 for one in found]), np.mean([one.lo <= 0 <= one.hi for one in found])
    assert improved <= 0.04 and 0.93 <= covered <= 0.995


def test_what_is_there_is_found() -> None:
    assert np.mean([stats.did(*world).lo > 0 for world in worlds(9, 300, 6, 1.0, effect=3.0)]) > 0.75


def test_too_few_say_nothing() -> None:
    for change, error, given in (([1, 2], [1, 1], [True, False]), ([1, 2, 3], [1, 1, 1], [True, True, True]), ([1, 2, 3, np.nan], [1, 0, 1, 1], [True, False, False, True])):
        assert np.isnan(stats.did(change, error, given).estimate)
    assert np.isnan(stats.interrupted(np.arange(9.0), np.arange(9) >= 8).estimate) and np.isnan(stats.regression([1, 2], [1, 1], [True, False]))


def test_a_series_against_its_own_course() -> None:
    import statsmodels.api as sm

    draw = np.random.default_rng(5)
    after = np.arange(24) >= 18
    values = draw.normal(0, 1, 24) + 0.2 * np.arange(24) + 4.0 * after
    model = sm.OLS(values, np.column_stack([np.ones(24), np.arange(24.0), after])).fit()
    told = stats.interrupted(values, after)
    assert told.estimate == pytest.approx(model.params[2]) and told.error >= model.bse[2] * np.sqrt(1.3 / 0.7) * 0.999 and told.lo > 0
    wrong = []
    for _ in range(600):
        noise = draw.normal(size=24)
        for n in range(1, 24):
            noise[n] += 0.3 * noise[n - 1]
        wrong.append(stats.interrupted(noise, after).lo > 0)
    assert np.mean(wrong) <= 0.05


def test_noise_does_not_come_again() -> None:
    draw = np.random.default_rng(11)
    true, error = draw.normal(0, 1, 400), np.full(400, 2.0)
    seen = true + draw.normal(0, 2, 400)
    worst = seen <= np.sort(seen)[60]
    drift = stats.regression(seen, error, worst)
    expected = (true[worst].mean() - true[~worst].mean()) - (seen[worst].mean() - seen[~worst].mean())
    assert drift > 0 and drift == pytest.approx(expected, rel=0.2)


@pytest.mark.parametrize(("lo", "hi", "better", "said"), [
    (0.5, 3.0, "higher", "improved"), (-3.0, -0.5, "higher", "worse"), (-3.0, -0.5, "lower", "improved"), (-1.0, 1.5, "higher", "none"),
    (0.1, 1.9, "higher", "none"), (-5.0, 5.0, "higher", "unclear"), (-1.0, 2.5, "lower", "unclear"),
])  # fmt: skip
def test_no_effect_is_said_only_of_what_cannot_count(lo: float, hi: float, better: str, said: str) -> None:
    assert verdict(lo, hi, better, 2.0) == said


def test_months_on_both_sides() -> None:
    measured = [date(2025 + n // 12, n % 12 + 1, 1) for n in range(20)]
    claim = Claim("satisfaction", "higher", 2.0, date(2026, 3, 1))
    assert effects.windows(claim, measured) == ((date(2025, 9, 1), date(2026, 2, 1)), (date(2026, 3, 1), date(2026, 8, 1)))
    assert effects.windows(replace(claim, until=date(2026, 5, 1)), measured)[1] == (date(2026, 3, 1), date(2026, 5, 1))
    assert effects.windows(claim, measured[:17])[1] == (date(2026, 3, 1), date(2026, 5, 1))


def scores(shift: float, worst: bool = False, drift: float = 0.0):
    """Answers by city and month as ``metrics.fetch`` gives them: 甲 and 乙 move by ``shift`` from January 2026 on."""
    draw = np.random.default_rng(2)
    months = pd.date_range("2025-01-01", periods=18, freq="MS")
    rows = [{"month": m, "city": c, "value": 80 - (8 if worst and c in "甲乙" else 0) + (shift if c in "甲乙" and m >= months[12] else 0)
             + (drift * n if c in "甲乙" and n < 12 else 0) + draw.normal(0, 0.3)} for c in CITIES for n, m in enumerate(months)]  # fmt: skip
    table = pd.DataFrame(rows)

    def fetch(metric, by, where, period):
        kept = table[(table["month"] >= pd.Timestamp(period[0])) & (table["month"] <= pd.Timestamp(period[1]))]
        kept = kept[kept["city"].isin(where.get("city", CITIES))]
        found = kept.groupby(list(by), as_index=False)["value"].mean() if by else pd.DataFrame({"value": [kept["value"].mean()]})
        return found.assign(lo=found["value"] - 0.4, hi=found["value"] + 0.4, base=200)

    return fetch, [m.date() for m in months]


CLAIM = Claim("satisfaction", "higher", 2.0, date(2026, 1, 1), ("甲", "乙"))


def test_what_is_judged_and_what_is_warned_of() -> None:
    fetch, measured = scores(5.0)
    told = effects.judge(CLAIM, fetch, measured, CITIES)
    assert told.verdict == "improved" and told.estimate == pytest.approx(5.0, abs=0.5) and told.warnings == ("few_cities",) and len(told.beside) == 5
    assert len(told.treated) == len(told.others) == 18
    assert effects.judge(CLAIM, scores(0.0)[0], measured, CITIES).verdict == "none"
    assert "worst_picked" in effects.judge(CLAIM, scores(5.0, worst=True)[0], measured, CITIES).warnings
    assert "not_parallel" in effects.judge(CLAIM, scores(5.0, drift=0.8)[0], measured, CITIES).warnings
    early = effects.judge(CLAIM, fetch, measured[:14], CITIES)
    assert early.verdict == "" and early.ready == date(2026, 3, 1)
    alone = effects.judge(replace(CLAIM, cities=()), scores(5.0)[0], measured, CITIES)
    assert alone.method == "its" and "own_course" in alone.warnings


@pytest.fixture
def sample(sample_folder, monkeypatch):
    monkeypatch.setenv("SQM_DATA_DIR", str(sample_folder))
    return warehouse.engine()


def told(engine, claim: Claim) -> effects.Effect:
    return judged.judge(engine, claim)


CURED, TALKED = ("南京", "苏州", "无锡", "常州", "南通", "扬州"), ("盐城", "泰州", "镇江")


def test_the_planted_cure_is_improved_and_the_planted_nothing_is_not(sample) -> None:
    cure = {"cities": CURED, "since": date(2026, 3, 1), "until": date(2026, 6, 1)}
    fewer = told(sample, Claim("complaint_rate", "lower", 5.0, where={"category": ("mobile_data",)}, **cure))
    better = told(sample, Claim("satisfaction", "higher", 2.0, where={"element": ("mobile_data",)}, **cure))
    assert (fewer.verdict, better.verdict) == ("improved", "improved")
    assert fewer.estimate == pytest.approx(-17, abs=3) and better.estimate == pytest.approx(4, abs=1) and fewer.relative and not better.relative
    for metric, better_is, least, where in (("complaint_rate", "lower", 5.0, {"category": ("tariff",)}), ("satisfaction", "higher", 2.0, {"element": ("tariff",)})):
        nothing = told(sample, Claim(metric, better_is, least, date(2026, 2, 1), TALKED, where))
        assert nothing.verdict in ("none", "unclear") and nothing.lo < 0 < nothing.hi


def test_the_estimate_is_what_a_hand_would_find(sample) -> None:
    claim = Claim("satisfaction", "higher", 2.0, date(2026, 3, 1), CURED, {"element": ("mobile_data",)}, date(2026, 6, 1))
    found = told(sample, claim)
    frames = [metrics.fetch(sample, "satisfaction", by=("city",), where={"element": "mobile_data"}, period=period).set_index("city")
              for period in (found.before, found.after)]  # fmt: skip
    error = (((frames[0]["hi"] - frames[0]["lo"]) / 3.919928) ** 2 + ((frames[1]["hi"] - frames[1]["lo"]) / 3.919928) ** 2) ** 0.5
    change, given = frames[1]["value"] - frames[0]["value"], frames[0].index.isin(CURED)
    weight = 1 / error**2
    by_hand = np.average(change[given], weights=weight[given]) - np.average(change[~given], weights=weight[~given])
    assert found.estimate == pytest.approx(by_hand, abs=0.3)
