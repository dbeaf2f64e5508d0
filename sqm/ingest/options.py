"""What the person says about the values of a sheet: agreement words on a scale, numbers that mean "not applicable".

They travel with the map of headings, ``score:words=1-5`` and ``score:blank=0,99``, and so are kept with the batch. Single
words can be put elsewhere than the scale has them, ``score:words=1-5|还行:3|满意:``, the last of which is on no step.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from sqm.datasets import Dataset
from sqm.errors import WrongCall
from sqm.ingest.privacy import mask_text
from sqm.ingest.references import normal

_OPTION = re.compile(r"([a-z_]+):(words|blank|unit|means:.+)")
#: What 0.85 is in a column of percentages: 85 % written as a share, or less than one percent.
UNITS = ("share", "percent")
#: From the least to the most, for scales of five steps.
_STEPS = (
    ("非常不满意", "很不满意", "极不满意", "非常不同意", "完全不同意", "很不同意", "非常差", "很差", "very dissatisfied", "strongly disagree", "very poor"),
    ("不满意", "较不满意", "比较不满意", "不太满意", "不同意", "比较不同意", "不太同意", "较差", "比较差", "dissatisfied", "disagree", "poor"),
    ("一般", "中立", "说不清", "一般满意", "neutral", "neither", "neither satisfied nor dissatisfied", "neither agree nor disagree", "fair", "average"),
    ("满意", "较满意", "比较满意", "同意", "比较同意", "较好", "比较好", "satisfied", "agree", "good"),
    ("非常满意", "很满意", "十分满意", "非常同意", "完全同意", "很同意", "非常好", "很好", "very satisfied", "strongly agree", "very good", "excellent"),
)
ON_SCALE = {"1-5": (1, 2, 3, 4, 5), "1-10": (2, 4, 6, 8, 10), "0-100": (0, 25, 50, 75, 100)}
WORDS = tuple(word for step in _STEPS for word in step)
#: What questionnaires write for "does not concern me", and no scale here reaches by chance.
CODES = (0, 9, 88, 98, 99, 888, 999)


def split(explicit: Mapping[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """Headings to fields, and the options among them."""
    options = {key: value for key, value in explicit.items() if _OPTION.fullmatch(key)}
    return {key: value for key, value in explicit.items() if key not in options}, options


def checked(contract: Dataset, options: Mapping[str, str]) -> dict[str, str]:
    """``options``, if the dataset has scores on a scale and they can be read; else WrongCall."""
    for key, value in options.items():
        field, _, option = key.partition(":")
        if option.startswith("means:"):
            if not contract.field(field).refers_to or not value or mask_text(key) != key:
                raise WrongCall("map_means", option=mask_text(f"{key}={value}"), dataset=contract.name)
            continue
        contract.field(field)
        if option == "unit" and value in UNITS and has_unit(contract, field):
            continue
        fits = _is_on_scale(value) if option == "words" else bool(re.fullmatch(r"\d+(,\d+)*", value))
        if not (option != "unit" and fits and "scale" in contract.by_name and contract.wide and field == contract.wide.value_field):
            raise WrongCall("map_option", option=f"{key}={value}", dataset=contract.name)
    return dict(options)


def has_unit(contract: Dataset, field: str) -> bool:
    """Whether a field is of percentages that people also write as shares, in all rows or in those whose entry is measured in percent."""
    if contract.by_name[field].unit_of:
        return True
    return contract.by_name[field].percent == "points" and not (contract.wide and contract.wide.value_field == field) and "scale" not in contract.by_name


def _is_on_scale(value: str) -> bool:
    scale, *others = value.split("|")
    if scale not in ON_SCALE or len(value) > 4000:
        return False
    low, high = map(int, scale.split("-"))
    points = [other.rpartition(":") for other in others]
    return all(word.strip() and (not number or re.fullmatch(r"\d{1,3}", number, re.ASCII) and low <= int(number) <= high) for word, _, number in points)


def scale_of(options: Mapping[str, str]) -> str:
    """The scale that agreement words are on, or ''."""
    return next((value.partition("|")[0] for key, value in options.items() if key.endswith(":words")), "")


#: What a value means that is an entry of its own, although it looks like one there is.
NEW = "+"


def means_of(options: Mapping[str, str], field: str) -> dict[str, str]:
    """What spellings mean in this file alone, as far as the person has said so; spelled as ``normal`` does."""
    start = f"{field}:means:"
    return {normal(key.removeprefix(start)): entry for key, entry in options.items() if key.startswith(start)}


def values_of(options: Mapping[str, str], field: str) -> dict[str, str]:
    """Agreement words to numbers, as far as the person has said so."""
    scale, *others = options.get(f"{field}:words", "").split("|")
    found = {word: str(number) for step, number in zip(_STEPS, ON_SCALE.get(scale, ()), strict=False) for word in step}
    for word, _, number in (other.rpartition(":") for other in others):
        found.pop(word.casefold(), None)
        if number:
            found[word.casefold()] = number
    return found


def blanks_of(options: Mapping[str, str], field: str) -> tuple[str, ...]:
    """How the numbers that mean "not applicable" may be written."""
    codes = options.get(f"{field}:blank", "")
    return tuple(form for code in codes.split(",") if code for form in (code, f"{code}.0", f"{code}分"))
