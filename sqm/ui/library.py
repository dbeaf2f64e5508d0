"""The parts of the Metrics page: what contradicts, what each element is watched by, what each number means."""

from __future__ import annotations

from urllib.parse import urlencode

import pandas as pd
import streamlit as st

from sqm import metrics, signals
from sqm.i18n import number, t
from sqm.ui import matrix, parts, results, watch
from sqm.ui.filters import Filters
from sqm.ui.memory import remembered
from sqm.ui.units import figures_of

#: So many pairs are listed, and every contradiction.
MOST_PAIRS = 8
#: What an element is watched by → the count of what is declared for it and not in the data.
WATCHED = {"items": "perception_missing", "indicators": "internal_missing", "categories": ""}
#: Pixels of a row that holds a definition.
TALL = 84


def contradictions_of(filters: Filters) -> pd.DataFrame:
    """``signals.contradictions`` of the data as they are, whatever is chosen."""
    return watch.said(filters).contradictions


@remembered
def coverage_of(filters: Filters) -> pd.DataFrame:
    """One row per perception element: element, class, value, lo, hi, base, items, indicators, categories (lists of ids in the
    data), perception_missing, internal_missing (how many declared indicators are not in the data).
    """
    elements = results.reference(filters, "elements").sort_values("position")
    elements = elements[~elements["element"].isin(metrics.PSEUDO_ELEMENTS)]
    felt = results.fetch("satisfaction", filters, by=("element",)).set_index("element")[["value", "lo", "hi", "base"]]
    asked = results.fetch("satisfaction", filters, by=("element", "item"))
    listed = results.reference(filters, "indicator_list").rename(columns={"indicator": "item"})
    reported = results.fetch("indicator", filters, by=("indicator",))["indicator"]
    sources = {"items": asked, "indicators": listed[listed["item"].isin(reported)],
               "categories": results.reference(filters, "categories").rename(columns={"category": "item"})}
    found = elements[["element", "class"]].join(felt, on="element")
    declared = matrix.indicators_of(filters)
    holes = declared[declared["state"] == "missing"].groupby(["kind", "element"]).size()
    for kind in ("perception", "internal"):
        found[f"{kind}_missing"] = [int(holes.get((kind, element), 0)) for element in found["element"]]
    for name, frame in sources.items():
        of = {element: sorted(group["item"].dropna()) for element, group in frame.groupby("element")} if len(frame) else {}
        found[name] = [of.get(element, []) for element in found["element"]]
    return found


def finding_of(filters: Filters, pairs: pd.DataFrame, coverage: pd.DataFrame) -> str:
    """The sentence at the head: the deepest contradiction, else how much of what customers feel is watched from inside."""
    lang = filters.lang
    against = pairs[pairs["contradicts"].astype(bool)]
    bare = int((coverage["indicators"].map(len) == 0).sum())
    if against.empty:
        if not len(coverage):
            return t("frame.page_metrics", lang)
        return t("library.title_coverage", lang, n=len(coverage), bare=bare) if bare else t("library.title_covered", lang, n=len(coverage))
    row = against.iloc[0]
    value, target = figures_of(filters, row)
    said = {"place": _place(filters, row["city"]), "indicator": results.labels(filters, "indicator_list").get(row["indicator"], row["indicator"]),
            "element": results.labels(filters, "elements").get(row["element"], row["element"])}
    return t("library.title", lang, **said, value=value, target=target,
             perceived=results.number(row["perceived"], "satisfaction"), margin=results.margin(_felt(row), "satisfaction"),
             expected=results.number(row["expected"], "satisfaction"))


def pairs_of(filters: Filters, pairs: pd.DataFrame) -> None:
    """Every indicator that can be held against what customers say, the contradictions first."""
    lang, found = filters.lang, int(pairs["contradicts"].astype(bool).sum())
    window = results.said(signals.compared(lambda metric: results.measured(filters, metric)))
    results.heading(t("library.pairs", lang, n=len(pairs), found=found), t("library.pairs_note", lang, months=window))
    if pairs.empty:
        st.caption(t("library.pairs_none", lang))
        return
    indicators, elements = results.labels(filters, "indicator_list"), results.labels(filters, "elements")
    rows: list[list[parts.Told]] = []
    for row in pairs.head(max(MOST_PAIRS, found)).to_dict("records"):
        strong = "worse strong" if row["contradicts"] else ""
        state = "contradicts" if row["contradicts"] else "behind" if not row["met"] else "agree" if row["verdict"] == "better" else "unclear"
        query = {"city": row["city"], "element": row["element"], "period": signals.MONTHS, "lang": lang}
        felt = f"{results.number(row['perceived'], 'satisfaction')} {results.margin(_felt(row), 'satisfaction')}"
        value, target = figures_of(filters, row)
        rows.append([
            (_place(filters, row["city"]), "", ""), (indicators.get(row["indicator"], row["indicator"]), "", ""),
            (value, "", ""), (target, "unclear", ""),
            (elements.get(row["element"], row["element"]), "", ""), (felt, "", f"satisfaction?{urlencode(query)}"),
            (results.number(row["expected"], "satisfaction"), "unclear", ""), (number(row["interviews"]), "unclear", ""),
            (t(f"library.state_{state}", lang), strong or "unclear", ""),
        ])
    heads = [("city", False), ("indicator", False), ("value", True), ("target", True), ("element", False), ("perceived", True),
             ("expected", True), ("interviews", True), ("state", False)]
    st.html(parts.table([(t(f"library.head_{name}", lang), numeric) for name, numeric in heads], rows))
    listed = len(results.reference(filters, "indicator_list"))
    told = [t("library.pairs_more", lang, n=len(pairs) - len(rows))] if len(pairs) > len(rows) else []
    told.append(t("library.pairs_compared", lang, n=pairs["indicator"].nunique(), of=listed))
    st.caption(" ".join(told))


def coverage_shown(filters: Filters, coverage: pd.DataFrame) -> None:
    """The 19 elements and what each is watched by."""
    lang = filters.lang
    counts = {name: int((coverage[name].map(len) > 0).sum()) for name in ("items", "indicators", "categories")}
    results.heading(t("library.coverage", lang, n=len(coverage)), t("library.coverage_note", lang, **counts))
    named = {"items": results.labels(filters, "item"), "indicators": results.labels(filters, "indicator_list"), "categories": results.labels(filters, "categories")}
    elements, classes = results.labels(filters, "elements"), results.labels(filters, "element_class")
    rows: list[list[parts.Told]] = []
    for row in coverage.to_dict("records"):
        felt = f"{results.number(row['value'], 'satisfaction')} {results.margin(row, 'satisfaction')}" if row["value"] == row["value"] else "–"
        told = [(_watched([named.get(name, {}).get(item, item) for item in row[name]], row.get(missing, 0), lang), "" if row[name] else "unclear", "")
                for name, missing in WATCHED.items()]
        query = {"city": "", "element": row["element"], "period": signals.MONTHS, "lang": lang}
        rows.append([(classes.get(row["class"], row["class"]), "unclear", ""), (elements.get(row["element"], row["element"]), "", ""),
                     (felt, "", f"satisfaction?{urlencode(query)}"), (number(row["base"]) if row["base"] == row["base"] else "–", "unclear", ""), *told])
    heads = [("class", False), ("element", False), ("perceived", True), ("interviews", True), ("items", False), ("indicators", False), ("categories", False)]
    st.html(parts.table([(t(f"library.head_{name}", lang), numeric) for name, numeric in heads], rows))


def catalogue_of(filters: Filters) -> None:
    """What every number of the app means, and what it is now."""
    lang = filters.lang
    shown = _metrics(filters)
    results.heading(t("library.catalogue", lang, n=len(shown)), t("library.catalogue_note", lang, months=results.said(filters.period)))
    # Tall rows, so that a definition is read whole.
    st.dataframe(shown, hide_index=True, height=min(560, TALL * len(shown) + 36), row_height=TALL, placeholder="–",
                 column_config={t("library.head_definition", lang): st.column_config.TextColumn(width=520)})


@remembered
def _metrics(filters: Filters) -> pd.DataFrame:
    lang, rows = filters.lang, []
    departments, named = results.reference(filters, "departments"), results.labels(filters, "departments")
    owners = {row["zh"]: named.get(row["department"], row["zh"]) for row in departments.to_dict("records")}
    for metric in metrics.CATALOGUE.values():
        if metric.kind == "indicator":
            continue
        found = results.fetch(metric.id, filters).dropna(subset=["value"])
        goal = results.target(filters, metric.id)
        one = found.iloc[0] if len(found) else None
        rows.append({
            "name": t(f"metrics.{metric.id}.name", lang), "definition": t(f"metrics.{metric.id}.definition", lang),
            "value": None if one is None else f"{results.number(one['value'], metric.id)} {results.margin(one, metric.id)}".strip(),
            "base": None if one is None else results.based(one, metric.id, lang),
            "target": None if goal is None else results.number(goal, metric.id),
            "unit": t(f"metrics.unit.{metric.unit}", lang), "better": t(f"library.better_{metric.better or 'none'}", lang),
            "gap": t(f"metrics.gap.{metric.gap}", lang), "owner": owners.get(metric.owner, metric.owner), "review": f"{metric.review_by:%Y-%m-%d}", "id": metric.id,
        })
    return _headed(rows, lang)


def _headed(rows: list[dict], lang: str) -> pd.DataFrame:
    frame = pd.DataFrame(rows)
    return frame.rename(columns={name: t(f"library.head_{name}", lang) for name in frame})


def _felt(row) -> dict[str, float]:
    return {"value": row["perceived"], "lo": row["lo"], "hi": row["hi"]}


def _place(filters: Filters, city: str) -> str:
    return results.labels(filters, "cities").get(city, city) if city else t("satisfaction.province_word", filters.lang)


def _watched(names: list[str], missing: int, lang: str) -> str:
    """What watches an element, and how much more is declared and not in the data."""
    more = [t("library.more_missing" if names else "library.all_missing", lang, n=missing)] if missing else []
    return ("、" if lang == "zh" else ", ").join(names + more) or t("library.nothing", lang)
