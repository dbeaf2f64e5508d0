"""Spans of months, as the screen counts and says them."""

from __future__ import annotations

from datetime import date

Period = tuple[date, date]


def months_of(period: Period) -> int:
    """How many months a period has."""
    return (period[1].year - period[0].year) * 12 + period[1].month - period[0].month + 1


def said(period: Period | None) -> str:
    """A period as text: "2026-05 – 2026-10"."""
    first, last = (f"{month:%Y-%m}" for month in period) if period else ("–", "–")
    return first if first == last else f"{first} – {last}"
