"""Recount what was planted from the workbooks themselves, with nothing of the app: ``python -m data.generate.facts``.

With ``--write`` the values in the table of the README of this folder are brought up to date; a test holds them equal.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

import fastexcel
import numpy as np
import pandas as pd

from data.generate import story
from data.generate.places import CITIES, ITEMS

FOLDER = Path(__file__).resolve().parents[1]
FIRST = story.MONTHS[0][0] * 12 + story.MONTHS[0][1] - 1
#: Months from 0: the half-year before the cure, the four months with it in six cities only, the last half-years.
BEFORE, FOUR, HALF_BEFORE, HALF = (10, 15), (16, 19), (12, 17), (18, 23)


def sheet(folder: Path, file: str, name: str | int = 0) -> pd.DataFrame:
    """A sheet as text, headed by its first line with three headings or more, without lines of totals."""
    rows = fastexcel.read_excel(folder / file).load_sheet(name, header_row=None, dtypes="string").to_pandas()
    at = int((rows.notna().sum(axis=1) >= 3).idxmax())
    frame = rows.iloc[at + 1 :].set_axis(rows.iloc[at].tolist(), axis=1)
    return frame[(frame.iloc[:, 0] != "合计") & (frame.iloc[:, 1] != "全省")]


def month_number(text: object) -> float:
    """Months since the first one, from any of the spellings in use; NaN where it is none."""
    found = re.fullmatch(r"(20\d\d)\D?(0?[1-9]|1[0-2])月?", str(text))
    return int(found[1]) * 12 + int(found[2]) - 1 - FIRST if found else np.nan


def surveys(folder: Path) -> pd.DataFrame:
    """All interviews, with ``i`` (month number), ``c`` (city) and ``w`` (weight)."""
    frame = pd.concat([sheet(folder, path.name) for path in sorted(folder.glob("surveys_*.xlsx"))], ignore_index=True)
    frame["i"], frame["c"] = frame["月份"].map(month_number), frame["地市"].str.removesuffix("市")
    return frame.assign(w=frame["权重"].astype(float))


def points(frame: pd.DataFrame, column: str) -> pd.Series:
    """Scores 1–10 on 0–100; NaN where nothing or something impossible was answered."""
    score = pd.to_numeric(frame[column], errors="coerce")
    return (score.where(score.between(1, 10)) - 1) / 9 * 100


def tickets(folder: Path) -> pd.DataFrame:
    """All tickets with a readable moment, each number once, with ``at``, ``i``, ``c``; contradicting ones are out."""
    frame = pd.concat(
        [sheet(folder, path.name) for path in sorted(folder.glob("complaints_*.xlsx"))], ignore_index=True
    )
    frame = frame.drop_duplicates().drop_duplicates("工单号", keep=False)
    frame["at"] = pd.to_datetime(frame["受理时间"], errors="coerce")
    frame = frame[frame["at"].notna()]
    months = frame["at"].dt.year * 12 + frame["at"].dt.month - 1 - FIRST
    return frame.assign(i=months, c=frame["地市"].str.removesuffix("市"))


def visits(folder: Path) -> pd.DataFrame:
    """All visits with points got (``p``) and to be had (``a``), ``i`` and ``c``."""
    frame = sheet(folder, "audits.xlsx").reset_index(drop=True)
    weight = np.array([item[6] for item in ITEMS], float)
    marks = frame[[item[1] for item in ITEMS]].to_numpy()
    day = pd.to_datetime(frame["走访日期"])
    city = sheet(folder, "stores.xlsx").set_index("营业厅编码")["地市"]
    frame["p"], frame["a"] = ((marks == "是") * weight).sum(axis=1), ((marks != "不适用") * weight).sum(axis=1)
    return frame.assign(i=day.dt.year * 12 + day.dt.month - 1 - FIRST, c=frame["营业厅编码"].map(city))


def _mean(frame: pd.DataFrame, column: str, cities: list[str], months: tuple[int, int]) -> float:
    chosen = frame[frame["c"].isin(cities) & frame["i"].between(*months)]
    score = points(chosen, column)
    return float(np.average(score.dropna(), weights=chosen["w"][score.notna()]))


def _moved(frame: pd.DataFrame, column: str, cities: list[str], before: tuple, after: tuple) -> float:
    """Points by which ``cities`` moved more than all others did."""
    others = [c for c in CITIES if c not in cities]
    own, rest = (_mean(frame, column, c, after) - _mean(frame, column, c, before) for c in (cities, others))
    return own - rest


def _factor(frame: pd.DataFrame, category: str, cities: list[str], before: tuple, after: tuple) -> float:
    """Per cent by which complaints of ``cities`` moved more than those of all others did."""
    chosen = frame[(frame["投诉类别"] == category) & (frame["工单类型"] == "投诉")]
    inside = chosen["c"].isin(cities)
    own, rest = (chosen[m & chosen["i"].between(*after)].shape[0] / chosen[m & chosen["i"].between(*before)].shape[0]
                 for m in (inside, ~inside))  # fmt: skip
    return (own / rest - 1) * 100


def _score(frame: pd.DataFrame, city: str, month: int) -> float:
    chosen = frame[(frame["c"] == city) & (frame["i"] == month) & (frame["监测方式"] == "神秘顾客暗访")]
    return 100 * chosen["p"].sum() / chosen["a"].sum()


def facts(folder: Path = FOLDER) -> dict[str, str]:
    """Every number of the README, by its key, as the README writes it."""
    asked, found, walked = surveys(folder), tickets(folder), visits(folder)
    own = asked[asked["运营商"] == "本网"]
    sizes = own[own["i"].notna() & own["c"].isin(list(CITIES))].groupby(["i", "c"]).size()
    complaints = found[found["工单类型"] == "投诉"]
    base = sheet(folder, "customers.xlsx")
    months = (base["月初客户数"].astype(float) + base["月末客户数"].astype(float)).sum() / 2
    hotline = {c: _mean(own, "热线服务", [c], HALF) - _mean(own, "热线服务", [c], HALF_BEFORE) for c in CITIES}
    batch = found[(found["c"] == story.BATCH_CITY) & (found["投诉类别"] == "流量提醒")]
    start = pd.Timestamp(*story.BATCH_AT)
    usual = batch[batch["at"] < start]
    within = {hours: int(batch["at"].between(start, start + pd.Timedelta(hours=hours)).sum()) for hours in (2, 48)}
    connect = sheet(folder, "indicators.xlsx")
    connect = connect[(connect["指标名称"] == "接通率") & (connect["地市"] == story.FALL_CITY)]
    rates = 100 * connect["分子"].astype(float) / connect["分母"].astype(float)
    delay = (pd.to_datetime(complaints["首次回复时间"]) - complaints["at"]).dt.total_seconds() / 3600
    due = complaints["at"] <= complaints["at"].max() - pd.Timedelta(hours=48)
    line = complaints.sort_values("at")
    following = -line.groupby(["手机号", "投诉类别"])["at"].diff(-1)
    old = line["at"] <= line["at"].max() - pd.Timedelta(days=30)
    recent = walked[walked["i"] >= 12].groupby("营业厅编码").size()
    rest = [c for c in CITIES if c != story.FALL_CITY]
    return {
        "interviews_own": str(len(own)),
        "interviews_competitor": str(len(asked) - len(own)),
        "fewest_in_a_city_month": str(int(sizes.min())),
        "satisfaction_mean": f"{points(own, '综合满意度').mean():.1f}",
        "satisfaction_sd": f"{points(own, '综合满意度').std():.1f}",
        "mobile_tickets_change": f"{_factor(found, '手机上网', story.FIRST_SIX, BEFORE, FOUR):+.1f}",
        "mobile_points_change": f"{_moved(own, '手机上网质量', story.FIRST_SIX, BEFORE, FOUR):+.1f}",
        "no_effect_tickets_change": f"{_factor(found, '资费套餐', story.NULL_CITIES, (9, 14), (15, 20)):+.1f}",
        "no_effect_points_change": f"{_moved(own, '资费套餐', story.NULL_CITIES, (9, 14), (15, 20)):+.1f}",
        "stores_may": f"{_score(walked, story.STORE_CITY, 18):.2f}",
        "stores_october": f"{_score(walked, story.STORE_CITY, 23):.2f}",
        "hotline_before": f"{_mean(own, '热线服务', [story.FALL_CITY], HALF_BEFORE):.1f}",
        "hotline_after": f"{_mean(own, '热线服务', [story.FALL_CITY], HALF):.1f}",
        "hotline_change": f"{hotline[story.FALL_CITY]:+.1f}",
        "hotline_change_elsewhere": f"{max((hotline[c] for c in rest), key=abs):+.1f}",
        "batch_2h": str(within[2]),
        "batch_48h": str(within[48]),
        "batch_usual_48h": f"{len(usual) / ((start - usual['at'].min()).total_seconds() / 172_800):.1f}",
        "connect_rate_lowest": f"{rates.min():.1f}",
        "tickets": str(len(found)),
        "complaints": str(len(complaints)),
        "customers_at_end": str(int(base["月末客户数"].astype(float).tail(len(CITIES)).sum())),
        "complaints_per_10k": f"{len(complaints) / months * 1e4:.2f}",
        "first_reply_in_48h": f"{100 * (delay[due] <= 48).mean():.1f}",
        "repeated_in_30_days": f"{100 * (following[old] <= pd.Timedelta(days=30)).mean():.1f}",
        "texts_with_a_phone": str(int(found["投诉内容"].str.contains("1990").sum())),
        "texts_with_an_identity": str(int(found["投诉内容"].str.contains("身份证").sum())),
        "visits": str(len(walked)),
        "visits_mystery": str(int((walked["监测方式"] == "神秘顾客暗访").sum())),
        "stores_with_few_visits": str(int((recent < 3).sum())),
    }  # fmt: skip


def written(text: str) -> dict[str, str]:
    """Key → value of the table in the README."""
    return dict(re.findall(r"^\| `(\w+)` \| ([^ |]+) \|", text, re.M))


def main() -> None:
    """Print the facts, or write them into the README."""
    now, readme = facts(), FOLDER / "README.md"
    if "--write" in sys.argv[1:]:
        text = readme.read_text(encoding="utf-8")
        for key, value in now.items():
            text = re.sub(rf"^\| `{key}` \| [^|]*\|", f"| `{key}` | {value} |", text, flags=re.M)
        readme.write_text(text, encoding="utf-8", newline="\n")
    for key, value in now.items():
        print(f"{key:26} {value}")


if __name__ == "__main__":
    main()
