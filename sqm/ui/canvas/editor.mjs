// The canvas: draws the work, turns pointer and keys into edits, and hands them to the server until it has them.
import { LANES, LIMITS, Refused, columnOf, namePhase, same, stepOf, titled } from "./document.mjs";
import { Actions } from "./actions.mjs";
import { Keys } from "./keys.mjs";
import { CARD, COLUMN, HEADER, arrange, columnX, said } from "./layout.mjs";
import { arrow, card, el, ground, place } from "./paint.mjs";
import { bar, helpPanel } from "./tools.mjs";
import { start } from "./gestures.mjs";
import { Work } from "./work.mjs";

const shared = (globalThis[Symbol.for("sqm.canvas")] ??= { works: new Map() });
const editors = new WeakMap();
const RETRY = 2500;
const ZOOMS = [0.25, 0.35, 0.5, 0.62, 0.75, 0.87, 1, 1.25, 1.5, 2];

function storeOf(docId) {
  const name = `sqm.blueprint.${docId}`;
  const quiet = (run) => {
    try {
      return run();
    } catch {
      return null; // A browser that keeps nothing, or has no room left.
    }
  };
  return {
    get: () => quiet(() => JSON.parse(sessionStorage.getItem(name))),
    set: (value) => quiet(() => (value ? sessionStorage.setItem(name, JSON.stringify(value)) : sessionStorage.removeItem(name))),
  };
}

class Screen {
  constructor(root) {
    Object.assign(this, { root, cards: new Map(), stamps: {}, selected: [], column: "", chosen: "", joining: "", zoom: 0, picks: [], shown: "", gesture: null, naming: null, late: null, message: "", retried: 0 });
    const find = (name) => root.querySelector(`.${name}`);
    Object.assign(this, { tools: find("tools"), sheet: find("sheet"), world: find("world"), over: find("over"), told: find("told"), help: find("help"), empty: find("empty") });
    this.svg = el("svg", { role: "group" });
    this.layers = { ground: el("g"), arrows: el("g", { class: "arrows" }), steps: el("g", { class: "steps" }) };
    this.svg.append(...Object.values(this.layers));
    this.world.prepend(this.svg);
    this.sheet.onpointerdown = (event) => start(this, event);
    this.sheet.ondblclick = (event) => this.twice(event);
    this.sheet.onkeydown = (event) => this.key(event);
    this.sheet.onfocusin = (event) => this.reached(event);
    this.sheet.onwheel = (event) => {
      if (!event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      this.rescale(this.zoom * (event.deltaY < 0 ? 1.1 : 1 / 1.1), event);
    };
    this.watch = new ResizeObserver(() => this.fitOnce());
    this.watch.observe(this.sheet);
    this.timer = setInterval(() => this.retry(), 500);
  }

  // ---- what comes from the server and goes to it -------------------------------------------------------------------

  update(component) {
    if (this.gesture || this.naming) {
      this.late = component;
      return;
    }
    this.late = null;
    const { data, setStateValue, setTriggerValue } = component;
    const other = data.docId !== this.docId;
    const words = this.data?.words;
    Object.assign(this, { data, docId: data.docId, setStateValue, setTriggerValue });
    if (other) {
      this.forget();
      if (!shared.works.has(data.docId)) shared.works.set(data.docId, new Work(data, storeOf(data.docId)));
    }
    this.work = shared.works.get(data.docId);
    this.work.adopt(data);
    this.bear(data);
    this.follow(data.selected, other);
    if (!same(words, data.words) || other) {
      bar(this);
      helpPanel(this);
    }
    this.unfinished();
    this.paint();
    if (this.work.queue.length && !this.sent) this.send();
  }

  forget() {
    Object.assign(this, { selected: [], column: "", chosen: "", joining: "", zoom: 0, byHand: false, picks: [], shown: "", message: "", sent: 0 });
    this.cards.clear();
    this.layers.steps.replaceChildren();
  }

  // What was refused, or brought back after a reload, is said once.
  bear(data) {
    const refused = data.refused.at(-1);
    if (refused && refused.seq !== this.refused) this.say(refused.text, true);
    this.refused = refused?.seq;
    if (this.work.restored) this.say(data.words["canvas.restored"]);
    this.work.restored = false;
    if (!this.work.queue.length) this.sent = 0;
  }

  // The selection of the panel's list; not the echo of what was picked here.
  follow(id, other) {
    const echo = this.picks.indexOf(id);
    if (echo >= 0) this.picks.splice(0, echo + 1);
    else if (id && (other || id !== this.shown) && !this.picks.length) this.selected = [id];
    this.shown = id;
  }

  // A name that was being typed when the drawing was taken away becomes an edit.
  unfinished() {
    const typed = this.work.typed;
    this.work.typed = null;
    if (typed && this.data.editable) this.named(typed);
  }

  do(make) {
    if (!this.data.editable) return false;
    try {
      const now = this.work.doc;
      if (!this.work.do(make(now))) return false;
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      this.say(this.data.words[error.code === "too_many" ? "canvas.full" : "canvas.refused"], true);
      return false;
    }
    this.changed();
    return true;
  }

  changed(message = "") {
    this.say(message);
    this.selected = this.selected.filter((id) => stepOf(this.work.doc, id));
    this.paint();
    this.send();
  }

  send() {
    this.sent = performance.now();
    this.first ||= this.sent;
    this.retried += 1;
    const entries = this.work.queue;
    if (entries.length) this.setStateValue("edits", { desk: this.work.desk, doc: this.docId, attempt: this.retried, entries });
  }

  retry() {
    if (!this.work?.queue.length) {
      this.first = 0;
      if (this.late_note) this.say("");
      this.late_note = false;
      return;
    }
    const now = performance.now();
    if (now - this.sent < RETRY) return;
    this.send();
    if (now - this.first > 2 * RETRY && !this.late_note) {
      this.say(this.data.words["canvas.waiting"]);
      this.late_note = true;
    }
  }

  pick(id) {
    clearTimeout(this.picking);
    this.picking = setTimeout(() => {
      this.picks.push(id);
      this.setTriggerValue("picked", id);
    }, 180);
  }

  say(message, bad = false) {
    this.told.textContent = message || "";
    this.told.classList.toggle("bad", bad && Boolean(message));
  }

  // ---- drawing -----------------------------------------------------------------------------------------------------

  paint() {
    const { doc } = this.work;
    const { data } = this;
    const view = { words: data.words, lang: data.lang, figures: data.figures, editable: data.editable };
    const focused = this.focused();
    this.layout = arrange(doc, data.lang, Object.keys(data.figures.strip).length > 0);
    const { width, height, cards, arrows } = this.layout;
    this.root.classList.toggle("editable", data.editable);
    this.svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    this.svg.setAttribute("aria-label", data.alt);
    const { lanes, lines } = this.layout;
    this.once("ground", [doc.phases, width, height, lanes, lines, data.lang, data.words, data.figures.strip, data.figures.mean_shown], () => [ground(doc, this.layout, view)]);
    this.once("arrows", arrows, () => arrows.map(arrow));
    const order = Object.fromEntries(doc.phases.map((phase, i) => [phase.id, i]));
    const boxes = [...cards.values()].sort((a, b) => order[a.step.phase] - order[b.step.phase]
      || LANES.indexOf(a.step.lane) - LANES.indexOf(b.step.lane) || a.y - b.y);
    const nodes = boxes.map((box) => this.node(box, view));
    const old = [...this.layers.steps.children];
    if (old.length !== nodes.length || nodes.some((node, i) => node !== old[i])) this.layers.steps.replaceChildren(...nodes);
    for (const id of this.cards.keys()) if (!cards.has(id)) this.cards.delete(id);
    this.empty.hidden = doc.steps.length > 0;
    this.empty.textContent = data.words[data.editable ? "canvas.empty" : "canvas.empty_read"];
    this.fitOnce();
    this.scale();
    this.mark();
    if (focused) this.focus(focused);
  }

  // A layer that would look the same stays as it is.
  once(layer, shown, make) {
    const stamp = JSON.stringify(shown);
    if (this.stamps[layer] === stamp) return;
    this.stamps[layer] = stamp;
    this.layers[layer].replaceChildren(...make());
  }

  // Cards that look the same stay the same nodes, so that 300 of them are not made anew for one.
  node(box, view) {
    const { step } = box;
    const stamp = JSON.stringify([step, box.w, box.h, box.lines, view.lang, view.editable, view.figures.keys[step.id], view.figures.fails[step.id]]);
    let kept = this.cards.get(step.id);
    if (kept?.stamp !== stamp) this.cards.set(step.id, kept = { stamp, node: card(box, view) });
    kept.node.setAttribute("transform", place(box));
    return kept.node;
  }

  mark() {
    const steps = [...this.cards.values()].map((kept) => kept.node);
    const head = this.selected.at(-1) || (this.column ? "" : steps[0]?.dataset.step);
    for (const node of steps) {
      const id = node.dataset.step;
      const on = this.selected.includes(id);
      node.classList.toggle("selected", on);
      node.classList.toggle("only", on && this.selected.length === 1);
      node.classList.toggle("here", id === this.joining);
      node.setAttribute("aria-pressed", String(on));
      node.setAttribute("tabindex", id === head ? "0" : "-1");
    }
    this.svg.querySelectorAll("g.phase").forEach((node, i) => {
      node.classList.toggle("selected", node.dataset.phase === this.column);
      node.setAttribute("tabindex", node.dataset.phase === this.column || (!this.column && i === 0) ? "0" : "-1");
    });
    for (const node of [...this.layers.arrows.children]) {
      const { from, to } = node.dataset;
      const chosen = `${from}\n${to}` === this.chosen;
      const on = chosen || this.selected.includes(from) || this.selected.includes(to);
      node.classList.toggle("on", on);
      node.classList.toggle("chosen", chosen);
      if (on) this.layers.arrows.append(node);
    }
    this.tools.refresh?.();
  }

  fitOnce() {
    if (!this.layout || !this.sheet.clientWidth) return;
    const fitting = Math.max(0.62, Math.min(1, this.sheet.clientWidth / this.layout.width));
    // A scroll bar that comes and goes must not make the drawing breathe.
    if (!this.zoom || (!this.byHand && !this.gesture && Math.abs(fitting / this.zoom - 1) > 0.02)) this.zoom = fitting;
    this.scale();
  }

  scale() {
    const { width, height } = this.layout;
    this.svg.setAttribute("width", width * this.zoom);
    this.svg.setAttribute("height", height * this.zoom);
    this.world.style.width = `${width * this.zoom}px`;
    this.over.style.transform = `scale(${this.zoom})`;
    this.tools.zoomed?.(this.zoom);
  }

  rescale(zoom, at = null) {
    const box = this.sheet.getBoundingClientRect();
    const [px, py] = at ? [at.clientX - box.left, at.clientY - box.top] : [box.width / 2, box.height / 2];
    const [x, y] = [(this.sheet.scrollLeft + px) / this.zoom, (this.sheet.scrollTop + py) / this.zoom];
    this.byHand = true;
    this.zoom = Math.max(ZOOMS[0], Math.min(ZOOMS.at(-1), zoom));
    this.scale();
    this.sheet.scrollTo(x * this.zoom - px, y * this.zoom - py);
  }

  stepZoom(by) {
    const next = by > 0 ? ZOOMS.find((z) => z > this.zoom + 0.01) : ZOOMS.findLast((z) => z < this.zoom - 0.01);
    this.rescale(next || this.zoom);
  }

  fit() {
    this.rescale(Math.min(this.sheet.clientWidth / this.layout.width, 1));
  }

  // ---- selection and focus -----------------------------------------------------------------------------------------

  focused() {
    const data = this.root.getRootNode().activeElement?.dataset;
    return data?.step || data?.phase ? { ...data } : null;
  }

  focus({ step, phase }) {
    const node = step ? this.cards.get(step)?.node : [...this.svg.querySelectorAll("g.phase")].find((one) => one.dataset.phase === phase);
    if (!node) return this.sheet.focus({ preventScroll: true });
    if (this.root.getRootNode().activeElement !== node) node.focus({ preventScroll: true });
    return node.scrollIntoView({ block: "nearest", inline: "nearest" });
  }

  reached(event) {
    const { phase } = event.target.dataset || {};
    if (phase && this.column !== phase) this.choose([], { phase });
  }

  choose(ids, { phase = "", arrow: chosen = "", focus = false } = {}) {
    Object.assign(this, { selected: ids, column: phase, chosen });
    this.mark();
    const id = ids.at(-1);
    if (focus && (id || phase)) this.focus(id ? { step: id } : { phase });
    if (id && id !== this.shown) this.pick(id);
  }

  toggle(id) {
    const ids = this.selected.includes(id) ? this.selected.filter((one) => one !== id) : [...this.selected, id];
    this.choose(ids, { focus: true });
  }

  nearest(id, dx, dy) {
    const from = this.layout.cards.get(id);
    if (!from) return "";
    const middle = (box) => [box.x + box.w / 2, box.y + box.h / 2];
    const [x, y] = middle(from);
    let [best, least] = ["", Infinity];
    for (const box of this.layout.cards.values()) {
      const [u, v] = middle(box);
      const along = (u - x) * dx + (v - y) * dy;
      const cost = along + 2.5 * Math.abs((u - x) * dy + (v - y) * dx);
      if (box !== from && along > 4 && cost < least) [best, least] = [box.step.id, cost];
    }
    return best;
  }

  // ---- naming in place ---------------------------------------------------------------------------------------------

  name(what) {
    const { doc } = this.work;
    const one = what.step ? stepOf(doc, what.step) : doc.phases.find((phase) => phase.id === what.phase);
    if (!one || !this.data.editable) return;
    const box = what.step ? this.layout.cards.get(what.step) : { x: columnX(columnOf(doc, what.phase)) + (COLUMN - CARD) / 2, y: 1, w: CARD, h: HEADER };
    const input = document.createElement("input");
    const lang = this.data.lang;
    const before = said(one, lang);
    Object.assign(input, { className: "naming", value: before, maxLength: LIMITS.title, type: "text" });
    input.setAttribute("aria-label", this.data.words["canvas.rename"]);
    const height = what.phase ? box.h - 2 : box.chips ? 12 + 18 * box.lines.length : box.h;
    Object.assign(input.style, {
      left: `${box.x * this.zoom}px`, top: `${box.y * this.zoom}px`, width: `${Math.max(box.w * this.zoom, 120)}px`, height: `${Math.max(height * this.zoom, 26)}px`,
      textAlign: what.step && !box.chips ? "center" : "left",
    });
    let composing = false;
    const end = (keep, focus = true) => {
      if (this.naming !== input) return;
      this.naming = null;
      this.work.typed = null;
      const text = input.value;
      input.remove();
      if (keep && text !== before) this.named({ ...what, lang, text });
      if (this.late) this.update(this.late);
      if (focus) this.focus(what);
    };
    input.oncompositionstart = () => { composing = true; };
    input.oncompositionend = () => { composing = false; };
    input.oninput = () => { this.work.typed = { ...what, lang, text: input.value }; };
    input.onblur = () => end(true, false);
    input.onpointerdown = input.ondblclick = (event) => event.stopPropagation();
    input.onkeydown = (event) => {
      event.stopPropagation();
      if (composing || event.isComposing || event.keyCode === 229) return;
      if (event.key === "Enter" || event.key === "Tab") {
        event.preventDefault();
        end(true);
      } else if (event.key === "Escape") {
        end(false);
      }
    };
    this.naming = input;
    this.world.append(input);
    input.focus();
    input.select();
  }

  named({ step, phase, lang, text }) {
    if (step && stepOf(this.work.doc, step)) this.do((doc) => titled(doc, step, lang, text));
    else if (phase && columnOf(this.work.doc, phase) >= 0) this.do((doc) => namePhase(doc, phase, lang, text));
  }

  settled() {
    if (this.late) this.update(this.late);
  }

  close() {
    clearInterval(this.timer);
    clearTimeout(this.picking);
    this.watch.disconnect();
    editors.delete(this.root);
  }
}

const Editor = Actions(Keys(Screen));

export default function (component) {
  const root = component.parentElement.querySelector(".canvas");
  if (!root || !component.data) return undefined;
  if (!editors.has(root)) editors.set(root, new Editor(root));
  const editor = editors.get(root);
  editor.update(component);
  return () => editor.close();
}
