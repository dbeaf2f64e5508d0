// Where everything of a blueprint stands, as in sqm/blueprints/layout.py, so that the screen and an export are the same
// drawing. Pure: no screen. A test compares both.
import { LANES, columnOf } from "./document.mjs";

export const GUTTER = 104;
export const COLUMN = 158;
export const CARD = 138;
export const HEADER = 36;
export const STRIP = 70;
export const PAD = 11;
export const RADIUS = 7;
export const TITLE_SIZE = 13;
const GAP = 8, TURN = 16;
const HEIGHTS = { evidence: 88, customer: 128, frontstage: 128, backstage: 98, support: 94 };
const LINES = { customer: "interaction", frontstage: "visibility", backstage: "internal" };
const NARROW = new Set("iljtfrI.,:;'|!()[]· "), WIDE = new Set("mwMWQO@%—…“”");

export function measure(text, size, bold = false) {
  let total = 0;
  for (const c of text) {
    if (c.codePointAt(0) > 0x2e7f) total += 1;
    else if (NARROW.has(c)) total += 0.3;
    else if (WIDE.has(c)) total += 0.86;
    else total += c !== c.toLowerCase() && c === c.toUpperCase() ? 0.63 : 0.52;
  }
  return total * size * (bold ? 1.04 : 1);
}

function pieces(text) {
  const out = [];
  let word = "";
  for (const c of text) {
    if (c.codePointAt(0) > 0x2e7f) {
      if (word) out.push(word);
      word = "";
      if ("，。、；：！？）》”’".includes(c) && out.length) out[out.length - 1] += c;
      else out.push(c);
    } else {
      word += c;
      if (c === " " || c === "/") {
        out.push(word);
        word = "";
      }
    }
  }
  if (word) out.push(word);
  return out;
}

export function wrap(text, width, size, bold = false, most = 3) {
  const parts = pieces(text.split(/\s+/).filter(Boolean).join(" "));
  const fill = (limit) => {
    const lines = [""];
    for (const piece of parts) {
      if (lines.at(-1) && measure((lines.at(-1) + piece).trimEnd(), size, bold) > limit) lines.push("");
      lines[lines.length - 1] += piece;
    }
    return lines.map((line) => line.trim());
  };
  let lines = fill(width);
  if (lines.length > 1 && lines.length <= most) {
    let even = width;
    while (even > width * 0.5 && fill(even - 4).length === lines.length) even -= 4;
    lines = fill(even);
  }
  return lines.slice(0, most).map((line, i) => {
    let left = [...line];
    let cut = i === most - 1 && lines.length > most;
    while (measure(left.join("") + (cut ? "…" : ""), size, bold) > width && left.length > 1) {
      left = left.slice(0, -1);
      cut = true;
    }
    return left.join("") + (cut ? "…" : "");
  });
}

export const columnX = (index) => GUTTER + COLUMN * index;
export const said = (words, lang) => (lang === "zh" ? words.zh || words.en : words.en || words.zh) || "";

export function cardOf(step, first, columns, lang) {
  const span = Math.min(step.span || 1, columns - first);
  const w = CARD + COLUMN * (span - 1);
  const chips = (step.key ? 1 : 0) + (step.fail ? 1 : 0);
  const evidence = step.lane === "evidence";
  const lines = wrap(said(step, lang) || "–", w - 2 * PAD, TITLE_SIZE, chips > 0, evidence ? 2 : 3);
  const h = (chips ? 16 + 24 * chips : evidence ? 12 : 22) + 18 * lines.length;
  return { step, lines, chips, x: columnX(first) + (COLUMN - CARD) / 2, y: 0, w, h, first, last: first + span - 1 };
}

const meet = (a, b) => a.first <= b.last && b.first <= a.last;

function rows(cards) {
  let groups = [];
  for (const card of cards) {
    const touching = groups.filter((group) => group.some((other) => meet(card, other)));
    const above = touching.flat().filter((other) => meet(card, other)).map((other) => other.y);
    card.y = Math.max(-1, ...above) + 1;
    groups = [...groups.filter((group) => !touching.includes(group)), [...touching.flat(), card]];
  }
  return groups;
}

const total = (values) => values.reduce((sum, value) => sum + value, 0);

// {width, height, top, lanes: {name: [top, height]}, lines: {name: y}, cards: Map(id → card), arrows}.
export function arrange(doc, lang, strip = true) {
  const count = Math.max(1, doc.phases.length);
  const column = Object.fromEntries(doc.phases.map((phase, i) => [phase.id, i]));
  let top = HEADER + (strip ? STRIP : 0);
  const cards = new Map();
  const lanes = {};
  for (const lane of LANES) {
    const own = doc.steps.filter((s) => s.lane === lane).map((s) => cardOf(s, column[s.phase], count, lang));
    own.sort((a, b) => (a.step.order || 0) - (b.step.order || 0) || a.first - b.first);
    const edge = lane === "evidence" ? 20 : 28;
    const between = lane === "evidence" ? GAP : GAP * 2;
    const groups = rows(own).map((group) => {
      const heights = Array.from({ length: Math.max(...group.map((c) => c.y)) + 1 }, (_, r) =>
        Math.max(...group.filter((c) => c.y === r).map((c) => c.h)));
      return [group, heights];
    });
    const height = Math.max(HEIGHTS[lane], ...groups.map(([, h]) => total(h) + between * (h.length - 1) + edge));
    for (const [group, heights] of groups) {
      const start = top + (height - total(heights) - between * (heights.length - 1)) / 2;
      for (const card of group) {
        const r = card.y;
        card.y = start + total(heights.slice(0, r)) + between * r + (heights[r] - card.h) / 2;
      }
    }
    for (const card of own) cards.set(card.step.id, card);
    lanes[lane] = [top, height];
    top += height;
  }
  const lines = Object.fromEntries(Object.entries(LINES).map(([lane, name]) => [name, total(lanes[lane])]));
  const layout = { width: GUTTER + COLUMN * count, height: top, top: HEADER, strip, lanes, lines, cards, arrows: [] };
  layout.byColumn = Array.from({ length: count }, () => []);
  for (const card of cards.values()) for (let i = card.first; i <= card.last; i += 1) layout.byColumn[i].push(card);
  layout.arrows = doc.links.map(([a, b]) => arrow(layout, cards.get(a), cards.get(b)));
  return layout;
}

// Only cards of the column a line runs in can stand in its way.
function blocked(layout, x, top, bottom, but) {
  const at = Math.max(0, Math.min(Math.floor((x - GUTTER) / COLUMN), layout.byColumn.length - 1));
  const near = [layout.byColumn[at - 1] || [], layout.byColumn[at], layout.byColumn[at + 1] || []].flat();
  return near.some((c) => c.x - 4 < x && x < c.x + c.w + 4 && c.y < bottom && c.y + c.h > top && !but.includes(c));
}

function arrow(layout, a, b) {
  const [ax, ay, bx, by] = [a.x + a.w / 2, a.y + a.h / 2, b.x + b.w / 2, b.y + b.h / 2];
  const way = (...points) => ({ source: a.step.id, target: b.step.id, points });
  if (a.step.lane === b.step.lane && a.last !== b.last && a.first !== b.first) {
    const right = bx > ax;
    const [start, end] = right ? [a.x + a.w, b.x] : [a.x, b.x + b.w];
    const [low, high] = [Math.min(start, end), Math.max(start, end)];
    const between = layout.byColumn.slice(Math.min(a.first, b.first), Math.max(a.last, b.last) + 1).flat().some((c) =>
      c.step.lane === a.step.lane && c !== a && c !== b && low < c.x + c.w / 2 && c.x + c.w / 2 < high
      && c.y < Math.max(ay, by) && Math.max(ay, by) < c.y + c.h);
    if (!between) {
      if (Math.abs(ay - by) < 1) return way([start, ay], [end, by]);
      const turn = right ? end - 10 : end + 10;
      return way([start, ay], [turn, ay], [turn, by], [end, by]);
    }
    const under = total(layout.lanes[a.step.lane]) - 9;
    return way([ax, a.y + a.h], [ax, under], [bx, under], [bx, b.y + b.h]);
  }
  const down = b.y > a.y;
  const [start, end] = down ? [a.y + a.h, b.y] : [a.y, b.y + b.h];
  const sign = down ? 1 : -1;
  const straight = b.w > a.w && b.x < ax && ax < b.x + b.w ? ax : a.w > b.w && a.x < bx && bx < a.x + a.w ? bx : null;
  if (straight !== null || Math.abs(ax - bx) < 1) {
    const x = straight === null ? ax : straight;
    if (!blocked(layout, x, Math.min(start, end), Math.max(start, end), [a, b])) return way([x, start], [x, end]);
    const gap = columnX(a.last + 1) - (COLUMN - CARD) / 4;
    return way([ax, start], [ax, start + 9 * sign], [gap, start + 9 * sign], [gap, end - TURN * sign],
      [bx, end - TURN * sign], [bx, end]);
  }
  const turn = end - TURN * sign;
  if (!blocked(layout, ax, Math.min(start, turn), Math.max(start, turn), [a, b])) {
    return way([ax, start], [ax, turn], [bx, turn], [bx, end]);
  }
  const gap = bx > ax ? columnX(a.last + 1) - (COLUMN - CARD) / 4 : columnX(a.first) + (COLUMN - CARD) / 4;
  return way([ax, start], [ax, start + 9 * sign], [gap, start + 9 * sign], [gap, turn], [bx, turn], [bx, end]);
}

