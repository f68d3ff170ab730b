-- One row a component that is taken back, and another that its balance is made up of: itself, and what takes back of it.
-- Key: scheme, scheme_version, component, member.
select scheme, scheme_version, component, member from {{ source('inputs', 'families') }}
