"""dbt from a warm process: one that has imported it and understood the project, and forks for each build.

A build of a small month is mostly dbt's start: two seconds of imports, two of reading the project. The tests' builds are
forked from a server that has done both (`warm_dbt`). All else is as in the product: a process a build, with the same
arguments, environment and folder, an exit code and what was printed. Whatever runs in a process of its own (commands, the
scheduler, those that are killed) starts dbt itself.
"""

from __future__ import annotations

import multiprocessing
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import patch

from tests import warm_dbt


@contextmanager
def builds() -> Iterator[None]:
    """While it lasts, this process's builds are forked from a warm one, which is started with the first."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.warm_dbt_ready"])
    folder = Path(tempfile.mkdtemp(prefix="prm-tests-warm-"))

    def run(command: list[str], folder_of_run: Path, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
        with tempfile.TemporaryDirectory(dir=folder) as said:
            child = context.Process(target=warm_dbt.build, args=(command[1:], folder_of_run, environment, Path(said)))
            child.start()
            child.join()
            stdout, stderr = ((Path(said) / name).read_text(encoding="utf-8") for name in ("stdout", "stderr"))
        assert child.exitcode is not None
        return subprocess.CompletedProcess(command, child.exitcode, stdout, stderr)

    with patch.dict(os.environ, {warm_dbt.FOLDER: str(folder)}), patch("runs.dbt_process._run", run):
        yield
    shutil.rmtree(folder, ignore_errors=True)
