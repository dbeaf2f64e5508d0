"""One field, one plan: the SQL that turns trimmed text into the stored value, and the SQL that says what is wrong."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, field
from datetime import date, timedelta

import pyarrow as pa

from sqm.datasets import YES_NO, Dataset, Field
from sqm.errors import WrongCall
from sqm.ingest import aliases, dates, numerals, options, privacy
from sqm.ingest.references import Lookup, References, normal
from sqm.ingest.sheets import UNSAVED
from sqm.ingest.staging import ERROR_CELLS, Staging, is_one_of, name, text

_SIGNS_WIDE, _SIGNS_NARROW = "．，－＋％：／　", ".,-+%:/ "
_WIDE = r"[\x{ff01}-\x{ff5e}\x{3000}]"
_NUMBER = r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?"
_GROUPED = r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?%?"
_UNITS = "(分钟|小时|分|元|户|人|次|件|个|天|岁)$"
_ISO = r"\d{4}-\d{1,2}-\d{1,2}([ T]\d{1,2}:\d{1,2}(:\d{1,2}(\.\d{1,9})?)?)?"
_TO_ISO = r"^(\d{4})\s*[年/.]\s*(\d{1,2})\s*[月/.]\s*(\d{1,2})\s*[日号]?\s*(.*)$"
_AS_ISO = r"\1-\2-\3 \4"
NOT_APPLICABLE = ("不适用", "不涉及", "无此项", "n/a", "na", "—", "——", "-", "--", "/")
AS_BLANK = ("-", "--", "—", "——", "/", "n/a", "na", "null", "none", "nil")
_NEAR_LOOKED_UP = 200
#: Nobody answers more questions about the spellings of a file.
_ASKED = 100


@dataclass
class Plan:
    """How ``field`` is checked, in two layers of SQL.

    ``values`` (stored column to SQL) and ``rule`` read the raw text ``r_<field>`` and, when ``mapped``, the table
    ``m_<field>`` joined on it; they become ``v_<column>`` and ``q_<field>``. ``problem`` reads these and names the rule
    that is broken, or null. ``default`` is stored where the value is null and nothing is wrong.
    """

    field: Field
    values: dict[str, str]
    rule: str = ""
    problem: str = ""
    default: str = "NULL"
    mapped: bool = False
    admitted: set[str] = field(default_factory=set)  # type: ignore[operator]

    @property
    def map_table(self) -> str:
        return name("m_" + self.field.name)


@dataclass
class Planner:
    """Makes the plans for one table of raw columns. ``latest``: the last day that a date may name, if there is one."""

    staging: Staging
    contract: Dataset
    references: References
    key: bytes
    add_missing: tuple[str, ...] = ()
    orders: dict[str, str] = field(default_factory=dict)
    latest: date | None = None
    warnings: list[str] = field(default_factory=list)
    options: dict[str, str] = field(default_factory=dict)
    decided: list[tuple[str, str, str]] = field(default_factory=list)
    unknown: list[aliases.Unknown] = field(default_factory=list)
    #: Fields whose unit only the person knows, with an example.
    unsaid: list[tuple[str, str]] = field(default_factory=list)
    #: Of the table that is planned: which columns show which sign, and the distinct texts of those that are looked up.
    seen: dict[tuple[str, str], bool] = field(default_factory=dict)
    texts: dict[str, list[str]] = field(default_factory=dict)

    def plans(self, table: str, present: list[str], absent: list[str]) -> list[Plan]:
        """Plans for the fields that have a raw column in ``table`` and for those that have none."""
        fields = [self.contract.by_name[field] for field in present]
        self.seen = self.staging.any(table, {(f.name, sign): test for f in fields for sign, test in _signs(f).items()})
        self.texts = self.staging.distinct(table, {f.name: name("r_" + f.name) for f in fields if _kind(f) == "words"})
        return [self._plan(f, table) for f in fields] + [self.absent(self.contract.by_name[field]) for field in absent]

    def absent(self, f: Field) -> Plan:
        """A field without a column takes its default everywhere, or is put together from others."""
        if f.derive:
            joined = ", ".join(f"strftime({name('v_' + part)}, '%Y-%m-%d')" if self.contract.by_name[part].type == "date"
                               else name("v_" + part) for part in f.derive)
            return Plan(f, dict.fromkeys(f.columns, f"NULL::{SQL_TYPES[f.type]}"), default=f"concat_ws(' ', {joined})")
        return Plan(f, dict.fromkeys(f.columns, f"NULL::{SQL_TYPES[f.type]}"), default=self._default(f))

    def _default(self, f: Field) -> str:
        """Agreement words bring their scale along."""
        scale = options.scale_of(self.options)
        return f"{text(scale)}::VARCHAR" if scale and f.name == "scale" else default_of(self.contract, f)

    def _agreement(self, f: Field) -> dict[str, str]:
        wide = self.contract.wide
        return options.values_of(self.options, wide.value_field) if wide and f.name in (wide.value_field, *wide.companions) else {}

    def _plan(self, f: Field, table: str) -> Plan:
        raw = name("r_" + f.name)
        make = {"personal": self._personal, "date": self._date, "number": self._number, "words": self._words, "text": self._text}
        made = make[_kind(f)](f, table, raw)
        errors = any(cell.startswith("#") for cell in self.texts[f.name]) if f.name in self.texts else self.seen[f.name, "error"]
        made.default = self._default(f)
        rules = [f"WHEN {is_one_of(raw, ERROR_CELLS)} THEN 'error_cell'", f"WHEN {raw} = {text(UNSAVED)} THEN 'formula_unsaved'"] if errors else []
        if f.required:
            rules.insert(0, f"WHEN {raw} IS NULL THEN 'required'")
        if made.problem:
            rules.append(f"WHEN {raw} IS NOT NULL THEN {made.problem}")
        made.problem = f"CASE {' '.join(rules)} END" if rules else ""
        return made

    def _distinct(self, table: str, raw: str, where: str = "TRUE") -> list[str]:
        return self.staging.column(f"SELECT DISTINCT {raw} FROM {name(table)} WHERE {raw} IS NOT NULL AND ({where})")

    def _words(self, f: Field, table: str, raw: str) -> Plan:
        """Few distinct texts: each is looked up once, in the contract's words, then in the reference dataset."""
        words = {normal(word): value for word, value in ({**YES_NO, **f.words} if f.type == "flag" else f.words).items()}
        for stored in (*f.one_of, *f.also):
            words.setdefault(normal(stored), stored)
        texts = self.texts[f.name]
        lookup: Lookup | None = self.references[f.refers_to] if f.refers_to else None
        admitting = f.name in self.add_missing
        if lookup is not None and lookup.empty and not admitting and any(normal(t) not in words for t in texts):
            self.references.needed(f.refers_to or "", f.name)
        spelled: dict[str, str] = {}
        means = self._means(f, lookup)
        new = {word for word, entry in options.means_of(self.options, f.name).items() if entry == options.NEW}
        values: list[str | None] = []
        rules, near, looked_up = [], [], 0
        asked: list[aliases.Unknown] = []
        zeros = numerals.with_zeros(lookup) if lookup is not None and any(cell.isdigit() and not lookup.find(cell) for cell in texts) else {}
        for cell in texts:
            value: str | None = words.get(normal(cell))
            rule, hint = "", ""
            if value is None and lookup is not None:
                found = [means[normal(cell)]] if normal(cell) in means else sorted(lookup.find(cell))
                if not found and len(zeros.get(cell.lstrip("0"), ())) == 1 and not admitting:
                    found = list(zeros[cell.lstrip("0")])
                    self.decide(f, "zeros_restored", f"{cell} → {found[0]}")
                one = None
                asking = len(self.unknown) + len(asked) < _ASKED
                if len(found) != 1 and (asking or admitting) and normal(cell) not in new:
                    one = aliases.unknown(f.name, cell, lookup, self.references, likeness=asking)
                    asked += [one] if one and asking else []
                if len(found) == 1:
                    value = found[0]
                elif found:
                    rule, hint = "ambiguous_value", " / ".join(found)
                elif admitting and not (one and one.taken):
                    value = spelled.setdefault(lookup.bare(normal(cell)), _as_entry(cell, lookup))
                else:
                    looked_up += 1
                    rule, hint = "unknown_value", lookup.near(cell) if looked_up <= _NEAR_LOOKED_UP else ""
            elif value is None and (f.one_of or f.type == "flag"):
                rule = "not_allowed"
                hint = ", ".join(f.one_of or ("是", "否", "yes", "no"))
            elif value is None:
                value = privacy.mask_text(_half(cell))
            values.append(value if not rule else None)
            rules.append(rule or None)
            near.append(hint or None)
        if asked:  # a total row has words where others have cities: nobody need say what 30份 means
            words_there = ", ".join(text(one.value) for one in asked)
            there = set(self._distinct(table, raw, f"NOT skip AND {raw} IN ({words_there})"))
            self.unknown += [one for one in asked if one.value in there]
        self.staging.keep(f"m_{f.name}", {
            "raw": pa.array(texts, pa.string()), "value": pa.array(values, pa.string()),
            "rule": pa.array(rules, pa.string()), "near": pa.array(near, pa.string())})
        value = "m_.value::BOOLEAN" if f.type == "flag" else "m_.value"
        return Plan(f, {f.name: _mapped(f, value)}, rule=_mapped(f, "m_.rule"), problem=name(f"q_{f.name}"), mapped=True,
                    admitted=set(spelled.values()))

    def _means(self, f: Field, lookup: Lookup | None) -> dict[str, str]:
        """What was said of spellings in this file, as keys. Raises WrongCall ``map_means_entry``."""
        if lookup is None or lookup.empty:
            return {}
        said = {}
        for word, entry in options.means_of(self.options, f.name).items():
            if entry == options.NEW:
                continue
            found = lookup.find(entry)
            if len(found) != 1:
                raise WrongCall("map_means_entry", entry=entry, word=word, near=lookup.near(entry))
            said[word] = next(iter(found))
        return said

    def decide(self, f: Field, what: str, example: str) -> None:
        """Something that was decided about a column, said once with its first example."""
        if (f.name, what) not in {(field, code) for field, code, _ in self.decided}:
            self.decided.append((f.name, what, example))

    def _text(self, f: Field, table: str, raw: str) -> Plan:
        clean = raw
        if self.seen.get((f.name, "cut")):
            cut, whole = f"regexp_full_match({raw}, {text(numerals.CUT_ID)})", f"regexp_full_match({raw}, '[0-9]{{16,}}')"
            many, all_long, example = self.staging.one(f"SELECT count(*) FILTER ({cut}), count(*) FILTER ({cut} OR {whole}), min({raw}) FILTER ({cut}) FROM {name(table)}")
            if 2 * many > all_long:  # one id in ten may end so by itself
                self.decide(f, "ids_cut", privacy.mask_text(example))
        if self.seen.get((f.name, "wide")):
            clean = f"translate({raw}, {text(privacy.FULL_WIDTH)}, {text(privacy.HALF_WIDTH)})"
        if not self.seen.get((f.name, "personal"), True):
            return Plan(f, {f.name: clean})
        map_table, suspicious = name(f"m_{f.name}"), text(privacy.SUSPICIOUS)
        phone, hidden = map(text, privacy.PLAIN_PHONE)
        # Most are plain phones, which SQL masks; a key gets a piece of its hash as well.
        masked = raw if f.name in self.contract.key else f"regexp_replace({raw}, {phone}, {hidden}, 'g')"
        self.staging.con.execute(f"CREATE OR REPLACE TABLE {map_table} AS SELECT DISTINCT {raw} AS raw, {masked} AS value FROM {name(table)} WHERE {_suspicious(raw)}")
        rest = self.staging.column(f"SELECT raw FROM {map_table} WHERE value = raw OR regexp_matches(value, {suspicious})")
        if rest:
            read = [privacy.mask_id(cell, self.key) if f.name in self.contract.key else privacy.mask_text(cell) for cell in rest]
            self.staging.keep("again", {"raw": pa.array(rest, pa.string()), "value": pa.array(read, pa.string())})
            self.staging.con.execute(f"DELETE FROM {map_table} WHERE raw IN (SELECT raw FROM again)")
            self.staging.con.execute(f"INSERT INTO {map_table} FROM again WHERE value <> raw")
        if not self.staging.one(f"SELECT count(*) FROM {map_table}")[0]:
            return Plan(f, {f.name: clean})
        return Plan(f, {f.name: f"coalesce({_mapped(f, 'm_.value')}, {clean})"}, mapped=True)

    def _personal(self, f: Field, table: str, raw: str) -> Plan:
        """Plain phone numbers are masked and hashed by SQL, a million a second; every other spelling by privacy.py."""
        simple = _simple(f)
        texts = self._distinct(table, raw, f"NOT {simple}") if self.seen[f.name, "other"] else []
        sealed, problem = False, ""
        if texts:
            read = [self._read_personal(cell, f.personal or "") for cell in texts]
            masked, plain, known, rules = zip(*read, strict=True)
            sealed, problem = any(known), name(f"q_{f.name}") if any(rules) else ""
            columns = {"raw": texts, "masked": masked, "plain": plain, "known": known, "rule": rules}
            self.staging.keep(f"m_{f.name}", {called: pa.array(values, pa.string()) for called, values in columns.items()})
        inner, outer = privacy.pads(self.key)
        self.staging.con.execute("SET VARIABLE inner_pad = unhex(?)", [inner.hex()])
        self.staging.con.execute("SET VARIABLE outer_pad = unhex(?)", [outer.hex()])
        shown, number = f"substr({raw}, 1, 3) || '****' || substr({raw}, 8, 4)", raw
        if texts:
            number = f"CASE WHEN {simple} THEN {raw} ELSE {_mapped(f, 'm_.plain')} END"
            shown = f"CASE WHEN {simple} THEN {shown} ELSE {_mapped(f, 'm_.masked')} END"
        hashed = f"sha256(getvariable('outer_pad') || unhex(sha256(getvariable('inner_pad') || encode({number}))))"
        if sealed:
            hashed = f"coalesce({_mapped(f, 'm_.known')}, {hashed})"
        return Plan(f, {f.name: shown, f"{f.name}_key": f"CASE WHEN {raw} IS NOT NULL THEN {hashed} END"}, rule=_mapped(f, "m_.rule") if problem else "",
                    problem=problem, mapped=bool(texts))

    def _read_personal(self, cell: str, kind: str) -> tuple[str | None, str | None, str | None, str | None]:
        """Masked form, what to hash, the hash itself where the cell carries it, and the rule that is broken."""
        if "⟦" in cell:
            with contextlib.suppress(ValueError):
                found = privacy.unseal(cell, self.key)
                return (found[0], None, found[1], None) if found else (None, None, None, "bad_seal")
        if kind == "phone":
            cell, lost = numerals.digits_of(cell)
            if lost:
                return None, None, None, "digits_lost"
        # "None" is nobody's number: hashed, it would look like one customer who complains all the time.
        return (None, None, None, None) if normal(cell) in privacy.NOBODY else (*privacy.mask_personal(cell, kind), None, None)

    def _number(self, f: Field, table: str, raw: str) -> Plan:
        full_width = self.seen[f.name, "wide"]
        wide, narrow = privacy.FULL_WIDTH + _SIGNS_WIDE, privacy.HALF_WIDTH + _SIGNS_NARROW
        plain = f"translate({raw}, {text(wide)}, {text(narrow)})" if full_width else raw
        plain = f"trim(regexp_replace({plain}, {text(_UNITS)}, ''))"
        grouped = f"CASE WHEN regexp_full_match({plain}, {text(_GROUPED)}) THEN replace({plain}, ',', '') ELSE {plain} END"
        whole = f"TRY_CAST({grouped} AS DOUBLE)"
        in_percent = f.percent == "fraction" and f.high == 1 and self._in_percent(table, f"({whole})")
        unit = self._unit(f, table, f"({whole})", raw)
        per = " / 100" if in_percent else " * 100" if unit == "share" else ""
        percent = f"TRY_CAST(trim(rtrim({grouped}, '%')) AS DOUBLE)"
        read = f"CASE WHEN regexp_full_match({raw}, {text(_NUMBER)}) THEN TRY_CAST({raw} AS DOUBLE){per}"
        for word, value in {**f.words, **self._agreement(f)}.items():
            read += f" WHEN lower({raw}) = {text(normal(word))} THEN {float(value)}"
        read += f" WHEN regexp_full_match({grouped}, {text(_NUMBER)}) THEN {whole}{per}"
        if f.percent:
            read += (f" WHEN regexp_full_match({grouped}, {text(_NUMBER + ' *%')}) THEN {percent}"
                     f"{' / 100' if f.percent == 'fraction' else ''}")
        read += " END"
        if unit == "share":
            read = f"round({read}, 9)"
        blank = is_one_of(raw, self.as_blank(f))
        value = name(f"v_{f.name}")
        nothing = text("required") if f.required and not self._may_be_blank(f) else "NULL"
        rules = [f"WHEN {value} IS NULL THEN CASE WHEN {blank} THEN {nothing} ELSE 'not_a_number' END",
                 f"WHEN isinf({value}) THEN 'not_a_number'"]
        if in_percent:
            # 0.9 among scores of 60 to 100: nobody can tell which of the two it is.
            rules.append(f"WHEN {value} > 0 AND {value} <= 0.01 AND NOT contains({raw}, '%') THEN 'mixed_units'")
        if f.type == "integer":
            rules.append(f"WHEN {value} <> trunc({value}) OR abs({value}) > 9e15 THEN 'not_whole'")
        if f.low is not None:
            rules.append(f"WHEN {value} < {f.low} THEN 'out_of_range'")
        if f.high is not None:
            rules.append(f"WHEN {value} > {f.high} THEN 'out_of_range'")
        return Plan(f, {f.name: read}, problem=f"CASE {' '.join(rules)} END")

    def _unit(self, f: Field, table: str, number: str, raw: str) -> str:
        """What was said of a column of percentages; asked, where all its plain numbers are fractions up to 1, as percent cells are stored."""
        if f.unit_of or not options.has_unit(self.contract, f.name):
            return ""
        said = self.options.get(f"{f.name}:unit", "")
        many, high, broken, example = self.staging.one(
            f"SELECT count({number}), max({number}), count(*) FILTER ({number} <> trunc({number})), min({raw}) FILTER ({number} <> trunc({number})) FROM {name(table)} "
            f"WHERE {number} <> 0 AND isfinite({number})")
        if not many or high > 1:
            return ""  # whatever was said of it, or of last month's: 85 is no share
        if broken and example:
            if said:
                self.decide(f, f"unit_{said}", example)
            else:
                self.unsaid.append((f.name, example))
        return said

    def _in_percent(self, table: str, number: str) -> bool:
        """Whether a column of fractions is written in percent: most plain numbers over 1, the largest over 50, none over 100.

        Points out of 5, 10 or 20 stay out of range.
        """
        many, over, most = self.staging.one(f"SELECT count(*) FILTER ({number} > 0), count(*) FILTER ({number} > 1), max({number}) FROM {name(table)}")
        found = bool(many) and 2 * over > many and 50 < most <= 100
        if found:
            self.warnings.append("read_as_percent")
        return found

    def as_blank(self, f: Field) -> tuple[str, ...]:
        """Signs that stand for "nothing here" in a column of numbers."""
        return NOT_APPLICABLE + AS_BLANK if self._may_be_blank(f) else AS_BLANK

    def _may_be_blank(self, f: Field) -> bool:
        wide = self.contract.wide
        return bool(wide and wide.not_applicable and wide.value_field == f.name)

    def _date(self, f: Field, table: str, raw: str) -> Plan:
        iso = f"regexp_full_match({raw}, {text(_ISO)})"
        plain, rest, blank = raw, [], is_one_of(raw, AS_BLANK)
        all_iso = True
        if self.seen[f.name, "other"]:
            all_iso = False
            wide, narrow = privacy.FULL_WIDTH + _SIGNS_WIDE, privacy.HALF_WIDTH + _SIGNS_NARROW
            narrowed = f"translate({raw}, {text(wide)}, {text(narrow)})" if self.seen[f.name, "wide"] else raw
            plain = f"trim(regexp_replace({narrowed}, {text(_TO_ISO)}, {text(_AS_ISO)}))"
            iso = f"regexp_full_match({plain}, {text(_ISO)})"
            rest = self._distinct(table, raw, f"NOT {iso} AND NOT {blank}")
        value, rule = f"TRY_CAST({plain} AS TIMESTAMP)", "NULL::VARCHAR"
        if rest:
            read = dates.read_column(rest, f.type, self.orders.get(f.name, ""))
            if shown := dates.shown_order(read):
                self.decided.append((f.name, *shown))
            self.staging.keep(f"m_{f.name}", {
                "raw": pa.array([cell for cell, _, _ in read], pa.string()),
                "value": pa.array([moment for _, moment, _ in read], pa.timestamp("us")),
                "rule": pa.array([rule or None for _, _, rule in read], pa.string())})
            value, rule = f"CASE WHEN {iso} THEN {value} ELSE {_mapped(f, 'm_.value')} END", _mapped(f, "m_.rule")
        elif not all_iso:
            value = f"CASE WHEN {iso} THEN {value} END"
        kept = name(f"v_{f.name}")
        first, end = date(dates.FIRST_YEAR, 1, 1), date(dates.LAST_YEAR + 1, 1, 1)
        until = min(self.latest + timedelta(days=1), end) if self.latest else end
        within = f"{kept} >= TIMESTAMP '{first}' AND {kept} < TIMESTAMP '{until}'"
        ahead = f"WHEN {kept} >= TIMESTAMP '{until}' AND {kept} < TIMESTAMP '{end}' THEN 'in_future' " if until < end else ""
        nothing = text("required") if f.required else "NULL"
        said = name(f"q_{f.name}")
        problem = (f"CASE WHEN {within} THEN NULL {ahead}WHEN {blank} THEN {nothing} WHEN {said} IS NOT NULL THEN {said} "
                   "ELSE 'bad_date' END")
        if f.type == "month":
            value = f"date_trunc('month', {value})"
        return Plan(f, {f.name: value}, rule=rule, problem=problem, mapped=bool(rest))


def _kind(f: Field) -> str:
    """The way in which a field is read."""
    if f.personal:
        return "personal"
    if f.type in ("month", "date", "timestamp"):
        return "date"
    if f.type in ("number", "integer"):
        return "number"
    return "words" if f.type == "flag" or f.refers_to or f.one_of or f.words else "text"


def _signs(f: Field) -> dict[str, str]:
    """Tests, in SQL, of what a column may hold and most do not: treating that would cost seconds per million rows for nothing.

    ``wide``: full-width signs. ``error``: error cells (#N/A). ``other``: anything but the plainest spelling. ``personal``:
    what may be a phone or an identity number; not asked of free text, which often holds one. Words are looked up anyway.
    """
    raw, kind = name("r_" + f.name), _kind(f)
    if kind == "words":
        return {}
    tests = {"error": f"starts_with({raw}, '#')"}
    if kind in ("date", "number") or kind == "text" and not f.free:
        tests["wide"] = f"CASE WHEN strlen({raw}) <> length({raw}) THEN regexp_matches({raw}, {text(_WIDE)}) END"
    if kind == "date":
        tests["other"] = f"NOT regexp_full_match({raw}, {text(_ISO)})"
    if kind == "personal":
        tests["other"] = f"NOT {_simple(f)}"
    if kind == "text" and not f.free:
        tests["personal"] = _suspicious(raw)
        tests["cut"] = f"CASE WHEN strlen({raw}) BETWEEN 5 AND 40 THEN (strlen({raw}) > 15 OR contains({raw}, 'E+')) AND regexp_full_match({raw}, {text(numerals.CUT_ID)}) END"
    return tests


def _simple(f: Field) -> str:
    """SQL: a phone number in eleven plain digits."""
    return f"regexp_full_match({name('r_' + f.name)}, '1[3-9][0-9]{{9}}')" if f.personal == "phone" else "FALSE"


def _suspicious(raw: str) -> str:
    """SQL: ``privacy.SUSPICIOUS``. No text of fewer bytes than a phone has digits is."""
    return f"CASE WHEN strlen({raw}) >= 11 THEN regexp_matches({raw}, {text(privacy.SUSPICIOUS)}) ELSE FALSE END"


def _mapped(f: Field, expression: str) -> str:
    return expression.replace("m_.", name("m_" + f.name) + ".")


def _half(cell: str) -> str:
    return cell.translate(str.maketrans(privacy.FULL_WIDTH, privacy.HALF_WIDTH))


def _as_entry(cell: str, lookup: Lookup) -> str:
    """How an unknown value enters the reference: as written, without a suffix that does not matter, nothing personal."""
    word, bare = normal(cell), lookup.bare(normal(cell))
    plain = " ".join(_half(cell).split())
    return privacy.mask_text(plain[: len(plain) - (len(word) - len(bare))].strip() if bare != word else plain)


SQL_TYPES = {"text": "VARCHAR", "number": "DOUBLE", "integer": "BIGINT", "month": "DATE", "date": "DATE",
             "timestamp": "TIMESTAMP", "flag": "BOOLEAN"}


def default_of(contract: Dataset, f: Field) -> str:
    """SQL of the value of a blank cell, typed. Text keys are never null."""
    kind = SQL_TYPES[f.type]
    if f.default is not None:
        return f"{text(str(f.default).lower() if f.type == 'flag' else str(f.default))}::{kind}"
    if f.name in contract.key and f.type == "text":
        return "''::VARCHAR"
    return f"NULL::{kind}"
