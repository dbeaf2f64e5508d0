"""City cells and the two maps: every cell whole, apart from the others, named inside; nothing fetched from outside."""

from __future__ import annotations

import json
import re

import altair as alt
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sqm import cells as geometry
from sqm import maps
from sqm.charts import base, complaints, stores
from sqm.charts.base import shades
from sqm.tokens import palette

NONE = pd.DataFrame({"city": [], "lon": [], "lat": []})


def province(rows: int = 3, columns: int = 3, seed: int = 1) -> tuple[pd.DataFrame, pd.DataFrame]:
    """A made-up province: cities on a rough grid, seven districts around each."""
    chance = np.random.default_rng(seed)
    cities, districts = [], []
    for r in range(rows):
        for c in range(columns):
            lon, lat = 104 + c * 1.1 + chance.normal(0, 0.1), 29 + r * 0.9 + chance.normal(0, 0.1)
            cities.append((f"c{r}{c}", lon, lat))
            districts += [(f"c{r}{c}", lon + chance.normal(0, 0.3), lat + chance.normal(0, 0.25)) for _ in range(7)]
    names = ["city", "lon", "lat"]
    return pd.DataFrame(cities, columns=names), pd.DataFrame(districts, columns=names)


def inside(points: np.ndarray, ring: tuple[tuple[float, float], ...]) -> np.ndarray:
    """Which of the points lie inside the ring (even-odd rule)."""
    x, y = points.T
    found = np.zeros(len(points), bool)
    for (x1, y1), (x2, y2) in zip(ring, ring[1:], strict=False):
        if y1 != y2:
            found ^= ((y1 > y) != (y2 > y)) & (x < (x2 - x1) * (y - y1) / (y2 - y1) + x1)
    return found


def area(ring: tuple[tuple[float, float], ...]) -> float:
    x, y = np.array(ring).T
    return float(np.dot(x[:-1], y[1:]) - np.dot(y[:-1], x[1:])) / 2


def sound(cell: geometry.Cell) -> None:
    assert cell.ring[0] == cell.ring[-1] and area(cell.ring) > 0, "closed and counter-clockwise"
    assert inside(np.array([cell.label]), cell.ring)[0], f"the name of {cell.city} stands outside its cell"


def test_cells_are_whole_and_named_inside_and_hold_their_own_ground() -> None:
    cities, districts = province()
    made = geometry.cells(cities, districts)
    assert [cell.city for cell in made] == list(cities["city"])
    for cell in made:
        sound(cell)
        middle = districts[districts["city"] == cell.city][["lon", "lat"]].mean().to_numpy()
        assert inside(middle[None], cell.ring)[0], f"{cell.city} is not where its districts are"


def test_cells_do_not_overlap_and_leave_no_gap_within_the_province() -> None:
    cities, districts = province()
    made = geometry.cells(cities, districts)
    points = np.random.default_rng(0).uniform([103.8, 28.8], [106.4, 31], (4000, 2))
    held = sum(inside(points, cell.ring).astype(int) for cell in made)
    assert (held > 1).mean() < 0.005
    within = (np.abs(points - [105.1, 29.9]) < [0.9, 0.7]).all(axis=1)
    assert (held[within] == 1).mean() > 0.97


def test_names_keep_clear_of_each_other() -> None:
    made = geometry.cells(*province(4, 4))
    ring = np.array([point for cell in made for point in cell.ring])
    squeeze = np.cos(np.radians(ring[:, 1].mean()))
    size = max(np.ptp(ring[:, 0]) * squeeze, np.ptp(ring[:, 1]))
    at = np.array([cell.label for cell in made]) * [squeeze, 1] / size
    apart = np.abs(at[:, None] - at[None]) / np.array(geometry.LABEL)
    crowded = (apart.max(axis=2) < 0.8) & ~np.eye(len(made), dtype=bool)
    assert not crowded.any()


def test_the_same_data_give_the_same_cells_in_any_order() -> None:
    cities, districts = province()
    again = geometry.cells(cities, districts.sample(frac=1, random_state=3))
    assert geometry.cells(cities, districts) == again


def test_without_districts_a_city_is_the_ground_around_its_centroid() -> None:
    cities, _ = province()
    made = geometry.cells(cities, NONE)
    assert len(made) == 9
    for cell, row in zip(made, cities.itertuples(), strict=True):
        sound(cell)
        assert inside(np.array([[row.lon, row.lat]]), cell.ring)[0]


def test_one_city_two_on_one_spot_and_none() -> None:
    cities, districts = province()
    (alone,) = geometry.cells(cities.head(1), districts)
    sound(alone)
    (point,) = geometry.cells(cities.head(1), NONE)
    sound(point)
    twins = pd.DataFrame({"city": ["a", "b"], "lon": [105.0, 105.0], "lat": [30.0, 30.0]})
    made = geometry.cells(twins, NONE)
    assert len(made) == 2
    for cell in made:
        sound(cell)
    assert geometry.cells(cities.assign(lon=None, lat=None), NONE) == []
    assert geometry.cells(NONE, NONE) == []


def test_cities_without_coordinates_and_unknown_districts_are_left_out() -> None:
    cities, districts = province()
    cities.loc[0, ["lon", "lat"]] = None
    strangers = pd.DataFrame({"city": ["elsewhere"], "lon": [10.0], "lat": [50.0]})
    with_own = geometry.cells(cities, pd.concat([districts, strangers]))
    assert [cell.city for cell in with_own] == list(cities["city"]), "its districts say where it is"
    without = geometry.cells(cities, districts[districts["city"] != "c00"])
    assert [cell.city for cell in without] == list(cities["city"])[1:]


def test_tiles_stand_in_for_coordinates() -> None:
    cities = pd.DataFrame({"city": list("abcde")})
    made = geometry.tiles(cities)
    assert len({cell.label for cell in made}) == 5
    for cell in made:
        sound(cell)
    placed = geometry.tiles(cities.assign(tile_column=range(5), tile_row=[0, 1, 2, 0, 1]))
    assert placed[1].label == (1.0, -1.0)


@settings(max_examples=6, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, 5), st.floats(73, 135, allow_nan=False), st.floats(18, 53, allow_nan=False)),
        min_size=1,
        max_size=25,
    )
)
def test_any_points_give_sound_cells(points: list[tuple[int, float, float]]) -> None:
    districts = pd.DataFrame([(f"c{c}", lon, lat) for c, lon, lat in points], columns=["city", "lon", "lat"])
    cities = districts.groupby("city", as_index=False)[["lon", "lat"]].mean()
    made = geometry.cells(cities, districts)
    assert {cell.city for cell in made} == set(cities["city"])
    for cell in made:
        sound(cell)


def test_colour_only_where_there_is_a_verdict() -> None:
    told = {"verdict": ["worse", "worse", "unclear", "better", "better", "small"], "strong": [True, False, True, False, True, True]}
    assert list(shades(pd.DataFrame(told))) == ["worse_strong", "worse_mid", "unclear", "better_mid", "better_strong", "small"]


def rates_of(cities: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(
        {"city": cities["city"], "name": cities["city"].str.upper(), "value": 3.0, "lo": 2.9, "hi": 3.1, "base": 90}
    ).assign(verdict="unclear", strong=False)


def everything(spec: object) -> str:
    return json.dumps(spec, ensure_ascii=False)


def external(text: str) -> list[str]:
    """Addresses a browser would fetch; the name of the Vega-Lite schema is none."""
    return [found for found in re.findall(r"https?://[^\"']+", text) if "vega.github.io/schema" not in found]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_city_map_names_every_city_and_fetches_nothing(theme: str) -> None:
    cities, districts = province()
    rates = rates_of(cities)
    rates.loc[0, "value"] = None
    spec = maps.city_map(geometry.cells(cities, districts), rates, theme, "en", chosen="c11").to_dict()
    text = everything(spec)
    assert all(name in text for name in rates["name"]) and '"–"' in text
    assert not external(text)
    assert '"identity"' in text and palette(theme)["ramp"][2] in text
    assert any(param["name"] == "city_pick" for param in spec["params"])


def test_the_chosen_city_is_drawn_last() -> None:
    cities, districts = province()
    spec = maps.city_map(geometry.cells(cities, districts), rates_of(cities), "light", "en", chosen="c11").to_dict()
    shapes = spec["layer"][0]["data"]["values"]
    assert shapes[-1]["properties"]["city"] == "c11"


def store_rows() -> pd.DataFrame:
    rows = [
        ("s1", "城北厅", 104.2, 29.1, 60.0, 12),
        ("s2", "Long Street", 105.2, 30.0, 95.0, 9),
        ("s3", "新厅", 105.0, 29.5, 99.0, 2),
        ("s4", "无坐标厅", None, None, 80.0, 5),
    ]
    frame = pd.DataFrame(rows, columns=["store", "name", "lon", "lat", "value", "base"])
    return frame.assign(place="c00", told="60.0 ± 4.0", word="below")


def deck(chosen: str = "", theme: str = "light", with_cells: bool = True) -> dict:
    cities, districts = province()
    made = geometry.cells(cities, districts) if with_cells else []
    return json.loads(maps.store_map(made, store_rows(), {"c22": "汉字市"}, theme, chosen=chosen).to_json())


def layer(drawn: dict, name: str) -> dict:
    return next(one for one in drawn["layers"] if one["id"] == name)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_store_map_fetches_nothing(theme: str) -> None:
    drawn = deck(theme=theme)
    assert not external(everything(drawn))
    assert drawn["mapStyle"].startswith("data:application/json,") and "carto" not in everything(drawn).lower()
    assert not drawn.get("mapProvider")


def test_dots_tell_score_and_too_few_visits_and_stores_without_a_place_are_left_out() -> None:
    dots = {row["store"]: row for row in layer(deck(), "stores")["data"]}
    assert set(dots) == {"s1", "s2", "s3"}
    inks = [maps.rgb(ink) for ink in maps.classes("light")]
    assert dots["s1"]["fill"] == inks[0] and dots["s2"]["fill"] == inks[4]
    assert dots["s3"]["fill"] == maps.rgb(palette("light")["background"]), "two visits: hollow, whatever the score"
    assert dots["s1"]["radius"] > dots["s2"]["radius"] > dots["s3"]["radius"]


def test_the_scale_has_five_classes() -> None:
    inks = [maps.colour(value, "light") for value in (69.9, 70.0, 78.0, 86.0, 92.0)]
    assert inks == maps.classes("light") and len(set(inks)) == 5
    for theme in ("light", "dark"):
        c = palette(theme)
        assert not {c["unclear"], c["ramp"][2], c["muted"]} & set(maps.classes(theme)), "grey is for what cannot be told"


@pytest.mark.parametrize("over", [-200.0, -16.0, -15.0, -7.0, -1.0, 0.0, 1.0, 7.0, 15.0, 16.0, 200.0])
def test_the_name_of_a_target_never_stands_on_that_of_the_last_value(over: float) -> None:
    beside = base.apart(over)
    assert abs(over + beside) >= base.LINE and abs(beside) >= 8, "over its line by as much as the value is over the target"


def test_long_names_of_events_are_whole_and_none_stands_on_another() -> None:
    assert base.wrapped("流量业务放量") == ["流量业务放量"]
    assert base.wrapped("问卷调整题序，量表与口径不变") == ["问卷调整题序，", "量表与口径不变"]
    long = base.wrapped("Survey questions reordered, scale unchanged")
    assert len(long) == 2 and " ".join(long) == "Survey questions reordered, scale unchanged"
    assert base.wrapped("x" * 60) == ["x" * 60]
    first = pd.Timestamp("2025-01-01")
    days = [0, 20, 40, 300, 540, 560, 690]
    events = pd.DataFrame({"month": [first + pd.Timedelta(days=d) for d in days], "name": [f"流量业务放量{d}" for d in days]})
    layers = base.event_names(events, first, 700, alt.X("month:T"), palette("light"))
    drawn = pd.concat([one.data for one in layers[::2]])
    assert set(drawn["name"]) == set(events["name"]) and len(layers) == 4
    late = set(layers[2].data["name"])
    assert late == {events["name"].iloc[-1]}, "those that have no room at the right of their line"
    for level, rows in drawn.groupby("level"):
        ends = []
        for row in rows.itertuples():
            at, wide = (row.month - first).days / 798 * base.NARROW, 6.2 * base.width(row.name)
            ends.append((at - wide, at) if row.name in late else (at, at + wide))
        ends.sort()
        assert all(one[1] < other[0] for one, other in zip(ends, ends[1:], strict=False)), (level, ends)


def test_the_chosen_store_wears_a_ring_and_every_city_keeps_its_name_above_the_dots() -> None:
    assert not [one for one in deck()["layers"] if one["id"] == "ring"]
    drawn = deck(chosen="s1")
    assert layer(drawn, "ring")["data"][0]["store"] == "s1"
    assert [one["id"] for one in drawn["layers"]][-1] == "names"
    assert layer(drawn, "names")["data"] == layer(deck(), "names")["data"]
    assert not [one for one in deck(chosen="s4")["layers"] if one["id"] == "ring"], "it has no place on the map"


def test_every_letter_on_the_map_is_announced_and_no_text_is_an_expression() -> None:
    drawn = deck(chosen="s1")
    one = layer(drawn, "names")
    written = {letter for row in one["data"] for letter in row["name"]}
    assert written and written <= set(one["characterSet"])
    assert not [k for k in ("characterSet", "fontFamily", "fontWeight") if one[k].startswith("@@=")]


def test_the_hover_card_is_a_template_so_that_names_stay_text() -> None:
    drawn = maps.store_map([], store_rows(), {}, "light")
    assert "{name}" in drawn._tooltip["html"] and "城北厅" not in drawn._tooltip["html"]


@pytest.mark.parametrize("shift", [(0, 0), (-60, 10), (20, -45)])
def test_the_first_view_holds_all_points_wherever_the_province_is(shift: tuple[float, float]) -> None:
    points = [(104 + shift[0], 29 + shift[1]), (108 + shift[0], 32 + shift[1])]
    seen = maps.view(points, 430, 500)
    across = 512 * 2**seen.zoom / 360
    assert 4 * across <= 430 and 3 * across / np.cos(np.radians(seen.latitude)) <= 500
    assert max(4 * across / 430, 3 * across / np.cos(np.radians(seen.latitude)) / 500) > 0.85


def test_without_cells_the_view_fits_the_stores() -> None:
    seen = deck(with_cells=False)["initialViewState"]
    assert 104.2 <= seen["longitude"] <= 105.2 and 29.1 <= seen["latitude"] <= 30.0


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_matrix_and_store_charts_can_be_drawn(lang: str) -> None:
    grid = pd.DataFrame(
        {"city": ["a"], "category": ["x"], "value": [1.2], "lo": [1.0], "hi": [1.4], "events": [9], "base": [9]}
    ).assign(verdict="worse", strong=False)
    spec = complaints.matrix(
        grid, [{"id": "a", "name": "A"}], [{"id": "x", "name": "Usage reminders"}], {"a": 1.2}, {"x": 0.77, "": 5.5}, "dark", lang,
        total_label="Σ", whole_label="All", chosen=("a", "x"),
    ).to_dict()  # fmt: skip
    assert all(text in everything(spec) for text in ("↑ 1.20", "All", '"0.77"', '"5.5"'))
    months = pd.DataFrame(
        {"month": pd.to_datetime(["2026-01-01"]), "value": [80.0], "lo": [None], "hi": [None], "base": [1]}
    )
    assert stores.visits(months, months.iloc[:0], 82.0, "light", lang, "82").to_dict()
    stages = pd.DataFrame({"stage": ["s"], "value": [70.0], "lo": [60.0], "hi": [79.0], "base": [12]})
    drawn = stores.stages(stages.assign(all=82.0, verdict="worse"), "stage", ["s"], "light", lang).to_dict()
    assert f'"{palette("light")["worse"]}"' in everything(drawn)


def test_an_event_in_the_middle_of_a_month_stands_at_that_month_s_point() -> None:
    months = pd.date_range("2026-01-01", periods=6, freq="MS")
    frame = pd.DataFrame({"month": months, "value": 80.0, "lo": 79.0, "hi": 81.0, "base": 900})
    days = ["2026-01-03", "2026-03-16", "2026-05-31", "2026-09-01"]
    events = pd.DataFrame({"on": pd.to_datetime(days), "name": list("abcd"), "kind": "note"})
    drawn = base.spec(base.trend(frame, "light", "en", events=events))
    (rules,) = [rows for rows in drawn["datasets"].values() if isinstance(rows, pd.DataFrame) and "on" in rows and "text" not in rows]
    assert dict(zip(rules["name"], rules["month"].dt.strftime("%Y-%m-%d"), strict=True)) == {"a": "2026-01-01", "b": "2026-03-01", "c": "2026-05-16"}


def test_names_of_events_stand_above_the_plot_and_not_in_it() -> None:
    months = pd.date_range("2025-01-01", periods=18, freq="MS")
    frame = pd.DataFrame({"month": months, "value": 80.0, "lo": 79.0, "hi": 81.0, "base": 900})
    events = pd.DataFrame({"on": pd.to_datetime(["2025-06-20", "2025-07-03"]), "name": ["Survey questions reordered, scale unchanged", "Data traffic surges"]})
    drawing = base.trend(frame, "light", "en", events=events, height=200).to_dict()
    lowest, lane = drawing["layer"][0]["encoding"]["y"]["scale"]["range"]
    ends = [row["level"] + 13 * (row["text"].count("\n") + 0.5) for rows in drawing["datasets"].values() for row in rows if "text" in row]
    assert len(ends) == 2 and max(ends) <= lane and lowest == {"expr": "height"} and drawing["height"] == 200 + lane, "in two rows, the plot as high as ever"
    assert base.trend(frame, "light", "en", height=200).to_dict()["height"] == 200, "and no lane without events"


def test_names_that_would_stand_on_each_other_give_way() -> None:
    # Two long names side by side, one far off, and a Chinese one below the first that has room.
    texts = pd.DataFrame({"lon": [118.8, 119.5, 117.0, 118.8], "lat": [32.0, 32.05, 34.0, 30.9], "name": ["Nanjing", "Zhenjiang", "Xuzhou", "南京"]})
    moved = [down for _, down in maps.apart(texts, 5.6)]
    assert moved[1] < 0 < moved[0] and moved[2] == moved[3] == 0
    scale = 512 * 2**5.6 / 360
    assert moved[0] - moved[1] + 0.05 * scale >= 14
    assert maps.apart(texts.head(0), 5.6) == [] and all(abs(down) <= 13 for _, down in maps.apart(texts.assign(lon=118.8, lat=32.0), 5.6))
