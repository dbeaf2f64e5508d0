"""Beside the drawing: the selected step with figures and plans, unguarded fail points, what is missing, revisions."""

from __future__ import annotations

from collections.abc import Callable
from html import escape

import pandas as pd
import streamlit as st

from sqm import blueprint as bp
from sqm import metrics, store
from sqm.errors import SqmError
from sqm.i18n import say, t
from sqm.ui import blueprint_beside as beside
from sqm.ui import blueprint_desk as desks
from sqm.ui import blueprint_living as figures
from sqm.ui import parts, results
from sqm.ui.blueprint_desk import Desk
from sqm.ui.blueprint_living import Reading
from sqm.ui.clock import local
from sqm.ui.filters import Filters
from sqm.ui.person import allowed
from sqm.ui.words import plain

Readings = dict[bp.Binding, Reading]
LONGEST_LIST = 8
SHORT = ("title", "lane", "phase", "order", "span", "owner")

STYLE = """<style>
.bp-lane{font-size:12px;line-height:18px;color:var(--sqm-muted)}
.stApp .st-key-bp_top button{min-height:22px;padding:0 4px;color:var(--sqm-muted)}.stApp .st-key-bp_top button p{font-size:12px}
.bp-title{font-size:16px;line-height:24px;font-weight:700}
.bp-facts{display:grid;grid-template-columns:auto 1fr;gap:2px 12px;font-size:13px;line-height:20px;margin-top:4px}
.bp-facts span{color:var(--sqm-muted)}
.bp-head{display:flex;gap:8px;align-items:center;font-size:13px;font-weight:700;line-height:20px;padding-top:10px;
 margin-top:12px;border-top:1px solid var(--sqm-line)}
.bp-first{margin-top:0}
.bp-k,.bp-f{display:inline-block;font-style:normal;width:17px;height:17px;line-height:17px;font-size:11px;font-weight:700;text-align:center}
.bp-k{border-radius:4px;background:var(--sqm-accent-tint);color:var(--sqm-accent)}
.bp-f{border-radius:50%;box-shadow:inset 0 0 0 1.25px var(--sqm-muted);color:var(--sqm-muted)}
.bp-row{margin-top:6px}
.bp-name{font-size:12px;line-height:18px;color:var(--sqm-muted);display:flex;justify-content:space-between;gap:10px}
.bp-name span:last-child{white-space:nowrap}
.stApp .bp-name a{color:inherit;text-decoration:underline;text-decoration-color:var(--sqm-line);text-underline-offset:3px}
.stApp .bp-name a:hover{color:var(--sqm-accent);text-decoration-color:currentColor}
.bp-value{font-size:12px;line-height:24px;color:var(--sqm-muted);display:flex;align-items:center;gap:5px;white-space:nowrap}
.bp-value b{font-size:16px;color:var(--sqm-text)}
.bp-value .sqm-spark{width:72px;height:24px;margin:0 3px 0 auto;flex:none}
.bp-note{background:var(--sqm-worse-tint);color:var(--sqm-worse);border-radius:8px;padding:4px 10px;font-size:12px;
 line-height:18px;margin-top:8px}
.bp-plan{display:grid;grid-template-columns:auto 1fr;gap:2px 12px;font-size:13px;line-height:20px;margin-top:4px}
.bp-plan span{color:var(--sqm-muted)}
.bp-quiet{font-size:12px;line-height:18px;color:var(--sqm-muted)}
.bp-list{font-size:12px;line-height:19px;margin:0;padding:0 0 0 16px}
.stApp .st-key-bp_open{gap:2px}
.stApp [class*="st-key-bp_go_"] button{min-height:26px;padding:3px 8px;width:100%}
.stApp [class*="st-key-bp_go_"] button div{justify-content:flex-start;text-align:left;width:100%}
.stApp [class*="st-key-bp_go_"] button p{font-size:13px;line-height:18px}
.stApp [class*="st-key-bp_go_"][class*="_on"] button{background:var(--sqm-accent-tint)}
.st-key-bp_conflict{background:var(--sqm-accent-tint);border-radius:8px;padding:4px 12px;font-size:13px}
.st-key-bp_conflict > div:first-child{flex:1 1 320px;min-width:0}
.stApp .st-key-bp_conflict button{min-height:26px;padding:2px 6px;color:var(--sqm-accent)}
</style>"""


def step_detail(step: bp.Step | None, desk: Desk, found: Readings, filters: Filters) -> None:
    """The selected step, and where its numbers come from."""
    lang = filters.lang
    if step is None:
        st.html(f'<div class="bp-quiet">{t("blueprint.panel_choose", lang)}</div>')
        return
    phase = next(p for p in desk.draft.phases if p.id == step.phase)
    owners = results.labels(filters, "departments")
    facts = [
        ("owner", owners.get(step.owner, step.owner)),
        ("gap", t(f"metrics.gap.{step.gap}", lang) if step.gap else ""),
        ("cause", t(f"blueprint.cause.{step.cause}", lang) if step.cause else ""),
    ]
    with st.container(horizontal=True, wrap=False, vertical_alignment="center", key="bp_top"):
        where = f"{t(f'blueprint.lane.{step.lane}', lang)} · {escape(phase.name.get(lang))}"
        st.html(f'<div class="bp-lane">{where}</div>', width="stretch")
        _why(step, found, filters)
    lines = [
        f'<div class="bp-title">{escape(step.title.get(lang))}</div>',
        '<div class="bp-facts">',
        *(
            f"<span>{t(f'blueprint.panel_{name}', lang)}</span><div>{escape(value)}</div>"
            for name, value in facts
            if value
        ),
        "</div>",
    ]
    if step.key:
        lines += _key_block(step, found, filters)
    if step.fail:
        lines += _fail_block(step, found, filters)
    if not step.key and not step.fail:
        lines.append(f'<div class="bp-quiet">{t("blueprint.panel_plain", lang)}</div>')
    st.html("".join(lines))
    beside.choose(step, desk, filters)


def _why(step: bp.Step, found: Readings, filters: Filters) -> None:
    """Where the step's numbers come from: at the top, because what opens needs the room below."""
    lang = filters.lang
    asked = [b for b in (*(step.metrics if step.key else ()), figures.fail_binding(step)) if b in found]
    if asked:
        box = st.popover(t("frame.why", lang), type="tertiary", key="bp_why", on_change="rerun")
        if box.open:
            with box:
                for binding in asked:
                    st.markdown(f"**{plain(figures.label(binding, filters))}**")
                    results.why(filters, binding.metric, (), binding.filters)


def _key_block(step: bp.Step, found: Readings, filters: Filters) -> list[str]:
    lang = filters.lang
    lines = [f'<div class="bp-head"><i class="bp-k">K</i>{t("blueprint.panel_key", lang)}</div>']
    if not step.metrics:
        lines.append(f'<div class="bp-quiet">{t("blueprint.panel_no_metrics", lang)}</div>')
    for binding in step.metrics:
        reading = found.get(binding)
        name = beside.link(binding, figures.label(binding, filters), filters)
        lines.append(f'<div class="bp-row">{_named(name, reading, lang)}{_value(reading, "verdict", filters)}</div>')
    if figures.contradicts(step, found):
        lines.append(f'<div class="bp-note">{t("blueprint.panel_contradiction", lang)}</div>')
    return lines


def _named(name: str, reading: Reading | None, lang: str) -> str:
    """The line over a figure: what it is, and how many it rests on."""
    base = ""
    if reading and reading.known:
        base = results.based({"base": reading.base}, reading.metric, lang)
    return f'<div class="bp-name"><span>{name}</span><span>{base}</span></div>'


def _value(reading: Reading | None, words: str, filters: Filters) -> str:
    lang = filters.lang
    if reading is None or not reading.known:
        return f'<div class="bp-value">{t("blueprint.nothing", lang)}</div>'
    verdict = ""
    if reading.verdict:
        which = reading.verdict if words == "verdict" else reading.sign
        verdict = f'<span class="{reading.verdict}">{t(f"blueprint.{words}.{which}", lang)}</span>'
    kind = metrics.get(reading.metric).unit
    own = kind == "own" and reading.named
    unit = t("blueprint.per", lang) if kind == "per_10k" else escape(reading.unit) if own else t(f"metrics.unit.{kind}", lang)
    months = pd.DataFrame(reading.months, columns=["value", "lo", "hi", "base"]).dropna(subset=["value"])
    picture = ""
    if len(months) > 2:
        limits = (months[["lo", "value"]].min().min(), months[["hi", "value"]].max().max())
        picture = parts.spark(months, filters.theme, verdict=reading.verdict, limits=limits)
    return f'<div class="bp-value"><b>{reading.shown}</b>{unit} {reading.margin} {verdict}{picture}</div>'


def _fail_block(step: bp.Step, found: Readings, filters: Filters) -> list[str]:
    lang = filters.lang
    named = results.labels(filters, "categories")
    lines = [f'<div class="bp-head"><i class="bp-f">F</i>{t("blueprint.panel_fail", lang)}</div>']
    if step.categories:
        reading = found.get(figures.fail_binding(step))
        each = (bp.Binding(figures.RATE, (("category", (code,)),)) for code in step.categories)
        words = " · ".join(beside.link(one, named.get(code, code), filters) for one, code in zip(each, step.categories, strict=True))
        lines.append(f'<div class="bp-row">{_named(words, reading, lang)}{_value(reading, "trend", filters)}</div>')
    else:
        lines.append(f'<div class="bp-quiet">{t("blueprint.panel_no_categories", lang)}</div>')
    lines.append('<div class="bp-plan">')
    for name in ("prevention", "contingency"):
        plan = getattr(step, name)
        text = escape(plan.get(lang)) if plan else f'<b class="worse">{t("blueprint.panel_none_yet", lang)}</b>'
        lines.append(f"<span>{t(f'blueprint.panel_{name}', lang)}</span><div>{text}</div>")
    return [*lines, "</div>"]


def unguarded(desk: Desk, found: Readings, filters: Filters, selected: str, select: Callable[[str], None]) -> None:
    """Fail points without both plans, the highest complaint rate first; a click selects."""
    lang = filters.lang

    def rate(step: bp.Step) -> float:
        reading = found.get(figures.fail_binding(step))
        return reading.value if reading and reading.known else -1.0

    open_points = sorted(desk.draft.unguarded, key=rate, reverse=True)
    st.html(
        f'<div class="bp-head">{t("blueprint.unguarded_title", lang)}'
        f'<span class="{"worse" if open_points else "better"}">{len(open_points)}</span></div>'
    )
    if not open_points:
        st.html(f'<div class="bp-quiet">{t("blueprint.unguarded_none", lang)}</div>')
    with st.container(gap=None, key="bp_open"):
        for i, step in enumerate(open_points[:LONGEST_LIST]):
            reading = found.get(figures.fail_binding(step))
            figure = f"　**{reading.shown}**{t('blueprint.per', lang)}" if reading and reading.known else ""
            label = f"{plain(step.title.get(lang))} · {t(f'blueprint.guard.{step.guard}', lang)}{figure}"
            key = f"bp_go_{i}{'_on' if step.id == selected else ''}"
            st.button(label, key=key, type="tertiary", on_click=select, args=(step.id,), width="stretch")


def missing(desk: Desk, filters: Filters) -> None:
    """What validation finds, beside the unguarded points that have their own list."""
    lang, document = filters.lang, desk.draft
    known = results.labels(filters, "categories")
    found = [
        m
        for m in bp.validate(document, metrics=metrics.CATALOGUE.keys(), categories=known or None)
        if not m.code.startswith("fail_without")
    ]
    if not found:
        return
    titles = {s.id: s.title.get(lang) for s in document.steps}
    lines = "".join(
        f"<li>{escape(titles[m.step])}: {t(f'blueprint.missing.{m.code}', lang)}"
        f"{' (' + escape(m.value) + ')' if m.value else ''}</li>"
        for m in found[:LONGEST_LIST]
    )
    st.html(
        f'<div class="bp-head">{t("blueprint.missing_title", lang, count=len(found))}</div>'
        f'<ul class="bp-list">{lines}</ul>'
    )


def changes(edit: bp.Edit, old: bp.Document, new: bp.Document, lang: str) -> list[str]:
    """An edit in words, one sentence a change; short fields with what they were and what they become."""
    phases = {p.id: p.name.get(lang) for p in (*old.phases, *new.phases)}

    def name(step_id: str) -> str:
        step = new.step(step_id) or old.step(step_id)
        return step.title.get(lang) if step else step_id

    def shown(step: bp.Step, field: str) -> str:
        value = getattr(step, field)
        if field == "lane":
            return t(f"blueprint.lane.{value}", lang)
        return phases[value] if field == "phase" else value.get(lang) if isinstance(value, bp.Words) else str(value)

    def told(change: bp.Change, field: str) -> str:
        label = t(f"blueprint.field.{field}", lang)
        pair = [shown(side, field) for side in (change.before, change.after)] if field in SHORT else []
        return f"{label} {pair[0] or '–'} → {pair[1] or '–'}" if pair and pair[0] != pair[1] else label

    out = []
    for change in edit.changes:
        if change.part == "link":
            source, _, target = change.key.partition("\n")
            key = "blueprint.change.linked" if change.after else "blueprint.change.unlinked"
            out.append(t(key, lang, source=name(source), target=name(target)))
        elif change.part != "step":
            out.append(t("blueprint.change.whole", lang, what=t(f"blueprint.field.{change.part}", lang)))
        elif change.before is None or change.after is None:
            key = "blueprint.change.added" if change.before is None else "blueprint.change.removed"
            out.append(t(key, lang, title=name(change.key)))
        else:
            fields = [f for f in vars(change.after) if getattr(change.after, f) != getattr(change.before, f)]
            listed = ("、" if lang == "zh" else ", ").join(told(change, f) for f in fields)
            out.append(t("blueprint.change.changed", lang, title=name(change.key), fields=listed))
    return out


def _bullets(lines: list[str], lang: str) -> None:
    shown = lines[:LONGEST_LIST] + (
        [t("blueprint.change.more", lang, count=len(lines) - LONGEST_LIST)] if len(lines) > LONGEST_LIST else []
    )
    st.html('<ul class="bp-list">' + "".join(f"<li>{escape(line)}</li>" for line in shown) + "</ul>")


def conflict(desk: Desk, filters: Filters) -> None:
    """One notice when somebody saved meanwhile: whose, what, whether both touched the same, and the two ways on."""
    lang, other = filters.lang, desk.theirs
    if other is None:
        return
    theirs, both = desks.clashes(filters.engine, desk)
    mine = desk.edits
    told = t(
        "blueprint.conflict",
        lang,
        who=other.who or "?",
        at=f"{local(other.at):%Y-%m-%d %H:%M}",
        stored=other.revision,
        why=other.why or t("blueprint.no_reason", lang),
        count=len(mine.changes),
        base=desk.base,
    )
    titles = {s.id: s.title.get(lang) for s in (*theirs.steps, *desk.draft.steps)}
    fields = [t(f"blueprint.field.{c.field or 'removed'}", lang) for c in both[:LONGEST_LIST]]
    what = "; ".join(f"{titles.get(c.step, '')} {f}".strip() for c, f in zip(both, fields, strict=False))
    end = t("blueprint.conflict_clash", lang, what=what) if both else t("blueprint.conflict_clear", lang)
    with st.container(key="bp_conflict", horizontal=True, vertical_alignment="center"):
        st.html(f"<div>{escape(told)} <b>{escape(end)}</b></div>")
        with st.popover(t("blueprint.conflict_see", lang), type="tertiary"):
            st.caption(t("blueprint.conflict_their_changes", lang, stored=other.revision))
            _bullets(changes(bp.diff(desk.stored, theirs), desk.stored, theirs, lang), lang)
            st.caption(t("blueprint.conflict_my_changes", lang))
            _bullets(changes(mine, desk.stored, desk.draft, lang), lang)
        if st.button(t("blueprint.conflict_mine", lang), key="bp_mine", type="tertiary"):
            desks.merge(filters.engine, desk)
            st.rerun()
        if st.button(t("blueprint.conflict_theirs", lang), key="bp_theirs", type="tertiary"):
            desk.settle(*desks.stored(filters.engine, desk.doc_id))
            st.rerun()


def history(desk: Desk, filters: Filters) -> None:
    """Every stored revision: what it differs in from what is drawn, and a way back to it."""
    lang, engine = filters.lang, filters.engine
    results.heading(t("blueprint.history_title", lang))
    listed = store.history(engine, desks.KIND, desk.doc_id)
    if not listed:
        st.html(f'<div class="bp-quiet">{t("blueprint.history_none", lang)}</div>')
        return
    lines = {
        r.revision: t(
            "blueprint.history_line",
            lang,
            revision=r.revision,
            at=f"{local(r.at):%Y-%m-%d %H:%M}",
            who=r.who or "?",
            why=r.why or t("blueprint.no_reason", lang),
        )
        for r in listed
    }
    chosen = st.selectbox(
        t("blueprint.history_choose", lang),
        list(lines),
        format_func=lambda n: lines.get(n, str(n)),
        key=f"bp_revision_{desk.doc_id}",
        label_visibility="collapsed",
    )
    if chosen is None:
        return
    try:
        old = bp.loads(store.load(engine, desks.KIND, desk.doc_id, chosen).text)
    except SqmError as error:
        st.error(plain(say(error, lang)))
        return
    told = changes(bp.diff(desk.draft, old), desk.draft, old, lang)
    if not told:
        st.html(f'<div class="bp-quiet">{t("blueprint.history_same", lang)}</div>')
        return
    st.html(f'<div class="bp-quiet">{t("blueprint.history_changes", lang, revision=chosen)}</div>')
    _bullets(told, lang)
    if desk.edits.changes:
        st.html(f'<div class="bp-quiet">{t("blueprint.restore_first", lang)}</div>')
    elif st.button(t("blueprint.restore", lang, revision=chosen), key="bp_restore"):
        why = t("blueprint.restore_why", lang, revision=chosen)
        try:
            name = allowed(filters, "edit")
            who = name if filters.person.signed_in else st.session_state.get("blueprint_who", "")
            if made := desks.restore(engine, desk, chosen, who, why):
                st.session_state["blueprint_note"] = ("blueprint.saved", made)
        except SqmError as error:
            st.error(plain(say(error, lang)))
            return
        st.rerun()
