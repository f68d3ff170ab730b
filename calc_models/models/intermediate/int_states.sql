-- One row a subscriber and a range of days: its status, as reported by then. Key: subscriber_id, valid_from.
select
    subscriber_id,
    changed_on as valid_from,
    coalesce(
        {{ dbt.dateadd('day', -1, 'lead(changed_on) over reports_of_subscriber') }}, date '9999-12-31'
    )::date as valid_to,
    status
from (
    select * from {{ ref('stg_subscribers') }}
    qualify row_number() over (partition by subscriber_id, changed_on order by report_number desc) = 1
) as reports
window reports_of_subscriber as (partition by subscriber_id order by changed_on)
