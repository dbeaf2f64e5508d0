"""The main job: drop a workbook, see the number change, undo, see it back; and what bad files get."""

from __future__ import annotations

import openpyxl
import pytest
from playwright.sync_api import TimeoutError

from screen import finding, number, settle, start, visit, whole


@pytest.fixture(scope="module")
def own_server(sample_folder, tmp_path_factory):
    """A server whose data these tests may change."""
    with start(sample_folder, tmp_path_factory.mktemp("upload")) as running:
        yield running


@pytest.fixture
def workbook(tmp_path):
    """Interviews of the month that is shown, all thoroughly unhappy, as an operator's own workbook would have them."""
    path = tmp_path / "补充调查.xlsx"
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "满意度"
    sheet.append(["补充调查明细"])
    sheet.append(["样本编号", "调查月份", "地市", "综合满意度", "热线服务"])
    for n in range(400):
        sheet.append([f"X{n:05d}", "2026年10月", "苏州市", 1, 2])
    sheet.append(["X99999", "2026年10月", "苏州市", "很差", 2])
    sheet.append(["合计", None, None, 1, 2])
    book.save(path)
    return path


def upload(page, server, path) -> None:
    """Opens the Data page and drops a file on it."""
    visit(page, f"{server.url}/data?lang=en")
    page.locator('.st-key-upload input[type="file"]').set_input_files(str(path))


def test_upload_changes_the_number_and_undo_brings_it_back(own_server, page, workbook):
    satisfaction = f"{own_server.url}/satisfaction?lang=en&period=1"
    visit(page, satisfaction)
    before = finding(page)

    upload(page, own_server, workbook)
    publish = page.locator('[class*="st-key-publish_"] button')
    publish.wait_for()
    settle(page)
    counts = page.locator(".sqm-counts").inner_text()
    assert "801" in counts, counts  # 400 scores of everything and 401 of the hotline
    moves = page.locator(".sqm-moves").inner_text()
    assert "Satisfaction" in moves and "2026-10" in moves, moves
    promised = number(page.locator(".sqm-moves tbody tr").first.locator("td.n").nth(1).inner_text())
    publish.click()
    page.get_by_test_id("stAlertContentSuccess").wait_for()
    settle(page)
    whole(page)

    visit(page, satisfaction)
    after = finding(page)
    assert number(after) < number(before) - 5, (before, after)
    assert number(after) == promised, "the check promised what publishing did"

    visit(page, f"{own_server.url}/data?lang=en")
    page.locator(".st-key-undo button").click()
    confirm = page.locator(".st-key-undo_confirm button")
    confirm.wait_for()
    asked = page.locator(".st-key-undo_asked").inner_text()
    assert "补充调查.xlsx" in asked and "801 rows" in asked and "Satisfaction" in asked, asked
    confirm.focus()
    page.keyboard.press("Enter")
    page.get_by_test_id("stAlertContentSuccess").wait_for()
    settle(page)
    assert "补充调查.xlsx" in page.get_by_test_id("stAlertContentSuccess").inner_text()
    whole(page)
    visit(page, satisfaction)
    assert finding(page) == before


@pytest.mark.parametrize(
    "name, content",
    [
        ("empty.xlsx", b""),
        ("not_a_workbook.xlsx", b"PK\x03\x04 this is no zip"),
        ("page.xls", b"<html><body>please sign in</body></html>"),
        ("nonsense.csv", b"a,b\n1,2\n"),
    ],
    ids=["empty", "damaged", "web page", "nonsense"],
)
def test_a_bad_file_gets_a_sentence_and_the_page_stays(own_server, page, tmp_path, name, content):
    path = tmp_path / name
    path.write_bytes(content)
    upload(page, own_server, path)
    told = page.locator('[class*="st-key-file_"] [data-testid="stAlert"]')
    told.first.wait_for()
    assert len(told.first.inner_text()) > 20
    assert page.locator('[data-testid="stException"]').count() == 0
    assert own_server.process.poll() is None


def test_text_of_a_file_makes_the_browser_ask_for_nothing(own_server, page, tmp_path):
    picture, link, colour, formula = "![x](http://127.0.0.1:9/x.png)", "[a](http://x)", ":red[y]", "$z$"
    icons = ":smile: :streamlit: :material/home: www.example.com a@example.com"
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["样本编号", "调查月份", "地市", "综合满意度", picture, link, colour, formula, icons])
    sheet.append(["X1", "2026年10月", "苏州市", 1, picture, link, colour, formula, icons])
    sheet.append(["X2", "2026年10月", picture, link, picture, link, colour, formula, icons])
    path = tmp_path / f"{link.replace('/', '')}{colour}{formula}.xlsx"
    book.save(path)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    upload(page, own_server, path)
    page.locator('[class*="st-key-publish_"] button').wait_for()
    page.locator('[class*="st-key-file_"] [data-testid="stExpander"] summary').click()
    settle(page)
    labels = page.locator('[class*="st-key-data_map_"] label').all_inner_texts()
    assert {label.strip().replace("\u2060", "") for label in labels} == {picture, link, colour, formula, icons}
    # What the other dataset needs is asked for, column by column of this sheet.
    page.locator('[class*="st-key-data_dataset_"] input').fill("Complaint")
    page.keyboard.press("Enter")
    found = page.locator('[class*="st-key-file_"]')
    found.get_by_test_id("stAlertContentWarning").filter(has_text="Required columns are missing").wait_for()
    settle(page)
    assert found.get_by_test_id("stAlertContentError").count() == 0
    assert found.locator('[class*="st-key-data_map_"] label').filter(has_text="x.png").count() == 1
    for tag in ("img", "a[href]", ".katex", '[data-testid="stIconMaterial"]:has-text("home")'):
        assert found.locator(tag).count() == 0, tag
    assert not [url for url in asked if ":9/" in url or "x.png" in url]


def test_a_newcomer_s_own_cities_are_admitted_on_the_page(own_server, page, tmp_path):
    path = tmp_path / "浙江投诉.csv"
    rows = [f"Z{n},2026-10-0{n % 9 + 1} 09:00,{city},手机上网" for n, city in enumerate(("杭州", "宁波") * 8)]
    path.write_text("\n".join(["工单号,受理时间,地市,投诉类别", *rows]), encoding="utf-8-sig")
    upload(page, own_server, path)
    admit = page.locator('[class*="st-key-data_admit_"]')
    admit.wait_for()
    settle(page)
    assert page.locator('[class*="st-key-publish_"]').count() == 0, "every row is refused so far"
    admit.locator("label").click()
    page.locator('[class*="st-key-publish_"] button').click()
    page.get_by_test_id("stAlertContentSuccess").wait_for()
    settle(page)
    visit(page, f"{own_server.url}/complaints?lang=en&city=杭州")
    whole(page)
    assert "杭州" in finding(page)


def as_made_for_people(path, month):
    """A survey under a title, with headings of two levels, unknown names, scores in words and codes, and a total."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "回访明细"
    for row in ([f"{month} 客户回访"], [], ["回访对象", "什么时候", "所在地", "热线服务", None, "营业厅服务"], [None, None, None, "评价", "理由", "评价"]):
        sheet.append(row)
    for n in range(30):
        said = ["满意", "非常满意", "还行"][n % 3], "排队久" if n % 7 == 0 else None, ["一般", 99, "满意"][n % 3]
        sheet.append([f"{month}-{n}", f"{month}-{10 + n % 15}", ["苏州市", "南京"][n % 2], *said])
    sheet.append(["合计", None, None, 30])
    book.save(path)
    return path


def choose(page, box, option):
    """Choose in the box whose key begins like this, or that has this label."""
    found = page.locator(f'[class*="st-key-{box}"]')
    wanted = page.get_by_role("option", name=option, exact=True).first
    for _ in range(5):
        (found if found.count() else page.get_by_test_id("stSelectbox").filter(has_text=box)).first.locator("input").first.click()
        try:
            wanted.wait_for(timeout=3000)  # a rerun may close what has just been opened
            break
        except TimeoutError:
            settle(page)
    wanted.click()
    page.evaluate("window.sqmStill = 0")  # what was still before the click says nothing
    settle(page)
    if page.get_by_role("listbox").count():  # a box for several stays open; on a closed one the key would clear the choice
        page.keyboard.press("Escape")


def test_what_was_asked_once_is_not_asked_next_month(own_server, page, tmp_path):
    publish = page.locator('[class*="st-key-publish_"] button')
    upload(page, own_server, as_made_for_people(tmp_path / "回访08.xlsx", "2026-08"))
    page.locator('[class*="st-key-data_dataset_"]').wait_for()
    settle(page)
    choose(page, "data_dataset_", "Satisfaction survey")
    for heading, field in (("回访对象", "respondent"), ("什么时候", "month"), ("所在地", "city")):
        choose(page, heading, field)
    choose(page, "data_out_", "热线服务-理由")
    choose(page, "data_words_", "1-5")
    choose(page, "还行", "3")
    choose(page, "data_blank_", "99")
    publish.wait_for()
    settle(page)
    assert "0\nrefused" in page.locator(".sqm-counts").inner_text()
    publish.click()
    page.get_by_test_id("stAlertContentSuccess").wait_for()
    settle(page)

    upload(page, own_server, as_made_for_people(tmp_path / "回访09.xlsx", "2026-09"))
    publish.wait_for()
    settle(page)
    assert "回访08.xlsx" in page.locator('[class*="st-key-recalled_"]').inner_text()
    assert page.locator('[class*="st-key-file_"] [data-testid="stAlert"]').count() == 0, "a question or a warning"
    assert "0\nrefused" in page.locator(".sqm-counts").inner_text()
    publish.click()
    page.get_by_test_id("stAlertContentSuccess").wait_for()
    settle(page)
    whole(page)
