-- One row a contract, scheme version and outlet: the measures that are of each outlet by itself, each in its slot. Where
-- nothing of a measure was counted at the outlet, it is not known here. Key: contract_id, scheme_version, outlet_id.
{%- set slots = greatest_of('measures', 'slot') %}
select
    {%- for slot in range(1, slots + 1) %}
    cast(max(case
        when slots.slot = {{ slot }} then case when slots.is_sum then volumes.base_amount else volumes.base_count end
    end) as decimal(18, 4)) as measure_{{ slot }},
    {%- endfor %}
    slots.contract_id,
    slots.scheme_version,
    volumes.outlet_id
from {{ ref('stg_measures') }} as slots
inner join {{ ref('int_outlet_volumes') }} as volumes
    on slots.contract_id = volumes.contract_id
    and slots.measure = volumes.component
where slots.is_per_outlet
group by slots.contract_id, slots.scheme_version, volumes.outlet_id
