"""The Satisfaction page below its first screen: against a competitor, how answers are spread, what is behind them by gap."""

from __future__ import annotations

import re
from datetime import date

import pandas as pd
import pytest

from simulated import menu, open_page, whole, words
from sqm import blueprint as bp
from sqm import store, warehouse
from sqm.ui import blueprint_desk
from warehouses import publish

ELEMENTS = {"coverage": "覆盖", "price": "价格", "store": "门店"}
#: Operator → element → the scores that its respondents give in turn.
SCORES = {"own": {"overall": (7, 9), "coverage": (8, 10), "price": (4, 6), "store": (7, 9)},
          "他网甲": {"overall": (7, 9), "coverage": (6, 8), "price": (7, 9), "store": (7, 9)}}


def world(rivals: tuple[str, ...] = ("他网甲",), n: int = 60, months: range = range(1, 7), cities: tuple[str, ...] = ("北州",)) -> None:
    """``n`` respondents of each operator: coverage 2 boxes better than the competitor's, price 3 worse, the rest the same."""
    engine = warehouse.engine()
    publish(engine, "cities", [{"city": "北州", "en": "North"}, {"city": "南州", "en": "South"}])
    publish(engine, "elements", [{"element": k, "zh": zh, "en": k.title(), "class": "business", "position": i} for i, (k, zh) in enumerate(ELEMENTS.items())])
    publish(engine, "value_names", [{"split": "operator", "value": "他网甲", "zh": "他网甲", "en": "Competitor A"}])
    rows = []
    for operator in ("own", *rivals):
        for i in range(n):
            for element, scores in SCORES.get(operator, SCORES["own"]).items():
                rows.append({"respondent": f"{operator}{i}", "month": date(2026, months[i % len(months)], 1), "city": cities[i % len(cities)],
                             "element": element, "score": scores[i // len(months) % 2], "scale": "1-10", "operator": operator})  # fmt: skip
    publish(engine, "surveys", rows)


def test_ahead_of_a_competitor_and_behind_it(own_data_folder) -> None:
    world()
    app = menu(open_page("satisfaction"), "against")
    assert "Against Competitor A, of 3 elements: 1 confirmed ahead, 1 behind, 1 open" in words(app)
    (table,) = [f.value for f in app.dataframe if "Difference" in f.value]
    assert dict(zip(table["Element"], table["Verdict"], strict=True))["Price"] == "lower, confirmed"
    assert "In the top two boxes: from 0.0% (Price) to 50.0% (Coverage)" in words(app)
    # The family is all elements, whichever is chosen.
    assert "与他网甲相比，3 项要素：1 项确认领先，1 项确认落后，1 项未定" in (said := words(open_page("satisfaction", "zh", {"element": "price"})))
    assert "19 个失败点太少，分不出哪类差距最多<" in said


def test_of_several_competitors_one_is_chosen(own_data_folder) -> None:
    world(rivals=("他网乙", "他网甲"))
    app = open_page("satisfaction")
    assert "Against 他网乙: none of 3 elements can be told apart" in words(app)
    app.session_state["satisfaction_rival"] = "他网甲"
    assert "Against Competitor A, of 3 elements: 1 confirmed ahead" in words(whole(app.run()))


def test_the_table_under_the_bars_has_every_step_and_no_competitor_is_made_up(own_data_folder) -> None:
    world(rivals=())
    app = menu(open_page("satisfaction", "zh"), "spread")
    assert "打最高两档的：价格最少，0.0%；覆盖最多，50.0%" in words(app) and "他网" not in words(app)
    (table,) = [f.value for f in app.dataframe if len(f.value.columns) > 4 and "档" in f.value]
    assert len(table) == 4 * 10, "the overall question and three elements, ten steps each"


def test_one_element_is_held_against_the_months_before(own_data_folder) -> None:
    world(n=120, months=range(1, 13))
    rows = [{"respondent": f"own{i}", "month": date(2026, i % 12 + 1, 1), "city": "北州", "element": "store", "scale": "1-10", "operator": "own",
             "score": 10 if i % 12 > 5 else 5} for i in range(120)]  # fmt: skip
    publish(warehouse.engine(), "surveys", rows)
    said = words(open_page("satisfaction", query={"element": "store", "period": "6"}))
    # 60 answers a half year: Wilson of 60 of 60 is 93.98 to 100, of 0 of 60 it is 0 to 6.02.
    assert "Store: 100.0% (94.0 – 100.0) in the top two boxes, 0.0% (0.0 – 6.0) before; the rise is confirmed" in said
    assert "scale 1-10, %; 2026-07 – 2026-12, hollow 2026-01 – 2026-06" in said
    said = words(open_page("satisfaction", query={"element": "price", "period": "6"}))
    assert "Price: 0.0% (0.0 – 6.0) in the top two boxes, 0.0% (0.0 – 6.0) before; the change is not confirmed" in said


def test_another_scale_before_is_no_comparison(own_data_folder) -> None:
    world(rivals=(), n=60, months=range(1, 13))
    rows = [{"respondent": f"own{i}", "month": date(2026, i % 12 + 1, 1), "city": "北州", "element": "store", "operator": "own",
             "scale": "1-10" if i % 12 > 5 else "1-5", "score": 5} for i in range(60)]  # fmt: skip
    publish(warehouse.engine(), "surveys", rows)
    app = open_page("satisfaction", query={"element": "store", "period": "6"})
    assert "Store: 0.0% (0.0 – 11.4) in the top two boxes (30 answers)" in words(app)
    assert any("another scale or questionnaire: no comparison" in each.value for each in app.caption)


@pytest.mark.parametrize("query", [{}, {"element": "price"}])
def test_few_answers_or_none_raise_nothing(own_data_folder, query) -> None:
    world(n=3, months=range(1, 2))
    assert words(open_page("satisfaction", query={**query, "city": "南州"}))
    app = open_page("satisfaction", query=query)
    assert "is confirmed" not in words(app)
    if query == {"element": "price"}:
        assert "Price: 3 answers, too few for a verdict" in words(app)
    if not query:
        assert "19 fail points are too few to tell which gap has the most<" in words(app), "no complaints, and the drawings that come with the software"
        assert "Answers by step: too few for a verdict" in words(app) and "Against Competitor A: too few interviews for a verdict" in words(app)


#: Fail points of a drawing: id → gap, cause, complaint categories.
FAILS = {"pay": ("delivery", "supply_demand", ["till"]), "queue": ("delivery", "", []), "say": ("communication", "over_promising", ["offer"]),
         "ask": ("", "", ["till"])}  # fmt: skip


def drawing(fails: dict = FAILS, state: str = "as_is") -> dict:
    phases = (bp.Phase("p", bp.Words("办理", "Do it")),)
    steps = tuple(bp.Step(k, "customer", "p", bp.Words(k, k), order=i, fail=True, gap=gap, cause=cause, categories=tuple(categories))
                  for i, (k, (gap, cause, categories)) in enumerate(fails.items()))  # fmt: skip
    return bp.to_dict(bp.Document("mine", bp.Words("我的", "Mine"), phases, steps, state=state))


@pytest.fixture
def only_mine(own_data_folder, monkeypatch):
    """No drawing but those of the test."""
    monkeypatch.setattr(blueprint_desk, "seeds", dict)
    world(rivals=())
    engine = warehouse.engine()
    publish(engine, "categories", [{"category": "till", "zh": "收费", "element": "price"}, {"category": "offer", "zh": "宣传", "element": "coverage"},
                                   {"category": "rest", "zh": "其他"}])  # fmt: skip
    publish(engine, "complaints", [{"ticket_id": f"T{i}", "opened_at": "2026-06-03 09:00:00", "city": "北州", "category": "till" if i < 30 else "offer" if i < 40 else "rest"}
                                   for i in range(100)])  # fmt: skip
    return engine


def rows_of(app, head: str) -> list[list[str]]:
    """The cells of the table with that heading."""
    (table,) = [body for body in words(app).split('<div class="sqm-scroll">') if f">{head}<" in body]
    return [re.findall(r"<td[^>]*>(.*?)</td>", row) for row in table.split("<tr>")[2:]]


def test_fail_points_and_complaints_by_gap(only_mine) -> None:
    store.save(only_mine, "blueprint", "mine", drawing(), base=0)
    # It is about all elements, whichever is chosen.
    app = open_page("satisfaction", query={"element": "store"})
    assert "4 fail points are too few to tell which gap has the most; complaints are most in what Delivery gap touches, 30.0%" in words(app)
    told = {row[0]: row[1:] for row in rows_of(app, "Linked elements and their satisfaction")}
    assert list(told) == ["Knowledge gap", "Standards gap", "Delivery gap", "Communication gap", "No gap stated", "Customer gap"]
    assert told["Delivery gap"][:4] == ["2 · 50.0% ± 35.0", "Supply-demand mismatch 1", "30 · 30.0% ± 9.6", "Price 44.4 ± 2.9"]
    # Scores of 4 and 6 in turn, 60 interviews: (3 + 5)/2 of 9; of coverage 8 and 10: (7 + 9)/2 of 9.
    assert told["Communication gap"][2:] == ["10 · 10.0% (5.5 – 17.4)", "Coverage 88.9 ± 2.9"]
    assert told["Knowledge gap"] == ["0 · 0.0% (0.0 – 49.0)", "–", "–", "–"] and told["Customer gap"][0] == "4"


def test_a_saved_drawing_counts_at_once_and_a_plan_does_not(only_mine) -> None:
    store.save(only_mine, "blueprint", "mine", drawing(), base=0)
    app = open_page("satisfaction")
    store.save(only_mine, "blueprint", "mine", drawing({"say": FAILS["say"]}), base=1)
    assert "1 fail point is too few to tell which gap has the most" in words(whole(app.run()))
    store.save(only_mine, "blueprint", "mine", drawing(state="to_be"), base=2)
    assert any("No fail point is drawn yet" in each.value for each in whole(app.run()).caption)


def test_a_drawing_that_cannot_be_read_is_left_out_and_told(only_mine) -> None:
    store.save(only_mine, "blueprint", "mine", drawing(), base=0)
    store.save(only_mine, "blueprint", "torn", {"schema": 99}, base=0)
    app = open_page("satisfaction")
    assert "4 fail points are too few" in words(app)
    assert any("1 blueprint could not be read and is left out" in each.value for each in app.caption)


def test_the_planted_story_is_found(sample_folder, monkeypatch) -> None:
    monkeypatch.setenv("SQM_DATA_DIR", str(sample_folder))
    warehouse.forget()
    app = menu(open_page("satisfaction", query={"period": "24"}), "against")
    assert "Against Competitor A, of 6 elements: 1 confirmed ahead, 2 behind, 3 open" in words(app)
    (table,) = [f.value for f in app.dataframe if "Difference" in f.value]
    sure = {row["Element"]: row["Verdict"] for _, row in table.iterrows() if "confirmed" in row["Verdict"]}
    assert sure == {"Network coverage": "higher, confirmed", "Price level": "lower, confirmed", "Tariff plans": "lower, confirmed"}
    said = words(open_page("satisfaction", query={"period": "6", "city": "宿迁", "element": "hotline"}))
    assert "Hotline: 29.1% ± 7.2 in the top two boxes, 50.4% ± 7.6 before; the fall is confirmed" in said
    warehouse.forget()


def test_across_a_changed_questionnaire_the_line_is_cut_and_nothing_compared(own_data_folder) -> None:
    world(rivals=(), n=120, months=range(1, 13))
    before = words(open_page("satisfaction", query={"element": "store", "period": "6"}))
    assert "before; the change is not confirmed" in before
    publish(warehouse.engine(), "events", [{"event": "E1", "on": date(2026, 5, 12), "kind": "break", "zh": "问卷换版", "en": "New questionnaire"}])
    app = open_page("satisfaction", query={"element": "store", "period": "6"})
    assert "before; the change" not in words(app)
    assert any("another scale or questionnaire: no comparison" in each.value for each in app.caption)
    app = open_page("overview", "en")
    assert any("no satisfaction is compared across a changed questionnaire: 2026-05-12 New questionnaire" in each.value for each in app.caption)


def test_the_month_of_a_break_belongs_to_what_comes_after() -> None:
    from sqm.charts import base

    months = pd.date_range("2026-01-01", periods=4, freq="MS")
    frame = pd.DataFrame({"month": months, "value": 80.0, "lo": 79.0, "hi": 81.0, "base": 100})
    events = pd.DataFrame({"on": [date(2026, 3, 12), date(2026, 2, 1)], "name": ["New", "Note"], "kind": ["break", "note"]})
    told = base.spec(base.trend(frame, "light", "en", events=events))
    lines = [layer for layer in told["layer"] if layer["mark"].get("type") in ("area", "line")]
    assert [layer["encoding"]["detail"]["field"] for layer in lines] == ["part", "part"]
    assert told["datasets"][lines[0]["data"]["name"]]["part"].tolist() == [0, 0, 1, 1]
    assert "part" not in base.spec(base.trend(frame, "light", "en", events=events[1:]))["datasets"][lines[0]["data"]["name"]]
