// A blueprint as SVG nodes, as sqm/blueprints/drawing.py draws it. Colours come from the page's own variables, so the
// drawing follows the theme by itself. Nodes are made one by one: no text is ever read as markup.
import { COLUMN, GUTTER, HEADER, PAD, RADIUS, STRIP, TITLE_SIZE, columnX, measure, said, wrap } from "./layout.mjs";

const NS = "http://www.w3.org/2000/svg";

export function el(name, attributes = {}, ...children) {
  const node = document.createElementNS(NS, name);
  for (const [key, value] of Object.entries(attributes)) if (value !== undefined && value !== "") node.setAttribute(key, value);
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

const n = (value) => String(Math.round(value * 10) / 10);
const text = (x, y, content, kind = "", size = 12, anchor = "") =>
  el("text", { x: n(x), y: n(y), class: kind, "font-size": size, "text-anchor": anchor }, content);
const BEYOND = 4000;
const MARK = { better: "▲", worse: "▼", unclear: "≈" };

export function ground(doc, layout, view) {
  const { words, lang } = view;
  // A short drawing still fills its frame: whoever shows it cuts off what is too much.
  const [w, h] = [layout.width + BEYOND, layout.height];
  const seen = layout.lines.visibility;
  const out = [
    el("rect", { class: "paper", width: w, height: n(h) }),
    el("rect", { class: "shade", y: n(seen), width: w, height: n(h - seen) }),
  ];
  doc.phases.forEach((_, i) => out.push(el("path", { class: "rule", d: `M${columnX(i)} 0V${n(h)}` })));
  const flat = [HEADER, layout.strip ? HEADER + STRIP : null, layout.lanes.evidence[0] + layout.lanes.evidence[1]];
  for (const y of flat) if (y !== null) out.push(el("path", { class: "rule", d: `M0 ${n(y)}H${w}` }));
  for (const [lane, [top, height]] of Object.entries(layout.lanes)) {
    const lines = wrap(words[`lane.${lane}`], GUTTER - 22, TITLE_SIZE, true, 2);
    const y = top + height / 2 - 9 * (lines.length - 1) + 4.5;
    lines.forEach((line, i) => out.push(text(14, y + 18 * i, line, "bold", TITLE_SIZE)));
  }
  for (const [name, y] of Object.entries(layout.lines)) {
    out.push(el("path", { class: `line ${name}`, d: `M0 ${n(y)}H${w}` }));
    const label = wrap(words[`line.${name}`], GUTTER - 16, 11, false, 2).reverse();
    label.forEach((line, i) => out.push(text(14, y - 6 - 13 * i, line, "muted", 11)));
  }
  return el("g", { class: "ground" }, ...out, ...strip(doc, layout, view), ...doc.phases.map((p, i) => phase(p, i, lang)));
}

function phase(one, i, lang) {
  const number = String(i + 1);
  const title = wrap(said(one, lang), COLUMN - 34, TITLE_SIZE, true, 1)[0];
  return el("g", { class: "phase", "data-phase": one.id, role: "button", tabindex: "-1", "aria-label": `${number} ${said(one, lang)}`, transform: `translate(${columnX(i)} 0)` },
    el("rect", { class: "head", x: 3, y: 3, width: COLUMN - 6, height: HEADER - 6, rx: 6 }),
    text(12, 23, number, "muted", 11), text(17 + measure(number, 11), 23, title, "bold", TITLE_SIZE));
}

function strip(doc, layout, { figures, words }) {
  if (!layout.strip) return [];
  const top = HEADER;
  const values = Object.values(figures.strip).flatMap((f) => [f.value, f.low, f.high]);
  const mean = figures.mean ?? values.reduce((a, b) => a + b, 0) / values.length;
  const reach = Math.max(6, ...values.map((v) => Math.abs(v - mean)));
  const yOf = (value) => top + STRIP / 2 - ((value - mean) / reach) * (STRIP / 2 - 9);
  const out = [text(14, top + STRIP / 2 - 1, words.perception, "bold", TITLE_SIZE)];
  if (figures.mean !== null) {
    out.push(text(14, top + STRIP / 2 + 15, `${words.mean} ${figures.mean_shown}`, "muted", 11));
    out.push(el("path", { class: "mean", d: `M${GUTTER} ${n(yOf(mean))}H${layout.width + BEYOND}` }));
  }
  const dots = doc.phases.flatMap((p, i) => (figures.strip[p.id] ? [[columnX(i) + COLUMN / 2, figures.strip[p.id]]] : []));
  out.push(el("polyline", { class: "course", points: dots.map(([x, f]) => `${n(x)},${n(yOf(f.value))}`).join(" ") }));
  for (const [x, f] of dots) {
    const kind = MARK[f.verdict] ? f.verdict : "unclear";
    out.push(el("path", { class: `whisker ${kind}`, d: `M${n(x)} ${n(yOf(f.low))}V${n(yOf(f.high))}` }));
    out.push(el("circle", { class: `dot ${kind}`, cx: n(x), cy: n(yOf(f.value)), r: 4 }));
    out.push(text(x + 10, yOf(f.value) + 4.5, f.shown, "bold", 12));
  }
  return out;
}

export function arrow({ source, target, points: given }) {
  const [tx, ty] = given.at(-1);
  const [px, py] = given.at(-2);
  const length = Math.abs(tx - px) + Math.abs(ty - py) || 1;
  const [ux, uy] = [(tx - px) / length, (ty - py) / length];
  const foot = [tx - 7 * ux, ty - 7 * uy];
  const points = [...given.slice(0, -1), foot];
  let d = `M${n(points[0][0])} ${n(points[0][1])}`;
  for (let i = 1; i < points.length - 1; i += 1) {
    const [[x0, y0], [x1, y1], [x2, y2]] = points.slice(i - 1, i + 2);
    const r = Math.min(RADIUS, (Math.abs(x1 - x0) + Math.abs(y1 - y0)) / 2, (Math.abs(x2 - x1) + Math.abs(y2 - y1)) / 2);
    const [bx, by] = [x1 - Math.sign(x1 - x0) * r, y1 - Math.sign(y1 - y0) * r];
    d += `L${n(bx)} ${n(by)}Q${n(x1)} ${n(y1)} ${n(x1 + Math.sign(x2 - x1) * r)} ${n(y1 + Math.sign(y2 - y1) * r)}`;
  }
  d += `L${n(foot[0])} ${n(foot[1])}`;
  const head = `${n(tx - ux)},${n(ty - uy)} ${n(foot[0] - uy * 3)},${n(foot[1] + ux * 3)} ${n(foot[0] + uy * 3)},${n(foot[1] - ux * 3)}`;
  return el("g", { class: "arrow", "data-from": source, "data-to": target },
    el("path", { class: "reach", d }), el("path", { class: "way", d }), el("polygon", { points: head }));
}

export function card(box, view) {
  const { words, figures } = view;
  const { step, lines, chips, w, h } = box;
  const guard = guardOf(step);
  const out = [
    el("rect", { class: "ring", x: -4, y: -4, rx: 11, width: w + 8, height: h + 8 }),
    el("rect", { class: "card", width: w, height: h, rx: 8 }),
  ];
  lines.forEach((line, i) => out.push(chips
    ? text(PAD, 22 + 18 * i, line, "bold", TITLE_SIZE)
    : text(w / 2, h / 2 - 9 * (lines.length - 1) + 4.5 + 18 * i, line, "", TITLE_SIZE, "middle")));
  let y = 12 + 18 * lines.length + 12;
  if (step.key) out.push(...keyChip(y, w, figures.keys[step.id], words));
  if (step.key && step.fail) {
    y += 24;
    out.push(el("path", { class: "rule", d: `M${PAD} ${y - 12}H${w - PAD}` }));
  }
  if (step.fail) out.push(...failChip(y, w, figures.fails[step.id], guard, words));
  if (guard && guard !== "both") {
    const word = words[`guard.${guard}`];
    const width = measure(word, 11) + 14;
    out.push(el("rect", { class: "pill", x: n(w - 8 - width), y: -10, width: n(width), height: 17, rx: 8.5 }));
    out.push(text(w - 8 - width / 2, 2.5, word, "worse", 11, "middle"));
  }
  if (view.editable) out.push(el("circle", { class: "port", "data-port": "1", cx: w, cy: n(h / 2), r: 5 }), el("circle", { class: "port", "data-port": "1", cx: w / 2, cy: h, r: 5 }));
  return el("g", { class: "step", "data-step": step.id, role: "button", tabindex: "-1", "aria-label": spoken(step, view), transform: place(box) }, ...out);
}

export const place = (box) => `translate(${n(box.x)} ${n(box.y)})`;

export function guardOf(step) {
  if (!step.fail) return "";
  if (step.prevention) return step.contingency ? "both" : "no_contingency";
  return step.contingency ? "no_prevention" : "none";
}

export function spoken(step, { words, figures, lang }) {
  const [key, rate] = [figures.keys[step.id], figures.fails[step.id]];
  return [
    said(step, lang), words[`lane.${step.lane}`],
    step.key ? `${words.key} ${key ? `${key.value} ${key.margin}` : ""}`.trim() : "",
    step.fail ? `${words.fail} ${rate ? rate.value + words.per : ""}`.trim() : "",
    step.fail ? words[`guard.${guardOf(step)}`] : "",
  ].filter(Boolean).join(", ");
}

function keyChip(y, width, figure, words) {
  const out = [
    el("rect", { class: "key", x: PAD, y: y - 8.5, width: 17, height: 17, rx: 4 }),
    text(PAD + 8.5, y + 4, "K", "bold accent", 11, "middle"),
  ];
  let x = PAD + 24;
  if (!figure?.value) return [...out, text(x, y + 4, words.nothing, "muted", 11)];
  out.push(text(x, y + 4.5, figure.value, "bold", 13));
  x += measure(figure.value, 13, true) + 4;
  if (figure.margin) {
    out.push(text(x, y + 4, figure.margin, "muted", 11));
    x += measure(figure.margin, 11) + 5;
  }
  if (figure.verdict) {
    out.push(text(x, y + 4, MARK[figure.verdict], figure.verdict === "unclear" ? "muted" : figure.verdict, figure.verdict === "unclear" ? 12 : 10));
    x += 13;
  }
  const room = Math.min(width - PAD - x - 2, 44);
  const values = figure.trend;
  if (room < 12 || values.length < 3) return out;
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const points = values.map((v, i) => `${n(x + 2 + (i * room) / (values.length - 1))},${n(y + 5 - ((v - low) / (high - low || 1)) * 10)}`);
  return [...out, el("polyline", { class: `trend ${MARK[figure.verdict] ? figure.verdict : "unclear"}`, points: points.join(" ") })];
}

function failChip(y, width, figure, guard, words) {
  const out = [
    el("circle", { class: "fail", cx: PAD + 8.5, cy: y, r: 8 }),
    text(PAD + 8.5, y + 4, "F", "bold muted", 11, "middle"),
  ];
  let x = PAD + 24;
  if (!figure?.value) {
    out.push(text(x, y + 4, words.nothing, "muted", 11));
  } else {
    out.push(text(x, y + 4.5, figure.value, "bold", 13));
    x += measure(figure.value, 13, true) + 1;
    out.push(text(x, y + 4, words.per, "muted", 11));
    x += measure(words.per, 11) + 5;
    const way = { up: ["↑", "rising"], down: ["↓", "falling"], same: ["≈", "steady"] }[figure.sign];
    if (way) {
      const full = `${way[0]} ${words[way[1]]}`;
      const kind = ["better", "worse"].includes(figure.verdict) ? figure.verdict : "muted";
      out.push(text(x, y + 4, measure(full, 11) <= width - PAD - 17 - x ? full : way[0], kind, 11));
    }
  }
  const inside = { both: "M3.4 6.8 5.4 8.8 8.8 5", none: "" }[guard] ?? "M6 3.8V7.6M6 9.6V9.9";
  return [...out, el("g", { class: `shield ${guard}`, transform: `translate(${n(width - PAD - 12)} ${y - 7})` },
    el("path", { d: "M6 .7 11.2 2.6V7C11.2 10 9 12.2 6 13.4 3 12.2 .8 10 .8 7V2.6Z" }),
    inside ? el("path", { class: "mark", d: inside }) : null)];
}
