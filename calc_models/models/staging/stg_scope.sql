-- One row a counterparty of a run for some of them; no row in a run for everybody.
select counterparty_id from {{ source('inputs', 'scope') }}
