-- One row a subscriber whose activation is looked at: what it was charged, and paid, in its first days, as far as the
-- facts up to the period's end tell. Key: subscriber_id.
{%- set activities = activities() %}
with

activated as (
    select subscriber_id, min(activated_on) as activated_on
    from {{ ref('int_events') }}
    where stream = 'activation' or stream like 'activation!_%' escape '!'
    group by subscriber_id
),

facts as (
    select facts.subscriber_id, facts.activity, facts.amount, {{ whole_days('activated.activated_on', 'facts.happened_on') }} as day
    from {{ ref('stg_first_days') }} as facts
    inner join activated on facts.subscriber_id = activated.subscriber_id and facts.happened_on >= activated.activated_on
)

select
    {%- for activity in activities %}
    cast(sum(case when activity = '{{ activity['activity'] }}' and day < {{ activity['days'] }} then amount end) as decimal(18, 4))
        as {{ activity['activity'] }}_{{ activity['days'] }},
    {%- endfor %}
    subscriber_id
from facts
group by subscriber_id
