"""States of a period: decided by people, derived from what is current; a closed one never changes for its readers."""

import hashlib
import importlib
import itertools
from datetime import date

import psycopg
import pytest
import typer.testing

import cli
import registry
import reports
import runs
from prm import database
from prm.errors import PrmError, RefusedError
from prm.period import Period
from runs.locks import fence, partition_lock
from tests.operators import OCTOBER

for group in ("periods", "calculate"):
    importlib.import_module(f"cli.{group}")
VIEWS = ("rewards", "reward_lines", "row_outcomes", "ownership", "volumes")


def state(settings, period=OCTOBER):
    with database.transaction(settings) as connection:
        return runs.period_state(connection, period)


def attribute(settings, value, name="charge_share", contract="C-D00001"):
    with database.transaction(settings) as connection:
        registry.set_attribute(
            connection, name, value, level="contract", holder=contract, valid_from=date(2026, 10, 1), author="olga"
        )


def seen(settings):
    with database.transaction(settings) as connection:
        return {
            view: sorted(
                str(row) for row in connection.execute(f"select * from reporting.{view} where period = '2026-10'")
            )
            for view in VIEWS
        }


def missing(settings, period=OCTOBER):
    return {one.what: one.words for one in runs.missing_to_close(period, settings=settings)}


def command(settings, monkeypatch, *arguments):
    monkeypatch.setenv("PRM_HOME", str(settings.home))
    monkeypatch.setenv("PRM_DATABASE_URL", str(settings.database_url))
    monkeypatch.setenv("COLUMNS", "200")
    return typer.testing.CliRunner().invoke(cli.app, arguments)


def test_a_period_is_open_until_something_of_it_is_calculated(month):
    assert state(month, Period(2026, 11)) == "open"
    assert state(month) == "calculated"
    with pytest.raises(RefusedError, match="2026-11 is open"):
        runs.approve_period(Period(2026, 11), "olga", settings=month)


def test_an_approval_is_of_exactly_what_is_current(month):
    with pytest.raises(PrmError, match="author"):
        runs.approve_period(OCTOBER, " ", settings=month)
    decision = runs.approve_period(OCTOBER, "olga", "agreed", settings=month)
    assert state(month) == "approved"
    versions = runs.current_versions(OCTOBER, settings=month)
    lines = "".join(
        f"{who}|{versions[who]['run_id']}|{versions[who]['content_hash']}\n"
        for who in sorted(versions, key=lambda who: who.encode())
    )
    assert decision.content_hash == hashlib.sha256(lines.encode()).hexdigest()
    with pytest.raises(RefusedError, match="2026-10 is approved by olga on"):
        runs.approve_period(OCTOBER, "ivan", settings=month)

    runs.calculate(OCTOBER, ["D00002"], force=True, settings=month)  # the same rewards, and yet another version
    assert state(month) == "calculated"
    runs.roll_back(OCTOBER, ["D00002"], reason="tried", settings=month)
    assert state(month) == "approved"

    runs.withdraw_approval(OCTOBER, "olga", "a mistake was found", settings=month)
    assert state(month) == "calculated"
    with pytest.raises(RefusedError):
        runs.withdraw_approval(OCTOBER, "olga", "again", settings=month)
    history = runs.period_decisions(OCTOBER, settings=month)
    assert [(one.what, one.author, one.reason) for one in history] == [
        ("approved", "olga", "agreed"),
        ("withdrawn", "olga", "a mistake was found"),
    ]


def test_nothing_is_decided_while_a_run_is_going_on(month):
    with partition_lock(OCTOBER, ["D00001"], wait_seconds=1, settings=month), pytest.raises(runs.LockedError):
        runs.approve_period(OCTOBER, "olga", wait_seconds=0, settings=month)


def test_all_that_is_missing_to_close_is_listed(month, monkeypatch):
    """Each thing is made missing, named, and mended: the next test closes the period."""
    with database.transaction(month) as connection:  # beyond its range, as a file may bring it
        connection.execute(
            """insert into registry.contract_attributes (contract_id, attribute, valid_from, value, author)
               values ('C-D00001', 'charge_share', '2026-10-01', '9999', 'a file')"""
        )
    runs.calculate(OCTOBER, ["D00001"], allow_left_out=True, settings=month)
    with database.transaction(month) as connection:
        connection.execute("delete from registry.contract_attributes where attribute = 'charge_share'")
        connection.execute("update loads.loads set state = 'superseded' where data_set = 'payments'")
        run_id = connection.execute(
            "insert into runs.runs (period, counterparties, state, error) values ('2026-10', '{D00002}', 'failed', 'BuildError: no room') returning run_id"
        ).fetchone()["run_id"]
        fence(connection, OCTOBER, ["D00002"], run_id)
        connection.execute(
            "insert into runs.current_versions select '2026-09', counterparty_id, run_id from runs.current_versions"
        )
    with pytest.raises(runs.NotClosableError) as refused:
        runs.close_period(OCTOBER, "olga", settings=month)
    found = {one.what: one.words for one in refused.value.missing}
    assert set(found) == {"approval", "file", "conflict", "run", "contract", "earlier period"}
    assert "payments" in found["file"].en and "ural" in found["file"].ru
    assert "1 subscribers" in found["conflict"].en and "N00002" in found["conflict"].en
    assert f"run {run_id} for D00002 failed" in found["run"].en and "no room" in found["run"].ru
    assert "C-D00001" in found["contract"].en and found["contract"].ru != found["contract"].en
    assert "2026-09" in found["earlier period"].en
    shown = command(month, monkeypatch, "period", "show", "2026-10")
    assert all(words.en in shown.output.replace("\n", "") for words in found.values()), shown.output
    with database.transaction(month) as connection:
        connection.execute("delete from runs.current_versions where period = '2026-09'")
        connection.execute("update loads.loads set state = 'live' where data_set = 'payments'")
        registry.link_subscriber(
            connection, "N00002", "T-D00001", valid_from=date(2026, 10, 1), reason="sold first", author="olga"
        )
    runs.calculate(OCTOBER, settings=month)  # after which no failed run is the newest of anything
    assert set(missing(month)) == {"approval"}


def test_a_closed_period_never_changes_for_its_readers(month, monkeypatch):
    refused = command(month, monkeypatch, "period", "close", "2026-10", "--author", "olga")
    assert isinstance(refused.exception, runs.NotClosableError) and "not approved" in str(refused.exception)
    runs.approve_period(OCTOBER, "olga", settings=month)
    closed = command(month, monkeypatch, "period", "close", "2026-10", "--author", "pavel", "--reason", "act 10")
    assert "2026-10: closed by pavel" in closed.output and state(month) == "closed"
    for decide in (runs.approve_period, runs.close_period):
        with pytest.raises(RefusedError, match="2026-10 is closed by pavel"):
            decide(OCTOBER, "ivan", settings=month)
    rows, documents = seen(month), reports.publish(OCTOBER, counterparties=["D00001"], settings=month)
    before = runs.current_versions(OCTOBER, settings=month)

    with pytest.raises(RefusedError, match="closed with"):  # below what it was closed with nobody goes
        runs.roll_back(OCTOBER, ["D00001"], reason="x", settings=month)
    attribute(month, "0.07")
    with database.transaction(month) as connection:  # D00002's subscriber, and one of D00001's own
        registry.link_subscriber(
            connection, "N00005", "T-D00001", valid_from=date(2026, 10, 10), reason="moved", author="olga"
        )
        registry.mark_fraud(connection, "N00004", valid_from=date(2026, 10, 3), reason="checked", author="olga")
    assert seen(month) == rows
    calculated = command(month, monkeypatch, "calculate", "2026-10", "-c", "D00001")
    assert "is closed: its readers go on seeing" in calculated.output
    after = runs.current_versions(OCTOBER, settings=month)
    assert after["D00001"]["amount"] != before["D00001"]["amount"] and state(month) == "closed"
    assert seen(month) == rows
    again = reports.publish(OCTOBER, counterparties=["D00001"], settings=month)
    assert {one.state for one in again} == {"unchanged"} and len(again) == len(documents)
    runs.roll_back(OCTOBER, ["D00001"], reason="x", settings=month)
    assert runs.current_versions(OCTOBER, settings=month) == before and seen(month) == rows
    with pytest.raises(RefusedError, match="closed with"):
        runs.roll_back(OCTOBER, ["D00001"], reason="x", settings=month)
    with pytest.raises(psycopg.errors.UniqueViolation), database.transaction(month) as connection:
        connection.execute(
            "insert into runs.period_decisions (period, what, author, content_hash) values ('2026-10', 'closed', 'x', '')"
        )


def test_what_readers_saw_at_a_moment_and_what_any_run_made(month, monkeypatch):
    with database.transaction(month) as connection:
        times = connection.execute(
            """select run_id, current_from, current_to, shown_from, shown_to from reporting.version_times
               where counterparty_id = 'D00001' order by current_from"""
        ).fetchall()
        closed_at = connection.execute(
            "select decided_at from reporting.period_decisions where what = 'closed'"
        ).fetchone()["decided_at"]
        amounts = {
            row["run_id"]: row["amount"]
            for row in connection.execute(
                "select run_id, sum(amount) as amount from results.rewards where counterparty_id = 'D00001' group by run_id"
            )
        }
        assert all(one["current_to"] == other["current_from"] for one, other in itertools.pairwise(times))
        for moment in times:
            rows = connection.execute(
                """select run_id, sum(amount) as amount from reporting.reward_versions
                   where period = '2026-10' and counterparty_id = 'D00001'
                     and shown_from <= %(at)s and (shown_to is null or shown_to > %(at)s) group by run_id""",
                {"at": moment["current_from"]},
            ).fetchall()
            seen_then = [row["run_id"] for row in rows]
            if moment["current_from"] < closed_at:
                assert seen_then == ([moment["run_id"]] if moment["run_id"] in amounts else [])
            else:
                assert [(row["run_id"], row["amount"]) for row in rows] == [
                    (seen_then[0], amounts[seen_then[0]])
                ] and seen_then == [max(one["run_id"] for one in times if one["shown_from"] is not None)]
    never_seen = next(one["run_id"] for one in times if one["shown_from"] is None)
    shown = command(month, monkeypatch, "rewards", "2026-10", "--run", str(never_seen), "-c", "D00001")
    now = command(month, monkeypatch, "rewards", "2026-10", "-c", "D00001")
    then = command(month, monkeypatch, "rewards", "2026-10", "-c", "D00001", "--as-of", "2020-01-01")

    def runs_in(shown):
        return {int(row.split()[-1]) for row in shown.output.splitlines() if row.strip().startswith("D00001")}

    assert (runs_in(shown), runs_in(then)) == ({never_seen}, set()) and "D00002" not in shown.output
    assert len(runs_in(now)) == 1 and runs_in(now) != {never_seen}


def test_the_list_of_periods_names_the_newest_decision(month):
    (row,) = [row for row in runs.list_periods(settings=month) if row["period"] == "2026-10"]
    assert (row["state"], row["author"], row["reason"]) == ("closed", "pavel", "act 10")
