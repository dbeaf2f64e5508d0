"""The map of the house: who may import whom, what only some parts may touch, how thin a page is."""

from __future__ import annotations

import ast
import re
import sys
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

#: Part -> project parts it may import. The longest matching name counts; a part may always import itself.
MAY_IMPORT: dict[str, set[str]] = {
    "sqm": set(),
    "sqm.errors": set(),
    "sqm.access": {"sqm.errors"},
    "sqm.tokens": set(),
    "sqm.stages": {"sqm.errors", "sqm.i18n"},
    "sqm.terminal": {"sqm.stages", "sqm.i18n"},
    "sqm.statistics": set(),
    "sqm.stats": {"sqm.statistics"},
    "sqm.verdicts": {"sqm.stats"},
    "sqm.datasets": {"sqm.errors"},
    "sqm.i18n": {"sqm.errors"},
    "sqm.blueprints": {"sqm.errors"},
    "sqm.blueprint": {"sqm.errors", "sqm.blueprints"},
    "sqm.blueprint_files": {"sqm.errors", "sqm.i18n", "sqm.tokens", "sqm.blueprint", "sqm.blueprints", "sqm.ingest", "sqm.exports"},
    "sqm.warehouse": {"sqm.errors", "sqm.stages", "sqm.datasets"},
    "sqm.ingest": {"sqm.errors", "sqm.stages", "sqm.datasets", "sqm.warehouse", "sqm.i18n"},
    "sqm.loaders": {"sqm.errors", "sqm.stages", "sqm.datasets", "sqm.warehouse", "sqm.ingest", "sqm.i18n"},
    "sqm.intake": {"sqm.errors", "sqm.loaders", "sqm.i18n"},
    "sqm.measures": {"sqm.errors", "sqm.access", "sqm.datasets", "sqm.i18n", "sqm.warehouse", "sqm.stats"},
    "sqm.metrics": {"sqm.errors", "sqm.access", "sqm.measures", "sqm.warehouse"},
    "sqm.limits": {"sqm.errors"},
    "sqm.settings": {"sqm.errors", "sqm.limits", "sqm.store"},
    "sqm.signals": {"sqm.limits", "sqm.metrics", "sqm.stats", "sqm.verdicts"},
    "sqm.detectors": {"sqm.limits", "sqm.metrics", "sqm.signals", "sqm.stats", "sqm.verdicts"},
    "sqm.oversight": {"sqm.access", "sqm.errors", "sqm.metrics", "sqm.people", "sqm.store"},
    "sqm.people": {"sqm.access", "sqm.errors", "sqm.store"},
    "sqm.effects": {"sqm.metrics", "sqm.stats"},
    "sqm.meetings": {"sqm.errors", "sqm.blueprint"},
    "sqm.meeting": {"sqm.errors", "sqm.meetings"},
    "sqm.minutes": {"sqm.errors", "sqm.blueprint", "sqm.ingest", "sqm.meeting", "sqm.meetings", "sqm.store"},
    "sqm.meeting_files": {"sqm.meeting"},
    "sqm.scorecards": {"sqm.errors", "sqm.metrics", "sqm.stats", "sqm.store", "sqm.verdicts"},
    "sqm.saying": {"sqm.errors", "sqm.blueprint", "sqm.i18n", "sqm.meeting", "sqm.meetings", "sqm.metrics"},
    "sqm.judged": {"sqm.errors", "sqm.blueprint", "sqm.effects", "sqm.i18n", "sqm.meeting", "sqm.meetings", "sqm.metrics", "sqm.saying",
                   "sqm.signals", "sqm.verdicts"},
    "sqm.presented": {"sqm.errors", "sqm.blueprint", "sqm.i18n", "sqm.judged", "sqm.meeting", "sqm.meetings", "sqm.metrics", "sqm.minutes", "sqm.promises", "sqm.saying",
                      "sqm.settled", "sqm.signals", "sqm.verdicts", "sqm.warehouse"},
    "sqm.settled": {"sqm.access", "sqm.errors", "sqm.limits", "sqm.metrics", "sqm.signals", "sqm.detectors", "sqm.settings", "sqm.store", "sqm.warehouse"},
    "sqm.standings": {"sqm.stats", "sqm.verdicts"},
    "sqm.promises": {"sqm.metrics", "sqm.verdicts"},
    "sqm.voices": {"sqm.metrics", "sqm.stats", "sqm.verdicts"},
    "sqm.reconciliation": {"sqm.metrics"},
    "sqm.store": {"sqm.errors", "sqm.warehouse", "sqm.blueprint"},
    "sqm.console": {"sqm.errors", "sqm.i18n"},
    "sqm.remembered": {"sqm.errors", "sqm.datasets", "sqm.ingest", "sqm.store", "sqm.warehouse"},
    "sqm.aliases": {"sqm.errors", "sqm.datasets", "sqm.ingest", "sqm.store", "sqm.warehouse"},
    "sqm.sync": {"sqm.errors", "sqm.stages", "sqm.datasets", "sqm.i18n", "sqm.ingest", "sqm.loaders", "sqm.store"},
    "sqm.cells": set(),
    "sqm.exports": {"sqm.tokens"},
    "sqm.charts": {"sqm.i18n", "sqm.tokens", "sqm.verdicts"},
    "sqm.maps": {"sqm.i18n", "sqm.tokens", "sqm.cells", "sqm.charts", "sqm.verdicts"},
    "sqm.ui": {"sqm.errors", "sqm.access", "sqm.datasets", "sqm.i18n", "sqm.tokens", "sqm.metrics", "sqm.loaders",
               "sqm.effects", "sqm.judged", "sqm.meeting", "sqm.meeting_files", "sqm.meetings", "sqm.minutes", "sqm.presented", "sqm.saying", "sqm.scorecards"}
    | {"sqm.blueprint", "sqm.blueprints", "sqm.store", "sqm.cells", "sqm.exports", "sqm.charts", "sqm.maps", "sqm.verdicts", "sqm.signals"}
    | {"sqm.detectors", "sqm.promises", "sqm.standings", "sqm.limits", "sqm.settings", "sqm.settled", "sqm.voices", "sqm.sync"}
    | {"sqm.people", "sqm.reconciliation", "sqm.remembered", "sqm.aliases", "sqm.blueprint_files"},
    # Only these parts of the screen open a warehouse, and hand it on.
    "sqm.ui.frame": {"sqm.warehouse"},
    "sqm.ui.results": {"sqm.warehouse"},
    "sqm.ui.loading": {"sqm.warehouse"},
    "sqm.ui.checking": {"sqm.warehouse"},
    "sqm.ui.first_look": {"sqm.warehouse"},
    "sqm.ui.work": {"sqm.stages"},
    "sqm.ui.sources": {"sqm.stages"},
    "sqm.ui.ways_in": {"sqm.warehouse"},
    "sqm.ui.uploads": {"sqm.warehouse", "sqm.intake"},
    "sqm.__main__": {
        "sqm.errors",
        "sqm.access",
        "sqm.datasets",
        "sqm.i18n",
        "sqm.warehouse",
        "sqm.metrics",
        "sqm.loaders",
        "sqm.intake",
    }
    | {"sqm.store", "sqm.blueprint", "sqm.settled", "sqm.sync", "sqm.oversight", "sqm.console", "sqm.remembered", "sqm.stages", "sqm.terminal"},
    "pages": {"sqm.ui", "sqm.i18n", "sqm.errors", "sqm.datasets", "sqm.metrics", "sqm.loaders", "sqm.blueprint", "sqm.scorecards"}
    | {"sqm.store", "sqm.charts", "sqm.maps", "sqm.verdicts"},
    "app": {"sqm.ui"},
}

#: Package -> the parts that may import it.
ONLY_IN: dict[str, set[str]] = {
    "streamlit": {"sqm.ui", "pages", "app"},
    "sqlalchemy": {"sqm.warehouse", "sqm.measures", "sqm.metrics", "sqm.ingest", "sqm.loaders", "sqm.intake", "sqm.store"},
    "duckdb": {"sqm.warehouse", "sqm.ingest", "sqm.loaders"},
    "psycopg": {"sqm.warehouse"},
    "fastexcel": {"sqm.ingest"},
    "msoffcrypto": {"sqm.ingest.locked"},
    "rapidfuzz": {"sqm.ingest"},
    "altair": {"sqm.charts", "sqm.maps"},
    "pydeck": {"sqm.maps"},
    "vl_convert": {"sqm.exports"},
    "pptx": {"sqm.blueprint_files.slide", "sqm.meeting_files.deck", "sqm.meeting_files.letters"},
}
#: Part -> the only third-party packages it may import.
NOTHING_BUT: dict[str, set[str]] = {
    "sqm.errors": set(),
    "sqm.access": set(),
    "sqm.datasets": set(),
    "sqm.i18n": set(),
    "sqm.tokens": set(),
    "sqm.statistics": {"numpy", "scipy"},
    "sqm.stats": set(),
    "sqm.verdicts": {"numpy", "pandas"},
    "sqm.blueprint": set(),
    "sqm.blueprints": set(),
    "sqm.meeting": set(),
    "sqm.meetings": set(),
}
FORBIDDEN_NAMES = {"utils", "util", "helpers", "helper", "common", "shared", "misc"}
LONGEST = 450


def _under(module: str, part: str) -> bool:
    return module == part or module.startswith(part + ".")


def part_of(module: str, parts: dict[str, set[str]]) -> str | None:
    """The longest entry of ``parts`` that the module belongs to; the bare ``sqm`` is only its own ``__init__``."""
    return max((p for p in parts if _under(module, p) and (p != "sqm" or module == "sqm")), key=len, default=None)


@cache
def files() -> dict[str, Path]:
    """Module name -> file, for everything the app is made of."""
    found = [*sorted((ROOT / "sqm").rglob("*.py")), *sorted((ROOT / "pages").glob("*.py")), ROOT / "app.py"]
    names = {}
    for file in found:
        parts = list(file.relative_to(ROOT).with_suffix("").parts)
        names[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = file
    return names


@cache
def tree(module: str) -> ast.Module:
    """The parsed source of a module."""
    return ast.parse(files()[module].read_text(encoding="utf-8"))


@cache
def imports(module: str) -> frozenset[str]:
    """Full dotted names of everything the module imports, at the top or inside a function; TYPE_CHECKING blocks too."""
    package = module if files()[module].name == "__init__.py" else module.rpartition(".")[0]
    names: set[str] = set()
    for node in ast.walk(tree(module)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                above = package.split(".")[: len(package.split(".")) - node.level + 1]
                base = ".".join([*above, base] if base else above)
            for alias in node.names:
                inner = f"{base}.{alias.name}"
                names.add(inner if inner in files() else base)
    return frozenset(names)


def modules(*prefixes: str) -> list[str]:
    """Modules under any of the prefixes; all of them without one."""
    return [m for m in files() if not prefixes or any(_under(m, p) for p in prefixes)]


def _is_project(name: str) -> bool:
    return name.split(".")[0] in ("sqm", "pages", "app")


@pytest.mark.parametrize("module", modules())
def test_imports_follow_the_map(module: str) -> None:
    part = part_of(module, MAY_IMPORT)
    assert part, f"{module} is not on the map: add it to MAY_IMPORT and say what it may import"
    allowed = MAY_IMPORT[part] | {part, "sqm"}
    if _under(module, "sqm.ui"):
        allowed = allowed | MAY_IMPORT["sqm.ui"] | {"sqm.ui"}
    wrong = sorted(
        name for name in imports(module) if _is_project(name) and part_of(name, dict.fromkeys(allowed, set())) is None
    )
    assert not wrong, (
        f"{module} may not import {', '.join(wrong)}; {part} may import {', '.join(sorted(MAY_IMPORT[part]))}"
    )


@pytest.mark.parametrize("module", modules())
def test_packages_stay_where_they_belong(module: str) -> None:
    packages = {name.split(".")[0] for name in imports(module)}
    for package, places in ONLY_IN.items():
        if package in packages:
            assert any(_under(module, place) for place in places), f"{module} imports {package}; only {places} may"
    part = part_of(module, MAY_IMPORT)
    if part in NOTHING_BUT:
        outside = {p for p in packages if not _is_project(p) and p not in sys.stdlib_module_names}
        assert outside <= NOTHING_BUT[part], f"{module} may not import {outside - NOTHING_BUT[part]}"


def test_the_map_has_no_circle() -> None:
    def visit(part: str, path: tuple[str, ...]) -> None:
        assert part not in path, " -> ".join([*path, part])
        for other in MAY_IMPORT.get(part, set()):
            visit(other, (*path, part))

    for part in MAY_IMPORT:
        visit(part, ())


def test_every_import_is_a_direct_requirement() -> None:
    lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").split("# Brought along")[0].splitlines()
    listed = {
        re.split(r"[=\[;<>~ ]", line)[0].lower().replace("-", "_")
        for line in lines
        if line and not line.startswith("#")
    }
    used = {name.split(".")[0].lower() for module in files() for name in imports(module) if not _is_project(name)}
    used -= {name.lower() for name in sys.stdlib_module_names}
    called = {"vl_convert": "vl_convert_python", "msoffcrypto": "msoffcrypto_tool", "pptx": "python_pptx"}
    used = {called.get(name, name) for name in used}
    assert used <= listed, f"imported but not in requirements.txt: {sorted(used - listed)}"
    # pytest is there for whoever installs this one file; the drivers are loaded by name, and Streamlit signs in with the last two.
    assert listed - used <= {"pytest", "duckdb_sqlalchemy", "psycopg", "authlib", "httpx"}, f"never imported: {sorted(listed - used)}"


def test_requirements_are_pinned_exactly_and_once() -> None:
    seen: set[str] = set()
    for name in ("requirements.txt", "requirements-dev.txt"):
        for line in (ROOT / name).read_text(encoding="utf-8").splitlines():
            if line and not line.startswith(("#", "-r")):
                assert re.match(r"^[A-Za-z0-9_.-]+(\[[a-z,]+\])?==[0-9][^ ;]*(; .+)?$", line), f"{name}: {line}"
                package = re.split(r"[=\[]", line)[0].lower().replace("_", "-")
                assert package not in seen, f"{package} is listed twice"
                seen.add(package)


@pytest.mark.parametrize("module", modules())
def test_no_long_files_no_grab_bags_and_a_docstring(module: str) -> None:
    file = files()[module]
    lines = len(file.read_text(encoding="utf-8").splitlines())
    assert lines <= LONGEST, (
        f"{file.relative_to(ROOT)} has {lines} lines: make it a package, split by business question"
    )
    assert not set(module.split(".")) & FORBIDDEN_NAMES, f"{module}: name it after what it does"
    if lines:
        assert ast.get_docstring(tree(module)), f"{module} does not say what it is"


@pytest.mark.parametrize("module", modules("pages", "app"))
def test_pages_are_thin(module: str) -> None:
    statements = sum(isinstance(node, ast.stmt) for node in ast.walk(tree(module)))
    assert statements <= 80, f"{module} has {statements} statements: what it works out belongs in a business module"
    docs = {
        id(node.body[0].value)
        for node in ast.walk(tree(module))
        if isinstance(node, (ast.Module, ast.FunctionDef, ast.ClassDef)) and ast.get_docstring(node)
    }  # type: ignore[attr-defined]
    for node in ast.walk(tree(module)):
        if isinstance(node, ast.Attribute):
            assert node.attr not in ("groupby", "merge", "pivot_table", "read_sql", "execute"), (
                f"{module} computes: .{node.attr}"
            )
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docs:
            text = node.value
            where = f"{module}, line {node.lineno}: {text!r}"
            assert not re.search(r"[\u3400-\u9fff]", text), f"a sentence belongs in i18n ({where})"
            assert not re.search(r"#[0-9a-fA-F]{3,8}\b", text), f"a colour belongs in tokens ({where})"
            assert not re.search(r"\b(SELECT|INSERT INTO|GROUP BY)\b", text), f"SQL belongs in metrics ({where})"
            assert not re.search(r"[A-Z][a-z]+ [a-z]+ [a-z]+", text), f"a sentence belongs in i18n ({where})"


def test_code_knows_no_province() -> None:
    """Cities are data: no module names one."""
    cities = ("苏州", "南京", "无锡", "徐州", "常州", "南通", "江苏", "Suzhou", "Nanjing", "Jiangsu")
    for module, file in files().items():
        docs = {
            id(node.body[0].value)
            for node in ast.walk(tree(module))
            if isinstance(node, (ast.Module, ast.FunctionDef, ast.ClassDef)) and ast.get_docstring(node)
        }  # type: ignore[attr-defined]
        for node in ast.walk(tree(module)):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docs:
                named = [city for city in cities if city in node.value]
                assert not named, f"{file.relative_to(ROOT)}, line {node.lineno} names {named}"
