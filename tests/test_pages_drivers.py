"""The lower part of the Satisfaction page: what goes with satisfaction, and how many interviews it takes."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest

from simulated import open_page, whole, words
from sqm import metrics, signals, stats, warehouse
from sqm.charts import drivers as charts
from warehouses import publish

ELEMENTS = {"price": "价格", "voice": "语音", "store": "门店"}


def world(n: int) -> None:
    """``price`` decides what is felt; ``voice`` and ``store`` say nothing. Everyone leaves one element out."""
    engine, rng = warehouse.engine(), np.random.default_rng(1)
    publish(engine, "cities", [{"city": "北州", "en": "North"}, {"city": "南州", "en": "South"}])
    publish(engine, "elements", [{"element": k, "zh": zh, "en": k.title(), "class": "business"} for k, zh in ELEMENTS.items()])
    rows = []
    for i in range(n):
        said = {"price": int(rng.integers(1, 9)), "voice": int(rng.integers(6, 11)), "store": int(rng.integers(6, 11))}
        asked = [*[k for j, k in enumerate(ELEMENTS) if j != i % 3], "overall"]
        said["overall"] = min(10, said["price"] + int(rng.integers(0, 3)))
        rows += [{"respondent": f"r{i}", "month": date(2026, 1 + i % 6, 1), "city": "北州" if i % 4 else "南州", "element": k,
                  "score": said[k], "scale": "1-10"} for k in asked]
    publish(engine, "surveys", rows)


@pytest.mark.parametrize(("lang", "title"), [("en", "Fix first: Price; 0 of 3 undecided"), ("zh", "先改：价格；3 项里 0 项未定")])
def test_what_goes_with_satisfaction_is_found_when_it_is_asked_for(own_data_folder, lang, title) -> None:
    world(1200)
    app = open_page("satisfaction", lang)
    assert title not in words(app)
    app.toggle(key="satisfaction_drivers").set_value(True)
    assert title in words(whole(app.run()))
    assert "shown" in app.query_params["satisfaction_importance"], "a link shows what was shown"
    assert title in words(open_page("satisfaction", lang, {"satisfaction_importance": "shown"}))
    app.toggle(key="satisfaction_drivers").set_value(False)
    assert title not in words(whole(app.run())) and "satisfaction_importance" not in app.query_params


@pytest.mark.parametrize("n", [1, 20])
def test_too_few_are_told_and_nothing_breaks(own_data_folder, n) -> None:
    world(n)
    app = open_page("satisfaction")
    app.toggle(key="satisfaction_drivers").set_value(True)
    assert any("Too few interviews" in each.value for each in whole(app.run()).info)


def test_no_name_on_the_map_of_importance_stands_on_another_or_on_a_dot() -> None:
    rng = np.random.default_rng(4)
    # Nineteen elements as near to one another as they are in the sample, one upon the other, and one at each edge.
    at = pd.DataFrame({"x": [*rng.uniform(300, 700, 16), 500.0, 0.0, charts.WIDE], "y": [*rng.uniform(200, 330, 16), 260.0, charts.HIGH, 0.0]})
    wide = [float(rng.integers(30, 130)) for _ in range(19)]
    spots = charts.places(at, wide, [False] * 3 + [True] * 16)
    boxes = [charts._box(x, y, w, spot) for (x, y), w, spot in zip(at.to_numpy(), wide, spots, strict=True) if spot]
    assert all(spots[:3]) and len(boxes) >= 16, "the decided ones always have a name"
    for i, (a, b, c, d) in enumerate(boxes):
        assert a >= 0 and b <= charts.WIDE and c >= 0 and d <= charts.HIGH
        assert not any(a < q and p < b and c < s and r < d for p, q, r, s in boxes[i + 1 :])
        assert not any(a < x + charts.DOT and x - charts.DOT < b and c < y + charts.DOT and y - charts.DOT < d for x, y in at.to_numpy())


def test_an_element_that_nobody_answers_with_others_is_left_out() -> None:
    assert signals.driving(pd.DataFrame(columns=["one", "other"]), pd.DataFrame({"element": ["price"]}))[0].empty


def test_the_plan_follows_the_spread_of_all_cities(own_data_folder) -> None:
    world(1200)
    frame = metrics.fetch(warehouse.engine(), "satisfaction", by=("city",))
    rows = signals.plan(frame, (1, 2)).set_index("city")
    assert rows["base"].to_dict() == {"北州": 900, "南州": 300}
    assert rows.loc["北州", "needed_1"] / rows.loc["南州", "needed_2"] == pytest.approx(4, rel=0.01)
    assert stats.needed(rows.loc["南州", "visible"], rows.loc["南州", "visible"] * np.sqrt(300 / 2) / 2.8016) == pytest.approx(300, abs=1)
    assert "300 interviews see changes" in " ".join(m.value for m in open_page("satisfaction").markdown)
    assert signals.plan(frame.iloc[:0], (2,)).empty and signals.plan(frame.assign(wxx=frame["wx"] ** 2 / frame["w"]), (2,)).empty
