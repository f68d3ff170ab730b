-- One row a line by which something is taken back, or given back: what is left of the line's pay, down to what is kept;
-- never more, and never below nothing. Key: stream, data_set, load_id, row_number, contract_id, component, and the line's.
-- Events take their turns: each takes from what those before it have left.
-- depends_on: {{ ref('int_clawbacks') }}, {{ ref('stg_families') }}
{{ config(materialized='parquet') }}
{%- set turns = turns() %}

with

due as (
    select * from {{ ref('int_clawbacks') }}
),

entries_0 as (
    select root, component, amount
    from {{ ref('int_paid_lines') }}
    where root in (select root from due)
),
{% for turn in range(1, turns + 1) %}
left_{{ turn }} as (
    select due.root, due.turn, cast(coalesce(sum(entries.amount), 0) as decimal(18, 4)) as base_amount
    from due
    left join {{ ref('stg_families') }} as families
        on due.scheme = families.scheme
        and due.scheme_version = families.scheme_version
        and due.takes = families.component
    left join (
        {%- for earlier in range(turn) %}
        select root, component, amount from entries_{{ earlier }}
        {%- if not loop.last %}
        union all
        {%- endif %}
        {%- endfor %}
    ) as entries
        on due.root = entries.root and families.member = entries.component
    where due.turn = {{ turn }}
    group by due.root, due.turn
),

entries_{{ turn }} as (
    select
        due.*,
        left_{{ turn }}.base_amount,
        case
            when due.kept is null then cast(0 as decimal(18, 4))
            else least(greatest(due.kept, least(base_amount, 0)), greatest(base_amount, 0)) - base_amount
        end as amount
    from due
    inner join left_{{ turn }} on due.root = left_{{ turn }}.root and due.turn = left_{{ turn }}.turn
),
{% endfor %}
lines as (
    {%- for turn in range(1, turns + 1) %}
    select * from entries_{{ turn }}
    union all by name
    {%- endfor %}
    select *, of_paid as base_amount, of_paid as amount from due where false
)

select
    counterparty_id,
    contract_id,
    scheme,
    scheme_version,
    component,
    stream,
    data_set,
    load_id,
    row_number,
    event_id,
    event_date,
    subscriber_id,
    outlet_id,
    product_id,
    base_amount,
    cast(amount as decimal(18, 4)) as amount,
    currency,
    case when kept is null then 'not_eligible' when depth % 2 = 0 then 'reinstated' else 'clawed_back' end as outcome,
    case when kept is null then 'unknown_amount' end as reason,
    taken_period,
    taken_contract_id,
    taken_component,
    taken_stream,
    taken_data_set,
    taken_load_id,
    taken_row_number
from lines
where amount <> 0 or kept is null
order by counterparty_id, contract_id, component, event_date, data_set, load_id, row_number, taken_period, taken_contract_id,
    taken_component, taken_stream, taken_load_id, taken_row_number
