"""Starting and stopping the stack: metadata database, supervisor, health, DAGs, pools.

`up` is what `make up`, the demo and the acceptance tests call; it may be called when all of it runs already.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psycopg

from prm import database
from prm.errors import PrmError
from prm.settings import PROJECT, Settings, get_settings
from scheduling.environment import USER, airflow_home, environment, load_secrets, secrets_file
from scheduling.processes import end, process_of, state_file
from scheduling.rest import Airflow

PORT = 8080
POOLS = {
    "calculation": (1, "One calculation at a time: it takes all threads and most of the memory."),
    "documents": (1, "One set of documents at a time."),
}
DAGS = frozenset(path.stem for path in (PROJECT / "dags").glob("*.py"))
Progress = Callable[[str], None]


@dataclass(frozen=True)
class Stack:
    """A running stack: where it is, who may enter, and where its logs are."""

    address: str
    user: str
    password_file: Path
    logs: Path

    def api(self) -> Airflow:
        """A session with its REST API, as the administrator."""
        return Airflow(self.address, self.user, json.loads(self.password_file.read_text(encoding="utf-8"))["password"])


def running(settings: Settings | None = None) -> Stack | None:
    """The stack of this home, if its supervisor lives."""
    settings = settings or get_settings()
    state = _state(settings)
    return _stack(settings, state["port"]) if state and process_of(state["supervisor"]) else None


def up(settings: Settings | None = None, *, port: int | None = None, progress: Progress | None = None) -> Stack:
    """Starts everything that does not run yet and returns when DAGs can be triggered.

    port: of the web interface; None takes 8080, or the next free one. PrmError with the end of the log if a part
    does not come up.
    """
    settings = settings or get_settings()
    tell = progress or (lambda what: None)
    tell("database")
    database.migrate(settings)
    if found := running(settings):
        return _when_healthy(found, settings, tell)
    _end_leftovers(settings)
    tell("Airflow's metadata")
    _prepare(settings)
    port = _free_port(port)
    logs = airflow_home(settings) / "logs"
    logs.mkdir(parents=True, exist_ok=True)
    with (logs / "supervisor.log").open("ab") as log:
        supervisor = subprocess.Popen(
            [sys.executable, "-m", "scheduling.supervisor", str(port)], cwd=PROJECT, stdin=subprocess.DEVNULL,
            stdout=log, stderr=subprocess.STDOUT, start_new_session=True,
            env={**os.environ, "PRM_HOME": str(settings.home.resolve()), **_database_variable(settings)},
        )  # fmt: skip
    return _when_healthy(_stack(settings, port), settings, tell, supervisor)


def down(settings: Settings | None = None) -> bool:
    """Stops the stack, running tasks with it (they begin again when it is back). Whether there was one to stop."""
    settings = settings or get_settings()
    state = _state(settings)
    supervisor = process_of(state["supervisor"]) if state else None
    if supervisor:
        end([supervisor.pid], grace=60)
    return _end_leftovers(settings) or supervisor is not None


def _when_healthy(
    stack: Stack, settings: Settings, tell: Progress, supervisor: subprocess.Popen[bytes] | None = None
) -> Stack:
    api = stack.api()
    deadline = time.monotonic() + 180
    missing: set[str] = set(DAGS)
    while time.monotonic() < deadline:
        if supervisor and supervisor.poll() is not None:
            raise PrmError("Airflow did not start.", hint=_end_of_logs(stack.logs))
        health = api.health()
        if not health or any(status != "healthy" for status in health.values()):
            waiting = [part for part, status in health.items() if status != "healthy"]
            tell(f"waiting for {', '.join(waiting) or 'the api-server'}")
        elif missing := set(DAGS) - api.dags():
            if errors := api.import_errors():
                raise PrmError("A DAG file can't be imported.", hint=errors[0])
            tell(f"waiting for {', '.join(sorted(missing))}")
        else:
            for name, (slots, description) in POOLS.items():
                api.set_pool(name, slots, description)
            api.close()
            return stack
        time.sleep(0.5)
    raise PrmError("Airflow is not healthy after three minutes.", hint=_end_of_logs(stack.logs))


def _prepare(settings: Settings) -> None:
    """Migrates the metadata and creates the administrator, unless this has been done for this version of Airflow."""
    done = airflow_home(settings) / "prepared.json"
    if done.exists() and json.loads(done.read_text(encoding="utf-8")) == _prepared(settings):
        return
    command = [sys.executable, "-m", "scheduling.prepare"]
    ended = subprocess.run(command, cwd=PROJECT, env=environment(settings), capture_output=True, text=True)
    if ended.returncode != 0:
        raise PrmError("Airflow's metadata database could not be prepared.", hint=ended.stderr[-1500:])
    done.write_text(json.dumps(_prepared(settings)), encoding="utf-8")


def _prepared(settings: Settings) -> dict[str, str | None]:
    """What the metadata database was prepared for; never equal for an empty one."""
    from importlib.metadata import version

    url = environment(settings)["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"].replace("+psycopg2", "", 1)
    with psycopg.connect(url) as connection:
        found = connection.execute("select to_regclass('public.alembic_version')").fetchone()
        revision = (
            connection.execute("select version_num from alembic_version").fetchone() if found and found[0] else None
        )
        created = connection.execute("select oid::text from pg_database where datname = current_database()").fetchone()
    return {
        "airflow": version("apache-airflow"),
        "revision": revision[0] if revision else None,
        "database": created[0] if created else None,
        "secrets": str(secrets_file(settings).stat().st_mtime_ns),
    }


def _end_leftovers(settings: Settings) -> bool:
    """Ends what a supervisor that was killed has left running."""
    state = _state(settings)
    if not state or process_of(state["supervisor"]):
        return False
    orphans = [process for known in state["children"].values() if (process := process_of(known))]
    end([process.pid for process in orphans], grace=25)
    state_file(airflow_home(settings)).unlink(missing_ok=True)
    return bool(orphans)


def _state(settings: Settings) -> dict | None:
    path = state_file(airflow_home(settings))
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else None


def _stack(settings: Settings, port: int) -> Stack:
    load_secrets(settings)
    return Stack(f"http://localhost:{port}", USER, secrets_file(settings), airflow_home(settings) / "logs")


def _database_variable(settings: Settings) -> dict[str, str]:
    return {"PRM_DATABASE_URL": settings.database_url} if settings.database_url else {}


def _free_port(asked: int | None) -> int:
    for port in [asked] if asked else range(PORT, PORT + 100):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise PrmError(f"Port {asked or f'{PORT} to {PORT + 99}'} is taken.", hint="Name another one: prm up --port 9090.")


def _end_of_logs(logs: Path) -> str:
    """The last lines of what was logged last."""
    found = sorted(logs.glob("*.log"), key=lambda path: path.stat().st_mtime)
    parts = [f"{path.name}: …{path.read_text(encoding='utf-8', errors='replace')[-600:]}" for path in found[-2:]]
    return f"Logs are in {logs}.\n" + "\n".join(parts)
