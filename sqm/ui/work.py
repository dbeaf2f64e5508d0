"""Long work of the Data page: done in a thread beside the page, its stages shown as they come, ended by a button.

The page waits in its own run and draws the stage a few times a second. Any click ends that run, as Streamlit does, and the next
run finds the work where it stands; only Cancel, or another wish at the same place, ends the work itself. See
``docs/decisions/0034``.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any, TypeVar, cast

import streamlit as st

from sqm import stages
from sqm.i18n import t
from sqm.ui.uploads import slot
from sqm.ui.words import plain

T = TypeVar("T")
#: Shorter work shows nothing of itself; so often a longer one is drawn, in seconds.
QUIET, PACE = 0.4, 0.25
_MOST = 192


class Job:
    """``run`` in a thread of its own. ``key``: what was asked for; the same question at the same place is the same job."""

    def __init__(self, key: Hashable, run: Callable[[], Any]) -> None:
        self.key, self.work, self.began = key, stages.Work(), time.monotonic()
        self.found: Any = None
        self.error: BaseException | None = None
        self.thread = threading.Thread(target=self._run, args=(run,), daemon=True)
        self.thread.start()

    def stop(self) -> None:
        self.work.stop()

    def _run(self, run: Callable[[], Any]) -> None:
        try:
            with stages.working(self.work):
                self.found = run()
        except BaseException as error:  # noqa: BLE001 - raised where it is waited for
            self.error = error


class _Kept:
    """What was found, for all sessions: the newest ``_MOST`` answers."""

    def __init__(self) -> None:
        self.answers: OrderedDict[Hashable, Any] = OrderedDict()
        self.lock = threading.Lock()

    def get(self, key: Hashable) -> Any:
        with self.lock:
            return self.answers.get(key)

    def put(self, key: Hashable, answer: Any) -> None:
        with self.lock:
            self.answers[key] = answer
            self.answers.move_to_end(key)
            while len(self.answers) > _MOST:
                self.answers.popitem(last=False)


@st.cache_resource(show_spinner=False)
def _kept() -> _Kept:
    return _Kept()


def _jobs() -> dict[str, Job]:
    return st.session_state.setdefault("data_work", {})


def _stopped() -> dict[str, Hashable]:
    return st.session_state.setdefault("data_work_stopped", {})


def wish_at(place: str) -> Any:
    """The key of what is under way at ``place``, or was stopped and nothing else asked for since; None without."""
    return _jobs()[place].key if place in _jobs() else _stopped().get(place)


def running_at(place: str) -> bool:
    """Whether something is under way at ``place``."""
    return place in _jobs()


def cancelled(place: str) -> bool:
    """Whether what was wanted at ``place`` was cancelled, and nothing else was asked for since."""
    return place in _stopped() and place not in _jobs()


def begin(place: str) -> None:
    """What was stopped at ``place`` is wanted after all."""
    _stopped().pop(place, None)


def known(key: Hashable) -> Any:
    """What was found for ``key``, None when nobody asked yet."""
    return _kept().get(key)


def done(place: str, key: Hashable, lang: str, run: Callable[[], T], *, keep: bool = True, again: bool = True, stopped: str = "data.stopped") -> T | None:
    """What ``run`` gives, waited for with its stages and a button to cancel; None when it was cancelled, which is said.

    ``run`` must not touch the screen or the session. ``place``: one job at a time each; a job with another ``key`` there is stopped first.
    ``keep``: the answer holds for everybody who asks the same ``key``. ``again``: offer to start anew after a cancellation. Raises what ``run`` raises.
    """
    if keep and (answer := known(key)) is not None:
        return cast(T, answer)
    jobs, halted = _jobs(), _stopped()
    name = f"{place}_{slot(repr(key))}"  # of what is drawn: in one run a place may see several questions
    if place in jobs and jobs[place].key != key:
        jobs.pop(place).work.stop()
    if place not in jobs and halted.get(place) == key and not _start_again(name, lang, again, stopped):
        return None
    halted.pop(place, None)
    job = jobs.get(place) or jobs.setdefault(place, Job(key, run))
    _wait(job, name, lang)
    del jobs[place]
    if isinstance(job.error, stages.Stopped):
        halted[place] = key
        _start_again(name, lang, again, stopped)
        return None
    if job.error is not None:
        raise job.error
    if keep:
        _kept().put(key, job.found)
    return cast(T, job.found)


def _wait(job: Job, name: str, lang: str) -> None:
    """Until the job is done; an interrupted run of the page leaves here by an exception, and the job goes on."""
    box = st.empty()
    job.thread.join(0 if job.work.stopped else max(0.0, job.began + QUIET - time.monotonic()))
    if job.thread.is_alive():
        with box.container(horizontal=True, vertical_alignment="center", key=f"work_{name}"):
            bar = st.empty()
            if not job.work.stopped:
                st.button(t("data.stop", lang), key=f"stop_{name}", type="tertiary", on_click=job.stop)
        while job.thread.is_alive():
            said = t("data.stopping", lang) if job.work.stopped else f"{job.work.say(lang)} · {time.monotonic() - job.began:.0f} s"
            bar.progress(job.work.share, plain(said))
            _pause(job)
    box.empty()


def _pause(job: Job) -> None:
    job.thread.join(PACE)


def _start_again(name: str, lang: str, again: bool, stopped: str) -> bool:
    """Says that it was cancelled; whether it is wanted after all."""
    box = st.empty()
    with box.container(horizontal=True, vertical_alignment="center", key=f"stopped_{name}"):
        st.caption(t(stopped, lang))
        wanted = again and st.button(t("data.start_again", lang), key=f"again_{name}", type="tertiary")
    if wanted:
        box.empty()
    return wanted
