"""The frame every page stands in: navigation, head with finding and filters, "as of", language, notices, errors."""

from __future__ import annotations

import contextlib
import gc
import threading
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from html import escape, unescape
from pathlib import Path

import streamlit as st

from sqm import metrics, warehouse
from sqm.access import EVERYTHING, LOCAL, OTHERS, Person, Scope
from sqm.errors import SqmError
from sqm.i18n import LANGUAGES, number, say, t
from sqm.ui import address, browser, door, style
from sqm.ui.filters import SPANS, Filters, chips
from sqm.ui.person import allowed
from sqm.ui.words import plain

ROOT = Path(__file__).resolve().parents[2]
ICON = str(Path(__file__).with_name("icon.png"))
PAGES = ("overview", "satisfaction", "complaints", "stores", "blueprint", "meeting", "accountability", "promises", "metrics", "data")
#: The metrics whose newest month ends the period of a page, and the datasets of whose freshness it speaks.
ABOUT = {
    "overview": (metrics.HEADLINES, ("surveys", "complaints")),
    "satisfaction": (("satisfaction",), ("surveys",)),
    "complaints": (("complaint_rate", "complaints"), ("complaints",)),
    "stores": (("audit_score",), ("audits",)),
    "blueprint": (metrics.HEADLINES, ("surveys", "complaints")),
    "meeting": (metrics.HEADLINES, ("surveys", "complaints")),
    "accountability": (metrics.HEADLINES, ("surveys", "complaints")),
    "promises": (("first_reply_in_time", "queue_in_time", "breaches"), ("complaints", "audits")),
    "metrics": ((*metrics.HEADLINES, "indicator"), ("surveys", "complaints")),
    "data": ((), ()),
}
#: The filters of each page.
USES = {
    "overview": ("channel", "segment"),
    "satisfaction": ("period", "city", "element", "channel", "segment"),
    "complaints": ("period", "city", "category", "channel", "segment"),
    "stores": ("period", "city"),
    "blueprint": ("period", "city"),
    "meeting": (),
    "accountability": ("period", "city"),
    "promises": ("period", "city"),
    "metrics": (),
    "data": (),
}
#: What the menu takes along: these mean the same everywhere, and every page that has them knows the same values.
ALONG = ("period", "city")
DEFAULT_SPAN = {"satisfaction": "6", "stores": "6", "blueprint": "6", "complaints": "6", "promises": "6", "metrics": "6", "accountability": "6"}
_CLEARING = "_clearing_sample"
#: Somebody has asked for a page.
asked = threading.Event()


@st.cache_resource
def _settled() -> bool:
    """Once per process, after a page: Streamlit collects garbage around every run; what is imported need not be seen."""
    gc.collect()
    gc.freeze()
    return True


def run() -> None:
    """The whole of ``app.py``: declare the pages and run the chosen one."""
    asked.set()
    st.session_state["_frame"] = True
    try:
        page = _navigation()
        # The Data page reads workbooks, which takes longer than others should wait for the warehouse.
        with contextlib.nullcontext() if page.url_path == "data" else warehouse.kept_open():
            page.run()
        _settled()
    finally:
        st.session_state["_frame"] = False


def _navigation():
    lang = language()
    st.set_page_config(page_title="SQM", page_icon=ICON, layout="wide")
    pages = [
        st.Page(
            ROOT / "pages" / f"{name}.py",
            title=t(f"frame.page_{name}", lang),
            # The first page stands at "/" and reserves its path: a link to it by name needs a page of its own.
            url_path="start" if name == "overview" else name,
            default=name == "overview",
        )
        for name in PAGES
    ]
    named = st.Page(ROOT / "pages" / "overview.py", title="SQM", url_path="overview", visibility="hidden")
    chosen = st.navigation([*pages, named], position="top")
    if chosen is named:
        # The menu marks a page by its address alone: show the first page where its item stands.
        st.switch_page(pages[0], query_params={key: st.query_params.get_all(key) for key in st.query_params})
    return chosen


def language() -> str:
    """The reader's language: what they chose, else the URL, else what their browser asks for."""
    return address.language(LANGUAGES, default_language())


def default_language() -> str:
    """What the browser asks for, Chinese or else English."""
    return "zh" if (st.context.locale or "zh").lower().startswith("zh") else "en"


def open(page: str) -> Filters:
    """Open a page: head, filters (``USES``) and notices. Stops with a sentence where there is nothing to open."""
    if not st.session_state.get("_frame"):
        # A cold link to a page runs its file alone: declare the pages, and the next run starts from app.py.
        _navigation()
        st.rerun()
    lang = language()
    st.html(style.css(lang))
    st.html(
        f"<script>document.documentElement.lang={'zh-CN' if lang == 'zh' else 'en'!r}</script>",
        unsafe_allow_javascript=True,
    )
    with guard(lang):
        return _open(page, USES[page], lang)
    raise AssertionError("guard stops the page")


def _open(page: str, uses: tuple[str, ...], lang: str) -> Filters:
    engine = warehouse.engine()
    version = warehouse.data_version(engine)
    person = door.enter(engine, lang)
    local = person.role == LOCAL
    if local and page == "overview":
        uses = ("city", *uses)
    known = _known(str(engine.url), version, ABOUT[page], lang, uses, person.scope)
    if local and "city" in uses and not known["values"]["city"]:
        door.nowhere(person, lang)
    address.begin(page)
    if page == "overview":
        # It speaks of all cities: a choice that it does not show is not kept behind the reader's back.
        address.forget(set(ALONG) - set(uses))
    with st.container(key="head", gap=None):
        with st.container(key="chips", horizontal=True, vertical_alignment="center", gap="xsmall"):
            as_of_line = f'<span class="sqm-asof">{as_of(known["freshness"], lang)}</span>'
            st.html(f'<div class="sqm-crumb">{t(f"frame.page_{page}", lang)}{as_of_line}</div>')
            _sample_pill(known["freshness"], lang, person)
            defaults = chips(uses, lang, known["values"], DEFAULT_SPAN.get(page, "24"), held=("city",) if local else ())
            st.segmented_control(
                t("frame.language", lang),
                list(LANGUAGES),
                key="lang",
                format_func=lambda code: {"zh": "中文", "en": "EN"}[code],
                label_visibility="collapsed",
                required=True,
            )
            door.leave(person, lang)
            chosen = address.after({**defaults, "lang": default_language()})
            chosen.pop("lang")
        head = st.container(key="finding", gap=None)
    browser.watch({"" if name == "overview" else name: address.link([k for k in ALONG if k in USES[name]]) for name in PAGES})
    tell_unknown(lang, defaults, known["values"] if local else {})
    filters = _filters(page, lang, st.context.theme.type or "light", engine, version, known, chosen, head, person)
    _sample_clearing(filters)
    if not filters.beside:
        st.caption(t("access.no_whole", lang))
    if page != "data" and not known["months"]:
        title(filters, t("frame.empty_title", lang))
        st.info(t("frame.empty", lang))
        st.page_link("pages/data.py", label=t("frame.to_data", lang))
        st.stop()
    return filters


def tell_unknown(lang: str, defaults: Mapping[str, str], held: Mapping[str, Mapping[str, str]]) -> None:
    """Say what the address asks for that is not there, and what is shown instead; of the widgets in ``defaults``.

    To a branch (``held``: what it may choose from) another city is as unknown as one that does not exist.
    """
    for name, said in address.unknown().items():
        if name == "city" and held:
            st.warning(plain(t("access.not_your_city", lang, city=held["city"].get(defaults["city"], defaults["city"]))))
        elif name in defaults:
            known = t(f"frame.period_{defaults[name]}" if name == "period" else f"frame.all_{name}", lang)
            told = {"name": t(f"frame.filter_{name}", lang), "said": said[:60], "shown": known}
            st.warning(plain(t("frame.unknown_choice", lang, **told)))


def _filters(page: str, lang: str, theme: str, engine, version: int, known: dict, chosen: dict, head=None, person: Person | None = None) -> Filters:
    """What goes to every number of the page: the choices, the state of the data, the reader's language, colours and rights.

    ``person``: None where nobody reads yet.
    """
    scope = EVERYTHING if person is None else person.scope
    span = chosen.get("period") or DEFAULT_SPAN.get(page, "24")
    return Filters(
        page=page,
        lang=lang,
        theme=theme,
        engine=engine,
        version=version,
        period=_period(known["months"], span),
        where={k: v for k, v in chosen.items() if v and k != "period"},
        span=span,
        freshness=known["freshness"],
        head=head,
        scope=scope,
        beside=scope.cities is None or known["others"] >= OTHERS,
        person=person or Person(),
    )


def warm(languages: Sequence[str]) -> None:
    """Work out the cards of the first page while the first reader's browser is still busy; from then on they come first."""
    from sqm.ui.headlines import cards_of

    with warehouse.kept_open():
        engine = warehouse.engine()
        version = warehouse.data_version(engine)
        for lang in languages:
            known = _known(str(engine.url), version, ABOUT["overview"], lang, USES["overview"], EVERYTHING)
            cards_of(_filters("overview", lang, "light", engine, version, known, {}))


def title(filters: Filters, text: str, base: str = "") -> None:
    """Write the finding, or the question, at the head of the page; ``base``: what it is counted from.

    Both may hold names from the data: shown as text.
    """
    beside = f'<span class="sqm-base">{escape(unescape(base))}</span>' if base else ""
    with filters.head:
        st.html(f'<h1 class="sqm-finding">{escape(unescape(text))}</h1>{beside}')


def as_of(fresh, lang: str) -> str:
    """The line that says how fresh the numbers are: extract time, data version, rows."""
    if not fresh.get("version"):
        return t("frame.as_of_none", lang)
    return t(
        "frame.as_of",
        lang,
        date=_days(fresh, lang),
        version=fresh["version"],
        rows=number(fresh["rows"]),
    )


def _days(fresh, lang: str) -> str:
    """The day up to which the data reach; of each kind, where they do not reach into the same month."""
    each = fresh.get("each", {})
    if len({f"{moment:%Y-%m}" for moment in each.values()}) > 1:
        return (", " if lang == "en" else "、").join(f"{t(f'frame.source_{source}', lang)} {moment:%Y-%m-%d}" for source, moment in each.items())
    return f"{fresh['as_of']:%Y-%m-%d}" if fresh.get("as_of") else "–"


@contextlib.contextmanager
def guard(lang: str) -> Iterator[None]:
    """Say an SqmError in the reader's words and stop the page; nobody ever meets a traceback."""
    try:
        yield
    except SqmError as error:
        st.error(plain(say(error, lang)))
        st.stop()


@st.cache_data(max_entries=64, show_spinner=False)
def _known(
    url: str, version: int, about: tuple[tuple[str, ...], tuple[str, ...]], lang: str, uses: tuple[str, ...], scope: Scope
) -> dict:
    """What the head needs to know of the data, asked once per data version."""
    engine = warehouse.engine()
    shown, sources = about
    # A rate without a single month in common with the customers still has tickets to show.
    known = [metrics.measured(engine, metrics.get(n)) or metrics.months(engine, metrics.get(n).source) for n in shown]
    months = sorted({month for of_one in known for month in of_one})
    values: dict[str, dict[str, str]] = {}
    for name in uses:
        if name == "city":
            values[name] = {city: named for city, named in metrics.labels(engine, "cities", lang).items() if scope.sees(city)}
        elif name == "element":
            named = metrics.labels(engine, "elements", lang)
            values[name] = {k: v for k, v in named.items() if k not in metrics.PSEUDO_ELEMENTS}
        elif name == "category":
            values[name] = metrics.labels(engine, "categories", lang)
        elif name in ("channel", "segment"):
            source = "complaints" if sources == ("complaints",) else "surveys"
            metric = "complaints" if source == "complaints" else "satisfaction"
            found = metrics.fetch(engine, metric, by=(name,), scope=scope) if months else None
            options = [] if found is None else [v for v in found[name] if v]
            named = metrics.labels(engine, name, lang)
            values[name] = {v: named.get(v, v) for v in options}
    moments = {source: moment for source in sources if (moment := warehouse.source_as_of(engine, source)) is not None}
    fresh = {**metrics.freshness(engine), **({"as_of": max(moments.values()), "each": moments} if moments else {})}
    others = len([city for city in metrics.reference_frame(engine, "cities")["city"] if not scope.sees(city)])
    return {"months": months, "values": values, "freshness": fresh, "others": others}


def _period(months: list[date], span: str) -> tuple[date, date] | None:
    if not months:
        return None
    last = months[-1]
    return (months[0] if not SPANS[span] else max(metrics.back(last, SPANS[span]), months[0])), last


def _sample_pill(fresh, lang: str, person: Person) -> None:
    """Beside the title: that the data are made up, and to who may the way to be rid of them."""
    if fresh.get("sample") and not person.may("clear"):
        st.html(f'<span class="sqm-asof">{t("frame.sample", lang)}</span>')
    elif fresh.get("sample"):
        st.button(t("frame.sample_clear", lang), key="clear_sample", type="tertiary", help=t("frame.sample", lang), on_click=_ask_to_clear)


def _sample_clearing(filters: Filters) -> None:
    """Asks whether to clear the sample data, once that was asked for, and does so."""
    lang = filters.lang
    if not filters.freshness.get("sample") or not st.session_state.get(_CLEARING, False):
        return
    with st.container(key="sample", horizontal=True, vertical_alignment="center"):
        st.html(f'<div class="sqm-sample">{t("frame.sample", lang)} <b>{t("frame.sample_ask", lang)}</b></div>')
        sure = st.button(t("frame.sample_sure", lang), key="clear_sample_sure", type="primary")
        if st.button(t("frame.sample_keep", lang), key="clear_sample_keep", type="tertiary") or sure:
            st.session_state.pop(_CLEARING, None)
            if sure:
                with guard(lang), st.spinner(t("frame.sample_clearing", lang)):
                    warehouse.clear_sample(filters.engine, allowed(filters, "clear"))
            st.rerun()


def _ask_to_clear() -> None:
    st.session_state[_CLEARING] = True
