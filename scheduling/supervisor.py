"""One process that keeps Airflow's three running, and stops all of them when it is told to stop.

`python -m scheduling.supervisor PORT` starts the api-server, the scheduler and the DAG processor, each in a
session of its own (so that Ctrl-C reaches only the supervisor), writes their pids, and restarts one that dies.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from prm.settings import PROJECT, get_settings
from scheduling.environment import airflow_home, environment
from scheduling.processes import end, identity, state_file

COMMANDS = {
    "api-server": ["api-server"],
    "scheduler": ["scheduler", "--skip-serve-logs"],  # the api-server reads the logs from the same disk
    "dag-processor": ["dag-processor"],
}
_MANY_DEATHS, _SHORT = 4, 120.0  # that many deaths of one process within so many seconds: give up
_GRACE = 25.0  # seconds the running tasks, and then each process, may take to end by themselves


class Supervisor:
    """Keeps the processes of COMMANDS running until `stop` is called or one of them can't be kept alive."""

    def __init__(self, port: int):
        settings = get_settings()
        self.port = port
        self.home = airflow_home(settings)
        self.environment = environment(settings, port=port)
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self.deaths: dict[str, list[float]] = {name: [] for name in COMMANDS}
        self.stopping = False

    def run(self) -> int:
        """Starts everything and stays; returns the exit code: 0 after being told to stop."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: setattr(self, "stopping", True))
        try:
            for name in COMMANDS:
                self._start(name)
            while not self.stopping:
                time.sleep(0.3)
                if not all(map(self._keep, tuple(COMMANDS))):
                    return 1
            return 0
        finally:
            self._stop_all()
            state_file(self.home).unlink(missing_ok=True)

    def _start(self, name: str) -> None:
        logs = self.home / "logs"
        logs.mkdir(parents=True, exist_ok=True)
        airflow = str(Path(sys.executable).with_name("airflow"))
        with (logs / f"{name}.log").open("ab") as log:
            self.processes[name] = subprocess.Popen(
                [airflow, *COMMANDS[name]], cwd=PROJECT, env=self.environment, stdin=subprocess.DEVNULL,
                stdout=log, stderr=subprocess.STDOUT, start_new_session=True,
            )  # fmt: skip
        self._write_state()

    def _keep(self, name: str) -> bool:
        """Restarts a process that has died. False if it has died too often."""
        code = self.processes[name].poll()
        if code is None or self.stopping:
            return True
        now = time.monotonic()
        self.deaths[name] = [at for at in self.deaths[name] if now - at < _SHORT] + [now]
        print(f"{name} ended with code {code}", file=sys.stderr, flush=True)
        if len(self.deaths[name]) >= _MANY_DEATHS:
            print(f"{name} does not stay up: see {self.home / 'logs' / name}.log", file=sys.stderr, flush=True)
            return False
        self._start(name)
        return True

    def _write_state(self) -> None:
        state = {
            "port": self.port,
            "supervisor": identity(os.getpid()),
            "children": {name: identity(process.pid) for name, process in self.processes.items()},
        }
        temporary = state_file(self.home).with_suffix(".new")
        temporary.write_text(json.dumps(state, indent=2), encoding="utf-8")
        os.replace(temporary, state_file(self.home))

    def _stop_all(self) -> None:
        """The scheduler first: its running tasks need the api-server to report that they have ended."""
        scheduler = self.processes.pop("scheduler", None)
        if scheduler:
            scheduler.terminate()
            try:
                scheduler.wait(_GRACE)
            except subprocess.TimeoutExpired:
                end([scheduler.pid], grace=5)  # its second signal: tasks are stopped, and begin again at the next start
        end([process.pid for process in self.processes.values()], grace=_GRACE)
        for process in [*self.processes.values(), *([scheduler] if scheduler else [])]:
            process.wait()


if __name__ == "__main__":
    raise SystemExit(Supervisor(int(sys.argv[1])).run())
