-- Counterparties with the largest rewards, and their share of all rewards in the currency.
with

both_months as (
    select
        branch,
        counterparty_id,
        counterparty_name,
        currency,
        coalesce(sum(amount) filter (where period = %(period)s), 0) as amount,
        coalesce(sum(amount) filter (where period = %(previous_period)s), 0) as previous_amount
    from reporting.rewards
    where period in (%(period)s, %(previous_period)s)
    group by branch, counterparty_id, counterparty_name, currency
),

ranked as (
    select
        row_number() over (partition by currency order by amount desc, counterparty_id) as place,
        *,
        amount - previous_amount as change,
        round(amount / nullif(sum(amount) over (partition by currency), 0), 4) as share
    from both_months
    where amount > 0
)

select place, branch, counterparty_id, counterparty_name, previous_amount, amount, change, share, currency
from ranked
where place <= %(most)s
order by currency, place
