// What the reader does to the drawing, by button, key or pointer; each is one edit.
import { addStep, alignSteps, cellOf, changeSteps, columnOf, copied, insertPhase, link, movePhase, moveStep, newId, paste, removePhase, removeSteps, shiftSteps, stepOf, together, unlink } from "./document.mjs";
import { COLUMN, GUTTER } from "./layout.mjs";

const shared = (globalThis[Symbol.for("sqm.canvas.copy")] ??= { copy: null });

export const Actions = (Base) => class extends Base {
  // ---- what the reader does ----------------------------------------------------------------------------------------

  atCursor() {
    const { doc } = this.work;
    const step = stepOf(doc, this.selected.at(-1));
    if (step) return { lane: step.lane, phase: step.phase, order: (step.order || 0) + 1 };
    return { lane: "customer", phase: this.column || doc.phases[0]?.id, order: 1e6 };
  }

  newStep(at = this.atCursor()) {
    const id = newId();
    const { lang, words } = this.data;
    const make = (doc) => {
      const column = newId();
      const phase = at.phase || column;
      const parts = at.phase ? [] : [(now) => insertPhase(now, now.phases.length, { id: column, [lang]: words["canvas.new_phase"] })];
      parts.push((now) => addStep(now, { id, lane: at.lane, phase, [lang]: words["canvas.new_step"], order: cellOf(now, at.lane, phase).length }));
      parts.push((now) => moveStep(now, id, at.lane, phase, at.order));
      return together(doc, "add_step", parts);
    };
    if (this.do(make)) {
      this.choose([id], { focus: true });
      this.name({ step: id });
    }
  }

  // The next step of the journey: one column on, linked from the selected one.
  nextStep() {
    const from = stepOf(this.work.doc, this.selected.at(-1));
    if (!from) return this.newStep();
    const [id, column] = [newId(), newId()];
    const { lang, words } = this.data;
    const make = (doc) => {
      const at = columnOf(doc, from.phase) + (from.span || 1);
      const phase = doc.phases[at]?.id || column;
      const parts = doc.phases[at] ? [] : [(now) => insertPhase(now, now.phases.length, { id: column, [lang]: words["canvas.new_phase"] })];
      parts.push((now) => addStep(now, { id, lane: from.lane, phase, [lang]: words["canvas.new_step"], order: cellOf(now, from.lane, phase).length }));
      return together(doc, "add_step", [...parts, (now) => link(now, from.id, id)]);
    };
    if (!this.do(make)) return undefined;
    this.choose([id], { focus: true });
    return this.name({ step: id });
  }

  newColumn() {
    const id = newId();
    const { lang, words } = this.data;
    const near = this.column || stepOf(this.work.doc, this.selected.at(-1))?.phase;
    const at = near ? columnOf(this.work.doc, near) + 1 : this.work.doc.phases.length;
    if (this.do((doc) => insertPhase(doc, at, { id, [lang]: words["canvas.new_phase"] }))) {
      this.choose([], { phase: id, focus: true });
      this.name({ phase: id });
    }
  }

  remove() {
    if (this.chosen) {
      const [from, to] = this.chosen.split("\n");
      this.chosen = "";
      return this.do((doc) => unlink(doc, from, to));
    }
    if (this.column) {
      const id = this.column;
      const held = this.work.doc.steps.some((step) => step.phase === id);
      this.column = "";
      const gone = this.do((doc) => removePhase(doc, id));
      if (gone && held) this.say(this.data.words["canvas.column_gone"]);
      return gone;
    }
    const ids = this.selected;
    const next = this.nearest(ids.at(-1), 1, 0) || this.nearest(ids.at(-1), -1, 0);
    if (!ids.length || !this.do((doc) => removeSteps(doc, ids))) return false;
    return this.choose(stepOf(this.work.doc, next) ? [next] : [], { focus: true });
  }

  flag(field) {
    const ids = this.selected;
    if (!ids.length) return;
    const value = !ids.every((id) => stepOf(this.work.doc, id)[field]);
    this.do((doc) => changeSteps(doc, ids, { [field]: value }));
  }

  copy() {
    if (this.selected.length) shared.copy = copied(this.work.doc, this.selected);
  }

  paste(copy = shared.copy, by = 0) {
    if (!copy?.steps.length || !this.work.doc.phases.length) return;
    const ids = Object.fromEntries(copy.steps.map((step) => [step.id, newId()]));
    const near = this.column || stepOf(this.work.doc, this.selected[0])?.phase;
    const column = Math.max(0, near ? columnOf(this.work.doc, near) + by : 0);
    if (this.do((doc) => paste(doc, copy, column, ids))) this.choose(Object.values(ids), { focus: true });
  }

  duplicate() {
    if (!this.selected.length) return;
    const first = Math.min(...this.selected.map((id) => columnOf(this.work.doc, stepOf(this.work.doc, id).phase)));
    const near = columnOf(this.work.doc, stepOf(this.work.doc, this.selected[0]).phase);
    this.paste(copied(this.work.doc, this.selected), first - near);
  }

  align(what) {
    if (this.selected.length > 1) this.do((doc) => alignSteps(doc, this.selected, what));
  }

  widen(by) {
    const step = stepOf(this.work.doc, this.selected.at(-1));
    if (!step) return;
    const most = this.work.doc.phases.length - columnOf(this.work.doc, step.phase);
    const span = Math.max(1, Math.min(most, (step.span || 1) + by));
    this.do((doc) => changeSteps(doc, [step.id], { span }));
  }

  // A link where there is none, none where there was one.
  join(from, to) {
    if (!from || !to || from === to) return;
    const there = this.work.doc.links.some(([a, b]) => a === from && b === to);
    this.do((doc) => (there ? unlink : link)(doc, from, to));
  }

  back(which) {
    if (!this.data.editable || !this.work[which]()) return;
    this.column = columnOf(this.work.doc, this.column) < 0 ? "" : this.column;
    this.changed();
  }

  move(dx, dy) {
    const ids = this.selected;
    if (this.column) return this.do((doc) => movePhase(doc, this.column, dx));
    return ids.length ? this.do((doc) => shiftSteps(doc, ids, dy, dx)) : false;
  }

  reorder(by) {
    const step = stepOf(this.work.doc, this.selected.at(-1));
    if (step) this.do((doc) => moveStep(doc, step.id, step.lane, step.phase, cellOf(doc, step.lane, step.phase).findIndex((one) => one.id === step.id) + by));
  }

  twice(event) {
    if (!this.data.editable || this.naming) return;
    const at = this.at(event);
    const step = event.target.closest("g.step");
    const phase = event.target.closest("g.phase");
    if (step) this.name({ step: step.dataset.step });
    else if (phase) this.name({ phase: phase.dataset.phase });
    else if (at.lane && at.x > GUTTER) this.newStep({ lane: at.lane, phase: this.work.doc.phases[at.column]?.id, order: 1e6 });
  }

  // Where the pointer is: drawing units, lane and column.
  at(event) {
    const box = this.svg.getBoundingClientRect();
    const [x, y] = [(event.clientX - box.left) / this.zoom, (event.clientY - box.top) / this.zoom];
    return { x, y, ...this.cell(x, y) };
  }

  cell(x, y) {
    const lanes = Object.entries(this.layout.lanes);
    const [last] = lanes.at(-1);
    const inside = lanes.find(([, [top, height]]) => y < top + height);
    const above = y < this.layout.lanes.evidence[0];
    const count = Math.max(1, this.work.doc.phases.length);
    return { lane: above ? "" : inside?.[0] || last, column: Math.max(0, Math.min(Math.floor((x - GUTTER) / COLUMN), count - 1)) };
  }
};
