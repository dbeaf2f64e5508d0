"""Numbers in words for the meeting, in both languages at once: what was shown must be there in both for good."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqm import metrics
from sqm.blueprint import Binding, Words
from sqm.errors import SqmError
from sqm.i18n import LANGUAGES, has, number, t
from sqm.meeting import Figure
from sqm.meetings.slides import Where, known


def both(key: str, **params: Any) -> Words:
    """The text ``key`` in both languages; a parameter that is ``Words`` is said in each."""
    said = {lang: t(key, lang, **{name: value.get(lang) if isinstance(value, Words) else value for name, value in params.items()}) for lang in LANGUAGES}
    return Words(said["zh"], said["en"])


def name_of(engine: Any, metric: str, where: Where) -> Words:
    """What a number is, in words: "Suqian Hotline satisfaction". Of a metric or split that is there no more, its id."""
    said = {}
    for lang in LANGUAGES:
        named = []
        for split, values in sorted(where, key=lambda pair: pair[0] != "city"):
            try:
                labels = metrics.labels(engine, split, lang)
            except SqmError:
                labels = {}
            named += [labels.get(value, value) for value in values]
        known_as = next((key for key in (f"overview.short.{metric}", f"metrics.{metric}.name") if has(key)), "")
        said[lang] = ("" if lang == "zh" else " ").join([*named, t(known_as, lang) if known_as else metric])
    return Words(said["zh"], said["en"])


def digits_of(metric: str, size: float) -> int:
    """Decimals of a value of about that size, as every page writes it."""
    definition = metrics.CATALOGUE.get(metric)
    if definition is None:
        return 1
    return 2 if definition.kind == "rate" and abs(size) < 1 else definition.digits


def printed(metric: str, value: float | None, like: float | None = None, sign: bool = False) -> str:
    """A value as every page writes it; ``like``: the value whose size says how many decimals it takes."""
    return number(value, digits_of(metric, like if like is not None else value or 0.0), sign)


def headed(what: Words) -> Words:
    """At the beginning of a sentence."""
    return Words(what.zh, what.en[:1].upper() + what.en[1:])


def figure(binding: Binding, row: Mapping[str, Any], first: str, last: str) -> Figure:
    """One row of an answer as it is kept."""
    return Figure(binding.metric, binding.where, first, last, known(row["value"]), known(row["lo"]), known(row["hi"]), int(row["base"]))


def owner_of(engine: Any, metric: str) -> str:
    """The department of that name: definitions name their owner as people do."""
    named = {label: code for code, label in metrics.labels(engine, "departments", "zh").items()}
    return named.get(metrics.get(metric).owner, "")


