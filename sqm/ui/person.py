"""Who is at the other end, as batches and revisions remember it."""

from __future__ import annotations

import streamlit as st

from sqm.access import machine_user

_HERE = ("127.0.0.1", "localhost", "::1")


def who() -> str:
    """The reader: whoever runs a server that only this machine can reach; "" on a server for others, who are not known."""
    return machine_user() if st.get_option("server.address") in _HERE else ""
