"""Rows themselves, and files to take along: only for who may, within their cities, and noted in the log."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd
import streamlit as st

from sqm import metrics, people
from sqm.access import NotAllowed, require
from sqm.store import note
from sqm.ui.filters import Filters
from sqm.ui.person import allowed

Period = tuple[Any, Any]
_SEEN = "_looked_at"


def looked(filters: Filters, metric: str, about: Mapping[str, Any], *, part: str = "") -> None:
    """Somebody is about to look at the rows under a number: noted once for each question of a session, before they are shown.

    Raises NotAllowed; and whatever hinders the log: rows that nobody could be asked about are not shown.
    """
    who = allowed(filters, "rows")
    told = " ".join(filter(None, [filters.page, _said(filters, about), part]))
    seen: set[tuple] = st.session_state.setdefault(_SEEN, set())
    if (asked := (who, metric, filters.version, told)) not in seen:
        note(filters.engine, who, "rows", metric, told)
        seen.add(asked)


def evidence(filters: Filters, metric: str, where: Mapping[str, Any] | None, period: Period | None, **more: Any) -> pd.DataFrame:
    """``metrics.evidence`` within the reader's cities, after ``looked``."""
    require(filters.person, "rows")
    return metrics.evidence(filters.engine, metric, where, period, filters.scope, **more)


def taken(filters: Filters, metric: str, about: Mapping[str, Any], kind: str, make: Callable[[], bytes] | bytes) -> Callable[[], bytes]:
    """``make`` (or what is made already) for a download button: when it is pressed, the reader's rights are looked at once more, and the log says who.

    It is called outside a run of the page, so that what it needs to know of the reader is settled now.
    """
    person, page = filters.person, filters.page

    def give() -> bytes:
        now = people.register(filters.engine).again(person)
        require(now, "export")
        if now.scope != filters.scope:
            raise NotAllowed("may_not_export")
        made = make if isinstance(make, bytes) else make()
        note(filters.engine, now.name, "export", metric, " ".join(filter(None, [page, kind, _said(filters, about)])))
        return made

    return give


def _said(filters: Filters, about: Mapping[str, Any]) -> str:
    """What was asked for, by ids, and the months: nothing that came from a cell of a row."""
    months = [f"{month:%Y-%m}" for month in filters.period] if filters.period else []
    named = [f"{name}={'|'.join(map(str, value)) if isinstance(value, list | tuple | set) else value}" for name, value in sorted(about.items()) if value]
    return " ".join([*named, "–".join(dict.fromkeys(months))]).strip()
