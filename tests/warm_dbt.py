"""The warm process's side of `warm`: reads the project once, and builds in children that begin from there."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

FOLDER = "PRM_TESTS_WARM"
"""Name of the variable with the folder for what dbt writes when it reads the project."""
_known: dict[str, Any] = {}


def read_project(target: Path) -> None:
    """Imports dbt and has it understand the project, for all children that are forked from this process."""
    from dbt.cli.main import dbtRunner

    from runs.dbt_process import options

    read = dbtRunner().invoke(["--quiet", "parse", *options(target)])
    assert read.success, read.exception
    _known["manifest"] = read.result


def build(arguments: list[str], folder: Path, environment: dict[str, str], said: Path) -> None:
    """What the command `dbt` does with these arguments, and its exit code; what it prints goes to two files in `said`."""
    for number, name in ((1, "stdout"), (2, "stderr")):
        with (said / name).open("wb") as file:
            os.dup2(file.fileno(), number)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager
    from dbt.cli.main import dbtRunner

    done = dbtRunner(manifest=_known["manifest"]).invoke(arguments)
    if DuckDBConnectionManager._ENV:
        DuckDBConnectionManager._ENV.close()  # a forked process ends without what dbt would do then
    if done.exception:
        print(done.exception)
    sys.exit(0 if done.success else 2 if done.exception else 1)
