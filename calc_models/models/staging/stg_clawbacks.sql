-- One row a component of a contract that takes back, what it takes back, and a range of days in the period. Key: term.
select * from {{ source('inputs', 'clawbacks') }}
{% if is_scoped() -%}
where counterparty_id in (select counterparty_id from {{ source('inputs', 'scope') }})
{%- endif %}
