-- One row a known subscriber as of the period's end: when it was activated and its present tariff.
-- Key: subscriber_id.
with

reports as (
    select * from {{ ref('stg_subscribers') }}
)

select
    first_reports.subscriber_id,
    first_reports.activated_on,
    coalesce(last_reports.tariff, first_reports.tariff) as tariff
from reports as first_reports
left join reports as last_reports
    on first_reports.subscriber_id = last_reports.subscriber_id
    and last_reports.report_number = last_reports.reports
    and last_reports.reports > 1
where first_reports.report_number = 1
