"""What always holds of the ledger; `prm check` asks it."""

from __future__ import annotations

from prm.invariants import Invariant
from settlement.verifying import CHAIN

_OF_THE_PERIOD = "(%(period)s::text is null or %(period)s in (transfers.period, transfers.origin_period))"

INVARIANTS = [
    Invariant("No transfer was changed, removed, moved or slipped in since it was posted.", CHAIN.replace("%", "%%")),
    Invariant(
        "A transfer moves an amount above zero between two accounts that exist, for a cause that exists.",
        f"""
        select transfer_id, debit_account, credit_account, amount, cause from ledger.transfers
        where {_OF_THE_PERIOD}
          and (amount <= 0 or debit_account = credit_account
               or debit_account not in (select account from ledger.accounts)
               or credit_account not in (select account from ledger.accounts)
               or cause not in (select cause from ledger.causes))
        """,
    ),
    Invariant(
        "Every posting has brought the ledger to exactly the reward that its version says.",
        # Running sums, and so also after later versions; what was reversed by hand since then is not counted.
        """
        select * from (
            select transfer_id, origin_period, counterparty_id, contract_id, component, currency, run_id,
                   coalesce(rewards.amount, 0) as reward, in_the_ledger
            from (
                select *, sum(case when debit_account = 'reward_cost' then amount else -amount end) over (
                    partition by origin_period, counterparty_id, contract_id, component, currency order by transfer_id
                ) as in_the_ledger
                from ledger.transfers
                where component is not null and 'reward_cost' in (debit_account, credit_account)
                  and (%(period)s::text is null or origin_period = %(period)s)
            ) as postings
            left join (
                select run_id, period as origin_period, counterparty_id, contract_id, component, currency,
                       sum(amount) as amount
                from results.rewards where %(period)s::text is null or period = %(period)s
                group by run_id, period, counterparty_id, contract_id, component, currency
            ) as rewards using (run_id, origin_period, counterparty_id, contract_id, component, currency)
            where cause in ('reward', 'adjustment', 'rollback')
        ) as postings
        where reward <> in_the_ledger
        """,
    ),
    Invariant(
        "What was posted of a version that is rolled back has been taken back.",
        """
        select origin_period, counterparty_id, contract_id, component, currency, moves.move, posted.amount,
               coalesce(back.amount, 0) as of_the_version_before
        from (
            select distinct on (origin_period, counterparty_id) origin_period, counterparty_id, run_id
            from ledger.transfers
            where cause in ('reward', 'adjustment', 'rollback')
              and (%(period)s::text is null or origin_period = %(period)s)
            order by origin_period, counterparty_id, transfer_id desc
        ) as newest
        join lateral (
            select move, what, from_run, to_run from runs.version_moves
            where period = newest.origin_period and counterparty_id = newest.counterparty_id
            order by move desc limit 1
        ) as moves on moves.what = 'rolled back' and moves.from_run = newest.run_id
        join (
            select origin_period, counterparty_id, contract_id, component, currency,
                   sum(case when debit_account = 'reward_cost' then amount else -amount end) as amount
            from ledger.transfers
            where component is not null and 'reward_cost' in (debit_account, credit_account)
            group by origin_period, counterparty_id, contract_id, component, currency
        ) as posted using (origin_period, counterparty_id)
        left join (
            select run_id as to_run, period as origin_period, counterparty_id, contract_id, component, currency,
                   sum(amount) as amount
            from results.rewards group by run_id, period, counterparty_id, contract_id, component, currency
        ) as back using (to_run, origin_period, counterparty_id, contract_id, component, currency)
        where posted.amount <> 0 and posted.amount <> coalesce(back.amount, 0)
        """,
    ),
    Invariant(
        "A reward or an adjustment names an approval of the period it is about, and a rollback its move.",
        f"""
        select transfer_id, cause, transfers.origin_period, decision, transfers.move
        from ledger.transfers
        left join runs.period_decisions using (decision)
        left join runs.version_moves on version_moves.move = transfers.move
        where {_OF_THE_PERIOD} and case
            when cause in ('reward', 'adjustment')
                then (period_decisions.what, period_decisions.period) is distinct from ('approved', origin_period)
            when cause = 'rollback'
                then (version_moves.what, version_moves.period, version_moves.counterparty_id)
                     is distinct from ('rolled back', origin_period, transfers.counterparty_id)
        end
        """,
    ),
    Invariant(
        "Nothing was posted in a period after it was closed.",
        f"""
        select transfer_id, transfers.period, recorded_at, decided_at as closed_at
        from ledger.transfers
        join runs.period_decisions as closed on closed.period = transfers.period and closed.what = 'closed'
        where {_OF_THE_PERIOD} and recorded_at > decided_at
        """,
    ),
    Invariant(
        "A reversal mirrors the transfer it undoes, and undoes no other reversal.",
        f"""
        select transfers.transfer_id, transfers.reverses
        from ledger.transfers
        left join ledger.transfers as original on original.transfer_id = transfers.reverses
        where {_OF_THE_PERIOD} and transfers.cause = 'reversal'
          and (original.reverses is not null
               or (transfers.debit_account, transfers.credit_account, transfers.amount, transfers.currency,
                   transfers.counterparty_id, transfers.contract_id, transfers.component, transfers.origin_period,
                   transfers.penalty, transfers.hold, transfers.payout)
               is distinct from
                  (original.credit_account, original.debit_account, original.amount, original.currency,
                   original.counterparty_id, original.contract_id, original.component, original.origin_period,
                   original.penalty, original.hold, original.payout))
        """,
    ),
]
