"""The questions of the metric measurement, each also as the SQL that one would write by hand for it on DuckDB."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date


@dataclass(frozen=True)
class Question:
    """A call of ``metrics.fetch`` and its hand-written twin, whose columns are the splits, ``value`` and ``base``."""

    name: str
    metric: str
    sql: str
    by: tuple[str, ...] = ()
    where: Mapping[str, object] = field(default_factory=dict)
    period: tuple[date | None, date | None] | None = None
    note: str = ""


_POINTS = "(score - 1) * (100.0 / 9)"
_SUMS = f"""count(*) AS base, sum(weight) AS w, sum(weight * weight) AS w2, sum(weight * {_POINTS}) AS wx,
    sum(weight * {_POINTS} * {_POINTS}) AS wxx, wx / w AS value"""
_OWN = "operator = 'own' AND item = '' AND scale = '1-10'"

QUESTIONS: tuple[Question, ...] = (
    Question(
        "satisfaction by month and city",
        "satisfaction",
        f"SELECT month, city, {_SUMS} FROM surveys WHERE element = 'overall' AND {_OWN} GROUP BY ALL",
        ("month", "city"),
    ),
    Question(
        "satisfaction by element, one segment, one year",
        "satisfaction",
        f"""SELECT element, {_SUMS} FROM surveys WHERE element NOT IN ('overall', 'recommend') AND {_OWN}
        AND segment = 's1' AND month >= DATE '2026-01-01' AND month < DATE '2027-01-01' GROUP BY ALL""",
        ("element",),
        {"segment": "s1"},
        (date(2026, 1, 1), date(2026, 12, 1)),
    ),
    Question(
        "satisfaction over three elements, one respondent one unit, by city",
        "satisfaction",
        f"""WITH people AS (SELECT city, max(weight) AS weight, sum({_POINTS}) / count(*) AS x FROM surveys
            WHERE element IN ('el1', 'el2', 'el3') AND {_OWN} GROUP BY city, respondent, month)
        SELECT city, count(*) AS base, sum(weight) AS w, sum(weight * weight) AS w2, sum(weight * x) AS wx,
            sum(weight * x * x) AS wxx, wx / w AS value FROM people GROUP BY city""",
        ("city",),
        {"element": ["el1", "el2", "el3"]},
    ),
    Question(
        "top two boxes by city",
        "satisfaction_top2",
        f"""SELECT city, count(*) AS base, sum(weight) AS w, sum(weight * weight) AS w2,
            sum(CASE WHEN score >= 9 THEN weight ELSE 0 END) AS hit, 100 * hit / w AS value
        FROM surveys WHERE element = 'overall' AND {_OWN} GROUP BY ALL""",
        ("city",),
    ),
    Question(
        "net promoter score by month",
        "nps",
        """SELECT month, count(*) AS base, sum(weight) AS w, sum(weight * weight) AS w2,
            sum(CASE WHEN score >= 9 THEN weight ELSE 0 END) AS p,
            sum(CASE WHEN score <= 6 THEN weight ELSE 0 END) AS d,
            100 * (p - d) / w AS value
        FROM surveys WHERE element = 'recommend' AND item = '' AND operator = 'own' AND scale IN ('0-10', '1-10')
        GROUP BY ALL""",
        ("month",),
    ),
    Question(
        "complaints by month and category, two channels",
        "complaints",
        """SELECT date_trunc('month', opened_at) AS month, category, count(*) AS base, base AS value FROM complaints
        WHERE kind = 'complaint' AND channel IN ('c1', 'c2') GROUP BY ALL""",
        ("month", "category"),
        {"channel": ["c1", "c2"]},
    ),
    Question(
        "complaints per 10 000 customers by city, one year",
        "complaint_rate",
        """WITH e AS (SELECT city, count(*) AS events FROM complaints WHERE kind = 'complaint'
            AND opened_at >= TIMESTAMP '2026-01-01' AND opened_at < TIMESTAMP '2027-01-01' GROUP BY city),
        x AS (SELECT city, sum(opening + closing) / 2 AS exposure FROM customers
            WHERE month >= DATE '2026-01-01' AND month < DATE '2027-01-01' GROUP BY city)
        SELECT city, events, exposure, 10000 * events / exposure AS value, round(exposure)::BIGINT AS base
        FROM e JOIN x USING (city)""",
        ("city",),
        {},
        (date(2026, 1, 1), date(2026, 12, 1)),
    ),
    Question(
        "first reply in time by city",
        "first_reply_in_time",
        """SELECT city, count(*) AS base, sum((first_reply_at <= opened_at + INTERVAL 48 HOUR)::INT) AS hit,
            100.0 * hit / base AS value FROM complaints WHERE kind = 'complaint'
            AND opened_at <= (SELECT max(as_of) FROM batches WHERE dataset = 'complaints') - INTERVAL 48 HOUR
        GROUP BY ALL""",
        ("city",),
    ),
    Question(
        "repeat rate by month",
        "repeat_rate",
        """SELECT date_trunc('month', opened_at) AS month, count(*) AS base, sum((next_same_days <= 30)::INT) AS hit,
            100.0 * hit / base AS value FROM complaints WHERE kind = 'complaint' AND phone IS NOT NULL
            AND opened_at <= (SELECT max(as_of) FROM batches WHERE dataset = 'complaints') - INTERVAL 30 DAY
        GROUP BY ALL""",
        ("month",),
    ),
    Question(
        "escalation rate by month and city, one element",
        "escalation_rate",
        """SELECT date_trunc('month', opened_at) AS month, city, count(*) AS base, sum((escalated)::INT) AS hit,
            100.0 * hit / base AS value FROM complaints c LEFT JOIN categories k USING (category)
        WHERE kind = 'complaint' AND k.element = 'el3' GROUP BY ALL""",
        ("month", "city"),
        {"element": "el3"},
    ),
    Question(
        "median handling hours by month",
        "handling_hours",
        """SELECT date_trunc('month', closed_at) AS month, count(*) AS base,
            quantile_cont(date_diff('microsecond', opened_at, closed_at), 0.5) / 3.6e9 AS value
        FROM complaints WHERE kind = 'complaint' AND closed_at >= opened_at GROUP BY ALL""",
        ("month",),
        note="by hand without the interval",
    ),
    Question(
        "90th percentile of handling hours by city, one year",
        "handling_hours_p90",
        """SELECT city, count(*) AS base,
            quantile_cont(date_diff('microsecond', opened_at, closed_at), 0.9) / 3.6e9 AS value
        FROM complaints WHERE kind = 'complaint' AND closed_at >= opened_at
            AND closed_at >= TIMESTAMP '2026-01-01' AND closed_at < TIMESTAMP '2027-01-01' GROUP BY ALL""",
        ("city",),
        {},
        (date(2026, 1, 1), date(2026, 12, 1)),
        note="by hand without the interval",
    ),
    Question(
        "median handling hours by month, with its interval",
        "handling_hours",
        """WITH cells AS (SELECT date_trunc('month', closed_at) AS month, list_sort(list(date_diff('microsecond', opened_at, closed_at))) AS x
        FROM complaints WHERE kind = 'complaint' AND closed_at >= opened_at GROUP BY ALL),
        places AS (SELECT *, len(x) AS n, 0.5 * (len(x) - 1) + 1 AS pos, 1.96 * sqrt(len(x) * 0.5 * (1 - 0.5)) AS half FROM cells)
        SELECT month, n AS base, (x[floor(pos)::INT] + (pos - floor(pos)) * (x[ceil(pos)::INT] - x[floor(pos)::INT])) / 3.6e9 AS value,
            x[greatest(1, floor(n * 0.5 - half))::INT] / 3.6e9 AS lo, x[least(n, ceil(n * 0.5 + half) + 1)::INT] / 3.6e9 AS hi
        FROM places""",
        ("month",),
        note="by hand by sorting each cell",
    ),
    Question(
        "90th percentile of handling hours by city, one year, with its interval",
        "handling_hours_p90",
        """WITH cells AS (SELECT city, list_sort(list(date_diff('microsecond', opened_at, closed_at))) AS x
        FROM complaints WHERE kind = 'complaint' AND closed_at >= opened_at AND closed_at >= TIMESTAMP '2026-01-01' AND closed_at < TIMESTAMP '2027-01-01' GROUP BY ALL),
        places AS (SELECT *, len(x) AS n, 0.9 * (len(x) - 1) + 1 AS pos, 1.96 * sqrt(len(x) * 0.9 * (1 - 0.9)) AS half FROM cells)
        SELECT city, n AS base, (x[floor(pos)::INT] + (pos - floor(pos)) * (x[ceil(pos)::INT] - x[floor(pos)::INT])) / 3.6e9 AS value,
            x[greatest(1, floor(n * 0.9 - half))::INT] / 3.6e9 AS lo, x[least(n, ceil(n * 0.9 + half) + 1)::INT] / 3.6e9 AS hi
        FROM places""",
        ("city",),
        {},
        (date(2026, 1, 1), date(2026, 12, 1)),
        note="by hand by sorting each cell",
    ),
)
