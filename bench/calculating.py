"""A calculation of the benchmark's month under other contracts, which is not published: only what it takes is asked.

The contracts, and where schemes need them the operations and plans, are put in the place of the others for the time
of a step, so that the other steps calculate from the same inputs whichever steps ran before.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg

import loaders
from bench.make_data import PERIOD
from bench.more_facts import make_more_facts, make_no_more_facts
from prm import database
from prm.settings import Settings
from runs.build import build
from runs.inputs import pin
from runs.invariants import check, open_tables

Found = dict[str, Any]


@contextmanager
def contracts_from(file: Path, settings: Settings, *, in_dollars: bool = False) -> Iterator[None]:
    """The contracts are those of another file, and there are operations and plans, while the block runs.

    in_dollars: some operations are.
    """
    more = make_more_facts(settings.inbox, file.parent, PERIOD, in_dollars=in_dollars)
    try:
        for path in (file, *more):
            _load(path, settings)
        yield
    finally:
        for path in (settings.inbox / "contracts.csv", *make_no_more_facts(file.parent, PERIOD)):
            _load(path, settings)


def calculate_unpublished(folder: Path, settings: Settings) -> Found:
    """Pins, builds and checks the whole period in a folder; finds the seconds of each, and of the models."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    stages, began = {}, time.perf_counter()
    with database.connect(settings) as snapshot:
        snapshot.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        pinned = pin(snapshot, PERIOD, None, folder, settings)
    stages["pin"] = time.perf_counter() - began
    if pinned.problems:
        raise SystemExit(f"{len(pinned.problems)} contracts were left out: {pinned.problems[0].message.en}")
    models = build(folder, settings).models
    stages["build"] = time.perf_counter() - began - stages["pin"]
    with open_tables(folder, settings) as tables:
        check(tables, pinned.manifest)
        stages["check"] = time.perf_counter() - began - stages["pin"] - stages["build"]
        lines, of_contracts, amount = tables.execute(
            "select count(*), count(contract_id), sum(amount) from reward_lines"
        ).fetchall()[0]
    return {
        "seconds": sum(stages.values()), "stages": stages, "models": sum(models.values()), "by_model": models,
        "rows": lines, "of_contracts": of_contracts, "amount": str(amount),
    }  # fmt: skip


def _load(path: Path, settings: Settings) -> None:
    result = loaders.load(path, settings=settings)
    if result.outcome not in ("accepted", "reinstated", "offered again"):
        raise SystemExit(f"{result.file_name}: {result.outcome}: {result.words and result.words.en}")
