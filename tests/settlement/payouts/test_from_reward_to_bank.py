"""The whole way: a reward is approved, posted with its VAT, accepted, due, paid out by outlet, and paid by the bank."""

import pytest

import settlement
from prm import database
from prm.errors import RefusedError
from tests.books import approve, broken, publish
from tests.operators import OCTOBER
from tests.settlement.payouts.making import balances, contract, counterparty, exported, outlet, payable, prepare, rows


@pytest.fixture
def due(home):
    """D1's contract is settled by outlet and pays VAT: 600.00 of T1, 300.00 of T2 and 100.00 of none are due, with 22 %."""
    counterparty(home, "D1")
    contract(home, "C1", "D1", "outlet")
    for one in ("T1", "T2"):
        outlet(home, one, "D1")
    run_id = publish(home, {("D1", "C1", "activation"): "100.00", ("D1", "C1", "revenue"): "900.00"})
    with database.transaction(home) as connection:
        for component, outlet_id, amount in (
            ("revenue", "T1", "600.00"), ("revenue", "T2", "300.00"), ("revenue", None, "-900.00"),
        ):  # fmt: skip
            connection.execute(
                """insert into results.reward_lines (run_id, period, counterparty_id, contract_id, component, currency, stream,
                       event_date, amount, outcome, outlet_id)
                   values (%s, '2026-10', 'D1', 'C1', %s, 'RUB', 'charge', '2026-10-05', %s, 'paid', %s)""",
                [run_id, component, amount, outlet_id],
            )
    approve(home)
    settlement.post_rewards(OCTOBER, author="olga", settings=home)
    settlement.accept_statements(OCTOBER, None, author="dealer", settings=home)
    settlement.fall_due(author="olga", settings=home)
    return home


def test_each_outlet_is_paid_its_share_with_its_part_of_the_vat(due):
    assert balances(due, "payable") == {("D1", "C1"): "1220.00"}
    done = exported(due)
    assert rows(due, "select outlet_id, amount, vat_amount from settlement.payouts order by payout") == [
        (None, "122.00", "22.00"), ("T1", "732.00", "132.00"), ("T2", "366.00", "66.00"),
    ]  # fmt: skip
    [(purpose,)] = rows(due, "select purpose from settlement.payouts where outlet_id = 'T1'")
    assert purpose == "Вознаграждение по договору № C1 за 10.2026 (PRM-1-2). В том числе НДС 132.00 руб."
    file = due.home / "bank.csv"
    file.write_text("payout,outcome,value_date\n1,paid,2026-11-12\n2,paid,2026-11-12\n3,paid,2026-11-12\n")
    settlement.confirm_payouts(file, author="ivan", settings=due)
    assert settlement.show_payouts(done.batch, settings=due).batch.state == "done"
    assert balances(due, "paid") == {("D1", "C1"): "1220.00"} and balances(due, "payable") == {}
    assert broken(due) == []


def test_a_hold_by_the_books_own_command_sets_a_payout_aside_until_it_is_released(due):
    prepare(due)
    hold = settlement.hold_payout(2, reason="audit", author="olga", settings=due)
    assert balances(due, "held") == {("D1", "C1"): "732.00"} and broken(due) == []
    settlement.release(hold, reason="nothing found", author="olga", settings=due)
    assert balances(due, "payable") == {("D1", "C1"): "732.00"} and broken(due) == []
    again = prepare(due)
    assert rows(
        due, "select outlet_id, amount, vat_amount from settlement.payouts where batch = %s", [again.batch]
    ) == [("T1", "732.00", "132.00")]  # the outlet's own, with its part of the VAT
    assert broken(due) == []


def test_what_came_back_is_the_outlets_again_and_only_the_rest_is_shared(due):
    exported(due)
    file = due.home / "bank.csv"
    file.write_text("payout,outcome,value_date\n1,paid,2026-11-12\n2,paid,2026-11-12\n3,rejected,2026-11-12\n")
    settlement.confirm_payouts(file, author="ivan", settings=due)
    payable(due, [("D1", "C1", "10.00")])
    again = prepare(due)
    shares = "select outlet_id, amount from settlement.payouts where batch = %s order by payout"
    assert rows(due, shares, [again.batch]) == [(None, "1.00"), ("T1", "6.00"), ("T2", "369.00")]
    settlement.cancel_payouts(again.batch, reason="again", author="ivan", settings=due)
    payable(due, [("D1", "C1", "-76.00")])  # less than what came back is left: 300.00, shared anew
    last = prepare(due)
    assert rows(due, shares, [last.batch]) == [(None, "30.00"), ("T1", "180.00"), ("T2", "90.00")]
    assert broken(due) == []


def test_a_month_of_which_something_was_paid_out_is_not_rolled_back_alone(due):
    prepare(due)
    with pytest.raises(RefusedError, match="payout"):
        settlement.roll_back(OCTOBER, ["D1"], reason="wrong", author="olga", settings=due)
