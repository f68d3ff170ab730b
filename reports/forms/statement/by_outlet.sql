-- What each outlet earned; what belongs to the period as a whole stands in a row of its own.
select
    coalesce(lines.outlet_id, '') as outlet_id,
    coalesce(lines.outlet_name, case when lines.outlet_id is null then %(whole_period)s end, '') as outlet_name,
    count(*) filter (where lines.outcome = 'paid') as paid_lines,
    sum(lines.amount) as amount,
    lines.currency
from reporting.reward_lines as lines
where lines.period = %(period)s and lines.counterparty_id = %(counterparty_id)s and lines.contract_id is not null
group by lines.outlet_id, lines.outlet_name, lines.currency
order by lines.outlet_id nulls last, lines.currency
