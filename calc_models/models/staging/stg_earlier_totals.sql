-- One row a contract and component: what it came to in all earlier periods, as published. Key: contract_id, component.
select contract_id, component, amount from {{ source('inputs', 'earlier_totals') }}
