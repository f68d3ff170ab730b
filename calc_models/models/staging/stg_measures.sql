-- One row a slot of a contract's measures and a contract whose measure is added up there, over which periods.
-- Key: contract_id, scheme_version, slot, of_contract_id, measure.
select slots.*
    {{- rate_of_others('measures') }}
from {{ source('inputs', 'measures') }} as slots
{{- join_rates_of_others('measures') }}
{% if is_scoped() -%}
where slots.counterparty_id in (select counterparty_id from {{ source('inputs', 'scope') }})
{%- endif %}
