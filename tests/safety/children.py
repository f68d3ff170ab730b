"""Processes to kill: each begins with everything imported, in a few hundredths of a second, and is one of its own.

They are forked from a server process that has imported the rooms and opened nothing: no connection, no thread of DuckDB.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
import traceback
from collections.abc import Callable
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

from prm.fail_points import SETTING
from prm.settings import Settings
from tests import built

_context = multiprocessing.get_context("forkserver")
_context.set_forkserver_preload(["tests.safety.operations", "tests.built"])


class Child:
    """A process that does `work` on some books.

    point: the fail point it is to die (or, `post.posted:stop`, halt) at. kept: where built tables are; None: dbt builds.
    """

    def __init__(
        self, work: Callable[..., Any], settings: Settings, *arguments: Any, point: str = "", kept: Path | None = None
    ):
        self.answers, there = _context.Pipe(duplex=False)
        self.process = _context.Process(target=_do, args=(there, work, settings, arguments, point, kept), daemon=True)
        self.began = time.monotonic()
        self.process.start()
        there.close()

    def kill(self, *, with_its_own: bool = False) -> None:
        """SIGKILL, as `kill -9`. with_its_own: what it has started as well."""
        with suppress(ProcessLookupError):
            (os.killpg if with_its_own else os.kill)(self.process.pid, signal.SIGKILL)  # type: ignore[arg-type]

    def wait(self, seconds: float = 120) -> int:
        """Its exit code, negative for a signal: 0, or 1 where it raised; `answer` says what."""
        self.process.join(seconds)
        if self.process.exitcode is None:
            self.kill(with_its_own=True)
            self.process.join(5)
            raise AssertionError(f"it has not ended after {seconds} s")
        return self.process.exitcode

    @property
    def answer(self) -> Any:
        """What it returned, or the error it raised; None where it died."""
        try:
            return self.answers.recv() if self.answers.poll() else None
        except EOFError:
            return None

    def go_on(self) -> None:
        """Lets it continue where it has halted."""
        os.kill(self.process.pid, signal.SIGCONT)  # type: ignore[arg-type]

    def is_halted(self) -> bool:
        """Whether it has halted itself at its point."""
        state = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()[0]
        return state == "T"

    def wait_until_halted(self, seconds: float = 60) -> None:
        """Returns once it has."""
        until = time.monotonic() + seconds
        while not self.is_halted():
            assert self.process.is_alive() and time.monotonic() < until, self.answer
            time.sleep(0.01)


def _do(
    answers: Any, work: Callable[..., Any], settings: Settings, arguments: tuple, point: str, kept: Path | None
) -> None:
    os.setsid()  # a group of its own
    os.environ["PRM_HOME"], os.environ[SETTING] = str(settings.home), point
    os.environ.pop("PRM_DATABASE_URL", None)
    if settings.database_url:
        os.environ["PRM_DATABASE_URL"] = settings.database_url
    try:
        with ExitStack() as stack:
            if kept:
                stack.enter_context(built.remembered(kept))
            result = work(settings, *arguments)
    except BaseException as error:
        answers.send(Raised(type(error).__name__, str(error), traceback.format_exc()))
        raise SystemExit(1) from None
    answers.send(result)


class Raised:
    """An error as it was raised in a child: its class's name, its text, its traceback."""

    def __init__(self, kind: str, text: str, trace: str):
        self.kind, self.text, self.trace = kind, text, trace

    def __repr__(self) -> str:
        return f"{self.kind}: {self.text}\n{self.trace}"
