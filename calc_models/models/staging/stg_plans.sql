-- One row a counterparty and plan of the period. Key: counterparty_id, plan. A plan set twice counts as it was set last.
select counterparty_id, plan, target
from {{ source('inputs', 'plans') }}
qualify row_number() over (partition by counterparty_id, plan order by load_id desc, row_number desc) = 1
