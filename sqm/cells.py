"""Schematic city cells, computed from centroids: recognisable as the province, and plainly not a boundary.

Every spot belongs to the city of the nearest district, as far as the districts reach; then all borders are smoothed
together, so that cells meet without overlap and corners are round. No outline is shipped: boundaries are licensed and
often regulated. Works for any province that has coordinates; without any, ``tiles`` draws a plain grid.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, cos, radians

import numpy as np
import pandas as pd
from scipy import ndimage
from scipy.spatial import cKDTree

GRID = 200
#: Room for a label, as a share of the longer side of the map: a Latin name over a figure.
LABEL = (0.13, 0.068)
Point = tuple[float, float]


@dataclass(frozen=True)
class Cell:
    """``ring``: the closed outline as (lon, lat), counter-clockwise; ``label``: where its name goes, inside it."""

    city: str
    ring: tuple[Point, ...]
    label: Point


def cells(cities: pd.DataFrame, districts: pd.DataFrame) -> list[Cell]:
    """Cells of the cities that have coordinates (their own, or those of a district), in the order of ``cities``.

    ``cities``: city, lon, lat. ``districts``: city, lon, lat; a city without any is the ground around its own.
    """
    names = list(dict.fromkeys(cities["city"]))
    columns = ["city", "lon", "lat"]
    where = pd.concat([frame.reindex(columns=columns).dropna() for frame in (cities, districts)], ignore_index=True)
    where = where[where["city"].isin(names)].drop_duplicates()
    if where.empty:
        return []
    squeeze = cos(radians(float(where["lat"].mean())))
    points = np.column_stack([where["lon"].to_numpy(float) * squeeze, where["lat"].to_numpy(float)])
    present = [name for name in names if name in set(where["city"])]
    owner = where["city"].map({name: i for i, name in enumerate(present)}).to_numpy(int)
    reach = _reach(points)
    low = points.min(axis=0) - 1.7 * reach
    step = float((points.max(axis=0) + 1.7 * reach - low).max()) / GRID
    fields = _fields(points, owner, len(present), reach, low, step)
    outlines = [_outline(_lead(fields, i)) for i in range(len(present))]
    labels = _labels([_inside(_lead(fields, i)) for i in range(len(present))])

    def place(x: float, y: float) -> Point:
        return round((low[0] + x * step) / squeeze, 4), round(float(low[1] + y * step), 4)

    return [
        Cell(city, tuple(place(x, y) for x, y in ring), place(*label))
        for city, ring, label in zip(present, outlines, labels, strict=True)
        if len(ring) > 3
    ]


def tiles(cities: pd.DataFrame) -> list[Cell]:
    """Equal squares for cities without coordinates, placed by tile_column and tile_row, else row by row. Not places."""
    names = list(dict.fromkeys(cities["city"]))
    wide = max(ceil(len(names) ** 0.5), 1)
    spots = {name: (i % wide, i // wide) for i, name in enumerate(names)}
    columns = ["tile_column", "tile_row"]
    if set(columns) <= set(cities.columns) and cities[columns].notna().all(axis=None):
        spots = {row.city: (int(row.tile_column), int(row.tile_row)) for row in cities.itertuples()}
    corner = np.linspace(0, np.pi / 2, 6)
    made = []
    for name, (column, row) in spots.items():
        ring = [
            (column + sx * 0.34 + 0.14 * np.cos(a + turn), -row + sy * 0.34 + 0.14 * np.sin(a + turn))
            for (sx, sy), turn in zip(((1, 1), (-1, 1), (-1, -1), (1, -1)), np.arange(4) * np.pi / 2, strict=True)
            for a in corner
        ]
        closed = [(round(float(x), 4), round(float(y), 4)) for x, y in [*ring, ring[0]]]
        made.append(Cell(name, tuple(closed), (float(column), float(-row))))
    return made


def _reach(points: np.ndarray) -> float:
    """How far ground goes beyond its outermost district: a little over half the usual way from one to the next."""
    if len(points) < 2:
        return 0.3
    near = cKDTree(points).query(points, k=2)[0][:, 1]
    size = float(np.ptp(points, axis=0).max()) or 0.5
    return float(np.clip(0.95 * np.quantile(near, 0.7), 0.45 * size / len(points) ** 0.5, 0.3 * size))


def _fields(
    points: np.ndarray, owner: np.ndarray, count: int, reach: float, low: np.ndarray, step: float
) -> np.ndarray:
    """(count + 1, GRID, GRID): how strongly each city, and last the outside, holds each spot; smooth, summing to 1."""
    axis = np.arange(GRID)
    x, y = np.meshgrid(low[0] + axis * step, low[1] + axis * step)
    away, nearest = cKDTree(points).query(np.column_stack([x.ravel(), y.ravel()]))
    radius = max(1, round(reach / step))
    ground = (away <= reach).reshape(GRID, GRID)
    # Bridge what lies between neighbours, fill lakes: one province, not an archipelago. Distances close with a disc ten times
    # as fast as a morphological closing does.
    wider = ndimage.distance_transform_edt(~np.pad(ground, 2 * radius)) <= radius
    closed = ndimage.distance_transform_edt(wider) > radius
    ground |= ndimage.binary_fill_holes(closed)[2 * radius : -2 * radius, 2 * radius : -2 * radius]
    holder = np.where(ground, owner[nearest].reshape(GRID, GRID), count)
    for i in sorted(set(range(count)) - set(np.unique(holder).tolist())):
        # Its only place is another city's too: a small island in there, rather than no cell at all.
        centre = np.clip(((points[owner == i].mean(axis=0) - low) / step).round(), 0, GRID - 1)
        holder[np.hypot(axis[None] - centre[0], axis[:, None] - centre[1]) <= 0.4 * radius] = i
    softness = 0.3 * reach / step
    return np.stack([ndimage.gaussian_filter((holder == i).astype(float), softness) for i in range(count + 1)])


def _lead(fields: np.ndarray, city: int) -> np.ndarray:
    """By how much a city leads over the strongest other: positive inside its cell. A swallowed city keeps its core."""
    lead = fields[city] - np.delete(fields, city, axis=0).max(axis=0)
    return lead if (lead > 0).any() else fields[city] - 0.5 * fields[city].max()


def _inside(lead: np.ndarray) -> np.ndarray:
    """The largest connected piece as a mask."""
    pieces, count = ndimage.label(lead > 0)
    if count < 2:
        return lead > 0
    return pieces == 1 + int(np.argmax(ndimage.sum_labels(lead > 0, pieces, np.arange(1, count + 1))))


def _outline(lead: np.ndarray) -> list[Point]:
    """The zero line of ``lead`` round its largest piece by marching squares: grid units, closed, counter-clockwise."""
    lead = np.where(_inside(lead), lead, np.minimum(lead, -1e-6))
    lead = np.pad(lead, 1, constant_values=-1e-6)
    rows, columns = np.nonzero((lead[:-1, :-1] > 0) | (lead[1:, :-1] > 0) | (lead[:-1, 1:] > 0) | (lead[1:, 1:] > 0))
    after: dict[frozenset, frozenset] = {}
    for r, c in zip(rows.tolist(), columns.tolist(), strict=True):
        corners = [(r, c), (r, c + 1), (r + 1, c + 1), (r + 1, c)]
        up = [lead[p] > 0 for p in corners]
        crossings = [(corners[i], corners[(i + 1) % 4], up[i]) for i in range(4) if up[i] != up[(i + 1) % 4]]
        leaving = [frozenset(pair[:2]) for pair in crossings if pair[2]]
        entering = [frozenset(pair[:2]) for pair in crossings if not pair[2]]
        if len(leaving) == 2 and crossings[0][2]:
            entering = entering[::-1]
        for start, end in zip(leaving, entering, strict=True):
            after[end] = start
    loops = []
    while after:
        start = spot = next(iter(after))
        loop = []
        while spot in after:
            loop.append(spot)
            spot = after.pop(spot)
        if spot == start:
            loops.append(loop)
    if not loops:
        return []
    ring = [_crossing(lead, edge) for edge in max(loops, key=len)]
    if _area(ring) < 0:
        ring = ring[::-1]
    ring = ring[::2] if len(ring) > 60 else ring
    return [*ring, ring[0]]


def _crossing(lead: np.ndarray, edge: frozenset) -> Point:
    """Where the zero line crosses the edge between two grid points, without the padding."""
    (r1, c1), (r2, c2) = sorted(edge)
    a, b = lead[r1, c1], lead[r2, c2]
    share = a / (a - b)
    return c1 + (c2 - c1) * share - 1, r1 + (r2 - r1) * share - 1


def _area(ring: list[Point]) -> float:
    """Twice the signed area; positive is counter-clockwise."""
    x, y = np.array(ring).T
    return float(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1)))


def _labels(masks: list[np.ndarray]) -> list[Point]:
    """A spot for each name, in grid units: well inside its cell and clear of the other names. Tightest cells first.

    Names are wide and low, so sideways room counts less than room above and below.
    """
    wide, high = LABEL[0] * GRID, LABEL[1] * GRID
    placed: list[Point] = []
    found: list[Point] = [(0.0, 0.0)] * len(masks)
    for i in sorted(range(len(masks)), key=lambda i: masks[i].sum()):
        room = ndimage.distance_transform_edt(np.pad(masks[i], 1), sampling=(1.0, high / wide))[1:-1, 1:-1]
        rows, columns = np.nonzero(masks[i])
        score = np.minimum(room[rows, columns], high)
        score = score - 0.05 * np.hypot((columns - columns.mean()) * high / wide, rows - rows.mean())
        for x, y in placed:
            over_x = np.clip(wide - np.abs(columns - x), 0, None) / wide
            over_y = np.clip(high - np.abs(rows - y), 0, None) / high
            score = score - 40 * over_x * over_y
        best = int(np.argmax(score))
        found[i] = (float(columns[best]), float(rows[best]))
        placed.append(found[i])
    return found
