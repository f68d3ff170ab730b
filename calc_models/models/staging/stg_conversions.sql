-- One row a currency, one that it is converted into, and a range of days: what one unit is there. Key: currency,
-- into_currency, valid_from.
select currency, into_currency, valid_from, valid_to, rate
from {{ source('inputs', 'conversions') }}
