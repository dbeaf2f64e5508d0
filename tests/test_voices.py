"""What answers say beside their mean, on answers whose numbers can be worked out by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf
from scipy import stats as distributions

from sqm import metrics, stats, verdicts, voices


def cell(month: str, city: str | None, element: str, operator: str | None, n: int, mean: float, spread: float = 20.0) -> dict:
    """The pieces of ``n`` answers with that mean and (population) standard deviation."""
    return {"month": pd.Timestamp(f"{month}-01"), "city": city, "element": element, "operator": operator, "value": mean, "lo": mean, "hi": mean,
            "base": n, "w": float(n), "w2": float(n), "wx": n * mean, "wxx": n * (mean**2 + spread**2)}  # fmt: skip


def answers(*cells: dict) -> pd.DataFrame:
    frame = pd.DataFrame(list(cells), columns=list(cell("2026-01", "", "", "", 1, 0)))
    frame.attrs = {"metric": "satisfaction", "basis": "elements"}
    return frame


def test_a_difference_is_welchs_with_too_few_left_open() -> None:
    told = voices.against(answers(
        cell("2026-01", "甲", "price", "own", 400, 75.0), cell("2026-01", "甲", "price", "b", 100, 83.0, 10.0),
        cell("2026-01", "甲", "store", "own", 400, 80.0), cell("2026-01", "甲", "store", "b", 29, 40.0),
        cell("2026-01", "甲", "overall", "own", 400, 80.0), cell("2026-01", "甲", "overall", "b", 400, 80.0)))  # fmt: skip
    assert list(told["element"]) == ["overall", "store", "price"], "the whole first, then the furthest ahead"
    assert list(told["verdict"]) == ["unclear", "small", "worse"]
    row = told.iloc[2]
    # Sample variances 20²·400/399 and 10²·100/99.
    a, b = 400 * 400 / 399 / 400, 100 * 100 / 99 / 100
    freedom = (a + b) ** 2 / (a**2 / 399 + b**2 / 99)
    half = distributions.t.ppf(0.975, freedom) * (a + b) ** 0.5
    assert (row["difference"], row["least"], row["most"]) == pytest.approx((-8.0, -8 - half, -8 + half))
    assert (row["value"], row["base"], row["other"], row["other_base"]) == (75.0, 400, 83.0, 100)


def test_only_months_and_cities_in_which_both_were_asked_count() -> None:
    told = voices.against(answers(
        cell("2026-01", "甲", "price", "own", 100, 70.0), cell("2026-01", "甲", "price", "b", 100, 80.0),
        cell("2026-01", "乙", "price", "own", 100, 0.0), cell("2026-02", "甲", "price", "own", 100, 0.0),
        cell("2026-03", "甲", "price", "b", 100, 0.0), cell("2026-01", None, "price", "own", 100, 0.0),
        cell("2026-01", "甲", "store", "b", 100, 80.0)))  # fmt: skip
    assert list(told["element"]) == ["price"]
    assert (told["value"].iloc[0], told["base"].iloc[0], told["other"].iloc[0]) == (70.0, 100, 80.0)
    # Nobody says where they live: nowhere is like nowhere.
    nowhere = voices.against(answers(cell("2026-01", None, "price", "own", 50, 70.0), cell("2026-01", None, "price", "b", 50, 60.0)))
    assert (nowhere["difference"].iloc[0], nowhere["verdict"].iloc[0]) == (10.0, "better")


def test_another_mix_of_cities_makes_no_difference() -> None:
    same = [cell("2026-01", city, "price", operator, n, mean) for city, mean, ours, theirs in (("甲", 85.0, 900, 100), ("乙", 70.0, 100, 900))
            for operator, n in (("own", ours), ("b", theirs))]  # fmt: skip
    told = voices.against(answers(*same)).iloc[0]
    assert (told["difference"], told["verdict"], told["value"], told["other"]) == (pytest.approx(0.0), "unclear", 77.5, 77.5)
    # One answer in a city says nothing of it.
    alone = voices.against(answers(*same, cell("2026-01", "丙", "price", "own", 1, 0.0, 0.0), cell("2026-01", "丙", "price", "b", 50, 90.0))).iloc[0]
    assert (alone["difference"], alone["base"], alone["other_base"]) == (pytest.approx(0.0), 1000, 1000)
    # 甲 in January is not 甲 in February.
    crossed = answers(cell("2026-01", "甲", "price", "own", 90, 85.0), cell("2026-02", "乙", "price", "own", 90, 70.0),
                      cell("2026-01", "乙", "price", "b", 90, 70.0), cell("2026-02", "甲", "price", "b", 90, 60.0))  # fmt: skip
    assert voices.against(crossed).empty


def test_strata_are_weighted_alike_as_a_regression_would() -> None:
    chance = np.random.default_rng(8)
    worlds = ((1, 0, 300, 80), (1, 1, 90, 70), (0, 0, 60, 76), (0, 1, 400, 68))
    rows = pd.DataFrame([(g, s, v) for g, s, n, mean in worlds for v in chance.normal(mean, 15, n)], columns=["g", "s", "v"])
    cells = rows.groupby(["s", "g"])["v"].agg(["mean", "var", "size"]).unstack("g")
    told = stats.stratified(cells["mean"][1], cells["var"][1], cells["size"][1], cells["mean"][0], cells["var"][0], cells["size"][0], [0, 0])
    # A common difference beside effects of the strata, by least squares, has the same weights.
    fitted = smf.ols("v ~ g + C(s)", rows).fit()
    assert told["difference"][0] == pytest.approx(fitted.params["g"]) and told["hi"][0] - told["lo"][0] == pytest.approx(2 * 1.96 * fitted.bse["g"], rel=0.05)
    one = stats.stratified([80.0], [100.0], [40.0], [75.0], [300.0], [25.0], [0])
    assert [one[name][0] for name in ("difference", "lo", "hi", "p")] == pytest.approx([v.item() for v in stats.welch(80.0, 100.0, 40, 75.0, 300.0, 25)])
    assert (one["lo1"][0], one["hi1"][0]) == pytest.approx([v.item() for v in stats.mean_interval(80.0, 100.0, 40)])


def test_what_was_set_to_matter_decides() -> None:
    frame = answers(cell("2026-01", "甲", "price", "own", 9000, 80.0), cell("2026-01", "甲", "price", "b", 9000, 77.0))
    assert voices.against(frame)["verdict"].item() == "better"
    assert voices.against(frame, replace(metrics.get("satisfaction"), practical=4.0))["verdict"].item() == "unclear"


def test_without_a_competitor_there_is_nothing_to_say() -> None:
    ours = cell("2026-01", "甲", "price", "own", 100, 70.0)
    for frame in (answers(), answers(ours), answers(cell("2026-01", "甲", "price", "b", 9, 70.0)),
                  answers(ours, cell("2026-02", "甲", "price", "b", 9, 70.0)), answers(ours, cell("2026-01", "甲", "price", None, 9, 70.0))):  # fmt: skip
        assert voices.against(frame).empty


def test_luck_is_provided_for_over_all_competitors() -> None:
    # By itself p = 0.03 is a finding; of twenty such lists one in which nothing else differs has it by luck.
    alone = [cell("2026-01", "甲", "price", "own", 200, 80.0), cell("2026-01", "甲", "price", "b", 200, 75.65)]
    others = [one for i in range(10) for one in (cell("2026-01", "甲", f"e{i}", "own", 200, 80.0), cell("2026-01", "甲", f"e{i}", "c", 200, 80.0))]
    assert list(voices.against(answers(*alone))["verdict"]) == ["better"]
    many = voices.against(answers(*alone, *others))
    assert len(many) == 11 and set(many["verdict"]) == {"unclear"}


def test_answers_that_all_agree_tell_no_difference() -> None:
    told = voices.against(answers(cell("2026-01", "甲", "price", "own", 50, 100.0, 0.0), cell("2026-01", "甲", "price", "b", 50, 0.0, 0.0)))
    assert list(told["verdict"]) == ["unclear"]
    single = voices.against(answers(cell("2026-01", "甲", "price", "own", 1, 100.0, 0.0), cell("2026-01", "甲", "price", "b", 1, 0.0, 0.0)))
    assert list(single["verdict"]) == ["small"] and single["least"].isna().all()


def test_a_difference_too_small_to_matter_is_not_one() -> None:
    told = voices.against(answers(cell("2026-01", "甲", "price", "own", 90000, 80.0), cell("2026-01", "甲", "price", "b", 90000, 78.5)))
    assert told["trifle"].all() and set(told["verdict"]) == {"unclear"}
    assert metrics.get("satisfaction").practical == 2.0 and verdicts.FALSE_DISCOVERIES == 0.05


def said(element: str, scale: str, step: int, n: int, w: float | None = None) -> dict:
    weight = n if w is None else w
    return {"element": element, "scale": scale, "step": step, "value": 0.0, "lo": 0.0, "hi": 0.0, "base": n, "w": float(weight), "w2": weight**2 / n}


def test_every_step_has_its_share_of_the_answers_with_wilsons_interval() -> None:
    told = voices.spread(pd.DataFrame([said("price", "1-5", 1, 40), said("price", "1-5", 5, 60)])).set_index("step")
    assert list(told.index) == [1, 2, 3, 4, 5] and list(told["share"]) == [40, 0, 0, 0, 60], "two humps, and nothing between"
    assert list(told["start"]) == [0, 40, 40, 40, 40] and list(told["end"]) == [40, 40, 40, 40, 100]
    assert list(told["top"]) == [False, False, False, True, True] and list(told["place"]) == [0, 0.25, 0.5, 0.75, 1]
    # statsmodels.proportion_confint(60, 100, method="wilson")
    assert (told.loc[5, "lo"], told.loc[5, "hi"]) == pytest.approx((50.2003, 69.0599), abs=1e-3)
    assert told.loc[2, "lo"] == pytest.approx(0) and told.loc[2, "hi"] == pytest.approx(100 * 3.8415 / 103.8415, abs=1e-3)
    assert set(told["of"]) == {100} and list(told["base"]) == [40, 0, 0, 0, 60]


def test_scales_stay_apart_and_weights_count() -> None:
    told = voices.spread(pd.DataFrame([
        said("price", "1-10", 10, 10), said("price", "1-5", 5, 30), said("price", "0-100", 90, 5), said("price", "0-100", 0, 5),
        said("store", "1-5", 1, 50, 150.0), said("store", "1-5", 5, 50)]))  # fmt: skip
    assert told.groupby(["element", "scale"], sort=False)["share"].sum().tolist() == pytest.approx([100.0] * 4)
    store = told[told["element"] == "store"].set_index("step")
    assert store.loc[1, "share"] == 75 and store.loc[1, "base"] == 50
    # Half of the answers count three times: (150 + 50)²/(50·9 + 50) = 80 in effect.
    assert store.loc[1, "hi"] - store.loc[1, "lo"] == pytest.approx(100 * 2 * 1.96 * (0.75 * 0.25 / 80 + 1.96**2 / (4 * 80**2)) ** 0.5 / (1 + 1.96**2 / 80), abs=0.01)
    percent = told[told["scale"] == "0-100"]
    assert list(percent["step"]) == list(range(0, 100, 10)) and list(percent.loc[percent["top"], "step"]) == [80, 90]


def test_nothing_is_shared_out_of_nothing() -> None:
    assert voices.spread(pd.DataFrame(columns=["element", "scale", "step", "base", "w", "w2"])).empty
    assert voices.spread(pd.DataFrame([said("price", "1-5", 1, 3, 0.0), said("price", "1-7", 1, 3)])).empty


GAPS = ("knowledge", "standards", "delivery", "communication")


def points(*rows: tuple[str, str, tuple[str, ...], tuple[str, ...]]) -> pd.DataFrame:
    return pd.DataFrame(list(rows), columns=["gap", "cause", "categories", "elements"])


def test_cases_are_shared_out_over_the_gaps() -> None:
    drawn = points(("delivery", "supply_demand", ("queue", "till"), ("store",)), ("delivery", "supply_demand", ("till",), ("billing",)),
                   ("delivery", "", (), ()), ("standards", "service_design", ("till",), ("store",)))  # fmt: skip
    tickets = pd.DataFrame({"category": ["queue", "till", "other", None], "events": [10, 30, 40, 20]})
    told = voices.by_gap(drawn, tickets, GAPS).set_index("gap")
    assert list(told.index) == list(GAPS)
    assert list(told["points"]) == [0, 1, 3, 0] and list(told["share"]) == [0, 25, 75, 0] and set(told["of"]) == {4}
    # 30 tickets of "till" count in both gaps; those of no category, 20, are complaints too.
    assert list(told["tickets"]) == [0, 30, 40, 0] and list(told["part"]) == [0, 30, 40, 0] and set(told["all"]) == {100}
    # statsmodels.proportion_confint(3, 4, method="wilson") and (40, 100)
    assert tuple(told.loc["delivery", ["lo", "hi"]]) == pytest.approx((30.0642, 95.4413), abs=1e-3)
    assert tuple(told.loc["delivery", ["part_lo", "part_hi"]]) == pytest.approx((30.9401, 49.7997), abs=1e-3)
    assert told.loc["delivery", "causes"] == {"supply_demand": 2}
    assert told.loc["delivery", "elements"] == ("billing", "store") and told.loc["delivery", "categories"] == ("queue", "till")


def test_a_fail_point_without_a_gap_is_told_apart_and_none_is_no_share() -> None:
    told = voices.by_gap(points(("", "", ("till",), ()), ("odd", "", (), ())), pd.DataFrame({"category": ["till"], "events": [0]}), GAPS)
    assert list(told["gap"]) == [*GAPS, ""] and told["points"].iloc[-1] == 2
    assert told["part"].isna().all() and told["part_lo"].isna().all(), "no complaints, no share"
    nothing = voices.by_gap(points(), pd.DataFrame({"category": [], "events": []}), GAPS)
    assert nothing["share"].isna().all() and list(nothing["gap"]) == list(GAPS)
