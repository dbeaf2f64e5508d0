"""The parts of the Stores page: map and list that select each other, and the panel of the chosen store."""

from __future__ import annotations

from html import escape

import pandas as pd
import streamlit as st

from sqm import metrics, standings, verdicts
from sqm.i18n import number, t
from sqm.maps import CUTS, classes, store_map
from sqm.ui import address, parts, results, shop_profile
from sqm.ui.filters import Filters
from sqm.ui.hotspots import cells_of
from sqm.ui.memory import remembered, shared
from sqm.ui.words import plain

METRIC = "audit_score"
FEW = metrics.get(METRIC).few
#: The newest months, in which a low store may have risen.
NEWEST = 3
HEIGHT = 376


def monitoring_of(filters: Filters) -> str:
    """Which source is looked at: sources are never blended silently."""
    names = results.labels(filters, "monitoring")
    found = results.fetch(METRIC, filters, by=("monitoring",), where={"monitoring": list(names)})
    options = [name for name in names if name in set(found["monitoring"])] or ["mystery"]
    address.before("monitoring", options, options[0])
    if said := address.unknown().get("monitoring"):
        shown = {"said": said[:60], "shown": names.get(options[0], options[0])}
        st.warning(plain(t("frame.unknown_choice", filters.lang, name=t("stores.monitoring", filters.lang), **shown)))
    st.segmented_control(
        t("stores.monitoring", filters.lang),
        options,
        key="monitoring",
        required=True,
        format_func=lambda code: plain(names.get(code, code)),
        label_visibility="collapsed",
    )
    return address.after({"monitoring": options[0]})["monitoring"]


@remembered
def table_of(filters: Filters, way: str) -> tuple[pd.DataFrame, float]:
    """(one row a store: store, name, city, lon, lat, value, lo, hi, base, verdict, place, told, word, risen; the mean).

    ``verdict``: "few" under three visits, else on which side of the mean the store is confirmed to be. Sorted by the upper
    end of the interval, so that a short series cannot top the list by luck, nor a store over the mean one under it.
    ``risen``: of a store below it, that it rose in its ``NEWEST`` months, as a sentence; "" of any other.
    """
    lang = filters.lang
    where = {"monitoring": way}
    # Judged among all stores, and then narrowed: a verdict does not change with a filter.
    scores = results.fetch(METRIC, filters.everyone(), by=("store",), where=where, unfiltered=("city",)).dropna(subset=["value"])
    whole = results.fetch(METRIC, filters, where=where, unfiltered=("city",)).dropna(subset=["value"])
    places = results.reference(filters, "stores")
    if scores.empty or whole.empty or places.empty:
        return pd.DataFrame(), float("nan")
    mean = float(whole["value"].iloc[0])
    table = scores.merge(places[["store", "zh", "en", "city", "lon", "lat", "level", "pilot"]], on="store", how="left")
    english = table["en"].fillna("")
    table["name"] = table["zh"].where((english == "") | (lang == "zh"), english).fillna(table["store"])
    table = verdicts.among(table, mean, results.defined(filters, METRIC))
    table = table[table["store"].isin(set(places["store"]))] if filters.scope.cities is not None else table
    table["verdict"] = table["verdict"].replace({"small": "few"})
    risen = _risen(filters, way, table.loc[table["verdict"] == "worse", "store"], mean)
    table["risen"] = [risen.get(store, "") for store in table["store"]]
    if city := filters.where.get("city"):
        table = table[table["city"] == city]
    if table.empty:
        return pd.DataFrame(), float("nan")
    cities = results.labels(filters, "cities")
    # A store that the reference no longer knows keeps its visits, and has no city.
    table["city"] = table["city"].fillna("")
    table["city_name"] = [cities.get(c, c) for c in table["city"]]
    levels = results.labels(filters, "level")
    table["level"] = [levels.get(level, level) for level in table["level"].fillna("")]
    table["place"] = table["city_name"]
    table["told"] = [score_text(row, lang) for row in table.itertuples()]
    table["word"] = [word_of(row, mean, lang) for _, row in table.iterrows()]
    return ordered(table, mean), mean


def since(filters: Filters) -> str:
    """The first of the newest months, as text."""
    window = results.window(filters, METRIC)
    return f"{metrics.back(window[1], NEWEST):%Y-%m}" if window else ""


def _risen(filters: Filters, way: str, low: pd.Series, mean: float) -> dict[str, str]:
    """Of those of the ``low`` stores that rose in the newest months of the period: how far, in words."""
    lang, window = filters.lang, results.window(filters, METRIC)
    if window is None or results.months_of(window) <= NEWEST or low.empty:
        return {}
    newest = metrics.back(window[1], NEWEST)
    periods = (window[0], metrics.back(newest, 2)), (newest, window[1])
    before, now = (results.fetch(METRIC, filters, by=("store",), where={"monitoring": way}, unfiltered=("city",), period=period) for period in periods)
    before, now = (frame[frame["store"].isin(set(low))] for frame in (before, now))
    return {
        row["store"]: t("stores.risen", lang, since=f"{newest:%Y-%m}", value=results.number(row["value"], METRIC), margin=results.margin(row, METRIC),
                        n=int(row["base"]), was=results.number(row["was"], METRIC))
        for row in standings.risen(before, now, mean, results.defined(filters, METRIC)).to_dict("records")
    }


def ordered(table: pd.DataFrame, mean: float) -> pd.DataFrame:
    """The stores (value, hi, verdict, risen) as they are listed: those that rose again come after those that are low now."""
    # Two visits that happen to agree have an interval of no width: without a verdict, a store comes last.
    order = table["verdict"].map({"worse": 0, "unclear": 1, "few": 2, "better": 3}) + 0.5 * (table["risen"] != "")
    ranked = table.assign(order=order, over=table["value"] >= mean)
    return ranked.sort_values(["order", "over", "hi", "value"]).reset_index(drop=True)


def word_of(row: pd.Series, mean: float, lang: str) -> str:
    """The verdict on a store in words; of one that cannot be told, why not."""
    metric = metrics.get(METRIC)
    leaning = verdicts.leaning(row["verdict"], row, mean, metric)
    word = "trifle" if row["trifle"] else f"lean_{leaning}" if leaning else row["verdict"]
    return t(f"stores.{word}_long", lang, n=f"{metric.practical:g}")


def score_text(row, lang: str) -> str:
    """ "67.3 ± 5.2, 5 visits"; without an interval where so few visits say nothing of the next."""
    half = max(row.hi - row.value, row.value - row.lo)
    key = "stores.score_of" if half == half and row.base >= FEW else "stores.score_one"
    return t(key, lang, value=results.number(row.value, METRIC), half=results.number(half, METRIC), n=int(row.base))


def chosen_of(table: pd.DataFrame) -> str:
    """The chosen store: what the URL says, if it is here."""
    found = st.query_params.get("store", "")
    return found if found in set(table["store"]) else str(table["store"].iloc[0])


def choose(store: str) -> None:
    """Make ``store`` the chosen one and draw again."""
    if st.query_params.get("store") != store:
        st.query_params["store"] = store
        st.rerun()


def map_of(filters: Filters, table: pd.DataFrame, chosen: str) -> None:
    """The map; a click on a store chooses it."""
    lang = filters.lang
    results.heading(
        t("stores.map", lang), t("stores.map_note", lang, stores=len(table), visits=number(table["base"].sum()))
    )
    if table[["lon", "lat"]].notna().all(axis=1).sum() == 0:
        st.caption(t("stores.no_map", lang))
        return
    city = filters.where.get("city")
    visited = {city} if city else set(table["city"])
    shown = [cell for cell in cells_of(filters) if cell.city in visited]
    names = results.labels(filters, "cities")
    deck = shared(store_map, shown, table, names, filters.theme, chosen=chosen, height=HEIGHT)
    with st.container(border=True, key="map"):
        event = st.pydeck_chart(
            deck,
            height=HEIGHT,
            on_select="rerun",
            selection_mode="single-object",
            key=f"storemap_{_turn('map')}",
            alt=t("stores.map_alt", lang, stores=len(table)),
        )
    inks, cuts = classes(filters.theme), [f"{cut:g}" for cut in CUTS]
    between = [("dot", ink, f"{a}–{b}") for ink, a, b in zip(inks[1:], cuts, cuts[1:], strict=False)]
    st.html(
        parts.legend(
            [
                ("dot", inks[0], t("stores.legend_below", lang, cut=cuts[0])),
                *between,
                ("dot", inks[-1], t("stores.legend_above", lang, cut=cuts[-1])),
                ("", "", t("stores.legend_size", lang)),
                ("ring", "transparent", t("stores.legend_few", lang)),
            ]
        )
    )
    nowhere = int(table[["lon", "lat"]].isna().any(axis=1).sum())
    if nowhere:
        st.caption(t("stores.map_without", lang, n=nowhere))
    picked = (event.selection.get("objects") or {}).get("stores") if event and event.selection else None
    _follow("map", picked[0].get("store") if picked else None, chosen)


def list_of(filters: Filters, table: pd.DataFrame, chosen: str) -> None:
    """The stores, the surely weak first; selecting a row chooses the store."""
    lang = filters.lang
    results.heading(t("stores.list", lang), t("stores.list_note", lang))
    if st.session_state.get("stores_seen_map") == chosen:
        # A click on the map chose it: its row is brought up, as a table cannot be scrolled to it.
        table = pd.concat([table[table["store"] == chosen], table[table["store"] != chosen]], ignore_index=True)
    shown = _listed(table, lang)
    if filters.where.get("city"):
        shown = shown.drop(columns=[t("stores.city", lang)])  # said above; its place is the names'
    key = f"storelist_{_turn('list')}_{filters.version}_{filters.span}_{'_'.join(table['store'].head(1))}_{len(table)}"
    if key not in st.session_state:
        st.session_state["stores_seen_list"] = chosen
    event = st.dataframe(
        shown,
        hide_index=True,
        height=HEIGHT + 34,
        placeholder="–",
        on_select="rerun",
        selection_mode="single-row",
        key=key,
        selection_default={"selection": {"rows": [int(table.index[table["store"] == chosen][0])]}},
        row_height=30,
        column_config={
            " ": st.column_config.TextColumn(width=26),
            t("stores.store", lang): st.column_config.TextColumn(width=228 if filters.where.get("city") else 176 if lang == "zh" else 158),
            t("stores.city", lang): st.column_config.TextColumn(width=54 if lang == "zh" else 72),
            t("stores.score", lang): st.column_config.NumberColumn(width=50, format="%.1f"),
            t("stores.upper", lang): st.column_config.NumberColumn(width=50, format="%.1f"),
            t("stores.visits", lang): st.column_config.NumberColumn(width=44),
        },
    )
    rows = event.selection.rows if event else []
    _follow("list", table["store"].iloc[rows[0]] if rows and rows[0] < len(table) else None, chosen)


def _listed(table: pd.DataFrame, lang: str) -> pd.DataFrame:
    return pd.DataFrame(
        {
            " ": ["↗" if risen else t(f"stores.{v}", lang)[0] for v, risen in zip(table["verdict"], table["risen"], strict=True)],
            t("stores.store", lang): table["name"],
            t("stores.city", lang): table["city_name"],
            t("stores.score", lang): table["value"],
            t("stores.upper", lang): table["hi"].where(table["verdict"] != "few"),
            t("stores.visits", lang): table["base"],
        }
    )


def _follow(which: str, store: str | None, chosen: str) -> None:
    """Choose what was just selected here; a selection that merely still stands must not undo a newer one elsewhere, nor
    the browser's Back: then it starts afresh, from what is chosen."""
    key, other = f"stores_seen_{which}", "list" if which == "map" else "map"
    if store and st.session_state.get(key) != store:
        st.session_state[key] = store
        # What the other one still shows as selected is out of date: it starts afresh, from the new choice.
        st.session_state[f"stores_turn_{other}"] = _turn(other) + 1
        choose(store)
    elif store and store != chosen:
        st.session_state[f"stores_turn_{which}"] = _turn(which) + 1
        st.rerun()
    elif not store:
        st.session_state.pop(key, None)


def _turn(which: str) -> int:
    return st.session_state.get(f"stores_turn_{which}", 0)


def panel_of(filters: Filters, table: pd.DataFrame, chosen: str, mean: float, way: str) -> None:
    """The chosen store: score, verdict, course, stages."""
    lang = filters.lang
    row = table[table["store"] == chosen].iloc[0]
    verdict = row["verdict"]
    st.html(
        f'<div class="sqm-crumb">{escape(" · ".join(filter(None, map(str, (row["city_name"], row["level"])))))}</div>'
        f'<div class="sqm-store"><b>{escape(str(row["name"]))}</b>'
        f"<span>{results.number(row['value'], METRIC)}</span></div>"
        f'<div class="sqm-pill {verdict}">{escape(row["word"])}</div>'
        f'{_note(row["risen"])}<div class="sqm-note">{escape(score_text(row, lang))} · '
        f"{t('stores.province', lang, mean=results.number(mean, METRIC))}</div>"
    )
    shop_profile.course_of(filters, row, mean, way)
    shop_profile.parts_of(filters, row, way, "stage")


def _note(text: str) -> str:
    return f'<div class="sqm-note"><b>{escape(text)}</b></div>' if text else ""
