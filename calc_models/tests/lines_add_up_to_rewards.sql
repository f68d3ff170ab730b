-- No contract and component whose lines add up to anything but its reward.
with

sums as (
    select contract_id, component, sum(amount) as amount from {{ ref('reward_lines') }}
    where contract_id is not null
    group by contract_id, component
    union all
    select contract_id, component, -sum(amount) from {{ ref('rewards') }}
    group by contract_id, component
)

select contract_id, component, sum(amount) as difference
from sums
group by contract_id, component
having sum(amount) <> 0
