"""Delimited text and web pages: told by what is in them, whatever they are called."""

from __future__ import annotations

from pathlib import Path

import pytest
from workbooks import shelf, stocked

from sqm import loaders
from sqm.ingest.delimited import delimiter_of, encoding_of, read_csv
from sqm.ingest.reader import kind_of
from sqm.ingest.sheets import Unreadable
from sqm.ingest.webpages import read_page

__all__ = ["shelf", "stocked"]
HEAD = "工单号,受理时间,地市,投诉内容"
ROWS = ["T1,2026-01-05,甲州,上网慢", "T2,2026-01-06,乙州,资费不清，要求退费"]


def arrow(folder: Path, number: int = 0) -> list[list[str | None]]:
    import pyarrow as pa

    return [list(row.values())[:-1] for row in pa.ipc.open_file(str(folder / f"{number}.arrow")).read_all().to_pylist()]


@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|", "，", "；", "\x01", "^", "~"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_any_delimiter_in_any_encoding_whatever_the_name(tmp_path, delimiter, encoding):
    path = tmp_path / "t.txt"
    lines = [HEAD, ROWS[0], ROWS[1].replace("，", "。")]
    path.write_text("\r\n".join(line.replace(",", delimiter) for line in lines), encoding=encoding, newline="")
    assert kind_of(path) == "csv"
    sheets, told = read_csv(path, tmp_path)
    assert told == {"encoding": encoding, "delimiter": delimiter}
    assert (sheets[0]["rows"], sheets[0]["columns"]) == (3, 4)
    assert arrow(tmp_path) == [line.split(",") for line in lines]


def test_commas_of_sentences_part_no_columns():
    assert delimiter_of("\n".join([HEAD, *ROWS])) == ","
    assert delimiter_of("意见\n慢，很慢\n好\n贵，太贵，退费\n") == ","
    assert delimiter_of("编号;说明\n1;好，很好\n2;慢，很慢\n") == ";"


def test_big5_only_where_it_alone_reads_like_text(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("工單號,受理時間,投訴內容\nT1,2026-01-05,網絡覆蓋不好,請儘快處理\nT2,2026-01-06,營業廳排隊太久\n", encoding="big5")
    assert encoding_of(path) == "big5"
    path.write_text("\n".join([HEAD, *ROWS]), encoding="gbk")
    assert encoding_of(path) == "gb18030"
    path.write_text("编号,地市\n1,深圳\n", encoding="gbk")
    assert encoding_of(path) == "gb18030"


def test_an_accented_letter_makes_no_chinese(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("name,city\nJörg,Zürich\nRené,Malmö\n", encoding="cp1252")
    assert encoding_of(path) == "cp1252"


PAGE = """<html xmlns:x="urn:schemas-microsoft-com:office:excel"><head><meta http-equiv=Content-Type content="text/html; charset={charset}">
<title>导出</title><style>td {{mso-number-format:"\\@"}}</style></head><body><table border=1>
<tr><th colspan=2>投诉&amp;咨询</th><th rowspan=2>地市</th></tr><tr><th>工单号<th>内容</tr>
<tr><td>0001</td><td>上网<br>慢 &nbsp;<script>alert(1)</script></td><td>甲州</td></tr><tr><td>0002<td>=1+1<td>乙州</tr></table></body></html>"""


@pytest.mark.parametrize("charset", ["gb2312", "utf-8", "utf-16"])
def test_a_web_page_called_a_workbook_gives_its_table(tmp_path, charset):
    path = tmp_path / "导出.xls"
    path.write_text(PAGE.format(charset=charset), encoding="gbk" if charset == "gb2312" else charset)
    assert kind_of(path) == "html"
    sheets, told = read_page(path, tmp_path)
    assert len(sheets) == 1 and told["encoding"] in ("gb18030", "utf-8", "utf-16")
    assert arrow(tmp_path) == [["投诉&咨询", None, "地市"], ["工单号", "内容", None], ["0001", "上网 慢", "甲州"], ["0002", "=1+1", "乙州"]]


def test_tables_that_only_arrange_others_are_no_sheets(tmp_path):
    path = tmp_path / "t.xls"
    path.write_text("<table><tr><td>menu<td><table><tr><td>a<td>b<tr><td>1<td>2</table><td>foot</table><table><tr><td>c</table>", encoding="utf-8")
    sheets, _ = read_page(path, tmp_path)
    assert [sheet["name"] for sheet in sheets] == ["1", "2"]
    assert arrow(tmp_path) == [["a", "b"], ["1", "2"]] and arrow(tmp_path, 1) == [["c"]]


@pytest.mark.parametrize(("page", "code"), [
    ("<html><body>please log in</body></html>", "file_is_a_web_page"), ("<table><tr><td>1</td></tr><tr><td>2", "file_damaged"),
    ("<table>" + "<tr><td colspan=16000 rowspan=60000>x" * 400 + "</table>", "file_too_big"),
    ("<table><tr>" + "<td colspan=9999>x" * 2 + "</table>", "file_too_big")])
def test_a_page_without_a_whole_table_is_refused(tmp_path, page, code):
    path = tmp_path / "t.xls"
    path.write_text(page, encoding="utf-8")
    with pytest.raises(Unreadable) as caught:
        read_page(path, tmp_path)
    assert caught.value.code == code


def test_how_a_text_was_read_is_said(stocked, tmp_path):
    path = tmp_path / "工单.txt"
    path.write_text("工单号|受理时间|地市|投诉类别\nT1|2026-01-05|甲州|net\n", encoding="gbk")
    result = loaders.load(stocked, path, dataset="complaints", dry_run=True)
    assert result.accepted == 1 and result.as_json("en")["read_as"] == {"encoding": "gb18030", "delimiter": "|"}
    assert "GB 18030 (GBK), columns parted by vertical bars" in result.say("en") and "以竖线分列" in result.say("zh")
