-- One row a contract, component and earlier period: what was measured then, as it is published now.
-- Key: contract_id, component, period.
select contract_id, component, period, base_count, base_amount from {{ source('inputs', 'earlier_volumes') }}
