"""The library on the Blueprint page: choosing a drawing, a new one from a scene, as a copy, empty."""

from __future__ import annotations

import io
import json
from datetime import date
from types import SimpleNamespace

import openpyxl
import pandas as pd
import pytest

from simulated import open_page, whole, words
from sqm import blueprint as bp
from sqm import store, warehouse
from sqm.ui import blueprint_contradictions as contradictions
from sqm.ui import blueprint_living as figures
from sqm.ui import watch
from sqm.ui.blueprint_living import Reading
from warehouses import publish


def made_of(engine) -> list[bp.Document]:
    return [bp.loads(store.latest(engine, "blueprint", i).text) for i in store.documents(engine, "blueprint")]


def drawn(app) -> str:
    """The document on the canvas."""
    (component,) = (c for c in app.get("bidi_component") if "docId" in c.proto.json)
    return json.dumps(json.loads(component.proto.json)["doc"], ensure_ascii=False)


def compared(app) -> str:
    """The drawing of two documents; empty where one is shown."""
    return "".join(sheet["svg"] for sheet in (json.loads(c.proto.json) for c in app.get("bidi_component")) if "svg" in sheet)


@pytest.fixture
def little(own_data_folder):
    """One city and one month of answers: enough for the page to open."""
    engine = warehouse.engine()
    publish(engine, "cities", [{"city": "甲", "en": "Alpha"}])
    publish(engine, "surveys", [{"respondent": f"r{n}", "month": date(2026, 6, 1), "city": "甲", "element": "overall", "scale": "1-10", "score": 8} for n in range(9)])
    return engine


def test_the_box_names_every_drawing_and_the_address_says_which(little):
    app = open_page("blueprint", "en")
    box = app.selectbox(key="blueprint")
    assert box.options == ["Promotion · Store: Visiting a store (as is)", "Promotion · Store: Visiting a store (to be)",
                           "Hotline · Complaint: Complaining by hotline (as is)", "Recharge · Self-service recharge: Recharging by self-service (as is)"]
    whole(box.set_value("hotline_complaint").run())
    assert "First reply" in drawn(app) and app.query_params["blueprint"] in ("hotline_complaint", ["hotline_complaint"])
    assert "打热线投诉" in drawn(open_page("blueprint", "zh", {"blueprint": "hotline_complaint"}))


@pytest.mark.parametrize("start", ["scene", "copy", "blank"])
def test_a_new_blueprint(little, start):
    app = open_page("blueprint", "en", {"blueprint": "self_recharge"})
    app.button(key="bp_new").click().run()
    app.radio(key="bp_new_start").set_value(start).run()
    if start != "copy":
        app.selectbox(key=f"bp_new_scene_{start}").set_value("tariff.bill").run()
    app.text_input(key="bp_new_name").set_value("Mine" if start == "blank" else "")
    whole(app.button(key="bp_new_make").click().run())
    (one,) = made_of(little)
    assert app.selectbox(key="blueprint").value == one.id and app.session_state["blueprint_desks"][one.id].base == 1
    assert one.scene == ("recharge.self_service" if start == "copy" else "tariff.bill")
    assert one.state == ("to_be" if start == "copy" else "as_is")
    names = {"scene": ("资费套餐 · 账单", "Tariff plan · Bill"), "copy": ("自助充值缴费", "Recharging by self-service"), "blank": ("", "Mine")}
    assert one.name == bp.Words(*names[start])
    assert len(one.steps) == {"scene": 11, "copy": 26, "blank": 0}[start]


def test_a_workbook_is_read_in_as_a_new_one_or_onto_the_drawing(little):
    book = io.BytesIO()
    made = openpyxl.Workbook()
    for row in (["", "进厅", "办理"], ["客户行为", "取号 (K)", "缴费 (F)"], ["前台服务", "迎候 13800138000", "收款"]):
        made.worksheets[0].append(row)
    made.save(book)
    app = open_page("blueprint", "en", {"blueprint": "self_recharge"})
    app.session_state["bp_bring"] = True
    app.run()
    app.file_uploader(key="bp_file").upload("draft.xlsx", book.getvalue())
    whole(app.run())
    assert "4 steps · 1 K · 1 F · 1 not fully guarded" in words(app) and "13800138000" not in words(app)
    whole(app.button(key="bp_bring_onto").click().run())
    desk = app.session_state["blueprint_desks"]["self_recharge"]
    assert not app.session_state["bp_bring"] and desk.draft.name == desk.stored.name
    assert len(desk.draft.steps) == 4 and desk.draft.scene == "recharge.self_service" and desk.edits.changes and not made_of(little)
    app.session_state["bp_bring"] = True
    app.run()
    app.file_uploader(key="bp_file").upload("draft.xlsx", book.getvalue())
    whole(app.run())
    whole(app.button(key="bp_bring_new").click().run())
    (one,) = made_of(little)
    assert one.name == bp.Words(en="draft") and [s.title.zh for s in one.steps][:2] == ["取号", "缴费"] and app.selectbox(key="blueprint").value == one.id


def test_a_file_that_is_no_blueprint_says_so(little):
    app = open_page("blueprint", "zh")
    app.session_state["bp_bring"] = True
    app.run()
    app.file_uploader(key="bp_file").upload("x.csv", b"a,b\n1,2\n")
    whole(app.run())
    assert any("没有找到蓝图" in error.value for error in app.error) and not made_of(little)


def test_what_is_taken_along_says_where_it_is_from(little):
    app = open_page("blueprint", "en")
    assert not app.get("download_button")
    app.session_state["bp_take"] = True
    whole(app.run())
    assert len(app.get("download_button")) == 5


def test_both_on_one_drawing(little):
    app = open_page("blueprint", "en", {"against": "store_visit_to_be"})
    assert "3 steps added, 1 removed, 4 changed; fail points not fully guarded go from 3 to 0" in words(app)
    assert "(was “Ask for voucher or invoice”)" in words(app) and "now guarded" in compared(app) and not app.button(key="bp_new").disabled
    whole(app.selectbox(key="bp_against_store_visit").set_value("").run())
    assert not compared(app) and drawn(app) and "3 fail points are not fully guarded" not in words(app) and "against" not in app.query_params
    app.selectbox(key="blueprint").set_value("self_recharge").run()
    assert not [box for box in app.selectbox if str(box.key).startswith("bp_against")], "nothing shares a step with it"


def test_a_key_point_that_contradicts_itself_is_listed(little, monkeypatch):
    row = {"indicator": "connect_rate", "element": "hotline", "city": "甲", "value": 93.34, "target": 90.0, "base": 6, "perceived": 69.7, "lo": 66, "hi": 73,
           "expected": 80.0, "interviews": 174, "verdict": "worse", "met": True, "contradicts": True}
    rows = pd.DataFrame([row, {**row, "indicator": "answer_in_time"}, {**row, "contradicts": False}])
    publish(little, "elements", [{"element": "hotline", "zh": "热线服务", "en": "Hotline"}])
    listed = {"element": "hotline", "unit": "%", "better": "higher"}
    publish(little, "indicator_list", [{"indicator": i, "zh": i, "en": i.title(), **listed} for i in ("connect_rate", "answer_in_time")])
    monkeypatch.setattr(watch, "said", lambda filters: SimpleNamespace(contradictions=rows))
    app = open_page("blueprint", "en", {"blueprint": "hotline_complaint"})
    said = words(app)
    assert "Key points that contradict themselves" in said and said.count("is on its target of") == 1
    assert "Alpha: Connect_Rate 93.3% is on its target of 90.0%; satisfaction with Hotline is 69.7, confirmed below 80.0" in said
    whole(next(b for b in app.button if str(b.key).startswith("bp_go_against_0")).click().run())
    assert app.query_params["step"] in ("call", ["call"])
    assert "contradict themselves" not in words(open_page("blueprint", "en", {"blueprint": "store_visit"}))


def test_figures_that_moved_apart_contradict(monkeypatch):
    filters = SimpleNamespace(lang="en", where={})
    one, two = bp.Binding.parse("satisfaction?element=store"), bp.Binding("queue_in_time")
    step = bp.Step("s", "customer", "p", bp.Words(en="Wait"), key=True, metrics=(one, two))
    document = bp.Document("d", bp.Words(en="D"), (bp.Phase("p", bp.Words()),), (step,))
    found = {one: Reading("satisfaction", 70, 69, 71, 9, "worse"), two: Reading("queue_in_time", 90, 89, 91, 9, "better")}
    monkeypatch.setattr(figures, "label", lambda binding, filters: binding.metric)
    (point,) = contradictions.of(document, found, filters)
    assert point.why == ("queue_in_time: better, while satisfaction: worse",)
    assert contradictions.of(document, {**found, two: Reading("queue_in_time", 90, 89, 91, 9, "worse")}, filters) == []
