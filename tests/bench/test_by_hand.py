"""The hand-written queries pay what the models pay: otherwise the benchmark would compare different work."""

from __future__ import annotations

from pathlib import Path

import duckdb
import psycopg
import pytest

import loaders
import registry
import runs
from bench import by_hand, steps
from bench.by_hand import postgres
from bench.make_data import make_data
from demo import make_files
from prm import database
from prm.period import Period
from prm.settings import Settings
from runs.publishing import PUBLISHED

PERIOD = Period(2026, 10)
SUMS = """
    select counterparty_id, contract_id, component, stream, outcome, reason, failed_condition,
           count(*), sum(amount), sum(base_amount), sum(base_count)
    from {}
    -- By hand, reports are not told apart that the library's schemes pay nothing for.
    where stream not in ('churn', 'tariff_change') and reason is distinct from 'not_an_activation'
    group by 1, 2, 3, 4, 5, 6, 7"""


@pytest.fixture
def run(home: Settings) -> Path:
    """A calculated month of a small demo operator, faults included."""
    make_files(home.inbox, subscribers=1000)
    loaders.load_inbox(home)
    with database.transaction(home) as connection:
        registry.add_library(connection)
    return home.runs / str(runs.calculate(PERIOD, settings=home).run_id)


def test_both_queries_give_the_lines_of_the_models(run: Path, home: Settings, tmp_path: Path) -> None:
    files = by_hand.inputs_of_run(run, home.home)
    with duckdb.connect() as connection:
        connection.execute(by_hand.views(files))
        connection.execute(f"create table lines as {by_hand.query('calculate_duckdb', PERIOD)}")
        by_duckdb = set(connection.execute(SUMS.format("lines")).fetchall())
        tables = run / "tables"
        ours = connection.execute(
            SUMS.format(f"""(
            select * from '{tables}/int_event_lines.parquet'
            union all by name select * from '{tables}/int_period_lines.parquet')""")
        ).fetchall()
    period_only = {row for row in ours if row[3] == "period"}
    assert period_only and {row[:10] for row in ours} == {row[:10] for row in by_duckdb}
    assert period_only == {row for row in by_duckdb if row[3] == "period"}

    url = database.create_database("prm_bench_test", home)
    try:
        postgres.load(url, postgres.export_csv(files, tmp_path / "csv"))
        postgres.calculate(url, by_hand.query("calculate_postgres", PERIOD))
        with psycopg.connect(url) as connection:
            assert set(connection.execute(SUMS.format("lines")).fetchall()) == by_duckdb
    finally:
        with psycopg.connect(database.login_url(home), autocommit=True) as connection:
            connection.execute("drop database prm_bench_test with (force)")


def test_the_bare_ingest_takes_every_row_that_is_published(
    run: Path, home: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(steps, "BASELINE", "prm_bench_bare_test")
    try:
        rows = steps.ingest_by_hand(home)["rows"]
    finally:
        with psycopg.connect(database.login_url(home), autocommit=True) as connection:
            connection.execute("drop database if exists prm_bench_bare_test with (force)")
    with database.transaction(home) as connection:
        counts = [f"(select count(*) from results.{name})" for name in PUBLISHED]
        published = connection.execute(f"select {' + '.join(counts)} as rows").fetchone()
    assert published is not None and rows == published["rows"] > 0


def test_the_benchmarks_month_is_clean_and_of_the_size_asked_for(tmp_path: Path) -> None:
    files = make_data(tmp_path, subscribers=1000, charges=5, one_file=True)
    counts = {path.name: len(path.read_bytes().splitlines()) - 1 for path in files}
    assert 4_900 < counts["charges_2026-10_center.csv"] <= 5_000
    assert counts["subscribers_2026-10_center.csv"] >= 1000
    assert not list(tmp_path.glob("*.control.json"))
    assert make_data(tmp_path, subscribers=1000) == files


def test_the_benchmarks_month_has_what_later_pay_and_reinstatement_look_at(tmp_path: Path) -> None:
    make_data(tmp_path, subscribers=10_000, charges=1, one_file=True)
    connection = duckdb.connect()
    connection.execute(
        f"create view reports as from read_csv('{tmp_path}/subscribers_2026-10_center.csv', all_varchar = true)"
    )
    joined = connection.execute("select left(activated_on, 7), count(*) from reports group by 1").fetchall()
    assert {"2025-12", "2026-07", "2026-09", "2026-10"} == {month for month, count in joined if count > 1_000}
    returned = connection.execute("""
        select count(*) from reports as left_on join reports as back using (subscriber_id)
        where left_on.deactivated_on is not null and back.deactivated_on is null and back.changed_on > left_on.changed_on""")
    assert returned.fetchall()[0][0] > 0
