"""The library on the Blueprint page: choosing a drawing, a new one from a scene, as a copy, empty."""

from __future__ import annotations

import json
from datetime import date

import pytest

from simulated import open_page, whole
from sqm import blueprint as bp
from sqm import store, warehouse
from warehouses import publish


def made(engine) -> list[bp.Document]:
    return [bp.loads(store.latest(engine, "blueprint", i).text) for i in store.documents(engine, "blueprint")]


def svg(app) -> str:
    (component,) = (c for c in app.get("bidi_component") if "svg" in c.proto.json)
    return json.loads(component.proto.json)["svg"]


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
    assert "First reply" in svg(app) and app.query_params["blueprint"] in ("hotline_complaint", ["hotline_complaint"])
    assert "打热线投诉" in svg(open_page("blueprint", "zh", {"blueprint": "hotline_complaint"}))


@pytest.mark.parametrize("start", ["scene", "copy", "blank"])
def test_a_new_blueprint(little, start):
    app = open_page("blueprint", "en", {"blueprint": "self_recharge"})
    app.button(key="bp_new").click().run()
    app.radio(key="bp_new_start").set_value(start).run()
    if start != "copy":
        app.selectbox(key=f"bp_new_scene_{start}").set_value("tariff.bill").run()
    app.text_input(key="bp_new_name").set_value("Mine" if start == "blank" else "")
    whole(app.button(key="bp_new_make").click().run())
    (one,) = made(little)
    assert app.selectbox(key="blueprint").value == one.id and app.session_state["blueprint_desks"][one.id].base == 1
    assert one.scene == ("recharge.self_service" if start == "copy" else "tariff.bill")
    assert one.state == ("to_be" if start == "copy" else "as_is")
    names = {"scene": ("资费套餐 · 账单", "Tariff plan · Bill"), "copy": ("自助充值缴费", "Recharging by self-service"), "blank": ("", "Mine")}
    assert one.name == bp.Words(*names[start])
    assert len(one.steps) == {"scene": 11, "copy": 26, "blank": 0}[start]
