"""The service blueprint as a document: lanes, phases, steps, links, and what is missing.

Pure: no database, no screen. A ``Document`` is immutable and always in canonical order, so two documents are equal
exactly when they say the same. Whatever comes from outside goes through ``from_dict`` or ``loads``, which refuse with a
place and a reason. Texts are stored as typed; whoever draws them escapes them.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any

from sqm.errors import SqmError, did_you_mean

SCHEMA = 1
LANES = ("evidence", "customer", "frontstage", "backstage", "support")
#: A line lies below the lane it is keyed by.
LINES = {"customer": "interaction", "frontstage": "visibility", "backstage": "internal"}
GAPS = {
    "knowledge": ("marketing_research", "customer_relationship", "recovery", "upward_communication"),
    "standards": ("service_design", "customer_standards", "physical_evidence"),
    "delivery": ("human_resources", "supply_demand", "intermediaries", "customer_role"),
    "communication": ("integrated_communication", "expectations", "horizontal_communication", "over_promising"),
}
STATES = ("as_is", "to_be")
LIMITS = {
    "bytes": 1_000_000,
    "steps": 400,
    "phases": 40,
    "links": 1500,
    "metrics": 8,
    "categories": 20,
    "title": 80,
    "text": 1000,
    "code": 64,
}


class BlueprintRefused(SqmError):
    """A document or an edit that cannot be taken; nothing was changed."""


@dataclass(frozen=True)
class Words:
    """One text in both languages; either may be empty."""

    zh: str = ""
    en: str = ""

    def __bool__(self) -> bool:
        return bool(self.zh.strip() or self.en.strip())

    def get(self, lang: str) -> str:
        """The text in ``lang``, or in the other language where that one is empty."""
        return (self.zh or self.en) if lang == "zh" else (self.en or self.zh)


@dataclass(frozen=True)
class Binding:
    """A metric id and the filter under which a step reads it; ``where`` maps a split to its values."""

    metric: str
    where: tuple[tuple[str, tuple[str, ...]], ...] = ()

    @property
    def text(self) -> str:
        """``satisfaction?element=store&item=a,b``: one cell of a table."""
        return self.metric + ("?" + "&".join(f"{k}={','.join(v)}" for k, v in self.where) if self.where else "")

    @classmethod
    def parse(cls, text: str) -> Binding:
        """The reverse of ``text``."""
        metric, _, rest = text.partition("?")
        pairs = [part.partition("=") for part in rest.split("&") if part]
        return cls(metric, tuple(sorted((k, tuple(v.split(","))) for k, _, v in pairs)))

    @property
    def filters(self) -> dict[str, list[str]]:
        return {name: list(values) for name, values in self.where}


@dataclass(frozen=True)
class Phase:
    id: str
    name: Words


@dataclass(frozen=True)
class Step:
    """One card. ``order`` is its place in its cell (lane × phase), from 0; ``span`` counts phases to the right."""

    id: str
    lane: str
    phase: str
    title: Words
    order: int = 0
    span: int = 1
    key: bool = False
    metrics: tuple[Binding, ...] = ()
    fail: bool = False
    categories: tuple[str, ...] = ()
    prevention: Words = field(default_factory=Words)
    contingency: Words = field(default_factory=Words)
    owner: str = ""
    gap: str = ""
    cause: str = ""

    @property
    def guard(self) -> str:
        """``both``, ``no_contingency``, ``no_prevention``, ``none``; empty when this is no fail point."""
        if not self.fail:
            return ""
        if self.prevention:
            return "both" if self.contingency else "no_contingency"
        return "no_prevention" if self.contingency else "none"


Link = tuple[str, str]


@dataclass(frozen=True)
class Document:
    """A blueprint. ``steps`` and ``links`` are kept in canonical order by ``arranged``. ``scene``: a code of ``scenes.py``, or empty."""

    id: str
    name: Words
    phases: tuple[Phase, ...] = ()
    steps: tuple[Step, ...] = ()
    links: tuple[Link, ...] = ()
    state: str = "as_is"
    note: Words = field(default_factory=Words)
    scene: str = ""

    def step(self, step_id: str) -> Step | None:
        return next((step for step in self.steps if step.id == step_id), None)

    def cell(self, lane: str, phase: str) -> list[Step]:
        return [step for step in self.steps if step.lane == lane and step.phase == phase]

    def phase_index(self) -> dict[str, int]:
        return {phase.id: index for index, phase in enumerate(self.phases)}

    @property
    def unguarded(self) -> list[Step]:
        """Fail points that lack a preventive procedure, a contingency plan or both."""
        return [step for step in self.steps if step.guard not in ("", "both")]


# ---- reading and writing -------------------------------------------------------------------------------------------


def refuse(code: str, where: str, **params: object) -> BlueprintRefused:
    return BlueprintRefused(f"blueprint_{code}", where=where, **params)


def _node(value: object, where: str, known: Iterable[str]) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise refuse("wrong_type", where, expected="object")
    for name in value:
        if name not in known:
            raise refuse("unknown_field", f"{where}.{str(name)[:40]}", near=did_you_mean(str(name), list(known)))
    return value


def _list(value: object, where: str, limit: str) -> list[Any]:
    if not isinstance(value, list | tuple):
        raise refuse("wrong_type", where, expected="list")
    if len(value) > LIMITS[limit]:
        raise refuse("too_many", where, count=len(value), limit=LIMITS[limit])
    return list(value)


def _text(value: object, where: str, limit: str = "text") -> str:
    if not isinstance(value, str):
        raise refuse("wrong_type", where, expected="text")
    # XML knows no control characters and no lone surrogates; a drawing must never break on a title.
    cleaned = "".join(
        c if c >= " " or c == "\n" else " "
        for c in value
        if not 0xD800 <= ord(c) <= 0xDFFF and c not in "\ufffe\uffff\x7f"
    ).strip()
    if len(cleaned) > LIMITS[limit]:
        raise refuse("too_long", where, count=len(cleaned), limit=LIMITS[limit])
    return cleaned


def read_words(value: object, where: str, limit: str = "text") -> Words:
    node = _node(value, where, ("zh", "en"))
    return Words(*(_text(node.get(lang, ""), f"{where}.{lang}", limit) for lang in ("zh", "en")))


def _whole(value: object, where: str, low: int, high: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise refuse("wrong_number", where, low=low, high=high)
    return value


def one_of(value: object, where: str, known: Iterable[str]) -> str:
    if value not in (names := list(known)):
        shown = str(value)[:40]
        raise refuse(
            "unknown_value", where, value=shown, known=", ".join(n for n in names if n), near=did_you_mean(shown, names)
        )
    return str(value)


def _code(value: object, where: str) -> str:
    text = _text(value, where, "code")
    if not text or any(c in text for c in "?&=,\n\"'<>"):
        raise refuse("wrong_code", where, value=text[:40])
    return text


def _binding(value: object, where: str) -> Binding:
    node = _node(value, where, ("metric", "where"))
    pairs = []
    conditions = node.get("where", {})
    if not isinstance(conditions, Mapping):
        raise refuse("wrong_type", f"{where}.where", expected="object")
    for name, values in conditions.items():
        listed = _list(values if isinstance(values, list | tuple) else [values], f"{where}.where", "categories")
        split = _code(name, f"{where}.where")
        pairs.append((split, tuple(_code(v, f"{where}.where.{split}") for v in listed)))
    return Binding(_code(node.get("metric", ""), f"{where}.metric"), tuple(sorted(pairs)))


def _flag(value: object, where: str) -> bool:
    if not isinstance(value, bool):
        raise refuse("wrong_type", where, expected="true/false")
    return value


def read_step(value: object, where: str) -> Step:
    known = [f.name for f in fields(Step) if f.name != "title"] + ["zh", "en"]
    node = _node(value, where, known)
    title = Words(*(_text(node.get(lang, ""), f"{where}.{lang}", "title") for lang in ("zh", "en")))
    gap = one_of(node.get("gap", ""), f"{where}.gap", ("", *GAPS))
    return Step(
        id=_code(node.get("id", ""), f"{where}.id"),
        title=title,
        lane=one_of(node.get("lane", ""), f"{where}.lane", LANES),
        phase=_code(node.get("phase", ""), f"{where}.phase"),
        order=_whole(node.get("order", 0), f"{where}.order", 0, LIMITS["steps"]),
        span=_whole(node.get("span", 1), f"{where}.span", 1, LIMITS["phases"]),
        key=_flag(node.get("key", False), f"{where}.key"),
        fail=_flag(node.get("fail", False), f"{where}.fail"),
        metrics=tuple(
            _binding(m, f"{where}.metrics[{i}]")
            for i, m in enumerate(_list(node.get("metrics", []), f"{where}.metrics", "metrics"))
        ),
        categories=tuple(
            _code(c, f"{where}.categories")
            for c in _list(node.get("categories", []), f"{where}.categories", "categories")
        ),
        prevention=read_words(node.get("prevention", {}), f"{where}.prevention"),
        contingency=read_words(node.get("contingency", {}), f"{where}.contingency"),
        owner=_text(node.get("owner", ""), f"{where}.owner", "title"),
        gap=gap,
        cause=one_of(node.get("cause", ""), f"{where}.cause", ("", *GAPS.get(gap, ()))),
    )


def read_phases(value: object) -> tuple[Phase, ...]:
    """Columns from plain data, or ``BlueprintRefused``."""
    phases = []
    for i, raw in enumerate(_list(value, "phases", "phases")):
        phase = _node(raw, f"phases[{i}]", ("id", "zh", "en"))
        names = Words(*(_text(phase.get(lang, ""), f"phases[{i}].{lang}", "title") for lang in ("zh", "en")))
        phases.append(Phase(_code(phase.get("id", ""), f"phases[{i}].id"), names))
    return tuple(phases)


def read_link(value: object, where: str) -> Link:
    """``[from, to]``, or ``BlueprintRefused``."""
    if not isinstance(value, list | tuple) or len(value) != 2:
        raise refuse("wrong_type", where, expected="[from, to]")
    return _code(value[0], where), _code(value[1], where)


def from_dict(value: object) -> Document:
    """A document from plain data (see ``to_dict``), or ``BlueprintRefused`` with the place of the first fault."""
    node = _node(value, "blueprint", ("schema", "id", "name", "phases", "steps", "links", "state", "note", "scene"))
    if _whole(node.get("schema", SCHEMA), "schema", 1, 10**6) > SCHEMA:
        raise refuse("newer_schema", "schema", found=node["schema"], known=SCHEMA)
    phases = read_phases(node.get("phases", []))
    links = [read_link(raw, f"links[{i}]") for i, raw in enumerate(_list(node.get("links", []), "links", "links"))]
    return arranged(
        Document(
            id=_code(node.get("id", ""), "id"),
            name=read_words(node.get("name", {}), "name", "title"),
            phases=phases,
            steps=tuple(read_step(s, f"steps[{i}]") for i, s in enumerate(_list(node.get("steps", []), "steps", "steps"))),
            links=tuple(links),
            state=one_of(node.get("state", "as_is"), "state", STATES),
            note=read_words(node.get("note", {}), "note"),
            scene=_code(node["scene"], "scene") if node.get("scene") else "",
        )
    )


def arranged(document: Document) -> Document:
    """The same document in canonical order, after the checks that concern more than one part of it."""
    for what, ids in (("phases", [p.id for p in document.phases]), ("steps", [s.id for s in document.steps])):
        if len(ids) > LIMITS[what]:
            raise refuse("too_many", what, count=len(ids), limit=LIMITS[what])
        if twice := next((i for i in ids if ids.count(i) > 1), None):
            raise refuse("twice", what, value=twice)
    columns, steps = document.phase_index(), {step.id for step in document.steps}
    for step in document.steps:
        if step.phase not in columns:
            raise refuse(
                "unknown_value",
                f"{step.id}.phase",
                value=step.phase,
                known=", ".join(columns),
                near=did_you_mean(step.phase, list(columns)),
            )
    for source, target in document.links:
        if source == target or source not in steps or target not in steps:
            raise refuse("loose_link", "links", source=source, target=target)
    if len(document.links) > LIMITS["links"]:
        raise refuse("too_many", "links", count=len(document.links), limit=LIMITS["links"])
    ordered = sorted(document.steps, key=lambda s: (LANES.index(s.lane), columns[s.phase], s.order, s.id))
    return replace(document, steps=tuple(ordered), links=tuple(sorted(set(document.links))))


def to_dict(document: Document) -> dict[str, Any]:
    """Plain data, defaults left out, so that a stored body stays short and a difference readable."""

    out = {
        "schema": SCHEMA,
        "id": document.id,
        "name": plain_words(document.name),
        "state": document.state,
        "phases": [plain_phase(p) for p in document.phases],
        "steps": [plain_step(step) for step in document.steps],
        "links": [list(link) for link in document.links],
    }
    out |= {"note": plain_words(document.note)} if document.note else {}
    return out | ({"scene": document.scene} if document.scene else {})


def plain_words(value: Words) -> dict[str, str]:
    """The languages there are."""
    return {lang: text for lang, text in (("zh", value.zh), ("en", value.en)) if text}


def plain_phase(phase: Phase) -> dict[str, str]:
    """A column as plain data."""
    return {"id": phase.id, **plain_words(phase.name)}


def plain_step(step: Step) -> dict[str, Any]:
    """A step as plain data, defaults left out."""
    out: dict[str, Any] = {"id": step.id, "lane": step.lane, "phase": step.phase, **plain_words(step.title)}
    for f in fields(Step):
        value = getattr(step, f.name)
        if f.name in out or f.name == "title" or not value or (f.name == "span" and value == 1):
            continue
        if f.name == "metrics":
            value = [{"metric": b.metric, **({"where": b.filters} if b.where else {})} for b in value]
        plain = list(value) if isinstance(value, tuple) else value
        out[f.name] = plain_words(value) if isinstance(value, Words) else plain
    return out


def loads(text: str | bytes) -> Document:
    """A document from JSON text of at most ``LIMITS['bytes']`` bytes."""
    size = len(text.encode("utf-8", "replace") if isinstance(text, str) else text)
    if size > LIMITS["bytes"]:
        raise refuse("too_large", "blueprint", size=size, limit=LIMITS["bytes"])
    try:
        return from_dict(json.loads(text))
    except (ValueError, RecursionError) as error:
        raise refuse("not_json", "blueprint", reason=str(error)[:120]) from None


def dumps(document: Document) -> str:
    return json.dumps(to_dict(document), ensure_ascii=False, indent=1)


# ---- what is missing -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Missing:
    """One thing a reader should add. ``code`` names the sentence (``blueprint.missing.<code>``)."""

    code: str
    step: str
    value: str = ""


def validate(
    document: Document, *, metrics: Collection[str] | None = None, categories: Collection[str] | None = None
) -> list[Missing]:
    """What is missing, in drawing order. ``metrics`` and ``categories`` are the known ids, checked when given."""
    found = []
    linked = {end for link in document.links for end in link}
    columns = document.phase_index()
    answered = {columns[s.phase] + offset for s in document.steps if s.lane == "frontstage" for offset in range(s.span)}
    for step in document.steps:
        found += [Missing(f"title_{lang}", step.id) for lang in ("zh", "en") if not getattr(step.title, lang)]
        if step.key and not step.metrics:
            found.append(Missing("key_without_metrics", step.id))
        if step.guard in ("no_prevention", "none"):
            found.append(Missing("fail_without_prevention", step.id))
        if step.guard in ("no_contingency", "none"):
            found.append(Missing("fail_without_contingency", step.id))
        if step.lane != "evidence" and step.id not in linked:
            found.append(Missing("unlinked", step.id))
        if step.lane == "customer" and not answered & set(range(columns[step.phase], columns[step.phase] + step.span)):
            found.append(Missing("no_frontstage", step.id))
        found += [
            Missing("unknown_metric", step.id, b.metric)
            for b in step.metrics
            if metrics is not None and b.metric not in metrics
        ]
        found += [
            Missing("unknown_category", step.id, c)
            for c in step.categories
            if categories is not None and c not in categories
        ]
    return found
