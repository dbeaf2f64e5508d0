"""What sheets that are made in the same way have in common, however many rows, months or titles they have."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence

from sqm.ingest import headings, months
from sqm.ingest.headings import Match
from sqm.ingest.references import References

_NUMBERED = re.compile(r" \(\d+\)$")
#: Any year will do to tell that 7月 is a month.
_SOME_YEAR = "2000"


def first_look(head: Sequence[Sequence[str]], references: References, *, sheet: str = "", file: str = "") -> tuple[Match | None, bool]:
    """How the sheet reads before anybody has said a word about it, and whether that is sure: all required fields, one dataset."""
    fitting = headings.guess(head, {}, references, sheet=sheet, file=file)
    found = fitting[0] if fitting else headings.nearest(head, {}, references)
    return found, len(fitting) == 1


def shape_of(found: Match | None, head: Sequence[Sequence[str]]) -> str:
    """A name for the set of headings, 16 hex signs; '' for a sheet without any. Order, case, blanks and months make no difference."""
    if found is not None:
        said: Sequence[str] = found.headings
    else:
        most = max((sum(map(bool, cells)) for cells in head), default=0)
        said = next((cells for cells in head if most > 1 and sum(map(bool, cells)) >= 0.6 * most), ())
    words = {_word(heading) for heading in said if heading}
    return hashlib.sha256("\n".join(sorted(words)).encode()).hexdigest()[:16] if words else ""


def _word(heading: str) -> str:
    named = months.named(heading, _SOME_YEAR)
    return f"<month> {headings.plain(named[1])}" if named else headings.plain(_NUMBERED.sub("", heading))
