"""Settings with their history, and what was said by them: on DuckDB and on PostgreSQL."""

from __future__ import annotations

import shutil
from datetime import date

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as of

from sqm import detectors, metrics, settings, settled, signals, store, warehouse
from sqm.errors import Conflict, WrongCall
from sqm.i18n import LANGUAGES, say, texts
from sqm.limits import PRACTICAL, SETTINGS, USUAL, Limits

MAY = date(2026, 5, 1)


def put(engine, name, value, since=MAY, base=0, why="agreed in the meeting"):
    return settings.change(engine, name, value, since, base=base, who="Li", why=why)


def test_what_nobody_set_is_at_its_default(engine) -> None:
    assert settings.history(engine, "batch_least") == []
    assert settings.values(engine, MAY) == {name: setting.default for name, setting in SETTINGS.items()}
    assert settings.limits(engine, None) == USUAL


def test_the_defaults_are_those_of_the_catalogue() -> None:
    for name, points in PRACTICAL.items():
        found = metrics.get(name)
        assert points == found.practical * (100 if found.relative else 1)
        assert signals.defined(name, USUAL).practical == found.practical


def test_a_value_holds_from_its_month_on_and_the_last_word_counts(engine) -> None:
    put(engine, "batch_least", 20, date(2026, 5, 17))
    put(engine, "batch_least", 30, date(2026, 8, 1), base=1)
    held = [settings.limits(engine, month).batch_least for month in (date(2026, 4, 1), MAY, date(2026, 7, 1), date(2026, 8, 1))]
    assert held == [10, 20, 20, 30]
    put(engine, "batch_least", 15, date(2026, 6, 1), base=2)
    held = [settings.limits(engine, month).batch_least for month in (MAY, date(2026, 6, 1), date(2026, 9, 1))]
    assert held == [20, 15, 15], "set last for all months from June on"
    told = settings.history(engine, "batch_least")
    assert [(one.revision, one.value, one.since, one.who, one.why) for one in told] == [
        (3, 15, date(2026, 6, 1), "Li", "agreed in the meeting"), (2, 30, date(2026, 8, 1), "Li", "agreed in the meeting"),
        (1, 20, MAY, "Li", "agreed in the meeting")]


def test_a_change_raises_the_data_version_and_a_refused_one_does_not(engine) -> None:
    before = warehouse.data_version(engine)
    put(engine, "hot_excess", 25)
    assert warehouse.data_version(engine) == before + 1
    with pytest.raises(Conflict):
        put(engine, "hot_excess", 30)
    assert warehouse.data_version(engine) == before + 1 and settings.limits(engine, MAY).hot_excess == 0.25


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [("batch_least", 1, "setting_value"), ("batch_least", 10.5, "setting_value"), ("false_news", "many", "setting_value"), ("false_news", float("nan"), "setting_value"),
     ("false_news", None, "setting_value"), ("batch_p", -1, "setting_value"), ("batch_p", float("inf"), "setting_value"), ("baseline_from", "2026-13", "setting_month"),
     ("baseline_from", "'; DROP TABLE meta; --", "setting_month"), ("batch_leest", 5, "unknown_setting")],
)
def test_a_value_that_cannot_be_is_refused_in_words(engine, name, value, code) -> None:
    with pytest.raises(WrongCall) as caught:
        put(engine, name, value)
    assert caught.value.code == code and store.documents(engine, settings.KIND) == []
    assert all(say(caught.value, lang) for lang in LANGUAGES)


def test_a_change_without_a_reason_is_refused(engine) -> None:
    with pytest.raises(WrongCall) as caught:
        put(engine, "hot_excess", 20, why="  ")
    assert caught.value.code == "setting_why" and all(say(caught.value, lang) for lang in LANGUAGES)


def test_every_setting_has_its_name_and_its_meaning_in_every_language() -> None:
    for name in SETTINGS:
        for part in ("name", "what"):
            assert all(texts("settings")[f"{name}.{part}"][lang] for lang in LANGUAGES)


@given(of.floats(0.1, 50), of.integers(2, 10_000), of.sampled_from(["", "2024-01", "2026-12"]))
def test_limits_follow_their_values(rate, least, begins) -> None:
    found = Limits.of({"false_news": rate, "batch_least": least, "baseline_from": begins})
    assert found.false_news == pytest.approx(rate / 100) and found.batch_least == least
    assert (found.baseline_from is None) == (not begins) and (not begins or f"{found.baseline_from:%Y-%m}" == begins)


def test_a_new_baseline_judges_the_months_after_it() -> None:
    months = pd.date_range("2024-01-01", periods=30, freq="MS")
    events = [100.0 + i % 2 for i in range(15)] + [200.0 + i % 2 for i in range(15)]
    frame = pd.DataFrame({"month": months, "value": [e / 100 for e in events], "events": events, "exposure": 1e6})
    frame.attrs["as_of"] = "2026-07-01T00:00:00"
    usual = signals.controlled("complaint_rate", frame)
    assert (usual["signal"] == "worse").tolist() == [False] * 15 + [True] * 15
    again = signals.controlled("complaint_rate", frame, Limits.of({"baseline_from": "2025-04"}))
    assert (again["signal"] == "").all() and again["centre"].isna().tolist() == [True] * 15 + [False] * 15
    assert again["phase"].tolist() == ["before"] * 15 + ["baseline"] * 12 + ["after"] * 3 and again.attrs == frame.attrs
    assert signals.controlled("complaint_rate", frame, Limits.of({"baseline_from": "2026-01"}))["upper"].isna().all(), "not full yet"
    eight = signals.controlled("complaint_rate", frame, Limits.of({"baseline_months": 8}))
    assert eight["phase"].tolist().count("baseline") == 8


@pytest.fixture
def own_sample(sample_folder, tmp_path, monkeypatch):
    """The sample data, to write to."""
    shutil.copytree(sample_folder, tmp_path / "data", dirs_exist_ok=True)
    monkeypatch.setenv("SQM_DATA_DIR", str(tmp_path / "data"))
    return warehouse.engine()


def test_what_was_said_is_kept_and_read_back_as_it_was(own_sample) -> None:
    fresh = settled.work_out(own_sample, warehouse.data_version(own_sample))
    kept = settled.told(own_sample)
    assert kept.at is not None and kept.month == date(2026, 10, 1) and kept.limits == USUAL
    for name in ("hits", "contradictions"):
        pd.testing.assert_frame_equal(getattr(kept, name), getattr(fresh, name), check_dtype=False, check_column_type=False)
    pd.testing.assert_frame_equal(kept.movements.rows, fresh.movements.rows, check_dtype=False)
    assert kept.movements.windows == fresh.movements.windows and kept.movements.compared == 554
    assert list(kept.movements.headlines.index) == list(fresh.movements.headlines.index)


def test_it_is_worked_out_once(own_sample, monkeypatch) -> None:
    first = settled.told(own_sample)
    monkeypatch.setattr(metrics, "fetch", lambda *_, **__: pytest.fail("asked again"))
    assert settled.told(own_sample).at == first.at


def test_a_change_of_a_setting_says_it_anew_and_leaves_what_was_said(own_sample) -> None:
    before = settled.told(own_sample)
    batches = before.hits[before.hits["detector"] == "batch"]
    assert len(batches) == 1
    put(own_sample, "batch_least", 5000, date(2026, 10, 1))
    put(own_sample, "practical_audit_score", 99, date(2026, 10, 1))
    after = settled.told(own_sample)
    assert after.version == before.version + 2 and (after.hits["detector"] != "batch").all() and after.limits.batch_least == 5000
    assert "audit_score" in set(before.movements.news["metric"]) and "audit_score" not in set(after.movements.news["metric"])
    told = settled.said(own_sample)
    assert [one.version for one in told] == [after.version, before.version]
    assert (told[1].hits["detector"] == "batch").sum() == 1 and told[1].said_by["batch_least"] == 10


def test_a_setting_for_months_to_come_changes_nothing_yet(own_sample) -> None:
    put(own_sample, "batch_least", 5000, date(2026, 11, 1))
    assert (settled.told(own_sample).hits["detector"] == "batch").any()


def test_rules_that_changed_are_said_anew_as_another_revision(own_sample, monkeypatch) -> None:
    version = settled.told(own_sample).version
    monkeypatch.setattr(settled, "RULES", settled.RULES + 1)
    settled.told(own_sample)
    assert [one.revision for one in store.history(own_sample, settled.KIND, str(version))] == [2, 1]


def test_what_older_rules_kept_can_still_be_read(own_sample) -> None:
    now = settled.told(own_sample)
    body = {**store.latest(own_sample, settled.KIND, str(now.version)).body, "rules": 1}
    for name in ("yearly", "year_windows"):
        body.pop(name)
    store.save(own_sample, settled.KIND, str(now.version - 1), body, base=0, who="SQM", why="")
    old = settled.said(own_sample)[1]
    assert old.movements.compared == len(now.movements.rows.query("verdict != 'small'")) and old.movements.only_yearly.empty
    assert [one.version for one in settled.said(own_sample, 1)] == [now.version] and settled.versions(own_sample) == [now.version, now.version - 1]


def test_what_no_record_can_hold_is_said_all_the_same(own_sample, monkeypatch) -> None:
    settled.told(own_sample)
    before = settled.versions(own_sample)
    put(own_sample, "batch_least", 20, date(2026, 10, 1))
    monkeypatch.setattr(settled, "_written", lambda found: {"rules": settled.RULES, "never": float("inf")})
    told = settled.told(own_sample)
    assert told.movements.compared == 554 and told.at is None and settled.versions(own_sample) == before
    settled.settle(own_sample)


def test_nothing_to_say_of_an_empty_warehouse(engine) -> None:
    found = settled.told(engine)
    assert found.month is None and found.movements.compared == 0 and found.hits.empty and found.contradictions.empty
    again = settled.told(engine)
    assert again.at is not None and list(again.hits.columns) == detectors.COLUMNS and list(again.contradictions.columns) == signals.CONTRADICTIONS


def test_what_cannot_be_kept_is_said_all_the_same(engine, monkeypatch) -> None:
    def busy(*_, **__):
        raise Conflict("revision_conflict", base=0, stored=1, who="", at="", why="")

    monkeypatch.setattr(store, "save", busy)
    assert settled.told(engine).at is None


def test_what_was_worked_out_while_somebody_published_is_not_kept(engine, monkeypatch) -> None:
    versions = iter([1, 2])
    monkeypatch.setattr(warehouse, "data_version", lambda _: next(versions, 2))
    assert settled.told(engine).at is None and store.documents(engine, settled.KIND) == []
