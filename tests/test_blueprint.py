"""The blueprint document: hostile input, what is missing, edits that undo, tables, merging, the drawing."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sqm import blueprint as bp
from sqm.blueprints import drawing, layout
from sqm.errors import Conflict

SAMPLE = Path(__file__).resolve().parent.parent / "data" / "blueprints" / "store_visit.json"
PALETTE = dict.fromkeys(
    (
        "background",
        "sunken",
        "text",
        "muted",
        "faint",
        "line",
        "accent",
        "accent_tint",
        "better",
        "better_tint",
        "worse",
        "worse_tint",
        "unclear",
        "unclear_tint",
    ),
    "#808080",
)
WORDS = {name: name for name in drawing.WORDS}


def sample() -> bp.Document:
    return bp.loads(SAMPLE.read_bytes())


def small(**more: object) -> dict:
    return {
        "schema": 1,
        "id": "d",
        "name": {"zh": "例", "en": "Example"},
        "phases": [{"id": "p", "zh": "一", "en": "One"}, {"id": "q", "zh": "二", "en": "Two"}],
        "steps": [
            {"id": "a", "lane": "customer", "phase": "p", "zh": "问", "en": "Ask"},
            {"id": "b", "lane": "frontstage", "phase": "p", "zh": "答", "en": "Answer"},
        ],
        "links": [["a", "b"]],
        **more,
    }


# ---- reading -------------------------------------------------------------------------------------------------------


def test_round_trip() -> None:
    document = sample()
    assert bp.loads(bp.dumps(document)) == document
    assert bp.dumps(bp.loads(bp.dumps(document))) == bp.dumps(document)
    shuffled = json.loads(bp.dumps(document))
    shuffled["steps"].reverse()
    shuffled["links"].reverse()
    assert bp.from_dict(shuffled) == document, "order in the file says nothing"


def step(**more: object) -> dict:
    return small(steps=[{"id": "a", "lane": "customer", "phase": "p", "zh": "问", **more}], links=[])


@pytest.mark.parametrize(
    ("value", "code", "where"),
    [
        ([], "blueprint_wrong_type", "blueprint"),
        (small(steps={}), "blueprint_wrong_type", "steps"),
        (small(extra=1), "blueprint_unknown_field", "blueprint.extra"),
        (small(schema=2), "blueprint_newer_schema", "schema"),
        (small(schema=True), "blueprint_wrong_number", "schema"),
        (small(links=[["a", "x"]]), "blueprint_loose_link", "links"),
        (small(links=[["a", "a"]]), "blueprint_loose_link", "links"),
        (small(links=[["a"]]), "blueprint_wrong_type", "links[0]"),
        (small(links=[["a", "b"]] * 2000), "blueprint_too_many", "links"),
        (small(phases=[{"id": "p"}, {"id": "p"}]), "blueprint_twice", "phases"),
        (small(state="dream"), "blueprint_unknown_value", "state"),
        (step(lane="custommer"), "blueprint_unknown_value", "steps[0].lane"),
        (step(phase="z"), "blueprint_unknown_value", "a.phase"),
        (step(zh="长" * 81), "blueprint_too_long", "steps[0].zh"),
        (step(zh=7), "blueprint_wrong_type", "steps[0].zh"),
        (step(prevention={"zh": "x" * 1001}), "blueprint_too_long", "steps[0].prevention.zh"),
        (step(prevention="x"), "blueprint_wrong_type", "steps[0].prevention"),
        (step(order=-1), "blueprint_wrong_number", "steps[0].order"),
        (step(order=1.5), "blueprint_wrong_number", "steps[0].order"),
        (step(span=0), "blueprint_wrong_number", "steps[0].span"),
        (step(key="yes"), "blueprint_wrong_type", "steps[0].key"),
        (step(gap="delivery", cause="recovery"), "blueprint_unknown_value", "steps[0].cause"),
        (step(metrics=[{"metric": ""}]), "blueprint_wrong_code", "steps[0].metrics[0].metric"),
        (step(metrics=[{"metric": "m", "where": {"a&b": "c"}}]), "blueprint_wrong_code", "steps[0].metrics[0].where"),
        (step(metrics=[{"metric": "m", "where": []}]), "blueprint_wrong_type", "steps[0].metrics[0].where"),
        (step(metrics=[{"metric": "m"}] * 9), "blueprint_too_many", "steps[0].metrics"),
        (step(id="<x>"), "blueprint_wrong_code", "steps[0].id"),
    ],
)
def test_what_cannot_be_is_refused_with_its_place(value: object, code: str, where: str) -> None:
    with pytest.raises(bp.BlueprintRefused) as caught:
        bp.from_dict(value)
    assert (caught.value.code, caught.value.params["where"]) == (code, where)


def test_every_refusal_has_a_sentence() -> None:
    from sqm.i18n import say, texts

    codes = [key for key in texts("errors") if key.startswith("blueprint_")]
    assert len(codes) >= 14
    for value in (
        [],
        small(extra=1),
        small(schema=9),
        small(links=[["a", "x"]]),
        step(lane="x"),
        step(zh="长" * 99),
        step(order=-1),
        step(id="<x>"),
        small(phases=[{"id": "p"}] * 2),
        small(links=[["a", "b"]] * 2000),
    ):
        with pytest.raises(bp.BlueprintRefused) as caught:
            bp.from_dict(value)
        assert all("{" not in say(caught.value, lang) for lang in ("zh", "en"))


@pytest.mark.parametrize(
    "text", ["", "{", "[" * 100_000, "null", '{"id": 1e999}', b"\xff\xfe", "NaN", '{"steps": [1]}']
)
def test_broken_text_is_refused_not_raised(text: str | bytes) -> None:
    with pytest.raises(bp.BlueprintRefused):
        bp.loads(text)


def test_a_huge_text_is_refused_before_it_is_parsed() -> None:
    with pytest.raises(bp.BlueprintRefused) as caught:
        bp.loads(" " * (bp.LIMITS["bytes"] + 1))
    assert caught.value.code == "blueprint_too_large"


# ---- what is missing -----------------------------------------------------------------------------------------------


def test_validate_says_what_is_missing() -> None:
    document = bp.from_dict(
        small(
            steps=[
                {"id": "a", "lane": "customer", "phase": "p", "zh": "问", "en": "Ask", "key": True},
                {
                    "id": "b",
                    "lane": "frontstage",
                    "phase": "q",
                    "zh": "答",
                    "en": "Answer",
                    "fail": True,
                    "prevention": {"zh": "有"},
                },
                {"id": "c", "lane": "evidence", "phase": "p", "zh": "灯"},
                {
                    "id": "d",
                    "lane": "support",
                    "phase": "p",
                    "zh": "库",
                    "en": "Store",
                    "fail": True,
                    "categories": ["x"],
                    "metrics": [{"metric": "m"}],
                },
            ]
        )
    )
    found = {(m.code, m.step, m.value) for m in bp.validate(document, metrics={"n"}, categories={"y"})}
    assert found == {
        ("key_without_metrics", "a", ""),
        ("no_frontstage", "a", ""),
        ("fail_without_contingency", "b", ""),
        ("title_en", "c", ""),
        ("unlinked", "d", ""),
        ("fail_without_prevention", "d", ""),
        ("fail_without_contingency", "d", ""),
        ("unknown_metric", "d", "m"),
        ("unknown_category", "d", "x"),
    }


def test_a_frontstage_step_that_spans_answers_every_phase_it_covers() -> None:
    document = bp.from_dict(
        small(
            steps=[
                {"id": "a", "lane": "customer", "phase": "q", "zh": "问", "en": "Ask"},
                {"id": "b", "lane": "frontstage", "phase": "p", "span": 2, "zh": "答", "en": "Answer"},
            ]
        )
    )
    assert bp.validate(document) == []


def test_the_sample_lacks_only_what_it_lacks_on_purpose() -> None:
    document = sample()
    assert {lane: len([s for s in document.steps if s.lane == lane]) for lane in bp.LANES} == {
        "evidence": 8,
        "customer": 6,
        "frontstage": 6,
        "backstage": 5,
        "support": 4,
    }
    assert {m.code for m in bp.validate(document)} == {"fail_without_prevention", "fail_without_contingency"}
    assert [s.guard for s in document.unguarded] == ["none", "no_contingency", "no_prevention"]
    assert sum(s.key for s in document.steps) == 9
    assert sum(s.fail for s in document.steps) == 8


# ---- edits ---------------------------------------------------------------------------------------------------------


@st.composite
def fresh(draw: st.DrawFn, document: bp.Document) -> str:
    """An id nobody has yet, drawn: ids decide the order of steps, so the wall's random ones would not replay."""
    taken = {s.id for s in document.steps} | {p.id for p in document.phases}
    return draw(st.uuids(version=4).map(lambda u: u.hex[:10]).filter(lambda i: i not in taken))


@st.composite
def edits(draw: st.DrawFn, document: bp.Document) -> bp.Edit:
    ids, phases = [s.id for s in document.steps], [p.id for p in document.phases]
    kind = draw(st.sampled_from(("add", "remove", "move", "mark", "link", "unlink", "phase")))
    if kind == "add" or not ids:
        words = bp.Words(draw(st.text(max_size=5)), "x")
        new = bp.Step(draw(fresh(document)), draw(st.sampled_from(bp.LANES)), draw(st.sampled_from(phases)), words)
        return bp.add_step(document, new)
    one = draw(st.sampled_from(ids))
    if kind == "remove":
        return bp.remove_step(document, one)
    if kind == "move":
        return bp.move_step(
            document, one, draw(st.sampled_from(bp.LANES)), draw(st.sampled_from(phases)), draw(st.integers(-1, 4))
        )
    if kind == "mark":
        return bp.change_step(document, one, key=draw(st.booleans()), fail=draw(st.booleans()))
    if kind == "link" and len(ids) > 1:
        return bp.link(document, *draw(st.lists(st.sampled_from(ids), min_size=2, max_size=2, unique=True)))
    if kind == "unlink" and document.links:
        return bp.unlink(document, *draw(st.sampled_from(document.links)))
    order = draw(st.permutations(document.phases))
    return bp.set_phases(document, [*order, bp.Phase(draw(fresh(document)), bp.Words("新", "New"))])


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_any_edits_then_their_undo_give_the_same_document(data: st.DataObject) -> None:
    document = start = bp.from_dict(small())
    done = []
    for _ in range(data.draw(st.integers(1, 8))):
        edit = data.draw(edits(document))
        document = edit.apply(document)
        done.append(edit)
    assert bp.from_dict(bp.to_dict(document)) == document
    assert bp.diff(start, document).apply(start) == document
    for edit in reversed(done):
        document = edit.revert(document)
    assert document == start


def test_an_edit_does_not_apply_to_what_it_was_not_made_for() -> None:
    document = sample()
    edit = bp.change_step(document, "ask", title=bp.Words("询问", "Ask"))
    moved_on = bp.change_step(document, "ask", owner="x").apply(document)
    with pytest.raises(Conflict):
        edit.apply(moved_on)


def test_removing_a_step_takes_its_links_and_undo_brings_them_back() -> None:
    document = sample()
    edit = bp.remove_step(document, "ask")
    assert not any("ask" in link for link in edit.apply(document).links)
    assert edit.revert(edit.apply(document)) == document


def test_move_renumbers_the_cell() -> None:
    document = bp.move_step(sample(), "decor", "evidence", "enquire", 1).apply(sample())
    assert [s.id for s in document.cell("evidence", "enquire")] == ["brochure", "decor", "poster"]
    with pytest.raises(bp.BlueprintRefused):
        bp.move_step(sample(), "decor", "attic", "enquire")
    with pytest.raises(bp.BlueprintRefused):
        bp.move_step(sample(), "no such step", "customer", "enquire")


def test_a_phase_that_holds_steps_cannot_go() -> None:
    with pytest.raises(bp.BlueprintRefused):
        bp.set_phases(sample(), sample().phases[1:])


# ---- two people ----------------------------------------------------------------------------------------------------


def test_edits_of_two_people_meet_field_by_field() -> None:
    base = sample()
    mine = bp.change_step(base, "ask", owner="me").apply(base)
    theirs = bp.change_step(base, "ask", key=False).apply(base)
    merged, clashes = bp.rebase(base, mine, theirs)
    assert (merged.step("ask").owner, merged.step("ask").key, clashes) == ("me", False, [])


def test_where_both_changed_the_same_field_mine_wins_and_it_is_said() -> None:
    base = sample()
    mine = bp.change_step(base, "ask", title=bp.Words("甲", "A")).apply(base)
    theirs = bp.change_step(base, "ask", title=bp.Words("乙", "B")).apply(base)
    merged, clashes = bp.rebase(base, mine, theirs)
    assert merged.step("ask").title.zh == "甲" and clashes == [bp.Clash("ask", "title")]


def test_a_step_they_removed_and_i_changed_comes_back_and_the_other_way_round() -> None:
    base = sample()
    changed, removed = bp.change_step(base, "ask", owner="x").apply(base), bp.remove_step(base, "ask").apply(base)
    merged, clashes = bp.rebase(base, changed, removed)
    assert merged.step("ask").owner == "x" and clashes == [bp.Clash("ask", "")]
    merged, clashes = bp.rebase(base, removed, changed)
    assert merged.step("ask") is None and clashes == [bp.Clash("ask", "")]


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_a_merge_is_always_a_document(data: st.DataObject) -> None:
    base = bp.from_dict(small())
    sides = []
    for _ in range(2):
        side = base
        for _ in range(data.draw(st.integers(0, 4))):
            side = data.draw(edits(side)).apply(side)
        sides.append(side)
    merged, _ = bp.rebase(base, *sides)
    assert bp.from_dict(bp.to_dict(merged)) == merged
    assert bp.rebase(base, sides[0], base) == (sides[0], [])
    assert bp.rebase(base, base, sides[1])[0] == sides[1]


# ---- table ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_table_left_alone_changes_nothing(lang: str) -> None:
    document = sample()
    assert bp.from_rows(document, bp.to_rows(document, lang), lang) == (document, 0)
    assert bp.phases_from_rows(document, bp.phase_rows(document)) == document


def changed(delta: dict, lang: str = "zh", document: bp.Document | None = None) -> tuple[bp.Document, int]:
    document = document or sample()
    return bp.from_rows(document, bp.edited(bp.to_rows(document, lang), delta, "seed"), lang)


def row_of(step_id: str) -> int:
    return [r["id"] for r in bp.to_rows(sample(), "zh")].index(step_id)


def test_cells_become_fields() -> None:
    document, waiting = changed(
        {
            "edited_rows": {
                str(row_of("go")): {
                    "zh": "离厅",
                    "lane": "backstage",
                    "phase": "gift",
                    "order": 2,
                    "key": False,
                    "fail": True,
                    "metrics": [],
                    "categories": ["store"],
                    "prevention": "先问",
                    "owner": "market",
                    "next": ["farewell", "boss"],
                }
            }
        }
    )
    go = document.step("go")
    assert waiting == 0 and (go.title.zh, go.lane, go.phase, go.order) == ("离厅", "backstage", "gift", 1)
    assert (go.key, go.fail, go.metrics, go.categories, go.owner) == (False, True, (), ("store",), "market")
    assert go.prevention.zh == "先问" and go.guard == "no_contingency"
    assert {t for s, t in document.links if s == "go"} == {"farewell", "boss"}


def test_a_plan_edited_in_one_language_keeps_the_other() -> None:
    document, _ = changed({"edited_rows": {row_of("pay"): {"prevention": "Ask twice"}}}, "en")
    assert document.step("pay").prevention.en == "Ask twice"
    assert document.step("pay").prevention.zh == sample().step("pay").prevention.zh
    document, _ = changed({"edited_rows": {row_of("pay"): {"prevention": None}}}, "en")
    assert document.step("pay").guard == "no_prevention", "an emptied plan leaves nothing unseen behind"


def test_rows_added_wait_until_they_are_complete_and_keep_their_id() -> None:
    delta = {
        "added_rows": [{"zh": "新"}, {"zh": "新步骤", "lane": "support", "phase": "gift"}],
        "deleted_rows": [row_of("ask")],
    }
    document, waiting = changed(delta)
    again, _ = changed(delta)
    assert waiting == 1 and document == again and len(document.steps) == 29
    assert not any("ask" in link for link in document.links)


@pytest.mark.parametrize(
    "cells",
    [
        {"lane": "attic"},
        {"order": "first"},
        {"zh": "长" * 99},
        {"span": 99},
        {"lane": None},
        {"metrics": ["?x"]},
        {"zh": None, "en": None},
        {"order": float("inf")},
    ],
)
def test_a_cell_that_cannot_be_is_refused(cells: dict) -> None:
    with pytest.raises(bp.BlueprintRefused):
        changed({"edited_rows": {row_of("ask"): cells}})


def test_bindings_survive_a_table_cell() -> None:
    for text in ("satisfaction", "satisfaction?element=store", "complaint_rate?category=a,b&city=苏州"):
        assert bp.Binding.parse(text).text == text


def test_phases_are_renamed_added_and_removed() -> None:
    document = sample()
    rows = bp.phase_rows(document)
    rows[0]["zh"] = "进店"
    renamed = bp.phases_from_rows(document, [*rows, {"zh": "售后", "en": None}, {"zh": None, "en": None}])
    assert [p.name.zh for p in renamed.phases] == ["进店", "咨询", "办理", "取凭证", "领礼品", "离厅", "售后"]
    with pytest.raises(bp.BlueprintRefused) as caught:
        bp.phases_from_rows(document, rows[1:])
    assert caught.value.code == "blueprint_phase_in_use"


# ---- drawing -------------------------------------------------------------------------------------------------------


def test_the_drawing_is_well_formed_and_says_everything() -> None:
    document = sample()
    living = drawing.Living(
        keys={"ask": drawing.Figure("76.3", "±1.2", "down", "worse", (80.0, 78.0, 76.3))},
        fails={"pay": drawing.Figure("1.8", "", "down", "better")},
        strip={"arrive": drawing.Feeling(80, 79, 81, "80.0", "better")},
        mean=81.0,
        mean_shown="81.0",
    )
    made = drawing.draw(document, "en", PALETTE, WORDS, living, alt="A <picture>")
    root = ElementTree.fromstring(made.svg)
    steps = [g for g in root.iter("{http://www.w3.org/2000/svg}g") if g.get("class") == "step"]
    assert {g.get("data-step") for g in steps} == {s.id for s in document.steps}
    assert all(g.get("role") == "button" and g.get("tabindex") == "0" and g.get("aria-label") for g in steps)
    text = "".join(root.itertext())
    for wanted in (
        "76.3",
        "±1.2",
        "1.8",
        "guard.none",
        "guard.no_prevention",
        "line.visibility",
        "81.0",
        "Collect gift",
    ):
        assert wanted in text, wanted
    assert made.width == layout.GUTTER + 6 * layout.COLUMN and root.get("aria-label") == "A <picture>"


@pytest.mark.parametrize(
    "evil",
    [
        "<script>alert(1)</script>",
        '"><img src=x onerror=alert(1)>',
        "]]><!--",
        "a\x00b\x1f",
        "&amp;&lt;",
        "\ud800",
        "‮反",
        "\uffff",
    ],
)
def test_text_from_outside_stays_text(evil: str) -> None:
    document = bp.from_dict(
        small(
            name={"zh": evil},
            phases=[{"id": "p", "zh": evil}, {"id": "q", "en": evil}],
            steps=[{"id": "a", "lane": "customer", "phase": "p", "zh": evil, "en": evil, "key": True, "fail": True}],
            links=[],
        )
    )
    made = drawing.draw(
        document, "zh", PALETTE, WORDS, alt=evil.replace("\x00", "").replace("\x1f", "") if evil.isprintable() else "x"
    )
    names = {node.tag.rpartition("}")[2] for node in ElementTree.fromstring(made.svg).iter()}
    assert names <= {"svg", "g", "rect", "path", "text", "circle", "polyline", "polygon"}


@pytest.mark.parametrize("strip", [True, False])
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_no_two_cards_overlap_and_all_stand_in_their_lane(lang: str, strip: bool) -> None:
    document = sample()
    for _ in range(3):  # crowd a cell, and a spanning card above others
        extra = bp.Step(
            bp.new_id(), "support", "enquire", bp.Words("又一个系统", "Yet another system of theirs"), key=True
        )
        document = bp.add_step(document, extra).apply(document)
    placed = layout.arrange(document, lang, strip=strip)
    cards = list(placed.cards.values())
    for i, a in enumerate(cards):
        top, height = placed.lanes[a.step.lane]
        assert top < a.y and a.y + a.h < top + height, a.step.title
        for b in cards[i + 1 :]:
            assert a.x + a.w <= b.x or b.x + b.w <= a.x or a.y + a.h <= b.y or b.y + b.h <= a.y, (a.step.id, b.step.id)


def test_arrows_of_the_sample_run_through_no_card() -> None:
    placed = layout.arrange(sample(), "en")
    for arrow in placed.arrows:
        for (x1, y1), (x2, y2) in zip(arrow.points, arrow.points[1:], strict=False):
            assert x1 == pytest.approx(x2, abs=0.5) or y1 == pytest.approx(y2, abs=0.5)
            for card in placed.cards.values():
                if card.step.id in (arrow.source, arrow.target):
                    continue
                assert not (
                    min(x1, x2) < card.x + card.w
                    and max(x1, x2) > card.x
                    and min(y1, y2) < card.y + card.h
                    and max(y1, y2) > card.y
                ), (arrow.source, arrow.target)


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=90), st.floats(20, 300))
def test_lines_fit_their_width(text: str, width: float) -> None:
    lines = layout.wrap(text, width, 13, most=3)
    assert 1 <= len(lines) <= 3
    assert all(layout.measure(line, 13) <= width or len(line) <= 2 for line in lines)


def test_an_empty_document_can_be_drawn() -> None:
    ElementTree.fromstring(drawing.draw(bp.from_dict({"id": "x"}), "zh", PALETTE, WORDS).svg)


def test_four_hundred_steps_are_drawn_in_good_time() -> None:
    import time

    document = bp.from_dict(
        small(
            steps=[
                {"id": f"s{i}", "lane": bp.LANES[i % 5], "phase": "pq"[i % 2], "zh": f"步骤{i}"} for i in range(400)
            ],
            links=[[f"s{i}", f"s{i + 7}"] for i in range(390)],
        )
    )
    started = time.perf_counter()
    drawing.draw(document, "zh", PALETTE, WORDS)
    assert time.perf_counter() - started < 5
    with pytest.raises(bp.BlueprintRefused):
        bp.add_step(document, replace(document.steps[0], id="one_more"))
