"""The register of standards: a service or product on its way from trial to launch, promise and feedback, and what became of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from sqm.blueprint import Binding
from sqm.meetings.meeting import clean
from sqm.meetings.slides import refuse

STEPS = ("trial", "launch", "promise", "feedback")
#: What feedback ends in; "improve" leads back to a trial.
ENDS = ("keep", "improve", "withdraw")
NEXT: Mapping[str, tuple[str, ...]] = {
    "": ("trial",), "trial": ("launch", "withdraw"), "launch": ("promise", "withdraw"), "promise": ("feedback", "withdraw"), "feedback": ENDS,
    "keep": ("feedback",), "improve": ("trial",), "withdraw": (),
}  # fmt: skip


@dataclass(frozen=True)
class Taken:
    """A step with its evidence: a number and its verdict when it was taken, or a document in words. ``at`` is UTC as ISO text."""

    step: str
    at: str
    who: str
    evidence: str
    figure: str = ""
    verdict: str = ""


@dataclass(frozen=True)
class Standard:
    """``binding``: the number by which customers' feedback is told; ``owner``: a department."""

    id: str
    name: str
    owner: str
    binding: Binding | None = None
    history: tuple[Taken, ...] = ()

    @property
    def step(self) -> str:
        return self.history[-1].step if self.history else ""

    @property
    def ahead(self) -> tuple[str, ...]:
        """The steps that may come next."""
        return NEXT[self.step]


def registered(standard: Standard) -> Standard:
    """A new entry, checked. MeetingRefused ``meeting_no_title``, ``meeting_no_owner``."""
    made = replace(standard, name=clean(standard.name, "title"))
    if not made.name:
        raise refuse("no_title")
    if not made.owner:
        raise refuse("no_owner")
    return made


def take(standard: Standard, taken: Taken) -> Standard:
    """One step on. MeetingRefused ``meeting_step``: not from where it stands; ``meeting_evidence``: a step without a document or a number."""
    if taken.step not in standard.ahead:
        raise refuse("step", value=taken.step, step=standard.step or "–")
    said = clean(taken.evidence)
    if not said and not taken.figure:
        raise refuse("evidence")
    return replace(standard, history=(*standard.history, replace(taken, evidence=said)))


def turned_bad(standard: Standard, verdict: str) -> bool:
    """Whether it belongs on the next agenda: customers feel it, and it is told that they feel it worse."""
    return standard.step in ("launch", "promise", "feedback", "keep") and verdict == "worse"


def to_plain(standard: Standard) -> dict[str, Any]:
    """A standard as JSON."""
    return asdict(standard) | {"binding": standard.binding.text if standard.binding else ""}


def from_plain(plain: Mapping[str, Any]) -> Standard:
    """The reverse of ``to_plain``. MeetingRefused ``meeting_unreadable``."""
    try:
        history = tuple(Taken(*(str(one[name]) for name in ("step", "at", "who", "evidence", "figure", "verdict"))) for one in plain["history"])
        binding = Binding.parse(plain["binding"]) if plain["binding"] else None
        return Standard(str(plain["id"]), str(plain["name"]), str(plain["owner"]), binding, history)
    except (KeyError, TypeError, ValueError, AttributeError) as cause:
        raise refuse("unreadable", what=str(cause)[:80]) from cause
