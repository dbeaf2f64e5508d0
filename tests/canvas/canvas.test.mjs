// node --test tests/canvas
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import * as commands from "../../sqm/ui/canvas/document.mjs";
import { Work } from "../../sqm/ui/canvas/work.mjs";
import { run } from "./cases.mjs";

const all = JSON.parse(readFileSync(new URL("./edits.json", import.meta.url)));

test("the shared cases", () => assert.deepEqual(run(all, commands), []));

// ---- the work of one reader, against a server that answers late, twice or never ------------------------------------

const visit = all.documents.visit;
const nothing = { name: "edit", changes: [] };
const memory = () => {
  let kept = null;
  return { get: () => kept, set: (value) => { kept = commands.clone(value); } };
};
const told = (more = {}) => ({ desk: "d1", owner: "li", doc: visit, version: 0, ack: 0, unsaved: nothing, refused: [], ...more });
const rename = (work, text) => work.do(commands.titled(work.doc, "enter", "en", text));
const title = (work) => commands.stepOf(work.doc, "enter").en;
const after = (edit, doc = visit) => commands.apply(doc, edit);

test("an older answer never takes a later edit back", () => {
  const work = new Work(told(), memory());
  rename(work, "One");
  const first = work.queue[0].edit;
  rename(work, "Two");
  work.adopt(told({ doc: after(first), version: 1, ack: 1, unsaved: first }));
  assert.equal(title(work), "Two");
  assert.deepEqual(work.queue.map((entry) => entry.seq), [2]);
  work.adopt(told());
  assert.equal(title(work), "Two");
  work.adopt(told({ doc: work.doc, version: 2, ack: 2 }));
  assert.deepEqual(work.queue, []);
  assert.equal(title(work), "Two");
});

test("what somebody else changed stays, and one's own edits stand on top", () => {
  const work = new Work(told(), memory());
  rename(work, "Mine");
  const theirs = commands.changeSteps(visit, ["enter"], { key: true });
  assert.equal(work.adopt(told({ doc: after(theirs), version: 1 })), true);
  assert.deepEqual([title(work), commands.stepOf(work.doc, "enter").key], ["Mine", true]);
  work.undo();
  assert.equal(commands.stepOf(work.doc, "enter").key, undefined);
});

test("a refused edit is taken back and cannot be redone", () => {
  const work = new Work(told(), memory());
  rename(work, "One");
  assert.equal(work.adopt(told({ version: 1, ack: 1, refused: [{ seq: 1, text: "no" }] })), true);
  assert.deepEqual([title(work), work.done, work.undone], ["Enter", [], []]);
});

test("undo and redo, and an undo on the server counts as one here", () => {
  const work = new Work(told(), memory());
  rename(work, "One");
  rename(work, "Two");
  work.undo();
  assert.equal(title(work), "One");
  work.redo();
  assert.equal(title(work), "Two");
  assert.deepEqual(work.queue.map((entry) => entry.kind), ["do", "do", "undo", "redo"]);
  work.adopt(told({ doc: after(commands.titled(visit, "enter", "en", "One")), version: 9, ack: 4 }));
  assert.deepEqual([work.done.length, work.undone.length], [1, 1]);
});

test("after a reload the edits not saved are there again, each once", () => {
  const store = memory();
  const work = new Work(told(), store);
  rename(work, "One");
  const saved = work.queue[0].edit;
  work.adopt(told({ doc: work.doc, version: 1, ack: 1, unsaved: saved }));
  work.do(commands.addStep(work.doc, { id: "new", lane: "support", phase: "b", zh: "新" }));
  const again = new Work(told({ desk: "d2" }), store);
  assert.equal(again.restored, true);
  assert.deepEqual([title(again), again.doc.steps.filter((step) => step.id === "new").length], ["One", 1]);
  const same = new Work(told({ doc: after(saved), version: 1, ack: 1 }), store);
  assert.deepEqual([title(same), same.queue.map((entry) => entry.seq)], ["One", [2]]);
});

test("another reader in the same tab gets nothing of it", () => {
  const store = memory();
  rename(new Work(told(), store), "One");
  assert.equal(title(new Work(told({ desk: "d2", owner: "wang" }), store)), "Enter");
});

test("what was saved is not put on top of a newer revision", () => {
  const store = memory();
  const work = new Work(told(), store);
  rename(work, "One");
  work.adopt(told({ doc: work.doc, version: 1, ack: 1, unsaved: work.queue[0].edit }));
  work.adopt(told({ doc: work.doc, version: 2, ack: 1, unsaved: nothing }));
  assert.equal(store.get(), null);
});

test("a new session of the server under an open page takes up where the old one was", () => {
  const work = new Work(told(), memory());
  rename(work, "One");
  work.adopt(told({ desk: "d9" }));
  assert.equal(title(work), "One");
  assert.equal(work.queue.length, 1);
});
