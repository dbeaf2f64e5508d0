"""Schematic city cells, computed from centroids: recognisable as the province, and plainly not a boundary.

Each city is the rounded hull of its own districts, cut from every neighbour it would overlap by a straight line between the
two. No outline is shipped: boundaries are licensed and, for China, regulated. Works for any province that has coordinates.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import cos, hypot, radians

import numpy as np
import pandas as pd
import shapely
from shapely.geometry import MultiPoint, Polygon


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
    points: dict[str, list[tuple[float, float]]] = {
        row.city: [(row.lon * squeeze, row.lat)] for row in places.itertuples()
    }
    for row in districts.dropna(subset=["lon", "lat"]).itertuples():
        if row.city in points:
            points[row.city].append((row.lon * squeeze, row.lat))
    reach = _reach([p for several in points.values() for p in several], len(points))
    hulls = {city: MultiPoint(several).convex_hull.buffer(reach, quad_segs=12) for city, several in points.items()}
    shapes = dict(hulls)
    for a in points:
        for b in points:
            if a != b and hulls[a].intersects(hulls[b]):
                shapes[a] = shapes[a].intersection(_side(points[a], points[b], reach))
    made = []
    for city in places["city"]:
        shape = _largest(_rounded(shapes[city] if not shapes[city].is_empty else hulls[city], reach))
        centre = shape.centroid if shape.contains(shape.centroid) else shape.representative_point()
        outline = shapely.simplify(shape, reach * 0.02).exterior
        ring = list(outline.coords) if outline.is_ccw else list(outline.coords)[::-1]
        made.append(
            Cell(
                city,
                tuple((round(x / squeeze, 4), round(y, 4)) for x, y in ring),
                (round(centre.x / squeeze, 4), round(centre.y, 4)),
            )
        )
    return made


def _reach(points: list[tuple[float, float]], cities: int) -> float:
    """How far a city's ground goes beyond its outermost district: in keeping with the size of the whole."""
    west, south, east, north = MultiPoint(points).bounds
    area = max((east - west) * (north - south), 0.01)
    return 0.2 * (area / max(cities, 1)) ** 0.5


def _side(own: list[tuple[float, float]], other: list[tuple[float, float]], reach: float) -> Polygon:
    """The half plane that is nearer to ``own``, bounded by the line that best parts the two sets of points.

    Of a fan of directions, the one in which the sets lie furthest apart (or overlap least); the line is half way between
    their facing edges. Both sides of a pair find the same line.
    """
    a, b = np.array(own), np.array(other)
    best = (-np.inf, 0.0, np.array([1.0, 0.0]))
    for angle in np.linspace(0, 2 * np.pi, 72, endpoint=False):
        direction = np.array([np.cos(angle), np.sin(angle)])
        near, far = (a @ direction).max(), (b @ direction).min()
        if far - near > best[0] + 1e-9:
            best = (far - near, (far + near) / 2, direction)
    _, offset, direction = best
    across, size = np.array([-direction[1], direction[0]]), 60 * max(reach, hypot(1, 1))
    middle = direction * offset
    corners = [
        middle + across * size,
        middle - across * size,
        middle - across * size - direction * size,
        middle + across * size - direction * size,
    ]
    return Polygon(corners)


def _rounded(shape, reach: float):
    """Corners rounded, with a narrow gap to the neighbours."""
    gap, corner = reach * 0.06, reach * 0.42
    inner = shape.buffer(-gap - corner)
    return shape.buffer(-gap) if inner.is_empty else inner.buffer(corner, quad_segs=12)


def _largest(shape) -> Polygon:
    """The biggest piece of what may have fallen apart."""
    return Polygon(max(getattr(shape, "geoms", [shape]), key=lambda piece: piece.area).exterior)
