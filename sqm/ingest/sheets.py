"""What every way of reading a file ends in, inside the child process: sheets written as Arrow, or a named reason why not."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import zip_longest
from pathlib import Path

BATCH = 16_384
#: As many columns as a worksheet may have.
WIDEST = 16_384
#: The file in which the child says how many of how many sheets it has come to.
AT = "at"
#: Stands in a cell whose formula has no stored value.
UNSAVED = "#FORMULA?"
#: How the name of the list of problems in a returned workbook begins: it is no data.
RETURNED = "SQM ✎"


class Unreadable(Exception):
    """``code`` names the reason in ``errors.toml``."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(code)
        self.code, self.detail = code, detail


def write_batch(batch, path: Path) -> None:  # noqa: ANN001 - pyarrow is imported late
    """Write a record batch of texts with the row numbers of the spreadsheet."""
    import pyarrow as pa

    rows = batch.num_rows
    schema = _schema(batch.num_columns)
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, schema) as writer:
        for start in range(0, rows, BATCH):
            part = batch.slice(start, BATCH)
            numbers = pa.array(range(start + 1, start + 1 + part.num_rows), pa.int64())
            writer.write_batch(pa.record_batch([*map(trimmed, part.columns), numbers], schema=schema))


def write_records(records: Iterable[list[str]], path: Path) -> tuple[int, int]:
    """Write records of texts; returns rows and columns. Short records are filled up with blanks, long ones widen the table."""
    import pyarrow as pa

    chunks, chunk, rows = [], [], 0  # chunks: columns and number of records; empty records have no columns
    for record in records:
        chunk.append(record)
        if len(chunk) == BATCH:
            chunks.append((_columns(chunk), len(chunk)))
            rows += len(chunk)
            chunk = []
    chunks.append((_columns(chunk), len(chunk)))
    rows += len(chunk)
    width = max(len(columns) for columns, _ in chunks)
    if width > WIDEST:
        raise Unreadable("file_too_big")
    start = 1
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, _schema(width)) as writer:
        for columns, length in chunks:
            blanks = [pa.nulls(length, pa.string())] * (width - len(columns))
            numbers = pa.array(range(start, start + length), pa.int64())
            writer.write_batch(pa.record_batch([*columns, *blanks, numbers], schema=_schema(width)))
            start += length
    return rows, width


def _schema(width: int):  # noqa: ANN202
    import pyarrow as pa

    return pa.schema([(f"c{i}", pa.string()) for i in range(width)] + [("row", pa.int64())])


def _columns(records: list[list[str]]) -> list:
    import pyarrow as pa

    return [trimmed(pa.array(column, pa.string())) for column in zip_longest(*records)]


def trimmed(column):  # noqa: ANN001, ANN201
    """The texts of a column without white space (of any kind) around them; nothing but white space is null."""
    import pyarrow as pa
    import pyarrow.compute as pc

    column = pc.utf8_trim_whitespace(column)
    shortest = pc.min(pc.binary_length(column)).as_py()
    return column if shortest else pc.if_else(pc.equal(column, ""), pa.scalar(None, pa.string()), column)
