"""Signing in with a provider on this machine: as a branch, which sees its city alone, and out again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from test_pages_roles import BRANCH, ONE, OTHER, build, foreign_text

from provider import CLIENT, SECRET, Provider, serving
from screen import ROOT, finding, settle, visit
from server import Server, serve
from sqm import warehouse

#: What a browser would send that made up its own cookie, and headers that some proxies vouch for people with.
FORGED = "eyJpc19sb2dnZWRfaW4iOnRydWUsImVtYWlsIjoiYWRtaW5AZXhhbXBsZS5jb20ifQ=="


@pytest.fixture
def provider() -> Iterator[Provider]:
    with serving() as running:
        yield running


@pytest.fixture
def guarded(provider: Provider, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """The app on a small operator, where people have to sign in."""
    monkeypatch.setenv("SQM_DATA_DIR", str(tmp_path / "data"))
    build(ONE, OTHER)
    warehouse.forget()
    secrets = tmp_path / "home" / ".streamlit" / "secrets.toml"
    secrets.parent.mkdir(parents=True)
    secrets.write_text(
        f'[auth]\nredirect_uri = "http://127.0.0.1:{{port}}/oauth2callback"\ncookie_secret = "of this test alone, and long enough"\nclient_id = "{CLIENT}"\n'
        f'client_secret = "{SECRET}"\nserver_metadata_url = "{provider.url}/.well-known/openid-configuration"\n', encoding="utf-8")  # fmt: skip
    told = {"SQM_DATA_DIR": str(tmp_path / "data"), "SQM_LANG": "en", "HOME": str(tmp_path / "home"), "USERPROFILE": str(tmp_path / "home")}
    with serve(ROOT / "app.py", tmp_path / "server.log", told) as running:
        yield running


def test_a_branch_signs_in_sees_its_city_and_signs_out(page, context, guarded: Server, provider: Provider) -> None:
    context.add_cookies([{"name": "_streamlit_user", "value": FORGED, "url": guarded.url}])
    context.set_extra_http_headers({"X-Streamlit-User": FORGED, "X-Forwarded-User": "admin@example.com"})
    visit(page, f"{guarded.url}/complaints?city={ONE}")
    assert finding(page) == "Please sign in." and foreign_text(page.content()) == []
    context.set_extra_http_headers({})
    provider.who = {"sub": "7", "email": BRANCH, "email_verified": True, "name": "Branch <b>One</b>"}
    page.get_by_role("button", name="Sign in").click()
    page.get_by_text("Branch <b>One</b>").first.wait_for()
    settle(page)
    assert "/authorize" in provider.asked and "/token" not in page.url and foreign_text(page.content()) == []
    visit(page, f"{guarded.url}/complaints?city={ONE}")
    assert finding(page).startswith("City 0") and "not open to you" in page.content()
    assert foreign_text(page.locator(".stApp").inner_text()) == []
    page.get_by_text("Branch <b>One</b>").first.click()
    page.get_by_role("button", name="Sign out").click()
    page.get_by_text("Please sign in.").wait_for()
    assert "/leave" in provider.asked and not [one for one in context.cookies() if one["name"].startswith("_streamlit_user")]
    visit(page, f"{guarded.url}/complaints")
    assert finding(page) == "Please sign in."
