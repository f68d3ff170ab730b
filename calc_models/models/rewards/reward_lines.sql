-- One row a line: of an event, or of the period as a whole.
-- Key: stream, data_set, load_id, row_number, contract_id, component.
select * from {{ ref('int_event_lines') }}
union all by name
select * from {{ ref('int_period_lines') }}
