-- One row a stream of activations that are looked at later, and how much later. Key: stream.
select stream, months, days from {{ source('inputs', 'delays') }}
