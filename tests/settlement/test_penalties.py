"""Penalties by hand: charged once, appealed, upheld, reduced, reversed, withdrawn; the ledger follows each of them."""

from datetime import date
from decimal import Decimal

import psycopg
import pytest

import settlement
from prm import database
from prm.errors import NotFoundError, PrmError, RefusedError
from prm.period import Period
from settlement import Charge
from tests.books import as_owner, broken, close, owed, transfers
from tests.operators import OCTOBER

WHY = {"reason": "late report", "author": "olga"}


@pytest.fixture
def home(home):
    """Two dealers, each with a contract and an outlet."""
    with database.transaction(home) as connection:
        connection.execute(
            """insert into registry.counterparties (counterparty_id, name, kind, branch)
               values ('D1', 'ООО «Ромашка»', 'dealer', 'ural'), ('D2', 'ООО «Василёк»', 'dealer', 'ural');
               insert into registry.contracts (contract_id, counterparty_id, scheme, valid_from, status, currency,
                   vat_status, settlement_level)
               values ('C1', 'D1', 's', '2026-01-01', 'active', 'RUB', 'payer', 'counterparty'),
                      ('C2', 'D2', 's', '2026-01-01', 'active', 'RUB', 'payer', 'counterparty');
               insert into registry.outlets (outlet_id, counterparty_id, name, kind, region, opened_on)
               values ('T1', 'D1', 'Салон', 'own', 'Пермь', '2025-01-01')"""
        )
    return home


def charge(home, amount="500.00", **more):
    usual = {
        "kind": "penalty", "counterparty_id": "D1", "dated_on": date(2026, 10, 17), "amount": Decimal(amount),
        "currency": "RUB", "reason": "late report", "contract_id": "C1",
    }  # fmt: skip
    return settlement.charge_penalty(Charge(**(usual | more)), author="olga", settings=home)


def state(home, penalty):
    with database.transaction(home) as connection:
        row = connection.execute("select * from reporting.penalties where penalty = %s", [penalty]).fetchone()
    return row["state"]


@pytest.mark.parametrize(
    ("kind", "account", "cause"),
    [("penalty", "penalties", "penalty"), ("fine", "penalties", "penalty"), ("deduction", "deductions", "deduction")],
)
def test_a_charge_takes_from_what_is_payable(home, kind, account, cause):
    number = charge(home, kind=kind)
    assert transfers(
        home, "period, origin_period, dated_on, cause, penalty, debit_account, credit_account, amount"
    ) == [("2026-10", "2026-10", date(2026, 10, 17), cause, number, "payable", account, "500.00")]
    assert owed(home, "payable") == {"D1": "-500.00"} and state(home, number) == "charged"
    assert broken(home) == []


def test_about_a_closed_month_it_is_booked_in_an_open_one_and_keeps_its_day(home):
    close(home)
    charge(home, period=Period.parse("2026-09"))
    assert transfers(home, "period, origin_period, dated_on") == [("2026-11", "2026-09", date(2026, 10, 17))]


def test_one_that_is_about_a_later_month_than_its_day_is_booked_in_that(home):
    charge(home, period=Period.parse("2026-12"))
    assert transfers(home, "period, origin_period") == [("2026-12", "2026-12")]
    assert broken(home) == []


def test_the_same_number_is_charged_once_and_may_not_say_something_else(home):
    number = charge(home, external_id="A-7")
    assert charge(home, external_id="A-7") == number
    with pytest.raises(RefusedError, match=f"charged already, as penalty {number}"):
        charge(home, "600.00", external_id="A-7")
    assert len(transfers(home)) == 1


@pytest.mark.parametrize(
    ("wrong", "error", "says"),
    [
        ({"kind": "gift"}, PrmError, "One of: penalty, fine, deduction"),
        ({"counterparty_id": "D9"}, NotFoundError, "no counterparty 'D9'"),
        ({"contract_id": "C2"}, PrmError, "C2 is D2's, and not D1's"),
        ({"contract_id": "C9"}, NotFoundError, "no contract 'C9'"),
        ({"counterparty_id": "D2", "contract_id": None, "outlet_id": "T1"}, PrmError, "T1 is D1's"),
        ({"reason": " "}, PrmError, "needs a reason"),
        ({"currency": "ZZQ"}, PrmError, "not a currency"),
        ({"amount": Decimal("0")}, PrmError, "Above zero"),
        ({"amount": Decimal("-5")}, PrmError, "Above zero"),
        ({"amount": Decimal("1.00001")}, PrmError, "four decimal places"),
    ],
)
def test_what_can_not_be_charged_is_refused_and_leaves_nothing(home, wrong, error, says):
    with pytest.raises(error, match=says):
        charge(home, **wrong)
    assert transfers(home) == []


class TestAppeals:
    def test_an_appeal_moves_nothing_and_upheld_the_penalty_stays(self, home):
        number = charge(home)
        settlement.appeal_penalty(number, reason="reported in time", author="D1", settings=home)
        assert state(home, number) == "appealed"
        settlement.uphold_penalty(number, **WHY, settings=home)
        assert state(home, number) == "upheld" and len(transfers(home)) == 1
        settlement.appeal_penalty(number, reason="again", author="D1", settings=home)
        settlement.withdraw_appeal(number, reason="agreed", author="D1", settings=home)
        assert state(home, number) == "upheld"
        assert broken(home) == []

    def test_an_appeal_that_is_withdrawn_leaves_it_charged(self, home):
        number = charge(home)
        settlement.appeal_penalty(number, **WHY, settings=home)
        settlement.withdraw_appeal(number, **WHY, settings=home)
        assert state(home, number) == "charged" and broken(home) == []

    def test_reversed_it_is_undone_in_the_ledger_on_the_day_of_the_decision(self, home):
        number = charge(home)
        settlement.appeal_penalty(number, **WHY, settings=home)
        settlement.reverse_penalty(number, **WHY, settings=home)
        assert transfers(home, "cause, reverses, penalty, dated_on")[1] == ("reversal", 1, number, date.today())
        assert owed(home, "payable") == {"D1": "0.00"} and state(home, number) == "reversed"
        assert broken(home) == []

    def test_reduced_a_lower_one_stands_in_its_place(self, home):
        number = charge(home, external_id="A-7", outlet_id="T1", clause="5.2")
        settlement.appeal_penalty(number, **WHY, settings=home)
        new = settlement.reduce_penalty(number, Decimal("300.00"), **WHY, settings=home)
        assert settlement.reduce_penalty(number, Decimal("300.00"), **WHY, settings=home) == new
        with database.transaction(home) as connection:
            first, second = connection.execute("select * from reporting.penalties order by penalty").fetchall()
        assert (first["state"], first["replaced_by"]) == ("reduced", new)
        assert (second["state"], second["instead_of"], second["dated_on"]) == ("charged", number, date.today())
        assert (second["outlet_id"], second["clause"], second["period"]) == ("T1", "5.2", "2026-10")
        assert owed(home, "payable") == {"D1": "-300.00"} and owed(home, "penalties") == {"D1": "300.00"}
        assert broken(home) == []

    @pytest.mark.parametrize("to", ["500.00", "600.00", "0", "1.00001"])
    def test_it_is_reduced_to_less_and_above_zero(self, home, to):
        number = charge(home)
        settlement.appeal_penalty(number, **WHY, settings=home)
        with pytest.raises(PrmError):
            settlement.reduce_penalty(number, Decimal(to), **WHY, settings=home)
        assert state(home, number) == "appealed" and len(transfers(home)) == 1

    @pytest.mark.parametrize("decide", [
        settlement.uphold_penalty, settlement.reverse_penalty, settlement.withdraw_appeal])  # fmt: skip
    def test_what_nobody_appealed_is_not_decided(self, home, decide):
        number = charge(home)
        with pytest.raises(RefusedError, match=f"Penalty {number} is charged"):
            decide(number, **WHY, settings=home)

    def test_a_decision_counts_once(self, home):
        number = charge(home)
        for _ in range(2):
            settlement.withdraw_penalty(number, **WHY, settings=home)
        assert len(transfers(home)) == 2 and state(home, number) == "withdrawn"
        for decide in (settlement.withdraw_penalty, settlement.appeal_penalty, settlement.reverse_penalty):
            with pytest.raises(RefusedError, match=r"withdrawn: late report \(olga"):
                decide(number, reason="another", author="ivan", settings=home)
        assert broken(home) == []

    def test_a_decision_needs_a_reason_an_author_and_a_penalty(self, home):
        number = charge(home)
        for wrong in ({"reason": " ", "author": "olga"}, {"reason": "x", "author": ""}):
            with pytest.raises(PrmError, match="needs"):
                settlement.withdraw_penalty(number, **wrong, settings=home)
        with pytest.raises(NotFoundError, match="no penalty 99"):
            settlement.withdraw_penalty(99, **WHY, settings=home)

    def test_its_transfer_is_not_reversed_behind_its_back(self, home):
        number = charge(home)
        with pytest.raises(RefusedError, match=f"prm penalty withdraw {number}"):
            settlement.reverse(1, **WHY, settings=home)


@pytest.mark.parametrize("table", ["penalties", "penalty_decisions", "penalty_evidence"])
@pytest.mark.parametrize("statement", ["update settlement.{} set author = 'x'", "delete from settlement.{}",
                                       "truncate settlement.{} cascade"])  # fmt: skip
def test_nothing_is_changed_by_anybody(home, tmp_path, table, statement):
    number = charge(home)
    settlement.appeal_penalty(number, **WHY, settings=home)
    (tmp_path / "act.txt").write_text("act")
    settlement.attach_evidence(number, tmp_path / "act.txt", author="olga", settings=home)
    with pytest.raises(psycopg.errors.InsufficientPrivilege), database.transaction(home) as connection:
        connection.execute(statement.format(table))
    with pytest.raises(psycopg.Error, match="append-only"), as_owner(home) as connection:
        connection.execute(statement.format(table))


@pytest.mark.parametrize(
    ("spoil", "rule"),
    [
        ("update settlement.penalties set amount = 501", "stands in the ledger once"),
        ("update settlement.penalties set counterparty_id = 'D2'", "stands in the ledger once"),
        ("update settlement.penalties set kind = 'deduction'", "balances of penalties"),
        ("insert into settlement.penalties (kind, counterparty_id, period, dated_on, amount, currency, reason, author)"
         " values ('fine', 'D1', '2026-10', '2026-10-17', 5, 'RUB', 'r', 'a')", "stands in the ledger once"),
        ("insert into settlement.penalty_decisions (penalty, what, reason, author) values (1, 'reversed', 'r', 'a')",
         "balances of penalties"),
        ("insert into settlement.penalty_decisions (penalty, what, reason, author) values (1, 'reduced', 'r', 'a')",
         "has a lower one in its place"),
    ],
)  # fmt: skip
def test_every_rule_is_broken_by_what_it_forbids(home, spoil, rule):
    charge(home)
    assert broken(home) == []
    with as_owner(home) as connection:
        for table in ("penalties", "penalty_decisions"):
            connection.execute(f"alter table settlement.{table} disable trigger user")
        connection.execute(spoil)
    assert any(rule in one for one in broken(home))
    assert any(rule in one for one in broken(home, OCTOBER))
