// The keys. Nothing is done while an input method composes.
import { columnOf, stepOf } from "./document.mjs";

export const Keys = (Base) => class extends Base {
  // ---- keys --------------------------------------------------------------------------------------------------------

  key(event) {
    if (event.isComposing || event.keyCode === 229 || this.naming) return;
    const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    const run = way ? this.arrowKey(event, way) : this.letter(event);
    if (!run) return;
    event.preventDefault();
    event.stopPropagation();
    run();
  }

  arrowKey(event, [dx, dy]) {
    if (event.altKey && event.shiftKey) return () => (dx ? this.widen(dx) : this.reorder(dy));
    if (event.altKey) return () => this.move(dx, dy);
    if (event.ctrlKey || event.metaKey) return null;
    if (this.column) return () => this.fromHeader(dx, dy);
    const from = this.selected.at(-1) || event.target.dataset?.step;
    return () => {
      const next = from ? this.nearest(from, dx, dy) : this.layers.steps.firstChild?.dataset.step;
      if (next) this.choose(event.shiftKey ? [...this.selected.filter((id) => id !== next), next] : [next], { focus: true });
      else if (dy < 0 && from) this.choose([], { phase: stepOf(this.work.doc, from).phase, focus: true });
    };
  }

  fromHeader(dx, dy) {
    const { doc } = this.work;
    const at = columnOf(doc, this.column);
    const below = doc.steps.find((step) => step.phase === this.column) || doc.steps[0];
    if (dy > 0 && below) this.choose([below.id], { focus: true });
    else if (dx && doc.phases[at + dx]) this.choose([], { phase: doc.phases[at + dx].id, focus: true });
  }

  letter(event) {
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    const one = this.selected.at(-1);
    if (event.ctrlKey || event.metaKey) {
      return { z: () => this.back(event.shiftKey ? "redo" : "undo"), y: () => this.back("redo"), c: () => this.copy(), v: () => this.paste(), d: () => this.duplicate(),
        x: () => { this.copy(); this.remove(); }, a: () => this.choose(this.work.doc.steps.map((step) => step.id), { focus: true }) }[key];
    }
    if (event.altKey) return null;
    if (key === "Enter" && this.joining) return () => { const from = this.joining; this.joining = ""; this.join(from, one); this.mark(); };
    return { Enter: () => this.name(one ? { step: one } : { phase: this.column }), F2: () => this.name(one ? { step: one } : { phase: this.column }),
      " ": () => event.target.dataset?.step && this.choose([event.target.dataset.step], { focus: true }),
      Delete: () => this.remove(), Backspace: () => this.remove(), Escape: () => this.escape(), k: () => this.flag("key"), f: () => this.flag("fail"),
      n: () => (event.shiftKey ? this.nextStep() : this.newStep()), p: () => this.newColumn(), c: () => this.joinFrom(one), l: () => this.align("lane"), s: () => this.align("phase"),
      "+": () => this.stepZoom(1), "=": () => this.stepZoom(1), "-": () => this.stepZoom(-1), 0: () => this.fit(), "?": () => this.tools.toggleHelp() }[key];
  }

  joinFrom(id) {
    if (!id || !this.data.editable) return;
    this.joining = id;
    this.say(this.data.words["canvas.joining"]);
    this.mark();
  }

  escape() {
    if (!this.help.hidden) return this.tools.toggleHelp();
    if (this.joining) this.joining = "";
    else return this.choose([]);
    this.say("");
    return this.mark();
  }
};
