"""Penalties and the payout register tie to the ledger, are made for whom they concern, and anew when something was said."""

from datetime import date
from decimal import Decimal

import pytest

import reports
import settlement
from prm import database
from prm.errors import NotFoundError
from settlement import Charge
from tests.books import add_cause, entry, publish
from tests.reports.conftest import OCTOBER, SEPTEMBER
from tests.reports.test_every_form import told
from tests.reports.test_library import rows_of, total
from tests.settlement.payouts.making import prepare, three_payees


def ledger(books, query):
    with database.transaction(books) as connection:
        return list(connection.execute(query).fetchone().values())


def test_penalties_are_what_the_ledger_has_before_in_and_after_the_month(books):
    kinds = rows_of(books, "penalties", "by_kind", "D1")
    credit, debit = ledger(
        books,
        """select sum(credit) as credit, sum(debit) as debit from reporting.account_turnovers
           where counterparty_id = 'D1' and period = '2026-10' and account in ('penalties', 'deductions')""",
    )
    listed = rows_of(books, "penalties", "penalties", "D1")
    assert (total(kinds, "charged"), total(kinds, "taken_back")) == (credit, debit) == (Decimal("1030.50"), 800)
    assert (total(listed, "charged"), total(listed, "taken_back")) == (credit, debit)
    assert total(kinds, "opening") == 40 and total(kinds, "closing") == Decimal("270.50")
    [balance] = ledger(
        books,
        """select sum(balance) from reporting.account_balances
           where counterparty_id = 'D1' and account in ('penalties', 'deductions')""",
    )
    assert balance == total(kinds, "closing")


def test_each_penalty_says_what_became_of_it_and_what_shows_why(books):
    listed = {row["number"]: row for row in rows_of(books, "penalties", "penalties", "D1")}
    assert {number: (row["state"], row["other"]) for number, row in listed.items()} == {
        "2": ("reduced on appeal", "5"), "3": ("reversed on appeal", ""), "4": ("charged", ""), "5": ("charged", "2"),
    }  # fmt: skip
    said = [(row["number"], row["what"]) for row in rows_of(books, "penalties", "decisions", "D1")]
    assert said == [("2", "appealed"), ("2", "reduced"), ("3", "appealed"), ("3", "reversed")]
    kept = settlement.evidence_of(2, settings=books)
    assert [(row["name"], row["sha256"]) for row in rows_of(books, "penalties", "evidence", "D1")] == [
        (one.name, one.sha256) for one in kept
    ]
    assert len(kept) == 2


def test_the_payout_register_adds_up_by_batch_by_state_and_by_part_and_is_the_ledgers(books):
    batches = rows_of(books, "payout_register", "by_batch")
    taken, paid = ledger(
        books,
        """select sum(case 'in_payment' when credit_account then amount when debit_account then -amount end)
                      filter (where cause = 'payout') as taken,
                  sum(case 'paid' when credit_account then amount when debit_account then -amount end) as paid
           from reporting.ledger_transfers where origin_period = '2026-10' and payout is not null""",
    )
    assert total(batches) == taken and total(batches, "paid") == paid > 0
    assert total(batches) == total(batches, "waiting") + total(batches, "paid") + total(batches, "not_paid")
    drawn, _ = told(books, "payout_register", "en")
    to_be_paid, paid = total(batches, "waiting") + total(batches, "paid"), total(batches, "paid")
    assert to_be_paid < taken  # what the bank sent back is in a second batch
    assert drawn.closing[0].startswith(f"To be paid in the month: {to_be_paid:,.2f} RUB (")
    assert drawn.closing[0].endswith(f"of it paid: {paid:,.2f} RUB.")
    for section in ("by_state", "payouts", "parts"):
        assert total(rows_of(books, "payout_register", section)) == taken
    states = {(row["batch"], row["state"]): row["payouts"] for row in rows_of(books, "payout_register", "by_state")}
    assert states == {("1", "paid by the bank"): 1, ("1", "rejected by the bank"): 1, ("2", "prepared"): 1}
    sent_back = next(row for row in rows_of(books, "payout_register", "payouts") if row["outcome_reason"])
    assert (sent_back["counterparty_id"], sent_back["outcome_reason"]) == ("D3", "счёт получателя закрыт")
    assert {(row["payee_id"], row["left_out_reason"]) for row in rows_of(books, "payout_register", "left_out")} >= {
        ("D2", "no bank details")
    }
    [withheld] = rows_of(books, "payout_register", "withheld")
    assert withheld["counterparty_id"] == "D2" and withheld["amount"] > 0


def test_who_has_no_penalty_gets_no_document_of_them_and_a_decision_makes_it_anew(home):
    publish(home, {("D00001", "C1", "activation"): "100.00", ("D00002", "C2", "activation"): "70.00"}, SEPTEMBER)
    with database.transaction(home) as connection:
        connection.execute(
            "insert into registry.counterparties (counterparty_id, name, kind, branch) values ('D00003', 'Ромашка', 'dealer', 'ural')"
        )

    def made():
        done = reports.publish(SEPTEMBER, forms=["penalties"], formats=["csv"], settings=home)
        return [(one.counterparty_id, one.state) for one in done]

    assert made() == []
    charge = Charge("penalty", "D00003", date(2026, 9, 14), Decimal("40.00"), "RUB", "late")  # who has no reward
    number = settlement.charge_penalty(charge, author="olga", settings=home)
    assert made() == [("D00003", "made")]
    assert made() == [("D00003", "unchanged")]
    settlement.appeal_penalty(number, reason="it was not", author="D00003", settings=home)
    assert made() == [("D00003", "made")]


def test_a_payout_register_needs_no_calculation_of_its_month_and_follows_its_payouts(home):
    with pytest.raises(NotFoundError, match=r"There are no payouts in 2026-10\."):
        reports.publish(OCTOBER, forms=["payout_register"], settings=home)
    add_cause(home)
    three_payees(home)
    prepare(home, as_of=date(2026, 10, 26))

    def made():
        [one] = reports.publish(OCTOBER, forms=["payout_register"], formats=["csv"], settings=home)
        return one.state

    assert made() == "made" and made() == "unchanged"
    settlement.approve_payouts(1, author="olga", settings=home)
    assert made() == "made"
    tax = entry("tax", counterparty_id="D1", debit_account="payable", credit_account="withheld_tax")
    with database.transaction(home) as connection:
        settlement.post(connection, [tax])
    assert made() == "made" and total(rows_of(home, "payout_register", "withheld")) == 10
