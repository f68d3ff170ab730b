-- One row a slot of a contract's totals and a component whose total is added up there. Key: contract_id,
-- scheme_version, slot, of_contract_id, component. of_period: now, before (all earlier periods), or one earlier period.
select slots.contract_id, slots.scheme_version, slots.slot, slots.of_contract_id, slots.component, slots.of_period
    {{- rate_of_others('totals') }}
from {{ source('inputs', 'totals') }} as slots
{{- join_rates_of_others('totals') }}
