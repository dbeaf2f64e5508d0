"""Every page as each role sees it: a branch reads nothing of another city, whatever it writes into the address."""

from __future__ import annotations

import json
import re
import time
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest
from test_pages_edges import months, reference, surveys

from screen import PAGES
from simulated import finding, open_page, whole, words
from sqm import people, store, warehouse
from sqm.access import Scope
from sqm.errors import WrongCall
from sqm.i18n import say
from sqm.ui import behind, hotspots
from sqm.ui.filters import Filters
from warehouses import publish

#: The branch, and the cities whose data are exchanged for each other in the second of two worlds.
OWN, ONE, OTHER, LAST = "州0", "州1", "州2", "州3"
BRANCH, TWO, STRANGER = "branch@example.com", "two@example.com", "stranger@example.com"
STAFF = {BRANCH: ("branch", [OWN]), TWO: ("branch", [OWN, LAST]), "viewer@example.com": ("viewer", []), "presenter@example.com": ("presenter", []),
         "analyst@example.com": ("analyst", []), "admin@example.com": ("admin", [])}  # fmt: skip
MENUS = ("trend", "heat", "ranked", "spread", "nps", "gap", "citymap", "matrix", "pareto", "lastyear", "news", "course", "stages", "lost", "lost_items", "funnel",
         "drivers", "promises_cities_p1", "promises_months_p1")  # fmt: skip
BESIDE = {"satisfaction": {"satisfaction_importance": "shown"}, "stores": {"store": "s1"}, "complaints": {"category": "hotline"}}


def build(first: str, second: str) -> None:
    """A small operator; what is known of two of its cities goes to ``first`` and ``second``."""
    engine = warehouse.engine()
    reference(engine, 4)
    publish(engine, "promises", [{"promise": "p1", "zh": "承诺一", "en": "Promise one", "metric": "first_reply_in_time", "threshold": 98, "position": 1}])
    publish(engine, "events", [{"on": "2026-03-05", "city": city, "zh": f"{city}的事", "en": f"City {city[-1]} did", "kind": "note"} for city in (OWN, ONE, OTHER)])
    publish(engine, "targets", [{"metric": "satisfaction", "city": "", "element": "", "valid_from": "2025-01-01", "target": 75}])
    surveys(engine, [OWN, first, second, LAST], months(13), 8)
    publish(engine, "complaints", [
        {"ticket_id": f"T{city}{month}{n}", "opened_at": f"{month:%Y-%m}-{1 + n % 27:02d} 09:00:00", "city": city, "category": "hotline" if n % 3 else "other",
         "first_reply_at": f"{month:%Y-%m}-{1 + n % 27:02d} 15:00:00", "kind": "complaint", "content": f"{city} {n}"}
        for city, each in ((OWN, 12), (first, 31), (second, 7), (LAST, 9)) for month in months(13) for n in range(each)])  # fmt: skip
    publish(engine, "customers", [{"month": month, "city": city, "opening": 1e5, "closing": 1e5} for month in months(13) for city in (OWN, ONE, OTHER, LAST)])
    publish(engine, "audits", [
        {"visit_id": f"v{store}{month}{k}", "store": store, "visited_on": month, "item": "i1", "points": float((place + month.month + k) % 3 > 0), "monitoring": "mystery"}
        for place, store in enumerate(("s0", f"s{first[-1]}", f"s{second[-1]}", "s3")) for month in months(13) for k in range(1 + place)])  # fmt: skip
    for name, (role, cities) in STAFF.items():
        people.grant(engine, name, role, cities, by="test", known=[OWN, ONE, OTHER, LAST])


@pytest.fixture(scope="module")
def worlds(tmp_path_factory) -> dict[str, Path]:
    """Two data folders that differ in which of two cities is which."""
    made = {}
    with pytest.MonkeyPatch.context() as patch:
        for name, pair in (("as it is", (ONE, OTHER)), ("exchanged", (OTHER, ONE))):
            made[name] = tmp_path_factory.mktemp("roles")
            patch.setenv("SQM_DATA_DIR", str(made[name]))
            build(*pair)
            warehouse.forget()
    return made


@pytest.fixture
def world(worlds, monkeypatch) -> None:
    monkeypatch.setenv("SQM_DATA_DIR", str(worlds["as it is"]))


def sent(app: AppTest) -> str:
    """Everything that goes to the browser, drawings and tables included, however it is packed."""
    blocks, found = [app._tree], []
    while blocks:
        for element in blocks.pop().children.values():
            if hasattr(element, "children"):
                blocks.append(element)
            proto = getattr(element, "proto", None)
            if proto is not None:
                found.append(proto.SerializeToString(deterministic=True).decode("utf-8", "replace"))
    return "\n".join(found).encode().decode("utf-8").replace("\\u5dde", "州").replace("\\u5385", "厅")


def foreign(app: AppTest, cities: tuple[str, ...] = (ONE, OTHER, LAST)) -> list[str]:
    """What of other cities is in it: their names in both languages, and their stores'."""
    said = sent(app)
    names = [name for city in cities for name in (city, f"City {city[-1]}", f"厅{city[-1]}", f"Store {city[-1]}")]
    return [said[max(0, at.start() - 60):at.end() + 20] for name in names for at in re.finditer(re.escape(name), said)]


@pytest.mark.parametrize("page", PAGES)
def test_a_branch_reads_nothing_of_another_city(worlds, monkeypatch, page: str) -> None:
    seen = {}
    for name, folder in worlds.items():
        monkeypatch.setenv("SQM_DATA_DIR", str(folder))
        app = open_page(page, "en", {"city": ONE, "hit": "batch.excess.州1.hotline....20260905", **BESIDE.get(page, {})}, user=BRANCH, menus=MENUS)
        if page not in ("data", "metrics", "meeting"):  # these choose no city
            assert [w.value for w in app.warning if "not open to you" in w.value and "City 0" in w.value], "and says so"
            assert "city" not in app.query_params
        seen[name] = re.sub(r'\d\d-\d\d \d\d:\d\d|[0-9a-f]{32}|"desk": "[0-9a-f]{10}"', "(another each time)", sent(app))
        assert foreign(app) == []
        warehouse.forget()
    assert seen["as it is"] == seen["exchanged"], "whatever other cities do, as long as the whole stays the same"


def test_an_administrator_sees_what_a_branch_does_not(worlds, world) -> None:
    assert foreign(open_page("complaints", "zh", {"city": ONE}, user="admin@example.com"), (ONE,))
    assert foreign(open_page("complaints", "zh", {"city": ONE}, user=BRANCH)) == [], "nor after somebody else, from what was remembered"


def test_a_branch_of_two_cities_chooses_between_them(world) -> None:
    app = open_page("overview", "en", user=TWO)
    assert app.selectbox(key="city").options == ["City 0", "City 3"] and app.selectbox(key="city").value == OWN
    app = whole(app.selectbox(key="city").set_value(LAST).run())
    assert app.query_params["city"] == LAST
    app = open_page("complaints", "en", {"city": LAST}, user=TWO)
    assert finding(app).startswith("City 3") and not app.warning and foreign(app, (ONE, OTHER)) == []
    assert not open_page("complaints", "en", {"city": ""}, user=TWO).warning, "a link to all cities is none to a foreign one"


def test_who_sees_all_but_one_city_is_not_shown_the_whole(world) -> None:
    engine = warehouse.engine()
    people.grant(engine, "three@example.com", "branch", [OWN, ONE, LAST], by="test", known=[OWN, ONE, OTHER, LAST])
    app = open_page("complaints", "en", user="three@example.com")
    assert any("would follow from it" in c.value for c in app.caption) and foreign(app, (OTHER,)) == []
    people.remove(engine, "three@example.com", by="test")


@pytest.mark.parametrize(("user", "lang", "said"), [("", "en", "Please sign in."), ("", "zh", "请先登录。"), (STRANGER, "en", "Nothing is open to you yet.")])
def test_the_door_is_shut_to_whom_nobody_knows(world, user, lang, said) -> None:
    for page in PAGES if lang == "en" else PAGES[:1]:
        app = open_page(page, lang, {"city": ONE}, user=user)
        assert finding(app) == said and foreign(app) == [] and not app.selectbox and not app.get("arrow_vega_lite_chart")
        assert [b.key for b in app.button] == ["sign_out" if user else "sign_in_"]


def test_an_address_that_the_provider_did_not_verify_opens_nothing(world) -> None:
    app = open_page("overview", user="admin@example.com")
    app.user = {**app.user, "email_verified": False, "sub": "admin@example.com"}
    assert finding(whole(app.run())) == "Nothing is open to you yet."
    signed = {"is_logged_in": True, "email": "admin@example.com", "iat": int(time.time())}
    for wrong in ({"is_logged_in": "yes"}, {"iat": signed["iat"] - 13 * 3600}, {"iat": None}, {"iat": signed["iat"] + 7200}):
        app.user = signed | wrong
        assert finding(whole(app.run())) == "Please sign in.", wrong


def test_rights_taken_away_are_gone_with_the_next_step(world) -> None:
    engine = warehouse.engine()
    people.grant(engine, "x@example.com", "analyst", by="test", known=())
    app = open_page("data", "en", user="x@example.com")
    assert app.get("file_uploader") and [b for b in app.button if b.key == "undo"]
    people.grant(engine, "x@example.com", "branch", [OWN], by="test", known=[OWN])
    app.session_state["data_undo_asked"] = 1
    app = whole(app.run())
    assert not app.get("file_uploader") and [b.key for b in app.button] == ["sign_out"], "only the way out is left"
    people.remove(engine, "x@example.com", by="test")
    assert finding(whole(app.run())) == "Nothing is open to you yet."


def test_a_branch_is_not_told_what_its_rate_was_held_against() -> None:
    judged = pd.DataFrame({"city": [OWN, ONE], "value": [3.0, 2.0], "rest": [1.5, 9.0], "difference": [1.5, -7.0], "p": [0.1, 0.2], "mean": 2.0, "verdict": "worse"})
    everybody = Filters("complaints", "en", "light", None, 1, None, {})
    branch = replace(everybody, scope=Scope(cities=frozenset({OWN})))
    assert hotspots.seen(everybody, judged) is judged
    (row,) = hotspots.seen(branch, judged).to_dict("records")
    assert row["city"] == OWN and row["difference"] == 1.0 and row["rest"] != row["rest"] and row["p"] != row["p"] and row["verdict"] == "worse"
    assert replace(branch, beside=False).everyone().scope == branch.scope, "nor is it judged by others where there is only one"


CAN = {"viewer@example.com": set(), BRANCH: {"rows"}, "presenter@example.com": {"rows", "edit"}, "analyst@example.com": {"rows", "edit", "load", "settings"}}  # fmt: skip


@pytest.mark.parametrize("user", CAN)
def test_a_role_finds_what_it_may_and_nothing_else(world, user: str) -> None:
    promised, blueprint, data, catalogue = (open_page(page, "en", user=user) for page in ("promises", "blueprint", "data", "metrics"))
    found = {"rows"} if [c for c in promised.caption if "breach" in c.value.lower() or "None registered" in c.value] else set()
    found |= {"edit"} if [b for b in blueprint.button if b.key == "blueprint_save"] else set()
    found |= {"load"} if data.get("file_uploader") else set()
    boxes = {e.label for app in (data, catalogue) for e in app.expander}
    found |= ({"settings"} if "Change a setting" in boxes else set()) | ({"people"} if "People and roles" in boxes else set())
    assert found == CAN[user]
    assert not [t for t in blueprint.text_input if t.key == "blueprint_who"], "who signed in cannot be somebody else"
    (canvas,) = (json.loads(c.proto.json) for c in blueprint.get("bidi_component") if "docId" in c.proto.json)
    assert canvas["editable"] is ("edit" in CAN[user])


def test_what_somebody_looked_at_and_took_along_is_noted_once(world, monkeypatch) -> None:
    files = []
    monkeypatch.setattr("streamlit.download_button", lambda label, data, *_, **__: files.append((label, data)))
    engine = warehouse.engine()
    before = len(store.log(engine))
    app = open_page("complaints", "en", user=BRANCH, menus=("trend", "matrix", "pareto"))
    whole(app.run())
    looked = store.log(engine).head(len(store.log(engine)) - before)
    assert set(looked["who"]) == {BRANCH}
    assert set(looked["action"]) == {"rows"} and not looked.duplicated(["what", "about"]).any(), "not again for every step"
    assert all(f"city={OWN}" in about for about in looked["about"] if "why" not in about)
    files.clear()
    whole(app.run())
    (data,) = {label: data for label, data in files if label == "CSV"}.values()
    assert foreign_text(data().decode("utf-8-sig")) == []
    newest = store.log(engine).iloc[0]
    assert (newest["who"], newest["action"]) == (BRANCH, "export") and newest["about"].startswith("complaints csv")
    people.grant(engine, BRANCH, "branch", [LAST], by="test", known=[LAST])
    try:
        with pytest.raises(behind.NotAllowed):
            data()
    finally:
        people.grant(engine, BRANCH, "branch", [OWN], by="test", known=[OWN])
    assert len(store.log(engine)) > before and not store.log(engine)["about"].str.contains("13[0-9]{9}").any()


def foreign_text(text: str) -> list[str]:
    return [name for city in (ONE, OTHER, LAST) for name in (city, f"City {city[-1]}") if name in text]


def test_an_administrator_edits_the_list_and_reads_the_log(world) -> None:
    engine = warehouse.engine()
    app = open_page("data", "en", user="admin@example.com")
    app.session_state["people"] = app.session_state["log"] = True
    whole(app.run())
    app.text_input(key="people_name").set_value("new@example.com")
    app.selectbox(key="people_role").set_value("branch")
    app = whole(next(b for b in app.button if b.label == "Save").click().run())
    assert [e.value for e in app.error] == [say(WrongCall("people_cities", role="branch"), "en")]
    app.multiselect(key="people_cities").set_value([ONE])
    app = whole(next(b for b in app.button if b.label == "Save").click().run())
    assert people.register(engine).entries["new@example.com"] == ("branch", (ONE,)) and "new@" in app.success[0].value
    app.selectbox(key="log_action").set_value("change")
    app = whole(app.run())
    assert any("people revision" in str(frame.value.to_numpy()) for frame in app.dataframe)
    people.remove(engine, "new@example.com", by="test")


def test_without_sign_in_only_this_machine_is_served(world, monkeypatch) -> None:
    from streamlit import config

    from sqm.ui import person

    assert finding(open_page("complaints", "en")) and not open_page("complaints", "en").error
    monkeypatch.setattr(person, "near", lambda: False)
    for page in ("complaints", "data"):
        app = open_page(page, "en", {"city": ONE})
        assert "serves this machine alone" in app.error[0].value and "[auth" in app.error[0].value and "州" not in words(app)
    monkeypatch.undo()
    before = config.get_option("server.address")
    config.set_option("server.address", "0.0.0.0")
    try:
        assert "serves this machine alone" in open_page("overview", "en").error[0].value
    finally:
        config.set_option("server.address", before)
