"""A month through the real scheduler: loaded, calculated, published, rolled back for one, calculated again.

The stack runs in a home of its own, for all tests here; each test looks at one thing that must hold afterwards.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import psutil
import psycopg
import pytest

import loaders
import registry
import runs
from demo import make_files
from prm import database
from prm.errors import PrmError
from prm.lake import fingerprint
from prm.period import Period
from prm.settings import PROJECT, Settings
from scheduling import stack as airflow_stack
from scheduling.environment import airflow_home
from scheduling.processes import process_of, state_file
from scheduling.rest import ENDED, Airflow
from tests.books import broken

pytestmark = pytest.mark.acceptance
PERIOD = Period(2026, 10)
PATIENCE = 300  # seconds


@pytest.fixture(scope="module")
def settings(server: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """A home and two databases (ours and Airflow's) that nobody else uses; also this process's environment."""
    name = f"prm_acceptance_{os.getpid()}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"create database {name}")
    patch = pytest.MonkeyPatch()
    patch.setenv("PRM_HOME", str(tmp_path_factory.mktemp("acceptance")))
    # A scheduler, or a task, that died is missed after seconds instead of minutes, so that the tests needn't wait.
    for setting, seconds in (
        ("SCHEDULER__SCHEDULER_HEALTH_CHECK_THRESHOLD", 12), ("SCHEDULER__ORPHANED_TASKS_CHECK_INTERVAL", 5),
        ("SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT", 30),
    ):  # fmt: skip
        patch.setenv(f"AIRFLOW__{setting}", str(seconds))
    patch.setenv("PRM_DATABASE_URL", database.with_database(server, name))
    settings = Settings()
    yield settings
    airflow_stack.down(settings)
    patch.undo()
    with psycopg.connect(server, autocommit=True) as connection:
        for one in (name, f"{name}_airflow"):
            connection.execute(f"drop database if exists {one} with (force)")


@pytest.fixture(scope="module")
def api(settings: Settings) -> Iterator[Airflow]:
    """A session with a running stack whose inbox holds one complete month of a small, faultless operator."""
    database.migrate(settings)
    with database.transaction(settings) as connection:
        registry.add_library(connection)
    make_files(settings.inbox, subscribers=1000, seed=7, first=str(PERIOD), last=str(PERIOD), faults=False)
    session = airflow_stack.up(settings, port=None).api()
    yield session
    session.close()


def hashes(settings: Settings) -> dict[str, str]:
    """The content of each counterparty's current version."""
    return {name: row["content_hash"] for name, row in runs.current_versions(PERIOD, settings=settings).items()}


def documents(settings: Settings) -> dict[str, str]:
    """The published files and what is in them."""
    files = [path for path in settings.documents.rglob("*") if path.is_file()]
    return {str(path.relative_to(settings.documents)): fingerprint(path) for path in files}


def wait_for(api: Airflow, dag: str, partition_key: str, since: str) -> dict:
    """The first run of a DAG for a partition since then, when it has succeeded."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        for run in api.runs(dag, since=since):
            if run["partition_key"] == partition_key and run["state"] in ENDED:
                assert run["state"] == "success", api.failures(dag, run["dag_run_id"])
                return run
        time.sleep(0.5)
    raise AssertionError(f"{dag} {partition_key} has not ended: {api.runs(dag, since=since)}")


@pytest.fixture(scope="module")
def month(settings: Settings, api: Airflow) -> SimpleNamespace:
    """The whole way, once: what was current and published at each of its ends."""
    since = datetime.now(UTC).isoformat()
    api.wait("load_files", api.trigger("load_files"), timeout=PATIENCE)
    calculated = wait_for(api, "calculate_rewards", str(PERIOD), since)
    wait_for(api, "publish_reports", str(PERIOD), since)
    first, first_documents = hashes(settings), documents(settings)

    with database.transaction(settings) as connection:
        chosen = connection.execute(
            "select counterparty_id, contract_id from reporting.rewards where component = 'activation' "
            "and paid_lines > 0 order by amount desc, counterparty_id limit 1"
        ).fetchone()
        registry.set_attribute(
            connection, "activation_fee", "777.00", level="contract", holder=chosen["contract_id"],
            valid_from=PERIOD.start, author="acceptance",
        )  # fmt: skip
    who = chosen["counterparty_id"]
    conf = {"period": str(PERIOD), "counterparties": [who], "reason": "a fee agreed late"}
    since = datetime.now(UTC).isoformat()
    api.wait("calculate_rewards", api.trigger("calculate_rewards", conf), timeout=PATIENCE)
    wait_for(api, "publish_reports", f"{PERIOD}|{who}", since)
    second = hashes(settings)

    since = datetime.now(UTC).isoformat()
    conf = {"period": str(PERIOD), "counterparty": who, "reason": "to see what was there before"}
    api.wait("roll_back_rewards", api.trigger("roll_back_rewards", conf), timeout=PATIENCE)
    wait_for(api, "publish_reports", f"{PERIOD}|{who}", since)
    back, back_documents = hashes(settings), documents(settings)

    conf = {"reason": "calculated again"}
    again = api.trigger("calculate_rewards", conf, partition_key=f"{PERIOD}|{who}")
    api.wait("calculate_rewards", again, timeout=PATIENCE)
    return SimpleNamespace(
        who=who, calculated=calculated, first=first, second=second, back=back, again=hashes(settings),
        first_documents=first_documents, back_documents=back_documents,
    )  # fmt: skip


def test_the_calculation_follows_the_facts_by_itself(month):
    assert month.calculated["run_type"] == "asset_triggered"
    assert len(month.first) > 10


def test_every_input_row_of_the_month_is_accounted_for(settings, month):
    with database.transaction(settings) as connection:
        staged = connection.execute(
            """select data_set, sum(rows)::bigint as rows from loads.partitions join loads.loads using (load_id)
               where state = 'live' and period = %s and data_set in ('charges', 'payments', 'subscribers')
               group by data_set order by data_set""",
            [str(PERIOD)],
        ).fetchall()
        ended = connection.execute(
            """select data_set, sum(rows)::bigint as rows from reporting.row_outcomes where period = %s
               group by data_set order by data_set""",
            [str(PERIOD)],
        ).fetchall()
    assert staged and ended == staged


def test_a_counterparty_is_calculated_again_alone(month):
    assert month.second[month.who] != month.first[month.who]
    assert {name: content for name, content in month.second.items() if name != month.who} == {
        name: content for name, content in month.first.items() if name != month.who
    }


def test_rolling_back_restores_exactly_the_version_before_and_its_documents(month):
    assert month.back == month.first
    statements = {name: content for name, content in month.first_documents.items() if month.who in name}
    assert statements
    assert {name: month.back_documents[name] for name in statements} == statements


def test_running_it_again_gives_the_same_content_as_before(month):
    assert month.again == month.second


def test_every_document_of_the_month_is_registered_with_its_hash(settings, month):
    with database.transaction(settings) as connection:
        rows = connection.execute("select path, sha256 from reporting.documents").fetchall()
    registered = {(row["path"], row["sha256"]) for row in rows}
    assert month.first_documents
    for name, content in month.first_documents.items():
        assert (str(Path(settings.documents.name) / name), content) in registered


def test_loading_the_same_files_again_announces_nothing(settings, api, month):
    since = datetime.now(UTC).isoformat()
    run_id = api.trigger("load_files")
    api.wait("load_files", run_id, timeout=PATIENCE)
    loaded = api.result("load_files", run_id, "load")
    assert loaded["complete"] == [] and loaded["changed"] == {}
    assert set(loaded["files"]) == {"unchanged"}
    time.sleep(3)
    assert api.runs("calculate_rewards", since=since) == []


def test_a_form_that_makes_no_sense_is_refused_before_anything_runs(api, month):
    with pytest.raises(PrmError, match="period"):
        api.trigger("calculate_rewards", {"period": "October"})


def test_an_unknown_counterparty_fails_at_once_and_in_words(api, month):
    run_id = api.trigger("calculate_rewards", {"period": str(PERIOD), "counterparties": ["D-nobody"]})
    began = time.monotonic()
    with pytest.raises(PrmError, match="There is no counterparty 'D-nobody'"):
        api.wait("calculate_rewards", run_id, timeout=PATIENCE)
    assert time.monotonic() - began < 60, "it was tried again although it can't succeed"


def test_a_backfill_asks_for_a_run_a_period_and_waits_for_all_of_them(settings, api, month):
    since = datetime.now(UTC).isoformat()
    command = [str(Path(sys.executable).with_name("prm")), "backfill", f"{PERIOD}..{PERIOD}", "--reason", "to be sure"]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, timeout=PATIENCE)
    assert done.returncode == 0, done.stderr
    assert f"{PERIOD}: calculated in" in done.stdout
    [run] = api.runs("calculate_rewards", since=since)
    assert (run["partition_key"], run["state"]) == (str(PERIOD), "success")
    assert hashes(settings) == month.again


def test_a_scheduler_and_a_task_killed_in_mid_work_end_in_the_same_rows(settings, api, month):
    conf = {"period": str(PERIOD), "counterparties": [month.who], "reason": "killed in mid-work", "force": True}
    run_id = api.trigger("calculate_rewards", conf)

    def of_this_request() -> list[dict]:
        return [run for run in runs.list_runs(PERIOD, settings=settings) if run["reason"] == "killed in mid-work"]

    deadline = time.monotonic() + PATIENCE
    while not of_this_request():
        assert time.monotonic() < deadline
        time.sleep(0.1)
    state = json.loads(state_file(airflow_home(settings)).read_text(encoding="utf-8"))
    scheduler = process_of(state["children"]["scheduler"])
    assert scheduler is not None
    for process in [scheduler, *scheduler.children(recursive=True)]:  # the worker, its task, and the task's dbt
        with suppress(psutil.NoSuchProcess):
            process.kill()
    api.wait("calculate_rewards", run_id, timeout=PATIENCE)
    published, killed = of_this_request()
    assert (published["state"], killed["state"]) == ("published", "failed")
    assert killed["error"] == "the process ended before the run did"
    assert not (settings.runs / str(killed["run_id"]) / "spill").exists()
    assert hashes(settings) == month.again
    assert broken(settings) == []


def test_documents_follow_what_is_posted(settings, api, month):
    runs.approve_period(PERIOD, "acceptance", settings=settings)
    since = datetime.now(UTC).isoformat()
    api.wait("post_rewards", api.trigger("post_rewards", {"period": str(PERIOD)}), timeout=PATIENCE)
    assert wait_for(api, "publish_reports", str(PERIOD), since)["run_type"] == "asset_triggered"


def test_stopping_leaves_no_process_behind(settings, api, month):
    stack = airflow_stack.running(settings)
    assert stack is not None
    assert airflow_stack.down(settings)
    assert airflow_stack.running(settings) is None
    assert api.health() == {}
    assert not airflow_stack.down(settings)


def test_loads_of_the_month_are_live(settings, month):
    with database.transaction(settings) as connection:
        assert loaders.missing_files(connection, PERIOD) == []
