"""Every page in worlds at the edge: nothing, one city, one month, ten years, one kind of data alone. None may fail or say "nan"."""

from __future__ import annotations

import re
from datetime import date

import numpy as np
import pytest

from screen import PAGES
from simulated import finding, open_page, whole, words
from sqm import warehouse
from warehouses import publish


def reference(engine, cities: int) -> list[str]:
    names = [f"州{n}" for n in range(cities)]
    publish(engine, "cities", [{"city": name, "en": f"City {n}", "position": n, "lon": 118 + n / 3, "lat": 33 - n / 4} for n, name in enumerate(names)])
    publish(engine, "elements", [{"element": key, "zh": key, "en": key.title(), "class": "服务", "position": at} for at, key in enumerate(("hotline", "store"))])
    publish(engine, "categories", [{"category": "hotline", "zh": "热线", "en": "Hotline", "element": "hotline"}, {"category": "other", "zh": "其他", "en": "Other"}])
    publish(engine, "audit_items", [{"item": "i1", "zh": "项一", "en": "One", "stage": "进门", "dimension": "环境", "weight": 1.0}])
    publish(engine, "stores", [{"store": f"s{n}", "zh": f"厅{n}", "en": f"Store {n}", "city": name} for n, name in enumerate(names)])
    return names


def surveys(engine, cities: list[str], months: list[date], each: int) -> None:
    chance = np.random.default_rng(1)
    publish(engine, "surveys", [
        {"respondent": f"r{city}{month}{n}", "month": month, "city": city, "element": element, "score": float(chance.integers(5, 11)), "scale": "1-10"}
        for month in months for city in cities for n in range(each) for element in ("overall", "recommend", "hotline")])  # fmt: skip


def tickets(engine, cities: list[str], months: list[date], each: int) -> None:
    publish(engine, "complaints", [
        {"ticket_id": f"T{city}{month}{n}", "opened_at": f"{month:%Y-%m}-{1 + n % 27:02d} 09:00:00", "city": city, "category": "hotline" if n % 3 else "other",
         "first_reply_at": f"{month:%Y-%m}-{1 + n % 27:02d} 15:00:00", "kind": "complaint"} for month in months for city in cities for n in range(each)])  # fmt: skip
    publish(engine, "customers", [{"month": month, "city": city, "opening": 1e5, "closing": 1e5} for month in months for city in cities])


def visits(engine, cities: list[str], months: list[date]) -> None:
    publish(engine, "audits", [
        {"visit_id": f"v{n}{month}", "store": f"s{n}", "visited_on": month, "item": "i1", "points": float((n + month.month) % 2), "monitoring": "mystery"}
        for month in months for n in range(len(cities))])  # fmt: skip


def months(count: int) -> list[date]:
    last = 2026 * 12 + 9
    return [date(n // 12, n % 12 + 1, 1) for n in range(last - count + 1, last + 1)]


WORLDS = {
    "nothing": (0, 0, ""), "one city": (1, 14, "stv"), "one month": (3, 1, "stv"), "ten years": (2, 120, "stv"),
    "interviews alone": (2, 13, "s"), "tickets alone": (2, 13, "t"), "visits alone": (2, 13, "v"), "two months of one city": (1, 2, "stv"),
}  # fmt: skip


@pytest.mark.parametrize("world", WORLDS)
def test_no_page_fails_at_the_edge(own_data_folder, world: str) -> None:
    cities, length, kinds = WORLDS[world]
    engine = warehouse.engine()
    if cities:
        names, when = reference(engine, cities), months(length)
        each = 2 if length > 100 else 8
        if "s" in kinds:
            surveys(engine, names, when, each)
        if "t" in kinds:
            tickets(engine, names, when, each)
        if "v" in kinds:
            visits(engine, names, when)
    for page in PAGES:
        app = whole(open_page(page, "en", app_file=True))
        text = re.sub(r"<[^>]+>", " ", words(app)) + " ".join(note.value for note in app.caption)
        assert not re.search(r"\b(?:nan|NaN|NaT|inf)\b", text), (page, re.findall(r".{0,30}\b(?:nan|NaN|NaT|inf)\b.{0,30}", text))
        assert page == "data" or finding(app).strip(), page
