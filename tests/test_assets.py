"""The screen's own files from memory, and the options of the server."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from sqm.ui.assets import AHEAD, FOLDER, FOR_GOOD, Assets
from sqm.ui.serve import near, options


async def _site(scope, receive, send):
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/html; charset=utf-8")]})
    await send({"type": "http.response.body", "body": b"the site's own"})


def ask(assets: Assets, path: str, method: str = "GET", headers=()) -> tuple[dict[bytes, bytes], bytes]:
    """Headers and body of the answer."""
    told: list = []

    async def send(message):
        told.append(message)

    asyncio.run(assets({"type": "http", "method": method, "path": path, "headers": list(headers)}, None, send))  # type: ignore[arg-type]
    return dict(told[0]["headers"]), told[1]["body"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "static" / "js").mkdir(parents=True)
    (tmp_path / "static" / "js" / "Html.abc.js").write_bytes(b"export{}")
    (tmp_path / "static" / "js" / "Other.abc.js").write_bytes(b"export {other}")
    (tmp_path / "secret.txt").write_bytes(b"not for the screen")
    return tmp_path / "static"


def test_a_known_file_comes_from_memory_with_its_type_and_stays_for_good(folder: Path) -> None:
    assets = Assets(_site, folder)
    head, body = ask(assets, "/static/js/Html.abc.js")
    assert body == b"export{}"
    assert "javascript" in head[b"content-type"].decode()
    assert head[b"cache-control"] == FOR_GOOD
    assert head[b"content-length"] == b"8"
    (folder / "js" / "Html.abc.js").unlink()
    assert ask(assets, "/static/js/Html.abc.js")[1] == b"export{}"


@pytest.mark.parametrize(
    "path",
    ["/static/../secret.txt", "/static/js/../../secret.txt", "//static/js/Html.abc.js", "/static/js", "/static/js/new.js", "/", "/static/%2e%2e/secret.txt"],
)
def test_anything_else_is_the_sites_business(folder: Path, path: str) -> None:
    assert ask(Assets(_site, folder), path)[1] == b"the site's own"


def test_parts_of_files_and_other_methods_are_the_sites_business(folder: Path) -> None:
    assets = Assets(_site, folder)
    assert ask(assets, "/static/js/Html.abc.js", "POST")[1] == b"the site's own"
    assert ask(assets, "/static/js/Html.abc.js", headers=[(b"range", b"bytes=0-3")])[1] == b"the site's own"


def test_a_file_that_went_before_it_was_read_is_the_sites_business(folder: Path) -> None:
    assets = Assets(_site, folder)
    (folder / "js" / "Other.abc.js").unlink()
    assert ask(assets, "/static/js/Other.abc.js")[1] == b"the site's own"


def test_a_page_says_which_scripts_it_will_need_first(folder: Path) -> None:
    head, body = ask(Assets(_site, folder), "/stores")
    assert head[b"link"] == b"</static/js/Html.abc.js>; rel=modulepreload"
    assert body == b"the site's own"


def test_the_scripts_announced_are_there_in_the_streamlit_of_the_requirements() -> None:
    found = {path.name.split(".")[0] for path in (FOLDER / "js").iterdir()}
    assert set(AHEAD) <= found


def test_options_of_the_server() -> None:
    said = options(["--server.port", "8600", "--server.address", "127.0.0.1", "--server.headless", "true"])
    assert said == {"server.port": 8600, "server.address": "127.0.0.1", "server.headless": True}
    for wrong in (["--server.port"], ["server.port", "8600"]):
        with pytest.raises(SystemExit, match="pairs"):
            options(wrong)


def test_a_server_for_others_does_not_start_where_nobody_signs_in(monkeypatch: pytest.MonkeyPatch) -> None:
    from sqm.ui import person

    monkeypatch.setenv("SQM_LANG", "en")
    monkeypatch.setattr(person, "sign_in", dict)
    near({"server.address": "127.0.0.1"})
    for wide in ("0.0.0.0", "192.0.2.1", "::"):
        with pytest.raises(SystemExit, match=r"serves this machine alone.*\[auth\]"):
            near({"server.address": wide})
    monkeypatch.setattr(person, "sign_in", lambda: {"client_id": "sqm"})
    near({"server.address": "0.0.0.0"})
