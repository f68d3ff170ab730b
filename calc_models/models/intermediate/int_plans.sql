-- One row a counterparty and plan of the period: its target, as the calculation counts it. Key: counterparty_id, plan.
-- depends_on: {{ ref('stg_scope') }}
{{ config(materialized='parquet') }}

select counterparty_id, plan, target
from {{ ref('stg_plans') }}
{% if is_scoped() -%}
where counterparty_id in (select counterparty_id from {{ ref('stg_scope') }})
{% endif -%}
order by counterparty_id, plan
