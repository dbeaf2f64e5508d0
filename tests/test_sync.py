"""Taking over what is new in another database: parts, marks, resuming, what is never read; on SQLite and a real PostgreSQL."""

from __future__ import annotations

import json
import os
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from workbooks import shelf, stocked, stored

from simulated import open_page, whole
from sqm import loaders, metrics, sync, warehouse
from sqm.errors import FileRefused, SqmError, WrongCall
from sqm.i18n import LANGUAGES, say
from sqm.ingest import extracts
from warehouses import new_url

__all__ = ["shelf", "stocked"]

#: For tests of what the statements say: on each kind of database.
ANY = pytest.mark.parametrize("elsewhere", ["sqlite", "postgresql"], indirect=True)
BEGAN = datetime(2026, 7, 1, 8)


class Elsewhere:
    """Another database with a table of tickets; ``put`` adds some, or changes those that are there."""

    def __init__(self, url: str) -> None:
        self.url, self.engine = url, sa.create_engine(url, poolclass=sa.pool.NullPool)
        meta = sa.MetaData()
        self.table = sa.Table("tickets", meta, sa.Column("工单号", sa.Text, primary_key=True), sa.Column("受理时间", sa.DateTime), sa.Column("地市", sa.Text),
                              sa.Column("投诉类别", sa.Text), sa.Column("手机号", sa.Text), sa.Column("changed", sa.DateTime))
        meta.create_all(self.engine)

    def put(self, first: int, last: int, changed: datetime | None = None, city: str = "甲州", every: int = 60) -> None:
        with self.engine.begin() as conn:
            conn.execute(sa.delete(self.table).where(self.table.c["工单号"].in_([f"T{n:04}" for n in range(first, last)])))
            conn.execute(sa.insert(self.table), [
                {"工单号": f"T{n:04}", "受理时间": BEGAN + timedelta(minutes=n), "地市": city, "投诉类别": "网络质量", "手机号": f"139{n:08}",
                 "changed": changed or BEGAN + timedelta(seconds=n // every)} for n in range(first, last)])


@pytest.fixture
def elsewhere(request: pytest.FixtureRequest, tmp_path: Path) -> Elsewhere:
    """A SQLite file, unless the test asks for others."""
    if getattr(request, "param", "sqlite") == "sqlite":
        return Elsewhere(f"sqlite:///{(tmp_path / 'crm.db').as_posix()}")
    return Elsewhere(new_url("postgresql", request, tmp_path))


def written_down(text: str) -> None:
    path = sync.place()
    path.write_text(text, encoding="utf-8")
    path.chmod(0o600)


def toml(value: object) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{json.dumps(name)} = {toml(one)}" for name, one in value.items()) + " }"
    return json.dumps(value, ensure_ascii=False)


def crm(elsewhere: Elsewhere, **more: object) -> sync.Source:
    entries = {"url": elsewhere.url, "dataset": "complaints", "table": "tickets", "watermark": "changed", "chunk": 100, **more}
    written_down("[crm]\n" + "\n".join(f"{key} = {toml(value)}" for key, value in entries.items() if value != ""))
    return sync.source("crm")


def there(engine: sa.Engine) -> int:
    return int(metrics.fetch(engine, "complaints")["value"].sum())


@ANY
def test_what_is_new_is_taken_over_in_parts_and_only_that(stocked, elsewhere):
    elsewhere.put(0, 250)
    source, seen = crm(elsewhere), []
    done = sync.sync(stocked, source, by="night", progress=lambda n, of: seen.append((n, of)))
    # 60 rows bear one second, so parts of a hundred end at 60, 120, …
    assert [part.rows for part in done.parts] == [60, 60, 60, 70] and len(done.batches) == 4
    assert (done.message, done.counted("new"), done.counted("refused"), done.unmarked, there(stocked)) == ("synced", 250, 0, 0, 250)
    assert seen[-1] == (250, 250) and seen == sorted(seen)
    assert loaders.batches(stocked)["loaded_by"].head(4).tolist() == ["night"] * 4
    again = sync.sync(stocked, source)
    assert (again.message, again.batches, again.counted("rows")) == ("nothing_new", [], 0)
    elsewhere.put(240, 300)
    more = sync.sync(stocked, source)
    assert more.counted("new") == 50 and more.counted("replaced") == 0 and there(stocked) == 300
    assert stored(stocked, "complaints")["phone"].str.contains(r"\*").all()
    for lang in LANGUAGES:
        assert "crm" in more.say(lang)


@ANY
def test_rows_that_come_late_under_the_last_mark_are_not_missed_and_changed_ones_replace(stocked, elsewhere):
    elsewhere.put(0, 90)
    source = crm(elsewhere)
    sync.sync(stocked, source)
    late = BEGAN + timedelta(seconds=1)  # the last second that was taken over
    elsewhere.put(90, 95, changed=late)
    assert sync.sync(stocked, source).counted("new") == 5
    elsewhere.put(10, 20, changed=late + timedelta(days=1), city="乙州")
    done = sync.sync(stocked, source)
    assert done.counted("replaced") == 10 and there(stocked) == 95
    assert stored(stocked, "complaints").set_index("ticket_id").loc["T0010", "city"] == "乙州"


def test_more_rows_under_one_mark_than_a_part_holds_stay_together(stocked, elsewhere):
    elsewhere.put(0, 230, every=10_000)
    elsewhere.put(230, 900, changed=BEGAN + timedelta(days=1))
    done = sync.sync(stocked, crm(elsewhere))
    assert [part.rows for part in done.parts] == [230, 670] and there(stocked) == 900


def test_one_that_breaks_off_goes_on_where_it_was(stocked, elsewhere, monkeypatch):
    elsewhere.put(0, 250)
    source, calls = crm(elsewhere), []
    read = extracts.read

    def failing(*arguments, **more):
        calls.append(1)
        if len(calls) == 3:
            raise FileRefused("extract_failed", source="crm", reason="gone")
        return read(*arguments, **more)

    monkeypatch.setattr(extracts, "read", failing)
    with pytest.raises(FileRefused):
        sync.sync(stocked, source)
    assert there(stocked) == 120 and sync.state(stocked, source).rows == 120
    done = sync.sync(stocked, source)
    assert (done.counted("new"), done.counted("unchanged"), there(stocked)) == (130, 0, 250)


def test_killed_between_publishing_and_remembering_nothing_counts_twice(stocked, elsewhere, monkeypatch):
    elsewhere.put(0, 250)
    source = crm(elsewhere)
    monkeypatch.setattr(sync, "_keep", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        sync.sync(stocked, source)
    monkeypatch.undo()
    done = sync.sync(stocked, source)
    assert there(stocked) == 250 and done.counted("new") == 190


@ANY
def test_rows_without_a_mark_are_said_and_whatever_is_refused_is_named(stocked, elsewhere):
    elsewhere.put(0, 10)
    with elsewhere.engine.begin() as conn:
        conn.execute(sa.insert(elsewhere.table), [{"工单号": "N1", "受理时间": BEGAN, "地市": "甲州", "投诉类别": "网络质量", "changed": None},
                                                  {"工单号": "B1", "受理时间": BEGAN, "地市": "无此市", "投诉类别": "网络质量", "changed": BEGAN}])
    source = crm(elsewhere)
    assert sync.test(source, stocked) == (11, 1)
    done = sync.sync(stocked, source)
    assert (done.unmarked, done.counted("accepted"), done.counted("refused")) == (1, 10, 1)
    assert [problem.value for part in done.parts for problem in part.problems] == ["无此市"]
    assert "1 row has no watermark" in done.say("en")
    with elsewhere.engine.begin() as conn:
        conn.execute(sa.insert(elsewhere.table), [{"工单号": "B2", "受理时间": BEGAN, "地市": "无此市", "投诉类别": "网络质量", "changed": BEGAN + timedelta(days=9)}])
    assert sync.sync(stocked, source).message == "refused"
    # What was refused altogether is not passed over: it is there again, and is taken over with what comes after.
    elsewhere.put(20, 25, changed=BEGAN + timedelta(days=10))
    assert sync.sync(stocked, source).counted("accepted") == 5


def test_a_look_keeps_nothing_and_from_the_beginning_brings_back_what_was_undone(stocked, elsewhere):
    elsewhere.put(0, 50)
    source = crm(elsewhere)
    look = sync.sync(stocked, source, dry_run=True, watch=metrics.headlines)
    assert (look.message, look.counted("new"), look.waiting, look.batches) == ("dry_run", 50, 50, []) and look.parts[0].moves is not None
    assert there(stocked) == 0 and sync.state(stocked, source) is None
    done = sync.sync(stocked, source)
    loaders.undo(stocked, done.batches[0])
    assert sync.sync(stocked, source).message == "nothing_new" and there(stocked) == 0
    assert sync.sync(stocked, source, again=True).counted("new") == 50 and there(stocked) == 50


@ANY
def test_another_query_or_map_begins_from_the_beginning(stocked, elsewhere):
    elsewhere.put(0, 50)
    sync.sync(stocked, crm(elsewhere))
    query = 'SELECT "工单号", "受理时间", "地市" AS place, "投诉类别", changed FROM tickets -- all of them'
    other = crm(elsewhere, table="", query=query, map={"place": "city"})
    assert sync.state(stocked, other) is None
    done = sync.sync(stocked, other)
    assert done.counted("rows") == 50 and done.counted("replaced") == 50 and there(stocked) == 50
    assert sync.sync(stocked, other).message == "nothing_new"


def test_without_a_watermark_all_of_it_is_read_each_time(stocked, elsewhere):
    elsewhere.put(0, 50)
    source = crm(elsewhere, watermark="", whole_months=True)
    assert sync.sync(stocked, source).counted("new") == 50
    assert sync.sync(stocked, source).message == "nothing_new"
    with elsewhere.engine.begin() as conn:
        conn.execute(sa.delete(elsewhere.table).where(elsewhere.table.c["工单号"] == "T0003"))
    assert sync.sync(stocked, source).message == "synced" and there(stocked) == 49


def test_two_runs_at_once_end_in_a_sentence(stocked, elsewhere, monkeypatch):
    elsewhere.put(0, 250)
    source = crm(elsewhere)
    keep, other = sync._keep, []

    def beside(*arguments):
        if not other:
            other.append(1)
            sync.sync(stocked, source)
        return keep(*arguments)

    monkeypatch.setattr(sync, "_keep", beside)
    with pytest.raises(SqmError) as caught:
        sync.sync(stocked, source)
    assert caught.value.code == "sync_twice" and there(stocked) == 250


def test_a_file_of_sources_that_is_wrong_says_where(stocked, elsewhere):
    elsewhere.put(0, 5)
    secret = "postgresql://reader:hush@nowhere/db"
    wrong = {
        "[crm\nurl = 1": "sources_file",
        f'[crm]\nurl = "{secret}"\ndataset = "complaints"\ntable = "t"\nwatermrk = "x"': "sources_entry",
        f'[crm]\nurl = "{secret}"\ndataset = "complaints"': "sources_entry",
        f'[crm]\nurl = "{secret}"\ndataset = "nothing"\ntable = "t"': "sources_entry",
        f'[crm]\nurl = "{secret}"\ndataset = "complaints"\nquery = "DELETE FROM t"': "not_a_select",
        f'[crm]\nurl = "{secret}"\ndataset = "complaints"\ntable = "t"\nwatermark = "w"\nwhole_months = true': "sources_entry",
        '[crm]\nurl_env = "NOT_SET_HERE"\ndataset = "complaints"\ntable = "t"': "sources_entry",
    }
    for text, code in wrong.items():
        written_down(text)
        with pytest.raises((FileRefused, WrongCall)) as caught:
            sync.source("crm")
        assert caught.value.code == code, text
        for lang in LANGUAGES:
            assert "hush" not in say(caught.value, lang)
    if os.name != "nt":
        sync.place().chmod(0o644)
        with pytest.raises(FileRefused) as caught:
            sync.source("crm")
        assert caught.value.code == "sources_open"
    source = crm(elsewhere, watermark="nothing")
    with pytest.raises(FileRefused):
        sync.sync(stocked, source)
    with pytest.raises(WrongCall) as unknown:
        sync.source("cmr")
    assert unknown.value.params["near"] == "crm" and "hush" not in repr(source)


def test_a_scheduler_calls_it(own_data_folder, stocked, elsewhere, sqm_command):
    elsewhere.put(0, 30)
    crm(elsewhere)
    warehouse.forget()
    done = sqm_command(own_data_folder, "sync", "crm", "--json")
    said = json.loads(done.stdout)
    assert done.returncode == 0 and (said["code"], said["new"], len(said["batches"])) == ("synced", 30, 1), done.stderr
    listed = json.loads(sqm_command(own_data_folder, "sync", "--json").stdout)
    assert listed[0]["rows"] == 30 and listed[0]["until"].startswith("2026-07-01")
    assert sqm_command(own_data_folder, "sync", "nothing").returncode == 2


def test_the_page_tests_looks_and_takes_over(stocked, elsewhere):
    elsewhere.put(0, 130)
    crm(elsewhere)
    app = open_page("data")
    app.session_state["data_sources"] = True
    app = whole(app.run())
    assert any("crm" in each.value and "never taken over" in each.value for each in app.markdown)
    app = whole(app.button(key="source_crm_test").click().run())
    assert any("130 rows" in each.value for each in app.success)
    app = whole(app.button(key="source_crm_look").click().run())
    assert any("Nothing was published" in each.value for each in app.caption) and there(stocked) == 0
    app = whole(app.button(key="source_crm_sync").click().run())
    assert any("130 new" in each.value for each in app.success) and there(stocked) == 130
    assert any("130 rows in all" in each.value for each in app.markdown)
    # A source that is gone is a sentence, and the page stays.
    Path(elsewhere.engine.url.database).unlink()
    app = whole(app.button(key="source_crm_sync").click().run())
    assert any("Reading from" in each.value for each in app.error)


def test_the_page_says_where_sources_are_written_down(stocked):
    app = open_page("data")
    app.session_state["data_sources"] = True
    assert any("sources.toml" in each.value for each in whole(app.run()).caption)
