"""A change from light to dark while a page is open: drawings carry their colours, so the page is drawn again."""

from __future__ import annotations

import streamlit as st

# What the browser shows is compared with what the page was drawn for; the same change is not asked for twice.
_JS = """
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
  return () => clearInterval(timer);
}
"""
_mount = st.components.v2.component("sqm_theme", js=_JS)


def watch() -> None:
    """Mount the watcher, at the end of a page: it has nothing to show."""
    theme = st.context.theme.type or "light"
    with st.container(key="theme"):
        _mount(key="theme_watch", data={"theme": theme}, on_changed_change=_drawn_again)


def _drawn_again() -> None:
    """Nothing to do: the run that follows knows the new theme."""
