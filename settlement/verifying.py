"""Verifying the chain: every transfer's hash is made of the one before it and of its own content.

The query uses PostgreSQL's own functions and none of the ledger's, so that whoever could replace those is found too.
Whoever may rewrite every row after a change and the head as well leaves a chain that fits: against that, keep a head
that `prm check` printed somewhere else, and compare.
"""

from __future__ import annotations

from dataclasses import dataclass

from prm import database
from prm.settings import Settings

CHAIN = """
    with

    own as (
        select
            transfer_id, content_hash, previous_hash, hash,
            row_number() over (order by transfer_id) as place,
            lag(transfer_id, 1, 0::bigint) over (order by transfer_id) as transfer_before,
            lag(hash, 1, sha256('')) over (order by transfer_id) as hash_before,
            sha256(convert_to(jsonb_build_array(
                idempotency_key, period, origin_period, dated_on, counterparty_id, contract_id, currency, debit_account,
                credit_account, amount, cause, component, run_id, move, decision, reverses, penalty, hold, payout,
                reason, author
            )::text, 'UTF8')) as content_now,
            convert_to(
                transfer_id || '|' || to_char(recorded_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS.US'), 'UTF8'
            ) as stamp
        from ledger.transfers
    ),

    faults as (
        select transfer_id, case
            when place <> transfer_id
                then format('transfer %s is missing before it', transfer_before + 1)
            when content_hash <> content_now then 'its content is not what was posted'
            when previous_hash <> hash_before then 'it does not follow the transfer before it'
            when hash <> sha256(previous_hash || content_hash || stamp) then 'its hash, number or time was changed'
        end as what
        from own
        union all
        -- The head remembers a tail that was cut off, or added behind its back.
        select least(head.transfers, there.transfers) + 1,
               format('the head counts %s transfers, and there are %s', head.transfers, there.transfers)
        from ledger.head cross join (select count(*) as transfers from ledger.transfers) as there
        where head.transfers <> there.transfers
        union all
        select head.transfers, 'the head has another hash'
        from ledger.head
        left join ledger.transfers on transfers.transfer_id = head.transfers
        where head.hash is distinct from case when head.transfers = 0 then sha256('') else transfers.hash end
        union all
        select 0, 'the head is missing' where not exists (select from ledger.head)
    )

    select transfer_id, what from faults where what is not null
"""


@dataclass(frozen=True)
class Fault:
    """The first transfer that does not fit its chain, and in what."""

    transfer_id: int
    what: str


@dataclass(frozen=True)
class VerifiedLedger:
    """transfers, head: how long the chain is and how it ends (hexadecimal). fault: None where all of it fits."""

    transfers: int
    head: str
    fault: Fault | None


def verify_ledger(*, settings: Settings | None = None) -> VerifiedLedger:
    """Walks the chain of all transfers; names the first that was changed, removed, moved or slipped in.

    Reads the whole ledger: some twenty seconds a million transfers.
    """
    with database.transaction(settings) as connection:
        found = connection.execute(f"{CHAIN} order by transfer_id limit 1").fetchone()
        head = connection.execute("select transfers, encode(hash, 'hex') as hash from ledger.head").fetchone()
    return VerifiedLedger(
        head["transfers"] if head else 0, head["hash"] if head else "", Fault(**found) if found else None
    )
