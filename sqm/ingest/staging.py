"""An embedded DuckDB in which one sheet is checked, whatever database the warehouse is. It lives as long as one load."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

from sqm.ingest import aliases, options, privacy
from sqm.ingest.headings import Match
from sqm.ingest.references import Lookup, References

#: Rows that sum up others. Compared without spaces, in lower case.
TOTAL_WORDS = ("合计", "总计", "小计", "共计", "汇总", "总和", "平均", "平均值", "均值", "全省", "全区", "全市", "全省合计", "全省平均", "全省汇总",
               "total", "totals", "subtotal", "grandtotal", "sum", "average", "mean", "overalltotal")
_SUBTOTAL = re.compile(r"(小计|合计|总计|sub-?total)[:：]?$")
_NOTES = r"(注|备注|说明|制表|填表|审核|数据来源|来源|note|source|remark)s?[:：]?.*"
#: So many different pairs of a name and what stands beside it are looked at.
_PAIRS = 5000
ERROR_CELLS = ("#DIV/0!", "#N/A", "#NAME?", "#NULL!", "#NUM!", "#REF!", "#VALUE!", "#ERROR", "#GETTING_DATA", "#SPILL!")


def text(value: str) -> str:
    """A SQL literal."""
    return "'" + value.replace("'", "''") + "'"


def name(value: str) -> str:
    """A SQL identifier."""
    return '"' + value.replace('"', '""') + '"'


def is_one_of(column: str, words: tuple[str, ...]) -> str:
    """SQL: the whole text is one of ``words``, in any case. A pattern, because IN with a list becomes a slow join."""
    return f"coalesce(regexp_full_match({column}, {text('(?i)' + '|'.join(map(re.escape, words)))}), FALSE)"


class Staging:
    """The connection, its maps (distinct texts to values), and what its columns hold."""

    def __init__(self) -> None:
        self.con = duckdb.connect(":memory:")
        self.con.execute(f"SET memory_limit = '{os.environ.get('SQM_STAGING_MEMORY_MB', '4096')}MB'")
        # The engine cannot see how many rows Arrow holds, and would build its hash tables on the sheet instead of the maps.
        self.con.execute("SET disabled_optimizers = 'join_order,build_side_probe_side'")
        self.con.execute("SET autoinstall_known_extensions = false")
        self.con.execute("SET autoload_known_extensions = false")
        #: What rows told of names that several entries have, as notes.
        self.told: list[tuple[str, str, dict]] = []

    def spill(self, folder: Path) -> Staging:
        """What does not fit into memory goes to a new folder in ``folder``."""
        self.con.execute(f"SET temp_directory = {text(str(folder / 'spill'))}")
        return self

    def close(self) -> None:
        self.con.close()

    def one(self, sql: str) -> tuple:
        """The first row."""
        found = self.con.execute(sql).fetchone()
        return found if found is not None else ()

    def column(self, sql: str) -> list:
        """The first column as a list."""
        return self.con.execute(sql).to_arrow_table().column(0).to_pylist()

    def keep(self, table: str, columns: dict[str, pa.Array]) -> None:
        """Let statements see ``columns`` as a table."""
        self.con.register(table, pa.table(columns))

    def any(self, table: str, tests: Mapping[Any, str]) -> dict[Any, bool]:
        """Which of the ``tests`` some row passes; one look at the table for all of them."""
        if not tests:
            return {}
        found = self.one(f"SELECT {', '.join(f'coalesce(bool_or({test}), FALSE)' for test in tests.values())} FROM {name(table)}")
        return dict(zip(tests, found, strict=True))

    def distinct(self, table: str, columns: Mapping[str, str]) -> dict[str, list[str]]:
        """The distinct texts of each column (by what it is to be called), blanks left out; one statement for all of them."""
        found: dict[str, list[str]] = {called: [] for called in columns}
        if columns:
            parts = [f"SELECT {place} AS place, {column} AS raw FROM {name(table)} WHERE {column} IS NOT NULL GROUP BY {column}"
                     for place, column in enumerate(columns.values())]
            rows = self.con.execute(" UNION ALL ".join(parts)).to_arrow_table()
            called = list(columns)
            for place, raw in zip(rows["place"].to_pylist(), rows["raw"].to_pylist(), strict=True):
                found[called[place]].append(raw)
        return found

    def stage(self, sheet: pa.Table, found: Match, references: References) -> None:
        """View ``body``: one row per filled sheet row under the headings, as ``row``, ``skip`` and text (null when blank):
        ``r_<field>``, and ``a0, a1, …`` for the answers of a wide sheet. The cells stay where they are, in Arrow.
        """
        sheet = sheet.slice(int(np.searchsorted(sheet["row"].to_numpy(), found.first + found.row + found.rows, side="right")))
        self.con.register("sheet", sheet)
        columns = [c for c in sheet.column_names if c != "row" and sheet[c].null_count < sheet.num_rows]
        apart = self._apart(found, references)
        raws = [f"{apart.get(field, f'c{column}')} AS {name('r_' + field)}" for field, column in found.fields.items()]
        raws += [f"c{answer.column} AS a{number}" for number, answer in enumerate(found.answers)]
        filled = f"list_count([{', '.join(columns) or 'NULL'}])"
        any_cell = f"coalesce({', '.join([*columns, 'NULL::VARCHAR'])})"
        # A column without a gap says that no row is blank; then each look at a column reads that column alone.
        whole = any(sheet[c].null_count == 0 for c in columns)
        below = "TRUE" if whole else f"{any_cell} IS NOT NULL"
        self.con.execute(f"""CREATE TABLE skipped AS
            WITH named AS (SELECT {', '.join([*raws, any_cell])} AS first_cell, * FROM sheet WHERE {below})
            SELECT row, first_cell FROM named WHERE {_skipped(found, references, filled)}""")
        skip = "row IN (SELECT row FROM skipped)" if self.one("SELECT 1 FROM skipped LIMIT 1") else "FALSE"
        self.con.execute(f"CREATE VIEW body AS SELECT row, {', '.join(raws)}, {skip} AS skip FROM sheet WHERE {below}")


    def _apart(self, found: Match, references: References) -> dict[str, str]:
        """SQL of the columns in which the rows themselves tell entries of one name apart."""
        columns: dict[str, str] = {}
        for field, (column, by) in aliases.told_by(found).items():
            lookup = references[found.dataset.by_name[field].refers_to or ""]
            pairs = self.con.execute(f"SELECT DISTINCT c{column}, c{by} FROM sheet WHERE c{column} IS NOT NULL AND c{by} IS NOT NULL LIMIT {_PAIRS}").fetchall()
            read = aliases.told_apart(pairs, lookup, references)
            if read:
                whens = " ".join(f"WHEN c{column} = {text(cell)} AND c{by} = {text(beside)} THEN {text(key)}" for (cell, beside), key in read.items())
                columns[field] = f"CASE {whens} ELSE c{column} END"
                shown = [f"{cell} → {key}" for (cell, _), key in sorted(read.items())]
                self.told.append(("fact", "told_apart", {"column": found.headings[column], "by": found.headings[by],
                                                         "pairs": privacy.mask_text(", ".join(dict.fromkeys(shown[:5])))}))
        return columns


def _skipped(found: Match, references: References, filled: str) -> str:
    """SQL: the row is a total, a note under the table, or the headings once more. ``filled``: SQL of its filled cells."""
    contract = found.dataset
    required = [name("r_" + f.name) for f in contract.fields if f.required and f.name in found.fields]
    blank = [f"{r} IS NULL" for r in required]
    tests = []
    if required:
        tests.append(f"({_subtotal('first_cell')} AND ({' OR '.join(blank)}))")
        tests.append(f"({_total('first_cell')} AND ({' OR '.join([*blank, *map(_total, required)])}))")
        note = f"({' OR '.join(blank)}) AND regexp_full_match(lower(first_cell), {text(_NOTES)})"
        tests.append(f"CASE WHEN {note} THEN {filled} <= 2 ELSE FALSE END")
    for field in found.fields:
        target = contract.by_name[field].refers_to
        if target:
            unknown = tuple(word for word in TOTAL_WORDS if not references[target].find(word))
            tests.append(_total(name("r_" + field), unknown))
            tests.append(_subtotal(name("r_" + field), references[target]))
    if contract.wide and contract.wide.value_field in found.fields and (blank_codes := options.blanks_of(found.options, contract.wide.value_field)):
        tests.append(is_one_of(name("r_" + contract.wide.value_field), blank_codes))
    if len(required) > 1:
        again = [f"{name('r_' + field)} = {text(found.lowest[column] or found.headings[column])}" for field, column in found.fields.items()
                 if contract.by_name[field].required]
        tests.append(f"({' AND '.join(again)})")
    return " OR ".join(tests) or "FALSE"


def _total(column: str, words: tuple[str, ...] = TOTAL_WORDS) -> str:
    spaces = r"[\s\x{3000}]*"
    spaced = "|".join(spaces.join(word) for word in words)
    pattern = f"(?i)({spaced})[:：]?{spaces}"
    return f"regexp_full_match({column}, {text(pattern)})"


def _subtotal(column: str, lookup: Lookup | None = None) -> str:
    """SQL: 苏州 小计, unless ``lookup`` knows an entry of that name."""
    known = tuple(word for word in lookup.spellings if _SUBTOTAL.search(word)) if lookup else ()
    return (f"(regexp_full_match({column}, {text('(?i).{1,30}' + _SUBTOTAL.pattern)})"
            f"{f' AND NOT {is_one_of(column, known)}' if known else ''})")


def plain_types(rows: pa.Table) -> pa.Table:
    """``string`` and ``timestamp[us]`` whatever flavour the engine hands out."""
    target = []
    for column in rows.schema:
        kind = column.type
        if pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
            kind = pa.string()
        elif pa.types.is_timestamp(kind):
            kind = pa.timestamp("us")
        target.append(pa.field(column.name, kind))
    return rows.cast(pa.schema(target))
