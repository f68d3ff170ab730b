-- One row a contract, an outlet and a measure that is of each outlet by itself: how many of the period's events were
-- counted there, and their sum. Events without an outlet are left out; int_volumes has them with all others.
-- Key: contract_id, component, outlet_id.
-- depends_on: {{ ref('stg_lookups') }}, {{ ref('stg_terms') }}, {{ ref('int_events') }}, {{ ref('int_states') }}, {{ ref('int_first_days') }}, {{ ref('stg_conversions') }}, {{ ref('stg_run') }}
{{ config(materialized='parquet') }}
{% if greatest_of('terms', 'cast(is_per_outlet as int)') %}
with

events as (
    {{ events_for_rules() }}
),

terms as (
    select * from {{ ref('stg_terms') }}
    where is_per_outlet
),

measured as (
    select
        terms.counterparty_id,
        terms.contract_id,
        terms.component,
        events.outlet_id,
        cast({{ base_by_rule(before_measures=true) }} as decimal(18, 4)) as base_amount
    from events
    inner join terms
        on events.counterparty_id = terms.counterparty_id
        and events.stream = terms.stream
        and events.event_date between terms.valid_from and terms.valid_to
    {{ lookup_joins(before_measures=true) }}
    where events.ineligible_reason is null
        and events.outlet_id is not null
        and {{ failed_condition(before_measures=true) }} = 0
)

select
    counterparty_id,
    contract_id,
    component,
    outlet_id,
    cast(count(*) as bigint) as base_count,
    cast(coalesce(sum(base_amount), 0) as decimal(18, 4)) as base_amount
from measured
group by counterparty_id, contract_id, component, outlet_id
order by counterparty_id, contract_id, component, outlet_id
{%- else %}
select
    cast(null as varchar) as counterparty_id,
    cast(null as varchar) as contract_id,
    cast(null as varchar) as component,
    cast(null as varchar) as outlet_id,
    cast(null as bigint) as base_count,
    cast(null as decimal(18, 4)) as base_amount
where false
{%- endif %}
