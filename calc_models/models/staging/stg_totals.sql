-- One row a slot of a contract's totals and a component whose total is added up there. Key: contract_id,
-- scheme_version, slot, of_contract_id, component.
select contract_id, scheme_version, slot, of_contract_id, component, is_before from {{ source('inputs', 'totals') }}
