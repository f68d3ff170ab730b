"""A batch is approved by somebody else as it is, cancelled before it is exported, and a payout set aside by a hold."""

import psycopg
import pytest

import settlement
from prm import database
from prm.errors import NotFoundError, PrmError, RefusedError
from tests.books import as_owner, broken, entry, transfers
from tests.settlement.payouts.making import balances, exported, operator, payable, prepare, rows, three_payees


@pytest.fixture
def batch(home):
    three_payees(home)
    return prepare(home)


def approve(home, batch, author="olga", **other):
    return settlement.approve_payouts(batch.batch, author=author, settings=home, **other)


def state(home, batch):
    return settlement.show_payouts(batch.batch, settings=home).batch.state


def test_nobody_approves_what_they_prepared(home, batch):
    for author in ("ivan", " Ivan "):
        with pytest.raises(RefusedError, match="nobody approves what they prepared"):
            approve(home, batch, author)
    with pytest.raises(psycopg.Error) as refused, database.transaction(home) as connection:
        connection.execute(
            "insert into settlement.payout_decisions (batch, what, content_hash, author) values (%s, 'approved', 'x', 'Ivan')",
            [batch.batch],
        )
    assert refused.value.sqlstate == "PRM05"
    assert state(home, batch) == "prepared"


def test_an_approval_is_of_exactly_what_was_prepared(home, batch):
    with pytest.raises(RefusedError, match=r"is .* and not 0000"):
        approve(home, batch, content_hash="0" * 64)
    assert approve(home, batch, content_hash=batch.content_hash).is_new
    assert not approve(home, batch).is_new
    with pytest.raises(RefusedError, match="was approved by olga"):
        approve(home, batch, "petr")
    assert state(home, batch) == "approved"


def test_a_batch_whose_rows_were_changed_is_neither_approved_nor_exported(home, batch):
    approve(home, batch)
    operator(home)
    with as_owner(home) as connection:
        connection.execute("alter table settlement.payouts disable trigger all")
        connection.execute(
            "update settlement.payouts set account = '40817810000000000000' where counterparty_id = 'D2'"
        )
        connection.execute("alter table settlement.payouts enable always trigger rows_never_change")
    for act in (
        lambda: approve(home, batch),
        lambda: settlement.export_payouts(batch.batch, "pain001", home.home, author="ivan", settings=home),
    ):
        with pytest.raises(RefusedError, match="is not what was prepared"):
            act()


def test_what_was_changed_after_the_export_is_found(home):
    three_payees(home)
    exported(home)
    assert broken(home) == []
    with as_owner(home) as connection:
        connection.execute("alter table settlement.payouts disable trigger all")
        connection.execute("update settlement.payouts set amount = amount + 1 where counterparty_id = 'D2'")
    assert set(broken(home)) == {
        "A payout's parts add up to its amount, and the payouts to their batch.",
        "What was exported was approved as it is, by somebody else than its preparer.",
    }


def test_what_a_cancelled_batch_took_is_payable_again(home, batch):
    before = balances(home, "in_payment")
    approve(home, batch)
    assert settlement.cancel_payouts(batch.batch, reason="wrong day", author="ivan", settings=home).payouts == 2
    assert balances(home, "payable") == before | {("D3", "C3"): "70.00"} and balances(home, "in_payment") == {}
    assert transfers(home, "cause, reason")[-1] == ("return", "wrong day")
    assert not settlement.cancel_payouts(batch.batch, reason="wrong day", author="ivan", settings=home).is_new
    with pytest.raises(RefusedError, match="was cancelled by ivan"):
        approve(home, batch)
    with pytest.raises(PrmError, match="needs a reason"):
        settlement.cancel_payouts(batch.batch, reason=" ", author="ivan", settings=home)
    assert state(home, batch) == "cancelled" and broken(home) == []
    assert prepare(home).amount == batch.amount


def test_an_exported_batch_is_not_cancelled(home):
    three_payees(home)
    done = exported(home)
    with pytest.raises(RefusedError, match=r"was exported on .* can't be cancelled"):
        settlement.cancel_payouts(done.batch, reason="late", author="ivan", settings=home)
    with pytest.raises(NotFoundError, match="no payout batch 99"):
        settlement.cancel_payouts(99, reason="late", author="ivan", settings=home)


def hold(connection, payout):
    return connection.execute(
        """insert into settlement.holds (level, counterparty_id, payout, reason, author)
           select 'payout', counterparty_id, payout, 'checking', 'olga' from settlement.payouts where payout = %s
           returning hold""",
        [payout],
    ).fetchone()["hold"]


def set_aside(home, payout):
    number = settlement.hold_payout(payout, reason="checking", author="olga", settings=home)
    assert settlement.hold_payout(payout, reason="checking", author="olga", settings=home) == number
    return number


def test_a_held_payout_is_set_aside_is_not_exported_and_is_payable_once_released(home, batch):
    number = set_aside(home, 2)
    assert balances(home, "held") == {("D2", "C2"): "300.00"} and broken(home) == []
    approve(home, batch)
    operator(home)
    done = settlement.export_payouts(batch.batch, "pain001", home.home / "bank", author="ivan", settings=home)
    assert (done.payouts, done.amount) == (1, batch.amount - 300)
    assert b"D2" not in done.path.read_bytes()
    for _ in range(2):
        settlement.release(number, reason="fine", author="olga", settings=home)
    assert balances(home, "held") == {} and balances(home, "payable")[("D2", "C2")] == "300.00"
    assert rows(home, "select state from reporting.payouts order by payout") == [("in payment",), ("released",)]
    assert prepare(home).amount == 300 and broken(home) == []


def test_a_payout_that_is_with_the_bank_is_not_set_aside(home):
    three_payees(home)
    exported(home)
    with pytest.raises(RefusedError, match="can't be held any more"):
        set_aside(home, 1)
    with database.transaction(home) as connection, pytest.raises(RefusedError, match="not one of payout 2"):
        settlement.payouts.set_aside(connection, 2, hold(connection, 1), reason="x", author="olga")
    assert broken(home) == []


def test_a_batch_of_which_all_is_set_aside_is_not_exported(home, batch):
    for payout in (1, 2):
        set_aside(home, payout)
    approve(home, batch)
    operator(home)
    with pytest.raises(RefusedError, match="are set aside"):
        settlement.export_payouts(batch.batch, "pain001", home.home, author="ivan", settings=home)
    assert settlement.cancel_payouts(batch.batch, reason="all held", author="ivan", settings=home).payouts == 0
    assert balances(home, "held") and broken(home) == []


def test_a_payouts_transfer_is_not_reversed_alone(home, batch):
    with pytest.raises(RefusedError, match="of payout 1"):
        settlement.reverse(5, reason="a mistake", author="olga", settings=home)


@pytest.mark.parametrize(
    "table",
    ["payout_batches", "payouts", "payout_parts", "payouts_left_out", "payout_decisions", "payout_exports", "bank_files",
     "bank_confirmations", "payout_outcomes"],
)  # fmt: skip
def test_rows_of_payouts_are_only_added(home, table):
    for statement in (f"delete from settlement.{table}", f"truncate settlement.{table} cascade"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege), database.transaction(home) as connection:
            connection.execute(statement)
        with pytest.raises(psycopg.Error) as refused, as_owner(home) as connection:
            connection.execute(statement)
        assert refused.value.sqlstate == "PRM00"


@pytest.mark.parametrize(
    ("entries", "rule"),
    [
        ({"debit_account": "payable", "credit_account": "in_payment", "contract_id": "C1"},
         "What is in payment is the sum of the payouts without an outcome."),
        ({"debit_account": "in_payment", "credit_account": "paid", "contract_id": "C1", "cause": "payment", "payout": 1},
         "What is in payment is the sum of the payouts without an outcome."),
    ],
)  # fmt: skip
def test_money_that_moves_past_its_payout_is_found(home, batch, entries, rule):
    with database.transaction(home) as connection:
        settlement.post(connection, [entry("aside", counterparty_id="D1", **entries)])
    assert rule in broken(home)


def test_a_payment_twice_is_found(home, batch):
    payable(home, [("D1", "C1", "1.00")])
    with database.transaction(home) as connection:
        for number in (1, 2):
            settlement.post(connection, [entry(f"p{number}", counterparty_id="D1", debit_account="in_payment",
                                               credit_account="paid", cause="payment", payout=1)])  # fmt: skip
    assert "A payout is paid once." in broken(home)
