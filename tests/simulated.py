"""What the page tests do: run a page without a browser, read what it says, find nothing broken."""

from __future__ import annotations

import re
import time
from pathlib import Path

from streamlit.testing.v1 import AppTest

ROOT = Path(__file__).resolve().parents[1]
#: AppTest starts a page cold, where the frame reruns once and a click would be lost: run it as the frame does.
SCRIPT = f"""
import contextlib
import runpy
import streamlit as st
from sqm import warehouse
st.session_state["_frame"] = True
page = st.session_state["page"]
with contextlib.nullcontext() if page == "data" else warehouse.kept_open():
    runpy.run_path(str({str(ROOT)!r} + "/pages/" + page + ".py"))
"""


def open_page(page: str, lang: str = "en", query: dict[str, str] | None = None, *, app_file: bool = False, user: str | None = None, menus: tuple[str, ...] = ()) -> AppTest:
    """The page in a browser of that language, run once, without a traceback. ``app_file``: with its navigation. ``user``: who
    has signed in, where one has to; "" for nobody yet. ``menus``: of these charts they are open.
    """
    if app_file:
        app = AppTest.from_file(ROOT / "app.py", default_timeout=60)
        if page != "overview":
            app.switch_page(f"pages/{page}.py")
    else:
        app = AppTest.from_string(SCRIPT, default_timeout=60)
        app.session_state["page"] = page
    app.context = {"locale": "zh-CN" if lang == "zh" else "en-GB"}
    for key in menus:
        app.session_state[f"menu_{key}"] = True
    if user is not None:
        app.secrets["auth"] = {"client_id": "sqm"}
        app.user = {"is_logged_in": bool(user), "email": user, "name": user.partition("@")[0], "iat": int(time.time())}
    for name, value in (query or {}).items():
        app.query_params[name] = value
    return whole(app.run())


def whole(app: AppTest) -> AppTest:
    """The app, which has not met a traceback."""
    assert not app.exception, [e.value for e in app.exception]
    return app


def words(app: AppTest) -> str:
    """Everything said in HTML blocks, without styles and scripts."""
    return "\n".join(b.proto.body for b in app.get("html") if not b.proto.body.startswith(("<style", "<script")))


def menu(app: AppTest, key: str) -> AppTest:
    """The page with the menu of that chart open: its table, its rows behind and its download are there."""
    app.session_state[f"menu_{key}"] = True
    return whole(app.run())


def finding(app: AppTest) -> str:
    """The sentence at the head of the page."""
    (text,) = re.findall(r'<h1 class="sqm-finding">(.*?)</h1>', words(app))
    return text
