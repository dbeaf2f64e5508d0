"""What a load says of itself: its counts, its problems, what a sheet looks like; in words and as JSON."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from sqm import datasets
from sqm.i18n import has, t
from sqm.ingest.aliases import Unknown
from sqm.ingest.likeness import Proposal
from sqm.ingest.moves import Move

ENCODINGS = {"utf-8": "UTF-8", "utf-8-sig": "UTF-8", "gb18030": "GB 18030 (GBK)", "big5": "Big5", "cp1252": "Windows-1252"}
_DELIMITERS = {",": "comma", "\t": "tab", ";": "semicolon", "|": "bar", "，": "wide_comma", "；": "wide_semicolon", "\x01": "control_a"}


@dataclass(frozen=True)
class Problem:
    """One refused cell or row. ``row``: as the spreadsheet numbers it. ``value`` is masked. ``rule`` names the sentence. ``at``: the
    number of its column in the table, from 0; -1 where that is not known."""

    sheet: str
    row: int
    column: str
    value: str
    rule: str
    params: dict = field(default_factory=dict)
    at: int = -1

    def say(self, lang: str) -> str:
        """What is wrong and what to do."""
        key = f"problems.{self.rule}"
        values = {"column": self.column, "value": self.value, "row": self.row, "near": "", "reference": "", **self.params}
        if self.rule == "unknown_value" and not values["near"]:
            key = "problems.unknown_value_far"
        if values["reference"]:
            contract = datasets.get(str(values["reference"]))
            values["reference"] = contract.zh if lang == "zh" else contract.en
        return t(key, lang, **values) if has(key) else self.rule

    def as_json(self, lang: str) -> dict:
        return {"sheet": self.sheet, "row": self.row, "column": self.column, "value": self.value, "rule": self.rule,
                "message": self.say(lang)}


@dataclass(frozen=True)
class Note:
    """Something to know about a sheet as a whole; ``code`` under ``cli.note.``. ``level``: fact, warning or question."""

    level: str
    code: str
    params: dict = field(default_factory=dict)

    def say(self, lang: str) -> str:
        """The sentence."""
        return t(f"cli.note.{self.code}", lang, **self.params)

    def as_json(self, lang: str) -> dict:
        return {"level": self.level, "code": self.code, **self.params, "message": self.say(lang)}


@dataclass
class LoadResult:
    """What a load did. ``message``: code under ``cli.load.``; ``warnings``: codes under ``cli.warning.``.

    ``ignored``: headings that the dataset does not know. ``problems`` lists the first 10 000 of ``problems_found``.
    ``withdrawn``: rows that lose their place because the file is the whole of its months; ``spared`` keep it, because
    their new version was refused; ``keyless`` refused rows do not say which row they are. ``already``: the batch that
    was made of the same bytes in the same way, if a dry run found one. ``blanked``: fields that the file has no
    column for and that hold something in rows it replaces: a row is replaced as a whole, and loses them. ``moves``: headline numbers that
    change, newest month first; None when nobody asked. ``unknown``: values to ask about.
    ``read_as``: the ``encoding`` and ``delimiter`` of a text file.
    ``shape``, ``said`` and ``asked``: where answers are recalled, the sheet's shape, what was said of it by now or before, and
    whether its dataset had to be said; ``recalled``: the file and the batch that it was said for before.
    """

    batch: int | None
    dataset: str
    rows: int = 0
    accepted: int = 0
    new: int = 0
    replaced: int = 0
    unchanged: int = 0
    refused: int = 0
    skipped: int = 0
    records: int | None = None
    records_refused: int | None = None
    message: str = ""
    problems: list[Problem] = field(default_factory=list)
    problems_found: int = 0
    warnings: list[str] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)
    admitted: dict[str, list[str]] = field(default_factory=dict)
    unknown: list[Unknown] = field(default_factory=list)
    withdrawn: int = 0
    spared: int = 0
    keyless: int = 0
    blanked: list[str] = field(default_factory=list)
    already: int | None = None
    moves: list[Move] | None = None
    read_as: dict[str, str] = field(default_factory=dict)
    file_name: str = ""
    sheet: str = ""
    as_of: datetime | None = None
    shape: str = ""
    said: dict[str, str] = field(default_factory=dict)
    asked: bool = False
    recalled: tuple[str, int] | None = None

    @property
    def published(self) -> bool:
        return self.message == "published"

    def say(self, lang: str) -> str:
        """The sentence for the whole load, with its warnings and the columns not used."""
        contract = datasets.get(self.dataset)
        said = [t(f"cli.load.{self.message}", lang, dataset=contract.zh if lang == "zh" else contract.en, batch=self.batch,
                  accepted=self.accepted, refused=self.refused, skipped=self.skipped, rows=self.rows, new=self.new,
                  replaced=self.replaced, unchanged=self.unchanged)]
        if self.recalled:
            said.append(t("cli.load.recalled", lang, file=self.recalled[0], batch=self.recalled[1]))
        if self.ignored:
            more = f" … ({len(self.ignored)})" if len(self.ignored) > 30 else ""
            said.append(t("cli.load.ignored", lang, columns=", ".join(self.ignored[:30]) + more))
        for name, values in self.admitted.items():
            said.append(t("cli.load.admitted", lang, field=name, count=len(values), values=", ".join(values[:20])))
        if self.already is not None:
            said.append(t("cli.load.already", lang, batch=self.already))
        said += self.whole_said(lang)
        if self.problems_found > len(self.problems):
            said.append(t("cli.load.more_problems", lang, shown=len(self.problems), found=self.problems_found))
        said += self.cautions(lang)
        if self.read_as:
            said.append(self.read_said(lang))
        said += [note.say(lang) for note in self.notes if note.level != "warning"]
        return " ".join(said) if lang == "en" else "".join(said)

    def cautions(self, lang: str) -> list[str]:
        """What should be known before publishing: how units were read, what replaced rows lose."""
        said = [t(f"cli.warning.{code}", lang) for code in self.warnings]
        said += [note.say(lang) for note in self.notes if note.level == "warning"]
        if self.blanked:
            fields = datasets.get(self.dataset).by_name
            said.append(t("cli.load.blanked", lang, count=self.replaced, columns=", ".join(fields[n].called(lang) for n in self.blanked)))
        return said

    def read_said(self, lang: str) -> str:
        """The encoding and the delimiter that the content of a text file told; empty for a workbook."""
        if not self.read_as:
            return ""
        encoding = ENCODINGS.get(self.read_as["encoding"], self.read_as["encoding"].upper())
        delimiter = self.read_as.get("delimiter")
        if delimiter is None:
            return t("cli.load.read_page", lang, encoding=encoding)
        named = t(f"cli.delimiter.{_DELIMITERS[delimiter]}", lang) if delimiter in _DELIMITERS else f"“{delimiter}”"
        return t("cli.load.read_text", lang, encoding=encoding, delimiter=named)

    def whole_said(self, lang: str) -> list[str]:
        """What declaring the whole of its months does to rows that are already there; empty when it does nothing."""
        said = []
        if self.withdrawn:
            said.append(t("cli.load.withdrawn" if self.published else "cli.load.would_withdraw", lang, count=self.withdrawn))
        if self.spared:
            said.append(t("cli.load.spared", lang, count=self.spared))
        if self.withdrawn and self.keyless:
            said.append(t("cli.load.keyless", lang, count=self.keyless))
        return said

    def as_json(self, lang: str) -> dict:
        """The stable form: counts, message, problems. ``code`` is the message's code, the same in every language.

        ``moves`` is there when they were asked for, ``already`` when it was found, ``read_as`` for a text file, ``recalled`` where
        answers of an earlier load were taken over.
        """
        names = ("batch", "dataset", "rows", "accepted", "new", "replaced", "unchanged", "refused", "skipped", "records",
                 "records_refused")
        return {**{name: getattr(self, name) for name in names}, "code": self.message, "message": self.say(lang),
                "ignored": self.ignored, "warnings": self.warnings,
                "notes": [note.as_json(lang) for note in self.notes],
                "problems": [problem.as_json(lang) for problem in self.problems],
                **({"unknown": [one.as_json() for one in self.unknown]} if self.unknown else {}),
                **({"read_as": self.read_as} if self.read_as else {}),
                **({"recalled": {"file": self.recalled[0], "batch": self.recalled[1]}} if self.recalled else {}),
                **({} if self.already is None else {"already": self.already}),
                **({} if self.moves is None else {"moves": [move.as_json(lang) for move in self.moves]})}


@dataclass(frozen=True)
class SheetInfo:
    """What a sheet looks like before loading: guessed dataset ('' if none), its headings and the first rows, masked.

    ``error``: why it could not be read, as a code, or ''. ``heading_row``: from 0. ``range``: where it is, for one of several
    tables of a sheet. ``doubled``: fields that several columns claim, with their headings. ``shape``: the same for sheets with the same headings.
    ``proposed``: what ignored headings may stand for; nothing is read by it. ``unknown``: headings
    that may be names of entries.
    """

    name: str
    hidden: bool
    rows: int
    columns: int
    dataset: str
    heading_row: int | None
    headings: list[str]
    mapping: dict[str, str]
    missing: list[str]
    ignored: list[str]
    preview: list[list[str]]
    error: str = ""
    range: str = ""
    doubled: dict[str, list[str]] = field(default_factory=dict)
    shape: str = ""
    proposed: dict[str, Proposal] = field(default_factory=dict)
    unknown: list[Unknown] = field(default_factory=list)
