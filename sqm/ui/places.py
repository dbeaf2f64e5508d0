"""The order in which cities and elements are always shown, taken from the reference tables."""

from __future__ import annotations

from sqm.i18n import has, t
from sqm.ui import results
from sqm.ui.filters import Filters


def order_of_cities(filters: Filters) -> list[str]:
    """City ids in the reference's own order."""
    return list(results.reference(filters, "cities")["city"])


def tile_places(filters: Filters) -> dict[str, tuple[int, int]]:
    """City → (column, row) of the tile grid; empty unless every city has a place."""
    table = results.reference(filters, "cities")
    if table.empty or table[["tile_column", "tile_row"]].isna().any().any():
        return {}
    return {r.city: (int(r.tile_column), int(r.tile_row)) for r in table.itertuples()}


def rows_of_elements(filters: Filters) -> list[dict]:
    """Elements in reference order as id, name and group (the class's name at its first element, else "")."""
    table = results.reference(filters, "elements")
    names = results.labels(filters, "elements")
    seen: set[str] = set()
    rows = []
    classes = list(dict.fromkeys(table["class"]))
    for kind in classes:
        for element in table.loc[table["class"] == kind, "element"]:
            key = f"satisfaction.class_{kind}"
            group = "" if kind in seen else t(key, filters.lang) if has(key) else str(kind)
            seen.add(kind)
            rows.append({"id": element, "name": names.get(element, element), "group": group})
    return rows
