"""The meeting as plain data: commands, actions and their clocks, the proposed hour, slides that come back as they went."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sqm.blueprint import Binding, Words
from sqm.i18n import LANGUAGES, say
from sqm.meeting import (
    Action,
    Cause,
    Expected,
    Figure,
    Item,
    Line,
    Meeting,
    MeetingRefused,
    Note,
    Point,
    Slide,
    Standard,
    Taken,
    actions,
    agenda,
    meeting,
    seal,
    slides,
    standards,
)

DAY = date(2026, 11, 24)
AT = "2026-11-24T06:00:00"


def item(name: str, source: str = "signal", **more) -> Item:
    return Item(name, source, Words(name, name), **more)


def called(*items: Item, **more) -> Meeting:
    return Meeting("m1", "service", "", DAY, items=items, **more)


def action(**more) -> Action:
    return actions.born(Action(**{"id": "a1", "what": "Mend it", "owner": "service", "due": date(2026, 12, 1), "raised": DAY, **more}), "chair", AT)


def refused(code: str):
    return pytest.raises(MeetingRefused, match=f"meeting_{code}")


def test_items_are_added_moved_changed_and_dropped() -> None:
    made = meeting.add_item(called(item("a"), item("b")), item("c"))
    assert [one.id for one in meeting.move_item(made, "c", -9).items] == ["c", "a", "b"]
    assert [one.id for one in meeting.move_item(made, "a", 1).items] == ["b", "a", "c"]
    assert [one.id for one in meeting.drop_item(made, "b").items] == ["a", "c"]
    longer = meeting.change_item(made, "a", minutes=12, owner="network")
    assert (longer.item("a").minutes, longer.item("a").owner, longer.planned_minutes) == (12, "network", 22)
    with refused("no_item"):
        meeting.drop_item(made, "z")
    with refused("minutes"):
        meeting.change_item(made, "a", minutes=0)
    with refused("no_title"):
        meeting.add_item(made, Item("d", "topic", Words()))


def test_an_open_meeting_keeps_its_agenda_and_takes_decisions_a_closed_one_neither() -> None:
    planned = called(item("a"))
    with refused("not_open"):
        meeting.decide(planned, "a", "Do it", "chair", AT)
    held = meeting.opened(planned, 24, "abc")
    with refused("opened_already"):
        meeting.opened(held, 25, "def")
    with refused("agenda_stands"):
        meeting.move_item(held, "a", 1)
    decided = meeting.decide(held, "a", " Do it \x07", "chair", AT)
    assert [one.text for one in decided.decisions] == ["Do it"] and len(meeting.add_item(decided, item("b", "topic")).items) == 2
    over = meeting.closed(decided)
    for change in (lambda: meeting.decide(over, "a", "More", "chair", AT), lambda: meeting.attend(over, {"it": True}), lambda: meeting.add_item(over, item("c"))):
        with pytest.raises(MeetingRefused):
            change()


def test_who_came_and_how_often() -> None:
    made = meeting.attend(meeting.attend(called(), {"it": True, "data": True}), {"data": False})
    assert made.came == ("it",) and dict(made.attendance) == {"it": True, "data": False}
    others = [replace(called(), on=date(2026, 11, day)) for day in (3, 24)] + [replace(called(), tier="苏州"), replace(called(), kind="process")]
    assert meeting.held(others, "service", "", DAY) == 2 == meeting.OFTEN and meeting.held(others, "service", "苏州", DAY) == 1


@pytest.mark.parametrize("value", ["25:00", "14.00", "x"])
def test_a_time_is_a_time(value: str) -> None:
    assert meeting.head(called(), starts="09:30").starts == "09:30"
    with refused("time"):
        meeting.head(called(), starts=value)


def test_an_action_lives_until_it_is_closed_and_says_all_that_became_of_it() -> None:
    made = action()
    assert made.status == "open" and made.living and not made.overdue(date(2026, 12, 1)) and made.overdue(date(2026, 12, 2))
    done = actions.turn(made, "done", "it", "2026-12-03T00:00:00", "Finished")
    assert done.living and not done.overdue(date(2026, 12, 9))
    closed = actions.turn(done, "closed", "chair", "2026-12-08T00:00:00")
    assert not closed.living and closed.ended == "2026-12-08" and [one.status for one in closed.history] == ["open", "done", "closed"]
    later = actions.put_off(made, date(2027, 1, 5), "chair", AT, "Parts are late")
    assert later.due == date(2027, 1, 5) and "2026-12-01 → 2027-01-05" in later.history[-1].text
    with refused("why"):
        actions.put_off(made, date(2027, 1, 5), "chair", AT, "  ")


def test_it_is_carried_over_and_goes_up() -> None:
    made = action(meeting="m1")
    held = [Meeting(f"m{n}", "service", "", day, state="closed") for n, day in enumerate((date(2026, 11, 3), DAY, date(2026, 12, 8), date(2026, 12, 22), date(2027, 1, 5)))]
    waiting = [Meeting("m9", "service", "", date(2027, 1, 19))]
    assert actions.carried(made, held + waiting) == 3
    assert actions.escalated(made, held, 3, date(2027, 1, 6)) and not actions.escalated(made, held, 4, date(2027, 1, 6))
    assert not actions.escalated(made, held, 3, date(2026, 12, 1)), "it is not overdue"
    closed = actions.turn(made, "closed", "chair", "2026-12-10T00:00:00")
    assert actions.carried(closed, held) == 1


def test_shares_of_causes_are_a_hundred() -> None:
    causes = (Cause("Text changed", 70, (("it", "lead"), ("data", "support"))), Cause("Wrong price", 30))
    made = action(type="tracing", causes=causes)
    with refused("shares"):
        actions.work_on(made, "chair", AT, causes=(Cause("One", 70), Cause("Two", 20)))
    moved = actions.work_on(made, "chair", AT, stage="measures")
    assert moved.stage == "measures" and "find → measures" in moved.history[-1].text
    with refused("cause"):
        action(causes=(Cause("", 100),))


def test_an_action_needs_an_owner_words_and_a_size() -> None:
    for more, code in (({"what": " "}, "no_title"), ({"owner": ""}, "no_owner"), ({"expected": Expected("higher", 0.0)}, "expected"), ({"what": "x" * 601}, "too_long")):
        with refused(code):
            action(**more)


def test_the_hour_is_kept() -> None:
    many = [item(f"s{n}") for n in range(6)] + [item("due", "actions", verdict="worse"), item("good", verdict="better")]
    many += [item("p", "promise"), item("p2", "promise"), item("back", "effect")]
    kept, left = agenda.propose(many)
    assert sum(one.minutes for one in kept) <= 60 - agenda.SPARE and kept[0].id == "due" and kept[-1].id == "back"
    assert {one.id for one in left} == {"p2"} and len(kept) + len(left) == len(many)
    few, none = agenda.propose(many[:2])
    assert [one.minutes for one in few] == [10, 10] and not none
    assert agenda.propose([]) == ((), ())


def figures() -> st.SearchStrategy[Figure]:
    value = st.one_of(st.none(), st.floats(-1e6, 1e6))
    where = st.sampled_from([(), (("city", ("苏州",)),), (("city", ("苏州",)), ("element", ("a", "b")))])
    return st.builds(Figure, st.sampled_from(["satisfaction", "complaint_rate"]), where, st.just("2026-05"), st.just("2026-10"), value, value, value, st.integers(0, 10**9))


texts = st.builds(Words, st.text(max_size=20), st.text(max_size=20))


@given(st.lists(st.builds(Slide, st.text(min_size=1, max_size=8), st.sampled_from(slides.KINDS), texts, about=texts, ask=texts, goal=st.one_of(st.none(), st.floats(0, 100)),
                          shown=st.lists(figures(), max_size=3).map(tuple), points=st.lists(st.builds(Point, figures(), name=texts), max_size=3).map(tuple),
                          lines=st.lists(st.builds(Line, texts, texts, minutes=st.integers(0, 60)), max_size=3).map(tuple)), max_size=4))
def test_slides_come_back_as_they_went(made: list[Slide]) -> None:
    plain = slides.to_plain(made)
    assert slides.from_plain(json.loads(json.dumps(plain))) == tuple(made)
    assert seal(plain) == seal(json.loads(json.dumps(plain)))


def test_slides_of_another_version_are_read() -> None:
    figure = {"metric": "gone", "where": [["city", ["甲"]]], "first": "2026-05", "last": "2026-10", "value": 1, "lo": None, "hi": None, "base": 3, "later": True}
    (old,) = slides.from_plain([{"id": "a", "kind": "trend", "title": {"zh": "题"}, "points": [{"figure": figure}], "what comes later": 1}])
    assert old.title == Words("题", "") and old.points[0].series == "own" and old.since == "" and old.figures[0].of("city") == "甲"


def test_meetings_and_actions_come_back_as_they_went() -> None:
    binding = Binding("satisfaction", (("city", ("苏州",)),))
    held = meeting.decide(meeting.opened(called(item("a", binding=binding, refs=("x",)), chair="王"), 3, "s"), "a", "Do", "me", AT)
    assert meeting.from_plain(json.loads(json.dumps(meeting.to_plain(held)))) == held
    figure = Figure("satisfaction", binding.where, "2026-05", "2026-10", 80.0, 78.0, None, 400)
    made = action(type="tracing", binding=binding, figure=figure, expected=Expected("higher", 2.0, ("苏州",), "2027-01"), causes=(Cause("All", 100.0, (("it", "lead"),)),))
    assert actions.from_plain(json.loads(json.dumps(actions.to_plain(made)))) == made
    assert made.history == (Note(AT, "chair", "open"),)


@pytest.mark.parametrize("read", [meeting.from_plain, actions.from_plain])
def test_what_is_broken_is_a_sentence(read) -> None:
    for plain in ({}, {"id": 1}, {"id": "x", "on": "never", "due": "never"}):
        with pytest.raises(MeetingRefused) as error:
            read(plain)
        assert all("meeting_" not in say(error.value, lang) for lang in LANGUAGES)
    with refused("unreadable"):
        slides.from_plain([{"id": "x"}])


def test_a_standard_goes_step_by_step_with_evidence() -> None:
    one = standards.registered(Standard("s1", "Callback within a day", "service", Binding("satisfaction", (("element", ("hotline",)),))))
    for step in ("trial", "launch", "promise", "feedback"):
        one = standards.take(one, Taken(step, AT, "wang", f"Paper on {step}"))
    assert one.step == "feedback" and one.ahead == ("keep", "improve", "withdraw") and standards.turned_bad(one, "worse") and not standards.turned_bad(one, "unclear")
    assert standards.take(one, Taken("improve", AT, "wang", "x")).ahead == ("trial",) and standards.take(one, Taken("withdraw", AT, "wang", "x")).ahead == ()
    with refused("step"):
        standards.take(one, Taken("launch", AT, "wang", "x"))
    with refused("evidence"):
        standards.take(one, Taken("keep", AT, "wang", " "))
    with refused("no_owner"):
        standards.registered(Standard("s2", "Name", ""))
    assert standards.from_plain(json.loads(json.dumps(standards.to_plain(one)))) == one
    with refused("unreadable"):
        standards.from_plain({"id": "x"})
