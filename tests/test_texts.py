"""Every text exists in Chinese and English with the same placeholders, and every key that code uses exists."""

from __future__ import annotations

import ast
import re
import string
from pathlib import Path

import pytest

from sqm import i18n

ROOT = Path(__file__).resolve().parent.parent
HAN = re.compile(r"[\u3400-\u9fff]")
#: Quoted Chinese inside an English sentence is a name of something in a workbook, not a forgotten translation.
QUOTED = re.compile(r"[“\"'‘`(（][^“”\"'‘’`()（）]*[”\"'’`)）]")
KEYS = [(area, key) for area in i18n.areas() for key in i18n.texts(area)]
SOURCES = [*sorted((ROOT / "sqm").rglob("*.py")), *sorted((ROOT / "pages").glob("*.py")), ROOT / "app.py"]


def placeholders(text: str) -> set[str]:
    """Names in braces."""
    return {name.split(".")[0].split("[")[0] for _, name, _, _ in string.Formatter().parse(text) if name is not None}


@pytest.mark.parametrize("area", i18n.areas())
def test_both_languages_are_complete(area: str) -> None:
    for key, text in i18n.texts(area).items():
        name = f"{area}.{key}"
        assert set(text) == {"zh", "en"}, f"{name} has {sorted(text)}"
        assert placeholders(text["zh"]) == placeholders(text["en"]), f"{name}: {text}"
        assert text["en"].rstrip() == text["en"] and text["zh"].rstrip() == text["zh"], f"{name} ends with a blank"
        # A counting word such as 件 has no English; anything longer does.
        assert text["zh"] and (text["en"] or len(text["zh"]) == 1), f"{name} is empty in one language"
        assert not HAN.search(QUOTED.sub("", text["en"])), f"{name} has Chinese in its English: {text['en']!r}"


def forms(text: str) -> list[tuple[str, str]]:
    """(number, its forms for one and many) of every ``{number:one|many}``."""
    return [(name or "", spec) for _, name, spec, _ in string.Formatter().parse(text) if "|" in (spec or "")]


@pytest.mark.parametrize("area", i18n.areas())
def test_one_and_many_are_told_apart_in_english_alone(area: str) -> None:
    for key, text in i18n.texts(area).items():
        assert not forms(text["zh"]), f"{area}.{key} has two forms in Chinese"
        for number, spec in forms(text["en"]):
            assert number in placeholders(text["zh"]), f"{area}.{key}: {number}"
            assert spec.count("|") == 1 and all(spec.split("|")), f"{area}.{key}: {spec!r}"
            assert placeholders(spec) <= {number}, f"{area}.{key}: {spec!r} speaks of another number"


#: What texts call a number of things, followed by a plural.
COUNTED = re.compile(
    r"\{(?:n|count|rows|total|cells|stores|visits|steps|phases|keys|fails|records|seconds|worse|found|shown)\}"
    r" (?:new |unsaved )?(?!is|was|has)[a-z-]+s\b(?! can\})"
)


@pytest.mark.parametrize("area", i18n.areas())
def test_no_english_text_counts_without_a_form_for_one(area: str) -> None:
    said = {key: COUNTED.findall(text["en"]) for key, text in i18n.texts(area).items()}
    assert not {key: found for key, found in said.items() if found}


def test_what_is_not_near_anything_is_not_said_to_be() -> None:
    said = {"dataset": "x", "field": "y"}
    assert i18n.t("errors.unknown_field", "en", **said, near="") == "The dataset “x” has no field “y”."
    assert i18n.t("errors.unknown_field", "en", **said, near="z") == "The dataset “x” has no field “y”; the nearest is “z”."


def test_one_is_said_as_one() -> None:
    assert i18n.t("stores.title", "en", worse=1, better=3, mean="83.5", unclear=2, period="6 months").startswith("1 store is confirmed below")
    assert i18n.t("stores.title", "en", worse=0, better=3, mean="83.5", unclear=2, period="6 months").startswith("0 stores are confirmed below")
    said = {"value": "80.7", "margin": "± 0.5", "verdict": "met"}
    assert i18n.t("overview.title_unsure", "en", n=13, **said).endswith("; no single city of 13 is confirmed")
    assert i18n.t("overview.title_unsure", "en", n=1, **said).endswith("; the only city is not confirmed")
    assert i18n.t("data.publish", "en", n="1") == "Publish 1 row"


@pytest.mark.parametrize("area", i18n.areas())
def test_long_chinese_texts_are_chinese(area: str) -> None:
    for key, text in i18n.texts(area).items():
        assert len(text["zh"]) < 40 or HAN.search(text["zh"]), f"{area}.{key} looks untranslated: {text['zh']!r}"


def calls() -> list[tuple[str, ast.Call, str]]:
    """(name of what is called, the call, place) of every call with an argument in the code."""
    found = []
    for file in SOURCES:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and node.args:
                name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
                found.append((name, node, f"{file.relative_to(ROOT)}:{node.lineno}"))
    return found


def used_keys() -> list[tuple[str, bool, str]]:
    """(key or its constant beginning, whether it is whole, place) of every ``t(…)`` in the code."""
    found = []
    for name, node, place in calls():
        for first in _branches(node.args[0]) if name == "t" else ():
            if isinstance(first, ast.Constant) and isinstance(first.value, str):
                found.append((first.value, True, place))
            elif isinstance(first, ast.JoinedStr) and isinstance(first.values[0], ast.Constant):
                found.append((str(first.values[0].value), False, place))
    return found


def _branches(node: ast.expr) -> list[ast.expr]:
    return [*_branches(node.body), *_branches(node.orelse)] if isinstance(node, ast.IfExp) else [node]


def test_every_key_in_the_code_exists() -> None:
    known = {f"{area}.{key}" for area, key in KEYS}
    missing = [
        f"{place}: {key}"
        for key, whole, place in used_keys()
        if (key not in known if whole else "." in key and not any(k.startswith(key) for k in known))
    ]
    assert not missing, missing


def raised() -> list[tuple[str, set[str], bool, str]]:
    """(code, names of the parameters, whether more are passed with **, place) of every error made in the code."""
    kinds = {"SqmError", "FileRefused", "WrongCall", "WarehouseBusy", "Conflict"}
    found = []
    for name, node, place in calls():
        if name in kinds and isinstance(node.args[0], ast.Constant):
            names = {k.arg for k in node.keywords if k.arg}
            found.append((str(node.args[0].value), names, any(k.arg is None for k in node.keywords), place))
    return found


def test_every_error_has_its_sentence() -> None:
    known = i18n.texts("errors")
    wrong = []
    for code, names, more, place in raised():
        if code not in known:
            wrong.append(f"{place}: errors.{code} has no text")
        elif not more and (needed := placeholders(known[code]["en"]) - names):
            wrong.append(f"{place}: errors.{code} also needs {sorted(needed)}")
    assert not wrong, wrong


def test_every_metric_has_a_name_and_a_definition() -> None:
    from sqm import metrics

    for name in metrics.CATALOGUE:
        for lang in i18n.LANGUAGES:
            assert i18n.t(f"metrics.{name}.name", lang)
            assert i18n.t(f"metrics.{name}.definition", lang)


def test_a_missing_key_is_an_error() -> None:
    with pytest.raises(KeyError):
        i18n.t("frame.no_such_key", "en")
