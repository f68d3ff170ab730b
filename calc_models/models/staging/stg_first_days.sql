-- One row a charge or payment of the periods in which the subscribers that are asked about may have lived their first days.
-- Key: activity, load_id, row_number.
select 'charged_within' as activity, charge_id as event_id, subscriber_id, charged_on as happened_on, amount, currency as event_currency, load_id, row_number
from {{ source('inputs', 'charges_since') }}
union all
select 'paid_within' as activity, payment_id as event_id, subscriber_id, paid_on as happened_on, amount, currency as event_currency, load_id, row_number
from {{ source('inputs', 'payments_since') }}
