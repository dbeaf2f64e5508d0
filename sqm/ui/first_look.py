"""A large file on the Data page: its sheets, headings and first rows, while the whole of it is still being read."""

from __future__ import annotations

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from sqm import loaders, warehouse
from sqm.errors import FileRefused
from sqm.i18n import t
from sqm.ui import asked, work
from sqm.ui.checked import dataset_name
from sqm.ui.filters import Filters
from sqm.ui.uploads import Piece, on_disk, slot
from sqm.ui.words import plain

#: Below so many bytes the whole is there as soon as its beginning.
LARGE = 6 << 20
_SHEETS, _ROWS = 4, 5


def first_look(filters: Filters, piece: Piece, box: DeltaGenerator) -> None:
    """Show in ``box`` what the first rows of a large file tell; nothing for another, or where that cannot be told."""
    if (piece.member.size if piece.member else piece.upload.size) < LARGE:
        return
    placed = on_disk(piece)

    def look() -> list[loaders.SheetInfo]:
        try:
            with placed as (path, _):
                return loaders.glance(path, warehouse.engine(), file_name=piece.name)
        except FileRefused:
            return []  # what is wrong with it is said when it is read

    key = ("glance", str(filters.engine.url), filters.version, piece.sha, piece.unlocked, piece.name)
    found = work.done(f"glance_{slot(piece.sha)}", key, filters.lang, look)
    shown = [info for info in found or [] if info.preview and not info.hidden]
    if not shown:
        return
    with box.container(key=f"glance_{slot(piece.sha)}"):
        st.caption(t("data.first_look", filters.lang, n=len([info for info in found or [] if not info.hidden])))
        for info in shown[:_SHEETS]:
            _sheet(info, filters.lang)


def _sheet(info: loaders.SheetInfo, lang: str) -> None:
    used = {heading: asked.field_name(info.dataset, target.partition(":")[0], lang) for heading, target in info.mapping.items() if target and info.dataset}
    told = t("data.first_look_as", lang, sheet=info.name, dataset=dataset_name(info.dataset, lang), n=len(used)) if info.dataset else info.name
    st.markdown(plain(told))
    width = max(map(len, info.preview))
    headings = (info.headings + [""] * width)[:width]
    names = [f"{heading} → {used[heading]}" if heading in used and used[heading] != heading else heading or f"({n})" for n, heading in enumerate(headings, 1)]
    unique = [name if names.index(name) == n else f"{name} ({n + 1})" for n, name in enumerate(names)]
    rows = [(row + [""] * width)[:width] for row in info.preview[:_ROWS]]
    st.dataframe(pd.DataFrame(rows, columns=unique), hide_index=True, height=38 + 35 * len(rows))
