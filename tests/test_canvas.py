"""The drawing that edits: its commands are the document's own, its layout is the export's, and no edit is lost or taken twice."""

from __future__ import annotations

import json
import random
import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from sqm import blueprint as bp
from sqm.blueprints.layout import arrange
from sqm.ui import blueprint_canvas as canvas
from sqm.ui import blueprint_desk as desks

HERE = Path(__file__).with_name("canvas")
ALL = json.loads((HERE / "edits.json").read_text(encoding="utf-8"))
NODE = shutil.which("node")
needs_node = pytest.mark.skipif(NODE is None, reason="no node on this machine; the browser runs the same cases")


def document(name: str) -> bp.Document:
    return bp.from_dict(ALL["documents"][name])


def commanded(doc: bp.Document, command: str, args: list) -> bp.Edit | None:
    """The same command in Python, where it has one."""
    if command == "addStep":
        plain = bp.to_dict(doc)
        return bp.diff(doc, bp.from_dict({**plain, "steps": [*plain["steps"], args[0]]}), "add_step")
    if command == "removeSteps" and len(args[0]) == 1:
        return bp.remove_step(doc, args[0][0])
    if command == "changeSteps" and len(args[0]) == 1:
        return bp.change_step(doc, args[0][0], **args[1])
    if command == "titled":
        step = doc.step(args[0])
        return bp.change_step(doc, step.id, title=replace(step.title, **{args[1]: args[2]}))
    return {"moveStep": bp.move_step, "link": bp.link, "unlink": bp.unlink}[command](doc, *args) if command in ("moveStep", "link", "unlink") else None


@pytest.mark.parametrize("case", ALL["cases"], ids=lambda c: c["name"])
def test_the_shared_cases(case: dict) -> None:
    doc = document(case["document"])
    if "refused" in case:
        if case["command"] in ("addStep", "removeSteps", "titled", "moveStep", "link"):
            with pytest.raises(bp.BlueprintRefused, match=f"blueprint_{case['refused']}"):
                commanded(doc, case["command"], case["args"])
        return
    edit = bp.edit_from_dict(case["edit"])
    after = edit.apply(doc)
    assert edit.revert(after) == doc
    assert bp.diff(doc, after, edit.name) == edit
    assert bp.edit_to_dict(edit) == case["edit"]
    made = commanded(doc, case["command"], case["args"])
    assert made is None or made == edit


@pytest.mark.parametrize("case", ALL["onto"], ids=lambda c: c["name"])
def test_edits_on_a_document_that_moved_on(case: dict) -> None:
    doc, edit = document(case["document"]), bp.edit_from_dict(case["edit"])
    if "refused" in case:
        with pytest.raises(bp.BlueprintRefused, match=f"blueprint_{case['refused']}"):
            bp.onto(doc, edit)
    else:
        assert bp.to_dict(bp.onto(doc, edit)) == case["after"]


@needs_node
def test_the_canvas_in_node() -> None:
    done = subprocess.run([str(NODE), "--test", str(HERE / "canvas.test.mjs")], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr


def strewn(steps: int, seed: int) -> bp.Document:
    """A document with names of every length, spans, marks and links all over."""
    chance = random.Random(seed)
    phases = [{"id": f"p{i}", "zh": f"阶段{i}", "en": f"Phase {i}"} for i in range(max(2, steps // 8))]
    words = ["咨询营销活动", "Ask about the promotion", "办理", "Pay", "LED显示屏，广播", "Wi-Fi/网络 settings", "mWW OAK@90%", "é à Ü", ""]
    made = []
    for i in range(steps):
        title = " ".join(chance.choices(words, k=chance.randint(1, 4)))[: bp.LIMITS["title"]]
        made.append(
            {"id": f"s{i}", "lane": chance.choice(bp.LANES), "phase": chance.choice(phases)["id"], "zh": title, "order": chance.randint(0, 3)}
            | {"span": chance.choice([1, 1, 1, 2, 4]), "key": chance.random() < 0.3, "fail": chance.random() < 0.3}
        )
    links = [chance.sample([s["id"] for s in made], 2) for _ in range(steps)]
    return bp.from_dict({"id": "strewn", "name": {}, "phases": phases, "steps": made, "links": links})


@needs_node
def test_the_screen_and_the_export_stand_alike() -> None:
    documents = [bp.loads(path.read_bytes()) for path in desks.seeds().values()] + [strewn(n, n) for n in (2, 9, 40, 120)] + [document("empty")]
    layout = (Path(canvas.FOLDER) / "layout.mjs").as_uri()
    script = f"""
        import {{ arrange }} from "{layout}";
        let text = ""; process.stdin.on("data", (d) => {{ text += d; }}).on("end", () => process.stdout.write(JSON.stringify(
          JSON.parse(text).map(([doc, lang, strip]) => {{ const l = arrange(doc, lang, strip);
            return {{ size: [l.width, l.height], lanes: l.lanes, lines: l.lines,
              cards: [...l.cards.values()].map((c) => [c.step.id, c.lines, c.x, c.y, c.w, c.h]), arrows: l.arrows.map((a) => a.points) }}; }}))));"""
    asked = [(doc, lang, strip) for doc in documents for lang, strip in (("zh", True), ("en", False))]
    given = json.dumps([[bp.to_dict(doc), lang, strip] for doc, lang, strip in asked])
    done = subprocess.run([str(NODE), "--input-type=module", "-e", script], input=given, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    for (doc, lang, strip), theirs in zip(asked, json.loads(done.stdout), strict=True):
        ours = arrange(doc, lang, strip=strip)
        assert [c[:2] for c in theirs["cards"]] == [[c.step.id, c.lines] for c in ours.cards.values()]
        flat = [v for c in theirs["cards"] for v in c[2:]] + theirs["size"] + [v for a in theirs["arrows"] for p in a for v in p] + list(theirs["lines"].values())
        expected = [v for c in ours.cards.values() for v in (c.x, c.y, c.w, c.h)] + [ours.width, ours.height]
        expected += [v for a in ours.arrows for p in a.points for v in p] + list(ours.lines.values())
        assert flat == pytest.approx(expected)
        assert [v for at in theirs["lanes"].values() for v in at] == pytest.approx([v for at in ours.lanes.values() for v in at])


def test_both_sides_know_the_same_lanes_and_limits() -> None:
    source = (canvas.FOLDER / "document.mjs").read_text(encoding="utf-8")
    limits = re.search(r"LIMITS = \{(.*?)\}", source)
    assert limits and json.dumps(bp.LANES) in source
    assert {name: int(most) for name, most in re.findall(r"(\w+): (\d+)", limits[1])}.items() <= bp.LIMITS.items()


# ---- what the server does with edits that come in ------------------------------------------------------------------


def desk(name: str = "visit") -> desks.Desk:
    doc = document(name)
    return desks.Desk(name, 0, doc, doc, doc)


def entry(number: int, edit: bp.Edit, kind: str = "do") -> dict:
    return {"seq": number, "kind": kind, "edit": bp.edit_to_dict(edit)}


def hand(to: desks.Desk, *entries: object, seed: str | None = None) -> None:
    canvas.take(to, {"desk": seed or to.seed, "entries": list(entries)})


def test_edits_are_taken_once_and_in_order() -> None:
    one = desk()
    first = bp.change_step(one.draft, "enter", key=True)
    second = bp.move_step(first.apply(one.draft), "enter", "customer", "c")
    for _ in range(2):
        hand(one, entry(1, first), entry(2, second))
    assert one.draft == second.apply(first.apply(one.stored))
    assert (one.taken, one.version, len(one.done)) == (2, 2, 2)
    assert one.source == one.draft, "the table starts anew from it"


def test_undo_there_is_undo_here() -> None:
    one = desk()
    edit = bp.change_step(one.draft, "enter", key=True)
    back = bp.Edit("edit", tuple(bp.Change(c.part, c.key, c.after, c.before) for c in edit.changes))
    hand(one, entry(1, edit), entry(2, back, "undo"))
    assert (one.draft, one.done, len(one.undone)) == (one.stored, [], 1)
    hand(one, entry(3, edit, "redo"))
    assert (one.draft, len(one.done), one.undone) == (edit.apply(one.stored), 1, [])


def test_an_edit_for_an_older_draft_goes_on_top() -> None:
    one = desk()
    edit = bp.change_step(one.draft, "enter", key=True)
    one.put(bp.change_step(one.draft, "enter", title=bp.Words("进", "In")).apply(one.draft))
    hand(one, entry(1, edit))
    assert (one.draft.step("enter").key, one.draft.step("enter").title.en) == (True, "In")


def test_a_row_begun_in_the_table_outlives_an_edit_of_the_canvas() -> None:
    one = desk()
    one.waiting, mounted = 1, one.mount
    hand(one, entry(1, bp.change_step(one.draft, "enter", key=True)))
    assert (one.mount, one.apart, one.source) == (mounted, True, one.stored)
    one.restart()
    assert (one.apart, one.source) == (False, one.draft)


def bad(what: str) -> object:
    step = {"id": "x", "lane": "customer", "phase": "a", "en": "X"}
    change = {"part": "step", "key": "x", "before": None, "after": step}
    return {
        "lane": {"changes": [{**change, "after": {**step, "lane": "roof"}}]},
        "column": {"changes": [{**change, "after": {**step, "phase": "zzz"}}]},
        "long": {"changes": [{**change, "after": {**step, "en": "x" * 81}}]},
        "part": {"changes": [{**change, "part": "id"}]},
        "key": {"changes": [{**change, "key": "y"}]},
        "field": {"changes": [{**change, "after": {**step, "onclick": "x"}}]},
        "empty": {"changes": [{**change, "after": None}]},
        "phases": {"changes": [{"part": "phases", "key": "", "before": [], "after": None}]},
        "change": {"changes": ["x"]},
        "list": {"changes": {}},
        "nothing": None,
    }[what]


@pytest.mark.parametrize("what", ["lane", "column", "long", "part", "key", "field", "empty", "phases", "change", "list", "nothing"])
def test_what_cannot_be_is_refused_with_a_reason_and_the_next_one_is_taken(what: str) -> None:
    one = desk()
    hand(one, {"seq": 1, "kind": "do", "edit": bad(what)}, entry(2, bp.change_step(one.draft, "enter", key=True)))
    assert [number for number, _ in one.refused] == [1] and one.taken == 2
    assert one.draft.step("enter").key and one.draft.step("x") is None


def test_strange_messages_change_nothing() -> None:
    one = desk()
    edit = bp.change_step(one.draft, "enter", key=True)
    hand(one, entry(1, edit), seed="another")
    for value in (None, 3, [], {"desk": one.seed}, {"desk": one.seed, "entries": [None, {"seq": "1"}, {"seq": -1}]}):
        canvas.take(one, value)
    assert one.draft == one.stored and one.taken == 0


def test_each_module_brings_in_only_what_is_before_it() -> None:
    seen: set[str] = set()
    for name in canvas.MODULES:
        source = (canvas.FOLDER / f"{name}.mjs").read_text(encoding="utf-8")
        lines = [line for line in source.splitlines() if line.startswith("import ")]
        assert all(canvas._IMPORT.fullmatch(line) for line in lines), "one line each, from a file beside it"
        assert {canvas._IMPORT.fullmatch(line)[2] for line in lines} <= seen  # type: ignore[index]
        assert len(source.splitlines()) <= 450
        seen.add(name)
    assert seen == {path.stem for path in canvas.FOLDER.glob("*.mjs")}
    assert "innerHTML" not in canvas.joined() and "http://" not in canvas.joined().replace("http://www.w3.org/2000/svg", "")
