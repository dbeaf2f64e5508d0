"""What a check found, on the screen: counts, headline numbers that would move, refused cells."""

from __future__ import annotations

from collections.abc import Callable
from html import escape

import pandas as pd
import streamlit as st

from sqm import datasets, loaders, metrics
from sqm.exports import csv_bytes
from sqm.i18n import number, t
from sqm.ui import results

SHOWN = 500


def dataset_name(name: str, lang: str) -> str:
    """What a dataset is called."""
    contract = datasets.get(name)
    return contract.zh if lang == "zh" else contract.en


def counts_of(result: loaders.LoadResult, lang: str) -> None:
    """The five counts and their sum, which must equal the rows of the sheet."""
    total = result.accepted + result.refused + result.skipped
    names = ("new", "replaced", "unchanged", "refused", "skipped")
    cells = "".join(
        f'<div class="sqm-count{" worse" if name == "refused" and getattr(result, name) else ""}">'
        f"<b>{number(getattr(result, name))}</b><span>{t(f'data.count_{name}', lang)}</span></div>"
        for name in names
    )
    fits = (
        t("data.sum", lang, total=number(total))
        if total == result.rows
        else t("data.sum_off", lang, total=number(total), rows=number(result.rows))
    )
    if result.records is not None:
        fits += t("data.records", lang, records=number(result.records), refused=number(result.records_refused or 0))
    st.html(f'<div class="sqm-counts">{cells}</div><div class="sqm-note">{fits}</div>')
    if whole := result.whole_said(lang):
        st.warning((" " if lang == "en" else "").join(whole))


def moves_of(moves: list[loaders.Move], lang: str, *, done: bool = False) -> None:
    """Which headline numbers would move, from what to what, or that none does. ``done``: they have moved."""
    if not moves:
        st.caption(t("data.not_moved" if done else "data.no_moves", lang))
        return
    shown, more = loaders.most_telling(moves)
    results.heading(
        t("data.moved" if done else "data.moves", lang), t("data.moves_more", lang, n=number(more)) if more else ""
    )
    rows = []
    for place, move in enumerate(shown):
        first = place == 0 or shown[place - 1].metric != move.metric
        months = sum(other.metric == move.metric for other in shown)
        name = f'<th scope="row" rowspan="{months}">{escape(move.name(lang))}</th>' if first else ""
        before, after = map(escape, move.figures(lang))
        rows.append(
            f'<tr class="{"first" if first and place else ""}">{name}<td>{move.month:%Y-%m}</td>'
            f'<td class="n">{before}</td><td>→</td><td class="n"><b>{after}</b></td><td>n = {move.base()}</td></tr>'
        )
    names = ("metric", "month", "before", "", "after", "base")
    heads = "".join(
        f'<th scope="col"{" class=n" if name in ("before", "after") else ""}>'
        f"{t(f'data.moves_{name}', lang) if name else ''}</th>"
        for name in names
    )
    st.html(f'<table class="sqm-moves"><thead><tr>{heads}</tr></thead><tbody>{"".join(rows)}</tbody></table>')
    ripening = list(dict.fromkeys(move.name(lang) for move in shown if metrics.get(move.metric).matures))
    if ripening:
        st.caption(t("data.moves_ripen", lang, names=("、" if lang == "zh" else ", ").join(ripening)))


def problems_of(problems: list[loaders.Problem], lang: str, file_name: str, key: str, beside: Callable[[], None] | None = None) -> None:
    """The refused cells with their place and reason, and a file of them. ``beside``: draws what else can be taken along."""
    if not problems:
        return
    columns = {name: t(f"data.problem_{name}", lang) for name in ("sheet", "row", "column", "value", "reason")}
    table = pd.DataFrame(
        [
            {"sheet": p.sheet, "row": p.row, "column": p.column, "value": p.value, "reason": p.say(lang)}
            for p in problems
        ]
    ).rename(columns=columns)
    results.heading(t("data.problems", lang, n=number(len(problems))), t("data.problems_note", lang))
    st.dataframe(
        table.head(SHOWN),
        hide_index=True,
        height=min(38 + 35 * len(table), 260),
        column_config={columns["reason"]: st.column_config.TextColumn(width="large")},
    )
    with st.container(horizontal=True, gap="small"):
        if beside is not None:
            beside()
        st.download_button(
            t("data.problems_csv", lang),
            csv_bytes(table),
            file_name,
            "text/csv",
            key=f"problems_{key}",
        )
