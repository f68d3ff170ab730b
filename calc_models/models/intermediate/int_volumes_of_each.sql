-- One row a contract, a measure that is of each outlet or each subscriber (`per`) by itself, and one of these: how many of
-- the period's events were counted of it, and their sum. Events that have none are left out; int_volumes has them with
-- all others. Key: contract_id, component, per, per_id.
-- depends_on: {{ ref('stg_lookups') }}, {{ ref('stg_terms') }}, {{ ref('int_events') }}, {{ ref('int_states') }}, {{ ref('int_first_days') }}, {{ ref('stg_conversions') }}, {{ ref('stg_run') }}
{{ config(materialized='parquet') }}
{% if greatest_of('terms', 'cast(per is not null as int)') %}
with

events as (
    {{ events_for_rules() }}
),

terms as (
    select * from {{ ref('stg_terms') }}
    where per is not null
),

measured as (
    select
        terms.counterparty_id,
        terms.contract_id,
        terms.component,
        terms.per,
        case terms.per when 'outlet' then events.outlet_id when 'subscriber' then events.subscriber_id end as per_id,
        cast({{ base_by_rule(before_measures=true) }} as decimal(18, 4)) as base_amount
    from events
    inner join terms
        on events.counterparty_id = terms.counterparty_id
        and events.stream = terms.stream
        and events.event_date between terms.valid_from and terms.valid_to
    {{ lookup_joins(before_measures=true) }}
    where events.ineligible_reason is null and {{ failed_condition(before_measures=true) }} = 0
)

select
    counterparty_id,
    contract_id,
    component,
    per,
    per_id,
    cast(count(*) as bigint) as base_count,
    cast(coalesce(sum(base_amount), 0) as decimal(18, 4)) as base_amount
from measured
where per_id is not null
group by counterparty_id, contract_id, component, per, per_id
order by counterparty_id, contract_id, component, per, per_id
{%- else %}
select
    cast(null as varchar) as counterparty_id,
    cast(null as varchar) as contract_id,
    cast(null as varchar) as component,
    cast(null as varchar) as per,
    cast(null as varchar) as per_id,
    cast(null as bigint) as base_count,
    cast(null as decimal(18, 4)) as base_amount
where false
{%- endif %}
