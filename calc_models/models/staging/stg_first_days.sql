-- One row a charge or payment of the periods in which the activations that are looked at now lived their first days.
-- Key: activity, event_id. A row reported twice counts once.
with

facts as (
    select 'charged_within' as activity, charge_id as event_id, subscriber_id, charged_on as happened_on, amount, currency as event_currency, load_id, row_number
    from {{ source('inputs', 'charges_since') }}
    union all
    select 'paid_within' as activity, payment_id as event_id, subscriber_id, paid_on as happened_on, amount, currency as event_currency, load_id, row_number
    from {{ source('inputs', 'payments_since') }}
)

select activity, event_id, subscriber_id, happened_on, amount, event_currency
from facts
qualify row_number() over (partition by activity, event_id order by load_id, row_number) = 1
