"""Documents that pages write: revisions, conflicts, restore; on DuckDB and on PostgreSQL."""

from __future__ import annotations

import threading

import pytest

from sqm import store, warehouse
from sqm.errors import Conflict, SqmError
from sqm.i18n import LANGUAGES, say

KIND = "blueprint"


def test_nothing_stored(engine) -> None:
    assert store.latest(engine, KIND, "a") is None
    assert store.history(engine, KIND, "a") == []
    assert store.documents(engine, KIND) == []
    with pytest.raises(SqmError) as caught:
        store.load(engine, KIND, "a", 1)
    assert caught.value.code == "no_such_revision"


def test_each_save_is_a_revision_that_stays(engine) -> None:
    first = store.save(engine, KIND, "a", {"标题": "甲", "n": [1, None, True]}, base=0, who="王珊", why="开始")
    second = store.save(engine, KIND, "a", {"标题": "乙"}, base=1, who="李敏")
    assert (first.revision, second.revision) == (1, 2)
    assert store.latest(engine, KIND, "a") == second
    assert store.load(engine, KIND, "a", 1).body == {"标题": "甲", "n": [1, None, True]}
    listed = store.history(engine, KIND, "a")
    assert [(r.revision, r.who, r.why, r.text) for r in listed] == [(2, "李敏", "", ""), (1, "王珊", "开始", "")]
    assert store.history(engine, KIND, "a", limit=1) == listed[:1]


def test_documents_do_not_meet(engine) -> None:
    store.save(engine, KIND, "b", 1, base=0)
    store.save(engine, KIND, "a", 2, base=0)
    store.save(engine, "meeting", "a", 3, base=0)
    assert store.documents(engine, KIND) == ["a", "b"]
    assert store.latest(engine, "meeting", "a").body == 3 and store.latest(engine, KIND, "a").body == 2


@pytest.mark.parametrize("base", [0, 2, -1, 99])
def test_an_edit_on_another_revision_is_a_conflict_and_stores_nothing(engine, base: int) -> None:
    made = store.save(engine, KIND, "a", "theirs", base=0, who="李敏", why="换指标")
    with pytest.raises(Conflict) as caught:
        store.save(engine, KIND, "a", "mine", base=base, who="王珊")
    assert caught.value.params["stored"] == 1 and caught.value.params["who"] == "李敏"
    assert all("李敏" in say(caught.value, lang) for lang in LANGUAGES)
    assert store.latest(engine, KIND, "a") == made


def test_restore_is_a_new_revision(engine) -> None:
    store.save(engine, KIND, "a", "one", base=0)
    store.save(engine, KIND, "a", "two", base=1)
    made = store.restore(engine, KIND, "a", 1, base=2, who="王珊", why="two was wrong")
    assert (made.revision, made.body) == (3, "one")
    assert [r.revision for r in store.history(engine, KIND, "a")] == [3, 2, 1]
    with pytest.raises(Conflict):
        store.restore(engine, KIND, "a", 1, base=2)
    with pytest.raises(SqmError):
        store.restore(engine, KIND, "a", 9, base=3)


def test_odd_bodies(engine) -> None:
    odd = {"t": "a\x00b\ud800 \"'; DROP TABLE documents; --", "n": 1e-9}
    made = store.save(engine, KIND, "a", odd, base=0, who="x" * 500, why="line\nbreak\t" + "y" * 900)
    assert store.latest(engine, KIND, "a") == made
    assert made.body["t"] == odd["t"].replace("\ud800", "?")
    assert len(made.who) == 80 and made.why.startswith("line break y") and len(made.why) == 400
    with pytest.raises(ValueError):
        store.save(engine, KIND, "a", float("nan"), base=1)
    with pytest.raises(SqmError) as caught:
        store.save(engine, KIND, "a", "长" * store.MAX_BYTES, base=1)
    assert caught.value.code == "document_too_large" and store.latest(engine, KIND, "a").revision == 1


def test_of_many_who_save_at_once_one_wins(engine) -> None:
    outcomes: list[str] = []

    def go(name: str) -> None:
        try:
            store.save(engine, KIND, "a", name, base=0, who=name)
            outcomes.append(name)
        except Conflict:
            outcomes.append("")

    threads = [threading.Thread(target=go, args=(f"p{i}",)) for i in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    won = [name for name in outcomes if name]
    assert len(outcomes) == 6 and len(won) == 1
    assert store.latest(engine, KIND, "a").body == won[0] and len(store.history(engine, KIND, "a")) == 1


def test_documents_survive_a_backup(engine, tmp_path) -> None:
    store.save(engine, KIND, "a", "kept", base=0)
    warehouse.backup(engine, tmp_path / "copy.zip")
    store.save(engine, KIND, "a", "lost", base=1)
    warehouse.restore(engine, tmp_path / "copy.zip")
    assert store.latest(engine, KIND, "a").body == "kept"
