-- One row a contract, scheme version and outlet or subscriber: the measures that are of each by itself, in their slots.
-- Where nothing of a measure was counted of one, it is not known here. Key: contract_id, scheme_version, per, per_id.
select
    {%- for slot in slots_of_each() %}
    cast(max(case
        when slots.slot = {{ slot }} then case when slots.is_sum then volumes.base_amount else volumes.base_count end
    end) as decimal(18, 4)) as measure_{{ slot }},
    {%- endfor %}
    slots.contract_id,
    slots.scheme_version,
    volumes.per,
    volumes.per_id
from {{ ref('stg_measures') }} as slots
inner join {{ ref('int_volumes_of_each') }} as volumes
    on slots.contract_id = volumes.contract_id
    and slots.measure = volumes.component
    and slots.per = volumes.per
where slots.at_least is null
group by slots.contract_id, slots.scheme_version, volumes.per, volumes.per_id
