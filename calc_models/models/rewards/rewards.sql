-- One row a contract and component: what the period's lines add up to. Key: contract_id, component,
-- scheme_version.
{{ config(materialized='parquet') }}

select
    counterparty_id,
    contract_id,
    scheme,
    scheme_version,
    component,
    currency,
    cast(count(*) as bigint) as lines,
    cast(count(*) filter (where outcome = 'paid') as bigint) as paid_lines,
    cast(coalesce(sum(base_amount) filter (where outcome = 'paid'), 0) as decimal(18, 4)) as base_amount,
    cast(sum(amount) as decimal(18, 4)) as amount
from {{ ref('reward_lines') }}
where contract_id is not null
group by counterparty_id, contract_id, scheme, scheme_version, component, currency
order by counterparty_id, contract_id, component, scheme_version
