"""The settings with their history, a change tried before it is made, and what was said of every state of the data."""

from __future__ import annotations

from datetime import date
from html import escape
from typing import Any

import streamlit as st

from sqm import settings, settled
from sqm.errors import SqmError, WrongCall
from sqm.i18n import number, say, t
from sqm.limits import SETTINGS
from sqm.ui import briefing, parts, results, watch
from sqm.ui.clock import local
from sqm.ui.filters import Filters
from sqm.ui.memory import remembered
from sqm.ui.person import allowed
from sqm.ui.words import plain

#: The chart by which a change of baselines is shown, and so many names have room.
CHARTED, MOST_NAMED = "complaint_rate", 4
#: So many states of the data have room.
MOST_SAID = 12
_TRIED, _DONE = "metrics_setting_tried", "metrics_setting_done"


@remembered
def _history(filters: Filters) -> dict[str, list[settings.Change]]:
    return {name: settings.history(filters.engine, name) for name in SETTINGS}


@remembered
def _said(filters: Filters) -> tuple[int, list[dict[str, Any]]]:
    """(how many states were judged, what was said of the newest ``MOST_SAID``)."""
    return len(settled.versions(filters.engine)), [{"version": one.version, "at": one.at, "month": one.month, **_counts(one), "changed": _changed(one.said_by),
             "news": [briefing.named(filters, row) for row in one.movements.headlines.itertuples()]}
            for one in (settled.within(one, filters.scope, filters.beside) for one in settled.said(filters.engine, MOST_SAID))]


def _counts(one: settled.Settled) -> dict[str, int]:
    """How much was compared, how much of it confirmed, how many alarms were open."""
    alarms = one.hits[~one.hits["reason"].isin(watch.FACTS)]
    return {"compared": one.movements.compared, "confirmed": one.movements.confirmed, "alarms": int(alarms["open"].astype(bool).sum())}


def _changed(said_by: Any) -> list[str]:
    """The settings that were not at their defaults."""
    return [name for name, setting in SETTINGS.items() if said_by.get(name, setting.default) != setting.default]


def _shown(name: str, value: float | str, lang: str) -> str:
    if SETTINGS[name].unit == "month":
        return str(value) or t("settings.block.first_months", lang)
    return t(f"settings.block.unit_{SETTINGS[name].unit or 'none'}", lang, value=f"{value:g}")


def settings_of(filters: Filters) -> None:
    """Every setting: what holds now, since when, by whom and why; and the place to change one."""
    lang, known, now = filters.lang, _history(filters), settled.newest(filters.engine)
    held = {name: [one for one in changes if now is None or one.since <= now] for name, changes in known.items()}
    changed = sum(bool(changes) for changes in known.values())
    results.heading(t("settings.block.title", lang, n=len(SETTINGS), changed=changed), t("settings.block.note", lang))
    if done := st.session_state.pop(_DONE, ""):
        st.success(plain(done))
    rows: list[list[parts.Told]] = []
    for name, setting in SETTINGS.items():
        last = held[name][0] if held[name] else None
        rows.append([
            (t(f"settings.{name}.name", lang), "", ""), (_shown(name, last.value if last else setting.default, lang), "strong" if last else "", ""),
            (t("settings.block.default", lang, value=_shown(name, setting.default, lang)) if last else t("settings.block.is_default", lang), "unclear", ""),
            (f"{last.since:%Y-%m}" if last else "–", "unclear", ""), (_signed(last) if last else "", "unclear", ""),
            (t(f"settings.{name}.what", lang), "unclear", ""),
        ])
    heads = [("name", False), ("value", True), ("default", False), ("since", False), ("why", False), ("what", False)]
    st.html(parts.table([(t(f"settings.block.head_{name}", lang), numeric) for name, numeric in heads], rows))
    if not filters.person.may("settings"):
        return
    box = st.expander(t("settings.block.change", lang), key="metrics_settings", on_change="rerun")
    if box.open:
        with box:
            _change_of(filters, known, now)


def _signed(one: settings.Change) -> str:
    return f"{one.who or '?'}：{one.why}" if one.why and any(ord(sign) > 0x2E7F for sign in one.why) else f"{one.who or '?'}: {one.why}"


def _change_of(filters: Filters, known: dict[str, list[settings.Change]], now: date | None) -> None:
    """Choose, try, set: nothing is changed before it has been seen what that does."""
    lang = filters.lang
    left, middle, right = st.columns([1.6, 1, 1], vertical_alignment="bottom")
    name = left.selectbox(t("settings.block.which", lang), list(SETTINGS), key="metrics_setting", format_func=lambda one: t(f"settings.{one}.name", lang))
    setting, changes = SETTINGS[name], known[name]
    present = changes[0].value if changes else setting.default
    said = middle.text_input(t("settings.block.value", lang), f"{present:g}" if isinstance(present, int | float) else present, key=f"metrics_value_{name}", max_chars=12)
    since = right.text_input(t("settings.block.since", lang), f"{now or date.today():%Y-%m}", key="metrics_since", max_chars=7, help=t("settings.block.since_help", lang))
    why = st.text_input(t("settings.block.why", lang), key=f"metrics_why_{name}", max_chars=300)
    asked, effect = (name, said, since, why), ""
    try:
        with st.container(horizontal=True, gap="small"):
            if st.button(t("settings.block.try", lang), key="metrics_try"):
                st.session_state[_TRIED] = asked
            if st.session_state.get(_TRIED) == asked:
                value, month = _valid(*asked)
                with st.spinner(t("settings.block.trying", lang)):
                    effect = _effect(filters, name, value, month, now)
                if st.button(t("settings.block.set", lang), key="metrics_set", type="primary"):
                    with st.spinner(t("settings.block.setting", lang)):
                        settings.change(filters.engine, name, value, month, base=changes[0].revision if changes else 0, who=allowed(filters, "settings"), why=why)
                        settled.settle(filters.engine)
                    st.session_state.pop(_TRIED)
                    st.session_state[_DONE] = t("settings.block.done", lang, name=t(f"settings.{name}.name", lang), value=_shown(name, value, lang), month=f"{month:%Y-%m}")
                    st.rerun()
    except SqmError as error:
        st.error(plain(say(error, lang)))
    if effect:
        st.html(f'<div class="sqm-block" role="status">{escape(effect)}</div>')
    if changes:
        st.caption(plain(t("settings.block.history", lang, listed="; ".join(f"{one.since:%Y-%m} → {_shown(name, one.value, lang)} ({_signed(one)})" for one in changes[:6]))))


def _valid(name: str, said: str, since: str, why: str) -> tuple[float | str, date]:
    """(value, first month). Raises WrongCall as ``settings.change`` does."""
    value = SETTINGS[name].valid(said.strip())
    month = SETTINGS["baseline_from"].valid(since)
    if not month:
        raise WrongCall("setting_month", value=since)
    if not why.strip():
        raise WrongCall("setting_why")
    return value, date(int(str(month)[:4]), int(str(month)[5:]), 1)


@remembered
def _tried(filters: Filters, name: str, value: float | str) -> tuple[dict[str, int], list[str], list[str], tuple[str, int, int]]:
    """What a change would do: (the counts, what is confirmed then, what no longer, what control charts then show).

    Of the charts: the months that set the limits, and how many later ones of the whole are beyond them, now and then.
    """
    before, then = watch.said(filters), settled.work_out(filters.engine, filters.version, {name: value})
    sides = [{(row.against, row.metric, row.element, row.category, row.city): briefing.named(filters, row) for row in one.movements.every.itertuples()
              if row.verdict in ("better", "worse")} for one in (before, then)]
    less, more = ([told[key] for key in told if key not in other] for told, other in (sides, sides[::-1]))
    period = results.course(filters, CHARTED)
    charts = [results.controlled(filters, CHARTED, period, one.limits) for one in (before, then)]
    return _counts(then), more, less, (charts[1].attrs.get("baseline", ""), *(int((chart["signal"] != "").sum()) for chart in charts))


def _effect(filters: Filters, name: str, value: float | str, month: date, now: date | None) -> str:
    """What a change would do to what is said of the data as they are."""
    lang = filters.lang
    if now is not None and month > now:
        return t("settings.block.effect_later", lang, month=f"{month:%Y-%m}", last=f"{now:%Y-%m}")
    before, (after, more, less, (months, beyond, beyond_then)) = _counts(watch.said(filters)), _tried(filters, name, value)
    comma = "、" if lang == "zh" else ", "
    told = [t(f"settings.block.effect_{key}", lang, names=comma.join(names[:MOST_NAMED]) + (" …" if len(names) > MOST_NAMED else ""))
            for key, names in (("more", more), ("less", less)) if names]
    if name.startswith("baseline") and months:
        told.append(t("settings.block.effect_charts", lang, months=months, before=beyond, after=beyond_then))
    if before == after:
        first = t("settings.block.effect_none", lang, n=number(before["confirmed"]), of=number(before["compared"]), alarms=before["alarms"])
    else:
        first = t("settings.block.effect", lang, before=number(before["confirmed"]), after=number(after["confirmed"]), of=number(after["compared"]),
                  alarms_before=before["alarms"], alarms=after["alarms"])
    return ("" if lang == "zh" else " ").join([*told, first])


def said_of(filters: Filters) -> None:
    """What was said of every state of the data, the newest first: never written over."""
    lang = filters.lang
    watch.said(filters)
    every, told = _said(filters)
    results.heading(t("settings.block.said", lang), t("settings.block.said_note", lang))
    rows: list[list[parts.Told]] = []
    comma = "、" if lang == "zh" else ", "
    for one in told:
        changed = comma.join(t(f"settings.{name}.name", lang) for name in one["changed"])
        news = comma.join(one["news"][:MOST_NAMED]) + (" …" if len(one["news"]) > MOST_NAMED else "")
        rows.append([
            (f"v{one['version']}", "strong" if one["version"] == filters.version else "", ""), (f"{local(one['at']):%Y-%m-%d %H:%M}" if one["at"] else "–", "unclear", ""),
            (f"{one['month']:%Y-%m}" if one["month"] else "–", "", ""), (number(one["compared"]), "unclear", ""), (number(one["confirmed"]), "", ""),
            (number(one["alarms"]), "", ""), (news or "–", "wrap", ""), (changed or t("settings.block.all_default", lang), "unclear", ""),
        ])
    heads = [("version", False), ("at", False), ("month", False), ("compared", True), ("confirmed", True), ("alarms", True), ("news", False), ("by", False)]
    st.html(parts.table([(t(f"settings.block.head_{name}", lang), numeric) for name, numeric in heads], rows))
    if every > len(told):
        st.caption(t("settings.block.said_more", lang, n=every - len(told)))
