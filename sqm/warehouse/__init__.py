"""The warehouse: the only part that opens a database. One URL, tables from contracts, batches, lineage, backup."""

from sqm.warehouse.backup import backup, restore
from sqm.warehouse.batches import Counts, Draft, Watch, advance, data_version, live_batches, preview, publish, undo
from sqm.warehouse.logbook import ACTIONS as LOGGED
from sqm.warehouse.logbook import log, note, noted
from sqm.warehouse.memory import frugal
from sqm.warehouse.opening import data_dir, database_url, engine, forget, snapshot, writing
from sqm.warehouse.reading import (
    SAID,
    add_reference,
    batch_list,
    clear_sample,
    frame,
    has_sample,
    is_empty,
    past,
    problem_list,
    reference,
    source_as_of,
    standing,
    table,
)
from sqm.warehouse.schema import BATCHES as batches_table
from sqm.warehouse.schema import DOCUMENTS as documents_table
from sqm.warehouse.schema import PROBLEMS as problems_table
from sqm.warehouse.sharing import kept_open

__all__ = [
    "SAID",
    "LOGGED",
    "Counts",
    "Draft",
    "Watch",
    "add_reference",
    "advance",
    "backup",
    "batch_list",
    "batches_table",
    "clear_sample",
    "data_dir",
    "data_version",
    "database_url",
    "documents_table",
    "engine",
    "forget",
    "frame",
    "frugal",
    "has_sample",
    "is_empty",
    "kept_open",
    "live_batches",
    "log",
    "note",
    "noted",
    "past",
    "preview",
    "problem_list",
    "standing",
    "problems_table",
    "publish",
    "reference",
    "restore",
    "snapshot",
    "source_as_of",
    "table",
    "undo",
    "writing",
]
