"""What was answered about a sheet holds for the next one with the same headings, and for no other."""

from __future__ import annotations

import json

import pytest
from workbooks import shelf, sqm, stocked, stored, workbook

from simulated import open_page, whole
from sqm import loaders, remembered, store
from sqm.errors import FileRefused
from sqm.ingest import shapes
from sqm.ingest.references import References, nothing

__all__ = ["shelf", "sqm", "stocked"]

HEADINGS = ["单子", "什么时候打来", "类型", "地市", "类别"]
MAP = {"单子": "ticket_id", "什么时候打来": "opened_at", "类型": "kind"}


def tickets(path, *rows, headings=HEADINGS):
    return workbook(path, {"导出": [["十月投诉"], headings, *rows]})


def recall(engine):
    return lambda shape, dataset: remembered.recall(engine, shape, dataset)


def loaded(engine, path, **more):
    result = loaders.load(engine, path, recall=recall(engine), **more)
    if result.published:
        remembered.remember(engine, result.shape, result.dataset, result.said, batch=result.batch, file=result.file_name, sheet=result.sheet,
                            by="ann", asked=result.asked)
    return result


def shape(head):
    return shapes.shape_of(shapes.first_look(head, References(nothing))[0], head)


def test_order_case_blanks_months_and_titles_make_no_shape():
    plain = shape([["Ticket ID", "Opened at", "City"], ["T1", "2026-07-01", "x"]])
    assert plain == shape([["投诉清单"], [], ["city", "ticket id ", "OPENED  AT"], ["y", "T2", "2026-08-01"]])
    assert plain != shape([["Ticket ID", "Opened at"], ["T1", "2026-07-01"]])
    july = [["地市", "2026年6月", "2026年7月"], ["甲州", "1", "2"]]
    august = [["地市", "2026年6月", "2026年7月", "2026年8月"], ["甲州", "1", "2", "3"]]
    assert shape(july) == shape(august) != shape([["地市", "2026年6月投诉", "2026年7月投诉"], ["甲州", "1", "2"]])
    assert shape([]) == ""


def test_the_next_month_answers_nothing(stocked, tmp_path):
    first = loaded(stocked, tickets(tmp_path / "10.xlsx", ["T1", "2026-07-01", "投诉", "甲州", "网络质量"]), dataset="complaints", mapping=MAP)
    assert first.published and first.recalled is None
    second = loaded(stocked, tickets(tmp_path / "11.xlsx", ["T2", "2026-08-01", "投诉", "乙州", "资费争议"], ["T3", "2026-08-02", "投诉", "乙州", "资费争议"]))
    assert (second.dataset, second.new, second.refused) == ("complaints", 2, 0)
    assert second.recalled == ("10.xlsx", first.batch)
    assert "10.xlsx" in second.say("zh") and "10.xlsx" in second.say("en")
    assert len(store.history(stocked, remembered.KIND, second.shape)) == 1  # the same answers are no news
    assert [(one.file, one.who, one.mapping) for one in remembered.known(stocked)] == [("10.xlsx", "ann", MAP)]


def test_what_is_said_now_goes_before_what_was_said_then(stocked, tmp_path):
    loaded(stocked, tickets(tmp_path / "10.xlsx", ["T1", "2026-07-01", "投诉", "甲州", "网络质量"]), dataset="complaints", mapping=MAP)
    changed = loaded(stocked, tickets(tmp_path / "11.xlsx", ["T2", "2026-08-01", "投诉", "乙州", "资费争议"]), mapping={"类型": "channel"})
    assert changed.said == {**MAP, "类型": "channel"}
    assert remembered.known(stocked)[0].mapping["类型"] == "channel"
    assert len(store.history(stocked, remembered.KIND, changed.shape)) == 2


@pytest.mark.parametrize("end", ["forgotten", "taken back", "other headings", "other dataset", "field is gone"])
def test_where_it_holds_no_more_it_is_asked_again(stocked, tmp_path, end):
    first = loaded(stocked, tickets(tmp_path / "10.xlsx", ["T1", "2026-07-01", "投诉", "甲州", "网络质量"]), dataset="complaints", mapping=MAP)
    headings, dataset = HEADINGS, None
    if end == "forgotten":
        remembered.forget(stocked, first.shape, "ann")
    elif end == "taken back":
        loaders.undo(stocked, first.batch)
    elif end == "other headings":
        headings = [*HEADINGS, "备注二"]
    elif end == "other dataset":
        dataset = "audits"
    else:
        newest = store.latest(stocked, remembered.KIND, first.shape)
        store.save(stocked, remembered.KIND, first.shape, {**newest.body, "mapping": {"单子": "no_such_field"}}, base=newest.revision)
    with pytest.raises(FileRefused) as caught:
        loaded(stocked, tickets(tmp_path / "11.xlsx", ["T2", "2026-08-01", "投诉", "乙州", "资费争议"], headings=headings), dataset=dataset)
    assert caught.value.code in ("dataset_unknown", "columns_missing", "no_headings")


def test_of_several_sheets_the_one_that_is_known_is_meant(stocked, tmp_path):
    loaded(stocked, tickets(tmp_path / "10.xlsx", ["T1", "2026-07-01", "投诉", "甲州", "网络质量"]), dataset="complaints", mapping=MAP)
    book = workbook(tmp_path / "11.xlsx", {"说明": [["甲", "乙"], ["x", "y"]], "导出": [HEADINGS, ["T2", "2026-08-01", "投诉", "乙州", "资费争议"]]})
    assert loaded(stocked, book).sheet == "导出"


def test_the_command_line_remembers_lists_and_forgets(stocked, tmp_path, sqm):
    path = tickets(tmp_path / "10.xlsx", ["T1", "2026-07-01", "投诉", "甲州", "网络质量"])
    entries = [f"{heading}={field}" for heading, field in MAP.items()]
    assert sqm("load", str(path), "--dataset", "complaints", "--map", *entries, "--json")[0] == 0
    again = tickets(tmp_path / "11.xlsx", ["T2", "2026-08-01", "投诉", "乙州", "资费争议"])
    assert sqm("load", str(again), "--no-memory", "--json")[0] == 1
    code, out, _ = sqm("load", str(again), "--json")
    assert code == 0 and json.loads(out)["recalled"] == {"file": "10.xlsx", "batch": json.loads(out)["batch"] - 1}
    listed = json.loads(sqm("answers", "--json")[1])
    assert [(one["dataset"], one["mapping"]) for one in listed] == [("complaints", MAP)]
    assert sqm("answers", "--forget", "nothing")[0] == 2
    assert sqm("answers", "--forget", listed[0]["shape"])[0] == 0
    assert json.loads(sqm("answers", "--json")[1]) == []


def test_a_workbook_with_another_sheet_that_fits_is_not_loaded_in_part(stocked, tmp_path):
    loaded(stocked, tickets(tmp_path / "10.xlsx", ["T1", "2026-07-01", "投诉", "甲州", "网络质量"]), dataset="complaints", mapping=MAP)
    both = workbook(tmp_path / "11.xlsx", {"导出": [HEADINGS, ["T2", "2026-08-01", "投诉", "乙州", "资费争议"]],
                                           "客户": [["月份", "地市", "期初客户数", "期末客户数"], ["2026-07", "甲州", 1, 2]]})
    with pytest.raises(FileRefused) as caught:
        loaded(stocked, both)
    assert caught.value.code == "sheets_several" and "导出" in caught.value.params["sheets"] and "客户" in caught.value.params["sheets"]
    assert loaded(stocked, both, sheet="导出").new == 1 and loaded(stocked, both, sheet="客户").new == 1


def test_an_order_of_dates_holds_until_a_month_contradicts_it(stocked, tmp_path):
    def month(name, *days):
        return workbook(tmp_path / name, {"导出": [["工单号", "受理时间"], *[[f"{name}{n}", day] for n, day in enumerate(days)]]})

    assert loaded(stocked, month("a.xlsx", "03/07/2026", "04/08/2026"), mapping={"受理时间": "opened_at:day-first"}).new == 2
    assert loaded(stocked, month("b.xlsx", "05/07/2026", "06/07/2026")).new == 2
    assert loaded(stocked, month("c.xlsx", "08/25/2026", "08/03/2026")).new == 2
    rows = stored(stocked, "complaints").set_index("ticket_id")["opened_at"]
    assert (rows["b.xlsx0"].month, rows["c.xlsx0"].month, rows["c.xlsx1"].month) == (7, 8, 8)


def test_a_heading_that_went_with_its_month_is_no_error(stocked, tmp_path):
    def survey(name, month):
        return workbook(tmp_path / name, {"调查": [["受访者编号", "月份", f"{month}打分", "要素"], ["R1", f"2026-0{month[0]}", 7, "热线服务"]]})

    first = loaded(stocked, survey("7.xlsx", "7月"), dataset="surveys", mapping={"7月打分": "score"})
    assert first.published
    result = loaded(stocked, survey("7b.xlsx", "7月"))
    assert result.message in ("published", "already_loaded")
    with pytest.raises(FileRefused) as caught:
        loaded(stocked, survey("8.xlsx", "8月"))
    assert caught.value.code == "columns_missing"


def test_no_number_in_a_name_is_remembered(stocked, tmp_path):
    path = tickets(tmp_path / "客户13800138000投诉.xlsx", ["T1", "2026-07-01", "投诉", "甲州", "网络质量"])
    app = dropped(path)
    app = whole(box(app, "data_dataset_").select("complaints").run())
    for heading, field in MAP.items():
        app = whole(next(b for b in app.selectbox if b.label == heading).select(field).run())
    whole(button(app, "publish_").click().run())
    assert [one.file for one in remembered.known(stocked)] == ["客户138****8000投诉.xlsx"]


def dropped(path, lang="zh"):
    app = open_page("data", lang)
    return whole(app.file_uploader[0].upload(path.name, path.read_bytes()).run())


def box(app, start):
    return next(b for b in app.selectbox if b.key and b.key.startswith(start))


def button(app, start):
    return next((b for b in app.button if b.key and b.key.startswith(start)), None)


def test_the_page_fills_the_boxes_in_shows_where_from_and_forgets(stocked, tmp_path):
    app = dropped(tickets(tmp_path / "10.xlsx", ["T1", "2026-07-01", "投诉", "甲州", "网络质量"]))
    app = whole(box(app, "data_dataset_").select("complaints").run())
    for heading, field in MAP.items():
        app = whole(next(b for b in app.selectbox if b.label == heading).select(field).run())
    app = whole(button(app, "publish_").click().run())
    assert [one.mapping for one in remembered.known(stocked)] == [MAP]

    app = dropped(tickets(tmp_path / "11.xlsx", ["T2", "2026-08-01", "投诉", "乙州", "资费争议"]))
    assert box(app, "data_dataset_").value == "complaints"
    assert {b.label: b.value for b in app.selectbox if b.key.startswith("data_map_")} == MAP
    assert button(app, "publish_") is not None and any("10.xlsx" in c.value for c in app.caption)
    app = whole(button(app, "forget_").click().run())
    assert not remembered.known(stocked) and button(app, "publish_") is None
    assert not any("10.xlsx" in c.value for c in app.caption)


def test_answers_about_values_are_remembered_too(stocked, tmp_path):
    def survey(name, month):
        return workbook(tmp_path / name, {"调查": [["受访者编号", "月份", "要素", "得分", "得分"], ["R1", month, "热线服务", "满意", 3], ["R2", month, "热线服务", "99", 4]]})

    app = dropped(survey("s10.xlsx", "2026-07"))
    app = whole(box(app, "data_doubled_").select("得分").run())
    app = whole(box(app, "data_words_").select("1-5").run())
    app = whole(next(b for b in app.multiselect if b.key.startswith("data_blank_")).select("99").run())
    app = whole(button(app, "publish_").click().run())
    app = dropped(survey("s11.xlsx", "2026-08"), "en")
    assert box(app, "data_doubled_").value == "得分" and box(app, "data_words_").value == "1-5"
    assert next(b for b in app.multiselect if b.key.startswith("data_blank_")).value == ["99"]
    assert button(app, "publish_") is not None and not app.warning


def test_the_list_of_answers_forgets_one(stocked, tmp_path):
    loaded(stocked, tickets(tmp_path / "10.xlsx", ["T1", "2026-07-01", "投诉", "甲州", "网络质量"]), dataset="complaints", mapping=MAP)
    app = open_page("data", "en")
    app.session_state["data_answers"] = True
    app = whole(app.run())
    assert any("单子 → ticket_id" in frame.value.to_csv() for frame in app.dataframe)
    whole(button(app, "data_answers_forget").click().run())
    assert not remembered.known(stocked)
