// The commands of a blueprint, as in sqm/blueprints/edits.py: pure, no screen. A document is the plain form of
// `blueprint.to_dict`, defaults left out; an edit is {name, changes: [{part, key, before, after}]} in that form.
// Both sides run the same cases: tests/canvas/edits.json.

export const LANES = ["evidence", "customer", "frontstage", "backstage", "support"];
export const LIMITS = { steps: 400, phases: 40, links: 1500, title: 80 };
const WHOLE = ["name", "state", "note", "phases"];

export class Refused extends Error {
  constructor(code, params = {}) {
    super(code);
    this.code = code;
    this.params = params;
  }
}

export function same(a, b) {
  if (a === b) return true;
  if (!a || !b || typeof a !== "object" || typeof b !== "object") return (a ?? null) === (b ?? null);
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => key in b && same(a[key], b[key]));
}

export const clone = (value) => (value === undefined ? value : JSON.parse(JSON.stringify(value)));
const compare = (a, b) => (a < b ? -1 : a > b ? 1 : 0);
const keyOf = ([from, to]) => `${from}\n${to}`;
export const stepOf = (doc, id) => doc.steps.find((step) => step.id === id) || null;
export const columnOf = (doc, id) => doc.phases.findIndex((phase) => phase.id === id);
export const cellOf = (doc, lane, phase) => doc.steps.filter((step) => step.lane === lane && step.phase === phase);

// A text as Python takes it: no control characters, no lone surrogates, no blanks around it.
export function clean(text) {
  const kept = [...String(text)].filter((c) => !/^[\ud800-\udfff]$/.test(c) && !"\ufffe\uffff\x7f".includes(c));
  return kept.map((c) => (c < " " && c !== "\n" ? " " : c)).join("").trim();
}

const idle = (name, value) => value === undefined || value === null || value === "" || value === false || value === 0
  || (name === "span" && value === 1) || (Array.isArray(value) && !value.length)
  || (typeof value === "object" && !Array.isArray(value) && !Object.keys(value).length);

// A step without the fields that say nothing.
export function tidy(step) {
  return Object.fromEntries(Object.entries(step).filter(([name, value]) => !idle(name, value)));
}

// The document in canonical order, after the checks that concern more than one part of it.
export function arranged(doc) {
  for (const what of ["phases", "steps"]) {
    if (doc[what].length > LIMITS[what]) throw new Refused("too_many", { limit: LIMITS[what] });
    const ids = doc[what].map((one) => one.id);
    if (new Set(ids).size < ids.length) throw new Refused("twice");
  }
  const column = Object.fromEntries(doc.phases.map((phase, i) => [phase.id, i]));
  const known = new Set(doc.steps.map((step) => step.id));
  for (const step of doc.steps) if (!(step.phase in column)) throw new Refused("unknown_value");
  for (const [a, b] of doc.links) if (a === b || !known.has(a) || !known.has(b)) throw new Refused("loose_link");
  const links = [...new Map(doc.links.map((link) => [keyOf(link), link])).values()];
  if (links.length > LIMITS.links) throw new Refused("too_many", { limit: LIMITS.links });
  links.sort((a, b) => compare(a[0], b[0]) || compare(a[1], b[1]));
  const steps = doc.steps.map(tidy).sort((a, b) => LANES.indexOf(a.lane) - LANES.indexOf(b.lane)
    || column[a.phase] - column[b.phase] || (a.order || 0) - (b.order || 0) || compare(a.id, b.id));
  return { ...doc, steps, links };
}

// ---- edits ---------------------------------------------------------------------------------------------------------

export function diff(old, now, name = "edit") {
  const changes = WHOLE.filter((part) => !same(old[part], now[part]))
    .map((part) => ({ part, key: "", before: old[part] ?? null, after: now[part] ?? null }));
  const before = new Map(old.steps.map((step) => [step.id, step]));
  const after = new Map(now.steps.map((step) => [step.id, step]));
  for (const key of new Set([...before.keys(), ...after.keys()])) {
    const [a, b] = [before.get(key) ?? null, after.get(key) ?? null];
    if (!same(a, b)) changes.push({ part: "step", key, before: a, after: b });
  }
  const had = new Set(old.links.map(keyOf));
  const has = new Set(now.links.map(keyOf));
  for (const link of old.links) if (!has.has(keyOf(link))) changes.push({ part: "link", key: keyOf(link), before: link, after: null });
  for (const link of now.links) if (!had.has(keyOf(link))) changes.push({ part: "link", key: keyOf(link), before: null, after: link });
  return { name, changes };
}

function changed(doc, moves) {
  const steps = new Map(doc.steps.map((step) => [step.id, step]));
  const links = new Map(doc.links.map((link) => [keyOf(link), link]));
  const whole = {};
  for (const [part, key, before, after] of moves) {
    const place = part === "step" ? steps : part === "link" ? links : null;
    const now = place ? place.get(key) : part in whole ? whole[part] : doc[part];
    if (!same(now ?? null, before ?? null)) throw new Refused("moved_on", { part, key });
    if (!place) whole[part] = after;
    else if (after) place.set(key, after);
    else place.delete(key);
  }
  return arranged(settled({ ...doc, ...whole, steps: [...steps.values()], links: [...links.values()] }));
}

// An empty note is no note.
function settled(doc) {
  if (doc.note && Object.keys(doc.note).length) return doc;
  const { note: _, ...rest } = doc;
  return rest;
}

export const inverse = (edit) => ({
  name: edit.name,
  changes: [...edit.changes].reverse().map((c) => ({ ...c, before: c.after, after: c.before })),
});
export const apply = (doc, edit) => changed(doc, edit.changes.map((c) => [c.part, c.key, c.before, c.after]));
export const revert = (doc, edit) => apply(doc, inverse(edit));

// The edit put on a document it was not made for, field by field: where both changed a field, the edit wins.
export function onto(doc, edit) {
  const steps = new Map(doc.steps.map((step) => [step.id, step]));
  const links = new Map(doc.links.map((link) => [keyOf(link), link]));
  const whole = {};
  let before = doc.phases;
  for (const change of edit.changes) {
    const { part, key } = change;
    if (part === "link") {
      links.delete(key);
      if (change.after) links.set(key, change.after);
    } else if (part !== "step") {
      whole[part] = change.after;
      if (part === "phases") before = change.before;
    } else if (!change.after) {
      steps.delete(key);
    } else {
      const there = steps.get(key);
      const old = change.before;
      if (!there || !old) steps.set(key, change.after);
      else steps.set(key, tidy({ ...there, ...touched(old, change.after) }));
    }
  }
  const phases = [...(whole.phases || doc.phases)];
  for (const phase of [...doc.phases, ...(whole.phases || [])]) {
    const needed = [...steps.values()].some((step) => step.phase === phase.id);
    const added = doc.phases.some((p) => p.id === phase.id) && !before.some((p) => p.id === phase.id);
    if ((needed || added) && !phases.some((p) => p.id === phase.id)) phases.push(phase);
  }
  const kept = [...links.values()].filter(([a, b]) => steps.has(a) && steps.has(b));
  return arranged(settled({ ...doc, ...whole, phases, steps: [...steps.values()], links: kept }));
}

function touched(old, now) {
  const names = new Set([...Object.keys(old), ...Object.keys(now)]);
  // A title is one field with two languages, as in Python.
  if (["zh", "en"].some((lang) => old[lang] !== now[lang])) names.add("zh").add("en");
  const title = old.zh !== now.zh || old.en !== now.en;
  return Object.fromEntries([...names]
    .filter((name) => (["zh", "en"].includes(name) ? title : !same(old[name] ?? null, now[name] ?? null)))
    .map((name) => [name, now[name]]));
}

// ---- commands: (document, arguments) -> edit -----------------------------------------------------------------------

export function newId() {
  return [...crypto.getRandomValues(new Uint8Array(5))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

const made = (doc, parts, name) => diff(doc, arranged({ ...doc, ...parts }), name);

function known(doc, id) {
  const step = stepOf(doc, id);
  if (!step) throw new Refused("unknown_value", { value: id });
  return step;
}

export const addStep = (doc, step) => made(doc, { steps: [...doc.steps, tidy(step)] }, "add_step");

export function removeSteps(doc, ids) {
  ids.forEach((id) => known(doc, id));
  const gone = new Set(ids);
  const links = doc.links.filter(([a, b]) => !gone.has(a) && !gone.has(b));
  return made(doc, { steps: doc.steps.filter((step) => !gone.has(step.id)), links }, "remove_step");
}

export function changeSteps(doc, ids, values, name = "change_step") {
  ids.forEach((id) => known(doc, id));
  const steps = doc.steps.map((step) => (ids.includes(step.id) ? tidy({ ...step, ...values }) : step));
  return made(doc, { steps }, name);
}

export function titled(doc, id, lang, text) {
  const title = clean(text);
  if ([...title].length > LIMITS.title) throw new Refused("too_long", { limit: LIMITS.title });
  return changeSteps(doc, [id], { [lang]: title });
}

export function moveStep(doc, id, lane, phase, order = 1e6) {
  const step = known(doc, id);
  if (!LANES.includes(lane)) throw new Refused("unknown_value", { value: lane });
  const cell = cellOf(doc, lane, phase).filter((other) => other.id !== id);
  cell.splice(Math.max(0, Math.min(order, cell.length)), 0, { ...step, lane, phase });
  const placed = new Map(cell.map((one, i) => [one.id, tidy({ ...one, order: i })]));
  return made(doc, { steps: doc.steps.map((one) => placed.get(one.id) || one) }, "move_step");
}

// Several edits as one: each of `makers` sees what the one before it left.
export function together(doc, name, makers) {
  const last = makers.reduce((now, make) => apply(now, make(now)), doc);
  return diff(doc, last, name);
}

// All of `ids` by so many lanes and columns, kept inside the drawing as a group.
export function shiftSteps(doc, ids, lanes, columns) {
  const moved = doc.steps.filter((step) => ids.includes(step.id));
  const at = (values, by, most) => Math.max(-Math.min(...values), Math.min(by, most - Math.max(...values)));
  const dl = at(moved.map((s) => LANES.indexOf(s.lane)), lanes, LANES.length - 1);
  const dc = at(moved.map((s) => columnOf(doc, s.phase)), columns, doc.phases.length - 1);
  return together(doc, "move_step", moved.map((step) => (now) => moveStep(
    now, step.id, LANES[LANES.indexOf(step.lane) + dl], doc.phases[columnOf(doc, step.phase) + dc].id)));
}

// All of `ids` into the lane or the column of the first.
export function alignSteps(doc, ids, what) {
  const first = known(doc, ids[0]);
  const moved = doc.steps.filter((step) => ids.includes(step.id) && step[what] !== first[what]);
  return together(doc, "align", moved.map((step) => (now) => moveStep(
    now, step.id, what === "lane" ? first.lane : step.lane, what === "phase" ? first.phase : step.phase)));
}

export function link(doc, from, to) {
  return made(doc, { links: [...doc.links, [from, to]] }, "link");
}

export function unlink(doc, from, to) {
  return made(doc, { links: doc.links.filter(([a, b]) => a !== from || b !== to) }, "unlink");
}

export const setPhases = (doc, phases) => made(doc, { phases }, "set_phases");

// A new column at place `at`; steps that reach across it stretch.
export function insertPhase(doc, at, phase) {
  const phases = [...doc.phases.slice(0, at), phase, ...doc.phases.slice(at)];
  const steps = doc.steps.map((step) => {
    const first = columnOf(doc, step.phase);
    return first < at && first + (step.span || 1) > at ? { ...step, span: (step.span || 1) + 1 } : step;
  });
  return made(doc, { phases, steps }, "insert_phase");
}

// Takes the column and the steps that stand in it alone; a step that reaches further shrinks.
export function removePhase(doc, id) {
  const at = columnOf(doc, id);
  if (at < 0) throw new Refused("unknown_value", { value: id });
  const next = doc.phases[at + 1];
  const steps = doc.steps.flatMap((step) => {
    const first = columnOf(doc, step.phase);
    const span = Math.min(step.span || 1, doc.phases.length - first);
    if (first > at || first + span <= at) return [step];
    if (span === 1) return [];
    return [tidy({ ...step, span: span - 1, phase: first === at ? next.id : step.phase })];
  });
  const left = new Set(steps.map((step) => step.id));
  const links = doc.links.filter(([a, b]) => left.has(a) && left.has(b));
  return made(doc, { phases: doc.phases.filter((phase) => phase.id !== id), steps, links }, "remove_phase");
}

export function movePhase(doc, id, by) {
  const at = columnOf(doc, id);
  const to = Math.max(0, Math.min(at + by, doc.phases.length - 1));
  const phases = doc.phases.filter((phase) => phase.id !== id);
  phases.splice(to, 0, doc.phases[at]);
  return setPhases(doc, phases);
}

export function namePhase(doc, id, lang, text) {
  return setPhases(doc, doc.phases.map((phase) => (phase.id === id ? tidy({ ...phase, [lang]: clean(text) }) : phase)));
}

// What was copied: steps with their columns counted from the first, and the links among them.
export function copied(doc, ids) {
  const steps = doc.steps.filter((step) => ids.includes(step.id));
  const first = Math.min(...steps.map((step) => columnOf(doc, step.phase)));
  return {
    steps: clone(steps.map((step) => ({ ...step, column: columnOf(doc, step.phase) - first }))),
    links: clone(doc.links.filter(([a, b]) => ids.includes(a) && ids.includes(b))),
  };
}

// Copies as new steps, the first column at `column`; `ids` maps old ids to new ones.
export function paste(doc, copy, column, ids) {
  const steps = copy.steps.map(({ column: by, ...step }) => {
    const phase = doc.phases[Math.min(column + by, doc.phases.length - 1)];
    return (now) => {
      const order = cellOf(now, step.lane, phase.id).length;
      return addStep(now, { ...step, id: ids[step.id], phase: phase.id, order });
    };
  });
  const links = copy.links.map(([a, b]) => (now) => link(now, ids[a], ids[b]));
  return together(doc, "paste", [...steps, ...links]);
}
