-- One row a component that a contract's limit covers. Key: contract_id, limit_name, component.
select * from {{ source('inputs', 'limits') }}
