-- One row a report of a subscriber's state up to the period's end. Key: load_id, row_number.
-- The first report of a subscriber tells of its activation, the last its present tariff.
-- A run for some counterparties reads the subscribers that may concern them, before it sorts their reports.
with
{% if is_scoped() %}
outlets as (
    select outlet_id
    from {{ source('inputs', 'outlets') }}
    where counterparty_id in (select counterparty_id from {{ source('inputs', 'scope') }})
),

subscribers_in_scope as (
    select subscriber_id
    from {{ source('inputs', 'subscribers') }}
    where iccid in (
        select iccid from {{ source('inputs', 'kit_sales') }}
        where outlet_id in (select outlet_id from outlets)
    )
    union
    select subscriber_id from {{ source('inputs', 'links') }}
    union
    select subscriber_id from {{ source('inputs', 'payments') }}
    where outlet_id in (select outlet_id from outlets)
    union
    select subscriber_id from {{ source('inputs', 'operations') }}
    where outlet_id in (select outlet_id from outlets)
    union
    select subscriber_id from {{ source('inputs', 'paid_lines') }}
    where counterparty_id in (select counterparty_id from {{ source('inputs', 'scope') }})
),
{% endif %}
reports as (
    select load_id, row_number, subscriber_id, changed_on, iccid, product_id as tariff, activated_on, deactivated_on, status
    from {{ source('inputs', 'subscribers') }}
    where changed_on <= (select period_end from {{ source('inputs', 'run') }})
    {%- if is_scoped() %}
        and subscriber_id in (select subscriber_id from subscribers_in_scope)
    {%- endif %}
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
    status,
    lag(tariff) over reports_of_subscriber as old_tariff,
    deactivated_on is not null and lag(deactivated_on) over reports_of_subscriber is null as is_churn,
    deactivated_on is null and lag(deactivated_on) over reports_of_subscriber is not null as is_return,
    row_number() over reports_of_subscriber as report_number,
    count(*) over (partition by subscriber_id) as reports,
    coalesce(changed_on = lag(changed_on) over reports_of_subscriber, false) as is_repeated
from reports
window reports_of_subscriber as (partition by subscriber_id order by changed_on, load_id, row_number)
