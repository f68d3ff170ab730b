"""What always holds of reconciliations; `prm check` asks it."""

from __future__ import annotations

from prm.invariants import Invariant

_OF_THE_PERIOD = """(%(period)s::text is null
    or %(period)s between to_char(first_day, 'YYYY-MM') and to_char(last_day, 'YYYY-MM'))"""

INVARIANTS = [
    Invariant(
        "A reconciliation's lines add up to the turnovers of both sides.",
        f"""
        select reconciliation, debit, credit, sums.our_debit, sums.our_credit, their_debit, their_credit,
               sums.theirs_up, sums.theirs_down
        from settlement.reconciliations
        left join (
            select reconciliation,
                   sum(greatest(-our_change, 0)) as our_debit, sum(greatest(our_change, 0)) as our_credit,
                   sum(greatest(their_change, 0)) as theirs_up, sum(greatest(-their_change, 0)) as theirs_down
            from settlement.reconciliation_lines group by reconciliation
        ) as sums using (reconciliation)
        where {_OF_THE_PERIOD}
          and (debit <> coalesce(our_debit, 0) or credit <> coalesce(our_credit, 0)
               or coalesce(their_debit, 0) <> coalesce(theirs_up, 0)
               or coalesce(their_credit, 0) <> coalesce(theirs_down, 0))
        """,
    ),
    Invariant(
        "A reconciliation's lines are made of transfers that add up to them, and of the counterparty's rows as it gave them.",
        f"""
        select lines.reconciliation, lines.line, our_change, entries.change as of_transfers, their_change,
               figures.change as given
        from settlement.reconciliation_lines as lines
        join settlement.reconciliations using (reconciliation)
        left join (
            select entries.reconciliation, line, sum(entries.change) as change, bool_and(
                transfers.counterparty_id = reconciliations.counterparty_id
                and transfers.currency = reconciliations.currency
                and transfers.dated_on between first_day and last_day
                and entries.change = transfers.amount * (credit.is_owed::int - debit.is_owed::int)) as is_right
            from settlement.reconciliation_entries as entries
            join settlement.reconciliations using (reconciliation)
            join ledger.transfers using (transfer_id)
            join ledger.accounts as debit on debit.account = debit_account
            join ledger.accounts as credit on credit.account = credit_account
            group by entries.reconciliation, line
        ) as entries using (reconciliation, line)
        left join settlement.figures on figures.figure = lines.figure
        where {_OF_THE_PERIOD}
          and (our_change is distinct from entries.change or not coalesce(is_right, true)
               or their_change is distinct from figures.change or figures.file <> reconciliations.file)
        """,
    ),
    Invariant(
        "A reconciliation's balances are what the ledger, as long as it was, says of its days.",
        f"""
        select * from (
            select reconciliation, first_day, last_day, opening, closing,
                   coalesce(sum(change) filter (where dated_on < first_day), 0) as opening_now,
                   coalesce(sum(change), 0) as closing_now
            from settlement.reconciliations
            left join lateral (
                select dated_on, amount * (credit.is_owed::int - debit.is_owed::int) as change
                from ledger.transfers
                join ledger.accounts as debit on debit.account = debit_account
                join ledger.accounts as credit on credit.account = credit_account
                where transfers.counterparty_id = reconciliations.counterparty_id
                  and transfers.currency = reconciliations.currency and dated_on <= last_day
                  and transfer_id <= reconciliations.transfers
            ) as owed on true
            where {_OF_THE_PERIOD}
            group by reconciliation
        ) as balances
        where opening <> opening_now or closing <> closing_now
        """,
    ),
]
