"""Moments as the reader's own clock shows them; they are stored in UTC."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo

import streamlit as st


def local(moment: datetime) -> datetime:
    """A stored moment (UTC, without a zone) in the browser's zone; UTC where that zone is not known here."""
    there: tzinfo = UTC
    with suppress(Exception):  # no zone told, or none of that name on this machine
        there = ZoneInfo(st.context.timezone or "UTC")
    return moment.replace(tzinfo=UTC).astimezone(there).replace(tzinfo=None)
