"""Design tokens: one set of colours for the theme file, the style sheet, the charts and the maps. Imports nothing."""

from __future__ import annotations

from typing import Literal

Theme = Literal["light", "dark"]

_LIGHT: dict[str, str] = {
    "background": "#FFFFFF", "sunken": "#F5F6F8", "text": "#1B2330", "muted": "#586372", "faint": "#626D7C",
    "line": "#E3E6EB", "accent": "#4353C9", "accent_tint": "#ECEDF9",
    "better": "#09726B", "better_tint": "#E2F3F1", "worse": "#B54410", "worse_tint": "#FCEBE2",
    "unclear": "#7C8796", "unclear_tint": "#EDEFF2", "band": "#E4E7EC",
}
_DARK: dict[str, str] = {
    "background": "#13161B", "sunken": "#1B2027", "text": "#E7EAEE", "muted": "#A5AFBC", "faint": "#8F9AA8",
    "line": "#2C333D", "accent": "#8E9BFF", "accent_tint": "#212534",
    "better": "#35B5A6", "better_tint": "#12322F", "worse": "#F08650", "worse_tint": "#3A2418",
    "unclear": "#8792A1", "unclear_tint": "#252B34", "band": "#2C343F",
}
#: From confirmed worse to confirmed better; the middle one is "cannot tell", never "average".
_RAMP: dict[str, tuple[str, ...]] = {
    "light": ("#B54410", "#F0B796", "#D9DEE5", "#79BDB6", "#09726B"),
    "dark": ("#F08650", "#8A4C2A", "#333B46", "#1E6B64", "#35B5A6"),
}
#: Latin and figures first (bundled with Streamlit), then the Chinese faces of macOS, Windows and Linux.
FONT = "'Source Sans', 'Source Sans 3', 'PingFang SC', 'Microsoft YaHei', 'Noto Sans CJK SC', 'Noto Sans SC', sans-serif"

#: Fewer answers than this: drawn hollow, no verdict.
SMALL_BASE = 30


def palette(theme: str = "light") -> dict:
    """Colours of a theme ("light" or "dark") as ``#RRGGBB`` by role; ``ramp`` is a list of five, worse to better."""
    chosen = "dark" if theme == "dark" else "light"
    return {**(_DARK if chosen == "dark" else _LIGHT), "ramp": list(_RAMP[chosen]), "theme": chosen}


def verdict_colour(theme: str, verdict: str) -> str:
    """The colour of a verdict: "better", "worse", anything else is "unclear"."""
    return palette(theme)[verdict if verdict in ("better", "worse") else "unclear"]


def on_ramp(theme: str, step: int) -> str:
    """Readable text colour on ramp step 0..4: the background on the two ends, the text colour between."""
    colours = palette(theme)
    return colours["background"] if step in (0, 4) else colours["text"]
