-- One row a cap over the contract and a subscriber for whom something was paid before: what of it is left as published,
-- and what the cap has cut and not given back. Key: contract_id, component, subscriber_id.
select * from {{ source('inputs', 'subscriber_balances') }}
{% if is_scoped() -%}
where counterparty_id in (select counterparty_id from {{ source('inputs', 'scope') }})
{%- endif %}
