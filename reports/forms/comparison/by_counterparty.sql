-- Rewards of two periods by counterparty.
with

both_periods as (
    select
        branch,
        counterparty_id,
        counterparty_name,
        currency,
        coalesce(sum(amount) filter (where period = %(with)s), 0) as before,
        coalesce(sum(amount) filter (where period = %(period)s), 0) as after
    from reporting.rewards
    where period in (%(period)s, %(with)s)
    group by branch, counterparty_id, counterparty_name, currency
)

select
    branch, counterparty_id, counterparty_name, before, after, after - before as difference,
    round((after - before) / nullif(before, 0), 4) as growth, currency
from both_periods
order by branch, counterparty_id, currency
