"""Complaints and Stores by interaction, on a small warehouse whose answers can be worked out by hand.

Three cities with 100 000 customers each over six months. North has 360 tickets, South and East 180 each: 6.0, 3.0 and 3.0
per 10 000 customer-months, 4.0 together. Of North's, half are about tariffs.
"""

from __future__ import annotations

import io
import re
from datetime import date, datetime
from html import unescape

import openpyxl
import pandas as pd
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from simulated import ROOT, finding, menu, open_page, whole, words
from sqm import warehouse
from sqm.charts import complaints
from sqm.i18n import t
from sqm.ui import compared, hotspots, results, shops, watch
from sqm.ui.filters import Filters
from warehouses import filled, publish

MONTHS = [date(2026, m, 1) for m in range(1, 7)]
CITIES = {"北州": ("North", 118.0, 34.0), "南州": ("South", 118.6, 32.0), "东州": ("East", 120.0, 33.0)}
STORES = {
    # store: (city, share of items passed, mystery visits)
    "s1": ("北州", 0.2, 12),
    "s2": ("南州", 1.0, 12),
    "s3": ("东州", 0.0, 2),
    "s4": ("东州", 0.8, 12),
}
def places(engine, *, coordinates: bool = True, only: tuple[str, ...] = tuple(CITIES)) -> None:
    rows = [
        {"city": k, "en": en, "position": i, "lon": lon if coordinates else None, "lat": lat if coordinates else None}
        for i, (k, (en, lon, lat)) in enumerate(CITIES.items())
        if k in only
    ]
    publish(engine, "cities", rows)
    categories = {"tariff": ("资费套餐", "Tariff plans"), "coverage": ("网络覆盖", "Coverage")}
    publish(engine, "categories", [{"category": k, "zh": zh, "en": en} for k, (zh, en) in categories.items()])


def customers(engine, only: tuple[str, ...] = tuple(CITIES)) -> None:
    publish(
        engine, "customers", [{"month": m, "city": c, "opening": 1e5, "closing": 1e5} for m in MONTHS for c in only]
    )


def tickets(engine, only: tuple[str, ...] = tuple(CITIES)) -> None:
    rows = []
    for city in only:
        for month in MONTHS:
            for n in range(60 if city == "北州" else 30):
                rows.append(
                    {
                        "ticket_id": f"T{month:%m}{CITIES[city][0]}{n:03}",
                        "opened_at": f"{month:%Y-%m}-03 09:00:00",
                        "first_reply_at": f"{month:%Y-%m}-03 {'10' if n % 10 else '23'}:00:00",
                        "closed_at": f"{month:%Y-%m}-04 09:00:00",
                        "city": city,
                        "category": "tariff" if n % 2 and (city == "北州" or n < 10) else "coverage",
                        "phone": "199****0001",
                        "phone_key": f"hash{n}",
                        "content": "话费多扣",
                    }
                )
    publish(engine, "complaints", rows)


def audits(engine, *, coordinates: bool = True) -> None:
    items = {"greet": "迎宾", "queue": "排队", "desk": "办理", "leave": "离厅", "clean": "环境"}
    publish(engine, "audit_items", [{"item": k, "zh": v, "en": k.title(), "stage": v} for k, v in items.items()])
    stages = [{"split": "stage", "value": v, "en": f"Stage {k}"} for k, v in items.items()]
    publish(engine, "value_names", [*stages, {"split": "level", "value": "标准厅", "en": "Standard"}])
    publish(
        engine,
        "stores",
        [
            {"store": k, "zh": f"{city}{k}厅", "en": f"Store {k}", "city": city, "level": "标准厅"}
            | ({"lon": CITIES[city][1] + i / 10, "lat": CITIES[city][2]} if coordinates else {})
            for i, (k, (city, _, _)) in enumerate(STORES.items())
        ],
    )
    rows = [
        {
            "visit_id": f"V{store}-{n}",
            "store": store,
            "visited_on": MONTHS[n % 6],
            "monitoring": "mystery",
            "item": item,
            # One item more, one less, in turn: visits that all score alike would say nothing of the next.
            "points": 1.0 if (i + n) % 5 < round(share * 5) + (0 < share < 1) * (1 if n % 2 else -1) else 0.0,
        }
        for store, (_, share, visits) in STORES.items()
        for n in range(visits)
        for i, item in enumerate(items)
    ]
    rows += [{**row, "visit_id": "I" + row["visit_id"], "monitoring": "inspection", "points": 1.0} for row in rows[:60]]
    publish(engine, "audits", rows)


@pytest.fixture
def loaded(own_data_folder):
    def build(engine):
        places(engine)
        customers(engine)
        tickets(engine)
        audits(engine)

    return filled(build)


def charts(app: AppTest) -> str:
    return "\n".join(chart.proto.spec for chart in app.get("vega_lite_chart"))


def test_the_worst_city_is_the_finding(loaded) -> None:
    said = finding(open_page("complaints"))
    assert "North" in said and "6.0" in said and "4.0" in said and "confirmed" in said
    assert "北州" in finding(open_page("complaints", "zh")) and "确认高于" in finding(open_page("complaints", "zh"))


def test_map_and_matrix_say_how_many_are_confirmed(loaded) -> None:
    text = words(open_page("complaints"))
    # The two others are alike: that the one is high does not make them low.
    assert "1 city confirmed above, 0 below" in text and "schematic" in text
    assert "1 of 6 cells confirmed" in text


def test_a_city_is_followed_everywhere(loaded) -> None:
    app = open_page("complaints", query={"city": "南州"})
    assert finding(app).startswith("South: 3.0 per 10,000 customer-months (2.6 – 3.5; 6 months), cannot be told apart from the other cities' usual 3.0".replace("'", "&#x27;"))
    assert "与其余地市平常的 3.0 难分高低" in finding(open_page("complaints", "zh", {"city": "南州"}))
    assert "The tickets behind it: 180" in words(app)
    assert set(app.dataframe[-1].value["City"]) == {"South"}
    assert "6 cells" in words(app), "map and matrix keep every city"


def test_a_category_is_named_and_its_small_rates_can_be_told_apart(loaded) -> None:
    app = open_page("complaints", query={"category": "tariff", "city": "南州"})
    # 5 of the first ten tickets a month: 30 in six months of 100 000 customers.
    assert finding(app).startswith("Tariff plans · South: 0.50 per 10,000 customer-months (0.34 – 0.71; 6 months), cannot be told apart")
    assert set(app.dataframe[-1].value["Category"]) == {"Tariff plans"}


def test_the_total_of_the_matrix_does_not_depend_on_the_category_chosen(loaded, monkeypatch) -> None:
    from sqm.charts import complaints

    seen = []
    drawn = complaints.matrix
    monkeypatch.setattr(complaints, "matrix", lambda *a, **k: (seen.append(a[3]), drawn(*a, **k))[1])
    open_page("complaints")
    open_page("complaints", query={"category": "tariff"})
    assert seen[0] == seen[1] and seen[0]["北州"] == pytest.approx(6.0, abs=0.01)


def test_a_click_on_map_or_matrix_chooses_city_and_category() -> None:
    from unittest.mock import patch

    class State(dict):
        __getattr__ = dict.__getitem__

    state = State({"matrix": State(selection={"cell_pick": [{"city": "北州", "category": "tariff"}]})})
    with patch.object(hotspots.st, "session_state", state):
        hotspots._pick("matrix", "cell_pick")
        assert state["city"] == "北州" and state["category"] == "tariff"
        state["citymap"] = State(selection={"city_pick": []})
        hotspots._pick("citymap", "city_pick")
        assert state["city"] == "北州", "an emptied selection leaves the filter to the filter bar"


def test_tickets_are_masked_named_and_paged(loaded) -> None:
    app = open_page("complaints", "zh")
    shown = app.dataframe[-1].value
    assert len(shown) == 50 and "手机号" in shown and set(shown["手机号"]) == {"199****0001"}
    assert not [column for column in shown if "key" in column] and not shown.isin(["hash1"]).any(axis=None)
    assert set(shown["投诉类别"]) <= {"资费套餐", "网络覆盖"}
    whole(app.number_input(key="complaints_page").set_value(15).run())
    assert len(app.dataframe[-1].value) == 20, "720 tickets: the fifteenth page has the last twenty"


def test_a_narrower_filter_than_the_page_the_reader_is_on(loaded) -> None:
    app = open_page("complaints")
    app.number_input(key="complaints_page").set_value(15).run()
    whole(app.selectbox(key="city").set_value("南州").run())
    assert app.number_input(key="complaints_page").value == 4 and app.number_input(key="complaints_page").label == "Page"
    assert len(app.dataframe[-1].value) == 30


def test_handling_figures_carry_their_base(loaded) -> None:
    text = words(open_page("complaints"))
    assert "First reply in time" in text and "720 tickets" in text and "24.0" in text


def test_without_a_customer_base_there_are_counts_and_a_sentence(own_data_folder) -> None:
    engine = warehouse.engine()
    places(engine)
    tickets(engine)
    app = open_page("complaints")
    assert "720 complaints" in finding(app) and "customer base" in app.info[0].value
    assert len(app.dataframe) == 1, "the tickets are still to be read"


def test_a_month_without_any_ticket_is_asked_about(own_data_folder) -> None:
    engine = warehouse.engine()
    places(engine)
    customers(engine)
    tickets(engine)
    gone = warehouse.table("complaints")
    with warehouse.writing(engine) as conn:
        conn.execute(gone.delete().where(gone.c.opened_at >= datetime(2026, 3, 1), gone.c.opened_at < datetime(2026, 4, 1)))
    app = open_page("complaints")
    assert any("There is no ticket at all in 2026-03" in each.value and "counts as no complaints" in each.value for each in app.caption)
    assert any("2026-03 一张工单也没有" in each.value for each in open_page("complaints", "zh").caption)


def test_tickets_newer_than_the_customers_are_told_and_take_no_month_away(loaded) -> None:
    late = [{"ticket_id": f"N{n}", "opened_at": "2026-07-03 09:00:00", "city": "北州", "category": "tariff"} for n in range(9)]
    lost = [{"ticket_id": "L1", "opened_at": "2026-06-09 09:00:00", "city": "西州", "category": "tariff"}]
    publish(loaded, "complaints", late + lost)
    app = open_page("complaints")
    assert "6.0" in finding(app) and "4.0" in finding(app)
    said = app.caption[0].value
    assert "9 more tickets date from 2026-07" in said and "rates end with 2026-06" in said and "1 ticket of this period has" in said
    # What needs no customers is there: 120 fewer of January, the nine of July, and the one without a city.
    assert "The tickets behind it: 610" in words(app) and "2026-02 – 2026-07; numbers" in words(app)
    assert "2026-06 · 300,000 customer-months" in words(open_page("overview"))
    publish(loaded, "customers", [{"month": date(2026, 7, 1), "city": c, "opening": 1e5, "closing": 1e5} for c in CITIES])
    assert "9 more" not in "".join(c.value for c in open_page("complaints").caption)


def test_a_city_with_newer_tickets_alone_is_told_of_them(loaded) -> None:
    publish(loaded, "cities", [{"city": "西州", "en": "West", "position": 9}])
    publish(loaded, "complaints", [{"ticket_id": f"W{n}", "opened_at": "2026-07-03 09:00:00", "city": "西州"} for n in range(15)])
    assert "15 more tickets date from 2026-07" in open_page("complaints", query={"city": "西州"}).caption[0].value
    lost = [{"ticket_id": f"L{n}", "opened_at": "2026-06-03 09:00:00", "city": "西州"} for n in range(7)]
    publish(loaded, "complaints", lost)
    assert "7 tickets of this period" in open_page("complaints").caption[0].value
    assert not [c for c in open_page("complaints", query={"city": "南州"}).caption if "tickets of this period" in c.value]


def test_a_window_is_of_the_metric_s_own_rows(loaded) -> None:
    # An inspection in September is no mystery visit, and tickets of July need no customers to be replied to.
    rows = [{"visit_id": "LATE", "store": "s1", "visited_on": date(2026, 9, 1), "monitoring": "inspection", "item": "greet", "points": 1.0}]
    publish(loaded, "audits", rows)
    late = [{"ticket_id": f"N{n}", "opened_at": f"2026-07-{n + 1:02} 09:00:00", "first_reply_at": f"2026-07-{n + 1:02} 10:00:00", "city": "北州"} for n in range(20)]
    publish(loaded, "complaints", late)
    filters = Filters("overview", "en", "light", loaded, warehouse.data_version(loaded), (date(2026, 2, 1), date(2026, 9, 1)), {})
    whole = (date(2026, 1, 1), date(2026, 6, 1))
    assert results.window(filters, "audit_score", 6) == results.window(filters, "complaint_rate", 6) == whole
    assert results.window(filters, "complaint_rate", 24) == whole, "nor does it begin before there is anything"
    assert results.window(filters, "first_reply_in_time", 6) == (date(2026, 2, 1), date(2026, 7, 1))
    text = words(open_page("overview"))
    # The newest moment is a reply on the 20th: tickets to the 18th have had their two days.
    assert "2026-07 · 18 tickets" in text and ">to 07-18<" in text


def test_an_unripe_month_waits_and_says_so(own_data_folder) -> None:
    engine = warehouse.engine()
    places(engine)
    customers(engine)
    tickets(engine)
    publish(engine, "complaints", [{"ticket_id": "X", "opened_at": "2026-07-01 08:00:00", "city": "北州"}], as_of=datetime(2026, 7, 2))
    text = words(open_page("overview"))
    assert "2026-05 · 120 tickets" in text and "last due" in text


def test_filtered_to_nothing_says_so(loaded) -> None:
    publish(loaded, "categories", [{"category": "none", "zh": "无", "en": "Nothing"}])
    app = open_page("complaints", query={"category": "none"})
    assert app.info and not app.get("vega_lite_chart")


@pytest.mark.parametrize("name", ["complaints", "stores"])
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_an_empty_warehouse_is_said_in_words(own_data_folder, name: str, lang: str) -> None:
    warehouse.engine()
    app = AppTest.from_file(ROOT / "app.py", default_timeout=60)
    app.context = {"locale": "zh-CN" if lang == "zh" else "en-GB"}
    whole(app.run())
    whole(app.switch_page(f"pages/{name}.py").run())
    assert app.info and finding(app)


def test_one_city_only(own_data_folder) -> None:
    engine = warehouse.engine()
    places(engine, only=("南州",))
    customers(engine, ("南州",))
    tickets(engine, ("南州",))
    app = open_page("complaints")
    assert finding(app).startswith("South: 3.0 per") and "cannot be told apart" in finding(app)


def test_without_coordinates_the_cities_are_tiles_and_the_stores_a_list(own_data_folder) -> None:
    engine = warehouse.engine()
    places(engine, coordinates=False)
    customers(engine)
    tickets(engine)
    audits(engine, coordinates=False)
    assert "North" in charts(open_page("complaints"))
    app = open_page("stores")
    assert not app.get("deck_gl_json_chart") and "no coordinates" in app.caption[0].value
    assert len(app.dataframe[0].value) == 4


def test_a_city_without_coordinates_is_named_below_the_map(own_data_folder) -> None:
    engine = warehouse.engine()
    places(engine)
    publish(engine, "cities", [{"city": "东州", "en": "East", "position": 2}])
    customers(engine)
    tickets(engine)
    assert "East" in open_page("complaints").caption[0].value


def store_table(app: AppTest):
    return app.dataframe[0].value


def test_the_surely_weak_stores_stand_first_and_two_visits_give_no_verdict(loaded) -> None:
    app = open_page("stores")
    table = store_table(app)
    # The surely weak, those that cannot be told (s2's visits all agree), those with too few visits, the surely good.
    assert list(table["Store"]) == ["Store s1", "Store s2", "Store s3", "Store s4"]
    signs = dict(zip(table["Store"], table[" "], strict=True))
    assert signs["Store s1"] == "▼" and signs["Store s3"] == "○", "nought of two visits is no verdict"
    assert finding(app).startswith("1 store is confirmed below")


def test_a_store_that_its_interval_alone_would_place_is_told_apart_from_one_that_hardly_differs() -> None:
    rows = pd.DataFrame({"store": list("abcd"), "value": [81.0, 84.0, 79.0, 86.0], "lo": [80.5, 70.0, 77.5, 85.0],
                         "hi": [81.5, 98.0, 80.5, 100.0], "base": [12, 12, 12, 12], "verdict": "unclear",
                         "trifle": [True, False, False, False], "risen": ""})
    assert [shops.word_of(row, 82.0, "en")[:14] for _, row in rows.iterrows()] == [
        "≈ within 3 poi", "≈ cannot be to", "≈ low by itsel", "≈ high by itse"]
    # Under the mean before over it, whatever the upper ends say.
    ordered = shops.ordered(rows, 82.0)
    assert ordered["store"].tolist() == ["c", "a", "b", "d"]


def test_two_visits_carry_no_interval_and_a_month_of_few_says_so(loaded) -> None:
    table, _ = shops.table_of(Filters("stores", "en", "light", loaded, warehouse.data_version(loaded), (MONTHS[0], MONTHS[5]), {}), "mystery")
    told = dict(zip(table["store"], table["told"], strict=True))
    assert told["s3"].endswith("2 visits") and "±" not in told["s3"] and "±" in told["s1"]
    assert "3 stores have fewer than 3 visits (latest month)" in finding(open_page("stores", query={"period": "1"}))
    assert "(6 months)" in finding(open_page("stores"))


def test_what_was_clicked_and_taken_back_can_be_clicked_again(loaded) -> None:
    class Clicked:
        def __init__(self, **selection):
            self.selection = selection

    here = Filters("complaints", "en", "light", loaded, 1, None, {"city": "北州"})
    st.session_state.clear()
    assert hotspots._mounted("citymap", "city_pick", here) == "citymap_0"
    st.session_state["citymap_0"] = Clicked(city_pick=[{"city": "北州"}])
    assert hotspots._mounted("citymap", "city_pick", here) == "citymap_0"
    back = Filters("complaints", "en", "light", loaded, 1, None, {})
    assert hotspots._mounted("citymap", "city_pick", back) == "citymap_1", "its selection is out of date"
    assert hotspots._mounted("citymap", "city_pick", back) == "citymap_1"
    st.session_state.clear()


def test_the_store_in_the_address_is_opened(loaded) -> None:
    text = words(open_page("stores", query={"store": "s3"}))
    assert "Store s3" in text and "under 3 visits, no verdict" in text and "2 visits" in text
    assert "Store s1" in words(open_page("stores", query={"store": "nowhere"})), "an unknown one gives the first"


def test_sources_are_never_blended(loaded) -> None:
    mystery = store_table(open_page("stores"))
    app = open_page("stores", query={"monitoring": "inspection"})
    inspected = store_table(app)
    assert set(mystery["Store"]) == {"Store s1", "Store s2", "Store s3", "Store s4"}
    assert list(inspected["Store"]) == ["Store s1"] and inspected["Score"].iloc[0] == 100
    assert mystery.set_index("Store")["Score"]["Store s1"] == pytest.approx(20)


def test_the_city_filter_reaches_the_stores(loaded) -> None:
    app = open_page("stores", query={"city": "东州"})
    assert set(store_table(app)["Store"]) == {"Store s3", "Store s4"} and "2 stores" in words(app)
    signs, every = (dict(zip(table["Store"], table[" "], strict=True)) for table in (store_table(app), store_table(open_page("stores"))))
    assert signs == {store: every[store] for store in signs}, "a verdict does not change with a filter"


def test_the_mean_stays_the_provinces_when_a_city_is_chosen(loaded) -> None:
    mean = re.search(r"mean of ([\d.]+)", finding(open_page("stores")))
    of_city = re.search(r"mean of ([\d.]+)", finding(open_page("stores", query={"city": "东州"})))
    assert mean and of_city and mean.group(1) == of_city.group(1)


def test_stages_come_beside_the_province(loaded) -> None:
    drawn = charts(open_page("stores", query={"store": "s1"}))
    assert '"all"' in drawn and "Stage greet" in drawn and "迎宾" not in drawn


def test_a_choice_on_one_side_starts_the_other_afresh() -> None:
    from unittest.mock import patch

    state, chosen = {}, []
    with patch.object(shops.st, "session_state", state), patch.object(shops, "choose", chosen.append):
        shops._follow("list", "s1", "s0")
        shops._follow("list", "s1", "s1")
        assert chosen == ["s1"] and shops._turn("map") == 1 and shops._turn("list") == 0
        shops._follow("map", "s2", "s1")
        assert chosen == ["s1", "s2"] and shops._turn("list") == 1
        shops._follow("list", None, "s2")
        shops._follow("list", "s1", "s2")
        assert chosen == ["s1", "s2", "s1"], "chosen again after it was let go"
        with patch.object(shops.st, "rerun") as again:
            shops._follow("list", "s1", "s0")
        assert again.called and shops._turn("list") == 2 and len(chosen) == 3, "the browser's Back chose another one"


@pytest.mark.parametrize("name", ["complaints", "stores"])
def test_nothing_is_left_untranslated(loaded, name: str) -> None:
    said = re.sub(r"<[^>]+>", " ", words(open_page(name, "en")))
    left = re.findall(r"[\u3400-\u9fff]+", said)
    assert not left, f"Chinese on the English page: {left}"


HAN = re.compile(r"[\u3400-\u9fff]")
MENUS = [("complaints", "citymap"), ("complaints", "matrix"), ("complaints", "trend"), ("stores", "course"), ("stores", "stages")]


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize(("where", "key"), MENUS)
def test_the_menu_of_a_chart_reads_wholly_in_its_language(loaded, monkeypatch, where: str, key: str, lang: str) -> None:
    kept = {}
    monkeypatch.setattr(st, "download_button", lambda label, data, name, *a, **k: kept.update({label: (name, data)}))
    app = menu(open_page(where, lang), key)
    # The list of stores or the tickets of the page are beside the two of the menu.
    shown = [frame.value for frame in app.dataframe if not {" ", "判断"} & set(frame.value.columns[:1])]
    for table in shown:
        for head in table.columns:
            assert bool(HAN.search(head)) == (lang == "zh"), head
    (name, data) = kept["CSV"]
    assert re.search(r"_20\d\d-\d\d" + ("至" if lang == "zh" else "–") + r"2026-06\.csv$", name)
    assert bool(HAN.search(name)) == (lang == "zh") and not re.search(r'[\\/:*?"<>|\s]', name)
    text = data().decode("utf-8-sig")
    assert not re.search(r"\d\.\d{5}", text), "numbers that nobody can read"
    if lang == "en":
        assert not HAN.search(text)
        behind = next(table for table in shown if "Batch" in table)
        free = {"Sheet", "File", "Content"}
        assert not [v for c in behind if c not in free for v in behind[c].astype(str) if HAN.search(v)]
    assert [kept[kind][0] for kind in ("XLSX", "PNG")] == [name.removesuffix("csv") + end for end in ("xlsx", "png")]
    book = openpyxl.load_workbook(io.BytesIO(kept["XLSX"][1]()))
    rows, about = book.worksheets
    assert [[str(cell.value) for cell in rows[1]]] == [text.splitlines()[0].split(",")] and rows.max_row == len(text.splitlines())
    told = {cell.value: about.cell(cell.row, 2).value for cell in about["A"]}
    assert len(told) == 8 and all(told.values()) and "2026-06" in told[t("frame.file_months", lang)] and "SELECT" in told[t("frame.file_sql", lang)].upper()
    if lang == "en":
        assert not any(HAN.search(said) for name, said in told.items() if name != "SQL")
    assert kept["PNG"][1]().startswith(b"\x89PNG")


def test_the_rows_behind_a_chart_show_labels_and_dashes(loaded) -> None:
    app = menu(open_page("stores", "zh", {"store": "s1"}), "stages")
    behind = next(frame for frame in app.dataframe if "走访编号" in frame.value)
    assert set(behind.value["营业厅"]) == {"北州s1厅"} and set(behind.value["监测方式"]) == {"神秘顾客暗访"}
    assert set(behind.value["检查项"]) <= {"迎宾", "排队", "办理", "离厅", "环境"}
    assert set(behind.value["是否适用"]) == {"是"} and behind.proto.placeholder == "–"


def test_customer_months_have_thousands_in_the_table_of_a_chart(loaded) -> None:
    app = menu(open_page("complaints"), "citymap")
    (table,) = [frame for frame in app.dataframe if "Customer-months" in frame.value]
    assert '"localized"' in table.proto.columns and set(table.value["Customer-months"]) == {600_000}


def test_a_city_that_one_month_made_the_worst_is_not_told_as_standing(sample_folder, monkeypatch) -> None:
    monkeypatch.setenv("SQM_DATA_DIR", str(sample_folder))
    warehouse.forget()
    try:
        told = finding(open_page("complaints"))
        assert told.startswith("Xuzhou has the highest") and told.endswith("2026-08 is beyond Xuzhou&#x27;s own limits, and it is over")
        assert "own limits" not in finding(open_page("complaints", query={"period": "1"})), "of one month nothing is alone"
    finally:
        warehouse.forget()


def course(city: str, tail: list[int], as_of: datetime | None = None) -> Filters:
    """A warehouse in which North has 40 tickets in each of twelve months, then as many as ``tail`` says."""
    engine = warehouse.engine()
    places(engine, only=(city,))
    months = [date(2025 + i // 12, i % 12 + 1, 1) for i in range(12 + len(tail))]
    publish(engine, "customers", [{"month": m, "city": city, "opening": 1e5, "closing": 1e5} for m in months])
    rows = [{"ticket_id": f"{m:%y%m}-{n}", "opened_at": datetime(m.year, m.month, 1 + n % 28), "city": city, "category": "tariff"}
            for m, size in zip(months, [40, 42] * 6 + tail, strict=True) for n in range(size)]
    publish(engine, "complaints", rows, **({"as_of": as_of} if as_of else {}))
    return Filters("complaints", "en", "light", engine, warehouse.data_version(engine), (months[0], months[-1]), {})


@pytest.mark.parametrize(("tail", "as_of", "month"), [
    ([90, 40], None, "2026-01"),
    ([90], None, ""),  # nothing later was judged
    ([90, 12], datetime(2026, 2, 10), ""),  # and what still runs says nothing
    ([90, 40, 12], datetime(2026, 3, 10), "2026-01"),
    ([90, 95], None, ""),  # not alone
    ([40, 90], None, ""),  # not over
])
def test_a_month_stands_alone_once_a_later_one_was_judged(own_data_folder, tail, as_of, month) -> None:
    """Over all months, of which the first twelve set the limits: they are not judged, and nothing follows from them."""
    assert hotspots._alone(course("北州", tail, as_of), "北州") == month


def test_where_no_city_stands_out_none_is_named(own_data_folder) -> None:
    engine = warehouse.engine()
    places(engine)
    customers(engine)
    tickets(engine, ("南州", "东州"))
    extra = [{"ticket_id": f"N{n}", "opened_at": f"{MONTHS[n % 6]:%Y-%m}-05 09:00:00", "city": "北州", "category": "tariff"} for n in range(186)]
    publish(engine, "complaints", extra)
    said = finding(open_page("complaints"))
    assert unescape(said).startswith("None of 3 cities is confirmed above the province's 3.0 per 10,000 customer-months (2.8 – 3.3; 6 months)"), said
    assert "所看 3 市没有哪个确认高于全省" in finding(open_page("complaints", "zh"))


def test_a_batch_is_told_and_opens_its_tickets(own_data_folder) -> None:
    chosen = course("北州", [40])
    burst = [{"ticket_id": f"B{n}", "opened_at": f"2026-01-{10 + n % 2} 09:{n % 60:02}:00", "city": "北州", "category": "coverage"} for n in range(40)]
    publish(chosen.engine, "complaints", burst)
    st.cache_data.clear()
    app = open_page("complaints")
    said = unescape(words(app))
    assert "Six detectors: 2 open alarms" in said and said.count("North · Coverage") == 1 and "Province · Coverage" in said, re.findall("Six det.*?<", said)
    assert "North · Coverage" in said and "2026-01-10 – 01-11" in said
    assert "Most complaints in 2026-01:" in said and "Nothing found: Anomaly, Escalated, Contradiction, Short board." in [c.value for c in app.caption]
    hit = watch.alarms(chosen)["id"].iloc[0]
    app = open_page("complaints", "zh", {"city": "北州", "category": "coverage", watch.HIT: hit})
    assert "批量 · 北州 · 网络覆盖 · 2026-01-10 – 01-11：40 张工单" in words(app) and len(app.dataframe[-1].value) == 40
    app = open_page("complaints", query={"city": "北州", "category": "tariff", watch.HIT: hit})
    assert "Batch · North" not in words(app) and "2 more are outside the chosen city or category." in " ".join(c.value for c in app.caption)
    assert "The tickets behind it" in words(open_page("complaints", query={watch.HIT: "gone"})), "a hit that is no more is left aside"


def test_a_hit_leads_to_its_months_and_a_contradiction_to_the_metrics(loaded) -> None:
    engine = warehouse.engine()
    chosen = Filters("complaints", "en", "light", engine, warehouse.data_version(engine), (MONTHS[0], MONTHS[-1]), {})
    row = {"detector": "batch", "city": "北州", "category": "", "since": pd.Timestamp("2026-02-03"), "id": "x"}
    assert watch.link(chosen, row).endswith("category=&period=6&lang=en&hit=x#tickets")
    assert "period=1&" in watch.link(chosen, {**row, "since": pd.Timestamp("2026-06-30")})
    assert "period=all&" in watch.link(chosen, {**row, "since": pd.Timestamp("2023-01-01")})
    assert watch.link(chosen, {**row, "detector": "contradiction"}) == "metrics?lang=en"


def test_categories_stand_by_size_and_without_a_year_before_nothing_is_compared(loaded) -> None:
    app = open_page("complaints")
    assert "2 of 2 categories make 100% of complaints" in words(app)
    assert any("Complaint rates begin with 2026-01: the same months a year before (2025-01 – 2025-06)" in c.value for c in app.caption)
    engine = warehouse.engine()
    chosen = Filters("complaints", "en", "light", engine, warehouse.data_version(engine), (MONTHS[0], MONTHS[-1]), {})
    rows = compared.categories_of(chosen)
    # Half of North's 360 and a part of the others' are about tariffs; shares are of tickets and add up.
    assert rows["events"].sum() == 720 and rows["share"].sum() == pytest.approx(100) and rows["total"].iloc[-1] == pytest.approx(100)
    assert rows["events"].is_monotonic_decreasing and (rows["lo"] < rows["value"]).all() and (rows["value"] < rows["hi"]).all()


def test_the_same_months_a_year_before_are_judged_as_one_family(own_data_folder) -> None:
    engine = warehouse.engine()
    places(engine)
    months = [date(2025 + i // 12, i % 12 + 1, 1) for i in range(18)]
    publish(engine, "customers", [{"month": m, "city": c, "opening": 1e5, "closing": 1e5} for m in months for c in CITIES])
    publish(engine, "complaints", [
        {"ticket_id": f"{m:%y%m}{c}{n}", "opened_at": f"{m:%Y-%m}-03 09:00:00", "city": c, "category": "tariff"}
        for m in months for c in CITIES for n in range(60 if c == "北州" and m >= date(2026, 1, 1) else 40 + m.month % 2)])
    chosen = Filters("complaints", "en", "light", engine, warehouse.data_version(engine), (date(2026, 1, 1), date(2026, 6, 1)), {})
    assert compared.years_of(chosen) == ((date(2026, 1, 1), date(2026, 6, 1)), (date(2025, 1, 1), date(2025, 6, 1)))
    rows = compared.against_last_year(chosen).set_index("city")
    assert rows.loc["北州", ["before", "value", "verdict"]].tolist() == [pytest.approx(4.05), pytest.approx(6), "worse"] and rows["verdict"].tolist()[1:] == ["unclear"] * 2
    assert rows.loc["北州", "difference"] == pytest.approx(1.95) and rows.loc["北州", "lo"] > 0
    whole = compared.whole_of(chosen).iloc[0]
    assert [whole[name] for name in ("name", "before", "value", "verdict")] == ["Province", pytest.approx(4.05), pytest.approx(4.7), "worse"]
    app = open_page("complaints")
    assert "Against last year, of 3 cities: 1 up, 0 down" in words(app)
    drawing = complaints.shifts(pd.DataFrame([{"name": n, "difference": 1.0, "lo": 0.5, "hi": 1.5, "base": 9, "verdict": "worse", "text": "", "apart": n == "Province"}
                                              for n in ("Province", "North", "South")]), "light", "en", few=0).to_dict()
    assert drawing["layer"][1]["encoding"]["y"]["scale"]["domain"] == ["Province", " ", "North", "South"], "the whole stands apart"
    assert "比去年同期：2 类都没有确认的变化" in words(open_page("complaints", "zh", {"city": "南州"}))
    long = Filters("complaints", "en", "light", engine, warehouse.data_version(engine), (date(2024, 1, 1), date(2026, 6, 1)), {})
    assert compared.years_of(long)[0] == (date(2025, 7, 1), date(2026, 6, 1)), "never more than twelve months"
