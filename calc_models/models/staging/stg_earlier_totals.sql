-- One row a contract, component and span of earlier periods: before - what it came to in all of them, as published; or
-- one of them - what is left of its pay of that period. Key: contract_id, component, of_period.
select contract_id, component, of_period, amount from {{ source('inputs', 'earlier_totals') }}
