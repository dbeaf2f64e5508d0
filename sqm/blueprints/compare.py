"""Two drawings of the same service, before and after: what was added, removed, changed, on one sheet. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from html import escape

from sqm.blueprints.document import Document, Link, Phase, Step, arranged
from sqm.blueprints.drawing import Drawing, Living, draw
from sqm.blueprints.layout import Card, arrange, measure

#: What may be different about a step, the most telling first.
KINDS = ("fail_gone", "fail_new", "guarded", "unguarded", "key_new", "key_gone", "moved", "renamed", "metrics", "plans", "owner", "span")


@dataclass(frozen=True)
class Comparison:
    """``changed``: (before, after, what is different, of ``KINDS``). ``linked``, ``unlinked``: links between steps that both have."""

    added: tuple[Step, ...]
    removed: tuple[Step, ...]
    changed: tuple[tuple[Step, Step, tuple[str, ...]], ...]
    linked: tuple[Link, ...]
    unlinked: tuple[Link, ...]

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.changed or self.linked or self.unlinked)

    def of(self, *kinds: str) -> int:
        """How many changed steps differ in one of these."""
        return sum(bool(set(kinds) & set(found)) for _, _, found in self.changed)


def alike(one: Document, other: Document) -> float:
    """The share of the smaller drawing's steps that the other has, too, by their ids: near nought where they were drawn apart."""
    mine, others = ({step.id for step in document.steps} for document in (one, other))
    return len(mine & others) / max(1, min(len(mine), len(others)))


def compare(before: Document, after: Document) -> Comparison:
    """What was done to ``before`` to come to ``after``, step by step. A new place within a cell is no change."""
    old, new = {s.id: s for s in before.steps}, {s.id: s for s in after.steps}
    changed = tuple((old[i], new[i], kinds) for i in new if i in old and (kinds := different(old[i], new[i])))
    both = set(old) & set(new)
    links, were = ({pair for pair in d.links if set(pair) <= both} for d in (after, before))
    added, removed = tuple(s for i, s in new.items() if i not in old), tuple(s for i, s in old.items() if i not in new)
    return Comparison(added, removed, changed, tuple(sorted(links - were)), tuple(sorted(were - links)))


def different(old: Step, new: Step) -> tuple[str, ...]:
    """What is different about a step, in the order of ``KINDS``."""
    guarded = old.fail and new.fail
    found = {
        "fail_gone": old.fail and not new.fail, "fail_new": new.fail and not old.fail,
        "guarded": guarded and old.guard != "both" and new.guard == "both", "unguarded": guarded and old.guard == "both" and new.guard != "both",
        "key_new": new.key and not old.key, "key_gone": old.key and not new.key, "moved": (old.lane, old.phase) != (new.lane, new.phase),
        "renamed": old.title != new.title, "metrics": old.metrics != new.metrics or old.categories != new.categories,
        "plans": (old.prevention, old.contingency) != (new.prevention, new.contingency) and old.guard == new.guard,
        "owner": (old.owner, old.gap, old.cause) != (new.owner, new.gap, new.cause), "span": old.span != new.span,
    }
    return tuple(kind for kind in KINDS if found[kind])


def together(before: Document, after: Document) -> Document:
    """``after`` with the steps, and the columns they stand in, that only ``before`` has."""
    phases = list(after.phases)
    gone = [s for s in before.steps if after.step(s.id) is None]
    for at, phase in enumerate(before.phases):
        if phase.id not in {p.id for p in phases} and any(s.phase == phase.id for s in gone):
            phases.insert(_after(phases, before.phases[:at]), phase)
    return arranged(replace(after, phases=tuple(phases), steps=(*after.steps, *gone)))


def _after(phases: list[Phase], earlier: tuple[Phase, ...]) -> int:
    ids = [p.id for p in phases]
    return max((ids.index(p.id) + 1 for p in earlier if p.id in ids), default=0)


def drawn(before: Document, after: Document, lang: str, palette: Mapping[str, str], words: Mapping[str, str], tags: Mapping[str, str], living: Living, alt: str) -> Drawing:
    """Both on one drawing. ``tags``: the words for added, removed, and each of ``KINDS``. What is new has a full frame, what is different a dashed
    one, what is gone is pale and struck through; each says so in a word, so that no colour is needed.
    """
    whole, found = together(before, after), compare(before, after)
    made = draw(whole, lang, palette, words, living, alt=alt)
    cards = arrange(whole, lang, strip=bool(living.strip)).cards
    over = [_gone(cards[s.id], palette, tags["removed"]) for s in found.removed]
    over += [_framed(cards[new.id], palette, tags[kinds[0]], "5 3") for _, new, kinds in found.changed]
    over += [_framed(cards[s.id], palette, tags["added"], "") for s in found.added]
    return replace(made, svg=made.svg.removesuffix("</svg>") + f'<g class="marks">{"".join(over)}</g></svg>')


def _framed(card: Card, c: Mapping[str, str], word: str, dash: str) -> str:
    dashed = f' stroke-dasharray="{dash}"' if dash else ""
    place = f'x="{card.x - 3:.1f}" y="{card.y - 3:.1f}" width="{card.w + 6:.1f}" height="{card.h + 6:.1f}" rx="10"'
    frame = f'<rect {place} fill="none" stroke="{c["accent"]}" stroke-width="2"{dashed}/>'
    return frame + _tag(card, c["accent"], c["accent_tint"], word)


def _gone(card: Card, c: Mapping[str, str], word: str) -> str:
    place = f'x="{card.x:.1f}" y="{card.y:.1f}" width="{card.w:.1f}" height="{card.h:.1f}" rx="8"'
    middle = card.y + card.h / 2
    return (
        f'<rect {place} fill="{c["background"]}" fill-opacity=".62" stroke="{c["muted"]}" stroke-dasharray="2 3"/>'
        f'<path d="M{card.x + 6:.1f} {middle:.1f}H{card.x + card.w - 6:.1f}" stroke="{c["muted"]}" stroke-width="1.25"/>' + _tag(card, c["muted"], c["background"], word)
    )


def _tag(card: Card, colour: str, fill: str, word: str) -> str:
    width = measure(word, 11) + 14
    return (
        f'<rect x="{card.x + 6:.1f}" y="{card.y - 12:.1f}" width="{width:.1f}" height="17" rx="8.5" fill="{fill}" stroke="{colour}"/>'
        f'<text x="{card.x + 6 + width / 2:.1f}" y="{card.y + 0.5:.1f}" font-size="11" fill="{colour}" text-anchor="middle">{escape(word)}</text>'
    )
