"""Which answers of a survey go together: sums over pairs of answers of one interview, counted in SQL."""

from __future__ import annotations

import pandas as pd
import sqlalchemy as sa

from sqm import warehouse
from sqm.access import Scope
from sqm.measures.ask import Period, Where, ask, conditions
from sqm.measures.catalogue import CATALOGUE
from sqm.measures.kinds import Mean
from sqm.measures.portable import double
from sqm.measures.reading import Reader, at_present

#: Random parts of the respondents, for the jackknife.
GROUPS = 32
COLUMNS = ("part", "one", "other", "n", "w", "wx", "wxx", "wy", "wyy", "wxy")


def joint(read: Reader, where: Where | None, period: Period | None, scope: Scope) -> pd.DataFrame:
    """One row per random part of the respondents and pair of elements (``one`` ≤ ``other``, "overall" among them).

    n: interviews that answered both; w, wx, wxx, wy, wyy, wxy: weighted sums, x of ``one`` and y of ``other`` from 0 to 100.
    ``where`` and ``period`` as of ``metrics.fetch``, the own operator unless it says another; its element does not count.
    """
    metric = CATALOGUE["satisfaction"]
    assert isinstance(metric, Mean)
    c = metric.origin.table.c
    listed = [str(row[0]) for row in read.rows(sa.select(warehouse.table("elements").c.element))]
    chosen = {**(where or {}), "element": list(dict.fromkeys(["overall", *listed]))}
    asked = at_present(read, ask(metric, (), chosen, period, scope))
    found, joins = conditions(asked)
    w = sa.func.max(sa.func.coalesce(c.weight, double(1), type_=sa.Double))
    # A digest, because engines hash differently; of the respondent, so that all of one's interviews are in one part.
    digest = sa.func.md5(c.respondent)
    part = (2 * sa.func.strpos("123456789abcdef", sa.func.substr(digest, 1, 1), type_=sa.Integer)
            + sa.case((sa.func.strpos("01234567", sa.func.substr(digest, 2, 1), type_=sa.Integer) > 0, sa.literal_column("0")),
                      else_=sa.literal_column("1")))
    answers = (sa.select(c.respondent, c.month, c.element, w.label("w"), sa.func.avg(metric.x, type_=sa.Double).label("x"),
                         sa.func.min(part).label("part"))
               .select_from(metric.origin.from_(joins)).where(*found).group_by(c.respondent, c.month, c.element).cte("answers"))
    a, b = answers.alias("a"), answers.alias("b")
    both = sa.and_(a.c.respondent == b.c.respondent, a.c.month == b.c.month, a.c.element <= b.c.element)
    weight, x, y = (a.c.w + b.c.w) * double(0.5), a.c.x, b.c.x
    sums = {"n": sa.func.count(), "w": sa.func.sum(weight), "wx": sa.func.sum(weight * x), "wxx": sa.func.sum(weight * x * x),
            "wy": sa.func.sum(weight * y), "wyy": sa.func.sum(weight * y * y), "wxy": sa.func.sum(weight * x * y)}
    query = (sa.select(a.c.part.label("part"), a.c.element.label("one"), b.c.element.label("other"),
                       *(column.label(name) for name, column in sums.items()))
             .select_from(a.join(b, both)).group_by(a.c.part, a.c.element, b.c.element))
    frame = pd.DataFrame(read.columns(query), columns=list(COLUMNS))
    numbers = {name: "int64" if name in ("part", "n") else "float64" for name in COLUMNS if name not in ("one", "other")}
    return frame.astype(numbers).sort_values(["part", "one", "other"], ignore_index=True)
