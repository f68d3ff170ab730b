-- One row a line: of an event, by which something is taken back, or of the period as a whole.
-- Key: stream, data_set, load_id, row_number, contract_id, component, and the key of the line that is taken back.
select * from {{ ref('int_event_lines') }}
union all by name
select * from {{ ref('int_clawback_lines') }}
union all by name
select * from {{ ref('int_period_lines') }}
