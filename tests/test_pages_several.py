"""Ten files dropped at once: a line for each with how it stands, and all that is ready published with one confirmation."""

from __future__ import annotations

import pytest
from test_pages_files import book, box, locked
from workbooks import TICKET, shelf, stocked, stored, workbook

from simulated import open_page, whole, words
from sqm import loaders, warehouse
from sqm.errors import FileRefused, WarehouseBusy
from sqm.ui import several, work

__all__ = ["shelf", "stocked"]


def row(html: str, name: str) -> str:
    return next(part for part in html.split("<tr") if f">{name}<" in part)


@pytest.fixture
def month(tmp_path) -> list[tuple[str, bytes]]:
    """Three that are fine, one with a wrong cell, one nobody knows, one that is damaged, one with a password."""
    wrong = workbook(tmp_path / "w.xlsx", {"工单": [TICKET, ["W1", "32.13.2026", "投诉", "甲州"]]})
    strange = workbook(tmp_path / "s.xlsx", {"Sheet1": [["x", "y"], [1, 2]]})
    two = workbook(tmp_path / "t.xlsx", {"工单": [TICKET, ["D4", "2026-05-02", "投诉", "甲州"]], "营业厅": [["营业厅编码", "营业厅名称", "地市"], ["S9", "九厅", "甲州"]]})
    return [("a.xlsx", book("A1")), ("b.xlsx", book("B2")), ("two.xlsx", two.read_bytes()), ("wrong.xlsx", wrong.read_bytes()),
            ("strange.xlsx", strange.read_bytes()), ("bad.xlsx", b"PK\x03\x04nothing"), ("locked.xlsx", locked(book("L1")))]


def dropped(files, lang="en"):
    app = open_page("data", lang)
    return whole(app.file_uploader[0].set_value([(name, data, "application/octet-stream") for name, data in files]).run())


def test_each_file_has_a_line_and_what_is_ready_is_published_at_once(stocked, month):
    app = dropped(month)
    html = words(app)
    assert [row(html, name).split('"')[1] for name, _ in month] == ["ready", "ready", "ready", "asks", "asks", "refused", "asks"]
    assert "1 row<" in row(html, "a.xlsx") and "2 rows" in row(html, "two.xlsx") and "1 row of “工单” would be refused" in row(html, "wrong.xlsx")
    assert "damaged" in row(html, "bad.xlsx") and "password" in row(html, "locked.xlsx")
    version = warehouse.data_version(stocked)
    app = whole(app.button(key="all_ready").click().run())
    html = words(app)
    assert warehouse.data_version(stocked) == version, "nothing before it was confirmed"
    assert html.index("two.xlsx · 营业厅") < html.index("a.xlsx · 工单"), "what others refer to comes first"
    app = whole(app.button(key="all_not").click().run())
    app = whole(app.button(key="all_ready").click().run())
    app = whole(app.button(key="all_sure").click().run())
    assert set(stored(stocked, "complaints")["ticket_id"]) == {"A1", "B2", "D4"} and "S9" in set(stored(stocked, "stores")["store"])
    assert len(loaders.batches(stocked)) == 5 + 4, "each sheet is a batch of its own"
    html = words(app)
    assert [row(html, name).split('"')[1] for name in ("a.xlsx", "two.xlsx", "wrong.xlsx")] == ["published", "published", "asks"]
    assert not box(app, "button", "all_ready") and not list((warehouse.data_dir() / "uploads").iterdir())


def test_one_that_fails_keeps_no_other_out(stocked, month, monkeypatch):
    app = dropped(month[:3])
    app = whole(app.button(key="all_ready").click().run())
    load = loaders.load

    def torn(engine, path, **more):
        if more["file_name"] == "a.xlsx" and not more.get("dry_run"):
            raise FileRefused("file_damaged", file="a.xlsx")
        return load(engine, path, **more)

    monkeypatch.setattr(loaders, "load", torn)
    app = whole(app.button(key="all_sure").click().run())
    assert set(stored(stocked, "complaints")["ticket_id"]) == {"B2", "D4"} and "a.xlsx" in app.error[0].value


def test_cancelling_leaves_out_what_was_not_published_yet(stocked, month, monkeypatch):
    app = dropped(month[:2])
    app = whole(app.button(key="all_ready").click().run())
    load = loaders.load

    def stopping(engine, path, **more):
        if more["file_name"] == "b.xlsx" and not more.get("dry_run"):
            raise work.stages.Stopped
        return load(engine, path, **more)

    monkeypatch.setattr(loaders, "load", stopping)
    app = whole(app.button(key="all_sure").click().run())
    assert list(stored(stocked, "complaints")["ticket_id"]) == ["A1"] and "b.xlsx · 工单\\: Cancelled" in app.error[0].value
    assert row(words(whole(app.run())), "b.xlsx").split('"')[1] == "ready" and not app.session_state[several._QUEUE]


def test_what_was_answered_below_counts_above(stocked, tmp_path):
    path = workbook(tmp_path / "d.xlsx", {"工单": [TICKET[:2], ["T1", "03/07/2026"], ["T2", "04/08/2026"]]})
    app = dropped([("a.xlsx", book("A1")), ("d.xlsx", path.read_bytes())], "zh")
    assert row(words(app), "d.xlsx").split('"')[1] == "asks"
    app = whole(box(app, "selectbox", "data_order_")[0].select("day-first").run())
    assert row(words(app), "d.xlsx").split('"')[1] == "ready"


def test_names_of_files_are_data(stocked):
    app = dropped([("<img src=x>.xlsx", book("A1")), ("b.xlsx", book("B2"))])
    assert "<img" not in words(app) and "&lt;img src=x&gt;.xlsx" in words(app)


def test_what_was_taken_away_or_failed_is_not_published_later(stocked, monkeypatch):
    app = dropped([("a.xlsx", book("A1")), ("b.xlsx", book("B2"))])
    app = whole(app.button(key="all_ready").click().run())
    load = loaders.load

    def torn(engine, path, **more):
        if more["file_name"] == "a.xlsx" and not more.get("dry_run"):
            raise WarehouseBusy("warehouse_busy", holder="x", seconds=10)
        return load(engine, path, **more)

    monkeypatch.setattr(loaders, "load", torn)
    app = whole(app.button(key="all_sure").click().run())
    assert any("a.xlsx" in error.value for error in app.error) and set(stored(stocked, "complaints")["ticket_id"]) == {"B2"}
    monkeypatch.setattr(loaders, "load", load)
    app.session_state[several._QUEUE] = [several.Ready(several.Piece("gone.xlsx", "0" * 64, None), None, "complaints", None, None)]  # type: ignore[arg-type]
    app = whole(app.run())
    assert not app.session_state[several._QUEUE]
    app = whole(app.file_uploader[0].set_value([]).run())
    assert several._QUEUE not in app.session_state and set(stored(stocked, "complaints")["ticket_id"]) == {"B2"}


def test_a_dataset_chosen_at_the_file_counts_in_the_list(stocked):
    app = dropped([("a.xlsx", book("A1")), ("b.xlsx", book("B2"))])
    chosen = box(app, "selectbox", "data_dataset_")[0]
    app = whole(chosen.select("breaches").run())
    app = whole(app.run())
    name = next(name for name in ("a.xlsx", "b.xlsx") if row(words(app), name).split('"')[1] != "ready")
    app = whole(app.button(key="all_ready").click().run())
    app = whole(app.button(key="all_sure").click().run())
    assert set(stored(stocked, "complaints")["ticket_id"]) == ({"B2"} if name == "a.xlsx" else {"A1"})


def test_what_its_own_block_refuses_is_not_ready(stocked):
    app = dropped([("a.xlsx", book("A1")), ("b.xlsx", book("B2"))])
    chosen = box(app, "multiselect", "data_out_")[0]
    app = whole(chosen.select(next(option for option in chosen.options if option.startswith("工单"))).run())
    app = whole(app.run())
    assert sorted(row(words(app), name).split('"')[1] for name in ("a.xlsx", "b.xlsx")) == ["asks", "ready"]


def test_what_a_whole_month_withdraws_is_said_before_it_is_confirmed(stocked, tmp_path):
    old = workbook(tmp_path / "old.xlsx", {"工单": [TICKET[:4], *[[f"O{n}", "2026-05-02", "投诉", "甲州"] for n in range(5)]]})
    loaders.load(stocked, old)
    app = dropped([("a.xlsx", book("A1")), ("b.xlsx", book("B2"))])
    app = whole(box(app, "checkbox", "data_whole_")[0].check().run())
    app = whole(app.run())
    app = whole(app.button(key="all_ready").click().run())
    assert any("5 rows" in warning.value and ".xlsx" in warning.value for warning in app.warning)
