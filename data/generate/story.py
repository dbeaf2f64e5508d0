"""What was planted. Every number the README of this folder tells, and every later page must find, stands here."""

from __future__ import annotations

SEED = 20261031
#: One stream of chance a part, so that changing one part leaves the bytes of the others alone. The numbers were picked
#: so that what was planted also comes out at about the size planted.
STREAMS = {"stores": 1, "facts": 2, "surveys": 34, "tickets": 19, "visits": 5}
MONTHS = [(2024 + (10 + i) // 12, (10 + i) % 12 + 1) for i in range(24)]  # 2024-11 … 2026-10
FIRST_SIX = ["南京", "苏州", "无锡", "常州", "南通", "扬州"]
SURGE_FROM, CURE_FIRST, CURE_REST = (2025, 9), (2026, 3), (2026, 7)
SURGE_TICKETS, CURE_TICKETS = 1.6, 0.83
SURGE_POINTS, CURE_POINTS = -4.0, 4.0
NULL_ACTION, NULL_CITIES = (2026, 2), ["盐城", "泰州", "镇江"]
STORE_CITY, STORE_SCORES = "淮安", [49.21, 56.4, 63.8, 71.2, 78.3, 85.11]  # 2026-05 … 2026-10
FALL_CITY, FALL_ELEMENT = "宿迁", "hotline"
FALL_POINTS = [-5.0, -8.0, -10.0, -12.0, -12.5, -12.5]  # 2026-05 … 2026-10, ten points on average
BATCH_CITY, BATCH_CATEGORY, BATCH_SIZE, BATCH_AT = "徐州", "reminder", 180, (2026, 8, 12, 9)
COMPETITOR = "他网甲"


def at_least(month: tuple[int, int], start: tuple[int, int]) -> bool:
    """Whether ``month`` is ``start`` or later."""
    return month >= start


def mobile_points(city: str, month: tuple[int, int]) -> float:
    """Points added to satisfaction with mobile data."""
    points = SURGE_POINTS if at_least(month, SURGE_FROM) else 0.0
    return points + (CURE_POINTS if cured(city, month) else 0.0)


def mobile_tickets(city: str, month: tuple[int, int]) -> float:
    """Factor on mobile-data tickets."""
    factor = SURGE_TICKETS if at_least(month, SURGE_FROM) else 1.0
    return factor * (CURE_TICKETS if cured(city, month) else 1.0)


def cured(city: str, month: tuple[int, int]) -> bool:
    """Whether the cure has reached the city."""
    return at_least(month, CURE_FIRST if city in FIRST_SIX else CURE_REST)
