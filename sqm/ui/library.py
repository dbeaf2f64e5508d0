"""The parts of the Metrics page: what contradicts, what each element is watched by, what each number means."""

from __future__ import annotations

from urllib.parse import urlencode

import pandas as pd
import streamlit as st

from sqm import metrics, signals
from sqm.i18n import number, t
from sqm.ui import parts, results
from sqm.ui.filters import Filters
from sqm.ui.memory import remembered

#: So many pairs are listed, and every contradiction.
MOST_PAIRS = 8
#: Pixels of a row that holds a definition.
TALL = 84


@remembered
def contradictions_of(filters: Filters) -> pd.DataFrame:
    """``signals.contradictions`` of the data as they are, whatever is chosen."""

    def fetch(metric: str, by: tuple[str, ...], period: results.Period, phi: float) -> pd.DataFrame:
        return results.fetch(metric, filters, by=by, period=period, phi=phi)

    return signals.contradictions(fetch, lambda metric: results.measured(filters, metric), results.reference(filters, "indicator_list"),
                                  lambda name, city, element, on: results.goal(filters, name, city, element, on))


@remembered
def coverage_of(filters: Filters) -> pd.DataFrame:
    """One row per perception element: element, class, value, lo, hi, base, items, indicators, categories (lists of ids)."""
    elements = results.reference(filters, "elements").sort_values("position")
    elements = elements[~elements["element"].isin(metrics.PSEUDO_ELEMENTS)]
    felt = results.fetch("satisfaction", filters, by=("element",)).set_index("element")[["value", "lo", "hi", "base"]]
    asked = results.fetch("satisfaction", filters, by=("element", "item"))
    listed = results.reference(filters, "indicator_list").rename(columns={"indicator": "item"})
    reported = results.fetch("indicator", filters, by=("indicator",))["indicator"]
    sources = {"items": asked, "indicators": listed[listed["item"].isin(reported)],
               "categories": results.reference(filters, "categories").rename(columns={"category": "item"})}
    found = elements[["element", "class"]].join(felt, on="element")
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


def figures_of(filters: Filters, row) -> tuple[str, str]:
    """(value, target) of an indicator as text: with its unit, and in as many decimals as it takes to tell them apart."""
    listed = results.reference(filters, "indicator_list").set_index("indicator").loc[row["indicator"]]
    digits = decimals(row["value"], row["target"])
    sign = "≤ " if listed["better"] == "lower" else ""
    return _in_unit(number(row["value"], digits), listed["unit"]), sign + _in_unit(number(row["target"], digits), listed["unit"])


def decimals(value: float, target: float | None = None) -> int:
    """Decimals that an indicator needs to be told from nought, and from its target."""
    apart = [abs(value), *([] if target is None else [abs(target), abs(value - target)])]
    least = min((size for size in apart if size > 0), default=1.0)
    return next((n for n in range(1, 4) if least >= 0.5 * 10**-n), 4)


def _in_unit(text: str, unit: object) -> str:
    named = str(unit or "").strip()
    return f"{text}{named}" if named in ("%", "％", "‰") else f"{text} {named}".strip()


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


def matrix_of(filters: Filters, coverage: pd.DataFrame) -> None:
    """The 19 elements and what each is watched by."""
    lang = filters.lang
    counts = {name: int((coverage[name].map(len) > 0).sum()) for name in ("items", "indicators", "categories")}
    results.heading(t("library.coverage", lang, n=len(coverage)), t("library.coverage_note", lang, **counts))
    named = {"items": results.labels(filters, "item"), "indicators": results.labels(filters, "indicator_list"), "categories": results.labels(filters, "categories")}
    elements, classes = results.labels(filters, "elements"), results.labels(filters, "element_class")
    rows: list[list[parts.Told]] = []
    for row in coverage.to_dict("records"):
        felt = f"{results.number(row['value'], 'satisfaction')} {results.margin(row, 'satisfaction')}" if row["value"] == row["value"] else "–"
        told = [(_listed([named.get(name, {}).get(item, item) for item in row[name]], lang) or t("library.nothing", lang), "" if row[name] else "unclear", "")
                for name in ("items", "indicators", "categories")]
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
    inside = _indicators(filters)
    if len(inside):
        results.heading(t("library.indicators", lang, n=len(inside)), t("library.indicators_note", lang, months=results.said(results.window(filters, "indicator"))))
        st.dataframe(inside, hide_index=True, height=min(420, 36 * (len(inside) + 1)), placeholder="–")


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


@remembered
def _indicators(filters: Filters) -> pd.DataFrame:
    lang, rows = filters.lang, []
    listed = results.reference(filters, "indicator_list")
    names, elements, departments = (results.labels(filters, name) for name in ("indicator_list", "elements", "departments"))
    window = results.window(filters, "indicator")
    values = {row["indicator"]: row for row in results.fetch("indicator", filters, by=("indicator",)).to_dict("records")}
    for row in listed.to_dict("records"):
        one = values.get(row["indicator"])
        goal = results.goal(filters, row["indicator"], "", "", window[1]) if window else None
        rows.append({
            "name": names.get(row["indicator"], row["indicator"]), "id": row["indicator"],
            "value": None if one is None else number(one["value"], decimals(one["value"], goal)),
            "target": None if goal is None else number(goal, decimals(one["value"] if one else goal, goal)),
            "unit": row["unit"], "better": t(f"library.better_{row['better']}", lang),
            "element": elements.get(row["element"]), "owner": departments.get(row["department"]),
            "pieces": f"{number(one['numerator'])} / {number(one['denominator'])}" if one and one["denominator"] > 0 else None,
            "base": None if one is None else results.based(one, "indicator", lang),
        })
    return _headed(rows, lang)


def _headed(rows: list[dict], lang: str) -> pd.DataFrame:
    frame = pd.DataFrame(rows)
    return frame.rename(columns={name: t(f"library.head_{name}", lang) for name in frame})


def _felt(row) -> dict[str, float]:
    return {"value": row["perceived"], "lo": row["lo"], "hi": row["hi"]}


def _place(filters: Filters, city: str) -> str:
    return results.labels(filters, "cities").get(city, city) if city else t("satisfaction.province_word", filters.lang)


def _listed(names: list[str], lang: str) -> str:
    return ("、" if lang == "zh" else ", ").join(names)
