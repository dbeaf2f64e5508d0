"""Files to download."""

from __future__ import annotations

import pandas as pd

#: A spreadsheet program takes a text that begins so for a formula; full-width signs where Chinese is typed.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


#: Decimals of a number in a file.
DECIMALS = 4


def _harmless(cell: object) -> object:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell


def csv_bytes(frame: pd.DataFrame) -> bytes:
    """The table as CSV that a spreadsheet program opens as text and numbers: what would be a formula gets a "'" in front.

    Numbers have at most ``DECIMALS`` decimals.
    """
    frame = frame.round(dict.fromkeys(frame.select_dtypes("number"), DECIMALS))
    texts = {at: frame.iloc[:, at].astype(object).map(_harmless) for at, kind in enumerate(frame.dtypes) if not _number(kind)}
    safe = pd.concat([texts.get(at, frame.iloc[:, at]) for at in range(frame.shape[1])], axis=1) if texts else frame.copy()
    safe.columns = pd.Index([_harmless(name) for name in frame.columns])
    # With this end of a line a lone "\r" in a cell is quoted, too, and begins no line.
    return safe.to_csv(index=False, lineterminator="\r\n").encode("utf-8-sig")


def _number(kind: object) -> bool:
    return pd.api.types.is_numeric_dtype(kind) or pd.api.types.is_datetime64_any_dtype(kind)
