"""The first minutes of somebody whose cities no table knows: from a workbook to a chart."""

from __future__ import annotations

from workbooks import stored, workbook

from simulated import open_page, whole
from sqm import warehouse


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
