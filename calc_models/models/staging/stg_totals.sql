-- One row a slot of a contract's totals: which component's total stands there. Key: contract_id, scheme_version, slot.
select contract_id, scheme_version, slot, component from {{ source('inputs', 'totals') }}
