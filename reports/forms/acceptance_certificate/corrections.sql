-- What was booked in the period of earlier ones, by the period that it is about and contract.
select
    origin_period,
    contract_id,
    sum(case 'reward_cost' when debit_account then amount when credit_account then -amount else 0 end) as amount,
    sum(case 'vat' when debit_account then amount when credit_account then -amount else 0 end) as vat,
    sum(case when debit_account in ('reward_cost', 'vat') then amount else -amount end) as total,
    currency
from reporting.ledger_transfers
where period = %(period)s and origin_period < %(period)s and counterparty_id = %(counterparty_id)s
    and (debit_account in ('reward_cost', 'vat') or credit_account in ('reward_cost', 'vat'))
group by origin_period, contract_id, currency
having sum(case when debit_account in ('reward_cost', 'vat') then amount else -amount end) <> 0
order by origin_period, contract_id, currency
