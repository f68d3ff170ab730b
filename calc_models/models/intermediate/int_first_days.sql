-- One row a subscriber of whom some rule asks for its first days: what it was charged, and paid, in them, as far as the
-- facts up to the period's end tell, in the currencies of the schemes that ask. What can't be converted counts as nothing.
-- Key: subscriber_id, activated_on.
-- depends_on: {{ ref('stg_conversions') }}, {{ ref('stg_run') }}
with

facts as (
    select facts.*
        {%- for currency in currencies() %},
        {{ amount_in(currency, 'facts', 'run.currency') }} as amount_in_{{ currency | lower }}
        {%- endfor %}
    from {{ ref('int_first_days_facts') }} as facts
    {%- if converts_events() %}
    cross join {{ ref('stg_run') }} as run
    {{- converted_into('facts', 'run.currency', 'happened_on') }}
    {%- endif %}
)

select
    {%- for activity in activities() %}
    cast(sum(case when activity = '{{ activity['activity'] }}' and day < {{ activity['days'] }} then amount_in_{{ activity['currency'] | lower }} end) as decimal(18, 4))
        as {{ activity_column(activity) }},
    {%- endfor %}
    subscriber_id,
    activated_on
from facts
group by subscriber_id, activated_on
