"""The Stores page below its first screen: cities, streaks, the profile of a store, points lost, monitoring and pilots."""

from __future__ import annotations

import re
from html import unescape

import pandas as pd
import pytest
import streamlit as st

from simulated import finding, menu, open_page, words
from sqm import standings, warehouse
from sqm.ui import shop_paper, shop_ranking
from warehouses import publish


@pytest.fixture
def sample(sample_folder, monkeypatch):
    monkeypatch.setenv("SQM_DATA_DIR", str(sample_folder))
    warehouse.forget()
    yield
    warehouse.forget()


def said(app) -> str:
    """Everything in HTML blocks and captions, as text."""
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", words(app)))) + " ".join(caption.value.replace("\\", "") for caption in app.caption)


def test_the_planted_city_is_outside_the_funnel_and_its_streak_is_a_signal_that_is_over(sample) -> None:
    app = open_page("stores", query={"period": "12"})
    text = said(app)
    assert "Huai'an below the limits of the funnel; the others differ no more than usual" in text
    assert "Bottom three, three months running (12 months): Huai'an, Zhenjiang a signal" in text
    assert "Zhenjiang: the funnel looks at the mean of the period" in text, "a signal, and as usual in the funnel: why both"
    row = text[text.index("11 months (2025-11 – 2026-09)") :][:80]
    assert "signal, over" in row, "the newest month is not among the worst any more"
    assert "Really moved in half a year:" in text and "Huai'an ▲+18.1, latest month 85.1" in text
    # Beside: pilots, kinds of monitoring, points lost.
    assert "Pilot stores against the rest: +3.0 (+0.2 to +5.8), confirmed above" in text
    assert "Open inspection against Mystery visit: +3.6" in text and "10 items make 52% of all lost points" in text


def test_a_chosen_city_tells_the_movement_that_the_overview_told(sample) -> None:
    told = unescape(finding(open_page("stores", query={"city": "淮安", "period": "6"})))
    assert told == "Huai'an: 67.3 in the last half year, +18.1 on the 49.2 before, confirmed better; by month 49.2 in 2026-05, 85.1 in 2026-10"
    assert "no change can be told" in finding(open_page("stores", query={"city": "苏州", "period": "6"}))
    assert "+18.1" not in finding(open_page("stores", query={"city": "淮安", "monitoring": "inspection"})), "another source"


def test_the_profile_says_how_sure_it_is_and_goes_to_paper(sample, monkeypatch) -> None:
    kept: dict[str, bytes] = {}
    monkeypatch.setattr(st, "download_button", lambda label, data, name, *a, **k: kept.update({name: data}))
    app = open_page("stores", query={"city": "淮安", "period": "12"})
    text = said(app)
    assert "With 12 visits, 91% of the differences between stores are real" in text and "80% takes 5 visits: there are enough." in text
    assert re.search(r"Xuyi Xinyu Rd: \d+ items make 5\d% of its lost points", text) and "2026-10-20" in text
    ((name, page),) = kept.items()
    html = page().decode()
    assert name == "Xuyi_Xinyu_Rd.html" and html.startswith("<!DOCTYPE html>") and "http" not in html
    assert "Scores by dimension" in html and "2026-10" in html and "<svg" in html
    # On paper as on screen: what is confirmed is called so, also of a stage, and that the store rose again is said.
    assert html.count("below the province, confirmed") > 3 and "▼ below<" not in html
    risen = re.search(r"Up since 2026-08, confirmed: 7\d\.\d ± \d+\.\d in three months \(3 visits\), \d+\.\d before", text)
    assert risen and risen[0] in html


def test_stores_that_rose_again_stand_apart_from_those_that_are_low_now(sample) -> None:
    app = open_page("stores", query={"period": "12"})
    assert re.search(r"19 stores are confirmed below the mean of 83\.5, 1\d of them up since 2026-08", finding(app))
    listed = app.dataframe[0].value
    marks = "".join(listed[" "])
    assert re.match(r"▼+↗+≈", marks) and marks.count("▼") + marks.count("↗") == 19
    risen = listed[listed[" "] == "↗"]
    assert set(risen["City"]) == {"Huai'an"} and "Huai'an" not in set(listed[listed[" "] == "▼"]["City"])
    assert "已回升（↗）的随后" in said(open_page("stores", "zh", {"period": "12"}))
    # Three months have nothing before them.
    assert "↗" not in "".join(open_page("stores", query={"period": "3"}).dataframe[0].value[" "])


def test_what_comes_from_the_data_is_text_on_paper() -> None:
    bad = "<script>alert(1)</script>&\""
    course = [(bad, 80.0, 70.0, 90.0, 5), (bad, 60.0, float("nan"), float("nan"), 1)]
    sheet = shop_paper.Sheet("en", bad, bad, "80.0", bad, bad, bad, bad, [bad], 80.0, course, [(bad, [bad], [[bad]])])
    html = shop_paper.paper(sheet)
    assert "<script" not in html and html.count("&lt;script&gt;") >= 9
    assert 'fill="#FFFFFF"' in html, "a month of one visit is hollow"
    bare = shop_paper.Sheet("zh", "甲厅", "", "–", "", "", "few", "", [], float("nan"), [], [("空", ["列"], [])])
    assert "<svg" not in shop_paper.paper(bare) and "空" not in shop_paper.paper(bare)


def test_a_chance_is_never_told_as_certain() -> None:
    assert [shop_ranking.chance(p) for p in (0.0, 0.004, 0.24, 0.996, 1.0, float("nan"))] == ["< 1 %", "< 1 %", "24 %", "> 99 %", "> 99 %", "–"]


def _visits(stores: dict[str, str], months: int = 3, monitoring: str = "mystery") -> list[dict]:
    return [{"visit_id": f"V{store}{m}{n}{monitoring}", "store": store, "visited_on": f"2026-0{m + 1}-1{n}", "monitoring": monitoring, "item": item,
             "points": float((i * (m + 2) + 2 * n + len(store)) % 4 > 0)}
            for store in stores for m in range(months) for n in range(2) for i, item in enumerate(("greet", "queue", "desk"))]


def _few(stores: dict[str, str], months: int = 3) -> None:
    engine = warehouse.engine()
    publish(engine, "audit_items", [{"item": k, "zh": k, "en": k, "stage": "环节"} for k in ("greet", "queue", "desk")])
    publish(engine, "stores", [{"store": k, "zh": k, "city": city} for k, city in stores.items() if city])
    publish(engine, "audits", _visits(stores, months))


SEVERAL = {"a": "甲市", "bb": "甲市", "ccc": "乙市", "dddd": "丙市", "e": "丁市", "ff": ""}


@pytest.mark.parametrize("stores", [{"a": "甲市"}, {"a": "甲市", "bb": "乙市"}, {"a": "甲市", "bb": ""}, SEVERAL])
@pytest.mark.parametrize("months", [1, 3])
def test_one_city_one_month_or_no_city_at_all_are_said_in_words(own_data_folder, stores: dict[str, str], months: int) -> None:
    _few(stores, months)
    text = said(open_page("stores"))
    assert "Only one kind of monitoring" in text and "no pilot stores and others" in text
    if len(set(stores.values()) - {""}) <= standings.PLACES:
        assert "too few to rank" in text
    else:
        assert ("funnel" in text or "visits that all agree" in text) and ("three months running" in text or "all agree" in text)


def test_visits_that_all_agree_rank_nobody(own_data_folder) -> None:
    stores = {name: f"{name}市" for name in "abcde"}
    _few(stores)
    publish(warehouse.engine(), "audits", [{**row, "points": 1.0} for row in _visits(stores)])
    text = said(open_page("stores"))
    assert "5 cities have visits that all agree" in text and text.count("No points were lost") == 2
    assert "nothing can be said of reliability" in text


def test_a_month_and_a_city_without_visits_say_so(sample) -> None:
    app = open_page("stores", query={"period": "1", "monitoring": "trial"})
    assert "too few to rank" in said(app) or "funnel" in said(app)
    assert open_page("stores", query={"city": "淮安", "period": "1", "monitoring": "trial"}).info or finding(app)


def test_intervals_of_groups_count_stores_and_not_visits() -> None:
    from sqm import metrics

    rows = pd.DataFrame([{"pilot": i < 10, "store": i, "value": v, "base": 50, "P": 50 * v, "A": 5000.0} for i, v in enumerate([80.0, 90.0] * 20)])
    groups = standings.by_store(rows, "pilot")
    assert groups["stores"].tolist() == [10, 30] and groups["base"].tolist() == [500, 1500] and groups["value"].tolist() == [85.0, 85.0]
    # Ten stores, 5 points off either way: sd 5.27, standard error 1.667, t(9) 2.262.
    assert groups["hi"].iloc[0] == pytest.approx(85 + 2.262 * 5.2705 / 10**0.5, abs=0.01)
    row = standings.against(groups, "pilot", False, metrics.get("audit_score")).iloc[0]
    assert row["difference"] == 0 and row["verdict"] == "unclear"
    apart = rows.assign(P=rows["P"] + 50 * 8.0 * rows["pilot"])
    row = standings.against(standings.by_store(apart, "pilot"), "pilot", False, metrics.get("audit_score")).iloc[0]
    assert row["difference"] == pytest.approx(8.0) and row["verdict"] == "better" and row["d_lo"] > 0
    assert standings.against(groups.iloc[:1], "pilot", False, metrics.get("audit_score")).empty
    two = standings.by_store(pd.concat([apart[apart["pilot"]].head(2), apart[~apart["pilot"]]]), "pilot")
    assert standings.against(two, "pilot", False, metrics.get("audit_score"))["verdict"].tolist() == ["small"]


@pytest.mark.parametrize(("key", "column"), [("funnel", "City"), ("lost", "Item"), ("pilots", "Pilot")])
def test_every_new_chart_opens_its_table(sample, key: str, column: str) -> None:
    app = menu(open_page("stores", query={"period": "12"}), key)
    assert any(column in frame.value.columns and "Base" in frame.value.columns for frame in app.dataframe), [list(f.value.columns) for f in app.dataframe]
