-- One row a counterparty. Key: counterparty_id.
select counterparty_id, name, kind as counterparty_kind, parent_id, branch
from {{ source('inputs', 'counterparties') }}
