"""dbt from a warm process: one that has imported it and understood the project, and forks for each build.

A build of a small month is mostly dbt's start: two seconds of imports, two of reading the project. The tests' builds are
forked from a server that has done both (`warm_dbt`). All else is as in the product: a process a build, with the same
arguments, environment and folder, an exit code and what was printed. Whatever runs in a process of its own (commands, the
scheduler, those that are killed) starts dbt itself.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import patch

from prm.settings import PROJECT
from tests.warm_dbt import CODE, STDERR, STDOUT


@contextmanager
def builds() -> Iterator[None]:
    """While it lasts, this process's builds are forked from a warm one, which is started with the first."""
    folder = Path(tempfile.mkdtemp(prefix="prm-tests-warm-"))
    server: list[subprocess.Popen[str]] = []
    one_at_a_time = threading.Lock()

    def run(command: list[str], folder_of_run: Path, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
        said = Path(tempfile.mkdtemp(dir=folder))
        request = {
            "arguments": command[1:], "folder": str(folder_of_run), "environment": environment, "said": str(said),
        }  # fmt: skip
        with one_at_a_time:
            if not server:
                server.append(
                    subprocess.Popen(
                        [sys.executable, "-m", "tests.warm_dbt", str(folder)],
                        cwd=PROJECT, stdin=subprocess.PIPE, text=True,
                    )
                )  # fmt: skip
            assert server[0].stdin is not None
            server[0].stdin.write(json.dumps(request) + "\n")
            server[0].stdin.flush()
        while not (said / CODE).exists():
            assert server[0].poll() is None, "the warm process has ended"
            time.sleep(0.01)
        code, stdout, stderr = ((said / name).read_text(encoding="utf-8") for name in (CODE, STDOUT, STDERR))
        return subprocess.CompletedProcess(command, int(code), stdout, stderr)

    with patch("runs.dbt_process._run", run):
        yield
    for process in server:
        process.communicate()
    shutil.rmtree(folder, ignore_errors=True)
