"""Values whose unit is that of what they measure: the answer rate of a hotline in percent, its waiting time in seconds.

Cells formatted as percent arrive as 0.952. Rows of entries in percent are judged together, as one column would be.
"""

from __future__ import annotations

from sqm.datasets import Dataset, Field
from sqm.ingest.columns import Planner
from sqm.ingest.staging import is_one_of, name


def field_of(contract: Dataset) -> Field | None:
    """The field whose unit is that of the entry of another one, if the dataset has such."""
    return next((f for f in contract.fields if f.unit_of), None)


def as_percent(planner: Planner, source: str) -> str:
    """SQL that reads shares as percent, for ``SELECT * REPLACE``, as was said or as numerator and denominator say; "" to leave values as they are.

    ``source``: typed rows with ``answer``, the raw cell. Asks (``planner.unsaid``) where all numbers in percent are fractions up to 1.
    """
    contract = planner.contract
    f = field_of(contract)
    if f is None:
        return ""
    percent = planner.references[contract.by_name[f.unit_of].refers_to or ""].percent
    value, entry = name(f.name), name(f.unit_of)
    if not percent:
        return ""
    counted = "numerator IS NOT NULL AND denominator > 0"
    rows = f"{is_one_of(entry, tuple(percent))} AND NOT contains(answer, '%') AND NOT contains(answer, '％')"
    bare = f"{rows} AND NOT coalesce({counted}, FALSE)"
    number = f"{value} <> 0 AND isfinite({value})"
    many, high, example, times = planner.staging.one(
        f"SELECT count(*) FILTER ({bare}), max({value}) FILTER ({bare}), min(answer) FILTER ({bare} AND {value} <> trunc({value})), "
        f"median({value} * denominator / numerator) FILTER ({rows} AND {counted} AND numerator <> 0) FROM {source} WHERE {number}")
    if not many or high > 1 or not example:
        return ""
    said = planner.options.get(f"{f.name}:unit", "") or ("" if times is None else "share" if 0.5 < times < 2 else "percent" if 50 < times < 200 else "")
    if said:
        planner.decide(f, f"unit_{said}", example)
    else:
        planner.unsaid.append((f.name, example))
    return f"CASE WHEN {bare} THEN round({value} * 100, 9) ELSE {value} END AS {value}" if said == "share" else ""
