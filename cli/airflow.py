"""`prm up`, `prm down`, `prm demo`, `prm backfill`, `prm airflow`: Airflow for this project."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import typer
from rich.console import Console

from cli import app
from demo.operate import operate
from demo.showing import show
from prm import database
from prm.errors import PrmError
from prm.settings import get_settings
from scheduling import stack as airflow_stack
from scheduling.environment import environment
from scheduling.keys import periods_between


@app.command()
def up(port: int | None = typer.Option(None, help="Port of the web interface; 8080 or the next free one.")) -> None:
    """Start Airflow (api-server, scheduler, DAG processor) and wait until its DAGs can be triggered."""
    console = Console(stderr=True)
    with console.status("starting") as status:
        stack = airflow_stack.up(port=port, progress=lambda what: status.update(f"starting: {what}"))
    print(f"Airflow   {stack.address}  (user {stack.user})")
    print(f"password  in {stack.password_file}, as 'password'")
    print(f"logs      {stack.logs}")
    print(f"database  {database.describe()}")
    print("to stop   make down")


@app.command()
def down() -> None:
    """Stop Airflow, and the database if it is the embedded one."""
    stopped = airflow_stack.down()
    ended = database.stop()
    parts = [name for name, was in (("Airflow", stopped), ("the embedded database", ended)) if was]
    print(f"stopped: {' and '.join(parts)}" if parts else "nothing was running")


@app.command("airflow", context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def airflow(context: typer.Context) -> None:
    """Run any of Airflow's own commands in this project's environment: `prm airflow dags list`."""
    command = [str(Path(sys.executable).with_name("airflow")), *context.args]
    stack = airflow_stack.running()
    values = environment(port=int(stack.address.rpartition(":")[2]) if stack else None)
    raise SystemExit(subprocess.run(command, env=values).returncode)


@app.command()
def backfill(
    periods: str = typer.Argument(..., help="Months to calculate, such as 2026-08..2026-10."),
    reason: str = typer.Option(..., help="Why; kept with each run."),
    wait: bool = typer.Option(True, help="Wait until all of them have been calculated; their documents follow."),
) -> None:
    """Calculate a range of periods anew through Airflow, a run each; the documents of what changed follow."""
    settings = get_settings()
    stack = airflow_stack.running(settings)
    if not stack:
        raise PrmError("Airflow is not running.", hint="Start it: make up.")
    api = stack.api()
    console = Console()
    started = {
        str(period): api.trigger(
            "calculate_rewards",
            {"period": str(period), "reason": reason},
            partition_key=str(period),
            note=f"backfill {periods} by {os.environ.get('USER', 'prm')}: {reason}",
        )
        for period in periods_between(periods)
    }
    for period, run_id in started.items():
        console.print(
            f"{period}: {stack.address}/dags/calculate_rewards/runs/{run_id}", highlight=False, soft_wrap=True
        )
    if wait:
        with console.status("calculating") as status:
            for period, run_id in started.items():
                status.update(f"calculating {period}")
                run = api.wait("calculate_rewards", run_id, timeout=24 * 3600)
                console.print(f"{period}: calculated in {run['duration']:.1f} s", highlight=False)


@app.command()
def demo(
    subscribers: int = typer.Option(4000, help="Size of the demo operator, where its files are not there yet."),
    seed: int = typer.Option(42, help="Another seed makes another operator."),
    port: int | None = typer.Option(None, help="Port of Airflow's web interface."),
) -> None:
    """Run a demo operator's months through Airflow, then show what came of it."""
    settings, console = get_settings(), Console()
    with console.status("") as status:
        story = operate(
            settings, subscribers=subscribers, seed=seed, port=port,
            tell=status.update, done=lambda what: console.print(what, style="dim", highlight=False),
        )  # fmt: skip
    show(console, story, settings)
