"""Tables as the reader sees them: headings and values in words of their language, on screen and in a file."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from sqm import datasets, metrics
from sqm.i18n import has, t

#: Asked for the names of a split's or a reference table's values: id → label.
Names = Callable[[str], Mapping[str, str]]

#: Of an answer, beside its splits. The pieces that only the arithmetic needs are left out.
_TOLD = ("value", "lo", "hi", "base", "verdict", "events", "mean", "rest", "difference", "expectation", "perception", "reason")
#: Pixels of a letter in a table, and of its widest column.
LETTER, MOST = 6.6, 300
#: The column of a file in which a verdict is told by its id.
ID = "verdict_id"
_LINEAGE = ("file", "sheet", "source_row", "batch")
_NOT_IN_A_NAME = re.compile(r"[^\w×–]+")


def answer(table: pd.DataFrame, metric: str, by: Iterable[str], names: Names, lang: str) -> pd.DataFrame:
    """The rows under a chart, values in words, under the ids of their columns: the splits, then what is told of each."""
    counted = metric and metrics.get(metric).kind == "count"
    told = [c for c in _TOLD if c in table and not (c == "events" and counted)]
    rows = table[[*by, *told]].copy()
    for split in by:
        if split == "month":
            rows[split] = pd.to_datetime(rows[split]).dt.strftime("%Y-%m")
        else:
            rows[split] = _named(rows[split], names(split)).fillna(t("metrics.value.none", lang))
    if "verdict" in rows:
        ids = [word if isinstance(word, str) and word else None for word in rows["verdict"]]
        rows["verdict"] = [None if word is None else _verdict(word, metric, lang) for word in ids]
        rows.insert(list(rows).index("verdict") + 1, ID, ids)
    if "reason" in rows:
        rows["reason"] = [t(f"metrics.reason.{word}", lang) if isinstance(word, str) and word else None for word in rows["reason"]]
    if "events" in rows and (rows["events"] % 1 == 0).all():
        rows["events"] = rows["events"].astype("int64")
    empty = {c for c in ("mean", "rest", "difference", "reason") if c in rows and rows[c].isna().all()}
    if "difference" in rows and rows["difference"].equals(rows["value"]):  # from a goal of nought
        empty.add("difference")
    return rows.drop(columns=list(empty))


def _verdict(word: str, metric: str, lang: str) -> str:
    """A verdict in the words of the legends: "higher, confirmed", where one direction of the metric is the better one."""
    better = metrics.get(metric).better if metric else ""
    if word in ("better", "worse") and better:
        word = "high" if (word == "better") == (better == "higher") else "low"
    return t(f"frame.verdict_{word}", lang)


def evidence(
    rows: pd.DataFrame, dataset: str, names: Names, lang: str, without: tuple[str, ...] = ()
) -> pd.DataFrame:
    """Rows of a dataset in words, under headings; columns with nothing in them are left out, the place of origin is last."""
    contract, shown, heads = datasets.get(dataset), {}, {}
    for name in (*contract.columns, *_LINEAGE):
        if name not in rows or name in without or name.endswith("_key"):
            continue
        values = rows[name].where(rows[name].notna() & (rows[name] != ""), None)
        if values.isna().all():
            continue
        field = contract.by_name.get(name)
        heads[name] = heading(name, lang, dataset)
        shown[name] = _cells(values, field, names, lang) if field else values
    return pd.DataFrame(shown).rename(columns=_apart(heads))


def _cells(values: pd.Series, field: datasets.Field, names: Names, lang: str) -> pd.Series:
    """The values of a field: words for codes, months and moments as they are written, numbers as numbers."""
    if field.type == "flag":
        said = {True: t("frame.yes", lang), False: t("frame.no", lang)}
        return values.map(lambda v: None if v is None else said[bool(v)])
    if field.type in ("number", "integer"):
        return pd.to_numeric(values)
    if field.type in ("month", "date", "timestamp"):
        written = {"month": "%Y-%m", "date": "%Y-%m-%d", "timestamp": "%Y-%m-%d %H:%M"}[field.type]
        return values.map(lambda v: None if v is None or v is pd.NaT else v.strftime(written))
    return values if field.free or field.personal else _named(values, names(field.name))


def _named(values: pd.Series, labels: Mapping[str, str]) -> pd.Series:
    """Labels for ids; the id stands behind a label that two of them have in common. None where there is no value."""
    common = {label for label, count in Counter(labels.values()).items() if count > 1}

    def say(value: Any) -> Any:
        if value is None or value == "" or value != value:
            return None
        key = str(value).lower() if isinstance(value, bool | np.bool_) else str(value)
        label = labels.get(key)
        return value if label is None else f"{label} ({key})" if label in common else label

    return values.astype(object).map(say)


def heading(name: str, lang: str, dataset: str = "", metric: str = "") -> str:
    """What a column is called: of the answer to ``metric``, else a field of ``dataset``."""
    if name == "base" and metric and metrics.get(metric).kind == "rate":
        return t("frame.column_exposure", lang)
    field = datasets.get(dataset).by_name.get(name) if dataset else None
    if field and lang == "zh" and (field.headings or field.refers_to):
        # Its codes are shown by their names, so it is not "营业厅编码".
        return datasets.get(field.refers_to).zh if field.refers_to else field.headings[0]
    for key in (f"frame.column_{name}", f"metrics.split.{name}"):
        if has(key):
            return t(key, lang)
    return name.removesuffix("_id").replace("_", " ").capitalize()


def on_screen(rows: pd.DataFrame, metric: str, lang: str) -> tuple[pd.DataFrame, dict[str, Any]]:
    """An ``answer`` under its headings, and how ``st.dataframe`` shows its numbers."""
    rows = rows.drop(columns=ID, errors="ignore")  # for programs only
    heads = _apart({name: heading(name, lang, metric=metric) for name in rows})
    rounded = rows.round(dict.fromkeys(rows.select_dtypes("float"), _digits(rows, metric)))
    numbers = rounded.select_dtypes("number")
    shown = {heads[name]: _column(numbers[name], _digits(rows, metric)) for name in numbers}
    return rounded.rename(columns=heads), shown


def in_a_file(rows: pd.DataFrame, metric: str, lang: str) -> pd.DataFrame:
    """An ``answer`` under its headings, each with the id of the column where that is another word: programs ask for it."""
    heads = {name: heading(name, lang, metric=metric) for name in rows}
    return rows.rename(columns={k: v if v.casefold() == k else f"{v} ({k})" for k, v in heads.items()})


def widths(shown: pd.DataFrame) -> dict[str, Any]:
    """For ``st.dataframe``: every column as wide as its heading and its texts; only a very long text is cut."""
    said = {name: [str(name), *(str(v) for v in shown[name].dropna())] for name in shown}
    return {name: st.column_config.Column(width=int(min(20 + LETTER * max(map(_letters, texts)), MOST))) for name, texts in said.items()}


def _letters(text: str) -> int:
    return sum(2 if character > "\u2e7f" else 1 for character in text)


def thousands() -> Any:
    """A column of numbers in the style of ``i18n.number``; in a browser of another language, in that language's."""
    return st.column_config.NumberColumn(format="localized")


def _column(values: pd.Series, digits: int) -> Any:
    """How a column of numbers is shown. "localized" knows thousands but drops a last nought; with a step it would cut
    decimals off instead of rounding."""
    if pd.api.types.is_integer_dtype(values) or values.abs().max() >= 1000:
        return thousands()
    return st.column_config.NumberColumn(format=f"%.{digits}f")


def _digits(rows: pd.DataFrame, metric: str) -> int:
    """Decimals of the values: one more where the metric's own would make small ones all alike."""
    usual = metrics.get(metric).digits if metric else 1
    small = "value" in rows and rows["value"].abs().median() < 2
    return max(usual, 2) if usual and small else usual


def _apart(heads: dict[str, str]) -> dict[str, str]:
    """``st.dataframe`` wants no heading twice."""
    often = Counter(heads.values())
    return {name: f"{head} ({name})" if often[head] > 1 else head for name, head in heads.items()}


def file_name(
    metric: str, by: Iterable[str], about: Iterable[str], period: tuple[date | None, date | None] | None, lang: str
) -> str:
    """What a download is called, without its ending: the metric, how it is split, what was chosen, its months; for any file system."""
    splits = [t(f"metrics.split.{name}", lang) for name in by]
    what = [t(f"metrics.{metric}.name", lang), ("×" if lang == "zh" else " by ").join(splits), *about]
    parts = [_NOT_IN_A_NAME.sub("-", part).strip("-_")[:40] for part in what]
    if lang == "en":
        parts = [part.lower() for part in parts]
    months = [f"{month:%Y-%m}" for month in period or () if month]
    parts.append(("至" if lang == "zh" else "–").join(dict.fromkeys(months)))
    return "_".join(filter(None, parts))
