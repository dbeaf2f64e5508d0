"""Tidy frame + cells → drawings of place: an Altair map of city cells, a pydeck map of stores. Nothing is ever fetched.

The pydeck map has no base map at all: an empty style is handed over in place, because the default one is loaded from a
tile company and operators sit behind a firewall.
"""

from __future__ import annotations

import json
from itertools import combinations
from math import asinh, cos, degrees, log2, radians, tan
from typing import Any
from urllib.parse import quote

import altair as alt
import pandas as pd
import pydeck as pdk

from sqm.cells import Cell
from sqm.charts.base import dress, either, shades, tips
from sqm.tokens import FONT, palette
from sqm.verdicts import FEW_VISITS

EMPTY_STYLE = "data:application/json," + quote('{"version":8,"sources":{},"layers":[]}')
#: Where one class of audit scores ends and the next begins.
CUTS = (70.0, 78.0, 86.0, 92.0)


def city_map(
    cells: list[Cell],
    rates: pd.DataFrame,
    theme: str,
    lang: str,
    *,
    chosen: str = "",
    height: int = 380,
    digits: int = 1,
) -> Any:
    """City cells coloured where confirmed off the province's rate. ``rates``: city, name, value, lo, hi, base,
    verdict and strong. A click selects ``city_pick``.
    """
    c = palette(theme)
    squeeze = cos(radians(sum(cell.label[1] for cell in cells) / len(cells)))
    known = rates.assign(shade=shades(rates)).set_index("city")
    features, labels = [], []
    # The chosen city last, so that no neighbour's border runs over its ring.
    for cell in sorted(cells, key=lambda cell: cell.city == chosen):
        row = known.loc[cell.city] if cell.city in known.index else None
        data = {
            "city": cell.city,
            "name": cell.city,
            "shade": "unclear",
            "value": None,
            "lo": None,
            "hi": None,
            "base": 0,
        }
        if row is not None:
            data |= {k: (None if row[k] != row[k] else row[k]) for k in ("name", "value", "lo", "hi", "base", "shade")}
        ring = [[x * squeeze, y] for x, y in cell.ring]
        features.append({"type": "Feature", "properties": data, "geometry": {"type": "Polygon", "coordinates": [ring]}})
        text = "–" if data["value"] is None else f"{data['value']:.{digits}f}"
        labels.append({"x": cell.label[0] * squeeze, "y": cell.label[1], **data, "text": text})
    pick = alt.selection_point(name="city_pick", fields=["city"], on="click", clear="dblclick")
    fill = alt.Color(
        "properties.shade:N", scale=alt.Scale(domain=list(_SHADES), range=[c["ramp"][i] for i in _SHADES.values()])
    )
    source: Any = alt.Data(values=tuple(features))  # a list is copied, corner by corner, with every copy of the drawing
    shapes = (
        alt.Chart(source)
        .transform_calculate(
            city="datum.properties.city",
            name="datum.properties.name",
            value="datum.properties.value",
            lo="datum.properties.lo",
            hi="datum.properties.hi",
            base="datum.properties.base",
        )
        .mark_geoshape(strokeWidth=2.5)
        .encode(
            color=fill,
            stroke=either(alt.StrokeValue, f"datum.properties.city == {json.dumps(chosen)}", c["accent"], c["background"]),
            tooltip=tips(lang, alt.Tooltip("name:N", title=" "), digits=2),
        )
        .add_params(pick)
    )
    places = alt.Chart(pd.DataFrame(labels)).encode(
        longitude=alt.Longitude("x:Q"),
        latitude=alt.Latitude("y:Q"),
        color=either(alt.ColorValue, "indexof(datum.shade, 'strong') > 0", c["background"], c["text"]),
    )
    drawn = alt.layer(
        shapes,
        places.mark_text(fontSize=12, fontWeight="bold", dy=-7).encode(text=alt.Text("name:N")),
        places.mark_text(fontSize=11, dy=8).encode(text=alt.Text("text:N")),
        projection=alt.Projection(type="identity", reflectY=True),
        height=height,
    )
    return dress(drawn, theme)


_SHADES = {"worse_strong": 0, "worse_mid": 1, "unclear": 2, "better_mid": 3, "better_strong": 4}


def classes(theme: str) -> list[str]:
    """The five colours of store scores, worst first; the middle one is not the grey of "cannot tell"."""
    c = palette(theme)
    return [*c["ramp"][:2], c["middling"], *c["ramp"][3:]]


def colour(value: float, theme: str) -> str:
    """The colour of an audit score."""
    return classes(theme)[sum(value >= cut for cut in CUTS)]


def rgb(code: str, alpha: int = 255) -> list[int]:
    """ "#RRGGBB" as the four numbers deck.gl wants."""
    return [int(code[i : i + 2], 16) for i in (1, 3, 5)] + [alpha]


def view(points: list[tuple[float, float]], width: int, height: int) -> pdk.ViewState:
    """The view that shows all (lon, lat) points in a picture of that many pixels."""
    west, east = min(p[0] for p in points), max(p[0] for p in points)
    south, north = min(p[1] for p in points), max(p[1] for p in points)
    tall = (north - south) / cos(radians((north + south) / 2))
    zoom = min(log2(width * 360 / 512 / max(east - west, 0.2)), log2(height * 360 / 512 / max(tall, 0.2)))
    return pdk.ViewState(
        longitude=(west + east) / 2, latitude=(south + north) / 2, zoom=zoom - 0.05, min_zoom=4, max_zoom=14
    )


def apart(texts: pd.DataFrame, zoom: float, size: int = 13) -> list[list[float]]:
    """[right, down] in pixels for each of ``texts`` (lon, lat, name), so that names do not stand on each other in a view of that zoom.

    Names give way up and down, by a line at most; how wide they are is estimated from their characters.
    """
    scale = 512 * 2**zoom / 360
    x = texts["lon"].to_numpy(float) * scale
    y = [-degrees(asinh(tan(radians(lat)))) * scale for lat in texts["lat"]]
    wide = [sum(size if ord(sign) > 0x2E7F else 0.6 * size for sign in name) for name in texts["name"]]
    down = [0.0] * len(wide)
    for _ in range(20):
        for i, j in combinations(range(len(wide)), 2):
            missing = size + 2 - abs(y[i] + down[i] - y[j] - down[j])
            if missing > 0 and abs(x[i] - x[j]) < (wide[i] + wide[j]) / 2 + 4:
                lower, upper = (i, j) if y[i] + down[i] >= y[j] + down[j] else (j, i)
                down[lower], down[upper] = min(size, down[lower] + missing / 2), max(-size, down[upper] - missing / 2)
    return [[0.0, round(one, 1)] for one in down]


class _Written(pdk.Deck):
    """A deck that is written down once, however often it is shown."""

    _text = ""

    def to_json(self) -> str:
        self._text = self._text or super().to_json()
        return self._text


def store_map(
    cells: list[Cell],
    stores: pd.DataFrame,
    names: dict[str, str],
    theme: str,
    *,
    chosen: str = "",
    width: int = 385,
    height: int = 460,
) -> pdk.Deck:
    """Stores over the city cells. ``stores``: store, name, lon, lat, value, base; place, told, word for the hover card.

    Colour is the score, size the visits; under three visits hollow. The chosen store wears an accent ring; its name would
    stand on those of the cities, and stands beside the map.
    ``width`` and ``height``: pixels the first view must fit into; the picture itself may be larger.
    """
    c = palette(theme)
    rows = stores.dropna(subset=["lon", "lat"]).assign(last=stores["store"] == chosen)
    # The later is drawn over the earlier: the weak over the strong, and the chosen one over all.
    rows = rows.sort_values(["last", "value"], ascending=[True, False], na_position="first", kind="stable").drop(columns="last")
    few = (rows["base"] < FEW_VISITS) | rows["value"].isna()
    rows["fill"] = [
        rgb(c["background"]) if f else rgb(colour(v, theme)) for f, v in zip(few, rows["value"], strict=True)
    ]
    rows["line"] = [rgb(c["muted"]) if f else rgb(c["background"]) for f in few]
    rows["radius"] = (2.6 + rows["base"].clip(upper=24).astype(float) ** 0.5 * 0.9).round(2)
    areas = pd.DataFrame(
        {"polygon": [list(map(list, cell.ring)) for cell in cells], "city": [cell.city for cell in cells]}
    )
    texts = pd.DataFrame(
        {
            "lon": [cell.label[0] for cell in cells],
            "lat": [cell.label[1] for cell in cells],
            "name": [names.get(cell.city, cell.city) for cell in cells],
        }
    )
    ring = rows[rows["store"] == chosen]
    corners = [point for cell in cells for point in cell.ring] or list(zip(rows["lon"], rows["lat"], strict=True))
    seen = view(corners, width, height)
    texts["offset"] = apart(texts, seen.zoom)
    letters = _Letters("".join(sorted(set("".join(texts["name"])))), c["background"])
    layers = [
        pdk.Layer(
            "PolygonLayer",
            areas,
            get_polygon="polygon",
            filled=True,
            stroked=True,
            get_fill_color=rgb(c["sunken"]),
            get_line_color=rgb(c["line"]),
            line_width_min_pixels=1.2,
            pickable=False,
            id="cells",
        ),
        _dots(rows, "stores", get_radius="radius", get_line_color="line", get_fill_color="fill", pickable=True),
    ]
    if len(ring):
        layers.append(
            _dots(ring, "ring", get_radius=11, get_line_color=rgb(c["accent"]), filled=False, line_width_min_pixels=2.2)
        )
    layers.append(letters.layer(texts, "names", rgb(c["text"])))
    return _Written(
        layers=layers,
        initial_view_state=seen,
        map_provider=None,
        map_style=EMPTY_STYLE,
        tooltip={
            "html": "<b>{name}</b><br>{place}<br>{told}<br>{word}",
            "style": {
                "backgroundColor": c["background"],
                "color": c["text"],
                "border": f"1px solid {c['line']}",
                "borderRadius": "8px",
                "fontSize": "12px",
                "padding": "8px 10px",
            },
        },
    )


def _dots(rows: pd.DataFrame, name: str, **more: Any) -> pdk.Layer:
    """A layer of circles, sizes in pixels."""
    columns = ("store", "name", "lon", "lat", "fill", "line", "radius", "place", "told", "word")
    settings = {"line_width_min_pixels": 1.4, "pickable": False, **more}
    return pdk.Layer(
        "ScatterplotLayer",
        rows[[column for column in columns if column in rows]],
        get_position="[lon, lat]",
        radius_units=pdk.types.String("pixels"),
        stroked=True,
        id=name,
        **settings,
    )


class _Letters:
    """How names are written: all characters they need must be announced, and every text wrapped, or deck.gl takes it
    for an expression."""

    def __init__(self, characters: str, halo: str) -> None:
        self.characters, self.halo = characters, rgb(halo)

    def layer(self, rows: pd.DataFrame, name: str, ink: list[int], **more: Any) -> pdk.Layer:
        """Names at lon, lat, with a halo in the colour of the ground."""
        return pdk.Layer(
            "TextLayer",
            rows[["lon", "lat", "name", "offset"]],
            get_position="[lon, lat]",
            get_text="name",
            get_pixel_offset="offset",
            get_size=13,
            get_color=ink,
            character_set=pdk.types.String(self.characters),
            font_family=pdk.types.String(FONT),
            font_weight=pdk.types.String("bold"),
            font_settings={"sdf": True, "fontSize": 40, "buffer": 6, "radius": 12},
            outline_width=3,
            outline_color=self.halo,
            pickable=False,
            id=name,
            **more,
        )
