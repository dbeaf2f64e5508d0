"""Who is at the other end, as batches remember it."""

from __future__ import annotations

from urllib.parse import urlsplit

import streamlit as st

from sqm.access import machine_user

_HERE = ("127.0.0.1", "localhost", "::1")


def who() -> str:
    """The reader: whoever runs this server, where it listens on this machine alone and was called by its name here.

    "" else: behind a proxy, or on a server for others, nobody is known.
    """
    headers = st.context.headers
    host = headers.get("Host")
    called = urlsplit(f"//{host}").hostname if host else _HERE[0]
    near = st.get_option("server.address") in _HERE and called in _HERE and not headers.get("X-Forwarded-For")
    return machine_user() if near else ""
