-- One row a slot of a contract's measures and a contract whose measure is added up there, over which periods.
-- Key: contract_id, scheme_version, slot, of_contract_id, measure.
select * from {{ source('inputs', 'measures') }}
{% if is_scoped() -%}
where counterparty_id in (select counterparty_id from {{ source('inputs', 'scope') }})
{%- endif %}
