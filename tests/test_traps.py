"""The ways in which a dashboard's number goes quietly wrong, each set up small, on DuckDB and on PostgreSQL."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import numpy as np
import pandas as pd
import pytest
import sqlalchemy as sa
from answers import CATEGORIES, CITIES, ELEMENTS, ITEMS, STORES

from sqm import metrics, stats, warehouse
from sqm.access import Scope
from sqm.measures import lookup, quantiles
from warehouses import publish

ALPHA, NOBODY = Scope("a", frozenset({"甲"})), Scope("n", frozenset())


def answers(
    city: str | None, scores: list[float], month: str = "2026-01", element: str = "overall", first: int = 1, **more
) -> list[dict]:
    """One respondent for each score."""
    return [
        {
            "respondent": f"{city}-{first + i}",
            "month": month,
            "city": city,
            "element": element,
            "score": score,
            "scale": "0-100",
            **more,
        }
        for i, score in enumerate(scores)
    ]


def tickets(city: str | None, moments: list[str], **more) -> list[dict]:
    return [
        {"ticket_id": f"{city}-{i}-{moment}", "opened_at": moment, "city": city, **more}
        for i, moment in enumerate(moments)
    ]


def value(engine, metric, **more):
    frame = metrics.fetch(engine, metric, **more)
    assert len(frame) == 1
    return frame["value"].iloc[0]


def test_no_average_of_averages(engine):
    # One happy answer in 甲, nine unhappy ones in 乙: 10 together, not (100 + 0)/2 = 50.
    publish(engine, "surveys", answers("甲", [100.0]) + answers("乙", [0.0] * 9))
    by_city = metrics.fetch(engine, "satisfaction", by=("city",))
    assert by_city["value"].mean() == 50
    assert value(engine, "satisfaction") == pytest.approx(10)
    # Pieces add up to the whole, whatever the cells.
    assert by_city["wx"].sum() / by_city["w"].sum() == pytest.approx(10)


def test_no_average_of_monthly_rates(engine):
    # 1 of 100 customers in January and 30 of 1000 in February: 31/1100, not the mean of 100 and 300.
    publish(
        engine,
        "customers",
        [{"month": m, "city": "甲", "opening": n, "closing": n} for m, n in (("2026-01", 100.0), ("2026-02", 1000.0))],
    )
    publish(engine, "complaints", tickets("甲", ["2026-01-05"] + ["2026-02-05"] * 30))
    assert value(engine, "complaint_rate") == pytest.approx(10_000 * 31 / 1100)


def test_one_respondent_with_nineteen_answers_is_one_respondent(engine):
    names = [f"e{i:02}" for i in range(19)]
    publish(engine, "elements", [{"element": name, "zh": name, "class": "service"} for name in names])
    chatty = [{**row, "respondent": "chatty"} for name in names for row in answers("甲", [0.0], element=name)]
    publish(engine, "surveys", chatty + answers("甲", [100.0], element="e00"))
    for where in ({"element_class": "service"}, {"element": names}, None):
        row = metrics.fetch(engine, "satisfaction", where=where).iloc[0]
        # Two people, one at 0 and one at 100; twenty answers would say 5.
        assert (row["value"], row["base"], row["w"]) == (50.0, 2, 2.0)
    row = metrics.fetch(engine, "satisfaction_top2", where={"element_class": "service"}).iloc[0]
    assert (row["value"], row["base"]) == (50.0, 2)
    # Within one element both count; in the others only the chatty one does.
    by_element = metrics.fetch(engine, "satisfaction", by=("element",)).set_index("element")
    assert by_element.loc["e00", ["value", "base"]].tolist() == [50.0, 2] and by_element.loc["e01", "base"] == 1


def test_the_same_respondent_number_in_two_months_is_two_interviews(engine):
    rows = answers("甲", [0.0]) + answers("甲", [100.0], month="2026-02")
    publish(engine, "surveys", rows)
    assert metrics.fetch(engine, "satisfaction")["base"].tolist() == [2]


def test_scales_never_pool_raw(engine):
    rows = [
        {**answers("甲", [5.0])[0], "respondent": scale, "scale": scale} for scale in ("1-5", "1-10", "0-10", "0-100")
    ]
    publish(engine, "surveys", rows)
    # 5 of 5 is 100; 5 on 1-10 is 4/9; 5 on 0-10 is 50; 5 of 100 is 5.
    assert value(engine, "satisfaction") == pytest.approx((100 + 400 / 9 + 50 + 5) / 4)
    assert value(engine, "satisfaction_top2") == 25


def test_a_competitor_s_answers_never_count_as_our_own(engine):
    publish(engine, "surveys", answers("甲", [80.0]) + answers("甲", [0.0], operator="他网"))
    assert value(engine, "satisfaction") == 80
    assert metrics.fetch(engine, "satisfaction", by=("operator",))["value"].tolist() == [80, 0]


def test_an_empty_base_is_neither_zero_nor_an_error(engine):
    publish(engine, "surveys", answers("甲", [80.0], weight=0.0))
    row = metrics.fetch(engine, "satisfaction").iloc[0]
    assert row["base"] == 1 and np.isnan(row[["value", "lo", "hi"]].astype(float)).all()
    assert metrics.fetch(engine, "nps").empty and metrics.fetch(engine, "escalation_rate").empty
    publish(engine, "complaints", tickets("甲", ["2026-01-05"], kind="enquiry"))
    # There are tickets, and none of them is a complaint: that is a zero. A share of none is not.
    assert value(engine, "complaints") == 0 and metrics.fetch(engine, "escalation_rate").empty


def test_an_index_only_where_nobody_was_asked_overall(engine):
    publish(engine, "elements", ELEMENTS)
    publish(engine, "surveys", answers("甲", [80.0]) + answers("乙", [20.0], element="hotline"))
    assert metrics.fetch(engine, "satisfaction", by=("city",))["city"].tolist() == ["甲"]
    frame = metrics.fetch(engine, "satisfaction", where={"city": "乙"})
    assert (frame["value"].iloc[0], frame.attrs["basis"]) == (20.0, "index")


def test_months_end_on_their_last_second(engine):
    publish(
        engine,
        "complaints",
        tickets(
            "甲",
            [
                "2025-12-31 23:59:59",
                "2026-01-01 00:00:00",
                "2026-01-31 23:59:59",
                "2026-02-01 00:00:00",
                "2024-02-29 12:00:00",
            ],
        ),
    )
    frame = metrics.fetch(engine, "complaints", by=("month",))
    assert [f"{m:%Y-%m}" for m in frame["month"]] == ["2024-02", "2025-12", "2026-01", "2026-02"]
    assert frame["value"].tolist() == [1, 1, 2, 1]
    january = (date(2026, 1, 1), date(2026, 1, 1))
    assert value(engine, "complaints", period=january) == 2
    assert len(metrics.evidence(engine, "complaints", period=january)) == 2


def test_a_reference_never_multiplies_rows(engine):
    # Two categories of one element, two elements of one class, two stores of one city: every join is many to one.
    publish(engine, "elements", [*ELEMENTS, {"element": "store", "zh": "营业厅", "class": "service"}])
    publish(engine, "categories", [*CATEGORIES, {"category": "slow2", "zh": "更慢", "element": "coverage"}])
    publish(engine, "audit_items", ITEMS)
    publish(engine, "stores", [*STORES, {"store": "S3", "zh": "三号厅", "city": "甲"}])
    publish(engine, "complaints", tickets("甲", ["2026-01-05"] * 3, category="slow") + tickets("乙", ["2026-01-05"]))
    for split in ("element", "element_class", "category"):
        frame = metrics.fetch(engine, "complaints", by=(split,))
        assert frame["value"].sum() == 4, split
    publish(
        engine,
        "audits",
        [
            {"visit_id": "V", "store": "S3", "visited_on": "2026-01-05", "item": item["item"], "points": 1.0}
            for item in ITEMS
        ],
    )
    for split in ("city", "store", "stage", "item"):
        frame = metrics.fetch(engine, "audit_score", by=(split,))
        assert (frame["value"] == 100).all() and (frame["base"] == 1).all(), split


def test_what_a_reference_does_not_know_still_counts(engine):
    publish(engine, "complaints", tickets("甲", ["2026-01-05"], category="unheard"))
    assert metrics.fetch(engine, "complaints", by=("element",))[["element", "value"]].values.tolist() == [[None, 1.0]]
    publish(
        engine, "audits", [{"visit_id": "V", "store": "S9", "visited_on": "2026-01-05", "item": "new", "points": 0.5}]
    )
    assert value(engine, "audit_score") == 50
    assert metrics.fetch(engine, "audit_score", by=("city",))["city"].tolist() == [None]


def test_rows_without_a_city_are_in_the_total_and_in_their_own_cell(engine):
    publish(engine, "complaints", tickets("甲", ["2026-01-05"]) + tickets(None, ["2026-01-06"]))
    assert value(engine, "complaints") == 2
    by_city = metrics.fetch(engine, "complaints", by=("city",))
    assert by_city["city"].tolist() == ["甲", None] and by_city["value"].tolist() == [1, 1]
    assert value(engine, "complaints", where={"city": [None]}) == 1
    assert value(engine, "complaints", where={"city": ["甲", None]}) == 2


@pytest.mark.parametrize(("weights", "expected"), [((None, None), 50.0), ((1.0, None), 50.0), ((3.0, 3.0), 50.0), ((3.0, 1.0), 75.0), ((3.0, None), 75.0)])
def test_elements_count_by_their_weight_within_an_interview(engine, weights, expected):
    publish(engine, "elements", [{"element": name, "zh": name, "class": "service", "weight": weight} for name, weight in zip("ab", weights, strict=True)])
    publish(engine, "surveys", answers("甲", [100.0], element="a") + answers("甲", [0.0], element="b"))
    assert value(engine, "satisfaction", where={"element": ["a", "b"]}) == expected
    # An element without a row of its own weighs 1.
    publish(engine, "surveys", answers("甲", [0.0], element="unknown", month="2026-02") + answers("甲", [100.0], element="a", month="2026-02"))
    mixed = value(engine, "satisfaction", where={"element": ["a", "unknown"], "month": "2026-02"})
    assert mixed == 100 * (weights[0] or 1) / ((weights[0] or 1) + 1)


def test_weights_count_people_not_kilos(engine):
    heavy = answers("甲", [100.0], weight=300.0) + answers("甲", [0.0] * 3, first=2, weight=100.0)
    publish(engine, "surveys", heavy)
    row = metrics.fetch(engine, "satisfaction").iloc[0]
    # 300·100/600; n_eff = 600²/(300² + 3·100²) = 3, not 600 and not 4.
    assert (row["value"], row["base"]) == (50.0, 4) and row["w"] ** 2 / row["w2"] == pytest.approx(3)


def test_a_blank_weight_is_one(engine):
    publish(engine, "surveys", answers("甲", [100.0], weight=None) + answers("甲", [0.0], first=2))
    assert value(engine, "satisfaction") == 50


def test_a_filter_cannot_widen_what_a_person_may_see(engine):
    publish(engine, "cities", CITIES)
    publish(engine, "stores", STORES)
    publish(
        engine, "customers", [{"month": "2026-01", "city": c, "opening": 1000.0, "closing": 1000.0} for c in "甲乙"]
    )
    publish(engine, "surveys", answers("甲", [100.0]) + answers("乙", [0.0]) + answers(None, [0.0]))
    publish(
        engine,
        "complaints",
        tickets("甲", ["2026-01-05"]) + tickets("乙", ["2026-01-05"] * 3) + tickets(None, ["2026-01-05"]),
        as_of=datetime(2026, 3, 1),
    )
    publish(
        engine,
        "audits",
        [
            {"visit_id": s, "store": s, "visited_on": "2026-01-05", "item": "x", "points": p}
            for s, p in (("S1", 1.0), ("S2", 0.0))
        ],
    )
    publish(
        engine,
        "breaches",
        [{"breach": str(i), "on": "2026-01-05", "city": c, "prohibition": 1} for i, c in enumerate(("甲", "乙", ""))],
    )
    for where in (None, {"city": ["甲", "乙"]}, {"city": ["甲", None]}):
        assert value(engine, "satisfaction", where=where, scope=ALPHA) == 100
        assert value(engine, "complaints", where=where, scope=ALPHA) == 1
        assert value(engine, "audit_score", where=where, scope=ALPHA) == 100
        assert value(engine, "breaches", where=where, scope=ALPHA) == 1
        frame = metrics.fetch(engine, "complaint_rate", by=("city",), where=where, scope=ALPHA)
        assert frame[["city", "value", "exposure"]].values.tolist() == [["甲", 10.0, 1000.0]]
    for metric in metrics.CATALOGUE.values():
        assert "乙" not in set(metrics.fetch(engine, metric, by=("city",), scope=ALPHA)["city"]), metric.id
        assert metrics.fetch(engine, metric, by=("city",), where={"city": "乙"}, scope=ALPHA).empty, metric.id
        assert metrics.fetch(engine, metric, by=("city",), scope=NOBODY).empty, metric.id
        assert metrics.evidence(engine, metric, where={"city": "乙"}, scope=ALPHA).empty, metric.id
        assert metrics.explain(engine, metric, where={"city": "乙"}, scope=ALPHA)["batches"] == [], metric.id


def test_complaints_without_customers_behind_them_are_told_and_in_no_rate(engine):
    publish(engine, "customers", [{"month": "2026-01", "city": "甲", "opening": 900.0, "closing": 1100.0}])
    publish(engine, "complaints", tickets("甲", ["2026-01-05", "2026-02-05"]) + tickets("乙", ["2026-01-05"] * 5))
    row = metrics.fetch(engine, "complaint_rate").iloc[0]
    # One complaint over 1000 customer-months; 乙 and February have no customer base.
    assert row[["value", "events", "unmatched", "base"]].tolist() == [10.0, 1.0, 6.0, 1000]
    by_city = metrics.fetch(engine, "complaint_rate", by=("city",)).set_index("city")
    assert np.isnan(by_city.loc["乙", "value"]) and by_city.loc["乙", "reason"] == "no_exposure"
    assert by_city.loc["乙", "unmatched"] == 5 and by_city.loc["甲", "reason"] is None


@pytest.mark.parametrize("whole", [True, False], ids=["every month has customers", "a month of a city has none"])
def test_a_rate_over_a_period_is_that_of_its_months_together(engine, whole):
    months = ("2026-01", "2026-02", "2026-03")
    base = [{"month": m, "city": c, "opening": 1000.0, "closing": 1000.0} for m in months for c in ("甲", "乙")]
    publish(engine, "customers", base if whole else base[:-1])
    rows = [row for city, n in (("甲", 1), ("乙", 2), ("丙", 4), (None, 8)) for m in months for row in tickets(city, [f"{m}-05"] * n)]
    rows = [{**row, "ticket_id": str(i), "category": "slow" if i % 3 else "drop"} for i, row in enumerate(rows)]
    publish(engine, "complaints", rows)
    period = (date(2026, 1, 1), date(2026, 3, 1))
    for by in ((), ("city",), ("category",), ("category", "city")):
        together = metrics.fetch(engine, "complaint_rate", by=by, period=period)
        # Without a period nothing says that every month has customers, so each event's own month is looked at.
        looked_at = metrics.fetch(engine, "complaint_rate", by=by)
        pd.testing.assert_frame_equal(together, looked_at)
    # Per month 甲 1, 乙 2 and 8 without a city; where 乙 has no customers in March its 2 are in no rate. 丙 never is.
    whole_row = metrics.fetch(engine, "complaint_rate", period=period).iloc[0]
    assert whole_row[["events", "unmatched"]].tolist() == ([33, 12] if whole else [31, 14])
    assert whole_row["base"] == (6000 if whole else 5000)


def test_a_month_that_was_not_yet_seen_is_no_zero(engine):
    publish(
        engine,
        "customers",
        [{"month": m, "city": "甲", "opening": 1000.0, "closing": 1000.0} for m in ("2026-01", "2026-02", "2026-03")],
    )
    publish(engine, "complaints", tickets("甲", ["2026-01-05"]), as_of=datetime(2026, 2, 28))
    frame = metrics.fetch(engine, "complaint_rate", by=("month",))
    assert [f"{m:%m}" for m in frame["month"]] == ["01", "02"] and frame["value"].tolist() == [10.0, 0.0]
    assert value(engine, "complaint_rate") == 5.0


def test_customers_alone_are_no_rate_of_zero(engine):
    publish(engine, "customers", [{"month": "2026-01", "city": "甲", "opening": 1.0, "closing": 1.0}])
    assert metrics.fetch(engine, "complaint_rate").empty and metrics.fetch(engine, "complaint_rate", by=("city",)).empty


def test_a_quarter_s_rate_compares_with_a_month_s(engine):
    publish(
        engine,
        "customers",
        [{"month": m, "city": "甲", "opening": 1000.0, "closing": 1000.0} for m in ("2026-01", "2026-02", "2026-03")],
    )
    publish(engine, "complaints", tickets("甲", ["2026-01-05", "2026-02-05", "2026-03-05"]))
    assert (
        value(engine, "complaint_rate") == metrics.fetch(engine, "complaint_rate", by=("month",))["value"].iloc[0] == 10
    )


def test_repeats_in_another_city_are_seen_through_any_filter(engine):
    rows = [
        {"ticket_id": "1", "opened_at": "2026-01-05", "city": "甲", "category": "slow", "phone": "199****0001", "phone_key": "k"},
        {"ticket_id": "2", "opened_at": "2026-02-04", "city": "乙", "category": "slow", "phone": "199****0001", "phone_key": "k"},
    ]
    publish(engine, "complaints", rows, as_of=datetime(2026, 6, 1))
    # Exactly 30 days later, in another city and another month.
    assert value(engine, "repeat_rate", where={"city": "甲"}, period=(date(2026, 1, 1), date(2026, 1, 1))) == 100


def test_now_is_the_extract_s_and_else_the_data_s(engine):
    rows = tickets("甲", ["2026-01-01 00:00:00", "2026-01-02 23:00:00"])
    publish(engine, "complaints", rows)
    # Newest moment in the data is 2 January 23:00: nothing is 48 hours old.
    assert metrics.fetch(engine, "first_reply_in_time").empty
    publish(engine, "complaints", rows, as_of=datetime(2026, 1, 3))
    # Due to the second; never replied.
    assert metrics.fetch(engine, "first_reply_in_time")[["value", "base"]].values.tolist() == [[0.0, 1.0]]


def test_a_resolution_nobody_noted_is_not_a_failure_of_everybody(engine):
    rows = tickets("甲", ["2026-01-01"] * 3, closed_at="2026-01-02 00:00:00")
    publish(engine, "complaints", rows, as_of=datetime(2026, 6, 1))
    row = metrics.fetch(engine, "resolution_rate").iloc[0]
    assert np.isnan(row["value"]) and np.isnan(row["lo"]) and (row["base"], row["unknown"]) == (3, 3)
    publish(engine, "complaints", [{**rows[0], "resolved": True}], as_of=datetime(2026, 6, 1))
    row = metrics.fetch(engine, "resolution_rate").iloc[0]
    assert row["value"] == pytest.approx(100 / 3) and row["unknown"] == 2


def test_a_file_without_the_column_says_neither_yes_nor_no(engine):
    told = {"as_of": datetime(2026, 6, 1), "mapping": {"单号": "ticket_id", "回复": "first_reply_at", "升级": "escalated"}}
    mute = {"as_of": datetime(2026, 6, 1), "mapping": {"单号": "ticket_id", "升级说明": "content"}}
    publish(engine, "complaints", tickets("a", ["2026-01-01"] * 2), **mute)
    for metric in ("first_reply_in_time", "escalation_rate"):
        assert metrics.fetch(engine, metric).empty
    replied = {"first_reply_at": "2026-01-01 03:00:00", "escalated": True}
    publish(engine, "complaints", tickets("b", ["2026-01-01"], **replied), **told)
    publish(engine, "complaints", tickets("c", ["2026-01-01"]), **told)
    for metric in ("first_reply_in_time", "escalation_rate"):
        # Of the file that has the column, a ticket without a reply is one that failed.
        row = metrics.fetch(engine, metric).iloc[0]
        assert (row["value"], row["base"]) == (50, 2)
        rows = metrics.evidence(engine, metric)
        assert rows.attrs["total"] == 2 and set(rows["ticket_id"].str[0]) == {"b", "c"}
        assert sum(batch["rows"] for batch in metrics.explain(engine, metric)["batches"]) == 2
    assert value(engine, "complaints") == 4


def test_ways_of_monitoring_are_never_blended(engine):
    publish(
        engine,
        "audits",
        [
            {
                "visit_id": name,
                "store": "S1",
                "visited_on": "2026-01-05",
                "item": "x",
                "points": points,
                "monitoring": name,
            }
            for name, points in (("mystery", 0.2), ("inspection", 1.0), ("trial", 1.0))
        ],
    )
    assert value(engine, "audit_score") == pytest.approx(20)
    assert metrics.fetch(engine, "audit_score", by=("monitoring",))["value"].tolist() == pytest.approx([100, 20, 100])
    assert value(engine, "audit_score", where={"monitoring": "trial"}) == 100


def test_what_does_not_apply_is_out_of_both_sides(engine):
    publish(engine, "audit_items", ITEMS)
    publish(
        engine,
        "audits",
        [
            {"visit_id": "V", "store": "S1", "visited_on": "2026-01-05", "item": "greet", "points": 0.5},
            {
                "visit_id": "V",
                "store": "S1",
                "visited_on": "2026-01-05",
                "item": "tidy",
                "points": 0.0,
                "applicable": False,
            },
            {
                "visit_id": "V",
                "store": "S1",
                "visited_on": "2026-01-05",
                "item": "secret",
                "points": None,
                "applicable": False,
            },
        ],
    )
    assert value(engine, "audit_score") == 50


def test_a_hostile_value_is_only_a_value(engine):
    publish(engine, "complaints", tickets("甲", ["2026-01-05"], channel="a'; DROP TABLE complaints; --%s:x"))
    assert value(engine, "complaints", where={"channel": "a'; DROP TABLE complaints; --%s:x"}) == 1
    assert value(engine, "complaints", where={"channel": "' OR 1=1 --"}) == 0
    assert (
        "DROP" in metrics.explain(engine, "complaints", where={"channel": "a'; DROP TABLE complaints; --%s:x"})["sql"]
    )
    assert value(engine, "complaints") == 1


@pytest.mark.parametrize("most", [200, 0], ids=["picked", "sorted"])
def test_quantiles_of_many_cells_are_those_of_their_rows(engine, monkeypatch, most):
    monkeypatch.setattr(quantiles, "MOST_FRACTIONS", most)
    # Skewed hours, ties and tiny cells, some without a city; against numpy and against counting ranks.
    random = np.random.default_rng(7)
    rows, hours = [], {}
    for city, many in (("甲", 311), ("乙", 40), (None, 40), ("丙", 6), ("丁", 1)):
        seconds = [int(s) for s in random.exponential(40_000, many)]
        seconds[: many // 4] = [3_600] * (many // 4)
        hours[city] = np.sort(np.array(seconds) / 3600)
        start = datetime(2026, 1, 5)
        rows += [
            {"ticket_id": f"{city}{i}", "opened_at": start, "closed_at": start + timedelta(seconds=s), "city": city}
            for i, s in enumerate(seconds)
        ]
    publish(engine, "complaints", rows)
    for metric, p in (("handling_hours", 0.5), ("handling_hours_p90", 0.9)):
        for row in metrics.fetch(engine, metric, by=("city",)).to_dict("records"):
            x = hours[row["city"]]
            assert (row["value"], row["base"]) == (pytest.approx(np.quantile(x, p)), len(x))
            for bound, rank in zip(("lo", "hi"), stats.order_statistic_ranks(len(x), p), strict=True):
                expected = x[int(rank) - 1] if np.isfinite(rank) else np.nan
                assert row[bound] == pytest.approx(expected, nan_ok=True), (metric, row)
        everything = np.concatenate(list(hours.values()))
        assert value(engine, metric) == pytest.approx(np.quantile(everything, p))


HANDLED = [{"ticket_id": f"T{i}", "opened_at": f"2026-01-{i % 9 + 1:02d} 08:00:00", "closed_at": f"2026-01-{i % 9 + 2:02d} 20:00:00",
            "city": "甲", "kind": "complaint"} for i in range(9)]
LATER = [{"ticket_id": f"L{i}", "opened_at": f"2026-01-{i % 9 + 10:02d} 08:00:00",
          "closed_at": f"2026-01-{i % 9 + 11:02d} 20:00:00", "city": "乙" if i % 2 else "甲", "kind": "complaint"} for i in range(40)]


@pytest.mark.parametrize("asked", [
    lambda e: metrics.fetch(e, "handling_hours", by="city"),
    lambda e: metrics.fetch(e, "complaint_rate", by=("city", "channel")),
    lambda e: metrics.evidence(e, "handling_hours"),
    lambda e: metrics.explain(e, "complaint_rate", by="city"),
    lambda e: metrics.explain(e, "handling_hours", by="city"),
    lambda e: {k: v for k, v in metrics.freshness(e).items() if k != "version"},
], ids=["quantile", "rate", "evidence", "explain", "explain a quantile", "freshness"])
def test_a_publication_between_two_statements_of_an_answer_is_not_in_it(engine, asked):
    publish(engine, "complaints", HANDLED)
    publish(engine, "customers", [{"month": "2026-01", "city": c, "opening": 100.0, "closing": 100.0} for c in ("甲", "乙")])
    expected = asked(engine)
    if isinstance(expected, dict):
        lookup._cache.clear()
    busy = []

    def between(conn, cursor, statement, *_) -> None:
        if not busy and ("complaints" in statement or "batches" in statement):
            busy.append(statement)
            publish(engine, "complaints", LATER)

    sa.event.listen(engine, "after_cursor_execute", between)
    try:
        found = asked(engine)
    finally:
        sa.event.remove(engine, "after_cursor_execute", between)
    assert busy
    if isinstance(expected, dict):
        assert found == expected
    else:
        pd.testing.assert_frame_equal(found, expected)
        assert found.attrs == expected.attrs
    assert len(metrics.evidence(engine, "handling_hours")) == 49


def test_a_snapshot_only_reads(engine):
    if engine.dialect.name == "postgresql":
        with pytest.raises(sa.exc.InternalError), warehouse.snapshot(engine) as conn:
            conn.execute(sa.delete(warehouse.batches_table))
    with warehouse.writing(engine) as conn:
        conn.execute(sa.delete(warehouse.batches_table))


def test_what_is_not_known_since_its_own_extract_is_not_late(engine):
    """Tickets of the last days of an extract may have been replied to since: only a newer row of theirs can tell."""
    def ticket(name: str, opened: str, reply: str | None):
        return {"ticket_id": name, "opened_at": f"{opened} 08:00:00", "first_reply_at": reply and f"{reply} 09:00:00", "city": "甲"}

    june = [ticket("A", "2026-06-01", "2026-06-01"), ticket("B", "2026-06-27", None), ticket("C", "2026-06-29", None)]
    publish(engine, "complaints", june, as_of=datetime(2026, 6, 30))
    first = metrics.fetch(engine, "first_reply_in_time", by="month").iloc[0]
    assert (first["value"], first["base"]) == (50.0, 2)
    publish(engine, "complaints", [ticket("D", "2026-07-10", "2026-07-10")], as_of=datetime(2026, 7, 20))
    after = metrics.fetch(engine, "first_reply_in_time", by="month")
    assert list(zip(after["value"], after["base"], strict=True)) == [(50.0, 2), (100.0, 1)], "C is not late: nobody knows"
    assert len(metrics.evidence(engine, "first_reply_in_time", period=(date(2026, 6, 1), date(2026, 6, 1)))) == 2
    publish(engine, "complaints", [ticket("C", "2026-06-29", "2026-07-05")], as_of=datetime(2026, 7, 20))
    assert metrics.fetch(engine, "first_reply_in_time", by="month")["base"].tolist() == [3, 1], "now it is known to be late"


@pytest.mark.parametrize(("unit", "expected"), [("%", 95.0), ("％", 95.0), (" Percent ", 95.0), ("‰", 950.0), ("次", 0.95), (None, 95.0)])
def test_a_share_is_one_however_its_unit_is_written(engine, unit, expected):
    publish(engine, "indicator_list", [{"indicator": "i", "zh": "甲指标", "unit": unit}])
    publish(engine, "indicators", [{"month": "2026-01", "city": "甲", "indicator": "i", "numerator": 950.0, "denominator": 1000.0}])
    assert value(engine, "indicator", where={"indicator": "i"}) == expected


def test_the_report_of_the_province_does_not_count_its_cities_twice(engine):
    reports = [("2026-01", "甲", 90.0), ("2026-01", "乙", 70.0), ("2026-01", "", 160.0), ("2026-02", "", 100.0)]
    publish(engine, "indicators", [{"month": m, "city": c, "indicator": "i", "numerator": n, "denominator": 100.0 if c else 200.0} for m, c, n in reports])
    row = metrics.fetch(engine, "indicator", where={"indicator": "i"}).iloc[0]
    assert row[["numerator", "denominator", "base"]].tolist() == [260.0, 400.0, 3]
    assert metrics.fetch(engine, "indicator", by=("city",), where={"indicator": "i"}).set_index("city")["numerator"].to_dict() == {"甲": 90.0, "乙": 70.0, None: 260.0}
    with pytest.raises(ValueError, match="no pieces"):
        metrics.rolling("indicator", metrics.fetch(engine, "indicator", by=("month",)), 2)


def test_columns_of_an_answer_are_their_own(engine):
    publish(engine, "complaints", tickets("甲", ["2026-01-05"]))
    frame = metrics.fetch(engine, "complaints")
    frame.loc[0, "value"] = 99.0
    assert frame.loc[0, ["events", "base"]].tolist() == [1.0, 1]
