"""What a workbook does not show unasked, on the Data page: its password is asked for, handed to the reader and not kept; hidden sheets
are named."""

from __future__ import annotations

import streamlit as st

from sqm import loaders
from sqm.errors import FileRefused
from sqm.i18n import t
from sqm.ui.uploads import Piece, unlock
from sqm.ui.words import plain

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


def with_hidden(read: list[loaders.SheetInfo], slot: str, name: str, lang: str) -> list[loaders.SheetInfo]:
    """The sheets to choose from: what is hidden is named, and offered only once somebody asks for it."""
    hidden = [s.name for s in read if s.hidden]
    if not hidden:
        return read
    between = "、" if lang == "zh" else ", "
    if len(hidden) == len(read):
        st.warning(plain(t("data.no_sheet", lang, file=name)))
    asked = st.checkbox(t("data.hidden", lang, n=len(hidden)), key=f"data_hidden_{slot}", help=t("data.hidden_help", lang))
    st.caption(plain(t("data.hidden_names", lang, names=between.join(hidden[:20]) + (" …" if len(hidden) > 20 else ""))))
    return read if asked else [s for s in read if not s.hidden]
