"""From staged text to typed rows and problems, in SQL, in as few scans as the rules allow.

Counting: rows = accepted + refused + skipped. A long sheet counts its filled rows; a wide sheet counts answers and says
its sheet rows as ``records``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta

import pyarrow as pa

from sqm.datasets import Dataset
from sqm.ingest import apart, options, own_units, privacy, totals
from sqm.ingest.aliases import Unknown
from sqm.ingest.columns import AS_BLANK, NOT_APPLICABLE, SQL_TYPES, Plan, Planner
from sqm.ingest.headings import Match
from sqm.ingest.numerals import CAUTIONS
from sqm.ingest.references import References
from sqm.ingest.staging import Staging, is_one_of, name, plain_types, text

#: A file that is wrong throughout needs no million sentences.
MOST_PROBLEMS = 10_000
#: So many different words among scores are asked about.
_WORDS = 24
RECOMMEND, RECOMMEND_SCALE = "recommend", "0-10"
_SHOWN = 120


@dataclass
class Checked:
    """What became of a sheet. ``rows``: Arrow table of the contract's columns and ``source_row``, unique per key.

    ``notes``: what the sheet's own sums say. ``warnings``: codes under ``cli.warning.``.
    ``refused_keys``: Arrow table of the keys of refused rows, where asked for; ``keyless`` refused rows have none that
    could be read.
    """

    rows: pa.Table
    total: int
    refused: int
    skipped: int
    records: int | None = None
    records_refused: int | None = None
    problems: list[dict] = field(default_factory=list)
    problems_found: int = 0
    admitted: dict[str, list[str]] = field(default_factory=dict)
    refused_keys: pa.Table | None = None
    keyless: int = 0
    warnings: list[str] = field(default_factory=list)
    notes: list[totals.Said] = field(default_factory=list)
    unknown: list[Unknown] = field(default_factory=list)


def check(staging: Staging, sheet: pa.Table, found: Match, references: References, key: bytes, *,
          add_missing: tuple[str, ...] = (), sheet_name: str = "", refused_keys: bool = False,
          latest: date | None = None) -> Checked:
    """Check ``sheet`` as ``found`` reads it. ``key``: the secret of the phone hashes. Nothing is stored anywhere.
    ``refused_keys``: also tell which keys the refused rows have. ``latest``: the last day that a date may name.

    Raises FileRefused when the sheet as a whole cannot be checked (a reference dataset it needs is empty).
    """
    staging.stage(sheet, found, references)
    planner = Planner(staging, found.dataset, references, key, add_missing, found.orders, latest, options=found.options)
    run = _Wide(planner, found, sheet_name) if found.wide else _Long(planner, found, sheet_name)
    checked = run.result()
    checked.warnings, checked.unknown = planner.warnings, planner.unknown
    checked.notes += staging.told
    if found.wide and found.dataset.wide and found.dataset.wide.dated:
        across = sorted({answer.entry[:7] for answer in found.answers})
        checked.notes.append(("fact", "months_across", {"n": len(across), "first": across[0], "last": across[-1]}))
    for field_name, order, cell in planner.decided:
        checked.notes.append(("warning" if order in CAUTIONS else "fact", order, {"column": _heading(found, field_name), "value": cell}))
    checked.notes += run.questions()
    for field_name, cell in planner.unsaid:
        checked.notes.append(("question", "unit", {"column": _heading(found, field_name), "field": field_name, "value": cell}))
    checked.notes += totals.sums(staging, found) + totals.percentages(staging, found, "answers" if found.wide else "body")
    if refused_keys and checked.refused and found.dataset.key:
        checked.refused_keys, checked.keyless = run.refused_keys()
    return checked


def _heading(found: Match, field_name: str) -> str:
    """What stands over a field; where its cells are under many headings, what it is called."""
    return found.headings[found.fields[field_name]] if field_name in found.fields else found.dataset.by_name[field_name].headings[0]


class _Long:
    """A sheet whose rows are rows of the dataset."""

    def __init__(self, planner: Planner, found: Match, sheet_name: str) -> None:
        self.planner, self.staging, self.found, self.sheet_name = planner, planner.staging, found, sheet_name
        self.contract: Dataset = found.dataset
        self.con = self.staging.con
        self.problems: list[dict] = []
        self.problems_found = 0
        self.plans: list[Plan] = []

    def type_fields(self, source: str, target: str, fields: list[str], extra: list[str], *, absent: bool = True) -> None:
        """Table ``target``: ``extra`` columns of ``source``, typed columns, ``p_<field>`` with the rule broken or null."""
        present = [f for f in fields if f in self.raw_fields(source)]
        plans = self.planner.plans(source, present, [f for f in fields if f not in present] if absent else [])
        self.plans += plans
        inner, outer, joins = [f"{name(source)}.*"], list(map(name, extra)), []
        for plan in plans:
            f = plan.field
            for column, sql in plan.values.items():
                inner.append(f"{sql} AS {name('v_' + column)}")
                kind = SQL_TYPES[f.type] if column == f.name else "VARCHAR"
                value = f"{name('v_' + column)}::{kind}"
                outer.append(f"{value if plan.default.startswith('NULL') else f'coalesce({value}, {plan.default})'} "
                             f"AS {name(column)}")
            if plan.rule:
                inner.append(f"{plan.rule} AS {name('q_' + f.name)}")
            if plan.problem:
                outer.append(f"{plan.problem} AS {name('p_' + f.name)}")
            if plan.mapped:
                joins.append(f"LEFT JOIN {plan.map_table} ON {plan.map_table}.raw = {name(source)}.{name('r_' + f.name)}")
        self.con.execute(f"CREATE TABLE {target} AS SELECT {', '.join(outer)} FROM "
                         f"(SELECT {', '.join(inner)} FROM {name(source)} {' '.join(joins)} WHERE NOT skip) typed")

    def raw_fields(self, table: str) -> set[str]:
        return {row[1][2:] for row in self.con.execute(f"PRAGMA table_info({text(table)})").fetchall()
                if row[1].startswith("r_")}

    def problem_columns(self, table: str) -> list[str]:
        return [row[1] for row in self.con.execute(f"PRAGMA table_info({text(table)})").fetchall()
                if row[1].startswith("p_")]

    def result(self) -> Checked:
        total, skipped = self.staging.one("SELECT count(*), count(*) FILTER (skip) FROM body")
        self.type_fields("body", "typed", [f.name for f in self.contract.fields], ["row"])
        scale = f"{name('r_scale')} IS NULL" if "scale" in self.found.fields else "TRUE"
        points = name("r_" + self.contract.wide.value_field) if self.contract.wide else "NULL"
        if self.contract.wide and self.contract.wide.value_field not in self.found.fields:
            points = "NULL"
        said = "scale" in self.contract.by_name or bool(self.contract.wide and (self.contract.wide.not_applicable or own_units.field_of(self.contract)))
        source = ("(SELECT typed.*, 0 AS ord, " + f"{scale} AS unsaid, {points}::VARCHAR AS answer FROM typed "
                  "JOIN body USING (row)) s") if said else "(SELECT *, 0 AS ord FROM typed) s"
        self.con.execute(f"CREATE {'TABLE' if said else 'VIEW'} checked AS {self.row_rules(source)}")
        self.report("typed", "body", {f: self.found.headings[c] for f, c in self.found.fields.items()})
        self.report_rows({f: self.found.headings[c] for f, c in self.found.fields.items()})
        refused = self.staging.one(f"SELECT count(*) FROM checked WHERE {self.bad()}")[0]
        return self.finish(total, refused, skipped)

    def questions(self) -> list[totals.Said]:
        """What only the person can say of scores: agreement words among them, and numbers that may mean "not applicable"."""
        if "p__scale" not in self.problem_columns("checked"):
            return []
        asked: list[totals.Said] = []
        source = "answers" if self.found.wide else "body"
        asked += self.words(source)
        codes = ", ".join(map(str, options.CODES))
        found = self.con.execute(f"SELECT score::BIGINT, count(*) FROM checked WHERE p__scale IS NOT NULL AND score IN ({codes}) GROUP BY 1 ORDER BY 1").fetchall()
        if found:
            asked.append(("question", "not_applicable", {"values": ",".join(str(code) for code, _ in found), "n": sum(n for _, n in found)}))
        return asked

    def words(self, source: str) -> list[totals.Said]:
        """Agreement words among the scores: on which scale, and what the map of them says by now."""
        scale = options.scale_of(self.found.options)
        if not scale and not self.staging.one("SELECT 1 FROM typed WHERE p_score = 'not_a_number' LIMIT 1"):
            return []
        said = f"NOT regexp_matches(r_score, '[0-9#]') AND NOT {is_one_of('r_score', NOT_APPLICABLE + AS_BLANK)}"
        found = self.staging.column(f"SELECT trim(r_score) FROM {source} WHERE {said} GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT {_WORDS}")
        if not any(word.casefold() in options.WORDS for word in found) and not scale:
            return []
        found = [privacy.mask_text(word) for word in found]
        if not scale:
            return [("question", "words", {"words": ", ".join(found[:10]), "texts": found})]
        on = options.values_of(self.found.options, "score")
        read = ", ".join(f"{word} = {on[word.casefold()]}" for word in found if word.casefold() in on)
        return [("fact", "words_read", {"words": read, "texts": found})] if read else []

    def bad(self) -> str:
        """SQL: the row breaks a rule."""
        return " OR ".join(f"{name(c)} IS NOT NULL" for c in self.problem_columns("checked")) or "FALSE"

    def row_rules(self, source: str) -> str:
        """SELECT of ``source`` with the rules that look at several fields of a row (``p__scale``, ``p__points``).

        ``source`` has ``unsaid`` (no scale was given) and ``answer`` (raw text) where the contract has such rules.
        """
        fields, replaced, rules = self.contract.by_name, [], []
        outer = "*"
        if "scale" in fields and "score" in fields:
            replaced.append(f"CASE WHEN unsaid AND element = {text(RECOMMEND)} THEN {text(RECOMMEND_SCALE)} ELSE scale END AS scale")
            low, high = "split_part(scale, '-', 1)::DOUBLE", "split_part(scale, '-', 2)::DOUBLE"
            rules.append(f"CASE WHEN score NOT BETWEEN {low} AND {high} THEN 'outside_scale' END AS p__scale")
            if "expectation" in fields:
                rules.append(f"CASE WHEN expectation NOT BETWEEN {low} AND {high} THEN 'outside_scale' END AS p__expectation")
        wide = self.contract.wide
        if wide and wide.not_applicable:
            not_asked = is_one_of("answer", NOT_APPLICABLE)
            flag, value = name(wide.not_applicable), name(wide.value_field)
            replaced.append(f"CASE WHEN {not_asked} THEN FALSE ELSE {flag} END AS {flag}")
            said = name("p_" + wide.value_field)
            fine = f"AND {said} IS NULL" if "p_" + wide.value_field in self.problem_columns("typed") else ""
            rules.append(f"CASE WHEN {value} IS NULL AND {flag} {fine} THEN 'points_missing' END AS p__points")
        if wide and wide.dated and self.found.wide and self.planner.latest:
            rules.append(f"CASE WHEN {name(wide.name_field)}::DATE >= DATE '{self.planner.latest + timedelta(days=1)}' THEN 'in_future' END AS p__ahead")
        if own := own_units.as_percent(self.planner, source):
            replaced.append(own)
        if replaced:
            source = f"(SELECT * REPLACE ({', '.join(replaced)}) FROM {source}) r"
        return f"SELECT {', '.join([outer, *rules])} FROM {source}"

    def report(self, table: str, source: str, headings: dict[str, str]) -> None:
        """Collect the problems of single fields of ``table``, with the raw cells in ``source``."""
        broken = self.problem_columns(table)
        if not broken:
            return
        counts = self.staging.one("SELECT " + ", ".join(f"count({name(c)})" for c in broken) + f" FROM {name(table)}")
        for column, count in zip(broken, counts, strict=True):
            self.problems_found += count
            if not count:
                continue
            f = self.contract.by_name[column[2:]]
            plan = next(p for p in self.plans if p.field is f)
            near = f"{plan.map_table}.near" if plan.mapped and self.has_near(plan) else "NULL"
            join = f"LEFT JOIN {plan.map_table} ON {plan.map_table}.raw = s.{name('r_' + f.name)}" if near != "NULL" else ""
            ordinal = "s.ord" if "ord" in self.columns(source) else "0"
            both = "AND t.ord = s.ord" if ordinal != "0" else ""
            for row, cell, rule, hint, place in self.con.execute(
                    f"SELECT t.row, s.{name('r_' + f.name)}, t.{name(column)}, {near}, {ordinal} FROM {name(table)} t "
                    f"JOIN {name(source)} s ON t.row = s.row {both} {join} WHERE t.{name(column)} IS NOT NULL "
                    f"ORDER BY t.row LIMIT {MOST_PROBLEMS}").fetchall():
                params: dict[str, object] = {}
                if hint is not None or rule in ("unknown_value", "ambiguous_value", "not_allowed"):
                    params["near"] = hint or ""
                if rule == "unknown_value":
                    params["reference"] = f.refers_to
                if rule == "out_of_range":
                    params.update(low=_number(f.low, "-∞"), high=_number(f.high, "∞"))
                if rule == "in_future" and self.planner.latest:
                    params["today"] = (self.planner.latest - timedelta(days=1)).isoformat()
                self.add(row, self.heading(f.name, place, headings), cell, rule, params, f.personal or "", at=self.place(f.name, place))

    def has_near(self, plan: Plan) -> bool:
        return "near" in self.columns("m_" + plan.field.name)

    def columns(self, table: str) -> set[str]:
        return {row[1] for row in self.con.execute(f"PRAGMA table_info({text(table)})").fetchall()}

    def heading(self, field_name: str, place: int, headings: dict[str, str]) -> str:
        return headings.get(field_name, field_name)

    def row_problems(self) -> list[tuple[str, str]]:
        """The rules over several fields, each with the field it is reported at."""
        value = self.contract.wide.value_field if self.contract.wide else ""
        return [("p__scale", "score"), ("p__expectation", "expectation"), ("p__points", value), ("p__ahead", value)]

    def report_rows(self, headings: dict[str, str]) -> None:
        """Collect the problems of ``checked`` that concern several fields."""
        for column, shown in self.row_problems():
            if column not in self.problem_columns("checked"):
                continue
            count = self.staging.one(f"SELECT count({name(column)}) FROM checked")[0]
            self.problems_found += count
            scale = "scale" if "scale" in self.contract.by_name else "NULL"
            source = "answers" if self.found.wide else "body"
            raw = f"s.{name('r_' + shown)}" if f"r_{shown}" in self.columns(source) else "NULL"
            both = "AND c.ord = s.ord" if self.found.wide else ""
            for row, cell, rule, said, place in self.con.execute(
                    f"SELECT c.row, {raw}, c.{name(column)}, {'c.' + scale if scale != 'NULL' else scale}, c.ord FROM checked c "
                    f"JOIN {source} s ON c.row = s.row {both} WHERE c.{name(column)} IS NOT NULL "
                    f"ORDER BY c.row LIMIT {MOST_PROBLEMS}").fetchall() if count else ():
                params = {}
                if rule == "outside_scale":
                    low, _, high = said.partition("-")
                    params = {"low": low, "high": high, "scale": said}
                if rule == "in_future" and self.planner.latest:
                    cell, params = self.heading(shown, place, headings), {"today": (self.planner.latest - timedelta(days=1)).isoformat()}
                self.add(row, self.heading(shown, place, headings), cell, rule, params, at=self.place(shown, place))

    def place(self, field_name: str, ordinal: int) -> int:
        """The number of the column that a problem is in, -1 where it has none."""
        return self.found.fields.get(field_name, -1)

    def add(self, row: int, column: str, value: str | None, rule: str, params: dict | None = None, personal: str = "", at: int = -1) -> None:
        """One problem; personal values are masked here, whatever the rule. ``at``: the number of its column."""
        shown = value or ""
        if personal and shown:
            shown = privacy.mask_personal(shown, personal)[0]
        shown = privacy.mask_text(shown)
        if len(shown) > _SHOWN:
            shown = shown[:_SHOWN] + "…"
        params = {k: privacy.mask_text(v) if isinstance(v, str) else v for k, v in (params or {}).items()}
        self.problems.append({"sheet": self.sheet_name, "row": row, "column": column, "value": shown, "rule": rule,
                              "params": params, "at": at})

    def finish(self, total: int, refused: int, skipped: int) -> Checked:
        """Settle duplicates of a key, then take the accepted rows out as Arrow."""
        self.con.execute(f"CREATE VIEW fine AS SELECT * FROM checked WHERE NOT coalesce({self.bad()}, FALSE)")
        again, conflicting = self.duplicates()
        columns = []
        for f in self.contract.fields:
            for column in f.columns:
                columns.append(f"{name(column)}::{SQL_TYPES[f.type] if column == f.name else 'VARCHAR'} AS {name(column)}")
        left_out = "WHERE (row, ord) NOT IN (SELECT (row, ord) FROM doubled WHERE out)" if again or conflicting else ""
        rows = self.con.execute(f"SELECT {', '.join(columns)}, row AS source_row FROM fine {left_out}").to_arrow_table()
        self.problems.sort(key=lambda problem: problem["row"])
        admitted = {p.field.name: [v for v in dict.fromkeys(rows[p.field.name].unique().to_pylist()) if v in p.admitted]
                    for p in self.plans if p.admitted}
        return Checked(plain_types(rows), total, refused + conflicting, skipped + again,
                       problems=self.problems[:MOST_PROBLEMS], problems_found=self.problems_found, admitted=admitted)

    def refused_keys(self) -> tuple[pa.Table, int]:
        """The distinct keys of refused rows, and how many refused rows have no readable one."""
        keys = [f for f in self.contract.fields if f.name in self.contract.key]
        broken = self.problem_columns("checked")
        readable = " AND ".join([f"{name(f.name)} IS NOT NULL" for f in keys]
                                + [f"{name('p_' + f.name)} IS NULL" for f in keys if f"p_{f.name}" in broken])
        columns = ", ".join(f"{name(f.name)}::{SQL_TYPES[f.type]} AS {name(f.name)}" for f in keys)
        refused = f"SELECT {columns} FROM checked WHERE ({self.bad()}) AND {readable}"
        if "doubled" in {row[0] for row in self.con.execute("SHOW TABLES").fetchall()}:
            refused += f" UNION SELECT {columns} FROM fine WHERE (row, ord) IN (SELECT (row, ord) FROM doubled WHERE differing)"
        found = self.con.execute(f"SELECT DISTINCT * FROM ({refused}) refused").to_arrow_table()
        keyless = self.staging.one(f"SELECT count(*) FROM checked WHERE ({self.bad()}) AND NOT ({readable})")[0]
        return plain_types(found), keyless

    def duplicates(self) -> tuple[int, int]:
        """Of rows with the same key, equal ones leave one (the others are skipped), differing ones are all refused.

        Table ``doubled`` marks what is left out. Returns how many are skipped and how many refused.
        """
        if not self.contract.key:
            return 0, 0
        keys = ", ".join(map(name, self.contract.key))
        if not self.staging.one(f"SELECT 1 FROM fine GROUP BY {keys} HAVING count(*) > 1 LIMIT 1"):
            return 0, 0
        content = ", ".join(map(name, self.contract.columns))
        shown = ", ' / ', ".join(f"{name(k)}::VARCHAR" for k in self.contract.key)
        self.con.execute(
            f"""CREATE TABLE doubled AS
            WITH keys AS (SELECT {keys}, min(row) AS first, max(row) AS last, min((row, ord)) AS kept,
                                 count(DISTINCT hash({content})) > 1 AS differing
                          FROM fine GROUP BY {keys} HAVING count(*) > 1)
            SELECT f.row, f.ord, k.differing, k.first, k.last, concat({shown}) AS shown,
                   k.differing OR (f.row, f.ord) <> k.kept AS out
            FROM fine f JOIN keys k USING ({keys})""")
        again, conflicting = self.staging.one(
            "SELECT count(*) FILTER (out AND NOT differing), count(*) FILTER (differing) FROM doubled")
        self.problems_found += conflicting
        columns = [self.found.headings[self.found.fields[k]] if k in self.found.fields else k for k in self.contract.key]
        at = next((self.found.fields[k] for k in self.contract.key if k in self.found.fields), -1)
        for row, first, last, value in self.con.execute(
                f"SELECT row, first, last, shown FROM doubled WHERE differing ORDER BY row LIMIT {MOST_PROBLEMS}").fetchall():
            self.add(row, " / ".join(columns), value, "conflicting_rows", {"other": last if row == first else first}, at=at)
        return again, conflicting


class _Wide(_Long):
    """A sheet with one row per record and one column per answer: checked per record, then per answer."""

    def result(self) -> Checked:
        wide = self.contract.wide
        assert wide is not None
        records, skipped = self.staging.one("SELECT count(*) FILTER (NOT skip), count(*) FILTER (skip) FROM body")
        parts = [wide.value_field, *wide.companions]
        of_answers = {wide.name_field, wide.item_field, *parts} - {""}
        self.type_fields("body", "records", [f.name for f in self.contract.fields if f.name not in of_answers], ["row"])
        apart.told(self.staging, self.found)
        headings = {f: self.found.headings[c] for f, c in self.found.fields.items()}
        self.report("records", "body", headings)
        self.unpivot()
        self.type_fields("answers", "typed", [p for p in parts if p in self.contract.by_name], ["row", "ord"])
        self.report("typed", "answers", {})
        broken = " OR ".join(f"{name(c)} IS NOT NULL" for c in self.problem_columns("records")) or "FALSE"
        records_refused = self.staging.one(f"SELECT count(*) FILTER ({broken}) FROM records")[0]
        item = f"a.item AS {name(wide.item_field)}, " if wide.item_field else ""
        own = ("CASE WHEN a.scale <> '' THEN a.scale ELSE r.scale END AS scale, a.scale = '' AS unsaid, "
               if "scale" in self.contract.by_name else "")
        drop = f"EXCLUDE ({', '.join(['row', *(['scale'] if own else [])])})"
        source = (f"(SELECT a.row, a.ord, a.entry AS {name(wide.name_field)}, {item}{own}a.{name('r_' + wide.value_field)} "
                  f"AS answer, t.* EXCLUDE (row, ord), r.* {drop} FROM answers a JOIN typed t ON a.row = t.row AND "
                  "a.ord = t.ord JOIN records r ON a.row = r.row) s")
        self.con.execute(f"CREATE TABLE checked AS {self.row_rules(source)}")
        self.report_rows({})
        answers, refused = self.staging.one(f"SELECT count(*), count(*) FILTER ({self.bad()}) FROM checked")
        done = self.finish(answers + skipped, refused, skipped)
        done.records, done.records_refused = records, records_refused
        return done

    def heading(self, field_name: str, place: int, headings: dict[str, str]) -> str:
        if field_name in headings:
            return headings[field_name]
        ordered = self.entries()
        if place < len(ordered):
            columns = ordered[place][2]
            column = columns.get(field_name, next(iter(columns.values())))
            return self.found.headings[self.found.answers[column].column]
        return field_name

    def place(self, field_name: str, ordinal: int) -> int:
        ordered = self.entries()
        if field_name in self.found.fields or ordinal >= len(ordered):
            return self.found.fields.get(field_name, -1)
        columns = ordered[ordinal][2]
        return self.found.answers[columns.get(field_name, next(iter(columns.values())))].column

    def entries(self) -> list[tuple[str, str, dict[str, int], str]]:
        """``(entry, item, {part: number of the answer column}, scale)`` of each question, in sheet order."""
        grouped: dict[tuple[str, str], tuple[dict[str, int], list[str]]] = {}
        for number, answer in enumerate(self.found.answers):
            columns, scales = grouped.setdefault((answer.entry, answer.item), ({}, []))
            columns[answer.part] = number
            scales.append(answer.scale)
        return [(entry, item, columns, max(scales)) for (entry, item), (columns, scales) in grouped.items()]

    def unpivot(self) -> None:
        """Table ``answers``: one row per question that was answered, with the raw cells ``r_<part>``.

        A blank cell, or a dash or 不适用 where the contract does not keep apart what is not applicable, is a question that was not asked.
        """
        wide = self.contract.wide
        assert wide is not None
        parts = [p for p in (wide.value_field, *wide.companions) if p in self.contract.by_name]
        selects = []

        blank = (*NOT_APPLICABLE, *AS_BLANK, *options.blanks_of(self.found.options, wide.value_field))

        def cell(number: int) -> str:
            return f"a{number}" if wide.not_applicable else f"CASE WHEN NOT {is_one_of(f'a{number}', blank)} THEN a{number} END"

        for place, (entry, item, columns, scale) in enumerate(self.entries()):
            cells = [f"{cell(columns[p])} AS {name('r_' + p)}" if p in columns else f"NULL::VARCHAR AS {name('r_' + p)}" for p in parts]
            asked = " OR ".join(f"{cell(number)} IS NOT NULL" for number in columns.values())
            selects.append(f"SELECT row, {place} AS ord, {text(entry)} AS entry, {text(item)} AS item, {text(scale)} AS scale, "
                           f"FALSE AS skip, {', '.join(cells)} FROM body WHERE NOT skip AND ({asked})")
        self.con.execute(f"CREATE TABLE answers AS {' UNION ALL '.join(selects)}")


def _number(value: float | None, missing: str) -> str:
    return missing if value is None else f"{value:g}"
