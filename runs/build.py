"""Building: dbt once, in a process of its own, on the run's private database.

A process of its own because dbt keeps locks on DuckDB files for the life of its process; once because each
start costs seconds. What it did is read from its `run_results.json`.
"""

from __future__ import annotations

import json
import signal
from dataclasses import dataclass
from pathlib import Path

import psutil

from prm.settings import Settings
from runs.dbt_process import dbt
from runs.errors import BuildError
from runs.too_large import is_too_large, whose

OUTPUTS = (
    "int_ownership", "int_repeated_rows", "int_events", "int_first_days_facts", "int_event_lines", "int_clawbacks", "int_clawback_lines", "int_volumes", "int_volumes_of_each",
    "int_plans", "int_period_lines", "rewards", "row_outcomes",
)  # fmt: skip
"""The tables a build leaves as `tables/<name>.parquet` in the run's folder."""


@dataclass(frozen=True)
class Built:
    """What a build did: seconds by model (`models`), and the whole process's seconds are the caller's to take."""

    models: dict[str, float]


def build(folder: Path, settings: Settings) -> Built:
    """Makes a run's tables. Raises BuildError, naming the model that failed and dbt's log."""
    done = dbt(folder, "run", settings=settings)
    results = folder / "dbt" / "run_results.json"
    outcomes = json.loads(results.read_text())["results"] if results.exists() else []
    failed = [outcome for outcome in outcomes if outcome["status"] in ("error", "fail")]
    if done.returncode != 0:
        first = failed[0] if failed else None
        if is_out_of_memory(done.returncode, first["message"] if first else ""):
            raise _too_large_month(first["unique_id"].split(".")[-1] if first else None, settings, folder)
        if first and is_too_large(first["message"]):
            raise _too_large_amount(first["unique_id"].split(".")[-1], settings, folder)
        what = (
            f"model {first['unique_id'].split('.')[-1]}: {first['message']}"
            if first
            else done.stdout[-2000:] + done.stderr[-2000:]
        )
        raise BuildError(f"The build failed at {what}", hint=f"The whole log is {folder / 'dbt' / 'dbt.log'}.")
    return Built({outcome["unique_id"].split(".")[-1]: float(outcome["execution_time"]) for outcome in outcomes})


def is_out_of_memory(returncode: int, message: str) -> bool:
    """Whether a build ended for want of memory: by DuckDB's own limit, or because the system ended the process."""
    return "Out of Memory" in message or returncode == -signal.SIGKILL


def _too_large_month(model: str | None, settings: Settings, folder: Path) -> BuildError:
    """In words which setting is to be changed; DuckDB's own stay in the log."""
    log = f"The whole log is {folder / 'dbt' / 'dbt.log'}."
    machine = f"this machine has {psutil.virtual_memory().total / 1e9:.0f} GB"
    if model is None:
        return BuildError(
            "The build was ended by the system, as it does where the machine's memory runs out.",
            hint=f"PRM_MEMORY_LIMIT is {settings.memory_limit}, and {machine}: lower it to what the machine can spare. {log}",
        )
    return BuildError(
        f"The period is too large for the memory it may use, {settings.memory_limit} (model {model}).",
        hint=f"Raise PRM_MEMORY_LIMIT; {machine}. What does not fit is kept in {folder} while it is calculated, which needs "
        f"free disk, too. Nothing was published. {log}",
    )


def _too_large_amount(model: str, settings: Settings, folder: Path) -> BuildError:
    of = whose(folder, model, settings)
    return BuildError(
        f"An amount is too large to be kept exactly (model {model}){': ' + of if of else ''}.",
        hint="Amounts, and what they add up to in a month, are kept below 100,000,000,000,000 with four places. Correct the "
        f"row, or what the scheme multiplies it by. Nothing was published. The whole log is {folder / 'dbt' / 'dbt.log'}.",
    )
