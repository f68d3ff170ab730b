-- One row a service operation of the period. Key: load_id, row_number; operation_id but for repeated rows.
select load_id, row_number, operation_id, subscriber_id, outlet_id, product_id, performed_on, operation_kind, amount, currency
from {{ source('inputs', 'operations') }}
