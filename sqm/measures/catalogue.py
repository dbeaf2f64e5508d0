"""Every number the app shows, defined once. Sentences live in ``i18n/texts/metrics.toml`` under the same ids.

A misspelt column fails at import: tables come from the dataset contracts.
"""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa

from sqm import warehouse
from sqm.measures.kinds import Count, Indicator, Mean, Metric, Nps, Quantile, Rate, Score, Share
from sqm.measures.portable import double, microseconds_between, plus_hours

FIRST_REPLY_HOURS = 48
MATURITY_DAYS = 30
REPEAT_DAYS = 30
QUEUE_MINUTES = 10
#: A visit that fails a critical item keeps at most this share of its points.
CRITICAL_CAP = 0.60
#: What counts as the top of a scale: its two upper boxes, and 80 or more where there are no boxes.
TOP_FROM = {"1-10": 9, "1-5": 4, "0-10": 9, "0-100": 80}

_REVIEW = date(2027, 6, 1)
_S, _C, _A = (warehouse.table(name).c for name in ("surveys", "complaints", "audits"))

#: Low end and length of each scale. The contract gives every answer a score and one of these: neither is checked again.
_SCALES = {"1-10": (1, 9), "1-5": (1, 4), "0-10": (0, 10), "0-100": (0, 100)}


def _by_scale(cases: dict[str, sa.ColumnElement]) -> sa.ColumnElement:
    return sa.case(*((_S.scale == sa.literal_column(f"'{scale}'"), then) for scale, then in cases.items()))


_points = _by_scale({s: (_S.score - double(low)) * double(100 / length) for s, (low, length) in _SCALES.items()})
_shortfall = _by_scale({s: (_S.score - _S.expectation) * double(100 / length) for s, (_, length) in _SCALES.items()})
_expected = _by_scale({s: (_S.expectation - double(low)) * double(100 / length) for s, (low, length) in _SCALES.items()})
_top = _by_scale({s: _S.score >= double(lowest) for s, lowest in TOP_FROM.items()})

_survey_splits = ("month", "city", "element", "element_class", "item", "channel", "segment", "operator", "method",
                  "scale", "step")
_ticket_splits = ("month", "city", "category", "element", "element_class", "channel", "segment", "product", "severity", "status",
                  "department")
_visit_splits = ("month", "city", "store", "level", "pilot", "monitoring")
_inside_visit = ("stage", "dimension", "item", "communication100")

_of_complaints = (_C.kind == "complaint",)
_closed = (_C.closed_at.is_not(None), _C.closed_at >= _C.opened_at)
_hours_taken = microseconds_between(_C.opened_at, _C.closed_at)
_MICROSECONDS_PER_HOUR = 3_600_000_000.0

ALL: tuple[Metric, ...] = (
    Mean(id="satisfaction", source="surveys", unit="points", better="higher", owner="品质管理部", gap="customer",
         review_by=_REVIEW, dated_by="month", splits=_survey_splits, practical=2.0, x=_points,
         defaults={"operator": "own"}, range=(0.0, 100.0)),
    Share(id="satisfaction_top2", source="surveys", unit="%", better="higher", owner="品质管理部", gap="customer",
          review_by=_REVIEW, dated_by="month", splits=_survey_splits, practical=3.0, hit=_top,
          defaults={"operator": "own"}),
    Nps(id="nps", source="surveys", unit="points", better="higher", owner="市场部", gap="customer", review_by=_REVIEW,
        dated_by="month", splits=("month", "city", "channel", "segment", "operator", "method"), practical=5.0,
        element="recommend", promoter=_S.score >= double(9), detractor=_S.score <= double(6),
        defaults={"operator": "own"},
        among=(_S.scale.in_([sa.literal_column("'0-10'"), sa.literal_column("'1-10'")]),)),
    Mean(id="expectation_gap", source="surveys", unit="points", better="higher", owner="品质管理部", gap="knowledge",
         review_by=_REVIEW, dated_by="month", splits=_survey_splits, practical=2.0, x=_shortfall,
         among=(_S.expectation.is_not(None),), defaults={"operator": "own"}, range=(-100.0, 100.0)),
    Mean(id="expectation", source="surveys", unit="points", better="", owner="品质管理部", gap="knowledge",
         review_by=_REVIEW, dated_by="month", splits=_survey_splits, practical=2.0, x=_expected,
         among=(_S.expectation.is_not(None),), defaults={"operator": "own"}, range=(0.0, 100.0)),
    Count(id="complaints", source="complaints", unit="count", better="lower", owner="客户服务中心", gap="delivery",
          review_by=_REVIEW, dated_by="opened_at", splits=(*_ticket_splits, "day"), digits=0, among=_of_complaints),
    Count(id="enquiries", source="complaints", unit="count", better="", owner="客户服务中心", gap="communication",
          review_by=_REVIEW, dated_by="opened_at", splits=(*_ticket_splits, "day"), digits=0, among=(_C.kind == "enquiry",)),
    Rate(id="complaint_rate", source="complaints", unit="per_10k", better="lower", owner="品质管理部", gap="delivery",
         review_by=_REVIEW, dated_by="opened_at", splits=_ticket_splits, digits=1, practical=0.05, among=_of_complaints),
    Share(id="first_reply_in_time", source="complaints", unit="%", better="higher", owner="客户服务中心",
          gap="delivery", review_by=_REVIEW, dated_by="opened_at", splits=_ticket_splits, practical=2.0,
          among=_of_complaints, hit=_C.first_reply_at <= plus_hours(_C.opened_at, FIRST_REPLY_HOURS),
          needs=("first_reply_at",), matures="opened_at", mature_hours=FIRST_REPLY_HOURS, told_by_row=True),
    Share(id="resolution_rate", source="complaints", unit="%", better="higher", owner="客户服务中心", gap="delivery",
          review_by=_REVIEW, dated_by="closed_at", splits=_ticket_splits, practical=2.0,
          among=(*_of_complaints, _C.closed_at.is_not(None)), known=_C.resolved.is_not(None),
          hit=sa.and_(_C.resolved.is_(True), _C.reopened.is_not(True)), matures="closed_at",
          mature_hours=24 * MATURITY_DAYS, told_by_row=True),
    # The mask says as well as the hash whether a customer is known, and is read in a fifth of the memory.
    Share(id="repeat_rate", source="complaints", unit="%", better="lower", owner="品质管理部", gap="delivery",
          review_by=_REVIEW, dated_by="opened_at", splits=_ticket_splits, practical=1.0,
          among=(*_of_complaints, _C.phone.is_not(None)), hit=_C.next_same_days <= double(REPEAT_DAYS),
          matures="opened_at", mature_hours=24 * REPEAT_DAYS),
    Share(id="escalation_rate", source="complaints", unit="%", better="lower", owner="品质管理部", gap="delivery",
          review_by=_REVIEW, dated_by="opened_at", splits=_ticket_splits, practical=0.5, among=_of_complaints,
          hit=_C.escalated.is_(True), needs=("escalated",)),
    Quantile(id="handling_hours", source="complaints", unit="hours", better="lower", owner="客户服务中心",
             gap="delivery", review_by=_REVIEW, dated_by="closed_at", splits=(*_ticket_splits, "kind"), practical=2.0,
             among=_closed, defaults={"kind": "complaint"}, x=_hours_taken, scale=_MICROSECONDS_PER_HOUR, p=0.5),
    Quantile(id="handling_hours_p90", source="complaints", unit="hours", better="lower", owner="客户服务中心",
             gap="delivery", review_by=_REVIEW, dated_by="closed_at", splits=(*_ticket_splits, "kind"), practical=6.0,
             among=_closed, defaults={"kind": "complaint"}, x=_hours_taken, scale=_MICROSECONDS_PER_HOUR, p=0.9),
    Score(id="audit_score", source="audits", unit="score", better="higher", owner="市场部", gap="delivery",
          review_by=_REVIEW, dated_by="visited_on", splits=(*_visit_splits, *_inside_visit), practical=3.0,
          among=(_A.points.is_not(None), _A.applicable.is_not(False)), defaults={"monitoring": "mystery"},
          cap=CRITICAL_CAP, inside=_inside_visit),
    Share(id="queue_in_time", source="audits", unit="%", better="higher", owner="市场部", gap="delivery",
          review_by=_REVIEW, dated_by="visited_on", splits=_visit_splits, practical=3.0,
          among=(_A.queue_minutes.is_not(None),), hit=_A.queue_minutes <= double(QUEUE_MINUTES), unit_of="visit_id",
          defaults={"monitoring": "mystery"}),
    Count(id="breaches", source="breaches", unit="count", better="lower", owner="品质管理部", gap="standards",
          review_by=_REVIEW, dated_by="on", splits=("month", "city", "department", "prohibition"), digits=0),
    # Unit and direction are those of each indicator, in its list.
    Indicator(id="indicator", source="indicators", unit="own", better="", owner="品质管理部", gap="delivery", review_by=_REVIEW,
              dated_by="month", splits=("month", "city", "department", "indicator", "element")),
)
CATALOGUE: dict[str, Metric] = {metric.id: metric for metric in ALL}
