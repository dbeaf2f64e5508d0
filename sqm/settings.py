"""Thresholds and baselines with their history: value, from which month, who, why. A change never rewrites what was said before.

Every change is a revision of a document (``sqm.store``). A value holds for months from its own first month on; of values that
hold for the same month, the one saved last. What was said of a state of the data is kept with the values it was said by
(``sqm.settled``); a change raises the data version, so that what is said from then on is said anew.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqm import store
from sqm.errors import WrongCall, did_you_mean
from sqm.limits import SETTINGS, Limits

KIND = "setting"


@dataclass(frozen=True)
class Change:
    """One value of a setting: it holds for months from ``since`` (its first day) on; ``at`` is UTC without a zone."""

    setting: str
    value: float | str
    since: date
    who: str
    why: str
    at: datetime
    revision: int


def history(engine: Any, setting: str) -> list[Change]:
    """Every value a setting was given, the newest change first."""
    _known(setting)
    newest = store.latest(engine, KIND, setting)
    if newest is None:
        return []
    found = [newest, *(store.load(engine, KIND, setting, number) for number in range(newest.revision - 1, 0, -1))]
    return [Change(setting, one.body["value"], date.fromisoformat(one.body["since"]), one.who, one.why, one.at, one.revision) for one in found]


def values(engine: Any, month: date | None) -> dict[str, float | str]:
    """What holds for a month, by setting; without a month, what was set last."""
    found: dict[str, float | str] = {}
    changed = set(store.documents(engine, KIND))
    for name, setting in SETTINGS.items():
        held = [change for change in history(engine, name) if month is None or change.since <= month] if name in changed else []
        found[name] = held[0].value if held else setting.default
    return found


def limits(engine: Any, month: date | None) -> Limits:
    """``values`` as the rules use them."""
    return Limits.of(values(engine, month))


def change(engine: Any, setting: str, value: Any, since: date, *, base: int, who: str, why: str) -> Change:
    """Gives a setting a value from a month on. ``base``: the revision it was decided on, 0 for none.

    Raises WrongCall ``unknown_setting``, ``setting_value``, ``setting_month`` or ``setting_why`` (no reason given), Conflict
    ``revision_conflict``.
    """
    kept = _known(setting).valid(value)
    if not why.strip():
        raise WrongCall("setting_why")
    body: Mapping[str, Any] = {"value": kept, "since": since.replace(day=1).isoformat()}
    made = store.save(engine, KIND, setting, body, base=base, who=who, why=why, numbers=True)
    return Change(setting, kept, since.replace(day=1), made.who, made.why, made.at, made.revision)


def _known(setting: str) -> Any:
    if setting not in SETTINGS:
        raise WrongCall("unknown_setting", setting=setting, near=did_you_mean(setting, list(SETTINGS)), known=", ".join(SETTINGS))
    return SETTINGS[setting]
