"""A tiny made-up operator whose every number can be worked out on paper, and those numbers with the arithmetic."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from warehouses import publish

JAN, FEB, MAR = "2026-01", "2026-02", "2026-03"
AS_OF = datetime(2026, 3, 31)

CITIES = [
    {"city": "甲", "en": "Alpha", "position": 1, "aliases": "甲城;A1"},
    {"city": "乙", "en": "Beta", "position": 2},
]
ELEMENTS = [
    {"element": "coverage", "zh": "网络覆盖", "en": "Coverage", "class": "network", "weight": 1.0, "position": 1},
    {"element": "hotline", "zh": "热线服务", "en": "Hotline", "class": "service", "weight": 3.0, "position": 2},
]
CATEGORIES = [
    {"category": "slow", "zh": "网速慢", "en": "Slow network", "element": "coverage", "position": 1},
    {"category": "line", "zh": "热线难打", "en": "Hard to reach", "element": "hotline", "position": 2},
    {"category": "other", "zh": "其他", "element": None, "position": 3},
]
ITEMS = [
    {"item": "greet", "zh": "迎接客户", "stage": "迎接", "weight": 6.0, "position": 1},
    {"item": "tidy", "zh": "台面整洁", "stage": "办理", "weight": 1.0, "position": 2},
    {"item": "secret", "zh": "保护信息", "stage": "办理", "weight": 1.0, "critical": True, "position": 3},
]
STORES = [
    {"store": "S1", "zh": "一号厅", "city": "甲", "level": "旗舰", "pilot": True},
    {"store": "S2", "zh": "二号厅", "city": "乙", "level": "标准", "pilot": False},
]


def _answer(respondent: str, month: str, city: str | None, element: str, score: float, **more: Any) -> dict[str, Any]:
    return {"respondent": respondent, "month": month, "city": city, "element": element, "score": score, **more}


SURVEYS = [
    # Overall question, as 0-100: r1 100, r2 0, r3 100 (weight 2), r4 50, r5 50.
    _answer("r1", JAN, "甲", "overall", 10),
    _answer("r2", JAN, "甲", "overall", 1),
    _answer("r3", JAN, "甲", "overall", 5, scale="1-5", weight=2.0),
    _answer("r4", FEB, "乙", "overall", 5.5),
    _answer("r5", FEB, None, "overall", 3, scale="1-5"),
    _answer("r1", JAN, "甲", "overall", 1, operator="他网"),
    # Likelihood to recommend: r1, r3 promoters, r2, r5 detractors, r4 neither.
    _answer("r1", JAN, "甲", "recommend", 10, scale="0-10"),
    _answer("r2", JAN, "甲", "recommend", 0, scale="0-10"),
    _answer("r3", JAN, "甲", "recommend", 9, scale="0-10", weight=2.0),
    _answer("r4", FEB, "乙", "recommend", 7, scale="0-10"),
    _answer("r5", FEB, None, "recommend", 6, scale="0-10"),
    # Elements, as 0-100: coverage r1 100, r2 0; hotline r1 0, r4 100. Expectation: r1 and r2.
    _answer("r1", JAN, "甲", "coverage", 10, expectation=7.0, segment="老客户"),
    _answer("r2", JAN, "甲", "coverage", 1, expectation=10.0),
    _answer("r1", JAN, "甲", "hotline", 1, expectation=4.0, segment="老客户"),
    _answer("r4", FEB, "乙", "hotline", 10),
    # Sub-questions of the hotline.
    _answer("r1", JAN, "甲", "hotline", 10, item="接通快"),
    _answer("r2", JAN, "甲", "hotline", 5.5, item="接通快"),
    _answer("r2", JAN, "甲", "hotline", 1, item="态度好"),
]


def _ticket(
    ticket: str,
    opened: str,
    reply: str | None,
    closed: str | None,
    city: str | None,
    category: str | None,
    phone: str | None,
    **more: Any,
) -> dict[str, Any]:
    return {
        "ticket_id": ticket,
        "opened_at": opened,
        "first_reply_at": reply,
        "closed_at": closed,
        "city": city,
        "category": category,
        "phone": phone and "199****0001",
        "phone_key": phone,
        **more,
    }


COMPLAINTS = [
    # 10 h, replied in time, resolved. The next of k1 in "slow" comes 30 days 23:59:59 later: no repeat.
    _ticket(
        "T1", "2026-01-01 00:00:00", "2026-01-01 01:00:00", "2026-01-01 10:00:00", "甲", "slow", "k1", resolved=True
    ),
    # The last second of January; 20 h (closed in February); replied after exactly 48 h: in time; reopened.
    _ticket(
        "T2",
        "2026-01-31 23:59:59",
        "2026-02-02 23:59:59",
        "2026-02-01 19:59:59",
        "甲",
        "slow",
        "k1",
        resolved=True,
        reopened=True,
    ),
    # The first second of February; 30 h; replied one second late; not resolved; repeated by T5 after 19 days.
    _ticket(
        "T3",
        "2026-02-01 00:00:00",
        "2026-02-03 00:00:01",
        "2026-02-02 06:00:00",
        "乙",
        "line",
        "k2",
        resolved=False,
        escalated=True,
        severity=1,
    ),
    # Open, never replied, nothing known of it.
    _ticket("T4", "2026-02-10 12:00:00", None, None, None, None, None),
    # 40 h.
    _ticket(
        "T5", "2026-02-20 00:00:00", "2026-02-20 00:30:00", "2026-02-21 16:00:00", "乙", "line", "k2", resolved=True
    ),
    # Twelve hours old when extracted: a reply is not due.
    _ticket("T6", "2026-03-30 12:00:00", None, None, "甲", "line", "k1"),
    # 26 h; closed 15 days before the extract: too young for the resolution rate.
    _ticket(
        "T7", "2026-03-14 00:00:00", "2026-03-14 01:00:00", "2026-03-15 02:00:00", "甲", "slow", "k3", resolved=True
    ),
    _ticket("E1", "2026-02-05 08:00:00", None, "2026-02-05 10:00:00", "甲", "slow", "k1", kind="enquiry"),
]
# Monthly average: 甲 (900 + 1100)/2 = 1000 in each month, 乙 (500 + 500)/2 = 500 in January and February.
CUSTOMERS = [
    *({"month": month, "city": "甲", "opening": 900.0, "closing": 1100.0} for month in (JAN, FEB, MAR)),
    *({"month": month, "city": "乙", "opening": 500.0, "closing": 500.0} for month in (JAN, FEB)),
]


def _visit(
    visit: str, store: str, day: str, points: tuple[float, float | None, float], queue: float | None = None, **more: Any
) -> list[dict[str, Any]]:
    return [
        {
            "visit_id": visit,
            "store": store,
            "visited_on": day,
            "item": item["item"],
            "points": point,
            "applicable": point is not None,
            "queue_minutes": queue,
            **more,
        }
        for item, point in zip(ITEMS, points, strict=True)
    ]


AUDITS = [
    # P = 6·1 + 1·0.5 + 1·1 = 7.5 of A = 8.
    *_visit("V1", "S1", "2026-01-10", (1.0, 0.5, 1.0), 10),
    # "tidy" did not apply: P = 6 of A = 7, but the critical item got nothing, so P is capped at 0.6·7 = 4.2.
    *_visit("V2", "S2", "2026-01-31", (1.0, None, 0.0), 11),
    # An open inspection: P = 2 of A = 8.
    *_visit("V3", "S2", "2026-02-01", (0.0, 1.0, 1.0), 1, monitoring="inspection"),
    # P = 3 + 1 + 1 = 5 of A = 8; no queue recorded.
    *_visit("V4", "S1", "2026-02-15", (0.5, 1.0, 1.0)),
]
BREACHES = [
    {"breach": "B1", "on": "2026-01-31", "city": "甲", "prohibition": 1},
    {"breach": "B2", "on": "2026-02-01", "city": "", "prohibition": 5},
]
INDICATOR_LIST = [
    {"indicator": "connect", "zh": "接通率", "en": "Answer rate", "element": "hotline", "unit": "%"},
    {"indicator": "seconds", "zh": "响应时长", "en": "Response time", "element": "coverage", "unit": "秒", "better": "lower"},
]
INDICATORS = [
    {"month": JAN, "city": "甲", "indicator": "connect", "numerator": 90.0, "denominator": 100.0, "value": 90.0},
    {"month": JAN, "city": "乙", "indicator": "connect", "numerator": 150.0, "denominator": 300.0, "value": 50.0},
    {"month": FEB, "city": "甲", "indicator": "connect", "numerator": 80.0, "denominator": 100.0},
    # Without a denominator, or with one of nothing, what it states stands aside.
    {"month": FEB, "city": "乙", "indicator": "connect", "value": 77.0},
    {"month": JAN, "city": "甲", "indicator": "seconds", "value": 2.0},
    {"month": FEB, "city": "", "indicator": "seconds", "numerator": 0.0, "denominator": 0.0, "value": 4.0},
]


def stock(engine: sa.Engine) -> None:
    """Publish all of the above."""
    for dataset, rows in (
        ("cities", CITIES),
        ("elements", ELEMENTS),
        ("categories", CATEGORIES),
        ("audit_items", ITEMS),
        ("stores", STORES),
        ("customers", CUSTOMERS),
        ("surveys", SURVEYS),
        ("audits", AUDITS),
        ("breaches", BREACHES),
        ("indicator_list", INDICATOR_LIST),
        ("indicators", INDICATORS),
    ):
        publish(engine, dataset, rows)
    publish(engine, "complaints", COMPLAINTS, as_of=AS_OF)


#: (metric, by, where, {cell: (value, base)}), a cell being the values of the splits; None as a value: not known.
Cells = dict[tuple, tuple[float | None, int]]
ANSWERS: list[tuple[str, tuple[str, ...], dict[str, Any], Cells]] = [
    # (100 + 0 + 2·100 + 50 + 50) / (1 + 1 + 2 + 1 + 1) = 400/6
    ("satisfaction", (), {}, {(): (400 / 6, 5)}),
    # January (100 + 0 + 200)/4, February (50 + 50)/2
    ("satisfaction", ("month",), {}, {(JAN,): (75.0, 3), (FEB,): (50.0, 2)}),
    ("satisfaction", ("city",), {}, {("甲",): (75.0, 3), ("乙",): (50.0, 1), (None,): (50.0, 1)}),
    ("satisfaction", (), {"city": ["甲", "乙"]}, {(): (350 / 5, 4)}),
    ("satisfaction", (), {"city": [None]}, {(): (50.0, 1)}),
    ("satisfaction", ("operator",), {}, {("own",): (400 / 6, 5), ("他网",): (0.0, 1)}),
    # What was answered, by scale: r1 10, r2 1, r4 5.5 of 10, and r3 5, r5 3 of 5. The value of a step is its place on 0-100.
    ("satisfaction", ("scale", "step"), {},
     {("1-10", 1): (0.0, 1), ("1-10", 5): (50.0, 1), ("1-10", 10): (100.0, 1), ("1-5", 3): (50.0, 1), ("1-5", 5): (100.0, 1)}),
    ("satisfaction", ("element", "step"), {"scale": "1-10"},
     {("coverage", 1): (0.0, 1), ("coverage", 10): (100.0, 1), ("hotline", 1): (0.0, 1), ("hotline", 10): (100.0, 1)}),
    # Each element by itself, ours beside another's.
    ("satisfaction", ("element", "operator"), {"element": ["overall", "coverage"]},
     {("overall", "own"): (400 / 6, 5), ("overall", "他网"): (0.0, 1), ("coverage", "own"): (50.0, 2)}),
    # r1 says 100 of one operator and 0 of the other: 50 of both, once. (50 + 0 + 200 + 50 + 50)/6
    ("satisfaction", (), {"operator": ["own", "他网"]}, {(): (350 / 6, 5)}),
    ("satisfaction", ("element",), {}, {("coverage",): (50.0, 2), ("hotline",): (50.0, 2)}),
    (
        "satisfaction",
        ("element",),
        {"element": ["overall", "coverage"]},
        {("overall",): (400 / 6, 5), ("coverage",): (50.0, 2)},
    ),
    # Element weights 1 and 3 within a respondent: r1 (1·100 + 3·0)/4 = 25, r2 0, r4 100; together 125/3
    ("satisfaction", (), {"element": ["coverage", "hotline"]}, {(): (125 / 3, 3)}),
    ("satisfaction", ("element_class",), {}, {("network",): (50.0, 2), ("service",): (50.0, 2)}),
    ("satisfaction", (), {"element_class": "service"}, {(): (50.0, 2)}),
    ("satisfaction", ("item",), {}, {("接通快",): (75.0, 2), ("态度好",): (0.0, 1)}),
    # The two sub-questions of r2 are one respondent: (100 + (50 + 0)/2)/2
    ("satisfaction", (), {"item": ["接通快", "态度好"]}, {(): (62.5, 2)}),
    # Nobody of this segment was asked overall: index of r1, (1·100 + 3·0)/4
    ("satisfaction", (), {"segment": "老客户"}, {(): (25.0, 1)}),
    # r1 and r3: (1 + 2)/6
    ("satisfaction_top2", (), {}, {(): (50.0, 5)}),
    ("satisfaction_top2", ("element",), {}, {("coverage",): (50.0, 2), ("hotline",): (50.0, 2)}),
    # Promoters (1 + 2)/6, detractors (1 + 1)/6
    ("nps", (), {}, {(): (100 / 6, 5)}),
    ("nps", ("city",), {}, {("甲",): (50.0, 3), ("乙",): (0.0, 1), (None,): (-100.0, 1)}),
    # coverage: r1 (10 − 7)/9 = 33.3, r2 (1 − 10)/9 = −100; hotline: r1 (1 − 4)/9 = −33.3
    ("expectation_gap", ("element",), {}, {("coverage",): (-100 / 3, 2), ("hotline",): (-100 / 3, 1)}),
    # No expectation was asked overall: r1 (1·33.3 − 3·33.3)/4 = −16.7, r2 −100
    ("expectation_gap", (), {}, {(): (-350 / 6, 2)}),
    # Coverage r1 (7−1)/9 = 66.7, r2 100; hotline r1 (4−1)/9 = 33.3.
    ("expectation", ("element",), {}, {("coverage",): (250 / 3, 2), ("hotline",): (100 / 3, 1)}),
    ("complaints", (), {}, {(): (7, 7)}),
    ("complaints", ("month",), {}, {(JAN,): (2, 2), (FEB,): (3, 3), (MAR,): (2, 2)}),
    ("complaints", ("city",), {}, {("甲",): (4, 4), ("乙",): (2, 2), (None,): (1, 1)}),
    ("complaints", ("element",), {}, {("coverage",): (3, 3), ("hotline",): (3, 3), (None,): (1, 1)}),
    ("complaints", ("element_class",), {"city": "甲"}, {("network",): (3, 3), ("service",): (1, 1)}),
    ("complaints", (), {"severity": "1"}, {(): (1, 1)}),
    ("complaints", (), {"category": "other"}, {(): (0, 0)}),
    # The first second of the year, the last of January and the first of February are three days.
    ("complaints", ("day",), {"day": ["2026-01-01", "2026-01-31", date(2026, 2, 1)]},
     {("2026-01-01",): (1, 1), ("2026-01-31",): (1, 1), ("2026-02-01",): (1, 1)}),
    ("enquiries", (), {}, {(): (1, 1)}),
    # 甲 3 · 1000 + 乙 2 · 500 = 4000 customer-months, 7 complaints: 17.5 per 10 000
    ("complaint_rate", (), {}, {(): (17.5, 4000)}),
    # 2/1500, 3/1500, 2/1000
    ("complaint_rate", ("month",), {}, {(JAN,): (40 / 3, 1500), (FEB,): (20.0, 1500), (MAR,): (20.0, 1000)}),
    # 4/3000, 2/1000; the complaint without a city has no customers behind it
    ("complaint_rate", ("city",), {}, {("甲",): (40 / 3, 3000), ("乙",): (20.0, 1000), (None,): (None, 0)}),
    # Every category against all customers; nothing happened in "other"
    (
        "complaint_rate",
        ("category",),
        {},
        {("slow",): (7.5, 4000), ("line",): (7.5, 4000), ("other",): (0.0, 4000), (None,): (2.5, 4000)},
    ),
    (
        "complaint_rate",
        ("month", "element"),
        {"city": "乙"},
        {
            (JAN, "coverage"): (0.0, 500),
            (JAN, "hotline"): (0.0, 500),
            (FEB, "coverage"): (0.0, 500),
            (FEB, "hotline"): (40.0, 500),
        },
    ),
    # Due: all but T6; in time T1, T2, T5, T7
    ("first_reply_in_time", (), {}, {(): (400 / 6, 6)}),
    ("first_reply_in_time", ("month",), {}, {(JAN,): (100.0, 2), (FEB,): (100 / 3, 3), (MAR,): (100.0, 1)}),
    # Closed by 1 March: T1 yes, T2 reopened, T3 no, T5 yes; by month of closing
    ("resolution_rate", (), {}, {(): (50.0, 4)}),
    ("resolution_rate", ("month",), {}, {(JAN,): (100.0, 1), (FEB,): (100 / 3, 3)}),
    # Opened by 1 March with a number: T1, T2, T3, T5; only T3 is followed within 30 days
    ("repeat_rate", (), {}, {(): (25.0, 4)}),
    ("repeat_rate", ("city",), {}, {("甲",): (0.0, 2), ("乙",): (50.0, 2)}),
    ("escalation_rate", (), {}, {(): (100 / 7, 7)}),
    # 10, 20, 26, 30, 40
    ("handling_hours", (), {}, {(): (26.0, 5)}),
    # By month of closing: 10; 20, 30, 40; 26
    ("handling_hours", ("month",), {}, {(JAN,): (10.0, 1), (FEB,): (30.0, 3), (MAR,): (26.0, 1)}),
    ("handling_hours", ("kind",), {}, {("complaint",): (26.0, 5), ("enquiry",): (2.0, 1)}),
    # Position 0.9 · 4 = 3.6 between 30 and 40
    ("handling_hours_p90", (), {}, {(): (36.0, 5)}),
    # 甲 10, 20, 26: position 1.8, 20 + 0.8 · 6; 乙 30, 40: position 0.9
    ("handling_hours_p90", ("city",), {}, {("甲",): (24.8, 3), ("乙",): (39.0, 2)}),
    # (7.5 + 4.2 + 5)/(8 + 7 + 8)
    ("audit_score", (), {}, {(): (1670 / 23, 3)}),
    ("audit_score", ("monitoring",), {}, {("inspection",): (25.0, 1), ("mystery",): (1670 / 23, 3)}),
    # (7.5 + 5)/16, 4.2/7
    ("audit_score", ("city",), {}, {("甲",): (78.125, 2), ("乙",): (60.0, 1)}),
    ("audit_score", ("pilot",), {}, {(True,): (78.125, 2), (False,): (60.0, 1)}),
    ("audit_score", (), {"level": "标准"}, {(): (60.0, 1)}),
    ("audit_score", (), {"pilot": "true"}, {(): (78.125, 2)}),
    # Points as given: greet (6 + 6 + 3)/18; the other two (1.5 + 0 + 2)/(2 + 1 + 2)
    ("audit_score", ("stage",), {}, {("迎接",): (1500 / 18, 3), ("办理",): (70.0, 3)}),
    ("audit_score", ("item",), {}, {("greet",): (250 / 3, 3), ("tidy",): (75.0, 2), ("secret",): (200 / 3, 3)}),
    # 10 minutes are in time, 11 are not, V4 has none
    ("queue_in_time", (), {}, {(): (50.0, 2)}),
    # (90 + 150 + 80)/(100 + 300 + 100), not the mean of 90, 50 and 80; the fourth report has no denominator
    ("indicator", (), {"indicator": "connect"}, {(): (64.0, 3)}),
    ("indicator", ("city",), {"indicator": "connect"}, {("甲",): (85.0, 2), ("乙",): (50.0, 1)}),
    ("indicator", ("month",), {"indicator": "connect", "city": "乙"}, {(JAN,): (50.0, 1), (FEB,): (77.0, 1)}),
    # Stated only: (2 + 4)/2
    ("indicator", ("indicator",), {}, {("connect",): (64.0, 3), ("seconds",): (3.0, 2)}),
    ("indicator", ("city",), {"element": "coverage"}, {("甲",): (2.0, 1), (None,): (4.0, 1)}),
    # Two indicators together are no number
    ("indicator", (), {}, {(): (None, 3)}),
    ("breaches", ("month",), {}, {(JAN,): (1, 1), (FEB,): (1, 1)}),
    ("breaches", ("city",), {}, {("甲",): (1, 1), (None,): (1, 1)}),
]
