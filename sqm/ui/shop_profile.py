"""The profile of one store: its course, stages, dimensions, the items it loses points at, how far its score can be relied on."""

from __future__ import annotations

from html import escape

import pandas as pd
import streamlit as st

from sqm import metrics, standings, verdicts
from sqm.blueprint import Binding
from sqm.charts import standings as ranks
from sqm.charts import stores as charts
from sqm.i18n import number, t
from sqm.ui import behind, meeting_send, results, shop_paper
from sqm.ui.filters import Filters
from sqm.ui.memory import drawn, remembered

METRIC = "audit_score"
#: Items and visits that are named; months that a rolling score is over.
MOST, VISITS, ROLLING = 8, 4, 6
#: Rows of a visit that are looked at, and so many visits' worth.
_ROWS = 400


@remembered
def judged(filters: Filters, store: str, way: str) -> pd.DataFrame:
    """Stages and dimensions of a store against the province's, one family: split, part, name, value, lo, hi, base, all, verdict."""
    found = []
    for split in ("stage", "dimension"):
        mine = results.fetch(METRIC, filters, by=(split,), where={"store": store, "monitoring": way}, unfiltered=("city",))
        whole = results.fetch(METRIC, filters, by=(split,), where={"monitoring": way}, unfiltered=("city",))
        order = {part: i for i, part in enumerate(dict.fromkeys(results.reference(filters, "audit_items")[split]))}
        mine = mine.dropna(subset=["value", split]).sort_values(split, key=lambda parts: parts.map(order), kind="stable")
        names = results.labels(filters, split)
        beside = whole.dropna(subset=[split]).set_index(split)["value"].reindex(mine[split]).to_numpy(float)
        found.append(mine.assign(split=split, part=mine[split], name=[names.get(part, part) for part in mine[split]], all=beside))
    table = pd.concat(found, ignore_index=True)
    told = verdicts.among(table, table["all"], results.defined(filters, METRIC)) if len(table) else table.assign(verdict="")
    return told[["split", "part", "name", "value", "lo", "hi", "base", "all", "verdict"]]


@remembered
def months_of(filters: Filters, store: str, way: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """(the score of a store by month; the same over rolling months), of the period shown."""
    where = {"store": store, "monitoring": way}
    course = results.fetch(METRIC, filters, by=("month",), where=where, unfiltered=("city",)).dropna(subset=["value"])
    longer = results.fetch(METRIC, filters, by=("month",), where=where, unfiltered=("city",), period=results.course(filters, METRIC))
    rolled = metrics.rolling(METRIC, longer, ROLLING).dropna(subset=["value", "lo"]) if len(longer) else longer
    columns = ["month", "value", "lo", "hi", "base"]
    return course, rolled[rolled["month"].isin(course["month"]) & (rolled["base"] >= metrics.get(METRIC).few)][columns]


@remembered
def lost_of(filters: Filters, way: str, store: str = "", by: str = "item") -> pd.DataFrame:
    """Where a store, or all stores shown, lose points (``standings.lost``), with ``name``; ``attrs["of"]``: of so many items."""
    where = {"monitoring": way} | ({"store": store} if store else {})
    items = results.fetch(METRIC, filters, by=(by,), where=where, unfiltered=("city",) if store else ())
    found, names = standings.lost(items, by), results.labels(filters, by)
    found.attrs["of"] = len(found)
    found = found[found["lost"] > 0]
    return found.assign(name=[str(names.get(item, item)) for item in found[by]])


@remembered
def relied_on(filters: Filters, store: str, way: str) -> tuple[float, float]:
    """(reliability of the store's score, visits that a store needs), from how all stores of the province differ."""
    stores = results.fetch(METRIC, filters.everyone(), by=("store",), where={"monitoring": way}, unfiltered=("city",)).dropna(subset=["value", "store"])
    told, needed = standings.relied_on(stores)
    mine = told.loc[told["store"] == store, "reliability"]
    return (float(mine.iloc[0]) if len(mine) else float("nan")), needed


@remembered
def visits_of(filters: Filters, store: str, way: str) -> list[tuple[str, list[str]]]:
    """The newest visits: (day, names of the items that did not get all their points)."""
    lines = behind.evidence(filters, METRIC, {"store": store, "monitoring": way}, results.window(filters, METRIC), limit=_ROWS)
    names, found = results.labels(filters, "item"), []
    for visit in list(dict.fromkeys(lines["visit_id"]))[:VISITS] if len(lines) else []:
        here = lines[lines["visit_id"] == visit]
        short = here[here["points"].astype(float) < 1]
        found.append((f"{pd.Timestamp(here['visited_on'].iloc[0]):%Y-%m-%d}", [str(names.get(item, item)) for item in short["item"]]))
    return found


def course_of(filters: Filters, row: pd.Series, mean: float, way: str) -> None:
    """The scores of a store by month."""
    course, rolled = months_of(filters, row["store"], way)
    if len(course):
        label = t("stores.province", filters.lang, mean=results.number(mean, METRIC))
        drawing = drawn(charts.visits, course[rolled.columns], rolled, mean, filters.theme, filters.lang, label)
        _chart(filters, drawing, "course", course, "month", row, way)


def parts_of(filters: Filters, row: pd.Series, way: str, split: str) -> None:
    """The stages or dimensions of a store beside the province."""
    found = judged(filters, row["store"], way)
    shown = found[found["split"] == split]
    if shown.empty:
        return
    drawing = drawn(charts.stages, shown, "name", list(shown["name"]), filters.theme, filters.lang)
    table = results.fetch(METRIC, filters, by=(split,), where={"store": row["store"], "monitoring": way}, unfiltered=("city",))
    _chart(filters, drawing, {"stage": "stages", "dimension": "dimensions"}[split], table, split, row, way)


def _chart(filters: Filters, drawing, key: str, table: pd.DataFrame, by: str, row: pd.Series, way: str, title: str = "", note: str = "") -> None:
    lang = filters.lang
    results.chart(
        drawing, filters, title=title or t(f"stores.{key}", lang), note=note or t(f"stores.{key}_note", lang), key=key, table=table, metric=METRIC,
        by=(by,), where={"store": row["store"], "monitoring": way}, unfiltered=("city",), alt=t(f"stores.alt_{key}", lang, store=row["name"]),
    )


def more_of(filters: Filters, table: pd.DataFrame, chosen: str, mean: float, way: str) -> None:
    """The second row of the profile: dimensions, items lost, how sure, newest visits, and the whole as a page to print."""
    lang = filters.lang
    row = table[table["store"] == chosen].iloc[0]
    left, middle, right = st.columns([1, 1.25, 1], gap="medium")
    with left:
        parts_of(filters, row, way, "dimension")
    with middle:
        items = lost_of(filters, way, chosen)
        title, note = lost_title(items, lang, "stores.lost_store", store=row["name"])
        if items["share"].notna().any():
            drawing = drawn(ranks.pareto, listed(items, MOST), filters.theme, lang)
            fetched = results.fetch(METRIC, filters, by=("item",), where={"store": chosen, "monitoring": way}, unfiltered=("city",))
            _chart(filters, drawing, "lost_items", fetched, "item", row, way, title, note)
        else:
            results.heading(t("stores.lost_nothing", lang))
    with right:
        results.heading(t("stores.sure", lang))
        st.html("".join(f'<div class="sqm-note">{escape(line)}</div>' for line in sure_lines(filters, row, way)))
        if filters.person.may("rows"):
            behind.looked(filters, METRIC, {"store": chosen, "monitoring": way}, part="visits")
            results.heading(t("stores.last_visits", lang), t("stores.last_visits_note", lang))
            st.html("".join(f'<div class="sqm-note"><b>{escape(day)}</b>&ensp;{escape(_listed(names, lang))}</div>' for day, names in visits_of(filters, chosen, way)))
        about = {"store": chosen, "monitoring": way}
        st.download_button(t("stores.paper", lang), behind.taken(filters, METRIC, about, "html", _paper(filters, row, mean, way, filters.person.may("rows"))),
                           f"{_file(row)}.html", "text/html", key="stores_paper", icon=":material/print:", on_click="ignore")
        meeting_send.button(filters, Binding(METRIC, (("monitoring", (way,)), ("store", (chosen,)))), "stores_send")


def listed(items: pd.DataFrame, most: int) -> pd.DataFrame:
    """The first ``most`` rows of ``lost_of``, and as many more as make half of what is lost: what the title counts can be seen."""
    return items.head(max(most, int((items["up_to"].shift(fill_value=0.0) < 50).sum())))


def lost_title(items: pd.DataFrame, lang: str, key: str, **said: str) -> tuple[str, str]:
    """(how few items make half of what is lost, the note at its side)."""
    if not items["share"].notna().any():
        return t("stores.lost_nothing", lang), ""
    half = int((items["up_to"].shift(fill_value=0.0) < 50).sum())
    shown = listed(items, MOST)
    return t(key, lang, n=half, share=f"{items['up_to'].iloc[half - 1]:.0f}%", **said), t("stores.lost_note", lang, n=len(shown), of=items.attrs["of"])


def sure_lines(filters: Filters, row: pd.Series, way: str) -> list[str]:
    """How far the score of a store can be relied on, and how many visits are missing."""
    lang, visits = filters.lang, int(row["base"])
    reliability, needed = relied_on(filters, row["store"], way)
    if reliability != reliability or needed == float("inf") or needed != needed:
        return [t("stores.sure_none", lang, n=visits)]
    told = t("stores.sure_share", lang, share=number(100 * reliability), n=visits)
    missing = int(max(needed - visits, 0))
    return [told, t("stores.sure_more" if missing else "stores.sure_enough", lang, needed=int(needed), wanted=number(100 * standings.WANTED), n=missing)]


def _listed(names: list[str], lang: str, most: int = 3) -> str:
    shown = ("、" if lang == "zh" else ", ").join(names[:most])
    if not names:
        return t("stores.missed_none", lang)
    return t("stores.missed_more", lang, names=shown, n=len(names) - most) if len(names) > most else shown


def _file(row: pd.Series) -> str:
    return "".join(letter for letter in str(row["name"]) if letter.isalnum() or letter in " -_").strip().replace(" ", "_") or "store"


@remembered
def _paper(filters: Filters, row: pd.Series, mean: float, way: str, visits: bool) -> bytes:
    """The page to print; ``visits``: with the newest ones."""
    lang, store = filters.lang, row["store"]
    course, rolled = months_of(filters, store, way)
    found, items = judged(filters, store, way), lost_of(filters, way, store)
    shown = results.labels(filters, "monitoring").get(way, way)
    score = lambda r: f"{results.number(r['value'], METRIC)} {results.margin(r, METRIC)}".strip()  # noqa: E731
    word = lambda v: t(f"stores.{'few' if v == 'small' else v}_long", lang)  # noqa: E731
    sheet = shop_paper.Sheet(
        lang=lang, name=str(row["name"]), place=" · ".join(filter(None, map(str, (row["city_name"], row["level"])))),
        score=results.number(row["value"], METRIC), told=str(row["told"]), word=str(row["word"]), verdict=str(row["verdict"]), risen=str(row["risen"]),
        about=t("stores.paper_about", lang, way=shown, months=results.said(results.window(filters, METRIC)), mean=results.number(mean, METRIC)),
        sure=sure_lines(filters, row, way), mean=mean,
        course=_points(course), rolled=_points(rolled),
        tables=[
            *((t(f"stores.{title}", lang), [t(f"stores.{k}", lang) for k in ("part", "score", "paper_province", "visits", "verdict")],
               [[r["name"], score(r), results.number(r["all"], METRIC), number(r["base"]), word(r["verdict"])]
                for r in found[found["split"] == split].to_dict("records")]) for split, title in (("stage", "stages"), ("dimension", "dimensions"))),
            (lost_title(items, lang, "stores.lost_store", store=str(row["name"]))[0], [t(f"stores.{k}", lang) for k in ("item", "points_lost", "share", "so_far", "visits")],
             [[r["name"], number(r["lost"]), f"{r['share']:.1f}%", f"{r['up_to']:.0f}%", number(r["base"])] for r in listed(items, MOST).to_dict("records")]),
            *([(t("stores.last_visits", lang), [t("stores.day", lang), t("stores.missed", lang)],
                [[day, _listed(names, lang, 12)] for day, names in visits_of(filters, store, way)])] if visits else []),
        ],
    )
    return shop_paper.paper(sheet).encode()


def _points(course: pd.DataFrame) -> list[tuple[str, float, float, float, int]]:
    return [(f"{r['month']:%Y-%m}", r["value"], r["lo"], r["hi"], int(r["base"])) for r in course.to_dict("records")]
