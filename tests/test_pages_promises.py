"""Promises: kept, broken, cannot tell, what is next and since when; what is not computed stays without a number."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest

from simulated import finding, menu, open_page, words
from sqm import metrics, promises, stats, warehouse
from warehouses import publish

METRIC = "first_reply_in_time"
REGISTER = pd.DataFrame({"promise": ["reply", "refund"], "group": ["", None], "metric": [METRIC, ""], "threshold": [90.0, np.nan],
                         "department": ["service", None], "position": [2, 1]})


def answer(hits: dict, n: int, by: str) -> pd.DataFrame:
    lo, hi = stats.wilson(np.array(list(hits.values())), n)
    return pd.DataFrame({by: list(hits), "value": [100 * h / n for h in hits.values()], "lo": 100 * lo, "hi": 100 * hi, "base": n})


def world_of(cities: dict, months: dict, n: int = 1000) -> promises.Fetch:
    def fetch(metric: str, by: tuple[str, ...], city: str) -> pd.DataFrame:
        if by == ("city",):
            return answer(cities, n, "city")
        if by == ("month",):
            return answer({pd.Timestamp(m): hit for m, hit in months.items()}, n, "month")
        return answer({"": sum(cities.values())}, n * len(cities), "whole") if cities else answer({}, n, "whole")

    return fetch


def ledger(cities: dict, months: dict | None = None, city: str = "", register: pd.DataFrame = REGISTER, goal: float | None = None) -> pd.DataFrame:
    return promises.ledger(register, world_of(cities, months or {}), lambda metric, place: goal, city).set_index("promise")


def test_kept_broken_and_not_told_follow_from_the_interval() -> None:
    said = {hit: ledger({"a": hit, "b": hit}).loc["reply"] for hit in (950, 905, 850)}
    assert [row["verdict"] for row in said.values()] == ["better", "unclear", "worse"]
    assert [row["step"] for row in said.values()] == ["raise", "watch", "fix"]
    assert said[850]["value"] == 85.0 and said[850]["base"] == 2000 and said[850]["hi"] < 90 and said[850]["broken"] == said[850]["cities"] == 2


def test_cities_that_differ_call_for_a_promise_that_differs() -> None:
    row = ledger({"a": 990, "b": 820}).loc["reply"]
    assert (row["kept"], row["broken"], row["verdict"], row["step"]) == (1, 1, "unclear", "differentiate")
    assert promises.next_step("better", pd.Series(["unclear", "worse"])) == "fix" and promises.next_step("", pd.Series([], dtype=object)) == "watch"


def test_a_chosen_city_is_judged_as_one_of_many_and_the_next_step_stays_that_of_the_promise() -> None:
    row = ledger({"a": 990, "b": 820, "c": 900}, city="c").loc["reply"]
    assert (row["value"], row["base"], row["verdict"], row["step"]) == (90.0, 1000, "unclear", "differentiate")
    none = ledger({"a": 990}, city="nowhere").loc["reply"]
    assert none["verdict"] == "" and np.isnan(none["value"]) and none["base"] == 0 and none["step"] == "raise"


def test_since_is_the_first_telling_month_after_the_last_one_that_told_otherwise() -> None:
    months = {"2026-01": 850, "2026-02": 960, "2026-03": 905, "2026-04": 850, "2026-05": 895, "2026-06": 850}
    row = ledger({"a": 850}, months).loc["reply"]
    assert row["since"] == pd.Timestamp("2026-04") and not row["always"]
    always = ledger({"a": 850}, {"2026-01": 850, "2026-02": 900}).loc["reply"]
    assert always["since"] == pd.Timestamp("2026-01") and always["always"]
    assert pd.isna(ledger({"a": 850}, {"2026-01": 900}).loc["reply", "since"])


def test_what_is_not_computed_says_why_and_has_no_number() -> None:
    rows = ledger({"a": 950})
    assert list(rows.index) == ["refund", "reply"], "in the order of the register"
    assert rows.loc["refund", "reason"] == "no_metric" and np.isnan(rows.loc["refund", "value"]) and rows.loc["refund", "verdict"] == rows.loc["refund", "step"] == ""
    goal = lambda metric, city: None  # noqa: E731
    assert promises.promised("no_such_thing", 90.0, goal)[1] == promises.promised("satisfaction", 90.0, goal)[1] == "no_share"
    for threshold in (None, float("nan"), 0.0, 100.5, -1.0):
        assert promises.promised(METRIC, threshold, goal)[1] == "no_threshold"


def test_without_a_share_in_the_register_the_target_is_the_promise() -> None:
    assert promises.promised(METRIC, None, lambda metric, city: 97.0 if city else 98.0, "a") == (97.0, "")
    assert promises.promised(METRIC, 95.0, lambda metric, city: 98.0) == (95.0, "")


def test_nothing_to_count_and_an_empty_register_are_told_apart() -> None:
    empty = promises.ledger(REGISTER, world_of({}, {}), lambda metric, city: None)
    assert empty["verdict"].tolist() == ["", ""] and empty["step"].tolist() == ["", ""]
    assert promises.ledger(REGISTER.iloc[:0], world_of({}, {}), lambda metric, city: None).empty


MONTHS = [date(2026, m, 1) for m in range(1, 7)]
#: City → of 100 complaints a month, how many were replied to within two days.
REPLIED = {"北州": 99, "南州": 80}


def publish_world(*, breaches: bool = True, listed: bool = True, name: str = "48小时回复", months: list[date] = MONTHS) -> None:
    engine = warehouse.engine()
    publish(engine, "cities", [{"city": "北州", "en": "North"}, {"city": "南州", "en": "South"}])
    publish(engine, "departments", [{"department": "service", "zh": "客户服务中心", "en": "Customer service"}])
    if listed:
        publish(engine, "promises", [
            {"promise": "reply_48h", "zh": name, "en": "Reply in 48 hours", "metric": METRIC, "threshold": 95.0, "department": "service", "position": 1},
            {"promise": "double_refund", "zh": "双倍返还", "en": "Double refund", "department": "service", "position": 2},
            {"promise": "own", "zh": "自家承诺", "en": "Our own", "metric": "whatever", "threshold": 9.0, "position": 3}])
    publish(engine, "complaints", [
        {"ticket_id": f"{city}{month}{n}", "opened_at": f"{month:%Y-%m}-05 10:00:00", "city": city, "kind": "complaint",
         "first_reply_at": f"{month:%Y-%m}-{'06' if n < hits else '20'} 10:00:00"}
        for city, hits in REPLIED.items() for month in months for n in range(100)], as_of=pd.Timestamp("2026-06-30").to_pydatetime())
    if breaches:
        publish(engine, "breaches", [{"breach": "B1", "on": date(2026, 5, 3), "city": "南州", "prohibition": 3, "department": "service", "note": "<b>未经确认</b>"}])


def test_the_broken_promise_is_the_finding_with_its_interval_and_what_is_next(own_data_folder) -> None:
    publish_world()
    app = open_page("promises")
    now = metrics.fetch(warehouse.engine(), METRIC).iloc[0]
    assert (now["value"], now["base"]) == (89.5, 1200)
    assert finding(app).startswith("1 of 1 computed promise is broken: Reply in 48 hours 89.5% ") and finding(app).endswith("(promised 95%)")
    said = words(app)
    assert "1,200 tickets" in said and ">broken<" in said and ">differentiate<" in said and "of 2: 1 kept, 1 broken" in said and "Customer service" in said
    assert "Registered, not computed: 2 promises" in said and "A list of charging errors" in said and "Its metric “whatever” is no share" in said
    assert any("not yet due at the extract" in caption.value for caption in app.caption)
    assert finding(open_page("promises", "zh")).startswith("能计算的 1 项承诺中 1 项未兑现：48小时回复 89.5%")
    for key in ("promises_months_reply_48h", "promises_cities_reply_48h"):
        menu(app, key)


def test_breaches_stand_apart_and_only_in_their_own_months(own_data_folder) -> None:
    publish_world()
    said = words(open_page("promises"))
    assert "Five prohibitions: 1 breach<" in said and "activating or changing a service without" in said and "2026-05-03" in said
    assert "<b>未经" not in said and "&lt;b&gt;未经确认" in said
    assert "Five prohibitions: 0 breaches" in words(open_page("promises", query={"city": "北州"}))
    last = open_page("promises", query={"period": "1"})
    assert "Five prohibitions: 0 breaches" in words(last) and any("newest one on record is of 2026-05" in c.value for c in last.caption)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_each_kind_of_nothing_is_said(own_data_folder, lang) -> None:
    publish_world(breaches=False, listed=False, months=MONTHS[:1])
    app = open_page("promises", lang)
    assert finding(app) == {"zh": "还没有登记服务承诺", "en": "No service promise is registered yet"}[lang]
    assert any({"zh": "从未登记过", "en": "has never held one"}[lang] in caption.value for caption in app.caption)
    assert len(app.info) == 1


def test_a_city_and_a_single_month_are_told_as_they_are(own_data_folder) -> None:
    publish_world(months=MONTHS[:1], name="<i>回复</i>")
    app = open_page("promises", "zh", {"city": "北州"})
    # 99 of 100: the interval, 94.6 to 99.8, holds the promised 95.
    assert finding(app) == "北州：能计算的 1 项承诺中 0 项已兑现，其余难判" and "<i>回复" not in words(app)
    assert "99.0%" in words(app) and "难判" in words(app) and ">差异化<" not in words(app)


def test_the_planted_story_the_48_hours_are_not_kept(sample_folder, monkeypatch) -> None:
    monkeypatch.setenv("SQM_DATA_DIR", str(sample_folder))
    app = open_page("promises")
    # Over 24 months it is 95.8 (data/README.md); the queue of ten minutes is not kept either.
    assert finding(app).startswith("2 of 2 computed promises are broken: Queue within 10 minutes 84.8%")
    assert "First reply within 48 hours 95.8%" in finding(app) and finding(app).endswith("(promised 98%)")
    said = words(app)
    assert "of 13: 0 kept, 13 broken" in said and "≤ 2024-11" in said and "Registered, not computed: 7 promises" in said
    assert "Five prohibitions: 1 breach<" in said and ">Nantong<" in said and ">differentiate<" not in said
