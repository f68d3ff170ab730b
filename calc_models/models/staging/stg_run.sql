-- One row: the period that is calculated, and the operator's own currency.
select period, period_start, period_end, currency from {{ source('inputs', 'run') }}
