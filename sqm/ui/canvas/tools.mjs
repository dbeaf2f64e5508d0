// The row of buttons over the drawing and the panel of keys.
import { stepOf } from "./document.mjs";
import { el } from "./paint.mjs";

const ICONS = {
  step: ["M8 3v10M3 8h10"],
  column: ["M3 3v10M7 3v10", "M12 6v4M10 8h4"],
  join: ["M3 12l7-7", "M7 4.5h3.5V8"],
  undo: ["M5.5 4 3 6.5 5.5 9", "M3 6.5h6.5a3.25 3.25 0 0 1 0 6.5H7"],
  redo: ["M10.5 4 13 6.5 10.5 9", "M13 6.5H6.5a3.25 3.25 0 0 0 0 6.5H9"],
  lane: ["M2 8h12", "M4 5.5h3v5H4zM9.5 5.5h3v5h-3z"],
  phase: ["M8 2v12", "M5.5 3.5h5v3h-5zM5.5 9.5h5v3h-5z"],
  twin: ["M3 3h7v7H3z", "M6 13h7V6"],
  bin: ["M3.5 5h9M6.5 5V3h3v2M5 5l.6 8h4.8L11 5"],
  less: ["M4 8h8"],
  more: ["M8 4v8M4 8h8"],
  fit: ["M3 6V3h3M10 3h3v3M13 10v3h-3M6 13H3v-3"],
};
const KEYS = [
  ["← ↑ → ↓", "select"], ["Shift + ←↑→↓", "extend"], ["Alt + ←↑→↓", "move"], ["Alt + Shift + ←→", "widen"], ["Alt + Shift + ↑↓", "reorder"],
  ["Enter, F2", "rename"], ["N", "step"], ["Shift + N", "next"], ["P", "column"], ["C … Enter", "join"], ["K / F", "mark"], ["L / S", "align"],
  ["Ctrl + C X V D", "copy"], ["Delete", "remove"], ["Ctrl + Z / Y", "undo"], ["+ − 0", "zoom"], ["Esc", "escape"],
];

export function bar(editor) {
  const { data, tools } = editor;
  const { words } = data;
  const checks = [];
  const button = (name, run, { icon, text = "", badge = "", may = () => true, on, always = false } = {}) => {
    const node = document.createElement("button");
    node.type = "button";
    node.dataset.tool = name;
    node.title = words[`canvas.${name}`];
    node.setAttribute("aria-label", words[`canvas.${name}`]);
    if (icon) node.append(el("svg", { viewBox: "0 0 16 16", "aria-hidden": "true" }, ...ICONS[icon].map((d) => el("path", { d }))));
    if (badge) {
      const mark = document.createElement("b");
      mark.className = badge.toLowerCase();
      mark.textContent = badge;
      node.append(mark);
    }
    if (text) node.append(text);
    node.hidden = !always && !data.editable;
    node.onclick = () => run();
    checks.push(() => {
      node.disabled = !may();
      if (on) node.setAttribute("aria-pressed", String(on()));
    });
    return node;
  };
  const gap = () => document.createElement("i");
  const some = () => editor.selected.length > 0;
  const all = (field) => some() && editor.selected.every((id) => stepOf(editor.work.doc, id)?.[field]);
  const end = document.createElement("div");
  end.className = "end";
  const zoom = button("fit", () => editor.fit(), { always: true });
  zoom.className = "zoom";
  const help = button("help", () => tools.toggleHelp(), { text: "?", always: true, on: () => !editor.help.hidden });
  end.append(button("less", () => editor.stepZoom(-1), { icon: "less", always: true }), zoom, button("more", () => editor.stepZoom(1), { icon: "more", always: true }), help);
  const edit = [
    button("step", () => editor.newStep(), { icon: "step", text: words["canvas.step_short"] }),
    button("column", () => editor.newColumn(), { icon: "column", text: words["canvas.column_short"] }),
    button("join", () => editor.joinFrom(editor.selected.at(-1)), { icon: "join", may: some, on: () => Boolean(editor.joining) }),
    gap(),
    button("mark_key", () => editor.flag("key"), { badge: "K", may: some, on: () => all("key") }),
    button("mark_fail", () => editor.flag("fail"), { badge: "F", may: some, on: () => all("fail") }),
    gap(),
    button("undo", () => editor.back("undo"), { icon: "undo", may: () => editor.work.done.length > 0 }),
    button("redo", () => editor.back("redo"), { icon: "redo", may: () => editor.work.undone.length > 0 }),
    gap(),
    button("align_lane", () => editor.align("lane"), { icon: "lane", may: () => editor.selected.length > 1 }),
    button("align_phase", () => editor.align("phase"), { icon: "phase", may: () => editor.selected.length > 1 }),
    button("duplicate", () => editor.duplicate(), { icon: "twin", may: some }),
    button("remove", () => editor.remove(), { icon: "bin", may: () => some() || Boolean(editor.column || editor.chosen) }),
  ];
  tools.replaceChildren(...(data.editable ? edit : []), end);
  tools.setAttribute("aria-label", words["canvas.tools"]);
  tools.refresh = () => checks.forEach((check) => check());
  tools.zoomed = (value) => { zoom.textContent = `${Math.round(value * 100)}%`; };
  tools.toggleHelp = () => {
    editor.help.hidden = !editor.help.hidden;
    tools.refresh();
  };
}

export function helpPanel(editor) {
  const { words, editable } = editor.data;
  const list = document.createElement("dl");
  const shown = editable ? KEYS : KEYS.filter(([, name]) => ["select", "extend", "zoom", "escape"].includes(name));
  for (const [keys, name] of shown) {
    const [dt, dd] = [document.createElement("dt"), document.createElement("dd")];
    dt.textContent = keys;
    dd.textContent = words[`canvas.help_${name}`];
    list.append(dt, dd);
  }
  editor.help.replaceChildren(list);
  editor.help.setAttribute("aria-label", words["canvas.help"]);
}
