-- One row a link by hand. Key: subscriber_id, valid_from. Days are inclusive; an open end is 9999-12-31.
select subscriber_id, outlet_id, valid_from, coalesce(valid_to, date '9999-12-31') as valid_to
from {{ source('inputs', 'links') }}
