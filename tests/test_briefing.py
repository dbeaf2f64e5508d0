"""The three sentences of the Overview: what they say of the planted story, and what they say where there is nothing to say."""

from __future__ import annotations

import html
import re
import subprocess
import sys
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest

from simulated import ROOT, finding, open_page, whole, words
from sqm import metrics, warehouse
from sqm.ui import briefing, results
from sqm.ui.filters import Filters


@pytest.fixture
def sample(sample_folder, monkeypatch):
    monkeypatch.setenv("SQM_DATA_DIR", str(sample_folder))
    engine = warehouse.engine()
    months = metrics.months(engine, "surveys")
    return Filters("overview", "en", "light", engine, warehouse.data_version(engine), (months[0], months[-1]), {})


def said(text: str) -> str:
    return html.unescape(re.sub(r"<[^>]+>", "", text))


def test_what_is_told_is_the_planted_story_the_bad_first(sample) -> None:
    compared, confirmed, news = briefing.told(sample)
    assert (compared, confirmed) == (554, 6)
    assert [(one.what, one.verdict) for one in news] == [
        ("Suqian Hotline satisfaction", "worse"), ("Xuzhou Usage reminders complaints", "worse"),
        ("Huai'an audit score", "better"), ("Mobile data complaints", "better")]
    hotline = news[0]
    # What one batch made, and is over, does not come first.
    assert [one.alone for one in news] == ["", "2026-08", "", ""]
    assert (hotline.before, hotline.value, hotline.change) == ("80.2", "69.7", "▼ \u221210.4")
    assert briefing.finding_of(sample) == "Of 554 six-month changes, 6 are confirmed; first: Suqian Hotline satisfaction ▼ \u221210.4"
    # What is chosen changes nothing of what was said.
    assert briefing.told(replace(sample, where={"channel": "热线"})) == (compared, confirmed, news)


def test_every_name_in_a_sentence_leads_to_a_page_that_shows_that_number(sample) -> None:
    for one in briefing.told(sample)[2]:
        page, query = urlsplit(one.link).path, {k: v[0] for k, v in parse_qs(urlsplit(one.link).query).items()}
        metric = {"satisfaction": "satisfaction", "complaints": "complaint_rate", "stores": "audit_score"}[page]
        there = replace(sample, page=page, span=query["period"], where={k: v for k, v in query.items() if k in ("city", "element", "category")},
                        period=results.window(sample, metric, int(query["period"])))
        value = results.fetch(metric, there)["value"].iloc[0]
        assert one.value == results.i18n.number(value, 2 if metric == "complaint_rate" else 1), one
        beside = briefing.beside_half_a_year_ago(there, metric)
        assert one.before in beside and one.change in beside and one.interval in beside and beside.endswith("change confirmed"), beside
        # Over other months, or of fewer people, that was not compared.
        assert briefing.beside_half_a_year_ago(replace(there, span="12"), metric) == ""
        assert briefing.beside_half_a_year_ago(replace(there, span="all"), metric) == ""
        assert briefing.beside_half_a_year_ago(replace(there, where={**there.where, "channel": "热线"}), metric) == ""


def test_what_is_open_and_what_was_promised(sample) -> None:
    still = said(briefing._sentence_open(sample))
    assert still == ("Satisfaction 80.7 ± 0.5, short of 82.0. Suqian Answer rate 93.3% meets its target, "
                     "Hotline 69.7 does not (80.0).")
    # The audit score of six months is short of its target, that of the last month no longer.
    assert briefing._over(sample, "audit_score", 6)["hi"] < 85 < briefing._over(sample, "audit_score", 1)["value"]
    assert said(briefing._sentence_promised(sample)) == "Broken: First reply within 48 hours 95.8% (98%); Queue within 10 minutes 84.8% (90%)"
    zh = replace(sample, lang="zh")
    assert said(briefing._sentence_open(zh)).endswith("宿迁接通率 93.3% 达标，热线服务满意度只有 69.7（目标 80.0）。")


def test_the_page_says_three_sentences_and_how_much_is_noise(sample) -> None:
    app = whole(open_page("overview", "en"))
    assert finding(app) == briefing.finding_of(sample)
    text = words(app)
    for part in ("What really moved", "Still open", "Promised", "548 of 554 changes cannot be told from noise",
                 "1 alarm open, 1 over within six months", "felt 69.7, target 80.0", "173, usually 0.8",
                 "13 cities: 0 confirmed below target, 0 above"):
        assert part in text, part
    assert "2 more confirmed changes are part of these" in [note.value for note in app.caption]


def test_the_first_cards_do_not_wait_for_the_drawing_library() -> None:
    asked = "import sys; import sqm.ui.headlines, sqm.ui.briefing; sys.exit('altair' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", asked], cwd=ROOT, capture_output=True).returncode == 0
