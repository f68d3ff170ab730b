-- One row a slot of a contract's totals and a component whose total is added up there. Key: contract_id,
-- scheme_version, slot, of_contract_id, component. of_period: now, before (all earlier periods), or one earlier period.
select contract_id, scheme_version, slot, of_contract_id, component, of_period from {{ source('inputs', 'totals') }}
