-- Counterparties whose reward is the largest, with its share of all rewards in the currency (%(of)s: top), or fell most
-- since the month before, and by what share (falling).
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

changes as (
    select
        *,
        amount - previous_amount as change,
        case %(of)s when 'top' then -amount else amount - previous_amount end as ranked_by,
        case %(of)s
            when 'top' then amount / nullif(sum(amount) filter (where amount > 0) over (partition by currency), 0)
            else (amount - previous_amount) / nullif(previous_amount, 0)
        end as share
    from both_months
),

ranked as (
    select row_number() over (partition by currency order by ranked_by, counterparty_id) as place, *
    from changes
    where ranked_by < 0
)

select place, branch, counterparty_id, counterparty_name, previous_amount, amount, change, round(share, 4) as share, currency
from ranked
where place <= %(most)s
order by currency, place
