-- One row a sale of a kit. Key: sale_id. A sale that was reported twice counts once, in its first row.
select sale_id, iccid, outlet_id, sold_on, load_id, row_number
from {{ source('inputs', 'kit_sales') }}
qualify row_number() over (partition by sale_id order by load_id, row_number) = 1
