"""Runs the loader on one file and tells how long each of its stages took."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

from sqm import loaders, warehouse
from sqm.ingest import originals
from sqm.warehouse import batches

#: Stage -> the function that is that stage, where the loader looks it up. A stage inside another is taken out of it.
STAGES: tuple[tuple[str, ModuleType, str], ...] = (
    ("read as text in the child process", loaders, "open_file"),
    ("check, mask, hash, convert", loaders, "check"),
    ("publish", warehouse, "publish"),
    ("find repeats", batches, "refresh"),
    ("keep the original", originals, "keep"),
)
INSIDE = {"find repeats": "publish"}


def load(path: Path) -> dict[str, Any]:
    """Loads ``path`` into the warehouse of ``SQM_DATA_DIR``: seconds in all, seconds by stage, rows accepted."""
    engine = warehouse.engine()
    spent: dict[str, float] = {}
    for stage, module, name in STAGES:
        setattr(module, name, _timed(getattr(module, name), stage, spent))
    began = time.perf_counter()
    result = loaders.load(engine, path, dataset="complaints")
    seconds = time.perf_counter() - began
    for inner, outer in INSIDE.items():
        spent[outer] = spent.get(outer, 0.0) - spent.get(inner, 0.0)
    spent["everything else"] = seconds - sum(spent.values())
    return {"seconds": seconds, "stages": spent, "accepted": result.accepted}


def _timed(run: Callable[..., Any], stage: str, spent: dict[str, float]) -> Callable[..., Any]:
    @functools.wraps(run)
    def timed(*arguments: Any, **more: Any) -> Any:
        began = time.perf_counter()
        try:
            return run(*arguments, **more)
        finally:
            spent[stage] = spent.get(stage, 0.0) + time.perf_counter() - began

    return timed
