-- One row a line of the period as a whole: what measures earned, what limits take away or add, what rounding a total
-- takes. Rules that need the totals of others are calculated in a later round; what caps cut subscriber by subscriber
-- comes before all of them. Key: contract_id, component, subscriber_id.
-- depends_on: {{ ref('stg_earlier_totals') }}, {{ ref('stg_lookups') }}, {{ ref('stg_totals') }}, {{ ref('int_volumes') }}
{{ config(materialized='parquet') }}
{%- set rounds = greatest_of('period_terms', 'level') %}
{%- set slots = greatest_of('totals', 'slot') %}

with

period as (
    select period_end from {{ ref('stg_run') }}
),

all_terms as (
    select * from {{ ref('stg_period_terms') }}
),

contracts as (
    select * from {{ ref('int_measures') }}
),

volumes as (
    select contract_id, component, base_count, base_amount from {{ ref('int_volumes') }}
),

lines_0 as (
    select contract_id, component, sum(amount) as amount{{ ', sum(excess) as excess' if rounds_totals() }}
    from (
        select contract_id, component, amount{{ ', excess' if rounds_totals() }} from {{ ref('int_event_lines') }} where outcome = 'paid'
        union all{{ ' by name' if rounds_totals() }}
        select contract_id, component, amount from {{ ref('int_clawback_lines') }}
        union all{{ ' by name' if rounds_totals() }}
        select contract_id, component, amount from {{ ref('int_subscriber_caps') }}
    )
    group by contract_id, component
),
{% for round in range(1, rounds + 1) %}
totals_{{ round }} as (
    select
        slots.contract_id,
        {%- for slot in range(1, slots + 1) %}
        cast(
            {%- if converts_others('totals') %} case when not coalesce(bool_or(slots.slot = {{ slot }} and lines.amount <> 0 and slots.rate is null), false) then{% endif %}
            coalesce(sum(case when slots.slot = {{ slot }} then {{ of_others('lines.amount', 'totals') }} end), 0)
            {%- if converts_others('totals') %} end{% endif %}
        as decimal(18, 4)) as total_{{ slot }},
        {%- if rounds_totals() %}
        cast(coalesce(sum(case when slots.slot = {{ slot }} then lines.excess end), 0) as decimal(38, 20)) as excess_{{ slot }},
        {%- endif %}
        {%- endfor %}
        slots.scheme_version
    from {{ ref('stg_totals') }} as slots
    left join (
        {%- if converts_others('totals') %}
        select contract_id, component, sum(amount) as amount{{ ', sum(excess) as excess' if rounds_totals() }}, of_period from (  -- a total is converted once
        {%- endif %}
        select contract_id, component, amount, of_period from {{ ref('stg_earlier_totals') }}
        {%- for earlier in range(round) %}
        union all by name
        select contract_id, component, amount{{ ', excess' if rounds_totals() and not earlier }}, 'now' as of_period from lines_{{ earlier }}
        {%- endfor %}
        {%- if converts_others('totals') %}
        ) group by contract_id, component, of_period
        {%- endif %}
    ) as lines
        on slots.of_contract_id = lines.contract_id
        and slots.component = lines.component
        and slots.of_period = lines.of_period
    group by slots.contract_id, slots.scheme_version
),

lines_{{ round }} as (
    select
        terms.counterparty_id,
        terms.contract_id,
        terms.scheme,
        terms.scheme_version,
        terms.component,
        terms.currency,
        terms.outcome as outcome_if_earned,
        terms.base,
        terms.takes,
        terms.taken_period,
        case when terms.needs_events then volumes.base_count end as base_count,
        case when terms.needs_events then volumes.base_amount end as base_amount,
        {{ failed_condition('period_') }} as failed_condition,
        cast({{ by_rule('period_measure_rule') }} as decimal(18, 4)) as measure,
        cast(case when failed_condition = 0 then {{ by_rule('period_amount_rule') }} end as decimal(18, 4)) as amount,
        cast({{ by_rule('period_split_rule') }} as varchar) as tier_split
    from all_terms as terms
    left join contracts
        on terms.contract_id = contracts.contract_id and terms.scheme_version = contracts.scheme_version
    left join totals_{{ round }} as totals
        on terms.contract_id = totals.contract_id and terms.scheme_version = totals.scheme_version
    {{- lookup_joins('period_') }}
    left join volumes
        on terms.contract_id = volumes.contract_id and terms.component = volumes.component
    where terms.level = {{ round }} and (not terms.needs_events or volumes.contract_id is not null)
),
{% endfor %}
lines as (
    {%- for round in range(1, rounds + 1) %}
    select * from lines_{{ round }}
    union all by name
    {%- endfor %}
    select * from (
        select
            '' as counterparty_id, '' as contract_id, '' as scheme, 0 as scheme_version, '' as component, '' as currency,
            '' as outcome_if_earned, '' as base, '' as takes, '' as taken_period, cast(0 as bigint) as base_count, cast(0 as decimal(18, 4)) as base_amount,
            0 as failed_condition, cast(0 as decimal(18, 4)) as measure,
            cast(0 as decimal(18, 4)) as amount, '' as tier_split
    ) where false
),

caps as (
    select
        counterparty_id, contract_id, scheme, scheme_version, component, 'period' as stream, subscriber_id, base_amount,
        amount, currency, case when amount < 0 then 'capped' else 'released' end as outcome
    from {{ ref('int_subscriber_caps') }}
)

select
    lines.counterparty_id,
    lines.contract_id,
    lines.scheme,
    lines.scheme_version,
    lines.component,
    'period' as stream,
    period.period_end as event_date,
    coalesce(lines.base_amount, case when lines.base = 'amount' then lines.measure end) as base_amount,
    coalesce(lines.base_count, case when lines.base = 'count' then cast(lines.measure as bigint) end) as base_count,
    coalesce(lines.amount, 0) as amount,
    lines.currency,
    case
        when lines.amount is null then 'not_eligible'
        when lines.outcome_if_earned = 'guaranteed' and lines.amount < 0 then 'recovered'
        else lines.outcome_if_earned
    end as outcome,
    case
        when lines.failed_condition > 0 then 'condition'
        when lines.amount is null then 'unknown_amount'
    end as reason,
    case when lines.failed_condition > 0 then lines.failed_condition end as failed_condition,
    case when lines.amount is not null then lines.tier_split end as tier_split,
    lines.taken_period,
    case when lines.takes is not null then lines.contract_id end as taken_contract_id,
    lines.takes as taken_component
from lines
cross join period
-- A limit that is not reached, and rounding or a second look that changes nothing, are no lines; what can't be known is.
where lines.outcome_if_earned = 'paid' or lines.amount <> 0 or (lines.amount is null and lines.failed_condition = 0)

union all by name

select caps.*, period.period_end as event_date from caps cross join period

order by counterparty_id, contract_id, component, subscriber_id
