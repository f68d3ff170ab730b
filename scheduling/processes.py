"""Processes by more than their id: who they were when they were written down, and how they are ended."""

from __future__ import annotations

from pathlib import Path

import psutil


def state_file(home: Path) -> Path:
    """Where the running stack says which processes it is."""
    return home / "stack.json"


def identity(pid: int) -> dict[str, float]:
    """A process's id with its time of birth, so that a recycled id is never mistaken for it."""
    try:
        return {"pid": pid, "born": psutil.Process(pid).create_time()}
    except psutil.NoSuchProcess:
        return {"pid": pid, "born": 0.0}


def process_of(known: dict[str, float]) -> psutil.Process | None:
    """The process that `identity` described, if it still lives."""
    try:
        process = psutil.Process(int(known["pid"]))
        same = abs(process.create_time() - known["born"]) < 1.0 and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return None
    return process if same else None


def end(pids: list[int], *, grace: float) -> None:
    """Asks processes to stop; after `grace` seconds ends them and all that they started."""
    family: list[psutil.Process] = []
    for pid in pids:
        try:
            parent = psutil.Process(pid)
            family += [parent, *parent.children(recursive=True)]
            parent.terminate()
        except psutil.NoSuchProcess:
            continue
    _, alive = psutil.wait_procs(family, timeout=grace)
    for process in alive:
        try:
            process.kill()
        except psutil.NoSuchProcess:
            continue
    psutil.wait_procs(alive, timeout=5)
