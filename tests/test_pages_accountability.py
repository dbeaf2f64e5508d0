"""The Accountability page: both cards, a score opened into its pieces with links, weights tried and set, who sees what."""

from __future__ import annotations

from datetime import date

import pytest
from test_minutes import MONTHS, build

from simulated import finding, open_page, whole, words
from sqm import people, scorecards
from warehouses import filled, publish


def scored(engine) -> None:
    build(engine)
    publish(engine, "customers", [{"month": m, "city": c, "opening": 1e5, "closing": 1e5} for m in MONTHS for c in "甲乙丙"])
    tickets = [{"ticket_id": f"t{m}-{c}-{n}", "opened_at": f"{month:%Y-%m}-05 10:00:00", "city": c, "category": "x"} for m, month in enumerate(MONTHS) for c in "甲乙丙"
               for n in range(90 if c == "甲" else 30)]  # fmt: skip
    publish(engine, "categories", [{"category": "x", "zh": "资费", "en": "Tariff"}])
    publish(engine, "complaints", tickets)
    publish(engine, "targets", [{"metric": name, "target": goal, "valid_from": date(2025, 1, 1)} for name, goal in (("satisfaction", 82), ("complaint_rate", 4))])
    answer = {"element": "hotline", "department": "quality", "zh": "接通率", "en": "Answer rate", "unit": "%", "better": "higher"}
    publish(engine, "indicator_list", [{"indicator": "answer", **answer}])


@pytest.fixture
def engine(own_data_folder):
    return filled(scored)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_cities_are_told_apart_or_not(engine, lang) -> None:
    app = whole(open_page("accountability", lang))
    said = {"zh": "3 个地市里，1 个确实低于全省，2 个确实高于全省，其余分不出高下",
            "en": "Of 3 cities, 1 is really below the province and 2 above; the rest cannot be told apart"}  # fmt: skip
    assert finding(app) == said[lang]
    shown = words(app)
    assert ("满意度" if lang == "zh" else "Satisfaction") in shown and "complaints?period=6" in shown
    assert app.selectbox(key="unit_city").value == "甲", "the lowest is opened"
    assert "city=%E4%B9%99" in words(whole(open_page("accountability", lang, {"city": "乙"})))


def test_a_department_has_what_it_owns(engine) -> None:
    app = whole(open_page("accountability", "en", {"card": "department"}))
    assert finding(app).startswith("Of 1 department") and "Hotline" in words(app) and "Internal indicators, Promises" in "".join(c.value for c in app.caption)


def test_weights_are_tried_then_set_by_who_may(engine) -> None:
    people.grant(engine, "admin@x.cn", "admin", by="root", known=["甲", "乙", "丙"])
    people.grant(engine, "viewer@x.cn", "viewer", by="admin@x.cn", known=["甲", "乙", "丙"])
    people.grant(engine, "branch@x.cn", "branch", ["乙"], by="admin@x.cn", known=["甲", "乙", "丙"])
    app = open_page("accountability", "en", user="admin@x.cn")
    app.number_input(key="w_city_satisfaction_0").set_value(55.0).run()
    assert any("add up to 120%" in warning.value for warning in app.warning)
    app.number_input(key="w_city_complaint_rate_0").set_value(0.0).run()
    assert any("would be another" in caption.value for caption in app.caption)
    app.button(key="w_keep_city").click().run()
    assert any("reason" in error.value.lower() or "why" in error.value.lower() for error in app.error)
    app.text_input(key="w_why_city_0").set_value("Agreed in July")
    whole(app.button(key="w_keep_city").click().run())
    now = scorecards.weights(engine, "city")
    assert (now.values["satisfaction"], now.values["complaint_rate"], now.who, now.why) == (55.0, 0.0, "admin@x.cn", "Agreed in July")
    assert "set by admin@x.cn" in words(app) and "the usual weights" in words(app)
    viewer = open_page("accountability", "en", user="viewer@x.cn")
    assert not [button for button in viewer.button if str(button.key).startswith("w_keep")]
    branch = open_page("accountability", "en", user="branch@x.cn")
    assert branch.selectbox(key="unit_city").options == ["Beta"] and "Alpha" not in words(branch)


def test_without_numbers_it_says_what_to_load(own_data_folder) -> None:
    from sqm import warehouse

    engine = warehouse.engine()
    publish(engine, "cities", [{"city": "甲", "en": "Alpha"}])
    publish(engine, "surveys", [{"respondent": "r1", "month": date(2026, 6, 1), "city": "甲", "element": "overall", "scale": "1-10", "score": 8}])
    app = whole(open_page("accountability", "en", {"card": "department"}))
    assert "No number" in finding(app) and app.info
