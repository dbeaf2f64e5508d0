"""Who may do what: roles, the people's list, the log, and what a whole may tell of its parts."""

from __future__ import annotations

import threading
from datetime import date
from pathlib import Path

import pytest
import sqlalchemy as sa
from conftest import command

from sqm import access, metrics, people, settled, store, warehouse
from sqm.access import ACTIONS, EVERYTHING, ROLES, NotAllowed, Person, Scope, identity, require
from sqm.errors import Conflict, WrongCall
from sqm.i18n import LANGUAGES, has, say, t
from warehouses import publish

CITIES = ("甲", "乙", "丙")


def test_every_refusal_and_every_role_has_its_words() -> None:
    for action in ACTIONS:
        for lang in LANGUAGES:
            assert say(NotAllowed(f"may_not_{action}"), lang)
    for role in (*ROLES, ""):
        assert has(f"access.role_{role}") and has(f"access.can_{role}")
    assert all(t(f"access.log_{action}", lang) for action in warehouse.LOGGED for lang in LANGUAGES)


def test_rights_grow_with_the_role_and_nobody_has_none() -> None:
    assert ROLES["viewer"] < ROLES["branch"] < ROLES["presenter"] < ROLES["admin"] and ROLES["viewer"] < ROLES["analyst"] < ROLES["admin"]
    assert ROLES["admin"] == set(ACTIONS)
    assert not any(Person("x", role).may(action) for role in ("", "root", "Admin") for action in ACTIONS)
    assert not Person("b", "branch", frozenset("甲")).may("load"), "a load may be of all cities"
    with pytest.raises(NotAllowed) as refused:
        require(Person("v", "viewer"), "rows")
    assert refused.value.code == "may_not_rows" and isinstance(refused.value, WrongCall)
    with pytest.raises(ValueError):
        Person("v", "admin").may("raed")


def test_a_scope_is_that_of_the_role_alone() -> None:
    branch = Person("b@x", "branch", frozenset({"甲"}))
    assert branch.scope == Scope(cities=frozenset({"甲"})) == Person("c@y", "branch", frozenset({"甲"})).scope, "equal rights share answers"
    assert Person("v", "viewer", frozenset({"甲"})).scope == EVERYTHING
    assert Person("n").scope.cities == Person("n", "branch").scope.cities == frozenset(), "nobody sees no row"
    assert branch.scope.sees("甲") and not branch.scope.sees("乙") and branch.scope.sees("") and branch.scope.sees(None)


@pytest.mark.parametrize(("claims", "name"), [
    ({"email": " Li@Example.com ", "sub": "1"}, "li@example.com"),
    ({"email": "li@example.com", "email_verified": True}, "li@example.com"),
    ({"email": "li@example.com", "email_verified": False, "sub": "1"}, "sub:1"),
    ({"email": "li@example.com", "email_verified": "false"}, ""),
    ({"preferred_username": "admin@example.com", "sub": "li@example.com"}, "sub:li@example.com"),
    ({"name": "admin@example.com"}, ""),
    ({}, ""),
])  # fmt: skip
def test_only_what_the_provider_vouches_for_is_a_name(claims, name) -> None:
    assert identity(claims) == name


def test_the_list_of_people_keeps_its_history_and_an_administrator(engine) -> None:
    assert people.register(engine).person({"email": "a@x.cn"}) == Person("a@x.cn", shown="a@x.cn", signed_in=True)
    people.grant(engine, " A@X.cn ", "admin", by="shell", known=CITIES)
    made = people.grant(engine, "b@x.cn", "branch", ["甲", "甲"], by="a@x.cn", known=CITIES)
    assert made == people.register(engine) and made.revision == 2
    assert made.person({"email": "B@x.cn", "name": "B  C\n"}) == Person("b@x.cn", "branch", frozenset({"甲"}), "B C", True)
    assert made.person({"sub": "b@x.cn"}).role == "", "an id that looks like an address is none"
    for refuse, code in (
        (lambda: people.remove(engine, "a@x.cn", by=""), "people_last_admin"),
        (lambda: people.grant(engine, "a@x.cn", "viewer", by="", known=CITIES), "people_last_admin"),
        (lambda: people.grant(engine, "c@x.cn", "branch", by="", known=CITIES), "people_cities"),
        (lambda: people.grant(engine, "c@x.cn", "viewer", ["甲"], by="", known=CITIES), "people_cities"),
        (lambda: people.grant(engine, "c@x.cn", "branch", ["丁"], by="", known=CITIES), "people_city"),
        (lambda: people.grant(engine, "c@x.cn", "boss", by="", known=CITIES), "people_role"),
        (lambda: people.grant(engine, "c d", "viewer", by="", known=CITIES), "people_name"),
        (lambda: people.remove(engine, "z@x.cn", by=""), "people_unknown"),
        (lambda: people.admit_unknown(engine, "admin", by=""), "people_unlisted"),
    ):
        with pytest.raises(WrongCall) as refused:
            refuse()
        assert refused.value.code == code and all(say(refused.value, lang) for lang in LANGUAGES)
    assert people.register(engine) == made
    people.admit_unknown(engine, "viewer", by="a@x.cn")
    found = people.remove(engine, "B@x.cn", by="a@x.cn")
    assert found.person({"email": "b@x.cn"}).role == found.person({"sub": "9"}).role == "viewer" and found.person({}).role == ""
    assert found.again(made.person({"email": "b@x.cn"})).role == "viewer", "rights are those of now"
    assert found.again(Person("me", "admin")).role == "admin", "of who need not sign in they are the machine's"
    assert [(one.who, one.why) for one in store.history(engine, people.KIND, people.DOCUMENT)][-1] == ("shell", "a@x.cn: admin")


def test_two_administrators_at_once_do_not_overwrite_each_other(engine, monkeypatch) -> None:
    people.grant(engine, "a@x", "admin", by="a@x", known=CITIES)
    stale = people.register(engine)
    people.grant(engine, "b@x", "viewer", by="b@x", known=CITIES)
    monkeypatch.setattr(people, "register", lambda engine: stale)
    with pytest.raises(Conflict):
        people.grant(engine, "c@x", "viewer", by="a@x", known=CITIES)


def test_what_is_done_is_noted_with_it_and_stays(engine, tmp_path) -> None:
    one = publish(engine, "cities", [{"city": "甲"}], by="li").batch
    warehouse.add_reference(engine, "cities", ["乙"], "li")
    with pytest.raises(ZeroDivisionError), warehouse.writing(engine) as conn:
        warehouse.note(conn, "li", "rows", "complaints")
        raise ZeroDivisionError
    from warehouses import draft

    warehouse.publish(engine, draft("cities", [{"city": "丙"}], by="li"), keep=False)
    warehouse.undo(engine, one, "wang")
    store.save(engine, "setting", "x", 1, base=0, who="wang")
    store.save(engine, "signals", "1", 1, base=0, who="SQM", noted=False)
    store.note(engine, "zhao", "export", "nps", "overview csv city=甲\n")
    lines = store.log(engine)
    told = [tuple(row) for row in lines[["who", "action", "what", "about"]].to_numpy()]
    assert told == [("zhao", "export", "nps", "overview csv city=甲"), ("wang", "change", "setting", "x revision 1"), ("wang", "undo", "cities", "batch 1"),
                    ("li", "admit", "cities", "batch 2"), ("li", "load", "cities", "batch 1")]  # fmt: skip
    assert lines["at"].is_monotonic_decreasing
    assert store.log(engine, "undo")["who"].tolist() == ["wang"] and store.log(engine, who=" ZHA ")["what"].tolist() == ["nps"]
    assert store.log(engine, who="%").empty and len(store.log(engine, limit=2)) == 2
    with pytest.raises(ValueError):
        store.note(engine, "x", "shrug", "nps")
    warehouse.backup(engine, tmp_path / "b.zip")
    store.note(engine, "zhao", "rows", "complaints")
    warehouse.restore(engine, tmp_path / "b.zip", "root")
    warehouse.restore(engine, tmp_path / "b.zip", "root")
    assert store.log(engine)["action"].tolist() == ["restore", "restore", "rows", *lines["action"]], "a backup takes nothing back and brings nothing twice"


def test_a_reader_does_not_wait_for_a_load(engine) -> None:
    done = threading.Thread(target=lambda: store.note(engine, "li", "rows", "complaints"), daemon=True)
    with warehouse.writing(engine) as conn:
        warehouse.note(conn, "wang", "load", "complaints")
        done.start()
        done.join(20)
        assert not done.is_alive()
    assert set(store.log(engine)["who"]) == {"li", "wang"}


def test_the_log_is_only_ever_added_to() -> None:
    source = Path(access.__file__).parent / "warehouse"
    for file in source.glob("*.py"):
        text = file.read_text(encoding="utf-8")
        assert "delete(schema.LOG" not in text and "update(schema.LOG" not in text, file.name
    assert "delete" not in (source / "logbook.py").read_text(encoding="utf-8").replace("deleted", "")


@pytest.fixture
def three(engine: sa.Engine) -> sa.Engine:
    """Three cities; category a in all, b in two of them, c in one, and one ticket of no city."""
    publish(engine, "cities", [{"city": city, "position": n} for n, city in enumerate(CITIES)])
    publish(engine, "stores", [{"store": f"s{city}", "city": city} for city in CITIES])
    publish(engine, "categories", [{"category": name} for name in "abc"])
    where = [("甲", "a"), ("甲", "a"), ("乙", "a"), ("丙", "a"), ("甲", "b"), ("乙", "b"), ("乙", "b"), ("丙", "c"), ("", "c")]
    publish(engine, "complaints", [{"ticket_id": f"T{n}", "opened_at": "2026-03-05 10:00:00", "city": city or None, "category": name, "kind": "complaint"}
                                   for n, (city, name) in enumerate(where)])  # fmt: skip
    publish(engine, "surveys", [{"respondent": f"{city}{n}", "month": "2026-03", "city": city, "element": "overall", "score": float(score), "scale": "1-10"}
                                for city, score in zip(CITIES, (10, 5, 1), strict=True) for n in range(2)])  # fmt: skip
    return engine


def test_a_whole_is_shown_where_it_tells_no_single_other_city(three) -> None:
    mine = Scope(cities=frozenset({"甲"}))
    ask = {"where": None, "period": (date(2026, 3, 1), date(2026, 3, 1)), "scope": mine}
    assert metrics.benchmark(three, "complaints", **ask)["value"].tolist() == [9.0]
    by = metrics.benchmark(three, "complaints", by=("category",), **ask)
    assert dict(zip(by["category"], by["value"], strict=True)) == {"a": 4.0}, "of b and c a single other city would be told"
    assert metrics.benchmark(three, "complaints", **{**ask, "where": {"category": ["b"]}}).empty
    assert metrics.benchmark(three, "satisfaction", **ask)["base"].tolist() == [6]
    assert metrics.benchmark(three, "satisfaction", by=("month",), **{**ask, "scope": Scope(cities=frozenset({"甲", "乙"}))}).empty, "丙 would follow"
    assert len(metrics.benchmark(three, "satisfaction", **{**ask, "scope": EVERYTHING})) == 1
    for named in ({"by": ("city",)}, {"by": ("store",), "metric": "audit_score"}, {"where": {"city": "乙"}}, {"where": {"store": "s乙"}, "metric": "audit_score"}):
        metric = named.pop("metric", "complaints")
        with pytest.raises(WrongCall) as refused:
            metrics.benchmark(three, metric, **{**ask, **named})
        assert refused.value.code == "place_asked"
    frame = metrics.fetch(three, "complaints", by=("city",), scope=mine)
    assert frame["city"].tolist() == ["甲"], "and without asking for the whole, there is none"


def test_what_was_said_is_narrowed_to_own_cities_and_the_whole(three) -> None:
    import pandas as pd

    rows = pd.DataFrame({"city": ["甲", "乙", ""], "verdict": "worse"})
    moved = settled.Movements(rows, {}, rows, {})
    said = settled.Settled(1, None, {}, moved, rows, rows)
    mine = Scope(cities=frozenset({"甲"}))
    assert settled.within(said, EVERYTHING) is said
    for beside, shown in ((True, ["甲", ""]), (False, ["甲"])):
        found = settled.within(said, mine, beside)
        for part in (found.movements.rows, found.movements.yearly, found.contradictions, found.hits):
            assert part["city"].tolist() == shown
    assert settled.within(said, Scope(cities=frozenset()), False).hits.empty


def test_the_command_line_lists_people_and_the_log(tmp_path) -> None:
    import json

    folder = tmp_path / "data"
    refused = command(folder, "people", "li@x.cn", "--role", "branch", "--city", "甲")
    assert refused.returncode == 2 and "甲" in refused.stderr and "Traceback" not in refused.stderr
    assert command(folder, "people", "li@x.cn").returncode == 2
    made = command(folder, "people", "Li@x.cn", "--role", "admin", "--unlisted", "viewer", "--json")
    assert json.loads(made.stdout) == {"people": [{"email": "li@x.cn", "role": "admin", "cities": []}], "unlisted": "viewer"}
    lines = json.loads(command(folder, "log", "--json", "--action", "change").stdout)
    assert [line["about"] for line in lines] == ["people revision 2", "people revision 1"] and set(lines[0]) == {"at", "who", "action", "what", "about"}
    assert lines[0]["who"] == access.machine_user()
