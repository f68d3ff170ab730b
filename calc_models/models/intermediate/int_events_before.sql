-- One row an event of a component that pays its events in their order: what was measured and counted before it.
-- A step of its own: rules that name it several times would otherwise repeat all conditions as often, and the window
-- would keep its memory while the lines are sorted. Without such a component it has no rows.
-- Key: contract_id, component, stream, data_set, load_id, row_number.
-- depends_on: {{ ref('stg_lookups') }}, {{ ref('stg_terms') }}, {{ ref('int_events') }}, {{ ref('int_measures') }}, {{ ref('int_measures_of_each') }}, {{ ref('int_states') }}, {{ ref('int_first_days') }}, {{ ref('stg_conversions') }}, {{ ref('stg_run') }}
{%- if is_read_of_events('_before') %}
with

events as (
    {{ events_for_rules() }}
),

terms as (
    select * from {{ ref('stg_terms') }}
    where (contract_id, component) in (
        select (contract_id, component) from {{ ref('stg_terms') }}
        where amount_rule in ({{ rules_that_read('amount_rule', '_before') }})
    )
),

events_in_order as (
    select
        terms.contract_id,
        terms.component,
        events.stream,
        events.event_date,
        events.data_set,
        events.load_id,
        events.row_number,
        {{ failed_condition() }} as failed_condition,
        cast({{ base_by_rule() }} as decimal(18, 4)) as base_amount
    from events
    inner join terms
        on events.counterparty_id = terms.counterparty_id
        and events.stream = terms.stream
        and events.event_date between terms.valid_from and terms.valid_to
    {{- joins_of_rules() }}
    where events.ineligible_reason is null
)

select
    contract_id,
    component,
    stream,
    data_set,
    load_id,
    row_number,
    cast(coalesce(sum(case when failed_condition = 0 then base_amount end) over events_before, 0) as decimal(18, 4)) as measured_before,
    cast(count(case when failed_condition = 0 then 1 end) over events_before as decimal(18, 4)) as counted_before,
    cast(count(case when failed_condition = 0 then base_amount end) over events_before as decimal(18, 4)) as known_before
from events_in_order
window events_before as (
    partition by contract_id, component
    order by event_date, data_set, load_id, row_number
    rows between unbounded preceding and 1 preceding
)
{%- else %}
select
    cast(null as varchar) as contract_id,
    cast(null as varchar) as component,
    cast(null as varchar) as stream,
    cast(null as varchar) as data_set,
    cast(null as varchar) as load_id,
    cast(null as int) as row_number,
    cast(null as decimal(18, 4)) as measured_before,
    cast(null as decimal(18, 4)) as counted_before,
    cast(null as decimal(18, 4)) as known_before
where false
{%- endif %}
