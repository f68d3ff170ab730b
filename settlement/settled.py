"""What always holds of falling due, holds and taxes; `prm check` asks it."""

from __future__ import annotations

from prm.invariants import Invariant

_OF_THE_PERIOD = "(%(period)s::text is null or %(period)s in (period, origin_period))"

INVARIANTS = [
    Invariant(
        "What fell due of a month is never more than what is accrued of it, and of no other sign.",
        """
        select counterparty_id, contract_id, currency, origin_period, accrued, fell_due
        from (
            select counterparty_id, contract_id, currency, origin_period,
                   sum(case credit_account when 'accrued' then amount else -amount end) filter (where cause <> 'due')
                       as accrued,
                   coalesce(sum(case debit_account when 'accrued' then amount else -amount end)
                       filter (where cause = 'due'), 0) as fell_due
            from ledger.transfers
            where 'accrued' in (debit_account, credit_account)
              and (%(period)s::text is null or origin_period = %(period)s)
            group by counterparty_id, contract_id, currency, origin_period
        ) as months
        where fell_due not between least(coalesce(accrued, 0), 0) and greatest(coalesce(accrued, 0), 0)
        """,
    ),
    Invariant(
        "What is held is never below zero, and nothing is held without a hold that is active.",
        """
        select counterparty_id, contract_id, currency, origin_period, held
        from (
            select counterparty_id, contract_id, currency, origin_period,
                   sum(case credit_account when 'held' then amount else -amount end) as held
            from ledger.transfers
            where 'held' in (debit_account, credit_account) and cause in ('hold', 'release') and payout is null
              and (%(period)s::text is null or origin_period = %(period)s)
            group by counterparty_id, contract_id, currency, origin_period
        ) as months
        where held < 0
           or (held > 0 and counterparty_id not in (
               select counterparty_id from settlement.holds
               where hold not in (select hold from settlement.hold_releases)))
        """,
    ),
    Invariant(
        "VAT moves between `vat` and what is accrued, withheld tax between `payable` and `withheld_tax`, and only so.",
        f"""
        select transfer_id, cause, debit_account, credit_account from ledger.transfers
        where {_OF_THE_PERIOD} and reverses is null
          and ((cause = 'vat') <> ('vat' in (debit_account, credit_account))
               or (cause = 'withheld tax') <> ('withheld_tax' in (debit_account, credit_account))
               or (cause = 'vat' and 'accrued' not in (debit_account, credit_account))
               or (cause = 'withheld tax' and 'payable' not in (debit_account, credit_account))
               or (cause = 'due' and (debit_account, credit_account) not in (
                   ('accrued', 'payable'), ('payable', 'accrued')))
               or (cause in ('hold', 'release') and 'held' not in (debit_account, credit_account)))
        """,
    ),
    Invariant(
        "What is withheld of a counterparty in a year is never below zero.",
        """
        select counterparty_id, currency, year, withheld
        from (
            select counterparty_id, currency, extract(year from dated_on)::int as year,
                   sum(case credit_account when 'withheld_tax' then amount else -amount end) as withheld
            from ledger.transfers
            where cause = 'withheld tax'
              and (%(period)s::text is null or counterparty_id in (
                  select counterparty_id from ledger.transfers where period = %(period)s))
            group by counterparty_id, currency, year
        ) as years
        where withheld < 0
        """,
    ),
]
