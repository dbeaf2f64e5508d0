"""The Metrics page by interaction: what contradicts, what watches each element, what each number means and is."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest

from simulated import finding, open_page, words
from sqm import metrics, warehouse
from sqm.ui import units
from warehouses import publish

MONTHS = [date(2026, m, 1) for m in range(1, 7)]
#: City → scores out of ten of the hotline, in turn.
FELT = {"北州": (5, 6), "南州": (9, 10)}


def world(*, targets: bool = True, indicators: bool = True, name: str = "接通率") -> None:
    engine = warehouse.engine()
    publish(engine, "cities", [{"city": "北州", "en": "North"}, {"city": "南州", "en": "South"}])
    publish(engine, "departments", [{"department": "service", "zh": "客户服务中心", "en": "Customer service"}])
    publish(engine, "elements", [{"element": "hotline", "zh": "热线服务", "en": "Hotline", "class": "service", "position": 1},
                                 {"element": "coverage", "zh": "网络覆盖", "en": "Coverage", "class": "network", "position": 2}])
    publish(engine, "categories", [{"category": "slow", "zh": "上网慢", "en": "Slow", "element": "coverage"}])
    publish(engine, "surveys", [
        {"respondent": f"{city}{n}", "month": month, "city": city, "element": element, "score": score, "scale": "1-10"}
        for city, scores in FELT.items() for month in MONTHS for n in range(40)
        for element, score in (("overall", 8), ("hotline", scores[n % 2]))])
    if indicators:
        publish(engine, "indicator_list", [{"indicator": "connect", "zh": name, "en": "Answer rate" if name == "接通率" else "",
                                            "element": "hotline", "department": "service", "unit": "%", "better": "higher"}])
        publish(engine, "indicators", [{"month": month, "city": city, "department": "service", "indicator": "connect",
                                        "numerator": 950.0, "denominator": 1000.0} for month in MONTHS for city in FELT])
    if targets:
        publish(engine, "targets", [{"metric": "connect", "valid_from": MONTHS[0], "target": 90.0},
                                    {"metric": "satisfaction", "element": "hotline", "valid_from": MONTHS[0], "target": 75.0}])


def test_the_contradiction_is_the_finding_and_leads_to_its_evidence(own_data_folder) -> None:
    world()
    app = open_page("metrics")
    # North: (4 + 5)/9/2 = 50; South 94.4; the whole 72.2, which is short of 75 as well, but by less.
    assert finding(app).startswith("North: Answer rate 95.0% meets its target of 90.0%, yet Hotline satisfaction is 50.0 ± 0.7, confirmed below 75.0")
    said = words(app)
    assert "2 of 3 pairs contradict" in said and said.index(">North<") < said.index(">Province<") < said.index(">South<")
    assert "satisfaction?city=%E5%8C%97%E5%B7%9E&amp;element=hotline&amp;period=6&amp;lang=en" in said
    assert finding(open_page("metrics", "zh")).startswith("北州：接通率 95.0% 达到目标 90.0%，热线服务满意度却确认低于目标：50.0 ± 0.7")
    there = open_page("satisfaction", query={"city": "北州", "element": "hotline", "period": "6"})
    assert "50.0 ± 0.7" in finding(there)


def test_without_targets_the_finding_is_what_nobody_watches(own_data_folder) -> None:
    world(targets=False)
    app = open_page("metrics")
    assert finding(app) == "1 of 2 perception elements has no internal indicator: only customers can tell"
    assert "0 of 0 pairs contradict" in words(app) and "needs a target" in app.caption[0].value


def test_what_watches_each_element_and_what_does_not(own_data_folder) -> None:
    world()
    said = words(open_page("metrics"))
    assert "with sub-questions 0, internal indicators 1, complaint categories 1" in said
    coverage = said[said.index(">Coverage<"):]
    assert coverage.index(">–<") < coverage.index(">none<") < coverage.index(">Slow<")


def test_every_definition_stands_with_its_number_as_it_is_now(own_data_folder) -> None:
    world()
    app = open_page("metrics")
    inside, catalogue = (frame.value for frame in app.dataframe)
    assert list(catalogue["Id"]) == [m for m in metrics.CATALOGUE if m != "indicator"]
    row = catalogue.set_index("Id").loc["satisfaction"]
    now = metrics.fetch(warehouse.engine(), "satisfaction").iloc[0]
    assert row["Now"].startswith(f"{now['value']:.1f}") and row["Base"] == "480 interviews" and row["Unit"] == "points"
    assert pd.isna(catalogue.set_index("Id").loc["complaint_rate", "Now"])
    assert inside.iloc[0][["Id", "Now", "Target", "Owner", "Numerator / denominator", "Base"]].tolist() == [
        "connect", "95.0%", "90.0%", "Customer service", "11,400 / 12,000", "12 reports"]


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_without_indicators_the_page_still_says_what_it_knows(own_data_folder, lang) -> None:
    world(indicators=False, targets=False)
    app = open_page("metrics", lang)
    assert finding(app) == {"zh": "2 个感知要素中 2 个没有内部指标，只能等客户来说",
                            "en": "2 of 2 perception elements have no internal indicator: only customers can tell"}[lang]
    assert len(app.dataframe) == 1


def test_names_from_a_file_stay_text(own_data_folder) -> None:
    world(name="<b onclick=x>接通</b>")
    app = open_page("metrics", "zh")
    assert "<b onclick" not in words(app) and "&lt;b onclick=x&gt;接通&lt;/b&gt;" in words(app)


@pytest.mark.parametrize(("value", "target", "digits"), [(93.3, 90.0, 1), (0.04, 0.05, 2), (99.95, 99.96, 2), (93.3, None, 1), (0.0, 0.0, 1), (2.0, 0.004, 3)])
def test_an_indicator_is_told_from_its_target(value, target, digits) -> None:
    assert units.decimals(value, target) == digits


def test_both_sides_are_of_the_same_months_and_judged_by_the_targets_of_then(own_data_folder) -> None:
    world()
    engine = warehouse.engine()
    publish(engine, "indicators", [{"month": date(2026, 8, 1), "city": "北州", "department": "service", "indicator": "connect", "numerator": 1.0, "denominator": 1000.0}])
    publish(engine, "targets", [{"metric": "satisfaction", "element": "hotline", "valid_from": date(2026, 7, 1), "target": 40.0}])
    app = open_page("metrics")
    assert finding(app).startswith("North: Answer rate 95.0%") and "confirmed below 75.0" in finding(app) and "2026-01 – 2026-06" in words(app)


def test_indicators_of_months_without_interviews_contradict_nobody(own_data_folder) -> None:
    world(indicators=False)
    engine = warehouse.engine()
    publish(engine, "indicator_list", [{"indicator": "connect", "zh": "接通率", "element": "hotline", "unit": "%", "better": "higher"}])
    publish(engine, "indicators", [{"month": date(2024, 3, 1), "city": "北州", "indicator": "connect", "numerator": 950.0, "denominator": 1000.0}])
    assert "0 of 0 pairs contradict" in words(open_page("metrics"))


def declared(*rows: tuple[str, str, str, str | None]) -> None:
    """Registers indicators: id, English name, kind, element."""
    publish(warehouse.engine(), "matrix", [
        {"measure": measure, "zh": f"{measure}项", "en": en, "kind": kind, "element": element, "position": n, "lacking": "", "lacking_en": ""}
        for n, (measure, en, kind, element) in enumerate(rows)])


def listed(app) -> pd.DataFrame:
    """The table of indicators, by id."""
    (table,) = [frame.value for frame in app.dataframe if {"Kind", "State"} <= set(frame.value.columns)]
    return table.set_index("Id")


def test_an_indicator_is_what_it_is_now_or_what_is_missing(own_data_folder) -> None:
    world()
    engine = warehouse.engine()
    publish(engine, "surveys", [{"respondent": f"p{n}", "month": MONTHS[5], "city": "北州", "element": "hotline", "item": "态度", "score": 4 + n % 2, "scale": "1-10"}
                                for n in range(40)])  # fmt: skip
    publish(engine, "indicator_list", [
        {"indicator": "connect", "zh": "接通率", "en": "Answer rate", "element": "hotline", "department": "service", "unit": "%", "better": "higher"},
        {"indicator": "wait", "zh": "等待", "en": "Waiting", "element": "hotline", "unit": "秒", "better": "lower"}])
    publish(engine, "indicators", [{"month": MONTHS[0], "city": "北州", "indicator": name, "numerator": n, "denominator": d}
                                   for name, n, d in (("connect", 95.0, 100.0), ("wait", 90.0, 10.0))])  # fmt: skip
    publish(engine, "targets", [{"metric": "connect", "valid_from": MONTHS[0], "target": 96.0}, {"metric": "wait", "valid_from": MONTHS[0], "target": 10.0}])
    publish(engine, "value_names", [{"split": "unit", "value": "秒", "zh": "秒", "en": "s"}])
    declared(("态度", "Attitude", "perception", "hotline"), ("能力", "Ability", "perception", "hotline"), ("connect", "Answer rate", "internal", "hotline"),
             ("complaint_rate", "Complaints", "complaint", None), ("nowhere", "Unheard of", "complaint", None))  # fmt: skip
    app = open_page("metrics")
    rows = listed(app)
    assert list(rows.index) == ["态度", "能力", "connect", "complaint_rate", "nowhere", "wait"], "what the matrix lacks comes last"
    # (3 + 4) / 2 of 9 steps.
    assert rows.loc["态度", ["Now", "State", "Base"]].str[:18].tolist() == ["38.9 ± 1.8", "measured, no targe", "40 interviews"]
    assert rows.loc["connect", ["Now", "Target", "State", "Owner", "Numerator / denominator", "Base"]].tolist() == [
        "95.0%", "96.0%", "short of target", "Customer service", "11,495 / 12,100", "13 reports"]
    assert rows.loc["wait", ["Now", "Target", "State", "Direction"]].tolist() == ["9.0 s", "10.0 s", "on target", "lower is better"]
    for hole, needs in (("能力", "survey answers"), ("complaint_rate", "tickets and numbers of customers"), ("nowhere", "tickets")):
        assert rows.loc[hole, "State"] == "not in the data" and needs in rows.loc[hole, "What is missing"] and pd.isna(rows.loc[hole, "Now"])
    said = words(app)
    assert "3 of 6 indicators have data, 3 do not" in said and ">态度, 1 more not in the data<" in said
    app.text_input(key="metrics_find").set_value("HOTLINE").run()
    assert len(listed(app)) == 4 and any("4 of 6 indicators found" in each.value for each in app.caption)
    app.text_input(key="metrics_find").set_value("(((").run()
    assert len(listed(app)) == 0 and not app.exception


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_all_indicators_of_the_matrix_are_there(sample_folder, monkeypatch, lang) -> None:
    monkeypatch.setenv("SQM_DATA_DIR", str(sample_folder))
    warehouse.forget()
    from data.generate.places import matrix

    app = open_page("metrics", lang, {"metrics_indicator": "connect_rate"})
    head = {"zh": ("编码", "指标", "状态", "没有数据", "还缺什么"), "en": ("Id", "Indicator", "State", "not in the data", "What is missing")}[lang]
    (table,) = [frame.value for frame in app.dataframe if head[4] in frame.value.columns]
    names = {row[0]: row[1 if lang == "zh" else 2] for row in matrix()}
    assert len(names) == 35 and dict(zip(table[head[0]], table[head[1]], strict=True)) == names
    holes = table[table[head[2]] == head[3]]
    assert len(holes) == 11 and holes[head[4]].notna().all(), "only three of the fourteen sub-questions are asked in the sample"
    assert {"zh": "指标矩阵 35 项：24 项有数，11 项没有数据", "en": "24 of 35 indicators have data, 11 do not"}[lang] in words(app)
    assert {"zh": "接通率的走势", "en": "The course of: Answer rate"}[lang] in words(app)
    reasons = table.set_index(head[0])[head[4]]
    assert {"zh": "口径", "en": "denominator"}[lang] in reasons["digital_share"] and pd.isna(reasons["connect_rate"])
    warehouse.forget()


@pytest.mark.parametrize(("lang", "said"), [("zh", "还没有登记指标"), ("en", "No indicator is registered yet")])
def test_without_any_indicator_a_sentence_says_what_to_load(own_data_folder, lang, said) -> None:
    world(indicators=False, targets=False)
    assert said in words(open_page("metrics", lang))
