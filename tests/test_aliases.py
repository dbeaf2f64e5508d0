"""Spellings that nobody has used before: proposed, confirmed once, known from then on; names of two places told apart by the row."""

from __future__ import annotations

import shutil

import pandas as pd
import pytest
from workbooks import rules, shelf, stocked, stored, workbook

from simulated import open_page, whole
from sqm import aliases, loaders, metrics, store, warehouse
from sqm.errors import WrongCall
from sqm.ingest import aliases as meanings
from sqm.ingest.references import References, nothing
from warehouses import draft

__all__ = ["shelf", "stocked"]
HEAD = ["工单号", "受理时间", "地市"]
PLACES = [["地市", "英文名称", "省份", "别名"], ["戊州", "Wuzhou", "东江省", ""], ["己州", "Wuzhou", "西岭省", ""], ["庚城市", "Gengcheng", "东江省", "庚"],
          ["三江源", "", "", "第3营业部"]]


@pytest.fixture(scope="module")
def atlas(shelf, tmp_path_factory):
    """A DuckDB file that also has two cities of one written name."""
    folder = tmp_path_factory.mktemp("atlas")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SQM_DATA_DIR", str(folder))
        shutil.copy(shelf, folder / "warehouse.duckdb")
        assert loaders.load(warehouse.engine(), workbook(folder / "reference.xlsx", {"地市": PLACES}), dataset="cities").new == 4
        warehouse.forget()
    return folder / "warehouse.duckdb"


@pytest.fixture
def places(atlas):
    """A warehouse of the test's own that has them."""
    shutil.copy(atlas, warehouse.data_dir() / "warehouse.duckdb")
    yield warehouse.engine()
    warehouse.forget()


def frames(name):
    """The same tables, and districts, without a warehouse."""
    tables = {"cities": pd.DataFrame(PLACES[1:], columns=["city", "en", "province", "aliases"]),
              "districts": pd.DataFrame({"city": ["戊州", "戊州", "己州"], "district": ["昆城市", "河口区", "河口区"]})}
    return tables.get(name, nothing(name))


def tickets(folder, cities, name="t.xlsx", more=()):
    head = [*HEAD, *([more[0]] if more else [])]
    rows = [[f"T{n}", "2026-07-01", city, *([more[n]] if more else [])] for n, city in enumerate(cities, 1)]
    return workbook(folder / name, {"投诉工单": [head, *rows]})


def ask(value, source=frames):
    references = References(source)
    return meanings.unknown("city", value, references["cities"], references)


@pytest.mark.parametrize(("value", "meant", "why"), [
    ("戊州市区", "戊州", "within"), ("东江戊州分公司直属", "戊州", "within"), ("Gengcheng City", "庚城市", "within"), ("昆城", "戊州", "part"),
    ("昆城市", "戊州", "part"), ("Gengchen", "庚城市", "like"), ("三江原", "", ""), ("三江源头", "三江源", "within"), ("河口区", "", ""), ("辛州", "", ""),
    ("第3营业部本部", "三江源", "within"), ("第4营业部本部", "", ""), ("第4营业部", "", ""), ("戊州己州", "", ""), ("Wuzhou", "", ""),
])
def test_what_an_unknown_name_may_mean(value, meant, why):
    found = ask(value)
    assert (found.meant, found.why) == (meant, why)
    assert found.choices == (("己州", "戊州") if value == "Wuzhou" else ())


def test_a_personal_number_is_never_asked_about():
    assert ask("戊州 19900000000") is None


def test_a_confirmed_alias_holds_at_once_for_later_files_and_for_questions(places, tmp_path):
    path = tickets(tmp_path, ["戊州市区", "甲州", "辛州"])
    tried = loaders.load(places, path, dry_run=True)
    assert {one.value: one.meant for one in tried.unknown} == {"戊州市区": "戊州", "辛州": ""}
    assert tried.accepted == 1 and tried.as_json("en")["unknown"][0]["field"] == "city"
    aliases.remember(places, "cities", {"戊州市区": "戊州"}, by="analyst")
    done = loaders.load(places, path)
    assert done.accepted == 2 and rules(done) == [(4, "地市", "unknown_value")] and [one.value for one in done.unknown] == ["辛州"]
    assert sorted(stored(places, "complaints").city) == ["戊州", "甲州"]
    assert metrics.resolve_where(places, {"city": "戊州市区"}) == {"city": ["戊州"]}
    (alias,) = aliases.known(places)
    assert (alias.reference, alias.word, alias.key, alias.who, alias.holds) == ("cities", "戊州市区", "戊州", "analyst", True)
    assert store.log(places, "change").iloc[0]["who"] == "analyst"


def test_an_alias_is_changed_and_taken_back_and_what_is_published_stays(places, tmp_path):
    aliases.remember(places, "cities", {"东片区": "戊州", "西片区": "戊州"}, by="a")
    aliases.remember(places, "cities", {"西片区": "己州"}, by="b")
    loaders.load(places, tickets(tmp_path, ["东片区", "西片区"]))
    assert dict(stored(places, "complaints")[["ticket_id", "city"]].itertuples(index=False)) == {"T1": "戊州", "T2": "己州"}
    aliases.forget(places, "cities", "东片区", by="b")
    assert [(one.word, one.key, one.who) for one in aliases.known(places)] == [("西片区", "己州", "b")]
    assert rules(loaders.load(places, tickets(tmp_path, ["东片区", "西片区"], "u.xlsx"), dry_run=True, apply_again=True)) == [(2, "地市", "unknown_value")]
    assert sorted(stored(places, "complaints").city) == ["己州", "戊州"]


@pytest.mark.parametrize(("reference_name", "pairs", "code"), [
    ("cities", {" ": "戊州"}, "alias_word"), ("cities", {"x" * 81: "戊州"}, "alias_word"), ("cities", {"机主 19900000000": "戊州"}, "alias_word"),
    ("cities", {"东片区": "壬州"}, "alias_key"), ("cities", {"戊州": "己州"}, "alias_taken"), ("value_names", {"a": "b"}, "alias_reference"),
])
def test_what_cannot_be_an_alias(places, reference_name, pairs, code):
    with pytest.raises(WrongCall) as wrong:
        aliases.remember(places, reference_name, pairs, by="")
    assert wrong.value.code == code and "19900000000" not in str(wrong.value) and aliases.known(places) == []


def test_what_is_no_alias_cannot_be_taken_back(places):
    with pytest.raises(WrongCall) as wrong:
        aliases.forget(places, "cities", "nothing", by="")
    assert wrong.value.code == "alias_unknown"


def test_two_cities_of_one_name_are_told_apart_by_the_province_of_the_row(places, tmp_path):
    path = tickets(tmp_path, ["Wuzhou", "Wuzhou", "Wuzhou", "wuzhou", "甲州", "Gengcheng", "庚城"],
                   more=["省份", "东江", "西岭省", None, "南湖省", "西岭省", "西岭省", "西岭省"])
    done = loaders.load(places, path)
    assert dict(stored(places, "complaints")[["ticket_id", "city"]].itertuples(index=False)) == {"T1": "戊州", "T2": "己州", "T5": "甲州", "T7": "庚城市"}
    assert rules(done) == [(4, "地市", "ambiguous_value"), (5, "地市", "unknown_value"), (7, "地市", "unknown_value")]
    assert [p.value for p in done.problems] == ["Wuzhou", "wuzhou (南湖省)", "Gengcheng (西岭省)"]
    assert "told apart by “省份” (Gengcheng → Gengcheng (西岭省), Wuzhou → 戊州, Wuzhou → 己州" in done.say("en")


def test_without_a_province_one_answer_holds_for_the_file(places, tmp_path):
    path = tickets(tmp_path, ["Wuzhou", "WUZHOU", "甲州"])
    asked = loaders.load(places, path, dry_run=True)
    assert asked.accepted == 1 and {one.choices for one in asked.unknown} == {("己州", "戊州")}
    done = loaders.load(places, path, dataset="complaints", mapping=["city:means:Wuzhou=己州"])
    assert done.accepted == 3 and sorted(stored(places, "complaints").city) == ["己州", "己州", "甲州"] and aliases.known(places) == []
    for wrong, code in (("city:means:Wuzhou=壬州", "map_means_entry"), ("ticket_id:means:a=b", "map_means"), ("city:means:19900000000=己州", "map_means")):
        with pytest.raises(WrongCall) as caught:
            loaders.load(places, path, dataset="complaints", mapping=[wrong])
        assert caught.value.code == code and "19900000000" not in str(caught.value)


def test_an_alias_that_later_names_two_entries_is_asked_about_again(places, tmp_path):
    aliases.remember(places, "cities", {"东州": "戊州"}, by="")
    loaders.load(places, workbook(tmp_path / "c.xlsx", {"地市": [["地市", "别名"], ["癸州", "东州"]]}), dataset="cities")
    assert ask("东州", lambda name: warehouse.reference(places, name)).choices == ("戊州", "癸州")


def test_stores_and_categories_have_aliases_too(stocked, tmp_path):
    path = workbook(tmp_path / "t.xlsx", {"投诉工单": [["工单号", "受理时间", "投诉类别"], ["T1", "2026-07-01", "网络质量类"], ["T2", "2026-07-01", "资费"]]})
    tried = loaders.load(stocked, path, dry_run=True)
    assert {one.value: (one.meant, one.why) for one in tried.unknown} == {"网络质量类": ("net", "within"), "资费": ("", "")}
    aliases.remember(stocked, "categories", {"资费": "fee", "网络质量类": "net"}, by="")
    assert loaders.load(stocked, path).accepted == 2 and sorted(stored(stocked, "complaints").category) == ["fee", "net"]


def boxes(app, prefix):
    return {b.label: b for b in app.selectbox if b.key.startswith(prefix)}


def test_the_page_proposes_asks_and_lists(stocked, tmp_path):
    path = tickets(tmp_path, ["甲州城区", "甲", "辛州", "乙州"])
    app = open_page("data", "en")
    app = whole(app.file_uploader[0].upload(path.name, path.read_bytes()).run())
    assert {label: b.value for label, b in boxes(app, "data_meant_").items()} == {"甲州城区": "甲州"}
    (twofold,) = boxes(app, "data_twofold_").values()
    assert set(twofold.options) == {"Jiazhou", "Bingjiang"} and twofold.value is None
    app = whole(twofold.select("丙江").run())
    (others,) = [b for b in app.multiselect if b.key.startswith("data_others_")]
    assert others.options == ["辛州"]
    app = whole(next(b for b in app.button if b.key.startswith("meanings_keep_")).click().run())
    assert [(one.word, one.key) for one in aliases.known(stocked)] == [("甲州城区", "甲州")] and not boxes(app, "data_meant_")
    assert [b.value for b in boxes(app, "data_twofold_").values()] == ["丙江"]
    app = whole(next(b for b in app.button if b.key.startswith("publish_")).click().run())
    assert sorted(stored(stocked, "complaints").city) == ["丙江", "乙州", "甲州"]
    app.session_state["data_aliases"] = True
    app = whole(app.run())
    app = whole(next(b for b in app.selectbox if b.key.startswith("alias_means_")).select("乙州").run())
    app = whole(app.button(key="alias_change").click().run())
    assert [(one.word, one.key) for one in aliases.known(stocked)] == [("甲州城区", "乙州")]
    app = whole(app.button(key="alias_remove").click().run())
    assert aliases.known(stocked) == []


def test_the_next_file_is_asked_about_neither_again(stocked, tmp_path):
    def dropped(path):
        app = open_page("data", "zh")
        return whole(app.file_uploader[0].upload(path.name, path.read_bytes()).run())

    app = dropped(tickets(tmp_path, ["甲州城区", "甲"]))
    app = whole(next(iter(boxes(app, "data_twofold_").values())).select("丙江").run())
    app = whole(next(b for b in app.button if b.key.startswith("meanings_keep_")).click().run())
    whole(next(b for b in app.button if b.key.startswith("publish_")).click().run())
    app = dropped(tickets(tmp_path, ["甲州城区", "甲", "甲"], "next.xlsx"))
    assert [b.value for b in boxes(app, "data_twofold_").values()] == ["丙江"] and not boxes(app, "data_meant_")
    assert next(b for b in app.button if b.key.startswith("publish_")).label.startswith("发布 3 行")


def test_on_every_engine(engine, tmp_path):
    warehouse.publish(engine, draft("cities", [{"city": "戊州"}, {"city": "己州"}]))
    version = warehouse.data_version(engine)
    aliases.remember(engine, "cities", {"东片区": "戊州"}, by="a")
    assert warehouse.reference(engine, "cities").attrs["said"] == {"东片区": "戊州"} and warehouse.data_version(engine) > version
    assert loaders.load(engine, tickets(tmp_path, ["东片区", "己州"]), dataset="complaints").accepted == 2
    aliases.forget(engine, "cities", "东片区", by="b")
    assert warehouse.reference(engine, "cities").attrs["said"] == {} and aliases.known(engine) == []
    assert [one.who for one in store.history(engine, aliases.KIND, "cities")] == ["b", "a"]


def test_a_column_of_scores_under_a_new_name_of_an_element_is_asked_about(stocked, tmp_path):
    head = ["受访者编号", "月份", "热线服务", "营业厅服务评价", "网络覆盖", "网络覆盖说明"]
    path = workbook(tmp_path / "w.xlsx", {"调查": [head, ["R1", "2026-07", 9, 8, 7, "好"], ["R2", "2026-07", 8, 9, 7, "一般"]]})
    (info,) = loaders.inspect(path, stocked)
    assert [(one.field, one.value, one.meant) for one in info.unknown] == [("element", "营业厅服务评价", "store")] and info.proposed == {}
    app = open_page("data", "zh")
    app = whole(app.file_uploader[0].upload(path.name, path.read_bytes()).run())
    assert {label: b.value for label, b in boxes(app, "data_meant_").items()} == {"营业厅服务评价": "store"}
    app = whole(next(b for b in app.button if b.key.startswith("meanings_keep_")).click().run())
    assert not boxes(app, "data_meant_") and loaders.load(stocked, path).accepted == 6
