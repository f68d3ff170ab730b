-- One row a cap on each subscriber of a contract, a version of its scheme that has it, and what that says it is of: a
-- component, or a cap that cuts before it. Key: contract_id, component, of_version, member.
select * from {{ source('inputs', 'subscriber_caps') }}
{% if is_scoped() -%}
where counterparty_id in (select counterparty_id from {{ source('inputs', 'scope') }})
{%- endif %}
