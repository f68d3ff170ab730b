"""What always holds of payouts; `prm check` asks it."""

from __future__ import annotations

from prm.invariants import Invariant
from settlement.payouts.content import CONTENT

# Payouts are of days: with a month, those dated in it are asked.
_OF_THE_PERIOD = "(%(period)s::text is null or to_char(payouts.dated_on, 'YYYY-MM') = %(period)s)"

INVARIANTS = [
    Invariant(
        "A payout's parts add up to its amount, and the payouts to their batch.",
        f"""
        select payouts.batch, payouts.payout, payouts.amount, sum(payout_parts.amount) as parts
        from settlement.payouts left join settlement.payout_parts using (payout)
        where {_OF_THE_PERIOD}
        group by payouts.payout
        having sum(payout_parts.amount) is distinct from payouts.amount
        union all
        select batch, null, payout_batches.amount, sum(payouts.amount)
        from settlement.payout_batches left join settlement.payouts using (batch)
        where %(period)s::text is null or to_char(payout_batches.dated_on, 'YYYY-MM') = %(period)s
        group by batch
        having (payout_batches.amount, payout_batches.payouts) is distinct from (sum(payouts.amount), count(payouts.payout)::int)
        """,
    ),
    Invariant(
        "What is in payment is the sum of the payouts without an outcome.",
        """
        select counterparty_id, contract_id, currency, sum(in_payment) as in_payment, sum(without_outcome) as without_outcome
        from (
            select counterparty_id, contract_id, currency,
                   case when credit_account = 'in_payment' then amount else -amount end as in_payment, 0 as without_outcome
            from ledger.transfers where 'in_payment' in (debit_account, credit_account)
            union all
            select payout_parts.counterparty_id, contract_id, currency, 0, payout_parts.amount
            from settlement.payout_parts join settlement.payouts using (payout)
            where not exists (select from settlement.payout_outcomes where payout = payouts.payout)
        ) as both_sides
        group by counterparty_id, contract_id, currency
        having sum(in_payment) <> sum(without_outcome)
        """,
    ),
    Invariant(
        "A payout moves what its parts say: once when it is prepared, and once at each of its outcomes.",
        f"""
        select payout, step, counterparty_id, contract_id, wanted, there
        from (
            select payout, step, counterparty_id, contract_id, sum(wanted) as wanted, sum(there) as there
            from (
                select payout, step, payout_parts.counterparty_id, contract_id, payout_parts.amount as wanted, 0 as there
                from settlement.payout_parts
                join settlement.payouts using (payout)
                cross join lateral (
                    select 'prepared' as step
                    union all
                    select what from settlement.payout_outcomes where payout = payouts.payout
                ) as steps
                where {_OF_THE_PERIOD}
                union all
                select payout, step, transfers.counterparty_id, contract_id, 0, case
                        when credit_account = into_account then transfers.amount else -transfers.amount end
                from ledger.transfers
                join settlement.payouts using (payout)
                join (values
                    ('payout/', 'prepared', 'in_payment'), ('payment/', 'paid', 'paid'),
                    ('rejected/', 'rejected', 'payable'), ('cancelled/', 'cancelled', 'payable'),
                    ('returned/', 'returned', 'payable'), ('set-aside/', 'set aside', 'held'),
                    ('released/', 'released', 'payable')
                ) as steps (key, step, into_account) on starts_with(idempotency_key, key)
                where {_OF_THE_PERIOD} and cause in ('payout', 'payment', 'return', 'hold', 'release')
            ) as both_sides
            group by payout, step, counterparty_id, contract_id
        ) as sums
        where wanted <> there
        """,
    ),
    Invariant(
        "A payout is paid once.",
        """
        select payout, counterparty_id, contract_id, count(*) as payments
        from ledger.transfers where cause = 'payment'
        group by payout, counterparty_id, contract_id having count(*) > 1
        """,
    ),
    Invariant(
        "What was exported was approved as it is, by somebody else than its preparer.",
        f"""
        select payout_exports.batch, contents.content_hash, payout_decisions.content_hash as approved,
               payout_exports.content_hash as exported, payout_batches.author, payout_decisions.author as approved_by
        from settlement.payout_exports
        join settlement.payout_batches using (batch)
        left join settlement.payout_decisions
            on payout_decisions.decision = payout_exports.decision and payout_decisions.batch = payout_exports.batch
            and what = 'approved'
        left join ({CONTENT.format(of_batches=_OF_THE_PERIOD)}) as contents on contents.batch = payout_exports.batch
        where (%(period)s::text is null or to_char(payout_batches.dated_on, 'YYYY-MM') = %(period)s)
          and ((payout_exports.content_hash, payout_exports.content_hash)
               is distinct from (payout_decisions.content_hash, contents.content_hash)
               or lower(trim(payout_batches.author)) = lower(trim(payout_decisions.author)))
        """,
    ),
    Invariant(
        "Only what was exported is paid, rejected or returned, and none of it is cancelled or set aside.",
        f"""
        select payouts.payout, what, payout_exports.exported_at, recorded_at
        from settlement.payout_outcomes
        join settlement.payouts using (payout)
        left join settlement.payout_exports using (batch)
        where {_OF_THE_PERIOD}
          and (what in ('paid', 'rejected', 'returned') and payout_exports.batch is null
               or what = 'cancelled' and payout_exports.batch is not null
               or what = 'set aside' and payout_exports.exported_at < date_trunc('second', recorded_at)
               or what = 'returned' and not exists (
                   select from settlement.payout_outcomes as paid where paid.payout = payouts.payout and paid.what = 'paid'))
        """,
    ),
]
