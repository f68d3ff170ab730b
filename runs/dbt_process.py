"""dbt in a process of its own, on a folder that holds a private database `run.duckdb`."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from prm.settings import PROJECT, Settings

MODELS = PROJECT / "calc_models"
DATABASE = "run.duckdb"
SPILL = "spill"
"""The folder of a run for what does not fit into memory while it is built."""
PARSED = "partial_parse.msgpack"
"""Name of the file in which dbt keeps what it has understood of the project; the home's is in its folder `dbt`."""


def dbt(folder: Path, *arguments: str, settings: Settings) -> subprocess.CompletedProcess[str]:
    """Runs dbt on a folder's database; what it writes is in `<folder>/dbt`, the models' tables in `<folder>/tables`.
    What does not fit into memory goes to `<folder>/spill`, which is gone afterwards.

    What dbt has understood of the project is kept in the home and handed to the next process, which spares it two
    seconds; dbt itself sees whether the project or the settings have changed since.
    """
    target, spill, kept = folder / "dbt", folder / SPILL, settings.home / "dbt" / PARSED
    for made in (target, folder / "tables", spill, kept.parent):
        made.mkdir(parents=True, exist_ok=True)
    if kept.exists():
        shutil.copyfile(kept, target / PARSED)
    try:
        done = _run(
            [str(Path(sys.executable).with_name("dbt")), "--quiet", *arguments, *options(target)],
            folder,
            {
                **os.environ, "PRM_RUN_TABLES": str(folder / "tables"), "PRM_THREADS": str(settings.threads),
                "PRM_MEMORY_LIMIT": settings.memory_limit, "DO_NOT_TRACK": "1",
            },
        )  # fmt: skip
    finally:
        shutil.rmtree(spill, ignore_errors=True)
    if (target / PARSED).exists():
        copy = kept.with_name(f"{PARSED}.{os.getpid()}")
        shutil.copyfile(target / PARSED, copy)
        copy.replace(kept)  # whole, whoever else is doing the same
    return done


def options(target: Path) -> list[str]:
    """dbt's options of the project, and of a folder for what dbt writes about its work."""
    places = {"project-dir": MODELS, "profiles-dir": MODELS, "target-path": target, "log-path": target}
    return [word for name, place in places.items() for word in (f"--{name}", str(place))]


def _run(command: list[str], folder: Path, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
