-- How many lines were not paid, by reason and stream.
select
    lines.reason,
    lines.stream,
    count(*) as lines,
    coalesce(sum(lines.base_amount), 0) as base_amount,
    coalesce(lines.currency, lines.original_currency) as currency,
    lines.outcome,
    null as scheme,
    null as scheme_version,
    null as component_name,
    null as failed_condition
from reporting.reward_lines as lines
where lines.period = %(period)s and lines.outcome = 'not_eligible'
group by lines.reason, lines.stream, lines.outcome, coalesce(lines.currency, lines.original_currency)
order by lines.reason, lines.stream, currency
