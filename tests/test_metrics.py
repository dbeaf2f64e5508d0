"""Every metric against answers worked out by hand (``answers.py``), on DuckDB and on PostgreSQL."""

from __future__ import annotations

from datetime import date, datetime

import numpy as np
import pandas as pd
import pytest
from answers import ANSWERS, AS_OF, stock
from scipy import stats as distributions

from sqm import metrics, warehouse
from sqm.access import EVERYTHING, Scope
from sqm.errors import WrongCall
from sqm.measures import answering, tracing
from sqm.measures.answering import answer
from sqm.measures.ask import ask
from sqm.measures.reading import Reader
from warehouses import ENGINES, new_url, publish


@pytest.fixture(scope="module", params=ENGINES)
def engine(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory):
    """The tiny operator of ``answers.py``, on each engine; read only."""
    opened = warehouse.engine(new_url(request.param, request, tmp_path_factory.mktemp("answers")))
    stock(opened)
    yield opened
    opened.dispose()


WRITTEN = {"month": "%Y-%m", "day": "%Y-%m-%d"}


def cells(frame: pd.DataFrame, by: tuple[str, ...]) -> dict:
    found = {}
    for row in frame.to_dict("records"):
        cell = tuple(f"{row[name]:{WRITTEN[name]}}" if name in WRITTEN else row[name] for name in by)
        assert cell not in found, f"{cell} twice"
        found[cell] = (None if np.isnan(row["value"]) else row["value"], row["base"])
    return found


@pytest.mark.parametrize(
    ("metric", "by", "where", "expected"),
    ANSWERS,
    ids=[f"{m}-{'-'.join(by) or 'all'}-{i}" for i, (m, by, _, _) in enumerate(ANSWERS)],
)
def test_the_answer_worked_out_by_hand(engine, metric, by, where, expected):
    frame = metrics.fetch(engine, metric, by=by, where=where)
    assert cells(frame, by) == {
        cell: (pytest.approx(value) if value is not None else None, base) for cell, (value, base) in expected.items()
    }
    assert list(frame.columns[: len(by) + 4]) == [*by, "value", "lo", "hi", "base"]
    assert frame["base"].dtype == "int64" and all(frame[c].dtype == "float64" for c in ("value", "lo", "hi"))
    known = frame.dropna(subset=["value", "lo", "hi"])
    assert (known["lo"] <= known["value"]).all() and (known["value"] <= known["hi"]).all()


def test_every_metric_has_an_answer_worked_out():
    assert {metric for metric, *_ in ANSWERS} == set(metrics.CATALOGUE)


def test_every_metric_can_be_split_by_everything_it_says(engine):
    with engine.connect() as conn:
        for metric in metrics.CATALOGUE.values():
            for split in metric.splits:
                frame = answer(Reader(conn), ask(metric, ("month", split), None, None, EVERYTHING))
                assert list(frame.columns[:3]) == ["month", split, "value"] or split == "month", (metric.id, split)
                assert frame["month"].dtype == "datetime64[ns]", (metric.id, split)


def test_intervals_follow_the_formulas(engine):
    # Weights 1, 1, 2, 1, 1: n_eff = 36/8 = 4.5. Σwx² = 10000 + 0 + 20000 + 2500 + 2500 = 35000, so the spread is
    # 35000/6 − (400/6)² = 1388.89, the variance 1388.89 · 4.5/3.5 = 1785.71, the error √(1785.71/4.5) = 19.9205.
    row = metrics.fetch(engine, "satisfaction").iloc[0]
    half = distributions.t.ppf(0.975, 3.5) * 19.92048
    assert row["lo"] == pytest.approx(400 / 6 - half, abs=1e-3)
    assert row["hi"] == 100.0  # the formula says 125; no one can be more than wholly satisfied
    # Wilson with p = 0.5: half-width 1.96·√(0.25/4.5 + 1.96²/(4·4.5²))/(1 + 1.96²/4.5) = 0.33936
    row = metrics.fetch(engine, "satisfaction_top2").iloc[0]
    assert (row["lo"], row["hi"]) == (pytest.approx(50 - 33.936, abs=5e-3), pytest.approx(50 + 33.936, abs=5e-3))
    # p = 3/6, d = 2/6: variance (0.8333 − 0.02778)/4.5 = 0.179012, half 1.95996 · 42.310
    row = metrics.fetch(engine, "nps").iloc[0]
    assert (row["lo"], row["hi"]) == (
        pytest.approx(16.6667 - 82.926, abs=1e-2),
        pytest.approx(16.6667 + 82.926, abs=1e-2),
    )
    # Garwood's table: 7 events lie between 2.8144 and 14.4227.
    row = metrics.fetch(engine, "complaints").iloc[0]
    assert (row["lo"], row["hi"]) == (pytest.approx(2.8144, abs=1e-4), pytest.approx(14.4227, abs=1e-4))
    row = metrics.fetch(engine, "complaint_rate").iloc[0]
    assert (row["lo"], row["hi"]) == (pytest.approx(2.8144 * 2.5, abs=1e-3), pytest.approx(14.4227 * 2.5, abs=1e-3))
    # R = 16.7/23; residuals P − R·A: 7.5 − 5.8087 = 1.6913, 4.2 − 5.08261 = −0.88261, 5 − 5.8087 = −0.8087;
    # squares 2.86050 + 0.77900 + 0.65399 = 4.29349; error √(3/2 · 4.29349)/23 = 0.110338; t with 2: 4.30265
    row = metrics.fetch(engine, "audit_score").iloc[0]
    assert row["lo"] == pytest.approx(100 * (16.7 / 23 - 4.30265 * 0.110338), abs=1e-2)
    assert row["hi"] == 100.0


def test_one_unit_has_a_value_and_no_interval_where_a_spread_is_needed(engine):
    for metric in ("satisfaction", "nps"):
        row = metrics.fetch(engine, metric, where={"city": "乙"}).iloc[0]
        assert row["base"] == 1 and not np.isnan(row["value"]) and np.isnan(row["lo"]) and np.isnan(row["hi"])
    row = metrics.fetch(engine, "audit_score", where={"city": "乙"}).iloc[0]
    assert np.isnan(row["lo"])
    row = metrics.fetch(engine, "handling_hours").iloc[0]
    assert np.isnan(row["lo"]) and np.isnan(row["hi"])


def test_zero_events_have_an_upper_bound(engine):
    row = metrics.fetch(engine, "complaint_rate", where={"category": "other"}).iloc[0]
    assert (row["value"], row["lo"], row["base"]) == (0.0, 0.0, 4000)
    assert row["hi"] == pytest.approx(3.688879 / 4000 * 10_000)
    assert metrics.fetch(engine, "complaints", where={"category": "other"}).iloc[0]["hi"] == pytest.approx(3.688879)


def test_over_dispersion_widens_and_does_not_move(engine):
    plain, wide = (
        metrics.fetch(engine, "complaint_rate").iloc[0],
        metrics.fetch(engine, "complaint_rate", phi=2.0).iloc[0],
    )
    assert wide["value"] == plain["value"] and wide["lo"] < plain["lo"] and wide["hi"] > plain["hi"]


def test_a_period_has_both_its_months(engine):
    for first, last, expected in (
        (date(2026, 1, 1), date(2026, 1, 1), 2),
        (date(2026, 1, 15), date(2026, 2, 1), 5),
        (None, date(2026, 2, 28), 5),
        (date(2026, 2, 1), None, 5),
        (None, None, 7),
    ):
        assert metrics.fetch(engine, "complaints", period=(first, last))["value"].tolist() == [expected]
    assert metrics.fetch(engine, "satisfaction", period=(date(2026, 2, 1), date(2026, 2, 1)))["value"].tolist() == [
        50.0
    ]
    assert metrics.fetch(engine, "complaint_rate", period=(date(2026, 3, 1), date(2026, 3, 1)))["base"].tolist() == [
        1000
    ]
    assert metrics.fetch(engine, "complaints", where={"month": "2026-02"})["value"].tolist() == [3]
    assert metrics.fetch(engine, "complaint_rate", where={"month": date(2026, 2, 1)})["base"].tolist() == [1500]
    with pytest.raises(WrongCall, match="year_out_of_range"):
        metrics.fetch(engine, "satisfaction", period=(None, date(9999, 12, 1)))
    metrics.fetch(engine, "satisfaction", period=(date(1970, 1, 1), date(2100, 12, 1)))
    with pytest.raises(WrongCall, match="period_reversed"):
        metrics.fetch(engine, "complaints", period=(date(2026, 3, 1), date(2026, 1, 1)))


def test_what_was_not_asked_is_said(engine):
    assert metrics.fetch(engine, "satisfaction").attrs["basis"] == "overall"
    assert metrics.fetch(engine, "satisfaction", where={"segment": "老客户"}).attrs["basis"] == "index"
    assert metrics.fetch(engine, "satisfaction", by=("element",)).attrs["basis"] == "elements"
    assert metrics.fetch(engine, "satisfaction", by=("item",)).attrs["basis"] == "items"
    assert metrics.fetch(engine, "audit_score").attrs["defaults"] == {"monitoring": "mystery"}
    assert metrics.fetch(engine, "audit_score", by=("monitoring",)).attrs["defaults"] == {}
    assert metrics.fetch(engine, "first_reply_in_time").attrs["as_of"] == AS_OF.isoformat()


def test_nothing_found_is_an_empty_frame_with_its_columns(engine):
    for metric in metrics.CATALOGUE.values():
        if metric.kind in ("count", "rate"):
            continue
        frame = metrics.fetch(engine, metric, by=("month", "city"), where={"city": "无此地"})
        assert frame.empty and list(frame.columns[:6]) == ["month", "city", "value", "lo", "hi", "base"], metric.id
        assert metrics.fetch(engine, metric, where={"city": "无此地"}).empty, metric.id


def test_wrong_calls_say_what_would_be_right(engine):
    with pytest.raises(WrongCall) as error:
        metrics.get("satisfactoin")
    assert error.value.code == "unknown_metric" and error.value.params["near"] == "satisfaction"
    with pytest.raises(WrongCall) as error:
        metrics.fetch(engine, "nps", by=("citty",))
    assert error.value.code == "unknown_split" and error.value.params["near"] == "city"
    assert "segment" in str(error.value.params["known"])
    with pytest.raises(WrongCall, match="unknown_split"):
        metrics.fetch(engine, "audit_score", where={"category": "slow"})
    for split, value in (("severity", "high"), ("month", "soon")):
        with pytest.raises(WrongCall, match="bad_value"):
            metrics.fetch(engine, "complaints", where={split: value})


def test_values_are_understood_as_people_write_them(engine):
    assert metrics.resolve_where(engine, {"city": ["Alpha", "甲市", "a1", " 乙 "]}) == {
        "city": ["甲", "甲", "甲", "乙"]
    }
    assert metrics.resolve_where(engine, {"element": "热线服务"}) == {"element": ["hotline"]}
    assert metrics.resolve_where(engine, {"element": "综合满意度"}) == {"element": ["overall"]}
    assert metrics.resolve_where(
        engine, {"element_class": ["网络"], "monitoring": "暗访", "operator": ["本网", "他网"]}
    ) == {"element_class": ["network"], "monitoring": ["mystery"], "operator": ["own", "他网"]}
    assert metrics.resolve_where(engine, {"kind": "咨询", "store": "一号厅", "channel": "随便"}) == {
        "kind": ["enquiry"],
        "store": ["S1"],
        "channel": ["随便"],
    }
    with pytest.raises(WrongCall) as error:
        metrics.resolve_where(engine, {"city": ["Alpa"]})
    assert error.value.code == "unknown_value" and error.value.params["near"] == "甲"


def test_evidence_leads_to_file_sheet_and_row(engine):
    frame = metrics.evidence(engine, "complaints", where={"city": "甲"})
    assert frame["ticket_id"].tolist() == ["T6", "T7", "T2", "T1"] and frame.attrs["total"] == 4
    assert frame.loc[0, ["file", "sheet", "source_row"]].tolist() == ["complaints.xlsx", "Sheet1", 7]
    assert not [column for column in frame if column.endswith("_key")]
    assert metrics.evidence(engine, "complaints", limit=2, offset=1)["ticket_id"].tolist() == ["T7", "T5"]
    assert len(metrics.evidence(engine, "satisfaction")) == 5
    assert metrics.evidence(engine, "satisfaction", where={"segment": "老客户"})["element"].tolist() == [
        "coverage",
        "hotline",
    ]
    assert set(metrics.evidence(engine, "first_reply_in_time")["ticket_id"]) == {"T1", "T2", "T3", "T4", "T5", "T7"}
    assert metrics.evidence(engine, "complaints", scope=Scope("b", frozenset({"乙"})))["ticket_id"].tolist() == [
        "T5",
        "T3",
    ]
    for metric in metrics.CATALOGUE:
        assert len(metrics.evidence(engine, metric)) > 0, metric


@pytest.mark.parametrize(("metric", "where"), [("complaints", {}), ("complaints", {"city": "甲"}), ("satisfaction", {}), ("handling_hours", {}),
                                               ("first_reply_in_time", {}), ("audit_score", {})])
def test_deep_pages_are_the_same_rows(engine, monkeypatch, metric, where):
    plain = metrics.evidence(engine, metric, where)
    monkeypatch.setattr(tracing, "DEEP", 0)
    for limit in (1, 3):
        for offset in range(0, len(plain) + 2):
            page = metrics.evidence(engine, metric, where, limit=limit, offset=offset)
            expected = plain.iloc[offset : offset + limit].reset_index(drop=True)
            assert page.attrs["total"] == len(plain) and page.astype(str).equals(expected.astype(str)), (limit, offset)


def test_a_number_explains_itself_with_sql_that_runs(engine):
    for metric in metrics.CATALOGUE:
        found = metrics.explain(engine, metric, by=("month",))
        assert found["definition"] == f"metrics.{metric}.definition" and found["batches"], metric
        with engine.connect() as conn:
            for statement in found["sql"].split(";\n\n"):
                assert conn.exec_driver_sql(statement.replace("%%", "%")).fetchall() is not None
    found = metrics.explain(engine, "complaints")
    assert found["pieces"] == {"base": 7, "events": 7.0}
    assert [(b["file"], b["rows"]) for b in found["batches"]] == [("complaints.xlsx", 7)]


def test_values_without_a_list_of_their_own_can_have_names(tmp_path):
    engine = warehouse.engine(f"duckdb:///{tmp_path / 'names.duckdb'}")
    assert metrics.labels(engine, "stage", "en") == {}
    names = [{"split": "stage", "value": "环境", "en": "Environment"}, {"split": "stage", "value": "E2", "zh": "引导"}]
    publish(engine, "value_names", names)
    assert metrics.labels(engine, "stage", "en") == {"E2": "E2", "环境": "Environment"}
    assert metrics.labels(engine, "stage", "zh") == {"E2": "引导", "环境": "环境"}
    assert metrics.resolve_where(engine, {"stage": ["environment", "引导", "other"]}) == {"stage": ["环境", "E2", "other"]}


def test_labels_months_and_freshness(engine):
    assert metrics.labels(engine, "city", "en") == {"甲": "Alpha", "乙": "Beta"}
    assert metrics.labels(engine, "categories", "en")["other"] == "其他"
    assert list(metrics.labels(engine, "elements", "zh").values()) == ["网络覆盖", "热线服务", "综合满意度", "推荐意愿"]
    assert metrics.labels(engine, "monitoring", "en")["mystery"] == "Mystery visit"
    assert metrics.months(engine, "complaints") == [date(2026, 1, 1), date(2026, 2, 1), date(2026, 3, 1)]
    assert metrics.months(engine, "surveys") == [date(2026, 1, 1), date(2026, 2, 1)]
    assert metrics.months(engine, "cities") == []
    assert metrics.reference_frame(engine, "stores")["store"].tolist() == ["S1", "S2"]
    found = metrics.freshness(engine)
    assert (found["version"], found["as_of"], found["sample"]) == (12, AS_OF, False)
    # 5 customer rows, 18 answers, 8 tickets, 12 item results, 2 breaches, 6 reports of indicators
    assert found["rows"] == 51 and isinstance(found["loaded_at"], datetime)


def test_freshness_follows_a_new_batch(tmp_path):
    engine = warehouse.engine(f"duckdb:///{tmp_path / 'fresh.duckdb'}")
    assert metrics.freshness(engine)["rows"] == 0 and metrics.months(engine, "customers") == []
    publish(engine, "customers", [{"month": "2026-01", "city": "甲", "opening": 1.0, "closing": 1.0}], sample=True)
    found = metrics.freshness(engine)
    assert (found["rows"], found["sample"]) == (1, True) and metrics.months(engine, "customers") == [date(2026, 1, 1)]


def test_an_empty_warehouse_has_no_numbers(tmp_path):
    engine = warehouse.engine(f"duckdb:///{tmp_path / 'empty.duckdb'}")
    for metric in metrics.CATALOGUE.values():
        assert metrics.fetch(engine, metric).empty, metric.id
        assert metrics.fetch(engine, metric, by=("month",)).empty, metric.id


def test_answers_that_go_together_worked_out_by_hand(engine):
    frame = metrics.joint(engine)
    assert frame["part"].between(0, 31).all() and (frame["one"] <= frame["other"]).all()
    total = frame.groupby(["one", "other"])[["n", "w", "wx", "wxx", "wy", "wyy", "wxy"]].sum()
    # Coverage: r1 100, r2 0; overall of the same: r1 100, r2 0. Hotline: r1 0, r4 100; overall of the same: r1 100, r4 50.
    assert total.loc[("coverage", "overall")].tolist() == [2, 2, 100, 10_000, 100, 10_000, 10_000]
    assert total.loc[("hotline", "overall")].tolist() == pytest.approx([2, 2, 100, 10_000, 150, 12_500, 5_000])
    assert total.loc[("coverage", "hotline")].tolist() == [1, 1, 100, 10_000, 0, 0, 0]
    # Weights 1, 1, 2, 1, 1: Σwx = 400, Σwx² = 35000. The other operator's answer of r1 is not among them.
    assert total.loc[("overall", "overall")].tolist() == pytest.approx([5, 6, 400, 35_000, 400, 35_000, 35_000])
    assert frame.groupby(["one"])["part"].nunique()["overall"] > 1
    narrow = metrics.joint(engine, where={"city": "乙", "element": "coverage"}, period=(date(2026, 2, 1), None))
    assert narrow[["one", "other", "n"]].values.tolist() == [["hotline", "hotline", 1], ["hotline", "overall", 1], ["overall", "overall", 1]]
    assert metrics.joint(engine, scope=Scope(cities=frozenset({"乙"})))["n"].sum() == 3
    assert metrics.joint(engine, where={"city": "nowhere"}).empty
    both = metrics.joint(engine, where={"operator": "他网"})
    assert both[["one", "other", "n", "wx"]].values.tolist() == [["overall", "overall", 1, 0.0]]


@pytest.mark.parametrize("kinds", [("x", "b", None, "a"), (3, 1, 2), (1.5, float("nan"), 0.5), (True, False, None)])
def test_many_cells_are_in_the_order_of_few(kinds):
    chance = np.random.default_rng(4)
    column = np.array([kinds[i] for i in chance.integers(0, len(kinds), 4000)], dtype=object)
    other = chance.permutation(4000)
    many, few = answering._order([column, other]), answering._order([column[:3000], other[:3000]])
    inside = many[many < 3000]
    assert list(inside) == list(few)
