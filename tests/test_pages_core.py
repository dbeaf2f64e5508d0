"""Overview, Satisfaction and Data by interaction: filters, language, upload, undo, sample data, empty and bad input.

The small warehouse has answers that can be worked out by hand: on the scale 1-10 a city that answers 8 and 9 by turns
stands at (7 + 8) / 2 / 9 = 83.3, one that answers 5 and 6 at 50.0, both together at 66.7.
"""

from __future__ import annotations

import csv
import io
import os
import re
import sys
import time
from datetime import date, datetime
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from simulated import ROOT, finding, menu, open_page, whole, words
from sqm import access, i18n, loaders, metrics, stats, tokens, warehouse
from sqm.exports import csv_bytes
from sqm.ui import clock, frame, headlines, imports, results, uploads
from sqm.ui.filters import Filters
from sqm.ui.words import plain
from warehouses import filled, publish

MONTHS = [date(2025 + m // 12, m % 12 + 1, 1) for m in range(8)]
PAGES = ("overview", "satisfaction", "data")
HAN = re.compile(r"[\u3400-\u9fff]")


def build(engine):
    """Two cities apart, three elements, eight months, a target between the cities, one element with expectation."""
    cities = [
        {"city": "甲州", "en": "Alpha", "position": 1, "tile_column": 0, "tile_row": 0},
        {"city": "乙州", "en": "Beta", "position": 2, "tile_column": 1, "tile_row": 1},
    ]
    publish(engine, "cities", cities)
    elements = {
        "coverage": ("网络覆盖", "network"),
        "tariff": ("资费套餐", "business"),
        "hotline": ("热线服务", "service"),
    }
    publish(
        engine,
        "elements",
        [{"element": k, "zh": zh, "en": k.title(), "class": kind} for k, (zh, kind) in elements.items()],
    )
    publish(
        engine,
        "targets",
        [{"metric": "satisfaction", "city": "", "element": "", "valid_from": "2025-01", "target": 75.0}],
    )
    answers = [
        {
            "respondent": f"r{m}-{city}-{n}",
            "month": month,
            "city": city,
            "element": element,
            "scale": "1-10",
            "score": low + n % 2,
            "expectation": 10 if element == "hotline" else None,
            "channel": "热线" if n % 4 < 2 else "营业厅",
            "segment": "大众",
        }
        for m, month in enumerate(MONTHS)
        for city, low in (("甲州", 8), ("乙州", 5))
        for n in range(40)
        for element in ("overall", *elements)
    ]
    publish(engine, "surveys", answers)


@pytest.fixture
def loaded(own_data_folder):
    return filled(build)


def workbook(rows: list[list[object]]) -> bytes:
    """A survey workbook of one sheet with a title row, as a sheet of answers over the usual headings."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "满意度"
    for row in [["满意度调查明细"], ["样本编号", "调查月份", "地市", "感知要素", "得分", "量表"], *rows]:
        sheet.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def workbook_of(sheets: dict[str, list[list[object]]]) -> bytes:
    """A workbook of several sheets, each with its rows as they are given."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def worst(count: int = 40) -> list[list[object]]:
    """Interviews of 甲州 in the last month, all at the bottom of the scale."""
    return [[f"N{n}", "2025年8月", "甲州市", "综合满意度", 1, "1-10"] for n in range(count)]


def drop(app: AppTest, data: bytes, name: str = "survey.xlsx") -> AppTest:
    """The Data page after a file was dropped on it."""
    return whole(app.file_uploader[0].upload(name, data).run())


def press(app: AppTest, key: str) -> AppTest:
    """The page after the button whose key starts with ``key``."""
    (button,) = [b for b in app.button if (b.key or "").startswith(key)]
    return whole(button.click().run())


# -- frame ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", PAGES)
def test_a_page_reads_wholly_in_its_language(loaded, name):
    assert not HAN.search(finding(open_page(name, "en")))
    assert HAN.search(finding(open_page(name, "zh")))


@pytest.mark.parametrize("name", PAGES)
def test_the_url_decides_the_language_before_the_browser(loaded, name):
    assert not HAN.search(finding(open_page(name, "zh", {"lang": "en"})))


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("name", ["overview", "satisfaction"])
def test_an_empty_warehouse_says_what_to_do(own_data_folder, name, lang):
    app = open_page(name, lang, app_file=True)
    assert len(app.info) == 1 and ("数据" if lang == "zh" else "Data page") in app.info[0].value


def test_the_data_page_opens_on_an_empty_warehouse(own_data_folder):
    assert open_page("data").file_uploader


def test_widget_keys_hold_no_translated_text(loaded):
    for page in PAGES:
        app = open_page(page, "zh")
        keys = [w.key for w in [*app.selectbox, *app.button, *app.button_group] if w.key]
        assert keys and not [k for k in keys if HAN.search(k)]


def test_as_of_names_version_and_rows(loaded):
    version = warehouse.data_version(loaded)
    assert re.search(rf"data {version} · [\d,]+ rows", words(open_page("satisfaction")))


def test_one_click_clears_the_sample_data(own_data_folder):
    engine = warehouse.engine()
    publish(engine, "cities", [{"city": "甲州", "en": "Alpha"}], sample=True)
    answers = [{"respondent": f"r{n}", "month": MONTHS[0], "city": "甲州", "score": 8} for n in range(40)]
    publish(engine, "surveys", answers, sample=True)
    app = open_page("satisfaction")
    (button,) = [b for b in app.button if b.key == "clear_sample"]
    assert "样例数据" in button.label or "Sample data" in button.label
    button.click().run()
    assert warehouse.has_sample(engine) and "reference tables stay" in words(app)
    (sure,) = [b for b in app.button if b.key == "clear_sample_sure"]
    sure.click().run()
    assert not warehouse.has_sample(engine)
    assert open_page("satisfaction", app_file=True).info


def test_no_sample_notice_over_an_operators_own_data(loaded):
    app = open_page("overview")
    assert "sqm-sample" not in words(app) and "clear_sample" not in [b.key for b in app.button]


def test_the_theme_file_has_the_colours_of_the_tokens():
    import tomllib

    theme = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))["theme"]
    assert theme["font"] == tokens.FONT
    names = {"primaryColor": "accent", "backgroundColor": "background", "secondaryBackgroundColor": "sunken",
             "textColor": "text", "borderColor": "line", "greenColor": "better", "greenBackgroundColor": "better_tint",
             "orangeColor": "worse", "orangeBackgroundColor": "worse_tint", "redColor": "worse", "grayColor": "unclear",
             "grayBackgroundColor": "unclear_tint", "grayTextColor": "muted"}  # fmt: skip
    for mode in ("light", "dark"):
        for key, role in names.items():
            assert theme[mode][key] == tokens.palette(mode)[role], (mode, key)


# -- satisfaction --------------------------------------------------------------------------------------------


def test_the_finding_is_the_latest_month_with_its_interval(loaded):
    said = finding(open_page("satisfaction"))
    assert re.search(r"66\.7 ± \d+\.\d", said) and "confirmed below the target of 75.0" in said


def test_a_city_in_the_url_changes_the_number(loaded):
    said = finding(open_page("satisfaction", query={"city": "甲州"}))
    assert "Alpha" in said and "83.3" in said and "confirmed above" in said


def test_choosing_a_city_on_screen_changes_the_number(loaded):
    app = open_page("satisfaction")
    whole(app.selectbox(key="city").set_value("乙州").run())
    assert "50.0" in finding(app)
    whole(app.selectbox(key="city").set_value("").run())
    assert "66.7" in finding(app)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_link_means_the_same_in_both_languages(loaded, lang):
    app = open_page("satisfaction", lang)
    whole(app.selectbox(key="city").set_value("甲州").run())
    query = {k: v[0] if isinstance(v, list) else v for k, v in app.query_params.items()}
    assert query == {"city": "甲州"}
    other = open_page("satisfaction", "en" if lang == "zh" else "zh", query)
    assert "83.3" in finding(other)


def test_a_filter_follows_to_another_page_and_its_default_does_not(loaded):
    app = open_page("overview")
    whole(app.selectbox(key="channel").set_value("热线").run())
    app.session_state["page"] = "satisfaction"
    whole(app.run())
    assert app.selectbox(key="channel").value == "热线" and app.query_params["channel"] in ("热线", ["热线"])
    for page in ("satisfaction", "overview", "blueprint", "satisfaction"):
        app.session_state["page"] = page
        whole(app.run())
        assert page == "overview" or app.selectbox(key="period").value == frame.DEFAULT_SPAN[page], page
    whole(app.selectbox(key="period").set_value("24").run())
    for page in ("overview", "blueprint", "satisfaction"):
        app.session_state["page"] = page
        whole(app.run())
        assert page == "overview" or app.selectbox(key="period").value == "24", page


def test_an_address_that_says_less_takes_the_choice_back_and_one_that_says_nonsense_is_told(loaded):
    app = open_page("satisfaction", query={"city": "甲州", "channel": "热线"})
    del app.query_params["channel"]
    whole(app.run())
    assert (app.selectbox(key="city").value, app.selectbox(key="channel").value) == ("甲州", "")
    app.query_params["city"] = "乙州"
    whole(app.run())
    assert app.selectbox(key="city").value == "乙州" and "Beta" in finding(app) and not app.warning
    app.query_params["city"] = "nowhere"
    whole(app.run())
    assert app.selectbox(key="city").value == "" and "nowhere" in app.warning[0].value


def test_a_moved_widget_wins_over_an_address_that_lags_behind(loaded):
    app = open_page("satisfaction", query={"city": "甲州"})
    app.query_params.pop("city")
    whole(app.selectbox(key="channel").set_value("热线").run())
    assert (app.selectbox(key="city").value, app.selectbox(key="channel").value) == ("甲州", "热线")


def test_the_language_can_be_changed_and_changed_back(loaded):
    app = open_page("satisfaction", "en", {"lang": "zh"})
    for lang in ("en", "zh"):
        (choice,) = [g for g in app.button_group if g.key == "lang"]
        whole(choice.set_value(lang).run())
        assert bool(HAN.search(finding(app))) == (lang == "zh")


@pytest.mark.parametrize("split", ["city", "element", "channel", "segment"])
def test_every_split_draws(loaded, split):
    app = open_page("satisfaction")
    (choice,) = [g for g in app.button_group if g.key == "satisfaction_split"]
    whole(choice.set_value(split).run())
    assert words(app).count("sqm-block") >= 3


def test_the_map_colours_only_what_is_confirmed(loaded):
    assert "6 of 6 cells confirmed away" in words(open_page("satisfaction"))


def test_filters_that_leave_nothing_say_so(loaded):
    publish(loaded, "elements", [{"element": "price", "zh": "价格水平", "en": "Price", "class": "business"}])
    app = open_page("satisfaction", query={"element": "price"})
    assert app.info and not app.error


@pytest.mark.parametrize(
    ("lang", "key", "told"),
    [("zh", "受访者编号", {"本网", "综合满意度", "乙州"}), ("en", "Respondent", {"Own network", "Overall", "Beta"})],
)
def test_the_rows_behind_satisfaction_are_in_the_readers_words(loaded, lang, key, told):
    app = menu(open_page("satisfaction", lang), "trend")
    (behind,) = [f.value for f in app.dataframe if key in f.value]
    assert {*told, "2025-08"} <= set(behind.iloc[0])
    assert not {"own", "overall", "None", "nan"} & set(behind.drop(columns=key).astype(str).to_numpy().ravel())


@pytest.mark.parametrize(("lang", "heads"), [("zh", ["感知要素", "期望", "感知"]), ("en", ["Element", "Expectation", "Perception"])])
def test_the_table_of_the_gap_has_what_it_was_worked_out_from(loaded, lang, heads):
    app = menu(open_page("satisfaction", lang), "gap")
    (table,) = [f.value for f in app.dataframe if heads[2] in f.value]
    assert heads == [head for head in table if head in heads] and len(table.columns) == 8
    assert list(table.iloc[0, -3:]) in (["低，已确认", 100.0, 66.7], ["lower, confirmed", 100.0, 66.7])


def test_there_is_one_word_for_what_cannot_be_told():
    for area in i18n.areas():
        assert not [key for key, text in i18n.texts(area).items() if re.search(r"\bunclear\b", re.sub(r"{.*?}", "", text["en"]))]


# -- overview ------------------------------------------------------------------------------------------------


def test_the_legend_of_the_heat_map_names_what_is_on_it_and_nothing_else(loaded):
    html = words(open_page("satisfaction"))
    legend = re.search(r'<div class="sqm-legend">.*?</div>', html)[0]
    assert "lower, confirmed" in legend and "higher, confirmed" in legend and "no verdict" not in legend
    html = words(open_page("satisfaction", query={"channel": "热线", "period": "1"}))
    legend = re.search(r'<div class="sqm-legend">.*?</div>', html)[0]
    assert "under 30 interviews, no verdict" in legend and "lower, confirmed" not in legend


def test_what_an_interval_alone_would_tell_is_said_to_be_unconfirmed(loaded, monkeypatch):
    # As if, of many, none could be confirmed.
    monkeypatch.setattr(stats, "discoveries", lambda p, rate: np.zeros(len(p), dtype=bool))
    html = words(open_page("overview"))
    assert "≈ low, not confirmed" in html and "≈ high, not confirmed" in html and "no single city" in finding(open_page("overview"))
    assert "below the target of 75.0 by itself" in finding(open_page("satisfaction", query={"city": "乙州"}))
    assert "above the target of 75.0 by itself" in finding(open_page("satisfaction", query={"city": "甲州"}))


def test_a_card_says_what_it_is_not_filtered_by(loaded):
    publish(loaded, "audits", [{"visit_id": "v", "store": "s", "visited_on": "2025-08-01", "item": "x", "points": 1.0}])
    assert "not by channel" not in words(open_page("overview"))
    assert words(open_page("overview", query={"channel": "热线"})).count("not by channel") == 1


def test_the_first_cards_are_worked_out_before_anybody_asks(loaded, monkeypatch):
    st.cache_data.clear()
    asked = []
    monkeypatch.setattr(headlines.results, "fetch", lambda *given, fetch=headlines.results.fetch, **more: asked.append(given[0]) or fetch(*given, **more))
    frame.warm(["zh"])
    assert len(asked) >= len(metrics.HEADLINES)
    before = len(asked)
    frame.warm(["zh"])
    assert len(asked) == before, "remembered"
    frame.warm(["zh", "en"])
    assert len(asked) > before, "the other language"


def test_overlapping_imports_leave_the_switch_interval_as_it_was():
    usual = sys.getswitchinterval()
    first, second = imports.giving_way(), imports.giving_way()
    first.__enter__()
    second.__enter__()
    assert sys.getswitchinterval() < usual / 10
    first.__exit__(None, None, None)
    assert sys.getswitchinterval() < usual / 10
    second.__exit__(None, None, None)
    assert sys.getswitchinterval() == pytest.approx(usual)


def test_overview_counts_the_cities_that_are_confirmed(loaded):
    said, html = finding(open_page("overview")), words(open_page("overview"))
    assert "2 cities" in said and re.search(r"\b1 .*below", said)
    assert html.count('class="tile') == 2
    assert 'class="tile sqm-link better"' in html and 'class="tile sqm-link worse"' in html


def test_a_tile_leads_to_satisfaction_of_that_city(loaded):
    html = words(open_page("overview"))
    assert re.search(r'href="/?satisfaction\?city=[^"]+lang=en"', html)


def test_a_headline_without_data_says_so_and_invents_nothing(loaded):
    html = words(open_page("overview"))
    assert "nothing to count" in html and "nan" not in html.lower()


def test_text_from_the_data_is_escaped(loaded):
    publish(loaded, "cities", [{"city": "甲州", "en": "<img src=x onerror=alert(1)>", "tile_column": 0, "tile_row": 0}])
    for page in ("overview", "satisfaction"):
        assert "<img src=x" not in words(open_page(page, query={"city": "甲州"}))


# -- data ----------------------------------------------------------------------------------------------------

HOSTILE = ("![x](http://127.0.0.1:9/x.png)", "[a](http://x)", ":red[y]", "$z$", ":material/home:", "<b>", "`c`")


def told(app: AppTest) -> list[str]:
    """Everything on the page that Streamlit reads as Markdown."""
    said = [e.value for kind in ("caption", "error", "success", "info", "warning", "markdown") for e in getattr(app, kind)]
    labelled = ("selectbox", "multiselect", "checkbox", "button", "expander", "toggle", "text_input", "button_group")
    return said + [e.label for kind in labelled for e in getattr(app, kind)]


def hostile(rows: int) -> bytes:
    """Interviews whose sheets, headings and cells are written in Markdown; only some columns and cells are right."""
    head = [*HEADINGS, *HOSTILE]
    right = [[*row, *HOSTILE] for row in worst(rows)]
    wrong = [[f"M{n}", "2025年8月", said, said, said, said, *HOSTILE] for n, said in enumerate(HOSTILE)]
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name in (HOSTILE[0], HOSTILE[1] + HOSTILE[2] + HOSTILE[3]):
        sheet = book.create_sheet("S")
        sheet._WorkbookChild__title = name  # other programs write names that a spreadsheet program would not allow
        for row in [head, *right, *wrong]:
            sheet.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


@pytest.mark.parametrize("text", HOSTILE)
def test_plain_text_keeps_its_letters_and_loses_its_meaning(text):
    said = plain(text)
    shown = re.sub(r"\\(.)", r"\1", said).replace("\u2060", "")
    assert shown == text
    assert not re.search(r"[\[\]$<`]|http://", re.sub(r"\\.", "", said))


def test_plain_text_starts_no_list_and_no_heading():
    assert plain("1. a") == r"1\. a" and plain("# a") == r"\# a" and plain("- a\n- b") == r"\- a - b"
    assert plain("10 of 12 (a.b)") == "10 of 12 (a.b)"


def test_a_download_holds_no_formulas():
    cells = ["=1+1", "+1", "-1", "@x", "\tx", "\rx", "＝1", "a=b", "", None]
    table = pd.DataFrame({"=text": cells, "number": [-1.5, 2, *range(8)], "mixed": [-3, "-3", *cells[2:]]})
    table["when"] = pd.Timestamp(2025, 8, 1)
    data = csv_bytes(table)
    assert data.startswith(b"\xef\xbb\xbf")
    first, *rows = list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))
    assert first == ["'=text", "number", "mixed", "when"]
    assert [r[0] for r in rows] == ["'=1+1", "'+1", "'-1", "'@x", "'\tx", "'\rx", "'＝1", "a=b", "", ""]
    assert [r[1] for r in rows[:2]] == ["-1.5", "2.0"] and [r[2] for r in rows[:2]] == ["-3", "'-3"]
    assert rows[0][3] == "2025-08-01"
    assert csv_bytes(pd.DataFrame({"n": [-1]})).decode("utf-8-sig") == "n\r\n-1\r\n"


def test_the_list_of_refused_cells_holds_no_formulas_and_no_phone_number(loaded, monkeypatch):
    kept = {}
    usual = st.download_button

    def button(label, data, file_name, *args, **kwargs):
        kept[file_name] = data
        return usual(label, data, file_name, *args, **kwargs)

    monkeypatch.setattr(st, "download_button", button)
    rows = [*worst(3), ["N9", "2025年8月", "甲州市", "综合满意度", '=HYPERLINK("http://x")', "1-10"]]
    # openpyxl would write a formula, which has no value until it is worked out
    data = "\n".join(",".join('"' + str(c).replace('"', '""') + '"' for c in row) for row in [HEADINGS, *rows])
    drop(open_page("data"), data.encode(), "客户13812345678.csv")
    (name,) = [name for name in kept if name.endswith("_problems.csv")]
    assert "138****5678" in name and "13812345678" not in name
    assert "'=HYPERLINK" in kept[name].decode("utf-8-sig")


def test_text_from_a_file_is_no_markdown(loaded):
    app = drop(open_page("data"), hostile(3), f"{HOSTILE[1]}{HOSTILE[2]}{HOSTILE[3]}.xlsx")
    assert any("x.png" in s.label for s in box(app, "selectbox", "data_map_")), "its headings are labels"
    seen = told(app)
    app = press(app, "publish_")
    assert any("x.png" in s.value for s in app.success), "its headings and its sheet are named"
    seen += told(app)
    (dataset,) = box(app, "selectbox", "data_dataset_")
    seen += told(whole(dataset.set_value("complaints").run()))
    assert any("Required columns are missing" in w.value for w in app.warning) and not app.error
    rest = [re.sub(r"\\.", "", said) for said in seen]
    assert not [said for said in rest if re.search(r"[\[\]$<`]|http://|:material/", said)]


def test_the_batch_to_take_back_is_the_one_just_published(loaded):
    app = open_page("data")
    older = app.selectbox(key="data_batch").options
    whole(app.selectbox(key="data_batch").set_value(int(older[-1].split(" ")[0])).run())
    app = press(drop(app, workbook(worst(3))), "publish_")
    newest = warehouse.batch_list(loaded).sort_values("id").iloc[-1]
    assert app.selectbox(key="data_batch").value == newest["id"]
    assert newest["loaded_by"] == access.machine_user() != "", "a server for this machine alone knows who it is"


def test_the_button_says_how_many_rows_change_something(loaded):
    app = press(drop(open_page("data"), workbook(worst(3))), "publish_")
    changed = [*worst(2), ["N2", "2025年8月", "甲州市", "综合满意度", 9, "1-10"]]
    app = drop(open_page("data"), workbook(changed), "again.xlsx")
    assert [b.label for b in box(app, "button", "publish_")] == ["Publish 3 rows, of which 1 changes something"]


def test_upload_check_publish_changes_the_number_and_undo_brings_it_back(loaded):
    before = finding(open_page("satisfaction", query={"city": "甲州"}))
    version = warehouse.data_version(loaded)
    app = drop(open_page("data"), workbook(worst()))
    assert ">40<" in words(app).replace(" ", ""), "the check shows 40 new rows"
    assert warehouse.data_version(loaded) == version, "a check stores nothing"
    app = press(app, "publish_")
    assert app.success
    # Over six months: 240 answers of 83.3 and 40 of 0.
    assert "71.4" in finding(open_page("satisfaction", query={"city": "甲州"}))

    app = open_page("data")
    newest = max(int(b) for b in warehouse.batch_list(loaded)["id"])
    whole(app.selectbox(key="data_batch").set_value(newest).run())
    app = press(app, "undo")
    version = warehouse.data_version(loaded)
    assert f"Undo batch {newest}? (Satisfaction survey, survey.xlsx, 40 rows)" in words(app)
    assert "44.4 ± " in words(app) and "<b>66.7 ± " in words(app), "what undoing would do to the headline"
    app = press(app, "undo_cancel")
    assert not [b for b in app.button if b.key == "undo_confirm"] and warehouse.data_version(loaded) == version
    app = press(press(app, "undo"), "undo_confirm")
    assert f"Batch {newest}" in app.success[0].value and "that moved" in words(app)
    assert finding(open_page("satisfaction", query={"city": "甲州"})) == before


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_check_says_which_headline_numbers_would_move(loaded, lang):
    app = drop(open_page("data", lang), workbook(worst()))
    html = words(app)
    assert ("满意度" if lang == "zh" else "Satisfaction") in html and "2025-08" in html
    # 80 answers of 66.7 on average; 40 more of 0
    assert re.search(r"66\.7 ± \d", html) and re.search(r"<b>44\.4 ± \d", html) and "n = 80 → 120" in html
    rows = [["甲州", 1, 2], ["乙州", 2, 1]]
    book = openpyxl.Workbook()
    for row in [["地市", "方格列", "方格行"], *rows]:
        book.active.append(row)
    out = io.BytesIO()
    book.save(out)
    app = open_page("data", lang)
    whole(app.file_uploader[0].upload("cities.xlsx", out.getvalue()).run())
    (choice,) = [s for s in app.selectbox if (s.key or "").startswith("data_dataset_")]
    if choice.value != "cities":
        whole(choice.set_value("cities").run())
    assert any(("没有关键数字会变化" if lang == "zh" else "No headline number would move") in c.value for c in app.caption)


def test_a_choice_of_another_batch_drops_the_question(loaded):
    app = press(open_page("data"), "undo")
    assert [b for b in app.button if b.key == "undo_confirm"]
    whole(app.selectbox(key="data_batch").set_value(1).run())
    assert not [b for b in app.button if b.key == "undo_confirm"]


def test_wrong_cells_are_listed_with_their_place_and_the_rest_can_be_published(loaded):
    rows = [*worst(3), ["N9", "2025年8月", "甲州市", "综合满意度", "很差", "1-10"], ["合计", None, None, None, 3, None]]
    app = drop(open_page("data"), workbook(rows))
    (table,) = [f.value for f in app.dataframe if "Row" in f.value.columns]
    assert list(table["Row"]) == [6] and list(table["Value"]) == ["很差"]
    assert "as many as the sheet has" in words(app)
    press(app, "publish_")
    assert warehouse.batch_list(loaded).sort_values("id").iloc[-1]["accepted"] == 3


def test_an_unknown_city_can_be_admitted(loaded):
    rows = [[f"P{n}", "2025年8月", "丙江", "综合满意度", 9, "1-10"] for n in range(3)]
    app = drop(open_page("data"), workbook(rows))
    assert not [b for b in app.button if (b.key or "").startswith("publish_")], "all rows are refused"
    (choice,) = [m for m in app.checkbox if (m.key or "").startswith("data_admit_")]
    assert "丙江" in "".join(c.value for c in app.caption)
    whole(choice.check().run())
    press(app, "publish_")
    assert "丙江" in set(warehouse.reference(loaded, "cities")["city"])


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_file_that_is_no_workbook_gets_a_sentence(loaded, lang):
    app = drop(open_page("data", lang), b"PK\x03\x04 this is no workbook", "survey.xlsx")
    assert len(app.error) == 1 and "Traceback" not in app.error[0].value
    assert bool(HAN.search(app.error[0].value)) == (lang == "zh")


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_same_file_again_is_told_and_stores_nothing(loaded, lang):
    data = workbook(worst())
    press(drop(open_page("data", lang), data), "publish_")
    version, batch = warehouse.data_version(loaded), int(warehouse.batch_list(loaded)["id"].max())
    app = drop(open_page("data", lang), data)
    assert (f"批次 {batch}" if lang == "zh" else f"batch {batch}") in app.info[0].value
    assert not [b for b in app.button if (b.key or "").startswith("publish_")], "there is nothing to publish"
    assert not [c for c in app.checkbox if (c.key or "").startswith("data_again_")], "nor to apply again"
    assert warehouse.data_version(loaded) == version


def test_a_covered_file_can_be_applied_again(loaded):
    data = workbook(worst())
    press(drop(open_page("data"), data), "publish_")
    low = finding(open_page("satisfaction", query={"city": "甲州"}))
    press(drop(open_page("data"), workbook([[*row[:4], 10, row[5]] for row in worst()]), "corrected.xlsx"), "publish_")
    assert finding(open_page("satisfaction", query={"city": "甲州"})) != low
    app = drop(open_page("data"), data)
    assert app.info and not [b for b in app.button if (b.key or "").startswith("publish_")]
    (again,) = [c for c in app.checkbox if (c.key or "").startswith("data_again_")]
    assert "40 rows" in again.label
    app = whole(again.check().run())
    assert "sqm-moves" in words(app)
    press(app, "publish_")
    assert finding(open_page("satisfaction", query={"city": "甲州"})) == low


HEADINGS = ["样本编号", "调查月份", "地市", "感知要素", "得分", "量表"]


def two_months() -> bytes:
    """Two sheets of interviews, each with columns that nothing knows, and one sheet that is no data."""
    july = [[*row[:1], "2025年7月", *row[2:], "x", "y"] for row in worst(10)]
    return workbook_of(
        {
            "七月": [[*HEADINGS, "未知甲", "未知乙"], *july],
            "说明": [["这一张没有数据"]],
            "八月": [[*HEADINGS, "未知丙", "未知丁"], *[[*row, "x", "y"] for row in worst(20)]],
        }
    )


def box(app: AppTest, kind: str, key: str):
    """The widgets of a kind whose key starts so."""
    return [w for w in getattr(app, kind) if (w.key or "").startswith(key)]


def test_a_choice_for_a_sheet_holds_for_that_sheet_alone(loaded):
    app = drop(open_page("data"), two_months())
    (sheet,) = box(app, "selectbox", "data_sheet_")
    assert sheet.value == "七月"
    (whole_months,) = box(app, "checkbox", "data_whole_")
    whole(whole_months.check().run())
    whole(box(app, "selectbox", "data_map_")[0].set_value("segment").run())
    (sheet,) = box(app, "selectbox", "data_sheet_")
    whole(sheet.set_value("八月").run())
    (whole_months,) = box(app, "checkbox", "data_whole_")
    assert whole_months.value is False
    assert [m.value for m in box(app, "selectbox", "data_map_")] == ["", ""]


def test_the_sheets_of_a_workbook_are_published_one_after_the_other(loaded):
    app = press(drop(open_page("data"), two_months()), "publish_")
    first = int(warehouse.batch_list(loaded)["id"].max())
    (sheet,) = box(app, "selectbox", "data_sheet_")
    assert sheet.value == "八月", "moves on to the next sheet that fits"
    assert len(app.success) == 1 and f"atch {first}" in app.success[0].value and "七月" in app.success[0].value
    (language,) = [g for g in app.button_group if g.key == "lang"]
    app = whole(language.set_value("zh").run())
    assert f"批次 {first}" in app.success[0].value, "said in the language of the moment"
    app = press(app, "publish_")
    assert len(app.success) == 2 and box(app, "selectbox", "data_sheet_"), "the sheets stay to choose from"
    assert not box(app, "button", "publish_")
    listed = warehouse.batch_list(loaded).sort_values("id")
    assert list(listed["sheet"][-2:]) == ["七月", "八月"] and list(listed["accepted"][-2:]) == [10, 20]

    whole(app.selectbox(key="data_batch").set_value(first).run())
    app = press(press(app, "undo"), "undo_confirm")
    (sheet,) = box(app, "selectbox", "data_sheet_")
    app = whole(sheet.set_value("七月").run())
    assert box(app, "button", "publish_"), "what was taken back can be published once more"
    (sheet,) = box(app, "selectbox", "data_sheet_")
    app = whole(sheet.set_value("八月").run())
    assert not box(app, "button", "publish_"), "the other sheet is still in"
    app = press(app, "recheck_")
    assert any(f"批次 {first + 1}" in i.value for i in app.info), "checked again, it is found to be in"


def drop_all(app: AppTest, files: list[tuple[str, bytes]]) -> AppTest:
    """The Data page after several files were dropped on it in one go."""
    for name, data in files:
        app.file_uploader[0].upload(name, data)
    return whole(app.run())


def test_the_same_file_twice_is_handled_once(loaded):
    data = workbook(worst(2))
    app = drop_all(open_page("data"), [("a.xlsx", data), ("b.xlsx", data), ("a.xlsx", data)])
    assert len(box(app, "button", "publish_")) == 1
    told_twice = [c.value for c in app.caption if "same content as a.xlsx" in c.value]
    assert len(told_twice) == 2 and told_twice[0].startswith("b.xlsx")


def test_of_many_files_a_few_are_looked_into_and_the_others_wait(loaded, monkeypatch):
    asked = []
    usual = loaders.inspect
    monkeypatch.setattr(loaders, "inspect", lambda *a, **k: asked.append(k["file_name"]) or usual(*a, **k))
    bad = [("bad.xlsx", b"PK\x03\x04 no workbook"), ("empty.xlsx", b"")]
    good = [(f"f{n}.xlsx", workbook(worst(n + 2))) for n in range(28)]
    app = drop_all(open_page("data"), [*bad, *good])
    assert len(app.error) == 2 and "empty" in app.error[1].value
    assert sorted(set(asked)) == ["bad.xlsx", "empty.xlsx", "f0.xlsx", "f1.xlsx", "f2.xlsx"]
    assert len(box(app, "button", "publish_")) == 3 and len(box(app, "button", "look_")) == 25
    asked.clear()
    whole(app.run())
    assert not asked, "nothing is read once more"
    app = whole(box(app, "button", "look_")[-1].click().run())
    assert asked == ["f27.xlsx"] and len(box(app, "button", "publish_")) == 4
    app = whole(box(app, "button", "publish_")[0].click().run())
    assert "f3.xlsx" in asked and len(box(app, "button", "look_")) == 23, "the next one moves up"


def test_of_many_unknown_headings_each_can_be_matched(loaded):
    head = [h for h in HEADINGS if h != "得分"] + [f"未知{n}" for n in range(300)] + ["未知7", "甲乙丙"]
    rows = [[f"N{n}", "2025年8月", "甲州市", "综合满意度", "1-10", *["x"] * 301, 1] for n in range(3)]
    app = drop(open_page("data"), workbook_of({"满意度": [head, *rows]}))
    (dataset,) = box(app, "selectbox", "data_dataset_")
    app = whole(dataset.set_value("surveys").run())
    assert len(box(app, "selectbox", "data_map_")) == 30
    (more,) = box(app, "multiselect", "data_more_")
    app = whole(more.set_value(["甲乙丙"]).run())
    (last,) = [s for s in box(app, "selectbox", "data_map_") if s.label == "甲乙丙"]
    app = whole(last.set_value("score").run())
    press(app, "publish_")
    assert warehouse.batch_list(loaded).sort_values("id").iloc[-1]["accepted"] == 3


def test_a_sheet_of_unknown_headings_can_be_matched_column_by_column(loaded):
    head = ["who", "when", "where", "what", "of", "points"]
    fields = ["respondent", "month", "city", "element", "scale", "score"]
    rows = [[f"N{n}", "2025年8月", "甲州市", "综合满意度", "1-10", 1] for n in range(3)]
    app = drop(open_page("data"), workbook_of({"x": [["August, final", *[None] * 5], head, *rows]}))
    (dataset,) = box(app, "selectbox", "data_dataset_")
    whole(dataset.set_value("surveys").run())
    assert {s.label for s in box(app, "selectbox", "data_map_")} == set(head)
    for done, (heading, field) in enumerate(zip(head, fields, strict=True)):
        # What is still missing, and the counts, follow the choices; nothing is refused while they are being made.
        assert f"{done} matched, {6 - done} not used" in [e.label for e in app.expander][0] and not app.error
        said = [w.value for w in app.warning if "Required columns are missing" in w.value]
        assert all((name in said[0]) == (name in fields[done:]) for name in ("respondent", "score")) if said else done >= 4
        (column,) = [s for s in box(app, "selectbox", "data_map_") if s.label == heading]
        whole(column.set_value(field).run())
    press(app, "publish_")
    assert warehouse.batch_list(loaded).sort_values("id").iloc[-1]["accepted"] == 3


def test_uploaded_files_are_on_disk_only_while_they_are_read(loaded, own_data_folder, monkeypatch):
    folder, seen = own_data_folder / "uploads", []

    def watched(name):
        usual = getattr(loaders, name)

        def call(*args, **kwargs):
            seen.append((name, [f.stat().st_mode & 0o777 for f in folder.iterdir()], folder.stat().st_mode & 0o777))
            return usual(*args, **kwargs)

        monkeypatch.setattr(loaders, name, call)

    watched("inspect")
    watched("load")
    app = drop(open_page("data"), workbook(worst(2)))
    assert not list(folder.iterdir()), "a look and a check leave nothing"
    press(app, "publish_")
    assert not list(folder.iterdir())
    assert {name for name, _, _ in seen} == {"inspect", "load"}
    assert all(files == [0o600] and mode == 0o700 for _, files, mode in seen), seen
    drop(open_page("data"), b"no workbook")
    assert not list(folder.iterdir()), "nor does a file that cannot be read"


@pytest.mark.parametrize("days, minutes", [("7", 61), ("0", 16)])
def test_what_a_killed_server_left_behind_is_swept(loaded, own_data_folder, monkeypatch, days, minutes):
    monkeypatch.setenv("SQM_KEEP_ORIGINALS_DAYS", days)
    (own_data_folder / "uploads").mkdir()
    (own_data_folder / "originals").mkdir(exist_ok=True)
    left, fresh = (own_data_folder / "uploads" / name for name in ("left.xlsx", "fresh.xlsx"))
    original = own_data_folder / "originals" / "old.xlsx"
    for file, age in ((left, minutes), (fresh, 5), (original, float(days) * 1440 + 1)):
        file.write_bytes(b"x")
        os.utime(file, (time.time() - 60 * age,) * 2)
    open_page("data")
    assert not left.exists() and fresh.exists() and not original.exists()


def test_a_file_that_vanishes_under_the_sweep_is_no_error(own_data_folder, monkeypatch):
    (own_data_folder / "uploads").mkdir(parents=True)
    gone = own_data_folder / "uploads" / "gone.xlsx"
    monkeypatch.setattr(Path, "iterdir", lambda folder: iter([gone]))
    monkeypatch.setattr(Path, "is_file", lambda file: True)
    uploads.sweep()


def test_a_window_without_interviews_has_no_province(loaded):
    nobody = Filters("overview", "en", "light", loaded, warehouse.data_version(loaded), (MONTHS[0], MONTHS[-1]), {"channel": "nowhere"})
    assert headlines.province_of(nobody) == {}


def test_what_is_newer_takes_no_month_away_from_the_others(loaded):
    # Tickets are half a year newer than the last interview: the six months of the interviews stay theirs.
    half_a_year_on = Filters("overview", "en", "light", loaded, warehouse.data_version(loaded), (date(2025, 9, 1), date(2026, 2, 1)), {})
    assert results.window(half_a_year_on, "satisfaction") == (MONTHS[2], MONTHS[7])
    assert results.window(half_a_year_on, "satisfaction", 3) == (MONTHS[5], MONTHS[7])
    assert results.course(half_a_year_on, "satisfaction", 8) == (MONTHS[0], MONTHS[7])
    counts, _ = headlines.cities_of(half_a_year_on)
    assert counts["months"] == "2025-03 – 2025-08" and headlines.province_of(half_a_year_on)["value"] == "66.7"


@pytest.mark.parametrize(("zone", "hour"), [("Asia/Shanghai", 4), ("America/New_York", 16), (None, 20), ("No/Such", 20)])
def test_moments_are_told_by_the_readers_clock(monkeypatch, zone, hour):
    class Context:
        timezone = zone

    monkeypatch.setattr(clock.st, "context", Context)
    assert clock.local(datetime(2026, 7, 1, 20, 30)).hour == hour
