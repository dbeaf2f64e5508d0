"""The six detectors: the planted batch is found and nothing else, hits by value, and how often even noise is one."""

from __future__ import annotations

from datetime import date
from functools import partial

import numpy as np
import pandas as pd
import pytest

from sqm import detectors, metrics, signals, warehouse
from sqm.limits import Limits

MONTHS = [date(2025 + (i + 3) // 12, (i + 3) % 12 + 1, 1) for i in range(14)]  # 2025-04 to 2026-05
LAST = MONTHS[-1]
RATE = metrics.get("complaint_rate")
RUNS = 20


def counts(rows: list[tuple], by: tuple[str, ...]) -> pd.DataFrame:
    """An answer of a count: split values, then the count."""
    frame = pd.DataFrame(rows, columns=[*by, "value"])
    for name in {"day", "month"} & set(by):
        frame[name] = pd.to_datetime(frame[name])
    return frame.assign(lo=frame["value"], hi=frame["value"], base=frame["value"], events=frame["value"].astype(float))


def asked(answers: dict[tuple, pd.DataFrame]):
    def fetch(metric, by, period, phi):
        return within(answers[metric, by], period)

    return fetch


def within(frame: pd.DataFrame, period) -> pd.DataFrame:
    """The months of a period."""
    return frame[frame["month"].between(*map(pd.Timestamp, period))] if "month" in frame else frame


def since(first: str, months: int):
    """Every metric is measured in so many months."""
    return lambda _: [day.date() for day in pd.date_range(first, periods=months, freq="MS")]


def rates(events: np.ndarray, exposure: float = 1e5) -> pd.DataFrame:
    """The complaint rate of city × category (first two axes) by month (the last)."""
    rows = [(f"c{i}", f"k{j}", month, events[i, j, m]) for i in range(events.shape[0]) for j in range(events.shape[1])
            for m, month in enumerate(pd.date_range("2025-01-01", periods=events.shape[2], freq="MS"))]
    frame = counts(rows, ("city", "category", "month"))
    return frame.assign(exposure=exposure, value=frame["events"] / exposure * RATE.per)


def test_the_sample_data_hold_one_batch_and_no_other_alarm(sample_folder, monkeypatch):
    monkeypatch.setenv("SQM_DATA_DIR", str(sample_folder))
    engine = warehouse.engine()
    found = detectors.hits(lambda name, by, period, phi: metrics.fetch(engine, name, by=by, period=period, phi=phi),
                           lambda name: metrics.measured(engine, metrics.get(name)))
    batch = found[found["detector"] == "batch"]
    assert len(batch) == 1 and found["detector"].iloc[-1] == "batch", "it is over, so it stands last"
    row = batch.iloc[0]
    assert (row["city"], row["category"], row["product"], row["open"]) == ("徐州", "reminder", "流量提醒短信", False)
    assert (row["since"], row["until"]) == (pd.Timestamp("2026-08-12"), pd.Timestamp("2026-08-13"))
    assert 170 <= row["n"] <= 185 and row["usual"] == pytest.approx(0.9, abs=0.2) and row["p"] < 1e-12
    rest = found[found["detector"] != "batch"]
    assert set(rest["reason"]) == {"gravest", "volume", "enquiries_volume"}, "the rest are facts, not alarms"
    assert list(rest[rest["reason"] == "volume"]["category"]) == ["mobile_data", "coverage", "dispute"]
    assert rest[rest["reason"] == "gravest"]["n"].tolist() == [15]


def test_a_batch_is_told_once_with_its_product():
    days = pd.date_range("2025-10-01", "2026-05-31")
    quiet = [("北", "tariff", day, 1) for day in days if day.day % 2]
    burst = [("北", "tariff", pd.Timestamp("2026-05-10"), 30), ("北", "tariff", pd.Timestamp("2026-05-12"), 9), (None, "tariff", days[0], 99)]
    product = [("北", "app", pd.Timestamp("2026-05-10"), 20), ("南", "app", pd.Timestamp("2026-05-10"), 12), ("南", "app", days[0], 1)]
    answers = {("complaints", ("city", "category", "day")): counts(quiet + burst, ("city", "category", "day")),
               ("complaints", ("city", "product", "day")): counts(product, ("city", "product", "day"))}
    found = detectors.batches(asked(answers), date(2026, 5, 1), date(2026, 5, 1)).set_index("city")
    assert found.loc["北", ["category", "product", "open"]].tolist() == ["tariff", "app", True]
    assert found.loc["北", "n"] == 31 and found.loc["北", "until"] - found.loc["北", "since"] == pd.Timedelta(days=1)
    assert found.loc["北", "lo"] < found.loc["北", "times"] < found.loc["北", "hi"]
    # What was hardly ever there before is a batch too, with what little it can be held against.
    assert found.loc["南", ["category", "product", "n"]].tolist() == ["", "app", 12] and found.loc["南", "usual"] < 0.02
    assert len(found) == 2


def test_nine_tickets_are_no_batch_and_no_tickets_no_error():
    few = counts([("北", "tariff", pd.Timestamp("2025-12-01"), 1), ("北", "tariff", pd.Timestamp("2026-05-10"), 9)], ("city", "category", "day"))
    none = counts([], ("city", "product", "day"))
    answers = {("complaints", ("city", "category", "day")): few, ("complaints", ("city", "product", "day")): none}
    assert detectors.batches(asked(answers), LAST, LAST).empty


def test_a_city_and_category_beyond_its_limits_is_an_anomaly_and_a_fall_is_not():
    events = np.full((2, 2, 14), 20.0) + np.tile([0, 1], 7)
    events[0, 0, -1], events[1, 1, -1] = 60, 2
    found = detectors.anomalies(asked({("complaint_rate", ("city", "category", "month")): rates(events)}), since("2025-01-01", 14), date(2026, 2, 1))
    assert found[["city", "category", "n"]].values.tolist() == [["c0", "k0", 60.0]]
    row = found.iloc[0]
    assert row["usual"] == pytest.approx(20.5) and row["times"] == pytest.approx(60 / 20.5) and row["lo"] > 1 and row["p"] < 1e-6
    assert (row["since"], row["until"]) == (pd.Timestamp("2026-02-01"), pd.Timestamp("2026-02-28"))
    short = rates(events[:, :, :12])
    assert detectors.anomalies(asked({("complaint_rate", ("city", "category", "month")): short}), since("2025-01-01", 12), date(2025, 12, 1)).empty, "no limits yet"
    assert detectors.anomalies(asked({("complaint_rate", ("city", "category", "month")): rates(events[:0])}), since("2025-01-01", 14), date(2026, 2, 1)).empty
    # A baseline that was set anew: the rise belongs to it, and nothing is judged before it is full.
    again = Limits.of({"baseline_from": "2025-06"})
    assert detectors.anomalies(asked({("complaint_rate", ("city", "category", "month")): rates(events)}), since("2025-01-01", 14), date(2026, 2, 1), again).empty
    longer = rates(np.concatenate([events, np.full((2, 2, 12), 60.0)], axis=2))
    late = Limits.of({"baseline_from": "2026-02"})
    asked_of = asked({("complaint_rate", ("city", "category", "month")): longer})
    assert len(detectors.anomalies(asked_of, since("2025-01-01", 26), date(2027, 2, 1))) == 4
    assert detectors.anomalies(asked_of, since("2025-01-01", 26), date(2027, 2, 1), late).empty, "60 is usual since"


@pytest.mark.parametrize(("mean", "clusters"), [(3, 1), (30, 3)])
def test_even_months_are_hardly_ever_an_anomaly(mean, clusters):
    """Of months of 143 cells five in a hundred may hold a false one: of twenty, hardly ever more than three."""
    rng, false = np.random.default_rng(7), 0
    for _ in range(RUNS):
        draw = rng.poisson(mean, (13, 11, 13)) if clusters == 1 else rng.negative_binomial(mean / (clusters - 1), 1 / clusters, (13, 11, 13))
        frame = rates(draw.astype(float))
        false += len(detectors.anomalies(asked({("complaint_rate", ("city", "category", "month")): frame}), since("2025-01-01", 13), date(2026, 1, 1))) > 0
    assert false <= 3


def test_escalation_beyond_its_limits_and_every_gravest_ticket():
    months = pd.date_range("2025-04-01", periods=14, freq="MS")
    rows = [(city, month, 4.0, 200) for city in ("北", "南") for month in months]
    shares = pd.DataFrame(rows, columns=["city", "month", "hit", "base"]).assign(value=2.0, w=200.0, w2=200.0)
    shares.loc[(shares["city"] == "南") & (shares["month"] == months[-1]), "hit"] = 24
    graves = counts([(level, month, n) for month in months for level, n in ((1, 3), (2, 50))], ("severity", "month"))
    answers = {("escalation_rate", ("city", "month")): shares, ("complaints", ("severity", "month")): graves}
    found = detectors.escalated(asked(answers), lambda _: MONTHS, LAST)
    assert found[["reason", "city", "n"]].values.tolist() == [["share", "南", 24.0], ["gravest", "", 3]]
    assert found["usual"].tolist() == pytest.approx([4.0, 36 * 31 / 365])
    none = {("escalation_rate", ("city", "month")): shares[:0], ("complaints", ("severity", "month")): graves[:0]}
    assert detectors.escalated(asked(none), lambda _: MONTHS, LAST).empty


def test_a_city_with_a_month_missing_is_still_judged_and_what_is_rare_is_held_against_all_months():
    months = pd.date_range("2025-04-01", periods=14, freq="MS")
    rows = [(city, month, 4.0, 200) for city in ("北", "南") for month in months]
    shares = pd.DataFrame(rows, columns=["city", "month", "hit", "base"]).assign(value=2.0, w=200.0, w2=200.0)
    shares.loc[(shares["city"] == "南") & (shares["month"] == months[-1]), "hit"] = 24
    hole = shares[~((shares["city"] == "南") & (shares["month"] == months[5]))]
    # One of the gravest in the last month before, among months that all have tickets.
    graves = counts([*((2, month, 50) for month in months), (1, months[-2], 1), (1, months[-1], 3)], ("severity", "month"))
    answers = {("escalation_rate", ("city", "month")): hole, ("complaints", ("severity", "month")): graves}
    found = detectors.escalated(asked(answers), lambda _: MONTHS, LAST)
    assert found[["reason", "city"]].values.tolist() == [["share", "南"], ["gravest", ""]]
    assert found["usual"].iloc[1] == pytest.approx(31 / 365)
    few = {**answers, ("escalation_rate", ("city", "month")): shares[(shares["city"] != "南") | (shares["month"] > months[5])]}
    assert list(detectors.escalated(asked(few), lambda _: MONTHS, LAST)["reason"]) == ["gravest"], "under eight months there are no limits"


def test_months_that_nobody_loaded_do_not_make_the_others_hot():
    months = pd.date_range("2025-05-01", periods=13, freq="MS")
    rows = [("a", month, 400 + i % 2) for i, month in enumerate(months) if i < 4 or i > 11]
    answers = {("complaints", ("category", "month")): counts(rows, ("category", "month"))}
    loaded = [month.date() for i, month in enumerate(months) if i < 4 or i > 11]
    assert "excess" in set(detectors.hot(asked(answers), LAST)["reason"]) and set(detectors.hot(asked(answers), LAST, months=loaded)["reason"]) == {"volume"}


def test_what_leads_is_a_fact_and_what_exceeds_its_past_is_found():
    months = pd.date_range("2025-05-01", periods=13, freq="MS")
    size = {"a": 400, "b": 300, "c": 200, "d": 100, "new": 0}
    rows = [(name, month, n + (i % 2)) for name, n in size.items() for i, month in enumerate(months[:-1]) if n]
    rows += [(name, months[-1], n) for name, n in {"a": 400, "b": 300, "c": 200, "d": 160, "new": 30}.items()]
    answers = {("complaints", ("category", "month")): counts([*rows, (None, months[-1], 900)], ("category", "month"))}
    found = detectors.hot(asked(answers), LAST)
    assert list(found["reason"] + ":" + found["category"]) == ["excess:d", "excess:new", "volume:a", "volume:b", "volume:c"]
    assert found.loc[0, "usual"] == pytest.approx(1206 * 31 / 365) and found.loc[0, "times"] == pytest.approx(160 / (1206 * 31 / 365))
    assert np.isnan(found.loc[1, "times"]) and found.loc[1, "usual"] == 0, "never seen before: no ratio, and yet found"
    assert found.loc[2:, "p"].isna().all()
    first = counts([("a", months[-1], 5)], ("category", "month"))
    alone = detectors.hot(asked({("enquiries", ("category", "month")): first}), LAST, "enquiries")
    assert alone["reason"].tolist() == ["enquiries_volume"] and np.isnan(alone["usual"].iloc[0])


def test_an_element_that_falls_short_while_its_complaints_rise_is_a_short_board():
    def felt(element, mean, n=400.0):
        return {"element": element, "value": mean, "lo": mean - 2, "hi": mean + 2, "base": int(n), "w": n, "w2": n, "wx": n * mean, "wxx": n * (mean**2 + 400)}

    said = pd.DataFrame([felt("hotline", 60), felt("tariff", 61), *(felt(f"e{i}", 80) for i in range(8))])
    months = pd.date_range("2025-06-01", periods=12, freq="MS")
    rows = [(e, m, n, 1e5) for e, counts_of in (("hotline", [20] * 3 + [14, 13, 13] + [40] * 6), ("tariff", [50] * 12)) for m, n in zip(months, counts_of, strict=True)]
    monthly = pd.DataFrame(rows, columns=["element", "month", "events", "exposure"])
    value, lo, hi = RATE.finish({"events": monthly["events"].to_numpy(float), "exposure": monthly["exposure"].to_numpy()})
    monthly = monthly.assign(value=value, lo=lo, hi=hi, base=100000)[["element", "month", "value", "lo", "hi", "base", "events", "exposure"]]

    def fetch(metric, by, period, phi):
        if metric == "satisfaction":
            return said if by else pd.DataFrame([felt("overall", 76, 500)])
        return within(monthly, period)

    found = detectors.short_boards(fetch, lambda _: MONTHS)
    assert found["element"].tolist() == ["hotline"] and found["n"].tolist() == [240] and found["usual"].tolist() == [100]
    assert found["value"].iloc[0] == 60 and found["expected"].iloc[0] == 76
    assert detectors.short_boards(fetch, lambda _: MONTHS[:5]).empty


def test_a_contradiction_is_a_hit_and_a_month_not_over_is_not_judged():
    pairs = pd.DataFrame([("answer", "hotline", "北", 60.0, 75.0, 200, True), ("other", "tariff", "", 80.0, 75.0, 200, False)],
                         columns=["indicator", "element", "city", "perceived", "expected", "interviews", "contradicts"])
    measured = {"indicator": MONTHS, "satisfaction": MONTHS}
    found = detectors.hits(partial(pytest.fail, "nothing to ask"), lambda name: measured.get(name, []), pairs)
    assert found[["detector", "city", "element", "indicator", "n", "value", "expected"]].values.tolist() == [
        ["contradiction", "北", "hotline", "answer", 200, 60.0, 75.0]]
    assert list(found.columns) == detectors.COLUMNS
    assert detectors.hits(partial(pytest.fail, "nothing to ask"), lambda name: []).empty

    def until(day):
        frame = pd.DataFrame({"month": []})
        frame.attrs["as_of"] = day
        return lambda *_: frame

    assert detectors.judged_month(until("2026-05-30T12:00:00"), lambda _: MONTHS) == MONTHS[-2]
    assert detectors.judged_month(until("2026-05-31T12:00:00"), lambda _: MONTHS) == LAST
    assert detectors.judged_month(until(None), lambda _: MONTHS) == LAST
    assert signals.halves(MONTHS) is not None
