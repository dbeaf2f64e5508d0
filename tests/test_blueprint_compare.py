"""As it is beside as it should be: what differs, and the drawing of both."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

from sqm import blueprint as bp
from sqm.blueprints import compare, scenes
from sqm.blueprints.drawing import WORDS, Living
from sqm.i18n import t
from sqm.tokens import palette

FOLDER = Path(__file__).resolve().parent.parent / "data" / "blueprints"
TAGS = {name: f"<{name}>" for name in ("added", "removed", *compare.KINDS)}


def pair() -> tuple[bp.Document, bp.Document]:
    return bp.loads((FOLDER / "store_visit.json").read_bytes()), bp.loads((FOLDER / "store_visit_to_be.json").read_bytes())


def test_what_the_sample_changes():
    before, after = pair()
    found = compare.compare(before, after)
    assert {s.id for s in found.added} == {"book", "greet", "notify"} and {s.id for s in found.removed} == {"poster"}
    assert {new.id: kinds for _, new, kinds in found.changed} == {"collect": ("guarded",), "explain": ("guarded",), "hand_out": ("guarded",), "invoice": ("renamed",)}
    assert found.of("guarded") == 3 and found.unlinked == (("wait", "queue_help"),) and found.linked == ()
    back = compare.compare(after, before)
    assert {s.id for s in back.added} == {"poster"} and back.of("unguarded") == 3


def test_every_difference_of_a_step_has_its_name():
    step = next(s for s in pair()[0].steps if s.id == "pay")
    told = {
        "fail_gone": {"fail": False}, "key_gone": {"key": False}, "moved": {"lane": "backstage"}, "renamed": {"title": bp.Words("新")}, "metrics": {"metrics": ()},
        "plans": {"prevention": bp.Words("新")}, "unguarded": {"prevention": bp.Words()}, "owner": {"owner": "it"}, "span": {"span": 2},
    }
    assert {kind: compare.different(step, replace(step, **change)) for kind, change in told.items()} == {kind: (kind,) for kind in told}
    assert compare.different(replace(step, fail=False, key=False), step) == ("fail_new", "key_new") and compare.different(step, replace(step, order=3)) == ()
    assert all(t(f"blueprint.compare.{kind}", lang) for kind in TAGS for lang in ("zh", "en"))


def test_the_drawing_holds_both_and_marks_them():
    before, after = pair()
    extra = bp.Phase("tea", bp.Words("喝茶", "Tea"))
    steps = (*before.steps, bp.Step("cup", "customer", "tea", bp.Words("杯")))
    before = bp.from_dict(bp.to_dict(replace(before, phases=(before.phases[0], extra, *before.phases[1:]), steps=steps)))
    whole = compare.together(before, after)
    assert [p.id for p in whole.phases][:3] == ["arrive", "tea", "enquire"] and {"poster", "cup", "book"} <= {s.id for s in whole.steps}
    words = {name: name for name in WORDS}
    drawn = compare.drawn(before, after, "zh", palette("light"), words, TAGS, Living(), "alt")
    marks = ElementTree.fromstring(drawn.svg).find(".//*[@class='marks']")
    told = [text.text for text in marks.iter("{http://www.w3.org/2000/svg}text")]
    assert sorted(told) == sorted(["<added>"] * 3 + ["<removed>"] * 2 + ["<guarded>"] * 3 + ["<renamed>"])


def test_drawings_made_apart_share_nothing_and_a_copy_is_the_same():
    before, _ = pair()
    copy = scenes.copied(before, "c", before.name, "to_be")
    other = bp.loads((FOLDER / "self_recharge.json").read_bytes())
    assert not compare.compare(before, copy) and compare.alike(before, copy) == 1
    assert compare.alike(before, other) < 0.2 and compare.alike(before, replace(other, steps=())) == 0
