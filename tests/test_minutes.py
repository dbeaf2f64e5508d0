"""The book of meetings on a real warehouse: two people at once, what is frozen, and what has changed since, with who changed it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from sqm import judged, minutes, presented, store, warehouse
from sqm.blueprint import Binding, Words
from sqm.errors import Conflict
from sqm.meeting import Action, Expected, Item, MeetingRefused, Standard, Taken, actions, meeting, standards
from sqm.meetings import effectiveness
from warehouses import filled, publish

TODAY = date(2026, 7, 14)
MONTHS = [date(2025 + m // 12, m % 12 + 1, 1) for m in range(18)]


def answers(low: int = 5, cities: str = "甲乙丙") -> list[dict]:
    """Every city 8 or 9 of 10; in 甲 the hotline falls to ``low`` or one more in the last half year."""
    return [
        {"respondent": f"r{m}-{city}-{n}", "month": month, "city": city, "element": element, "scale": "1-10",
         "score": (low if city == "甲" and element == "hotline" and m >= 12 else 8) + n % 2}
        for m, month in enumerate(MONTHS) for city in cities for n in range(40) for element in ("overall", "hotline")
    ]


def build(engine) -> None:
    publish(engine, "cities", [{"city": c, "en": e} for c, e in (("甲", "Alpha"), ("乙", "Beta"), ("丙", "Gamma"))])
    publish(engine, "elements", [{"element": "hotline", "zh": "热线服务", "en": "Hotline"}])
    publish(engine, "departments", [{"department": "quality", "zh": "品质管理部", "en": "Quality"}])
    publish(engine, "surveys", answers())


@pytest.fixture
def engine(own_data_folder):
    return filled(build)


def called(engine, **more):
    return minutes.call(engine, "service", "", TODAY, "wang", **more)


def agreed(engine):
    """A meeting whose agenda is what was proposed."""
    made = called(engine, chair="王")
    items, left = presented.propose(engine, made, TODAY, 2)
    assert not left
    return minutes.change(engine, made.id, lambda one: meeting.set_items(one, items), "wang")


def test_two_people_at_once_lose_nothing(engine, monkeypatch) -> None:
    made = called(engine)
    minutes.change(engine, made.id, lambda one: meeting.opened(one, 1, "s"), "wang")
    save, once = store.save, []

    def beaten(*args, **more):
        if not once:
            once.append(1)
            minutes.change(engine, made.id, lambda one: meeting.decide(one, "", "Theirs", "li", "2026-07-14T00:00:00"), "li")
        return save(*args, **more)

    monkeypatch.setattr(minutes.store, "save", beaten)
    minutes.change(engine, made.id, lambda one: meeting.decide(one, "", "Mine", "wang", "2026-07-14T00:00:01"), "wang")
    assert [one.text for one in minutes.load(engine, made.id).decisions] == ["Theirs", "Mine"]
    monkeypatch.setattr(minutes.store, "save", lambda *args, **more: (_ for _ in ()).throw(Conflict("revision_conflict")))
    with pytest.raises(Conflict):
        minutes.change(engine, made.id, lambda one: meeting.decide(one, "", "Never", "wang", ""), "wang")
    with pytest.raises(MeetingRefused, match="meeting_gone"):
        minutes.change(engine, "nothing", lambda one: one, "wang")


def test_the_agenda_builds_itself_and_says_a_thing_once(engine) -> None:
    made = agreed(engine)
    (fell, *rest) = made.items
    assert fell.source == "signal" and fell.binding == Binding("satisfaction", (("city", ("甲",)), ("element", ("hotline",)))) and fell.owner == "quality"
    assert fell.title.en == "Alpha Hotline satisfaction down 33.3 points on the six months before" and fell.title.zh == "甲热线服务满意度比前六个月降 33.3 分"
    minutes.raise_action(engine, Action("a1", "Mend it", "quality", date(2026, 7, 1), date(2026, 6, 1)), "wang")
    presented.open_meeting(engine, made, "wang", TODAY)
    again = minutes.call(engine, "service", "", date(2026, 7, 28), "wang")
    items, _ = presented.propose(engine, again, date(2026, 7, 28), 2)
    assert [one.source for one in items] == ["actions"], "what was shown is not news at the next meeting"
    assert items[0].refs == ("a1",) and "1 overdue" in items[0].note.en
    other = minutes.call(engine, "process", "", date(2026, 7, 28), "wang")
    assert "signal" in {one.source for one in presented.propose(engine, other, date(2026, 7, 28), 2)[0]}


def test_what_is_shown_is_what_the_pages_say_and_is_kept_for_good(engine) -> None:
    from sqm import metrics

    made = agreed(engine)
    live = presented.compose(engine, made, TODAY)
    opened = presented.open_meeting(engine, made, "wang", TODAY)
    held = minutes.shown(engine, made.id)
    assert held.whole and held.slides == live and opened.state == "open" and opened.seal == held.seal
    for figure in (one for slide in held.slides for one in slide.figures):
        period = tuple(date(int(month[:4]), int(month[5:]), 1) for month in (figure.first, figure.last))
        row = metrics.fetch(engine, figure.metric, where={k: list(v) for k, v in figure.where}, period=period).iloc[0]
        assert figure.value == pytest.approx(row["value"]) and figure.base == row["base"]
    assert presented.restated(engine, held) == []
    assert presented.open_meeting(engine, made, "li", TODAY).seal == held.seal, "the second presenter shows what the first one froze"


def test_new_data_change_nothing_that_was_shown_and_are_named(engine) -> None:
    made = agreed(engine)
    presented.open_meeting(engine, made, "wang", TODAY)
    before = minutes.shown(engine, made.id)
    publish(engine, "surveys", [one for one in answers(low=7) if one["month"] == MONTHS[-1]])
    held = minutes.shown(engine, made.id)
    assert held == before and held.whole
    changed = presented.restated(engine, held)
    last = next(one for one in changed if (one.shown.first, one.shown.last) == ("2026-06", "2026-06") and one.shown.of("city") == "甲")
    assert (last.shown.value, last.now.value) == (pytest.approx(50.0), pytest.approx(72.2222))
    assert [gone for *_, gone in last.batches] == [False] and not last.redefined
    batch = int(warehouse.batch_list(engine).iloc[0]["id"])
    warehouse.undo(engine, batch, "li")
    assert presented.restated(engine, minutes.shown(engine, made.id)) == []
    first = int(warehouse.batch_list(engine).query("dataset == 'surveys'").iloc[-1]["id"])
    warehouse.undo(engine, first, "li")
    gone = presented.restated(engine, minutes.shown(engine, made.id))
    assert gone and all(one.now.value is None for one in gone) and [one[3] for one in gone[0].batches] == [True] and gone[0].batches[0][1] == "li"
    assert minutes.shown(engine, made.id) == before, "undo takes nothing of what was shown"


def test_another_definition_is_named(engine, monkeypatch) -> None:
    made = agreed(engine)
    presented.open_meeting(engine, made, "wang", TODAY)
    monkeypatch.setattr(presented, "defined", lambda metric: "other")
    publish(engine, "surveys", [one for one in answers(low=7) if one["month"] == MONTHS[-1]])
    assert all(one.redefined for one in presented.restated(engine, minutes.shown(engine, made.id)))


def test_what_was_written_over_is_seen(engine) -> None:
    made = agreed(engine)
    presented.open_meeting(engine, made, "wang", TODAY)
    body = dict(store.load(engine, minutes.SHOWN, made.id, 1).body)
    with warehouse.writing(engine) as conn:
        import sqlalchemy as sa

        body["slides"][1]["shown"][0]["value"] = 99.9
        import json

        table = warehouse.documents_table
        conn.execute(sa.update(table).where(table.c.kind == minutes.SHOWN).values(body=json.dumps(body)))
    assert not minutes.shown(engine, made.id).whole


def test_a_topic_without_a_number_is_shown_in_words_and_one_bound_to_nothing_known_too(engine) -> None:
    made = called(engine)
    gone = Binding("satisfaction", (("element", ("gone",)),))
    topics = (Item("t1", "topic", Words("专题", "A topic"), Words("说明", "Why")), Item("t2", "topic", Words("旧", "Old"), binding=gone))
    made = minutes.change(engine, made.id, lambda one: replace(one, items=topics), "wang")
    shown = presented.compose(engine, made, TODAY)
    assert [one.kind for one in shown] == ["agenda", "list", "list"] and shown[0].lines[0].to == shown[1].id


def test_the_minutes_are_what_was_decided_and_given(engine) -> None:
    made = presented.open_meeting(engine, agreed(engine), "wang", TODAY)
    assert "Nothing decided" in presented.written(made, [], TODAY).title.en
    made = minutes.change(engine, made.id, lambda one: meeting.decide(one, made.items[0].id, "Ring back within a day", "wang", minutes.now()), "wang")
    minutes.raise_action(engine, Action("a1", "Hire six", "quality", date(2026, 8, 1), TODAY, meeting=made.id), "wang")
    minutes.change_action(engine, "a1", lambda one: actions.turn(one, "done", "li", minutes.now()), "li")
    last = presented.written(made, minutes.all_actions(engine), TODAY)
    assert [line.what.en for line in last.lines] == ["Ring back within a day", "Hire six"] and last.title.en == "1 decision and 1 action today"
    assert "reported done" in last.lines[1].more.en


def test_an_action_is_judged_by_what_was_declared(engine) -> None:
    figure = presented._asked(engine, Binding("satisfaction", (("city", ("甲",)), ("element", ("hotline",)))), (MONTHS[6], MONTHS[11]))
    told = Expected("higher", 5.0, ("甲",), "2026-01")
    usual = {"owner": "quality", "due": date(2026, 3, 1), "raised": date(2025, 12, 1), "figure": figure, "binding": Binding(figure.metric, figure.where)}
    minutes.raise_action(engine, Action("a1", "New script", expected=told, **usual), "wang")
    minutes.raise_action(engine, Action("a2", "No claim", **usual), "wang")
    minutes.raise_action(engine, Action("a3", "Too early", expected=replace(told, since="2026-06"), **usual), "wang")
    book = minutes.all_actions(engine)
    found = {one.id: judged.verdict_of(engine, one) for one in book}
    assert found["a1"].verdict == "worse" and found["a1"].estimate == pytest.approx(-33.3, abs=0.5) and found["a2"] is None and found["a3"].verdict == ""
    assert "few_cities" in found["a1"].warnings and judged.visible(engine, found["a1"].claim) < 15
    made = called(engine)
    items, _ = presented.propose(engine, made, TODAY, 2)
    effect = next(one for one in items if one.source == "effect")
    assert effect.title.en.startswith("Worse after “New script”: Hotline satisfaction −33.3") and effect.refs[:2] == ("a1", "worse")
    made = presented.open_meeting(engine, minutes.change(engine, made.id, lambda one: meeting.set_items(one, items), "wang"), "wang", TODAY)
    slide = next(one for one in minutes.shown(engine, made.id).slides if one.id.endswith(".effect"))
    assert slide.since == "2026-01" and slide.own.en == "1 with it" and slide.whole.en == "2 without" and "fewer than 3 cities" in slide.evidence.en
    assert presented.restated(engine, minutes.shown(engine, made.id)) == []
    again = called(engine)
    assert "effect" not in {one.source for one in presented.propose(engine, again, TODAY, 2)[0]}, "a verdict is shown once"
    rows = effectiveness.by_department(book, {key: one.verdict for key, one in found.items() if one}, TODAY)
    assert [(row.owner, row.raised, row.overdue, row.worse, row.waiting) for row in rows] == [("quality", 3, 3, 1, 1)]


def test_a_standard_that_customers_feel_worse_comes_on_the_agenda(engine) -> None:
    bound = Binding("satisfaction", (("city", ("甲",)), ("element", ("hotline",))))
    minutes.register(engine, Standard("s1", "Callback 13812345678", "quality", bound), "wang")
    minutes.register(engine, Standard("s2", "Quiet", "quality", Binding("satisfaction", (("city", ("乙",)), ("element", ("hotline",))))), "wang")
    for step in ("trial", "launch"):
        for one in ("s1", "s2"):
            minutes.change_standard(engine, one, lambda old, step=step: standards.take(old, Taken(step, minutes.now(), "wang", "Paper")), "wang")
    assert minutes.all_standards(engine)[0].name == "Callback 138****5678"
    made = called(engine)
    found = [item for item in presented.propose(engine, made, TODAY, 2)[0] if item.source == "standard"]
    assert [item.refs[0] for item in found] == ["s1"] and "is felt badly" in found[0].title.en
    made = presented.open_meeting(engine, minutes.change(engine, made.id, lambda one: meeting.set_items(one, tuple(found)), "wang"), "wang", TODAY)
    assert [slide.kind for slide in minutes.shown(engine, made.id).slides] == ["agenda", "trend"]
