"""The warm process's side of `warm`: reads the project once, and builds in processes that are forked from there.

`python -m tests.warm_dbt FOLDER`, then a request a line; it ends where its input does. FOLDER: for what dbt writes when it
reads the project.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

from runs.dbt_process import options

CODE, STDOUT, STDERR = "code", "stdout", "stderr"
"""Files of an answer: the exit code, negative for a signal, once all is done; and what was printed."""


def serve(folder: Path) -> None:
    """Answers requests: `arguments` of the command `dbt`, `folder`, `environment`, and the folder that the answer is `said` in."""
    from dbt.cli.main import dbtRunner  # here: who only wants the names above needs no dbt

    read = dbtRunner().invoke(["--quiet", "parse", *options(folder)])
    assert read.success, read.exception
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for those who answer
    for line in sys.stdin:
        if os.fork() == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            _answer(json.loads(line), read.result)
            os._exit(0)


def _answer(request: dict[str, Any], manifest: Any) -> None:
    said = Path(request["said"])
    builder = os.fork()
    if builder == 0:
        for number, name in ((1, STDOUT), (2, STDERR)):
            with (said / name).open("wb") as file:
                os.dup2(file.fileno(), number)
        os.chdir(request["folder"])
        os.environ.clear()
        os.environ.update(request["environment"])
        code = _build(request["arguments"], manifest)
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
    code = os.waitstatus_to_exitcode(os.waitpid(builder, 0)[1])
    (said / f".{CODE}").write_text(str(code))
    (said / f".{CODE}").rename(said / CODE)


def _build(arguments: list[str], manifest: Any) -> int:
    """What the command `dbt` does with these arguments, and its exit code."""
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager
    from dbt.cli.main import dbtRunner

    done = dbtRunner(manifest=manifest).invoke(arguments)
    if DuckDBConnectionManager._ENV:
        DuckDBConnectionManager._ENV.close()  # a forked process ends without what dbt would do then
    if done.exception:
        print(done.exception)
    return 0 if done.success else 2 if done.exception else 1


if __name__ == "__main__":
    serve(Path(sys.argv[1]))
