"""Errors a reader can act on.

Every failure that a person may meet is an ``SqmError`` with a code and parameters. The sentence (what happened, where,
what to do next) lives in ``sqm/i18n/texts/errors.toml`` under ``errors.<code>``, in every language, so that the same
error reads in the reader's own. This module imports nothing of the project.
"""

from __future__ import annotations


class SqmError(Exception):
    """``code`` names the sentence, ``params`` fill it in. Personal values must be masked before they get here."""

    def __init__(self, code: str, **params: object) -> None:
        super().__init__(code, params)
        self.code = code
        self.params = params

    def __str__(self) -> str:
        detail = ", ".join(f"{name}={value!r}" for name, value in self.params.items())
        return f"{self.code} ({detail})" if detail else self.code


class FileRefused(SqmError):
    """A file, sheet or extract as a whole cannot be loaded; nothing of it was stored."""


class WrongCall(SqmError):
    """The caller asked for something that does not exist (a metric, a dataset, a split): fix the call."""


class WarehouseBusy(SqmError):
    """Another process holds the warehouse and did not let go in time."""


class Conflict(SqmError):
    """An edit was based on an older revision than the stored one."""


def did_you_mean(word: str, known: list[str] | tuple[str, ...]) -> str:
    """The nearest of ``known`` to ``word``, or an empty string. Used to make a refusal helpful."""
    import difflib

    near = difflib.get_close_matches(word, list(known), n=1, cutoff=0.5)
    return near[0] if near else ""
