"""The password of a workbook on the Data page: asked for, handed to the reader, and not kept."""

from __future__ import annotations

import streamlit as st

from sqm.errors import FileRefused
from sqm.i18n import t
from sqm.ui.uploads import Piece, unlock

ASKED = ("file_password", "file_password_wrong")


def ask_password(piece: Piece, refused: dict[str, FileRefused], lang: str) -> None:
    """A box for the password of a piece that was refused for want of it; once it opens, the page goes on with the file."""
    if refused[piece.sha].code not in ASKED:
        return
    with st.form(f"password_{piece.sha[:12]}", clear_on_submit=True, border=False):
        left, right = st.columns([2, 1], vertical_alignment="bottom")
        said = left.text_input(t("data.password", lang), type="password", key=f"data_password_{piece.sha[:12]}", help=t("data.password_help", lang))
        pressed = right.form_submit_button(t("data.unlock", lang), key=f"data_unlock_{piece.sha[:12]}")
    if not pressed or not said:
        return
    try:
        with st.spinner(t("data.reading", lang)):
            unlock(piece, said)
        del refused[piece.sha]
    except FileRefused as error:
        refused[piece.sha] = FileRefused(error.code, **error.params)
    st.rerun()
