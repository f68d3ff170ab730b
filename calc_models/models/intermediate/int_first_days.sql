-- One row a subscriber whose activation is looked at: what it was charged, and paid, in its first days, as far as the
-- facts up to the period's end tell, in the currencies of the schemes that ask. What can't be converted counts as nothing.
-- Key: subscriber_id.
-- depends_on: {{ ref('stg_conversions') }}, {{ ref('stg_run') }}
{%- set activities = activities() %}
with

activated as (
    select subscriber_id, min(activated_on) as activated_on
    from {{ ref('int_events') }}
    where stream = 'activation' or stream like 'activation!_%' escape '!'
    group by subscriber_id
),

facts as (
    select facts.subscriber_id, facts.activity, {{ whole_days('activated.activated_on', 'facts.happened_on') }} as day
        {%- for currency in currencies() %},
        {{ amount_in(currency, 'facts', 'run.currency') }} as amount_in_{{ currency | lower }}
        {%- endfor %}
    from {{ ref('stg_first_days') }} as facts
    inner join activated on facts.subscriber_id = activated.subscriber_id and facts.happened_on >= activated.activated_on
    {%- if converts_events() %}
    cross join {{ ref('stg_run') }} as run
    {{- converted_into('facts', 'run.currency', 'happened_on') }}
    {%- endif %}
)

select
    {%- for activity in activities %}
    cast(sum(case when activity = '{{ activity['activity'] }}' and day < {{ activity['days'] }} then amount_in_{{ activity['currency'] | lower }} end) as decimal(18, 4))
        as {{ activity_column(activity) }},
    {%- endfor %}
    subscriber_id
from facts
group by subscriber_id
