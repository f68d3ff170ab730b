-- One row a charge of the period. Key: load_id, row_number; charge_id but for repeated rows.
select load_id, row_number, charge_id, subscriber_id, product_id, charged_on, amount, charge_kind, currency
from {{ source('inputs', 'charges') }}
