"""Fills a warehouse with made-up rows inside DuckDB: millions take seconds, and every run makes the same."""

from __future__ import annotations

from pathlib import Path

import duckdb

from sqm import warehouse

MONTHS = 24
CITIES = 13
CATEGORIES = 15
ELEMENTS = 19
#: Answers in an interview: the overall question, the recommendation and this many elements.
ELEMENTS_ASKED = 8


def pick(salt: int, n: int, number: str = "i") -> str:
    """SQL for an even draw of 0 … n-1 that depends on the row number only."""
    return f"(hash({number} * 64 + {salt}) % {n})::INT"


def fill(path: Path, tickets: int, answers: int) -> None:
    """A DuckDB warehouse at ``path`` with that many tickets and answers, its reference tables and customers."""
    warehouse.engine(f"duckdb:///{path.as_posix()}")  # makes the schema
    warehouse.forget()
    con = duckdb.connect(str(path))
    try:
        _reference(con)
        _tickets(con, tickets)
        _answers(con, answers)
        con.execute(
            "INSERT INTO batches (id, dataset, status, as_of) SELECT i + 1, name, 'published', TIMESTAMP '2026-12-31' "
            "FROM (VALUES (0, 'complaints'), (1, 'surveys')) v(i, name)"
        )
        con.execute("UPDATE sqm_meta SET value = '1' WHERE name = 'data_version'")
        con.execute("CHECKPOINT")
    finally:
        con.close()


def _insert(con: duckdb.DuckDBPyConnection, table: str, columns: dict[str, str], source: str) -> None:
    names = ", ".join(f'"{name}"' for name in columns)
    con.execute(f"INSERT INTO {table} ({names}) SELECT {', '.join(columns.values())} FROM {source}")


def _reference(con: duckdb.DuckDBPyConnection) -> None:
    for table, key, n in (
        ("cities", "city", CITIES),
        ("categories", "category", CATEGORIES),
        ("elements", "element", ELEMENTS),
    ):
        columns = {key: f"'{key[:2]}' || i", "position": "i", "batch_id": "0", "source_row": "i"}
        if table != "cities":
            columns |= {"zh": f"'{key[:2]}' || i", "en": f"'{key[:2]}' || i"}
        if table == "elements":
            columns |= {"weight": "1.0", "class": "'service'"}
        if table == "categories":
            columns |= {"element": f"'el' || (i % {ELEMENTS})"}
        _insert(con, table, columns, f"range({n}) t(i)")
    _insert(
        con,
        "customers",
        {
            "month": "DATE '2025-01-01' + to_months((i % 24)::INT)",
            "city": "'ci' || (i // 24)",
            "opening": "400000 + 10000.0 * (i // 24)",
            "closing": "401000 + 10000.0 * (i // 24)",
            "batch_id": "0",
            "source_row": "i",
        },
        f"range({CITIES * MONTHS}) t(i)",
    )


def _tickets(con: duckdb.DuckDBPyConnection, n: int) -> None:
    opened = f"TIMESTAMP '2025-01-01' + to_seconds({pick(1, 730 * 86400)})"
    columns = {
        "ticket_id": "'T' || i",
        "opened_at": opened,
        "first_reply_at": f"CASE WHEN {pick(2, 50)} > 0 THEN {opened} + to_seconds({pick(3, 40 * 3600)}) END",
        "closed_at": f"CASE WHEN {pick(4, 30)} > 0 THEN {opened} + to_seconds({pick(5, 120 * 3600)}) END",
        "kind": f"CASE WHEN {pick(6, 10)} < 8 THEN 'complaint' ELSE 'enquiry' END",
        "city": f"CASE WHEN {pick(7, 200)} > 0 THEN 'ci' || {pick(8, CITIES)} END",
        "category": f"'ca' || {pick(9, CATEGORIES)}",
        "product": f"'p' || {pick(10, 40)}",
        "channel": f"'c' || {pick(11, 5)}",
        "segment": f"'s' || {pick(12, 4)}",
        "phone": f"'1' || (30 + {pick(13, 70)}) || '****' || right('000' || {pick(21, 10000)}, 4)",
        "phone_key": f"md5(({pick(13, n)})::VARCHAR)",
        "severity": f"1 + {pick(14, 3)}",
        "escalated": f"{pick(15, 100)} < 6",
        "resolved": f"{pick(16, 100)} < 92",
        "reopened": f"{pick(17, 100)} < 3",
        "status": "''",
        "content": "''",
        "next_same_days": f"CASE WHEN {pick(18, 10)} = 0 THEN {pick(19, 9000)} / 100.0 END",
        "batch_id": "1",
        "source_row": "i",
    }
    _insert(con, "complaints", columns, f"range({n}) t(i)")


def _answers(con: duckdb.DuckDBPyConnection, n: int) -> None:
    asked = ELEMENTS_ASKED + 2
    person, question = f"(i // {asked})", f"(i % {asked})"
    shift = pick(20, ELEMENTS, person)
    columns = {
        "respondent": f"'R' || {person}",
        "month": f"DATE '2025-01-01' + to_months({pick(21, MONTHS, person)})",
        "city": f"'ci' || {pick(22, CITIES, person)}",
        "element": f"CASE {question} WHEN 0 THEN 'overall' WHEN 1 THEN 'recommend' "
        f"ELSE 'el' || (({shift} + {question}) % {ELEMENTS}) END",
        "item": "''",
        "score": f"CASE WHEN {question} = 1 THEN {pick(23, 11)} ELSE 1 + {pick(24, 10)} END::DOUBLE",
        "scale": f"CASE WHEN {question} = 1 THEN '0-10' ELSE '1-10' END",
        "expectation": f"CASE WHEN {question} > 5 THEN 1 + {pick(25, 10)} END::DOUBLE",
        "operator": "'own'",
        "channel": f"'c' || {pick(26, 5, person)}",
        "method": "''",
        "segment": f"'s' || {pick(27, 4, person)}",
        "weight": f"0.5 + {pick(28, 100, person)} / 100.0",
        "batch_id": "2",
        "source_row": "i",
    }
    _insert(con, "surveys", columns, f"range({n}) t(i)")
