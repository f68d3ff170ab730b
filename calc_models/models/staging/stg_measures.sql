-- One row a slot of a contract's measures: which measure stands there, over which periods. Key: contract_id,
-- scheme_version, slot.
select * from {{ source('inputs', 'measures') }}
{% if is_scoped() -%}
where counterparty_id in (select counterparty_id from {{ source('inputs', 'scope') }})
{%- endif %}
