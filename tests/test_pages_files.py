"""The Data page with whatever people drop on it: archives, workbooks with a password, hidden sheets, names that want to be more."""

from __future__ import annotations

import io
import zipfile

import openpyxl
import pytest
from streamlit.testing.v1 import AppTest
from workbooks import TICKET, shelf, stocked, stored

from simulated import open_page, whole, words
from sqm import loaders, warehouse
from sqm.ui import uploads

__all__ = ["shelf", "stocked"]
SECRET = "Geheim-密码-7"


def book(number: str, hidden: bool = False) -> bytes:
    made = openpyxl.Workbook()
    sheet = made.active
    sheet.title = "工单"
    if hidden:
        sheet.append(["说明"])
        sheet = made.create_sheet("藏")
        sheet.sheet_state = "veryHidden"
    for row in (TICKET, [number, "2026-05-02 10:00", "投诉", "甲州", "net", None, "否", "慢"]):
        sheet.append(row)
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def locked(data: bytes) -> bytes:
    from msoffcrypto.format.ooxml import OOXMLFile

    out = io.BytesIO()
    OOXMLFile(io.BytesIO(data)).encrypt(SECRET, out)
    return out.getvalue()


def drop(name: str, data: bytes) -> AppTest:
    return whole(open_page("data").file_uploader[0].upload(name, data).run())


def box(app: AppTest, kind: str, key: str):
    return [w for w in getattr(app, kind) if (w.key or "").startswith(key)]


def give(app: AppTest, password: str) -> AppTest:
    box(app, "text_input", "data_password_")[0].set_value(password)
    return whole(box(app, "button", "data_unlock_")[0].click().run())


def kept(app: AppTest) -> str:
    return repr({name: app.session_state[name] for name in app.session_state}) + repr(dict(app.query_params))


def test_the_files_of_an_archive_are_handled_one_by_one(stocked):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        made.writestr("甲/五月.xlsx", book("Z1"))
        made.writestr("<b>乙</b>.csv", ",".join(TICKET) + "\nZ2,2026-05-03,投诉,乙州,fee,,,\n")
        made.writestr("读我.pdf", b"%PDF-1.7")
    app = drop("月报.zip", out.getvalue())
    assert "月报.zip › 甲/五月.xlsx" in words(app) and "&lt;b&gt;乙&lt;/b&gt;.csv" in words(app) and "<b>乙" not in words(app)
    assert len(app.error) == 1 and "读我.pdf" in app.error[0].value and len(box(app, "button", "publish_")) == 2
    for _ in range(2):
        whole(box(app, "button", "publish_")[0].click().run())
    assert set(stored(stocked, "complaints")["ticket_id"]) == {"Z1", "Z2"}
    assert set(loaders.batches(stocked)["file_name"][:2]) == {"月报.zip › 甲/五月.xlsx", "月报.zip › <b>乙</b>.csv"}
    assert not list((warehouse.data_dir() / "uploads").iterdir())


def test_a_password_is_asked_for_used_and_forgotten(stocked):
    data = locked(book("L1"))
    app = drop("锁.xlsx", data)
    assert "protected by a password" in app.warning[0].value and not box(app, "button", "publish_")
    app = give(app, "guess")
    assert "does not open" in app.error[0].value
    app = give(app, SECRET)
    assert not app.error and not box(app, "text_input", "data_password_") and SECRET not in kept(app)
    whole(box(app, "button", "publish_")[0].click().run())
    assert list(stored(stocked, "complaints")["ticket_id"]) == ["L1"] and SECRET not in kept(app)
    assert [file.read_bytes() for file in (warehouse.data_dir() / "originals").iterdir()] == [data]
    # Another session that has the file but not the password sees nothing of it.
    other = drop("锁.xlsx", data)
    assert box(other, "text_input", "data_password_") and not box(other, "selectbox", "data_sheet_")
    whole(app.file_uploader[0].set_value([]).run())
    assert not app.session_state["data_unlocked"], "what was unlocked goes with its file"


def test_hidden_sheets_are_named_and_loaded_only_when_asked_for(stocked, monkeypatch):
    app = drop("h.xlsx", book("H1", hidden=True))
    (sheet,) = box(app, "selectbox", "data_sheet_")
    assert sheet.options == ["工单"] and any("藏" in c.value for c in app.caption) and not box(app, "button", "publish_")
    (asked,) = box(app, "checkbox", "data_hidden_")
    app = whole(asked.check().run())
    (sheet,) = box(app, "selectbox", "data_sheet_")
    assert sheet.options == ["工单", "藏 (hidden)"] and sheet.value == "工单"
    app = whole(sheet.set_value("藏").run())
    whole(box(app, "button", "publish_")[0].click().run())
    assert list(stored(stocked, "complaints")["ticket_id"]) == ["H1"]


def test_a_file_above_the_limit_is_not_read(stocked, monkeypatch):
    usual = uploads.st.get_option
    monkeypatch.setattr(uploads.st, "get_option", lambda name: 0 if name == "server.maxUploadSize" else usual(name))
    monkeypatch.setattr(loaders, "inspect", lambda *_, **__: pytest.fail("it was read"))
    app = drop("big.xlsx", book("B1"))
    assert "more than the 0 MB" in app.error[0].value


def test_names_are_shown_and_never_followed(stocked):
    out = io.BytesIO()
    made = openpyxl.Workbook()
    made.active.title = "=cmd()&<img src=x>"
    for row in (TICKET, ["N1", "2026-05-02", "投诉", "甲州", "net", None, None, "x"]):
        made.active.append(row)
    made.save(out)
    name = "../../etc/[x](http://e.vil) <script>alert(1)</script>.xlsx"
    app = drop(name, out.getvalue())
    assert "<script>alert" not in words(app) and "&lt;script&gt;" in words(app)
    whole(box(app, "button", "publish_")[0].click().run())
    assert loaders.batches(stocked).iloc[0][["file_name", "sheet"]].tolist() == [name, "=cmd()&<img src=x>"]
    assert "](http" not in "".join(s.value for s in app.success)


def test_the_tables_of_a_hidden_sheet_are_told_apart_once_it_is_read(stocked):
    made = openpyxl.Workbook()
    sheet = made.create_sheet("藏")
    sheet.sheet_state = "hidden"
    for row in (["月份", "地市", "期初客户数", "期末客户数"], ["2026-07", "甲州", 1, 2], [], TICKET[:2], ["T1", "2026-07-03"], ["T2", "2026-08-04"]):
        sheet.append(row)
    out = io.BytesIO()
    made.save(out)
    app = drop("h.xlsx", out.getvalue())
    app = whole(box(app, "checkbox", "data_hidden_")[0].check().run())
    app = whole(box(app, "selectbox", "data_sheet_")[0].set_value("藏").run())
    (sheets,) = box(app, "selectbox", "data_sheet_")
    assert sheets.options == ["Sheet", "藏 #1 (A1:D2) (hidden)", "藏 #2 (A4:B6) (hidden)"] and sheets.value == "藏 #1"
    app = whole(sheets.set_value("藏 #2").run())
    whole(box(app, "button", "publish_")[0].click().run())
    assert list(stored(stocked, "complaints")["ticket_id"]) == ["T1", "T2"]
    assert loaders.batches(stocked).iloc[0]["sheet"] == "藏 #2"
