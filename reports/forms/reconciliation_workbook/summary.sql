-- How the lines stand: each stands in exactly one way, so that the total is the statement's.
with

currencies as (
    select distinct currency, min(currency) over () as usual
    from reporting.rewards
    where period = %(period)s and counterparty_id = %(counterparty_id)s
),

lines as (
    select
        standing,
        coalesce(currency, original_currency, (select min(usual) from currencies)) as currency,
        count(*) as lines,
        sum(base_amount) as base_amount,
        sum(amount) as amount
    from reporting.line_standings
    where period = %(period)s and counterparty_id = %(counterparty_id)s
    group by standing, coalesce(currency, original_currency, (select min(usual) from currencies))
)

select
    standings.standing,
    coalesce(lines.lines, 0) as lines,
    coalesce(lines.base_amount, 0) as base_amount,
    coalesce(lines.amount, 0) as amount,
    currencies.currency
from (
    select currency from currencies
    union
    select currency from lines
) as currencies
cross join (
    values (1, 'fully_paid'), (2, 'underpaid'), (3, 'overpaid'), (4, 'unpaid'), (5, 'disqualified')
) as standings (place, standing)
left join lines on lines.standing = standings.standing and lines.currency = currencies.currency
order by currencies.currency, standings.place
