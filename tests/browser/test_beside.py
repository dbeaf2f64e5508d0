"""The command line works beside a running server, and an open page follows the data."""

from __future__ import annotations

import json
import re

import pytest

from screen import settle, start, visit, whole


@pytest.fixture
def own_server(sample_folder, tmp_path):
    """A server whose data this test may change."""
    with start(sample_folder, tmp_path) as running:
        yield running


def version(page) -> int:
    """The data version in the "as of" line."""
    found = re.search(r"data (\d+)", page.locator(".sqm-asof").inner_text())
    assert found
    return int(found.group(1))


def test_query_and_load_beside_an_open_page(own_server, page, sqm_command, tmp_path):
    folder = own_server.env["SQM_DATA_DIR"]
    visit(page, f"{own_server.url}/overview?lang=en")
    before = version(page)

    asked = sqm_command(folder, "query", "satisfaction", "--by", "month", "--json")
    assert asked.returncode == 0, asked.stderr
    answer = json.loads(asked.stdout)
    assert len(answer) == 24
    assert {"month", "value", "lo", "hi", "base"} <= set(answer[0])

    extract = tmp_path / "customers.csv"
    extract.write_text("月份,地市,期初客户数,期末客户数\n2024-01,苏州市,1000000,1010000\n", encoding="utf-8")
    loaded = sqm_command(folder, "load", str(extract), "--dataset", "customers", "--json")
    assert loaded.returncode == 0, loaded.stdout + loaded.stderr
    assert json.loads(loaded.stdout)["new"] == 1

    page.reload()
    settle(page)
    whole(page)
    assert version(page) == before + 1
