"""Promises: kept, broken, cannot tell; what is next; since when; and what cannot be computed says what it would take."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest

from simulated import finding, open_page, whole, words
from sqm import metrics, promises, stats
from warehouses import publish

CITIES = ("甲", "乙", "丙")


def answer(hits: list[float], n: list[int], **splits: list) -> pd.DataFrame:
    """An answer of a share, as ``metrics.fetch`` gives it."""
    counted = np.array(n, dtype=float)
    lo, hi = stats.wilson(np.array(hits), counted)
    return pd.DataFrame({**splits, "value": 100 * np.array(hits) / counted, "lo": 100 * lo, "hi": 100 * hi, "base": n, "w": counted, "w2": counted, "hit": hits})


def register(**more) -> pd.DataFrame:
    row = {"promise": "reply", "zh": "回复", "en": "Reply", "group": "", "metric": "first_reply_in_time", "threshold": 98.0, "department": "service", "position": 1}
    return pd.DataFrame([row | more])


def fetching(cities: list[float], months: list[float], whole: float, n: int = 2000):
    def fetch(metric: str, by: tuple[str, ...], city: str) -> pd.DataFrame:
        if by == ("city",):
            return answer(cities, [n] * len(cities), city=list(CITIES[: len(cities)]))
        if by == ("month",):
            return answer(months, [n] * len(months), month=list(pd.date_range("2026-01-01", periods=len(months), freq="MS")))
        return answer([whole], [n])

    return fetch


def nothing(metric: str, city: str) -> float | None:
    return None


@pytest.mark.parametrize(("cities", "everywhere", "verdict", "step", "counts"), [
    ([1990, 1990, 1990], 1990, "better", "raise", (3, 0)), ([1900, 1900, 1900], 1900, "worse", "fix", (0, 3)),
    ([1995, 1900, 1960], 1955, "unclear", "differentiate", (1, 1)), ([1960, 1960, 1960], 1960, "unclear", "watch", (0, 0)),
    ([1990, 1990, 1900], 1975, "better", "differentiate", (2, 1))])
def test_a_promise_is_kept_or_broken_and_what_is_next_follows(cities, everywhere, verdict, step, counts) -> None:
    row = promises.ledger(register(), fetching(cities, [everywhere] * 3, everywhere), nothing).iloc[0]
    assert (row["verdict"], row["step"]) == (verdict, step)
    assert (row["kept"], row["broken"]) == counts and row["cities"] == 3 and row["promised"] == 98
    assert row["value"] == pytest.approx(100 * everywhere / 2000) and row["lo"] < row["value"] < row["hi"] and row["base"] == 2000


def test_since_when_is_the_first_month_after_the_last_that_told_otherwise() -> None:
    broken = promises.ledger(register(), fetching([1900] * 3, [1990, 1900, 1960, 1900], 1900), nothing).iloc[0]
    assert f"{broken['since']:%Y-%m}" == "2026-02" and not broken["always"]
    always = promises.ledger(register(), fetching([1900] * 3, [1900, 1900], 1900), nothing).iloc[0]
    assert f"{always['since']:%Y-%m}" == "2026-01" and always["always"]
    untold = promises.ledger(register(), fetching([1900] * 3, [1960, 1960], 1900), nothing).iloc[0]
    assert pd.isna(untold["since"]) and untold["verdict"] == "worse"


def test_a_city_is_judged_as_the_one_of_many_that_it_is() -> None:
    row = promises.ledger(register(), fetching([1990, 1900, 1960], [1900], 1950), nothing, city="乙").iloc[0]
    assert row["value"] == 95 and row["verdict"] == "worse" and row["base"] == 2000
    nowhere = promises.ledger(register(), fetching([1990], [1900], 1950), nothing, city="丙").iloc[0]
    assert nowhere["verdict"] == "" and np.isnan(nowhere["value"])


@pytest.mark.parametrize(("more", "reason"), [
    ({"metric": None}, "no_metric"), ({"metric": ""}, "no_metric"), ({"metric": "handling_hours"}, "no_share"), ({"metric": "no such"}, "no_share"),
    ({"threshold": None}, "no_threshold"), ({"threshold": 0.0}, "no_threshold"), ({"threshold": 101.0}, "no_threshold")])
def test_what_cannot_be_computed_is_named_and_nothing_is_made_up(more, reason) -> None:
    row = promises.ledger(register(**more), fetching([1], [1], 1), nothing).iloc[0]
    assert row["reason"] == reason and np.isnan(row["value"]) and row["verdict"] == row["step"] == ""


def test_a_promise_without_a_share_of_its_own_takes_the_target_of_its_metric() -> None:
    row = promises.ledger(register(threshold=None), fetching([1900] * 3, [1900], 1900), lambda metric, city: 90.0).iloc[0]
    assert row["promised"] == 90 and row["verdict"] == "better"


def test_on_the_sample_data_both_computed_promises_are_broken(sample_folder, monkeypatch) -> None:
    monkeypatch.setenv("SQM_DATA_DIR", str(sample_folder))
    app = whole(open_page("promises", "en"))
    said = finding(app).replace("\u00a0", " ")
    assert said == "2 of 2 computed promises are broken: Queue within 10 minutes 84.8% ± 2.2 (promised 90%); First reply within 48 hours 95.8% ± 0.4 (promised 98%)"
    text = re.sub(r"<[^>]+>", " ", words(app))
    assert "of 13: 0 kept, 13 broken" in text and "of 13: 0 kept, 4 broken" in text and text.count("fix") >= 2
    # The planted breach stands apart.
    assert "Five prohibitions: 1 breach" in text and "2026-09-18" in text and "Nantong" in text
    one = whole(open_page("promises", "zh", query={"city": "南京", "period": "1"}))
    assert finding(one).startswith("南京：")


def test_without_a_register_the_page_says_what_to_do(engine_of_page) -> None:
    for lang, part in (("zh", "还没有登记服务承诺"), ("en", "No service promise is registered yet")):
        assert part in finding(whole(open_page("promises", lang)))


@pytest.fixture
def engine_of_page(own_data_folder):
    from sqm import warehouse

    engine = warehouse.engine()
    publish(engine, "cities", [{"city": "甲州", "en": "Alpha"}])
    publish(engine, "complaints", [{"ticket_id": f"T{n}", "opened_at": "2026-05-03 09:00:00", "city": "甲州", "kind": "complaint"} for n in range(5)])
    return engine


def test_every_promise_names_what_it_takes(sample_folder, monkeypatch) -> None:
    from sqm import i18n, warehouse

    monkeypatch.setenv("SQM_DATA_DIR", str(sample_folder))
    listed = metrics.reference_frame(warehouse.engine(), "promises")
    bare = listed[listed["metric"].isna() | (listed["metric"] == "")]["promise"]
    assert len(bare) == 7 and all(i18n.has(f"promises.need_{promise}") for promise in bare)
