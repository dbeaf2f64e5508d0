"""The Blueprint page by interaction: living figures, selection, edits that survive, saving, conflicts, restoring."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from simulated import open_page, words
from sqm import blueprint as bp
from sqm import metrics, store
from sqm.ui import blueprint_desk as desks
from sqm.ui import blueprint_living as figures
from warehouses import filled, publish

ROOT = Path(__file__).resolve().parent.parent
MONTHS = [date(2025 + m // 12, m % 12 + 1, 1) for m in range(18)]


def build(engine):
    """A small warehouse: promotions get worse in the last half year, complaints about sales calls double."""
    publish(engine, "cities", [{"city": "甲", "en": "Alpha"}, {"city": "乙", "en": "Beta"}])
    elements = {"promotion": "促销活动", "store": "营业厅服务", "transaction": "业务办理"}
    publish(engine, "elements", [{"element": k, "zh": v, "en": k.title()} for k, v in elements.items()])
    categories = {"marketing": "营销外呼", "store": "厅店服务", "tariff": "资费套餐"}
    publish(engine, "categories", [{"category": k, "zh": v, "en": k.title()} for k, v in categories.items()])
    publish(engine, "departments", [{"department": "marketing", "zh": "市场部", "en": "Marketing"}])
    answers = [
        {
            "respondent": f"r{m}-{city}-{n}",
            "month": month,
            "city": city,
            "element": element,
            "scale": "1-10",
            "score": (8 if element != "promotion" else 9 if m < 12 else 6) + n % 2,
        }
        for m, month in enumerate(MONTHS)
        for city in ("甲", "乙")
        for n in range(20)
        for element in ("overall", "promotion", "store")
    ]
    publish(engine, "surveys", answers)
    publish(
        engine, "customers", [{"month": m, "city": c, "opening": 1e5, "closing": 1e5} for m in MONTHS for c in "甲乙"]
    )
    tickets = [
        {"ticket_id": f"t{m}-{c}-{n}", "opened_at": f"{month:%Y-%m}-05 10:00:00", "city": c, "category": "marketing"}
        for m, month in enumerate(MONTHS)
        for c in "甲乙"
        for n in range(30 if m < 12 else 60)
    ]
    publish(engine, "complaints", tickets)


@pytest.fixture
def loaded(own_data_folder):
    return filled(build)


def desk_of(app: AppTest) -> desks.Desk:
    return app.session_state["blueprint_desks"]["store_visit"]


def sent(app: AppTest) -> dict:
    """What the canvas was told."""
    (component,) = (c for c in app.get("bidi_component") if "docId" in c.proto.json)
    return json.loads(component.proto.json)


def drawn(app: AppTest) -> str:
    """The document on the canvas."""
    return json.dumps(sent(app)["doc"], ensure_ascii=False)


def test_the_drawing_is_alive(loaded) -> None:
    app = open_page("blueprint", lang="en")
    told = sent(app)
    assert len(told["doc"]["steps"]) == 29
    period = (date(2026, 1, 1), date(2026, 6, 1))
    value = metrics.fetch(loaded, "satisfaction", where={"element": "promotion"}, period=period)["value"].iloc[0]
    rate = metrics.fetch(loaded, "complaint_rate", where={"category": "marketing"}, period=period)["value"].iloc[0]
    said, rated = told["figures"]["keys"]["explain"], told["figures"]["fails"]["explain"]
    assert (said["value"], said["verdict"]) == (f"{value:.1f}", "worse") and len(said["trend"]) == 12
    assert (rated["value"], rated["sign"]) == (f"{rate:.1f}", "up")
    assert "Enquire" in words(app) and "3 fail points are not fully guarded" in words(app)


def test_both_languages(loaded) -> None:
    for lang, said in (("zh", "领取礼品赠品"), ("en", "Collect gift")):
        app = open_page("blueprint", lang=lang)
        assert said in drawn(app) and said in words(app)


def test_a_figure_asked_together_is_the_figure_asked_alone(loaded) -> None:
    from sqm.ui.filters import Filters

    filters = Filters("blueprint", "en", "light", loaded, 1, (date(2026, 1, 1), date(2026, 6, 1)), {"city": "甲"})
    one, two = (bp.Binding("satisfaction", (("element", (e,)),)) for e in ("promotion", "store"))
    both = bp.Binding("complaint_rate", (("category", ("marketing", "store")),))
    found = figures.read([one, two, both, bp.Binding("no_such"), bp.Binding("nps", (("item", ("x",)),))], filters)
    assert set(found) == {one, two, both}
    for binding in (one, two, both):
        alone = metrics.fetch(
            loaded, binding.metric, where={**binding.filters, "city": "甲"}, period=filters.period
        ).iloc[0]
        assert (found[binding].value, found[binding].lo, found[binding].hi) == (
            alone["value"],
            alone["lo"],
            alone["hi"],
        )
    assert found[one].verdict == "worse" and found[two].verdict == "unclear" and len(found[one].trend) == 12


def test_the_period_before() -> None:
    assert figures.before((date(2026, 1, 1), date(2026, 6, 1))) == (date(2025, 7, 1), date(2025, 12, 1))
    assert figures.before((date(2026, 3, 1), date(2026, 3, 1))) == (date(2026, 2, 1), date(2026, 2, 1))


def test_the_list_of_unguarded_points_selects(loaded) -> None:
    app = open_page("blueprint", lang="zh")
    app.button(key="bp_go_1").click().run()
    chosen = app.query_params["step"]
    assert chosen in {s.id for s in desk_of(app).draft.unguarded}
    assert sent(app)["selected"] == chosen
    assert desk_of(app).draft.step(chosen).title.zh in words(app)


def edit(app: AppTest, **values: object) -> None:
    """What a change in the table does, without a browser."""
    desk = desk_of(app)
    desk.put(bp.change_step(desk.draft, "explain", **values).apply(desk.draft))
    app.run()
    assert not app.exception


def test_edit_save_and_load_again(loaded) -> None:
    app = open_page("blueprint", lang="en")
    edit(app, contingency=bp.Words("补救", "Make good"))
    assert "1 unsaved edit</b>" in words(app) and "2 fail points are not fully guarded" in words(app)
    app.text_input(key="blueprint_who").set_value("Li Min")
    app.text_input(key="blueprint_why").set_value("plan agreed").run()
    app.button(key="blueprint_save").click().run()
    assert "Saved as revision 1" in words(app)
    stored = store.latest(loaded, "blueprint", "store_visit")
    assert (stored.revision, stored.who, stored.why) == (1, "Li Min", "plan agreed")
    assert bp.loads(stored.text).step("explain").guard == "both"
    assert "Make good" in drawn(open_page("blueprint", lang="en")) or "2 fail points" in words(open_page("blueprint", lang="en"))


def test_unsaved_edits_survive_a_change_of_language_and_of_page(loaded) -> None:
    app = open_page("blueprint", lang="en")
    edit(app, title=bp.Words("讲解", "Talk it through"))
    app.segmented_control(key="lang").set_value("zh").run()
    assert "处改动未保存" in words(app)
    for page in ("overview", "blueprint"):
        app.session_state["page"] = page
        app.run()
    assert desk_of(app).draft.step("explain").title.en == "Talk it through"


def test_undo_and_discard(loaded) -> None:
    app = open_page("blueprint", lang="en")
    edit(app, owner="a")
    edit(app, owner="b")
    app.button(key="blueprint_undo").click().run()
    assert desk_of(app).draft.step("explain").owner == "a"
    app.button(key="blueprint_discard").click().run()
    assert desk_of(app).draft == desk_of(app).stored and "unsaved" not in words(app).split("explain")[0]


def other_person_saves(engine, base: int, **values: object) -> None:
    document = desks.stored(engine, "store_visit")[1]
    changed = bp.change_step(document, "explain", **values).apply(document)
    store.save(engine, "blueprint", "store_visit", bp.to_dict(changed), base=base, who="王珊", why="<b>new</b>")


def test_a_conflict_is_shown_and_mine_can_go_on_top(loaded) -> None:
    app = open_page("blueprint", lang="en")
    edit(app, owner="mine")
    other_person_saves(loaded, 0, title=bp.Words("甲", "Theirs"))
    app.button(key="blueprint_save").click().run()
    assert store.latest(loaded, "blueprint", "store_visit").revision == 1, "nothing was overwritten"
    said = words(app)
    assert "王珊" in said and "They do not conflict" in said and "<b>new</b>" not in said
    app.button(key="bp_mine").click().run()
    app.button(key="blueprint_save").click().run()
    step = bp.loads(store.latest(loaded, "blueprint", "store_visit").text).step("explain")
    assert (step.owner, step.title.en) == ("mine", "Theirs")


def test_a_conflict_on_the_same_field_names_it_and_theirs_can_be_taken(loaded) -> None:
    app = open_page("blueprint", lang="en")
    edit(app, title=bp.Words("乙", "Mine"))
    other_person_saves(loaded, 0, title=bp.Words("甲", "Theirs"))
    app.run()
    assert "Both sides changed: Mine title" in words(app)
    app.button(key="bp_theirs").click().run()
    assert desk_of(app).draft.step("explain").title.en == "Theirs" and desk_of(app).base == 1


def test_another_persons_revision_is_taken_up_where_nothing_is_unsaved(loaded) -> None:
    app = open_page("blueprint", lang="en")
    other_person_saves(loaded, 0, title=bp.Words("甲", "Theirs"))
    app.run()
    assert desk_of(app).base == 1 and "Theirs" in drawn(app)


def test_a_revision_can_be_restored(loaded) -> None:
    other_person_saves(loaded, 0, title=bp.Words("甲", "One"))
    other_person_saves(loaded, 1, title=bp.Words("甲", "Two"))
    app = open_page("blueprint", lang="en")
    app.selectbox(key="bp_revision_store_visit").set_value(1).run()
    app.button(key="bp_restore").click().run()
    assert store.latest(loaded, "blueprint", "store_visit").revision == 3 and "One" in drawn(app)


def test_hostile_titles_are_shown_as_text(loaded) -> None:
    evil = "<img src=x onerror=alert(1)>**x** :red[y]"
    app = open_page("blueprint", lang="en")
    edit(app, title=bp.Words(evil, evil), prevention=bp.Words(evil, evil), owner="<script>")
    app.query_params["step"] = "explain"
    app.run()
    assert "<img" not in words(app).replace('<img alt="" src="data:', "")
    assert "<script>" not in words(app).replace("<script>document.documentElement.lang", "")
    assert not any("**x**" in button.label for button in app.button)


def test_a_broken_stored_document_is_a_sentence(loaded) -> None:
    store.save(loaded, "blueprint", "store_visit", {"schema": 99}, base=0)
    app = open_page("blueprint", lang="en")
    assert any("format version 99" in error.value for error in app.error)


def test_no_data_says_what_to_do(own_data_folder) -> None:
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    app.switch_page("pages/blueprint.py").run()
    assert not app.exception and app.info


def test_metrics_are_bound_beside_the_step_and_drawn_at_once(loaded) -> None:
    app = open_page("blueprint", lang="en", query={"step": "brochure"})
    desk = desk_of(app)
    desk.put(bp.change_step(desk.draft, "brochure", key=True).apply(desk.draft))
    app.session_state["bp_bind_brochure"] = True
    app.run()
    (choice,) = (m for m in app.multiselect if m.key.startswith("bp_metrics_"))
    choice.set_value(["satisfaction?element=store"]).run()
    assert not app.exception
    assert [b.text for b in desk_of(app).draft.step("brochure").metrics] == ["satisfaction?element=store"]
    period = (date(2026, 1, 1), date(2026, 6, 1))
    value = metrics.fetch(loaded, "satisfaction", where={"element": "store"}, period=period)["value"].iloc[0]
    assert sent(app)["figures"]["keys"]["brochure"]["value"] == f"{value:.1f}"


def test_a_fail_point_is_guarded_beside_the_step(loaded) -> None:
    app = open_page("blueprint", lang="en", query={"step": "collect"})
    assert desk_of(app).draft.step("collect").guard == "none"

    def field(kind: str, start: str):
        return next(one for one in getattr(app, kind) if str(one.key).startswith(f"bp_{start}"))

    app.session_state["bp_guard_collect"] = True
    app.run()
    field("text_area", "prevention_en_collect").set_value("Count the stock every morning").run()
    field("text_area", "contingency_en_collect").set_value("Send it by post").run()
    field("multiselect", "categories_collect").set_value(["store", "marketing"]).run()
    field("selectbox", "gap_collect").set_value("delivery").run()
    field("selectbox", "cause_collect").set_value("supply_demand").run()
    assert not app.exception
    made = desk_of(app).draft.step("collect")
    assert (made.guard, made.categories, made.gap, made.cause) == ("both", ("marketing", "store"), "delivery", "supply_demand")
    assert made.prevention.en == "Count the stock every morning" and "2 fail points are not fully guarded" in words(app)
    field("text_area", "contingency_en_collect").set_value("").run()
    assert desk_of(app).draft.step("collect").guard == "no_contingency"


def test_names_lead_to_the_page_of_the_number(loaded) -> None:
    app = open_page("blueprint", lang="en", query={"step": "explain", "city": "乙", "period": "6"})
    shown = words(app)
    assert "satisfaction?city=%E4%B9%99&amp;element=promotion&amp;period=6&amp;lang=en" in shown
    assert "complaints?city=%E4%B9%99&amp;category=marketing&amp;period=6&amp;lang=en#tickets" in shown


def test_an_indicator_stands_with_its_unit(loaded) -> None:
    listed = {"element": "store", "zh": "接通率", "en": "Answer rate", "unit": "%", "better": "higher"}
    publish(loaded, "indicator_list", [{"indicator": "connect_rate", **listed}, {"indicator": "waits", **listed, "unit": "分钟"}])
    reported = [{"indicator": i, "month": m, "city": c, "value": 93.2} for i in ("connect_rate", "waits") for m in MONTHS for c in "甲乙"]
    publish(loaded, "indicators", reported)
    app = open_page("blueprint", lang="en", query={"step": "explain"})
    desk = desk_of(app)
    bound = tuple(bp.Binding("indicator", (("indicator", (i,)),)) for i in ("connect_rate", "waits"))
    desk.put(bp.change_step(desk.draft, "explain", metrics=bound).apply(desk.draft))
    app.run()
    assert sent(app)["figures"]["keys"]["explain"]["value"] == "93.2%"
    assert "<b>93.2</b>%" in words(app) and "<b>93.2</b> 分钟" in words(app)


def test_a_point_goes_onto_the_agenda_with_its_number(loaded) -> None:
    from sqm import minutes, presented
    from sqm.ui import meeting_words

    app = open_page("blueprint", lang="en", query={"step": "explain", "city": "乙"})
    assert app.button(key="bp_send_explain").disabled, "no meeting is planned"
    called = minutes.call(loaded, "service", "", meeting_words.today(), "wang")
    app = open_page("blueprint", lang="en", query={"step": "explain", "city": "乙"})
    for _ in range(2):
        app.button(key="bp_send_explain").click().run()
    (item,) = minutes.load(loaded, called.id).items
    assert item.binding.text == "satisfaction?city=乙&element=promotion" and item.title.en.startswith("Explain promotion in detail: Beta Promotion satisfaction")
    slide = presented.compose(loaded, minutes.load(loaded, called.id), meeting_words.today())[1]
    assert slide.kind == "trend" and "Last six months" in slide.evidence.en and {point.series for point in slide.points} == {"own", "whole"}
