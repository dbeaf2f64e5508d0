"""The colours of the app, one set in light and one in dark; charts, maps and screens all read them here.

Neutral greys carry everything. The accent marks what the reader chose, never a verdict. ``better``, ``worse`` and
``unclear`` are verdicts, always doubled by a sign or a word. ``ramp``: worse end, worse mid, neutral, better mid,
better end; neutral means "cannot tell", not "average": an average score is ``middling``. Text on the two ends takes ``background``, on the middle three
``text``.
The same values stand in ``.streamlit/config.toml``; a test compares them.
"""

from __future__ import annotations

from typing import Any

LIGHT: dict[str, Any] = {
    "background": "#FFFFFF",
    "sunken": "#F5F6F8",
    "text": "#1B2330",
    "muted": "#586372",
    "faint": "#626D7C",
    "line": "#E3E6EB",
    "accent": "#4353C9",
    "accent_tint": "#EAECF9",
    "better": "#09726B",
    "better_tint": "#E2F3F1",
    "worse": "#B54410",
    "worse_tint": "#FCEBE2",
    "unclear": "#7C8796",
    "unclear_tint": "#EDEFF2",
    "band": "#E4E7EC",
    "ramp": ["#B54410", "#F0B796", "#D9DEE5", "#79BDB6", "#09726B"],
    "middling": "#CBB97F",
}
DARK: dict[str, Any] = {
    "background": "#13161B",
    "sunken": "#1B2027",
    "text": "#E7EAEE",
    "muted": "#A5AFBC",
    "faint": "#8F9AA8",
    "line": "#2C333D",
    "accent": "#8E9BFF",
    "accent_tint": "#212534",
    "better": "#35B5A6",
    "better_tint": "#12322F",
    "worse": "#F08650",
    "worse_tint": "#3A2418",
    "unclear": "#8792A1",
    "unclear_tint": "#252B34",
    "band": "#2C343F",
    "ramp": ["#F08650", "#8A4C2A", "#333B46", "#1E6B64", "#35B5A6"],
    "middling": "#857546",
}
#: Latin letters and figures first (bundled with Streamlit), then the Chinese faces of macOS, Windows, Linux.
FONT = "'Source Sans', 'PingFang SC', 'Microsoft YaHei', 'Noto Sans CJK SC', sans-serif"


def palette(theme: str) -> dict[str, Any]:
    """The colours of ``"light"`` or ``"dark"`` by role."""
    return DARK if theme == "dark" else LIGHT
