"""`prm post`, `prm ledger`, `prm reverse`, `prm check` by hand."""

import importlib

import pytest
import typer.testing

import cli
from cli.check import INVARIANTS
from prm import database
from tests.books import EARNED, approve, as_owner, publish

for group in ("ledger", "settling", "check", "calculate"):
    importlib.import_module(f"cli.{group}")


@pytest.fixture
def books(home, monkeypatch):
    for group in ("ledger", "settling"):
        monkeypatch.setattr(f"cli.{group}.console.width", 160, raising=False)
    publish(home, EARNED)
    approve(home)
    return home


def call(*arguments):
    return typer.testing.CliRunner().invoke(cli.app, arguments)


def test_posting_says_what_it_added_and_the_second_time_that_there_was_nothing(books):
    assert "3 transfers posted in 2026-10, 139.50 RUB" in call("post", "2026-10", "--author", "olga").output
    assert "2026-10: nothing to post" in call("post", "2026-10").output


def test_a_counterpartys_transfers_are_listed_in_either_language(books):
    call("post", "2026-10", "--author", "olga")
    russian = call("ledger", "D00001", "--lang", "ru").output
    assert "расходы" in russian and "вознаграждение" in russian and "долг на конец: 69,50 RUB" in russian
    later = call("ledger", "D00001", "--from", "2026-11").output
    assert later.splitlines() == ["owed before: 69.50 RUB", "no transfers", "owed after: 69.50 RUB"]
    assert "There is no counterparty 'D7'" in str(call("ledger", "D7").exception)


def test_reversing_and_rolling_back_say_what_became_of_the_ledger(books):
    call("post", "2026-10", "--author", "olga")
    assert "transfer 1 is undone by transfer 4" in call("reverse", "1", "--reason", "too early").output
    rolled = call("rollback", "2026-10", "-c", "D00002", "--reason", "wrong", "--author", "olga").output
    assert "taken back in the ledger: 1 transfers in 2026-10" in rolled


def test_checking_prints_every_rule_and_fails_with_the_rows_that_break_one(books):
    call("post", "2026-10")
    fine = call("check")
    assert (
        fine.exit_code == 0
        and fine.output.count("ok ") == len(INVARIANTS)
        and "3 transfers; its head is" in fine.output
        and f"all {len(INVARIANTS)} rules hold" in fine.output
    )
    with as_owner(books) as connection:
        connection.execute(
            "update results.rewards set amount = 101 where component = 'activation' and contract_id = 'C1'"
        )
    found = call("check", "--period", "2026-10")
    assert found.exit_code == 1 and f"3 of {len(INVARIANTS)} rules are broken" in found.output
    assert "counterparty_id D00001, contract_id C1, component activation" in found.output


def test_a_month_is_settled_by_hand(books):
    call("post", "2026-10")
    assert "name counterparties by --counterparty, or --all" in call("statement", "accept", "2026-10").output
    assert "1 statements accepted: D00002" in call("statement", "accept", "2026-10", "-c", "D00002").output
    held = call(
        "hold", "place", "-c", "D00002", "--period", "2026-10", "--component", "activation", "--reason", "audit"
    )
    assert "hold 1 is placed" in held.output
    assert call("due").output.splitlines() == ["fell due: 70.00 RUB", "held: 70.00 RUB"]
    assert "nothing has fallen due" in call("due").output
    assert "2026-10 activation" in call("hold", "list").output
    assert "hold 1 is released" in call("hold", "release", "1", "--reason", "fine").output
    assert "no holds" in call("hold", "list").output
    line = f"2026-10/D00001/{line_of(books)}"
    assert "dispute 1 is open" in call("statement", "dispute", line, "--claim", "150", "--claimed", "150.00").output
    assert "150" in call("statement", "disputes").output
    listed = call("statement", "list", "2026-10").output
    assert "D00001" in listed and "disputed" in listed and "accepted" in listed
    assert "granted, refused or withdrawn" in call("statement", "answer", "1", "maybe", "--answer", "?").output
    assert "dispute 1 is refused" in call("statement", "answer", "1", "refused", "--answer", "see 2.1").output
    assert "no disputes" in call("statement", "disputes").output
    recalled = call("statement", "recall", "2026-10", "-c", "D00001", "--reason", "oh")
    assert "has not accepted" in str(recalled.exception)
    assert "no statements of 2026-11" in call("statement", "list", "2026-11").output


def line_of(books):
    with database.transaction(books) as connection:
        return connection.execute(
            "select line from reporting.reward_lines where (counterparty_id, component) = ('D00001', 'activation')"
        ).fetchone()["line"]
