-- One row a counterparty, load, outcome and reason: how many input rows ended there. Each input row is counted
-- once: rewarded if any of its lines is paid, else counted, else not eligible for its first line's reason.
-- Key: counterparty_id, data_set, load_id, outcome, reason.
{{ config(materialized='parquet') }}

with

lines as (
    select * from {{ ref('int_event_lines') }} as lines
    where not {{ is_looked_at_later('lines') }}  -- rows of earlier periods, and of marks
),

rows_with_one_line as (
    select counterparty_id, data_set, load_id, outcome, reason
    from lines
    where of_lines = 1 and data_set <> 'subscribers'
),

rows_with_several_lines as (
    select
        min(counterparty_id) as counterparty_id,
        data_set,
        load_id,
        case
            when bool_or(outcome = 'paid') then 'paid'
            when bool_or(outcome = 'counted') then 'counted'
            else 'not_eligible'
        end as outcome,
        case
            when not bool_or(outcome in ('paid', 'counted')) then min(reason) filter (where line_ordinal = 1)
        end as reason
    from lines
    where of_lines > 1 or data_set = 'subscribers'  -- a report may tell of several events
    group by data_set, load_id, row_number
),

ends as (
    select * from rows_with_one_line
    union all
    select * from rows_with_several_lines
)

select
    counterparty_id,
    data_set,
    load_id,
    case when outcome = 'paid' then 'rewarded' else outcome end as outcome,
    reason,
    cast(count(*) as bigint) as rows
from ends
group by all
order by all
