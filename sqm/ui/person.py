"""Who is at the other end: whoever signed in, or whoever runs a server that serves this machine alone."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import streamlit as st
from streamlit.errors import StreamlitSecretNotFoundError

from sqm import people
from sqm.access import HERE, Person, fresh, machine_user, require
from sqm.errors import WrongCall
from sqm.ui.filters import Filters

#: After so many hours people sign in anew: whom the provider lets go, or whose role it was, is gone by then.
SIGN_IN_HOURS = 12
#: What a section of ``[auth]`` must hold to be a provider of its own.
_PROVIDER = "client_id"


def sign_in() -> Mapping[str, Any]:
    """The ``[auth]`` of the secrets; empty where nobody can sign in. Raises WrongCall ``secrets_unreadable``: a file that is there
    and cannot be read must not open the door.
    """
    try:
        return dict(st.secrets.get("auth") or {})
    except StreamlitSecretNotFoundError:
        there = [str(path) for path in st.get_option("secrets.files") if Path(path).exists()]
        if there:
            raise WrongCall("secrets_unreadable", file=there[0]) from None
        return {}


def providers(auth: Mapping[str, Any]) -> list[str]:
    """The names to sign in with; "" for the only one."""
    named = [name for name, section in auth.items() if isinstance(section, Mapping) and _PROVIDER in section]
    return named or [""]


def near() -> bool:
    """Whether this server listens on this machine alone, and was called by its name here: not through a proxy, nor by a name that
    somebody else's page made point here.
    """
    headers = st.context.headers
    host = headers.get("Host")
    called = urlsplit(f"//{host}").hostname if host else HERE[0]
    return st.get_option("server.address") in HERE and called in HERE and not headers.get("X-Forwarded-For")


def reader(engine: Any) -> Person | None:
    """The person, as their role stands now; None for who has to sign in first.

    Without sign-in: the administrator of this machine. Raises WrongCall ``serves_wider`` where it could be anybody.
    """
    if sign_in():
        claims = st.user.to_dict()
        known = claims.get("is_logged_in") is True and fresh(claims, time.time(), float(os.environ.get("SQM_SIGN_IN_HOURS") or SIGN_IN_HOURS))
        return people.register(engine).person(claims) if known else None
    if not near():
        raise WrongCall("serves_wider")
    return Person(machine_user(), "admin", shown=machine_user())


def allowed(filters: Filters, action: str) -> str:
    """The reader's name for what they are about to do, if they may as things stand now; else NotAllowed."""
    person = reader(filters.engine)
    return require(person or Person(), action).name
