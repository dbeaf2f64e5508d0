"""Changing a setting on the Metrics page: tried, set with a reason, kept; and what was said before stays."""

from __future__ import annotations

import shutil

import pytest

from simulated import open_page, whole, words
from sqm import settings, settled, warehouse


@pytest.fixture
def own_sample(sample_folder, tmp_path, monkeypatch):
    """The sample data, to write to."""
    shutil.copytree(sample_folder, tmp_path / "data", dirs_exist_ok=True)
    monkeypatch.setenv("SQM_DATA_DIR", str(tmp_path / "data"))
    return warehouse.engine()


def opened(lang: str):
    """The page with the place to change a setting open."""
    app = open_page("metrics", lang)
    app.session_state["metrics_settings"] = True
    return whole(app.run())


def fill(app, name: str, value: str, since: str, why: str):
    app.selectbox(key="metrics_setting").select(name)
    whole(app.run())
    app.text_input(key=f"metrics_value_{name}").input(value)
    app.text_input(key="metrics_since").input(since)
    app.text_input(key=f"metrics_why_{name}").input(why)
    return whole(app.run())


@pytest.mark.parametrize(
    ("lang", "title", "effect"),
    [("en", "How news is told: 15 settings, 0 changed", "are confirmed (now"), ("zh", "判断规则：15 项设置，0 项改过", "项变为")],
)
def test_a_change_is_tried_then_set_and_the_past_stays(own_sample, lang, title, effect) -> None:
    app = opened(lang)
    assert title in words(app)
    version = settled.told(own_sample).version
    app = fill(app, "practical_audit_score", "99", "2026-10", "门店样本太小 <b>")
    app.button(key="metrics_try").click()
    whole(app.run())
    assert effect in words(app) and settings.history(own_sample, "practical_audit_score") == []
    gone = {"en": "No longer confirmed: ", "zh": "不再确认："}[lang] + {"en": "Huai'an audit score ▲ +18.1", "zh": "淮安 检查得分 ▲ +18.1"}[lang]
    assert gone in words(app).replace("&#x27;", "'")
    app.button(key="metrics_set").click()
    whole(app.run())
    made = settings.history(own_sample, "practical_audit_score")[0]
    assert (made.value, f"{made.since:%Y-%m}", made.why) == (99, "2026-10", "门店样本太小 <b>")
    said = words(app)
    assert f"v{version}" in said and f"v{version + 1}" in said and "门店样本太小 &lt;b&gt;" in said
    assert [one.version for one in settled.said(own_sample)] == [version + 1, version]


def test_new_baselines_say_what_charts_will_show(own_sample) -> None:
    app = fill(opened("en"), "baseline_from", "2025-09", "2026-10", "since the surge")
    app.button(key="metrics_try").click()
    said = words(whole(app.run()))
    assert "Control charts take their limits from 2025-09 – 2026-08: months of the province" in said and "What is said of the data stays: 6 of 554 changes" in said
    assert "Suqian Hotline satisfaction ▼ −10.4" in said, "what was said is there by name"


def test_what_cannot_be_is_said_and_nothing_is_kept(own_sample) -> None:
    app = opened("en")
    refused = (("lots", "2026-10", "x", "cannot be used"), ("5", "October", "x", "is not a month"), ("5", "", "x", "is not a month"), ("5", "2026-10", "", "needs its reason"))
    for value, since, why, sentence in refused:
        app = fill(app, "batch_least", value, since, why)
        app.button(key="metrics_try").click()
        whole(app.run())
        assert [sentence in one.value for one in app.error] == [True], (value, since, why)
        assert "What was said of each state" in words(app), "the rest of the page stands"
    assert settings.history(own_sample, "batch_least") == []


def test_a_month_to_come_changes_nothing_yet_and_says_so(own_sample) -> None:
    app = fill(opened("en"), "batch_least", "5000", "2027-01", "from next year on")
    app.button(key="metrics_try").click()
    whole(app.run())
    assert "nothing changes yet" in words(app)
