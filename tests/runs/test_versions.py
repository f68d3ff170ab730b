"""Versions of partitions: published, unchanged, rolled back, published again; others are never touched."""

from datetime import date

import pytest

import registry
import runs
from prm import database
from prm.errors import NotFoundError, PrmError, RefusedError, StaleError
from prm.period import Period
from runs.locks import fence, partition_lock
from runs.publishing import publish
from tests.operators import OCTOBER

NOVEMBER = Period.parse("2026-11")


def hashes(settings):
    return {who: version["content_hash"] for who, version in runs.current_versions(OCTOBER, settings=settings).items()}


def seen(settings):
    """What analysts see of October, by counterparty: every row of the results, whichever run made it."""
    rows = {}
    with database.transaction(settings) as connection:
        for view in ("rewards", "reward_lines", "row_outcomes", "ownership", "volumes"):
            for row in connection.execute(f"select * from reporting.{view} where period = '2026-10'"):
                del row["run_id"]
                rows.setdefault(row["counterparty_id"], []).append(str((view, row)))
    return {who: sorted(whose) for who, whose in rows.items()}


def counts(settings):
    with database.transaction(settings) as connection:
        return connection.execute(
            "select (select count(*) from runs.runs) as runs, (select count(*) from results.reward_lines) as lines"
        ).fetchone()


def test_calculating_what_has_not_changed_leaves_everything_as_it_is(month):
    before, rows = hashes(month), counts(month)
    result = runs.calculate(OCTOBER, settings=month)
    assert result.state == "unchanged"
    assert runs.calculate(OCTOBER, ["D00001"], settings=month).state == "unchanged"
    assert (hashes(month), counts(month)) == (before, rows)


def test_one_counterparty_alone_gets_what_it_got_among_all(month):
    before = hashes(month)
    result = runs.calculate(OCTOBER, ["D00002"], force=True, settings=month)
    assert result.state == "published" and result.counterparties == ["D00002"]
    assert hashes(month) == before
    versions = runs.current_versions(OCTOBER, settings=month)
    assert versions["D00002"]["run_id"] == result.run_id > versions["D00001"]["run_id"]
    moves = runs.roll_back(OCTOBER, ["D00002"], reason="tried", settings=month)
    assert [move.from_run for move in moves] == [result.run_id]


def test_rolling_back_restores_the_version_before_and_running_again_the_one_after(month):
    original, original_rows = hashes(month), seen(month)
    with database.transaction(month) as connection:
        registry.set_attribute(
            connection, "charge_share", "0.07", level="contract", holder="C-D00001", valid_from=date(2026, 10, 10),
            author="olga",
        )  # fmt: skip
    changed = runs.calculate(OCTOBER, ["D00001"], reason="a better share", request_key="asked-1", settings=month)
    after = hashes(month)
    assert after["D00001"] != original["D00001"]
    assert after | {"D00001": None} == original | {"D00001": None}
    rows = seen(month)
    assert rows["D00001"] != original_rows["D00001"]
    assert rows | {"D00001": None} == original_rows | {"D00001": None}
    assert runs.verify(changed.run_id, settings=month).differences == []

    repeated = runs.calculate(OCTOBER, ["D00001"], request_key="asked-1", settings=month)
    assert (repeated.state, repeated.run_id) == ("unchanged", changed.run_id)
    with pytest.raises(RefusedError, match="'asked-1' belongs to run"):
        runs.calculate(OCTOBER, ["D00002"], request_key="asked-1", settings=month)

    first = runs.roll_back(OCTOBER, ["D00001"], reason="not agreed", request_key="back-1", settings=month)
    assert (hashes(month), seen(month)) == (original, original_rows)
    with pytest.raises(StaleError):  # a run that began before the rollback, and comes back late
        publish(month.runs / str(changed.run_id), changed.run_id, OCTOBER, ["D00001"], settings=month)
    assert runs.roll_back(OCTOBER, ["D00001"], reason="not agreed", request_key="back-1", settings=month) == first
    assert hashes(month) == original

    runs.calculate(OCTOBER, ["D00001"], settings=month)
    assert (hashes(month), seen(month)) == (after, rows)
    runs.roll_back(OCTOBER, ["D00001"], reason="for the next test", settings=month)
    with database.transaction(month) as connection:
        connection.execute("delete from registry.contract_attributes where attribute = 'charge_share'")
    assert hashes(month) == original


def test_a_stale_run_is_refused_by_its_token_and_changes_nothing(month):
    before = hashes(month)
    run_id = max(row["run_id"] for row in runs.list_runs(OCTOBER, settings=month) if row["counterparties"] is None)
    with database.transaction(month) as connection:
        newer = connection.execute(
            "insert into runs.runs (period, state) values ('2026-10', 'failed') returning run_id"
        ).fetchone()["run_id"]
        fence(connection, OCTOBER, ["D00001"], newer)
    with pytest.raises(StaleError, match=f"run {newer} began after it"):
        publish(month.runs / str(run_id), run_id, OCTOBER, None, settings=month)
    assert hashes(month) == before


def test_a_stale_run_is_refused_after_one_that_found_nothing_to_do(month):
    run_id = min(row["run_id"] for row in runs.list_runs(OCTOBER, settings=month))
    before = hashes(month)
    assert runs.calculate(OCTOBER, ["D00002"], settings=month).state == "unchanged"
    with pytest.raises(StaleError, match=f"Run {run_id} of 2026-10 gives way"):
        publish(month.runs / str(run_id), run_id, OCTOBER, None, settings=month)
    assert hashes(month) == before


def test_two_runs_of_a_period_exclude_each_other_and_different_counterparties_do_not(month):
    with partition_lock(OCTOBER, ["D00001"], wait_seconds=1, settings=month):
        with pytest.raises(runs.LockedError, match="Another run of 2026-10"):
            runs.calculate(OCTOBER, wait_seconds=1, settings=month)
        with pytest.raises(runs.LockedError):
            runs.roll_back(OCTOBER, ["D00001"], reason="x", wait_seconds=0, settings=month)
        with partition_lock(OCTOBER, ["D00002"], wait_seconds=1, settings=month):
            pass


def test_publishing_a_month_for_the_first_time_waits_for_nobody_who_reads(month, monkeypatch):
    monkeypatch.setenv("PGOPTIONS", "-c lock_timeout=5s")
    with database.transaction(month) as reader:
        reader.execute("select count(*) from reporting.reward_lines")  # its locks are held until the transaction's end
        result = runs.calculate(NOVEMBER, force=True, settings=month)
    assert result.state == "published"


def test_an_empty_list_of_counterparties_is_not_taken_for_all_of_them(month):
    before = hashes(month)
    with pytest.raises(RefusedError, match="empty list"):
        runs.roll_back(OCTOBER, [], reason="x", settings=month)
    with pytest.raises(RefusedError, match="empty list"):
        runs.calculate(OCTOBER, [], force=True, settings=month)
    assert hashes(month) == before


def test_rolling_back_needs_a_reason_and_a_version(month):
    with pytest.raises(PrmError, match="reason"):
        runs.roll_back(OCTOBER, ["D00001"], reason=" ", settings=month)
    with pytest.raises(RefusedError, match="D09999 has no version"):
        runs.roll_back(OCTOBER, ["D00001", "D09999"], reason="x", settings=month)
    with pytest.raises(NotFoundError, match="D09999"):
        runs.calculate(OCTOBER, ["D09999"], settings=month)


def test_an_empty_registry_says_what_is_missing(home):
    with pytest.raises(runs.NothingToCalculateError, match="add-library"):
        runs.calculate(OCTOBER, settings=home)
    assert [run["state"] for run in runs.list_runs(settings=home)] == ["failed"]
