"""Phone and identity numbers never reach the database, a problem, a message or a preview in clear."""

from __future__ import annotations

import hashlib
import hmac
import os
import re
import stat

import duckdb
import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st
from workbooks import TICKET, shelf, stocked, stored, workbook

from sqm import loaders, warehouse
from sqm.errors import SqmError
from sqm.ingest import privacy
from sqm.warehouse import schema

__all__ = ["shelf", "stocked"]

IDENTITY = "11010519491231002X"
MASKED_IDENTITY = "110***********002X"


@pytest.mark.parametrize(("text", "masked"), [
    ("13812345678", "138****5678"), ("请回电13812345678谢谢", "请回电138****5678谢谢"), ("１３８１２３４５６７８", "138****5678"),
    ("+8613812345678", "138****5678"), ("0086 138 1234 5678", "138****5678"), ("8613812345678", "138****5678"),
    ("138-1234-5678", "138****5678"), ("13812345678/13987654321", "138****5678/139****4321"),
    ("19912345678", "199****5678"), ("12812345678", "12812345678"), ("138123456789", "138123456789"), ("213812345678", "213812345678"),
    ("1381234567", "1381234567"), ("2026-07-01 10:00", "2026-07-01 10:00"),
    (IDENTITY, MASKED_IDENTITY), (f"证件{IDENTITY.lower()}。", f"证件{MASKED_IDENTITY}。"), ("110105194912310021", "110105194912310021"),
    ("１１０１０５１９４９１２３１００２Ｘ", MASKED_IDENTITY), ("110105 19491231 002X", MASKED_IDENTITY), ("", "")])
def test_masking(text, masked):
    assert privacy.mask_text(text) == masked


def test_personal_cells_hide_what_they_cannot_read():
    assert privacy.mask_personal("+86 138-1234-5678", "phone") == ("138****5678", "13812345678")
    assert privacy.mask_personal("13812345678.0", "phone") == ("138****5678", "13812345678")
    masked, plain = privacy.mask_personal("025-8888 7777", "phone")
    assert masked == privacy.HIDDEN and plain == "02588887777"
    assert privacy.mask_personal("张三", "phone")[0] == privacy.HIDDEN
    assert privacy.mask_personal(IDENTITY, "identity") == (MASKED_IDENTITY, IDENTITY)
    assert privacy.mask_personal("320102199001011", "identity")[0] == privacy.HIDDEN


AROUND = st.text(st.sampled_from("abc汉字 -+0123456789０１９Ｘx８６\u3000\u2013\u0661"), max_size=12)


@given(AROUND, st.sampled_from(["13812345678", "１５０１２３４５６７８", "138 1234 5678", "+86-139-8765-4321", IDENTITY, ""]), AROUND)
def test_the_sql_filter_finds_whatever_python_would_mask(before, number, after):
    text = before + number + after
    if privacy.mask_text(text) != text:
        with duckdb.connect() as con:
            assert con.execute("SELECT regexp_matches(?, ?)", [text, privacy.SUSPICIOUS]).fetchone() == (True,)


@given(AROUND, st.sampled_from(["13812345678", "13812345678，13912345678", "13812345678/13912345678", IDENTITY, ""]), AROUND)
def test_what_sql_masks_alone_is_what_python_would_mask(before, number, after):
    text = before + number + after
    with duckdb.connect() as con:
        masked, left = con.execute("SELECT v, regexp_matches(v, $s) FROM (SELECT regexp_replace($t, $p, $h, 'g') AS v)",
                                   {"t": text, "s": privacy.SUSPICIOUS, "p": privacy.PLAIN_PHONE[0], "h": privacy.PLAIN_PHONE[1]}).fetchone()
    if masked != text and not left:
        assert masked == privacy.mask_text(text)


def test_plain_phones_in_a_text_are_masked_by_sql_alone():
    with duckdb.connect() as con:
        masked = con.execute("SELECT regexp_replace(?, ?, ?, 'g')", ["回电13812345678，或：13912345679", *privacy.PLAIN_PHONE]).fetchone()
    assert masked == ("回电138****5678，或：139****5679",)


@pytest.mark.parametrize("text", [
    "138.1234.5678", "138/1234/5678", "(138)1234 5678", "（138）1234-5678", "138  1234  5678", "138\t1234\n5678",
    "138\u200b1234\u200b5678", "138\u20091234\u202f5678", "+86 (138) 1234-5678", "138·1234·5678"])
def test_a_phone_is_found_whatever_stands_between_its_digits(text):
    assert privacy.phone_in(text) == "13812345678"
    with duckdb.connect() as con:
        for around in ("{}", "回电 {}，急", "a{}b"):
            said = privacy.mask_text(around.format(text))
            assert "138****5678" in said and "1234" not in said
            assert con.execute("SELECT regexp_matches(?, ?)", [around.format(text), privacy.SUSPICIOUS]).fetchone() == (True,)


@pytest.mark.parametrize("text", ["2026.10.31 12:30", "1.38123456789", "20261031123456", "3.14159265358979", "13-8-1-2-3"])
def test_dates_and_figures_are_no_phone_numbers(text):
    assert privacy.mask_text(text) == text


@given(AROUND, AROUND)
def test_masking_twice_changes_nothing_more_and_leaves_no_phone(before, after):
    once = privacy.mask_text(f"{before}13812345678{after}")
    assert not re.search(r"(?<!\d)1[3-9]\d{9}(?!\d)", once)


def test_the_hash_is_hmac_sha256_in_python_and_in_sql():
    for key in (b"k", b"x" * 64, b"y" * 200):
        inner, outer = privacy.pads(key)
        wanted = hmac.new(key, b"13812345678", hashlib.sha256).hexdigest()
        assert privacy.keyed_hash("13812345678", key) == wanted
        assert hashlib.sha256(outer + hashlib.sha256(inner + b"13812345678").digest()).hexdigest() == wanted


def test_the_key_is_made_once_for_its_owner_alone(tmp_path, monkeypatch):
    monkeypatch.delenv("SQM_HASH_KEY", raising=False)
    folder = tmp_path / "keys"
    key, fresh = privacy.hash_key(folder)
    assert fresh and len(key) == 64 and privacy.hash_key(folder) == (key, False)
    assert [file.name for file in folder.iterdir()] == ["hash.key"]
    if os.name == "posix":
        assert stat.S_IMODE((folder / "hash.key").stat().st_mode) == 0o600
    monkeypatch.setenv("SQM_HASH_KEY", "from outside")
    assert privacy.hash_key(folder) == (b"from outside", False)


SECRETS = ["13812345678", "13987654321", "15012345678", "17712345678", "18812345678", IDENTITY, "025-88887777", "李四光"]


def test_nothing_personal_is_stored_anywhere(stocked, tmp_path, monkeypatch):
    """Every text of every table, and of the file itself, is searched for the numbers that went in."""
    monkeypatch.setenv("SQM_HASH_KEY", "test key")
    head = [*TICKET, "身份证号", "受理渠道", "备注13812345678"]
    rows = [
        ["13812345678", "2026-07-01", "投诉", "甲州", "网络质量", "１３８１２３４５６７８", "否", "回电 139 8765 4321", IDENTITY, "APP", "x"],
        ["T2", "2026-07-02", "投诉", "甲州", "网络质量", "+86 138-1234-5678", "否", f"证件{IDENTITY}", None, "热线15012345678", "x"],
        ["T3", "2026-07-03", "投诉", "甲州", "网络质量", "025-88887777", "否", None, "李四光", None, "x"],
        ["T4", "17712345678", "投诉", "甲州", "网络质量", None, "否", None, None, None, "x"],
        ["T5", "2026-07-03", "投诉", "18812345678", "网络质量", "13812345678", "否", None, None, None, "x"],
        ["T6", "2026-07-03", "投诉", "甲州", "网络质量", 13812345678, "#N/A", None, IDENTITY, None, "x"],
        ["13987654321", "2026-07-03", "投诉", "甲州", "网络质量", None, "否", "a", None, None, "x"],
        ["13987654321", "2026-07-03", "投诉", "甲州", "网络质量", None, "否", "b", None, None, "x"],
    ]
    path = workbook(tmp_path / "投诉13812345678.xlsx", {"13812345678": [head, *rows]})
    result = loaders.load(stocked, path)
    assert (result.accepted, result.refused) == (3, 5), result.problems
    said = str(result.as_json("zh")) + str(result.as_json("en")) + str(result) + str(loaders.inspect(path, stocked))
    said += str(loaders.problems(stocked, result.batch)) + str(loaders.batches(stocked).to_dict())
    for table in schema.METADATA.sorted_tables:
        said += warehouse.frame(stocked, sa.select(table)).to_string()
    raw = (warehouse.data_dir() / "warehouse.duckdb").read_bytes()
    for secret in SECRETS:
        assert secret not in said, secret
        assert secret.encode() not in raw, secret
    frame = stored(stocked, "complaints")
    wanted = hmac.new(b"test key", b"13812345678", hashlib.sha256).hexdigest()
    assert frame["phone"].tolist() == ["138****5678", "138****5678", privacy.HIDDEN]
    assert frame["phone_key"].tolist()[:2] == [wanted, wanted] and frame["phone_key"][2] != wanted
    assert frame["identity"].fillna("").tolist() == [MASKED_IDENTITY, "", privacy.HIDDEN]
    assert frame["content"].tolist()[:2] == ["回电 139****4321", f"证件{MASKED_IDENTITY}"]
    assert frame["channel"][1] == "热线150****5678"
    assert re.fullmatch(r"138\*{4}5678#[0-9a-f]{10}", frame["ticket_id"][0])


def test_ids_that_look_like_phones_stay_unique(stocked, tmp_path):
    path = workbook(tmp_path / "t.xlsx", {"s": [TICKET, *[[number, "2026-07-01", "投诉", "甲州", "网络质量", None, "否", None]
                                                         for number in ("13812345678", "13899995678")]]})
    first = loaders.load(stocked, path)
    assert (first.accepted, first.new) == (2, 2)
    assert loaders.load(stocked, path, apply_again=True).unchanged == 2


def test_a_new_city_that_is_a_phone_is_masked(stocked, tmp_path):
    path = workbook(tmp_path / "t.xlsx", {"s": [TICKET, ["T1", "2026-07-01", "投诉", "城13812345678", "网络质量", None, "否", None]]})
    result = loaders.load(stocked, path, add_missing=("city",))
    assert result.admitted == {"city": ["城138****5678"]}
    assert stored(stocked, "complaints")["city"][0] == "城138****5678"


def test_a_lost_key_is_said(stocked, tmp_path, monkeypatch):
    monkeypatch.delenv("SQM_HASH_KEY", raising=False)
    row = ["T1", "2026-07-01", "投诉", "甲州", "网络质量", "13812345678", "否", None]
    assert not loaders.load(stocked, workbook(tmp_path / "a.xlsx", {"s": [TICKET, row]})).warnings
    (warehouse.data_dir() / "hash.key").unlink()
    result = loaders.load(stocked, workbook(tmp_path / "b.xlsx", {"s": [TICKET, ["T2", *row[1:]]]}))
    assert result.warnings == ["hash_key_lost"]
    assert "hash.key" in result.say("zh") and "hash.key" in result.say("en")


def test_a_file_without_headings_tells_no_numbers(stocked, tmp_path):
    from sqm.errors import FileRefused
    from sqm.i18n import say

    path = workbook(tmp_path / "t.xlsx", {"s": [["13812345678", "2026-07-01", "甲州", IDENTITY], ["13987654321", "2026-07-02", "甲州", "x"]]})
    for dataset in (None, "complaints", "cities"):
        with pytest.raises(FileRefused) as caught:
            loaders.load(stocked, path, dataset=dataset)
        text = say(caught.value, "zh") + str(caught.value)
        assert not any(secret in text for secret in SECRETS), text


def test_first_loads_at_once_get_one_key(tmp_path):
    from concurrent.futures import ThreadPoolExecutor

    for trial in range(40):
        folder = tmp_path / str(trial)
        with ThreadPoolExecutor(4) as pool:
            keys = {key for key, _ in pool.map(lambda _, at=folder: privacy.hash_key(at), range(4))}
        assert keys == {(folder / "hash.key").read_bytes()} and len(keys.pop()) == 64
        assert [file.name for file in folder.iterdir()] == ["hash.key"]


def test_an_empty_key_is_no_key(tmp_path):
    (tmp_path / "hash.key").write_text("")
    with pytest.raises(SqmError) as caught:
        privacy.hash_key(tmp_path)
    assert caught.value.code == "hash_key_damaged"
