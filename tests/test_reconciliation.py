"""The total, its cities and its stores: counted apart and held against each other."""

from __future__ import annotations

import pandas as pd
import pytest
from answers import stock

from simulated import open_page, whole
from sqm import metrics, warehouse
from sqm.reconciliation import Parts, Sums, sums
from warehouses import publish


def test_totals_equal_their_places_with_what_has_no_place_counted_apart(engine):
    stock(engine)
    found = {one.metric: one for one in sums(lambda metric, by: metrics.fetch(engine, metric, by=by))}
    assert found["complaints"] == Sums("complaints", 7, (Parts("city", 6, 1),))
    assert found["satisfaction"].total == 5 and found["satisfaction"].parts[0].place == "city"
    assert [part.place for part in found["audit_score"].parts] == ["city", "store"]
    assert all(one.agrees for one in found.values())


def test_nothing_to_count_is_nothing_to_reconcile(engine):
    assert sums(lambda metric, by: metrics.fetch(engine, metric, by=by)) == []


def test_a_part_counted_twice_is_a_difference():
    def fetch(metric: str, by: tuple[str, ...]) -> pd.DataFrame:
        if not by:
            return pd.DataFrame({"base": [3]})
        return pd.DataFrame({by[0]: ["甲", "乙", None], "base": [2, 1, 1]})

    for one in sums(fetch):
        assert not one.agrees and [one.difference(part) for part in one.parts] == [1] * len(one.parts)


@pytest.mark.parametrize(("lang", "said"), [("zh", "没有差异"), ("en", "No difference")])
def test_the_data_page_says_that_there_is_no_difference(own_data_folder, lang, said):
    publish(warehouse.engine(), "cities", [{"city": "甲州", "en": "Alpha"}])
    tickets = [{"ticket_id": f"t{n}", "opened_at": pd.Timestamp(2026, 5, 2).to_pydatetime(), "kind": "complaint",
                "city": "甲州" if n else None} for n in range(3)]
    publish(warehouse.engine(), "complaints", tickets)
    app = open_page("data", lang)
    app.session_state["data_sums"] = True
    app = whole(app.run())
    assert any(said in caption.value for caption in app.caption)
    (table,) = [frame.value for frame in app.dataframe if "差异" in frame.value or "Difference" in frame.value]
    assert table.iloc[0, 2:].tolist() == [3, 2, 1, 0]
