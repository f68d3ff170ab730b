-- One row an event that takes back, a line that it takes from, and the component by which it does: what is kept of what
-- the line paid, and its turn among the events that take from the same line. Key: root, turn.
-- The line's counterparty answers, whose ever the subscriber is by then; outlet and branch are the line's too.
-- depends_on: {{ ref('stg_lookups') }}, {{ ref('int_measures') }}, {{ ref('int_measures_of_each') }}, {{ ref('int_states') }}, {{ ref('int_first_days') }}, {{ ref('stg_clawbacks') }}, {{ ref('stg_fraud_marks') }}, {{ ref('int_paid_lines') }}, {{ ref('int_events') }}, {{ ref('stg_outlets') }}, {{ ref('stg_counterparties') }}, {{ ref('stg_conversions') }}, {{ ref('stg_run') }}
{{ config(materialized='parquet') }}
{%- set depths = greatest_of('clawbacks', 'depth') %}
{%- set skips_suspension = greatest_of('clawbacks', 'cast(skips_suspension as int)') > 0 %}

with

all_terms as (
    select * from {{ ref('stg_clawbacks') }}
),

happened as (
    select * from (
        {{ events_for_rules(for_clawbacks=true) }}
    ) as events
    where events.stream in (select stream from all_terms)
        and coalesce(events.ineligible_reason, '') not in ('repeated', 'not_an_activation', 'reported_late')
),

lines_1 as (
    select * from {{ ref('int_paid_lines') }} where not is_clawback
),
{% for depth in range(1, depths + 1) %}
{%- if depth > 1 %}
-- What was taken back, in earlier periods or in this one, may be given back.
lines_{{ depth }} as (
    select
        root, counterparty_id, scheme, component, data_set, load_id, row_number, subscriber_id, outlet_id, event_date,
        amount, taken_period, taken_contract_id, taken_component, taken_stream, taken_data_set, taken_load_id, taken_row_number
    from {{ ref('int_paid_lines') }}
    where is_clawback
    {%- for earlier in range(1, depth) %}
    union all by name
    select
        root, counterparty_id, scheme, component, data_set, load_id, row_number, subscriber_id, outlet_id, event_date,
        of_paid as amount, taken_period, taken_contract_id, taken_component, taken_stream, taken_data_set, taken_load_id, taken_row_number
    from due_{{ earlier }}
    {%- endfor %}
),
{%- endif %}

-- Lines meet their terms before they meet events: there are far fewer of them than there are pairs of events and terms.
takeable_{{ depth }} as (
    select
        lines.*,
        terms.term,
        terms.stream,
        terms.valid_from,
        terms.valid_to,
        terms.is_endless,
        terms.window_months,
        terms.window_days,
        terms.is_since_activation,
        terms.skips_suspension
    from lines_{{ depth }} as lines
    inner join all_terms as terms
        on lines.counterparty_id = terms.counterparty_id
        and lines.scheme = terms.scheme
        and lines.component = terms.takes
        and terms.depth = {{ depth }}
),

meetings_{{ depth }} as (
    select
        events.* replace (
            lines.counterparty_id as counterparty_id,
            lines.outlet_id as outlet_id,
            outlets.outlet_kind as outlet_kind,
            outlets.outlet_region as outlet_region,
            counterparties.counterparty_kind as counterparty_kind,
            counterparties.branch as branch
        ),
        lines.term,
        lines.is_endless,
        lines.window_months,
        lines.window_days,
        lines.skips_suspension,
        lines.root,
        lines.taken_period,
        lines.taken_contract_id,
        lines.taken_component,
        lines.taken_stream,
        lines.taken_data_set,
        lines.taken_load_id,
        lines.taken_row_number,
        lines.amount as of_paid,
        case when lines.is_since_activation then events.activated_on else lines.event_date end as begins_on
    from takeable_{{ depth }} as lines
    inner join happened as events
        on lines.subscriber_id = events.subscriber_id
        and lines.stream = events.stream
        and events.event_date between lines.valid_from and lines.valid_to
        and lines.event_date <= events.event_date
        and not (lines.data_set = events.data_set and lines.load_id = events.load_id and lines.row_number = events.row_number
            {%- if depth == 1 %} and lines.taken_stream = events.stream{% endif %})
    {%- if depth % 2 == 0 %}
    -- What a subscriber does while it is marked gives nothing back.
    left join {{ ref('stg_fraud_marks') }} as marks
        on events.subscriber_id = marks.subscriber_id
        and events.stream <> 'fraud_mark'
        and events.event_date between marks.valid_from and marks.valid_to
    {%- endif %}
    left join {{ ref('stg_outlets') }} as outlets on lines.outlet_id = outlets.outlet_id
    left join {{ ref('stg_counterparties') }} as counterparties on lines.counterparty_id = counterparties.counterparty_id
    {%- if depth % 2 == 0 %}
    where marks.subscriber_id is null
    {%- endif %}
    {%- if depth > 1 %}
    qualify row_number() over (
        partition by lines.root, lines.term, events.stream, events.data_set, events.load_id, events.row_number
        order by lines.event_date desc, lines.amount
    ) = 1
    {%- endif %}
),

{%- if skips_suspension %}
suspended_{{ depth }} as (
    select
        meetings.subscriber_id,
        meetings.begins_on,
        meetings.event_date,
        cast(sum(
            least(states.valid_to, meetings.event_date - 1) + 1 - greatest(states.valid_from, meetings.begins_on)
        ) as int) as days
    from (
        select distinct subscriber_id, begins_on, event_date from meetings_{{ depth }} where skips_suspension
    ) as meetings
    inner join {{ ref('int_states') }} as states
        on meetings.subscriber_id = states.subscriber_id
        and states.status = 'suspended'
        and states.valid_from < meetings.event_date
        and states.valid_to >= meetings.begins_on
    group by meetings.subscriber_id, meetings.begins_on, meetings.event_date
),

-- Days of suspension move the window's beginning.
begun_{{ depth }} as (
    select meetings.* replace (
        case
            when meetings.skips_suspension then {{ later('meetings.begins_on', '0', 'coalesce(suspended.days, 0)') }}
            else meetings.begins_on
        end as begins_on
    )
    from meetings_{{ depth }} as meetings
    left join suspended_{{ depth }} as suspended
        on meetings.subscriber_id = suspended.subscriber_id
        and meetings.begins_on = suspended.begins_on
        and meetings.event_date = suspended.event_date
),
{%- endif %}

within_{{ depth }} as (
    select
        *,
        case
            when window_months > 0 then {{ whole_months('begins_on', 'event_date') }}
            else {{ whole_days('begins_on', 'event_date') }}
        end as of_elapsed,
        window_months + window_days as of_window
    from {{ 'begun' if skips_suspension else 'meetings' }}_{{ depth }}
    where is_endless or event_date <= {{ later('begins_on', 'window_months', 'window_days') }}
),

due_{{ depth }} as (
    select
        events.counterparty_id,
        terms.contract_id,
        terms.scheme,
        terms.scheme_version,
        terms.component,
        terms.takes,
        terms.depth,
        terms.currency,
        events.stream,
        events.data_set,
        events.load_id,
        events.row_number,
        events.event_id,
        events.event_date,
        events.subscriber_id,
        events.outlet_id,
        events.product_id,
        events.root,
        events.taken_period,
        events.taken_contract_id,
        events.taken_component,
        events.taken_stream,
        events.taken_data_set,
        events.taken_load_id,
        events.taken_row_number,
        events.of_paid,
        events.begins_on,
        cast(events.of_elapsed as int) as of_elapsed,
        cast(events.of_window as int) as of_window,
        {{ by_rule('clawback_kept_rule') }} as kept
    from within_{{ depth }} as events
    inner join all_terms as terms on events.term = terms.term
    {{- joins_of_measures() }}
    {{- lookup_joins('clawback_') }}
    where {{ failed_condition('clawback_') }} = 0
),
{% endfor %}
due as (
    {%- for depth in range(1, depths + 1) %}
    select * from due_{{ depth }}
    union all by name
    {%- endfor %}
    select
        counterparty_id, taken_contract_id as contract_id, scheme, 0 as scheme_version, component, component as takes,
        0 as depth, '' as currency, taken_stream as stream, data_set, load_id, row_number, '' as event_id, event_date,
        subscriber_id, outlet_id, '' as product_id, root, taken_period, taken_contract_id, taken_component, taken_stream,
        taken_data_set, taken_load_id, taken_row_number, amount as of_paid,
        event_date as begins_on, 0 as of_elapsed, 0 as of_window, amount as kept
    from lines_1
    where false
)

select
    *,
    cast(row_number() over (
        partition by root
        order by event_date, data_set, load_id, row_number, depth, contract_id, component, takes
    ) as int) as turn
from due
order by counterparty_id, root, turn
