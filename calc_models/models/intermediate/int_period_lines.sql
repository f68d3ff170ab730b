-- One row a line of the period as a whole: what a measure earned, and what a limit takes away.
-- Key: contract_id, component.
{{ config(materialized='parquet') }}

with

period as (
    select period_end from {{ ref('stg_run') }}
),

event_totals as (
    select contract_id, component, counterparty_id, sum(amount) as amount
    from {{ ref('int_event_lines') }}
    where outcome = 'paid'
    group by contract_id, component, counterparty_id
),

earned as (
    {{ all_blocks('earning_lines') }}
),

totals as (
    select contract_id, component, counterparty_id, amount from event_totals
    union all
    select contract_id, component, counterparty_id, amount from earned
),

limited as (
    {{ all_blocks('limiting_lines') }}
),

lines as (
    select * from earned
    union all by name
    select * from limited
)

select
    lines.counterparty_id,
    lines.contract_id,
    lines.scheme,
    lines.scheme_version,
    lines.component,
    'period' as stream,
    period.period_end as event_date,
    lines.base_amount,
    lines.base_count,
    lines.amount,
    lines.currency,
    lines.outcome,
    lines.tier_split
from lines
cross join period
order by counterparty_id, contract_id, component
