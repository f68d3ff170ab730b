-- One row an outlet. Key: outlet_id.
select outlet_id, counterparty_id, kind as outlet_kind, region as outlet_region
from {{ source('inputs', 'outlets') }}
