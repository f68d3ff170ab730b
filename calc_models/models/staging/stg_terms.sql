-- One row a component of a contract and a range of days in the period. Key: contract_id, component, valid_from.
-- of_lines: how many lines an event gives on these days, as the last of its ordinals.
select
    *,
    max(ordinal) over (partition by counterparty_id, stream, valid_from) as of_lines
from {{ source('inputs', 'terms') }}
{% if is_scoped() -%}
where counterparty_id in (select counterparty_id from {{ source('inputs', 'scope') }})
{%- endif %}
