"""The command line: stable JSON, exit codes, one clear line on stderr."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from workbooks import CATEGORIES, CITIES, ELEMENTS, TICKET, shelf, sqm, stocked, workbook

from sqm import datasets, warehouse

__all__ = ["shelf", "sqm", "stocked"]

LOAD_KEYS = {"batch", "dataset", "rows", "accepted", "new", "replaced", "unchanged", "refused", "skipped", "records",
             "records_refused", "message", "problems"}
SURVEY = ["样本编号", "调查月份", "地市", "综合满意度", "热线服务", "推荐意愿"]


@pytest.fixture
def survey(tmp_path: Path) -> Path:
    rows = [[f"R{n}", f"2026-0{n % 2 + 6}", ("甲州", "乙州")[n % 2], 6 + n % 4, 8, n % 11] for n in range(40)]
    return workbook(tmp_path / "满意度.xlsx", {"满意度调查": [SURVEY, *rows, ["R99", "2026-06", "丁城", 9, 8, 9]]})


def test_load_query_undo(stocked, sqm, survey):
    code, out, err = sqm("load", survey, "--json", "--by", "ann")
    found = json.loads(out)
    assert code == 0 and not err and set(found) >= LOAD_KEYS
    assert (found["dataset"], found["rows"], found["accepted"], found["refused"]) == ("surveys", 123, 120, 3)
    assert (found["records"], found["records_refused"], found["new"], found["skipped"]) == (41, 1, 120, 0)
    assert found["problems"] == [{"sheet": "满意度调查", "row": 42, "column": "地市", "value": "丁城", "rule": "unknown_value",
                                  "message": found["problems"][0]["message"]}]
    assert "丁城" in found["problems"][0]["message"]
    code, out, _ = sqm("query", "satisfaction", "--by", "month,city", "--json")
    rows = json.loads(out)
    assert code == 0 and [set(row) for row in rows] == [{"month", "city", "value", "lo", "hi", "base"}] * 2
    assert {(row["month"], row["city"]) for row in rows} == {("2026-06", "甲州"), ("2026-07", "乙州")}
    assert all(row["lo"] < row["value"] < row["hi"] and row["base"] == 20 for row in rows)
    code, out, _ = sqm("query", "satisfaction", "--where", "city=Jiazhou", "--from", "2026-06", "--to", "2026-06", "--json")
    assert json.loads(out)[0]["value"] == pytest.approx(next(r["value"] for r in rows if r["city"] == "甲州"))
    code, out, _ = sqm("query", "satisfaction", "--from", "2030-01", "--json")
    assert code == 0 and all(row["value"] is None for row in json.loads(out))
    code, out, _ = sqm("batches", "--json")
    listed = json.loads(out)
    assert listed[0]["id"] == found["batch"] and listed[0]["loaded_by"] == "ann" and listed[0]["status"] == "published"
    assert sqm("load", survey, "--json")[0] == 0
    assert json.loads(sqm("load", survey, "--json")[1])["code"] == "already_loaded"
    assert sqm("undo", found["batch"])[0] == 0
    code, out, err = sqm("undo", found["batch"], "--json")
    assert code == 2 and json.loads(out)["error"] == "batch_undone" and len(err.strip().splitlines()) == 1
    assert json.loads(sqm("query", "nps", "--by", "city", "--json")[1]) == []


def test_a_missing_bound_is_null_never_nan(stocked, sqm, tmp_path):
    path = workbook(tmp_path / "s.xlsx", {"满意度调查": [SURVEY, ["R1", "2026-07", "甲州", 9, 8, 10]]})
    assert sqm("load", path)[0] == 0
    code, out, _ = sqm("query", "satisfaction", "--json")
    row = json.loads(out, parse_constant=lambda name: pytest.fail(name))[0]
    assert code == 0 and row["base"] == 1 and row["lo"] is None and row["hi"] is None and row["value"] is not None
    assert "nan" not in sqm("query", "satisfaction")[1].lower()


def test_nothing_published_is_exit_1_with_reasons(stocked, sqm, tmp_path):
    bad = workbook(tmp_path / "t.xlsx", {"s": [TICKET, ["T1", "2026-13-01", "投诉", "甲州", "网络质量", None, "否", None]]})
    code, out, err = sqm("load", bad)
    assert code == 1 and "2026-13-01" in out and "Nothing was published" in err
    code, out, _ = sqm("load", bad, "--json", "--lang", "zh")
    found = json.loads(out)
    assert (code, found["batch"], found["refused"], found["code"]) == (1, None, 1, "nothing_accepted")
    assert "受理时间" in found["problems"][0]["message"]


@pytest.mark.parametrize(("arguments", "code", "error"), [
    (["load", "none.xlsx"], 1, "file_missing"), (["load", "none.xlsx", "--dataset", "complaint"], 2, "unknown_dataset"),
    (["query", "satisfacton"], 2, "unknown_metric"), (["query", "satisfaction", "--by", "citty"], 2, "unknown_split"),
    (["query", "satisfaction", "--where", "city"], 2, "cli_where"), (["query", "satisfaction", "--where", "city=Nowhere"], 2, "unknown_value"),
    (["query", "satisfaction", "--from", "July"], 2, "cli_month"), (["undo", "77"], 2, "unknown_batch"),
    (["query", "satisfaction", "--to", "9999-12"], 2, "year_out_of_range"),
    (["query", "satisfaction", "--from", "1969-12"], 2, "year_out_of_range"),
    (["query", "satisfaction", "--from", "2026-01", "--to", "2101-01"], 2, "year_out_of_range"),
    (["restore", "none.zip"], 1, "file_missing"), (["template", "complaint", "x.xlsx"], 2, "unknown_dataset"),
    (["demo", "."], 1, "cli_folder"), (["extract", "sqlite:///none.db", "DROP TABLE x", "--dataset", "complaints"], 2, "not_a_select"),
    (["extract", "sqlite:///none.db", "x", "--dataset", "complaints"], 1, "extract_failed"),
])
def test_errors_are_one_line_and_a_code(stocked, sqm, tmp_path, monkeypatch, arguments, code, error):
    monkeypatch.chdir(tmp_path)
    for lang in ("zh", "en"):
        got, out, err = sqm(*arguments, "--lang", lang, *([] if arguments[0] == "template" else ["--json"]))
        assert got == code and len(err.strip().splitlines()) == 1 and "Traceback" not in err
        if arguments[0] != "template":
            assert json.loads(out)["error"] == error and json.loads(out)["message"] == err.strip()
            if arguments[0] == "load":
                assert set(json.loads(out)) >= LOAD_KEYS


def test_a_wrong_call_is_exit_2(sqm):
    assert sqm("no-such-command")[0] == 2
    assert sqm("load")[0] == 2
    assert sqm()[0] == 2


def test_maps_and_missing_values(stocked, sqm, tmp_path):
    path = workbook(tmp_path / "t.xlsx", {"s": [["No", "When", "Town"], ["T1", "03/04/2026", "丁城"], ["T2", "05/06/2026", "甲州"]]})
    code, out, _ = sqm("load", path, "--dataset", "complaints", "--map", "No=ticket_id", "When=opened_at:day-first", "--map",
                       "Town=city", "--add-missing", "city", "--dry-run", "--json")
    assert code == 0 and json.loads(out)["accepted"] == 2 and json.loads(out)["batch"] is None
    assert warehouse.frame(stocked, warehouse.table("complaints").select()).empty
    code, out, err = sqm("load", path, "--dataset", "complaints", "--map", "No=ticket_id", "When=opened_at:day-first", "Town=city")
    assert code == 0 and "丁城" in out


def test_listings(sqm):
    found = json.loads(sqm("datasets", "--json")[1])
    assert [row["dataset"] for row in found] == [d.name for d in datasets.ALL]
    assert "complaints" in sqm("datasets")[1]
    rows = json.loads(sqm("metrics", "--json")[1])
    assert {"satisfaction", "complaint_rate", "audit_score"} <= {row["metric"] for row in rows}
    assert all(row["name"] and row["definition"] for row in rows)
    assert "satisfaction" in sqm("metrics", "--lang", "zh")[1]


def test_template_then_load(stocked, sqm, tmp_path):
    import openpyxl

    path = tmp_path / "模板.xlsx"
    assert sqm("template", "customers", path, "--lang", "zh")[0] == 0
    book = openpyxl.load_workbook(path)
    assert book.worksheets[0].title == "客户数"
    code, out, err = sqm("load", path, "--json")
    assert code == 1 and json.loads(out)["code"] == "no_rows" and err, "an empty template is not loaded"
    headings = [cell.value.rstrip(" *") for cell in book.worksheets[0][1]]
    filled = {"月份": "2026-07", "地市": "甲州", "期初客户数": 1200, "期末客户数": 1210}
    assert set(filled) <= set(headings), headings
    for heading, value in filled.items():
        book.worksheets[0].cell(2, headings.index(heading) + 1, value)
    book.save(path)
    code, out, err = sqm("load", path, "--json")
    assert code == 0 and json.loads(out)["dataset"] == "customers" and json.loads(out)["accepted"] == 1


@pytest.mark.parametrize("name", [contract.name for contract in datasets.ALL])
def test_a_template_left_empty_loads_nothing(stocked, sqm, tmp_path, name):
    assert sqm("template", name, tmp_path / "t.xlsx")[0] == 0
    assert json.loads(sqm("load", tmp_path / "t.xlsx", "--dataset", name, "--json")[1])["accepted"] == 0


def test_backup_and_restore(stocked, sqm, tmp_path, survey):
    sqm("load", survey)
    before = sqm("query", "satisfaction", "--json")[1]
    assert sqm("backup", tmp_path / "b.zip")[0] == 0
    sqm("undo", json.loads(sqm("batches", "--json")[1])[0]["id"])
    assert sqm("query", "satisfaction", "--json")[1] != before
    code, out, _ = sqm("restore", tmp_path / "b.zip", "--json")
    assert code == 0 and json.loads(out)["rows"] > 100
    assert sqm("query", "satisfaction", "--json")[1] == before
    (tmp_path / "no.zip").write_text("no")
    assert sqm("restore", tmp_path / "no.zip")[0] == 1
    assert sqm("query", "satisfaction", "--json")[1] == before


def test_demo_loads_a_folder(sqm, tmp_path):
    folder = tmp_path / "sample"
    folder.mkdir()
    workbook(folder / "1.xlsx", {"地市": CITIES, "感知要素": ELEMENTS, "投诉类别": CATEGORIES})
    workbook(folder / "2.xlsx", {"满意度调查": [SURVEY, ["R1", "2026-07", "甲州", 9, 8, 10]]})
    code, out, _ = sqm("demo", folder, "--json")
    assert code == 0 and [row["dataset"] for row in json.loads(out)] == ["cities", "elements", "categories", "surveys"]
    assert "already_loaded" in sqm("demo", folder)[1]


def test_the_program_itself_runs_in_chinese(sqm_command, tmp_path):
    done = sqm_command(tmp_path / "data", "load", "没有.xlsx", "--lang", "zh", "--json")
    assert done.returncode == 1 and "找不到文件" in done.stderr
    assert json.loads(done.stdout)["error"] == "file_missing"


def test_a_dry_run_says_which_headlines_move(stocked, sqm, tmp_path, survey):
    assert sqm("load", survey)[0] == 0
    low = [[f"N{n}", "2026-07", "甲州", 1, 1, 0] for n in range(20)]
    path = workbook(tmp_path / "补充.xlsx", {"满意度调查": [SURVEY, *low]})
    before = sqm("query", "satisfaction", "--by", "month", "--json")[1]
    code, out, _ = sqm("load", path, "--dry-run", "--json")
    found = json.loads(out)
    assert code == 0 and found["code"] == "dry_run" and set(found) >= LOAD_KEYS
    assert sqm("query", "satisfaction", "--by", "month", "--json")[1] == before
    assert [(m["metric"], m["month"]) for m in found["moves"]] == [("satisfaction", "2026-07"), ("nps", "2026-07")]
    now = next(row for row in json.loads(before) if row["month"] == "2026-07")
    assert found["moves"][0]["before"] == {k: now[k] for k in ("value", "lo", "hi", "base")}
    code, out, _ = sqm("load", path, "--dry-run")
    assert "Headline numbers that would move" in out and "Satisfaction (2026-07)" in out and "n = 20 → 40" in out
    assert "moves" not in json.loads(sqm("load", path, "--json")[1])
    after = next(row for row in json.loads(sqm("query", "satisfaction", "--by", "month", "--json")[1]) if row["month"] == "2026-07")
    assert found["moves"][0]["after"] == {k: after[k] for k in ("value", "lo", "hi", "base")}

    listed = json.loads(sqm("batches", "--json")[1])
    again = json.loads(sqm("load", path, "--dry-run", "--json")[1])
    assert again["already"] == listed[0]["id"] and again["moves"] == []
    said = sqm("load", path, "--dry-run", "--lang", "zh")[1]
    assert f"批次 {listed[0]['id']}" in said and "没有关键数字会变化" in said
    assert "already" not in json.loads(sqm("load", path, "--dry-run", "--again", "--json")[1])
