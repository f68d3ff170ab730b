-- One row a tier of a contract's component. Key: contract_id, component, step.
select
    *,
    lead(above) over (partition by contract_id, component order by step) as next_above
from {{ source('inputs', 'tier_steps') }}
