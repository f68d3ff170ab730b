"""A calculation that is killed, or whose tables do not add up, leaves readers what they had."""

import os
import signal
import subprocess
import sys
import time

import duckdb
import psycopg
import pytest
from psycopg.types.json import Jsonb

import runs
from prm import database
from prm.errors import InvariantError, NotFoundError
from runs.invariants import check, open_tables
from runs.publishing import PUBLISHED
from tests.books import as_owner
from tests.operators import OCTOBER


def hashes(settings):
    return {who: version["content_hash"] for who, version in runs.current_versions(OCTOBER, settings=settings).items()}


def published_rows(settings):
    """Rows of the results, of whatever run."""
    with database.transaction(settings) as connection:
        return {
            table: connection.execute(f"select count(*) as rows from results.{table}").fetchone()["rows"]
            for table in ("versions", *PUBLISHED)
        }


@pytest.mark.parametrize("when", ["the build begins", "the rows are written and the pointer is not moved"])
def test_a_killed_run_leaves_the_old_version_whole_and_the_next_run_goes_on(month, when):
    before, rows = hashes(month), published_rows(month)
    script = f"""
import os, signal, runs, runs.publishing
from prm.period import Period
def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)
if {when!r} == "the build begins":
    progress = lambda stage: die() if stage == "build" else None
else:
    progress, runs.publishing._moves = None, die
runs.calculate(Period.parse("2026-10"), ["D00001"], force=True, progress=progress)
"""
    environment = os.environ | {"PRM_HOME": str(month.home), "PRM_DATABASE_URL": month.database_url}
    killed = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert (hashes(month), published_rows(month)) == (before, rows)
    dead = runs.list_runs(OCTOBER, settings=month)[0]
    assert dead["state"] == "running"
    spill = month.runs / str(dead["run_id"]) / "spill"  # what a build that is killed in its midst leaves
    spill.mkdir(parents=True, exist_ok=True)
    for _ in range(50):  # the server frees the dead process's lock once it notices
        try:
            result = runs.calculate(OCTOBER, ["D00001"], force=True, wait_seconds=5, settings=month)
            break
        except runs.LockedError:
            time.sleep(0.2)
    assert hashes(month) == before
    states = {run["run_id"]: run["state"] for run in runs.list_runs(OCTOBER, settings=month)}
    assert states[result.run_id] == "published" and "running" not in states.values()
    assert not spill.exists()


@pytest.mark.parametrize(
    ("table", "change", "rule"),
    [
        ("rewards", "replace (amount + 0.01 as amount)", "lines add up to the rewards"),
        ("row_outcomes", "replace (rows + 1 as rows)", "every input row ends in exactly one place"),
        ("int_event_lines", "replace (null as reason)", "a reason"),
        ("int_event_lines", "replace (cast(2 as int) as line_ordinal)", "exactly one first line"),
    ],
)
def test_tables_that_break_a_rule_are_not_published(month, table, change, rule):
    run_id = max(row["run_id"] for row in runs.list_runs(OCTOBER, settings=month) if row["counterparties"] is None)
    folder = month.runs / str(run_id)
    with open_tables(folder, month) as tables:
        check(tables, runs.manifest_of(run_id, month))
        tables.execute(
            f"create or replace view {table} as select * {change} from read_parquet('{folder}/tables/{table}.parquet')"
        )
        with pytest.raises(InvariantError, match=rule):
            check(tables, runs.manifest_of(run_id, month))


def test_a_failing_model_is_named_with_its_log_and_nothing_is_published(month, monkeypatch):
    before = hashes(month)
    monkeypatch.setattr("runs.calculating.pin", _spoiled(month))
    with pytest.raises(runs.BuildError, match=r"(?s)model stg_charges.*dbt\.log"):
        runs.calculate(OCTOBER, ["D00001"], force=True, settings=month)
    assert hashes(month) == before
    failed = runs.list_runs(OCTOBER, settings=month)[0]
    assert failed["state"] == "failed" and "stg_charges" in failed["error"]


def _spoiled(settings):
    from runs.inputs import pin

    def spoiled(connection, period, counterparties, folder, settings):
        pinned = pin(connection, period, counterparties, folder, settings)
        with duckdb.connect(str(folder / "run.duckdb")) as connection:
            connection.execute(
                "drop view inputs.charges; create table inputs.charges (load_id varchar, row_number int)"
            )
        return pinned

    return spoiled


def test_no_published_column_and_no_table_of_a_run_is_a_float(month):
    with database.transaction(month) as connection:
        floats = connection.execute(
            """select table_schema, table_name, column_name from information_schema.columns
               where table_schema in ('results', 'reporting', 'runs', 'loads', 'registry', 'documents', 'ledger')
                 and data_type in ('double precision', 'real')"""
        ).fetchall()
        money = connection.execute(
            """select data_type, numeric_scale from information_schema.columns
               where table_schema = 'results' and column_name in ('amount', 'base_amount')"""
        ).fetchall()
    assert floats == []
    assert money and {(row["data_type"], row["numeric_scale"]) for row in money} == {("numeric", 4)}
    run_id = runs.list_runs(OCTOBER, settings=month)[-1]["run_id"]
    with duckdb.connect(str(month.runs / str(run_id) / "run.duckdb"), read_only=True) as connection:
        columns = connection.execute(
            "select table_name, column_name, data_type from duckdb_columns() where not internal"
        ).fetchall()
    models = {name for name, _, _ in columns}
    assert {"int_events", "int_event_lines", "reward_lines", "rewards", "stg_charges"} <= models
    assert [column for column in columns if column[2] in ("DOUBLE", "FLOAT")] == []


def test_a_run_from_before_plans_and_cohorts_were_published_is_as_it_was_calculated(month):
    run_id = max(row["run_id"] for row in runs.list_runs(OCTOBER, settings=month) if row["counterparties"] is None)
    plans = month.runs / str(run_id) / "tables" / "int_plans.parquet"
    with as_owner(month) as connection:
        cohorts = connection.execute("delete from results.cohorts where run_id = %s returning *", [run_id]).fetchall()
    assert cohorts and runs.verify(run_id, settings=month).differences != []
    plans.rename(plans.with_suffix(".aside"))
    with as_owner(month) as connection:
        [kept] = connection.execute("select stages from runs.runs where run_id = %s", [run_id]).fetchall()
        connection.execute("update runs.runs set stages = stages #- '{tables,int_plans}' where run_id = %s", [run_id])
    assert runs.verify(run_id, settings=month).differences == []
    plans.with_suffix(".aside").rename(plans)
    with as_owner(month) as connection:
        connection.execute("update runs.runs set stages = %s where run_id = %s", [Jsonb(kept["stages"]), run_id])
        for row in cohorts:
            values = list(row.values())
            connection.execute("insert into results.cohorts values (%s, %s, %s, %s, %s, %s, %s, %s)", values)


def test_verifying_finds_the_counterparty_whose_published_rows_were_changed(month):
    run_id = max(row["run_id"] for row in runs.list_runs(OCTOBER, settings=month) if row["counterparties"] is None)
    whole = runs.verify(run_id, settings=month)
    with database.transaction(month) as connection:
        published = connection.execute(
            "select count(*) as rows from results.reward_lines where run_id = %s", [run_id]
        ).fetchone()["rows"]
        assert whole.differences == [] and whole.rows > published > 0
    changed = """update results.reward_lines set amount = amount %s 0.01
                 where run_id = {run_id} and counterparty_id = 'D00001' and outcome = 'paid'"""
    with as_owner(month) as connection:  # the application may not
        connection.execute(changed.replace("%s", "+").format(run_id=run_id))
    assert runs.verify(run_id, settings=month).differences == [runs.Difference("reward_lines", "D00001")]
    with as_owner(month) as connection:
        connection.execute(changed.replace("%s", "-").format(run_id=run_id))
    assert runs.verify(run_id, settings=month).differences == []
    with pytest.raises(NotFoundError):
        runs.verify(run_id + 1000, settings=month)


def test_an_analyst_reads_the_views_and_nothing_else(month):
    with database.transaction(month) as connection:
        connection.execute("set local role prm_analyst")
        assert connection.execute("select sum(amount) as amount from reporting.rewards").fetchone()["amount"] > 0
        for table in ("results.rewards", "runs.runs", "registry.contracts", "loads.loads", "ledger.transfers"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege), connection.transaction():
                connection.execute(f"select count(*) from {table}")
        with pytest.raises(psycopg.errors.InsufficientPrivilege), connection.transaction():
            connection.execute("delete from reporting.version_moves")


def test_every_column_that_analysts_read_is_explained(month):
    with database.transaction(month) as connection:
        silent = connection.execute(
            """select c.relname, a.attname from pg_class c join pg_namespace n on n.oid = c.relnamespace
               join pg_attribute a on a.attrelid = c.oid and a.attnum > 0
               where n.nspname = 'reporting' and col_description(c.oid, a.attnum) is null"""
        ).fetchall()
    assert silent == []
