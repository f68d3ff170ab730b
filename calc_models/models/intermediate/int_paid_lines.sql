-- One row a line that may be taken back, of this period or an earlier one, or by which that was done in an earlier one.
-- Key: root, period, component, data_set, load_id, row_number.
select * from {{ ref('stg_paid_lines') }}

union all by name

select
    {{ root('run.period', 'lines') }} as root,
    run.period,
    lines.counterparty_id,
    lines.scheme,
    lines.component,
    lines.data_set,
    lines.load_id,
    lines.row_number,
    lines.subscriber_id,
    lines.outlet_id,
    lines.event_date,
    lines.amount,
    false as is_clawback,
    run.period as taken_period,
    lines.contract_id as taken_contract_id,
    lines.component as taken_component,
    lines.stream as taken_stream,
    lines.data_set as taken_data_set,
    lines.load_id as taken_load_id,
    lines.row_number as taken_row_number
from {{ ref('int_event_lines') }} as lines
cross join {{ ref('stg_run') }} as run
where lines.outcome = 'paid'
    and lines.amount <> 0
    and (lines.scheme, lines.component) in (select (scheme, takes) from {{ ref('stg_clawbacks') }} where depth = 1)
