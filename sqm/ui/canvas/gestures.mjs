// The pointer: press, drag, connect, lasso, pan. While one is under way only transforms change, once a frame; the drawing
// itself is not touched until it ends.
import { LANES, cellOf, columnOf, moveStep, shiftSteps, stepOf } from "./document.mjs";
import { CARD, COLUMN, columnX } from "./layout.mjs";
import { el } from "./paint.mjs";

const THRESHOLD = 4;
const EDGE = 36;

export function start(editor, event) {
  if (editor.naming || editor.gesture || event.pointerType === "touch" && !event.target.closest("g.step")) return;
  const step = event.target.closest("g.step")?.dataset.step;
  const phase = event.target.closest("g.phase")?.dataset.phase;
  const wire = event.target.closest("g.arrow");
  if (event.button === 1 || (event.button === 0 && event.altKey && !step)) return follow(editor, event, panning(editor, event));
  if (event.button !== 0) return;
  if (event.target.dataset?.port && editor.data.editable) return follow(editor, event, wiring(editor, event, step));
  if (step) return follow(editor, event, pressing(editor, event, step));
  if (phase) return editor.choose([], { phase, focus: true });
  if (wire) {
    editor.choose([], { arrow: `${wire.dataset.from}\n${wire.dataset.to}` });
    editor.sheet.focus({ preventScroll: true });
    return;
  }
  follow(editor, event, lassoing(editor, event));
}

// Runs a gesture: `frame(point)` at most once a frame, `end(point)` or `cancel()` at last.
function follow(editor, event, gesture) {
  event.preventDefault();
  const { sheet } = editor;
  let last = event;
  let asked = 0;
  editor.gesture = gesture;
  const frame = () => {
    asked = 0;
    if (editor.gesture !== gesture) return;
    if (gesture.scrolls && scrolled(sheet, last)) asked = requestAnimationFrame(frame);
    gesture.frame(last);
  };
  const off = () => {
    cancelAnimationFrame(asked);
    window.removeEventListener("pointermove", moved);
    window.removeEventListener("pointerup", up);
    window.removeEventListener("pointercancel", stop);
    window.removeEventListener("keydown", key, true);
    editor.gesture = null;
  };
  const moved = (e) => {
    last = e;
    if (!asked) asked = requestAnimationFrame(frame);
  };
  const up = (e) => {
    off();
    gesture.end(e);
    editor.settled();
  };
  const stop = () => {
    off();
    gesture.cancel();
    editor.settled();
  };
  const key = (e) => {
    if (e.key !== "Escape") return;
    e.preventDefault();
    e.stopPropagation();
    stop();
  };
  window.addEventListener("pointermove", moved);
  window.addEventListener("pointerup", up);
  window.addEventListener("pointercancel", stop);
  window.addEventListener("keydown", key, true);
}

function scrolled(sheet, at) {
  const box = sheet.getBoundingClientRect();
  const near = (value, low, high) => (value < low + EDGE ? -10 : value > high - EDGE ? 10 : 0);
  const [dx, dy] = [near(at.clientX, box.left, box.right), near(at.clientY, box.top, box.bottom)];
  if (!dx && !dy) return false;
  const [left, top] = [sheet.scrollLeft, sheet.scrollTop];
  sheet.scrollBy(dx, dy);
  return sheet.scrollLeft !== left || sheet.scrollTop !== top;
}

function block(editor, kind) {
  const node = document.createElement("div");
  node.className = `over ${kind}`;
  editor.over.append(node);
  return node;
}

// ---- a step: selected by a press, moved by a drag ------------------------------------------------------------------

function pressing(editor, event, id) {
  const from = editor.at(event);
  const many = event.shiftKey || event.ctrlKey || event.metaKey;
  let drag = null;
  if (!many && !editor.selected.includes(id)) editor.choose([id], { focus: true });
  else editor.focus({ step: id });
  return {
    get scrolls() {
      return Boolean(drag);
    },
    frame(at) {
      const now = editor.at(at);
      const far = Math.hypot(now.x - from.x, now.y - from.y) * editor.zoom > THRESHOLD;
      if (!drag && far && editor.data.editable) drag = dragging(editor, id, from);
      drag?.to(now);
    },
    end(at) {
      if (drag) drag.drop(editor.at(at));
      else if (many) editor.toggle(id);
      else editor.choose([id], { focus: true });
    },
    cancel: () => drag?.clear(),
  };
}

function dragging(editor, id, from) {
  if (!editor.selected.includes(id)) editor.choose([id]);
  const ids = editor.selected;
  const { cards } = editor.layout;
  const box = cards.get(id);
  const ghost = el("svg", { class: "over ghost", width: 1, height: 1 });
  const slot = block(editor, "slot");
  for (const one of ids) {
    const { node } = editor.cards.get(one);
    ghost.append(node.cloneNode(true));
    node.classList.add("lifted");
  }
  editor.over.append(ghost);
  const arrows = [...editor.layers.arrows.children].filter((node) => ids.includes(node.dataset.from) || ids.includes(node.dataset.to));
  arrows.forEach((node) => node.classList.add("faded"));
  let aim = null;

  const aimed = (now) => {
    const middle = [now.x - from.x + box.x + CARD / 2, now.y - from.y + box.y + box.h / 2];
    const { lane, column } = editor.cell(...middle);
    const phase = editor.work.doc.phases[column].id;
    const others = cellOf(editor.work.doc, lane || LANES[0], phase).filter((one) => !ids.includes(one.id)).map((one) => cards.get(one.id)).sort((a, b) => a.y - b.y);
    const order = others.filter((one) => one.y + one.h / 2 < middle[1]).length;
    return { lane: lane || LANES[0], phase, column, order, others };
  };
  const show = ({ lane, column, order, others }) => {
    const [top, height] = editor.layout.lanes[lane];
    const x = columnX(column) + (COLUMN - CARD) / 2;
    const below = others[order];
    const above = others[order - 1];
    const [y, h] = below ? [below.y - 10, 5] : above ? [above.y + above.h + 5, 5] : [top + (height - box.h) / 2, box.h];
    Object.assign(slot.style, { width: `${box.w}px`, height: `${h}px`, transform: `translate(${x}px,${y}px)` });
  };
  const clear = () => {
    ghost.remove();
    slot.remove();
    ids.forEach((one) => editor.cards.get(one)?.node.classList.remove("lifted"));
    arrows.forEach((node) => node.classList.remove("faded"));
  };
  return {
    to(now) {
      ghost.style.transform = `translate3d(${now.x - from.x}px,${now.y - from.y}px,0)`;
      const next = aimed(now);
      if (aim && aim.lane === next.lane && aim.column === next.column && aim.order === next.order) return;
      aim = next;
      show(aim);
    },
    drop(now) {
      clear();
      const { lane, phase, order, column } = aimed(now);
      const step = stepOf(editor.work.doc, id);
      editor.do((doc) => (ids.length > 1
        ? shiftSteps(doc, ids, LANES.indexOf(lane) - LANES.indexOf(step.lane), column - columnOf(doc, step.phase))
        : moveStep(doc, id, lane, phase, order)));
      editor.focus({ step: id });
    },
    clear,
  };
}

// ---- connect, lasso, pan -------------------------------------------------------------------------------------------

function wiring(editor, event, id) {
  const box = editor.layout.cards.get(id);
  const side = Number(event.target.getAttribute("cx")) >= box.w;
  const [x, y] = side ? [box.x + box.w, box.y + box.h / 2] : [box.x + box.w / 2, box.y + box.h];
  const line = el("line", { x1: x, y1: y, x2: x, y2: y });
  const wire = el("svg", { class: "over wire", width: 1, height: 1 }, line);
  editor.over.append(wire);
  let aim = null;
  const under = (at) => editor.root.getRootNode().elementFromPoint(at.clientX, at.clientY)?.closest("g.step");
  const clear = () => {
    wire.remove();
    aim?.classList.remove("aim");
  };
  return {
    scrolls: true,
    frame(at) {
      const now = editor.at(at);
      line.setAttribute("x2", now.x);
      line.setAttribute("y2", now.y);
      const next = under(at);
      if (next === aim) return;
      aim?.classList.remove("aim");
      aim = next && next.dataset.step !== id ? next : null;
      aim?.classList.add("aim");
    },
    end(at) {
      clear();
      editor.join(id, under(at)?.dataset.step);
    },
    cancel: clear,
  };
}

function lassoing(editor, event) {
  const from = editor.at(event);
  const kept = event.shiftKey ? editor.selected : [];
  let node = null;
  const area = (now) => [Math.min(from.x, now.x), Math.min(from.y, now.y), Math.abs(now.x - from.x), Math.abs(now.y - from.y)];
  editor.sheet.focus({ preventScroll: true });
  return {
    scrolls: true,
    frame(at) {
      const [x, y, w, h] = area(editor.at(at));
      if (!node && (w + h) * editor.zoom > THRESHOLD) node = block(editor, "lasso");
      if (node) Object.assign(node.style, { width: `${w}px`, height: `${h}px`, transform: `translate(${x}px,${y}px)` });
    },
    end(at) {
      const [x, y, w, h] = area(editor.at(at));
      node?.remove();
      const met = [...editor.layout.cards.values()].filter((c) => c.x < x + w && c.x + c.w > x && c.y < y + h && c.y + c.h > y);
      editor.choose(node ? [...new Set([...kept, ...met.map((c) => c.step.id)])] : kept);
    },
    cancel: () => node?.remove(),
  };
}

function panning(editor, event) {
  const { sheet } = editor;
  const [left, top] = [sheet.scrollLeft, sheet.scrollTop];
  sheet.classList.add("panning");
  const done = () => sheet.classList.remove("panning");
  return {
    scrolls: false,
    frame: (at) => sheet.scrollTo(left - at.clientX + event.clientX, top - at.clientY + event.clientY),
    end: done,
    cancel: done,
  };
}
