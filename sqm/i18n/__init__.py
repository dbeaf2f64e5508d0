"""Texts in Chinese and English, side by side in ``texts/*.toml``: one table per key, ``zh`` and ``en`` in each.

``t("satisfaction.title", "zh", n=3)`` looks up ``[title]`` in ``texts/satisfaction.toml`` and fills in ``{n}``.
English writes one and many apart as ``{n} {n:store is|stores are} below``: the first form where ``n`` is 1.
A missing key raises: a half-translated screen must fail a test, not reach a reader.
"""

from __future__ import annotations

import locale
import os
import string
import tomllib
from functools import cache
from pathlib import Path

from sqm.errors import SqmError

LANGUAGES = ("zh", "en")
_FOLDER = Path(__file__).with_name("texts")


@cache
def texts(area: str) -> dict[str, dict[str, str]]:
    """All texts of one area as ``{key: {"zh": …, "en": …}}``; nested tables are joined with dots."""
    with (_FOLDER / f"{area}.toml").open("rb") as file:
        tree = tomllib.load(file)
    flat: dict[str, dict[str, str]] = {}

    def walk(prefix: str, node: dict) -> None:
        if set(node) <= set(LANGUAGES) and all(isinstance(v, str) for v in node.values()):
            flat[prefix] = node
            return
        for name, child in node.items():
            walk(f"{prefix}.{name}" if prefix else name, child)

    walk("", tree)
    return flat


def areas() -> list[str]:
    """Every area that has a text file."""
    return sorted(path.stem for path in _FOLDER.glob("*.toml"))


class _Filling(string.Formatter):
    """``str.format`` with forms for one and many, ``{n:row|rows}``, and words that need a value, ``{near:?, such as %s}``."""

    def format_field(self, value: object, format_spec: str) -> str:
        if format_spec.startswith("?"):
            return format_spec[1:].replace("%s", str(value)) if str(value) not in ("", "-") else ""
        one, two_forms, many = format_spec.partition("|")
        if two_forms:
            return one if str(value) == "1" else many
        return super().format_field(value, format_spec)


_filling = _Filling()


def t(key: str, lang: str, **params: object) -> str:
    """The text ``area.key`` in ``lang`` with ``{params}`` filled in. Raises KeyError for an unknown key."""
    area, _, rest = key.partition(".")
    text = texts(area)[rest][lang]
    return _filling.vformat(text, (), params) if params else text


def has(key: str) -> bool:
    """Whether ``area.key`` exists."""
    area, _, rest = key.partition(".")
    return area in areas() and rest in texts(area)


def number(value: float | None, digits: int = 0, sign: bool = False) -> str:
    """A number as every screen writes it, in both languages: 6,329,368 and −0.4; a dash where there is none."""
    if value is None or value != value:
        return "–"
    # Rounded first, and 0.0 added: nothing is "−0.0".
    return f"{round(float(value), digits) + 0.0:{'+' if sign else ''},.{digits}f}".replace("-", "\u2212")


def margin(value: float, lo: float | None, hi: float | None, digits: int = 0) -> str:
    """How unsure a number is: "± 1.4", its two ends in brackets where the interval is lopsided, "" where it is not known."""
    if lo is None or hi is None or lo != lo or hi != hi:
        return ""
    over, under = hi - value, value - lo
    if min(over, under) >= 0.75 * max(over, under):
        return f"± {number(max(over, under), digits)}"
    return f"({number(lo, digits)} – {number(hi, digits)})"


def say(error: SqmError, lang: str) -> str:
    """The sentence of an error in the reader's language: what, where, what to do."""
    return t(f"errors.{error.code}", lang, **error.params)


def preferred() -> str:
    """The language of the command line: ``SQM_LANG``, else the locale, else English."""
    chosen = os.environ.get("SQM_LANG", "")[:2]
    if chosen in LANGUAGES:
        return chosen
    name = os.environ.get("LC_ALL") or os.environ.get("LANG") or (locale.getlocale()[0] or "")
    return "zh" if name.lower().startswith(("zh", "chinese")) else "en"
