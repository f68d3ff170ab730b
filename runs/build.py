"""Building: dbt once, in a process of its own, on the run's private database.

A process of its own because dbt keeps locks on DuckDB files for the life of its process; once because each
start costs seconds. What it did is read from its `run_results.json`.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from prm.settings import PROJECT, Settings
from runs.errors import BuildError
from runs.inputs import database_path

MODELS = PROJECT / "calc_models"
OUTPUTS = (
    "int_ownership", "int_event_lines", "int_volumes", "int_period_lines", "rewards", "row_outcomes",
)  # fmt: skip
"""The tables a build leaves as `tables/<name>.parquet` in the run's folder."""


@dataclass(frozen=True)
class Built:
    """What a build did: seconds by model (`models`), and the whole process's seconds are the caller's to take."""

    models: dict[str, float]


def build(folder: Path, settings: Settings) -> Built:
    """Makes a run's tables. Raises BuildError, naming the model that failed and dbt's log."""
    tables = folder / "tables"
    tables.mkdir(parents=True, exist_ok=True)
    command = [
        str(Path(sys.executable).with_name("dbt")), "--quiet", "run", "--project-dir", str(MODELS),
        "--profiles-dir", str(MODELS), "--target-path", str(folder / "dbt"), "--log-path", str(folder / "dbt"),
    ]  # fmt: skip
    environment = {
        **os.environ,
        "PRM_RUN_DATABASE": str(database_path(folder)),
        "PRM_RUN_TABLES": str(tables),
        "PRM_THREADS": str(settings.threads),
        "PRM_MEMORY_LIMIT": settings.memory_limit,
        "DO_NOT_TRACK": "1",
    }
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    results = folder / "dbt" / "run_results.json"
    outcomes = json.loads(results.read_text())["results"] if results.exists() else []
    failed = [outcome for outcome in outcomes if outcome["status"] in ("error", "fail")]
    if done.returncode != 0:
        first = failed[0] if failed else None
        what = (
            f"model {first['unique_id'].split('.')[-1]}: {first['message']}"
            if first
            else done.stdout[-2000:] + done.stderr[-2000:]
        )
        raise BuildError(f"The build failed at {what}", hint=f"The whole log is {folder / 'dbt' / 'dbt.log'}.")
    return Built({outcome["unique_id"].split(".")[-1]: float(outcome["execution_time"]) for outcome in outcomes})
