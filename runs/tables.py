"""A run's tables, as files: their hashes are kept with the run, and compared before anything is made from them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from prm import lake
from prm.database import Connection
from prm.settings import Settings
from runs.build import OUTPUTS


def fingerprints(folder: Path) -> dict[str, str]:
    """The SHA-256, in hex, of each table of a run's folder. Raises FileNotFoundError where one was not made."""
    return {name: lake.fingerprint(folder / "tables" / f"{name}.parquet") for name in OUTPUTS}


def verify_tables(
    connection: Connection, runs: Iterable[int], settings: Settings, names: Iterable[str] = OUTPUTS
) -> None:
    """Compares tables of runs with what they were when they were made; says nothing of those whose hash was not kept.

    Raises lake.DamagedError naming the first file that is gone or has changed.
    """
    chosen = set(names)
    for row in connection.execute(
        "select run_id, stages -> 'tables' as tables from runs.runs where run_id = any(%s) order by run_id",
        [list(runs)],
    ):
        kept = {name: content for name, content in (row["tables"] or {}).items() if name in chosen}
        files = {settings.runs / str(row["run_id"]) / "tables" / f"{name}.parquet": kept[name] for name in kept}
        lake.verify(files, f"run {row['run_id']}", threads=settings.threads)
