-- What was taken to be paid in the month, and what of it is paid.
select
    currency,
    sum(amount) as amount,
    coalesce(sum(amount) filter (where state = 'paid'), 0) as paid
from reporting.payouts
where period = %(period)s
group by currency
order by currency
