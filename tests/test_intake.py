"""Folders, archives and workbooks with a password: every file in them is loaded by itself, or one sentence says why not."""

from __future__ import annotations

import io
import json
import os
import zipfile
from pathlib import Path

import pytest
from workbooks import TICKET, shelf, sqm, stocked, stored, workbook

from sqm import intake, loaders
from sqm.errors import FileRefused
from sqm.i18n import LANGUAGES, say
from sqm.ingest import archives, opening
from sqm.ingest.opening import members, open_file, taken, unlocked

__all__ = ["shelf", "sqm", "stocked"]
SECRET = "Пароль-密码-1"


def ticket(number: str) -> list[list[object]]:
    return [TICKET, [number, "2026-05-02 10:00", "投诉", "甲州", "net", None, "否", "慢"]]


def locked(path: Path, password: str = SECRET, rows: list[list[object]] | None = None) -> Path:
    """A workbook with a password, as spreadsheet programs lock it."""
    from msoffcrypto.format.ooxml import OOXMLFile

    clear = workbook(path.with_suffix(".clear"), {"s": rows or ticket("L1")})
    with clear.open("rb") as plain, path.open("wb") as out:
        OOXMLFile(plain).encrypt(password, out)
    clear.unlink()
    return path


def archive(path: Path, files: dict[str, bytes], **more) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in files.items():
            made.writestr(name, content, **more)
    return path


def book(folder: Path, number: str) -> bytes:
    return workbook(folder / "made.xlsx", {"s": ticket(number)}).read_bytes()


def says(error: FileRefused, name: str) -> None:
    for lang in LANGUAGES:
        assert name in say(error, lang) and "{" not in say(error, lang)


def test_a_password_opens_a_workbook_and_is_told_to_the_reader_alone(tmp_path, monkeypatch):
    path, seen = locked(tmp_path / "p.xlsx"), []
    start = opening.subprocess.Popen

    def watch(command, **more):
        seen.append([*map(str, command), *more["env"], *more["env"].values()])
        return start(command, **more)

    monkeypatch.setattr(opening.subprocess, "Popen", watch)
    with unlocked(path, SECRET) as clear, open_file(clear, file_name="p.xlsx", original=path) as opened:
        assert opened.sheets[0].head()[1][0] == "L1"
        assert opened.sha256 == opening.sha256_of(path)
        folder = clear.parent
    assert not folder.exists()
    assert seen and not any(SECRET in word for words in seen for word in words)


def test_a_wrong_password_is_one_sentence_and_leaves_nothing(tmp_path, monkeypatch):
    path = locked(tmp_path / "p.xlsx")
    kept = tmp_path / "temporary"
    kept.mkdir()
    monkeypatch.setattr(opening.tempfile, "tempdir", str(kept))
    with pytest.raises(FileRefused) as caught:
        open_file(path)
    assert caught.value.code == "file_password"
    with pytest.raises(FileRefused) as caught, unlocked(path, "guess"):
        pass
    assert caught.value.code == "file_password_wrong" and SECRET not in str(caught.value)
    says(caught.value, "p.xlsx")
    with pytest.raises(FileRefused) as caught, unlocked(workbook(tmp_path / "open.xlsx", {"s": [["a"]]}), "x"):
        pass
    assert caught.value.code == "file_password_kind"
    assert list(kept.iterdir()) == []


def test_what_is_only_protected_against_changes_asks_for_nothing(tmp_path):
    with open_file(locked(tmp_path / "p.xlsx", "VelvetSweatshop")) as opened:
        assert opened.sheets[0].head()[1][0] == "L1"


def test_a_locked_workbook_on_the_command_line(stocked, sqm, tmp_path, monkeypatch):
    path = locked(tmp_path / "p.xlsx")
    monkeypatch.setenv("BOOK", SECRET)
    code, out, err = sqm("load", path, "--json")
    assert code == 1 and json.loads(out)["error"] == "file_password" and "--password-env" in err
    assert sqm("load", path, "--password-env", "NOT_SET", "--json")[0] == 2
    code, out, err = sqm("load", path, "--password-env", "BOOK", "--json")
    assert code == 0 and json.loads(out)["new"] == 1 and SECRET not in out + err
    code, out, _ = sqm("load", path, "--password-env", "BOOK", "--json")
    assert code == 0 and json.loads(out)["code"] == "already_loaded"
    kept = list((Path(os.environ["SQM_DATA_DIR"]) / "originals").iterdir())
    assert [file.read_bytes() for file in kept] == [path.read_bytes()]  # locked, as it came
    monkeypatch.setenv("BOOK", "no")
    code, out, _ = sqm("load", path, "--password-env", "BOOK", "--json")
    assert code == 1 and json.loads(out)["error"] == "file_password_wrong"


def test_the_terminal_is_asked_where_there_is_one(stocked, tmp_path, monkeypatch):
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    asked = []
    monkeypatch.setattr("getpass.getpass", lambda prompt: asked.append(prompt) or SECRET)
    [piece] = intake.pieces(locked(tmp_path / "p.xlsx"))
    result = intake.load(stocked, piece, lambda name: intake.password(name, None, "en"))
    assert result.new == 1 and len(asked) == 1 and "p.xlsx" in asked[0]


def test_an_archive_is_its_files(stocked, sqm, tmp_path):
    inner = archive(tmp_path / "inner.zip", {"x.csv": b"a,b\n1,2\n"}).read_bytes()
    locked_one = locked(tmp_path / "p.xlsx").read_bytes()
    path = archive(tmp_path / "月报.zip", {"五月/甲.xlsx": book(tmp_path, "Z1"), "乙.csv": ",".join(TICKET).encode() + "\nZ2,2026-05-03,投诉,乙州,fee,,,\n".encode(),
                                        "inner.zip": inner, "__MACOSX/._甲.xlsx": b"x", "五月/~$甲.xlsx": b"x", "p.xlsx": locked_one, "说明.pdf": b"%PDF-1.7"})
    code, out, err = sqm("load", path, "--json")
    told = {entry["file"]: entry for entry in json.loads(out)}
    assert code == 1 and set(told) == {f"月报.zip › {name}" for name in ("五月/甲.xlsx", "乙.csv", "inner.zip", "p.xlsx", "说明.pdf")}
    assert told["月报.zip › 五月/甲.xlsx"]["new"] == told["月报.zip › 乙.csv"]["new"] == 1
    assert {name: entry["error"] for name, entry in told.items() if "error" in entry} == {
        "月报.zip › inner.zip": "file_is_archive", "月报.zip › p.xlsx": "file_password", "月报.zip › 说明.pdf": "file_not_a_table"}
    assert set(stored(stocked, "complaints")["ticket_id"]) == {"Z1", "Z2"} and "Traceback" not in err
    batches = loaders.batches(stocked)
    assert {"月报.zip › 五月/甲.xlsx", "月报.zip › 乙.csv"} <= set(batches["file_name"])
    again = json.loads(sqm("load", path, "--json")[1])
    assert [entry["code"] for entry in again if "code" in entry] == ["already_loaded"] * 2


def test_several_files_and_a_folder(stocked, sqm, tmp_path):
    folder = tmp_path / "folder"
    folder.mkdir()
    for number in ("F1", "F2"):
        (folder / f"{number}.xlsx").write_bytes(book(tmp_path, number))
    (folder / "~$F1.xlsx").write_bytes(b"lock")
    single = tmp_path / "F3.xlsx"
    single.write_bytes(book(tmp_path, "F3"))
    code, out, _ = sqm("load", folder, single, "--lang", "en")
    assert code == 0 and [line for line in out.splitlines() if line.endswith(".xlsx:")] == ["F1.xlsx:", "F2.xlsx:", "F3.xlsx:"]
    assert len(stored(stocked, "complaints")) == 3
    (tmp_path / "none").mkdir()
    code, out, _ = sqm("load", tmp_path / "none", "--json")
    assert code == 1 and json.loads(out)["error"] == "folder_empty"


def test_names_in_an_archive_are_text_in_their_own_encoding(tmp_path):
    path = archive(tmp_path / "a.zip", {"placeholder-name1.csv": b"a,b\n1,2\n", "../../etc/x\r\n=cmd.csv": b"a\n1\n"})
    gbk = "投诉工单表格一.csv".encode("gbk").ljust(len("placeholder-name1.csv"), b"_")
    path.write_bytes(path.read_bytes().replace(b"placeholder-name1.csv", gbk))
    first, second = members(path) or []
    assert first.name.startswith("a.zip › 投诉工单表格一.csv") and second.name == "a.zip › ../../etc/x  =cmd.csv"
    before = set(tmp_path.rglob("*"))
    with taken(path, second) as file:
        assert file.read_bytes() == b"a\n1\n" and file.name == "taken"
    assert set(tmp_path.rglob("*")) == before


@pytest.mark.parametrize(("limit", "value", "code"), [("MEMBERS", 1, "archive_too_many"), ("UNPACKED", 10, "archive_too_big")])
def test_too_many_or_too_much_is_not_unpacked(tmp_path, monkeypatch, limit, value, code):
    monkeypatch.setattr(archives, limit, value)
    with pytest.raises(archives.Unreadable) as caught:
        archives.members(archive(tmp_path / "a.zip", {"a.csv": b"a" * 9, "b.csv": b"b" * 9}))
    assert caught.value.code == code


def test_a_bomb_is_named_and_its_neighbours_are_not_lost(tmp_path):
    path = archive(tmp_path / "a.zip", {"bomb.csv": bytes(20 << 20), "good.csv": b"a,b\n1,2\n"})
    bomb, good = members(path) or []
    assert (bomb.error, good.error) == ("file_too_big", "")
    with pytest.raises(FileRefused) as caught, taken(path, bomb):
        pass
    assert caught.value.code == "file_too_big"
    says(caught.value, "bomb.csv")


def test_a_damaged_member_and_an_empty_archive(tmp_path):
    whole = archive(tmp_path / "a.zip", {"a.csv": os.urandom(3000), "b.csv": b"a\n1\n"})
    bytes_ = bytearray(whole.read_bytes())
    bytes_[200] ^= 255
    whole.write_bytes(bytes_)
    assert [member.error for member in members(whole) or []] == ["file_damaged", ""]
    with pytest.raises(FileRefused) as caught:
        members(archive(tmp_path / "e.zip", {"__MACOSX/x": b""}))
    assert caught.value.code == "archive_empty"
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as out:
        out.writestr("a.csv", b"a,b\n1,2\n")
    secret = bytearray(made.getvalue())
    for sign, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        secret[secret.index(sign) + place] |= 1
    (tmp_path / "s.zip").write_bytes(secret)
    assert [member.error for member in members(tmp_path / "s.zip") or []] == ["archive_password"]
    assert members(workbook(tmp_path / "t.xlsx", {"s": [["a"]]})) is None
