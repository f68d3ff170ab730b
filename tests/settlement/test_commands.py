"""`prm post`, `prm ledger`, `prm reverse`, `prm check` by hand."""

import importlib

import pytest
import typer.testing

import cli
from cli.check import INVARIANTS
from tests.books import EARNED, approve, as_owner, publish

for group in ("ledger", "check", "calculate"):
    importlib.import_module(f"cli.{group}")


@pytest.fixture
def books(home, monkeypatch):
    monkeypatch.setattr("cli.ledger.console.width", 160, raising=False)
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
    )
    with as_owner(books) as connection:
        connection.execute(
            "update results.rewards set amount = 101 where component = 'activation' and contract_id = 'C1'"
        )
    found = call("check", "--period", "2026-10")
    assert found.exit_code == 1 and f"3 of {len(INVARIANTS)} rules are broken" in found.output
    assert "counterparty_id D00001, contract_id C1, component activation" in found.output
