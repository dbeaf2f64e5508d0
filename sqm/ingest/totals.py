"""What a sheet says of its own sums: total rows are no data, but they tell whether rows are missing; so do printed percentages.

A total may stand below or above its rows, for all of them, for those since the last one, or for those of one month or place.
It agrees when one of these readings gives its numbers; where none does, the reading that comes nearest is told.
"""

from __future__ import annotations

import math
import re

import numpy as np
import pandas as pd

from sqm.ingest.headings import Match
from sqm.ingest.privacy import FULL_WIDTH, HALF_WIDTH, mask_text
from sqm.ingest.staging import TOTAL_WORDS, Staging, name, text

#: (level, code, params) of one thing to say; level: fact, warning or question.
Said = tuple[str, str, dict]
#: Sheets with more total rows than this, and percentages told one by one.
_MOST_TOTALS, _TOLD = 500, 20
_AVERAGE = re.compile(r"平均|均值|average|mean", re.IGNORECASE)
_TOTAL = re.compile(r"(?i)(.*?)(" + "|".join(sorted(TOTAL_WORDS, key=len, reverse=True)) + r")[:：]?")
_PER = (1, 100, 1000, 10_000)


def sums(staging: Staging, found: Match) -> list[Said]:
    """Compare the total rows of the sheet with the sums of its rows, column by column of what adds up."""
    fields = found.dataset.by_name
    columns = {name("r_" + f): c for f, c in found.fields.items() if fields[f].additive}
    columns |= {f"a{n}": answer.column for n, answer in enumerate(found.answers) if fields[answer.part].additive}
    count = staging.one("SELECT count(*) FROM skipped")[0]
    if not columns or not 0 < count <= _MOST_TOTALS:
        return []
    labels = [name("r_" + f) for f in found.fields if not fields[f].additive and fields[f].type in ("text", "month", "date")]
    chosen = [*(f"{_number(column)} AS {column}" for column in columns), *(f"trim({label}) AS {label}" for label in labels)]
    frame = staging.con.execute(f"SELECT b.row, s.first_cell, b.skip, {', '.join(chosen)} FROM body b LEFT JOIN skipped s USING (row) ORDER BY row").df()
    plain = [column.strip('"') for column in columns]
    marks = [label.strip('"') for label in labels]
    said: list[Said] = []
    agreed, rows, averages = set(), 0, 0
    totals = [(place, *read) for place in map(int, np.flatnonzero(frame["skip"])) if (read := _read(frame.iloc[place], marks))]
    places = [place for place, *_ in totals]
    for place, label, where, prefix in totals:
        if _AVERAGE.search(label):
            averages += 1
            continue
        line = frame.iloc[place]
        given = [column for column in plain if not pd.isna(line[column])]
        if not given:
            continue
        best = None
        for members in _readings(frame, place, places, [m for m in marks if m != where], where, prefix):
            if not members.any():
                continue
            off = {}
            for column in given:
                parts = frame.loc[members, column].dropna()
                if abs(parts.sum() - line[column]) > _tolerance([*parts, line[column]]):
                    off[column] = float(parts.sum())
            if best is None or len(off) < len(best):
                best = off
            if not off:
                break
        if best is None:
            continue
        rows += not best
        for column in given:
            heading = found.headings[columns[f'"{column}"' if column.startswith("r_") else column]]
            if column in best:
                said.append(("warning", "total_off", {"row": int(line["row"]), "label": mask_text(label), "column": heading, "said": _shown(line[column]),
                                                      "sum": _shown(best[column])}))
            else:
                agreed.add(heading)
    if rows:
        order = [heading for heading in found.headings if heading in agreed]
        said.append(("fact", "total_agrees", {"n": rows, "columns": ", ".join(order)}))
    if averages:
        said.append(("fact", "averages_left_out", {"n": averages}))
    return said


def _read(line: pd.Series, marks: list[str]) -> tuple[str, str, str] | None:
    """``(label, column it stands in, what stands before the word)`` of a total row."""
    for column in (*marks, "first_cell"):
        cell = line[column]
        if isinstance(cell, str) and (word := _TOTAL.fullmatch(re.sub(r"[\s\u3000]", "", cell))):
            return cell.strip(), column, word[1]
    return None


def _readings(frame: pd.DataFrame, place: int, places: list[int], marks: list[str], where: str, prefix: str):  # noqa: ANN202
    """Masks of the rows that a total may stand for, the likeliest first."""
    rows = ~frame["skip"].to_numpy()
    at = np.arange(len(frame))
    line = frame.iloc[place]
    same = rows.copy()
    for mark in marks:
        if isinstance(line[mark], str) and line[mark]:
            same = same & (frame[mark] == line[mark]).to_numpy()
    if prefix and where in frame.columns:
        yield same & (frame[where].str.replace(r"[\s\u3000]", "", regex=True) == prefix).fillna(False).to_numpy()
    else:
        yield same
    before = max((p for p in places if p < place), default=-1)
    after = min((p for p in places if p > place), default=len(frame))
    yield rows & (at > before) & (at < place)
    yield rows & (at > place) & (at < after)
    # A total over subtotals: the rows since the last total that begins like it.
    alike = [p for p in places if p < place and str(frame.iloc[p]["first_cell"]) == str(line["first_cell"])]
    yield rows & (at > max(alike, default=-1)) & (at < place)
    yield rows


def _tolerance(numbers: list[float]) -> float:
    """How far a sum may be off because its parts were rounded: half a unit of the last decimal for each."""
    decimals = max((len(f"{n:.6f}".rstrip("0").partition(".")[2]) for n in numbers), default=0)
    rounded = 0.5 * 10.0**-decimals * len(numbers) if 0 < decimals < 5 else 0.0
    return rounded + 1e-9 * max(map(abs, numbers), default=0.0) + 1e-9


def _number(column: str) -> str:
    narrow = f"translate({column}, {text(FULL_WIDTH + '，')}, {text(HALF_WIDTH + ',')})"
    return f"TRY_CAST(replace(regexp_replace(trim({narrow}), '(户|人|次|件|个)$', ''), ',', '') AS DOUBLE)"


def _shown(value: float) -> str:
    return f"{value:,.6f}".rstrip("0").rstrip(".")


def percentages(staging: Staging, found: Match, source: str) -> list[Said]:
    """Compare the printed value with numerator over denominator, where the sheet has all three. Metrics use the latter.

    Whether a value is a plain ratio, percent or out of 1 000 or 10 000 is decided for each indicator from its rows.
    """
    given = {*found.fields, *(answer.part for answer in found.answers)}
    if not {"numerator", "denominator", "value"} <= given or "indicator" not in found.dataset.by_name:
        return []
    frame = staging.con.execute(
        f"SELECT c.row, c.indicator, c.numerator / c.denominator AS ratio, c.value, s.r_value AS raw FROM checked c JOIN {source} s ON c.row = s.row "
        f"{'AND c.ord = s.ord' if found.wide else ''} WHERE c.denominator > 0 AND c.numerator IS NOT NULL AND c.value IS NOT NULL ORDER BY c.row").df()
    said: list[Said] = []
    heading = found.headings[found.fields["value"]] if "value" in found.fields else found.dataset.by_name["value"].headings[0]
    for _, rows in frame.groupby("indicator", sort=False, dropna=False):
        usable = rows[(rows.ratio != 0) & (rows.value / rows.ratio.replace(0, np.nan) > 0)]
        if usable.empty:
            continue
        size = float(np.log10(usable.value / usable.ratio).median())
        per = min(_PER, key=lambda p: abs(size - math.log10(p)))
        if abs(size - math.log10(per)) > 0.5:
            continue  # minutes, points: no ratio of the two
        for row in rows.itertuples():
            decimals = len(str(row.raw).rstrip("% ％").partition(".")[2])
            rebuilt = per * row.ratio
            if abs(rebuilt - row.value) > 0.5 * 10.0**-decimals * 1.0001 + 1e-9 * abs(rebuilt):
                said.append(("warning", "percent_off", {"row": int(row.row), "column": heading, "said": str(row.raw),
                                                        "rebuilt": _shown(round(rebuilt, max(2, decimals)))}))
    more = len(said) - _TOLD
    return [*said[:_TOLD], *([("warning", "percent_more", {"n": more})] if more > 0 else [])]
