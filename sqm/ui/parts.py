"""Headline cards and city tiles: HTML with sparklines as pictures, so that nineteen of them cost one element."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from html import escape
from urllib.parse import quote

import pandas as pd

from sqm.i18n import t
from sqm.tokens import palette
from sqm.verdicts import FEW_ANSWERS


def spark(
    frame: pd.DataFrame,
    theme: str,
    *,
    verdict: str = "unclear",
    goal: float | None = None,
    limits: tuple[float, float] | None = None,
    small: int = FEW_ANSWERS,
) -> str:
    """A sparkline with its interval band and target as HTML. ``frame``: value, lo, hi, base in order of time."""
    data = frame.dropna(subset=["value"])
    if data.empty:
        return '<div class="sqm-spark"></div>'
    c = palette(theme)
    lo, hi = data["lo"].fillna(data["value"]), data["hi"].fillna(data["value"])
    low, high = limits or (
        min([lo.min(), *([goal] if goal is not None else [])]),
        max([hi.max(), *([goal] if goal is not None else [])]),
    )
    room = (high - low) or 1.0
    y = lambda v: round(2 + 36 * (1 - (min(max(v, low), high) - low) / room), 2)  # noqa: E731
    step = 200 / max(len(data) - 1, 1)
    points = [(round(i * step, 2), y(v)) for i, v in enumerate(data["value"])]
    band = [(round(i * step, 2), y(v)) for i, v in enumerate(hi)]
    band += [(round(i * step, 2), y(v)) for i, v in reversed(list(enumerate(lo)))]
    colour = c[verdict] if verdict in ("better", "worse") else c["unclear"]
    path = " ".join(f"{a},{b}" for a, b in points)
    goal_line = (
        ""
        if goal is None
        else (
            f"<line x1='0' x2='200' y1='{y(goal)}' y2='{y(goal)}' stroke='{c['muted']}' stroke-dasharray='2 3' "
            "vector-effect='non-scaling-stroke'/>"
        )
    )
    svg = (
        "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 200 40' preserveAspectRatio='none'>"
        f"<polygon points='{' '.join(f'{a},{b}' for a, b in band)}' fill='{c['band']}'/>{goal_line}"
        f"<polyline points='{path}' fill='none' stroke='{colour}' stroke-width='1.5' vector-effect='non-scaling-stroke' "
        "stroke-linejoin='round'/></svg>"
    )
    hollow = " class='hollow'" if data["base"].iloc[-1] < small else ""
    ink = "" if hollow else f"background:{colour};"
    return (
        f'<div class="sqm-spark"><img alt="" src="data:image/svg+xml,{quote(svg)}">'
        f'<i{hollow} style="{ink}top:{points[-1][1] / 40 * 100:.1f}%"></i></div>'
    )


def card(name: str, value: str, unit: str, half: str, picture: str, left: str, right: str, link: str = "", note: tuple[str, str] = ("", "")) -> str:
    """One headline card; ``left`` and ``right`` are HTML of the foot, everything else is escaped. ``link``: where it leads;
    ``note`` stands beside the name, its second part is for who points at it.
    """
    kind, at = ("a", f' href="{escape(link)}" target="_self"') if link else ("div", "")
    beside = f' <small title="{escape(note[1])}">{escape(note[0])}</small>' if note[0] else ""
    return (
        f'<{kind} class="sqm-card{" sqm-link" if link else ""}"{at}><div class="name" title="{escape(name)}">{escape(name)}{beside}</div>'
        f'<div class="value">{escape(value)}<small>{escape(unit)}</small><em>{escape(half)}</em></div>{picture}'
        f'<div class="foot"><span>{left}</span><span>{right}</span></div></{kind}>'
    )


def cards(items: list[str]) -> str:
    """A row of cards."""
    return f'<div class="sqm-cards">{"".join(items)}</div>'


def move(text: str, verdict: str, more: str, link: str) -> str:
    """One thing that moved: a link in the colour of its verdict; ``more`` for who points at it."""
    return f'<a class="sqm-link {escape(verdict)}" href="{escape(link)}" target="_self" title="{escape(more)}">{escape(text)}</a>'


#: Text, class and link of a cell of a table.
Told = tuple[str, str, str]


def moves(sentence: str, note: str, items: list[str], more: str) -> str:
    """A line of what moved: a sentence, its items, and how many there was no room for. ``note``: for who points at it."""
    return f'<div class="sqm-news"><span title="{escape(note)}">{escape(sentence)}</span>{"".join(items)}<span>{escape(more)}</span></div>'


def briefing(said: list[tuple[str, str]]) -> str:
    """Sentences side by side: (what each is about, its HTML)."""
    return '<div class="sqm-briefing">' + "".join(f"<section><h2>{escape(head)}</h2><p>{text}</p></section>" for head, text in said) + "</div>"


def table(heads: list[tuple[str, bool]], rows: list[list[Told]], why: str = "") -> str:
    """A quiet table: headings (text, whether numbers stand under it), cells (text, class, and where it leads or "").

    Without any text in its headings it has no head. ``why``: what who points at the first heading is told.
    """
    hints = [f' title="{escape(why)}"' if why and not place else "" for place in range(len(heads))]
    head = "" if not any(text for text, _ in heads) else "".join(
        f'<th scope="col"{" class=n" if numeric else ""}{hint}>{escape(text)}</th>' for (text, numeric), hint in zip(heads, hints, strict=True))
    body = ""
    for row in rows:
        body += "<tr>"
        for (text, kind, link), (_, numeric) in zip(row, heads, strict=True):
            said = f'<a class="sqm-link" href="{escape(link)}" target="_self">{escape(text)}</a>' if link else escape(text)
            body += f'<td class="{kind}{" n" if numeric else ""}">{said}</td>'
        body += "</tr>"
    return f'<div class="sqm-scroll"><table class="sqm-moves sqm-table"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


def tile(
    name: str,
    value: str,
    half: str,
    picture: str,
    verdict: str,
    word: str,
    alt: str,
    link: str,
    place: tuple[int, int] | None,
    small: bool,
) -> str:
    """One city of the tile grid, a link to the page with that city chosen."""
    at = f"grid-column:{place[0] + 1};grid-row:{place[1] + 1}" if place else ""
    kind = "small" if small else verdict if verdict in ("better", "worse") else ""
    ink = f' class="{verdict}"' if verdict in ("better", "worse") and not small else ' class="unclear"'
    return (
        f'<a class="tile sqm-link {kind}" style="{at}" href="{escape(link)}" target="_self" aria-label="{escape(alt)}">'
        f'<span class="top"><b>{escape(name)}</b><span><b>{escape(value)}</b> <em>{escape(half)}</em></span></span>'
        f'{picture}<span class="word"><span{ink}>{escape(word)}</span></span></a>'
    )


def tiles(items: list[str], columns: int) -> str:
    """The grid of tiles."""
    return (
        f'<div class="sqm-tiles" style="grid-template-columns:repeat({columns},minmax(0,1fr))">{"".join(items)}</div>'
    )


def shown(known: Mapping[str, tuple[str, str, str]], present: Collection[str], part: str, lang: str) -> list[tuple[str, str, str]]:
    """Legend entries of the shades that are ``present``. ``known``: shade → (shape, colour token, text key of ``part``)."""
    return [(shape, f"var(--sqm-{colour})", t(f"{part}.{key}", lang)) for shade, (shape, colour, key) in known.items() if shade in present]


def legend(entries: list[tuple[str, str, str]]) -> str:
    """One legend line: (shape "" | "box" | "dot" | "ring", CSS colour, text)."""
    return (
        '<div class="sqm-legend">'
        + "".join(
            f'<span><i class="{shape}" style="{f"background:{colour}" if colour else ""}"></i>{escape(text)}</span>'
            if shape or colour
            else f"<span>{escape(text)}</span>"
            for shape, colour, text in entries
        )
        + "</div>"
    )
