-- One row: the period that is calculated.
select period, period_start, period_end from {{ source('inputs', 'run') }}
