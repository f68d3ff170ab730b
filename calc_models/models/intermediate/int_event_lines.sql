-- One row an event and a component of a contract that pays on its stream: what it earned, or why nothing; and
-- one row an event that earns nothing at all. Key: stream, data_set, load_id, row_number, contract_id, component.
-- depends_on: {{ ref('stg_lookups') }}, {{ ref('int_measures') }}, {{ ref('int_measures_of_each') }}, {{ ref('int_states') }}, {{ ref('int_first_days') }}, {{ ref('int_events_before') }}, {{ ref('stg_conversions') }}, {{ ref('stg_run') }}
{{ config(
    materialized='parquet',
    sorted_by='counterparty_id, contract_id, component, event_date, data_set, load_id, row_number, stream'
) }}

with

events as (
    {{ events_for_rules() }}
),

terms as (
    select * from {{ ref('stg_terms') }}
),

days_with_terms as (
    select distinct counterparty_id, valid_from, valid_to from terms
),

events_with_terms as (
    select
        events.*,
        terms.contract_id,
        terms.scheme,
        terms.scheme_version,
        terms.component,
        terms.currency,
        terms.pays,
        terms.ordinal,
        terms.of_lines,
        {{ failed_condition() }} as failed_condition,
        cast({{ base_by_rule() }} as decimal(18, 4)) as base_amount,
        {{ amount_by_rule() }} as amount_if_earned,
        {%- if converts_events() %}
        case when events.event_currency is distinct from terms.currency then events.amount end as original_amount,
        case when original_amount is not null then events.event_currency end as original_currency,
        case when original_amount is not null then {{ in_terms_currency('rate') }} end as exchange_rate,
        {%- else %}
        cast(null as decimal(18, 4)) as original_amount,
        cast(null as varchar) as original_currency,
        cast(null as decimal(20, 10)) as exchange_rate,
        {%- endif %}
        {%- if rounds_totals() %}
        {{ by_rule('excess_rule') }} as excess_if_earned,
        {%- endif %}
        cast({{ by_rule('split_rule') }} as varchar) as tier_split,
        {{ is_outside_window('failed_condition') }} as is_outside_window
    from events
    left join terms
        -- Eligible events only, said in the key: a condition on the left side alone makes DuckDB loop over all pairs.
        on case when events.ineligible_reason is null then events.counterparty_id end = terms.counterparty_id
        and events.stream = terms.stream
        and events.event_date between terms.valid_from and terms.valid_to
    {{- joins_of_rules() }}
    {%- if is_read_of_events('_before') %}
    left join {{ ref('int_events_before') }} as before
        on terms.contract_id = before.contract_id
        and terms.component = before.component
        and events.stream = before.stream
        and events.data_set = before.data_set
        and events.load_id = before.load_id
        and events.row_number = before.row_number
    {%- endif %}
)

select
    coalesce(lines.counterparty_id, '') as counterparty_id,
    lines.contract_id,
    lines.scheme,
    lines.scheme_version,
    lines.component,
    lines.stream,
    lines.data_set,
    lines.load_id,
    lines.row_number,
    lines.event_id,
    lines.event_date,
    lines.subscriber_id,
    lines.outlet_id,
    lines.product_id,
    lines.base_amount,
    cast(case when lines.pays = 'volume' and lines.failed_condition = 0 then 1 end as bigint) as base_count,
    case
        when lines.pays = 'amount' and lines.failed_condition = 0 then coalesce(lines.amount_if_earned, 0)
        else cast(0 as decimal(18, 4))
    end as amount,
    {%- if rounds_totals() %}
    case when lines.pays = 'amount' and lines.failed_condition = 0 then lines.excess_if_earned end as excess,
    {%- endif %}
    lines.currency,
    lines.original_amount,
    lines.original_currency,
    lines.exchange_rate,
    case
        when lines.contract_id is null or lines.failed_condition <> 0 then 'not_eligible'
        when lines.contract_id is not null and lines.amount_if_earned is null then 'not_eligible'
        when lines.pays = 'volume' then 'counted'
        else 'paid'
    end as outcome,
    case
        when lines.ineligible_reason is not null then lines.ineligible_reason
        when lines.contract_id is null and days_with_terms.counterparty_id is null then 'no_contract'
        when lines.contract_id is null then 'not_paid_on'
        when lines.failed_condition < 0 then 'no_exchange_rate'
        when lines.failed_condition > 0 and lines.is_outside_window then 'outside_window'
        when lines.failed_condition > 0 then 'condition'
        when lines.contract_id is not null and lines.amount_if_earned is null then 'unknown_amount'
    end as reason,
    case when lines.contract_id is not null and lines.failed_condition > 0 then lines.failed_condition end as failed_condition,
    case when lines.pays = 'amount' and lines.failed_condition = 0 then lines.tier_split end as tier_split,
    case when lines.is_first_of_row then coalesce(lines.ordinal, 1) else 0 end as line_ordinal,
    coalesce(lines.of_lines, 1) as of_lines
from events_with_terms as lines
left join days_with_terms
    on case when lines.contract_id is null then lines.counterparty_id end = days_with_terms.counterparty_id
    and lines.event_date between days_with_terms.valid_from and days_with_terms.valid_to
