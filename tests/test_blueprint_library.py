"""The library of blueprints: the drawings that come with the software, scenes and their skeletons."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from sqm import blueprint as bp
from sqm import metrics, warehouse
from sqm.blueprints import scenes

FOLDER = Path(__file__).resolve().parent.parent / "data" / "blueprints"
SEEDS = sorted(FOLDER.glob("*.json"))
SCENES = (FOLDER / "scenes.csv").read_text(encoding="utf-8")
#: The three gaps that the store visit has as it is, and that its to-be closes.
OPEN = {"collect", "explain", "hand_out"}


def document(path: Path) -> bp.Document:
    return bp.loads(path.read_bytes())


@pytest.mark.parametrize("path", SEEDS, ids=lambda p: p.stem)
def test_every_drawing_is_complete(path: Path):
    found = document(path)
    assert found.id == path.stem and found.scene in scenes.scenes(SCENES) and found.name.zh and found.name.en and found.note
    missing = {one.step for one in bp.validate(found, metrics=metrics.CATALOGUE.keys())}
    assert missing == (OPEN if path.stem == "store_visit" else set())
    for step in found.steps:
        assert step.title.zh and step.title.en
        if step.key:
            assert step.metrics
        if step.fail:
            assert step.owner and step.gap and step.cause and step.categories, step.id
            assert step.id in missing or (step.prevention.zh and step.prevention.en and step.contingency.zh and step.contingency.en), step.id
    assert sum(step.key for step in found.steps) >= 5 and sum(step.fail for step in found.steps) >= 5


def test_what_the_drawings_are_bound_to_answers_on_the_sample(sample_folder, monkeypatch):
    """Every metric under its filter, every category, owner: there is such a thing in the data that come along."""
    monkeypatch.setenv("SQM_DATA_DIR", str(sample_folder))
    warehouse.forget()
    engine = warehouse.engine()
    try:
        steps = [step for path in SEEDS for step in document(path).steps]
        for binding in sorted({b for step in steps for b in step.metrics if step.key}, key=lambda b: b.text):
            frame = metrics.fetch(engine, binding.metric, where=binding.filters)
            assert len(frame) == 1 and frame["base"].iloc[0] > 0 and frame["value"].notna().all(), binding.text
        categories = metrics.fetch(engine, "complaint_rate", by=("category",)).set_index("category")["value"]
        assert all(categories[c] > 0 for step in steps for c in step.categories)
        departments = set(metrics.reference_frame(engine, "departments")["department"])
        assert {step.owner for step in steps if step.owner} <= departments
    finally:
        warehouse.forget()


def test_every_scene_has_a_skeleton_that_lacks_nothing():
    known = scenes.scenes(SCENES)
    assert len(known) == 24 and len({scene.title("zh") for scene in known.values()}) == 24
    for scene in known.values():
        made = scenes.skeleton(scene, "d", bp.Words("例", "Example"), "to_be")
        assert made.scene == scene.id and made.state == "to_be" and len(made.phases) >= 3
        assert bp.validate(made) == [], scene.id
        assert bp.loads(bp.dumps(made)) == made


def test_a_row_of_the_scenes_that_belongs_nowhere_is_refused():
    head, *rows = SCENES.splitlines()
    for wrong in ("x.y,phase,甲,A", "promotion.store,lane,甲,A", "promotion.store,customer,,", "nowhere.store,scene,甲,A"):
        with pytest.raises(bp.BlueprintRefused) as caught:
            scenes.scenes("\n".join([head, *rows[:3], wrong]))
        assert caught.value.params["where"] == "scenes:5"
    assert len(list(csv.reader(rows))) == len(rows)


def test_a_copy_keeps_its_steps_and_an_empty_one_has_a_column():
    first = document(FOLDER / "store_visit.json")
    copy = scenes.copied(first, "c", first.name, "to_be")
    assert [c.part for c in bp.diff(first, copy).changes] == ["state"] and copy.steps == first.steps
    assert len(scenes.blank("b", first.name, bp.Words("一", "One")).phases) == 1


def test_a_scene_is_part_of_an_edit():
    first = document(FOLDER / "store_visit.json")
    plain = bp.to_dict(first)
    plain.pop("scene")
    second = bp.from_dict(plain)
    edit = bp.diff(first, second)
    assert edit.apply(first) == second and edit.revert(second) == first
