"""What only the browser can see: a change from light to dark while a page is open, and a click on one of our own links.

Drawings carry their colours, so a new theme draws the page again. A link in HTML would load the whole app afresh; told as a
step in the browser's history it is a change of page like one of the menu.
"""

from __future__ import annotations

import streamlit as st

# What the browser shows is compared with what the page was drawn for; the same change is not asked for twice.
_JS = """
function follow(event) {
  const link = event.target.closest?.("a.sqm-link");
  if (!link || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  history.pushState({}, "", link.href);
  window.dispatchEvent(new PopStateEvent("popstate"));
  document.querySelector('[data-testid="stMain"]')?.scrollTo(0, 0);
}

export default function ({ data, setTriggerValue }) {
  let asked = data.theme;
  const timer = setInterval(() => {
    const app = document.querySelector(".stApp");
    if (!app) return;
    const [r, g, b] = getComputedStyle(app).backgroundColor.match(/[0-9.]+/g).map(Number);
    const seen = 0.3 * r + 0.6 * g + 0.1 * b < 128 ? "dark" : "light";
    if (seen === asked) return;
    asked = seen;
    setTriggerValue("changed", seen);
  }, 500);
  document.addEventListener("click", follow);
  return () => {
    clearInterval(timer);
    document.removeEventListener("click", follow);
  };
}
"""
_mount = st.components.v2.component("sqm_browser", js=_JS)


def watch() -> None:
    """Mount the watcher, at the end of a page: it has nothing to show."""
    theme = st.context.theme.type or "light"
    with st.container(key="browser"):
        _mount(key="browser_watch", data={"theme": theme}, on_changed_change=_drawn_again)


def _drawn_again() -> None:
    """Nothing to do: the run that follows knows the new theme."""
