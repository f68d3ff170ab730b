"""The demonstration: the demo operator's months through Airflow itself, then what came of it, in tables.

Nothing is calculated here. The stack is started, `load_files` is triggered through the REST API, and the rest
follows by itself, from asset to asset; this module waits, stops the stack and reads the analysts' views.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import loaders
import registry
from demo import make_files, write_operator_details
from demo.settle import settle
from prm import database
from prm.errors import PrmError
from prm.settings import Settings, get_settings
from scheduling import stack as airflow_stack
from scheduling.rest import ENDED, Airflow

_PATIENCE = 1800  # seconds the calculations and documents of all periods may take together
Tell = Callable[[str], None]


@dataclass
class Story:
    """What happened: seconds by stage, the DAG runs that followed, and whether anything is different now."""

    address: str = ""
    seconds: dict[str, float] = field(default_factory=dict)
    runs: list[dict[str, Any]] = field(default_factory=list)
    loaded: dict[str, int] = field(default_factory=dict)
    before: dict[str, int] = field(default_factory=dict)
    after: dict[str, int] = field(default_factory=dict)

    @property
    def changed_anything(self) -> bool:
        """Whether loads, current versions or documents differ from before."""
        return self.before != self.after


def operate(
    settings: Settings | None = None,
    *,
    subscribers: int = 4000,
    seed: int = 42,
    port: int | None = None,
    tell: Tell = lambda what: None,
    done: Tell = lambda what: None,
) -> Story:
    """Runs the whole demonstration; PrmError if a DAG fails. A second time, it changes nothing.

    tell: what is going on now, for a status line; done: what has come to its end, for a line that stays.
    """
    settings = settings or get_settings()
    story = Story()
    with _stage(story, "database and files", tell, done):
        database.migrate(settings)
        with database.transaction(settings) as connection:
            registry.add_library(connection)
        if not loaders.find_files(settings):
            make_files(settings.inbox, subscribers=subscribers, seed=seed)
        write_operator_details(settings)
    story.before = _books(settings)
    was_running = airflow_stack.running(settings) is not None
    try:
        with _stage(story, "start Airflow", tell, done):
            stack = airflow_stack.up(settings, port=port, progress=lambda what: tell(f"start Airflow: {what}"))
        api = stack.api()
        story.address = stack.address
        since = datetime.now(UTC).isoformat()
        with _stage(story, "load", tell, done):
            story.loaded = _load(api, tell)
        with _stage(story, "calculate and publish", tell, done):
            story.runs = _follow(api, settings, since, tell, done)
        api.close()
    finally:
        if not was_running:
            with _stage(story, "stop Airflow", tell, done):
                airflow_stack.down(settings)
    with _stage(story, "settle", tell, done):
        settle(settings, complete_periods(settings))
    story.after = _books(settings)
    return story


def complete_periods(settings: Settings) -> list[str]:
    """The periods that have every file that is expected of them."""
    with database.transaction(settings) as connection:
        rows = connection.execute("select distinct split_part(slot, '/', 2) as period from reporting.loads "
                                  "where state = 'live' and slot like '%/%' order by 1").fetchall()  # fmt: skip
        return [row["period"] for row in rows if not loaders.missing_files(connection, row["period"])]


def _load(api: Airflow, tell: Tell) -> dict[str, int]:
    run_id = api.trigger("load_files", note="demo")
    while api.run("load_files", run_id)["state"] not in ENDED and api.result("load_files", run_id, "load") is None:
        tell("load: the files of the inbox")
        time.sleep(0.5)
    loaded = api.result("load_files", run_id, "load")
    if loaded is None:
        raise PrmError("The files could not be loaded.", hint="; ".join(api.failures("load_files", run_id)))
    return loaded["files"]


def _follow(api: Airflow, settings: Settings, since: str, tell: Tell, done: Tell) -> list[dict[str, Any]]:
    """Waits until every complete period has been calculated and published by runs that began since then.

    Periods whose facts are as before are not announced by the load; they are asked for, so that it shows that
    calculating them again changes nothing.
    """
    periods = complete_periods(settings)
    time.sleep(2)  # the scheduler makes the runs of announced periods at its next look
    announced = {run["partition_key"] for run in api.runs("calculate_rewards", since=since)}
    for period in periods:
        if period not in announced:
            conf = {"period": period, "reason": "the demonstration, run again"}
            api.trigger("calculate_rewards", conf, partition_key=period, note="demo")
    deadline, told = time.monotonic() + _PATIENCE, set()
    while time.monotonic() < deadline:
        runs = api.runs("~", since=since)
        for run in runs:
            name = f"{run['dag_id']} {run['partition_key'] or ''}".strip()
            if run["state"] == "failed":
                raise PrmError(f"{name} failed.", hint="; ".join(api.failures(run["dag_id"], run["dag_run_id"])))
            if run["state"] == "success" and run["dag_run_id"] not in told:
                told.add(run["dag_run_id"])
                done(f"{name}: {run['duration']:.1f} s from queue to end")
        wanted = {(dag, period) for dag in ("calculate_rewards", "publish_reports") for period in periods}
        missing = wanted - {(run["dag_id"], run["partition_key"]) for run in runs if run["state"] == "success"}
        busy = [run for run in runs if run["state"] not in ENDED]
        if not missing and not busy:
            return runs
        tell("waiting for " + ", ".join(f"{dag} {period}" for dag, period in sorted(missing)[:4]))
        time.sleep(1)
    raise PrmError(f"Not everything has ended after {_PATIENCE // 60} minutes.", hint="Look at the DAGs: make up.")


def _books(settings: Settings) -> dict[str, int]:
    """What the books hold: enough to see whether anything has changed."""
    with database.transaction(settings) as connection:
        row = connection.execute("""
            select (select count(*) from reporting.loads where state = 'live') as live_loads,
                   (select count(*) from reporting.loads) as loads,
                   (select count(*) from reporting.versions where is_current) as current_versions,
                   (select coalesce(max(run_id), 0) from reporting.versions) as newest_version,
                   (select count(*) from reporting.documents) as documents,
                   (select count(*) from reporting.ledger_transfers) as transfers""").fetchone()
    assert row is not None
    return dict(row)


@contextmanager
def _stage(story: Story, name: str, tell: Tell, done: Tell) -> Iterator[None]:
    tell(name)
    began = time.monotonic()
    yield
    story.seconds[name] = time.monotonic() - began
    done(f"{name}: {story.seconds[name]:.1f} s")
