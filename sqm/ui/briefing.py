"""What the Overview says: what really moved, what is still open, what was promised; and how much of it all is noise."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from html import escape
from typing import Any
from urllib.parse import urlencode

import pandas as pd
import streamlit as st

from sqm import metrics, minutes, signals, verdicts
from sqm.i18n import number, t
from sqm.ui import ledger, parts, results, units, watch
from sqm.ui.filters import Filters
from sqm.ui.imports import afterwards
from sqm.ui.meeting_words import today
from sqm.ui.memory import drawn, remembered
from sqm.ui.words import plain

#: So many movements have room in the table.
MOST_MOVES = 5
#: So many alarms have room.
MOST_ALARMS = 5
#: So many of each kind have room in a sentence.
MOST_SAID = 2
#: What the operator promises its customers and the data can tell.
PROMISED = ("first_reply_in_time", "queue_in_time")
#: The page of a number, by its source, and what that page lets choose of it.
PAGE_OF = {"surveys": ("satisfaction", "city", "element"), "complaints": ("complaints", "city", "category"), "audits": ("stores", "city")}


@dataclass(frozen=True)
class Moved:
    """One movement in words: ``what`` moved, its two values, its difference with interval; ``link``: where it is seen.

    ``alone``: that one batch of tickets made it, which is over.
    """

    what: str
    before: str
    value: str
    change: str
    interval: str
    verdict: str
    link: str
    alone: str = ""


def movements(filters: Filters) -> signals.Movements:
    """What really moved, of all that is compared: the same whatever is chosen, and in every language."""
    return watch.said(filters).movements


@remembered
def _told(filters: Filters) -> tuple[int, int, list[Moved]]:
    found = movements(filters)
    news = found.headlines
    batches = {(row.city, row.category): f"{row.since:%Y-%m}" for row in watch.hits(filters).itertuples() if row.detector == "batch" and not row.open}
    said = [replace(_moved(filters, row), alone=batches.get((row.city, row.category), "") if row.verdict == "worse" and row.metric == "complaint_rate" else "")
            for row in news.itertuples()]
    said += [_moved(filters, row, "year") for row in found.only_yearly.itertuples()]
    return found.compared, found.confirmed, sorted(said, key=lambda one: (one.verdict != "worse", bool(one.alone)))


def told(filters: Filters) -> tuple[int, int, list[Moved]]:
    """(how many were compared, how many are confirmed, each story of them once: bad ones first, and of those what one batch made,
    which is over, last; of each kind the surest first).
    """
    return _told(replace(filters, where={}, period=None, span=""))


def _moved(filters: Filters, row: Any, against: str = "") -> Moved:
    lang, definition = filters.lang, metrics.get(row.metric)
    where = {split: getattr(row, split) for split in signals.SPLITS if getattr(row, split)}
    digits = 2 if definition.kind == "rate" and abs(row.difference) < 1 else definition.digits
    page, *all_of = PAGE_OF[definition.source]
    query = {**dict.fromkeys(all_of, ""), **where, "period": signals.MONTHS, "lang": lang}
    what = name_of(filters, row)
    return Moved(t("overview.than_a_year_ago", lang, what=what) if against else what, number(row.before, digits), number(row.value, digits),
                 ("▲ " if row.difference > 0 else "▼ ") + number(row.difference, digits, sign=True),
                 f"{number(row.lo, digits, sign=True)} – {number(row.hi, digits, sign=True)}", str(row.verdict), f"{page}?{urlencode(query)}")


def named(filters: Filters, row: Any) -> str:
    """A movement in a few words: "Suqian hotline satisfaction ▼ −10.4"."""
    one = _moved(filters, row, getattr(row, "against", ""))
    return f"{one.what} {one.change}"


def name_of(filters: Filters, row: Any) -> str:
    """What was compared, in words: "Suqian hotline satisfaction"."""
    where = [(split, getattr(row, split)) for split in reversed(signals.SPLITS) if getattr(row, split)]
    named = [results.labels(filters, split).get(value, value) for split, value in where]
    if filters.scope.cities is not None and not row.city:  # to a branch its own city is what goes without saying
        named.insert(0, t("satisfaction.province_word", filters.lang))
    return " ".join([*named, t(f"overview.short.{row.metric}", filters.lang)])


@remembered
def beside_half_a_year_ago(filters: Filters, metric: str) -> str:
    """How the number of the page's six months stands to the six before, where just that was compared; else ""."""
    rows = movements(filters).rows
    chosen = filters.only(metric)
    if int(filters.span) != signals.MONTHS if filters.span.isdigit() else True:
        return ""
    if set(filters.where) - set(signals.SPLITS) or set(chosen) != set(filters.where):
        return ""
    here = rows["metric"] == metric
    for split in signals.SPLITS:
        here &= rows[split] == chosen.get(split, "")
    if not here.any():
        return ""
    row = next(rows[here].itertuples())
    one = _moved(filters, row)
    verdict = "confirmed" if row.verdict in ("better", "worse") else "unconfirmed_many" if row.lo * row.hi > 0 else "unconfirmed"
    what = one.what if chosen else f"{t('satisfaction.province_word', filters.lang)} {one.what}"
    return t("overview.half_before", filters.lang, what=what, before=one.before, change=one.change, interval=one.interval,
             word=t(f"overview.{verdict}", filters.lang, **({"of": number(movements(filters).compared)} if verdict == "unconfirmed_many" else {})))


def finding_of(filters: Filters) -> str:
    """The sentence at the head: how many of all changes are confirmed, and the first of them. "" where nothing was compared."""
    lang, (compared, confirmed, news) = filters.lang, told(filters)
    if not compared:
        return ""
    if not news:
        return t("overview.finding_none", lang, of=number(compared))
    first = news[0]
    return t("overview.finding", lang, of=number(compared), n=confirmed, what=first.what, change=first.change)


def panel_of(filters: Filters) -> None:
    """Three sentences side by side, each with links to what it is said of."""
    lang = filters.lang
    said = [(t("overview.panel_moved", lang), _sentence_moved(filters)), (t("overview.panel_open", lang), _sentence_open(filters)),
            (t("overview.panel_promised", lang), _sentence_promised(filters))]
    st.html(parts.briefing(said))


def _sentence_moved(filters: Filters) -> str:
    lang, (compared, _, news) = filters.lang, told(filters)
    if not compared:
        return escape(t("overview.not_compared", lang))
    if not news:
        return escape(t("overview.moved_none", lang, of=number(compared)))
    said = []
    for verdict in ("worse", "better"):
        of = [one for one in news if one.verdict == verdict]
        listed = [f"{_link(one.what, one.link)} {_strong(one.change, verdict, one.interval)}{_alone(filters, one)}" for one in of[:MOST_SAID]]
        if more := len(of) - MOST_SAID if len(of) > MOST_SAID else 0:
            listed.append(t("overview.moved_more", lang, n=more))
        if listed:
            said.append(t(f"overview.moved_{verdict}", lang, listed=("；" if lang == "zh" else "; ").join(listed)))
    return "<br>".join(said)


def _alone(filters: Filters, one: Moved) -> str:
    if not one.alone:
        return ""
    beside, why = t("overview.alone", filters.lang), t("overview.alone_why", filters.lang, month=one.alone)
    return f'<span title="{escape(why)}">{escape(f"（{beside}）" if filters.lang == "zh" else f" ({beside})")}</span>'


def _sentence_open(filters: Filters) -> str:
    said = [*_targets_missed(filters), *_contradictions(filters), *_overdue(filters)]
    return " ".join(said) or escape(t("overview.nothing_open", filters.lang))


def _overdue(filters: Filters) -> Iterator[str]:
    """Actions of the service meeting whose day has passed; of all of them, to who sees all cities."""
    if filters.scope.cities is not None:
        return
    late = sum(one.overdue(today()) for one in minutes.all_actions(filters.engine))
    if late:
        yield _link(t("overview.overdue", filters.lang, n=late), f"meeting?{urlencode({'lang': filters.lang})}")


def _targets_missed(filters: Filters) -> Iterator[str]:
    """Headline numbers that were surely on the wrong side of their target over six months, and still are; promises apart."""
    lang = filters.lang
    for metric in metrics.HEADLINES:
        goal, row, last = results.target(filters, metric, filters.where.get("city", "")), _over(filters, metric, signals.MONTHS), _over(filters, metric, 1)
        if metric in PROMISED or row is None or goal is None or last is None:
            continue
        still = (last["value"] < goal) == (row["value"] < goal)
        if still and verdicts.side(row, goal, metrics.get(metric)) == "worse":
            page, *all_of = PAGE_OF[metrics.get(metric).source]
            query = urlencode({**dict.fromkeys(all_of, ""), **filters.where, "period": signals.MONTHS, "lang": lang})
            named = _link(t(f"metrics.{metric}.name", lang), f"{page}?{query}")
            yield t("overview.target_missed", lang, what=named, value=_strong(results.number(row["value"], metric), "worse"),
                    margin=results.margin(row, metric), target=results.number(goal, metric))


def _contradictions(filters: Filters) -> Iterator[str]:
    pairs = watch.said(filters).contradictions
    for row in pairs[pairs["contradicts"].astype(bool)].head(1).to_dict("records"):
        lang, query = filters.lang, urlencode({"city": row["city"], "element": row["element"], "period": signals.MONTHS, "lang": filters.lang})
        value, target = units.figures_of(filters, row)
        yield t("overview.contradiction", lang, place=_place(filters, row["city"]), value=escape(value), target=escape(target),
                indicator=_link(results.labels(filters, "indicator_list").get(row["indicator"], row["indicator"]), f"metrics?lang={lang}"),
                element=_link(results.labels(filters, "elements").get(row["element"], row["element"]), f"satisfaction?{query}"),
                perceived=_strong(results.number(row["perceived"], "satisfaction"), "worse"), expected=results.number(row["expected"], "satisfaction"))


def _sentence_promised(filters: Filters) -> str:
    """What the ledger says of the last six months: what is broken, what is kept, what cannot be told."""
    first = next((name for name in PROMISED if results.measured(filters, name)), PROMISED[0])
    lang, months = filters.lang, results.window(filters, first, signals.MONTHS)
    rows = ledger.ledger_of(replace(filters, where={k: v for k, v in filters.where.items() if k == "city"}, period=months, span=str(signals.MONTHS)))
    rows = rows[(rows["reason"] == "") & (rows["verdict"] != "")]
    if rows.empty:
        return escape(t("overview.no_promise", lang))
    said, where = [], f"promises?{urlencode({'city': '', 'period': signals.MONTHS, 'lang': lang})}"
    for verdict, key in (("worse", "promise_broken"), ("better", "promise_kept"), ("unclear", "promise_unclear")):
        of = rows[rows["verdict"] == verdict].to_dict("records")
        listed = [t("overview.promise", lang, what=_link(results.labels(filters, "promises").get(row["promise"], row["promise"]), where),
                    value=_strong(f"{results.number(row['value'], row['metric'])}%", verdict, _doubt(row, lang)),
                    promised=number(row["promised"], 0 if float(row["promised"]).is_integer() else 1)) for row in of]
        if listed:
            said.append(t(f"overview.{key}", lang, listed=("；" if lang == "zh" else "; ").join(listed)))
    return "<br>".join(said)


def _doubt(row: dict, lang: str) -> str:
    return f"{results.margin(row, row['metric'])}, {results.based(row, row['metric'], lang)}"


def _over(filters: Filters, metric: str, months: int) -> pd.Series | None:
    """A number over its last ``months``, None where it has none: from the same answer as its card, where months add up."""
    period, course = results.window(filters, metric, months), results.fetch(metric, filters, by=("month",))
    if period and len(course) and metrics.get(metric).piece_names and course.attrs.get("basis") != "index":
        found = metrics.over(metric, course, (), period)
    else:
        found = results.fetch(metric, filters, period=period)
    found = found.dropna(subset=["value"])
    return found.iloc[0] if len(found) else None


def _link(text: str, where: str) -> str:
    return f'<a class="sqm-link" href="{escape(where)}" target="_self">{escape(text)}</a>'


def _strong(text: str, verdict: str, doubt: str = "") -> str:
    return f'<b class="{escape(verdict)}" title="{escape(doubt)}">{escape(text)}</b>' if doubt else f'<b class="{escape(verdict)}">{escape(text)}</b>'


def _place(filters: Filters, city: str) -> str:
    return escape(results.labels(filters, "cities").get(city, city) if city else t("satisfaction.province_word", filters.lang))


def alarms_of(filters: Filters) -> None:
    """The alarms of the six detectors: the open ones first, then those of the last months that are over."""
    lang, rows = filters.lang, watch.alarms(filters)
    if not len(rows):
        results.heading(t("overview.alarms_none", lang), t("overview.alarms_note", lang))
        return
    still = rows["open"].astype(bool)
    title = t("overview.alarms", lang, n=int(still.sum())) if still.any() else t("overview.alarms_none", lang)
    results.heading(title + (t("overview.alarms_over", lang, n=int((~still).sum())) if (~still).any() else ""), t("overview.alarms_note", lang))
    ordered = pd.concat([rows[still], rows[~still]]).head(MOST_ALARMS)
    st.html(parts.table([("", False)] * 3, [watch.short_line(filters, row) for row in ordered.to_dict("records")]))


def news_of(filters: Filters) -> None:
    """How much of what moved is noise, as a strip, and what is not, each a link to where it is seen."""
    lang, (compared, confirmed, news) = filters.lang, told(filters)
    if not compared:
        results.heading(t("overview.strip_title_none", lang))
        st.caption("；".join(_changed(filters)) or t("overview.not_compared", lang))
        return
    strip = afterwards("sqm.charts.noise").strip  # with Altair, for which the cards need not wait
    shown = movements(filters).every
    said = [_moved(filters, row, row.against) if row.verdict in ("better", "worse") else None for row in shown.itertuples()]
    words = pd.DataFrame([{"name": one.what if one else "", "text": one.change if one else ""} for one in said], index=shown.index)
    results.chart(
        drawn(strip, shown[["z", "verdict"]].join(words), filters.theme, lang),
        filters,
        title=t("overview.strip_title", lang, of=number(compared), noise=number(compared - confirmed)),
        key="news",
        note=t("overview.strip_note", lang),
        alt=t("overview.strip_alt", lang, of=number(compared), n=confirmed),
    )
    told_of: list[list[parts.Told]] = [
        [(one.what, "", one.link), (f"{one.before} → {one.value}", "", ""), (one.change, f"{one.verdict} strong", ""), (one.interval, "unclear", "")]
        for one in news[:MOST_MOVES]]
    heads = [("overview.head_what", False), ("overview.head_values", True), ("overview.head_change", True), ("overview.head_interval", True)]
    if told_of:
        rate = number(100 * results.limits(filters).false_news, 0)
        st.html(parts.table([(t(key, lang), numeric) for key, numeric in heads], told_of, t("overview.confirmed_why", lang, rate=rate)))
    more, inside = max(0, len(news) - MOST_MOVES), confirmed - len(news)
    if notes := [*([t("overview.moved_more", lang, n=more)] if more else []), *([t("overview.moved_inside", lang, n=inside)] if inside else []), *_changed(filters)]:
        st.caption("；".join(notes) if lang == "zh" else "; ".join(notes))


def _changed(filters: Filters) -> list[str]:
    """What is not compared, since the questionnaire changed within the months compared."""
    both = movements(filters).windows.get("satisfaction")
    rows = signals.across(results.breaks(filters), both) if both else pd.DataFrame()
    english = filters.lang == "en"
    names = [f"{pd.Timestamp(row.on):%Y-%m-%d} {row.en if english and isinstance(row.en, str) and row.en else row.zh}" for row in rows.itertuples()]
    return [t("overview.changed", filters.lang, names=plain(("、" if filters.lang == "zh" else ", ").join(names)))] if names else []
