"""Web pages under the name of a workbook, as many office systems export them: each innermost table is a sheet.

Read inside the child process, with the parser of the standard library: no script runs, no address is fetched, no entity is
expanded but the characters HTML knows by name.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path

from sqm.ingest.delimited import encoding_of
from sqm.ingest.sheets import WIDEST, Unreadable, write_records

#: Cells that a page may claim by what its cells span: beyond them it is no table that anybody looks at.
SPANNED = 5_000_000
_CHARSET = re.compile(rb"charset\s*=\s*[\"']?\s*([\w-]+)", re.IGNORECASE)
_UNSEEN = {"script", "style", "head", "title", "template"}


@dataclass
class _Table:
    """``down``: rows that a cell above still covers, by column. ``arranges``: it has tables in it, and no data of its own."""

    rows: list[list[str]] = field(default_factory=list)
    down: dict[int, int] = field(default_factory=dict)
    arranges: bool = False


class _Tables(HTMLParser):
    """Collects the rows of each table that has no table in it; a cell that spans several fills the others with blanks."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[list[list[str]]] = []
        self.open: list[_Table] = []
        self.text: list[str] | None = None
        self.place = self.unseen = self.spanned = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _UNSEEN:
            self.unseen += 1
        elif tag == "table":
            self.text = None
            if self.open:
                self.open[-1].arranges = True
            self.open.append(_Table())
        elif tag == "tr" and self.open:
            self._row(self.open[-1])
        elif tag in ("td", "th") and self.open:
            self._cell(self.open[-1], dict(attrs))
        elif tag in ("br", "p", "div") and self.text is not None:
            self.text.append(" ")

    def handle_endtag(self, tag: str) -> None:
        if tag in _UNSEEN:
            self.unseen = max(0, self.unseen - 1)
        elif tag in ("td", "th", "tr"):
            self._close()
        elif tag == "table" and self.open:
            self._close()
            table = self.open.pop()
            if not table.arranges and any(map(any, table.rows)):
                self.found.append(table.rows)

    def handle_data(self, data: str) -> None:
        if self.text is not None and not self.unseen:
            self.text.append(data)

    def _row(self, table: _Table) -> None:
        self._close()
        if table.rows:  # what hangs down past the end of a short row
            for column in [c for c, left in table.down.items() if left and c >= len(table.rows[-1])]:
                table.down[column] -= 1
        table.rows.append([])

    def _cell(self, table: _Table, attributes: dict[str, str | None]) -> None:
        self._close()
        if not table.rows:
            table.rows.append([])
        row = table.rows[-1]
        while table.down.get(len(row), 0):
            table.down[len(row)] -= 1
            row.append("")
        across, below = (_span(attributes.get(name)) for name in ("colspan", "rowspan"))
        self.spanned += across
        if len(row) + across > WIDEST or self.spanned > SPANNED:
            raise Unreadable("file_too_big")
        if below > 1:
            table.down.update(dict.fromkeys(range(len(row), len(row) + across), below - 1))
        self.place = len(row)
        row.extend([""] * across)
        self.text = []

    def _close(self) -> None:
        if self.text is not None and self.open and self.open[-1].rows:
            self.open[-1].rows[-1][self.place] = " ".join("".join(self.text).split())
        self.text = None


def _span(value: str | None) -> int:
    return max(1, min(int(value), WIDEST)) if value and value.isascii() and value.isdigit() and len(value) < 6 else 1


def read_page(path: Path, folder: Path) -> tuple[list[dict], dict[str, str]]:
    """Write the tables of the page as sheets called by their place; a page without any is refused."""
    encoding = _encoding(path)
    tables = _Tables()
    try:
        with path.open(encoding=encoding, errors="strict", newline="") as text:
            while part := text.read(1 << 20):
                tables.feed(part)
        tables.close()
    except UnicodeError as error:
        raise Unreadable("file_encoding") from error
    if tables.open:  # cut short: nobody knows how many rows are lacking
        raise Unreadable("file_damaged")
    if not tables.found:
        raise Unreadable("file_is_a_web_page")
    sheets = []
    for number, table in enumerate(tables.found):
        rows, width = write_records(table, folder / f"{number}.arrow")
        sheets.append({"name": str(number + 1) if len(tables.found) > 1 else "", "hidden": False, "rows": rows, "columns": width, "file": f"{number}.arrow"})
    return sheets, {"encoding": encoding}


def _encoding(path: Path) -> str:
    """The encoding the page names, if it can be read with it, else what its bytes tell."""
    told = encoding_of(path)
    if told.startswith("utf"):
        return told
    with path.open("rb") as file:
        named = _CHARSET.search(file.read(4096))
    name = named[1].decode().lower() if named else ""
    return {"gb2312": "gb18030", "gbk": "gb18030", "big5": "big5"}.get(name, told)
