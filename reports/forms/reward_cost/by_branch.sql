-- Rewards by branch, and what the ledger has of them: what is not posted yet waits for approval.
with

earned as (
    select branch, currency, count(distinct counterparty_id) as counterparties, sum(amount) as amount
    from reporting.rewards
    where period = %(period)s
    group by branch, currency
),

posted as (
    select
        branch,
        currency,
        sum(case 'reward_cost' when debit_account then amount when credit_account then -amount else 0 end) as posted,
        sum(case 'vat' when debit_account then amount when credit_account then -amount else 0 end) as vat
    from reporting.ledger_transfers
    where origin_period = %(period)s
    group by branch, currency
)

select
    branch,
    coalesce(earned.counterparties, 0) as counterparties,
    coalesce(earned.amount, 0) as amount,
    coalesce(posted.posted, 0) as posted,
    coalesce(earned.amount, 0) - coalesce(posted.posted, 0) as not_posted,
    coalesce(posted.vat, 0) as vat,
    currency
from earned
full join posted using (branch, currency)
order by branch, currency
