"""What really moved: the planted story is found, pure noise stays noise, and how much can be seen is known."""

from __future__ import annotations

import os
from datetime import date

import numpy as np
import pandas as pd
import pytest

from sqm import metrics, signals, stats, warehouse
from sqm.limits import USUAL

#: Cells of each split level in the sample data.
CELLS = {"element": 19, "city": 13, "category": 11}


def of(engine) -> signals.Movements:
    return signals.movements(lambda name, by, period, phi: metrics.fetch(engine, name, by=by, period=period, phi=phi),
                             lambda name: metrics.measured(engine, metrics.get(name)))


@pytest.fixture(scope="module")
def story(sample_folder):
    kept = os.environ.get("SQM_DATA_DIR")
    os.environ["SQM_DATA_DIR"] = str(sample_folder)
    try:
        yield of(warehouse.engine())
    finally:
        warehouse.forget()
        os.environ.pop("SQM_DATA_DIR") if kept is None else os.environ.update(SQM_DATA_DIR=kept)


def told(rows: pd.DataFrame) -> dict[tuple[str, str, str], str]:
    """(metric, element or category, city) → verdict."""
    return {(r.metric, r.element or r.category, r.city): r.verdict for r in rows.itertuples()}


def test_the_planted_story_is_all_that_is_told(story):
    assert story.compared == 554
    assert told(story.headlines) == {
        ("satisfaction", "hotline", "宿迁"): "worse",
        ("audit_score", "", "淮安"): "better",
        ("complaint_rate", "reminder", "徐州"): "worse",
        ("complaint_rate", "mobile_data", ""): "better",
    }
    falling = story.news[story.news["element"] == "hotline"].iloc[0]
    assert falling["difference"] == pytest.approx(-10, abs=1) and falling["lo"] < falling["difference"] < falling["hi"] < 0
    # What the batch of one city does to the whole is the same story.
    assert ("complaint_rate", "reminder", "") in told(story.news)
    assert story.windows["satisfaction"] == ((date(2025, 11, 1), date(2026, 4, 1)), (date(2026, 5, 1), date(2026, 10, 1)))


def by_month(metric: str, sample_folder, monkeypatch, **where: str) -> pd.DataFrame:
    monkeypatch.setenv("SQM_DATA_DIR", str(sample_folder))
    return signals.controlled(metric, metrics.fetch(warehouse.engine(), metric, by=("month",), where=where))


def beyond(frame: pd.DataFrame) -> dict[str, str]:
    return {f"{row.month:%Y-%m}": row.signal for row in frame.itertuples() if row.signal}


def test_control_charts_mark_the_planted_months_and_no_others(sample_folder, monkeypatch):
    assert beyond(by_month("complaint_rate", sample_folder, monkeypatch, city="徐州")) == {"2026-08": "worse"}
    assert beyond(by_month("complaint_rate", sample_folder, monkeypatch, category="reminder")) == {"2026-08": "worse"}
    stores = beyond(by_month("audit_score", sample_folder, monkeypatch, city="淮安"))
    assert {"2026-08", "2026-09", "2026-10"} <= set(stores) <= {f"2026-{m:02}" for m in range(6, 11)} and set(stores.values()) == {"better"}
    hotline = beyond(by_month("satisfaction", sample_folder, monkeypatch, city="宿迁", element="hotline"))
    assert hotline and min(hotline) >= "2026-05" and set(hotline.values()) == {"worse"}
    for quiet in ("repeat_rate", "first_reply_in_time", "nps"):
        assert beyond(by_month(quiet, sample_folder, monkeypatch)) == {}


def test_how_often_a_year_of_noise_breaks_limits_set_by_the_year_before():
    rng = np.random.default_rng(20261122)
    months = pd.date_range("2024-11-01", periods=24, freq="MS")
    alarms, found = 0, 0
    for _ in range(400):
        exposure = np.full(24, 5e5)
        # Months differ by 5 % beyond Poisson, as real ones do.
        events = rng.poisson(exposure * 3.5e-4 * rng.gamma(400, 1 / 400, 24))
        frame = pd.DataFrame({"month": months, "events": events, "exposure": exposure, "value": 1e4 * events / exposure})
        alarms += bool(beyond(signals.controlled("complaint_rate", frame)))
        events[20] = rng.poisson(exposure[20] * 3.5e-4 * 1.5)
        frame = frame.assign(events=events, value=1e4 * events / exposure)
        found += "2026-07" in beyond(signals.controlled("complaint_rate", frame))
    # As seeded: 35 of 400 years have a false alarm, and a month half as high again is marked in 386 of 400.
    assert alarms <= 50 and found >= 375


def test_limits_come_from_the_first_year_alone_in_the_unit_of_the_metric(sample_folder, monkeypatch):
    for metric, chart, pieces, scale in (("complaint_rate", stats.u_prime, ("events", "exposure"), 1e4),
                                         ("first_reply_in_time", stats.p_prime, ("hit", "base"), 100.0)):
        found = by_month(metric, sample_folder, monkeypatch)
        expected = chart(*(found[name] for name in pieces), 12)
        np.testing.assert_allclose(found[["centre", "lower", "upper"]].iloc[20], [scale * expected.centre, scale * expected.lower[20], scale * expected.upper[20]])
        short = signals.controlled(metric, found.iloc[:12])
        assert short["upper"].isna().all() and not short["signal"].any()
        changed = found.iloc[:14].assign(value=found["value"])
        pd.testing.assert_frame_equal(signals.controlled(metric, changed), found.iloc[:14])
        assert not found["signal"].iloc[:12].any(), "the months that set the limits are not judged by them"


def test_a_month_that_was_not_over_when_the_data_were_extracted_is_not_judged(sample_folder, monkeypatch):
    monkeypatch.setenv("SQM_DATA_DIR", str(sample_folder))
    found = metrics.fetch(warehouse.engine(), "complaint_rate", by=("month",))
    half = found.assign(events=found["events"].where(found.index < 23, found["events"] / 2))
    half.attrs = {**found.attrs, "as_of": "2026-10-15T12:00:00"}
    assert "2026-10" not in beyond(signals.controlled("complaint_rate", half))
    half.attrs["as_of"] = "2026-10-31T08:00:00"
    assert beyond(signals.controlled("complaint_rate", half))["2026-10"] == "better"


def contradictions(engine, **targets) -> pd.DataFrame:
    def goal(name: str, city: str, element: str, on: date) -> float | None:
        if targets:
            return targets.get(name)
        return metrics.target(engine, name, on, city, element)

    return signals.contradictions(
        lambda name, by, period, phi: metrics.fetch(engine, name, by=by, period=period, phi=phi),
        lambda name: metrics.measured(engine, metrics.get(name)), metrics.reference_frame(engine, "indicator_list"), goal)


def test_the_indicator_that_stays_green_while_customers_are_unhappy_is_named(sample_folder, monkeypatch):
    monkeypatch.setenv("SQM_DATA_DIR", str(sample_folder))
    engine = warehouse.engine()
    found = contradictions(engine)
    # One indicator has a target whose element has one as well: the whole and thirteen cities.
    assert len(found) == 14 and set(found["indicator"]) == {"connect_rate"}
    row = found.iloc[0]
    assert found["contradicts"].sum() == 1 and (row["city"], row["element"]) == ("宿迁", "hotline")
    period = (date(2026, 5, 1), date(2026, 10, 1))
    felt = metrics.fetch(engine, "satisfaction", where={"element": "hotline", "city": "宿迁"}, period=period).iloc[0]
    # Sums of decimals may end otherwise in another order.
    assert row[["perceived", "lo", "hi", "interviews"]].tolist() == pytest.approx(felt[["value", "lo", "hi", "base"]].tolist()) and row["hi"] < row["expected"] == 80
    rate = metrics.fetch(engine, "indicator", where={"indicator": "connect_rate", "city": "宿迁"}, period=period).iloc[0]
    assert row["value"] == pytest.approx(rate["value"]) == pytest.approx(100 * rate["numerator"] / rate["denominator"]) and row["value"] > row["target"] == 90


def test_without_a_target_on_both_sides_nothing_is_said_to_contradict(sample_folder, monkeypatch):
    monkeypatch.setenv("SQM_DATA_DIR", str(sample_folder))
    engine = warehouse.engine()
    assert contradictions(engine, connect_rate=90.0).empty and contradictions(engine, satisfaction=80.0).empty
    # On target from below where less is better; every city is felt to be short of 100.
    slow = contradictions(engine, response_seconds=9.0, satisfaction=100.0)
    assert set(slow["indicator"]) == {"response_seconds"} and slow["met"].all() and slow["contradicts"].all()
    assert not contradictions(engine, response_seconds=0.1, satisfaction=100.0)["met"].any()


def test_a_movement_is_the_difference_of_two_questions(story, sample_folder, monkeypatch):
    monkeypatch.setenv("SQM_DATA_DIR", str(sample_folder))
    engine = warehouse.engine()
    row = story.news[story.news["metric"] == "audit_score"].iloc[0]
    for period, name in zip(story.windows["audit_score"], ("before", "value"), strict=True):
        found = metrics.fetch(engine, "audit_score", where={"city": "淮安"}, period=period).iloc[0]
        assert row[name] == pytest.approx(found["value"])
        assert row["base" if name == "value" else "base_before"] == found["base"]


def months_of_noise(rng: np.random.Generator, metric: str, cells: int, months: int) -> np.ndarray:
    """cells × months × pieces of a world in which nothing ever moves."""
    if metric == "complaint_rate":
        exposure = np.full((cells, months), 6.3e6 * 13 / cells if cells <= 13 else 6.3e6 / 13)
        return np.stack([rng.poisson(exposure * 3.5e-4 / max(cells / 13, 1)), exposure], axis=-1)
    n = {1: 1000, 13: 77, 19: 420, 247: 32}[cells] if metric in ("satisfaction", "nps") else {1: 2200, 13: 170}[cells]
    n = {1: 200, 13: 15}[cells] if metric == "audit_score" else n
    x = {"satisfaction": (80, 22), "nps": (34, 75), "audit_score": (83, 12)}.get(metric)
    if x is None:
        hits = rng.binomial(n, 0.95 if metric == "first_reply_in_time" else 0.05, (cells, months))
        return np.stack([hits, np.full((cells, months), n)], axis=-1)
    values = rng.normal(*x, (cells, months, n))
    return np.stack([values.sum(axis=-1), (values**2).sum(axis=-1), np.full((cells, months), n)], axis=-1)


def answer(metric: str, sums: np.ndarray, names: pd.DataFrame) -> pd.DataFrame:
    """As ``metrics.fetch`` gives it, of the pieces summed over a window."""
    if metric == "complaint_rate":
        value, base = sums[:, 0] / sums[:, 1] * 1e4, sums[:, 1]
        lo, hi = (bound * 1e4 for bound in stats.poisson_interval(sums[:, 0], sums[:, 1]))
    elif sums.shape[1] == 2:
        value, base = sums[:, 0] / sums[:, 1] * 100, sums[:, 1]
        lo, hi = (bound * 100 for bound in stats.wilson(sums[:, 0], sums[:, 1]))
    else:
        n = base = sums[:, 2]
        value = sums[:, 0] / n
        lo, hi = stats.mean_interval(value, (sums[:, 1] - n * value**2) / (n - 1), n)
    return names.assign(value=value, lo=lo, hi=hi, base=base.round().astype(int))


def names_of(by: tuple[str, ...]) -> pd.DataFrame:
    if not by:
        return pd.DataFrame(index=[0])
    every = pd.MultiIndex.from_product([[f"{split}{n}" for n in range(CELLS[split])] for split in by], names=by)
    return every.to_frame(index=False)


def test_two_hundred_months_of_pure_noise_stay_within_the_declared_rate():
    months, rng = 200, np.random.default_rng(20_261_122)
    false = np.zeros(months, dtype=int)
    for metric, by in signals.FAMILIES:
        names = names_of(by)
        for month in range(months):
            # Each month with a past of its own: windows that overlap would bring the same luck back for half a year.
            pieces = months_of_noise(rng, metric, len(names), 18 if (metric, by) in signals.YEARLY else 12).astype(float)
            halves = [pieces[:, at : at + signals.MONTHS].sum(axis=1) for at in range(0, pieces.shape[1], signals.MONTHS)]
            now, *before = (answer(metric, half, names) for half in reversed(halves))
            false[month] += sum(signals.judged(metric, by, now, then)["verdict"].isin(["better", "worse"]).sum() for then in before)
    assert (false > 0).sum() <= USUAL.false_news * months, f"{(false > 0).sum()} months with false news, {false.sum()} in all"


@pytest.mark.parametrize(("drop", "least", "most"), [(0, 0.0, 0.02), (5, 0.0, 0.2), (10, 0.5, 1.0)])
def test_how_often_a_drop_of_one_element_in_one_city_is_seen(drop, least, most):
    rng, by, seen = np.random.default_rng(drop), ("element", "city"), 0
    names = names_of(by)
    for _ in range(60):
        pieces = months_of_noise(rng, "satisfaction", 247, 2 * signals.MONTHS)
        before, now = pieces[:, :6].sum(axis=1), pieces[:, 6:].sum(axis=1).astype(float)
        n, total = now[7, 2], now[7, 0]
        now[7, 0], now[7, 1] = total - drop * n, now[7, 1] - 2 * drop * total + drop**2 * n
        found = signals.judged("satisfaction", by, answer("satisfaction", now, names), answer("satisfaction", before, names))
        seen += found["verdict"].iloc[7] == "worse"
    assert least <= seen / 60 <= most, seen / 60


def told_by(by: tuple[str, ...], drop: float, worlds: int) -> np.ndarray:
    """Share of worlds in which a lasting drop in one cell has been news after 1 … 6 months."""
    rng, names = np.random.default_rng(int(drop)), names_of(by)
    seen = np.zeros((worlds, signals.MONTHS), dtype=bool)
    for world in range(worlds):
        pieces = months_of_noise(rng, "satisfaction", len(names), 18).astype(float)
        total, squares, n = pieces[7, 12:].T
        pieces[7, 12:, 1], pieces[7, 12:, 0] = squares - 2 * drop * total + drop**2 * n, total - drop * n
        for after in range(1, signals.MONTHS + 1):
            now, before = pieces[:, 6 + after : 12 + after].sum(axis=1), pieces[:, after : 6 + after].sum(axis=1)
            told = signals.judged("satisfaction", by, answer("satisfaction", now, names), answer("satisfaction", before, names))
            seen[world, after - 1] = told["verdict"].iloc[7] == "worse"
    return np.maximum.accumulate(seen, axis=1).mean(axis=0)


def test_how_soon_a_drop_in_one_city_is_told():
    # 77 interviews a month, of 200 worlds: after 3, 4 and 6 months 3, 12 and 54 % at 5 points; 50, 85 and 100 % at 10.
    five, ten = (told_by(("city",), drop, 60) for drop in (5, 10))
    assert five[2] <= 0.15 and 0.3 <= five[5] <= 0.75
    assert ten[0] <= 0.1 and 0.3 <= ten[2] <= 0.7 and ten[4] >= 0.9


def frames(*rows: tuple[str, str, float, float, int]) -> pd.DataFrame:
    return pd.DataFrame([{"element": e, "city": c, "value": v, "lo": v - half, "hi": v + half, "base": n} for e, c, v, half, n in rows])


def test_a_small_base_and_a_trifle_are_no_news():
    before = frames(("a", "x", 80.0, 0.1, 5000), ("a", "y", 80.0, 1.0, 20), ("b", "x", 80.0, 1.0, 500), ("b", "y", 80.0, 1.0, 500))
    now = frames(("a", "x", 80.5, 0.1, 5000), ("a", "y", 60.0, 1.0, 500), ("b", "x", 70.0, 1.0, 500), ("c", "y", 80.0, 1.0, 500))
    found = signals.judged("satisfaction", ("element", "city"), now, before).set_index(["element", "city"])
    assert found["verdict"].to_dict() == {("a", "x"): "unclear", ("a", "y"): "small", ("b", "x"): "worse"}
    assert found.loc[("b", "x"), ["lo", "hi"]].tolist() == pytest.approx([-10 - 2**0.5, -10 + 2**0.5])


def test_a_story_is_told_once():
    def moves(*rows):
        table = pd.DataFrame(rows, columns=["category", "city", "difference", "base"])
        verdict = np.where(table["difference"] > 0, "worse", "better")
        return signals.Movements(table.assign(metric="complaint_rate", element="", p=0.0001, verdict=verdict), {})

    # One city makes up the whole: the city is told. All cities move: the whole is told. Against the stream: both.
    alone = moves(("net", "", 0.1, 1300), ("net", "x", 1.2, 100))
    assert list(alone.headlines["city"]) == ["x"]
    together = moves(("net", "", 0.5, 1300), ("net", "x", 0.6, 100), ("net", "y", 0.5, 100))
    assert list(together.headlines["city"]) == [""]
    against = moves(("net", "", 0.5, 1300), ("net", "x", -0.6, 100))
    assert sorted(against.headlines["city"]) == ["", "x"]
    assert moves().headlines.empty and moves().compared == 0


def test_what_a_season_does_is_no_news_against_the_year_before_and_the_other_way_round(story):
    assert story.year_windows["repeat_rate"] == ((date(2025, 4, 1), date(2025, 9, 1)), (date(2026, 4, 1), date(2026, 9, 1)))
    assert len(story.yearly) == 65 and story.yearly.loc[0, ["metric", "city", "verdict"]].tolist() == ["audit_score", "淮安", "better"]
    assert story.only_yearly.empty, "it is told already"
    assert story.compared == len(story.rows) + 65 and story.confirmed == len(story.news) + 1

    months = [day.date() for day in pd.date_range("2024-11-01", periods=24, freq="MS")]

    def fetch(metric, by, period, phi):
        names = pd.date_range(*period, freq="MS")
        rows = [{"month": month, "city": city, "hit": hits, "w": 1000.0, "w2": 1000.0, "base": 1000} for month in names
                for city, hits in (("seasonal", 900.0 if 5 <= month.month <= 10 else 960.0), ("slow", 940.0 if month < pd.Timestamp("2025-11-01") else 890.0))]
        frame = pd.DataFrame(rows)
        frame = frame if "city" in by else frame.groupby("month", as_index=False).sum(numeric_only=True)
        frame = frame.assign(value=100 * frame["hit"] / frame["w"], lo=0.0, hi=100.0)
        return frame[[*by, "value", "lo", "hi", "base", "hit", "w", "w2"]]

    measured = {"first_reply_in_time": months}
    found = signals.movements(fetch, lambda name: measured.get(name, []))
    assert told(found.news) == {("first_reply_in_time", "", "seasonal"): "worse"}
    assert told(found.only_yearly) == {("first_reply_in_time", "", "slow"): "worse"}
    assert signals.years(months[:17]) is None and signals.years([]) is None


def test_nothing_is_compared_before_a_year_is_there():
    asked = []

    def fetch(*question):
        asked.append(question)
        return pd.DataFrame()

    eleven = [date(2026, m, 1) for m in range(1, 12)]
    assert not signals.movements(fetch, lambda name: eleven).compared and not signals.movements(fetch, lambda name: []).compared
    assert not asked


BREAKS = pd.DataFrame({"on": [date(2026, 3, 10), date(2026, 3, 10), date(2026, 3, 10), date(2025, 6, 1)], "city": ["", "甲", "", ""],
                       "element": ["hotline", "", "overall", ""], "zh": ["热线题", "甲市", "总体题", "换版"]})  # fmt: skip
BOTH = ((date(2025, 11, 1), date(2026, 4, 1)), (date(2026, 5, 1), date(2026, 10, 1)))


def test_a_survey_is_not_compared_across_a_changed_questionnaire():
    cells = pd.DataFrame([(e, c) for e in ("hotline", "price") for c in ("甲", "乙")], columns=["element", "city"])
    left = signals.unbroken("satisfaction", cells, BREAKS, BOTH)
    assert left.to_numpy().tolist() == [["price", "乙"]], "of 甲 nothing, of the hotline nothing; what changed before both concerns neither"
    whole = pd.DataFrame({"value": [80.0]})
    assert signals.unbroken("satisfaction", whole, BREAKS, BOTH).empty, "the question about everything"
    assert len(signals.unbroken("nps", whole, BREAKS, BOTH)) == len(signals.unbroken("complaint_rate", cells[["city"]], BREAKS, BOTH)) - 3 == 1
    earlier = ((date(2024, 5, 1), date(2024, 10, 1)), (date(2025, 5, 1), date(2025, 10, 1)))
    assert signals.unbroken("satisfaction", cells, BREAKS, earlier).empty and signals.unbroken("nps", whole, BREAKS, earlier).empty


@pytest.mark.parametrize(("on", "across"), [("2025-10-31", 0), ("2025-11-01", 0), ("2025-11-02", 1), ("2026-05-01", 1), ("2026-10-31", 1), ("2026-11-01", 0)])
def test_a_change_between_the_first_day_and_the_last_lies_across(on, across):
    breaks = pd.DataFrame({"on": [date.fromisoformat(on)], "city": [None], "element": [None]})
    assert len(signals.across(breaks, BOTH)) == across


def test_movements_leave_out_what_a_changed_questionnaire_lies_between(sample_folder, monkeypatch):
    monkeypatch.setenv("SQM_DATA_DIR", str(sample_folder))
    engine = warehouse.engine()

    def found(breaks):
        return signals.movements(lambda name, by, period, phi: metrics.fetch(engine, name, by=by, period=period, phi=phi),
                                 lambda name: metrics.measured(engine, metrics.get(name)), breaks=breaks)  # fmt: skip

    plain, hotline, everything = found(None), found(BREAKS.iloc[[0]]), found(BREAKS.iloc[[0]].assign(element=""))
    assert plain.compared == 554 and plain.confirmed == 6
    # The hotline of the whole and of thirteen cities; all of 19 elements, 14 times, the whole, the cities (also against the year before) and the score of recommending.
    assert plain.compared - hotline.compared == 14 and hotline.confirmed == 5 and "hotline" not in set(hotline.every["element"])
    assert plain.compared - everything.compared == 14 * 20 + 13 + 1 and set(everything.every["metric"]) & {"satisfaction", "nps"} == set()


def rates(since: str, months: int, events: dict[str, float], as_of: str | None = None):
    """(fetch, measured) of a complaint rate of two cities with 100,000 customers each and so many tickets a month; months of "none" have no ticket."""
    names = pd.date_range(since, periods=months, freq="MS")

    def fetch(metric, by, period, phi):
        rows = [{"month": month, "city": city, "category": "slow", "events": events.get(f"{month:%Y-%m}", 300.0), "exposure": 1e5}
                for month in names if pd.Timestamp(period[0]) <= month <= pd.Timestamp(period[1]) for city in ("甲", "乙")]
        frame = pd.DataFrame(rows, columns=["month", "city", "category", "events", "exposure"])
        frame = frame.groupby(list(by), as_index=False)[["events", "exposure"]].sum() if by else frame[["events", "exposure"]].sum().to_frame().T
        found = frame.assign(unmatched=0.0, base=frame["exposure"].astype(int), reason=None)
        found["value"], found["lo"], found["hi"] = metrics.get("complaint_rate").finish({name: found[name].to_numpy() for name in ("events", "exposure")}, phi)
        found = found[[*by, "value", "lo", "hi", "base", "events", "exposure", "unmatched", "reason"]]
        found.attrs = {"metric": metric, "basis": "", "as_of": as_of}
        return found

    measured = [month.date() for month in names if events.get(f"{month:%Y-%m}", 300.0)]
    return fetch, lambda name: measured if name == "complaint_rate" else []


def test_a_month_that_nobody_loaded_is_not_a_month_without_complaints():
    told = signals.movements(*rates("2025-11-01", 12, {"2026-02": 0.0}))
    assert told.windows["complaint_rate"] == BOTH and told.compared == 6 and told.confirmed == 0
    whole = told.rows[(told.rows["city"] == "") & (told.rows["category"] == "")].iloc[0]
    assert (whole["value"], whole["before"], whole["base_before"]) == (30.0, 30.0, 1_000_000)


def test_a_month_still_running_is_not_held_against_whole_ones():
    running = rates("2025-10-01", 13, {"2026-10": 90.0}, "2026-10-10T12:00:00")
    told = signals.movements(*running)
    assert told.windows["complaint_rate"] == ((date(2025, 10, 1), date(2026, 3, 1)), (date(2026, 4, 1), date(2026, 9, 1))) and told.confirmed == 0
    assert signals.movements(*rates("2025-10-01", 13, {"2026-10": 90.0}, "2026-11-01T00:00:00")).confirmed > 0, "a whole month with so few is news"


def test_however_sure_a_movement_is_it_can_be_drawn_and_kept():
    told = signals.movements(*rates("2025-11-01", 12, {f"2026-{m:02d}": 30000.0 for m in range(5, 11)}))
    assert told.confirmed and np.isfinite(told.rows["z"]).all() and told.rows["z"].abs().max() > 30


def test_one_element_does_not_stand_for_the_whole_nor_hide_a_city():
    row = {"metric": "satisfaction", "element": "", "category": "", "city": "", "value": 77.0, "before": 80.0, "difference": -3.0, "base": 6000, "verdict": "worse"}
    rows = pd.DataFrame([row, {**row, "element": "price", "difference": -10.0}, *({**row, "element": f"e{n}", "verdict": "unclear"} for n in range(17))])
    yearly = pd.DataFrame([{**row, "city": "甲"}])
    told = signals.Movements(rows, {}, yearly, {})
    assert list(told.headlines["element"]) == [""]
    assert told.only_yearly.empty and len(signals.Movements(rows.iloc[1:], {}, yearly, {}).only_yearly) == 1
