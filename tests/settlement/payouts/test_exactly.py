"""Whatever is payable, under whatever holds and minimums: payouts and what is carried forward are what was there, exactly."""

from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings, strategies

import settlement
from prm import database
from tests.books import add_cause, broken
from tests.conftest import fresh_home
from tests.settlement.payouts.making import DAY, balances, contract, counterparty, operator, payable, rows

WHO = ["H", "M1", "M2", "D1", "D2"]
LEVELS = {"H": "group", "M1": "group", "M2": "group", "D1": "counterparty", "D2": "outlet"}
KEYS = [(who, contract_id) for who in WHO for contract_id in (f"C-{who}", f"X-{who}", None)]
AMOUNTS = strategies.decimals(min_value=-500, max_value=2000, places=4).filter(lambda amount: amount != 0)


@pytest.fixture(scope="module")
def books(server, template, tmp_path_factory):
    with fresh_home(server, template, tmp_path_factory.mktemp("exactly")) as home:
        add_cause(home)
        for who in WHO:
            counterparty(home, who, {"M1": "H", "M2": "M1"}.get(who), account=who != "D2")
            contract(home, f"C-{who}", who, LEVELS[who])
            contract(home, f"X-{who}", who, minimum="100")
        operator(home)
        yield home


def total(home, account):
    return rows(home, f"select coalesce(sum(case when credit_account = '{account}' then amount else -amount end), 0)::text "
                      f"from ledger.transfers where '{account}' in (debit_account, credit_account)")[0][0]  # fmt: skip


def adds_up(home, batch):
    """Each payout is told as what it takes, and of each balance what is told to stay is what stands there."""
    stands = balances(home, "payable")
    for reference, amount in rows(
        home, "select end_to_end_id, amount from settlement.payouts where batch = %s", [batch]
    ):
        told = settlement.add_up_payout(reference, settings=home)
        assert sum(part.amount for part in told.parts) == told.amount == Decimal(amount)
        for part in told.parts:
            moved = sum((change.amount for change in part.changes), Decimal(0))
            assert part.carried_over + moved == part.amount + part.others + part.left
            assert part.left.quantize(Decimal("0.01")) == Decimal(
                stands.get((part.counterparty_id, part.contract_id), 0)
            )


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    given_amounts=strategies.dictionaries(strategies.sampled_from(KEYS), AMOUNTS, min_size=1),
    minimum=strategies.sampled_from(["0", "50", "1000"]),
    held=strategies.sets(strategies.sampled_from(WHO), max_size=2),
    what_then=strategies.sampled_from(["cancel", "leave", "reject", "pay"]),
)
def test_payouts_and_what_is_carried_forward_are_what_was_payable(books, given_amounts, minimum, held, what_then):
    payable(books, [(who, of, str(amount)) for (who, of), amount in given_amounts.items()])
    holds = []
    with database.transaction(books) as connection:
        for who in sorted(held):
            holds.append(
                connection.execute(
                    """insert into settlement.holds (level, counterparty_id, reason, author)
                       values ('counterparty', %s, 'checking', 'olga') returning hold""",
                    [who],
                ).fetchone()["hold"]
            )
    before = Decimal(total(books, "payable"))
    done = settlement.prepare_payouts("RUB", author="ivan", as_of=DAY, minimum=Decimal(minimum), settings=books)
    carried = sum((one.amount for one in done.left_out), Decimal(0))
    assert done.amount + carried == before
    assert Decimal(total(books, "payable")) == carried
    assert done.amount == done.amount.quantize(Decimal("0.01"))
    assert not {one.payee_id for one in done.left_out if one.reason == "held"} - held - {"H"}
    if done.batch:
        adds_up(books, done.batch)
        if what_then == "cancel":
            settlement.cancel_payouts(done.batch, reason="again", author="ivan", settings=books)
            assert Decimal(total(books, "payable")) == before
        elif what_then in ("reject", "pay"):
            settlement.approve_payouts(done.batch, author="olga", settings=books)
            settlement.export_payouts(done.batch, "pain001", books.home / "bank", author="ivan", settings=books)
            file = books.home / f"{done.batch}.csv"
            outcome = {"reject": "rejected", "pay": "paid"}[what_then]
            numbers = rows(books, "select payout from settlement.payouts where batch = %s", [done.batch])
            file.write_text(
                "payout,outcome,value_date\n" + "".join(f"{one},{outcome},2026-11-12\n" for (one,) in numbers)
            )
            confirmed = settlement.confirm_payouts(file, author="ivan", settings=books)
            assert len(confirmed.booked(outcome)) == done.payouts
            assert Decimal(total(books, "payable")) == (before if what_then == "reject" else carried)
    with database.transaction(books) as connection:
        for number in holds:
            connection.execute("insert into settlement.hold_releases values (%s, 'fine', 'olga')", [number])
    assert broken(books) == []
