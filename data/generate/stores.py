"""Stores and visits: one wide row a visit, an item a column."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np

from data.generate import story
from data.generate.places import CITIES, ITEMS, ROADS, districts

STORES, PILOTS, YOUNG = 200, 30, 12
WAYS = {"mystery": "神秘顾客暗访", "inspection": "管理人员明查", "trial": "真实客户体验"}


def stores(rng: np.random.Generator) -> list[dict]:
    """The stores: code, name, English name, city, place, level, pilot, months open counted from the end, own level of quality."""
    places: dict[str, list] = {}
    for city, district, english, lon, lat in districts():
        places.setdefault(city, []).append((district, english, lon, lat))
    shares = np.array([CITIES[c][6] for c in CITIES], float)
    sizes = np.floor(shares / shares.sum() * STORES).astype(int)
    sizes[np.argsort(-(shares / shares.sum() * STORES - sizes))[: STORES - sizes.sum()]] += 1
    found, roads = [], list(ROADS.items())
    for number, (city, n) in enumerate(zip(CITIES, sizes, strict=True)):
        for i in range(n):
            district, english, lon, lat = places[city][i % len(places[city])]
            at = number * 7 + i % len(places[city]) * 5 + i // len(places[city]) * 3
            road, english_road = roads[at % len(roads)]
            short = district[:-1] if 2 < len(district) < 5 else district
            found.append(
                {
                    "code": f"{CITIES[city][1][:4]}{i + 1:03d}",
                    "name": f"{short}{road}厅",
                    "english": f"{english} {english_road}",
                    "city": city,
                    "lon": round(lon + rng.normal(0, 0.035), 4),
                    "lat": round(lat + rng.normal(0, 0.028), 4),
                    "level": "旗舰厅" if i == 0 else "标准厅" if i % 3 else "社区厅",
                    "pilot": False,
                    "months": 24,
                    "quality": rng.normal(0, 0.35),
                }
            )
    for k in rng.choice(STORES, PILOTS, replace=False):
        found[k]["pilot"] = True
        found[k]["quality"] += 0.25
    ordinary = [k for k, s in enumerate(found) if s["city"] != story.STORE_CITY]
    for k in rng.choice(ordinary, YOUNG, replace=False):
        found[k]["months"] = int(rng.integers(1, 3))
    return found


def heading() -> list[str]:
    """The headings of the visit sheet."""
    return ["走访编号", "营业厅编码", "走访日期", "监测方式", "等候分钟", *(item[1] for item in ITEMS)]


def visits(rng: np.random.Generator, shops: list[dict]) -> list[list]:
    """Visit rows in the columns of ``heading()``, in order of date."""
    weight = np.array([i[6] for i in ITEMS], float)
    critical = np.array([i[7] for i in ITEMS], bool)
    met = np.array([i[8] for i in ITEMS])
    tilt = {c: rng.normal(0, 0.12) for c in CITIES}
    rows: list[list] = []
    for position, (year, month) in enumerate(story.MONTHS):
        goal = story.STORE_SCORES[max(0, position - 18)] + (rng.normal(0, 1.2) if position < 18 else 0.0)
        climbing: list[list[str]] = []
        for shop in shops:
            if position < 24 - shop["months"]:
                continue
            for way, chance, gain in (("mystery", 1.0, 0.0), ("inspection", 0.07, 0.5), ("trial", 0.05, -0.1)):
                if rng.random() >= chance:
                    continue
                logit = np.log(met / (1 - met)) + shop["quality"] + tilt[shop["city"]] + gain + rng.normal(0, 0.3)
                chance_met = 1 / (1 + np.exp(-logit))
                if shop["city"] == story.STORE_CITY:
                    chance_met = _towards(met, weight, critical, goal / 100)
                chance_met = np.where(critical, 1.0 if shop["city"] == story.STORE_CITY else met, chance_met)
                got = rng.random(len(ITEMS)) < chance_met
                absent = (rng.random(len(ITEMS)) < 0.03) & ~critical
                day = date(year, month, 1) + timedelta(days=int(rng.integers(0, 28)))
                minutes = max(0, round(float(rng.gamma(3.2, 2.1 - 0.6 * shop["quality"])), 0))
                marks = ["不适用" if a else "是" if g else "否" for a, g in zip(absent, got, strict=True)]
                if shop["city"] == story.STORE_CITY and way == "mystery":
                    climbing.append(marks)
                rows.append([day, shop["code"], WAYS[way], int(minutes), marks])
        _settle(rng, climbing, weight, critical, goal)
    rows.sort(key=lambda r: (r[0], r[1], r[2]))
    return [[f"V{r[0]:%y%m}{n:05d}", r[1], r[0], r[2], r[3], *r[4]] for n, r in enumerate(rows, 1)]


def _settle(
    rng: np.random.Generator, visits: list[list[str]], weight: np.ndarray, critical: np.ndarray, goal: float
) -> None:
    """Turn single marks of these visits until their common score is within half the lightest item of ``goal``."""
    points = sum(w for marks in visits for w, mark in zip(weight, marks, strict=True) if mark == "是")
    full = sum(w for marks in visits for w, mark in zip(weight, marks, strict=True) if mark != "不适用")
    while abs(short := goal / 100 * full - points) > 0.5:
        marks, item = visits[rng.integers(len(visits))], int(rng.integers(len(weight)))
        if not critical[item] and weight[item] - 0.5 <= abs(short) and marks[item] == ("否" if short > 0 else "是"):
            marks[item] = "是" if short > 0 else "否"
            points += weight[item] if short > 0 else -weight[item]


def _towards(met: np.ndarray, weight: np.ndarray, critical: np.ndarray, goal: float) -> np.ndarray:
    """Chances shifted on the logit scale until the expected score is ``goal``."""
    low, high = -6.0, 6.0
    for _ in range(40):
        middle = (low + high) / 2
        chance = 1 / (1 + np.exp(-(np.log(met / (1 - met)) + middle)))
        chance = np.where(critical, 1.0, chance)
        low, high = (middle, high) if (weight * chance).sum() / weight.sum() < goal else (low, middle)
    return chance
