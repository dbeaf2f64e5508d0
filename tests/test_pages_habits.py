"""The Data page asks what only the person can say of a sheet, and nothing else."""

from __future__ import annotations

import pytest
from workbooks import TICKET, shelf, stocked, workbook

from simulated import open_page, whole

__all__ = ["shelf", "stocked"]


def dropped(lang, path):
    app = open_page("data", lang)
    return whole(app.file_uploader[0].upload(path.name, path.read_bytes()).run())


def box(app, prefix):
    return next((b for b in [*app.selectbox, *app.multiselect] if b.key.startswith(prefix)), None)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_words_codes_and_columns_said_twice_are_asked(stocked, tmp_path, lang):
    path = workbook(tmp_path / "s.xlsx", {"调查": [["受访者编号", "月份", "要素", "得分", "得分"], ["R1", "2026-07", "热线服务", "满意", 3],
                                                ["R2", "2026-07", "热线服务", "99", 4]]})
    app = dropped(lang, path)
    assert not app.error and box(app, "data_words_") is None
    app = whole(box(app, "data_doubled_").select("得分").run())
    assert box(app, "data_words_") and box(app, "data_blank_").options == ["99"]
    app = whole(box(app, "data_words_").select("1-5").run())
    app = whole(box(app, "data_blank_").select("99").run())
    assert not app.error and not [w for w in app.warning if "score:" in w.value]
    assert next(b for b in app.button if b.key.startswith("publish_"))
    assert box(app, "data_words_").value == "1-5" and box(app, "data_blank_").value == ["99"]


def test_the_map_of_words_can_be_changed_word_by_word(stocked, tmp_path):
    path = workbook(tmp_path / "s.xlsx", {"调查": [["受访者编号", "月份", "要素", "得分"], ["R1", "2026-07", "热线服务", "满意"], ["R2", "2026-07", "热线服务", "还行"]]})
    app = dropped("zh", path)
    app = whole(box(app, "data_words_").select("1-5").run())
    words = {b.label: b for b in app.selectbox if b.key.startswith("data_word_")}
    assert {label: b.value for label, b in words.items()} == {"满意": 4, "还行": None}
    app = whole(words["还行"].select(3).run())
    assert any("满意 = 4, 还行 = 3" in c.value for c in app.caption) and not app.error
    app = whole(next(b for b in app.button if b.key.startswith("publish_")).click().run())
    app = dropped("zh", workbook(tmp_path / "t.xlsx", {"调查": [["受访者编号", "月份", "要素", "得分"], ["R3", "2026-08", "热线服务", "还行"]]}))
    assert box(app, "data_words_") is None or box(app, "data_words_").value == "1-5"
    assert {b.label: b.value for b in app.selectbox if b.key.startswith("data_word_")} == {"还行": 3}


def test_each_table_of_a_sheet_is_listed_with_its_place_and_dates_are_asked(stocked, tmp_path):
    path = workbook(tmp_path / "t.xlsx", {"明细": [
        ["月份", "地市", "期初客户数", "期末客户数"], ["2026-07", "甲州", 1, 2], ["合计", None, 1, 2], [], TICKET[:2], ["T1", "03/07/2026"], ["T2", "04/08/2026"]]})
    app = dropped("en", path)
    sheets = box(app, "data_sheet_")
    assert sheets.options == ["明细 #1 (A1:D3)", "明细 #2 (A5:B7)"]
    assert any("1 total row agrees" in c.value for c in app.caption)
    app = whole(sheets.select("明细 #2").run())
    app = whole(box(app, "data_order_").select("day-first").run())
    assert not app.error and any("read day first" in c.value for c in app.caption)
