"""Schematic city cells, computed from centroids: recognisable as the province, and plainly not a boundary.

Each city is the ground nearest to its own districts, kept within the rounded hull of them and set apart from its
neighbours by a gap. No outline is shipped: boundaries are licensed and, for China, regulated. Works for any province that
has coordinates.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import cos, radians

import pandas as pd
import shapely
from shapely.geometry import MultiPoint, Point, Polygon


@dataclass(frozen=True)
class Cell:
    """``ring``: the outline as (lon, lat) in counter-clockwise order; ``label``: a point well inside it."""

    city: str
    ring: tuple[tuple[float, float], ...]
    label: tuple[float, float]


def cells(cities: pd.DataFrame, districts: pd.DataFrame) -> list[Cell]:
    """Cells of the cities that have coordinates, in the order of ``cities``.

    ``cities``: city, lon, lat. ``districts``: city, lon, lat; a city without any is drawn around its own centroid.
    """
    places = cities.dropna(subset=["lon", "lat"])
    if places.empty:
        return []
    squeeze = cos(radians(float(places["lat"].mean())))
    points: dict[str, list[tuple[float, float]]] = {}
    for row in districts.dropna(subset=["lon", "lat"]).itertuples():
        points.setdefault(row.city, []).append((row.lon * squeeze, row.lat))
    for row in places.itertuples():
        points.setdefault(row.city, []).append((row.lon * squeeze, row.lat))
    points = {city: list(dict.fromkeys(points[city])) for city in places["city"]}
    everything = [p for several in points.values() for p in several]
    reach = _reach(everything, len(points))
    hull = shapely.unary_union([MultiPoint(p).convex_hull.buffer(reach) for p in points.values()])
    owner = {p: city for city, several in points.items() for p in several}
    found: dict[str, list[Polygon]] = {city: [] for city in points}
    if len(owner) > 1:
        for piece in shapely.voronoi_polygons(MultiPoint(list(owner)), extend_to=hull.buffer(reach)).geoms:
            inside = min(
                owner, key=lambda p, piece=piece: piece.distance(Point(p)) if not piece.contains(Point(p)) else -1
            )
            found[owner[inside]].append(piece)
    made = []
    for city in places["city"]:
        ground = shapely.unary_union(found[city]) if found[city] else hull
        own = MultiPoint(points[city]).convex_hull.buffer(reach)
        shape = _largest(_rounded(ground.intersection(own), reach))
        centre = shape.representative_point() if not shape.contains(shape.centroid) else shape.centroid
        outline = shapely.simplify(shape, reach * 0.02).exterior
        ring = list(outline.coords) if outline.is_ccw else list(outline.coords)[::-1]
        made.append(
            Cell(city, tuple((round(x / squeeze, 4), round(y, 4)) for x, y in ring), (centre.x / squeeze, centre.y))
        )
    return made


def _reach(points: list[tuple[float, float]], cities: int) -> float:
    """How far a city's ground goes beyond its outermost district: in keeping with the size of the whole."""
    west, south, east, north = MultiPoint(points).bounds
    area = max((east - west) * (north - south), 0.01)
    return 0.16 * (area / max(cities, 1)) ** 0.5


def _rounded(shape, reach: float):
    """Corners rounded, slivers and spikes gone, a narrow gap to the neighbours."""
    gap, round_ = reach * 0.14, reach * 0.55
    inner = shape.buffer(-gap - round_, quad_segs=8)
    if inner.is_empty:
        return shape.buffer(-gap)
    return inner.buffer(round_ * 2, quad_segs=8).buffer(-round_, quad_segs=8)


def _largest(shape) -> Polygon:
    """The biggest piece of what may have fallen apart."""
    pieces = list(getattr(shape, "geoms", [shape]))
    return Polygon(max(pieces, key=lambda p: p.area).exterior)
