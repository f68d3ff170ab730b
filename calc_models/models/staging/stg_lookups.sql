-- One row a row of a table as it holds on some days. Key: lookup, key.
select lookup, key, value, text_value from {{ source('inputs', 'lookups') }}
