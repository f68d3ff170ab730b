-- One row a contract and a component that pays by the period's measure: how many events were counted, and their
-- sum. Key: contract_id, component.
{{ config(materialized='parquet') }}

select
    counterparty_id,
    contract_id,
    scheme,
    max(scheme_version) as scheme_version,
    component,
    cast(count(*) as bigint) as base_count,
    cast(coalesce(sum(base_amount), 0) as decimal(18, 4)) as base_amount
from {{ ref('int_event_lines') }}
where outcome = 'counted'
group by counterparty_id, contract_id, scheme, component
order by counterparty_id, contract_id, component
