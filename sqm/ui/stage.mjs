// The presenter's keys, the clock against the time box, how far the meeting is, what comes next. The numbers are on the page itself.
let latest = null;
let timer = 0;
let stop = null;
let dark = false;

const two = (n) => String(Math.floor(n)).padStart(2, "0");

// Words somebody types, a dialog that is open and a menu keep their keys.
function busy(event) {
  const at = event.composedPath()[0];
  return event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || document.querySelector('[role="dialog"]')
    || (at instanceof Element && at.closest('input, textarea, select, [contenteditable], [role="listbox"], [role="combobox"]'));
}

function send(name, value) {
  latest.setTriggerValue(name, value);
}

function go(to) {
  const { at, slides } = latest.data;
  const next = Math.min(Math.max(to, 0), slides.length - 1);
  if (next !== at) send("go", next);
}

function blank(on) {
  dark = on;
  latest.parentElement.querySelector(".blank").hidden = !on;
}

function key(event) {
  if (busy(event)) return;
  const { at, slides, marks } = latest.data;
  const name = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  const act = {
    ArrowRight: () => go(at + 1), PageDown: () => go(at + 1), " ": () => go(at + 1), ArrowLeft: () => go(at - 1), PageUp: () => go(at - 1),
    Home: () => go(0), End: () => go(slides.length - 1),
    ArrowDown: () => marks && send("mark", 1), ArrowUp: () => marks && send("mark", -1),
    f: () => (document.fullscreenElement ? document.exitFullscreen() : document.documentElement.requestFullscreen?.()),
    b: () => blank(!dark),
    a: () => latest.data.writes && send("ask", "action"), d: () => latest.data.writes && send("ask", "decision"),
    Escape: () => (dark ? blank(false) : document.fullscreenElement || send("ask", "leave")),
  }[name];
  if (!act) return;
  // A focused button keeps its own Enter and space.
  if (name === " " && event.composedPath()[0] instanceof HTMLButtonElement) return;
  event.preventDefault();
  if (dark && name !== "b" && name !== "Escape") blank(false);
  act();
}

function tick() {
  const { began, minutes, words } = latest.data;
  const clock = latest.parentElement.querySelector(".clock");
  const spent = Math.max(0, (Date.now() - began) / 1000);
  clock.hidden = !minutes;
  if (!minutes) return;
  clock.classList.toggle("over", spent > minutes * 60);
  clock.querySelector("i i").style.width = `${Math.min(100, (spent / (minutes * 60)) * 100)}%`;
  clock.querySelector("b").textContent = `${two(spent / 60)}:${two(spent % 60)}`;
  clock.querySelector("span").textContent = `/ ${minutes} ${words.minutes}`;
}

function draw({ parentElement: root, data }) {
  const { at, slides, words, next, writes } = data;
  const bar = root.querySelector(".segments");
  bar.replaceChildren(...slides.map((slide, n) => {
    const one = document.createElement("button");
    one.type = "button";
    one.title = slide.title;
    one.setAttribute("aria-label", `${n + 1}. ${slide.title}`);
    if (n === at) one.setAttribute("aria-current", "step");
    one.className = n === at ? "here" : n < at ? "past" : "";
    one.style.flexGrow = String(Math.max(slide.minutes, 2));
    one.addEventListener("click", () => go(n));
    return one;
  }));
  const coming = root.querySelector(".next");
  coming.replaceChildren();
  if (next.title) {
    const [small, strong] = ["span", "b"].map((tag) => document.createElement(tag));
    [small.textContent, strong.textContent] = [words.next, next.title];
    coming.append(small, strong);
  }
  const hints = root.querySelector(".hints");
  hints.replaceChildren();
  const offered = [["←", words.back, () => go(at - 1)], ["→", words.turn, () => go(at + 1)], ...(writes ? [["A", words.action, () => send("ask", "action")],
    ["D", words.decision, () => send("ask", "decision")]] : []), ["B", words.blank, () => blank(true)], ["Esc", words.leave, () => send("ask", "leave")]];
  for (const [cap, word, act] of offered) {
    const one = document.createElement("button");
    one.type = "button";
    const face = document.createElement("kbd");
    face.textContent = cap;
    one.append(face, cap === "←" ? "" : word);
    one.setAttribute("aria-label", word);
    one.addEventListener("click", act);
    hints.append(one);
  }
  tick();
}

export default function (component) {
  latest = component;
  draw(component);
  if (!stop) {
    document.addEventListener("keydown", key);
    timer = setInterval(() => latest && tick(), 500);
    stop = () => {
      document.removeEventListener("keydown", key);
      clearInterval(timer);
      stop = null;
    };
  }
  return () => stop?.();
}
