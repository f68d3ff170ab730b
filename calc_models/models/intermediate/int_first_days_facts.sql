-- One row a charge or payment of the first days of a subscriber of whom some rule asks for them. Key: activity, event_id,
-- activated_on. What several rows tell counts once, as the first of them tells it.
-- A table of its own: the months in which these days lie are read once, and few of their rows are kept.
-- depends_on: {{ ref('int_events') }}, {{ ref('stg_first_days') }}, {{ ref('stg_activities') }}
{{ config(materialized='parquet') }}
{%- if activities() | length > 0 %}
with

asked as (
    select distinct activities.activity, events.subscriber_id, events.activated_on
    from {{ ref('int_events') }} as events
    inner join {{ ref('stg_activities') }} as activities on events.stream = activities.stream
    where events.activated_on is not null
),

of_first_days as (
    select
        facts.*,
        asked.activated_on,
        cast({{ whole_days('asked.activated_on', 'facts.happened_on') }} as int) as day
    from {{ ref('stg_first_days') }} as facts
    inner join asked
        on facts.activity = asked.activity
        and facts.subscriber_id = asked.subscriber_id
        and facts.happened_on >= asked.activated_on
    where day < {{ greatest_of('activities', 'days') }}
),

-- The first of several rows may be another subscriber's, or of another day, so they are looked for in all months.
of_several_rows as (
    select activity, event_id
    from {{ ref('stg_first_days') }}
    where (activity, event_id) in (select (activity, event_id) from of_first_days)
    group by activity, event_id
    having count(*) > 1
),

repeated as (
    select activity, load_id, row_number
    from {{ ref('stg_first_days') }}
    where (activity, event_id) in (select (activity, event_id) from of_several_rows)
    qualify row_number() over (partition by activity, event_id order by load_id, row_number) > 1
)

select activity, event_id, subscriber_id, activated_on, happened_on, day, amount, event_currency
from of_first_days
where (activity, load_id, row_number) not in (select (activity, load_id, row_number) from repeated)
order by activity, event_id, activated_on
{%- else %}
select
    cast(null as varchar) as activity,
    cast(null as varchar) as event_id,
    cast(null as varchar) as subscriber_id,
    cast(null as date) as activated_on,
    cast(null as date) as happened_on,
    cast(null as int) as day,
    cast(null as decimal(18, 4)) as amount,
    cast(null as varchar) as event_currency
where false
{%- endif %}
