"""The tables of earlier periods' runs whose versions are current, as files that a query reads."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow

from prm import duck
from prm.database import Connection
from prm.errors import NotFoundError
from prm.period import Period
from prm.settings import Settings

CURRENT = pyarrow.schema([
    ("period", pyarrow.string()), ("counterparty_id", pyarrow.string()), ("run_id", pyarrow.int64()),
])  # fmt: skip
"""The columns of `current_runs`."""


def current_runs(connection: Connection, period: Period) -> list[dict[str, Any]]:
    """The current versions of earlier periods that have lines: period, counterparty_id, run_id."""
    return connection.execute(
        """select period, counterparty_id, run_id from runs.current_versions join results.versions
               using (period, counterparty_id, run_id)
           where period < %s and lines > 0 order by period, counterparty_id collate "C" """,
        [str(period)],
    ).fetchall()


def files_of(runs: set[int], table: str, settings: Settings) -> list[str]:
    """The files of a table of some runs, of those that made it. Raises NotFoundError where the folder of a run is gone."""
    files = [settings.runs / str(run_id) / "tables" / f"{table}.parquet" for run_id in sorted(runs)]
    return [str(file) for file in files if _is_there(file)]


def read(files: list[str]) -> str:
    """SQL of the rows of files, each with the name of its file."""
    return f"read_parquet([{', '.join(map(duck.quote, files))}], filename = true)"


def run_of(lines: str) -> str:
    """SQL of the run whose folder a row was read from."""
    return rf"cast(regexp_extract({lines}.filename, '(\d+)/tables/[^/]+$', 1) as bigint)"


def _is_there(file: Path) -> bool:
    if not file.parent.exists():
        raise NotFoundError(
            f"The tables of run {file.parent.parent.name} are gone, and what it paid counts in later periods.",
            hint="Restore its folder, or calculate its period again.",
        )
    return file.exists()  # runs of before the language had it have none
