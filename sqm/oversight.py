"""The commands ``people`` and ``log``: who has which role, and who did what."""

from __future__ import annotations

from argparse import Namespace
from typing import Any

from sqm import metrics, people, store
from sqm.access import machine_user
from sqm.errors import WrongCall

Lines = list[dict[str, Any]]


def log_rows(engine: Any, options: Namespace) -> tuple[Lines, Lines]:
    """The newest lines of the log, ``at`` as ISO text in UTC."""
    rows = store.log(engine, options.action, options.who, options.limit).to_dict("records")
    lines = [{str(name): value.isoformat(timespec="seconds") if name == "at" else value for name, value in row.items()} for row in rows]
    return lines, lines


def people_rows(engine: Any, options: Namespace) -> tuple[dict[str, Any], Lines]:
    """The list of people, after the change that was asked for. Raises WrongCall ``cli_people``, or as ``people.grant`` and ``remove``."""
    by = machine_user()
    if bool(options.email) != bool(options.role or options.remove) or options.role and options.remove or options.city and not options.role:
        raise WrongCall("cli_people")
    if options.remove:
        people.remove(engine, options.email, by=by)
    elif options.role:
        cities = metrics.resolve_where(engine, {"city": options.city})["city"]
        people.grant(engine, options.email, options.role, cities, by=by, known=metrics.labels(engine, "cities", "zh"))
    if options.unlisted:
        people.admit_unknown(engine, "" if options.unlisted == "none" else options.unlisted, by=by)
    known = people.register(engine)
    rows: Lines = [{"email": name, "role": role, "cities": list(cities)} for name, (role, cities) in known.entries.items()]
    unlisted = known.unknown or "none"
    shown = [{**row, "cities": ", ".join(row["cities"])} for row in rows] + [{"email": "*", "role": unlisted, "cities": ""}]
    return {"people": rows, "unlisted": unlisted}, shown
