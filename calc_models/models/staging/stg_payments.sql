-- One row a payment of the period. Key: load_id, row_number; payment_id but for repeated rows.
select load_id, row_number, payment_id, subscriber_id, outlet_id, paid_on, amount, channel, currency
from {{ source('inputs', 'payments') }}
