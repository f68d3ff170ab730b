-- One row a report of a subscriber's state up to the period's end. Key: load_id, row_number.
-- The first report of a subscriber tells of its activation, the last its present tariff.
with

reports as (
    select load_id, row_number, subscriber_id, changed_on, iccid, product_id as tariff, activated_on, deactivated_on
    from {{ source('inputs', 'subscribers') }}
    where changed_on <= (select period_end from {{ source('inputs', 'run') }})
)

select
    load_id,
    row_number,
    subscriber_id,
    changed_on,
    iccid,
    tariff,
    activated_on,
    deactivated_on,
    lag(tariff) over reports_of_subscriber as old_tariff,
    deactivated_on is not null and lag(deactivated_on) over reports_of_subscriber is null as is_churn,
    row_number() over reports_of_subscriber as report_number,
    count(*) over (partition by subscriber_id) as reports,
    coalesce(changed_on = lag(changed_on) over reports_of_subscriber, false) as is_repeated
from reports
window reports_of_subscriber as (partition by subscriber_id order by changed_on, load_id, row_number)
