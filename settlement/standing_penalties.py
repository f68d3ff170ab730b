"""What always holds of penalties and the ledger; `prm check` asks it."""

from __future__ import annotations

from prm.invariants import Invariant

_OF_THE_PERIOD = "(%(period)s::text is null or %(period)s = period)"

INVARIANTS = [
    Invariant(
        "Each penalty stands in the ledger once, with its amount; and is reversed exactly where it was ended.",
        f"""
        select * from (
            select
                penalties.penalty, penalties.period, state, penalties.amount, charged.transfers,
                charged.amount as in_the_ledger, charged.reversed
            from settlement.penalties
            join settlement.penalty_states using (penalty)
            left join (
                select transfers.penalty, count(*) as transfers, sum(transfers.amount) as amount,
                       count(reversals.transfer_id) as reversed,
                       min(concat_ws('/', transfers.counterparty_id, transfers.contract_id, transfers.currency,
                           transfers.dated_on, transfers.debit_account, transfers.credit_account)) as about
                from ledger.transfers
                left join ledger.transfers as reversals on reversals.reverses = transfers.transfer_id
                where transfers.cause in ('penalty', 'deduction')
                group by transfers.penalty
            ) as charged using (penalty)
            where coalesce(charged.transfers, 0) <> 1 or charged.amount <> penalties.amount
               or (charged.reversed = 0) <> is_in_force
               or about <> concat_ws('/', counterparty_id, contract_id, currency, dated_on, 'payable',
                      case kind when 'deduction' then 'deductions' else 'penalties' end)
        ) as wrong where {_OF_THE_PERIOD}
        """,
    ),
    Invariant(
        "The balances of penalties and of deductions are the sums of those in force.",
        """
        select * from (
            select counterparty_id, contract_id, currency, account, sum(balance) as balance, sum(in_force) as in_force
            from (
                select counterparty_id, contract_id, currency, credit_account as account, amount as balance, 0 as in_force
                from ledger.transfers where credit_account in ('penalties', 'deductions')
                union all
                select counterparty_id, contract_id, currency, debit_account, -amount, 0
                from ledger.transfers where debit_account in ('penalties', 'deductions')
                union all
                select counterparty_id, contract_id, currency,
                       case kind when 'deduction' then 'deductions' else 'penalties' end, 0, amount
                from settlement.penalties join settlement.penalty_states using (penalty) where is_in_force
            ) as both_sides
            group by counterparty_id, contract_id, currency, account
        ) as sums
        where balance <> in_force
        """,
    ),
    Invariant(
        "A reduced penalty has a lower one in its place, and nothing stands in for one that was not reduced.",
        f"""
        select * from (
            select coalesce(first.penalty, lower.instead_of) as penalty, coalesce(first.period, lower.period) as period,
                   first.state, first.amount, lower.penalty as replaced_by, lower.amount as reduced_to
            from (
                select * from settlement.penalties join settlement.penalty_states using (penalty) where state = 'reduced'
            ) as first
            full join (select * from settlement.penalties where instead_of is not null) as lower
                on lower.instead_of = first.penalty
            where first.penalty is null or lower.penalty is null or lower.amount >= first.amount
               or (lower.counterparty_id, lower.currency, lower.kind) <> (first.counterparty_id, first.currency, first.kind)
        ) as wrong where {_OF_THE_PERIOD}
        """,
    ),
]
