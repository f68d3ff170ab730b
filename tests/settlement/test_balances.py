"""Whatever is posted and reversed, in whatever order: balances are those of a model in memory."""

from collections import Counter
from decimal import Decimal

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import settlement
from prm import database
from prm.errors import RefusedError
from tests.books import as_owner, broken, entry

ACCOUNTS = ["accrued", "payable", "held", "paid"]
post = st.tuples(
    st.just("post"), st.sampled_from(["D1", "D2"]), st.sampled_from(["C1", None]), st.sampled_from(["RUB", "USD"]),
    st.permutations(ACCOUNTS), st.decimals("0.0001", "1000000", places=4),
)  # fmt: skip
reverse = st.tuples(st.just("reverse"), st.integers(1, 12))
again = st.tuples(st.just("again"), st.integers(1, 12))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(post | reverse | again, min_size=1, max_size=12))
def test_balances_are_the_sums_of_what_was_posted_and_not_reversed(home, steps):
    empty(home)
    done, reversed_ones = [], set()
    for step in steps:
        if step[0] == "post":
            _, who, contract, currency, (debit, credit, *_), amount = step
            one = entry(
                str(len(done)), counterparty_id=who, contract_id=contract, currency=currency, debit_account=debit,
                credit_account=credit, amount=amount,
            )  # fmt: skip
            with database.transaction(home) as connection:
                done.append((one, settlement.post(connection, [one])[0]))
        elif step[1] <= len(done):
            one, number = done[step[1] - 1]
            if step[0] == "again":
                with database.transaction(home) as connection:
                    assert settlement.post(connection, [one]) == [number]
            elif number in reversed_ones:
                try:
                    settlement.reverse(number, reason="again", author="ivan", settings=home)
                    raise AssertionError("reversed twice")
                except RefusedError:
                    pass
            else:
                settlement.reverse(number, reason="mistake", author="olga", settings=home)
                reversed_ones.add(number)
    expected = Counter()
    for one, number in done:
        if number not in reversed_ones:
            expected[one.counterparty_id, one.contract_id, one.currency, one.debit_account] -= one.amount
            expected[one.counterparty_id, one.contract_id, one.currency, one.credit_account] += one.amount
    with database.transaction(home) as connection:
        rows = connection.execute("select * from reporting.account_balances").fetchall()
        closing = connection.execute(
            "select sum(credit - debit) as all, sum(closing) as closing from reporting.account_turnovers"
        ).fetchone()
    found = {(r["counterparty_id"], r["contract_id"], r["currency"], r["account"]): r["balance"] for r in rows}
    assert {key: value for key, value in found.items() if value} == {k: v for k, v in expected.items() if v}
    assert (closing["all"] or 0) == 0 == (closing["closing"] or Decimal(0))
    assert broken(home) == []


def empty(home):
    """A new ledger for each example; only a superuser can, and only with the triggers off."""
    with as_owner(home) as connection:
        for table in ("transfers", "head"):
            connection.execute(f"alter table ledger.{table} disable trigger user")
        connection.execute("delete from ledger.transfers; update ledger.head set transfers = 0, hash = sha256('')")
        connection.execute("alter table ledger.transfers enable always trigger transfers_never_change")
        connection.execute("alter table ledger.transfers enable always trigger reversals_mirror_their_original")
        connection.execute("alter table ledger.head enable always trigger there_is_one_head")
        connection.execute("alter table ledger.head enable always trigger the_head_goes_forward")
