-- All that is accepted, by currency, with the VAT in it.
with

parts as (
    select currency, amount, 0 as vat
    from reporting.rewards
    where period = %(period)s and counterparty_id = %(counterparty_id)s
    union all
    select
        currency,
        case when debit_account in ('reward_cost', 'vat') then amount else -amount end,
        case 'vat' when debit_account then amount when credit_account then -amount else 0 end
    from reporting.ledger_transfers
    where period = %(period)s and counterparty_id = %(counterparty_id)s
        and (debit_account in ('reward_cost', 'vat') or credit_account in ('reward_cost', 'vat'))
        and (origin_period < %(period)s or 'vat' in (debit_account, credit_account))
)

select currency, sum(amount) as amount, sum(vat) as vat
from parts
group by currency
order by currency
