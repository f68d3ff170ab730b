-- One row a line of an earlier period, as published, that may be taken back, or by which that was done. amount: what was
-- paid, limits considered. root: the line that it is, or takes back of, by its key; taken_…: that key, part by part.
-- Key: root, period, component, data_set, load_id, row_number.
select * from {{ source('inputs', 'paid_lines') }}
{% if is_scoped() -%}
where counterparty_id in (select counterparty_id from {{ source('inputs', 'scope') }})
{%- endif %}
