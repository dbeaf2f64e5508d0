"""The Data page while a file is read, checked or published: it says where the work stands, and Cancel leaves nothing behind."""

from __future__ import annotations

import threading

import pytest
import streamlit as st
from test_pages_files import book, box, drop
from workbooks import shelf, stocked, stored

from simulated import whole
from sqm import loaders, stages, warehouse
from sqm.ui import work

__all__ = ["shelf", "stocked"]
BEFORE = {"inspect": loaders.inspect, "load": loaders.load, "QUIET": work.QUIET, "_pause": work._pause}


@pytest.fixture
def slow(monkeypatch):
    """``slow(name)``: that function of the loader comes to no end by itself, and each run of the page is interrupted as by a click."""

    def slowed(name: str, when=lambda given: True):
        usual = getattr(loaders, name)

        def never(*given, **more):
            if not when(more):
                return usual(*given, **more)
            stages.at("checking", of=1234)
            with stages.stoppable(ended.append):
                while not pause.wait(0.001):
                    stages.check()

        ended: list = []
        pause = threading.Event()
        monkeypatch.setattr(loaders, name, never)
        monkeypatch.setattr(work, "QUIET", 0)
        monkeypatch.setattr(work, "_pause", lambda job: st.stop() if not job.work.stopped else job.thread.join(5))

    return slowed


@pytest.mark.parametrize(("name", "when"), [("inspect", lambda given: True), ("load", lambda given: given.get("dry_run"))])
def test_looking_and_checking_can_be_cancelled_and_begun_anew(stocked, slow, monkeypatch, name, when):
    slow(name, when)
    app = drop("a.xlsx", book("A1"))
    assert box(app, "button", "stop_") and not box(app, "button", "publish_")
    app = whole(app.run())
    assert len(app.session_state["data_work"]) == 1, "the same work goes on"
    app = whole(box(app, "button", "stop_")[0].click().run())
    assert any("Cancelled; nothing was stored" in c.value for c in app.caption) and not app.session_state["data_work"]
    assert not box(app, "button", "publish_") and not list((warehouse.data_dir() / "uploads").iterdir())
    for usual, changed in ((loaders, name), (work, "QUIET"), (work, "_pause")):
        monkeypatch.setattr(usual, changed, BEFORE[changed])
    app = whole(box(app, "button", "again_")[0].click().run())
    assert box(app, "button", "publish_") and not app.error


def test_a_publication_that_is_cancelled_never_was(stocked, slow):
    version = warehouse.data_version(stocked)
    app = drop("a.xlsx", book("A1"))
    slow("load", lambda given: not given.get("dry_run"))
    app = whole(box(app, "button", "publish_")[0].click().run())
    assert box(app, "button", "stop_")
    app = whole(app.run())
    assert box(app, "button", "stop_"), "another click does not end it"
    app = whole(box(app, "button", "stop_")[0].click().run())
    assert any("Cancelled; nothing was stored" in c.value for c in app.caption) and box(app, "button", "publish_")
    assert stored(stocked, "complaints").empty and warehouse.data_version(stocked) == version
    assert not list((warehouse.data_dir() / "uploads").iterdir()) and not (warehouse.data_dir() / "originals").exists()


def test_work_that_is_slow_from_the_first_to_the_last_is_drawn_each_time(stocked, monkeypatch):
    """One run of the page may wait for several things at the same place: the file, then its hidden sheet."""
    monkeypatch.setattr(work, "QUIET", -10)
    monkeypatch.setattr(work, "PACE", 0.01)
    app = drop("h.xlsx", book("H1", hidden=True))
    app = whole(box(app, "checkbox", "data_hidden_")[0].check().run())
    app = whole(box(app, "selectbox", "data_sheet_")[0].set_value("藏").run())
    app = whole(box(app, "selectbox", "data_dataset_")[0].set_value("surveys").run())
    app = whole(box(app, "selectbox", "data_dataset_")[0].set_value("complaints").run())
    whole(box(app, "button", "publish_")[0].click().run())
    assert list(stored(stocked, "complaints")["ticket_id"]) == ["H1"] and not box(app, "button", "stop_")
