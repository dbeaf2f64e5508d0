"""What a page needs beside numbers: names of values, reference frames, months that have data, freshness."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

import numpy as np
import pandas as pd
import sqlalchemy as sa

from sqm import datasets, i18n, warehouse
from sqm.access import EVERYTHING
from sqm.errors import WrongCall, did_you_mean
from sqm.measures import counting
from sqm.measures.answering import answer
from sqm.measures.ask import Period, ask
from sqm.measures.headlines import ripe
from sqm.measures.kinds import Metric, Rate
from sqm.measures.portable import month_number, month_start
from sqm.measures.reading import Reader, at_present
from sqm.measures.splits import PSEUDO_ELEMENTS, REFERENCES

_cache: dict[tuple, tuple[int, Any]] = {}


def _once(engine: sa.Engine, what: tuple, make: Callable[[], Any]) -> Any:
    """``make()``, remembered until the data change."""
    version, key = warehouse.data_version(engine), (str(engine.url), *what)
    if key not in _cache or _cache[key][0] != version:
        _cache[key] = (version, make())
    return _cache[key][1]


def reference_frame(engine: sa.Engine, name: str) -> pd.DataFrame:
    """The rows of a reference dataset in its own order; a copy, to change as you like."""
    return _once(engine, ("reference", name), lambda: warehouse.reference(engine, name)).copy()


def labels(engine: sa.Engine, name: str, lang: str) -> dict[str, str]:
    """Id → label of a reference dataset or of a split ("city", "element", "monitoring" …), in its order.

    A missing English name falls back to the Chinese one. Elements include the overall and the recommendation question.
    Values that appear in the data alone (stages, channels, products …) are here only if the table of value names has them.
    """
    reference = REFERENCES.get(name, "audit_items" if name == "item" else name)
    if reference not in datasets.BY_NAME:
        prefix = f"value.{reference}."
        texts = i18n.texts("metrics")
        told = {key.removeprefix(prefix): text[lang] for key, text in texts.items() if key.startswith(prefix)}
        return told | _value_names(engine, name, lang)
    frame, key = reference_frame(engine, reference), datasets.get(reference).key[-1]
    zh = frame["zh"] if "zh" in frame else frame[key]
    chosen = zh if lang == "zh" or "en" not in frame else frame["en"]
    named = {str(k): str(c if isinstance(c, str) and c else z) for k, c, z in zip(frame[key], chosen, zh, strict=True)}
    if name == "item":
        named |= _value_names(engine, name, lang)
    if reference == "elements":
        named |= {pseudo: i18n.t(f"metrics.value.element.{pseudo}", lang) for pseudo in PSEUDO_ELEMENTS}
    return named


def _value_names(engine: sa.Engine, split: str, lang: str) -> dict[str, str]:
    frame = reference_frame(engine, "value_names")
    rows = frame[frame["split"] == split]
    return {str(value): str(name or value) for value, name in zip(rows["value"], rows[lang].fillna(""), strict=True)}


def resolve_where(engine: sa.Engine, where: Mapping[str, object]) -> dict[str, list[str]]:
    """Values as people write them → canonical ids: by id, Chinese or English name, alias, with or without 市.

    Free values (channel, segment, product, another operator …) pass through. Raises WrongCall ``unknown_value``.
    """
    found: dict[str, list[str]] = {}
    for split, values in where.items():
        several = list(values) if isinstance(values, (list, tuple, set, frozenset)) else [values]
        names, closed = _names(engine, split)
        found[split] = [_resolve(split, str(value), names, closed) for value in several if value is not None]
    return found


def _resolve(split: str, value: str, names: dict[str, str], closed: bool) -> str:
    plain = _plain(value)
    for form in (plain, *(plain.removesuffix(_plain(end)) for end in _endings(split))):
        if form in names:
            return names[form]
    if not closed:
        return value
    near = did_you_mean(plain, list(names))
    known = ", ".join(list(dict.fromkeys(names.values()))[:30])
    raise WrongCall("unknown_value", split=split, value=value, near=names.get(near, near), known=known)


def _names(engine: sa.Engine, split: str) -> tuple[dict[str, str], bool]:
    """Every accepted spelling of a split's values → id, and whether nothing else may be a value."""
    names: dict[str, str] = {}
    closed = split in REFERENCES or split == "element_class"
    if split in REFERENCES:
        contract, frame = datasets.get(REFERENCES[split]), reference_frame(engine, REFERENCES[split])
        key = contract.key[-1]
        for row in frame.to_dict("records"):
            aliases = re.split(r"[;；,，、|/\s]+", str(row.get("aliases") or ""))
            for name in (row[key], row.get("zh"), row.get("en"), *aliases):
                if isinstance(name, str) and name:
                    forms = (_plain(name), *(_plain(name).removesuffix(_plain(end)) for end in contract.strip))
                    names.update({form: str(row[key]) for form in forms if form not in names})
        for word, entry in frame.attrs.get("said", {}).items():
            names.setdefault(_plain(word), entry)
    for lang in i18n.LANGUAGES:
        for value, name in _value_names(engine, split, lang).items():
            names.setdefault(_plain(value), value)
            names.setdefault(_plain(name), value)
    for dataset, field in _DECLARED.get(split, ()):
        declared = datasets.get(dataset).field(field)
        closed = closed or bool(declared.one_of)
        words = {**declared.words, **{v: v for v in (*declared.one_of, *declared.also, *declared.words.values())}}
        names.update({_plain(word): stored for word, stored in words.items() if stored and _plain(word) not in names})
    return names, closed


#: Split -> where its value words are declared.
_DECLARED = {"element": (("surveys", "element"),), "element_class": (("elements", "class"),),
             "operator": (("surveys", "operator"),), "kind": (("complaints", "kind"),),
             "monitoring": (("audits", "monitoring"),)}


def _endings(split: str) -> tuple[str, ...]:
    return datasets.get(REFERENCES[split]).strip if split in REFERENCES else ()


def _plain(text: str) -> str:
    return re.sub(r"\s+", " ", unicodedata.normalize("NFKC", text)).strip().casefold()


def months(engine: sa.Engine, dataset: str) -> list[date]:
    """First days of the months in which a dataset has rows, oldest first. Empty for a dataset without a date."""
    contract = datasets.get(dataset)
    if not contract.dated_by:
        return []

    def read() -> list[date]:
        number = month_number(warehouse.table(dataset).c[contract.dated_by])
        with warehouse.snapshot(engine) as conn:
            found = conn.execute(sa.select(number).distinct()).scalars().all()
        return [month_start(n) for n in sorted(n for n in found if n is not None)]

    return list(_once(engine, ("months", dataset), read))


def course(engine: sa.Engine, metric: Metric) -> pd.DataFrame:
    """The answer by month, of all there is: remembered, not to be changed."""

    def read() -> pd.DataFrame:
        with warehouse.snapshot(engine) as conn:
            return answer(Reader(conn), ask(metric, "month", None, None, EVERYTHING))

    return _once(engine, ("course", metric.id), read)


def known_course(engine: sa.Engine, metric: Metric, period: Period | None) -> pd.DataFrame | None:
    """``course`` within a period, a copy, where it is remembered; else None."""
    version, kept = warehouse.data_version(engine), _cache.get((str(engine.url), "course", metric.id))
    if kept is None or kept[0] != version:
        return None
    frame, (first, last) = kept[1], period or (None, None)
    inside = np.ones(len(frame), dtype=bool)
    if first is not None:
        inside &= (frame["month"] >= pd.Timestamp(first).replace(day=1)).to_numpy()
    if last is not None:
        inside &= (frame["month"] <= pd.Timestamp(last)).to_numpy()
    found = frame[inside].reset_index(drop=True)
    found.attrs = dict(frame.attrs)
    return found


def measured(engine: sa.Engine, metric: Metric) -> list[date]:
    """First days of the months in which a metric has anything to count, oldest first.

    A rate needs customers too: of its months those that have them, unless nobody ever loaded any. Months of a metric that
    has to ripen are left out until they have, unless there are no others.
    """

    def read() -> list[date]:
        if not metric.piece_names:
            with warehouse.snapshot(engine) as conn:
                reader = Reader(conn)
                own = conn.execute(counting.months(at_present(reader, ask(metric, (), None, None, EVERYTHING)))).scalars().all()
            return [month_start(n) for n in sorted(n for n in own if n is not None)]
        frame = course(engine, metric)
        some = frame["base"] > 0
        if isinstance(metric, Rate):
            some = (frame["events"] + frame["unmatched"] > 0) & (some | ~some.any())
        found = [month.date() for month in frame["month"][some]]
        as_of = frame.attrs["as_of"]
        return [month for month in found if ripe(metric, month, as_of and datetime.fromisoformat(as_of))] or found

    return list(_once(engine, ("measured", metric.id), read))


def target(engine: sa.Engine, metric: str, on: date, city: str = "", element: str = "") -> float | None:
    """The target of a metric in force on a day: of the city if it has one, else of the whole. None without one."""

    def read() -> dict[tuple[str, str, str], list[tuple[date, float]]]:
        c = warehouse.table("targets").c
        known: dict[tuple[str, str, str], list[tuple[date, float]]] = {}
        with warehouse.snapshot(engine) as conn:
            for name, place, about, since, value in conn.execute(
                sa.select(c.metric, c.city, c.element, c.valid_from, c.target).order_by(c.valid_from)
            ):
                known.setdefault((name, about or "", place or ""), []).append((since, float(value)))
        return known

    known = _once(engine, ("targets",), read)
    for place in dict.fromkeys((city, "")):
        found = [value for since, value in known.get((metric, element, place), []) if since <= on]
        if found:
            return found[-1]
    return None


def freshness(engine: sa.Engine) -> dict[str, Any]:
    """How new the state is: version, as_of (newest of the dated facts), loaded_at, rows, sample."""

    def read() -> dict[str, Any]:
        b = warehouse.batches_table.c
        facts = [warehouse.table(d.name) for d in datasets.ALL if not d.reference]
        counts = [sa.select(sa.func.count()).select_from(t).scalar_subquery() for t in facts]
        # A reference table or a plan says nothing of how new the facts are.
        dated = b.dataset.in_([d.name for d in datasets.ALL if d.dated_by])
        newest = sa.select(sa.func.max(sa.case((dated, b.as_of))), sa.func.max(b.loaded_at))
        with warehouse.snapshot(engine) as conn:
            as_of, loaded_at = conn.execute(newest.where(b.status == "published")).one()
            rows = sum(conn.execute(sa.select(*counts)).one())
            sample = conn.execute(sa.select(sa.func.count()).where(b.sample.is_(True), b.status == "published")).scalar()
        return {"as_of": as_of, "loaded_at": loaded_at, "rows": int(rows), "sample": bool(sample)}

    return {"version": warehouse.data_version(engine), **_once(engine, ("freshness",), read)}
