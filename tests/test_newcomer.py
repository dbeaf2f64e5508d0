"""The first minutes of somebody whose cities no table knows: from a workbook to a chart."""

from __future__ import annotations

from workbooks import shelf, stocked, stored, workbook

from simulated import open_page, whole, words
from sqm import loaders, warehouse

__all__ = ["shelf", "stocked"]


def test_own_cities_reach_a_chart(own_data_folder, tmp_path):
    rows = [[f"T{n}", f"2026-0{6 + n % 3}-05", ("子州市", "丑州")[n % 2], ("甲类", "乙类", "甲类")[n % 3]] for n in range(12)]
    path = workbook(tmp_path / "t.xlsx", {"投诉工单": [["工单号", "受理时间", "地市", "投诉类别"], *rows]})
    app = open_page("data", "zh")
    app = whole(app.file_uploader[0].upload(path.name, path.read_bytes()).run())
    assert not app.error and [box.key.rpartition("_")[2] for box in app.checkbox if box.key.startswith("data_admit_")] == ["city", "category"]
    assert any("2 张参照表" in info.value for info in app.info)
    for field in ("city", "category"):
        assert not [b for b in app.button if b.key.startswith("publish_")]
        app = whole(next(box for box in app.checkbox if box.key.endswith(f"_{field}")).check().run())
    app = whole(next(b for b in app.button if b.key.startswith("publish_")).click().run())
    engine = warehouse.engine()
    assert sorted(warehouse.reference(engine, "cities")["city"]) == ["丑州", "子州"] and len(stored(engine, "complaints")) == 12
    app = open_page("complaints", "en")
    assert len(app.get("vega_lite_chart")) == 3 and any("no rate" in info.value for info in app.info)


def test_of_several_files_each_line_asks_for_what_is_missing(own_data_folder, tmp_path):
    """Its columns are all known: only the entries are asked, until they are admitted."""
    rows = [[f"T{n}", "2026-06-05", "子州市", "甲类"] for n in range(3)]
    paths = [workbook(tmp_path / f"{name}.xlsx", {"投诉工单": [["工单号", "受理时间", "地市", "投诉类别"], *rows[:n]]}) for n, name in ((3, "a"), (2, "b"))]
    app = open_page("data", "zh")
    app = whole(app.file_uploader[0].set_value([(path.name, path.read_bytes(), "application/octet-stream") for path in paths]).run())
    assert words(app).count("里的值能否作为最初的条目：地市、投诉类别") == 2 and "列需要指定" not in words(app)
    first = [box for box in app.checkbox if str(box.key).startswith("data_admit_")][0].key.rpartition("_")[0]
    for field in ("city", "category"):
        app = whole(app.checkbox(key=f"{first}_{field}").check().run())
    assert "3 行" in words(app) and words(app).count("里的值能否作为最初的条目") == 1, "the other file still asks"


def three_cities(path):
    rows = [[f"T{n}", "2026-07-01", city] for n, city in enumerate(("丁城", "甲州城区", "甲州"))]
    return workbook(path, {"投诉工单": [["工单号", "受理时间", "地市"], *rows]})


def test_what_looks_like_a_known_city_is_no_new_one_until_somebody_says_so(stocked, tmp_path):
    """The tick for new cities must not turn another spelling of an old one into a city of its own."""
    path = three_cities(tmp_path / "t.xlsx")
    result = loaders.load(stocked, path, dataset="complaints", add_missing=("city",), dry_run=True)
    assert result.admitted == {"city": ["丁城"]} and [(p.rule, p.value) for p in result.problems] == [("unknown_value", "甲州城区")]
    result = loaders.load(stocked, path, dataset="complaints", add_missing=("city",), mapping={"city:means:甲州城区": "+"}, dry_run=True)
    assert result.admitted == {"city": ["丁城", "甲州城区"]} and not result.refused
    only = loaders.load(stocked, path, dataset="complaints", mapping={"city:means:甲州城区": "+"}, dry_run=True)
    assert not only.admitted and only.refused == 2, "a word that is new still needs the tick"


def test_the_page_keeps_look_alikes_out_and_lets_them_be_chosen(stocked, tmp_path):
    path = three_cities(tmp_path / "t.xlsx")
    app = open_page("data", "zh")
    app = whole(app.file_uploader[0].upload(path.name, path.read_bytes()).run())
    app = whole(next(box for box in app.checkbox if box.key.endswith("_city")).check().run())
    (alike,) = [box for box in app.multiselect if str(box.key).startswith("data_new_")]
    assert alike.options == ["甲州城区 (甲州)"] and any(caption.value == "丁城" for caption in app.caption)
    app = whole(alike.select("甲州城区").run())
    app = whole(next(b for b in app.button if b.key.startswith("publish_")).click().run())
    assert not app.error and sorted(stored(stocked, "complaints")["city"]) == ["丁城", "甲州", "甲州城区"]
    assert {"丁城", "甲州城区"} <= set(warehouse.reference(stocked, "cities")["city"])
