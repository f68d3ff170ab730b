"""What is payable becomes payouts: by the contract's level, above a minimum, netted, exact, once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from decimal import Decimal

import pytest

import settlement
from prm import database
from prm.errors import NotFoundError, PrmError, RefusedError
from tests.books import broken, publish, transfers
from tests.settlement.payouts.making import (
    DAY,
    balances,
    bank_account,
    contract,
    counterparty,
    outlet,
    payable,
    prepare,
    rows,
    three_payees,
)

PAYOUTS = "select counterparty_id, level, outlet_id, amount from settlement.payouts order by payout"


def left_out(done):
    return [
        (one.payee_id, one.contract_id, f"{one.amount:.4f}".rstrip("0").rstrip("."), one.reason)
        for one in done.left_out
    ]


def test_a_counterpartys_contracts_are_one_payout_and_negatives_are_netted(home):
    three_payees(home)
    done = prepare(home)
    assert (done.payouts, done.amount) == (2, Decimal("1500.50"))
    assert rows(home, PAYOUTS) == [("D1", "counterparty", None, "1200.50"), ("D2", "counterparty", None, "300.00")]
    assert rows(home, "select payout, part, contract_id, amount from settlement.payout_parts order by 1, 2") == [
        (1, 1, "C1", "1500.50"), (1, 2, "C1-2", "-300.00"), (2, 1, "C2", "300.00"),
    ]  # fmt: skip
    assert left_out(done) == [("D3", "C3", "70", "no bank details")]
    assert balances(home, "payable") == {("D3", "C3"): "70.00"}
    assert balances(home, "in_payment") == {("D1", "C1"): "1500.50", ("D1", "C1-2"): "-300.00", ("D2", "C2"): "300.00"}
    assert transfers(home, "cause, debit_account, credit_account, amount, payout")[4:] == [
        ("payout", "payable", "in_payment", "1500.50", 1), ("payout", "in_payment", "payable", "300.00", 1),
        ("payout", "payable", "in_payment", "300.00", 2),
    ]  # fmt: skip
    assert broken(home) == []


def test_the_second_batch_finds_nothing_that_the_first_has_taken(home):
    three_payees(home)
    prepare(home)
    again = prepare(home)
    assert (again.batch, again.payouts, left_out(again)) == (None, 0, [("D3", "C3", "70", "no bank details")])
    assert rows(home, "select count(*) from settlement.payout_batches") == [(1,)]


def test_a_request_prepares_once(home):
    three_payees(home)
    first = prepare(home, request_key="november")
    payable(home, [("D2", "C2", "50.00")])
    again = prepare(home, request_key="november")
    assert (again.batch, again.amount, again.is_new) == (first.batch, first.amount, False)
    assert again.left_out == first.left_out and again.content_hash == first.content_hash
    with pytest.raises(RefusedError, match="asked for something else"):
        prepare(home, request_key="november", minimum=Decimal(5))


def test_below_the_minimum_is_carried_forward_and_the_contracts_own_counts_first(home):
    three_payees(home)
    counterparty(home, "D4")
    contract(home, "C4", "D4", minimum="50")
    counterparty(home, "D5")
    contract(home, "C5", "D5", minimum="2000")
    payable(home, [("D4", "C4", "60.00"), ("D5", "C5", "1999.99")])
    done = prepare(home, minimum=Decimal(1000))
    assert [row[0] for row in rows(home, PAYOUTS)] == ["D1", "D4"]
    assert left_out(done) == [
        ("D2", "C2", "300", "below the minimum"), ("D3", "C3", "70", "below the minimum"),
        ("D5", "C5", "1999.99", "below the minimum"),
    ]  # fmt: skip
    payable(home, [("D5", "C5", "0.01")])
    assert prepare(home, minimum=Decimal(1000)).amount == Decimal("2000.00")


def test_whoever_owes_is_carried_forward_with_the_reason(home):
    three_payees(home)
    payable(home, [("D2", None, "-300.00"), ("D1", None, "-2000.00")])
    assert left_out(prepare(home)) == [
        ("D1", "C1", "1500.5", "not positive"), ("D1", "C1-2", "-300", "not positive"), ("D1", None, "-2000", "not positive"),
        ("D2", "C2", "300", "not positive"), ("D2", None, "-300", "not positive"), ("D3", "C3", "70", "no bank details"),
    ]  # fmt: skip


def test_a_penalty_without_a_contract_is_netted_in_the_counterpartys_payout(home):
    three_payees(home)
    payable(home, [("D2", None, "-100.25")])
    prepare(home)
    assert ("D2", "counterparty", None, "199.75") in rows(home, PAYOUTS)


def test_a_group_is_paid_to_its_head_and_each_members_balance_is_taken(home):
    counterparty(home, "H")
    counterparty(home, "M1", "H", account=False)
    counterparty(home, "M2", "M1", account=False)
    for who in ("H", "M1", "M2"):
        contract(home, f"C-{who}", who, "group")
    contract(home, "C-H2", "H")
    payable(
        home,
        [
            ("H", "C-H", "10.00"),
            ("M1", "C-M1", "-4.00"),
            ("M2", "C-M2", "20.00"),
            ("M2", None, "-1.00"),
            ("H", "C-H2", "7.00"),
        ],
    )
    prepare(home)
    assert rows(home, PAYOUTS) == [("H", "counterparty", None, "7.00"), ("H", "group", None, "25.00")]
    assert balances(home, "in_payment")[("M2", None)] == "-1.00" and balances(home, "payable") == {}
    assert broken(home) == []


def test_what_is_smaller_than_a_kopeck_stays_payable(home):
    counterparty(home, "D1")
    contract(home, "C1", "D1")
    contract(home, "C2", "D1")
    payable(home, [("D1", "C1", "10.0049"), ("D1", "C2", "5.0030")])
    done = prepare(home)
    assert done.amount == Decimal("15.00") and left_out(done) == [("D1", "C1", "0.0079", "smaller than a unit")]
    payable(home, [("D1", "C2", "0.0021")])
    assert prepare(home).amount == Decimal("0.01")
    assert broken(home) == []


def test_a_currency_without_small_units_is_paid_in_whole_ones(home):
    counterparty(home, "D1", account=False)
    bank_account(
        home, "D1", account="12345678", bank="Bank", bic="BOTKJPJT", correspondent_account=None, currency="JPY"
    )
    contract(home, "C1", "D1", currency="JPY")
    payable(home, [("D1", "C1", "1000.75")], currency="JPY")
    done = settlement.prepare_payouts("JPY", author="ivan", as_of=DAY, settings=home)
    assert (done.amount, left_out(done)) == (1000, [("D1", "C1", "0.75", "smaller than a unit")])


def test_only_the_payees_that_are_named(home):
    three_payees(home)
    prepare(home, counterparties=["D2"])
    assert [row[0] for row in rows(home, PAYOUTS)] == ["D2"]
    with pytest.raises(NotFoundError, match="no counterparty 'D9'"):
        prepare(home, counterparties=["D9"])


def test_bank_details_are_those_of_the_day_and_of_the_outlet_first(home):
    counterparty(home, "D1")
    contract(home, "C1", "D1")
    newer = bank_account(home, "D1", 2, valid_from=date(2026, 11, 11))
    payable(home, [("D1", "C1", "10.00")])
    before = prepare(home)
    settlement.cancel_payouts(before.batch, reason="again", author="ivan", settings=home)
    prepare(home, as_of=date(2026, 11, 11))
    accounts = rows(home, "select account from settlement.payouts order by payout")
    assert accounts[0] != accounts[1] == (newer,)


def hold(home, counterparty_id, contract_id=None):
    with database.transaction(home) as connection:
        row = connection.execute(
            """insert into settlement.holds (level, counterparty_id, contract_id, reason, author)
               values ('counterparty', %s, %s, 'checking', 'olga') returning hold""",
            [counterparty_id, contract_id],
        ).fetchone()
    return row["hold"]


def test_a_hold_keeps_a_counterparty_or_a_contract_out_until_it_is_released(home):
    three_payees(home)
    number = hold(home, "D2")
    hold(home, "D1", "C1-2")
    done = prepare(home)
    assert rows(home, PAYOUTS) == [("D1", "counterparty", None, "1500.50")]
    assert [one for one in left_out(done) if one[3] == "held"] == [
        ("D1", "C1-2", "-300", "held"),
        ("D2", "C2", "300", "held"),
    ]
    with database.transaction(home) as connection:
        connection.execute("insert into settlement.hold_releases values (%s, 'fine', 'olga')", [number])
    assert prepare(home).amount == Decimal("300.00")


def test_a_hold_on_the_head_keeps_its_groups_payout(home):
    counterparty(home, "H")
    counterparty(home, "M", "H", account=False)
    contract(home, "C-M", "M", "group")
    payable(home, [("M", "C-M", "20.00")])
    hold(home, "H")
    assert left_out(prepare(home)) == [("H", "C-M", "20", "held")]


def test_a_contract_by_outlet_is_shared_out_by_what_the_outlets_earned(home):
    counterparty(home, "D1")
    contract(home, "C1", "D1", "outlet")
    for number in (1, 2, 3):
        outlet(home, f"T{number}", "D1")
    bank_account(home, "D1", 2, outlet_id="T1")
    run_id = publish(home, {("D1", "C1", "activation"): "100.00"})
    lines = [("T1", "33.00"), ("T2", "33.00"), ("T3", "33.00"), ("T3", "-40.00"), (None, "-59.00")]
    with database.transaction(home) as connection:
        connection.execute("select results.make_partitions('2026-10', array['reward_lines'])")
        for outlet_id, amount in lines:
            connection.execute(
                """insert into results.reward_lines (run_id, period, counterparty_id, contract_id, component, currency, stream,
                       event_date, amount, outcome, outlet_id)
                   values (%s, '2026-10', 'D1', 'C1', 'activation', 'RUB', 'charge', '2026-10-05', %s, 'paid', %s)""",
                [run_id, amount, outlet_id],
            )
    from tests.books import approve
    from tests.operators import OCTOBER

    approve(home)
    settlement.post_rewards(OCTOBER, author="olga", settings=home)
    payable(home, [("D1", "C1", "100.00")], cause="due", debit_account="accrued", credit_account="payable")
    # Published lines: 100.00 of no outlet, and those above: T1 33, T2 33, T3 none (it is below zero), no outlet 41.
    prepare(home)
    assert rows(home, PAYOUTS) == [
        ("D1", "counterparty", None, "38.32"), ("D1", "outlet", "T1", "30.84"), ("D1", "outlet", "T2", "30.84"),
    ]  # fmt: skip
    accounts = rows(home, "select account from settlement.payouts order by payout")
    assert accounts[0] == accounts[2] != accounts[1], "an outlet's own account, otherwise the counterparty's"
    assert broken(home) == []
    # Nothing has fallen due since then: what comes now belongs to no outlet.
    payable(home, [("D1", "C1", "5.00")])
    prepare(home)
    assert rows(home, PAYOUTS)[3:] == [("D1", "counterparty", None, "5.00")]


def test_a_reward_that_was_due_is_named_with_its_month_and_vat(home):
    counterparty(home, "D1")
    contract(home, "C1", "D1")
    payable(home, [("D1", "C1", "100.00")], cause="test", debit_account="reward_cost", credit_account="accrued")
    payable(home, [("D1", "C1", "22.00")], cause="vat", debit_account="vat", credit_account="accrued")
    payable(home, [("D1", "C1", "122.00")], cause="due", debit_account="accrued", credit_account="payable")
    done = prepare(home)
    [(purpose, vat)] = rows(home, "select purpose, vat_amount from settlement.payouts")
    assert vat == "22.00"
    assert purpose == f"Вознаграждение по договору № C1 за 10.2026 (PRM-{done.batch}-1). В том числе НДС 22.00 руб."


def test_a_long_purpose_fits_a_payment_order(home):
    counterparty(home, "D1")
    amounts = []
    for number in range(30):
        contract(home, f"CONTRACT-{number:04d}", "D1")
        amounts.append(("D1", f"CONTRACT-{number:04d}", "1.00"))
    payable(home, amounts)
    prepare(home)
    [(purpose,)] = rows(home, "select purpose from settlement.payouts")
    assert len(purpose) <= 210 and "30" in purpose and "НДС не облагается" in purpose


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"author": " "}, "needs an author"),
        ({"minimum": Decimal(-1)}, "-1 is no minimum"),
        ({"counterparties": []}, "empty list"),
    ],
)
def test_what_can_not_be_prepared_is_said(home, wrong, says):
    with pytest.raises(PrmError, match=says):
        prepare(home, **wrong)
    with pytest.raises(PrmError, match="'XX' is no currency"):
        settlement.prepare_payouts("XX", author="ivan", settings=home)


def test_two_that_prepare_at_once_take_the_money_once(home):
    three_payees(home)
    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(lambda _: prepare(home), range(4)))
    assert sorted(one.payouts for one in done) == [0, 0, 0, 2]
    assert sum(one.amount for one in done) == Decimal("1500.50") and broken(home) == []


def test_what_dies_before_its_end_has_taken_nothing(home, monkeypatch):
    three_payees(home)

    def die(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("settlement.payouts.preparing.post_parts", die)
    with pytest.raises(KeyboardInterrupt):
        prepare(home)
    monkeypatch.undo()
    assert rows(home, "select count(*) from settlement.payouts") == [(0,)]
    assert balances(home, "in_payment") == {} and prepare(home).payouts == 2
