"""The Data page: upload, look, check, publish; batches with undo; database extracts; templates."""

from __future__ import annotations

import hashlib
import os
import tempfile
import time
from html import escape
from pathlib import Path

import pandas as pd
import streamlit as st

from sqm import datasets, loaders, metrics, warehouse
from sqm.errors import SqmError
from sqm.i18n import say, t
from sqm.ui import frame, results
from sqm.ui.filters import Filters

TYPES = ["xlsx", "xlsm", "xls", "xlsb", "ods", "csv", "tsv"]
KEPT_SECONDS = 86_400
SHOWN = 500


def upload_of(filters: Filters) -> None:
    """Drop files; each is looked into, checked and published on its own."""
    lang = filters.lang
    frame.title(filters, t("data.title", lang))
    files = st.file_uploader(t("data.drop", lang), type=TYPES, accept_multiple_files=True, key="upload")
    done: dict = st.session_state.setdefault("data_done", {})
    if not files:
        for told in done.pop("last", []):
            st.success(told)
        st.caption(t("data.how", lang))
        return
    for file in files:
        data = file.getvalue()
        sha = hashlib.sha256(data).hexdigest()
        path = _keep(data, sha, Path(file.name).suffix)
        with st.container(border=True, key=f"file_{sha[:12]}"):
            try:
                _one_file(filters, path, file.name, sha, done)
            except SqmError as error:
                st.error(say(error, lang))


def _keep(data: bytes, sha: str, ending: str) -> Path:
    """Uploaded bytes vanish with the session: put them into a private folder at once, and sweep out old ones."""
    folder = warehouse.data_dir() / "uploads"
    folder.mkdir(mode=0o700, exist_ok=True)
    for old in folder.iterdir():
        if time.time() - old.stat().st_mtime > KEPT_SECONDS:
            old.unlink(missing_ok=True)
    path = folder / f"{sha}{ending.lower()[:6]}"
    if not path.exists():
        handle, draft = tempfile.mkstemp(dir=folder)
        with os.fdopen(handle, "wb") as out:
            out.write(data)
        os.replace(draft, path)
    os.utime(path)
    return path


@st.cache_data(max_entries=32, show_spinner=False)
def _inspected(url: str, version: int, path: str, name: str, dataset: str | None) -> list[loaders.SheetInfo]:
    return loaders.inspect(path, warehouse.engine(), dataset=dataset, file_name=name)


@st.cache_data(max_entries=32, show_spinner=False)
def _checked(
    url: str, version: int, path: str, name: str, sheet: str, dataset: str, mapping: tuple, admit: tuple, whole: bool
) -> loaders.LoadResult:
    return loaders.load(
        warehouse.engine(),
        path,
        dataset=dataset,
        sheet=sheet,
        mapping=dict(mapping),
        dry_run=True,
        add_missing=admit,
        whole_months=whole,
        file_name=name,
    )


def _one_file(filters: Filters, path: Path, name: str, sha: str, done: dict) -> None:
    lang, key, url = filters.lang, sha[:12], str(filters.engine.url)
    if key in done:
        st.success(done[key])
        return
    with st.spinner(t("data.reading", lang)):
        sheets = [s for s in _inspected(url, filters.version, str(path), name, None) if not s.hidden]
    if not sheets:
        st.error(t("data.no_sheet", lang, file=name))
        return
    names = [s.name for s in sheets]
    best = next((i for i, s in enumerate(sheets) if s.dataset), 0)
    st.html(f'<div class="sqm-block"><b>{escape(name)}</b><span>{t("data.sheets", lang, n=len(sheets))}</span></div>')
    left, right = st.columns([1, 1])
    sheet = left.selectbox(t("data.sheet", lang), names, index=best, key=f"data_sheet_{key}")
    info = next(s for s in sheets if s.name == sheet)
    options = [d.name for d in datasets.ALL]
    guess = options.index(info.dataset) if info.dataset in options else None
    dataset = right.selectbox(
        t("data.dataset", lang),
        options,
        index=guess,
        key=f"data_dataset_{key}_{sheet}",
        format_func=lambda d: _dataset_name(d, lang),
        placeholder=t("data.which", lang),
    )
    if not dataset:
        st.warning(t("data.which_help", lang))
        return
    if dataset != info.dataset:
        again = _inspected(url, filters.version, str(path), name, dataset)
        info = next(s for s in again if s.name == sheet)
    mapping = _mapping(info, dataset, key, lang)
    if info.missing and not mapping:
        st.warning(t("data.missing", lang, fields=", ".join(_field_name(dataset, f, lang) for f in info.missing)))
    contract = datasets.get(dataset)
    whole = bool(contract.dated_by) and st.checkbox(
        t("data.whole", lang), key=f"data_whole_{key}", help=t("data.whole_help", lang)
    )
    admit = tuple(st.session_state.get(f"data_admit_{key}", []))
    with st.spinner(t("data.checking", lang)):
        result = _checked(
            url, filters.version, str(path), name, sheet, dataset, tuple(sorted(mapping.items())), admit, whole
        )
    _counts(result, lang)
    _admission(result, dataset, key, lang)
    problems_of(result.problems, lang, f"{Path(name).stem}_problems.csv", key)
    if result.message == "dry_run" and st.button(
        t("data.publish", lang, n=f"{result.accepted:,}"), type="primary", key=f"publish_{key}"
    ):
        with st.spinner(t("data.publishing", lang)):
            final = loaders.load(
                filters.engine,
                path,
                dataset=dataset,
                sheet=sheet,
                mapping=mapping,
                add_missing=admit,
                whole_months=whole,
                file_name=name,
            )
        done[key] = final.say(lang)
        st.rerun()
    elif result.message != "dry_run":
        st.error(result.say(lang))


def _dataset_name(name: str, lang: str) -> str:
    contract = datasets.get(name)
    return contract.zh if lang == "zh" else contract.en


def _field_name(dataset: str, field: str, lang: str) -> str:
    found = datasets.get(dataset).by_name.get(field)
    return (found.headings[0] if found and found.headings and lang == "zh" else field) if found else field


def _mapping(info: loaders.SheetInfo, dataset: str, key: str, lang: str) -> dict[str, str]:
    """Which heading is which field: what was matched, and a choice for what was not."""
    used = sum(1 for target in info.mapping.values() if target)
    chosen: dict[str, str] = {}
    title = t("data.columns", lang, used=used, open=len(info.ignored))
    with st.expander(title, expanded=bool(info.missing)):
        if info.preview:
            width = max(len(r) for r in info.preview)
            heads = [h or f"({i + 1})" for i, h in enumerate((info.headings + [""] * width)[:width])]
            unique = [h if heads.index(h) == i else f"{h} ({i + 1})" for i, h in enumerate(heads)]
            st.dataframe(
                pd.DataFrame([(r + [""] * width)[:width] for r in info.preview], columns=unique),
                hide_index=True,
                height=180,
            )
        if info.mapping:
            st.caption("　".join(f"{h} → {_target(dataset, f, lang)}" for h, f in list(info.mapping.items())[:40]))
        if info.ignored:
            st.caption(t("data.ignored", lang))
            columns = st.columns(3)
            for n, heading in enumerate(info.ignored[:30]):
                target = columns[n % 3].selectbox(
                    heading,
                    ["", *datasets.get(dataset).by_name],
                    key=f"data_map_{key}_{dataset}_{n}",
                    format_func=lambda f: _field_name(dataset, f, lang) if f else t("data.not_used", lang),
                )
                if target:
                    chosen[heading] = target
    return chosen


def _target(dataset: str, target: str, lang: str) -> str:
    field, _, rest = target.partition(":")
    return _field_name(dataset, field, lang) + (f"（{rest}）" if rest else "")


def _counts(result: loaders.LoadResult, lang: str) -> None:
    """The five counts and their sum, which must equal the rows of the sheet."""
    total = result.accepted + result.refused + result.skipped
    names = ("new", "replaced", "unchanged", "refused", "skipped")
    cells = "".join(
        f'<div class="sqm-count{" worse" if name == "refused" and getattr(result, name) else ""}">'
        f"<b>{getattr(result, name):,}</b><span>{t(f'data.count_{name}', lang)}</span></div>"
        for name in names
    )
    fits = (
        t("data.sum", lang, total=f"{total:,}")
        if total == result.rows
        else t("data.sum_off", lang, total=f"{total:,}", rows=f"{result.rows:,}")
    )
    if result.records is not None:
        fits += t("data.records", lang, records=f"{result.records:,}", refused=f"{result.records_refused or 0:,}")
    st.html(f'<div class="sqm-counts">{cells}</div><div class="sqm-note">{fits}</div>')


def _admission(result: loaders.LoadResult, dataset: str, key: str, lang: str) -> None:
    """Offer to admit values that a reference table does not know."""
    contract = datasets.get(dataset)
    unknown: dict[str, set[str]] = {}
    for problem in result.problems:
        if problem.rule != "unknown_value":
            continue
        reference = problem.params.get("reference")
        for field in contract.fields:
            if field.refers_to == reference:
                unknown.setdefault(field.name, set()).add(problem.value)
                break
    state = f"data_admit_{key}"
    if not unknown and not st.session_state.get(state):
        return
    options = sorted(set(unknown) | set(st.session_state.get(state, [])))
    st.multiselect(
        t("data.admit", lang),
        options,
        key=state,
        help=t("data.admit_help", lang),
        format_func=lambda f: f"{_field_name(dataset, f, lang)}：{'、'.join(sorted(unknown.get(f, ()))[:8])}".rstrip(
            "："
        ),
    )


def problems_of(problems: list[loaders.Problem], lang: str, file_name: str, key: str) -> None:
    """The refused cells with their place and reason, and a file of them."""
    if not problems:
        return
    columns = {name: t(f"data.problem_{name}", lang) for name in ("sheet", "row", "column", "value", "reason")}
    table = pd.DataFrame(
        [
            {"sheet": p.sheet, "row": p.row, "column": p.column, "value": p.value, "reason": p.say(lang)}
            for p in problems
        ]
    ).rename(columns=columns)
    results.heading(t("data.problems", lang, n=f"{len(problems):,}"), t("data.problems_note", lang))
    st.dataframe(
        table.head(SHOWN),
        hide_index=True,
        height=min(38 + 35 * len(table), 260),
        column_config={columns["reason"]: st.column_config.TextColumn(width="large")},
    )
    st.download_button(
        t("data.problems_csv", lang),
        table.to_csv(index=False).encode("utf-8-sig"),
        file_name,
        "text/csv",
        key=f"problems_{key}",
    )


def batches_of(filters: Filters) -> None:
    """What was loaded, by whom, when, with its counts; undo of any batch."""
    lang = filters.lang
    table = loaders.batches(filters.engine)
    if table.empty:
        return
    results.heading(t("data.batches", lang), t("data.batches_note", lang))
    shown = pd.DataFrame(
        {
            t("data.batch_id", lang): table["id"],
            t("data.dataset", lang): [_dataset_name(d, lang) for d in table["dataset"]],
            t("data.file", lang): table["file_name"],
            t("data.sheet", lang): table["sheet"],
            **{t(f"data.count_{n}", lang): table[n] for n in ("new", "replaced", "unchanged", "refused", "skipped")},
            t("data.loaded_at", lang): table["loaded_at"],
            t("data.loaded_by", lang): table["loaded_by"],
            t("data.status", lang): [t(f"data.status_{s}", lang) for s in table["status"]],
        }
    )
    st.dataframe(shown, hide_index=True, height=min(38 + 35 * len(shown), 320))
    standing = table[table["status"] == "published"]
    if standing.empty:
        return
    names = {int(r.id): f"{r.id} · {_dataset_name(r.dataset, lang)} · {r.file_name}" for r in standing.itertuples()}
    left, middle, right = st.columns([2.4, 1, 1], vertical_alignment="bottom")
    batch = left.selectbox(t("data.choose_batch", lang), list(names), format_func=names.__getitem__, key="data_batch")
    if middle.button(t("data.undo", lang), key="undo"):
        with frame.guard(lang), st.spinner(t("data.undoing", lang)):
            loaders.undo(filters.engine, batch)
        st.session_state["data_done"] = {"last": [t("data.undone", lang, batch=batch)]}
        st.rerun()
    if right.toggle(t("data.show_problems", lang), key="data_show_problems"):
        found = loaders.problems(filters.engine, batch)
        if found:
            problems_of(found, lang, f"batch_{batch}_problems.csv", f"batch_{batch}")
        else:
            st.caption(t("data.no_problems", lang))


def extract_of(filters: Filters) -> None:
    """A table or a query of another database, through the same checks."""
    lang = filters.lang
    with st.expander(t("data.extract", lang)), st.form("extract", border=False):
        st.caption(t("data.extract_note", lang))
        address = st.text_input(
            t("data.extract_url", lang),
            type="password",
            key="extract_url",
            placeholder="postgresql://reader:…@host/database",
        )
        query = st.text_input(t("data.extract_query", lang), key="extract_query", placeholder="tickets_2026_10")
        dataset = st.selectbox(
            t("data.dataset", lang),
            [d.name for d in datasets.ALL],
            key="extract_dataset",
            format_func=lambda d: _dataset_name(d, lang),
            index=[d.name for d in datasets.ALL].index("complaints"),
        )
        columns = st.columns(2)
        check = columns[0].form_submit_button(t("data.extract_check", lang), key="extract_check")
        publish = columns[1].form_submit_button(
            t("data.extract_publish", lang), type="primary", key="extract_publish"
        )
    if (check or publish) and address and query:
        with frame.guard(lang), st.spinner(t("data.reading", lang)):
            result = loaders.load_extract(filters.engine, address, query, dataset=dataset, dry_run=not publish)
        if result.published:
            st.session_state["data_done"] = {"last": [result.say(lang)]}
            st.rerun()
        _counts(result, lang)
        st.caption(result.say(lang))
        problems_of(result.problems, lang, "extract_problems.csv", "extract")


@st.cache_data(max_entries=32, show_spinner=False)
def _template(url: str, version: int, dataset: str, lang: str) -> bytes:
    engine = warehouse.engine()
    known = {f.refers_to for f in datasets.get(dataset).fields if f.refers_to}
    entries = {name: list(metrics.labels(engine, name, lang).values()) for name in known}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "template.xlsx"
        loaders.template(dataset, path, lang, entries)
        return path.read_bytes()


def templates_of(filters: Filters) -> None:
    """An empty workbook of each dataset, with its headings and explanations."""
    lang = filters.lang
    box = st.expander(t("data.templates", lang), on_change="rerun", key="data_templates")
    if not box.open:
        return
    with box:
        columns = st.columns(4)
        for n, contract in enumerate(datasets.ALL):
            columns[n % 4].download_button(
                _dataset_name(contract.name, lang),
                _template(str(filters.engine.url), filters.version, contract.name, lang),
                f"{contract.name}.xlsx",
                key=f"template_{contract.name}",
                on_click="ignore",
                type="tertiary",
            )
