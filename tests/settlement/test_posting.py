"""Posting: once, whole, in order, and never into a closed period."""

import threading
from decimal import Decimal

import pytest

import settlement
from prm import database
from prm.errors import NotFoundError, PrmError, RefusedError
from tests.books import as_owner, broken, close, entry, owed, transfers


def post(settings, *entries):
    with database.transaction(settings) as connection:
        return settlement.post(connection, entries)


def test_transfers_are_numbered_without_gaps_in_the_order_given(home):
    assert post(home, entry("b"), entry("a")) == [1, 2]
    with pytest.raises(ZeroDivisionError), database.transaction(home) as connection:
        settlement.post(connection, [entry("lost")])
        raise ZeroDivisionError
    assert post(home, entry("c")) == [3]
    assert transfers(home, "transfer_id, idempotency_key") == [(1, "b"), (2, "a"), (3, "c")]


def test_the_same_key_posts_once_and_is_refused_with_other_content(home):
    assert post(home, entry("k", amount=Decimal("5"))) == [1]
    assert post(home, entry("new"), entry("k", amount=Decimal("5.0000"))) == [2, 1]
    for other in ({"amount": Decimal("5.01")}, {"contract_id": None}, {"author": "ivan"}, {"reason": ""}):
        with pytest.raises(RefusedError, match="The key 'k' belongs to transfer 1"):
            post(home, entry("x"), entry("k", **({"amount": Decimal("5")} | other)))
    with pytest.raises(RefusedError, match="'y' is given twice"):
        post(home, entry("y"), entry("y"))
    assert len(transfers(home)) == 2


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"amount": Decimal("0")}, "0 is not an amount to transfer"),
        ({"amount": Decimal("-1")}, "-1 is not an amount"),
        ({"amount": Decimal("0.00001")}, "0.00001 is not an amount"),
        ({"debit_account": "payable"}, "violates check constraint"),
        ({"debit_account": "cash"}, "debit_account.=.cash. is not present"),
        ({"cause": "whim"}, "cause.=.whim. is not present"),
        ({"period": "2026-13"}, "violates check constraint"),
        ({"period": "2026-09"}, "violates check constraint"),
        ({"author": ""}, "violates check constraint"),
        ({"cause": "reversal"}, "violates check constraint"),
    ],
)
def test_what_is_no_transfer_is_refused_whole(home, wrong, message):
    with pytest.raises(PrmError, match=message):
        post(home, entry("good"), entry("wrong", **wrong))
    assert transfers(home) == []


def test_nothing_is_posted_in_a_closed_period(home):
    post(home, entry("before"))
    close(home)
    with pytest.raises(RefusedError, match=r"2026-10 was closed on .*: nothing can be posted in it"):
        post(home, entry("after"))
    assert post(home, entry("before"), entry("next", period="2026-11")) == [1, 2]  # asking again is no posting
    assert broken(home) == []


def test_who_posts_while_a_period_is_being_closed_waits_and_is_refused(home):
    outcomes = []

    def poster():
        try:
            outcomes.append(post(home, entry("late")))
        except RefusedError as error:
            outcomes.append(str(error))

    with database.transaction(home) as closing:
        closing.execute(
            "insert into runs.period_decisions (period, what, author, content_hash) values ('2026-10', 'closed', 'o', '')"
        )
        thread = threading.Thread(target=poster)
        thread.start()
        thread.join(1)
        assert thread.is_alive() and outcomes == []
    thread.join(20)
    assert "was closed on" in outcomes[0]


def test_many_posters_at_once_make_one_chain(home):
    def poster(number):
        for turn in range(5):
            post(home, entry(f"{number}/{turn}"), entry(f"shared/{turn}"))

    threads = [threading.Thread(target=poster, args=[number]) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert [row[0] for row in transfers(home, "transfer_id")] == list(range(1, 26))
    assert settlement.verify_ledger(settings=home).fault is None


class TestReversing:
    def test_a_transfer_is_undone_once_by_its_mirror_image(self, home):
        post(home, entry(amount=Decimal("12.50")))
        assert settlement.reverse(1, reason="posted twice", author="olga", settings=home) == 2
        assert settlement.reverse(1, reason="posted twice", author="olga", settings=home) == 2
        assert owed(home) == {"D00001": "0.00"} == owed(home, "payable")
        with pytest.raises(RefusedError, match="was reversed by transfer 2 already: posted twice"):
            settlement.reverse(1, reason="again", author="ivan", settings=home)
        with pytest.raises(RefusedError, match="itself the reversal of 1"):
            settlement.reverse(2, reason="changed my mind", author="olga", settings=home)
        assert broken(home) == []

    def test_what_is_about_a_closed_period_is_undone_in_an_open_one(self, home):
        post(home, entry())
        close(home)
        settlement.reverse(1, reason="wrong", author="olga", settings=home)
        assert transfers(home, "period, origin_period, cause")[1] == ("2026-11", "2026-10", "reversal")

    def test_it_needs_a_transfer_and_a_reason(self, home):
        with pytest.raises(NotFoundError, match="no transfer 1"):
            settlement.reverse(1, reason="x", author="olga", settings=home)
        with pytest.raises(PrmError, match="needs a reason"):
            settlement.reverse(1, reason=" ", author="olga", settings=home)

    @pytest.mark.parametrize(
        "other", [{"amount": Decimal("9")}, {"credit_account": "paid"}, {"currency": "USD"}, {"contract_id": "C2"},
                  {"contract_id": None}, {"origin_period": "2026-09"}, {"counterparty_id": "D2"}],
    )  # fmt: skip
    def test_a_reversal_unlike_its_original_is_refused_by_the_table_itself(self, home, other):
        post(home, entry())
        mirror = {"debit_account": "payable", "credit_account": "accrued", "cause": "reversal", "reverses": 1}
        with pytest.raises(RefusedError, match="must mirror it"):
            post(home, entry("undo", **(mirror | other)))
        assert post(home, entry("undo", **mirror)) == [2]
        with as_owner(home) as connection, pytest.raises(Exception, match="violates unique constraint"):
            connection.execute(
                """insert into ledger.transfers select (jsonb_populate_record(transfers,
                       '{"transfer_id": 9, "idempotency_key": "z"}')).* from ledger.transfers where transfer_id = 2"""
            )
