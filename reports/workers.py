"""Many documents in several processes, each with connections of its own, all of them showing one moment.

A process is started as a program, not forked: it shares no connection, and may be started from wherever documents are
asked for, an Airflow task included. It is given one order at a time, so that none waits behind a long one.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections import deque
from collections.abc import Generator, Sequence
from contextlib import suppress
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any

from prm import database
from prm.errors import PrmError
from prm.settings import PROJECT, Settings
from reports.making import Order, Outcome
from reports.source import Source

_PATIENCE = 10.0
"""Seconds that a process has to tidy up when it is told to end."""


def outcomes(orders: Sequence[Order], source: Source, work: Path, count: int) -> Generator[list[Outcome]]:
    """Makes orders in `count` processes; gives the outcomes of each as it is done, not in the orders' order.

    Those who ask close the iterator when they want no more: then its processes are ended. work: see `making.fulfil`; the
    processes' temporary files go there, too. A process that is killed fails the document that it was making; another takes
    its place. Raises PrmError where a process can't be started, and what `making.fulfil` raises.
    """
    moment = _export(source)
    settings = source.settings.model_copy(update={"database_url": database.login_url(source.settings)})
    waiting = deque(orders)
    workers = [_Worker(settings, moment, work) for _ in range(min(count, len(orders)))]
    try:
        for worker in workers:
            worker.give(waiting.popleft())
        while busy := [worker for worker in workers if worker.order]:
            ready = wait([worker.channel for worker in busy])
            for worker in busy:
                if worker.channel not in ready:
                    continue
                yield worker.outcome()
                if not worker.is_alive:
                    workers.remove(worker)
                    worker.end()
                    if waiting:
                        worker = _Worker(settings, moment, work)
                        workers.append(worker)
                if waiting:
                    worker.give(waiting.popleft())
    finally:
        for worker in workers:
            worker.stop()
        for worker in workers:
            worker.end()


def _export(source: Source) -> str:
    """Names the moment that the source shows; other transactions may show it as long as this one lasts."""
    source.connection.execute("set local idle_in_transaction_session_timeout = 0")  # it has nothing to do but last
    row = source.connection.execute("select pg_export_snapshot() as moment").fetchone()
    assert row is not None
    return row["moment"]


class _Worker:
    """A process that makes documents, seen from outside."""

    def __init__(self, settings: Settings, moment: str, work: Path):
        ours, theirs = socket.socketpair()
        with theirs:
            path = os.pathsep.join([str(PROJECT), *filter(None, [os.environ.get("PYTHONPATH")])])
            self.process = subprocess.Popen(
                [sys.executable, "-m", "reports.document_worker", str(theirs.fileno())],
                pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL,
                env={**os.environ, "PYTHONPATH": path, "TMPDIR": str(work)},
            )  # fmt: skip
        self.channel = Connection(ours.detach())
        self.order: Order | None = None
        self.has_made_any = False
        self.is_alive = True
        self._send((settings, moment, work))

    def give(self, order: Order) -> None:
        self.order = order
        self._send(order)

    def outcome(self) -> list[Outcome]:
        """What became of the order, whose turn is over."""
        order, self.order = self.order, None
        assert order is not None
        try:
            told = self.channel.recv()
        except (EOFError, ConnectionError):
            self.is_alive = False
            return self._lost(order)
        if isinstance(told, Exception):
            raise told
        self.has_made_any = True
        return told

    def stop(self) -> None:
        """Tells it to end: at once, where it is at work."""
        self.channel.close()
        if self.order:
            self.process.terminate()

    def end(self) -> None:
        """Waits until it has ended."""
        try:
            self.process.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def _lost(self, order: Order) -> list[Outcome]:
        status = self.process.wait()
        if not self.has_made_any and status >= 0:
            raise PrmError(
                f"The process that makes documents ended with status {status} before it made any.",
                hint="What it said is above.",
            )
        how = f"by {signal.Signals(-status).name}" if status < 0 else f"with status {status}"
        told = f"its process was ended {how}"
        if status == -signal.SIGKILL:
            told += ": is there too little memory?"
        return [Outcome(entry, error=told) for entry in order.entries]

    def _send(self, what: Any) -> None:
        with suppress(ConnectionError):  # it is gone; `outcome` finds out
            self.channel.send(what)
