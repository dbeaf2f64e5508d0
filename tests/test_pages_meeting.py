"""The Meeting page by interaction: planned with an agenda of its own, opened, shown slide by slide, written into, closed, reopened."""

from __future__ import annotations

import json
from datetime import date

import pytest
from test_minutes import MONTHS, answers, build

from simulated import finding, open_page, whole, words
from sqm import minutes, people, presented, warehouse
from sqm.meeting import Action, actions, meeting
from sqm.ui import meeting_words
from warehouses import filled, publish

TODAY = date(2026, 7, 14)


@pytest.fixture
def engine(own_data_folder, monkeypatch):
    monkeypatch.setattr(meeting_words, "today", lambda: TODAY)
    return filled(build)


def planned(engine, **more):
    made = minutes.call(engine, "service", more.pop("tier", ""), TODAY, "wang", **more)
    items, _ = presented.propose(engine, made, TODAY, 2)
    return minutes.change(engine, made.id, lambda one: meeting.set_items(one, items), "wang")


def held(engine):
    return presented.open_meeting(engine, planned(engine), "wang", TODAY)


def stage(app) -> dict:
    """What the keys were told."""
    return next(told for told in (json.loads(c.proto.json) for c in app.get("bidi_component")) if "slides" in told)


def shared(engine, slide: int, lang: str = "en", **more):
    return whole(open_page("meeting", lang, {"present": "1", "slide": str(slide), **more}))


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_nothing_planned_says_what_to_do(engine, lang) -> None:
    app = whole(open_page("meeting", lang))
    assert ("新建" in finding(app)) if lang == "zh" else ("No meeting yet" in finding(app))
    assert app.info


def test_a_meeting_is_planned_with_what_the_data_say(engine) -> None:
    app = whole(open_page("meeting", "en"))
    app.button(key="mt_new").click().run()
    app.text_input(key="mt_new_chair").set_value("Ms Wang")
    whole(app.button(key="mt_new_make").click().run())
    (made,) = minutes.meetings(engine)
    assert made.chair == "Ms Wang" and [item.source for item in made.items] == ["signal"]
    assert "1 item in 10 of 60 minutes; 1 of at least 2 this month" == finding(app)
    assert "Alpha Hotline satisfaction down 33.3 points" in words(app) and "worse, confirmed" in words(app)


def test_the_agenda_is_changed_by_hand(engine) -> None:
    made = planned(engine)
    app = whole(open_page("meeting", "en"))
    app.text_input(key="mt_topic").set_value("Queues at noon")
    app.selectbox(key="mt_topic_owner").set_value("quality")
    whole(app.button(key="mt_topic_add").click().run())
    first, topic = minutes.load(engine, made.id).items
    assert (topic.title.zh, topic.owner, topic.source) == ("Queues at noon", "quality", "topic")
    whole(app.button(key=f"mt_up_{topic.id}").click().run())
    whole(app.number_input(key=f"mt_time_{first.id}_10").set_value(15).run())
    whole(app.button(key=f"mt_drop_{topic.id}").click().run())
    (left,) = minutes.load(engine, made.id).items
    assert left.id == first.id and left.minutes == 15
    minutes.change(engine, made.id, lambda one: meeting.drop_item(one, first.id), "li")
    app.button(key=f"mt_drop_{first.id}").click().run()
    assert any("took this item off" in error.value for error in app.error), "what somebody else did meanwhile is said"


def test_it_is_opened_and_shown_slide_by_slide(engine) -> None:
    made = planned(engine)
    app = whole(open_page("meeting", "en"))
    whole(app.button(key="mt_open").click().run())
    assert minutes.load(engine, made.id).state == "open" and app.query_params["present"] in ("1", ["1"])
    agenda = shared(engine, 0)
    assert finding(agenda) == "1 thing to decide today, 1 item in all" and stage(agenda)["writes"]
    trend = shared(engine, 1)
    assert finding(trend) == "Alpha Hotline satisfaction down 33.3 points on the six months before" and "worse, confirmed" in words(trend)
    assert "Last six months" in words(trend) and "To decide: Who takes it on, and by when?" in words(trend) and stage(trend)["minutes"] == 10
    assert "比前六个月降 33.3 分" in finding(shared(engine, 1, "zh")) and "Nothing decided" in finding(shared(engine, 99))
    assert "st-key-head" in "".join(b.proto.body for b in trend.get("html")), "no chrome"


def test_an_action_is_born_from_the_mark_and_a_decision_from_the_slide(engine) -> None:
    made = held(engine)
    app = open_page("meeting", "en", {"present": "1", "slide": "1"})
    slide = minutes.shown(engine, made.id).slides[1]
    mark = [point for point in slide.points if point.series == "own"][-2].figure
    app.session_state["stage_marks"] = {slide.id: mark.question}
    app.session_state["stage_ask"] = "action"
    whole(app.run())
    assert "2026-05" in words(app) and app.button(key="keep_action")
    app.button(key="keep_action").click().run()
    assert any("Nothing is written" in error.value for error in app.error)
    next(area for area in app.text_area if area.key.endswith("_what")).set_value("Hire six agents")
    whole(app.button(key="keep_action").click().run())
    (action,) = minutes.all_actions(engine)
    assert (action.what, action.owner, action.meeting, action.figure) == ("Hire six agents", "quality", made.id, mark)
    assert action.due == date(2026, 8, 13) and action.expected.better == "higher" and action.expected.cities == ("甲",) and action.expected.least == 2.0
    assert action.binding.text == "satisfaction?city=甲&element=hotline" and "stage_ask" not in app.session_state
    app.session_state["stage_ask"] = "decision"
    whole(app.run())
    next(area for area in app.text_area if area.key.startswith("decide_")).set_value("Ring back within a day")
    whole(app.button(key="keep_decision").click().run())
    assert [one.text for one in minutes.load(engine, made.id).decisions] == ["Ring back within a day"]
    assert "Hire six agents" in words(shared(engine, 99)) and "1 decision and 1 action today" == finding(shared(engine, 99))


def test_reopened_it_shows_what_was_shown_and_what_is_otherwise_today(engine) -> None:
    made = held(engine)
    minutes.change(engine, made.id, meeting.closed, "wang")
    before = words(shared(engine, 1))
    publish(engine, "surveys", [one for one in answers(low=7) if one["month"] == MONTHS[-1]])
    app = shared(engine, 1)
    assert "2026-06: shown 50.0" in words(app) and "now 72.2" in words(app) and "loaded" in words(app) and not stage(app)["writes"]
    assert before in words(app) or finding(app) in before
    assert "Show as it was" in [button.label for button in whole(open_page("meeting", "en")).button]


def test_the_register_turns_puts_off_and_follows_a_case(engine) -> None:
    minutes.raise_action(engine, Action("a1", "Mend it", "quality", date(2026, 7, 1), date(2026, 5, 1), type="tracing"), "wang")
    held(engine)
    app = whole(open_page("meeting", "en"))
    assert "Actions: 1 open, 1 overdue" in words(app) and "Mend it" in words(app)
    whole(app.selectbox(key="mt_action").set_value("a1").run())
    app.text_input(key="mt_note_a1").set_value("Parts came")
    whole(app.button(key="mt_turn_done").click().run())
    assert minutes.all_actions(engine)[0].history[-1].text == "Parts came" and "reported done" in words(app)
    app.text_input(key="mt_note_a1").set_value("")
    app.button(key="mt_put_off").click().run()
    assert any("Say why" in error.value for error in app.error)
    key = next(one.key for one in app.button_group if str(one.key).startswith("mt_stage_a1")) if hasattr(app, "button_group") else "mt_stage_a1_find"
    app.session_state[key] = "measures"
    whole(app.run())
    minutes.change_action(engine, "a1", lambda one: actions.work_on(one, "wang", minutes.now(), causes=(actions.Cause("Text", 100.0, (("quality", "lead"),)),)), "wang")
    assert minutes.all_actions(engine)[0].causes[0].share == 100.0


def test_who_may_not_write_only_looks_and_a_branch_sees_its_own(engine) -> None:
    people.grant(engine, "admin@x.cn", "admin", (), by="root", known=("甲", "乙", "丙"))
    people.grant(engine, "viewer@x.cn", "viewer", (), by="admin@x.cn", known=("甲", "乙", "丙"))
    people.grant(engine, "branch@x.cn", "branch", ("甲",), by="admin@x.cn", known=("甲", "乙", "丙"))
    province = held(engine)
    looks = open_page("meeting", "en", user="viewer@x.cn")
    keys = {button.key for button in looks.button}
    assert "mt_present" in keys and not keys & {"mt_new", "mt_open", "mt_close", "mt_topic_add"}
    shown = open_page("meeting", "en", {"present": "1", "slide": "1"}, user="viewer@x.cn")
    assert not stage(shown)["writes"]
    branch = open_page("meeting", "en", {"meeting": province.id}, user="branch@x.cn")
    assert "No meeting yet" in finding(branch)
    forced = open_page("meeting", "en", {"meeting": province.id, "present": "1"}, user="branch@x.cn")
    assert any("no such meeting" in error.value for error in forced.error) and "33.3" not in words(forced)
    own = planned(engine, tier="甲")
    assert "1 item" in finding(open_page("meeting", "en", {"meeting": own.id}, user="branch@x.cn"))


def test_what_is_overdue_stands_on_the_first_page(engine) -> None:
    minutes.raise_action(engine, Action("a1", "Mend it", "quality", date(2026, 7, 1), date(2026, 5, 1)), "wang")
    assert "1 action is overdue." in words(whole(open_page("overview", "en"))) and "1 项交办事项逾期" in words(whole(open_page("overview", "zh")))
    minutes.change_action(engine, "a1", lambda one: actions.turn(one, "done", "li", minutes.now()), "li")
    assert "overdue" not in words(whole(open_page("overview", "en")))


def test_a_metric_that_is_there_no_more_is_still_shown(engine, monkeypatch) -> None:
    from sqm import metrics

    held(engine)
    monkeypatch.setattr(metrics, "CATALOGUE", {name: one for name, one in metrics.CATALOGUE.items() if name != "satisfaction"})
    from sqm.ui import meeting_stage

    made = minutes.meetings(engine)[0]
    slide = minutes.shown(engine, made.id).slides[1]
    assert meeting_stage.figure_said(slide.figures[0]).startswith("50.0")


def test_hostile_words_stay_words(engine) -> None:
    made = planned(engine)
    evil = "<img src=x onerror=alert(1)>"
    app = whole(open_page("meeting", "en"))
    app.text_input(key="mt_topic").set_value(evil)
    whole(app.button(key="mt_topic_add").click().run())
    assert evil not in words(app) and "&lt;img" in words(app)
    presented.open_meeting(engine, minutes.load(engine, made.id), "wang", TODAY)
    for slide in (0, 2):
        shown = shared(engine, slide)
        assert evil not in words(shown) and "&lt;img" in words(shown)


def test_an_empty_warehouse_says_so(own_data_folder) -> None:
    warehouse.engine()
    app = open_page("meeting", "en", app_file=True)
    assert app.info and not app.exception


def test_standards_are_registered_and_go_on(engine) -> None:
    app = whole(open_page("meeting", "en"))
    app.text_input(key="st_name").set_value("Callback within a day")
    app.selectbox(key="st_owner").set_value("quality")
    app.selectbox(key="st_bound").set_value("satisfaction?element=hotline")
    whole(app.button(key="st_keep").click().run())
    (one,) = minutes.all_standards(engine)
    assert one.binding.text == "satisfaction?element=hotline"
    app.session_state[f"st_step_{one.id}_"] = "trial"
    whole(app.run())
    whole(app.button(key="st_take").click().run())
    (one,) = minutes.all_standards(engine)
    assert one.step == "trial" and "Satisfaction · Hotline" in one.history[0].figure and one.history[0].verdict == "worse"
    assert "Trial" in words(app) and "bad, confirmed" in words(app)
