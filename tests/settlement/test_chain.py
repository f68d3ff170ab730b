"""One changed byte anywhere in the ledger is found, whoever changed it."""

import pytest

import settlement
from prm import database
from tests.books import as_owner, broken, entry

MIDDLE = "select * from ledger.transfers where transfer_id = 3"
TAMPERING = {
    "an amount": ("update ledger.transfers set amount = amount + 0.0001 where transfer_id = 3", 3, "content"),
    "one byte of a text": ("update ledger.transfers set reason = 'reasoM' where transfer_id = 3", 3, "content"),
    "null instead of a text": ("update ledger.transfers set reason = null where transfer_id = 3", 3, "content"),
    "swapped accounts": (
        "update ledger.transfers set debit_account = credit_account, credit_account = debit_account where transfer_id = 3",
        3, "content",
    ),
    "the time": ("update ledger.transfers set recorded_at = recorded_at - interval '1 day' where transfer_id = 3", 3, "time"),
    "a content that has its own hash": (
        """update ledger.transfers as t set amount = 99, content_hash = ledger.content_hash(row(idempotency_key, period,
               origin_period, dated_on, counterparty_id, contract_id, currency, debit_account, credit_account, 99, cause,
               component, run_id, move, decision, reverses, penalty, hold, payout, reason, author)::ledger.entry)
           where transfer_id = 3""",
        3, "hash, number or time",
    ),
    "a row removed": ("delete from ledger.transfers where transfer_id = 3", 4, "transfer 3 is missing"),
    "the first row removed": ("delete from ledger.transfers where transfer_id = 1", 2, "transfer 1 is missing"),
    "rows swapped": (
        """update ledger.transfers set transfer_id = -transfer_id where transfer_id in (2, 3);
           update ledger.transfers set transfer_id = 5 + transfer_id where transfer_id < 0""", 2, "",
    ),
    "a row slipped in": (
        """update ledger.transfers set transfer_id = transfer_id + 100 where transfer_id > 3;
           update ledger.transfers set transfer_id = transfer_id - 99 where transfer_id > 100;
           insert into ledger.transfers select (jsonb_populate_record(transfers,
               '{"transfer_id": 4, "idempotency_key": "slipped in"}')).* from ledger.transfers where transfer_id = 3""",
        4, "",
    ),
    "the tail cut off": ("delete from ledger.transfers where transfer_id > 3", 4, "counts 5 transfers, and there are 3"),
    "everything gone": ("delete from ledger.transfers", 1, "counts 5 transfers, and there are 0"),
    "a row added behind the head": (
        """insert into ledger.transfers select (jsonb_populate_record(transfers,
               '{"transfer_id": 6, "idempotency_key": "added"}')).* from ledger.transfers where transfer_id = 5""", 6, "",
    ),
    "the head set back with its tail": (
        """delete from ledger.transfers where transfer_id > 3; update ledger.head set transfers = 3""", 3, "another hash",
    ),
    "the head removed": ("delete from ledger.head", 0, "head is missing"),
}  # fmt: skip


@pytest.fixture
def chain(home):
    with database.transaction(home) as connection:
        settlement.post(connection, [entry(str(number), reason="reason") for number in range(1, 6)])
    return home


def test_an_untouched_chain_fits_and_says_how_it_ends(chain):
    whole = settlement.verify_ledger(settings=chain)
    assert (whole.transfers, whole.fault, len(whole.head)) == (5, None, 64)
    assert broken(chain) == []


def test_an_empty_ledger_fits(home):
    assert settlement.verify_ledger(settings=home).fault is None


@pytest.mark.parametrize("what", TAMPERING)
def test_tampering_is_found_and_the_first_transfer_that_does_not_fit_is_named(chain, what):
    statement, transfer, fault = TAMPERING[what]
    with as_owner(chain) as connection:
        connection.execute("alter table ledger.transfers disable trigger user")
        connection.execute("alter table ledger.head disable trigger user")
        connection.execute(statement)
        connection.execute("alter table ledger.transfers enable always trigger transfers_never_change")
    found = settlement.verify_ledger(settings=chain).fault
    assert found and found.transfer_id == transfer and fault in found.what
    assert any("changed, removed, moved or slipped in" in rule for rule in broken(chain))
