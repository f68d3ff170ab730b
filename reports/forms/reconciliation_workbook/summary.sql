-- How the lines stand: each stands in exactly one way, so that the total is the statement's.
select
    standings.standing,
    count(lines.line) as lines,
    coalesce(sum(lines.base_amount), 0) as base_amount,
    coalesce(sum(lines.amount), 0) as amount,
    coalesce(coalesce(lines.currency, lines.original_currency), '') as currency
from (
    values (1, 'fully_paid'), (2, 'underpaid'), (3, 'overpaid'), (4, 'unpaid'), (5, 'disqualified')
) as standings (place, standing)
left join reporting.line_standings as lines
    on lines.standing = standings.standing
    and lines.period = %(period)s and lines.counterparty_id = %(counterparty_id)s
group by standings.place, standings.standing, coalesce(lines.currency, lines.original_currency)
order by currency, standings.place
