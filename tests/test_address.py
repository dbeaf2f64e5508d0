"""Choices and the address, run by run, with what the browser may send between them."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from sqm.ui import address


class Params(dict):
    def to_dict(self) -> dict:
        return dict(self)

    def from_dict(self, said: dict) -> None:
        self.clear()
        self.update(said)


@pytest.fixture
def browser(monkeypatch):
    """A session with its address, without Streamlit behind it."""
    made = SimpleNamespace(session_state={}, query_params=Params())
    monkeypatch.setattr(address, "st", made)
    return made


def run(options: tuple[str, ...] = ("", "甲", "乙"), page: str = "blueprint") -> str:
    """One run of a page with one box."""
    address.begin(page)
    address.before("city", options, "")
    return address.after({"city": ""})["city"]


@pytest.mark.parametrize("sent", ["Beta", None], ids=["a label of the other language", "nothing"])
def test_what_is_no_choice_takes_nothing_away(browser, sent) -> None:
    browser.query_params["city"] = "乙"
    assert run() == "乙"
    browser.session_state["city"] = sent
    assert run() == "乙" and browser.query_params == {"city": "乙"}
    browser.session_state["city"] = "甲"
    assert run() == "甲" and browser.query_params == {"city": "甲"}


def test_a_choice_that_is_there_no_more_gives_way(browser) -> None:
    browser.query_params["city"] = "乙"
    assert run() == "乙"
    assert run(("", "甲")) == ""


def test_back_takes_a_choice_away(browser) -> None:
    browser.query_params["city"] = "乙"
    assert run() == "乙"
    browser.query_params.clear()
    assert run() == ""
