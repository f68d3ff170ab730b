-- One row a contract and scheme version: its measures, each in its slot, over the periods that the scheme says.
-- Shares that are agreed are added up; outlets, or subscribers, that reach so much are counted. Nothing counted is 0; a plan that nobody has set is unknown. Key: contract_id, scheme_version.
-- depends_on: {{ ref('stg_plans') }}
{%- set slots = greatest_of('measures', 'slot') %}
with

slots as (
    select * from {{ ref('stg_measures') }}
    where per is null or at_least is not null
),

volumes as (
    select contract_id, component, run.period, base_count, base_amount
    from {{ ref('int_volumes') }}
    cross join {{ ref('stg_run') }} as run
    union all
    select contract_id, component, period, base_count, base_amount from {{ ref('stg_earlier_volumes') }}
),

reaching as (
    select slots.contract_id, slots.scheme_version, slots.slot, count(*) as reached
    from slots
    inner join {{ ref('int_volumes_of_each') }} as volumes
        on slots.contract_id = volumes.contract_id
        and slots.measure = volumes.component
        and slots.per = volumes.per
        and case when slots.is_sum then volumes.base_amount else volumes.base_count end >= slots.at_least
    group by slots.contract_id, slots.scheme_version, slots.slot
),

measures as (
    select
        slots.contract_id,
        slots.scheme_version,
        slots.slot,
        cast(case
            when slots.plan is not null then max(plans.target)
            when max(slots.at_least) is not null then coalesce(max(reaching.reached), 0)
            when max(slots.agreed) is not null then sum(slots.agreed)
            when slots.is_sum then {{ 'case when not coalesce(bool_or(volumes.base_amount <> 0 and slots.rate is null), false) then ' if converts_others('measures') }}coalesce(sum({{ of_others('volumes.base_amount', 'measures') }}), 0){{ ' end' if converts_others('measures') }}
            else coalesce(sum(volumes.base_count), 0)
        end as decimal(18, 4)) as measure
    from slots
    left join volumes
        on slots.of_contract_id = volumes.contract_id
        and slots.measure = volumes.component
        and volumes.period between slots.first_period and slots.last_period
    left join {{ ref('stg_plans') }} as plans
        on slots.counterparty_id = plans.counterparty_id
        and slots.plan = plans.plan
    left join reaching
        on slots.contract_id = reaching.contract_id
        and slots.scheme_version = reaching.scheme_version
        and slots.slot = reaching.slot
    group by slots.contract_id, slots.scheme_version, slots.slot, slots.plan, slots.is_sum
)

select
    {%- for slot in range(1, slots + 1) %}
    max(case when slot = {{ slot }} then measure end) as measure_{{ slot }},
    {%- endfor %}
    contract_id,
    scheme_version
from measures
group by contract_id, scheme_version
