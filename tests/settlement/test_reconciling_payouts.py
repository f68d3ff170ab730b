"""A payout in a reconciliation: one payment, whatever contracts it is of, known to both sides by its order's number."""

from datetime import date
from decimal import Decimal

import settlement
from prm import database
from tests.books import broken
from tests.settlement.payouts.making import exported, three_payees


def test_a_payout_of_several_contracts_is_one_payment_by_its_order_number(home, tmp_path):
    three_payees(home)
    exported(home)
    paid = tmp_path / "paid.csv"
    paid.write_text("payout;outcome;value_date\n1;paid;12.11.2026\n")
    settlement.confirm_payouts(paid, author="ivan", settings=home)
    with database.transaction(home) as connection:
        order = connection.execute("select document_number from settlement.payouts where payout = 1").fetchone()
    theirs = tmp_path / "theirs.csv"
    theirs.write_text(f"date,kind,number,credit\n2026-11-13,payment,payment order {order['document_number']},1200.00\n")
    found = settlement.reconcile(
        "D1", date(2026, 11, 1), date(2026, 11, 30), author="olga", figures=theirs, settings=home
    )
    [line] = found.lines
    assert (line.outcome, line.our_reference) == ("different", str(order["document_number"]))
    assert (line.our_change, line.their_change, len(line.transfers)) == (Decimal("-1200.5"), -1200, 2)
    assert (line.our_dated_on, found.opening, found.closing) == (date(2026, 11, 12), Decimal("1200.5"), 0)
    assert broken(home) == []
