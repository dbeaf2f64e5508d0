"""The command line: ``python -m sqm …``. For schedulers, and for anyone who wants to check a number.

Exit codes: 0 published or nothing new, 1 nothing published (with reasons), 2 wrong call. Every reading command takes
``--json``; its form is stable and the same in every language. Errors are one line on stderr, never a traceback.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from sqm import datasets, intake, loaders, stages, terminal, warehouse
from sqm.access import machine_user
from sqm.console import as_json, done, moment, month, plain, table
from sqm.errors import FileRefused, SqmError, WrongCall
from sqm.i18n import LANGUAGES, preferred, say, t

_SHOWN_PROBLEMS = 20
SAMPLES = Path(__file__).resolve().parents[1] / "data"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")
    options = _parser(preferred()).parse_args(arguments)
    try:
        with terminal.watched(options.lang):
            return options.run(options)
    except SqmError as error:
        return _failed(options, error)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        return 130


def _failed(options: argparse.Namespace, error: SqmError) -> int:
    try:
        sentence = say(error, options.lang)
    except KeyError:
        sentence = str(error)
    print(sentence, file=sys.stderr)
    if getattr(options, "json", False):
        loading = options.command in ("load", "extract")
        as_json(_nothing(options, error, sentence) if loading else {"error": error.code, "message": sentence})
    return 2 if isinstance(error, WrongCall) else 1


def _nothing(options: argparse.Namespace, error: SqmError, sentence: str) -> dict[str, Any]:
    """What ``load --json`` says of a file that was refused."""
    empty = loaders.LoadResult(None, getattr(options, "dataset", None) or "")
    names = ("batch", "dataset", "rows", "accepted", "new", "replaced", "unchanged", "refused", "skipped", "records", "records_refused")
    return {"error": error.code, "message": sentence} | {name: getattr(empty, name) for name in names} | {"problems": []}


def _parser(lang: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m sqm", description=t("cli.help.about", lang))
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def command(name: str, run: Callable[[argparse.Namespace], int], *, reads: bool = True) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=t(f"cli.help.{name}", lang), description=t(f"cli.help.{name}", lang))
        added.set_defaults(run=run)
        added.add_argument("--lang", choices=LANGUAGES, default=lang)
        if reads:
            added.add_argument("--json", action="store_true")
        return added

    command("datasets", _datasets)
    command("metrics", _metrics)
    template = command("template", _template)
    template.add_argument("dataset")
    template.add_argument("file", type=Path)
    load = command("load", _load)
    load.add_argument("files", type=Path, nargs="+", metavar="FILE")
    load.add_argument("--dataset")
    load.add_argument("--password-env", metavar="NAME", help=t("cli.help.password_env", lang))
    load.add_argument("--sheet")
    load.add_argument("--return", dest="give_back", type=Path, metavar="OUT.xlsx", help=t("cli.help.return", lang))
    load.add_argument("--no-memory", action="store_true", help=t("cli.help.no_memory", lang))
    extract = command("extract", _extract)
    extract.add_argument("url")
    extract.add_argument("query")
    extract.add_argument("--dataset", required=True)
    sync = command("sync", _sync)
    sync.add_argument("source", nargs="?")
    for flag in ("--test", "--dry-run", "--again"):
        sync.add_argument(flag, action="store_true")
    sync.add_argument("--by", default="")
    for added in (load, extract):
        added.add_argument("--map", nargs="+", action="extend", default=[], metavar="HEADING=FIELD")
        added.add_argument("--add-missing", nargs="+", action="extend", default=[], metavar="FIELD")
        added.add_argument("--as-of", metavar="YYYY-MM-DD[ HH:MM]")
        added.add_argument("--whole-months", action="store_true")
        added.add_argument("--dry-run", action="store_true")
        added.add_argument("--again", action="store_true")
        added.add_argument("--by", default="")
    query = command("query", _query)
    query.add_argument("metric")
    query.add_argument("--by", action="append", default=[], metavar="SPLIT,…")
    query.add_argument("--where", nargs="+", action="extend", default=[], metavar="SPLIT=VALUE")
    query.add_argument("--from", dest="first", metavar="YYYY-MM")
    query.add_argument("--to", dest="last", metavar="YYYY-MM")
    command("batches", _batches)
    undo = command("undo", _undo)
    undo.add_argument("batch", type=int)
    undo.add_argument("--by", default="")
    log = command("log", _listed("log_rows"))
    log.add_argument("--action", default="", choices=("", *warehouse.LOGGED))
    log.add_argument("--who", default="")
    log.add_argument("--limit", type=int, default=200)
    people = command("people", _listed("people_rows"))
    people.add_argument("email", nargs="?", default="")
    people.add_argument("--role")
    people.add_argument("--city", nargs="+", action="extend", default=[])
    people.add_argument("--remove", action="store_true")
    people.add_argument("--unlisted", choices=("none", "viewer"))
    answers = command("answers", _answers)
    answers.add_argument("--forget", metavar="SHAPE", default="")
    for name, run in (("backup", _backup), ("restore", _restore)):
        command(name, run).add_argument("file", type=Path)
    demo = command("demo", _demo)
    demo.add_argument("folder", type=Path, nargs="?", default=SAMPLES)
    demo.add_argument("--if-empty", action="store_true")
    return parser


def _datasets(options: argparse.Namespace) -> int:
    rows: list[dict[str, Any]]
    rows = [{"dataset": d.name, "name": d.zh if options.lang == "zh" else d.en, "grain": d.grain, "key": list(d.key),
             "reference": d.reference, "fields": [f.name for f in d.fields],
             "required": [f.name for f in d.fields if f.required]} for d in datasets.ALL]
    if options.json:
        as_json(rows)
    else:
        table([{"dataset": r["dataset"], "name": r["name"], "required": ", ".join(r["required"])} for r in rows])
    return 0


def _metrics(options: argparse.Namespace) -> int:
    from sqm import metrics

    rows = [{"metric": m.id, "name": t(f"metrics.{m.id}.name", options.lang), "unit": m.unit, "better": m.better,
             "source": m.source, "splits": list(m.splits), "owner": m.owner, "gap": m.gap,
             "definition": t(f"metrics.{m.id}.definition", options.lang)} for m in metrics.CATALOGUE.values()]
    if options.json:
        as_json(rows)
    else:
        table([{name: row[name] for name in ("metric", "name", "unit", "better", "source")} for row in rows])
    return 0


def _template(options: argparse.Namespace) -> int:
    contract = datasets.get(options.dataset)
    engine = warehouse.engine()
    entries = {f.refers_to: _entries(engine, f.refers_to, options.lang) for f in contract.fields if f.refers_to}
    loaders.template(options.dataset, options.file, options.lang, entries)
    if options.json:
        as_json({"file": str(options.file)})
    else:
        print(t("cli.template.written", options.lang, file=options.file))
    return 0


def _entries(engine: Any, reference: str, lang: str) -> list[str]:
    frame = warehouse.reference(engine, reference)
    key, named = datasets.get(reference).key[0], frame.get(lang)
    if named is None:
        return [str(value) for value in frame[key]]
    return [str(name or entry) for name, entry in zip(named, frame[key], strict=True)]


def _load_options(options: argparse.Namespace) -> dict[str, Any]:
    return {"mapping": options.map, "as_of": moment(options.as_of), "by": options.by or machine_user(),
            "whole_months": options.whole_months, "dry_run": options.dry_run, "add_missing": tuple(options.add_missing),
            "apply_again": options.again, "watch": _headlines() if options.dry_run else None}


def _headlines() -> loaders.Watch:
    from sqm import metrics

    return metrics.headlines


def _load(options: argparse.Namespace) -> int:
    if options.dataset:
        datasets.get(options.dataset)
    pieces = [piece for path in options.files for piece in intake.pieces(path)]
    if options.give_back and len(pieces) != 1:
        raise WrongCall("return_one", n=len(pieces))
    if len(pieces) == 1 and pieces[0].member is None:
        result = _load_piece(options, pieces[0])
        code = _loaded(options, result)
        return code if options.give_back is None else _given_back(options, pieces[0], result)
    told: list[dict[str, Any]] = []
    worst = 0
    for piece in pieces:  # each by itself: one that is refused keeps no other out
        stages.go_on()
        if not options.json:
            print(f"{piece.name}:", flush=True)
        try:
            result = _load_piece(options, piece)
        except FileRefused as error:
            print(sentence := say(error, options.lang), file=sys.stderr, flush=True)
            told.append({"file": piece.name, **_nothing(options, error, sentence)})
            worst = 1
        else:
            told.append({"file": piece.name, **result.as_json(options.lang)})
            worst = max(worst, _loaded(options, result, silent=options.json))
    if options.json:
        as_json(told)
    return worst


def _given_back(options: argparse.Namespace, piece: intake.Piece, result: loaders.LoadResult) -> int:
    """Write the workbook to fix, if anything was refused."""
    say_so = sys.stderr if options.json else sys.stdout
    n = intake.give_back(warehouse.engine(), piece, lambda name: intake.password(name, options.password_env, options.lang), options.give_back, options.lang,
                         dataset=result.dataset, sheet=result.sheet or None, mapping=result.said, add_missing=tuple(options.add_missing))
    print(t("cli.return.written" if n else "cli.return.nothing", options.lang, file=options.give_back, n=n), file=say_so)
    return 0


def _load_piece(options: argparse.Namespace, piece: intake.Piece) -> loaders.LoadResult:
    from sqm import remembered

    engine, chosen = warehouse.engine(), _load_options(options)
    recall = None if options.no_memory else lambda shape, dataset: remembered.recall(engine, shape, dataset)
    result = intake.load(engine, piece, lambda name: intake.password(name, options.password_env, options.lang),
                         dataset=options.dataset, sheet=options.sheet, recall=recall, **chosen)
    if result.published:
        remembered.remember(engine, result.shape, result.dataset, result.said, batch=result.batch, file=result.file_name, sheet=result.sheet,
                            by=chosen["by"], asked=result.asked)
    return result


def _answers(options: argparse.Namespace) -> int:
    """What was answered about sheets, and forgetting it."""
    from sqm import remembered

    engine, lang = warehouse.engine(), options.lang
    if options.forget:
        if options.forget not in {one.shape for one in remembered.known(engine)}:
            raise WrongCall("answers_unknown", shape=options.forget)
        remembered.forget(engine, options.forget, machine_user())
        return done(options, {"shape": options.forget, "status": "forgotten"}, t("cli.done.forgotten", lang, shape=options.forget))
    rows = [{"shape": one.shape, "dataset": one.dataset, "file": one.file, "sheet": one.sheet, "batch": one.batch, "who": one.who, "at": plain(one.at),
             "mapping": one.mapping} for one in remembered.known(engine)]
    if options.json:
        as_json(rows)
    else:
        table([{**row, "mapping": ", ".join(f"{heading}={target}" for heading, target in row["mapping"].items())} for row in rows], lang)
    return 0


def _extract(options: argparse.Namespace) -> int:
    return _loaded(options, loaders.load_extract(warehouse.engine(), options.url, options.query, dataset=options.dataset,
                                                 **_load_options(options)))


def _sync(options: argparse.Namespace) -> int:
    from sqm import sync

    engine, lang = warehouse.engine(), options.lang
    if options.source is None:
        rows = [{"source": one.name, "dataset": one.dataset, "address": one.shown, "until": kept.until if kept else None,
                 "rows": kept.rows if kept else 0, "at": plain(kept.at) if kept else None} for one, kept in sync.listed(engine)]
        if options.json:
            as_json(rows)
        else:
            table(rows, lang)
        return 0
    chosen = sync.source(options.source)
    if options.test:
        rows_there, unmarked = sync.test(chosen, engine)
        return done(options, {"source": chosen.name, "rows": rows_there, "unmarked": unmarked}, t("sync.tested", lang, name=chosen.name, n=rows_there))
    synced = sync.sync(engine, chosen, by=options.by or machine_user(), dry_run=options.dry_run, again=options.again,
                     watch=_headlines() if options.dry_run else None)
    if synced.batches:
        _settle()
    code = 1 if synced.message == "refused" else 0
    if options.json:
        as_json(synced.as_json(lang) | {"message": synced.say(lang)})
        return code
    print(synced.say(lang), file=sys.stderr if code else sys.stdout)
    problems = [problem for part in synced.parts for problem in part.problems]
    for part in synced.parts:
        if part.moves is not None:
            _moved(part.moves, lang)
    for problem in problems[:_SHOWN_PROBLEMS]:
        print(t("cli.load.problem", lang, sheet=problem.sheet, row=problem.row, message=problem.say(lang)))
    if len(problems) > _SHOWN_PROBLEMS:
        print(t("cli.load.more", lang, count=len(problems) - _SHOWN_PROBLEMS))
    return code


def _settle() -> None:
    """What is new in the warehouse is judged now, so that no reader has to wait for it."""
    from sqm import settled

    settled.settle(warehouse.engine())


def _loaded(options: argparse.Namespace, result: loaders.LoadResult, *, silent: bool = False) -> int:
    if result.published:
        _settle()
    code = 1 if result.message in ("nothing_accepted", "no_rows") else 0
    if options.json:
        if not silent:
            as_json(result.as_json(options.lang))
        if code:
            print(result.say(options.lang), file=sys.stderr)
        return code
    print(result.say(options.lang), file=sys.stderr if code else sys.stdout)
    if result.moves is not None:
        _moved(result.moves, options.lang)
    for problem in result.problems[:_SHOWN_PROBLEMS]:
        print(t("cli.load.problem", options.lang, sheet=problem.sheet, row=problem.row, message=problem.say(options.lang)))
    if result.problems_found > _SHOWN_PROBLEMS:
        print(t("cli.load.more", options.lang, count=result.problems_found - _SHOWN_PROBLEMS))
    return code


def _moved(moves: list[loaders.Move], lang: str) -> None:
    shown, more = loaders.most_telling(moves)
    print(t("cli.moves.title" if moves else "cli.moves.nothing", lang))
    for move in shown:
        print("  " + move.say(lang))
    if more:
        print("  " + t("cli.moves.more", lang, count=more))


def _query(options: argparse.Namespace) -> int:
    from sqm import metrics

    metric = metrics.get(options.metric)
    splits = [name.strip() for entry in options.by for name in entry.split(",") if name.strip()]
    where: dict[str, list[str]] = {}
    for entry in options.where:
        name, equals, value = entry.partition("=")
        if not equals or not name.strip():
            raise WrongCall("cli_where", entry=entry)
        where.setdefault(name.strip(), []).append(value.strip())
    period = (month(options.first), month(options.last))
    engine = warehouse.engine()
    frame = metrics.fetch(engine, metric, by=splits, where=metrics.resolve_where(engine, where), period=period)
    rows = [{name: plain(row[name], name) for name in (*splits, "value", "lo", "hi", "base")}
            for row in frame.to_dict("records")]
    if options.json:
        as_json(rows)
    else:
        digits = metric.digits
        table([{name: f"{value:.{digits}f}" if isinstance(value, float) else value for name, value in row.items()}
                for row in rows] or [], options.lang)
    return 0


def _batches(options: argparse.Namespace) -> int:
    frame = loaders.batches(warehouse.engine())
    names = ("id", "dataset", "file_name", "sheet", "as_of", "loaded_by", "loaded_at", "status", "sample", "rows", "accepted",
             "new", "replaced", "unchanged", "refused", "skipped", "records", "records_refused")
    rows = [{name: plain(row.get(name), name) for name in names} for row in frame.to_dict("records")]
    if options.json:
        as_json(rows)
    else:
        shown = ("id", "dataset", "file_name", "sheet", "status", "rows", "accepted", "refused", "skipped", "loaded_at")
        table([{name: row[name] for name in shown} for row in rows], options.lang)
    return 0


def _undo(options: argparse.Namespace) -> int:
    loaders.undo(warehouse.engine(), options.batch, options.by or machine_user())
    _settle()
    return done(options, {"batch": options.batch, "status": "undone"}, t("cli.done.undo", options.lang, batch=options.batch))


def _listed(name: str) -> Callable[[argparse.Namespace], int]:
    """A command of ``sqm.oversight``, which gives (what it found, the same as lines)."""

    def run(options: argparse.Namespace) -> int:
        from sqm import oversight

        found, lines = getattr(oversight, name)(warehouse.engine(), options)
        as_json(found) if options.json else table(lines, options.lang)
        return 0

    return run


def _backup(options: argparse.Namespace) -> int:
    try:
        counts = warehouse.backup(warehouse.engine(), options.file)
    except OSError as error:
        raise FileRefused("file_not_written", file=str(options.file), reason=error.strerror or "") from error
    rows = sum(counts.values())
    return done(options, {"file": str(options.file), "rows": rows},
                 t("cli.done.backup", options.lang, file=options.file, rows=rows))


def _restore(options: argparse.Namespace) -> int:
    if not options.file.is_file():
        raise FileRefused("file_missing", file=options.file.name)
    rows = sum(warehouse.restore(warehouse.engine(), options.file, machine_user()).values())
    _settle()
    return done(options, {"file": str(options.file), "rows": rows},
                 t("cli.done.restore", options.lang, file=options.file, rows=rows))


def _demo(options: argparse.Namespace) -> int:
    if options.if_empty and not warehouse.is_empty(warehouse.engine()):
        return 0
    if not any(options.folder.glob("*.xlsx")):
        raise FileRefused("cli_folder", folder=options.folder)
    results = loaders.load_samples(warehouse.engine(), options.folder)
    _settle()
    if options.json:
        as_json([result.as_json(options.lang) for result in results])
    else:
        table([{"dataset": r.dataset, "file": r.file_name, "sheet": r.sheet, "rows": r.rows, "accepted": r.accepted,
                 "refused": r.refused, "skipped": r.skipped, "message": r.message} for r in results], options.lang)
    return 0 if any(r.message in ("published", "already_loaded") for r in results) else 1


if __name__ == "__main__":
    sys.exit(main())
