// Shows a drawing made by the server, selects steps by mouse and keyboard, and keeps the focus through reruns.
const kept = new WeakMap();
const SAFE = new Set(["svg", "g", "rect", "path", "text", "circle", "polyline", "polygon"]);

function parse(source) {
  const root = new DOMParser().parseFromString(source, "image/svg+xml").documentElement;
  if (root.nodeName !== "svg") return null;
  for (const node of [root, ...root.querySelectorAll("*")]) {
    if (!SAFE.has(node.nodeName)) { node.remove(); continue; }
    for (const attribute of [...node.attributes]) {
      if (/^on|href/i.test(attribute.name)) node.removeAttribute(attribute.name);
    }
  }
  return document.importNode(root, true);
}

function nearest(steps, from, dx, dy) {
  const middle = (step) => {
    const box = step.getBoundingClientRect();
    return [box.left + box.width / 2, box.top + box.height / 2];
  };
  const [x, y] = middle(from);
  let best = null;
  let least = Infinity;
  for (const step of steps) {
    const [u, v] = middle(step);
    const along = (u - x) * dx + (v - y) * dy;
    const aside = Math.abs((u - x) * dy) + Math.abs((v - y) * dx);
    if (step !== from && along > 4 && along + 2.5 * aside < least) {
      least = along + 2.5 * aside;
      best = step;
    }
  }
  return best;
}

export default function (component) {
  const { parentElement, data, setTriggerValue } = component;
  const sheet = parentElement.querySelector(".sheet");
  if (!sheet || !data) return;
  const state = kept.get(sheet) || { stamp: "", selected: "" };
  kept.set(sheet, state);

  const steps = () => [...sheet.querySelectorAll("g.step")];
  const mark = () => {
    const all = steps();
    const chosen = all.find((step) => step.dataset.step === state.selected);
    for (const step of all) {
      step.classList.toggle("selected", step === chosen);
      step.setAttribute("aria-pressed", String(step === chosen));
      step.setAttribute("tabindex", step === (chosen || all[0]) ? "0" : "-1");
    }
    for (const arrow of sheet.querySelectorAll("g.arrow")) {
      const on = [arrow.dataset.from, arrow.dataset.to].includes(state.selected);
      arrow.classList.toggle("on", on);
      if (on) arrow.parentNode.append(arrow);
    }
  };
  const pick = (id) => {
    state.selected = id;
    mark();
    setTriggerValue("picked", id);
  };

  if (state.stamp !== data.svg) {
    const focused = sheet.getRootNode().activeElement?.dataset?.step;
    const drawing = parse(data.svg);
    if (drawing) {
      sheet.replaceChildren(drawing);
      state.stamp = data.svg;
    }
    if (focused) steps().find((step) => step.dataset.step === focused)?.focus();
  }
  state.selected = data.selected || "";
  mark();

  sheet.onclick = (event) => {
    const step = event.target.closest("g.step");
    if (step) pick(step.dataset.step);
  };
  sheet.onkeydown = (event) => {
    const step = event.target.closest("g.step");
    if (!step) return;
    const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    if (event.key === "Enter" || event.key === " ") {
      pick(step.dataset.step);
    } else if (way) {
      const next = nearest(steps(), step, ...way);
      if (next) {
        steps().forEach((other) => other.setAttribute("tabindex", "-1"));
        next.setAttribute("tabindex", "0");
        next.focus();
      }
    } else {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  };
}
