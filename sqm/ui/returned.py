"""The workbook to fix, from the Data page: the file as it was dropped, with what was refused in colour."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import streamlit as st

from sqm import loaders
from sqm.i18n import t
from sqm.ui.behind import taken
from sqm.ui.filters import Filters
from sqm.ui.uploads import Piece, to_disk

MIME = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def returned_of(filters: Filters, piece: Piece, info: loaders.SheetInfo, dataset: str, mapping: Mapping[str, str], admit: tuple[str, ...], key: str) -> None:
    """A button that makes it when it is pressed, of the sheet as it is read now."""
    lang, placed = filters.lang, to_disk(piece)
    chosen = {"dataset": dataset, "sheet": info.name, "mapping": dict(mapping), "add_missing": admit, "file_name": piece.name}
    stem = Path(piece.name.rpartition(" › ")[2]).stem
    st.download_button(
        t("data.return", lang),
        taken(filters, dataset, {}, "return", lambda: _returned(filters.engine, placed, lang, chosen)),
        f"{stem}_{t('data.return_name', lang)}.xlsx",
        MIME,
        key=f"return_{key}",
        help=t("data.return_help", lang),
        on_click="ignore",
    )


def _returned(engine: Any, placed: Callable[[], AbstractContextManager[tuple[Path, Path]]], lang: str, chosen: Mapping[str, Any]) -> bytes:
    with placed() as (path, _), tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "returned.xlsx"
        loaders.give_back(engine, path, target, lang, **chosen)
        return target.read_bytes()
