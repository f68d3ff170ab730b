-- Tax that was withheld in the month: it never comes into a payout.
select
    branch,
    counterparty_id,
    counterparty_name,
    contract_id,
    sum(case credit_account when 'withheld_tax' then amount else -amount end) as amount,
    currency
from reporting.ledger_transfers
where period = %(period)s and 'withheld_tax' in (debit_account, credit_account)
group by branch, counterparty_id, counterparty_name, contract_id, currency
order by branch, counterparty_id, contract_id, currency
