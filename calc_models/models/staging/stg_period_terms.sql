-- One row a rule of a contract that looks at the period as a whole. Key: contract_id, component.
select * from {{ source('inputs', 'period_terms') }}
{% if is_scoped() -%}
where counterparty_id in (select counterparty_id from {{ source('inputs', 'scope') }})
{%- endif %}
