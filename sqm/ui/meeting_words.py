"""Meetings in words: what they are called, when they are, who may see them."""

from __future__ import annotations

from datetime import UTC, date, datetime

from sqm import minutes
from sqm.i18n import t
from sqm.meeting import Meeting
from sqm.ui import results
from sqm.ui.clock import local
from sqm.ui.filters import Filters

SIGN = {"better": "▲ ", "worse": "▼ ", "unclear": "≈ "}


def today() -> date:
    """The day it is where the reader sits."""
    return local(datetime.now(UTC).replace(tzinfo=None)).date()


def named(filters: Filters, called: Meeting) -> str:
    """ "Province service meeting", "Suzhou process meeting"."""
    place = results.labels(filters, "cities").get(called.tier, called.tier) if called.tier else t("meeting.province", filters.lang)
    return t(f"meeting.named_{called.kind}", filters.lang, place=place)


def day(called: Meeting, lang: str) -> str:
    """When it is."""
    return f"{called.on:%Y-%m-%d} {called.starts}"


def label(filters: Filters, called: Meeting) -> str:
    """A meeting in a list: day, name and state."""
    return f"{day(called, filters.lang)} · {named(filters, called)} · {t(f'meeting.state.{called.state}', filters.lang)}"


def seen(filters: Filters) -> list[Meeting]:
    """The meetings that this reader may see, the newest first: a branch those of its own cities, and the province's not at all."""
    every = minutes.meetings(filters.engine)
    if filters.scope.cities is None:
        return every
    return [one for one in every if filters.beside and one.tier in filters.scope.cities]
