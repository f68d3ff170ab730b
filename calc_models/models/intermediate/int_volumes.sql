-- One row a contract and a measure: how many of the period's events were counted, and their sum. A component that pays
-- by tiers has a measure of its own name. Key: contract_id, component.
-- depends_on: {{ ref('stg_lookups') }}, {{ ref('int_events') }}, {{ ref('int_states') }}, {{ ref('int_first_days') }}, {{ ref('stg_conversions') }}, {{ ref('stg_run') }}
{{ config(materialized='parquet') }}

with

events as (
    {{ events_for_rules() }}
),

terms as (
    select * from {{ ref('stg_terms') }}
    where is_measured
),

measured as (
    select
        terms.counterparty_id,
        terms.contract_id,
        terms.scheme,
        terms.scheme_version,
        terms.component,
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
    scheme,
    max(scheme_version) as scheme_version,
    component,
    cast(count(*) as bigint) as base_count,
    cast(coalesce(sum(base_amount), 0) as decimal(18, 4)) as base_amount
from measured
group by counterparty_id, contract_id, scheme, component
order by counterparty_id, contract_id, component
