"""What only the browser can see: a change from light to dark while a page is open, a click on one of our own links, and the
block (``#handling``) that a link leads to, which is drawn long after the page is there.

Drawings carry their colours, so a new theme draws the page again. A link in HTML would load the whole app afresh; told as a
step in the browser's history it is a change of page like one of the menu. And the menu itself forgets the query: what was
chosen would come back as a second step, which Back would have to take first.
"""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

# What the browser shows is compared with what the page was drawn for; the same change is not asked for twice.
_JS = """
function follow(event, along) {
  const menu = '[data-testid="stTopNavLink"], [data-testid="stSidebarNavLink"]';
  const link = event.target.closest?.(`a.sqm-link, ${menu}`);
  if (!link || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  // On a phone the menu lies over the page.
  if (innerWidth < 768) setTimeout(() => document.querySelector('[data-testid="stSidebarCollapseButton"] button')?.click());
  const to = new URL(link.href);
  if (link.matches(menu)) {
    to.search = along[to.pathname.split("/").pop()] ?? "";
    if (!to.search) return;
  }
  event.preventDefault();
  event.stopPropagation();
  const section = to.hash.slice(1);
  to.hash = "";
  history.pushState({}, "", to);
  window.dispatchEvent(new PopStateEvent("popstate"));
  document.querySelector('[data-testid="stMain"]')?.scrollTo(0, 0);
  if (section) show(section);
}

// The block named by the link, as soon as it is there, and again while those above it are still being drawn and move it;
// until the reader moves something themselves.
let showing = 0;
function show(section) {
  const mine = ++showing;
  let left = 130, settled = 0, place = null;
  function step() {
    if (mine !== showing || !left-- || settled > 20) return;
    const block = document.querySelector(`.st-key-${CSS.escape(section)}`);
    if (block) {
      const now = block.getBoundingClientRect().top + document.querySelector('[data-testid="stMain"]').scrollTop;
      block.scrollIntoView({block: "start"});  // always: Streamlit itself goes to the top of a page that it has just opened
      settled = now === place ? settled + 1 : 0;
      place = now;
    }
    setTimeout(step, 150);
  }
  step();
}
function leave() { showing += 1; }
const MOVES = ["wheel", "touchmove", "keydown", "pointerdown"];

// The function below is called again with every run of the page; there is one watcher all the same.
let latest = null;
let asked = "";
let stop = null;
// The address the tab was opened with: by now what was chosen may have been written into it anew, without its block.
let opened = location.hash || new URL(performance.getEntriesByType("navigation")[0]?.name ?? location.href).hash;

function compare() {
  const app = document.querySelector(".stApp");
  if (!app) return;
  const [r, g, b] = getComputedStyle(app).backgroundColor.match(/[0-9.]+/g).map(Number);
  const seen = 0.3 * r + 0.6 * g + 0.1 * b < 128 ? "dark" : "light";
  if (seen === asked) return;
  asked = seen;
  latest.setTriggerValue("changed", seen);
}

export default function (component) {
  latest = component;
  asked = component.data.theme;
  if (!stop) {
    const click = (event) => follow(event, latest.data.along);
    const timer = setInterval(compare, 500);
    document.addEventListener("click", click, true);
    MOVES.forEach((kind) => document.addEventListener(kind, leave, true));
    if (opened) show(opened.slice(1));
    opened = "";
    stop = () => {
      clearInterval(timer);
      MOVES.forEach((kind) => document.removeEventListener(kind, leave, true));
      document.removeEventListener("click", click, true);
      stop = null;
    };
  }
  return () => stop?.();
}
"""
_mount = st.components.v2.component("sqm_browser", js=_JS)


def watch(along: Mapping[str, str]) -> None:
    """Mount the watcher, which has nothing to show. ``along``: path of a page in the menu → the query that goes along."""
    theme = st.context.theme.type or "light"
    with st.container(key="browser"):
        _mount(key="browser_watch", data={"theme": theme, "along": dict(along)}, on_changed_change=_drawn_again)


def _drawn_again() -> None:
    """Nothing to do: the run that follows knows the new theme."""
