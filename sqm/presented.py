"""From numbers to slides: what the agenda proposes, what each item shows, what is frozen when a meeting opens, and what has changed since.

Every number comes from ``sqm.metrics``, every verdict from ``sqm.settled`` and ``sqm.verdicts``; sentences are made in both
languages at once, because what was shown must be there in both for good.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pandas as pd

from sqm import judged, metrics, promises, settled, signals, verdicts, warehouse
from sqm.blueprint import Binding, Words
from sqm.errors import SqmError
from sqm.i18n import LANGUAGES, has, number, t
from sqm.meeting import Action, Figure, Item, Line, Meeting, Point, Slide, actions, meeting, new_id, seal
from sqm.meeting import agenda as proposal
from sqm.meetings.slides import Where
from sqm.minutes import Shown, all_actions, all_standards, freeze, meetings
from sqm.saying import both, figure, headed, name_of, owner_of, printed
from sqm.settled import Settled

#: Months a course goes back.
COURSE = 18
#: Days ahead in which an action counts as due.
SOON = 14
#: So many signals are proposed at most: an hour has room for few.
MOST_SIGNALS = 6


def propose(engine: Any, called: Meeting, today: date, limit: int) -> tuple[tuple[Item, ...], tuple[Item, ...]]:
    """(the agenda for a meeting, what did not fit): what is due, what really moved and was not shown before, what contradicts, what
    promise is broken. ``limit``: meetings after which an overdue action is escalated.
    """
    held = meetings(engine)
    before = {_shown_as(item) for one in held for item in one.items if one.state != "planned" and (one.kind, one.tier) == (called.kind, called.tier) and one.id != called.id}
    found = settled.told(engine)
    items = [*_due(engine, called, held, today, limit), *_contradictions(engine, found, called.tier), *_moved(engine, found, called.tier), *_broken(engine, called.tier),
             *judged.proposed(engine, called, all_actions(engine)), *judged.fallen(engine, all_standards(engine), called.tier)]
    asked: set[tuple[str, str]] = set()
    fresh = []
    for item in items:
        if item.source == "actions" or _shown_as(item) not in before | asked:
            asked.add(_shown_as(item))
            fresh.append(item)
    topics = [item for item in called.items if item.source == "topic"]
    return proposal.propose([*fresh, *topics], called.minutes)


def _shown_as(item: Item) -> tuple[str, str]:
    """What makes it the same thing, whatever it was noticed by: its number, up to the same month."""
    about = item.binding.text if item.binding else item.id
    return (item.refs[0] if item.source in ("effect", "standard") else about), item.refs[-1] if item.refs else ""


def _due(engine: Any, called: Meeting, held: list[Meeting], today: date, limit: int) -> Iterable[Item]:
    rows = [one for one in all_actions(engine) if one.living and (one.overdue(today) or one.status == "done" or one.due <= today + timedelta(days=SOON))]
    rows = [one for one in rows if not called.tier or one.figure is None or one.figure.of("city") in ("", called.tier)]
    if rows:
        late = sum(one.overdue(today) for one in rows)
        up = sum(actions.escalated(one, held, limit, today) for one in rows)
        note = both("meeting.due_note", late=late, up=up, done=sum(one.status == "done" for one in rows))
        refs = tuple(one.id for one in rows)
        yield Item(new_id(), "actions", both("meeting.due_title", n=len(rows)), note, rows[0].owner, verdict="worse" if late else "unclear", refs=refs)


def _moved(engine: Any, found: Settled, tier: str) -> Iterable[Item]:
    rows = found.movements.headlines
    if tier and len(rows):
        news = found.movements.news
        rows = news[news["city"] == tier]
    rows = rows.iloc[:MOST_SIGNALS] if len(rows) else rows
    for row in rows.to_dict("records"):
        where = tuple((split, (row[split],)) for split in sorted(signals.SPLITS) if row[split])
        binding = Binding(row["metric"], where)
        said = _compared(row)
        if batch := _batch(found.hits, row):
            more = both("meeting.batch_over", month=batch)
            said = Words(f"{said.zh}；{more.zh}", f"{said.en}; {more.en}")
        yield Item(new_id(), "signal", _title(engine, binding, row), said, owner_of(engine, row["metric"]), verdict=str(row["verdict"]),
                   ask=both(f"meeting.ask_{row['verdict']}"), binding=binding, refs=(_ends(found, row["metric"]),))


def _batch(hits: pd.DataFrame, row: Mapping[str, Any]) -> str:
    """The month of the one batch of tickets, by now over, that lies in a rise of complaints; "" without one."""
    if row["metric"] != "complaint_rate" or row["verdict"] != "worse" or hits.empty:
        return ""
    same = hits[(hits["detector"] == "batch") & (hits["city"] == row["city"]) & (hits["category"] == row["category"]) & ~hits["open"].astype(bool)]
    return f"{same['since'].iloc[0]:%Y-%m}" if len(same) else ""


def _contradictions(engine: Any, found: Settled, tier: str) -> Iterable[Item]:
    rows = found.contradictions
    rows = rows[rows["contradicts"].astype(bool) & (rows["city"] == tier if tier else True)] if len(rows) else rows
    listed = metrics.reference_frame(engine, "indicator_list").set_index("indicator") if len(rows) else None
    for row in rows.to_dict("records"):
        indicator = {lang: metrics.labels(engine, "indicator_list", lang).get(row["indicator"], row["indicator"]) for lang in LANGUAGES}
        where: Where = tuple((split, (row[split],)) for split in ("city", "element") if row[split])
        owner = listed.loc[row["indicator"]].get("department") if listed is not None and row["indicator"] in listed.index else ""
        words = {"indicator": Words(indicator["zh"], indicator["en"]), "what": name_of(engine, "satisfaction", where), "value": number(row["value"], 1),
                 "target": number(row["target"], 1), "perceived": number(row["perceived"], 1), "expected": number(row["expected"], 1)}
        yield Item(new_id(), "contradiction", both("meeting.contradiction", **words), both("meeting.contradiction_note", **words), str(owner or ""), verdict="worse",
                   ask=both("meeting.ask_worse"), binding=Binding("satisfaction", where), refs=(row["indicator"], _ends(found, "satisfaction")))


def _broken(engine: Any, tier: str) -> Iterable[Item]:
    rows = ledger(engine, tier)
    for row in rows[rows["verdict"] == "worse"].to_dict("records") if len(rows) else []:
        named = {lang: metrics.labels(engine, "promises", lang).get(row["promise"], row["promise"]) for lang in LANGUAGES}
        words = {"promise": Words(named["zh"], named["en"]), "value": printed(row["metric"], row["value"]), "lo": printed(row["metric"], row["lo"]),
                 "hi": printed(row["metric"], row["hi"]), "promised": number(row["promised"], 0)}
        where: Where = (("city", (tier,)),) if tier else ()
        ends = metrics.measured(engine, metrics.get(row["metric"]))[-1]
        yield Item(new_id(), "promise", both("meeting.promise", **words), both("meeting.promise_note", **words), row["department"], verdict="worse",
                   ask=both("meeting.ask_worse"), binding=Binding(row["metric"], where), refs=(row["promise"], f"{ends:%Y-%m}"))


def ledger(engine: Any, city: str) -> pd.DataFrame:
    """``promises.ledger`` over the last six months of each metric; only what can be computed."""

    def fetch(metric: str, by: tuple[str, ...], place: str) -> pd.DataFrame:
        return metrics.fetch(engine, metric, by=by, where={"city": place} if place else {}, period=window(engine, metric))

    def goal(metric: str, place: str) -> float | None:
        period = window(engine, metric)
        return metrics.target(engine, metric, period[1], place) if period else None

    rows = promises.ledger(metrics.reference_frame(engine, "promises"), fetch, goal, city)
    return rows[(rows["reason"] == "") & (rows["verdict"] != "")]


def window(engine: Any, metric: str, months: int = signals.MONTHS) -> tuple[date, date] | None:
    """The last ``months`` in which a metric has anything to count; None where it never has."""
    own = metrics.measured(engine, metrics.get(metric))
    return (max(metrics.back(own[-1], months), own[0]), own[-1]) if own else None


def _ends(found: Settled, metric: str) -> str:
    both_halves = found.movements.windows.get(metric)
    return f"{both_halves[1][1]:%Y-%m}" if both_halves else ""


def _title(engine: Any, binding: Binding, row: Mapping[str, Any]) -> Words:
    size = both(f"meeting.size_{metrics.get(row['metric']).unit}", size=printed(row["metric"], abs(row["difference"]), row["difference"]))
    return both(f"meeting.moved_{'up' if row['difference'] > 0 else 'down'}", what=headed(name_of(engine, binding.metric, binding.where)), size=size)


def _compared(row: Mapping[str, Any]) -> Words:
    like = row["difference"]
    said = {name: printed(row["metric"], row[name], like) for name in ("value", "before")}
    signed = {name: printed(row["metric"], row[name], like, sign=True) for name in ("difference", "lo", "hi")}
    return both("meeting.moved_note", **said, **signed)


# ---- slides ----------------------------------------------------------------------------------------------------------


def compose(engine: Any, called: Meeting, today: date) -> tuple[Slide, ...]:
    """Every slide of a meeting from the data as they are: its agenda, then each item. Raises as ``metrics.fetch``."""
    found, book = settled.told(engine), {one.id: one for one in all_actions(engine)}
    made: list[Slide] = []
    for item in called.items:
        made += _slides(engine, found, item, book, today)
    first: dict[str, str] = {}
    for slide in made:
        first.setdefault(slide.item, slide.id)
    lines = tuple(Line(item.title, item.note, item.verdict, word(item), item.owner, item.minutes, first.get(item.id, "")) for item in called.items)
    asks = sum(bool(item.ask) for item in called.items)
    title = both("meeting.agenda_title" if asks else "meeting.agenda_plain", n=asks, items=len(called.items))
    noise = both("meeting.agenda_noise", of=number(found.movements.compared), noise=number(found.movements.compared - found.movements.confirmed))
    return (Slide("agenda", "agenda", title, evidence=noise if found.movements.compared else Words(), minutes=0, lines=lines), *made)


def word(item: Item) -> Words:
    """The verdict of an item in a word, by where it comes from."""
    if item.source == "effect" and len(item.refs) > 1:
        return both(f"meeting.verdict.{item.refs[1]}")
    key = f"meeting.word_{item.source}_{item.verdict}"
    return both(key) if has(key) else both(f"meeting.word_{item.verdict}") if item.verdict else Words()


def _slides(engine: Any, found: Settled, item: Item, book: Mapping[str, Action], today: date) -> list[Slide]:
    usual: dict[str, Any] = {"item": item.id, "owner": item.owner, "minutes": item.minutes, "ask": item.ask, "verdict": item.verdict, "word": word(item)}
    if item.source == "effect":
        return [judged.slide(engine, item, book.get(item.refs[0]), usual)]
    if item.binding is not None and item.binding.metric in metrics.CATALOGUE:
        try:
            drawn = _trend(engine, found, item, usual)
        except SqmError:  # bound to something that is no longer there: its text stays
            drawn = None
        if drawn is not None:
            return [drawn, *_cities(engine, found, item, usual)]
    lines = tuple(
        Line(Words(one.what, one.what), _when(one), "worse" if one.overdue(today) else "unclear",
             both("meeting.overdue" if one.overdue(today) else f"meeting.status.{one.status}"), one.owner)
        for one in (book[ref] for ref in item.refs if ref in book)
    )
    return [Slide(f"{item.id}.list", "list", item.title, evidence=item.note, lines=lines, **usual)]


def _halves(engine: Any, found: Settled, metric: str) -> tuple[tuple[date, date] | None, tuple[date, date]] | None:
    """(six months before, last six months) of a metric; the former None where the data do not go back so far."""
    if metric in found.movements.windows:
        return found.movements.windows[metric]
    now = window(engine, metric)
    if now is None:
        return None
    own = metrics.measured(engine, metrics.get(metric))
    before = signals.halves(own)
    return (before[0] if before else None), now


def _trend(engine: Any, found: Settled, item: Item, usual: Mapping[str, Any]) -> Slide | None:
    binding = item.binding
    assert binding is not None
    definition, windows = metrics.get(binding.metric), _halves(engine, found, binding.metric)
    if windows is None:
        return None
    past, now = windows
    course = (max(metrics.back(now[1], COURSE), metrics.measured(engine, definition)[0]), now[1])
    points = _months(engine, binding, course, "own")
    if not points:
        return None
    beside = tuple(pair for pair in binding.where if pair[0] not in metrics.PLACES)
    if len(beside) < len(binding.where):
        points += _months(engine, Binding(binding.metric, beside), course, "whole")
    shown = [_asked(engine, binding, now), *([_asked(engine, binding, past)] if past else [])]
    goal = _goal(engine, item, now[1])
    named = Words() if goal is None else both("meeting.promised" if item.source == "promise" else "meeting.goal", value=number(goal, 0 if goal.is_integer() else 1))
    return Slide(f"{item.id}.trend", "trend", item.title, about=about(engine, binding, course), evidence=_evidence(item, shown), goal=goal, goal_name=named,
                 shown=tuple(shown), points=tuple(points), **usual)


def _goal(engine: Any, item: Item, on: date) -> float | None:
    binding = item.binding
    assert binding is not None
    if item.source == "promise":
        rows = ledger(engine, dict(binding.where).get("city", ("",))[0])
        kept = rows.loc[rows["promise"] == item.refs[0], "promised"]
        return float(kept.iloc[0]) if len(kept) else None
    where = {split: values[0] for split, values in binding.where if len(values) == 1}
    if len(where) != len(binding.where) or set(where) - {"city", "element"}:
        return None
    return metrics.target(engine, binding.metric, on, where.get("city", ""), where.get("element", ""))


def _months(engine: Any, binding: Binding, course: tuple[date, date], series: str) -> list[Point]:
    frame = metrics.fetch(engine, binding.metric, by=("month",), where=binding.filters, period=course).dropna(subset=["value"]).sort_values("month")
    rows = [(f"{row['month']:%Y-%m}", row) for row in frame.to_dict("records")]
    return [Point(figure(binding, row, month, month), series, name=Words(month, month)) for month, row in rows]


def _asked(engine: Any, binding: Binding, period: tuple[date, date]) -> Figure:
    frame = metrics.fetch(engine, binding.metric, where=binding.filters, period=period)
    row = frame.iloc[0].to_dict() if len(frame) else {"value": None, "lo": None, "hi": None, "base": 0}
    return figure(binding, row, f"{period[0]:%Y-%m}", f"{period[1]:%Y-%m}")


def about(engine: Any, binding: Binding, course: tuple[date, date]) -> Words:
    """What a chart shows, its unit and that the band is an interval."""
    definition = metrics.get(binding.metric)
    unit = both(f"metrics.unit.{definition.unit}") if has(f"metrics.unit.{definition.unit}") else Words()
    key = "meeting.about_whole" if any(split in metrics.PLACES for split, _ in binding.where) else "meeting.about"
    return both(key, what=headed(name_of(engine, binding.metric, binding.where)), unit=unit, first=f"{course[0]:%Y-%m}", last=f"{course[1]:%Y-%m}")


def _evidence(item: Item, shown: Sequence[Figure]) -> Words:
    key = f"meeting.base_{'rate' if metrics.get(shown[0].metric).kind == 'rate' else metrics.get(shown[0].metric).source}"
    base = both(key, n=number(shown[0].base)) if has(key) else Words()
    note = item.note
    if not note and len(shown) > 1:
        like = shown[0].value
        note = both("meeting.two_halves", value=printed(shown[0].metric, like), before=printed(shown[0].metric, shown[1].value, like))
    said = [note, base]
    return Words("；".join(one.zh for one in said if one), "; ".join(one.en for one in said if one))


def _cities(engine: Any, found: Settled, item: Item, usual: Mapping[str, Any]) -> list[Slide]:
    """The same number city by city, where it is not of one already."""
    binding = item.binding
    assert binding is not None
    definition, windows = metrics.get(binding.metric), _halves(engine, found, binding.metric)
    if windows is None or "city" not in definition.splits or any(split in metrics.PLACES for split, _ in binding.where):
        return []
    now = windows[1]
    whole = _asked(engine, binding, now)
    frame = metrics.fetch(engine, binding.metric, by=("city",), where=binding.filters, period=now).dropna(subset=["value", "city"])
    if len(frame) < 3 or whole.value is None:
        return []
    judged = verdicts.among(frame, whole.value, signals.defined(binding.metric, found.limits))
    names = {lang: metrics.labels(engine, "city", lang) for lang in LANGUAGES}
    points = []
    for row in judged.sort_values("value", ascending=definition.better == "lower").to_dict("records"):
        of = Binding(binding.metric, tuple(sorted((*binding.where, ("city", (row["city"],))))))
        points.append(Point(figure(of, row, whole.first, whole.last), "own", str(row["verdict"]), Words(*(names[lang].get(row["city"], row["city"]) for lang in LANGUAGES))))
    apart = sum(point.verdict in ("better", "worse") for point in points)
    title = both("meeting.cities_apart" if apart else "meeting.cities_alike", what=headed(name_of(engine, binding.metric, binding.where)), n=apart, of=len(points))
    rest = {**usual, "minutes": 0, "verdict": "", "word": Words()}
    note = both("meeting.cities_note", value=printed(binding.metric, whole.value), n=len(points))
    return [Slide(f"{item.id}.cities", "cities", title, about=about(engine, binding, now), evidence=note, goal=whole.value, goal_name=both("meeting.whole"),
                  shown=(whole,), points=tuple(points), **rest)]


def written(called: Meeting, book: Sequence[Action], today: date) -> Slide:
    """The minutes as the last slide: what was decided and who does what, as it stands; it is not frozen, it is being written."""
    titles = {item.id: item.title for item in called.items}
    lines = [Line(Words(one.text, one.text), titles.get(one.item, Words()), "", both("meeting.decided")) for one in called.decisions]
    own = [one for one in book if one.meeting == called.id]
    lines += [Line(Words(one.what, one.what), _when(one), "", both("meeting.action"), one.owner) for one in own]
    title = both("meeting.minutes_title" if lines else "meeting.minutes_none", decisions=len(called.decisions), actions=len(own))
    return Slide("minutes", "list", title, lines=tuple(lines))


def _when(action: Action) -> Words:
    return both("meeting.action_line", due=f"{action.due:%Y-%m-%d}", status=both(f"meeting.status.{action.status}"))


# ---- frozen, and what has changed since ------------------------------------------------------------------------------


def open_meeting(engine: Any, called: Meeting, who: str, today: date) -> Meeting:
    """Freezes what a planned meeting shows, with the data version, settings and definitions it was made of."""
    for _ in range(3):
        version = warehouse.data_version(engine)
        made = compose(engine, called, today)
        if warehouse.data_version(engine) == version:
            break
    live = warehouse.batch_list(engine)
    batches = tuple(int(one) for one in live.loc[live["status"] == "published", "id"]) if len(live) else ()
    used = {one.metric for slide in made for one in slide.figures}
    return freeze(engine, called.id, made, version, settled.told(engine).said_by, {metric: defined(metric) for metric in sorted(used)}, batches, who)


def defined(metric: str) -> str:
    """Hash of what a metric means: its definition in both languages, unit, direction, pieces and defaults."""
    one = metrics.get(metric)
    return seal([one.id, one.kind, one.unit, one.better, one.source, sorted(one.defaults.items()), *(t(f"metrics.{metric}.definition", lang) for lang in LANGUAGES)])[:16]


@dataclass(frozen=True)
class Restated:
    """A figure that was shown and is another one today. ``batches``: (file, who, when, undone) of what changed its data since;
    ``redefined``: the metric means something else now.
    """

    shown: Figure
    now: Figure
    batches: tuple[tuple[str, str, str, bool], ...]
    redefined: bool


def restated(engine: Any, held: Shown) -> list[Restated]:
    """Every figure that prints otherwise when asked today, in the order shown. Nothing where the data are the same."""
    changed = {metric for metric, was in held.definitions.items() if metric not in metrics.CATALOGUE or defined(metric) != was}
    if warehouse.data_version(engine) == held.version and not changed:
        return []
    figures = list({one.question: one for slide in held.slides for one in slide.figures}.values())
    today = _again(engine, figures)
    listed = warehouse.batch_list(engine)
    found = []
    for one in figures:
        now = today.get(one.question)
        if now is not None and (printed(one.metric, one.value), one.base) != (printed(one.metric, now.value), now.base):
            found.append(Restated(one, now, _changed_by(listed, held, one.metric), one.metric in changed))
    return found


def _again(engine: Any, figures: Sequence[Figure]) -> dict[str, Figure]:
    """The same questions, asked today; those that differ by month or city alone are asked together."""
    together: dict[tuple, list[Figure]] = {}
    for one in figures:
        split = "month" if one.first == one.last else "city" if one.of("city") else ""
        rest = tuple(pair for pair in one.where if not (split == "city" and pair[0] == "city"))
        together.setdefault((one.metric, rest, split, "" if split == "month" else (one.first, one.last)), []).append(one)
    found: dict[str, Figure] = {}
    for (metric, rest, split, _), group in together.items():
        period = (_day(min(one.first for one in group)), _day(max(one.last for one in group)))
        try:
            frame = metrics.fetch(engine, metric, by=(split,) if split else (), where={name: list(values) for name, values in rest}, period=period)
        except SqmError:  # the metric, or a value of it, is there no more
            continue
        keyed = {(f"{row['month']:%Y-%m}" if split == "month" else row[split] if split else ""): row for row in frame.to_dict("records")}
        nothing = {"value": None, "lo": None, "hi": None, "base": 0}
        for one in group:
            row = keyed.get(one.first if split == "month" else one.of("city") if split else "", nothing)
            found[one.question] = figure(Binding(one.metric, one.where), row, one.first, one.last)
    return found


def _changed_by(listed: pd.DataFrame, held: Shown, metric: str) -> tuple[tuple[str, str, str, bool], ...]:
    feeds = {metrics.get(metric).source, *(("customers",) if metrics.get(metric).kind == "rate" else ())}
    rows = listed[listed["dataset"].isin(feeds)]
    live = rows["status"] == "published"
    was = rows["id"].isin(held.batches)
    told = [*((row, False) for row in rows[live & ~was].to_dict("records")), *((row, True) for row in rows[~live & was].to_dict("records"))]
    return tuple((str(row["file_name"]), str(row["undone_by"] if gone else row["loaded_by"]) or "?", f"{row['undone_at'] if gone else row['loaded_at']:%Y-%m-%d %H:%M}", gone)
                 for row, gone in told)


def _day(month: str) -> date:
    return date(int(month[:4]), int(month[5:]), 1)


def planned(engine: Any, kind: str, tier: str) -> int:
    """How many meetings of a kind and tier the month of the newest of them has."""
    same = [one for one in meetings(engine) if (one.kind, one.tier) == (kind, tier)]
    return meeting.held(same, kind, tier, same[0].on) if same else 0
