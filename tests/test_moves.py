"""A dry run tells which headline numbers would move, exactly as publishing then moves them, and leaves nothing behind."""

from __future__ import annotations

import pandas as pd
import pytest
import sqlalchemy as sa
from workbooks import CITIES, TICKET, shelf, stocked, stored, workbook

from sqm import loaders, metrics, warehouse
from sqm.ingest.moves import Figure
from sqm.warehouse import schema
from warehouses import draft, publish

__all__ = ["shelf", "stocked"]

SURVEY = ["样本编号", "调查月份", "地市", "综合满意度", "推荐意愿"]


def everything(engine: sa.Engine) -> dict[str, list]:
    """Every row of every table, and the data version."""
    with engine.connect() as conn:
        found = {t.name: sorted(map(repr, conn.execute(sa.select(t)).fetchall())) for t in schema.METADATA.sorted_tables}
        found["tables"] = sorted(sa.inspect(conn).get_table_names())
    return {**found, "version": [warehouse.data_version(engine)]}


def headlines(engine: sa.Engine) -> pd.DataFrame:
    """What the pages would show: every headline by month through ``fetch``, as far as it has ripened."""
    frames = [metrics.ripened(name, metrics.fetch(engine, name, by="month")).assign(metric=name) for name in metrics.WATCHED]
    return pd.concat([f[["metric", "month", "value", "lo", "hi", "base"]] for f in frames if len(f)])


def differences(before: pd.DataFrame, after: pd.DataFrame) -> dict[tuple[str, str], tuple]:
    """(metric, month) → (before, after), each (value, base) rounded or None, of what changed."""
    def told(frame):
        return {(r.metric, f"{r.month:%Y-%m}"): (round(r.value, 6), int(r.base))
                for r in frame.itertuples() if r.value == r.value}

    old, new = told(before), told(after)
    return {k: (old.get(k), new.get(k)) for k in old.keys() | new.keys() if old.get(k) != new.get(k)}


def promised(moves: list[loaders.Move]) -> dict[tuple[str, str], tuple]:
    """The moves in the form of ``differences``."""
    return {(m.metric, f"{m.month:%Y-%m}"): tuple(f and (round(f.value, 6), f.base) for f in (m.before, m.after))
            for m in moves}


def kept(engine: sa.Engine, path, **options) -> loaders.LoadResult:
    """A dry run that leaves nothing and promises what publishing then does."""
    state, before = everything(engine), headlines(engine)
    tried = loaders.load(engine, path, dry_run=True, watch=metrics.headlines, **options)
    assert everything(engine) == state, "a dry run leaves nothing behind"
    assert tried.message == "dry_run" and tried.batch is None
    done = loaders.load(engine, path, **options)
    assert done.moves is None, "nobody asked"
    assert promised(tried.moves) == differences(before, headlines(engine))
    counts = ("rows", "accepted", "new", "replaced", "unchanged", "refused", "skipped", "withdrawn", "spared", "keyless")
    assert [getattr(tried, c) for c in counts] == [getattr(done, c) for c in counts]
    return tried


def survey(path, *rows):
    return workbook(path, {"满意度调查": [SURVEY, *rows]})


def base(engine: sa.Engine) -> None:
    """Two cities with customers, interviews of two months and tickets of two months."""
    publish(engine, "cities", [{"city": c, "position": n} for n, c in enumerate(("甲州", "乙州"))])
    publish(engine, "elements", [{"element": "hotline", "zh": "热线服务", "class": "service"}])
    publish(engine, "categories", [{"category": "net", "zh": "网络质量", "element": "hotline"}])
    publish(engine, "customers", [{"month": f"2026-0{m}", "city": c, "opening": 10_000.0, "closing": 10_000.0}
                                  for m in (6, 7, 8) for c in ("甲州", "乙州")])
    publish(engine, "surveys", [{"respondent": f"R{n}", "month": f"2026-0{6 + n % 2}", "city": ("甲州", "乙州")[n // 2 % 2],
                                 "element": e, "scale": "1-10", "score": 6.0 + n % 4}
                                for n in range(40) for e in ("overall", "recommend")])
    publish(engine, "complaints", [{"ticket_id": f"C{n}", "opened_at": f"2026-06-{n + 1:02} 09:00:00", "city": "甲州",
                                    "kind": "complaint", "category": "net", "phone": "*", "phone_key": f"k{n % 7}",
                                    "first_reply_at": f"2026-06-{n + 1:02} 12:00:00"} for n in range(20)])


def test_a_dry_run_promises_what_publishing_does(engine, tmp_path):
    base(engine)
    low = [[f"N{n}", "2026-07", "甲州", 1, 0] for n in range(20)]
    first = kept(engine, survey(tmp_path / "a.xlsx", *low))
    assert [(m.metric, f"{m.month:%Y-%m}") for m in first.moves] == [("satisfaction", "2026-07"), ("nps", "2026-07")]
    move = first.moves[0]
    assert (move.before.base, move.after.base) == (20, 40) and move.after.lo < move.after.value < move.before.value
    assert "n = 20 → 40" in move.say("en") and "满意度（2026-07）" in move.say("zh") and "基数 20 → 40" in move.say("zh")
    # A month that had no figure, and a city to admit with it.
    fresh = kept(engine, survey(tmp_path / "b.xlsx", *[[f"P{n}", "2026-08", "丙江", 9, 10] for n in range(5)]),
                 add_missing=("city",))
    assert first.moves and fresh.moves[0].before is None and fresh.moves[0].after.base == 5
    assert "丙江" in set(warehouse.reference(engine, "cities")["city"])
    # What a whole month withdraws moves its number too.
    whole = kept(engine, survey(tmp_path / "c.xlsx", *low[:2]), whole_months=True)
    assert whole.withdrawn and whole.moves[0].after.base < whole.moves[0].before.base


def test_facts_about_neighbours_and_time_move_too(engine, tmp_path):
    base(engine)
    head = ["工单号", "受理时间", "工单类型", "地市", "投诉类别", "首次回复时间"]
    rows = [[f"D{n}", f"2026-08-{3 * n + 1:02} 10:00:00", "投诉", "甲州", "net", f"2026-08-{3 * n + 1:02} 11:00:00"] for n in range(9)]
    found = kept(engine, workbook(tmp_path / "t.xlsx", {"明细": [head, *rows]}))
    moved = {(m.metric, f"{m.month:%Y-%m}") for m in found.moves}
    # June's repeats ripen only now that the extract is of August.
    assert {("complaint_rate", "2026-08"), ("first_reply_in_time", "2026-08"), ("repeat_rate", "2026-06")} <= moved
    head, rows = ["月份", "地市", "期初客户数", "期末客户数"], [["2026-08", "甲州", 20_000, 20_000]]
    found = kept(engine, workbook(tmp_path / "k.xlsx", {"客户数": [head, *rows]}), dataset="customers")
    assert {m.metric for m in found.moves} == {"complaint_rate"}


def test_what_feeds_no_headline_moves_none(engine, tmp_path):
    base(engine)
    found = kept(engine, workbook(tmp_path / "c.xlsx", {"地市": CITIES}))
    assert found.moves == [] and found.as_json("en")["moves"] == []
    assert "moves" not in loaders.load(engine, tmp_path / "c.xlsx", dry_run=True).as_json("en")


def test_undo_says_what_it_moves_and_a_tried_undo_leaves_nothing(engine, tmp_path):
    base(engine)
    done = loaders.load(engine, survey(tmp_path / "a.xlsx", *[[f"N{n}", "2026-07", "甲州", 1, 0] for n in range(20)]),
                        watch=metrics.headlines)
    state = everything(engine)
    tried = loaders.undo(engine, done.batch, dry_run=True, watch=metrics.headlines)
    assert everything(engine) == state
    undone = loaders.undo(engine, done.batch, watch=metrics.headlines)

    def rounded(figure):
        # PostgreSQL adds up in whatever order it finds the rows.
        return figure and tuple(None if v is None else round(v, 6) for v in (figure.value, figure.lo, figure.hi, figure.base))

    def told(moves, back: bool) -> dict:
        return {(m.metric, m.month): (rounded(m.after), rounded(m.before)) if back else (rounded(m.before), rounded(m.after))
                for m in moves}

    assert told(undone, False) == told(tried, False)
    assert done.moves and told(tried, True) == told(done.moves, False), "undo goes back the same way"


def test_a_watch_that_fails_leaves_nothing(engine):
    base(engine)
    state = everything(engine)

    def fails(conn, dataset):
        raise RuntimeError(dataset)

    for keep in (True, False):
        with pytest.raises(RuntimeError):
            warehouse.publish(engine, draft("cities", [{"city": "丙江"}]), watch=fails, keep=keep)
    assert everything(engine) == state


def test_the_newest_months_of_every_metric_are_told_first():
    month = [pd.Timestamp(2026, m, 1).date() for m in range(1, 10)]
    moves = [loaders.Move(metric, m, "%", 1, None, None) for metric in ("nps", "satisfaction") for m in reversed(month)]
    shown, more = loaders.most_telling(moves)
    assert len(shown) == 12 and more == 6 and [m.metric for m in shown] == ["nps"] * 6 + ["satisfaction"] * 6
    assert [m.month for m in shown[:6]] == month[:2:-1]
    assert loaders.most_telling(moves[:3]) == (moves[:3], 0)


# -- refused rows of a file that is the whole of its months --------------------------------------------------


def tickets(path, *rows):
    return workbook(path, {"明细": [TICKET, *rows]})


def ticket(number, day="2026-07-15 10:00:00", city="甲州", content="上网慢"):
    return [number, day, "投诉", city, "net", None, "否", content]


def test_a_refused_row_keeps_its_older_version(engine, tmp_path):
    base(engine)
    loaders.load(engine, tickets(tmp_path / "a.xlsx", *[ticket(f"T{n}") for n in range(5)]))
    # T1 was corrected to a city nobody knows, T2 twice to different things, T3 is really gone.
    rows = (ticket("T0"), ticket("T1", city="丁城"), ticket("T2", content="甲"), ticket("T2", content="乙"), ticket("T4"))
    found = kept(engine, tickets(tmp_path / "b.xlsx", *rows), whole_months=True)
    assert (found.refused, found.withdrawn, found.spared, found.keyless) == (3, 1, 2, 0)
    live = stored(engine, "complaints").set_index("ticket_id")
    assert {"T0", "T1", "T2", "T4"} <= set(live.index) and "T3" not in live.index
    assert live.loc["T1", "city"] == "甲州" and live.loc["T2", "content"] == "上网慢"
    assert "2 rows whose new version was refused" in found.say("en")
    newest = int(warehouse.batch_list(engine)["id"].max())
    # What stayed comes back as well when a later batch that covered it is undone.
    later = loaders.load(engine, tickets(tmp_path / "c.xlsx", ticket("T1", content="后来"), ticket("T3", content="后来")))
    loaders.undo(engine, later.batch)
    live = stored(engine, "complaints").set_index("ticket_id")
    assert live.loc["T1", "content"] == "上网慢" and "T3" not in live.index
    loaders.undo(engine, newest)
    assert {f"T{n}" for n in range(5)} <= set(stored(engine, "complaints")["ticket_id"])
    with engine.connect() as conn:
        assert not conn.execute(sa.select(schema.SPARED["complaints"])).fetchall()


def test_a_refused_row_without_a_readable_key_is_told(engine, tmp_path):
    base(engine)
    loaders.load(engine, tickets(tmp_path / "a.xlsx", ticket("T0"), ticket("T1")))
    found = kept(engine, tickets(tmp_path / "b.xlsx", ticket("T0"), ticket(None)), whole_months=True)
    assert (found.refused, found.withdrawn, found.spared, found.keyless) == (1, 1, 0, 1)
    assert "1 refused rows do not say which row they are" in found.say("en") and "would be withdrawn" in found.say("en")


def test_a_refused_answer_of_a_wide_sheet_keeps_its_older_version(stocked, tmp_path):
    loaders.load(stocked, survey(tmp_path / "a.xlsx", ["R1", "2026-07", "甲州", 8, 9], ["R2", "2026-07", "甲州", 8, 9]))
    found = kept(stocked, survey(tmp_path / "b.xlsx", ["R1", "2026-07", "甲州", "很差", 10], ["R3", "2026-07", "甲州", 5, 5]),
                 whole_months=True)
    assert (found.refused, found.withdrawn, found.spared) == (1, 2, 1)
    rows = stored(stocked, "surveys").set_index(["respondent", "element"])["score"]
    assert rows["R1", "overall"] == 8 and rows["R1", "recommend"] == 10 and "R2" not in rows.index.get_level_values(0)


def test_an_extract_is_tried_the_same_way(stocked, tmp_path):
    source = f"sqlite:///{tmp_path / 'source.sqlite'}"
    there = sa.create_engine(source)
    rows = pd.DataFrame([["E1", "2026-07", "甲州", "overall", 9]], columns=["respondent", "month", "city", "element", "score"])
    rows.to_sql("answers", there, index=False)
    there.dispose()
    state = everything(stocked)
    found = loaders.load_extract(stocked, source, "answers", dataset="surveys", dry_run=True, watch=metrics.headlines)
    assert everything(stocked) == state
    assert [(m.metric, m.before, m.after.base) for m in found.moves] == [("satisfaction", None, 1)]
    assert found.moves[0].after.lo is None and "no data → 88.9," in found.moves[0].say("en")


def test_a_lopsided_interval_is_told_by_its_ends():
    at_the_edge = Figure(99.8, 98.9, 100.0, 400)
    assert at_the_edge.text(1, "%") == "99.8% (98.9 – 100.0)"
    assert Figure(82.1, 81.5, 82.7, 400).text(1, "") == "82.1 ± 0.6" and Figure(12, None, None, 12).text(0, "count") == "12"


def test_a_month_that_has_not_ripened_does_not_move(stocked, tmp_path):
    base(stocked)
    heads = ["工单号", "受理时间", "地市", "投诉类别", "手机号"]

    def book(month: int, days: range):
        rows = [[f"N{month}{day}{n}", f"2026-{month:02}-{day:02} 08:00:00", "甲州", "网络质量", f"139{month:04}{n:04}"] for day in days for n in range(9)]
        return workbook(tmp_path / f"{month}-{days[-1]}.xlsx", {"投诉工单": [heads, *rows]})

    loaders.load(stocked, book(6, range(1, 29)))
    loaders.load(stocked, book(7, range(1, 29)))
    tried = loaders.load(stocked, book(8, range(1, 9)), dry_run=True, watch=metrics.headlines)
    # To 8 August only the repeats of the first days of July are known: not half of a usual month.
    assert [f"{m.month:%Y-%m}" for m in tried.moves if m.metric == "complaints"] == ["2026-08"]
    assert not [m for m in tried.moves if m.metric == "repeat_rate"]
    later = loaders.load(stocked, book(8, range(1, 29)), dry_run=True, watch=metrics.headlines)
    (ripe,) = [m for m in later.moves if m.metric == "repeat_rate"]
    assert f"{ripe.month:%Y-%m}" == "2026-07" and ripe.before is None and ripe.after.base > 200
    # What is ripe does not depend on how much other months hold.
    loaders.load(stocked, book(8, range(1, 29)))
    heads_of = {m.month.month for m in loaders.load(stocked, book(2, range(1, 29)), dry_run=True, watch=metrics.headlines).moves}
    assert heads_of == {2}
